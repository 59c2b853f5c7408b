"""Runner-ups: what else could be done with a unit, and how many cents more everything then costs.

Each other kind of course and each other option of the unit is tried with all other units held. The best few
are then priced by solving the part again with that choice forced, where the part is small and time is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from knockdown.kitting.resolve.engine import Found, Stop, run
from knockdown.kitting.resolve.lean import Lean, Left, Pick, Picks, cost, pick_cents, pools_of
from knockdown.kitting.resolve.milp import Program, build
from knockdown.kitting.resolve.parts import Part
from knockdown.kitting.resolve.policy import Forced, cheapest

SMALL = 400
"""A part with more columns than this is not solved again as a whole: its prices are "at most"."""
NEAR_UNITS = 40
"""In a large part the runner-ups of so many units, the dearest, are priced with what is near them free."""
HOLDERS = 8
ONE_SHARE = 0.05
"""Share of the time or the work for solving again once."""
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Rival:
    """Another way for a unit: what is forced, what comes of it for the unit, and the price of that.

    `forced` is an option of which at least `n_parts` are taken; None when the kind of course is forced.
    `blocked` when others hold what it takes: its price is only known once they are solved with it.
    `n_alike` counts ways of the same sort at the same price that it stands for.
    """

    unit: int
    forced: Forced | None
    n_parts: int
    pick: Pick
    more_cents: int
    at_most: bool = True
    n_others: int = 0
    blocked: bool = False
    n_alike: int = 0


def polished(question: Lean, part: Part, found: Found, stop: Stop, share: float) -> Found:
    """Change one unit at a time for as long as that gains: for answers that are not proved."""
    if found.picks is None or found.bound >= found.cents:
        return found
    picks, left = dict(found.picks), Left.by(question, found.picks)
    for _ in range(ROUNDS):
        before = cost(question, picks)
        for ix in part.units:
            if stop.reached(share):
                break
            open_ways = (rival for rival in _ways(question, ix, picks[ix], left) if not rival.blocked)
            best = min(open_ways, key=_price, default=None)
            if best is not None and best.more_cents < 0:
                left.use(question.units[ix], picks[ix], -1)
                left.use(question.units[ix], best.pick)
                picks[ix] = best.pick
        if cost(question, picks) == before:
            break
    cents = cost(question, picks)
    return replace(found, picks=picks, cents=cents, proved=found.proved or found.bound >= cents)


def tried(question: Lean, part: Part, picks: Picks, most: int, stop: Stop) -> list[Rival]:
    """Up to `most` runner-ups for each unit of a part with all other units held, and one that is blocked."""
    left = Left.by(question, picks)
    every: list[Rival] = []
    for ix in part.units:
        if stop.reached():
            break
        ways = _ways(question, ix, picks[ix], left)
        for blocked, n in ((False, most), (True, 1)):
            every += _best(question, picks[ix], [rival for rival in ways if rival.blocked == blocked])[:n]
    return every


def again(question: Lean, part: Part, found: Found, some: list[Rival], stop: Stop) -> list[Rival]:
    """The runner-ups of a part priced by solving it again, or in a large part what is near their units."""
    if found.picks is None or found.bound < found.cents:
        return some
    if part.n_units == 1 and not part.pools and not part.orders:
        return [replace(rival, at_most=False) for rival in some]
    if _n_columns(question, part) <= SMALL:
        solving = Again(question, part, found.picks, whole=True)
        return [solving.priced(rival, stop) for rival in some]
    own: dict[int, list[Rival]] = {}
    for rival in some:
        own.setdefault(rival.unit, []).append(rival)
    for ix in [ix for ix in _dearest(question, found.picks) if ix in own][:NEAR_UNITS]:
        if stop.reached():
            break
        near = Again(*_near(question, part, found.picks, ix), found.picks, whole=False)
        own[ix] = [near.priced(rival, stop) for rival in own[ix]]
    return [rival for rivals in own.values() for rival in rivals]


def _n_columns(question: Lean, part: Part) -> int:
    units = (question.units[ix] for ix in part.units)
    return sum(len(unit.courses) + sum(len(need.options) for need in unit.needs) for unit in units)


def _dearest(question: Lean, picks: Picks) -> list[int]:
    return sorted(picks, key=lambda ix: (-pick_cents(question.units[ix], picks[ix]), ix))


def _near(question: Lean, part: Part, picks: Picks, ix: int) -> tuple[Lean, Part]:
    """A unit and those that hold what it could use, alone with what all others leave."""
    left, wanted = Left.by(question, picks), pools_of(question.units[ix])
    most = max((need.n_parts for need in question.units[ix].needs), default=1)
    tight = {pool for pool in wanted if left.free[pool] < most}
    holders: dict[int, int] = {}
    for other in part.units:
        after = Left.by(question, {other: picks[other]})
        n_held = sum(after.free[pool] < question.most[pool] for pool in tight)
        if other != ix and n_held:
            holders[other] = n_held
    units = sorted([ix, *sorted(holders, key=lambda other: (-holders[other], other))[:HOLDERS]])
    for other in units:
        left.use(question.units[other], picks[other], -1)
    orders = tuple(left.order_cents(order) for order in range(len(question.orders)))
    near = Lean(question.units, tuple(left.free), orders)
    drawn = {pool for other in units for pool in pools_of(question.units[other])}
    return near, Part(tuple(units), tuple(sorted(drawn & set(part.pools))), part.orders)


def _price(rival: Rival) -> int:
    return rival.more_cents


def _ways(question: Lean, ix: int, now: Pick, left: Left) -> list[Rival]:
    """Other ways of a unit with all other units held: other kinds of course, and options not used now."""
    unit = question.units[ix]
    left = left.copy()
    left.use(unit, now, -1)
    whole = Left(list(question.most), left.carried, question.orders)
    price = left.cents(unit, now)
    found = []
    for forced, courses in _choices(question, ix, now):
        best = cheapest(unit, left, courses, forced=forced)
        blocked = best is None
        if best is None:
            best = cheapest(unit, whole, courses, forced=forced)
        if best is not None and best[1] != now:
            n_parts = best[1].pieces[forced.need][forced.option] if forced else 0
            found.append(Rival(ix, forced, n_parts, best[1], best[0] - price, blocked=blocked))
    return found


def _choices(question: Lean, ix: int, now: Pick) -> Iterator[tuple[Forced | None, list[int]]]:
    unit = question.units[ix]
    kinds = dict.fromkeys(course.kind for course in unit.courses)
    for kind in kinds:
        if kind != unit.courses[now.course].kind:
            yield None, [c for c, course in enumerate(unit.courses) if course.kind == kind]
    for s, need in enumerate(unit.needs):
        for j, option in enumerate(need.options):
            if not now.pieces[s][j]:
                yield Forced(s, j), [c for c, x in enumerate(unit.courses) if x.limits[s] >= option.day]


def _best(question: Lean, now: Pick, ways: Iterable[Rival]) -> list[Rival]:
    """Each way once, the cheapest of each other sort first, so that few runner-ups say much."""
    once: dict[tuple[object, ...], Rival] = {}
    for rival in sorted(ways, key=_price):
        once.setdefault(_way(rival.pick), rival)
    every = alike(question, once.values())
    first: dict[tuple[object, ...], Rival] = {}
    for rival in every:
        first.setdefault(_sort(question, rival.unit, rival.pick), rival)
    best = [rival for rival in first.values() if not _same_sort(question, rival, now)]
    return best + [rival for rival in every if rival not in best]


def alike(question: Lean, rivals: Iterable[Rival]) -> list[Rival]:
    """Of a unit's rivals of one sort, from one day, at one price, the first, which counts the others."""
    first: dict[tuple[object, ...], Rival] = {}
    for rival in rivals:
        start_day = question.units[rival.unit].courses[rival.pick.course].start_day
        sort = _sort(question, rival.unit, rival.pick), start_day, rival.more_cents, rival.at_most
        known = first.get(sort)
        first[sort] = rival if known is None else replace(known, n_alike=known.n_alike + 1 + rival.n_alike)
    return list(first.values())


def _same_sort(question: Lean, rival: Rival, now: Pick) -> bool:
    return _sort(question, rival.unit, rival.pick) == _sort(question, rival.unit, now)


def _way(pick: Pick) -> tuple[object, ...]:
    used = [(s, j) for s, pieces in enumerate(pick.pieces) for j, n in enumerate(pieces) if n]
    return pick.course, *used


def _sort(question: Lean, ix: int, pick: Pick) -> tuple[object, ...]:
    """What a person would call the same thing: the kind of course, the kinds of options."""
    unit = question.units[ix]
    kinds = [
        frozenset(option.kind for option, n in zip(need.options, pieces, strict=True) if n)
        for need, pieces in zip(unit.needs, pick.pieces, strict=True)
    ]
    return unit.courses[pick.course].kind, *kinds


class Again:
    """A part solved again and again, each time with another choice forced."""

    def __init__(self, question: Lean, part: Part, picks: Picks, whole: bool) -> None:
        self.question, self.part, self.whole = question, part, whole
        self.picks = {ix: picks[ix] for ix in part.units}
        self.cents = cost(question, self.picks)
        self.program = build(question, part)
        self.solver = self.program.to_highs()

    def priced(self, rival: Rival, stop: Stop) -> Rival:
        """A runner-up at its true price; at most that, when not the whole part was free to change."""
        if stop.reached():
            return rival
        bounds = _forced(self.question, self.program, rival)
        for column, lower, upper in bounds:
            self.solver.changeColBounds(column, lower, upper)
        start = None if rival.blocked else {**self.picks, rival.unit: rival.pick}
        share = min(1.0, stop.used() + ONE_SHARE)
        solved = run(self.question, self.part, self.program, self.solver, start, stop, share, 0.0)
        for column, _, _ in bounds:
            self.solver.changeColBounds(column, 0.0, self.program.upper[column])
        if solved.picks is None:
            return rival
        more_cents = solved.cents - self.cents
        return replace(
            rival,
            pick=solved.picks[rival.unit],
            more_cents=more_cents,
            n_alike=rival.n_alike if more_cents == rival.more_cents else 0,
            at_most=more_cents > 0 and not (self.whole and solved.proved),  # nothing is below the best
            blocked=False,
            n_others=sum(solved.picks[ix] != self.picks[ix] for ix in self.part.units if ix != rival.unit),
        )


def _forced(question: Lean, program: Program, rival: Rival) -> list[tuple[int, float, float]]:
    """Column bounds that force a runner-up's choice."""
    ix = rival.unit
    if rival.forced is not None:
        column = program.pieces[ix, rival.forced.need, rival.forced.option]
        return [(column, float(rival.n_parts), program.upper[column])]
    courses = question.units[ix].courses
    kind = courses[rival.pick.course].kind
    return [(program.course[ix, c], 0.0, 0.0) for c, course in enumerate(courses) if course.kind != kind]
