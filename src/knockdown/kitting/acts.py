"""What people do with kits, as commands: receive, clear, open, count, find, dispose, issue, borrow, claim.

An act is checked here against the kit book (is there so much on hand?) and later by the law of life
(may this follow?). The same act told twice has the same ids, so it is recorded once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_id
from knockdown.events.codes import ClaimCode, Disposition
from knockdown.events.commands import (
    BorrowPart,
    Command,
    DisposeOfPart,
    FindDiscrepancy,
    IssueKit,
    IssueLooseParts,
    PayBackBorrow,
)
from knockdown.kitting.acts_cases import CaseActs, chunks
from knockdown.kitting.acts_cases import pack_case as pack_case
from knockdown.kitting.acts_way import WayActs
from knockdown.kitting.book import Found, UnitBook
from knockdown.kitting.kit_needs import open_kits
from knockdown.kitting.moments import day_of
from knockdown.kitting.outlook import needs_of, still_needed, unit_name
from knockdown.kitting.terms import BomEntry, written


class Acts(WayActs, CaseActs):
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
        code = _claim_code(code)
        self._refuse_instead(part_id, code, found_part_id)
        more = {"in-assembly": in_assembly, "instead": found_part_id, "photo": photo}
        told = [f"{name}:{value}" for name, value in more.items() if value]
        head = self._head("find", lot_id, part_id, code, n_parts, case_id or "", unit_id or "", *told)
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

    def _refuse_instead(self, part_id: str, code: str, found_part_id: str | None) -> None:
        """Only for a wrong part another was there, and that is not the part itself."""
        if found_part_id is None:
            return
        if code != ClaimCode.WRONG.value:
            step = f"leave it out, or write {ClaimCode.WRONG.value} for the code"
            problem = f"does not go with code {code}: it says what was there for a wrong part"
            raise BadInput([Fault("--instead", None, None, found_part_id, problem, step)])
        if found_part_id == part_id:
            step = "name the part that was there for it"
            raise BadInput([Fault("--instead", None, None, found_part_id, "is the very part", step)])

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
        if not self._told(head):
            self._refuse_disposal(found, left, n_parts)
        return [
            DisposeOfPart(
                **head,
                discrepancy_id=found.discrepancy_id,
                part_id=found.part_id,
                n_parts=max(left, 1) if n_parts is None else n_parts,
                disposition=Disposition.read(disposition),
            )
        ]

    def _refuse_disposal(self, found: Found, left: int, n_parts: int | None) -> None:
        """Pieces that are here and bad are disposed of, and each once."""
        name, unit = found.discrepancy_id, self._unit(found.part_id)
        if not ClaimCode.read(found.code).is_here:
            step = "only pieces that are here and bad are disposed of: a claim asks for those that are not"
            problem = f"is of {found.part_id} that is not here (code {found.code})"
            raise BadInput([Fault("DISCREPANCY", None, None, name, problem, step)])
        if left == 0:
            step = "nothing is left to do"
            raise BadInput([Fault("DISCREPANCY", None, None, name, "is disposed of already", step)])
        if n_parts is not None and n_parts > left:
            problem = f"is more than the {written(left, unit)} of {found.part_id} that are left of it"
            step = "write fewer, or leave out --pieces for all that are left"
            raise BadInput([Fault("--pieces", None, None, written(n_parts, unit), problem, step)])

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
            step = f"`{self.plant.command('ready', '--all')}` says what is missing"
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
        for parts in chunks(sorted(pieces.items())):
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
        if unit_id in self.book.lots:
            first = next((name for name in self._kits_of(unit_id)), unit_name(unit_id, 1))
            step = f"name a vehicle, or a kit of the lot such as {first}"
            raise BadInput([Fault("UNIT", None, None, unit_id, "is a kit lot, not a vehicle", step)])
        kits = (name for lot_id in self.book.lots for name in self._kits_of(lot_id))
        raise self.unknown("UNIT", unit_id, list(dict.fromkeys([*self.book.units, *kits])))

    def _kits_of(self, lot_id: str) -> Iterator[str]:
        """Names of a lot's kits that are not begun."""
        lot = self.book.lots[lot_id]
        named = {unit.kit_no for unit in self.book.units.values() if unit.kit_lot_id == lot_id}
        for kit_no in open_kits(lot.n_kits, lot.n_used, (number for number in named if number)):
            if kit_no not in named:
                yield unit_name(lot_id, kit_no)

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
            self._needed(unit_id, part_id, n_parts)
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

    def _needed(self, unit_id: str | None, part_id: str, n_parts: int) -> None:
        """Refuse more for a unit than it still lacks."""
        if unit_id is None:
            return
        n_lacking = sum(n for entry, n in self._lacks(unit_id) if entry.part_id == part_id)
        if n_parts > n_lacking:
            unit = self._unit(part_id)
            needs = f"needs {written(n_lacking, unit)} more" if n_lacking else "needs none, or has them all"
            problem = f"is too much: of {part_id} {unit_id} {needs}"
            step = "borrow what it needs, or leave out --unit to borrow for the lot"
            raise BadInput([Fault("PIECES", None, None, written(n_parts, unit), problem, step)])

    def pay_back(self, borrow_id: str, n_parts: int | None = None, from_loose: bool = False) -> list[Command]:
        """Pieces that are owed go back, from the lot that owes them or from loose stock."""
        borrow = self.borrow_of(borrow_id)
        borrow_id = borrow.borrow_id
        n_back = (borrow.n_owed or 1) if n_parts is None else n_parts
        head = self._head("pay-back", borrow_id, n_parts or "all", from_loose)
        head["subject_id"] = borrow.from_kit_lot_id
        if not self._told(head):
            if borrow.n_owed == 0:
                step = "nothing is left to do"
                raise BadInput([Fault("BORROW", None, None, borrow_id, "is paid back", step)])
            if n_back > borrow.n_owed:
                unit = self._unit(borrow.part_id)
                problem = f"is more than the {written(borrow.n_owed, unit)} of {borrow.part_id} still owed"
                step = "write fewer, or leave out --pieces for all that are owed"
                raise BadInput([Fault("--pieces", None, None, written(n_back, unit), problem, step)])
            payer = None if from_loose else borrow.to_kit_lot_id
            self._enough((payer, borrow.part_id), n_back, "PIECES", None)
        return [
            PayBackBorrow(
                **head, borrow_id=borrow_id, part_id=borrow.part_id, n_parts=n_back, from_loose=from_loose
            )
        ]


def _claim_code(text: str) -> str:
    """A claim code as partners write it, whatever case it was typed in."""
    code = text.strip().upper()
    if code not in {each.value for each in ClaimCode}:
        codes = "; ".join(f"{each.value} {each.meaning}" for each in ClaimCode)
        raise BadInput([Fault("CODE", None, None, text, "is no claim code", f"write one of: {codes}")])
    return code
