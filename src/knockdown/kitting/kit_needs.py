"""What goes into a unit: its bill of material on a day, for its lot and kit, after the change notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
        Kit lots in the order in which they were ordered; change notes by lot need it.
    """

    def __init__(self, plant: KitPlant, lot_order: Iterable[str] = ()) -> None:
        self.plant = plant
        self.lot_order = tuple(lot_order) or tuple(lot.kit_lot_id for lot in plant.opening.lots)
        self._made: dict[tuple[str, int], tuple[BomEntry, ...]] = {}

    def kit(self, variant_id: str, lot_id: str | None, kit_no: int | None, day: int) -> tuple[BomEntry, ...]:
        """What goes into one unit, in the order of the bill of material; deleted parts are left out."""
        key = (variant_id, day)
        if key not in self._made:
            entries = (entry for entry in self.plant.variants[variant_id].bom if _holds(entry, day))
            self._made[key] = tuple(entry for entry in entries if entry.mode != "deleted")
        return self._made[key]

    def lot_content(
        self, lot_id: str, variant_id: str, kit_nos: Iterable[int], day: int | None = None
    ) -> dict[str, int]:
        """Pieces of each part that the partner supplies for some kits of a lot: its supply list."""
        found: Counter[str] = Counter()
        when = self.plant.opening.day if day is None else day
        for kit_no in kit_nos:
            for entry in self.kit(variant_id, lot_id, kit_no, when):
                if entry.mode == "lot":
                    found[entry.part_id] += entry.n_parts
        return dict(found)


def _holds(entry: BomEntry, day: int) -> bool:
    return (entry.first_day or day) <= day <= (entry.last_day or day)
