"""One plant's part of the program: names of its columns, and what can exist in a plan at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from knockdown.planning.model import INFINITY, LimitKey, Model
from knockdown.planning.question import DemandSpec, Fixed, LotLine, PlanProblem, VariantSpec

Terms = dict[int, float]
MONEY = 1000.0
"""The program counts money in thousands, which keeps its numbers in a range a solver likes."""
DEEPEST_NEEDS = 4
"""Levels of units built into one another; descriptions deeper than that do not occur."""
LOOSE = 3.0
"""Columns are bounded this far beyond what rows allow, so that easing a limit never meets a bound."""


def add_to(terms: Terms, column: int, value: float) -> None:
    """Add to a sparse row."""
    terms[column] = terms.get(column, 0.0) + value


def column_key(fixed: Fixed) -> tuple[object, ...]:
    """Name of the column that holds a fixed quantity, without its plant.

    >>> column_key(Fixed("units", "", "bobcat", 3, 12))
    ('build', 'bobcat', 3)
    """
    if fixed.what == "lots":
        return "lots", fixed.contract, fixed.variant, fixed.period
    return "build", fixed.variant, fixed.period


@dataclass
class Block:
    """One plant's columns in the model. Keys are (plant, kind, names..., period)."""

    model: Model
    problem: PlanProblem
    worth: float

    # Names

    def col(self, *key: object) -> int:
        """Index of a column of this plant."""
        return self.model.column[(self.problem.plant, *key)]

    def find(self, *key: object) -> int | None:
        """Index of a column of this plant, or None when the program has none."""
        return self.model.column.get((self.problem.plant, *key))

    def limit(self, kind: str, name: str) -> LimitKey:
        """A limit of this plant."""
        return LimitKey(self.problem.plant, kind, name)

    def new(
        self,
        *key: object,
        gain: float = 0.0,
        upper: float = INFINITY,
        lower: float = 0.0,
        whole: bool = False,
    ) -> int:
        """New column; gain in the member's currency."""
        worth = gain * self.worth / MONEY
        return self.model.add_column((self.problem.plant, *key), worth, upper, lower, whole)

    def new_quantity(self, *key: object, gain: float, upper: float) -> int:
        """New whole column of what an orders book may fix."""
        fixed = self.fixed.get(key)
        if fixed is None:
            return self.new(*key, gain=gain, upper=upper, whole=True)
        n = fixed.quantity
        column = self.new(*key, gain=gain, upper=n, lower=n, whole=True)
        self.model.fixed[self.limit(f"fixed_{fixed.what}", fixed.id)] = (column, max(upper, LOOSE * n))
        return column

    @property
    def times(self) -> range:
        """Indices of the periods."""
        return range(self.problem.n_periods)

    @property
    def kept(self) -> float:
        """Share of crew and line hours the plan may use; the rest is its reserve."""
        return 1.0 - self.problem.reserve_share

    # What can exist

    @cached_property
    def fixed(self) -> Mapping[tuple[object, ...], Fixed]:
        """What an orders book fixes, by the name of its column."""
        return {column_key(f): f for f in self.problem.fixed}

    @cached_property
    def fixed_kits(self) -> Mapping[str, int]:
        """Kits of the lots that an orders book fixes, by variant."""
        sizes = {(k.contract, k.variant): k.lot_size for k in self.problem.lot_lines}
        kits: dict[str, int] = {}
        for f in self.problem.fixed:
            if f.what == "lots":
                kits[f.variant] = kits.get(f.variant, 0) + f.quantity * sizes.get((f.contract, f.variant), 0)
        return kits

    @cached_property
    def live(self) -> tuple[VariantSpec, ...]:
        """Variants that can exist in the plan, and what would be built into them.

        Stock is there, or someone wants them and their kits and parts can come.
        """
        variants = self.problem.variants
        supplied = {k.variant for k in self.problem.lot_lines}
        live = {v.id for v in variants.values() if self._can_come(v, supplied)}
        for _ in range(DEEPEST_NEEDS):
            live = {v for v in live if all(part in live for part, _ in variants[v].needs)}
        live |= {v.id for v in variants.values() if v.opening_finished + v.opening_in_work > 0}
        live |= self._on_order | {f.variant for f in self.problem.fixed if f.quantity}
        for _ in range(DEEPEST_NEEDS):
            live |= {part for v in live for part, _ in variants[v].needs}
        return tuple(v for v in variants.values() if v.id in live)

    def _can_come(self, v: VariantSpec, supplied: set[str]) -> bool:
        """Whether it is in stock, or someone wants it and it is supplied or built without a kit."""
        here = v.opening_finished + v.opening_in_work > 0 or v.id in self._on_order
        free = not v.needs_kit and any(v.buildable)
        return here or (self.most_used[v.id] > 0 and (v.id in supplied or free))

    @cached_property
    def _on_order(self) -> frozenset[str]:
        return frozenset(lot.variant for lot in self.problem.opening_lots)

    @cached_property
    def live_ids(self) -> frozenset[str]:
        """Ids of the live variants."""
        return frozenset(v.id for v in self.live)

    @cached_property
    def members(self) -> Mapping[str, tuple[VariantSpec, ...]]:
        """Live variants of every family."""
        return {f: tuple(v for v in self.live if v.family == f) for f in self.problem.families}

    @cached_property
    def most_used(self) -> dict[str, float]:
        """Most units of a variant that could be sold or built in, or are asked for, over the horizon."""
        direct = {v: 0.0 for v in self.problem.variants}
        for f in self.problem.fixed:
            direct[f.variant] += f.quantity if f.what == "units" else 0.0
        for d in self.problem.demands.values():
            for variant in d.variants:
                direct[variant] += sum(d.units)
        used = direct
        for _ in range(DEEPEST_NEEDS):
            total = dict(direct)
            for v in self.problem.variants.values():
                for part, count in v.needs:
                    total[part] += count * used[v.id]
            used = total
        return used

    @cached_property
    def lot_lines(self) -> tuple[LotLine, ...]:
        """Contract lines of live variants."""
        return tuple(k for k in self.problem.lot_lines if k.variant in self.live_ids)

    @cached_property
    def lines_under(self) -> Mapping[str, tuple[LotLine, ...]]:
        """Contract lines of live variants by contract."""
        contracts = dict.fromkeys(k.contract for k in self.lot_lines)
        return {c: tuple(k for k in self.lot_lines if k.contract == c) for c in contracts}

    @cached_property
    def _sellable(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        live = self.live_ids
        return {
            d.id: tuple(tuple(v for v in d.variants if v in live and d.may_sell[v][t]) for t in self.times)
            for d in self.problem.demands.values()
        }

    def sellable(self, d: DemandSpec, t: int) -> tuple[str, ...]:
        """Variants that may be sold to a demand in a period."""
        return self._sellable[d.id][t]

    def sales_columns(self, d: DemandSpec, t: int) -> list[int]:
        """Columns that serve a demand in a period."""
        return [self.col("sold", d.id, v, t) for v in self.sellable(d, t)]
