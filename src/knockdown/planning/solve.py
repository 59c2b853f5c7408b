"""The planner's public entry: from a plant to a master plan with a proven gap."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.periods import Period, months_from, weeks_from
from knockdown.documents.master_plan import Conflict, Limit, MasterPlan
from knockdown.planning import check, conflict, engine, explain, extract, search
from knockdown.planning.blocks import Blocks, blocks_of
from knockdown.planning.bound import Bound
from knockdown.planning.milp import build
from knockdown.planning.model import Model
from knockdown.planning.problem import Subject, default_span, from_plant
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rows import Vector

Progress = Callable[[str, float, float, str], None]
Tell = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What may be asked of a plan.

    Parameters
    ----------
    start : str or None
        First month, as 2026-01; None takes the plant's own.
    months : int or None
        Length of the horizon, 1 to 60; None takes the plant's own.
    by : str
        `month` or `week`.
    seconds : float
        Wall time the search may take.
    gap : float
        Stop when the proven gap is this small.
    work : int or None
        Pieces of work instead of `seconds`; the same number gives the same plan to the bit.
    limits : int
        How many of the plan's limits are verified by solving again.
    """

    start: str | None = None
    months: int | None = None
    by: str = "month"
    seconds: float = 30.0
    gap: float = 0.005
    work: int | None = None
    seed: int = 1
    limits: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What the search found: column values, a bound, and whether the bound shows there is no plan."""

    values: Vector | None
    bound: float
    infeasible: bool
    work: int

    def gap(self, model: Model) -> float:
        """Proven gap of the values."""
        if self.values is None:
            return math.inf
        found = float(np.array(model.gain) @ self.values) + model.constant
        return abs(found - self.bound) / max(1e-9, abs(found))


class PlanError(RuntimeError):
    """The plan failed its own inspection: a fault of this program, never of the input."""


def plan(plant: Subject, options: PlanOptions | None = None, progress: Progress | None = None) -> MasterPlan:
    """Plan a plant, or a network of plants.

    Parameters
    ----------
    plant : Plant or Network
        From `knockdown.plant.load.load`.
    options : PlanOptions, optional
        Horizon and effort.
    progress : callable, optional
        Called with stage, seconds used, seconds allowed, and a word on how it goes.

    Returns
    -------
    MasterPlan
        Inspected by `planning.check`. Status `optimal` (gap reached), `feasible`, `infeasible` (with the
        conflict) or `unknown` (nothing found in the time).

    Raises
    ------
    BadInput
        When an option is out of range.
    PlanError
        When the plan does not pass its inspection.
    """
    options = options or PlanOptions()
    started = time.monotonic()
    tell = _teller(progress, options, started)
    question = from_plant(plant, horizon(plant, options))
    tell("model", "posing the question")
    model = build(question)
    answer = _search(question, model, options, tell)
    clash = _conflict(question, model, answer, tell)
    limits = () if clash else _limits(question, model, answer, options, tell)
    paper = extract.paper(
        question, model, answer.values if clash is None else None, answer.bound, plant.digest, options,
        seconds=time.monotonic() - started, work=answer.work, limits=limits, conflict=clash,
    )  # fmt: skip
    _inspect(question, paper)
    return paper


def horizon(plant: Subject, options: PlanOptions) -> tuple[Period, ...]:
    """Periods asked for; every fault of the options at once."""
    default_start, default_months = default_span(plant)
    start, months = options.start or default_start, default_months if options.months is None else options.months
    faults = []
    first = _first_day(start)
    if first is None:
        faults.append(Fault("--start", None, None, start, "is not a month from 1950 to 2100", "write it as 2026-01"))
    if not 1 <= months <= 60:
        faults.append(Fault("--months", None, None, str(months), "is not from 1 to 60", "write a number of months"))
    if options.by not in ("month", "week"):
        faults.append(Fault("--by", None, None, options.by, "is neither month nor week", "write month or week"))
    if not (options.seconds > 0 and 0 <= options.gap < 1 and (options.work is None or options.work > 0)):
        faults.append(Fault("--seconds", None, None, None, "or gap or work is out of range", "use seconds > 0, 0 <= gap < 1, work > 0"))
    if faults or first is None:
        raise BadInput(faults)
    if options.by == "month":
        return months_from(first, months)
    last = months_from(first, months)[-1].last
    return weeks_from(first, math.ceil(((last - first).days + 1) / 7))


def _first_day(month: str) -> date | None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return first if len(month) == 7 and 1950 <= first.year <= 2100 else None


def _teller(progress: Progress | None, options: PlanOptions, started: float) -> Tell:
    def tell(stage: str, detail: str) -> None:
        if progress is not None:
            progress(stage, time.monotonic() - started, options.seconds, detail)

    return tell


def _search(question: NetworkProblem, model: Model, options: PlanOptions, tell: Tell) -> Answer:
    blocks = blocks_of(question, model)
    tell("search", "solving the relaxation")
    bound = Bound(model, blocks)
    if not bound.feasible:
        return Answer(None, math.nan, True, 0)
    stop = search.Stop(options.seconds, options.work)
    with ThreadPoolExecutor(2) as executor, _ctrl_c(stop):
        values = None
        for margin in search.MARGINS:
            values = _improve(model, blocks, bound, stop, options, tell, margin)
            if values is not None and not conflict.goes_over(model, values):
                break
            values = None
        answer = Answer(values, bound.best, False, stop.done)
        while answer.gap(model) > options.gap and not stop.reached() and bound.round(executor):
            answer = Answer(values, bound.best, False, stop.done)
            tell("bound", f"gap {100 * answer.gap(model):.2f} %")
        return _finish(model, answer, stop, options, tell)


def _improve(
    model: Model,
    blocks: Blocks,
    bound: Bound,
    stop: search.Stop,
    options: PlanOptions,
    tell: Tell,
    margin: float,
) -> Vector | None:
    """Lots, campaigns, lots again, then everything whole."""
    incumbent = search.Incumbent(model, bound.values, margin=margin)

    def near_enough() -> bool:
        tell("search", f"contribution {1000 * incumbent.objective:,.0f}, at most {1000 * bound.best:,.0f}")
        return bound.best - incumbent.objective <= 0.5 * options.gap * abs(incumbent.objective)

    search.mend_lots(incumbent, blocks, stop, 0.3, near_enough)
    if not search.settle_campaigns(model, incumbent):
        return None
    search.mend_lots(incumbent, blocks, stop, 0.5, near_enough)
    return search.make_whole(model, incumbent)


def _finish(model: Model, answer: Answer, stop: search.Stop, options: PlanOptions, tell: Tell) -> Answer:
    """Give what time is left to the solver's own branching, from the best plan found."""
    if answer.gap(model) <= options.gap or stop.reached():
        return answer
    effort = engine.Effort(max(0.1, options.seconds - stop.elapsed), options.gap, None if options.work is None else options.work - stop.done)

    model = conflict.without_over(model)

    def show(_: float, found: float, at_most: float) -> None:
        tell("branch", f"contribution {1000 * found:,.0f}, at most {1000 * at_most:,.0f}")

    found = engine.solve_model(model, effort, answer.values, show, lambda: stop.asked)
    if found.status == "infeasible":
        return Answer(None, math.nan, True, stop.done + found.work)
    bound = min(answer.bound, found.bound) if math.isfinite(found.bound) else answer.bound
    values = found.values if found.values is not None else answer.values
    return Answer(values, bound, False, stop.done + found.work)


@contextmanager
def _ctrl_c(stop: search.Stop) -> Iterator[None]:
    """Within, the first Ctrl-C ends the search and keeps its best answer."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(*_: object) -> None:
        stop.asked = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _conflict(question: NetworkProblem, model: Model, answer: Answer, tell: Tell) -> Conflict | None:
    """Why there is no plan, when there is none."""
    if answer.values is not None:
        return None
    tell("conflict", "finding what cannot hold together")
    return conflict.explain(question, model)


def _limits(
    question: NetworkProblem, model: Model, answer: Answer, options: PlanOptions, tell: Tell
) -> tuple[Limit, ...]:
    if answer.values is None or options.limits <= 0:
        return ()
    tell("limits", "asking what one more of each would add")
    return explain.limits(question, model, answer.values, options.limits)


def _inspect(question: NetworkProblem, paper: MasterPlan) -> None:
    if paper.objective is None:
        return
    violations = check.check(question, paper)
    if violations:
        raise PlanError("the plan failed its inspection: " + "; ".join(violations[:5]))
