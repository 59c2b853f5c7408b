"""Borrowed parts, the park of short-built units and packaging, as the documents people and scripts read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from knockdown.documents.kit_lists import (
    BorrowLine,
    DebtLine,
    KitBorrows,
    KitPackaging,
    KitPark,
    PackagingLine,
    ParkLine,
)
from knockdown.documents.kit_ready import UnitLine
from knockdown.documents.paper import Provenance
from knockdown.events.codes import Packaging
from knockdown.kitting.book import BorrowBook, CaseBook, KitBook, UnitBook
from knockdown.kitting.moments import day_of
from knockdown.kitting.opening import ALL
from knockdown.kitting.tell.stock import day_at
from knockdown.kitting.terms import KitPlant
from knockdown.kitting.worth import LotPrices

CENTS = 100
LAST = date.max


@dataclass
class ListTeller:
    """Lists of a plant on a day."""

    plant: KitPlant
    book: KitBook
    at_day: int
    position: int

    def _head(self, provenance: Provenance) -> dict[str, Any]:
        return {
            "plant": self.plant.plant_id,
            "at": date.fromordinal(self.at_day),
            "position": self.position,
            "currency": self.plant.currency,
            "provenance": provenance,
        }

    # Borrowed parts

    def borrows(self, provenance: Provenance) -> KitBorrows:
        """The document: what is owed first, the oldest on top."""
        order = sorted(self.book.borrows.values(), key=lambda b: (b.n_owed == 0, b.borrowed_at, b.borrow_id))
        lines = tuple(map(self._borrow, order))
        owed: dict[tuple[str, str], list[BorrowLine]] = defaultdict(list)
        for line in lines:
            if line.owed:
                owed[line.taker, line.lender].append(line)
        debts = tuple(
            DebtLine(
                taker=taker,
                lender=lender,
                owed=sum(line.owed for line in own),
                value=round(sum(line.value for line in own), 2),
            )
            for (taker, lender), own in sorted(owed.items())
        )
        return KitBorrows(
            **self._head(provenance),
            borrows=lines,
            debts=debts,
            owed=sum(line.owed for line in lines),
            owed_value=round(sum(line.value for line in lines), 2),
        )

    @cached_property
    def _prices(self) -> LotPrices:
        """What is owed is worth what it cost the lender's lot, as in the lender's stock."""
        return LotPrices(self.plant, self.book, self.at_day)

    def _borrow(self, borrow: BorrowBook) -> BorrowLine:
        fact, lender = self.plant.parts.get(borrow.part_id), borrow.from_kit_lot_id
        return BorrowLine(
            borrow=borrow.borrow_id,
            lender=lender,
            taker=borrow.to_kit_lot_id,
            for_unit=borrow.to_unit_id,
            part=borrow.part_id,
            name=borrow.part_id if fact is None else fact.name,
            unit="pcs" if fact is None else fact.unit,
            pieces=borrow.n_parts,
            paid=borrow.n_paid,
            owed=borrow.n_owed,
            borrowed=date.fromordinal(day_of(borrow.borrowed_at)),
            paid_on=day_at(borrow.paid_at) if borrow.n_owed == 0 else None,
            age_days=max(0, self.at_day - day_of(borrow.borrowed_at)),
            value=round(self._prices.cents(lender, borrow.part_id, borrow.n_owed)) / CENTS,
        )

    # The park

    def park(self, provenance: Provenance, ready: Mapping[str, UnitLine]) -> KitPark:
        """The document; `ready` tells of open units when they can be finished."""
        units = [self._parked(unit, ready[unit.unit_id]) for unit in self._short_built(ready)]
        units.sort(key=lambda line: (line.finish or LAST, line.due or LAST, line.unit))
        first = next((line for line in units if line.finish is not None), None)
        return KitPark(
            **self._head(provenance),
            units=tuple(units),
            days_short=sum(line.days_short for line in units),
            tied_up=round(sum(line.tied_up for line in units), 2),
            worth=round(sum(line.worth for line in units), 2),
            next=None if first is None else first.unit,
            next_date=None if first is None else first.finish,
        )

    def _short_built(self, ready: Mapping[str, UnitLine]) -> list[UnitBook]:
        return [
            unit
            for unit in self.book.units.values()
            if unit.stage == "off_line" and unit.open_part_ids and unit.unit_id in ready
        ]

    def _parked(self, unit: UnitBook, told: UnitLine) -> ParkLine:
        left = self.at_day if unit.left_line_at is None else day_of(unit.left_line_at)
        lot = self.book.lots.get(unit.kit_lot_id or "")
        return ParkLine(
            unit=unit.unit_id,
            variant=told.variant,
            kit_lot=unit.kit_lot_id,
            kit_no=unit.kit_no,
            left_line=day_at(unit.left_line_at),
            days_short=max(0, self.at_day - left),
            due=told.due,
            finish=told.date,
            is_ready=told.state == "ready",
            open_parts=unit.open_part_ids,
            missing=told.missing,
            tied_up=0.0 if lot is None or not lot.n_kits else round(lot.cost_cents / lot.n_kits) / CENTS,
            worth=told.worth,
        )

    # Packaging

    def packaging(self, provenance: Provenance) -> KitPackaging:
        """The document: every partner and kind of packaging that came, or goes back."""
        cases: dict[tuple[str, str], list[CaseBook]] = defaultdict(list)
        wanted: set[tuple[str, str]] = set()
        for case in self.book.cases.values():
            lot = self.book.lots.get(case.kit_lot_id)
            contract = self.plant.contracts.get((lot.contract_id if lot else None) or "")
            if lot is None or contract is None or case.case_id.endswith(ALL):
                continue
            cases[contract.partner_id, case.packaging].append(case)
            if case.packaging in contract.returns:
                wanted.add((contract.partner_id, case.packaging))
        keys = sorted({*cases, *self.book.packaging_back})
        lines = tuple(self._packaging(key, cases.get(key, []), key in wanted) for key in keys)
        return KitPackaging(
            **self._head(provenance), lines=lines, to_return=sum(line.to_return for line in lines)
        )

    def _packaging(self, key: tuple[str, str], cases: list[CaseBook], must_return: bool) -> PackagingLine:
        status: Counter[bool] = Counter()
        for case in cases:
            lot = self.book.lots[case.kit_lot_id]
            status[lot.status_of(case.container_id) not in ("ordered", "transit")] += 1
        emptied = sum(case.opened_at is not None for case in cases)
        returned = self.book.packaging_back[key]
        return PackagingLine(
            partner=key[0],
            name=self.plant.partners.get(key[0], key[0]),
            packaging=Packaging.read(key[1]).value,
            came=status[True],
            emptied=emptied,
            returned=returned,
            must_return=must_return,
            to_return=max(0, emptied - returned) if must_return else 0,
            on_the_way=status[False],
        )
