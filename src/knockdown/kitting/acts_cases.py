"""What people do with cases, as commands: open them, count what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import extended_id
from knockdown.events.codes import ClaimCode
from knockdown.events.commands import (
    Command,
    CountCase,
    FindDiscrepancy,
    FindSurplus,
    OpenCase,
    PackCase,
    VoidEntry,
)
from knockdown.events.happening import MAX_IDS
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.book import CaseBook, LotBook
from knockdown.kitting.kit_needs import open_kits
from knockdown.kitting.moments import day_of
from knockdown.kitting.opening import ALL
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.terms import MEASURED, PER_UNIT, written

WHERE = {
    "ordered": "ordered and not shipped",
    "transit": "on its way",
    "customs": "in customs",
    "bonded": "in bond",
    "cleared": "cleared",
}
MOST_TIMES, MOST_MORE = 2, 10  # a count beyond both is taken for a slip of the pen, unless it is confirmed


class CaseActs(Checks):
    """Acts on cases; fields as in `acts.Acts`."""

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

    def count(
        self,
        case_id: str,
        counts: Mapping[str, int],
        is_blind: bool = False,
        is_surplus: bool = False,
    ) -> list[Command]:
        """Parts of an opened case were counted; what differs from the packing list is found with it.

        Fewer pieces are a discrepancy M (none there) or S (some there), more are a surplus. What was
        found in the case before is taken into account: a second count finds what is new, and takes back
        what an earlier one found wrongly, unless it is claimed. The count is of all that the case brought:
        pieces that were issued since belong to it. A count far above the list is refused, unless
        `is_surplus` says that so many are really there.
        """
        case = self._case(case_id)
        if not counts:
            raise BadInput([Fault("COUNT", None, None, None, "names no part", "write PART=PIECES")])
        self._parts(counts)
        faults = [*self._not_issued(case, counts), *(() if is_surplus else self._absurd(case, counts))]
        if faults:
            raise BadInput(faults)
        commands: list[Command] = []
        is_told = True
        for parts in chunks(sorted(counts.items())):
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
            is_told = is_told and commands[-1].command_id in self.known
        for part_id, n_counted in () if is_told else sorted(counts.items()):
            undone, n_back = self._taken_back(case, part_id, n_counted)
            commands += [*undone, *self._difference(case, part_id, n_counted, n_back)]
        return commands

    def _taken_back(self, case: CaseBook, part_id: str, n_counted: int) -> tuple[list[Command], int]:
        """Entries of earlier counts that this one shows to be wrong, newest first, and pieces they undo."""
        entries = self.book.differences.get((case.case_id, part_id), {})
        left = n_counted - case.held[part_id]
        undone: list[Command] = []
        n_back = 0
        for entry_id, n_more in reversed(entries.items()):
            if n_more * (left - n_back) < 0:
                n_back -= n_more
                head = self._head("count-undo", case.kit_lot_id, entry_id)
                reason = f"case {case.case_id} was counted again"
                undone.append(
                    VoidEntry(**head, subject_type="kit_lot", voided_event_id=entry_id, reason=reason)
                )
        return undone, n_back

    def _not_issued(self, case: CaseBook, counts: Mapping[str, int]) -> Iterator[Fault]:
        """Counts by which pieces are missing that are known to have gone to the line or away."""
        for part_id, n_counted in counts.items():
            n_parts, there = case.held[part_id] - n_counted, self._on_hand((case.kit_lot_id, part_id))
            if case.opened_at is not None and n_parts > max(0, there):
                unit, shown = self._unit(part_id), written(n_counted, self._unit(part_id))
                away = written(n_parts - max(0, there), unit)
                problem = f"leaves out {away} of {part_id} that went to the line or away since"
                step = "count all that the case brought, with what was issued from it"
                yield Fault("COUNT", None, None, f"{part_id}={shown}", problem, step)

    def _absurd(self, case: CaseBook, counts: Mapping[str, int]) -> Iterator[Fault]:
        """Counts so far above what the case should hold that they are slips of the pen."""
        packed: Counter[str] = Counter()
        for part_id, _, n_parts in case.lines:
            packed[part_id] += n_parts
        for part_id, n_counted in counts.items():
            unit = self._unit(part_id)
            known = max(packed[part_id], case.held[part_id])
            more = MOST_MORE * (PER_UNIT if unit in MEASURED else 1)
            if n_counted > max(MOST_TIMES * known, known + more):
                listed = written(packed[part_id], unit)
                problem = f"is far more than the {listed} of {part_id} packed in case {case.case_id}"
                step = "count again; if so many are really there, add --surplus"
                shown = f"{part_id}={written(n_counted, unit)}"
                yield Fault("COUNT", None, None, shown, problem, step)

    def _difference(self, case: CaseBook, part_id: str, n_counted: int, n_back: int) -> list[Command]:
        n_parts = case.held[part_id] + n_back - n_counted
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
    pages = chunks(lines) or [()]
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


def chunks(lines: Sequence[Any], most: int = MAX_IDS // 2) -> list[Any]:
    """Pages of an event; half the most ids, so that long ids with boxes fit a line of a file."""
    return [lines[first : first + most] for first in range(0, len(lines), most)]
