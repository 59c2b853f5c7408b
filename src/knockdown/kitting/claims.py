"""Claims on partners: what each is worth, how old it is, until when it can be sent, what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from knockdown.kitting.book import ClaimBook, Found, KitBook
from knockdown.kitting.moments import day_of
from knockdown.kitting.terms import PER_UNIT, KitPlant
from knockdown.kitting.worth import part_cents

OPEN = ("draft", "sent", "accepted")
BUCKETS = ((0, 14), (15, 30), (31, 60), (61, None))


def due_day(plant: KitPlant, book: KitBook, lot_id: str) -> int | None:
    """Last day on which discrepancies of a lot may be claimed: so many days after it came."""
    lot = book.lots[lot_id]
    contract = plant.contracts.get(lot.contract_id or "")
    if contract is None or lot.arrived_at is None:
        return None
    return day_of(lot.arrived_at) + contract.claim_days


def claimed_cents(plant: KitPlant, book: KitBook, claim: ClaimBook) -> int:
    """What a claim asks for: as it was written, without pieces that it does not ask for any more."""
    rows = [book.found[name] for name in claim.discrepancy_ids]
    asked = sum(part_cents(plant, found.part_id, claim.asked[found.discrepancy_id]) for found in rows)
    whole = sum(part_cents(plant, found.part_id, found.n_parts) for found in rows)
    if claim.value_cents is None or asked == whole:
        return asked if claim.value_cents is None else claim.value_cents
    return min(asked, claim.value_cents)


def unpriced_parts(plant: KitPlant, book: KitBook, claim: ClaimBook) -> list[str]:
    """Parts that a claim asks for and that have no price in the description."""
    return [part_id for part_id in +book.n_asked(claim) if not part_cents(plant, part_id, PER_UNIT)]


def is_priced(plant: KitPlant, book: KitBook, claim: ClaimBook) -> bool:
    """Whether it is known what a claim is worth, of some of its parts at least."""
    return claimed_cents(plant, book, claim) > 0 or not unpriced_parts(plant, book, claim)


def owed_cents(plant: KitPlant, book: KitBook, claim: ClaimBook) -> int:
    """What of a claim is open still: asked for, and neither replaced nor credited."""
    return (
        claimed_cents(plant, book, claim) - recovered_cents(plant, book, claim) if claim.state in OPEN else 0
    )


def paid_pieces(plant: KitPlant, book: KitBook, claim: ClaimBook, cents: int) -> Counter[str]:
    """Pieces that one more credit pays for, with what is left of earlier ones, in the claim's order."""
    left = book.open_of(claim)
    budget = cents + claim.credited_cents
    budget -= sum(part_cents(plant, part_id, n_parts) for part_id, n_parts in claim.paid.items())
    paid: Counter[str] = Counter()
    for part_id, n_open in left.items():
        price, per = part_cents(plant, part_id, PER_UNIT), PER_UNIT
        n_parts = min(n_open, max(0, budget) * per // price) if price else 0
        paid[part_id] = n_parts
        budget -= part_cents(plant, part_id, n_parts)
    return +paid


def recovered_cents(plant: KitPlant, book: KitBook, claim: ClaimBook) -> int:
    """What of it was replaced or credited, never more than was claimed."""
    parts = sum(part_cents(plant, part_id, n_parts) for part_id, n_parts in claim.replaced.items())
    return min(claimed_cents(plant, book, claim), parts + claim.credited_cents)


def age_days(claim: ClaimBook, at_day: int) -> int:
    """Days since a claim was sent; of a draft, since it was written."""
    return max(0, at_day - day_of(claim.drafted_at if claim.sent_at is None else claim.sent_at))


def bucket_of(days: int) -> str:
    """The part of an ageing list in which an age stands.

    >>> [bucket_of(days) for days in (0, 14, 15, 61)]
    ['0-14', '0-14', '15-30', '>60']
    """
    for first, last in BUCKETS:
        if last is not None and days <= last:
            return f"{first}-{last}"
    return ">60"


def recovery(plant: KitPlant, book: KitBook) -> tuple[int, int]:
    """Cents claimed, and of these replaced or credited, over all claims that were sent."""
    sent = [claim for claim in book.claims.values() if claim.sent_at is not None]
    claimed = sum(claimed_cents(plant, book, claim) for claim in sent)
    return claimed, sum(recovered_cents(plant, book, claim) for claim in sent)


def unclaimed(book: KitBook) -> Iterator[Found]:
    """Discrepancies that stand in no claim, and of which the partner still owes pieces."""
    return (found for found in book.found.values() if found.claim_id is None and book.n_wanted(found) > 0)
