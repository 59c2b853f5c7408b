"""Recording what happened to kits: each call is one act, stored or refused with all its faults."""

from __future__ import annotations

import csv
import io
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.events.codes import ClaimCode, Disposition
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.claims import OPEN
from knockdown.kitting.terms import MEASURED, PER_UNIT, written
from knockdown.workflow.kit_desk import Desk, Done
from knockdown.workflow.kit_papers import CountLine, CountSheet, EventLine, KitRecord
from knockdown.workflow.kit_refusals import faults_of, in_words
from knockdown.workflow.kit_said import Amount as Amount
from knockdown.workflow.kit_said import When as When
from knockdown.workflow.kit_said import cents_of as cents_of
from knockdown.workflow.kit_said import day_of_text as day_of_text
from knockdown.workflow.kit_said import happened_at
from knockdown.workflow.kit_said import moment_of as moment_of
from knockdown.workflow.kit_said import pieces_of as pieces_of
from knockdown.workflow.ledger_place import missing
from knockdown.workflow.papers import write_text

if TYPE_CHECKING:
    from knockdown.basics.tables import Table
    from knockdown.events.commands import Command
    from knockdown.events.envelope import Event
    from knockdown.kitting.acts import Acts
    from knockdown.kitting.acts_claims import ClaimActs

# Kind of event -> what exists since, and the field that names it; None: the event itself.
MADE: dict[str, tuple[str, str | None]] = {
    "ClaimDrafted": ("claim", "claim_id"),
    "PartBorrowed": ("borrow", "borrow_id"),
    "DiscrepancyFound": ("discrepancy", None),
}


class Recorder:
    """Acts on a plant's kits that are stored in its ledger.

    Every act takes `on`, when it happened (now, unless it says a day or a minute). The same act told
    twice of the same moment is stored once. `knockdown ledger PLANT init` makes the ledger.

    Parameters
    ----------
    desk : Desk
        The plant's kits.
    """

    desk: Desk

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    # The way of a lot

    def ship(
        self, lot: str, containers: Sequence[str] = (), expected: str | date | None = None, on: When = None
    ) -> KitRecord:
        """The partner sent a lot."""
        at = None if expected is None else moment_of(day_of_text(expected, "--expected"))
        return self._do("ship", on, lambda acts: acts.ship(lot, containers, at))

    def receive(self, lot: str, containers: Sequence[str] = (), on: When = None) -> KitRecord:
        """A lot, or some of its containers, came."""
        return self._do("receive", on, lambda acts: acts.receive(lot, containers))

    def bond(
        self,
        lot: str,
        declaration: str,
        until: str | date,
        containers: Sequence[str] = (),
        on: When = None,
    ) -> KitRecord:
        """What came went into bond, until the end of a day."""
        day = day_of_text(until, "--until").isoformat()
        return self._do("bond", on, lambda acts: acts.bond(lot, declaration, day, containers))

    def clear(
        self,
        lot: str,
        declaration: str | None = None,
        cost: Amount | None = None,
        containers: Sequence[str] = (),
        on: When = None,
    ) -> KitRecord:
        """Customs let go what came; `cost` is what was paid for it, in the reporting currency."""
        cents = None if cost is None else cents_of(cost, "--cost", self.desk.kits.currency)
        return self._do("clear", on, lambda acts: acts.clear(lot, declaration, cents, containers))

    # Cases

    def open(self, cases: Sequence[str] = (), lot: str | None = None, on: When = None) -> KitRecord:
        """Cases were opened: these, or all that are closed of a lot."""
        if bool(cases) == (lot is not None):
            step = "name cases, or the lot with --lot, not both"
            raise BadInput([Fault("CASE", None, None, None, "says not what was opened", step)])
        return self._do(
            "open", on, lambda acts: acts.open_cases(cases) if lot is None else acts.open_lot(lot)
        )

    def count(
        self,
        case: str,
        counts: Mapping[str, Amount] | None = None,
        file: str | Path | None = None,
        blind: bool = False,
        by: str | None = None,
        on: When = None,
        surplus: bool = False,
    ) -> KitRecord:
        """Parts of an opened case were counted; what differs from its packing list is found with it.

        Parameters
        ----------
        case : str
        counts : mapping of part to pieces, optional
        file : path, optional
            A count sheet that was filled in (`count_sheet`), CSV or XLSX.
        blind : bool
            Whether who counted did not see what there should be.
        by : str, optional
            Person id of who counted.
        surplus : bool
            That counts far above the list are no slips: so many are really there.
        """
        told = {} if file is None else self._filed(Path(file))
        faults: list[Fault] = []
        for part_id, amount in (counts or {}).items():
            if part_id in told:
                faults.append(Fault("COUNT", None, None, part_id, "is in the file too", "say it once"))
                continue
            try:
                told[part_id] = pieces_of(self.desk.kits, part_id, amount, "COUNT", least=0)
            except BadInput as bad:
                faults += bad.faults
        if faults:
            raise BadInput(faults)
        done = self._do("count", on, lambda acts: acts.count(case, told, blind, surplus), by)
        if all(event.kind != "SurplusFound" for event in done.events):
            return done
        return done.model_copy(update={"warnings": (*done.warnings, *self._claimed_short(case, told))})

    def _claimed_short(self, case: str, parts: Iterable[str]) -> Iterator[str]:
        """Surplus of a case of which the same parts are claimed as missing: the two are to be settled."""
        book, kits = self.desk.book, self.desk.kits
        for part_id in parts:
            n_more = sum(n for n in book.differences.get((case, part_id), {}).values() if n > 0)
            claims = {
                found.claim_id: n_more
                for found in book.found.values()
                if (found.case_id, found.part_id) == (case, part_id)
                and found.claim_id is not None
                and not ClaimCode.read(found.code).is_here
                and book.claims[found.claim_id].state in OPEN
            }
            if n_more and claims:
                more = written(n_more, kits.parts[part_id].unit if part_id in kits.parts else "pcs")
                named = ", ".join(map(str, claims))
                yield (
                    f"{more} of {part_id} beyond what was known are there, but claim {named} asks for them "
                    "as missing: they are kept as surplus; settle it with the partner."
                )

    def _filed(self, path: Path) -> dict[str, int]:
        from knockdown.basics.tables import read_table

        table, faults = read_table(path, str(path))
        faults = [*faults]
        told: Counter[str] = Counter()
        lacking = [name for name in ("part", "pieces") if table is not None and name not in table.columns]
        faults += [
            Fault(str(path), 1, name, None, "is not there", "add the column, or print a sheet with --sheet")
            for name in lacking
        ]
        if table is not None and not lacking:
            faults += self._rows(table, told)
        if faults:
            raise BadInput(faults)
        return dict(told)

    def _rows(self, table: Table, told: Counter[str]) -> list[Fault]:
        """Add up the rows that were filled in; the others were not counted."""
        faults: list[Fault] = []
        for row, cells in table.rows:
            part_id, amount = cells["part"], cells["pieces"]
            if not amount:
                continue
            try:
                told[part_id] += pieces_of(self.desk.kits, part_id, amount, table.name, least=0)
            except BadInput as bad:
                why = bad.faults[0]
                faults.append(Fault(table.name, row, "pieces", amount, why.problem, why.next_step))
        return faults

    def count_sheet(self, case: str, blind: bool = False, file: str | Path | None = None) -> CountSheet:
        """What to count in a case; a blind sheet does not say how many there should be.

        Parameters
        ----------
        file : path, optional
            CSV file to write, to be filled in and fed back with `count`.
        """
        self.desk.refresh()
        book, kits = self.desk.book, self.desk.kits
        if case not in book.cases:
            raise Checks(kits, book, 0).unknown("CASE", case, book.cases)
        known = book.cases[case]
        lines = tuple(
            CountLine(
                part=part_id,
                name=kits.parts[part_id].name if part_id in kits.parts else part_id,
                box=box_id,
                unit=kits.parts[part_id].unit if part_id in kits.parts else "pcs",
                listed=None if blind else n_parts,
            )
            for part_id, box_id, n_parts in known.lines
        )
        sheet = CountSheet(
            plant=kits.plant_id,
            case=case,
            lot=known.kit_lot_id,
            container=known.container_id,
            packaging=known.packaging,
            is_open=known.opened_at is not None,
            is_blind=blind,
            lines=lines,
            file=None if file is None else str(file),
        )
        if file is not None:
            write_text(Path(file), _csv(sheet))
        return sheet

    # Discrepancies

    def find(
        self,
        lot: str,
        part: str,
        code: str,
        pieces: Amount,
        case: str | None = None,
        unit: str | None = None,
        in_assembly: bool = False,
        instead: str | None = None,
        photo: str | None = None,
        by: str | None = None,
        on: When = None,
    ) -> KitRecord:
        """A part was found missing, wrong or bad, in store or, with `unit`, at the line."""
        n_parts = pieces_of(self.desk.kits, part, pieces, "PIECES")

        def act(acts: Acts) -> list[Command]:
            return acts.find(lot, part, code, n_parts, case, unit, in_assembly, instead, photo)

        step = f"`{self.desk.kits.command('claim', 'draft', lot)}` writes the claim"
        return self._do("find", on, act, by, (step,))

    def dispose(
        self, discrepancy: str, disposition: str, pieces: Amount | None = None, on: When = None
    ) -> KitRecord:
        """It was settled what becomes of bad pieces; by default of all that are left."""

        def act(acts: Acts) -> list[Command]:
            n_parts = None
            if pieces is not None:
                part_id = acts.discrepancy(discrepancy).part_id
                n_parts = pieces_of(self.desk.kits, part_id, pieces, "--pieces")
            return acts.dispose(discrepancy, disposition, n_parts)

        done = self._do("dispose", on, act)
        if not done.new or not Disposition.read(disposition).is_usable:
            return done
        return done.model_copy(update={"warnings": tuple(self._asked_less(discrepancy))})

    def _asked_less(self, discrepancy: str) -> Iterator[str]:
        """What becomes of a claim when pieces it asks for can be used after all."""
        found = Checks(self.desk.kits, self.desk.book, 0).discrepancy(discrepancy)
        claim = self.desk.book.claims.get(found.claim_id or "")
        if claim is not None and claim.state == "draft":
            parts = self.desk.kits.parts
            unit = parts[found.part_id].unit if found.part_id in parts else "pcs"
            left = written(claim.asked[found.discrepancy_id], unit)
            yield f"claim {claim.claim_id} is not sent yet: it asks for {left} of {found.part_id} now."
        elif claim is not None and claim.state in OPEN:
            yield (
                f"claim {claim.claim_id} was sent with these pieces and still asks for them: "
                "settle it with the partner."
            )

    # To the line, and from lot to lot

    def issue(self, unit: str, parts: Sequence[str] = (), on: When = None) -> KitRecord:
        """Hand a unit what is there of its kit: its own lot's pieces first, then loose ones."""
        return self._do("issue", on, lambda acts: acts.issue(unit, parts))

    def borrow(
        self,
        from_lot: str,
        to_lot: str,
        part: str,
        pieces: Amount,
        unit: str | None = None,
        on: When = None,
    ) -> KitRecord:
        """A lot takes pieces of another, and owes them."""
        n_parts = pieces_of(self.desk.kits, part, pieces, "PIECES")
        steps: list[str] = []
        if unit:
            steps = [f"`{self.desk.kits.command('issue', unit, part)}` hands them to the unit"]
        return self._do(
            "borrow", on, lambda acts: acts.borrow(from_lot, to_lot, part, n_parts, unit), None, steps
        )

    def pay_back(
        self, borrow: str, pieces: Amount | None = None, from_loose: bool = False, on: When = None
    ) -> KitRecord:
        """Pieces that are owed go back, from the lot that owes them or from loose stock."""

        def act(acts: Acts) -> list[Command]:
            n_parts = None
            if pieces is not None:
                part_id = acts.borrow_of(borrow).part_id
                n_parts = pieces_of(self.desk.kits, part_id, pieces, "--pieces")
            return acts.pay_back(borrow, n_parts, from_loose)

        return self._do("pay-back", on, act)

    def return_packaging(self, partner: str, packaging: str, pieces: int, on: When = None) -> KitRecord:
        """Empty crates or frames went back to a partner."""
        return self._do("return", on, lambda acts: acts.return_packaging(partner, packaging, pieces))

    # How an act is done

    def _do(
        self,
        verb: str,
        on: When,
        act: Callable[[Acts], list[Command]],
        by: str | None = None,
        next_steps: Sequence[str] = (),
    ) -> KitRecord:
        from knockdown.kitting.acts import Acts

        at_ms = happened_at(on)
        self._ready_to_record()
        acts = Acts(self.desk.kits, self.desk.book, at_ms, by, self.desk.causes)
        done = self._stored(verb, at_ms, lambda: acts.in_time(act(acts)), next_steps)
        return self._known_person(done, by)

    def _do_claim(
        self,
        verb: str,
        on: When,
        act: Callable[[ClaimActs], list[Command]],
        next_steps: Sequence[str] = (),
    ) -> KitRecord:
        from knockdown.kitting.acts_claims import ClaimActs

        at_ms = happened_at(on)
        self._ready_to_record()
        acts = ClaimActs(self.desk.kits, self.desk.book, at_ms, None, self.desk.causes)
        return self._stored(verb, at_ms, lambda: acts.in_time(act(acts)), next_steps)

    def _known_person(self, done: KitRecord, by: str | None) -> KitRecord:
        """Say it when who did it is none of the ledger's people: an entry cannot be mended later."""
        if by is None or not done.new or by in self.desk.people():
            return done
        add = shlex.join(["knockdown", "ledger", self.desk.named, "add-person", "NAME"])
        told = (
            f"{by} is none of the ledger's people. `{add}` gives an id; a name in an entry cannot be erased."
        )
        return done.model_copy(update={"warnings": (*done.warnings, told)})

    def _ready_to_record(self) -> None:
        if not self.desk.has_ledger:
            raise missing(self.desk.named, self.desk.address)
        self.desk.refresh()

    def _stored(
        self, verb: str, at_ms: int, make: Callable[[], list[Command]], next_steps: Sequence[str]
    ) -> KitRecord:
        try:
            commands = make()
        except ValidationError as error:
            raise BadInput(faults_of(error)) from error
        try:
            done = self.desk.do(commands) if commands else Done((), 1, self.desk.position)
        except BadInput as refused:
            raise BadInput(in_words(self.desk.kits, refused.faults)) from refused
        told = [event for event in done.events if event.cause is not None]
        return KitRecord(
            plant=self.desk.kits.plant_id,
            ledger=self.desk.address.shown,
            verb=verb,
            happened=datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M"),
            new=len(told),
            known=done.n_known,
            position=done.position,
            events=tuple(EventLine(kind=e.kind, subject=e.subject, event_id=e.event_id) for e in told),
            made=dict(map(_made, (event for event in told if event.kind in MADE))),
            next_steps=tuple(next_steps) if told else (),
        )


def _made(event: Event) -> tuple[str, str]:
    """What a thing is, and its id, that exists since an event."""
    what, name = MADE[event.kind]
    label = f"{what} {event.body['part_id']}" if what == "discrepancy" else what
    return label, event.event_id if name is None else event.body[name]


def _csv(sheet: CountSheet) -> str:
    """The sheet as a table with an empty column for what was counted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = ["part", "name", "box", "unit", *([] if sheet.is_blind else ["listed"]), "pieces"]
    writer.writerow(heads)
    for line in sheet.lines:
        listed = [] if line.listed is None else [_shown(line)]
        writer.writerow([line.part, line.name, line.box or "", line.unit, *listed, ""])
    return out.getvalue()


def _shown(line: CountLine) -> str:
    per = PER_UNIT if line.unit in MEASURED else 1
    return f"{(line.listed or 0) / per:g}"
