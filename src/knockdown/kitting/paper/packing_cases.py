"""Entries into cases of known parts, with every fault and every oddity noted on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from knockdown.basics.numbers import CellError
from knockdown.basics.sheets import Cell
from knockdown.kitting.paper.headings import Field, Unit, fold, read_unit
from knockdown.kitting.paper.layout import Mapping, as_text
from knockdown.kitting.paper.packing_faults import Notes
from knockdown.kitting.paper.packing_ids import Nearest, make_id, original_form, why_no_id, why_unseen
from knockdown.kitting.paper.packing_list import Known, KnownLot, NewPart, PackedLot
from knockdown.kitting.paper.packing_numbers import THOUSAND, read_grams, read_thousandths
from knockdown.kitting.paper.packing_rows import Entry, Place

_COUNTED = ("pcs", "set", "pair")
_ONE_EACH = ("pcs", "set")  # a set is one of its part number
_MOST_LISTED = 8
_MOST_PARTS = 10**9
_MOST_CHARS = 60
_FORMULA = ("=", "@")  # a text that a spreadsheet would work out, were it written there again


class PartRef(NamedTuple):
    """A part number resolved, and its unit."""

    part_id: str
    unit: Unit


class PlaceRef(NamedTuple):
    """A place resolved to ids."""

    case: CaseDraft
    box_id: str | None
    n_kits: int | None


class LineDraft(NamedTuple):
    """A line being added up: the pieces so far, and the first entry of it."""

    n_parts: int
    entry: Entry


@dataclass(slots=True, eq=False)
class CaseDraft:
    """A case being filled."""

    case_id: str
    container_id: str | None
    kit_lot_id: str | None
    packaging: str
    sheet: int
    row: int
    lines: dict[tuple[str, str | None], LineDraft] = field(default_factory=dict)
    net_g: list[int] = field(default_factory=list)
    gross_g: list[int] = field(default_factory=list)
    n_entries: int = 0
    whole_g: int | None = None


@dataclass(slots=True)
class _Unknown:
    """An unknown part number: where it stands first, and in how many rows."""

    entry: Entry
    made: str
    n_rows: int = 1


class Resolver:
    """Turns entries into cases. What many lines share (a part number, a place) is worked out once."""

    def __init__(
        self, known: Known, mapping: Mapping, faults: Notes, warnings: Notes, new_parts: bool
    ) -> None:
        self.known, self.mapping, self.faults, self.warnings = known, mapping, faults, warnings
        self.accepts_new = new_parts
        self.cases: dict[str, CaseDraft] = {}
        self.lots: dict[str, PackedLot] = {}
        self.new_parts: dict[str, NewPart] = {}
        self.shipments: dict[str, str] = {}
        self.unknown: dict[str, _Unknown] = {}
        self.quantities: list[int] = []  # thousandths of what is written, an entry each, to check totals
        self._parts: dict[Cell, PartRef | None] = {}
        self._places: dict[Place, PlaceRef | None] = {}
        self._outer: dict[tuple[str, ...], PlaceRef] = {}  # the same without the box
        self._boxes: dict[str, str] = {}
        self._pieces: dict[tuple[Cell, Cell, str], int] = {}  # by part, quantity and unit as written
        self._amounts: dict[Cell, int] = {}
        self._grams: dict[Cell, int] = {}
        self._originals: dict[tuple[str, str], str] = {}
        self._lot_of: dict[str, str | None] = {}
        self._told: set[tuple[str, str, str]] = set()  # contradictions of a lot, each told once
        self._known_parts = {make_id(part): part for part in known.parts}
        self._aliases = {original_form(alias): part for alias, part in known.aliases.items()}
        self._known_lots = {make_id(lot): lot for lot in known.lots}
        self._variants = {make_id(variant): variant for variant in known.variant_ids}

    # Lines.

    def add(self, entry: Entry) -> None:
        """Take in one entry."""
        if entry.place in self._places:
            place = self._places[entry.place]
        else:
            place = self._places[entry.place] = self._resolve_place(entry)
        if entry.part in self._parts:
            part = self._parts[entry.part]
        else:
            part = self._parts[entry.part] = self._resolve_part(entry)
        if part is None:
            self._count_unknown(entry)
        if entry.name.startswith(_FORMULA):
            self.faults.add(entry.sheet, entry.row, "name", entry.name, "is a formula", "paste it as a value")
        amount = self._amounts.get(entry.qty) or self._amount(entry)
        self.quantities.append(amount or 0)
        if part is not None and place is not None and amount is not None:
            n_parts = self._n_parts(entry, part, place, amount)
            if n_parts is not None:
                self._pack(entry, part, place, n_parts)

    def _pack(self, entry: Entry, part: PartRef, place: PlaceRef, n_parts: int) -> None:
        case = place.case
        key = (part.part_id, place.box_id)
        before = case.lines.get(key)
        if before is None:
            case.lines[key] = LineDraft(n_parts, entry)
        else:
            self._check_repeat(before.entry, entry)
            case.lines[key] = LineDraft(before.n_parts + n_parts, before.entry)
        case.n_entries += 1
        if entry.gross != "":
            self._mass(entry, "gross", entry.gross, case.gross_g)
        if entry.net != "":
            self._mass(entry, "net", entry.net, case.net_g)

    def _check_repeat(self, before: Entry, entry: Entry) -> None:
        """The same part twice in a box: added up, unless its names differ."""
        place = f"also in row {before.row} in the same case and box"
        if fold(before.name) != fold(entry.name):
            problem = f"is {place}, there named '{before.name[:40]}', here '{entry.name[:40]}'"
            step = "correct the part number in one of the rows"
            self.faults.add(entry.sheet, entry.row, "part", entry.part, problem, step)
        else:
            step = "nothing to do if both were packed"
            self.warnings.add(
                entry.sheet, entry.row, "part", entry.part, f"is {place}, and added to it", step
            )

    def _mass(self, entry: Entry, name: Field, value: Cell, masses: list[int]) -> None:
        grams = self._grams.get(value)
        if grams is None:
            try:
                grams = read_grams(value, self.mapping.numbers, self.mapping.mass_g or THOUSAND)
            except CellError as error:
                self.faults.add(entry.sheet, entry.row, name, value, str(error), error.next_step)
                return
            self._grams[value] = grams
        masses.append(grams)

    # Quantities.

    def _amount(self, entry: Entry) -> int | None:
        """Thousandths of the quantity as written; None with a fault noted."""
        try:
            amount = read_thousandths(entry.qty, self.mapping.numbers)
            if amount <= 0:
                raise CellError("is not a positive quantity", "write what is packed, or remove the row")
        except CellError as error:
            shown = entry.qty if entry.qty != "" else None
            self.faults.add(entry.sheet, entry.row, "qty", shown, str(error), error.next_step)
            return None
        self._amounts[entry.qty] = amount
        return amount

    def _n_parts(self, entry: Entry, part: PartRef, place: PlaceRef, amount: int) -> int | None:
        """Pieces, or thousandths of the part's unit; None with a fault noted."""
        key = (entry.part, entry.qty, entry.unit)
        try:
            n_parts = self._pieces.get(key)
            if n_parts is None:
                n_parts = self._pieces[key] = _in_unit(amount, entry.unit, part)
            if self.mapping.quantity == "kit":
                if place.n_kits is None:
                    problem = "is a quantity per kit, and the line names no kit lot"
                    raise CellError(problem, "say the lot: --map lot=:LOT")
                n_parts *= place.n_kits
            if n_parts > _MOST_PARTS:
                raise CellError("is more than any case can hold", "write what is packed")
            return n_parts
        except UnitError as error:
            self.faults.add(entry.sheet, entry.row, "unit", entry.unit, str(error), error.next_step)
        except CellError as error:
            self.faults.add(entry.sheet, entry.row, "qty", entry.qty, str(error), error.next_step)
        return None

    # Part numbers.

    def _resolve_part(self, entry: Entry) -> PartRef | None:
        """The plant's part for what is written; None for one that is unknown or no part number."""
        text = as_text(entry.part)
        original = original_form(text)
        made = make_id(text)
        part_id = self._aliases.get(original) or self._known_parts.get(made)
        if part_id is None and (why := why_no_id(text, made)):
            self.faults.add(entry.sheet, entry.row, "part", text, *why)
            return None
        if part_id is not None and part_id in self.known.parts:
            found = PartRef(part_id, self.known.parts[part_id].unit)
        elif self.accepts_new:
            found = self._new_part(entry, part_id or made, text)
        else:
            self.unknown[original] = _Unknown(entry, part_id or made, 0)
            return None
        return (
            found if original in self._aliases or self._is_only(entry, "part", text, found.part_id) else None
        )

    def _new_part(self, entry: Entry, part_id: str, text: str) -> PartRef:
        unit = read_unit(entry.unit)
        new = NewPart(part_id, entry.name, unit[0] if unit else "pcs", text)
        return PartRef(part_id, self.new_parts.setdefault(part_id, new).unit)

    def _count_unknown(self, entry: Entry) -> None:
        unknown = self.unknown.get(original_form(as_text(entry.part)))
        if unknown:
            unknown.n_rows += 1

    def tell_unknown(self) -> None:
        """Note each unknown part number once, with the nearest known ones."""
        nearest = Nearest(self._known_parts) if self.unknown else None
        for n_told, one in enumerate(self.unknown.values()):
            alike = nearest.find(one.made) if nearest and n_told < self.faults.most else []
            like = " or ".join(self._known_parts[found] for found in alike)
            rows = f" (in {one.n_rows} rows)" if one.n_rows > 1 else ""
            meant = f"; did the partner mean {like}?" if like else ""
            problem = f"is not a part number of the plant{rows}{meant}"
            step = "add it to parts.csv, or import with --new-parts"
            entry = one.entry
            self.faults.add(entry.sheet, entry.row, "part", as_text(entry.part), problem, step)

    def _is_only(self, entry: Entry, name: Field, text: str, made: str) -> bool:
        """Whether an id stands for one written number only; two are a fault."""
        original = original_form(text)
        before = self._originals.setdefault((name, made), original)
        if before == original:
            return True
        problem = f"gives the same id as '{before}': {made}"
        step = "write both alike if they are one, or else rename one of them"
        self.faults.add(entry.sheet, entry.row, name, text, problem, step)
        return False

    # Places.

    def _resolve_place(self, entry: Entry) -> PlaceRef | None:
        *outside, box = entry.place
        outer = self._outer.get(key := tuple(outside))
        if outer is None:
            outer = self._resolve_outer(entry)
            if outer is not None:
                self._outer[key] = outer
        box_id = self._box(entry) if box else None
        if outer is None or (box and box_id is None):
            return None
        return PlaceRef(outer.case, box_id, outer.n_kits)

    def _resolve_outer(self, entry: Entry) -> PlaceRef | None:
        """The place but for its box."""
        place = entry.place
        if place.packaging.startswith(_FORMULA):
            step = "paste it as a value"
            self.faults.add(entry.sheet, entry.row, "packaging", place.packaging, "is a formula", step)
        if why := _why_no_launch(place.launch):
            self.faults.add(entry.sheet, entry.row, "launch", place.launch, *why)
        lot_id = self._lot(entry) if place.lot else None
        container_id = self._id(entry, "container", place.container) if place.container else None
        if place.shipment and (shipment := self._id(entry, "shipment", place.shipment)):
            self.shipments.setdefault(shipment, place.shipment)
        case = self._case(entry, lot_id, container_id)
        lacks = (place.lot and lot_id is None) or (place.container and container_id is None)
        if case is None or lacks:
            return None
        return PlaceRef(case, None, self.known.lots[lot_id].n_kits if lot_id else None)

    def _box(self, entry: Entry) -> str | None:
        box_id = self._boxes.get(entry.place.box)
        if box_id is None and (box_id := self._id(entry, "box", entry.place.box)):
            self._boxes[entry.place.box] = box_id
        return box_id

    def _id(self, entry: Entry, name: Field, text: str, scope: str | None = None) -> str | None:
        made = f"{scope}.{make_id(text)}" if scope else make_id(text)
        if why := why_no_id(text, made):
            self.faults.add(entry.sheet, entry.row, name, text, *why)
            return None
        return made if self._is_only(entry, name, text, made) else None

    def _case(self, entry: Entry, lot_id: str | None, container_id: str | None) -> CaseDraft | None:
        text = entry.place.case
        if not text:
            problem = "is empty, and no case is named above it"
            step = "write the case; if it is written once per block, say --map fill=case"
            self.faults.add(entry.sheet, entry.row, "case", None, problem, step)
            return None
        scope = {"list": None, "lot": lot_id, "container": container_id}[self.mapping.cases]
        case_id = self._id(entry, "case", text, scope)
        if case_id is None:
            return None
        new = CaseDraft(case_id, container_id, lot_id, entry.place.packaging, entry.sheet, entry.row)
        case = self.cases.setdefault(case_id, new)
        told = ("lot", case.kit_lot_id, lot_id), ("container", case.container_id, container_id)
        for name, before, now in told:
            if before != now:
                self._two_places(entry, case, name, before, now)
        return case

    def case_at(self, place: Place) -> CaseDraft | None:
        """The case that a place names, if it has lines."""
        scopes = {"list": "", "lot": self._lot_of.get(place.lot), "container": make_id(place.container)}
        scope, made = scopes[self.mapping.cases], make_id(place.case)
        return self.cases.get(f"{scope}.{made}" if scope else made)

    def _two_places(
        self, entry: Entry, case: CaseDraft, name: str, before: str | None, now: str | None
    ) -> None:
        """A case cannot lie in two containers, or be of two lots."""
        told = f"{before or f'no {name}'} and {now or f'no {name}'}"
        problem = f"is in {told}" if name == "container" else f"belongs to {told}"
        problem += f" (first in row {case.row})"
        step = f"correct the {name}, or if cases are numbered anew in each, say --map cases={name}"
        self.faults.add(entry.sheet, entry.row, "case", entry.place.case, problem, step)

    # Lots.

    def _lot(self, entry: Entry) -> str | None:
        text = entry.place.lot
        if text not in self._lot_of:
            self._lot_of[text] = self._known_lots.get(make_id(text))
            if self._lot_of[text] is None:
                self._unknown_lot(entry, text)
        lot_id = self._lot_of[text]
        if lot_id is None:
            return None
        lot = self.known.lots[lot_id]
        self._check_said(entry, "contract", entry.place.contract, lot_id, lot.contract_id)
        packed = self.lots.get(lot_id)
        launch = packed.launch_no if packed else lot.launch_no
        if launch:
            self._check_said(entry, "launch", entry.place.launch, lot_id, launch)
        if packed is None or (packed.launch_no is None and entry.place.launch):
            self.lots[lot_id] = _packed_lot(lot_id, lot, entry.place.launch)
        self._check_variant(entry, lot_id, lot)
        return lot_id

    def _unknown_lot(self, entry: Entry, text: str) -> None:
        lots = list(self.known.lots)
        alike = Nearest(lots).find(text, 3)
        listed = [*alike, *(lot for lot in lots if lot not in alike)][:_MOST_LISTED]
        more = f" and {len(lots) - len(listed)} more" if len(lots) > len(listed) else ""
        expected = f"expected are {', '.join(listed)}{more}" if listed else "none is expected"
        problem = f"is no kit lot of partner {self.known.partner_id}; {expected}"
        step = "correct the lot, or add it to kit_lots.csv"
        problem, step = why_unseen(text) or (problem, step)
        self.faults.add(entry.sheet, entry.row, "lot", text, problem, step)

    def _check_said(self, entry: Entry, name: Field, said: str, lot_id: str, true: str) -> None:
        if said and make_id(said) != make_id(true) and (lot_id, name, said) not in self._told:
            self._told.add((lot_id, name, said))
            problem = f"contradicts kit lot {lot_id}, which has {name} {true}"
            step = f"correct the {name} or the lot"
            self.faults.add(entry.sheet, entry.row, name, said, problem, step)

    def _check_variant(self, entry: Entry, lot_id: str, lot: KnownLot) -> None:
        """A partner's own model names say nothing here; a variant of the plant must be the lot's."""
        said = self._variants.get(make_id(entry.place.variant))
        if said and said != lot.variant_id and (lot_id, "variant", said) not in self._told:
            self._told.add((lot_id, "variant", said))
            problem = f"contradicts kit lot {lot_id}, which is of variant {lot.variant_id}"
            step = "correct the variant or the lot"
            self.faults.add(entry.sheet, entry.row, "variant", said, problem, step)


def _packed_lot(lot_id: str, lot: KnownLot, launch: str) -> PackedLot:
    return PackedLot(lot_id, lot.contract_id, lot.variant_id, lot.launch_no or launch or None)


def _why_no_launch(text: str) -> tuple[str, str] | None:
    if len(text) > _MOST_CHARS:
        return f"is longer than {_MOST_CHARS} characters", "write the number of the launch alone"
    return why_unseen(text)


class UnitError(CellError):
    """A quantity whose unit is at fault."""


def _in_unit(amount: int, text: str, part: PartRef) -> int:
    """Turn thousandths of what is written into pieces, or thousandths of the part's unit."""
    unit, thousandths = read_unit(text) or (None, 0) if text else (part.unit, 0)
    if unit is None:
        step = "write pcs, set, pair, kg, g, t, l, ml, m, mm or m2 in any of the languages"
        raise UnitError("is not a unit of measure known here", step)
    if unit != part.unit and not {unit, part.unit} <= set(_ONE_EACH):
        problem = f"is not the unit of part {part.part_id}, which is counted in {part.unit}"
        raise UnitError(problem, f"write the quantity in {part.unit}")
    if part.unit in _COUNTED:
        if amount % THOUSAND:
            raise CellError(f"is not a whole number of {part.unit}", "write what is packed, in whole pieces")
        return amount // THOUSAND
    measured, rest = divmod(amount * (thousandths or THOUSAND), THOUSAND)
    if rest:
        raise CellError(f"is finer than a thousandth of {part.unit}", "round it")
    return measured
