"""What limits the plan: constraints ranked by what one more of each would add, verified by solving again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import highspy
import numpy as np

from knockdown.documents.master_plan import Limit
from knockdown.planning.blocks import Blocks, blocks_of
from knockdown.planning.milp_block import MONEY
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.question import NetworkProblem, PlanProblem
from knockdown.planning.rows import Rows, Vector
from knockdown.planning.search import Incumbent, mend_block

MOST_BLOCKS = 4
WORTH_TELLING = 1.0


@dataclass(frozen=True, slots=True)
class Easing:
    """How a kind of limit is eased: by what step, in what unit, said how."""

    step: float
    unit: str
    sentence: str
    scale: float = 1.0


EASINGS: dict[str, Easing] = {
    "demand": Easing(1, "order a period", "Orders are too few: one more order a period for {name} would add {gain}."),
    "contract": Easing(10, "kit a year", "Kits are too few: 10 more kits a year under {name} would add {gain}."),
    "lots": Easing(1, "lot a period", "Kits come too slowly: one more lot a period under {name} would add {gain}."),
    "line": Easing(8, "hour a period", "{name} is too busy: 8 more hours a period would add {gain}."),
    "crew": Easing(1, "person", "{name} are too few: one more place in the crew would add {gain}."),
    "hiring": Easing(1, "person a period", "{name} cannot be hired fast enough: one more a period would add {gain}."),
    "storage": Easing(10, "place", "The store for {name} is full: 10 more places would add {gain}."),
    "credit": Easing(100_000, "of the currency", "Money is short: 100,000 more credit would add {gain}.", 1 / MONEY),
    "quota": Easing(5, "unit a year", "The quota holds sales back: 5 more units a year of {name} would add {gain}."),
    "shared": Easing(10, "unit a year", "The shared market is full: 10 more units a year of {name} would add {gain}."),
}  # fmt: skip


def limits(question: NetworkProblem, model: Model, values: Vector, count: int) -> tuple[Limit, ...]:
    """The plan's strongest limits, most gain first.

    Parameters
    ----------
    question, model : NetworkProblem, Model
        What was asked, and the program posed for it.
    values : ndarray, shape (n_columns,)
        The plan.
    count : int
        How many to verify by solving again; up to twice as many more are listed by their duals alone.

    Returns
    -------
    tuple of Limit
        `gain` is what the whole step adds when the plan is solved again with that limit eased: builds,
        sales, stock, hours and money freely, the lots of the variants concerned, the people of the crew
        concerned. `gain_most` is what no plan with the limit eased can exceed.
    """
    relaxed = model.to_highs(relaxed=True)
    relaxed.run()
    ranked = _ranked(model, np.array(relaxed.getSolution().row_dual))[: 3 * count]
    verifier = _Verifier(question, model, values, relaxed)
    told = [_limit(question, verifier, key, dual, place < count) for place, (key, dual) in enumerate(ranked)]
    return tuple(sorted(told, key=lambda limit: (not limit.verified, -(limit.gain or 0.0), -limit.dual_gain)))


def _ranked(model: Model, duals: Vector) -> list[tuple[LimitKey, float]]:
    """Limits by what their step is worth at the duals."""
    worth: dict[LimitKey, float] = {}
    for row, key in enumerate(model.row_key):
        if key is not None and key.kind in EASINGS:
            worth[key] = worth.get(key, 0.0) + float(duals[row]) * EASINGS[key.kind].scale
    useful = [
        (key, dual) for key, dual in worth.items() if MONEY * dual * EASINGS[key.kind].step > WORTH_TELLING
    ]
    return sorted(useful, key=lambda pair: -pair[1] * EASINGS[pair[0].kind].step)


class _Verifier:
    """Eases one limit at a time in the plan and in the relaxation, solves both again, and puts it back."""

    def __init__(
        self, question: NetworkProblem, model: Model, values: Vector, relaxed: highspy.Highs
    ) -> None:
        self.model = model
        self.rows = Rows(model)
        self.blocks: Blocks = blocks_of(question, model)
        self.relaxed = relaxed
        self.basis = relaxed.getBasis()
        self.bound = relaxed.getInfo().objective_function_value
        self.found = float(np.array(model.gain) @ values) + model.constant
        self.values = values
        self.held = Incumbent(model, values, settled=True)

    def gains(self, key: LimitKey) -> tuple[float, float]:
        """Least and most gain of easing the limit by its step, in the plan's currency."""
        rows = self.model.rows_of(key)
        step = EASINGS[key.kind].step * EASINGS[key.kind].scale
        self._ease(rows, step)
        try:
            self.relaxed.run()
            most = self.relaxed.getInfo().objective_function_value - self.found
            least = self._solve_again(key, rows) - self.held.objective
        finally:
            self._ease(rows, 0.0)
            self.relaxed.setBasis(self.basis)
        least = max(0.0, least)
        return MONEY * least, MONEY * max(most, least)

    def _solve_again(self, key: LimitKey, rows: list[int]) -> float:
        eased = Incumbent(self.model, self.values, settled=True, basis=self.held.basis)
        self._free_people(eased, key)
        eased.renew()
        for block in self._touched(rows):
            mend_block(eased, self.blocks.columns(block))
        return eased.objective

    def _free_people(self, eased: Incumbent, key: LimitKey) -> None:
        if key.kind in ("crew", "hiring"):
            for name, column in self.model.column.items():
                if name[:3] == (key.plant, "people", key.id):
                    eased.solver.changeColBounds(column, self.model.lower[column], self.model.upper[column])

    def _touched(self, rows: list[int]) -> list[int]:
        columns = np.concatenate([self.rows.of(row)[0] for row in rows])
        touched = np.unique(self.blocks.of_column[columns])
        return [int(block) for block in touched if block in self.blocks.variant][:MOST_BLOCKS]

    def _ease(self, rows: list[int], step: float) -> None:
        for row in rows:
            lower, upper = self.lower_upper(row)
            lower = lower + step if lower == upper else lower
            self.model.row_upper[row], self.model.row_lower[row] = upper + step, lower
            self.relaxed.changeRowBounds(row, lower, upper + step)

    def lower_upper(self, row: int) -> tuple[float, float]:
        """The row's own sides, whatever it is eased to now."""
        return self.own.setdefault(row, (self.model.row_lower[row], self.model.row_upper[row]))

    @property
    def own(self) -> dict[int, tuple[float, float]]:
        """Sides of rows before any easing."""
        if not hasattr(self, "_own"):
            self._own: dict[int, tuple[float, float]] = {}
        return self._own


def _limit(question: NetworkProblem, verifier: _Verifier, key: LimitKey, dual: float, verify: bool) -> Limit:
    easing = EASINGS[key.kind]
    least, most = verifier.gains(key) if verify else (None, None)
    shown = least if least is not None else MONEY * dual * easing.step
    gain = f"{shown:,.0f} {question.currency}".replace(",", "\u202f")
    return Limit(
        plant=key.plant, kind=key.kind, id=key.id, unit=easing.unit, step=easing.step, dual_gain=MONEY * dual,
        sentence=easing.sentence.format(name=_name(question, key), gain=gain).replace("100,000", "100\u202f000"),
        verified=verify, gain=least, gain_most=most,
    )  # fmt: skip


def _name(question: NetworkProblem, key: LimitKey) -> str:
    problem = next((p for p in question.members if p.plant == key.plant), None)
    if problem is None:
        cap, _, year = key.id.partition("/")
        return f"{cap.replace('-', ' ')} in {year}"
    return next((name for name in _names(problem, key) if name), key.id)


def _names(problem: PlanProblem, key: LimitKey) -> Iterable[str]:
    if key.kind == "demand":
        yield problem.demands[key.id].name
    if key.kind == "contract":
        contract, _, year = key.id.partition("/")
        yield next(f"{cy.name} in {year}" for cy in problem.contract_years if cy.contract == contract)
    if key.kind == "lots":
        yield next(cy.name for cy in problem.contract_years if cy.contract == key.id)
    if key.kind == "line":
        yield problem.lines[key.id].name
    if key.kind in ("crew", "hiring"):
        yield problem.crews[key.id].name
    if key.kind == "storage":
        yield {"kits": "kits", "finished": "finished vehicles"}[key.id]
    if key.kind == "quota":
        yield next(q.name for q in problem.quotas if q.id == key.id)
