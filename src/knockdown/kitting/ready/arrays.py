"""A question of readiness as arrays: ids to dense indices, units counted by what they need.

Units of one lot and one recipe are a *type*; units of a type with one weight are a *group* and stand in
it in the order in which they are served. A *cell* is a part in a lot: `lot * n_parts + part`. Lot 0 holds
the loose pieces, the last lot the units without a lot, which have no pieces of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np

from knockdown.kitting.question import OpenUnit, ReadyQuestion, Supply
from knockdown.kitting.ready.answer import Bools, Ints

URGENCY_DUE_MILLE = 2000
"""Urgency of a unit that is due on or before `at_day`, per mille."""
URGENCY_LEAST_MILLE = 1000
"""Urgency of a unit that is due in `URGENCY_DAYS` or later, or has no due day, per mille."""
URGENCY_DAYS = 60
"""Days over which urgency falls linearly."""
MOST_WEIGHT = 2**62
NEVER = 2**63 - 1
STAGES = ("off_line", "in_work", "released", "planned")


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """See the module; `entry_*` are the needs of each type, in order of type and then of the recipe.

    The last supply, -1, is one of no pieces that never comes: it stands where none is known.
    """

    question: ReadyQuestion
    part_ids: list[str]
    lot_ids: list[str | None]
    rank: Ints
    type_lot: Ints
    entry_type: Ints
    entry_part: Ints
    entry_cell: Ints
    entry_n: Ints
    entry_need: Ints
    member: Ints
    unit_type: Ints
    group_type: Ints
    group_weight: Ints
    group_start: Ints
    group_count: Ints
    supply_cell: Ints
    supply_n: Ints
    supply_day: Ints

    @property
    def n_parts(self) -> int:
        """Part numbers that any unit needs."""
        return len(self.part_ids)

    @property
    def n_cells(self) -> int:
        """Cells, those of the loose pieces first."""
        return len(self.part_ids) * len(self.lot_ids)

    def pieces(self, chosen: Ints | Bools | slice = slice(None)) -> Ints:
        """Pieces of some supplies (a mask or indices), by cell."""
        return totals(self.supply_cell[chosen], self.supply_n[chosen], self.n_cells)


def totals(places: Ints, amounts: Ints | Bools, n_places: int) -> Ints:
    """Sum whole amounts by place; exact below 2**53."""
    return np.bincount(places, amounts, n_places).astype(np.int64)


def urgency_mille(due_day: int | None, at_day: int) -> int:
    """How much a unit's worth counts, per mille.

    Examples
    --------
    >>> [urgency_mille(due, 100) for due in (90, 100, 130, 160, None)]
    [2000, 2000, 1500, 1000, 1000]
    """
    if due_day is None:
        return URGENCY_LEAST_MILLE
    ahead = min(max(due_day - at_day, 0), URGENCY_DAYS)
    return URGENCY_DUE_MILLE - (URGENCY_DUE_MILLE - URGENCY_LEAST_MILLE) * ahead // URGENCY_DAYS


def place_in_queue(unit: OpenUnit) -> tuple[int, float, str]:
    """Sort key that settles ties: units further along first, then earlier due, then by name."""
    due = float("inf") if unit.due_day is None else unit.due_day
    return STAGES.index(unit.stage), due, unit.unit_id


def read(question: ReadyQuestion) -> Arrays:
    """Turn a question into arrays.

    Raises
    ------
    ValueError
        When the question contradicts itself: a unit twice, a recipe that is not there or names a part
        twice, pieces or worth below zero.
    """
    _refuse_units(question)
    needs = [need for recipe in question.recipes for need in recipe.needs]
    part_ids = sorted({need.part_id for need in needs}) or ["nothing"]
    part_ix = {part_id: ix for ix, part_id in enumerate(part_ids)}
    need_part = _ints([part_ix[need.part_id] for need in needs])
    need_n = _ints([need.n_parts for need in needs])
    starts = np.cumsum(_ints([0, *(len(recipe.needs) for recipe in question.recipes)]))
    _refuse_needs(question, need_part, need_n, starts, len(part_ids))
    lot_ids = [None, *sorted({u.kit_lot_id for u in question.units} - {None}, key=str), None]
    lot_ix: dict[str | None, int] = {lot_id: ix for ix, lot_id in enumerate(lot_ids)}
    type_ids, unit_type = _types(question, lot_ix)
    sizes = np.diff(starts)[type_ids[:, 1]]
    entry_type = np.repeat(np.arange(len(type_ids)), sizes)
    within = np.arange(len(entry_type)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    picked = starts[type_ids[:, 1]][entry_type] + within
    rank, weight = _order(question)
    member, first = _groups(unit_type, weight, rank)
    lot_ix[None] = 0
    cell, n, day = _supplies(question.supplies, part_ix, lot_ix, len(part_ids))
    return Arrays(
        question=question, part_ids=part_ids, lot_ids=lot_ids, rank=rank, type_lot=type_ids[:, 0],
        entry_type=entry_type, entry_part=need_part[picked], entry_n=need_n[picked], entry_need=within,
        entry_cell=type_ids[:, 0][entry_type] * len(part_ids) + need_part[picked],
        member=member, unit_type=unit_type, group_type=unit_type[member][first],
        group_weight=weight[member][first], group_start=first,
        group_count=np.diff(np.append(first, len(member))), supply_cell=cell, supply_n=n, supply_day=day,
    )  # fmt: skip


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _types(question: ReadyQuestion, lot_ix: dict[str | None, int]) -> tuple[Ints, Ints]:
    """Pairs of lot and recipe, and the pair of each unit."""
    pairs = [(lot_ix[unit.kit_lot_id], unit.recipe_ix) for unit in question.units]
    index = {pair: ix for ix, pair in enumerate(dict.fromkeys(pairs))}
    return _ints(chain.from_iterable(index)).reshape(-1, 2), _ints(index[pair] for pair in pairs)


def _order(question: ReadyQuestion) -> tuple[Ints, Ints]:
    """Each unit's place in the queue, and its weight."""
    keys = [place_in_queue(unit) for unit in question.units]
    rank = np.empty(len(keys), dtype=np.int64)
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    weights = (unit.worth_cents * urgency_mille(unit.due_day, question.at_day) for unit in question.units)
    return rank, _ints(weights)


def _groups(unit_type: Ints, weight: Ints, rank: Ints) -> tuple[Ints, Ints]:
    """Units in order of group and, within it, of the queue; and where in that order each group begins."""
    member = np.lexsort((rank, -weight, unit_type))
    changes = np.diff(unit_type[member]) != 0
    changes |= np.diff(weight[member]) != 0
    return member, np.flatnonzero(np.append(len(member) > 0, changes))


def _supplies(
    supplies: tuple[Supply, ...], part_ix: dict[str, int], lot_ix: dict[str | None, int], n_parts: int
) -> tuple[Ints, Ints, Ints]:
    """Cell, pieces and day of each supply; one that no open unit can use counts as no pieces."""
    part = _ints([part_ix.get(s.part_id, -1) for s in supplies])
    lot = _ints([lot_ix.get(s.kit_lot_id, -1) for s in supplies])
    n = _ints([s.n_parts for s in supplies])
    if n.size and n.min() < 0:
        wrong = supplies[int(n.argmin())]
        raise ValueError(f"a supply of part {wrong.part_id} has {wrong.n_parts} pieces; give 0 or more")
    useful = (part >= 0) & (lot >= 0)
    cell, n = np.where(useful, lot * n_parts + part, 0), np.where(useful, n, 0)
    return np.append(cell, 0), np.append(n, 0), _ints([*(s.day for s in supplies), NEVER])


def _refuse_units(question: ReadyQuestion) -> None:
    seen: set[str] = set()
    for unit in question.units:
        if unit.unit_id in seen:
            raise ValueError(f"unit {unit.unit_id} is there twice; name every unit once")
        if not 0 <= unit.recipe_ix < len(question.recipes):
            there = len(question.recipes)
            raise ValueError(f"unit {unit.unit_id} names recipe {unit.recipe_ix}; there are {there}, from 0")
        if unit.worth_cents < 0:
            raise ValueError(f"unit {unit.unit_id} is worth {unit.worth_cents} cents; give 0 or more")
        seen.add(unit.unit_id)
    if sum(unit.worth_cents for unit in question.units) * URGENCY_DUE_MILLE >= MOST_WEIGHT:
        raise ValueError("the units' worth is too large to add up exactly; give it in a larger currency")


def _refuse_needs(question: ReadyQuestion, part: Ints, n: Ints, starts: Ints, n_parts: int) -> None:
    recipe = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    cells, first = np.unique(recipe * n_parts + part, return_index=True)
    wrong = np.setdiff1d(np.arange(len(part)), first) if len(cells) < len(part) else np.flatnonzero(n <= 0)
    if wrong.size:
        ix = int(recipe[wrong[0]])
        need = question.recipes[ix].needs[int(wrong[0] - starts[ix])]
        raise ValueError(
            f"recipe {ix} needs {need.n_parts} of part {need.part_id}; name a part once, 1 or more"
        )
