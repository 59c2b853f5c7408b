"""The kit desk's claims: the list, the form that partners take, and every step from draft to settlement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from knockdown.basics.faults import BadInput, Fault
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.terms import written
from knockdown.workflow.kit_acts import Amount, Recorder, When, cents_of, day_of_text, pieces_of
from knockdown.workflow.kit_desk import Desk, provenance
from knockdown.workflow.kit_papers import KitRecord
from knockdown.workflow.papers import make_folder, written_whole

if TYPE_CHECKING:
    from knockdown.documents.kit_claims import ClaimForm, KitClaims
    from knockdown.events.commands import Command
    from knockdown.kitting.acts_claims import ClaimActs
    from knockdown.kitting.book import ClaimBook
    from knockdown.kitting.tell.claims import ClaimTeller


class Claimer(Recorder):
    """Claims of a plant on its partners."""

    def claims(self, at: date | None = None) -> KitClaims:
        """Claims with their state, age and worth, what is not claimed, and how much comes back."""
        desk = self.desk.asked(at)
        return _teller(desk).claims(provenance(desk, desk.at_day))

    def claim_form(self, claim: str, out: str | Path | None = None, at: date | None = None) -> ClaimForm:
        """A claim as partners take it.

        Parameters
        ----------
        out : path, optional
            Folder for a workbook and a page to print.

        Raises
        ------
        BadInput
            When there is no such claim, or nothing can be written there.
        """
        desk = self.desk.asked(at)
        form = _teller(desk).form(provenance(desk, desk.at_day), claim, _country(desk, claim))
        return form if out is None else _written(form, Path(out))

    # Steps

    def claim_draft(
        self, lot: str, discrepancies: Sequence[str] = (), id: str | None = None, on: When = None
    ) -> KitRecord:
        """Write a claim over discrepancies of a lot; by default over all that stand in no claim."""
        done = self._do_claim("claim draft", on, lambda acts: acts.draft(lot, discrepancies, id))
        if "claim" not in done.made:
            return done
        send = self.desk.kits.command("claim", "send", done.made["claim"], "--out", "claims")
        step = f"`{send}` sends it, with its form in the folder claims"
        return done.model_copy(update={"next_steps": (step,)})

    def claim_send(self, claim: str, out: str | Path | None = None, on: When = None) -> KitRecord:
        """The claim went to the partner; with `out`, its form is written."""
        if out is not None:
            make_folder(Path(out))
        done = self._do_claim("claim send", on, lambda acts: acts.send(claim))
        if out is None:
            return done
        return done.model_copy(update={"files": self.claim_form(claim, out).files})

    def claim_accept(self, claim: str, expected: str | date | None = None, on: When = None) -> KitRecord:
        """The partner accepted; parts promised for a day are supply from now on."""
        day = None if expected is None else day_of_text(expected, "--expected").toordinal()
        return self._do_claim("claim accept", on, lambda acts: acts.accept(claim, day))

    def claim_reject(self, claim: str, reason: str, on: When = None) -> KitRecord:
        """The partner rejected."""
        return self._do_claim("claim reject", on, lambda acts: acts.reject(claim, reason))

    def claim_credit(
        self, claim: str, amount: Amount, on: When = None, final: bool = False, surplus: bool = False
    ) -> KitRecord:
        """The partner settled with money, in the reporting currency.

        Parameters
        ----------
        final : bool
            That no more is awaited. Else what the money does not pay for stays open, and so does a claim
            of which a price is not known.
        surplus : bool
            That money far above the claim is no slip: so much was really paid.
        """
        cents = cents_of(amount, "--amount", self.desk.kits.currency)
        if cents == 0 and not final:
            rejected = self.desk.kits.command("claim", "reject", claim, "--reason", "WHY")
            step = f"add --final to close the claim without more money; `{rejected}` says nothing comes"
            raise BadInput([Fault("--amount", None, None, str(amount), "is nothing", step)])
        was_open = 0

        def act(acts: ClaimActs) -> list[Command]:
            nonlocal was_open
            known = acts.claim_of(claim)
            was_open = acts.open_cents(known)
            return acts.credit(claim, cents, final, surplus)

        done = self._do_claim("claim credit", on, act)
        if not done.new:
            return done
        return done.model_copy(update=self._after_credit(self._claim_of(claim), cents - was_open))

    def _claim_of(self, claim: str) -> ClaimBook:
        return Checks(self.desk.kits, self.desk.book, 0).claim_of(claim)

    def _after_credit(self, claim: ClaimBook, over: int) -> dict[str, tuple[str, ...]]:
        """What to know after a credit: more was paid than was open, or some is open still."""
        from knockdown.kitting.claims import unpriced_parts

        currency, name = self.desk.kits.currency, claim.claim_id
        unpriced = unpriced_parts(self.desk.kits, self.desk.book, claim)
        final = self.desk.kits.command("claim", "credit", name, "--amount", "0", "--final")
        if unpriced and claim.state != "credited":
            why = f"the claim stays open: the price of {', '.join(unpriced[:3])} is not known"
            return {"next_steps": (f"{why}; `{final}` closes it if no more comes",)}
        if over > 0 and not unpriced:
            told = f"{over / 100:,.2f} {currency} more was paid than was open under claim {name}"
            return {"warnings": (f"{told}; it counts as recovered only up to what was claimed.",)}
        if claim.state == "credited":
            return {}
        step = f"{-over / 100:,.2f} {currency} stay open; `{final}` closes the claim if no more comes"
        return {"next_steps": (step,)}

    def replace(
        self,
        lot: str,
        part: str,
        pieces: Amount,
        claim: str | None = None,
        local: bool = False,
        on: When = None,
    ) -> KitRecord:
        """Missing or bad pieces are there again: sent by the partner, or bought or made here."""
        n_parts = pieces_of(self.desk.kits, part, pieces, "PIECES")
        done = self._do_claim("replace", on, lambda acts: acts.replace(lot, part, n_parts, claim, local))
        if not done.new:
            return done
        return done.model_copy(update={"next_steps": tuple(self._owed(lot, part))})

    def _owed(self, lot: str, part: str) -> Iterator[str]:
        """How what came pays back what the lot owes of the part."""
        kits = self.desk.kits
        for borrow in self.desk.book.borrows.values():
            if (borrow.to_kit_lot_id, borrow.part_id) == (lot, part) and borrow.n_owed:
                owed = written(borrow.n_owed, kits.parts[part].unit if part in kits.parts else "pcs")
                command = kits.command("pay-back", borrow.borrow_id)
                yield f"`{command}`: the lot owes {owed} of {part} to lot {borrow.from_kit_lot_id}"


def _teller(desk: Desk) -> ClaimTeller:
    from knockdown.kitting.tell.claims import ClaimTeller

    return ClaimTeller(desk.kits, desk.book, desk.at_day, desk.position, desk.today)


def _country(desk: Desk, claim_id: str) -> str | None:
    claim = Checks(desk.kits, desk.book, 0).claim_of(claim_id)
    contract = desk.kits.contracts.get(desk.book.lots[claim.kit_lot_id].contract_id or "")
    return None if contract is None else desk.plant.partners[contract.partner_id].country


def _written(form: ClaimForm, folder: Path) -> ClaimForm:
    """The form as files in a folder."""
    from knockdown.reports import claim_form

    make_folder(folder)
    files: dict[str, str] = {}
    for kind, write in (("html", claim_form.write_html), ("xlsx", claim_form.write_xlsx)):
        path = folder / f"claim-{form.claim}.{kind}"
        with written_whole(path) as part:
            write(part, form)
        files[kind] = str(path)
    return form.model_copy(update={"files": files})
