"""What people do with kits, as commands: receive, clear, open, count, find, dispose, issue, borrow, claim.

An act is checked here against the kit book (is there so much on hand?) and later by the law of life
(may this follow?). The same act told twice has the same ids, so it is recorded once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_id, extended_id
from knockdown.events.codes import ClaimCode, Disposition, Packaging
from knockdown.events.commands import (
    BondKitLot,
    BorrowPart,
    ClearKitLot,
    Command,
    CountCase,
    DisposeOfPart,
    FindDiscrepancy,
    FindSurplus,
    IssueKit,
    IssueLooseParts,
    OpenCase,
    PackCase,
    PayBackBorrow,
    ReceiveKitLot,
    ReturnPackaging,
    ShipKitLot,
)
from knockdown.events.happening import MAX_IDS
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.book import CaseBook, LotBook, UnitBook
from knockdown.kitting.kit_needs import open_kits
from knockdown.kitting.moments import day_of
from knockdown.kitting.outlook import needs_of, still_needed, unit_name
from knockdown.kitting.terms import BomEntry, written

ALL = ".all"
WHERE = {
    "ordered": "ordered and not shipped",
    "transit": "on its way",
    "customs": "in customs",
    "bonded": "in bond",
    "cleared": "cleared",
}


class Acts(Checks):
    """Acts on one plant's kits at one moment.

    Examples
    --------
    >>> from knockdown.kitting.fold import fold
    >>> from knockdown.kitting.opening import opening_events
    >>> from knockdown.kitting.problem import cut
    >>> from knockdown.plant.load import load
    >>> ganja = cut(load("ganja"))
    >>> acts = Acts(ganja, fold(opening_events(ganja)), at_ms=1_767_600_000_000)
    >>> [type(command).__name__ for command in acts.receive("202601-11-b821cl")]
    ['ReceiveKitLot']
    """

    # The way of a lot

    def ship(
        self, lot_id: str, containers: Sequence[str] = (), expected_ms: int | None = None
    ) -> list[Command]:
        """The partner sent a lot."""
        self._lot(lot_id)
        head = self._head("ship", lot_id, *containers)
        return [ShipKitLot(**head, container_ids=tuple(containers), expected_at=expected_ms)]

    def receive(self, lot_id: str, containers: Sequence[str] = ()) -> list[Command]:
        """A lot, or some of its containers, came."""
        self._lot(lot_id)
        self._containers(lot_id, containers)
        head = self._head("receive", lot_id, *containers)
        return [ReceiveKitLot(**head, container_ids=tuple(containers))]

    def bond(
        self, lot_id: str, declaration: str, bond_until: str, containers: Sequence[str] = ()
    ) -> list[Command]:
        """What came went into bond, until the end of a day."""
        self._lot(lot_id)
        self._containers(lot_id, containers)
        self._refuse_past(bond_until)
        head = self._head("bond", lot_id, declaration, *containers)
        return [
            BondKitLot(
                **head, declaration=declaration, bond_until=bond_until, container_ids=tuple(containers)
            )
        ]

    def clear(
        self,
        lot_id: str,
        declaration: str | None = None,
        cost_cents: int | None = None,
        containers: Sequence[str] = (),
    ) -> list[Command]:
        """Customs let go what came."""
        self._lot(lot_id)
        self._containers(lot_id, containers)
        return [
            ClearKitLot(
                **self._head("clear", lot_id, declaration or "", *containers),
                declaration=declaration,
                container_ids=tuple(containers),
                value_cents=cost_cents,
                currency=None if cost_cents is None else self.plant.currency,
            )
        ]

    def _containers(self, lot_id: str, containers: Sequence[str]) -> None:
        known = {case.container_id for case in self.book.cases_of(lot_id)} - {None}
        step = f"its packing list has {', '.join(sorted(map(str, known)))}"
        odd = [name for name in containers if known and name not in known]
        if odd:
            raise BadInput(
                Fault("CONTAINER", None, None, name, f"is not of lot {lot_id}", step) for name in odd
            )

    # Cases

    def open_cases(self, case_ids: Sequence[str]) -> list[Command]:
        """Cases were opened; pieces are on hand as the packing list says until something else is found."""
        unknown = [name for name in case_ids if name not in self.book.cases]
        if unknown:
            raise BadInput(self.unknown("CASE", name, self.book.cases).faults[0] for name in unknown)
        cases = [self._case(case_id) for case_id in dict.fromkeys(case_ids)]
        self._refuse_uncleared(cases)
        return [OpenCase(**self._head("open", case.case_id), kit_lot_id=case.kit_lot_id) for case in cases]

    def open_lot(self, lot_id: str) -> list[Command]:
        """All closed cases of a lot were opened; without a packing list its supply list stands for one."""
        lot = self._lot(lot_id)
        cases = self.book.cases_of(lot_id)
        if cases:
            closed = [
                case
                for case in cases
                if case.opened_at is None or self._told(self._head("open", case.case_id))
            ]
            if not closed:
                raise BadInput(
                    [Fault("LOT", None, None, lot_id, "has no closed case", "nothing is left to do")]
                )
            here = [case.case_id for case in closed if lot.status_of(case.container_id) == "cleared"]
            return self.open_cases(here or [case.case_id for case in closed])
        if lot.status != "cleared":
            step = "receive and clear it first"
            raise BadInput([Fault("LOT", None, None, lot_id, f"is {WHERE[lot.status]}", step)])
        packed = self._pack_by_supply_list(lot)
        opened = OpenCase(**self._head("open", extended_id(lot_id, ALL)), kit_lot_id=lot_id)
        return [*packed, opened]

    def _refuse_uncleared(self, cases: Sequence[CaseBook]) -> None:
        """Cases are opened when customs let their container go, so that what is on hand may be used."""
        faults = []
        for case in cases:
            status = self.book.lot(case.kit_lot_id).status_of(case.container_id)
            if status != "cleared":
                box = f" (container {case.container_id})" if case.container_id else ""
                problem = f"of lot {case.kit_lot_id}{box} is {WHERE[status]}"
                faults.append(Fault("CASE", None, None, case.case_id, problem, "receive and clear it first"))
        if faults:
            raise BadInput(faults)

    def _pack_by_supply_list(self, lot: LotBook) -> list[Command]:
        begun = (unit.kit_no or 0 for unit in self.book.units.values() if unit.kit_lot_id == lot.kit_lot_id)
        kit_nos = open_kits(lot.n_kits, lot.n_used, begun)
        needs = needs_of(self.plant, self.book)
        content = needs.lot_content(lot.kit_lot_id, lot.variant_id or "", kit_nos, day_of(self.at_ms))
        return pack_case(
            self._head("pack", extended_id(lot.kit_lot_id, ALL)),
            kit_lot_id=lot.kit_lot_id,
            revision=1,
            lines=[(part_id, None, n_parts) for part_id, n_parts in sorted(content.items())],
        )

    def count(self, case_id: str, counts: Mapping[str, int], is_blind: bool = False) -> list[Command]:
        """Parts of an opened case were counted; what differs from the packing list is found with it.

        Fewer pieces are a discrepancy M (none there) or S (some there), more are a surplus. What was
        found in the case before is taken into account, so a second count finds only what is new. The count
        is of all that the case brought: pieces that were issued since belong to it.
        """
        case = self._case(case_id)
        if not counts:
            raise BadInput([Fault("COUNT", None, None, None, "names no part", "write PART=PIECES")])
        self._parts(counts)
        self._not_issued(case, counts)
        commands: list[Command] = []
        for parts in _chunks(sorted(counts.items())):
            commands.append(
                CountCase(
                    **self._head("count", case_id, *(f"{part}={n}" for part, n in parts)),
                    kit_lot_id=case.kit_lot_id,
                    part_ids=tuple(part for part, _ in parts),
                    n_each=tuple(n for _, n in parts),
                    is_blind=is_blind,
                    person_id=self.person_id,
                )
            )
        for part_id, n_counted in sorted(counts.items()):
            commands += self._difference(case, part_id, n_counted)
        return commands

    def _not_issued(self, case: CaseBook, counts: Mapping[str, int]) -> None:
        """Refuse counts by which pieces are missing that are known to have gone to the line or away."""
        faults = []
        for part_id, n_counted in counts.items():
            n_parts, there = case.held[part_id] - n_counted, self._on_hand((case.kit_lot_id, part_id))
            if case.opened_at is not None and n_parts > max(0, there):
                unit, shown = self._unit(part_id), written(n_counted, self._unit(part_id))
                away = written(n_parts - max(0, there), unit)
                problem = f"leaves out {away} of {part_id} that went to the line or away since"
                step = "count all that the case brought, with what was issued from it"
                faults.append(Fault("COUNT", None, None, f"{part_id}={shown}", problem, step))
        if faults:
            raise BadInput(faults)

    def _difference(self, case: CaseBook, part_id: str, n_counted: int) -> list[Command]:
        n_parts = case.held[part_id] - n_counted
        head = self._head("count-find", case.case_id, part_id, n_counted)
        head["subject_id"] = case.kit_lot_id
        if n_parts < 0:
            return [
                FindSurplus(
                    **head, part_id=part_id, n_parts=-n_parts, case_id=case.case_id, person_id=self.person_id
                )
            ]
        if n_parts == 0:
            return []
        code = ClaimCode.TOTAL_MISS if n_counted == 0 else ClaimCode.PARTIAL_MISS
        return [
            FindDiscrepancy(
                **head,
                part_id=part_id,
                claim_code=code,
                n_parts=n_parts,
                case_id=case.case_id,
                person_id=self.person_id,
            )
        ]

    # Discrepancies

    def find(
        self,
        lot_id: str,
        part_id: str,
        code: str,
        n_parts: int,
        case_id: str | None = None,
        unit_id: str | None = None,
        in_assembly: bool = False,
        found_part_id: str | None = None,
        photo: str | None = None,
    ) -> list[Command]:
        """A part was found missing, wrong or bad, in store or at the line."""
        self._lot(lot_id)
        self._parts([part_id, *([found_part_id] if found_part_id else [])])
        if case_id is not None and self._case(case_id).kit_lot_id != lot_id:
            raise BadInput([Fault("--case", None, None, case_id, f"is not of lot {lot_id}", "mend one")])
        if code not in {each.value for each in ClaimCode}:
            codes = "; ".join(f"{each.value} {each.meaning}" for each in ClaimCode)
            raise BadInput([Fault("CODE", None, None, code, "is no claim code", f"write one of: {codes}")])
        head = self._head("find", lot_id, part_id, code, n_parts, case_id or "", unit_id or "")
        if not self._told(head):
            self._there(lot_id, part_id, n_parts, case_id, unit_id)
        return [
            FindDiscrepancy(
                **head,
                part_id=part_id,
                claim_code=ClaimCode.read(code),
                n_parts=n_parts,
                case_id=case_id,
                in_assembly=in_assembly,
                found_part_id=found_part_id,
                unit_id=unit_id,
                photo=photo,
                person_id=self.person_id,
            )
        ]

    def _there(
        self, lot_id: str, part_id: str, n_parts: int, case_id: str | None, unit_id: str | None
    ) -> None:
        """Refuse more pieces than were given to the unit, or are in the case or store."""
        if unit_id is None:
            self._enough((lot_id, part_id), n_parts, "PIECES", case_id)
            return
        if unit_id not in self.book.units:
            raise self.unknown("--unit", unit_id, self.book.units)
        unit = self.book.units[unit_id]
        n_there = unit.issued[lot_id, part_id] + unit.fitted[lot_id, part_id]
        if n_parts > n_there:
            known = written(n_there, self._unit(part_id))
            problem = f"is more than the {known} of {part_id} of lot {lot_id} that {unit_id} was given"
            raise BadInput(
                [Fault("PIECES", None, None, written(n_parts, self._unit(part_id)), problem, "count again")]
            )

    def dispose(self, discrepancy_id: str, disposition: str, n_parts: int | None = None) -> list[Command]:
        """It was settled what becomes of bad pieces; by default of all that are left."""
        found = self.discrepancy(discrepancy_id)
        choices = [each.value for each in Disposition]
        if disposition not in choices:
            step = f"write one of {', '.join(choices)}"
            raise BadInput([Fault("DISPOSITION", None, None, disposition, "is no disposition", step)])
        left = found.n_parts - found.n_disposed
        head = self._head("dispose", found.discrepancy_id, disposition, n_parts or "all")
        head["subject_id"] = found.kit_lot_id
        return [
            DisposeOfPart(
                **head,
                discrepancy_id=found.discrepancy_id,
                part_id=found.part_id,
                n_parts=max(left, 1) if n_parts is None else n_parts,
                disposition=Disposition.read(disposition),
            )
        ]

    # To the line

    def issue(self, unit_id: str, part_ids: Sequence[str] = ()) -> list[Command]:
        """Hand a unit what is there of its kit: its own lot's pieces first, then loose ones.

        Parameters
        ----------
        unit_id : str
            A unit, or the name of a kit that is not begun: LOT.NUMBER.
        part_ids : sequence of str
            Only these parts; by default all it lacks.
        """
        self._parts(part_ids)
        lot_id = self._kit_of(unit_id)[0]
        own: Counter[str] = Counter()
        loose: Counter[str] = Counter()
        for entry, n_lacking in self._lacks(unit_id):
            if part_ids and entry.part_id not in part_ids:
                continue
            for pool, key in ((own, (lot_id, entry.part_id)), (loose, (None, entry.part_id))):
                n_parts = min(n_lacking, max(0, self._on_hand(key) - pool[entry.part_id]))
                pool[entry.part_id] += n_parts
                n_lacking -= n_parts
        root = self._head("issue", unit_id, *part_ids)
        commands = self._issued(IssueKit, lot_id or "", unit_id, +own, root)
        commands += self._issued(IssueLooseParts, self.plant.plant_id, unit_id, +loose, root)
        if not commands and not any(cause.startswith(root["command_id"]) for cause in self.known):
            step = f"`knockdown kit {self.plant.plant_id} ready` says what is missing"
            raise BadInput([Fault("UNIT", None, None, unit_id, "lacks nothing that is on hand", step)])
        return commands

    def _lacks(self, unit_id: str) -> Iterator[tuple[BomEntry, int]]:
        lot_id, variant_id, kit_no = self._kit_of(unit_id)
        unit = self.book.units.get(unit_id, UnitBook(unit_id, kit_lot_id=lot_id))
        entries = needs_of(self.plant, self.book).kit(variant_id, lot_id, kit_no, day_of(self.at_ms))
        return still_needed(self.plant, unit, entries)

    def _issued(
        self,
        kind: type[IssueKit] | type[IssueLooseParts],
        subject: str,
        unit_id: str,
        pieces: Mapping[str, int],
        root: Mapping[str, Any],
    ) -> list[Command]:
        commands: list[Command] = []
        for parts in _chunks(sorted(pieces.items())):
            content = digest_id("is", subject, *(f"{part}={n}" for part, n in parts))[3:11]
            head = {**root, "command_id": f"{root['command_id']}-{content}", "subject_id": subject}
            part_ids, n_each = tuple(part for part, _ in parts), tuple(n for _, n in parts)
            commands.append(kind(**head, unit_id=unit_id, part_ids=part_ids, n_each=n_each))
        return commands

    def _kit_of(self, unit_id: str) -> tuple[str | None, str, int | None]:
        """Lot, variant and kit number of a unit, or of a kit that is not begun."""
        known = self.book.units.get(unit_id)
        if known is not None and known.variant_id in self.plant.variants:
            return known.kit_lot_id, known.variant_id or "", known.kit_no
        lot_id, _, number = unit_id.rpartition(".")
        lot = self.book.lots.get(lot_id)
        kit_no = int(number) if number.isdecimal() and number.isascii() else 0
        is_kit = lot is not None and 1 <= kit_no <= lot.n_kits and unit_name(lot_id, kit_no) == unit_id
        if lot is not None and is_kit and lot.variant_id in self.plant.variants:
            return lot_id, lot.variant_id or "", kit_no
        raise self.unknown("UNIT", unit_id, [*self.book.units, *self.book.lots])

    # Borrowing

    def borrow(
        self, lender: str, taker: str, part_id: str, n_parts: int, unit_id: str | None = None
    ) -> list[Command]:
        """A lot takes pieces of another, and owes them."""
        self._lot(lender)
        self._lot(taker)
        self._parts([part_id])
        if unit_id is not None:
            self._refuse_stranger(unit_id, self._kit_of(unit_id)[0], taker)
        head = self._head("borrow", lender, taker, part_id, n_parts, unit_id or "")
        if not self._told(head):
            self._enough((lender, part_id), n_parts, "PIECES", None)
        borrow_id = digest_id("bo", head["command_id"])[:14]
        return [
            BorrowPart(
                **head,
                borrow_id=borrow_id,
                part_id=part_id,
                n_parts=n_parts,
                to_kit_lot_id=taker,
                to_unit_id=unit_id,
            )
        ]

    def pay_back(self, borrow_id: str, n_parts: int | None = None, from_loose: bool = False) -> list[Command]:
        """Pieces that are owed go back, from the lot that owes them or from loose stock."""
        borrow = self.borrow_of(borrow_id)
        n_back = (borrow.n_owed or 1) if n_parts is None else n_parts
        head = self._head("pay-back", borrow_id, n_parts or "all", from_loose)
        head["subject_id"] = borrow.from_kit_lot_id
        if not self._told(head):
            if borrow.n_owed == 0:
                step = "nothing is left to do"
                raise BadInput([Fault("BORROW", None, None, borrow_id, "is paid back", step)])
            payer = None if from_loose else borrow.to_kit_lot_id
            self._enough((payer, borrow.part_id), n_back, "PIECES", None)
        return [
            PayBackBorrow(
                **head, borrow_id=borrow_id, part_id=borrow.part_id, n_parts=n_back, from_loose=from_loose
            )
        ]

    def return_packaging(self, partner_id: str, packaging: str, n_pieces: int) -> list[Command]:
        """Empty crates or frames went back to a partner."""
        if partner_id not in self.plant.partners:
            raise self.unknown("PARTNER", partner_id, self.plant.partners)
        choices = [each.value for each in Packaging]
        if packaging not in choices:
            step = f"write one of {', '.join(choices)}"
            raise BadInput([Fault("PACKAGING", None, None, packaging, "is no packaging", step)])
        head = self._head("return", partner_id, packaging, n_pieces)
        head["subject_id"] = self.plant.plant_id
        return [
            ReturnPackaging(
                **head, partner_id=partner_id, packaging=Packaging.read(packaging), n_pieces=n_pieces
            )
        ]


def pack_case(
    head: Mapping[str, Any],
    *,
    kit_lot_id: str,
    revision: int,
    lines: Sequence[tuple[str, str | None, int]],
    **more: Any,
) -> list[Command]:
    """Commands that say what a case holds: (part, box, pieces) a line, in pages that fit an event.

    Parameters
    ----------
    head : mapping
        command_id, subject_id (the case) and at_ms.
    more
        container_id, shipment_id, packaging, mass_g, paper_id.
    """
    pages = _chunks(lines) or [()]
    commands: list[Command] = []
    for page_no, page in enumerate(pages, start=1):
        boxes = tuple(box or "-" for _, box, _ in page) if any(box for _, box, _ in page) else ()
        commands.append(
            PackCase(
                command_id=f"{head['command_id']}-{page_no}",
                subject_id=str(head["subject_id"]),
                at_ms=head["at_ms"],
                kit_lot_id=kit_lot_id,
                revision=revision,
                part_ids=tuple(part_id for part_id, _, _ in page),
                n_each=tuple(n_parts for _, _, n_parts in page),
                box_ids=boxes,
                page_no=page_no,
                n_pages=len(pages),
                **more,
            )
        )
    return commands


def _chunks(lines: Sequence[Any], most: int = MAX_IDS // 2) -> list[Any]:
    """Pages of an event; half the most ids, so that long ids with boxes fit a line of a file."""
    return [lines[first : first + most] for first in range(0, len(lines), most)]
