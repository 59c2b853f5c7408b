"""What people do with claims, as commands: draft, send, accept, reject, credit, and take in what replaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_id
from knockdown.events.commands import (
    AcceptClaim,
    Command,
    CreditClaim,
    DraftClaim,
    RejectClaim,
    ReplacePart,
    SendClaim,
)
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.book import ClaimBook, Found
from knockdown.kitting.claims import due_day, open_pieces, unclaimed
from knockdown.kitting.moments import day_of, iso, ms_of
from knockdown.kitting.terms import written
from knockdown.kitting.worth import part_cents

MOST_OF_PARTNER = 40


class ClaimActs(Checks):
    """Acts on claims at one moment; fields as in `acts.Acts`.

    Examples
    --------
    >>> from knockdown.kitting.fold import fold
    >>> from knockdown.kitting.opening import opening_events
    >>> from knockdown.kitting.problem import cut
    >>> from knockdown.plant.load import load
    >>> ganja = cut(load("ganja"))
    >>> acts = ClaimActs(ganja, fold(opening_events(ganja)), at_ms=1_767_600_000_000)
    >>> (draft,) = acts.draft("202601-05-b803c")
    >>> draft.claim_id, len(draft.discrepancy_ids)
    ('mtz-260105-...', 1)
    """

    def draft(
        self, lot_id: str, discrepancies: Sequence[str] = (), claim_id: str | None = None
    ) -> list[Command]:
        """Write a claim over discrepancies of a lot; by default over all that stand in no claim."""
        lot = self._lot(lot_id)
        contract = self.plant.contracts.get(lot.contract_id or "")
        head = self._head("claim", lot_id, *discrepancies, claim_id or "")
        is_told = self._told(head)
        rows = self._rows(lot_id, discrepancies, is_told)
        ids = tuple(found.discrepancy_id for found in rows)
        partner = contract.partner_id if contract is not None else "claim"
        day = iso(day_of(self.at_ms)) or ""
        made = f"{partner[:MOST_OF_PARTNER]}-{day[2:].replace('-', '')}-{digest_id('cl', lot_id, *ids)[3:7]}"
        name = claim_id or made
        if name in self.book.claims and not is_told:
            raise BadInput([Fault("--id", None, None, name, "is a claim already", "give another with --id")])
        due = due_day(self.plant, self.book, lot_id)
        return [
            DraftClaim(
                **head,
                claim_id=name,
                discrepancy_ids=ids,
                due_at=None if due is None else ms_of(due),
                value_cents=sum(part_cents(self.plant, found.part_id, found.n_parts) for found in rows),
                currency=self.plant.currency,
            )
        ]

    def _rows(self, lot_id: str, discrepancies: Sequence[str], is_told: bool) -> list[Found]:
        if discrepancies:
            rows = list(
                {(found := self.discrepancy(name)).discrepancy_id: found for name in discrepancies}.values()
            )
            odd = [found for found in rows if found.kit_lot_id != lot_id]
            if odd:
                raise BadInput(
                    Fault(
                        "--discrepancy",
                        None,
                        None,
                        found.discrepancy_id,
                        f"is not of lot {lot_id}",
                        "leave it out",
                    )
                    for found in odd
                )
            return rows
        rows = [found for found in unclaimed(self.book) if found.kit_lot_id == lot_id]
        if not rows and not is_told:
            step = f"`knockdown kit {self.plant.plant_id} claims` lists claims and what is not claimed"
            raise BadInput([Fault("LOT", None, None, lot_id, "has no discrepancy that is not claimed", step)])
        return rows

    def send(self, claim_id: str) -> list[Command]:
        """The claim went to the partner."""
        return [SendClaim(**self._claim_head("send", claim_id), claim_id=claim_id)]

    def accept(self, claim_id: str, expected_day: int | None = None) -> list[Command]:
        """The partner accepted; parts that were promised for a day are supply from now on."""
        head = self._claim_head("accept", claim_id, expected_day or "")
        expected = None if expected_day is None else ms_of(expected_day)
        return [AcceptClaim(**head, claim_id=claim_id, expected_at=expected)]

    def reject(self, claim_id: str, reason: str) -> list[Command]:
        """The partner rejected."""
        return [RejectClaim(**self._claim_head("reject", claim_id), claim_id=claim_id, reason=reason)]

    def credit(self, claim_id: str, cents: int) -> list[Command]:
        """The partner settled with money."""
        head = self._claim_head("credit", claim_id, cents)
        return [CreditClaim(**head, claim_id=claim_id, value_cents=cents, currency=self.plant.currency)]

    def replace(
        self, lot_id: str, part_id: str, n_parts: int, claim_id: str | None = None, is_local: bool = False
    ) -> list[Command]:
        """Missing or bad pieces are there again: sent by the partner, or bought or made here."""
        self._lot(lot_id)
        self._parts([part_id])
        head = self._head("replace", lot_id, part_id, n_parts, claim_id or "", is_local)
        if claim_id is not None and not self._told(head):
            self._promised(lot_id, part_id, n_parts, claim_id, is_local)
        return [
            ReplacePart(
                **head,
                part_id=part_id,
                n_parts=n_parts,
                source="local" if is_local else "partner",
                claim_id=claim_id,
            )
        ]

    def _promised(self, lot_id: str, part_id: str, n_parts: int, claim_id: str, is_local: bool) -> None:
        """Refuse pieces that the claim is not for, and more than are open under it."""
        claim = self._claim(claim_id)
        faults = []
        if is_local:
            step = "leave out --claim: the partner still owes the pieces"
            faults.append(Fault("--claim", None, None, claim_id, "is not settled by a local part", step))
        if claim.kit_lot_id != lot_id:
            step = f"it is of lot {claim.kit_lot_id}"
            faults.append(Fault("--claim", None, None, claim_id, f"is not of lot {lot_id}", step))
        left = open_pieces(self.book, claim)[part_id]
        if claim.kit_lot_id == lot_id and n_parts > left:
            unit = self._unit(part_id)
            problem = f"is more than the {written(left, unit)} of {part_id} still open under claim {claim_id}"
            step = "record the others without --claim"
            faults.append(Fault("PIECES", None, None, written(n_parts, unit), problem, step))
        if faults:
            raise BadInput(faults)

    def _claim_head(self, verb: str, claim_id: str, *told: object) -> dict[str, Any]:
        head = self._head(f"claim-{verb}", claim_id, *told)
        return {**head, "subject_id": self._claim(claim_id).kit_lot_id}

    def _claim(self, claim_id: str) -> ClaimBook:
        if claim_id not in self.book.claims:
            raise self.unknown("CLAIM", claim_id, self.book.claims)
        return self.book.claims[claim_id]
