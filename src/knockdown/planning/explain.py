"""What limits the plan: constraints ranked by what one more of each would add, verified by solving again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import highspy
import numpy as np

from knockdown.documents.master_plan import Limit
from knockdown.planning.blocks import Blocks, blocks_of
from knockdown.planning.milp_block import MONEY
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rows import Rows, Vector
from knockdown.planning.search import Incumbent, mend_block
from knockdown.planning.words import name_of

MOST_BLOCKS = 4
MOST_OF_A_KIND = 2
WORTH_TELLING = 1.0
Ranked = tuple[LimitKey, float]
"""A limit and what one unit more of it is worth at the duals."""


@dataclass(frozen=True, slots=True)
class Easing:
    """How a kind of limit is eased: by what step, in what unit, said how."""

    step: float
    unit: str
    sentence: str
    scale: float = 1.0


EASINGS: dict[str, Easing] = {
    "demand": Easing(1, "order a period", "Orders are too few: one more order a period for {name}"),
    "contract": Easing(10, "kit a year", "Kits are too few: 10 more kits a year under {name}"),
    "lots": Easing(1, "lot a period", "Kits come too slowly: one more lot a period under {name}"),
    "line": Easing(8, "hour a period", "{name} is too busy: 8 more hours a period"),
    "crew": Easing(1, "person", "{name} are too few: one more place in the crew"),
    "hiring": Easing(1, "person a period", "{name} cannot be hired fast enough: one more a period"),
    "storage": Easing(10, "place", "The store for {name} is full: 10 more places"),
    "credit": Easing(100_000, "of the currency", "Money is short: 100\u202f000 more credit", 1 / MONEY),
    "quota": Easing(5, "unit a year", "The quota holds sales back: 5 more units a year of {name}"),
    "shared": Easing(10, "unit a year", "The shared market is full: 10 more units a year of {name}"),
}


def limits(
    question: NetworkProblem,
    model: Model,
    values: Vector,
    count: int,
    basis: highspy.HighsBasis | None = None,
) -> tuple[Limit, ...]:
    """The plan's strongest limits, most gain first.

    Parameters
    ----------
    question, model : NetworkProblem, Model
        What was asked, and the program posed for it.
    values : ndarray, shape (n_columns,)
        The plan.
    count : int
        How many to verify by solving again, at most two of a kind; up to twice as many more are listed by
        their duals alone.
    basis : HighsBasis, optional
        Of the relaxation, to start from.

    Returns
    -------
    tuple of Limit
        `gain` is what the whole step adds when the plan is solved again with that limit eased: builds,
        sales, stock, hours and money freely, the lots of the variants concerned, the people of the crew
        concerned. `gain_most` is what no plan with the limit eased can exceed.
    """
    verifier = _Verifier(question, model, values, basis)
    ranked = _ranked(model, verifier.duals)
    chosen = _diverse(ranked, count)
    rest = [pair for pair in ranked if pair not in chosen][: 3 * count - len(chosen)]
    told = [_limit(question, key, dual, verifier.gains(key)) for key, dual in chosen]
    told += [_limit(question, key, dual, None) for key, dual in rest]
    return tuple(sorted(told, key=lambda limit: (not limit.verified, -(limit.gain or 0.0), -limit.dual_gain)))


def _ranked(model: Model, duals: Vector) -> list[Ranked]:
    """Limits by what their step is worth at the duals."""
    worth: dict[LimitKey, float] = {}
    for row, key in enumerate(model.row_key):
        if key is not None and key.kind in EASINGS:
            worth[key] = worth.get(key, 0.0) + float(duals[row]) * EASINGS[key.kind].scale
    step = {key: dual * EASINGS[key.kind].step for key, dual in worth.items()}
    useful = [key for key in worth if MONEY * step[key] > WORTH_TELLING]
    return [(key, worth[key]) for key in sorted(useful, key=lambda key: -step[key])]


def _diverse(ranked: Sequence[Ranked], count: int) -> list[Ranked]:
    """The strongest of every kind, then the second of every kind; no more.

    >>> keys = [LimitKey("p", kind, "x") for kind in ("demand", "demand", "line", "demand", "crew")]
    >>> [key.kind for key, _ in _diverse([(key, 1.0) for key in keys], 4)]
    ['demand', 'line', 'crew', 'demand']
    """
    seen: dict[str, int] = {}
    turns: list[list[Ranked]] = [[] for _ in range(MOST_OF_A_KIND)]
    for key, dual in ranked:
        turn = seen.get(key.kind, 0)
        seen[key.kind] = turn + 1
        if turn < MOST_OF_A_KIND:
            turns[turn].append((key, dual))
    return [pair for turn in turns for pair in turn][:count]


class _Verifier:
    """Eases one limit at a time in the plan and in the relaxation, solves both again, and puts it back."""

    def __init__(
        self, question: NetworkProblem, model: Model, values: Vector, basis: highspy.HighsBasis | None
    ) -> None:
        self.model = model
        self.rows = Rows(model)
        self.blocks: Blocks = blocks_of(question, model)
        self.found = float(np.array(model.gain) @ values) + model.constant
        self.relaxed = model.to_highs(relaxed=True)
        if basis is not None:
            self.relaxed.setBasis(basis)
        self.relaxed.run()
        self.duals: Vector = np.array(self.relaxed.getSolution().row_dual)
        self.basis = self.relaxed.getBasis()
        self.plan = Incumbent(model, values, settled=True, basis=self.basis)
        self.held = self.plan.state()

    def gains(self, key: LimitKey) -> tuple[float, float]:
        """Least and most gain of easing the limit by its step, in the plan's currency."""
        rows = self.model.rows_of(key)
        with self._eased(rows, EASINGS[key.kind].step * EASINGS[key.kind].scale), self._freed(key):
            self.relaxed.run()
            most = self.relaxed.getInfo().objective_function_value - self.found
            least = max(0.0, self._solve_again(rows) - self.held.objective)
        self.plan.go_back(self.held)
        self.relaxed.setBasis(self.basis)
        return MONEY * least, MONEY * max(most, least)

    def _solve_again(self, rows: list[int]) -> float:
        self.plan.renew()
        for block in self._touched(rows):
            mend_block(self.plan, self.blocks.columns(block))
        return self.plan.objective

    def _touched(self, rows: list[int]) -> list[int]:
        """Blocks of variants that meet in the limit, the first few."""
        columns = np.concatenate([self.rows.of(row)[0] for row in rows])
        touched = np.unique(self.blocks.of_column[columns])
        return [int(block) for block in touched if block in self.blocks.variant][:MOST_BLOCKS]

    @contextmanager
    def _eased(self, rows: list[int], step: float) -> Iterator[None]:
        """Within, the rows are eased by a step: an equation at both of its sides, a limit at its upper."""
        own = [(self.model.row_lower[row], self.model.row_upper[row]) for row in rows]
        eased = [(low + step if low == high else low, high + step) for low, high in own]
        self._set_rows(rows, eased)
        try:
            yield
        finally:
            self._set_rows(rows, own)

    def _set_rows(self, rows: list[int], sides: list[tuple[float, float]]) -> None:
        for row, (lower, upper) in zip(rows, sides, strict=True):
            self.model.row_lower[row], self.model.row_upper[row] = lower, upper
            for solver in (self.relaxed, self.plan.solver):
                solver.changeRowBounds(row, lower, upper)

    @contextmanager
    def _freed(self, key: LimitKey) -> Iterator[None]:
        """Within, the crew that a limit is about may change its size."""
        people = [
            column
            for name, column in self.model.column.items()
            if key.kind in ("crew", "hiring") and name[:3] == (key.plant, "people", key.id)
        ]
        held = [round(self.held.values[column]) for column in people]
        self._set_columns(people, [(self.model.lower[c], self.model.upper[c]) for c in people])
        try:
            yield
        finally:
            self._set_columns(people, [(heads, heads) for heads in held])

    def _set_columns(self, columns: list[int], sides: list[tuple[float, float]]) -> None:
        for column, (lower, upper) in zip(columns, sides, strict=True):
            self.plan.solver.changeColBounds(column, lower, upper)


def _limit(question: NetworkProblem, key: LimitKey, dual: float, gains: tuple[float, float] | None) -> Limit:
    easing = EASINGS[key.kind]
    least, most = gains if gains is not None else (None, None)
    shown = least if least is not None else MONEY * dual * easing.step
    gain = f"{shown:,.0f} {question.currency}".replace(",", "\u202f")
    return Limit(
        plant=key.plant,
        kind=key.kind,
        id=key.id,
        unit=easing.unit,
        step=easing.step,
        dual_gain=MONEY * dual,
        sentence=f"{easing.sentence.format(name=name_of(question, key))} would add {gain}.",
        verified=gains is not None,
        gain=least,
        gain_most=most,
    )
