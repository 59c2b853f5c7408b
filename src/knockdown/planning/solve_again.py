"""What easing one limit adds: the eased question is posed anew and the plan improved in it, whole.

The variants and crews concerned choose lots, builds, sales, campaigns and people anew, all others keep
theirs; hours, stock and money follow. The same is tried in the question as it was, so that what was there
to gain anyway is no gain of the easing. All is counted work: the same plan gives the same gains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np
import numpy.typing as npt

from knockdown.planning import engine
from knockdown.planning.blocks import Blocks, blocks_of
from knockdown.planning.ease import eased
from knockdown.planning.milp import build
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.over import goes_over, without_over
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rows import Mask, Rows, Vector

MOST_BLOCKS = 4
RELATED = 2
GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan in its program; `relaxed` is the relaxation's bound, in thousands, and `basis` its basis."""

    question: NetworkProblem
    model: Model
    values: Vector
    relaxed: float
    basis: highspy.HighsBasis | None = None

    @property
    def earned(self) -> float:
        """Its objective, in thousands."""
        return float(np.array(self.model.gain) @ self.values) + self.model.constant


@dataclass(frozen=True, slots=True)
class Gains:
    """In thousands: `found` by a plan of the eased question, `most` what none can exceed.

    `values` are that plan's; `anyway` is what the search made of the plan without easing.
    """

    found: float
    most: float
    anyway: float
    values: Vector | None = None


class Again:
    """One limit eased, and the plan to be improved with it; `most` bounds it, `used` counts checks."""

    def __init__(self, plan: Plan, key: LimitKey) -> None:
        self.plan = plan
        self.key = key
        self.question = eased(plan.question, key)
        self.model = build(self.question)
        self.rows = Rows(self.model)
        self.blocks: Blocks = blocks_of(self.question, self.model)
        self.start = self._carried_over()
        self.used = 0
        self.most, self.duals = self._relaxed()

    def _relaxed(self) -> tuple[float, Vector]:
        """The most that can be earned, in thousands, and the rows' prices."""
        solver, own = self.model.to_highs(relaxed=True), self.plan.model
        if self.plan.basis is not None and (own.n_columns, own.n_rows) == (
            self.model.n_columns,
            self.model.n_rows,
        ):
            solver.setBasis(self.plan.basis)
        solver.run()
        return float(solver.getInfo().objective_function_value), np.array(solver.getSolution().row_dual)

    def gains(self, work: int, before: Gains | None = None) -> Gains:
        """What is found in so many solver checks.

        Parameters
        ----------
        work : int
            Solver checks allowed.
        before : Gains, optional
            What was found already; now the crews whose hours are most wanted may change too.

        Returns
        -------
        Gains
            Never below zero: an easing need not be taken up.
        """
        best = before or Gains(0.0, max(0.0, self.most - self.plan.earned), self.plan.earned)
        free = self._free(self._chosen(wider=before is not None))
        start = self.start if best.values is None else best.values
        found, used = improve(self.model, start, free, work)
        self.used += used
        if found is None or self._earned(found) <= best.anyway + best.found:
            return best
        own = np.array([free[self.model.column[key]] for key in self.plan.model.column])
        without, used = improve(self.plan.model, self.plan.values, own, work)
        self.used += used
        anyway = best.anyway
        if without is not None:
            anyway = max(anyway, replace(self.plan, values=without).earned)
        gain = self._earned(found) - anyway
        return Gains(gain, max(best.most, gain), anyway, found) if gain > best.found else best

    def _earned(self, values: Vector) -> float:
        return float(np.array(self.model.gain) @ values) + self.model.constant

    def _carried_over(self) -> Vector:
        """The plan's values, by name."""
        old = self.plan.model.column
        if list(old) == list(self.model.column):
            return self.plan.values
        known = [(column, old[key]) for key, column in self.model.column.items() if key in old]
        values = np.array(self.model.lower)
        values[[new for new, _ in known]] = self.plan.values[[column for _, column in known]]
        return values

    def _chosen(self, wider: bool) -> list[int]:
        """Blocks in the limit's rows; some variants when none is there; some crews when wider."""
        rows = self.model.rows_of(self.key)
        held = np.isin(self.rows.row_of, rows)
        touched = np.unique(self.blocks.of_column[self.rows.indices[held]])
        crews = {int(self.blocks.of_column[c]) for key, c in self.model.column.items() if key[1] == "people"}
        able = crews | set(self.blocks.variant)
        chosen = [block for block in self._by_weight(rows) if block in able and block in touched][
            :MOST_BLOCKS
        ]
        related = [block for block in self._by_weight(self._rows_of_blocks(touched)) if block not in chosen]
        if not set(chosen) & set(self.blocks.variant):
            chosen += [block for block in related if block in self.blocks.variant][:RELATED]
        return chosen + [block for block in related if block in crews][: RELATED if wider else 0]

    def _rows_of_blocks(self, blocks: npt.NDArray[np.int64]) -> list[int]:
        """Rows that hold something of these blocks."""
        inside = np.isin(self.blocks.of_column, blocks)
        found: list[int] = np.unique(self.rows.row_of[inside[self.rows.indices]]).tolist()
        return found

    def _by_weight(self, rows: list[int]) -> list[int]:
        """Blocks by what they use of these rows, at the rows' prices; heaviest first."""
        price = np.zeros(self.model.n_rows)
        price[rows] = np.abs(self.duals[rows]) + GAP
        used = price[self.rows.row_of] * np.abs(self.rows.values) * (self.start[self.rows.indices] + GAP)
        weights = np.bincount(self.blocks.of_column[self.rows.indices], used, minlength=self.blocks.count)
        return sorted(np.flatnonzero(weights).tolist(), key=lambda block: -float(weights[block]))

    def _free(self, blocks: list[int]) -> Mask:
        """Columns that may change: of the blocks, and of their campaigns."""
        free = np.isin(self.blocks.of_column, blocks)
        for c in self.model.campaigns:
            free[c.on] = free[list(c.builds)].any()
        return free


def improve(model: Model, values: Vector, free: Mask, work: int) -> tuple[Vector | None, int]:
    """A plan as good or better that differs only where it is free to, or None when none was found.

    Parameters
    ----------
    model : Model
        The program.
    values : ndarray, shape (n_columns,)
        The plan.
    free : ndarray of bool, shape (n_columns,)
        Whole-number columns that may change; those that need not be whole always may.
    work : int
        Solver checks allowed.

    Returns
    -------
    ndarray or None
        Its values.
    int
        Checks used.
    """
    part = without_over(model)
    lower, upper = list(part.lower), list(part.upper)
    for column in np.flatnonzero(np.array(model.whole) & ~free).tolist():
        lower[column] = upper[column] = float(round(values[column]))
    part = replace(part, lower=lower, upper=upper)
    found = engine.solve_model(part, engine.Effort(gap=GAP, work=work), values)
    if found.values is None or goes_over(model, found.values):
        return None, found.work
    whole = np.array(model.whole)
    found.values[whole] = np.round(found.values[whole])
    return found.values, found.work
