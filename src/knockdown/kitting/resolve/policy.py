"""Simple rules that a manager could follow, unit after unit: to compare with, and to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knockdown.kitting.question import CourseKind, OptionKind
from knockdown.kitting.resolve.lean import Lean, LeanNeed, LeanOption, LeanUnit, Left, Pick, Picks

Kinds = tuple[frozenset[OptionKind], ...]
"""Kinds of options in order of preference; those in one set are chosen by cost, others not at all."""

ANY_COURSE: frozenset[CourseKind] = frozenset(("as_planned", "short", "wait", "resequence"))
HOLD: frozenset[CourseKind] = frozenset(("as_planned", "wait"))
SHORT: frozenset[CourseKind] = frozenset(("as_planned", "short"))
SWAP: frozenset[CourseKind] = frozenset(("as_planned", "resequence"))
CHEAPEST: Kinds = (frozenset(("wait", "borrow", "local", "reorder")),)


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule: courses and kinds of options to try, in order, until one can be done."""

    name: str
    tries: tuple[tuple[frozenset[CourseKind], Kinds], ...]


def _ladder(name: str, courses: frozenset[CourseKind], *kinds: OptionKind) -> Policy:
    """First the rule's own kind, then with the next kind too, and so on; at last anything."""
    ranks = tuple(frozenset((kind,)) for kind in kinds)
    tries = [(courses, ranks[:n]) for n in range(1, len(ranks) + 1)]
    return Policy(name, (*tries, (ANY_COURSE, ranks)))


POLICIES = (
    _ladder("always wait", HOLD, "wait", "reorder", "local", "borrow"),
    _ladder("always borrow", HOLD, "borrow", "wait", "reorder", "local"),
    _ladder("always buy locally", HOLD, "local", "wait", "reorder", "borrow"),
    _ladder("always build short", SHORT, "wait", "reorder", "local", "borrow"),
    _ladder("always resequence", SWAP, "wait", "reorder", "local", "borrow"),
    Policy("cheapest, one unit at a time", ((ANY_COURSE, CHEAPEST),)),
)


def follow(question: Lean, policy: Policy) -> Picks:
    """What a rule does with each unit, the earliest start first; without those that it leaves stuck."""
    left = Left.by(question, {})
    picks: Picks = {}
    for ix in by_start(question):
        unit = question.units[ix]
        pick = _by_rule(unit, policy, left)
        if pick is not None:
            left.use(unit, pick)
            picks[ix] = pick
    return picks


def by_start(question: Lean) -> list[int]:
    """Units in the order of their earliest start."""
    first = [min((c.start_day for c in unit.courses), default=0) for unit in question.units]
    return sorted(range(len(first)), key=lambda ix: (first[ix], ix))


def _by_rule(unit: LeanUnit, policy: Policy, left: Left) -> Pick | None:
    for courses, kinds in policy.tries:
        allowed = [ix for ix, course in enumerate(unit.courses) if course.kind in courses]
        found = cheapest(unit, left, allowed, kinds)
        if found is not None:
            return found[1]
    return None


def cheapest(
    unit: LeanUnit, left: Left, courses: Sequence[int], kinds: Kinds = CHEAPEST, forced: Forced | None = None
) -> tuple[int, Pick] | None:
    """The cheapest of these courses with its parts filled one after another, and its cents.

    An order that others pay for costs it nothing; one that nobody pays for, all of it.
    """
    parts = _least(unit, left, forced)
    best: tuple[int, Pick] | None = None
    for ix in sorted(courses, key=lambda c: unit.courses[c].cents):
        if best is not None and unit.courses[ix].cents + parts >= best[0]:
            break
        pick = _filled(unit, ix, left, kinds, forced)
        if pick is not None:
            cents = left.cents(unit, pick)
            if best is None or cents < best[0]:
                best = cents, pick
    return best


@dataclass(frozen=True, slots=True)
class Forced:
    """An option of which as many pieces as can be are to be taken."""

    need: int
    option: int


def _least(unit: LeanUnit, left: Left, forced: Forced | None) -> int:
    """A bound from below on what all parts of a unit cost, orders left aside."""
    cents = 0
    for ix, need in enumerate(unit.needs):
        if forced is not None and forced.need == ix:
            option = need.options[forced.option]
            if _room(option, left, need.n_parts) >= need.n_parts:
                cents += option.cents(need.n_parts)
                continue
        cents += min((option.cents(need.n_parts) for option in need.options), default=0)
    return cents


def _room(option: LeanOption, left: Left, n_parts: int) -> int:
    """How many of so many pieces an option still has."""
    return min((left.free[pool] for pool in option.pools), default=n_parts)


def _filled(unit: LeanUnit, course_ix: int, left: Left, kinds: Kinds, forced: Forced | None) -> Pick | None:
    course = unit.courses[course_ix]
    if any(left.free[pool] < 1 for pool in course.pools):
        return None
    left, pieces = left.copy(), []
    for pool in course.pools:
        left.free[pool] -= 1
    for ix, (need, limit) in enumerate(zip(unit.needs, course.limits, strict=True)):
        first = forced.option if forced is not None and forced.need == ix else None
        taken = _fill(need, limit, left, kinds, first)
        if taken is None:
            return None
        pieces.append(taken)
    return Pick(course_ix, tuple(pieces))


def _fill(need: LeanNeed, limit: int, left: Left, kinds: Kinds, first: int | None) -> tuple[int, ...] | None:
    """Pieces from the preferred kind and the cheapest option, then from the next, until there are enough."""
    rank = {kind: r for r, same in enumerate(kinds) for kind in same}
    able = {j for j, o in enumerate(need.options) if o.day <= limit and o.kind in rank}
    pieces, missing = [0] * len(need.options), need.n_parts
    if first is not None and first not in able:
        return None
    while missing:
        ways = []
        for j in able if first is None else (first,):
            option = need.options[j]
            room = min(_room(option, left, missing), missing)
            if room > 0:
                cents = option.cents(room) + left.order_cents(option.order)
                ways.append((rank[option.kind], cents / room, j, room))
        if not ways:
            return None
        _, _, chosen, room = min(ways)
        left.take(need.options[chosen], room)
        pieces[chosen] += room
        missing -= room
        able.discard(chosen)
        first = None
    return tuple(pieces)
