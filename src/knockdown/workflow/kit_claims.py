"""The kit desk's claims: the list, the form that partners take, and every step from draft to settlement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from knockdown.basics.faults import BadInput, Fault
from knockdown.workflow.kit_acts import Amount, Recorder, When, cents_of, day_of_text, pieces_of
from knockdown.workflow.kit_desk import provenance
from knockdown.workflow.kit_papers import KitRecord
from knockdown.workflow.papers import make_folder, written_whole

if TYPE_CHECKING:
    from knockdown.documents.kit_claims import ClaimForm, KitClaims
    from knockdown.kitting.tell.claims import ClaimTeller


class Claimer(Recorder):
    """Claims of a plant on its partners."""

    def claims(self, at: date | None = None) -> KitClaims:
        """Claims with their state, age and worth, what is not claimed, and how much comes back."""
        day = self._claim_day(at)
        return self._teller(day).claims(provenance(self.desk, day))

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
        day = self._claim_day(at)
        form = self._teller(day).form(provenance(self.desk, day), claim, self._country(claim))
        return form if out is None else _written(form, Path(out))

    def _claim_day(self, at: date | None) -> int:
        self.desk.refresh()
        return self.desk.today if at is None else at.toordinal()

    def _teller(self, day: int) -> ClaimTeller:
        from knockdown.kitting.tell.claims import ClaimTeller

        return ClaimTeller(self.desk.kits, self.desk.book, day, self.desk.position)

    def _country(self, claim_id: str) -> str | None:
        claim = self.desk.book.claims.get(claim_id)
        lot = self.desk.book.lots.get(claim.kit_lot_id if claim else "")
        contract = self.desk.kits.contracts.get((lot.contract_id if lot else None) or "")
        return None if contract is None else self.desk.plant.partners[contract.partner_id].country

    # Steps

    def claim_draft(
        self, lot: str, discrepancies: Sequence[str] = (), id: str | None = None, on: When = None
    ) -> KitRecord:
        """Write a claim over discrepancies of a lot; by default over all that stand in no claim."""
        done = self._do_claim("claim draft", on, lambda acts: acts.draft(lot, discrepancies, id))
        if "claim" not in done.made:
            return done
        step = f"`knockdown kit {self.desk.named} claim send {done.made['claim']} --out DIR` sends it"
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

    def claim_credit(self, claim: str, amount: Amount, on: When = None) -> KitRecord:
        """The partner settled with money, in the reporting currency."""
        cents = cents_of(amount, "--amount", self.desk.kits.currency)
        if cents == 0:
            step = "`claim reject` says that nothing comes"
            raise BadInput([Fault("--amount", None, None, str(amount), "is nothing", step)])
        return self._do_claim("claim credit", on, lambda acts: acts.credit(claim, cents))

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
        return self._do_claim("replace", on, lambda acts: acts.replace(lot, part, n_parts, claim, local))


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
