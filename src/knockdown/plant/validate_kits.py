"""What no single row of cases, units, shortages and change notes can know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from knockdown.basics.faults import Fault

Rows = Mapping[str, list[Any]]
PACKAGING = ("crate", "steel_frame", "pallet", "carton", "loose")


def kit_faults(rows: Rows) -> Iterator[Fault]:
    """Faults of the opening kits that need more than one row, or more than one cell."""
    lots = {located.row.id: located.row for located in rows["kit_lots"]}
    yield from _cases(rows, lots)
    yield from _units(rows, lots)
    yield from _closed_kits(rows, lots)
    yield from _shortages(rows)
    yield from _notes(rows, lots)
    yield from _returns(rows)


def _fault(located: Any, column: str, problem: str, next_step: str) -> Fault:
    value = getattr(located.row, column)
    return Fault(
        located.file, located.number, column, None if value in (None, "") else str(value), problem, next_step
    )


def _cases(rows: Rows, lots: Mapping[str, Any]) -> Iterator[Fault]:
    groups = {located.row.group for located in rows["parts"]}
    rest: dict[str, int] = {}
    for located in rows["cases"]:
        case = located.row
        lot = lots.get(case.kit_lot)
        if case.opened_on is not None and lot is not None and lot.status != "cleared":
            yield _fault(
                located,
                "opened_on",
                f"is set, but lot {lot.id} is {lot.status}",
                "clear the lot or leave it empty",
            )
        for group in case.groups:
            if group not in groups:
                yield Fault(
                    located.file,
                    located.number,
                    "groups",
                    group,
                    "is no group of parts",
                    "write a group of parts",
                )
        if not case.groups:
            if case.kit_lot in rest:
                problem = f"is empty, as in row {rest[case.kit_lot]} of the same lot"
                yield _fault(located, "groups", problem, "one case of a lot may hold all the rest")
            rest.setdefault(case.kit_lot, located.number)


def _units(rows: Rows, lots: Mapping[str, Any]) -> Iterator[Fault]:
    seen: dict[tuple[str, int], int] = {}
    begun: dict[str, int] = {}
    for located in rows["units"]:
        unit = located.row
        key = (unit.kit_lot, unit.kit_no)
        lot = lots.get(unit.kit_lot)
        if key in seen:
            yield _fault(located, "kit_no", f"is taken by row {seen[key]}", "give each unit its own kit")
        seen.setdefault(key, located.number)
        if lot is not None and unit.kit_no > lot.kits:
            yield _fault(located, "kit_no", f"is beyond the lot's {lot.kits} kits", "mend it")
        if unit.state == "in_work" and unit.station is None:
            yield _fault(located, "station", "is missing for a unit in work", "write where it is")
        if unit.state != "planned":
            begun[unit.kit_lot] = begun.get(unit.kit_lot, 0) + 1
            if lot is not None and lot.status != "cleared":
                yield _fault(located, "state", f"is {unit.state}, but its lot is {lot.status}", "mend one")
            elif lot is not None and begun[lot.id] > lot.kits - lot.kits_left:
                problem = (
                    f"is begun: more units than the {lot.kits - lot.kits_left} kits used of lot {lot.id}"
                )
                yield _fault(located, "state", problem, "kits_left counts kits that are not begun")
        if unit.state == "planned" and unit.missing:
            yield _fault(located, "missing", "is set for a unit not begun", "tell it in shortages")


def _closed_kits(rows: Rows, lots: Mapping[str, Any]) -> Iterator[Fault]:
    """Begun units with parts that lie in a case not opened: more would have gone to them than came out."""
    groups_of = _Groups(rows)
    for located in rows["units"]:
        unit, lot = located.row, lots.get(located.row.kit_lot)
        if unit.state == "planned" or lot is None:
            continue
        needed = groups_of.kit(lot, unit.missing)
        for case, groups in groups_of.closed(lot.id).items():
            inside = sorted(needed & groups)
            if inside:
                names = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
                problem = f"needs what is not out yet: {names} of its kit are in case {case}, not opened"
                step = f"fill opened_on of {case} in cases, or write the parts it lacks in missing"
                yield _fault(located, "state", problem, step)


class _Groups:
    """Groups of parts: of kits, and in closed cases."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.parts = {located.row.id: located.row for located in rows["parts"]}
        self.family = {located.row.id: located.row.family for located in rows["models"]}
        self.model = {located.row.id: located.row.model for located in rows["variants"]}

    def kit(self, lot: Any, missing: Iterable[str]) -> set[str]:
        """Groups of the parts that a kit of a lot brings, but for those that are missing."""
        model = self.model.get(lot.variant, "")
        products = {lot.variant, model, self.family.get(model)}
        found = set()
        for line in (located.row for located in self.rows["bom"]):
            part = self.parts.get(line.part)
            if part is None or line.product not in products or line.part in missing:
                continue
            if (line.supply_mode or part.supply_mode) == "lot" and line.holds_on(lot.as_of):
                found.add(part.group)
        return found

    def closed(self, lot_id: str) -> dict[str, set[str]]:
        """Closed cases of a lot with the groups in them; one case has all that the others do not name."""
        cases = [located.row for located in self.rows["cases"] if located.row.kit_lot == lot_id]
        home = {group: case.id for case in cases for group in case.groups}
        rest = next((case.id for case in cases if not case.groups), cases[0].id if cases else "")
        others = {part.group for part in self.parts.values()} - home.keys()
        return {
            case.id: {group for group, name in home.items() if name == case.id}
            | (others if case.id == rest else set())
            for case in cases
            if case.opened_on is None
        }


def _shortages(rows: Rows) -> Iterator[Fault]:
    lot_of = {located.row.id: located.row.kit_lot for located in rows["cases"]}
    for located in rows["shortages"]:
        short = located.row
        if short.case is not None and lot_of.get(short.case, short.kit_lot) != short.kit_lot:
            yield _fault(
                located, "case", f"is of lot {lot_of[short.case]}, not of {short.kit_lot}", "mend one"
            )
        if (short.claim is None) != (short.claim_state == ""):
            yield _fault(
                located, "claim_state", "does not go with the claim", "fill both, or leave both empty"
            )
        if short.expected_on is not None and short.claim_state != "accepted":
            yield _fault(
                located, "expected_on", "is set for a claim not accepted", "only an accepted claim promises"
            )


def _notes(rows: Rows, lots: Mapping[str, Any]) -> Iterator[Fault]:
    for located in rows["change_notes"]:
        note = located.row
        if note.old_part is None and note.new_part is None:
            yield _fault(located, "old_part", "is empty, as is new_part", "name at least one of them")
        for column in ("last_old", "first_new"):
            problem = _no_moment(note.basis, getattr(note, column), lots)
            if problem is not None:
                yield _fault(
                    located, column, problem, f"write {_FORMS[note.basis]}, as the change note says it"
                )


_FORMS = {"date": "a day such as 2026-01-31", "kit_lot": "a kit lot", "unit": "LOT:KIT_NO"}


def _no_moment(basis: str, text: str, lots: Mapping[str, Any]) -> str | None:
    """Why a text is no moment of a note; None when it is one, or empty."""
    if text == "":
        return None
    if basis == "date":
        try:
            date.fromisoformat(text)
        except ValueError:
            return "is not a day"
        return None
    lot, colon, number = text.partition(":")
    if lot not in lots:
        return "names no kit lot"
    if basis == "unit" and not (colon and number.isdecimal() and number.isascii()):
        return "names no kit of the lot"
    return "is more than a kit lot" if basis == "kit_lot" and colon else None


def _returns(rows: Rows) -> Iterator[Fault]:
    for located in rows["contracts"]:
        for word in located.row.returns:
            if word not in PACKAGING:
                yield _fault(located, "returns", "is no packaging", f"write one of {', '.join(PACKAGING)}")
