"""What may be asked of a plan, and the periods that follow from it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.periods import Period, months_from, weeks_from
from knockdown.planning.problem import Subject, default_span


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
    seed : int
        Changes nothing: the planner draws no random number. Accepted and recorded with the other options,
        because a job passes one seed to the plan and to the simulation.
    limits : int
        How many of the plan's limits are verified by solving again, at most two of a kind.

    Examples
    --------
    >>> PlanOptions(months=6, work=25).seconds
    30.0
    """

    start: str | None = None
    months: int | None = None
    by: str = "month"
    seconds: float = 30.0
    gap: float = 0.005
    work: int | None = None
    seed: int = 1
    limits: int = 5


def horizon(plant: Subject, options: PlanOptions) -> tuple[Period, ...]:
    """Periods asked for; every fault of the options at once."""
    start, months = default_span(plant)
    start = options.start or start
    months = months if options.months is None else options.months
    first = _first_day(start)
    faults = list(_faults(options, start, first, months))
    if faults or first is None:
        raise BadInput(faults)
    if options.by == "month":
        return months_from(first, months)
    last = months_from(first, months)[-1].last
    return weeks_from(first, math.ceil(((last - first).days + 1) / 7))


def _faults(options: PlanOptions, start: str, first: date | None, months: int) -> Iterable[Fault]:
    if first is None:
        yield _fault("--start", start, "is not a month from 1950 to 2100", "write it as 2026-01")
    if not 1 <= months <= 60:
        yield _fault("--months", str(months), "is not from 1 to 60", "write a number of months")
    if options.by not in ("month", "week"):
        yield _fault("--by", options.by, "is neither month nor week", "write month or week")
    if not (options.seconds > 0 and 0 <= options.gap < 1 and (options.work is None or options.work > 0)):
        step = "use seconds > 0, 0 <= gap < 1, work > 0"
        yield _fault("--seconds", None, "or gap or work is out of range", step)


def _fault(option: str, value: str | None, problem: str, next_step: str) -> Fault:
    return Fault(option, None, None, value, problem, next_step)


def _first_day(month: str) -> date | None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return first if len(month) == 7 and 1950 <= first.year <= 2100 else None
