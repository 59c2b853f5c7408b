"""Lots and stock, as the documents people and scripts read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, get_args

from knockdown.documents.kit_stock import (
    CaseStock,
    ContainerLine,
    KitLotLine,
    KitLots,
    KitStock,
    LotStock,
    PartStock,
    StateLine,
    StockState,
    Way,
)
from knockdown.documents.paper import Provenance
from knockdown.events.codes import Packaging
from knockdown.kitting.book import CaseBook, ClaimBook, Found, KitBook, LotBook, UnitBook
from knockdown.kitting.claims import OPEN, claimed_cents, unclaimed
from knockdown.kitting.moments import day_of
from knockdown.kitting.opening import ALL
from knockdown.kitting.promises import late_lots
from knockdown.kitting.ready.answer import LotReady
from knockdown.kitting.stock import ON_SITE, STATES, Pieces, StockKey, debts, no_list, stock
from knockdown.kitting.terms import MEASURED, KitPlant
from knockdown.kitting.warnings import warnings_of
from knockdown.kitting.worth import LotPrices

CENTS = 100
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass
class StockTeller:
    """Lots and stock of a plant on a day.

    Parameters
    ----------
    plant, book
        As they are.
    at_day : int
    position : int
        Last entry of the ledger that the book knows.
    known_day : int, optional
        The last day of which it is known what happened; by default `at_day`.
    """

    plant: KitPlant
    book: KitBook
    at_day: int
    position: int
    known_day: int | None = None
    _cents: dict[StockKey, dict[str, float]] = field(default_factory=dict)

    def _head(self, provenance: Provenance) -> dict[str, Any]:
        return {
            "plant": self.plant.plant_id,
            "at": date.fromordinal(self.at_day),
            "position": self.position,
            "currency": self.plant.currency,
            "provenance": provenance,
        }

    # Stock

    @cached_property
    def pieces(self) -> dict[StockKey, Pieces]:
        """Pieces by lot, part and state."""
        return stock(self.plant, self.book, self.at_day)

    @cached_property
    def prices(self) -> LotPrices:
        """What pieces of each lot cost."""
        return LotPrices(self.plant, self.book, self.at_day)

    def cents(self, key: StockKey) -> dict[str, float]:
        """Value of a part of a lot by state."""
        if key not in self._cents:
            made = {s: self.prices.cents(*key, n_parts) for s, n_parts in self.pieces.get(key, {}).items()}
            self._cents[key] = made
        return self._cents[key]

    def site_cents(self, keys: Iterable[StockKey]) -> float:
        """Value of what is on site."""
        return sum(cents for key in keys for state, cents in self.cents(key).items() if state in ON_SITE)

    def stock(self, provenance: Provenance, lot_id: str | None, part_id: str | None) -> KitStock:
        """The document, of one lot or part or of all."""
        keys = [
            key
            for key in sorted(self.pieces, key=lambda key: (key[0] or "~", key[1]))
            if lot_id in (None, key[0]) and part_id in (None, key[1]) and self.pieces[key]
        ]
        by_lot: dict[str | None, list[StockKey]] = defaultdict(list)
        for key in keys:
            by_lot[key[0]].append(key)
        return KitStock(
            **self._head(provenance),
            lot=lot_id,
            part=part_id,
            totals=self._states(keys),
            stock_value=self._money(self.site_cents(keys)),
            lots=tuple(self._lot_stock(name, own) for name, own in by_lot.items()),
            cases=tuple(self._case_stock(case) for case in self._cases_of(lot_id, part_id)),
            parts=tuple(self._part_stock(key) for key in keys),
        )

    def _cases_of(self, lot_id: str | None, part_id: str | None) -> list[CaseBook]:
        """Cases of a lot, and with a part on their list; not those that stand for a lot without a list."""
        return [
            case
            for case in sorted(self.book.cases.values(), key=lambda case: (case.kit_lot_id, case.case_id))
            if lot_id in (None, case.kit_lot_id)
            and not case.case_id.endswith(ALL)
            and (part_id is None or any(part == part_id for part, _, _ in case.lines))
        ]

    def _case_stock(self, case: CaseBook) -> CaseStock:
        lot = self.book.lots.get(case.kit_lot_id)
        held = {} if case.opened_at is not None else case.held
        return CaseStock(
            case=case.case_id,
            lot=case.kit_lot_id,
            container=case.container_id,
            packaging=Packaging.read(case.packaging).value,
            status="cleared" if lot is None else _way(lot.status_of(case.container_id)),
            opened=day_at(case.opened_at),
            parts=len({part for part, _, _ in case.lines}),
            value=self._money(sum(self.prices.cents(case.kit_lot_id, *line) for line in held.items())),
        )

    def _states(self, keys: Iterable[StockKey]) -> tuple[StateLine, ...]:
        keys = list(keys)
        n_parts: Counter[str] = Counter()
        cents: Counter[str] = Counter()
        is_one = len({part_id for _, part_id in keys}) == 1
        for key in keys:
            cents.update(self.cents(key))
            if is_one or not self._is_measured(key[1]):
                n_parts.update(self.pieces[key])
        return tuple(
            StateLine(state=_state(name), pieces=n_parts[name], value=self._money(cents[name]))
            for name in STATES
            if n_parts[name] or name in cents
        )

    def _is_measured(self, part_id: str) -> bool:
        return part_id in self.plant.parts and self.plant.parts[part_id].unit in MEASURED

    def _lot_stock(self, lot_id: str | None, keys: list[StockKey]) -> LotStock:
        lot = self.book.lots.get(lot_id or "")
        return LotStock(
            lot=lot_id,
            status="cleared" if lot is None else _way(lot.status),
            has_list=lot_id not in self._no_list,
            cost_factor=round(self.prices.factor(lot_id), 4),
            states=self._states(keys),
            stock_value=self._money(self.site_cents(keys)),
            owes=self._whole(self._debts[0], keys),
            owed=self._whole(self._debts[1], keys),
        )

    def _whole(self, n_parts: Counter[StockKey], keys: Iterable[StockKey]) -> int:
        return sum(n_parts[key] for key in keys if not self._is_measured(key[1]))

    def _part_stock(self, key: StockKey) -> PartStock:
        fact = self.plant.parts.get(key[1])
        return PartStock(
            lot=key[0],
            part=key[1],
            name=key[1] if fact is None else fact.name,
            unit="pcs" if fact is None else fact.unit,
            states=self._states([key]),
            stock_value=self._money(self.site_cents([key])),
            owes=self._debts[0][key],
            owed=self._debts[1][key],
        )

    @cached_property
    def _debts(self) -> tuple[Counter[StockKey], Counter[StockKey]]:
        return debts(self.book)

    @cached_property
    def _no_list(self) -> frozenset[str | None]:
        return frozenset(no_list(self.book))

    @staticmethod
    def _money(cents: float) -> float:
        return round(cents) / CENTS

    # Lots

    def lots(
        self,
        provenance: Provenance,
        ready: Mapping[str | None, LotReady],
        there: Mapping[str | None, LotReady] | None = None,
    ) -> KitLots:
        """The document; `ready` says how many units of each lot can be finished, `there` the same today."""
        there = ready if there is None else there
        order = sorted(self.book.lots.values(), key=lambda lot: lot.kit_lot_id)
        return KitLots(
            **self._head(provenance),
            known_to=date.fromordinal(self._known),
            is_forecast=self._known < self.at_day,
            lots=tuple(self._lot(lot, ready.get(lot.kit_lot_id), there.get(lot.kit_lot_id)) for lot in order),
            warnings=tuple(warnings_of(self.plant, self.book, None, self.at_day, self._known)),
        )

    @property
    def _known(self) -> int:
        return self.at_day if self.known_day is None else self.known_day

    @cached_property
    def _late(self) -> dict[str, int]:
        return {late.name: self._known - late.lapsed for late in late_lots(self.book, self._known)}

    def _lot(self, lot: LotBook, ready: LotReady | None, there: LotReady | None) -> KitLotLine:
        contract = self.plant.contracts.get(lot.contract_id or "")
        cases = self._cases.get(lot.kit_lot_id, [])
        n_open, n_ready = (0, 0) if ready is None else (ready.n_open, ready.n_ready)
        last_day, n_last = ready.steps[-1] if ready is not None and ready.steps else (self.at_day, n_ready)
        claims = [c for c in self._claims.get(lot.kit_lot_id, []) if c.state in OPEN]
        value = sum(claimed_cents(self.plant, self.book, claim) for claim in claims)
        return KitLotLine(
            lot=lot.kit_lot_id,
            contract=lot.contract_id,
            partner=None if contract is None else contract.partner_id,
            variant=lot.variant_id,
            kits=lot.n_kits,
            used=lot.n_used,
            begun=sum(unit.stage != "planned" for unit in self._units.get(lot.kit_lot_id, [])),
            status=_way(lot.status),
            ordered=day_at(lot.ordered_at),
            shipped=day_at(lot.shipped_at),
            arrived=day_at(lot.arrived_at),
            cleared=day_at(lot.cleared_at),
            expected=day_at(lot.expected_at),
            late_days=self._late.get(lot.kit_lot_id),
            containers=tuple(_containers(lot, cases)),
            declaration=lot.declaration,
            bond_until=None if lot.bond_until is None else date.fromisoformat(lot.bond_until),
            bond_days_left=self._bond_days(lot),
            cost=lot.cost_cents / CENTS,
            has_list=bool(cases),
            cases=len(cases),
            opened=sum(case.opened_at is not None for case in cases),
            open_units=n_open,
            ready=n_ready,
            ready_there=0 if there is None else there.n_ready,
            coming=n_last - n_ready,
            coming_by=date.fromordinal(last_day) if n_last > n_ready else None,
            completeness=n_ready / n_open if n_open else 1.0,
            not_claimed=len(self._unclaimed.get(lot.kit_lot_id, [])),
            claims_open=len(claims),
            claims_value=value / CENTS,
            stock_value=self._money(self.site_cents(self._keys_of.get(lot.kit_lot_id, []))),
        )

    def _bond_days(self, lot: LotBook) -> int | None:
        if lot.bond_until is None or not lot.is_in_bond:
            return None
        return date.fromisoformat(lot.bond_until).toordinal() - self.at_day

    @cached_property
    def _cases(self) -> dict[str, list[CaseBook]]:
        found: dict[str, list[CaseBook]] = defaultdict(list)
        for case in self.book.cases.values():
            found[case.kit_lot_id].append(case)
        return found

    @cached_property
    def _claims(self) -> dict[str, list[ClaimBook]]:
        found: dict[str, list[ClaimBook]] = defaultdict(list)
        for claim in self.book.claims.values():
            found[claim.kit_lot_id].append(claim)
        return found

    @cached_property
    def _unclaimed(self) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = defaultdict(list)
        for each in unclaimed(self.book):
            found[each.kit_lot_id].append(each)
        return found

    @cached_property
    def _units(self) -> dict[str, list[UnitBook]]:
        return self.book.units_of()

    @cached_property
    def _keys_of(self) -> dict[str | None, list[StockKey]]:
        found: dict[str | None, list[StockKey]] = defaultdict(list)
        for key in self.pieces:
            found[key[0]].append(key)
        return found


def _containers(lot: LotBook, cases: list[CaseBook]) -> Iterator[ContainerLine]:
    """Containers of the packing list, and those that were named on the way."""
    names: set[str | None] = {case.container_id for case in cases}
    for extent in (lot.arrived, lot.bonded, lot.cleared):
        names |= extent if isinstance(extent, set) else set()
    for name in sorted(names, key=lambda name: name or "~"):
        own = [case for case in cases if case.container_id == name]
        yield ContainerLine(
            container=name,
            status=_way(lot.status_of(name)),
            cases=len(own),
            opened=sum(case.opened_at is not None for case in own),
        )


def day_at(at_ms: int | None) -> date | None:
    """The day of a moment, if there is one."""
    return None if at_ms is None else date.fromordinal(day_of(at_ms))


def _way(status: str) -> Way:
    return next(way for way in WAYS if way == status)


def _state(name: str) -> StockState:
    return next(state for state in get_args(StockState) if state == name)
