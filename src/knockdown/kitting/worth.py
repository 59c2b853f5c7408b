"""What pieces are worth: at the price of the part, or at what their kit lot cost."""

from __future__ import annotations

from knockdown.kitting.book import KitBook, LotBook
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.terms import MEASURED, PER_UNIT, KitPlant


def part_cents(plant: KitPlant, part_id: str, n_parts: int) -> int:
    """Pieces at the price of the part; a part that the plant does not list has none.

    Examples
    --------
    >>> from knockdown.kitting.problem import cut
    >>> from knockdown.plant.load import load
    >>> ganja = cut(load("ganja"))
    >>> part_cents(ganja, "BT-1301010", 2) == 2 * ganja.parts["BT-1301010"].cost_cents
    True
    """
    part = plant.parts.get(part_id)
    if part is None:
        return 0
    return round(part.cost_cents * n_parts / (PER_UNIT if part.unit in MEASURED else 1))


class LotPrices:
    """Prices by kit lot: what the lot cost, clearing included, shared out over its parts by their price.

    Parameters
    ----------
    plant, book
        As they are now.
    day : int
        Day of the bills of material.
    """

    def __init__(self, plant: KitPlant, book: KitBook, day: int) -> None:
        self.plant, self.book, self.day = plant, book, day
        self._needs = needs_of(plant, book)
        self._factors: dict[str, float] = {}

    def factor(self, lot_id: str | None) -> float:
        """What the lot cost over the price of its parts; 1 for loose parts and where that is not known."""
        lot = self.book.lots.get(lot_id or "")
        if lot is None:
            return 1.0
        if lot.kit_lot_id not in self._factors:
            self._factors[lot.kit_lot_id] = self._factor(lot)
        return self._factors[lot.kit_lot_id]

    def _factor(self, lot: LotBook) -> float:
        if lot.variant_id not in self.plant.variants or not lot.cost_cents:
            return 1.0
        kits = range(1, lot.n_kits + 1)
        content = self._needs.lot_content(lot.kit_lot_id, lot.variant_id or "", kits, self.day)
        listed = sum(part_cents(self.plant, part_id, n_parts) for part_id, n_parts in content.items())
        return lot.cost_cents / listed if listed else 1.0

    def cents(self, lot_id: str | None, part_id: str, n_parts: int) -> float:
        """Pieces of a lot at what they cost."""
        return part_cents(self.plant, part_id, n_parts) * self.factor(lot_id)
