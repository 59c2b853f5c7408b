"""Cuts the simulator's question from a plant and its plan. In this room only this file reads the plant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cached_property

from knockdown.documents.build_calendar import planned_lots
from knockdown.documents.master_plan import Build, MasterPlan
from knockdown.plant.calendar import PlantCalendar, plant_calendar
from knockdown.plant.plant import Plant
from knockdown.plant.supply import Contract, KitLot
from knockdown.simulating.fit import strangers
from knockdown.simulating.ordering import (
    MONTH_DAYS,
    Learning,
    LotSupply,
    assign_lots,
    family_order,
    interleave,
    plan_period,
)
from knockdown.simulating.question import (
    FamilySpec,
    LineSpec,
    LotSpec,
    Options,
    Scenario,
    Selling,
    StationSpec,
    UnitSpec,
)
from knockdown.simulating.staffing import Crewing, PoolHours, carried_over, heads, pools, spread_people

TAIL_DAYS = 3 * 366
IN_WORK_LEFT = 0.5  # share of its hours that a unit in work on the opening day still needs, as in the plan


def from_plant(plant: Plant, plan: MasterPlan, options: Options | None = None) -> Scenario:
    """The question a plant and its plan ask.

    Parameters
    ----------
    plant : Plant
        The plant description.
    plan : MasterPlan
        A plan that contains the plant; rows of other plants are left out.
    options : Options, optional
        Choices that are not in the description.

    Raises
    ------
    ValueError
        When the plan has no periods, or names what the plant does not have.
    """
    if not plan.periods:
        raise ValueError("the plan has no periods; plan at least one month")
    known = {
        "variant": plant.variants, "family": plant.families, "line": plant.lines, "crew": plant.crews,
        "contract": plant.contracts, "period": plan.periods,
    }  # fmt: skip
    if unknown := strangers(plan, plant.id, known):
        raise ValueError(f"the plan names {', '.join(unknown[:5])}, unknown to the plant; plan it again")
    return _Cut(plant, plan, options or Options()).scenario()


class _Cut:
    """One plant's part of a plan."""

    def __init__(self, plant: Plant, plan: MasterPlan, options: Options) -> None:
        self.plant, self.plan, self.options = plant, plan, options
        self.periods = tuple(plan_period(name) for name in plan.periods)
        self.index = {period.name: i for i, period in enumerate(self.periods)}
        self.start = self.periods[0].first

    def scenario(self) -> Scenario:
        return Scenario(
            plant=self.plant.id,
            start=self.start,
            periods=self.periods,
            workdays=self.workdays,
            windows_min=self.calendar.windows_min(),
            lines=tuple(self._line(line) for line in self.plant.lines),
            families=tuple(
                FamilySpec(f.id, f.changeover_h * 60, self.plant.lines[f.line].kind == "shop")
                for f in self.plant.families.values()
            ),
            variants={v: self.plant.family_of(v).id for v in self.plant.variants},
            needs={v.id: v.needs for v in self.plant.variants.values() if v.needs},
            minutes={key: m / self.plant.stations[key[1]].people for key, m in self.person_min.items()},
            units=self.units,
            lots=self.lots,
            opening_finished=self._opening("finished"),
            sales=tuple(self._sales()),
            planned_stock={
                (row.variant, self.index[row.period]): row.finished
                for row in self.plan.stock
                if row.plant == self.plant.id
            },
            planned_overtime_h=tuple(
                sum(h for (_, q), h in self.line_overtime_h.items() if q == p) for p in self.index.values()
            ),
            options=self.options,
        )

    @cached_property
    def calendar(self) -> PlantCalendar:
        return plant_calendar(self.plant.file.calendar, self.plant.calendar_days)

    @cached_property
    def workdays(self) -> tuple[date, ...]:
        return self.calendar.workdays(self.start, self.periods[-1].last + timedelta(days=TAIL_DAYS))

    @cached_property
    def workdays_in(self) -> tuple[int, ...]:
        return tuple(sum(p.first <= day <= p.last for day in self.workdays) for p in self.periods)

    @cached_property
    def person_min(self) -> Mapping[tuple[str, str], float]:
        """Person-minutes of a unit by family and station."""
        found: dict[tuple[str, str], float] = defaultdict(float)
        for element in self.plant.work_elements.values():
            found[element.family, element.station] += element.minutes * element.people
        return found

    def _opens(self, as_of: date) -> bool:
        return (as_of.year, as_of.month) == (self.start.year, self.start.month)

    def _opening(self, place: str) -> Mapping[str, int]:
        units: Counter[str] = Counter()
        for row in self.plant.stock:
            if row.place == place and self._opens(row.as_of):
                units[row.variant] += row.units
        return units

    @cached_property
    def builds(self) -> tuple[Build, ...]:
        return tuple(b for b in self.plan.build if b.plant == self.plant.id and b.units > 0)

    @cached_property
    def carried_on(self) -> frozenset[tuple[int, str]]:
        """Periods and families that the plan builds without a new start."""
        return frozenset(
            (self.index[c.period], c.family)
            for c in self.plan.campaigns
            if c.plant == self.plant.id and not c.starts
        )

    @cached_property
    def units(self) -> tuple[UnitSpec, ...]:
        bare = [unit for line in self.plant.lines for unit in self._line_units(line)]
        lots = self._kits_of(bare)
        return tuple(self._learned(bare, lots))

    def _line_units(self, line: str) -> Iterator[tuple[int, str, bool]]:
        """Period, variant, and whether in work on the opening day, in planned order."""
        opening = {v: n for v, n in self._opening("in_work").items() if self.plant.family_of(v).line == line}
        for variant in interleave(opening):
            yield 0, variant, True
        running = self._first_family(line)
        for p in range(len(self.periods)):
            rows = [b for b in self.builds if b.line == line and self.index[b.period] == p]
            carried = [f for q, f in self.carried_on if q == p + 1]
            for family in family_order(list(dict.fromkeys(b.family for b in rows)), running, carried):
                for variant in interleave({b.variant: b.units for b in rows if b.family == family}):
                    yield p, variant, False
                running = family

    def _first_family(self, line: str) -> str | None:
        """Family the line is set up for on the opening day, as far as stock and plan tell."""
        on_line = [self.plant.family_of(v).id for v, n in self._opening("in_work").items() if n]
        on_line += sorted(f for q, f in self.carried_on if q == 0)
        return next((f for f in on_line if self.plant.families[f].line == line), None)

    def _learned(self, bare: list[tuple[int, str, bool]], lots: list[int | None]) -> Iterator[UnitSpec]:
        learning = {f: self._learning(f) for f in self.plant.families}
        last: dict[str, int] = {}
        count: Counter[tuple[str, bool]] = Counter()
        for (period, variant, in_work), lot in zip(bare, lots, strict=True):
            family = self.plant.family_of(variant)
            if last.get(family.id) != period:
                learning[family.id].rest(self._months_idle(family.id, last.get(family.id), period))
                last[family.id] = period
            hours = self.plant.variants[variant].labour_factor * learning[family.id].next_unit()
            count[variant, in_work] += 1
            number = count[variant, in_work]
            name = f"{variant}-W{number}" if in_work else f"{variant}-{number}"
            hours *= IN_WORK_LEFT if in_work else 1.0
            yield UnitSpec(name, variant, family.id, family.line, period, lot, hours, in_work)

    def _learning(self, family_id: str) -> Learning:
        family = self.plant.families[family_id]
        spans = [span for m in self.plant.models.values() if m.family == family_id for span in m.built]
        is_new = all(first >= self.start.year for first, _ in spans)
        forgetting = family.forgetting_share_month
        return Learning(family.learning_rate, family.experienced_units, forgetting, 1.0 if is_new else 0.0)

    def _months_idle(self, family: str, last: int | None, period: int) -> float:
        """Months since the family was built; at the opening a family not being built has rested one month."""
        if last is not None:
            return (self.periods[period].first - self.periods[last].last).days // MONTH_DAYS
        running = self._first_family(self.plant.families[family].line) == family
        since_start = (self.periods[period].first - self.start).days / MONTH_DAYS
        return round(since_start) + (0.0 if running else 1.0)

    @cached_property
    def lots(self) -> tuple[LotSpec, ...]:
        opening = (self._opening_lot(lot) for lot in self.plant.kit_lots.values() if self._opens(lot.as_of))
        return (*opening, *self._ordered_lots())

    def _opening_lot(self, lot: KitLot) -> LotSpec:
        """The time a lot on the way still needs spreads like its contract's lead time."""
        contract = self.plant.contracts[lot.contract]
        left = 0.0
        if lot.status != "cleared" and lot.expected_on is not None:
            left = float(max(0, (lot.expected_on - self.start).days))
        scale = left / contract.lead_days if contract.lead_days > 0 else 0.0
        low, high = contract.lead_low_days * scale, contract.lead_high_days * scale
        lead = (low, left, max(left, high))
        return self._lot(lot.id, lot.variant, lot.kits_left, contract, (left, 0.0), lead)

    def _ordered_lots(self) -> Iterator[LotSpec]:
        for name, row in planned_lots(self.plan, self.plant.id):
            if row.arrives in self.index:
                contract = self.plant.contracts[row.contract]
                days = self._first_day(row.arrives), self._first_day(row.period)
                lead = (contract.lead_low_days, contract.lead_days, contract.lead_high_days)
                yield self._lot(name, row.variant, row.lot_size, contract, days, lead)

    def _first_day(self, period: str) -> float:
        return float((self.periods[self.index[period]].first - self.start).days)

    def _lot(
        self,
        name: str,
        variant: str,
        kits: int,
        contract: Contract,
        planned_and_from: tuple[float, float],
        lead: tuple[float, float, float],
    ) -> LotSpec:
        planned, since = planned_and_from
        replace = (contract.replace_low_days, contract.replace_days, contract.replace_high_days)
        shares = contract.missing_share, contract.damage_share
        return LotSpec(name, variant, kits, planned, since, *lead, *shares, replace)

    def _kits_of(self, bare: list[tuple[int, str, bool]]) -> list[int | None]:
        """Lot of each unit. Kits sold unbuilt are taken after the units of their period."""
        takes: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for place, (period, variant, in_work) in enumerate(bare):
            if not in_work:
                takes[variant].append((period, 0, place))
        n = len(bare)
        for sale in self.plan.sales:
            if sale.plant == self.plant.id and sale.form == "kit":
                takes[sale.variant] += [(self.index[sale.period], 1, n)] * sale.units
        found: list[int | None] = [None] * (n + 1)
        for variant, wanted in takes.items():
            supplies = [
                LotSupply(i, lot.kits, lot.planned_day)
                for i, lot in enumerate(self.lots)
                if lot.variant == variant
            ]
            for (_, _, place), lot in zip(sorted(wanted), assign_lots(len(wanted), supplies), strict=True):
                found[place] = lot
        return found[:n]

    @cached_property
    def pool_of_skill(self) -> Mapping[str, int]:
        return pools({c.id: c.skills for c in self.plant.crews.values()})

    @cached_property
    def pool_min(self) -> Mapping[tuple[str, str], Mapping[int, float]]:
        """Person-minutes of a unit by family, line and pool."""
        found: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for element in self.plant.work_elements.values():
            line = self.plant.stations[element.station].line
            pool = self.pool_of_skill[element.skill]
            found[element.family, line][pool] += element.minutes * element.people
        return found

    @cached_property
    def crewing(self) -> Crewing:
        hours: dict[tuple[str, int, int], float] = defaultdict(float)
        for unit in self.units:
            for line in self._route(unit.line):
                for pool, minutes in self.pool_min[unit.family, line].items():
                    hours[line, unit.period, pool] += minutes / 60 * unit.hours_factor
        people = [
            PoolHours(
                self.pool_of_skill[self.plant.crews[row.crew].skills[0]],
                self.index[row.period],
                row.available_h,
                row.overtime_h,
            )
            for row in self.plan.people
            if row.plant == self.plant.id
        ]
        regular_h = tuple(n * self.calendar.day_min / 60 for n in self.workdays_in)
        return Crewing(hours, people, regular_h)

    @cached_property
    def units_on(self) -> Mapping[tuple[str, int], list[UnitSpec]]:
        """Units by line or bay, and period."""
        found: dict[tuple[str, int], list[UnitSpec]] = defaultdict(list)
        for unit in self.units:
            for line in self._route(unit.line):
                found[line, unit.period].append(unit)
        return found

    def _route(self, line: str) -> tuple[str, ...]:
        then = self.plant.lines[line].then
        return (line,) if then is None else (line, then)

    def _line(self, line_id: str) -> LineSpec:
        line = self.plant.lines[line_id]
        stations = self.plant.stations_of(line_id)
        present, useful, overtime_share = self._crew_shares(line_id)
        supply = self._supply(line_id)
        most = overtime_share * self.calendar.day_min
        spec = tuple(
            StationSpec(
                s.id, s.name, s.places, s.people, s.buffer_after, s.time_cv, s.down_share, s.repair_min,
                s.rework_share, s.rework_min,
                supply=tuple(row[j] for row in supply),
                heads=tuple(heads(row[j], s.people * s.places, present * useful) for row in supply),
            )
            for j, s in enumerate(stations)
        )  # fmt: skip
        allowed = self.options.overtime_behind_units
        return LineSpec(
            line_id, line.name, line.kind, line.then, line.wip_max_units, spec, present,
            overtime_min=(*(min(most, self._overtime_min(line_id, p)) for p in self.index.values()), 0.0),
            overtime_most_min=most,
            behind_units=sum(s.places for s in stations) if allowed is None else allowed,
            first_family=self._first_family(line_id),
            paced=line.paced,
        )  # fmt: skip

    def _crew_shares(self, line: str) -> tuple[float, float, float]:
        """Presence and useful share of the crews with a skill of the line, and the most overtime of any."""
        stations, elements = self.plant.stations, self.plant.work_elements.values()
        skills = {e.skill for e in elements if stations[e.station].line == line}
        crews = [c for c in self.plant.crews.values() if skills & set(c.skills)]
        if not crews:
            return 1.0, 1.0, 0.0
        weights = [max(1, c.people_open) for c in crews]
        absent, useful = (
            sum(w * getattr(c, name) for w, c in zip(weights, crews, strict=True)) / sum(weights)
            for name in ("absence_share", "useful_share")
        )
        return 1 - absent, useful, max(c.overtime_max_share for c in crews)

    def _supply(self, line: str) -> list[tuple[float, ...]]:
        """Supply over want of the stations in each period and after; one without work is like the last."""
        stations = self.plant.stations_of(line)
        wanted = [s.people * s.places for s in stations]
        rows: list[tuple[float, ...] | None] = []
        for p in range(len(self.periods)):
            units = self.units_on[line, p]
            hours: dict[str, float] = defaultdict(float)
            for u in units:
                hours[u.family] += u.hours_factor
            content = [
                sum(self.person_min.get((f, s.id), 0.0) * h for f, h in hours.items()) / max(1, len(units))
                for s in stations
            ]
            persons = self.crewing.persons(line, p) if units else 0.0
            full = sum(w for w, h in zip(wanted, content, strict=True) if h > 0)
            persons = full if persons is None else persons
            rows.append(spread_people(persons, content, wanted) if persons > 0 else None)
        return carried_over([*rows, None], (1.0,) * len(stations))

    def _overtime_min(self, line: str, p: int) -> float:
        """Overtime window a day that the plan's line hours or crew hours of a period ask for."""
        days = max(1, self.workdays_in[p])
        share = self.crewing.overtime_share(line, p)
        return max(self.line_overtime_h[line, p] * 60 / days, share * self.calendar.day_min)

    @cached_property
    def line_overtime_h(self) -> Mapping[tuple[str, int], float]:
        """Overtime hours the plan has a line run, by line and period."""
        found: dict[tuple[str, int], float] = defaultdict(float)
        for row in self.plan.lines:
            if row.plant == self.plant.id:
                found[row.line, self.index[row.period]] += row.overtime_h
        return found

    def _sales(self) -> Iterable[Selling]:
        units: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        for sale in self.plan.sales:
            if sale.plant == self.plant.id and sale.form == "unit" and sale.units > 0:
                units[sale.demand, sale.variant][self.index[sale.period]] += sale.units
        for (demand, variant), by_period in units.items():
            row = self.plant.demand.get(demand)
            series = tuple(by_period[p] for p in range(len(self.periods)))
            yield Selling(demand, variant, series, row.spread_share if row is not None else 0.0)
