"""Runs HiGHS on a model: anytime, interruptible, repeatable by counted work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from knockdown.planning.model import Model

Progress = Callable[[float, float, float], None]
Values = npt.NDArray[np.float64]
INFEASIBLE = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search.

    Parameters
    ----------
    seconds : float
        Wall time allowed.
    gap : float
        Stop when the proven gap is this small.
    work : int or None
        Stop after this many solver checks instead of `seconds`; the same number gives the same bits.
    """

    seconds: float = 30.0
    gap: float = 0.001
    work: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the search found; `values` is None when it found nothing."""

    status: str
    values: Values | None
    objective: float
    bound: float
    work: int


def solve_model(
    model: Model,
    effort: Effort,
    start: Values | None = None,
    progress: Progress | None = None,
    asked_to_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Search for the best integer solution; a stop keeps the best one so far.

    Returns
    -------
    Outcome
        Status `optimal` (gap reached), `feasible`, `infeasible` or `unknown`.
    """
    solver = model.to_highs()
    solver.setOptionValue("mip_rel_gap", effort.gap)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    watch = _Watch(effort, progress, asked_to_stop)
    solver.cbMipInterrupt.subscribe(watch.check)
    solver.run()
    return _outcome(solver, watch)


class _Watch:
    """Counts the solver's checks, so that a stop can be repeated to the bit."""

    def __init__(self, effort: Effort, progress: Progress | None, asked_to_stop: Callable[[], bool]) -> None:
        self.effort = effort
        self.progress = progress
        self.started = time.monotonic()
        self.shown = 0.0
        self.work = 0
        self.asked_to_stop = asked_to_stop

    def check(self, event: Any) -> None:
        self.work += 1
        elapsed = time.monotonic() - self.started
        if self.progress is not None and elapsed - self.shown > 0.25:
            self.shown = elapsed
            self.progress(elapsed, event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)
        if self.asked_to_stop() or self._used_up(elapsed):
            event.data_in.user_interrupt = True

    def _used_up(self, elapsed: float) -> bool:
        if self.effort.work is not None:
            return self.work >= self.effort.work
        return elapsed >= self.effort.seconds


def _outcome(solver: highspy.Highs, watch: _Watch) -> Outcome:
    status = solver.getModelStatus()
    info = solver.getInfo()
    if status in INFEASIBLE:
        return Outcome("infeasible", None, float("nan"), float("nan"), watch.work)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Outcome("unknown", None, float("nan"), info.mip_dual_bound, watch.work)
    values: Values = np.array(solver.getSolution().col_value)
    found = "optimal" if status == highspy.HighsModelStatus.kOptimal else "feasible"
    return Outcome(found, values, info.objective_function_value, info.mip_dual_bound, watch.work)
