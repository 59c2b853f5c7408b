"""What goes into a unit: its bill of material on a day, for its lot and kit, after the change notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from knockdown.kitting.effectivity import ChangeNote, changed_bom, notes_in_force, parse_point
from knockdown.kitting.terms import BomEntry, KitPlant


def open_kits(n_kits: int, n_used: int, begun: Iterable[int]) -> list[int]:
    """Numbers of a lot's kits that are not used up; the lowest that were not begun count as used.

    >>> open_kits(6, 3, begun=(2,))
    [2, 5, 6]
    """
    taken = {number for number in begun if 1 <= number <= n_kits}
    free = [number for number in range(1, n_kits + 1) if number not in taken]
    return sorted([*taken, *free[n_used:]])


class KitNeeds:
    """Bills of material of single kits; those that are alike are made once.

    Parameters
    ----------
    plant : KitPlant
    lot_order : sequence of str
        Kit lots in the order in which they were ordered; change notes by lot and kit need it, and hold
        only where it has both lots that they name.
    """

    def __init__(self, plant: KitPlant, lot_order: Iterable[str] = ()) -> None:
        self.plant = plant
        self.lot_order = tuple(lot_order) or tuple(lot.kit_lot_id for lot in plant.opening.lots)
        self._notes: dict[str, tuple[ChangeNote, ...]] = {}
        self._made: dict[tuple[str, int, tuple[ChangeNote, ...]], tuple[BomEntry, ...]] = {}

    def _notes_of(self, variant_id: str) -> Iterator[ChangeNote]:
        """Notes of a variant that replace or bring in something, in the form of effectivity."""
        have = {entry.part_id for entry in self.plant.variants[variant_id].bom}
        have |= {note.new_part for note in self.plant.notes if note.new_part is not None}
        known = set(self.lot_order)
        for note in self.plant.notes:
            lots = () if note.basis == "date" else (note.last_old, note.first_new)
            named = {parse_point(note.basis, text)[0] for text in lots}
            if variant_id in note.variants and named <= known and note.old_part in {None, *have}:
                yield ChangeNote(
                    note.note_id,
                    variant_id,
                    note.old_part,
                    note.new_part,
                    note.n_old,
                    note.n_new,
                    note.basis,
                    note.last_old,
                    note.first_new,
                )

    def kit(self, variant_id: str, lot_id: str | None, kit_no: int | None, day: int) -> tuple[BomEntry, ...]:
        """What goes into one unit, in the order of the bill of material; deleted parts are left out."""
        if variant_id not in self._notes:
            self._notes[variant_id] = tuple(self._notes_of(variant_id))
        notes = self._notes[variant_id]
        if notes:
            when = date.fromordinal(day)
            notes = notes_in_force(notes, self.lot_order, lot_id, kit_no, when)
        key = (variant_id, day, notes)
        if key not in self._made:
            entries = (entry for entry in self.plant.variants[variant_id].bom if _holds(entry, day))
            self._made[key] = tuple(self._placed(variant_id, changed_bom(entries, notes)))
        return self._made[key]

    def _placed(self, variant_id: str, bom: Iterable[BomEntry]) -> Iterator[BomEntry]:
        """Entries that are not deleted; a part that a note adds is fitted at the first station."""
        line_id = self.plant.variants[variant_id].line_id
        for entry in bom:
            if entry.mode == "deleted":
                continue
            if not entry.station_id:
                on_line = (s for s in self.plant.stations.values() if s.line_id == line_id)
                entry = replace(entry, station_id=min(on_line, key=lambda s: s.position).station_id)
            yield entry

    def lot_content(
        self, lot_id: str, variant_id: str, kit_nos: Iterable[int], day: int | None = None
    ) -> dict[str, int]:
        """Pieces of each part that the partner supplies for some kits of a lot: its supply list."""
        found: Counter[str] = Counter()
        when = self.plant.opening.day if day is None else day
        boms = [self.kit(variant_id, lot_id, kit_no, when) for kit_no in kit_nos]
        n_alike = Counter(map(id, boms))  # kits that are alike share one bill of material
        for bom in {id(bom): bom for bom in boms}.values():
            for entry in bom:
                if entry.mode == "lot":
                    found[entry.part_id] += entry.n_parts * n_alike[id(bom)]
        return dict(found)


def _holds(entry: BomEntry, day: int) -> bool:
    return (entry.first_day or day) <= day <= (entry.last_day or day)
