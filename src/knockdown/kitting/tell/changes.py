"""Change notes, and where each stands: not reached, running, or done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, get_args

from knockdown.documents.kit_lists import ChangeLine, KitChanges
from knockdown.documents.kit_stock import Way
from knockdown.documents.paper import Provenance
from knockdown.kitting.book import KitBook
from knockdown.kitting.effectivity import parse_point
from knockdown.kitting.question import OpenUnit
from knockdown.kitting.slots import Board
from knockdown.kitting.terms import KitPlant, NoteFact

Point = tuple[int, int]
Side = Literal["old", "new"]
FAR = 10**7


@dataclass
class ChangeTeller:
    """Change notes of a plant on a day.

    Parameters
    ----------
    units : tuple of OpenUnit
        Units not finished.
    board : Board
        When each would start, which notes by day need.
    """

    plant: KitPlant
    book: KitBook
    at_day: int
    position: int
    units: tuple[OpenUnit, ...]
    board: Board

    def changes(self, provenance: Provenance) -> KitChanges:
        """The document."""
        return KitChanges(
            plant=self.plant.plant_id,
            at=date.fromordinal(self.at_day),
            position=self.position,
            currency=self.plant.currency,
            provenance=provenance,
            changes=tuple(self._line(note) for note in self.plant.notes if self._speaks_of_now(note)),
        )

    def _speaks_of_now(self, note: NoteFact) -> bool:
        """Notes of another opening, of which no lot is known, are left out."""
        lots = {parse_point(note.basis, text)[0] for text in (note.last_old, note.first_new)}
        return note.basis == "date" or bool(lots & set(self.book.lots))

    def _line(self, note: NoteFact) -> ChangeLine:
        sides = [self._side(note, unit) for unit in self.units if unit.variant_id in note.variants]
        n_old, n_new = sides.count("old"), sides.count("new")
        reached = self._is_reached(note)
        state: Literal["coming", "running", "done"] = (
            "coming" if not reached else "running" if n_old else "done"
        )
        lot = None if note.basis == "date" else self.book.lots.get(parse_point(note.basis, note.first_new)[0])
        status = None if lot is None else next(way for way in get_args(Way) if way == lot.status)
        return ChangeLine(
            note=note.note_id,
            variants=tuple(sorted(note.variants)),
            old_part=note.old_part,
            new_part=note.new_part,
            n_old=note.n_old,
            n_new=note.n_new,
            basis=note.basis,
            last_old=note.last_old,
            first_new=note.first_new,
            state=state,
            lot_status=status,
            units_old=n_old,
            units_new=n_new,
            old_left=self._here(note.old_part),
            new_here=self._here(note.new_part),
            why=_why(note, state, n_old),
        )

    # On which side a unit stands

    def _side(self, note: NoteFact, unit: OpenUnit) -> Side:
        return "new" if self._point(note, unit) >= self._first_new(note) else "old"

    def _point(self, note: NoteFact, unit: OpenUnit) -> Point:
        if note.basis == "date":
            return (self.board.slots[unit.unit_id].start_day, 0)
        kit_no = 0 if note.basis == "kit_lot" else unit.kit_no or 0
        return (self._turn_of.get(unit.kit_lot_id or "", -1), kit_no)

    def _first_new(self, note: NoteFact) -> Point:
        if note.basis == "date":
            return (date.fromisoformat(note.first_new).toordinal(), 0)
        lot_id, kit_no = parse_point(note.basis, note.first_new)
        return (self._turn_of.get(lot_id, FAR), kit_no)

    @cached_property
    def _turn_of(self) -> dict[str, int]:
        """Place of each lot in the order in which they were ordered."""
        order = sorted(self.book.lots.values(), key=lambda lot: (lot.ordered_at or 0, lot.kit_lot_id))
        return {lot.kit_lot_id: turn for turn, lot in enumerate(order)}

    def _is_reached(self, note: NoteFact) -> bool:
        first = self._first_new(note)
        if note.basis == "date":
            return self.at_day >= first[0]
        return any(point >= first for point in self._begun(note))

    def _begun(self, note: NoteFact) -> Iterator[Point]:
        for unit in self.book.units.values():
            if unit.variant_id in note.variants and unit.stage != "planned":
                kit_no = 0 if note.basis == "kit_lot" else unit.kit_no or 0
                yield (self._turn_of.get(unit.kit_lot_id or "", -1), kit_no)

    # Pieces

    def _here(self, part_id: str | None) -> int:
        """Pieces in store and in closed cases of lots on site."""
        total = 0
        for (lot_id, name), cell in self.book.cells.items():
            lot = self.book.lots.get(lot_id or "")
            if name == part_id and (lot is None or lot.status not in ("ordered", "transit")):
                total += max(0, cell.on_hand) + cell.closed
        return total


def _why(note: NoteFact, state: str, n_old: int) -> str:
    if state == "coming":
        return f"nothing from {note.first_new} on was begun"
    if state == "running":
        return f"{n_old} open units up to {note.last_old} still take the old"
    return f"no open unit is left up to {note.last_old}"
