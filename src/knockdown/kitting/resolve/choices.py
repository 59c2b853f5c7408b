"""From facts to the question: what can be done about each missing part, and with the unit that lacks it."""

from __future__ import annotations

from collections.abc import Sequence

from knockdown.kitting.question import Option, ResolveQuestion, Shortage, ShortUnit
from knockdown.kitting.resolve.choices_courses import CourseBook
from knockdown.kitting.resolve.choices_facts import (
    ChoiceFacts,
    DonorFact,
    LocalFact,
    MissingPart,
    ReorderFact,
    ShipmentFact,
    ShortFact,
    SourceFact,
    SwapFact,
)
from knockdown.kitting.resolve.choices_options import OptionBook
from knockdown.kitting.resolve.choices_pools import PoolBook
from knockdown.kitting.resolve.choices_prune import needed_courses, needed_options

__all__ = [
    "ChoiceFacts", "DonorFact", "LocalFact", "MissingPart", "ReorderFact", "ShipmentFact", "ShortFact",
    "SourceFact", "SwapFact", "question",
]  # fmt: skip


def question(facts: ChoiceFacts, prune: bool = True) -> ResolveQuestion:
    """Pose the question: what to do about all that is missing.

    Parameters
    ----------
    facts : ChoiceFacts
        What is short, what is coming, who could lend, what can be bought, which slots could be swapped.
    prune : bool
        Leave out options and courses that no best answer needs.

    Returns
    -------
    ResolveQuestion
        One that has an answer: each part can be asked for again, each unit can wait for it.

    Raises
    ------
    ValueError
        When a fact has a number that cannot be: no pieces missing, a negative price, lead or number.

    Examples
    --------
    >>> lack = MissingPart("P-7", 1, "TR-04", 738011, True, 9_000, 20_000)
    >>> short = ShortFact(
    ...     "U-1", "L-3", "MTZ-82", "tractors", 738010, 2, 738015, 1_500_000, 4_000, 0.12, 60_000, (lack,)
    ... )
    >>> coming = SourceFact("P-7", "L-3", 1, 738020, "claim C-5")
    >>> donor = DonorFact("L-4", "U-9", "P-7", 1, 738030, 4_000, duty_cents=700)
    >>> asked = question(ChoiceFacts(738001, (short,), (coming,), (donor,), handling_cents=300))
    >>> for option in asked.units[0].shortages[0].options:
    ...     print(option.label)
    wait for claim C-5 on 2021-08-18
    borrow from lot L-4, unit U-9; pay back from claim C-5 on 2021-08-18
    borrow from lot L-4, unit U-9; pay back with pieces ordered again from the partner, on 2021-09-13
    ask the partner again, there on 2021-09-13
    >>> for course in asked.units[0].courses:
    ...     print(course.label, sum(term.cents for term in course.cost))
    build as planned on 2021-08-08 0
    build short on 2021-08-08, fit P-7 by 2021-08-18 32945
    build short on 2021-08-08, fit P-7 by 2021-09-13 149767
    leave the slot empty, build on 2021-08-17 88438
    leave the slot empty, build on 2021-09-12 205260
    """
    _check(facts)
    book = PoolBook()
    options, courses = OptionBook(facts, book), CourseBook(facts, book)
    units = []
    for short in facts.shorts:
        own = [options.options(short, missing) for missing in short.shortages]
        if prune:
            own = [
                needed_options(every, missing.n_parts, options.n_missing[missing.part_id], book)
                for missing, every in zip(short.shortages, own, strict=True)
            ]
        ways = courses.courses(short, own)
        if prune:
            ways = needed_courses(ways, _days(own), _rivals(facts, short))
        units.append(ShortUnit(short.unit_id, _shortages(short, own), tuple(ways)))
    return ResolveQuestion(tuple(units), book.pools(), book.orders())


def _shortages(short: ShortFact, options: Sequence[Sequence[Option]]) -> tuple[Shortage, ...]:
    return tuple(
        Shortage(missing.part_id, missing.n_parts, tuple(own))
        for missing, own in zip(short.shortages, options, strict=True)
    )


def _days(options: Sequence[Sequence[Option]]) -> list[list[int]]:
    return [sorted({option.day for option in own}) for own in options]


def _rivals(facts: ChoiceFacts, short: ShortFact) -> int:
    """Other short units that could take a slot which this one could take too."""
    return sum(
        other.line_id == short.line_id and abs(other.slot_day - short.slot_day) < facts.swap_days
        for other in facts.shorts
        if other is not short
    )


def _check(facts: ChoiceFacts) -> None:
    for short in facts.shorts:
        costs = (short.worth_cents, short.late_cents_day, short.hold_share_year, short.line_stop_cents)
        _not_negative(short.unit_id, *costs, short.finish_offset_days)
        for missing in short.shortages:
            if missing.n_parts < 1:
                raise ValueError(f"{short.unit_id}: {missing.n_parts} pieces of {missing.part_id} are none")
            _not_negative(short.unit_id, missing.fit_later_cents, missing.unit_cost_cents)
    for source in facts.sources:
        _not_negative(source.ref, source.n_parts)
    for donor in facts.donors:
        name = f"donor {donor.unit_id or donor.lot_id} of {donor.part_id}"
        _not_negative(name, donor.n_parts, donor.late_cents_day, donor.duty_cents)
    for bought in facts.locals:
        _not_negative(bought.part_id, bought.lead_days, bought.piece_cents, bought.fixed_cents)
    for asked in facts.reorders:
        _not_negative(asked.part_id, asked.lead_days, asked.piece_cents)
    for shipment in facts.shipments:
        _not_negative(f"a shipment from {shipment.partner}", shipment.cents)
    for swap in facts.swaps:
        _not_negative(swap.unit_id, swap.changeover_cents, swap.late_cents_day)
    _not_negative("the facts", facts.handling_cents, facts.reorder_lead_days)


def _not_negative(what: str, *numbers: float) -> None:
    if any(number < 0 for number in numbers):
        raise ValueError(f"{what}: {min(numbers)} is negative, and neither cost, lead nor number can be")
