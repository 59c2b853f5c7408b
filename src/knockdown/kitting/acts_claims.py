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
    owed_cents,
    paid_pieces,
    unclaimed,
    unpriced_parts,
)
from knockdown.kitting.moments import day_of, iso, ms_of
from knockdown.kitting.outlook import outlook
from knockdown.kitting.terms import written
from knockdown.kitting.worth import PartPrices, part_cents

MOST_OF_PARTNER = 40
ANSWERED_FROM = ("sent", "accepted")
MOST_TIMES, MOST_MORE_CENTS = 2, 100_00  # money beyond both is a slip of the pen, unless it is confirmed
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
        same = [other for other in self.book.claims if other.casefold() == name.casefold()]
        if same and not is_told:
            problem = "is a claim already" if same == [name] else f"is claim {same[0]} but for capitals"
            raise BadInput([Fault("--id", None, None, name, problem, "give another with --id")])
        due = due_day(self.plant, self.book, lot_id)
        return [
            DraftClaim(
                **head,
                claim_id=name,
                discrepancy_ids=ids,
                due_at=None if due is None else ms_of(due),
                value_cents=sum(part_cents(self.plant, found.part_id, self._to_ask(found)) for found in rows),
                currency=self.plant.currency,
            )
        ]

    def _to_ask(self, found: Found) -> int:
        """Pieces of a discrepancy that are to be claimed: not those that could be used after all."""
        return found.n_parts - self.book.usable[found.discrepancy_id]

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
        claim = self.claim_of(claim_id)
        head = self._claim_head("send", claim)
        self._in_state(head, claim, ("draft",), "sent")
        if not self._told(head) and not +self.book.n_asked(claim):
            step = "leave it unsent: it asks for nothing any more"
            problem = "is for pieces that were all used after all"
            raise BadInput([Fault("CLAIM", None, None, claim.claim_id, problem, step)])
        return [SendClaim(**head, claim_id=claim.claim_id)]

    def accept(self, claim_id: str, expected_day: int | None = None) -> list[Command]:
        """The partner accepted, or gave another day; parts promised for a day are supply from now on."""
        claim = self.claim_of(claim_id)
        head = self._claim_head("accept", claim, expected_day or "")
        self._in_state(head, claim, ANSWERED_FROM, "accepted")
        if claim.state == "accepted" and expected_day is None and not self._told(head):
            step = "give the day that is promised now with --expected"
            raise BadInput([Fault("CLAIM", None, None, claim.claim_id, "is accepted already", step)])
        expected = None if expected_day is None else ms_of(expected_day)
        return [AcceptClaim(**head, claim_id=claim.claim_id, expected_at=expected)]

    def reject(self, claim_id: str, reason: str) -> list[Command]:
        """The partner rejected."""
        claim = self.claim_of(claim_id)
        head = self._claim_head("reject", claim)
        self._in_state(head, claim, ("sent",), "rejected")
        return [RejectClaim(**head, claim_id=claim.claim_id, reason=reason)]

    def credit(
        self, claim_id: str, cents: int, is_final: bool = False, is_surplus: bool = False
    ) -> list[Command]:
        """The partner paid: a claim of which money or pieces are open stays open, unless this is final.

        So does one with parts that have no price. Money far above the claim's worth is refused, unless
        `is_surplus` says that so much was really paid.
        """
        claim = self.claim_of(claim_id)
        head = self._claim_head("credit", claim, cents, *(["final"] if is_final else []))
        self._in_state(head, claim, ANSWERED_FROM, "credited")
        if not self._told(head):
            self._refuse_fortune(claim, cents, is_surplus)
        is_covered = cents >= self.open_cents(claim) and not unpriced_parts(self.plant, self.book, claim)
        is_last = is_final or claim.state not in OPEN or is_covered
        paid = Counter[str]() if is_last else paid_pieces(self.plant, self.book, claim, cents)
        return [
            CreditClaim(
                **head,
                claim_id=claim.claim_id,
                value_cents=cents,
                currency=self.plant.currency,
                is_final=is_last,
                part_ids=tuple(paid),
                n_each=tuple(paid.values()),
            )
        ]

    def open_cents(self, claim: ClaimBook) -> int:
        """What of a claim is neither replaced nor credited."""
        return owed_cents(self.plant, self.book, claim)

    def _refuse_fortune(self, claim: ClaimBook, cents: int, is_surplus: bool) -> None:
        """Refuse money far above the claim, and more than all that was claimed and the whole lot cost."""
        worth, paid = self._worth(claim), cents + claim.credited_cents
        if worth and not is_surplus and paid > max(MOST_TIMES * worth, worth + MOST_MORE_CENTS):
            problem = f"is far more than the {worth / 100:,.2f} {self.plant.currency} that was claimed"
            step = "mend the amount; if so much was really paid, add --surplus"
            raise BadInput([Fault("--amount", None, None, f"{cents / 100:.2f}", problem, step)])
        lot_cents = self.book.lots[claim.kit_lot_id].cost_cents
        if lot_cents and cents > lot_cents + claimed_cents(self.plant, self.book, claim):
            cost = f"{lot_cents / 100:,.2f} {self.plant.currency}"
            problem = f"is more than the whole lot {claim.kit_lot_id} cost, {cost}"
            step = f"mend the amount; it is in {self.plant.currency}"
            raise BadInput([Fault("--amount", None, None, f"{cents / 100:.2f}", problem, step)])

    def _worth(self, claim: ClaimBook) -> int:
        """What was claimed; parts without a price at an assumed one."""
        prices = PartPrices(self.plant, self.book, day_of(self.at_ms))
        asked = self.book.n_asked(claim)
        unpriced = unpriced_parts(self.plant, self.book, claim)
        assumed = sum(prices.cents(part_id, asked[part_id]) for part_id in unpriced)
        return claimed_cents(self.plant, self.book, claim) + assumed

    def _in_state(self, head: Mapping[str, Any], claim: ClaimBook, before: Sequence[str], verb: str) -> None:
        """Refuse a step that does not follow on where the claim is, and say which does."""
        if claim.state in before or self._told(head):
            return
        problem = f"is {STATE_WORDS[claim.state]} and cannot be {verb}"
        step = self._next_of(claim)
        raise BadInput([Fault("CLAIM", None, None, claim.claim_id, problem, step)])

    def _next_of(self, claim: ClaimBook) -> str:
        """The step that can follow."""
        command, name = self.plant.command, claim.claim_id
        if claim.state == "draft":
            return f"`{command('claim', 'send', name)}` comes first"
        if claim.state == "sent":
            return f"`{command('claim', 'accept', name)}` says that the partner accepted"
        if claim.state == "accepted":
            return self._settled_by(claim)
        if claim.state == "rejected":
            again = (word for each in claim.discrepancy_ids for word in ("--discrepancy", each))
            return f"`{command('claim', 'draft', claim.kit_lot_id, *again)}` claims again"
        return "nothing is left to do"

    def _settled_by(self, claim: ClaimBook) -> str:
        """What comes of an accepted claim: all its money, or parts, of which the first is told."""
        command, name = self.plant.command, claim.claim_id
        amount = f"{owed_cents(self.plant, self.book, claim) / 100:.2f}"
        paid = f"money comes now (`{command('claim', 'credit', name, '--amount', amount)}`)"
        for part_id, n_parts in self.book.open_of(claim).items():
            pieces = written(n_parts, self._unit(part_id)).split()[0]
            sent = command("replace", claim.kit_lot_id, part_id, pieces, "--claim", name)
            return f"{paid} or parts (`{sent}`)"
        return paid

    def replace(
        self, lot_id: str, part_id: str, n_parts: int, claim_id: str | None = None, is_local: bool = False
    ) -> list[Command]:
        """Missing or bad pieces are there again: sent by the partner, or bought or made here."""
        self._lot(lot_id)
        self._parts([part_id])
        claim_id = None if claim_id is None else self.claim_of(claim_id).claim_id
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
        claim = self.book.claims[claim_id]
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
        left = self.book.open_of(claim)[part_id]
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

    def _claim_head(self, verb: str, claim: ClaimBook, *told: object) -> dict[str, Any]:
        head = self._head(f"claim-{verb}", claim.claim_id, *told)
        return {**head, "subject_id": claim.kit_lot_id}
