"""The planner's public entry: from a plant to a master plan with a proven gap."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from knockdown.documents.master_plan import Conflict, Limit, MasterPlan
from knockdown.planning import check, conflict, explain, extract
from knockdown.planning.fixing import with_orders
from knockdown.planning.hunt import Answer, Hunt, Tell
from knockdown.planning.milp import build
from knockdown.planning.model import Model
from knockdown.planning.options import PlanOptions, horizon
from knockdown.planning.problem import Subject, from_plant
from knockdown.planning.question import NetworkProblem, Orders
from knockdown.planning.search import Stop

__all__ = ["PlanError", "PlanOptions", "Progress", "horizon", "plan", "plan_question"]

Progress = Callable[[str, float, float, str], None]
"""Called with stage, seconds used, seconds allowed, and a word on how it goes."""


class PlanError(RuntimeError):
    """The plan failed its own inspection: a fault of this program, never of the input."""


def plan(
    plant: Subject,
    options: PlanOptions | None = None,
    progress: Progress | None = None,
    orders: Orders | None = None,
) -> MasterPlan:
    """Plan a plant, or a network of plants.

    Parameters
    ----------
    plant : Plant or Network
        From `knockdown.plant.load.load`.
    options : PlanOptions, optional
        Horizon and effort.
    progress : callable, optional
        Called with stage, seconds used, seconds allowed, and a word on how it goes.
    orders : Orders, optional
        Quantities that an orders book fixes.

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
    question = with_orders(from_plant(plant, horizon(plant, options)), orders)
    return plan_question(question, options, progress, plant.digest)


def plan_question(
    question: NetworkProblem,
    options: PlanOptions,
    progress: Progress | None = None,
    digest: str = "",
) -> MasterPlan:
    """Plan what was cut from a plant already; see `plan`."""
    started = time.monotonic()
    tell = _teller(progress, options, started)
    tell("model", "posing the question")
    model = build(question)
    stop = Stop(options.seconds, options.work)
    with _ctrl_c(stop):
        answer = Hunt(question, model, stop, options.gap, tell).run()
    clash = _conflict(question, model, answer, tell)
    limits = () if clash else _limits(question, model, answer, options, tell)
    paper = extract.paper(
        question, model, answer.values if clash is None else None, answer.bound, digest, options,
        seconds=time.monotonic() - started, work=answer.work, limits=limits, conflict=clash,
    )  # fmt: skip
    _inspect(question, paper)
    return paper


def _teller(progress: Progress | None, options: PlanOptions, started: float) -> Tell:
    def tell(stage: str, detail: str) -> None:
        if progress is not None:
            progress(stage, time.monotonic() - started, options.seconds, detail)

    return tell


@contextmanager
def _ctrl_c(stop: Stop) -> Iterator[None]:
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
    return conflict.explain(question, model, answer.impossible)


def _limits(
    question: NetworkProblem, model: Model, answer: Answer, options: PlanOptions, tell: Tell
) -> tuple[Limit, ...]:
    if answer.values is None or options.limits <= 0:
        return ()
    tell("limits", "asking what one more of each would add")
    return explain.limits(question, model, answer.values, options.limits, answer.basis)


def _inspect(question: NetworkProblem, paper: MasterPlan) -> None:
    if paper.objective is None:
        return
    violations = check.check(question, paper)
    if violations:
        raise PlanError("the plan failed its inspection: " + "; ".join(violations[:5]))
