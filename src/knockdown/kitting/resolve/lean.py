"""The question with its sums done: what the search reads instead of terms and texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knockdown.kitting.question import Course, CourseKind, Option, OptionKind, ResolveQuestion, Term

Free = list[int]
"""How many are left of every pool."""


@dataclass(frozen=True, slots=True)
class LeanOption:
    """An option in whole cents."""

    kind: OptionKind
    day: int
    piece: int
    fixed: int
    pools: tuple[int, ...]

    def cents(self, n_parts: int) -> int:
        """Cost of so many pieces."""
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
    """All units, and how many there are of each pool."""

    units: tuple[LeanUnit, ...]
    most: tuple[int, ...]


def lean(question: ResolveQuestion) -> Lean:
    """Sum the terms, and refuse a question that cannot be read.

    Raises
    ------
    ValueError
        When a pool is not there or named twice, a course has not one limit for each shortage, a number of
        pieces is below one, or a fixed cost is negative.
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
    found = Lean(tuple(units), tuple(max(0, pool.n_most) for pool in question.pools))
    _check_pools(question, found)
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
    return LeanOption(option.kind, option.day, total(option.piece), fixed, option.pools)


def _course(course: Course) -> LeanCourse:
    return LeanCourse(course.kind, course.start_day, total(course.cost), course.limits, course.pools)


def _check_pools(question: ResolveQuestion, found: Lean) -> None:
    for unit, named in zip(found.units, question.units, strict=True):
        for pools in _uses(unit):
            if len(set(pools)) < len(pools):
                raise ValueError(f"{named.unit_id}: a pool is named twice in {pools}")
            if any(not 0 <= pool < len(found.most) for pool in pools):
                raise ValueError(f"{named.unit_id}: a pool of {pools} is none of {len(found.most)}")


def pick_cents(unit: LeanUnit, pick: Pick) -> int:
    """What a pick costs."""
    cents = unit.courses[pick.course].cents
    for need, pieces in zip(unit.needs, pick.pieces, strict=True):
        cents += sum(option.cents(n) for option, n in zip(need.options, pieces, strict=True) if n)
    return cents


def use(unit: LeanUnit, pick: Pick, free: Free, sign: int = 1) -> None:
    """Take what a pick uses out of the pools, or put it back with sign -1."""
    for pool in unit.courses[pick.course].pools:
        free[pool] -= sign
    for need, pieces in zip(unit.needs, pick.pieces, strict=True):
        for option, n in zip(need.options, pieces, strict=True):
            if n:
                for pool in option.pools:
                    free[pool] -= sign * n


def fits(unit: LeanUnit, pick: Pick, free: Free) -> bool:
    """Whether a pick has all its pieces, all in time, and stays within what is free."""
    limits = unit.courses[pick.course].limits
    for need, pieces, limit in zip(unit.needs, pick.pieces, limits, strict=True):
        late = any(n and option.day > limit for option, n in zip(need.options, pieces, strict=True))
        if late or sum(pieces) != need.n_parts or min(pieces, default=0) < 0:
            return False
    left = list(free)
    use(unit, pick, left)
    return all(left[pool] >= 0 for pool in pools_of(unit))


def pools_of(unit: LeanUnit) -> set[int]:
    """Every pool that the unit could use."""
    return {pool for pools in _uses(unit) for pool in pools}


def _uses(unit: LeanUnit) -> Iterator[tuple[int, ...]]:
    yield from (course.pools for course in unit.courses)
    yield from (option.pools for need in unit.needs for option in need.options)
