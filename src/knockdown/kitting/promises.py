"""When what is coming can be used: as promised; where a promise lapsed or none was made, reckoned from today.

A day that passed without the pieces is no promise any more. They count as if none had been made:
`CUSTOMS_DAYS` from today for what is in customs or bond, `TRANSIT_DAYS` for what is ordered or on its
way, the contract's `replace_days` for a claim. That is an estimate, and is told as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from knockdown.kitting.book import ClaimBook, Found, KitBook, LotBook
from knockdown.kitting.moments import day_of
from knockdown.kitting.terms import ContractFact, KitPlant

CUSTOMS_DAYS = 3  # an assumption, for what came and has no day expected
TRANSIT_DAYS = 30  # the same, for what is on its way
CLAIM_DAYS = 5  # an assumption: writing a claim and having it answered
WAYS = ("ordered", "transit", "customs", "bonded", "cleared")


class When(NamedTuple):
    """The first day of use, whether somebody promised it, and the earlier day that was not kept."""

    day: int
    is_promised: bool
    lapsed: int | None = None


class Late(NamedTuple):
    """A lot or claim whose day passed: which, the day, whether it was promised, where it is, when now."""

    name: str
    lapsed: int
    is_promised: bool
    status: str
    day: int


class Claimable(NamedTuple):
    """Pieces of a discrepancy that no claim was sent for, and the day of use if one were sent now."""

    found: Found
    partner_id: str
    n_parts: int
    day: int


def when(expected: int | None, today: int, wait_days: int) -> When:
    """The day of what is not there at the end of today.

    >>> when(20, 10, 3), when(None, 10, 3), when(8, 10, 3)
    (When(day=20, is_promised=True, lapsed=None), When(day=13, is_promised=False, lapsed=None), \
When(day=13, is_promised=False, lapsed=8))
    """
    if expected is None:
        return When(today + wait_days, False)
    if expected < today:
        return When(today + wait_days, False, expected)
    return When(max(today + 1, expected), expected > today)


def lot_when(lot: LotBook, status: str, today: int) -> When:
    """When pieces of a lot can be used that are as far as `status` says, short of cleared."""
    expected = None if lot.expected_at is None else day_of(lot.expected_at)
    if status not in ("customs", "bonded"):
        return when(expected, today, TRANSIT_DAYS)
    came = None if lot.arrived_at is None else day_of(lot.arrived_at)
    is_kept = expected is not None and came is not None and expected <= came  # it was of the arrival
    return when(None if is_kept else expected, today, CUSTOMS_DAYS)


def claim_when(plant: KitPlant, book: KitBook, claim: ClaimBook, today: int) -> When | None:
    """When a claim's parts can be used; None when none are to come.

    Of a claim for which no day was promised `lapsed` is the day until which the contract gives the partner.
    """
    if claim.state not in ("sent", "accepted"):
        return None
    contract = plant.contracts.get(book.lots[claim.kit_lot_id].contract_id or "")
    wait = contract.replace_days if contract is not None else TRANSIT_DAYS
    if claim.expected_at is not None:
        return when(day_of(claim.expected_at), today, wait)
    told = when(day_of(claim.sent_at or claim.drafted_at) + wait, today, wait)
    return told._replace(is_promised=False)


def late_lots(book: KitBook, today: int) -> Iterator[Late]:
    """Lots of which something should have come, the latest first."""
    statuses: dict[str, set[str]] = defaultdict(set)
    for case in book.cases.values():
        lot = book.lots.get(case.kit_lot_id)
        if lot is not None:
            statuses[case.kit_lot_id].add(lot.status_of(case.container_id))
    found = []
    for lot in book.lots.values():
        ways = sorted(statuses.get(lot.kit_lot_id, {lot.status_of(None)}), key=WAYS.index)
        told = None if ways[0] == "cleared" else lot_when(lot, ways[0], today)
        if told is not None and told.lapsed is not None:
            found.append(Late(lot.kit_lot_id, told.lapsed, True, ways[0], told.day))
    yield from sorted(found, key=lambda late: (late.lapsed, late.name))


def late_claims(plant: KitPlant, book: KitBook, today: int) -> Iterator[Late]:
    """Claims of which parts should have come, or which should have been answered, the latest first."""
    found = []
    for claim in book.claims.values():
        told = claim_when(plant, book, claim, today)
        if told is not None and told.lapsed is not None and book.open_of(claim):
            is_promised = claim.expected_at is not None
            found.append(Late(claim.claim_id, told.lapsed, is_promised, claim.state, told.day))
    yield from sorted(found, key=lambda late: (late.lapsed, late.name))


def claimable(plant: KitPlant, book: KitBook, today: int) -> Iterator[Claimable]:
    """What a claim would bring that is not sent yet: a partner replaces within the contract's days."""
    for found in book.found.values():
        claim = book.claims.get(found.claim_id or "")
        if claim is not None and claim.state != "draft":
            continue
        lot = book.lots.get(found.kit_lot_id)
        contract = plant.contracts.get((lot.contract_id if lot else None) or "")
        n_parts = book.n_wanted(found)
        if lot is None or contract is None or n_parts <= 0 or _is_too_late(lot, contract, today):
            continue
        yield Claimable(found, contract.partner_id, n_parts, today + CLAIM_DAYS + contract.replace_days)


def _is_too_late(lot: LotBook, contract: ContractFact, today: int) -> bool:
    return lot.arrived_at is not None and day_of(lot.arrived_at) + contract.claim_days < today
