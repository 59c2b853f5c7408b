"""Runs HiGHS on one part of the question: anytime, interruptible, repeatable by counted work."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import highspy

from knockdown.kitting.resolve.lean import Lean, Left, Picks, cost, fits
from knockdown.kitting.resolve.milp import Program, build, read_picks, start_values
from knockdown.kitting.resolve.parts import Part

WHOLE = 0.99
"""Costs are whole cents: a bound less than a cent below the objective proves it."""
ROUNDING = 0.01
IMPOSSIBLE = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)


@dataclass(slots=True)
class Stop:
    """When to stop: by counted checks when `work` is given, else by the clock, always on request."""

    seconds: float
    work: int | None = None
    done: int = 0
    asked: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def used(self) -> float:
        """The share of the time or the work that is used up."""
        if self.work is not None:
            return self.done / max(1, self.work)
        return self.elapsed / max(1e-9, self.seconds)

    def reached(self, share: float = 1.0) -> bool:
        """Whether to stop, after this share of the time or the work."""
        return self.asked or self.used() >= share

    @contextmanager
    def on_ctrl_c(self) -> Iterator[None]:
        """Within, the first Ctrl-C ends the search and keeps its best answer."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(*_: object) -> None:
            self.asked = True

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


@dataclass(frozen=True, slots=True)
class Found:
    """The best picks of a part; `proved` when the gap asked for was reached."""

    picks: Picks | None
    cents: int
    bound: float
    proved: bool
    impossible: bool = False


def search(
    question: Lean, part: Part, start: Picks | None, stop: Stop, share: float = 1.0, gap: float = 0.0
) -> Found:
    """Find the cheapest picks of a part until this share of the time or the work is used up."""
    program = build(question, part)
    solver = program.to_highs()
    return run(question, part, program, solver, start, stop, share, gap)


def run(
    question: Lean, part: Part, program: Program, solver: highspy.Highs, start: Picks | None, stop: Stop,
    share: float, gap: float,
) -> Found:  # fmt: skip
    """Run a solver that holds the part's program, perhaps with bounds changed."""
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("mip_abs_gap", WHOLE)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start_values(program, question, start)
        solver.setSolution(solution)
    run_until(solver, stop, share)
    status = solver.getModelStatus()
    if status in IMPOSSIBLE:
        return Found(None, 0, math.inf, False, impossible=True)
    picks = _picks(question, part, program, solver)
    if picks is None or (start is not None and cost(question, start) < cost(question, picks)):
        picks = start
    info = solver.getInfo()
    if picks is None:
        return Found(None, 0, info.mip_dual_bound, False)
    cents = cost(question, picks)
    bound = _whole(info.mip_dual_bound, cents)
    done = status == highspy.HighsModelStatus.kOptimal
    return Found(picks, cents, bound, done or bound >= cents)


def run_until(solver: highspy.Highs, stop: Stop, share: float = 1.0) -> None:
    """Run a solver until it is done, or this share of the time or the work is used up."""

    def check(event: Any) -> None:
        stop.done += 1
        if stop.reached(share):
            event.data_in.user_interrupt = True

    if stop.work is None:
        solver.setOptionValue(
            "time_limit", solver.getRunTime() + max(0.0, share * stop.seconds - stop.elapsed)
        )
    solver.cbMipInterrupt.subscribe(check)
    solver.run()
    solver.cbMipInterrupt.unsubscribe(check)


def _picks(question: Lean, part: Part, program: Program, solver: highspy.Highs) -> Picks | None:
    """What the solver found, when it holds in whole numbers."""
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    picks = read_picks(program, question, part, list(solver.getSolution().col_value))
    left = Left.by(question, {})
    for ix, pick in picks.items():
        if not fits(question.units[ix], pick, left):
            return None
        left.use(question.units[ix], pick)
    return picks


def _whole(bound: float, cents: int) -> float:
    """A bound on whole cents is whole, and never above what was found."""
    return min(float(cents), math.ceil(bound - ROUNDING) if math.isfinite(bound) else bound)
