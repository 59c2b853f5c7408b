"""Which columns belong together: variants tied by a demand or by being built into one another, crews, money.

Between blocks stand only coupling rows (line hours, skills, storage, cash, contracts). The bound prices
those rows and solves block by block; the improver frees a few blocks and holds the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knockdown.planning.model import Key, Model
from knockdown.planning.question import NetworkProblem

BY_VARIANT = {"lots": 3, "build": 2, "kits": 2, "finished": 2}
BY_DEMAND = {"sold": 2, "waiting": 2, "lost": 2}


@dataclass(frozen=True, slots=True)
class Blocks:
    """Block number of every column; `variant` blocks carry the lots, builds and sales."""

    of_column: npt.NDArray[np.int64]
    count: int
    variant: tuple[int, ...]

    def columns(self, block: int) -> npt.NDArray[np.int64]:
        """Columns of a block, in order."""
        return np.flatnonzero(self.of_column == block)


class _Groups:
    """Disjoint sets of names."""

    def __init__(self) -> None:
        self.parent: dict[Key, Key] = {}

    def find(self, name: Key) -> Key:
        self.parent.setdefault(name, name)
        while self.parent[name] != name:
            self.parent[name] = self.parent[self.parent[name]]
            name = self.parent[name]
        return name

    def join(self, a: Key, b: Key) -> None:
        self.parent[self.find(a)] = self.find(b)


def blocks_of(question: NetworkProblem, model: Model) -> Blocks:
    """Assign every column of the model to a block."""
    groups = _groups(question)
    numbers: dict[Key, int] = {}
    of_column = np.empty(model.n_columns, dtype=np.int64)
    variant_blocks = set()
    for key, column in model.column.items():
        name = _block_name(key, groups)
        number = numbers.setdefault(name, len(numbers))
        of_column[column] = number
        if name[0] == "v":
            variant_blocks.add(number)
    return Blocks(of_column, len(numbers), tuple(sorted(variant_blocks)))


def _groups(question: NetworkProblem) -> _Groups:
    groups = _Groups()
    for problem in question.members:
        for d in problem.demands.values():
            for v in d.variants:
                groups.join(("d", problem.plant, d.id), ("v", problem.plant, v))
        for spec in problem.variants.values():
            for part, _ in spec.needs:
                groups.join(("v", problem.plant, spec.id), ("v", problem.plant, part))
    return groups


def _block_name(key: Key, groups: _Groups) -> Key:
    plant, kind = key[0], key[1]
    if kind in BY_VARIANT:
        return ("v", groups.find(("v", plant, key[BY_VARIANT[kind]])))
    if kind in BY_DEMAND:
        return ("v", groups.find(("d", plant, key[BY_DEMAND[kind]])))
    if kind == "over" and key[2] == "firm":
        return ("v", groups.find(("d", plant, key[3])))
    if kind in ("people", "hired", "left", "overtime", "hours", "on", "start"):
        return (plant, "crew" if kind not in ("on", "start") else "family", key[2])
    return (plant, kind)
