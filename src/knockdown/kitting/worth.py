"""What pieces are worth: at the price of the part, or at what their kit lot cost."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from statistics import fmean
from typing import Literal

from knockdown.kitting.book import KitBook, LotBook
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.terms import MEASURED, PER_UNIT, KitPlant

Basis = Literal["listed", "assumed", "unknown"]
"""Where a price comes from: the description, an assumption, nowhere."""


def part_cents(plant: KitPlant, part_id: str, n_parts: int) -> int:
    """Pieces at the price of the part; a part that the plant does not list, or not with a price, has none.

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


class _Lots:
    """What is in each lot, by its supply list, and what it cost, clearing included."""

    def __init__(self, plant: KitPlant, book: KitBook, day: int) -> None:
        self.plant, self.book, self.day = plant, book, day
        self._needs = needs_of(plant, book)

    def content(self, lot: LotBook) -> dict[str, int]:
        """Pieces of each part; none of a lot whose variant or cost is not known."""
        if lot.variant_id not in self.plant.variants or not lot.cost_cents:
            return {}
        kits = range(1, lot.n_kits + 1)
        return self._needs.lot_content(lot.kit_lot_id, lot.variant_id or "", kits, self.day)


class PartPrices:
    """Prices of parts; of one that has none in the description, an assumed one.

    That is its local price; else what a lot cost beyond its parts with a price, shared out evenly over its
    part numbers without one. Of several lots the mean is taken.

    Parameters
    ----------
    plant, book
        As they are now.
    day : int
        Day of the bills of material.
    """

    def __init__(self, plant: KitPlant, book: KitBook, day: int) -> None:
        self.plant = plant
        self.lots = _Lots(plant, book, day)

    def basis(self, part_id: str) -> Basis:
        """Where the price of a part comes from."""
        if self._is_listed(part_id):
            return "listed"
        return "assumed" if part_id in self._local or part_id in self._shared_out else "unknown"

    def cents(self, part_id: str, n_parts: int) -> int:
        """Pieces at the price of the part; 0 when it is unknown."""
        if self._is_listed(part_id):
            return part_cents(self.plant, part_id, n_parts)
        each = self._local[part_id] if part_id in self._local else self._shared_out.get(part_id, 0.0)
        return round(each * n_parts)

    def _is_listed(self, part_id: str) -> bool:
        return part_id in self.plant.parts and self.plant.parts[part_id].cost_cents > 0

    @cached_property
    def _local(self) -> dict[str, float]:
        """Cents of a piece bought or made here, of parts that have no other price."""
        return {
            part_id: part.local_cents / (PER_UNIT if part.unit in MEASURED else 1)
            for part_id, part in self.plant.parts.items()
            if part.local_cents and not self._is_listed(part_id)
        }

    @cached_property
    def _shared_out(self) -> dict[str, float]:
        """Cents of a piece, of parts that have no price at all."""
        found: dict[str, list[float]] = defaultdict(list)
        for lot in self.lots.book.lots.values():
            content = self.lots.content(lot)
            unpriced = [p for p in content if not self._is_listed(p) and p not in self._local]
            priced = sum(self.cents(p, content[p]) for p in content.keys() - unpriced)
            for part_id in unpriced if priced < lot.cost_cents else ():
                found[part_id].append((lot.cost_cents - priced) / len(unpriced) / content[part_id])
        return {part_id: fmean(prices) for part_id, prices in found.items()}


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
        self.prices = PartPrices(plant, book, day)
        self._factors: dict[str, float] = {}

    def factor(self, lot_id: str | None) -> float:
        """What the lot cost over the price of its parts; 1 for loose parts and where that is not known."""
        lot = self.prices.lots.book.lots.get(lot_id or "")
        if lot is None:
            return 1.0
        if lot.kit_lot_id not in self._factors:
            self._factors[lot.kit_lot_id] = self._factor(lot)
        return self._factors[lot.kit_lot_id]

    def _factor(self, lot: LotBook) -> float:
        content = self.prices.lots.content(lot)
        priced = sum(self.prices.cents(part_id, n_parts) for part_id, n_parts in content.items())
        return lot.cost_cents / priced if priced else 1.0

    def cents(self, lot_id: str | None, part_id: str, n_parts: int) -> float:
        """Pieces of a lot at what they cost."""
        return self.prices.cents(part_id, n_parts) * self.factor(lot_id)
