"""From events to the kit book: claims on partners, from draft to settlement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from knockdown.events.envelope import Event
from knockdown.kitting.book import ClaimBook, KitBook

Body = Mapping[str, Any]
SETTLED = ("replaced", "credited")


def ask_less(book: KitBook, discrepancy_id: str, n_parts: int) -> None:
    """A claim that was not sent yet does not ask for pieces that are good after all."""
    claim = book.claims.get(book.found[discrepancy_id].claim_id or "")
    if claim is not None and claim.state == "draft":
        claim.asked[discrepancy_id] -= n_parts


def _drafted(book: KitBook, event: Event, body: Body) -> None:
    claim_id = body["claim_id"]
    book.claims[claim_id] = ClaimBook(
        claim_id=claim_id,
        kit_lot_id=event.subject_id,
        discrepancy_ids=tuple(body["discrepancy_ids"]),
        state="draft",
        drafted_at=event.happened_at,
        due_at=body["due_at"],
        value_cents=body["value_cents"],
        currency=body["currency"],
    )
    for discrepancy_id in body["discrepancy_ids"]:
        found = book.found[discrepancy_id]
        found.claim_id = claim_id
        book.claims[claim_id].asked[discrepancy_id] = found.n_parts - book.usable[discrepancy_id]
        book.differences.get((found.case_id or "", found.part_id), {}).pop(discrepancy_id, None)


def _sent(book: KitBook, event: Event, body: Body) -> None:
    claim = book.claims[body["claim_id"]]
    claim.state, claim.sent_at = "sent", event.happened_at


def _accepted(book: KitBook, event: Event, body: Body) -> None:
    claim = book.claims[body["claim_id"]]
    claim.state = claim.state if claim.state in SETTLED else "accepted"
    claim.answered_at = claim.answered_at or event.happened_at
    claim.expected_at = body["expected_at"] or claim.expected_at


def _rejected(book: KitBook, event: Event, body: Body) -> None:
    claim = book.claims[body["claim_id"]]
    claim.state, claim.answered_at, claim.reason = "rejected", event.happened_at, body["reason"]


def _replaced(book: KitBook, event: Event, body: Body) -> None:
    claim = book.claims[body["claim_id"]]
    claim.replaced[body["part_id"]] += body["n_parts"]
    is_whole = not book.n_asked(claim) - claim.replaced
    if claim.state != "credited":
        claim.state = "replaced" if is_whole else "accepted" if book.open_of(claim) else "credited"
    claim.answered_at = claim.answered_at or event.happened_at


def _credited(book: KitBook, event: Event, body: Body) -> None:
    claim = book.claims[body["claim_id"]]
    claim.credited_cents += body["value_cents"]
    claim.paid.update(dict(zip(body["part_ids"], body["n_each"], strict=True)))
    is_closed = body["is_final"] or claim.state in SETTLED
    claim.state = "credited" if is_closed else "accepted"
    claim.answered_at = claim.answered_at or event.happened_at


CLAIM_STEPS: dict[str, Callable[[KitBook, Event, Body], None]] = {
    "ClaimDrafted": _drafted,
    "ClaimSent": _sent,
    "ClaimAccepted": _accepted,
    "ClaimRejected": _rejected,
    "ClaimReplaced": _replaced,
    "ClaimCredited": _credited,
}
