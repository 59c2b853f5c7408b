"""Courses for a short unit: build as planned, build short, leave the slot empty, swap slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from knockdown.kitting.question import Course, CourseKind, Option, Term
from knockdown.kitting.resolve.choices_facts import ChoiceFacts, ShortFact, SwapFact
from knockdown.kitting.resolve.choices_pools import PoolBook, iso

DAYS_YEAR = 365
ALL_SUBSETS = 3
"""Up to so many parts that may be fitted later, every choice of them is a course of its own; of more, each
one, each two and all of them."""


class CourseBook:
    """Makes the courses of each short unit; days that tell courses apart are days of options."""

    def __init__(self, facts: ChoiceFacts, pools: PoolBook) -> None:
        self.facts, self.pools = facts, pools
        self._swaps: dict[str, list[tuple[int, SwapFact]]] = {}
        for ix, swap in enumerate(facts.swaps):
            self._swaps.setdefault(swap.line_id, []).append((ix, swap))

    def courses(self, short: ShortFact, options: Sequence[Sequence[Option]]) -> list[Course]:
        """Every course for which each part has an option in time, dominated ones too."""
        days = [sorted({option.day for option in own}) for own in options]
        every = chain(
            [_as_planned(short)], _shorts(short, days), self._waits(short, days), self._resequenced(short)
        )
        return [
            course
            for course in every
            if all(own[0] <= limit for own, limit in zip(days, course.limits, strict=True))
        ]

    def _waits(self, short: ShortFact, days: Sequence[Sequence[int]]) -> Iterator[Course]:
        starts = {
            day - (missing.need_day - short.slot_day)
            for missing, own in zip(short.shortages, days, strict=True)
            for day in own
        }
        for start in sorted(start for start in starts if start > short.slot_day):
            cost = (*_terms("line stop", short.line_stop_cents), *_delay(short, start - short.slot_day))
            label = f"leave the slot empty, build on {iso(start)}"
            yield _moved("wait", label, short, start, cost, ())

    def _resequenced(self, short: ShortFact) -> Iterator[Course]:
        for ix, swap in self._swaps.get(short.line_id, ()):
            if 0 < swap.slot_day - short.slot_day <= self.facts.swap_days and swap.unit_id != short.unit_id:
                pool = self.pools.of(("swap", ix), f"slot of {swap.unit_id}", 1)
                cost = (
                    *_terms("changeover", swap.changeover_cents),
                    *_delay(short, swap.slot_day - short.slot_day),
                    *_terms("earlier finish of the other unit", -_gain(short, swap)),
                )
                label = f"swap slots with {swap.unit_id}, build on {iso(swap.slot_day)}"
                yield _moved("resequence", label, short, swap.slot_day, cost, (pool,))


def _as_planned(short: ShortFact) -> Course:
    limits = tuple(missing.need_day for missing in short.shortages)
    label, finish = f"build as planned on {iso(short.slot_day)}", short.slot_day + short.finish_offset_days
    return Course("as_planned", label, short.slot_day, finish, _delay(short, 0), limits, ())


def _shorts(short: ShortFact, days: Sequence[Sequence[int]]) -> Iterator[Course]:
    """Built in its slot, finished when the last part is fitted; the other parts come in time."""
    planned = short.slot_day + short.finish_offset_days
    for later in _subsets([s for s, missing in enumerate(short.shortages) if missing.can_fit_later]):
        last_need = max(short.shortages[s].need_day for s in later)
        names = ", ".join(short.shortages[s].part_id for s in later)
        rework = sum(short.shortages[s].fit_later_cents for s in later)
        for day in sorted({day for s in later for day in days[s] if day > last_need}):
            finish = max(planned, day)
            cost = (*_terms("rework", rework), *_delay(short, finish - planned))
            limits = tuple(day if s in later else m.need_day for s, m in enumerate(short.shortages))
            label = f"build short on {iso(short.slot_day)}, fit {names} by {iso(day)}"
            yield Course("short", label, short.slot_day, finish, cost, limits, ())


def _subsets(parts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Choices of parts to be fitted later.

    >>> list(_subsets([0, 2]))
    [(0,), (2,), (0, 2)]
    >>> len(list(_subsets(range(5))))
    16
    """
    sizes = list(range(1, len(parts) + 1))
    if len(parts) > ALL_SUBSETS:
        sizes = [1, 2, len(parts)]
    for size in sizes:
        yield from combinations(parts, size)


def _moved(
    kind: CourseKind, label: str, short: ShortFact, start: int, cost: tuple[Term, ...], pools: tuple[int, ...]
) -> Course:
    """A course that starts on another day: each part is needed as many days later."""
    limits = tuple(missing.need_day + start - short.slot_day for missing in short.shortages)
    finish = start + short.finish_offset_days
    return Course(kind, label, start, finish, cost, limits, pools)


def _delay(short: ShortFact, days: int) -> tuple[Term, ...]:
    """Cost of being finished so many days later than planned: days after the due day, capital standing."""
    finish = short.slot_day + short.finish_offset_days + days
    late = max(0, finish - short.due_day) if short.due_day is not None else 0
    capital = round(short.worth_cents * short.hold_share_year * days / DAYS_YEAR)
    return (*_terms("late finish", late * short.late_cents_day), *_terms("capital tied up", capital))


def _gain(short: ShortFact, swap: SwapFact) -> int:
    """What the other unit is less late, when it is finished as long after its slot as the short one."""
    if swap.due_day is None:
        return 0
    before = max(0, swap.slot_day + short.finish_offset_days - swap.due_day)
    after = max(0, short.slot_day + short.finish_offset_days - swap.due_day)
    return (before - after) * swap.late_cents_day


def _terms(name: str, cents: int) -> tuple[Term, ...]:
    return (Term(name, cents),) if cents else ()
