"""Change notes, "last old, first new", by day, kit lot or kit: which parts a vehicle is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from knockdown.basics.faults import BadInput, Fault
from knockdown.kitting.terms import BomEntry

Basis = Literal["date", "kit_lot", "unit"]
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """One change of a part in a product.

    Parameters
    ----------
    id, product : str
        Its number, and the variant, model or family it is for.
    old_part, new_part : str or None
        What is replaced by what; no old part is an addition, no new part a deletion.
    n_old, n_new : int
        Of each in a vehicle, pieces or thousandths of the unit.
    basis : Basis
        Whether the points are days, kit lots, or single kits.
    last_old, first_new : str
        The last point with the old part and the first with the new: a day as 2026-01-31, a kit lot, or a kit
        as LOT:NUMBER, counted from 1 within its lot.

    Examples
    --------
    >>> print(ChangeNote("CN-7", "b821", "BT-1", "BT-2", 1, 1, "date", "2026-01-31", "2026-02-01"))
    BT-1 -> BT-2: last old day 2026-01-31, first new day 2026-02-01
    """

    id: str
    product: str
    old_part: str | None
    new_part: str | None
    n_old: int
    n_new: int
    basis: Basis
    last_old: str
    first_new: str

    def __str__(self) -> str:
        word = {"date": "day", "kit_lot": "lot", "unit": "kit"}[self.basis]
        names = [name for name in (self.old_part, self.new_part) if name]
        parts = " -> ".join(dict.fromkeys(names))
        if not self.new_part:
            parts += " deleted"
        elif not self.old_part:
            parts += " added"
        return f"{parts}: last old {word} {self.last_old}, first new {word} {self.first_new}"


def check_notes(
    notes: Iterable[ChangeNote],
    lot_order: Sequence[str],
    n_kits: Mapping[str, int],
    file: str = "change notes",
) -> list[Fault]:
    """Find notes that leave a gap or overlap, or contradict one another.

    Parameters
    ----------
    notes : iterable of ChangeNote
        All notes of the plant.
    lot_order : sequence of str
        The kit lots in the order in which they are built.
    n_kits : mapping of str to int
        Kits in each lot.
    file : str, optional
        Where the notes stand, for messages.

    Returns
    -------
    list of Fault
        A fault's key is the note.

    Examples
    --------
    >>> note = ChangeNote("CN-7", "b821", "BT-1", "BT-2", 1, 1, "kit_lot", "L-1", "L-3")
    >>> print(check_notes([note], ("L-1", "L-2", "L-3"), {})[0].problem)
    leaves a gap between last old L-1 and first new L-3
    """
    places = {lot: place for place, lot in enumerate(lot_order)}
    faults: list[Fault] = []
    seen: dict[tuple[str, str], list[ChangeNote]] = {}
    for note in notes:
        problem = _note_problem(note, places, n_kits)
        if problem:
            faults.append(Fault(file, None, note.id, str(note), *problem))
            continue
        for part in {note.old_part, note.new_part} - {None}:
            seen.setdefault((note.product, str(part)), []).append(note)
    for (_, part), both in seen.items():
        faults += _contradictions(part, both, places, file)
    return faults


def bom_in_force(
    entries: Iterable[BomEntry],
    notes: Iterable[ChangeNote],
    lot_order: Sequence[str],
    lot_id: str,
    kit_no: int,
    day: date,
) -> tuple[BomEntry, ...]:
    """The parts that one kit is made of.

    Parameters
    ----------
    entries : iterable of BomEntry
        The bill of material before any of the notes.
    notes : iterable of ChangeNote
        The notes for this product, as `check_notes` finds no fault in them; in the order of their chain, if
        one replaces what another brought in.
    lot_order : sequence of str
        The kit lots in the order in which they are built.
    lot_id, kit_no : str, int
        The kit, counted from 1 within its lot.
    day : date
        The day on which it is built.

    Raises
    ------
    BadInput
        When a lot is not in the order, or the bill lacks what a note replaces.

    Examples
    --------
    >>> note = ChangeNote("CN-7", "b821", "BT-1", "BT-2", 1, 2, "unit", "L-1:20", "L-1:21")
    >>> bom = (BomEntry("BT-1", 1, "TR03", "lot"),)
    >>> [bom_in_force(bom, [note], ("L-1",), "L-1", kit, date(2026, 1, 5))[0] for kit in (20, 21)]
    [BomEntry(part_id='BT-1', n_parts=1, ...), BomEntry(part_id='BT-2', n_parts=2, ...)]
    """
    if lot_id not in lot_order:
        problem = "is not in the order of lots"
        raise BadInput([Fault("change notes", None, "lot", lot_id, problem, "add it to kit_lots.csv")])
    return changed_bom(entries, notes_in_force(notes, lot_order, lot_id, kit_no, day))


def notes_in_force(
    notes: Iterable[ChangeNote], lot_order: Sequence[str], lot_id: str | None, kit_no: int | None, day: date
) -> tuple[ChangeNote, ...]:
    """The notes whose new part goes into one kit; as in `bom_in_force`.

    A unit of no known lot or kit has only the changes by day.
    """
    places = {lot: place for place, lot in enumerate(lot_order)}
    here = None if lot_id is None else places.get(lot_id)
    points: dict[str, Point | None] = {
        "date": (day.toordinal(), 0),
        "kit_lot": None if here is None else (here, 0),
        "unit": None if here is None or kit_no is None else (here, kit_no),
    }
    found = []
    for note in notes:
        point = points[note.basis]
        if point is not None and point >= _point(note.basis, note.first_new, places):
            found.append(note)
    return tuple(found)


def changed_bom(entries: Iterable[BomEntry], notes: Iterable[ChangeNote]) -> tuple[BomEntry, ...]:
    """A bill of material after notes, in their order.

    Raises
    ------
    BadInput
        When the bill lacks what a note replaces.
    """
    bom = list(entries)
    for note in notes:
        bom = _changed(bom, note)
    return tuple(bom)


def parse_point(basis: Basis, text: str) -> tuple[str, int]:
    """Split a point into day or lot, and kit number (0 for a day or a whole lot).

    >>> parse_point("unit", "L-1:20"), parse_point("kit_lot", "L-1")
    (('L-1', 20), ('L-1', 0))
    """
    if basis != "unit":
        return text, 0
    lot, mark, number = text.rpartition(":")
    if not mark or not number.isdecimal() or int(number) < 1:
        raise ValueError("is no kit; write it as LOT:NUMBER, as 202601-12-b801c:20")
    return lot, int(number)


def _point(basis: Basis, text: str, places: Mapping[str, int]) -> Point:
    """A point as numbers that can be compared.

    Raises ValueError with problem; next step.
    """
    if basis == "date":
        try:
            return date.fromisoformat(text).toordinal(), 0
        except ValueError:
            raise ValueError("is no day; write it as 2026-01-31") from None
    lot, kit = parse_point(basis, text)
    if lot not in places:
        raise ValueError(f"names kit lot {lot}, which is not in the order of lots; add it to kit_lots.csv")
    return places[lot], kit


def _note_problem(
    note: ChangeNote, places: Mapping[str, int], n_kits: Mapping[str, int]
) -> tuple[str, str] | None:
    """What is wrong with a note by itself: problem and next step."""
    if not note.old_part and not note.new_part:
        return "names neither an old nor a new part", "name one of them"
    try:
        last = _point(note.basis, note.last_old, places)
        first = _point(note.basis, note.first_new, places)
    except ValueError as error:
        problem, _, step = str(error).partition("; ")
        return problem, step
    if first <= last:
        problem = f"overlaps: first new {note.first_new} is not after last old {note.last_old}"
        return problem, "let the new part begin after the last old one"
    after = _next(note, last, places, n_kits)
    if first != after:
        problem = f"leaves a gap between last old {note.last_old} and first new {note.first_new}"
        return problem, "say which part is fitted in between"
    return None


def _next(note: ChangeNote, last: Point, places: Mapping[str, int], n_kits: Mapping[str, int]) -> Point:
    """The point right after a note's last old one."""
    if note.basis != "unit":
        return last[0] + 1, 0
    lot, kit = parse_point("unit", note.last_old)
    return (last[0] + 1, 1) if kit == n_kits.get(lot) else (last[0], kit + 1)


def _contradictions(part: str, notes: list[ChangeNote], places: Mapping[str, int], file: str) -> list[Fault]:
    """A part may go once, and come once, and must come before it goes."""
    goes = [note for note in notes if note.old_part == part and note.new_part != part]
    comes = [note for note in notes if note.new_part == part and note.old_part != part]
    faults = []
    for kind, some in (("replaces", goes), ("brings in", comes)):
        for later in some[1:]:
            problem = f"{kind} {part}, as note {some[0].id} does already"
            faults.append(Fault(file, None, later.id, str(later), problem, "withdraw one of the two notes"))
    if goes and comes and goes[0].basis == comes[0].basis:
        go, come = goes[0], comes[0]
        if _point(go.basis, go.last_old, places) < _point(come.basis, come.first_new, places):
            problem = f"ends {part} before note {come.id} brings it in"
            faults.append(Fault(file, None, go.id, str(go), problem, "correct the points of one of them"))
    return faults


def _changed(bom: list[BomEntry], note: ChangeNote) -> list[BomEntry]:
    """The bill after a note; the new part takes the station of the old."""
    old = next((entry for entry in bom if entry.part_id == note.old_part), None)
    if note.old_part is not None and (old is None or old.n_parts < note.n_old):
        found = f"has {old.n_parts} of it" if old else "has none of it"
        problem = f"takes {note.n_old} of {note.old_part} where the bill of material {found}"
        raise BadInput(
            [Fault("change notes", None, note.id, str(note), problem, "correct the note or bom.csv")]
        )
    changed: list[BomEntry] = []
    for entry in bom:
        if entry is not old:
            changed.append(entry)
            continue
        if entry.n_parts > note.n_old:
            changed.append(replace(entry, n_parts=entry.n_parts - note.n_old))
        if note.new_part:
            changed.append(replace(entry, part_id=note.new_part, n_parts=note.n_new))
    if old is None and note.new_part:
        changed.append(BomEntry(note.new_part, note.n_new, "", "lot"))
    return changed


def day_after(day: str) -> str:
    """The first new day for a last old one.

    >>> day_after("2026-01-31")
    '2026-02-01'
    """
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
