"""Names what cannot be met when no answer exists: the fewest pieces and courses to do without."""

from __future__ import annotations

from datetime import date

import highspy

from knockdown.kitting.question import ResolveQuestion, Shortage, ShortUnit
from knockdown.kitting.resolve.answer import Unmet
from knockdown.kitting.resolve.engine import Stop, run_until
from knockdown.kitting.resolve.lean import Lean
from knockdown.kitting.resolve.milp import build
from knockdown.kitting.resolve.parts import Part


def hopeless(question: ResolveQuestion) -> list[Unmet]:
    """What cannot be met whatever the other units do: no course, no option, or none in time."""
    found = []
    for unit in question.units:
        if not unit.courses:
            found.append(Unmet(unit.unit_id, None, 0, "it has no course"))
            continue
        for s, shortage in enumerate(unit.shortages):
            why = _hopeless(unit, s, shortage)
            if why:
                found.append(Unmet(unit.unit_id, shortage.part_id, shortage.n_parts, why))
    return found


def _hopeless(unit: ShortUnit, s: int, shortage: Shortage) -> str:
    if not shortage.options:
        return "there is no option for it"
    first = min(option.day for option in shortage.options)
    last = max(course.limits[s] for course in unit.courses)
    if first <= last:
        return ""
    return f"its pieces come on {_iso(first)} at the earliest, and no course waits beyond {_iso(last)}"


def _iso(day: int) -> str:
    """A day in words; odd numbers as they are.

    >>> _iso(738000), _iso(-5)
    ('2021-07-29', 'day -5')
    """
    try:
        return date.fromordinal(day).isoformat()
    except (ValueError, OverflowError):
        return f"day {day}"


def clash(question: ResolveQuestion, lean: Lean, part: Part, stop: Stop) -> list[Unmet]:
    """The fewest pieces (and units without a course) that a part's units must do without."""
    program = build(lean, part, elastic=True)
    solver = program.to_highs()
    run_until(solver, stop)
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return [_unclear(question, part)]
    values = list(solver.getSolution().col_value)
    found = []
    for ix in part.units:
        unit = question.units[ix]
        if round(values[program.no_course[ix]]):
            why = _used_up(question, [p for course in unit.courses for p in course.pools])
            found.append(Unmet(unit.unit_id, None, 0, why))
        for s, shortage in enumerate(unit.shortages):
            n_parts = round(values[program.lacking[ix, s]])
            if n_parts:
                why = _used_up(question, [p for option in shortage.options for p in option.pools])
                found.append(Unmet(unit.unit_id, shortage.part_id, n_parts, why))
    return found or [_unclear(question, part)]


def _used_up(question: ResolveQuestion, pools: list[int]) -> str:
    names = list(dict.fromkeys(question.pools[pool].pool_id for pool in pools))
    if not names:
        return "its courses and options do not go together"
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return "all is needed elsewhere, or too late, of " + ", ".join(names[:4]) + more


def _unclear(question: ResolveQuestion, part: Part) -> Unmet:
    return Unmet(question.units[part.units[0]].unit_id, None, 0, "no way was found in the time")
