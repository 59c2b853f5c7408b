"""Cuts the planner's question from a plant description. Only this file of the room reads it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property

from knockdown.basics.periods import Period, month_days
from knockdown.planning.question import (
    ContractYear,
    CrewSpec,
    DemandSpec,
    Facility,
    FamilySpec,
    LineSpec,
    LotLine,
    Money,
    NetworkProblem,
    OpeningLot,
    PlanProblem,
    QuotaSpec,
    Series,
    SharedCap,
    VariantSpec,
)
from knockdown.plant.calendar import PlantCalendar, plant_calendar
from knockdown.plant.fields import Row
from knockdown.plant.line import Crew
from knockdown.plant.market import Demand
from knockdown.plant.plant import Network, Plant
from knockdown.plant.product import Family
from knockdown.plant.sources import rests_on_assumption
from knockdown.plant.supply import Contract, KitLot

MONTH_DAYS = 365.25 / 12
CLOSED = ("sanctioned", "suspended")


def from_plant(plant: Plant | Network, periods: tuple[Period, ...]) -> NetworkProblem:
    """The question a plant, or a network, asks over some periods.

    A single plant is a network of one.
    """
    if isinstance(plant, Plant):
        member = _Cut(plant, periods).problem()
        return NetworkProblem(plant.id, plant.file.name, plant.file.currency, periods, (member,), (1.0,), ())
    cuts = [_Cut(member, periods) for member in plant.members.values()]
    worth = tuple(1.0 / cut.rate(plant.file.currency, periods[0]) for cut in cuts)
    return NetworkProblem(
        plant.id,
        plant.file.name,
        plant.file.currency,
        periods,
        tuple(cut.problem() for cut in cuts),
        worth,
        _caps(plant, periods),
    )


Subject = Plant | Network
"""What can be planned."""


def default_span(plant: Plant | Network) -> tuple[str, int]:
    """The plant's own first month and number of months."""
    return plant.file.planning.start, plant.file.planning.months


def triangular_quantile(low: float, mode: float, high: float, share: float) -> float:
    """Value below which a share of a triangular distribution lies.

    >>> triangular_quantile(0.0, 5.0, 10.0, 0.5)
    5.0
    """
    if high <= low:
        return mode
    if share <= (mode - low) / (high - low):
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


def relearn_factor(family: Family) -> float:
    """Hours lost to learning again at a campaign's start, in units of one experienced vehicle.

    After a month without building, a share of the gain is forgotten. With hours of unit n equal to
    (n / N) ** log2(rate) until N units restore full experience (log-linear learning, Wright 1936), the
    loss is that share of the sum of the first N excesses.
    """
    if family.learning_rate >= 1 or family.forgetting_share_month <= 0:
        return 0.0
    slope = math.log2(family.learning_rate)
    units = family.experienced_units
    return family.forgetting_share_month * sum((n / units) ** slope - 1 for n in range(1, units + 1))


class _Cut:
    """One plant's part of the question."""

    def __init__(self, plant: Plant, periods: tuple[Period, ...]) -> None:
        self.plant = plant
        self.periods = periods
        self.n = len(periods)
        self.weekly = "W" in periods[0].name
        self.period_days = 7.0 if self.weekly else MONTH_DAYS

    @cached_property
    def calendar(self) -> PlantCalendar:
        return plant_calendar(self.plant.file.calendar, self.plant.calendar_days)

    @cached_property
    def day_h(self) -> float:
        return self.calendar.day_min / 60

    @cached_property
    def workdays(self) -> tuple[int, ...]:
        return tuple(len(self.calendar.workdays(p.first, p.last)) for p in self.periods)

    @cached_property
    def skill_minutes(self) -> Mapping[str, Mapping[str, float]]:
        """Labour minutes of one unit by family and skill."""
        minutes: dict[str, dict[str, float]] = {}
        for element in self.plant.work_elements.values():
            by_skill = minutes.setdefault(element.family, {})
            by_skill[element.skill] = by_skill.get(element.skill, 0.0) + element.minutes * element.people
        return minutes

    @cached_property
    def covered(self) -> frozenset[str]:
        return frozenset(line.variant for line in self.plant.contract_lines)

    def problem(self) -> PlanProblem:
        lot_lines = tuple(self._lot_lines())
        numbers, assumed = self._count_numbers()
        return PlanProblem(
            plant=self.plant.id,
            name=self.plant.file.name,
            country=self.plant.file.country,
            currency=self.plant.file.currency,
            periods=self.periods,
            variants={v: self._variant(v) for v in self.plant.variants},
            families={f.id: self._family(f) for f in self.plant.families.values()},
            lot_lines=lot_lines,
            opening_lots=tuple(self._opening_lot(lot) for lot in self._opening_rows()),
            contract_years=tuple(self._contract_years()),
            lines={line: self._line(line) for line in self.plant.lines},
            crews={c.id: self._crew(c) for c in self.plant.crews.values()},
            demands={
                d.id: spec for d in self.plant.demand.values() if sum((spec := self._demand(d)).units) > 0
            },
            quotas=tuple(self._quotas()),
            money=self._money(),
            kit_places=self.plant.file.storage.kit_places,
            finished_places=self.plant.file.storage.finished_places,
            notes=tuple(self._notes()),
            numbers=numbers,
            assumed_numbers=assumed,
            facility=self._facility(),
        )

    def _facility(self) -> Facility:
        facility = self.plant.file.facility
        owners = (f"{o.name} {100 * o.share:g} %" if o.share is not None else o.name for o in facility.owners)
        return Facility(
            facility.capacity_year, facility.jobs, facility.indirect_jobs_per_direct, ", ".join(owners)
        )

    # Money and time

    def rate(self, currency: str, period: Period) -> float:
        """Reporting currency per one unit: the last rate dated on or before the period, else the first."""
        if currency == self.plant.file.currency:
            return 1.0
        known = sorted((r.date_from, r.rate) for r in self.plant.rates if r.currency == currency)
        before = [rate for day, rate in known if day <= period.first]
        return before[-1] if before else known[0][1]

    def _in_reporting(self, amount: float, currency: str) -> Series:
        return tuple(amount * self.rate(currency, period) for period in self.periods)

    def _periods_in(self, days: float) -> int:
        return round(days / self.period_days)

    def _month_share(self) -> Series:
        return tuple(p.days / MONTH_DAYS if self.weekly else 1.0 for p in self.periods)

    def _index_of(self, day: date) -> int:
        """Period of a day: 0 when before the horizon, n when after."""
        for index, period in enumerate(self.periods):
            if day <= period.last:
                return index
        return self.n

    # Product and hall

    def _variant(self, variant_id: str) -> VariantSpec:
        variant, family = self.plant.variants[variant_id], self.plant.family_of(variant_id)
        model = self.plant.models[variant.model]
        line = self.plant.lines[family.line]
        kit_value = self._kit_value(variant_id)
        local = self._in_reporting(variant.local_cost, variant.currency)
        rows = [s for s in self.plant.stock if s.variant == variant_id and self._opens(s.as_of)]
        return VariantSpec(
            id=variant_id,
            family=family.id,
            line=family.line,
            line_h=self._cycle_h(family.id, family.line) * variant.labour_factor,
            bay=line.then,
            bay_h=self._cycle_h(family.id, line.then) * variant.labour_factor if line.then else 0.0,
            skill_h={
                k: m / 60 * variant.labour_factor for k, m in self.skill_minutes.get(family.id, {}).items()
            },
            needs=variant.needs,
            needs_kit=not (line.kind == "shop" and variant_id not in self.covered),
            buildable=tuple(any(a <= p.first.year <= b for a, b in model.built) for p in self.periods),
            local_cost=local,
            local_assumed=rests_on_assumption(variant.source, "local_cost"),
            kit_places=family.kit_places,
            finished_places=family.finished_places,
            kit_value=kit_value,
            unit_value=self._unit_value(variant_id),
            opening_finished=sum(s.units for s in rows if s.place == "finished"),
            opening_in_work=sum(s.units for s in rows if s.place == "in_work"),
            opening_assumed=any(rests_on_assumption(s.source, "units") for s in rows),
        )

    def _cycle_h(self, family: str, line: str | None) -> float:
        """Hours between two units leaving the line's slowest station for this family."""
        minutes: dict[str, float] = {}
        for element in self.plant.work_elements.values():
            if element.family == family and self.plant.stations[element.station].line == line:
                minutes[element.station] = (
                    minutes.get(element.station, 0.0) + element.minutes * element.people
                )
        stations = self.plant.stations
        return (
            max((m / stations[s].people / stations[s].places for s, m in minutes.items()), default=0.0) / 60
        )

    def _kit_value(self, variant: str) -> float:
        """What a kit costs at the start: the cheapest contract in force, else the one nearest in time."""
        first = self.periods[0].first
        lines = [line for line in self.plant.contract_lines if line.variant == variant]
        contracts = self.plant.contracts
        in_force = [k for k in lines if contracts[k.contract].date_from <= first <= contracts[k.contract].date_to]
        nearest = sorted(lines, key=lambda k: abs((contracts[k.contract].date_from - first).days))[:1]
        prices = [k.kit_price * self.rate(contracts[k.contract].currency, self.periods[0]) for k in in_force or nearest]
        return min(prices, default=0.0)

    def _unit_value(self, variant_id: str) -> float:
        variant = self.plant.variants[variant_id]
        local = variant.local_cost * self.rate(variant.currency, self.periods[0])
        return self._kit_value(variant_id) + local + sum(n * self._unit_value(v) for v, n in variant.needs)

    def _family(self, family: Family) -> FamilySpec:
        minutes = self.skill_minutes.get(family.id, {})
        variants = [v for v in self.plant.variants_of(family.id)]
        shortest = min((self.plant.variants[v].labour_factor for v in variants), default=1.0)
        cycle = max(self._cycle_h(family.id, family.line) * shortest, 1e-3)
        hours = 1.5 * max(self.workdays) * self.day_h
        return FamilySpec(
            id=family.id,
            name=family.name,
            line=family.line,
            changeover_h=family.changeover_h,
            relearn_h={k: m / 60 * relearn_factor(family) for k, m in minutes.items()},
            campaign_min_units=family.campaign_min_units,
            most_units=math.ceil(hours / cycle),
            open_at_start=any(
                s.units > 0 and s.place == "in_work" and self._opens(s.as_of) and s.variant in variants
                for s in self.plant.stock
            ),
        )

    def _line(self, line_id: str) -> LineSpec:
        line = self.plant.lines[line_id]
        stations = self.plant.stations_of(line_id)
        return LineSpec(
            line_id,
            line.name,
            line.kind,
            tuple(days * self.day_h for days in self.workdays),
            sum(s.people * s.places for s in stations),
            tuple(f.id for f in self.plant.families.values() if f.line == line_id),
        )

    def _crew(self, crew: Crew) -> CrewSpec:
        paid_h = tuple(max(days, 1) * self.day_h for days in self.workdays)
        wage = tuple(
            w * s
            for w, s in zip(
                self._in_reporting(crew.wage_month, crew.currency), self._month_share(), strict=True
            )
        )
        return CrewSpec(
            id=crew.id,
            name=crew.name,
            skills=crew.skills,
            people_open=crew.people_open,
            people_min=crew.people_min,
            people_max=crew.people_max,
            hire_max=tuple(math.ceil(crew.hire_max_month * share) for share in self._month_share()),
            hours=tuple(
                days * self.day_h * (1 - crew.absence_share) * crew.useful_share for days in self.workdays
            ),
            wage=wage,
            overtime_max_share=crew.overtime_max_share,
            overtime_cost_h=tuple(
                w / h * (1 + crew.overtime_premium_share) / crew.useful_share
                for w, h in zip(wage, paid_h, strict=True)
            ),
            hire_cost=self._in_reporting(crew.hire_cost, crew.currency),
            leave_cost=self._in_reporting(crew.leave_cost, crew.currency),
            wage_assumed=rests_on_assumption(crew.source, "wage_month"),
        )

    # Supply

    def _lot_lines(self) -> Iterable[LotLine]:
        for line in self.plant.contract_lines:
            contract = self.plant.contracts[line.contract]
            may_order = tuple(self._may_order(contract, period) for period in self.periods)
            if any(may_order):
                yield LotLine(
                    contract=contract.id,
                    partner=contract.partner,
                    variant=line.variant,
                    lot_size=line.lot_size,
                    kit_price=self._in_reporting(line.kit_price, contract.currency),
                    price_assumed=rests_on_assumption(line.source, "kit_price"),
                    may_order=may_order,
                    lead_periods=self._lead_periods(contract),
                    prepaid_share=contract.prepaid_share,
                    pay_periods=self._periods_in(contract.pay_days),
                )

    def _may_order(self, contract: Contract, period: Period) -> bool:
        inside = contract.date_from <= period.last and period.first <= contract.date_to
        routes = (contract.supply_route, contract.payment_route)
        return inside and all(self._route_status(route, period.first) not in CLOSED for route in routes)

    def _route_status(self, route: str, day: date) -> str:
        for row in self.plant.routes:
            if row.route == route and row.date_from <= day and (row.date_to is None or day <= row.date_to):
                return row.status
        return "open"

    def _lead_periods(self, contract: Contract) -> int:
        days = triangular_quantile(
            contract.lead_low_days,
            contract.lead_days,
            contract.lead_high_days,
            self.plant.file.planning.lead_quantile,
        )
        return math.ceil(days / self.period_days)

    def _opens(self, as_of: date) -> bool:
        opening = self.periods[0].last
        return (as_of.year, as_of.month) == (opening.year, opening.month)

    def _opening_rows(self) -> list[KitLot]:
        return [lot for lot in self.plant.kit_lots.values() if self._opens(lot.as_of) and lot.kits_left > 0]

    def _opening_lot(self, lot: KitLot) -> OpeningLot:
        contract = self.plant.contracts[lot.contract]
        arrives = 0 if lot.status == "cleared" or lot.expected_on is None else self._index_of(lot.expected_on)
        value = self._kit_value(lot.variant) * lot.kits_left
        return OpeningLot(
            lot.id,
            lot.variant,
            lot.kits_left,
            arrives,
            arrives + self._periods_in(contract.pay_days),
            value * lot.unpaid_share,
            value,
            rests_on_assumption(lot.source, "kits_left"),
        )

    def _contract_years(self) -> Iterable[ContractYear]:
        for contract in self.plant.contracts.values():
            for year, inside in self._by_year():
                active = tuple(
                    t
                    for t in inside
                    if contract.date_from <= self.periods[t].last
                    and self.periods[t].first <= contract.date_to
                )
                if not active:
                    continue
                share = min(1.0, sum(self.periods[t].days for t in active) / 365)
                yield ContractYear(
                    contract.id,
                    contract.name,
                    year,
                    active,
                    math.floor(contract.kits_min_year * share) if contract.kind == "signed" else 0,
                    contract.kits_max_year,
                    math.ceil(contract.lots_max_month * self.period_days / MONTH_DAYS),
                    contract.shortfall_penalty * self.rate(contract.currency, self.periods[active[-1]]),
                    rests_on_assumption(contract.source, "shortfall_penalty"),
                )

    def _by_year(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        for year in sorted({p.first.year for p in self.periods}):
            yield year, tuple(t for t, p in enumerate(self.periods) if p.first.year == year)

    # Market

    def _demand(self, row: Demand) -> DemandSpec:
        channel = self.plant.channels[row.channel]
        market = self.plant.markets[channel.market]
        variants = self.plant.variants_of(row.product)
        return DemandSpec(
            id=row.id,
            name=f"{self._product_name(row.product)} for {channel.name}",
            channel=channel.id,
            market=market.id,
            country=market.country,
            export=market.country != self.plant.file.country,
            published_as=self.plant.family_of(variants[0]).published_as if variants else "",
            form=row.form,
            units=self._units(row),
            variants=variants,
            may_sell={v: tuple(self._may_sell(v, market.id, p) for p in self.periods) for v in variants},
            price=self._in_reporting(row.price, row.currency),
            delivery_cost=self._in_reporting(channel.delivery_cost, channel.currency),
            patience=math.ceil(channel.patience_days / self.period_days),
            firm=row.firm,
            late_cost=tuple(
                c * s
                for c, s in zip(
                    self._in_reporting(row.late_cost_month, row.currency), self._month_share(), strict=True
                )
            ),
            lost_cost=self._in_reporting(row.lost_cost, row.currency),
            pay_periods=self._periods_in(channel.pay_days),
            price_assumed=rests_on_assumption(row.source, "price"),
            delivery_assumed=rests_on_assumption(channel.source, "delivery_cost"),
        )

    def _product_name(self, product: str) -> str:
        plant = self.plant
        tables: tuple[Mapping[str, object], ...] = (plant.variants, plant.models, plant.families)
        return next(
            (getattr(table[product], "name", product) for table in tables if product in table), product
        )

    def _units(self, row: Demand) -> tuple[int, ...]:
        """Whole units a period whose running sum follows the exact one."""
        weights = self.plant.seasons[row.season].weights if row.season in self.plant.seasons else (1.0,) * 12
        running, given, units = 0.0, 0, []
        for period in self.periods:
            running += row.units_year * sum(
                _season_share(weights, day) for day in _days(period, row.date_from, row.date_to)
            )
            units.append(math.floor(running + 0.5) - given)
            given += units[-1]
        return tuple(units)

    def _may_sell(self, variant: str, market: str, period: Period) -> bool:
        names = {variant, self.plant.variants[variant].model, self.plant.family_of(variant).id}
        statuses = {
            a.status
            for a in self.plant.approvals
            if a.market == market
            and a.product in names
            and a.date_from <= period.last
            and (a.date_to is None or period.first <= a.date_to)
        }
        if "refused" in statuses:
            return False
        return "approved" in statuses or not self.plant.markets[market].approval_required

    def _quotas(self) -> Iterable[QuotaSpec]:
        years = dict(self._by_year())
        for quota in self.plant.quotas.values():
            if quota.year in years:
                name = f"{self._product_name(quota.product)} in {self.plant.markets[quota.market].name}"
                yield QuotaSpec(
                    quota.id,
                    name,
                    quota.market,
                    quota.year,
                    self.plant.variants_of(quota.product),
                    years[quota.year],
                    quota.units_max,
                )

    def _money(self) -> Money:
        finance = self.plant.file.finance
        share = tuple(p.days / 365 for p in self.periods)
        return Money(
            opening_cash=finance.opening_cash,
            credit_limit=finance.credit_limit,
            interest=tuple(finance.interest_share_year * s for s in share),
            holding=tuple(finance.holding_share_year * s for s in share),
            closing_value_share=finance.closing_value_share,
            fixed_cost=self._fixed_cost(),
            fixed_assumed=any(
                rests_on_assumption(c.source, "amount_month") for c in self.plant.costs.values()
            ),
            finance_assumed=rests_on_assumption(finance.source, "interest_share_year"),
        )

    def _fixed_cost(self) -> Series:
        return tuple(
            share
            * sum(
                c.amount_month * self.rate(c.currency, p)
                for c in self.plant.costs.values()
                if c.date_from <= p.last and (c.date_to is None or p.first <= c.date_to)
            )
            for p, share in zip(self.periods, self._month_share(), strict=True)
        )

    # What a reader should know

    def _notes(self) -> Iterable[str]:
        for contract in self.plant.contracts.values():
            if not (
                contract.date_from <= self.periods[-1].last and self.periods[0].first <= contract.date_to
            ):
                continue
            for route in (contract.supply_route, contract.payment_route):
                yield from self._route_notes(contract, route)
        if not self._opening_rows() and not any(self._opens(s.as_of) for s in self.plant.stock):
            yield f"{self.plant.file.name}: no opening stock is described for {self.periods[0].name}; the plan starts with empty stores."

    def _route_notes(self, contract: Contract, route: str) -> Iterable[str]:
        seen = {
            row.status: row
            for row in self.plant.routes
            if row.route == route
            and any(
                self._route_status(route, p.first) == row.status != "open" and row.date_from <= p.first
                for p in self.periods
            )
        }
        for status, row in seen.items():
            effect = "nothing is ordered through it" if status in CLOSED else "orders go through it"
            yield f"Contract {contract.name}: {row.kind} route {row.name} is {status} since {row.date_from}; {effect}."

    def _count_numbers(self) -> tuple[int, int]:
        rows: list[Row] = [
            *self.plant.families.values(),
            *self.plant.variants.values(),
            *self.plant.stations.values(),
            *self.plant.work_elements.values(),
            *self.plant.crews.values(),
            *self.plant.channels.values(),
            *self.plant.seasons.values(),
            *self.plant.rates,
            *self.plant.costs.values(),
            *(lot for lot in self._opening_rows()),
            *(s for s in self.plant.stock if self._opens(s.as_of)),
            *self._live(self.plant.demand.values()),
            *self._live(self.plant.contracts.values()),
        ]
        rows += [line for line in self.plant.contract_lines if self.plant.contracts[line.contract] in rows]
        rows += [self.plant.file.storage, self.plant.file.finance, self.plant.file.planning]
        cells = [
            rests_on_assumption(row.source, name) for row in rows for name, value in row if _is_number(value)
        ]
        return len(cells), sum(cells)

    def _live(self, rows: Iterable[Demand] | Iterable[Contract]) -> list[Row]:
        first, last = self.periods[0].first, self.periods[-1].last
        return [row for row in rows if row.date_from <= last and first <= row.date_to]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _days(period: Period, first: date, last: date) -> Iterable[date]:
    start, end = max(period.first, first), min(period.last, last)
    return (start + timedelta(days=i) for i in range((end - start).days + 1))


def _season_share(weights: tuple[float, ...], day: date) -> float:
    return weights[day.month - 1] / sum(weights) / month_days(day.year, day.month)


def _caps(network: Network, periods: tuple[Period, ...]) -> tuple[SharedCap, ...]:
    caps = []
    for cap in network.shared_demand.values():
        for year in sorted({p.first.year for p in periods}):
            inside = tuple(
                t
                for t, p in enumerate(periods)
                if p.first.year == year and cap.date_from <= p.last and p.first <= cap.date_to
            )
            if inside:
                days = sum(periods[t].days for t in inside)
                caps.append(
                    SharedCap(
                        cap.id,
                        cap.market,
                        cap.published_as,
                        "",
                        year,
                        inside,
                        math.floor(cap.units_year * min(1.0, days / 365)),
                    )
                )
    return tuple(caps)
