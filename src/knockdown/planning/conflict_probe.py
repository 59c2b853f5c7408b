"""Tries whether some conditions can hold together: in whole numbers, or in the relaxation alone.

A condition is what a manager would name: a firm order, the credit limit, a store, a crew's size, a line's
hours, a contract's yearly most, a quantity that an orders book fixes. To drop one frees its rows, and with
them every bound that follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from knockdown.planning import engine
from knockdown.planning.fixing import most_moved
from knockdown.planning.model import INFINITY, Campaign, LimitKey, Model
from knockdown.planning.over import goes_over, without_over
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rough import rough
from knockdown.planning.rows import Rows, Vector

MOST_CHECKS, LEAST_CHECKS, COLUMN_CHECKS = 300, 5, 50_000
"""Solver checks one trial may take: fewer in a large program, where each takes longer."""
TRIALS = 6
"""All trials for one answer together may take as many checks as so many that run to their end."""
MOST_ALONE = 12
"""So many rows of an orders book are conditions of their own; of more, those that a fix would move."""
HOLDS = 1e-6
WIDER = 20.0
"""So much wider are bounds that no condition sets. Without any, HiGHS 1.13 presolves some feasible programs
to infeasible."""
ZERO_ONE = ("on", "start")


def checks_for(model: Model) -> int:
    """Solver checks that a program of this size is worth."""
    return min(MOST_CHECKS, max(LEAST_CHECKS, COLUMN_CHECKS // model.n_columns))


@dataclass(slots=True)
class Condition:
    """What goes when a condition is dropped: rows, bounds, a campaign's least, or its most by line hours."""

    rows: list[int] = field(default_factory=list)
    columns: dict[int, tuple[float, float]] = field(default_factory=dict)
    most: list[tuple[int, int, float]] = field(default_factory=list)


class Probe:
    """The program with nothing allowed over and only some conditions in force; remembers what it learned."""

    def __init__(self, question: NetworkProblem, model: Model) -> None:
        self.model = _wide(without_over(model))
        self.rows = Rows(model)
        self.over = {column: model.upper[column] for key, column in model.column.items() if key[1] == "over"}
        self.alone = most_moved(model, MOST_ALONE)
        self.conditions = self._conditions(question)
        self.each = checks_for(model)
        self.left = TRIALS * self.each
        self.together: list[frozenset[LimitKey]] = []
        self.apart: list[frozenset[LimitKey]] = []

    def _conditions(self, question: NetworkProblem) -> dict[LimitKey, Condition]:
        found: dict[LimitKey, Condition] = {}
        model = self.model
        for row, key in enumerate(model.row_key):
            if key is not None and key.kind not in ("demand", "campaign"):
                found.setdefault(key, Condition()).rows.append(row)
        for campaign in model.campaigns:
            for row, key, most in (
                (campaign.row, campaign.line, campaign.most_used),
                (campaign.least_row, model.row_key[campaign.least_row], 1.0),
            ):
                if key is not None:
                    found.setdefault(key, Condition()).most.append((row, _place(model, row, campaign), most))
        for name, column, low, high in _bounds(question, model):
            found.setdefault(self.known_as(name), Condition()).columns[column] = (low, high)
        return found

    @property
    def names(self) -> list[LimitKey]:
        """All conditions, in a fixed order."""
        return sorted(self.conditions, key=str)

    def known_as(self, key: LimitKey) -> LimitKey:
        """The condition that a limit belongs to: rows of a large orders book may be one together."""
        if key not in self.model.fixed or key in self.alone:
            return key
        rest = len(self.model.fixed) - len(self.alone)
        return LimitKey("", "fixed_rest", f"{rest:,} {'other ' if self.alone else ''}rows")

    def relaxed(self, kept: Collection[LimitKey]) -> bool:
        """Whether the relaxation allows these conditions together; when not, whole numbers cannot either."""
        solver = self._program(kept).to_highs(relaxed=True)
        solver.run()
        if solver.getModelStatus() not in engine.INFEASIBLE:
            return True
        self.apart.append(frozenset(kept))
        return False

    def whole(self, kept: Collection[LimitKey]) -> bool | None:
        """Whether whole numbers allow these conditions together; None when that was not settled."""
        asked = frozenset(kept)
        if any(asked <= known for known in self.together):
            return True
        if any(known <= asked for known in self.apart):
            return False
        found = self._rounded(asked)
        if found is None and self.left > 0:
            effort = engine.Effort(gap=1.0, work=min(self.each, self.left))
            tried = engine.solve_model(self._program(asked), effort)
            self.left -= tried.work
            found = tried.values
            if tried.status == "infeasible":
                self.apart.append(asked)
                return False
        if found is None:
            return None
        self.together.append(asked | self._kept_by(found))
        return True

    def _rounded(self, kept: Collection[LimitKey]) -> Vector | None:
        """A plan of a kind by rounding alone, which in a large program takes a tenth of branching's time."""
        program = self._program(kept)
        for column, most in self.over.items():
            program.upper[column] = most
        found, _ = rough(replace(program, gain=self.model.gain))
        return None if found is None or goes_over(program, found) else found

    def _program(self, kept: Collection[LimitKey]) -> Model:
        """The program with the other conditions dropped, and nothing to gain."""
        m = self.model
        lower, upper, row_lower, row_upper, values = (
            list(side) for side in (m.lower, m.upper, m.row_lower, m.row_upper, m.values)
        )
        for name, condition in self.conditions.items():
            if name in kept:
                continue
            for row in condition.rows:
                row_lower[row], row_upper[row] = -INFINITY, INFINITY
            for column, (low, high) in condition.columns.items():
                lower[column], upper[column] = low, high
            for _, place, most in condition.most:
                values[place] = -most
        return replace(
            m, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper, values=values,
            gain=[0.0] * m.n_columns, constant=0.0,
        )  # fmt: skip

    def _kept_by(self, found: Vector) -> frozenset[LimitKey]:
        """Conditions that a solution happens to keep, asked for or not."""
        sums = np.bincount(
            self.rows.row_of, weights=self.rows.values * found[self.rows.indices], minlength=self.model.n_rows
        )
        low, high = np.array(self.model.row_lower) - HOLDS, np.array(self.model.row_upper) + HOLDS
        good = (sums >= low) & (sums <= high)
        inside = (found >= np.array(self.model.lower) - HOLDS) & (found <= np.array(self.model.upper) + HOLDS)
        return frozenset(
            name
            for name, condition in self.conditions.items()
            if good[condition.rows].all()
            and inside[list(condition.columns)].all()
            and good[[row for row, _, _ in condition.most]].all()
        )


def _place(model: Model, row: int, campaign: Campaign) -> int:
    """Where in a row the campaign's on-column stands."""
    return next(p for p in range(model.starts[row], model.starts[row + 1]) if model.indices[p] == campaign.on)


def _wide(model: Model) -> Model:
    """With bounds so wide that nothing but conditions can conflict."""
    fixed = {column for column, _ in model.fixed.values()}
    upper = [
        most if key[1] in ZERO_ONE or column in fixed else WIDER * most
        for (key, column), most in zip(model.column.items(), model.upper, strict=True)
    ]
    return replace(model, upper=upper)


def _bounds(question: NetworkProblem, model: Model) -> Iterable[tuple[LimitKey, int, float, float]]:
    """Bounds of columns that belong to a condition: a crew's least, that firm orders are not lost, what an
    orders book fixes."""
    for key, (column, most) in model.fixed.items():
        yield key, column, 0.0, WIDER * most
    for problem in question.members:
        for t in range(problem.n_periods):
            for c in problem.crews.values():
                if c.people_min > 0:
                    column = model.column[problem.plant, "people", c.id, t]
                    yield LimitKey(problem.plant, "least", c.id), column, 0.0, model.upper[column]
            for d in problem.demands.values():
                if d.firm:
                    column = model.column[problem.plant, "lost", d.id, t]
                    waiting = model.column[problem.plant, "waiting", d.id, t]
                    yield LimitKey(problem.plant, "firm", d.id), column, 0.0, model.upper[waiting]
