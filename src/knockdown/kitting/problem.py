"""A plant as the room sees it: the only file here that reads the plant description."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, timedelta
from functools import cached_property

from knockdown.kitting.terms import (
    BomEntry,
    ContractFact,
    Costs,
    KitPlant,
    LooseFact,
    NoteFact,
    Opening,
    OpeningCase,
    OpeningLot,
    OpeningShortage,
    OpeningUnit,
    PartFact,
    StationFact,
    StockFact,
    VariantFact,
    pieces,
)
from knockdown.plant.calendar import plant_calendar
from knockdown.plant.plant import Plant
from knockdown.plant.product import BomLine, Part
from knockdown.plant.sources import rests_on_assumption
from knockdown.plant.supply import KitLot

CALENDAR_YEARS = 3
PRICE_OVER_KIT = 1.15  # an assumption, for a variant that nobody asks for


def cut(plant: Plant, start: date | None = None) -> KitPlant:
    """What the room needs of a plant.

    Parameters
    ----------
    plant : Plant
        The checked description.
    start : date, optional
        The opening day; by default the first day of the plant's own first month of plans.

    Examples
    --------
    >>> from knockdown.plant.load import load
    >>> ganja = cut(load("ganja"))
    >>> ganja.variants["b1025c"].line_id, ganja.parts["BT-1301010"].name
    ('tractor_line', 'Radiator')
    """
    first = start or date.fromisoformat(f"{plant.file.planning.start}-01")
    return _Cut(plant, first).made()


class _Cut:
    """One plant on one opening day."""

    def __init__(self, plant: Plant, first: date) -> None:
        self.plant = plant
        self.first = first

    def made(self) -> KitPlant:
        plant, calendar = self.plant, plant_calendar(self.plant.file.calendar, self.plant.calendar_days)
        last = self.first + timedelta(days=366 * CALENDAR_YEARS)
        return KitPlant(
            plant_id=plant.id,
            name=plant.file.name,
            currency=plant.file.currency,
            digest=plant.digest,
            parts={part.id: self._part(part) for part in plant.parts.values()},
            variants={name: self._variant(name) for name in plant.variants},
            stations={
                s.id: StationFact(s.id, s.name, s.line, s.position)
                for line in plant.lines
                for s in plant.stations_of(line)
            },
            lines={line.id: line.name for line in plant.lines.values()},
            partners={partner.id: partner.name for partner in plant.partners.values()},
            contracts=self._contracts(),
            notes=tuple(self._notes()),
            costs=self._costs(),
            opening=self._opening(),
            workdays=tuple(day.toordinal() for day in calendar.workdays(self.first, last)),
            day_h=calendar.day_min / 60,
            assumed=frozenset(self._assumed()),
        )

    def _cents(self, amount: float, currency: str) -> int:
        """An amount in cents of the reporting currency, at the rate of the opening day."""
        return round(amount * self._rate(currency) * 100)

    def _rate(self, currency: str) -> float:
        if currency == self.plant.file.currency:
            return 1.0
        known = sorted((row.date_from, row.rate) for row in self.plant.rates if row.currency == currency)
        before = [rate for day, rate in known if day <= self.first]
        return before[-1] if before else known[0][1]

    # Product

    def _part(self, part: Part) -> PartFact:
        return PartFact(
            part_id=part.id,
            name=part.name,
            unit=part.unit,
            group=part.group,
            mode=part.supply_mode,
            cost_cents=self._cents(part.unit_cost, part.currency),
            lead_days=round(part.lead_days),
            local_cents=None if part.local_cost is None else self._cents(part.local_cost, part.currency),
            local_lead_days=round(part.local_lead_days),
            is_serial=part.serial,
        )

    def _variant(self, variant_id: str) -> VariantFact:
        variant, family = self.plant.variants[variant_id], self.plant.family_of(variant_id)
        names = (variant_id, variant.model, family.id)
        return VariantFact(
            variant_id=variant_id,
            name=variant.name,
            line_id=family.line,
            worth_cents=self._worth_cents(variant_id),
            takt_h=self._takt_h(family.id, family.line) * variant.labour_factor,
            bom=tuple(entry for name in names for entry in self._bom_of.get(name, ())),
        )

    @cached_property
    def _bom_of(self) -> dict[str, list[BomEntry]]:
        found = defaultdict(list)
        for line in self.plant.bom:
            found[line.product].append(self._entry(line))
        return found

    def _entry(self, line: BomLine) -> BomEntry:
        part = self.plant.parts[line.part]
        element = self.plant.work_elements[line.element] if line.element else None
        may_come_later = element is not None and element.fit_later
        return BomEntry(
            part_id=line.part,
            n_parts=pieces(line.qty, part.unit),
            station_id=line.station,
            mode=line.supply_mode or part.supply_mode,
            later_h=element.minutes * element.people / 60 if element is not None and may_come_later else None,
            first_day=None if line.date_from is None else line.date_from.toordinal(),
            last_day=None if line.date_to is None else line.date_to.toordinal(),
        )

    def _takt_h(self, family: str, line: str) -> float:
        """Hours of the slowest station of the line, for its people at all its places."""
        stations = (s for s in self.plant.stations_of(line) if (family, s.id) in self._minutes)
        return max((self._minutes[family, s.id] / (s.people * s.places) / 60 for s in stations), default=0.0)

    @cached_property
    def _minutes(self) -> dict[tuple[str, str], float]:
        """Minutes of one person's work on a unit of a family at a station."""
        minutes: dict[tuple[str, str], float] = defaultdict(float)
        for element in self.plant.work_elements.values():
            minutes[element.family, element.station] += element.minutes * element.people
        return minutes

    def _worth_cents(self, variant_id: str) -> int:
        """The best price anybody pays for one, on the opening day or near it; else its kit's and more."""
        products = {variant_id, self.plant.variants[variant_id].model, self.plant.family_of(variant_id).id}
        asked = [d for d in self.plant.demand.values() if d.product in products and d.form == "unit"]
        if asked:
            away = {
                d.id: max((d.date_from - self.first).days, (self.first - d.date_to).days, 0) for d in asked
            }
            near = min(away.values())
            return max(self._cents(d.price, d.currency) for d in asked if away[d.id] == near)
        return round(max(self._kit_cents(variant_id), default=0) * PRICE_OVER_KIT)

    def _kit_cents(self, variant_id: str) -> Iterator[int]:
        for line in self.plant.contract_lines:
            if line.variant == variant_id:
                yield self._cents(line.kit_price, self.plant.contracts[line.contract].currency)

    # Supply

    def _contracts(self) -> dict[str, ContractFact]:
        return {
            c.id: ContractFact(
                c.id, c.partner, round(c.lead_days), round(c.replace_days), round(c.claim_days), c.returns
            )
            for c in self.plant.contracts.values()
        }

    def _notes(self) -> Iterator[NoteFact]:
        for note in self.plant.change_notes.values():
            yield NoteFact(
                note_id=note.id,
                variants=frozenset(self.plant.variants_of(note.product)),
                old_part=note.old_part,
                new_part=note.new_part,
                n_old=note.qty_old,
                n_new=note.qty_new,
                basis=note.basis,
                last_old=note.last_old,
                first_new=note.first_new,
            )

    def _costs(self) -> Costs:
        kitting = self.plant.file.kitting
        return Costs(
            line_stop_cents_h=round(kitting.line_stop_cost_h * 100),
            late_share_day=kitting.late_share_day,
            later_cents_h=round(kitting.later_cost_h * 100),
            later_factor=kitting.later_factor,
            borrow_cents=round(kitting.borrow_cost * 100),
            duty_share=kitting.duty_share,
            reorder_cents=round(kitting.reorder_cost * 100),
            reorder_premium_share=kitting.reorder_premium_share,
            interest_share_year=self.plant.file.finance.interest_share_year,
        )

    # The opening day

    def _opening(self) -> Opening:
        lots = tuple(self._lot(lot) for lot in self.plant.kit_lots.values() if self._opens(lot.as_of))
        here = {lot.kit_lot_id for lot in lots}
        return Opening(
            day=self.first.toordinal(),
            lots=lots,
            cases=tuple(
                OpeningCase(c.id, c.kit_lot, c.container, c.groups, c.packaging, _day(c.opened_on))
                for c in self.plant.cases.values()
                if c.kit_lot in here
            ),
            units=tuple(
                OpeningUnit(
                    u.id,
                    u.kit_lot,
                    u.kit_no,
                    u.state,
                    u.station,
                    _day(u.released_on),
                    _day(u.due_on),
                    u.missing,
                )
                for u in self.plant.units.values()
                if u.kit_lot in here
            ),
            shortages=tuple(self._shortages(here)),
            loose=tuple(
                LooseFact(row.part, row.store, pieces(row.pieces, self.plant.parts[row.part].unit))
                for row in self.plant.loose_stock
                if self._opens(row.as_of)
            ),
            stock=tuple(self._unnamed(here)),
        )

    def _unnamed(self, lots: set[str]) -> Iterator[StockFact]:
        """Units of the stock table beyond those that the table of units names."""
        named: dict[tuple[str, str], int] = defaultdict(int)
        for unit in self.plant.units.values():
            if unit.kit_lot in lots and unit.state != "planned":
                place = "finished" if unit.state == "off_line" else "in_work"
                named[self.plant.kit_lots[unit.kit_lot].variant, place] += 1
        for row in self.plant.stock:
            n_units = row.units - named[row.variant, row.place] if self._opens(row.as_of) else 0
            if n_units > 0:
                yield StockFact(row.variant, row.place, n_units)

    def _opens(self, day: date) -> bool:
        return (day.year, day.month) == (self.first.year, self.first.month)

    def _lot(self, lot: KitLot) -> OpeningLot:
        begun = sum(u.kit_lot == lot.id and u.state != "planned" for u in self.plant.units.values())
        prices = (
            k.kit_price
            for k in self.plant.contract_lines
            if (k.contract, k.variant) == (lot.contract, lot.variant)
        )
        currency = self.plant.contracts[lot.contract].currency
        return OpeningLot(
            kit_lot_id=lot.id,
            contract_id=lot.contract,
            variant_id=lot.variant,
            n_kits=lot.kits,
            n_used=lot.kits - lot.kits_left - begun,
            status=lot.status,
            ordered_day=_day(lot.ordered_on),
            expected_day=_day(lot.expected_on),
            cost_cents=self._cents(next(prices, 0.0) * lot.kits, currency),
        )

    def _shortages(self, lots: set[str]) -> Iterator[OpeningShortage]:
        for row in self.plant.shortages.values():
            if row.kit_lot in lots:
                yield OpeningShortage(
                    shortage_id=row.id,
                    kit_lot_id=row.kit_lot,
                    case_id=row.case,
                    part_id=row.part,
                    code=row.code,
                    n_parts=pieces(row.pieces, self.plant.parts[row.part].unit),
                    found_day=row.found_on.toordinal(),
                    in_assembly=row.in_assembly == "yes",
                    claim_id=row.claim,
                    claim_state=row.claim_state,
                    expected_day=_day(row.expected_on),
                )

    # What is assumed

    def _assumed(self) -> Iterator[str]:
        if rests_on_assumption(self.plant.file.kitting.source, "late_share_day"):
            yield from (f"plant.toml kitting.{field.name}" for field in fields(Costs))
        tables: tuple[tuple[str, str, Iterable[tuple[str, object]]], ...] = (
            ("demand", "price", ((d.source, d) for d in self.plant.demand.values())),
            ("parts", "unit_cost", ((p.source, p) for p in self.plant.parts.values())),
            ("bom", "qty", ((b.source, b) for b in self.plant.bom)),
            ("kit_lots", "kits_left", ((k.source, k) for k in self.plant.kit_lots.values())),
            ("units", "state", ((u.source, u) for u in self.plant.units.values())),
            ("shortages", "pieces", ((s.source, s) for s in self.plant.shortages.values())),
            ("contracts", "replace_days", ((c.source, c) for c in self.plant.contracts.values())),
        )
        for table, column, rows in tables:
            if any(rests_on_assumption(source, column) for source, _ in rows):
                yield f"{table}.{column}"


def _day(day: date | None) -> int | None:
    return None if day is None else day.toordinal()
