"""A part is missing: what to do? The room's second public entry, for all shortages together."""

from __future__ import annotations

from dataclasses import replace

from knockdown.kitting.question import ResolveQuestion
from knockdown.kitting.resolve.answer import (
    OrderAnswer,
    PartAnswer,
    PolicyCost,
    ResolveAnswer,
    RunnerUp,
    Take,
    UnitAnswer,
    Unmet,
)
from knockdown.kitting.resolve.check import check_resolve
from knockdown.kitting.resolve.clash import clash, hopeless
from knockdown.kitting.resolve.engine import Found, Stop, search
from knockdown.kitting.resolve.in_words import in_words, orders_made, summed
from knockdown.kitting.resolve.lean import Lean, Pick, Picks, cost, lean
from knockdown.kitting.resolve.parts import Part, alone, in_part, split
from knockdown.kitting.resolve.policy import POLICIES, follow
from knockdown.kitting.resolve.rivals import Rival, again, alike, polished, tried

__all__ = [
    "OrderAnswer", "PartAnswer", "PolicyCost", "ResolveAnswer", "ResolveError", "RunnerUp", "Take",
    "UnitAnswer", "Unmet", "resolve",
]  # fmt: skip

SEARCH_SHARE = 0.7
"""Share of the time for the search when runner-ups are asked for; they get the rest."""
MILP_SHARE = 0.9
"""Share of a part's time for the solver; the rest is for changes of one unit at a time."""


class ResolveError(RuntimeError):
    """The answer failed its own inspection: a fault of this program, never of the input."""


def resolve(
    question: ResolveQuestion,
    seconds: float = 10.0,
    gap: float = 0.0,
    runner_ups: int = 3,
    work: int | None = None,
) -> ResolveAnswer:
    """Find the cheapest way to resolve all shortages together.

    Parameters
    ----------
    question : ResolveQuestion
        Units that are short, their courses and options, and the pools that these share.
    seconds : float
        Time allowed in all. Ctrl-C ends the search earlier and keeps the best answer.
    gap : float
        Stop when the answer is proved to be this near the best, as a fraction.
    runner_ups : int
        How many other ways to price for each unit; 0 for none.
    work : int, optional
        Stop after this many solver checks instead of `seconds`: the same number gives the same answer to the
        bit. An answer that was done before its time is the same on every run anyway.

    Returns
    -------
    ResolveAnswer
        Inspected by `check_resolve`, never dearer than any simple rule in `policies`. When nothing holds,
        status `infeasible`, and `unmet` names the units and parts.

    Raises
    ------
    ValueError
        When the question cannot be read; see `resolve.lean.lean`.
    ResolveError
        When the answer does not pass its inspection.

    Examples
    --------
    A piece comes on day 12; bought locally it is there on day 9, in time, for 300 cents.

    >>> from knockdown.kitting.question import Course, Option, Pool, Shortage, ShortUnit, Term
    >>> wait = Option("wait", "wait for claim C-1", 12, (), (), (0,))
    >>> buy = Option("local", "buy locally", 9, (Term("local purchase", 300),), (), ())
    >>> plan = Course("as_planned", "build as planned", 9, 10, (), (9,), ())
    >>> hold = Course("wait", "wait until day 12", 12, 13, (Term("line stop", 500),), (12,), ())
    >>> unit = ShortUnit("U-1", (Shortage("P-1", 1, (wait, buy)),), (plan, hold))
    >>> answer = resolve(ResolveQuestion((unit,), (Pool("claim C-1", 1),)))
    >>> answer.status, answer.objective, answer.units[0].parts[0].takes[0].label
    ('optimal', 300, 'buy locally')
    >>> [(other.change, other.more_cents) for other in answer.runner_ups]
    [('wait until day 12', 200)]
    """
    stop = Stop(seconds, work)
    small = lean(question)
    unmet = hopeless(question)
    if unmet:
        return _no(unmet, stop)
    with stop.on_ctrl_c():
        answer = _answer(question, small, stop, gap, runner_ups)
    violations = check_resolve(question, answer)
    if violations:
        raise ResolveError("the answer failed its inspection: " + "; ".join(violations[:5]))
    return answer


def _answer(question: ResolveQuestion, small: Lean, stop: Stop, gap: float, most: int) -> ResolveAnswer:
    rules = [(policy.name, follow(small, policy)) for policy in POLICIES]
    parts = split(small)
    found = _search(small, parts, [picks for _, picks in rules], stop, gap, SEARCH_SHARE if most else 1.0)
    for part, best in zip(parts, found, strict=True):
        if best.impossible:
            return _no(clash(question, small, part, stop), stop)
    if any(best.picks is None for best in found):
        return ResolveAnswer("unknown", None, None, None, stop.elapsed, stop.done)
    others = _runner_ups(question, small, parts, found, most, stop)
    return _yes(question, small, found, rules, others, stop)


def _search(
    small: Lean, parts: list[Part], starts: list[Picks], stop: Stop, gap: float, share: float
) -> list[Found]:
    """Solve part after part, small ones first; each may use its share of what is left."""
    found = []
    weights = [sum(len(small.units[ix].courses) + 1 for ix in part.units) for part in parts]
    left = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        used = min(stop.used(), share)
        until = used + (share - used) * weight / left
        left -= weight
        best = _solve(small, part, starts, stop, used + MILP_SHARE * (until - used), gap)
        found.append(polished(small, part, best, stop, until))
    return found


def _solve(small: Lean, part: Part, starts: list[Picks], stop: Stop, until: float, gap: float) -> Found:
    own = [(ix, alone(small.units[ix])) for ix in part.units]
    bound = sum(best[1] for _, best in own if best is not None)
    if not part.pools and not part.orders:
        free = {ix: best[0] for ix, best in own if best is not None}
        stuck = len(free) < part.n_units
        return Found(None if stuck else free, bound, bound, proved=True, impossible=stuck)
    known = [picks for start in starts if (picks := in_part(part, start)) is not None]
    start = min(known, key=lambda picks: cost(small, picks), default=None)
    if start is not None and (stop.reached(until) or cost(small, start) <= bound):
        cents = cost(small, start)
        return Found(start, cents, bound, cents <= bound)
    found = search(small, part, start, stop, until, gap)
    return Found(found.picks, found.cents, max(found.bound, bound), found.proved, found.impossible)


def _runner_ups(
    question: ResolveQuestion, small: Lean, parts: list[Part], found: list[Found], most: int, stop: Stop
) -> tuple[RunnerUp, ...]:
    if most <= 0:
        return ()
    held = [tried(small, part, best.picks or {}, most, stop) for part, best in zip(parts, found, strict=True)]
    rivals = [
        rival
        for part, best, some in zip(parts, found, held, strict=True)
        for rival in again(small, part, best, some, stop)
    ]
    rivals.sort(key=lambda rival: (rival.unit, rival.more_cents))
    once: dict[int, dict[Pick, Rival]] = {}
    for rival in rivals:
        # An answer cut short may be improved by one change yet: that is no runner-up.
        if not rival.blocked and rival.more_cents >= 0:
            once.setdefault(rival.unit, {}).setdefault(rival.pick, rival)
    told = [rival for own in once.values() for rival in alike(small, own.values())[:most]]
    return tuple(_runner_up(question, rival) for rival in told)


def _runner_up(question: ResolveQuestion, rival: Rival) -> RunnerUp:
    (unit,) = in_words(question, {rival.unit: rival.pick})
    told = RunnerUp(
        unit.unit_id, unit.label, unit, rival.more_cents, rival.at_most, rival.n_others, rival.n_alike
    )
    if rival.forced is None:
        return told
    s, j = rival.forced.need, rival.forced.option
    shortage = question.units[rival.unit].shortages[s]
    change = f"{shortage.part_id}: {shortage.options[j].label}"
    return replace(told, change=change, note=shortage.options[j].note, shortage_ix=s, option_ix=j)


def _yes(
    question: ResolveQuestion,
    small: Lean,
    found: list[Found],
    rules: list[tuple[str, Picks]],
    others: tuple[RunnerUp, ...],
    stop: Stop,
) -> ResolveAnswer:
    picks = {ix: pick for best in found if best.picks is not None for ix, pick in best.picks.items()}
    units = in_words(question, picks)
    objective = sum(unit.cents for unit in units)
    bound = round(sum(best.bound for best in found))
    return ResolveAnswer(
        status="optimal" if all(best.proved for best in found) else "feasible",
        objective=objective,
        bound=bound,
        gap=abs(objective - bound) / max(1e-9, abs(objective)),
        seconds=stop.elapsed,
        work=stop.done,
        units=units,
        orders=orders_made(question, picks),
        terms=summed(term for unit in units for term in unit.terms),
        policies=tuple(_policy(question, small, name, made) for name, made in rules),
        runner_ups=others,
    )


def _policy(question: ResolveQuestion, small: Lean, name: str, picks: Picks) -> PolicyCost:
    stuck = [unit.unit_id for ix, unit in enumerate(question.units) if ix not in picks]
    if not stuck:
        return PolicyCost(name, cost(small, picks))
    more = f" and {len(stuck) - 3} more" if len(stuck) > 3 else ""
    return PolicyCost(name, None, f"nothing is left for {', '.join(stuck[:3])}{more}")


def _no(unmet: list[Unmet], stop: Stop) -> ResolveAnswer:
    return ResolveAnswer("infeasible", None, None, None, stop.elapsed, stop.done, unmet=tuple(unmet))
