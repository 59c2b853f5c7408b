"""Where pieces are, as a storekeeper says it: one state for each piece of each lot, and what it is worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from knockdown.kitting.book import Cell, KitBook, LotBook
from knockdown.kitting.kit_needs import open_kits
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.terms import KitPlant

Pieces = dict[str, int]
StockKey = tuple[str | None, str]
STATES = (
    "ordered", "in_transit", "in_customs", "bonded", "unopened", "on_hand", "at_line", "in_units",
    "quarantined", "missing", "scrapped", "returned", "lent",
)  # fmt: skip
ON_SITE = ("in_customs", "bonded", "unopened", "on_hand", "at_line", "quarantined")
WAY_STATE = {
    "ordered": "ordered",
    "transit": "in_transit",
    "customs": "in_customs",
    "bonded": "bonded",
    "cleared": "unopened",
}
CELL_STATE = {
    "at_line": "at_line",
    "fitted": "in_units",
    "missing": "missing",
    "bad": "quarantined",
    "scrapped": "scrapped",
    "returned": "returned",
}


def stock(plant: KitPlant, book: KitBook, day: int) -> dict[StockKey, Pieces]:
    """Pieces of each part of each lot, by state; states without pieces are left out.

    Parameters
    ----------
    plant, book
        As they are now.
    day : int
        Day of the bills of material, which stand for a lot that has no packing list.

    Examples
    --------
    >>> from knockdown.kitting.fold import fold
    >>> from knockdown.kitting.opening import opening_events
    >>> from knockdown.kitting.problem import cut
    >>> from knockdown.plant.load import load
    >>> ganja = cut(load("ganja"))
    >>> book = fold(opening_events(ganja))
    >>> stock(ganja, book, ganja.opening.day)["202601-01-b821c", "BT-8412010"]["missing"]
    4
    """
    found: dict[StockKey, Counter[str]] = defaultdict(Counter)
    for key, cell in book.cells.items():
        found[key].update(_of_cell(cell, book.lots.get(key[0] or "")))
    for case in book.cases.values():
        if case.opened_at is None:
            lot = book.lots.get(case.kit_lot_id)
            state = WAY_STATE["cleared" if lot is None else lot.status_of(case.container_id)]
            for part_id, n_parts in case.held.items():
                found[case.kit_lot_id, part_id][state] += n_parts
    for lot_id in no_list(book):
        for part_id, n_parts in _by_supply_list(plant, book, book.lots[lot_id], day):
            found[lot_id, part_id][WAY_STATE[book.lots[lot_id].status_of(None)]] += n_parts
    return {key: {name: n for name, n in pieces.items() if n} for key, pieces in found.items()}


def _of_cell(cell: Cell, lot: LotBook | None) -> Pieces:
    """Pieces of a cell but for those in closed cases, of which the cases know more."""
    pieces = {state: getattr(cell, name) for name, state in CELL_STATE.items()}
    here = "on_hand" if lot is None or lot.status == "cleared" else WAY_STATE[lot.status]
    pieces[here] = cell.on_hand
    pieces["lent"] = cell.lent - cell.paid_in
    return pieces


def no_list(book: KitBook) -> tuple[str, ...]:
    """Lots of which no case is known: the supply list stands for them."""
    listed = {case.kit_lot_id for case in book.cases.values()}
    return tuple(sorted(name for name, lot in book.lots.items() if name not in listed and lot.variant_id))


def _by_supply_list(plant: KitPlant, book: KitBook, lot: LotBook, day: int) -> Iterator[tuple[str, int]]:
    """What the supply list has for kits not used; pieces that left it count as less than none on hand."""
    if lot.variant_id not in plant.variants:
        return
    begun = (unit.kit_no or 0 for unit in book.units.values() if unit.kit_lot_id == lot.kit_lot_id)
    kits = open_kits(lot.n_kits, lot.n_used, begun)
    yield from needs_of(plant, book).lot_content(lot.kit_lot_id, lot.variant_id or "", kits, day).items()


def debts(book: KitBook) -> tuple[Counter[StockKey], Counter[StockKey]]:
    """Pieces that each lot owes others, and those that others owe it, by lot and part."""
    owes: Counter[StockKey] = Counter()
    owed: Counter[StockKey] = Counter()
    for borrow in book.borrows.values():
        owes[borrow.to_kit_lot_id, borrow.part_id] += borrow.n_owed
        owed[borrow.from_kit_lot_id, borrow.part_id] += borrow.n_owed
    return owes, owed
