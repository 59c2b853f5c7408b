"""Drops options and courses that no best answer needs.

One that is later and dearer than another of its kind is still of use when the other's pool runs out. So it is
dropped only when the other draws on no pool that it does not draw on itself; or when, apart from pools of
their own that nobody else but so many can ask for, there are more of the better ones than could be taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from knockdown.kitting.question import Course, Option
from knockdown.kitting.resolve.choices_pools import PoolBook
from knockdown.kitting.resolve.lean import total


def needed_options(options: Sequence[Option], n_parts: int, n_missing: int, book: PoolBook) -> list[Option]:
    """Options that a best answer could use.

    Parameters
    ----------
    options : sequence of Option
        Of one shortage; the first pool of a borrow is its donor's.
    n_parts, n_missing : int
        Pieces of this shortage, and of the part in all shortages together.
    book : PoolBook
        Sizes of the pools, costs of the orders.

    Notes
    -----
    k pieces borrowed from a donor leave at most `n_missing` - k pieces for others to borrow, which can spoil
    as many donors. Among `n_missing` better donors, each with `n_parts` pieces, one has k pieces left.
    """
    kept = []
    for ix, option in enumerate(options):
        better = [o for place, o in enumerate(options) if _better_option(place, o, ix, option, book)]
        if any(set(o.pools) <= set(option.pools) for o in better):
            continue
        if option.kind == "borrow":
            donors = {o.pools[0] for o in better if set(o.pools[1:]) <= set(option.pools[1:])}
            if sum(book.n_most(donor) >= n_parts for donor in donors) >= n_missing:
                continue
        kept.append(option)
    return kept


def _better_option(place: int, one: Option, ix: int, other: Option, book: PoolBook) -> bool:
    """Same kind, no later, no dearer even when it alone pays for its order; of two alike, the first."""
    if one.kind != other.kind or place == ix:
        return False
    order = 0 if one.order == other.order else book.order_cents(one.order)
    mine = one.day, total(one.piece), total(one.fixed) + order
    its = other.day, total(other.piece), total(other.fixed)
    return all(a <= b for a, b in zip(mine, its, strict=True)) and (mine != its or place < ix)


def needed_courses(courses: Sequence[Course], days: Sequence[Sequence[int]], n_rivals: int) -> list[Course]:
    """Courses that a best answer could use.

    Parameters
    ----------
    courses : sequence of Course
        Of one unit; a resequenced one draws on a slot of its own, of which there is one.
    days : sequence of sequence of int
        Days of each shortage's options: a limit between two of them is as good as the earlier.
    n_rivals : int
        How many other short units could take the same slots.
    """
    rows = [(course, total(course.cost), _effective(course, days)) for course in courses]
    kept = []
    for ix, (course, cents, limits) in enumerate(rows):
        better = [
            other
            for place, (other, least, most) in enumerate(rows)
            if other.kind == course.kind
            and place != ix
            and least <= cents
            and all(a >= b for a, b in zip(most, limits, strict=True))
            and ((least, most) != (cents, limits) or place < ix)
        ]
        if any(set(other.pools) <= set(course.pools) for other in better):
            continue
        if course.kind == "resequence" and len({other.pools for other in better}) > n_rivals:
            continue
        kept.append(course)
    return kept


def _effective(course: Course, days: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The last day of an option that each limit allows."""
    return tuple(
        max((day for day in own if day <= limit), default=-1)
        for own, limit in zip(days, course.limits, strict=True)
    )
