"""What somebody should know today: bonds and claims that run out, what is late, parts nobody counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from knockdown.kitting.book import KitBook, LotBook
from knockdown.kitting.moments import day_of, iso
from knockdown.kitting.outlook import Outlook
from knockdown.kitting.promises import CUSTOMS_DAYS, TRANSIT_DAYS, Late, late_claims, late_lots
from knockdown.kitting.terms import KitPlant

BOND_DAYS, CLAIM_DAYS = 14, 7
MOST_NAMES = 8


def warnings_of(
    plant: KitPlant, book: KitBook, look: Outlook | None, at_day: int, known_day: int | None = None
) -> Iterator[str]:
    """Plain sentences, the most urgent sort first.

    Parameters
    ----------
    known_day : int, optional
        The last day of which it is known what happened, by which lateness goes; by default `at_day`.
    """
    for lot in sorted(book.lots.values(), key=lambda lot: lot.bond_until or ""):
        yield from _bond(lot, at_day)
    yield from _late(plant, book, at_day if known_day is None else known_day)
    yield from _claims(plant, book, at_day)
    for cell_key, cell in sorted(book.cells.items(), key=lambda item: (item[0][0] or "", item[0][1])):
        if cell.on_hand < 0 and cell.n_in != 0:
            where = f"lot {cell_key[0]}" if cell_key[0] else "loose stock"
            yield f"More of {cell_key[1]} was used from {where} than was there ({-cell.on_hand}); count it."
    if look is not None and look.untracked:
        yield f"Nobody counts {_some(sorted(look.untracked))}; they are taken as there."
    if look is not None and look.no_list:
        lots = _some(look.no_list)
        whose = "it" if len(look.no_list) == 1 else "them"
        noun = "lot" if len(look.no_list) == 1 else "lots"
        yield f"No packing list was imported for {noun} {lots}; the supply list stands for {whose}."


def _bond(lot: LotBook, at_day: int) -> Iterator[str]:
    if lot.bond_until is None or not lot.is_in_bond:
        return
    left = date.fromisoformat(lot.bond_until).toordinal() - at_day
    if left < 0:
        yield f"The bond of lot {lot.kit_lot_id} ran out on {lot.bond_until}: duty and fines fall due."
    elif left <= BOND_DAYS:
        yield f"The bond of lot {lot.kit_lot_id} runs out on {lot.bond_until}, {_in(left)}: clear it."


def _late(plant: KitPlant, book: KitBook, known_day: int) -> Iterator[str]:
    """Lots and claims whose day passed, the latest first."""
    lots = list(late_lots(book, known_day))
    claims = list(late_claims(plant, book, known_day))
    promised = [late for late in claims if late.is_promised]
    waiting = [late for late in claims if not late.is_promised]
    if lots:
        yield (
            f"Late: {_by(lots, known_day, 'lot', 'lots')}. No new day was told; each is reckoned from today, "
            f"{CUSTOMS_DAYS} d in customs, {TRANSIT_DAYS} d on its way, which is assumed."
        )
    if promised:
        yield (
            f"Late: parts of {_by(promised, known_day, 'claim', 'claims')}. No new day was told; each is "
            "reckoned from today as by its contract."
        )
    if waiting:
        yield f"Not answered in the contract's time: {_by(waiting, known_day, 'claim', 'claims')}."


def _by(late: Sequence[Late], known_day: int, one: str, many: str) -> str:
    names = [f"{each.name} by {known_day - each.lapsed} d (due {iso(each.lapsed)})" for each in late]
    return f"{one if len(late) == 1 else many} {_some(names)}"


def _claims(plant: KitPlant, book: KitBook, at_day: int) -> Iterator[str]:
    """Discrepancies that stand in no claim, by lot, and drafts that must be sent."""
    for lot in sorted(book.lots.values(), key=lambda lot: lot.kit_lot_id):
        contract = plant.contracts.get(lot.contract_id or "")
        loose = [f for f in book.found.values() if f.kit_lot_id == lot.kit_lot_id and f.claim_id is None]
        if not loose or contract is None or lot.arrived_at is None:
            continue
        last = day_of(lot.arrived_at) + contract.claim_days
        left = last - at_day
        if left < 0:
            yield f"{_discrepancies(len(loose))} of lot {lot.kit_lot_id} not claimed by {iso(last)}: late."
        elif left <= CLAIM_DAYS:
            yield f"{_discrepancies(len(loose))} of lot {lot.kit_lot_id} to be claimed by {iso(last)}."
    for claim in book.claims.values():
        if (
            claim.state == "draft"
            and claim.due_at is not None
            and day_of(claim.due_at) - at_day <= CLAIM_DAYS
        ):
            late = "should have been" if day_of(claim.due_at) < at_day else "must be"
            yield f"Claim {claim.claim_id} is a draft; it {late} sent by {iso(day_of(claim.due_at))}."


def _in(days: int) -> str:
    return "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"


def _discrepancies(number: int) -> str:
    return "1 discrepancy" if number == 1 else f"{number} discrepancies"


def _some(names: list[str] | tuple[str, ...]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
