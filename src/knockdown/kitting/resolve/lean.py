"""The question with its sums done: what the search reads instead of terms and texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knockdown.kitting.question import Course, CourseKind, Option, OptionKind, ResolveQuestion, Term


@dataclass(frozen=True, slots=True)
class LeanOption:
    """An option in whole cents."""

    kind: OptionKind
    day: int
    piece: int
    fixed: int
    pools: tuple[int, ...]
    order: int | None = None

    def cents(self, n_parts: int) -> int:
        """Cost of so many pieces, without the order that they come with."""
        return self.piece * n_parts + (self.fixed if n_parts else 0)


@dataclass(frozen=True, slots=True)
class LeanCourse:
    """A course in whole cents."""

    kind: CourseKind
    start_day: int
    cents: int
    limits: tuple[int, ...]
    pools: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeanNeed:
    """Pieces missing and the options for them."""

    n_parts: int
    options: tuple[LeanOption, ...]


@dataclass(frozen=True, slots=True)
class LeanUnit:
    """A unit's needs and courses."""

    needs: tuple[LeanNeed, ...]
    courses: tuple[LeanCourse, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """What is chosen for a unit: its course, and for each need the pieces from each option."""

    course: int
    pieces: tuple[tuple[int, ...], ...]


Picks = dict[int, Pick]
"""What is chosen, by the unit's place in the question."""


@dataclass(frozen=True, slots=True)
class Lean:
    """All units, how many there are of each pool, and the cents of each order."""

    units: tuple[LeanUnit, ...]
    most: tuple[int, ...]
    orders: tuple[int, ...] = ()


@dataclass(slots=True)
class Left:
    """What units leave to others: how many of every pool, and how many pieces come with every order."""

    free: list[int]
    carried: list[int]
    orders: tuple[int, ...]

    @classmethod
    def by(cls, question: Lean, picks: Picks) -> Left:
        """What is left when this was picked."""
        left = cls(list(question.most), [0] * len(question.orders), question.orders)
        for ix, pick in picks.items():
            left.use(question.units[ix], pick)
        return left

    def copy(self) -> Left:
        """One to try things with."""
        return Left(list(self.free), list(self.carried), self.orders)

    def take(self, option: LeanOption, n_parts: int) -> None:
        """Take so many pieces from an option; a negative number puts them back."""
        for pool in option.pools:
            self.free[pool] -= n_parts
        if option.order is not None:
            self.carried[option.order] += n_parts

    def use(self, unit: LeanUnit, pick: Pick, sign: int = 1) -> None:
        """Take what a pick uses, or put it back with sign -1."""
        for pool in unit.courses[pick.course].pools:
            self.free[pool] -= sign
        for option, n in taken(unit, pick):
            self.take(option, sign * n)

    def order_cents(self, order: int | None) -> int:
        """What an order would cost now: nothing when others pay for it."""
        return 0 if order is None or self.carried[order] else self.orders[order]

    def cents(self, unit: LeanUnit, pick: Pick) -> int:
        """What a pick would cost now, with the orders that nobody else pays for."""
        orders = {option.order for option, _ in taken(unit, pick)}
        return pick_cents(unit, pick) + sum(map(self.order_cents, orders))


def lean(question: ResolveQuestion) -> Lean:
    """Sum the terms, and refuse a question that cannot be read.

    Raises
    ------
    ValueError
        When a pool or an order is not there, a pool is named twice, a course has not one limit for each
        shortage, a number of pieces is below one, or a fixed cost or that of an order is negative.
    """
    units = []
    for unit in question.units:
        for course in unit.courses:
            if len(course.limits) != len(unit.shortages):
                raise ValueError(f"{unit.unit_id}: a course needs a limit for each shortage: {course.label}")
        needs = []
        for shortage in unit.shortages:
            if shortage.n_parts < 1:
                raise ValueError(f"{unit.unit_id}: {shortage.n_parts} pieces of {shortage.part_id} are none")
            needs.append(LeanNeed(shortage.n_parts, tuple(map(_option, shortage.options))))
        units.append(LeanUnit(tuple(needs), tuple(map(_course, unit.courses))))
    most = tuple(max(0, pool.n_most) for pool in question.pools)
    found = Lean(tuple(units), most, tuple(order.cost.cents for order in question.orders))
    _check_pools(question, found)
    _check_orders(question)
    return found


def total(terms: Iterable[Term]) -> int:
    """Cents of all terms together.

    >>> total([Term("duty", 300), Term("handling", 20)])
    320
    """
    return sum(term.cents for term in terms)


def _option(option: Option) -> LeanOption:
    fixed = total(option.fixed)
    if fixed < 0:
        raise ValueError(f"a fixed cost cannot be negative, and {fixed} is: {option.label}")
    return LeanOption(option.kind, option.day, total(option.piece), fixed, option.pools, option.order)


def _course(course: Course) -> LeanCourse:
    return LeanCourse(course.kind, course.start_day, total(course.cost), course.limits, course.pools)


def _check_pools(question: ResolveQuestion, found: Lean) -> None:
    for unit, named in zip(found.units, question.units, strict=True):
        for pools in _uses(unit):
            if len(set(pools)) < len(pools):
                raise ValueError(f"{named.unit_id}: a pool is named twice in {pools}")
            if any(not 0 <= pool < len(found.most) for pool in pools):
                raise ValueError(f"{named.unit_id}: a pool of {pools} is none of {len(found.most)}")


def _check_orders(question: ResolveQuestion) -> None:
    for order in question.orders:
        if order.cost.cents < 0:
            raise ValueError(f"an order cannot cost less than nothing, and {order.order_id} does")
    known = {None, *range(len(question.orders))}
    for unit in question.units:
        for option in (option for shortage in unit.shortages for option in shortage.options):
            if option.order not in known:
                raise ValueError(f"{unit.unit_id}: order {option.order} is none of {len(question.orders)}")


def taken(unit: LeanUnit, pick: Pick) -> Iterator[tuple[LeanOption, int]]:
    """The options that a pick takes pieces from, and how many."""
    for need, pieces in zip(unit.needs, pick.pieces, strict=True):
        yield from ((option, n) for option, n in zip(need.options, pieces, strict=True) if n)


def pick_cents(unit: LeanUnit, pick: Pick) -> int:
    """What a pick costs, without the orders that its pieces come with."""
    return unit.courses[pick.course].cents + sum(option.cents(n) for option, n in taken(unit, pick))


def cost(question: Lean, picks: Picks) -> int:
    """Cents of all picks together, each order once."""
    cents, orders = 0, set()
    for ix, pick in picks.items():
        cents += pick_cents(question.units[ix], pick)
        orders |= {option.order for option, _ in taken(question.units[ix], pick)}
    return cents + sum(question.orders[order] for order in orders if order is not None)


def fits(unit: LeanUnit, pick: Pick, left: Left) -> bool:
    """Whether a pick has all its pieces, all in time, and stays within what is free."""
    limits = unit.courses[pick.course].limits
    for need, pieces, limit in zip(unit.needs, pick.pieces, limits, strict=True):
        late = any(n and option.day > limit for option, n in zip(need.options, pieces, strict=True))
        if late or sum(pieces) != need.n_parts or min(pieces, default=0) < 0:
            return False
    after = left.copy()
    after.use(unit, pick)
    return all(after.free[pool] >= 0 for pool in pools_of(unit))


def pools_of(unit: LeanUnit) -> set[int]:
    """Every pool that the unit could use."""
    return {pool for pools in _uses(unit) for pool in pools}


def orders_of(unit: LeanUnit) -> set[int]:
    """Every order that pieces of the unit could come with."""
    options = (option for need in unit.needs for option in need.options)
    return {option.order for option in options if option.order is not None}


def _uses(unit: LeanUnit) -> Iterator[tuple[int, ...]]:
    yield from (course.pools for course in unit.courses)
    yield from (option.pools for need in unit.needs for option in need.options)
