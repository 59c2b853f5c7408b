"""What people do with claims, as commands: draft, send, accept, reject, credit, and take in what replaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
from knockdown.kitting.claims import (
    OPEN,
    claimed_cents,
    due_day,
    open_pieces,
    owed_cents,
    paid_pieces,
    unclaimed,
)
from knockdown.kitting.moments import day_of, iso, ms_of
from knockdown.kitting.outlook import outlook
from knockdown.kitting.terms import written
from knockdown.kitting.worth import part_cents

MOST_OF_PARTNER = 40
SETTLED_FROM = ("sent", "accepted", "credited", "replaced")
PROMISED = ("claim", "payback")
STATE_WORDS = {
    "draft": "a draft",
    "sent": "sent and not answered",
    "accepted": "accepted",
    "replaced": "settled by parts",
    "credited": "settled by money",
    "rejected": "rejected",
}


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
            step = f"`{self.plant.command('claims')}` lists claims and what is not claimed"
            raise BadInput([Fault("LOT", None, None, lot_id, "has no discrepancy that is not claimed", step)])
        return rows

    def send(self, claim_id: str) -> list[Command]:
        """The claim went to the partner."""
        head = self._claim_head("send", claim_id)
        self._in_state(head, claim_id, ("draft",), "sent")
        return [SendClaim(**head, claim_id=claim_id)]

    def accept(self, claim_id: str, expected_day: int | None = None) -> list[Command]:
        """The partner accepted; parts that were promised for a day are supply from now on."""
        head = self._claim_head("accept", claim_id, expected_day or "")
        self._in_state(head, claim_id, ("sent",), "accepted")
        expected = None if expected_day is None else ms_of(expected_day)
        return [AcceptClaim(**head, claim_id=claim_id, expected_at=expected)]

    def reject(self, claim_id: str, reason: str) -> list[Command]:
        """The partner rejected."""
        head = self._claim_head("reject", claim_id)
        self._in_state(head, claim_id, ("sent",), "rejected")
        return [RejectClaim(**head, claim_id=claim_id, reason=reason)]

    def credit(self, claim_id: str, cents: int, is_final: bool = False) -> list[Command]:
        """The partner paid: a claim of which money or pieces are open stays open, unless this is final."""
        head = self._claim_head("credit", claim_id, cents, *(["final"] if is_final else []))
        self._in_state(head, claim_id, SETTLED_FROM, "credited")
        claim = self.book.claims[claim_id]
        if not self._told(head):
            self._refuse_fortune(claim, cents)
        is_last = is_final or claim.state not in OPEN or cents >= self.open_cents(claim_id)
        paid = Counter[str]() if is_last else paid_pieces(self.plant, self.book, claim, cents)
        return [
            CreditClaim(
                **head,
                claim_id=claim_id,
                value_cents=cents,
                currency=self.plant.currency,
                is_final=is_last,
                part_ids=tuple(paid),
                n_each=tuple(paid.values()),
            )
        ]

    def open_cents(self, claim_id: str) -> int:
        """What of a claim is neither replaced nor credited."""
        return owed_cents(self.plant, self.book, self._claim(claim_id))

    def _refuse_fortune(self, claim: ClaimBook, cents: int) -> None:
        """No partner pays more for a claim than all that was claimed and the whole lot cost."""
        lot_cents = self.book.lots[claim.kit_lot_id].cost_cents
        if lot_cents and cents > lot_cents + claimed_cents(self.plant, self.book, claim):
            cost = f"{lot_cents / 100:,.2f} {self.plant.currency}"
            problem = f"is more than the whole lot {claim.kit_lot_id} cost, {cost}"
            step = f"mend the amount; it is in {self.plant.currency}"
            raise BadInput([Fault("--amount", None, None, f"{cents / 100:.2f}", problem, step)])

    def _in_state(self, head: Mapping[str, Any], claim_id: str, before: Sequence[str], verb: str) -> None:
        """Refuse a step that does not follow on where the claim is, and say which does."""
        claim = self._claim(claim_id)
        if claim.state in before or self._told(head):
            return
        problem = f"is {STATE_WORDS[claim.state]} and cannot be {verb}"
        step = self._next_of(claim)
        raise BadInput([Fault("CLAIM", None, None, claim_id, problem, step)])

    def _next_of(self, claim: ClaimBook) -> str:
        """The step that can follow."""
        command, name = self.plant.command, claim.claim_id
        if claim.state == "draft":
            return f"`{command('claim', 'send', name)}` comes first"
        if claim.state == "sent":
            return f"`{command('claim', 'accept', name)}` says that the partner accepted"
        if claim.state == "accepted":
            return "what comes now is parts (`replace --claim`) or money (`claim credit`)"
        if claim.state == "rejected":
            again = (word for each in claim.discrepancy_ids for word in ("--discrepancy", each))
            return f"`{command('claim', 'draft', claim.kit_lot_id, *again)}` claims again"
        return "nothing is left to do"

    def replace(
        self, lot_id: str, part_id: str, n_parts: int, claim_id: str | None = None, is_local: bool = False
    ) -> list[Command]:
        """Missing or bad pieces are there again: sent by the partner, or bought or made here."""
        self._lot(lot_id)
        self._parts([part_id])
        head = self._head("replace", lot_id, part_id, n_parts, claim_id or "", is_local)
        if not self._told(head) and claim_id is not None:
            self._promised(lot_id, part_id, n_parts, claim_id, is_local)
        elif not self._told(head):
            self._missed(lot_id, part_id, n_parts, is_local)
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
        if claim.state in ("draft", "rejected"):
            problem = f"is {STATE_WORDS[claim.state]}, so nothing came for it"
            faults.append(Fault("--claim", None, None, claim_id, problem, self._next_of(claim)))
        left = open_pieces(self.book, claim)[part_id]
        if claim.kit_lot_id == lot_id and n_parts > left:
            unit = self._unit(part_id)
            problem = f"is more than the {written(left, unit)} of {part_id} still open under claim {claim_id}"
            step = "count again; more than was claimed is claimed first, or recorded without --claim"
            faults.append(Fault("PIECES", None, None, written(n_parts, unit), problem, step))
        if faults:
            raise BadInput(faults)

    def _missed(self, lot_id: str, part_id: str, n_parts: int, is_local: bool) -> None:
        """Refuse more than the lot is short of: found missing or bad, or lacked by its open vehicles."""
        n_short = max(self._not_made_good(lot_id, part_id, is_local), self._lacking(lot_id, part_id))
        if n_parts <= n_short:
            return
        unit = self._unit(part_id)
        problem = f"is more than the {written(n_short, unit)} of {part_id} that lot {lot_id} is short of"
        step = "count again, or record with `find` first what else is missing or bad"
        raise BadInput([Fault("PIECES", None, None, written(n_parts, unit), problem, step)])

    def _not_made_good(self, lot_id: str, part_id: str, is_local: bool) -> int:
        """Pieces found missing or bad that were not made usable, and for which none came (of the partner)."""
        book = self.book
        cell = book.cells.get((lot_id, part_id))
        came = cell.came if cell is not None and is_local else book.unasked[lot_id, part_id]
        if not is_local:
            came += sum(
                claim.replaced[part_id] for claim in book.claims.values() if claim.kit_lot_id == lot_id
            )
        own = (f for f in book.found.values() if (f.kit_lot_id, f.part_id) == (lot_id, part_id))
        return max(0, sum(found.n_parts - book.usable[found.discrepancy_id] for found in own) - came)

    def _lacking(self, lot_id: str, part_id: str) -> int:
        """Pieces that the lot's open vehicles need beyond all that it holds, here or on its way."""
        asked = outlook(self.plant, self.book, day_of(self.at_ms)).question
        needed = sum(
            need.n_parts
            for unit in asked.units
            if unit.kit_lot_id == lot_id
            for need in asked.recipes[unit.recipe_ix].needs
            if need.part_id == part_id
        )
        there = sum(
            supply.n_parts
            for supply in asked.supplies
            if (supply.kit_lot_id, supply.part_id) == (lot_id, part_id) and supply.kind not in PROMISED
        )
        return needed - there

    def _claim_head(self, verb: str, claim_id: str, *told: object) -> dict[str, Any]:
        head = self._head(f"claim-{verb}", claim_id, *told)
        return {**head, "subject_id": self._claim(claim_id).kit_lot_id}

    def _claim(self, claim_id: str) -> ClaimBook:
        if claim_id not in self.book.claims:
            raise self.unknown("CLAIM", claim_id, self.book.claims)
        return self.book.claims[claim_id]
