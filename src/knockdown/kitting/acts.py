"""What people do with kits, as commands: receive, clear, open, count, find, dispose, issue, borrow, claim.

An act is checked here against the kit book (is there so much on hand?) and later by the law of life
(may this follow?). The same act told twice has the same ids, so it is recorded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_id
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
from knockdown.kitting.book import BorrowBook, CaseBook, Found, KitBook, LotBook
from knockdown.kitting.kit_needs import KitNeeds, open_kits
from knockdown.kitting.moments import day_of
from knockdown.kitting.outlook import unit_name
from knockdown.kitting.terms import KitPlant, written

ALL = ".all"


@dataclass
class Acts:
    """Acts on one plant's kits at one moment.

    Parameters
    ----------
    plant, book
        As they are now.
    at_ms : int
        When it happened, plant time.
    person_id : str, optional
        Who did it; a random id, never a name.
    """

    plant: KitPlant
    book: KitBook
    at_ms: int
    person_id: str | None = None

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
        for name in containers:
            if known and name not in known:
                step = f"its packing list has {', '.join(sorted(map(str, known)))}"
                raise BadInput([Fault("CONTAINER", None, None, name, f"is not of lot {lot_id}", step)])

    # Cases

    def open_cases(self, case_ids: Sequence[str]) -> list[Command]:
        """Cases were opened; pieces are on hand as the packing list says until something else is found."""
        cases = [self._case(case_id) for case_id in case_ids]
        return [OpenCase(**self._head("open", case.case_id), kit_lot_id=case.kit_lot_id) for case in cases]

    def open_lot(self, lot_id: str) -> list[Command]:
        """All closed cases of a lot were opened; without a packing list its supply list stands for one."""
        lot = self._lot(lot_id)
        cases = self.book.cases_of(lot_id)
        if cases:
            closed = [case.case_id for case in cases if case.opened_at is None]
            if not closed:
                raise BadInput(
                    [Fault("LOT", None, None, lot_id, "has no closed case", "nothing is left to do")]
                )
            return self.open_cases(closed)
        packed = self._pack_by_supply_list(lot)
        opened = OpenCase(**self._head("open", f"{lot_id}{ALL}"), kit_lot_id=lot_id)
        return [*packed, opened]

    def _pack_by_supply_list(self, lot: LotBook) -> list[Command]:
        begun = (unit.kit_no or 0 for unit in self.book.units.values() if unit.kit_lot_id == lot.kit_lot_id)
        kit_nos = open_kits(lot.n_kits, lot.n_used, begun)
        needs = KitNeeds(self.plant)
        content = needs.lot_content(lot.kit_lot_id, lot.variant_id or "", kit_nos, day_of(self.at_ms))
        return pack_case(
            self._head("pack", f"{lot.kit_lot_id}{ALL}"),
            kit_lot_id=lot.kit_lot_id,
            revision=1,
            lines=[(part_id, None, n_parts) for part_id, n_parts in sorted(content.items())],
        )

    def count(self, case_id: str, counts: Mapping[str, int], is_blind: bool = False) -> list[Command]:
        """Parts of an opened case were counted; what differs from the packing list is found with it.

        Fewer pieces are a discrepancy M (none there) or S (some there), more are a surplus. What was
        found in the case before is taken into account, so a second count finds only what is new.
        """
        case = self._case(case_id)
        if not counts:
            raise BadInput([Fault("COUNT", None, None, None, "names no part", "write PART=PIECES")])
        self._parts(counts)
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

    def _difference(self, case: CaseBook, part_id: str, n_counted: int) -> list[Command]:
        n_listed = case.held.get(part_id, 0)
        away = sum(
            found.n_parts
            for found in self.book.found.values()
            if found.case_id == case.case_id and found.part_id == part_id
        )
        n_before = case.counted.get(part_id, n_listed - away)
        n_parts = n_before - n_counted
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
        if unit_id is None:
            self._enough((lot_id, part_id), n_parts, "--pieces", case_id)
        return [
            FindDiscrepancy(
                **self._head("find", lot_id, part_id, code, n_parts, case_id or "", unit_id or ""),
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

    def dispose(self, discrepancy_id: str, disposition: str, n_parts: int | None = None) -> list[Command]:
        """It was settled what becomes of bad pieces; by default of all that are left."""
        found = self._found(discrepancy_id)
        choices = [each.value for each in Disposition]
        if disposition not in choices:
            step = f"write one of {', '.join(choices)}"
            raise BadInput([Fault("DISPOSITION", None, None, disposition, "is no disposition", step)])
        left = found.n_parts - found.n_disposed
        head = self._head("dispose", discrepancy_id, disposition, n_parts or left, found.n_disposed)
        head["subject_id"] = found.kit_lot_id
        return [
            DisposeOfPart(
                **head,
                discrepancy_id=discrepancy_id,
                part_id=found.part_id,
                n_parts=n_parts or max(left, 1),
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
        lot_id, variant_id, kit_no = self._kit_of(unit_id)
        known = self.book.units.get(unit_id)
        got = known.got() if known is not None else {}
        own: dict[str, int] = {}
        loose: dict[str, int] = {}
        for entry in KitNeeds(self.plant).kit(variant_id, lot_id, kit_no, day_of(self.at_ms)):
            lacks = entry.n_parts - min(entry.n_parts, got.get(entry.part_id, 0))
            if lacks <= 0 or (part_ids and entry.part_id not in part_ids):
                continue
            for pool, key in ((own, (lot_id, entry.part_id)), (loose, (None, entry.part_id))):
                cell = self.book.cells.get(key)
                n_parts = min(lacks, max(0, cell.on_hand - pool.get(entry.part_id, 0))) if cell else 0
                if n_parts:
                    pool[entry.part_id] = pool.get(entry.part_id, 0) + n_parts
                    lacks -= n_parts
        commands = self._issued(IssueKit, lot_id or "", unit_id, own)
        commands += self._issued(IssueLooseParts, self.plant.plant_id, unit_id, loose)
        if not commands:
            step = f"`knockdown kit {self.plant.plant_id} ready` says what is missing"
            raise BadInput([Fault("UNIT", None, None, unit_id, "lacks nothing that is on hand", step)])
        return commands

    def _issued(
        self,
        kind: type[IssueKit] | type[IssueLooseParts],
        subject: str,
        unit_id: str,
        pieces: Mapping[str, int],
    ) -> list[Command]:
        commands: list[Command] = []
        for parts in _chunks(sorted(pieces.items())):
            head = self._head("issue", unit_id, *(f"{part}={n}" for part, n in parts))
            head["subject_id"] = subject
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
        raise self._unknown("UNIT", unit_id, [*self.book.units, *self.book.lots])

    # Borrowing

    def borrow(
        self, lender: str, taker: str, part_id: str, n_parts: int, unit_id: str | None = None
    ) -> list[Command]:
        """A lot takes pieces of another, and owes them."""
        self._lot(lender)
        self._lot(taker)
        self._parts([part_id])
        self._enough((lender, part_id), n_parts, "--pieces", None)
        head = self._head("borrow", lender, taker, part_id, n_parts, unit_id or "")
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
        borrow = self._borrow(borrow_id)
        n_back = n_parts or borrow.n_owed
        if n_back == 0:
            raise BadInput([Fault("BORROW", None, None, borrow_id, "is paid back", "nothing is left to do")])
        payer = None if from_loose else borrow.to_kit_lot_id
        self._enough((payer, borrow.part_id), n_back, "--pieces", None)
        head = self._head("pay-back", borrow_id, n_back, borrow.n_paid)
        head["subject_id"] = borrow.from_kit_lot_id
        return [
            PayBackBorrow(
                **head, borrow_id=borrow_id, part_id=borrow.part_id, n_parts=n_back, from_loose=from_loose
            )
        ]

    def return_packaging(self, partner_id: str, packaging: str, n_pieces: int) -> list[Command]:
        """Empty crates or frames went back to a partner."""
        if partner_id not in self.plant.partners:
            raise self._unknown("PARTNER", partner_id, self.plant.partners)
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

    # Checks

    def _head(self, verb: str, subject_id: str, *told: object) -> dict[str, Any]:
        command_id = digest_id("kit", verb, subject_id, *(str(each) for each in told), self.at_ms)
        return {"command_id": command_id, "subject_id": subject_id, "at_ms": self.at_ms}

    def _lot(self, lot_id: str) -> LotBook:
        if lot_id not in self.book.lots:
            raise self._unknown("LOT", lot_id, self.book.lots)
        return self.book.lots[lot_id]

    def _case(self, case_id: str) -> CaseBook:
        if case_id not in self.book.cases:
            raise self._unknown("CASE", case_id, self.book.cases)
        return self.book.cases[case_id]

    def _found(self, discrepancy_id: str) -> Found:
        """A discrepancy by its id, or by the beginning of it if that is enough."""
        names = [name for name in self.book.found if name.startswith(discrepancy_id)]
        if len(names) != 1:
            raise self._unknown("DISCREPANCY", discrepancy_id, self.book.found)
        return self.book.found[names[0]]

    def _borrow(self, borrow_id: str) -> BorrowBook:
        if borrow_id not in self.book.borrows:
            raise self._unknown("BORROW", borrow_id, self.book.borrows)
        return self.book.borrows[borrow_id]

    def _parts(self, part_ids: Sequence[str] | Mapping[str, int]) -> None:
        unknown = [name for name in part_ids if name not in self.plant.parts and not self._is_packed(name)]
        if unknown:
            raise BadInput([self._unknown("PART", name, self.plant.parts).faults[0] for name in unknown])

    def _is_packed(self, part_id: str) -> bool:
        """Whether a packing list brought the part, though the plant's table lacks it."""
        return any(name == part_id for _, name in self.book.cells)

    def _enough(self, key: tuple[str | None, str], n_parts: int, where: str, case_id: str | None) -> None:
        cell = self.book.cells.get(key)
        case = self.book.cases.get(case_id or "")
        n_there = 0 if cell is None else cell.on_hand
        if case is not None and case.opened_at is None:
            n_there = case.held.get(key[1], 0)
        if n_parts > n_there:
            unit = self.plant.parts[key[1]].unit if key[1] in self.plant.parts else "pcs"
            whose = f"lot {key[0]}" if key[0] else "loose stock"
            problem = f"is more than the {written(max(0, n_there), unit)} of {key[1]} on hand in {whose}"
            step = "count again; open the case first if it is closed"
            raise BadInput([Fault(where, None, None, written(n_parts, unit), problem, step)])

    def _unknown(self, where: str, name: str, known: Mapping[str, object] | Sequence[str]) -> BadInput:
        near = get_close_matches(name, list(known), 3, 0.5)
        step = (
            f"perhaps {', '.join(near)}" if near else f"`knockdown kit {self.plant.plant_id} lots` lists them"
        )
        return BadInput([Fault(where, None, None, name, "is not known", step)])


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
