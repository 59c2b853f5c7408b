"""From names to dense indices: the scenario as tables for compiled code. They never leave the room."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knockdown.simulating.draw_blocks import BLOCK
from knockdown.simulating.question import LineSpec, Scenario, StationSpec
from knockdown.simulating.staffing import presence
from knockdown.timing.working_time import DAY_MS, MIN_MS, WorkDays, axis, overtime_room_ms

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_DOWN_SHARE = 0.95
LEAST_SUPPLY = 0.01
LEAST_PRESENT = 0.05


class Hall(NamedTuple):
    """Lines, stations and the units that visit them. Units of line l are line_units[unit_first[l]:...]."""

    line_order: Ints
    is_bay: Ints
    paced: Ints
    is_last: Ints
    station_first: Ints
    places: Ints
    buffers: Ints
    sigma: Floats
    up_ms: Floats
    repair_ms: Floats
    rework_share: Floats
    rework_ms: Floats
    pace: Floats
    absent_first: Ints
    absent_cdf: Floats
    absent_pace: Floats
    present: Floats
    wip: Ints
    planned_overtime: Ints
    most_overtime: Ints
    behind: Ints
    planned_before: Ints
    first_family: Ints
    unit_first: Ints
    line_units: Ints
    base_first: Ints
    visit_ms: Floats
    visit_unit: Ints
    visit_station: Ints
    setup_ms: Ints


class Jobs(NamedTuple):
    """Units: what they are, when they may start, what they need."""

    family: Ints
    period: Ints
    release_cal: Ints
    due_cal: Ints
    lot: Ints
    campaign: Ints
    planned_cal: Ints
    component: Ints
    need_first: Ints
    need_component: Ints
    need_number: Ints


class Kits(NamedTuple):
    """Lots; and of each unit's kit, the shares that lack a part or are damaged, filled up to whole blocks."""

    planned_cal: Ints
    from_cal: Ints
    low_ms: Floats
    typical_ms: Floats
    high_ms: Floats
    missing: Floats
    damage: Floats
    replace_low_ms: Floats
    replace_ms: Floats
    replace_high_ms: Floats


class Campaigns(NamedTuple):
    """Runs of one family on a line, in planned order, with their planned starts; and components made."""

    first: Ints
    family: Ints
    start_cal: Ints
    component_first: Ints


class Log(NamedTuple):
    """Scratch of one replication; after it, its log. Cells of line l begin at base_first[l], row by row."""

    arrival_cal: Ints
    complete_cal: Ints
    ready_cal: Ints
    made_cal: Ints
    order: Ints
    keys: Ints
    spare: Ints
    start: Ints
    done: Ints
    leave: Ints
    period_work: Ints
    overtime: Ints
    n_made: Ints
    work_ms: Floats
    rework_ms: Ints
    slow_ms: Ints
    down_ms: Ints
    enters: Ints
    leaves: Ints
    zeros: Ints
    at_period: Ints
    next_period: Ints
    pace_now: Floats
    day_from: Ints
    day_to: Ints
    day_block: Ints
    day_u: Floats
    crawl: Floats
    n_failures: Ints
    to_failure: Floats
    up: Floats
    repair: Floats


@dataclass(frozen=True)
class Tables:
    """All tables of a scenario."""

    days: WorkDays
    hall: Hall
    jobs: Jobs
    kits: Kits
    campaigns: Campaigns
    wait_ms: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Units, stations, periods."""
        return len(self.jobs.family), len(self.hall.places), self.hall.planned_overtime.shape[1] - 1

    def with_plan(self, start_cal: Ints) -> Tables:
        """The same, with the planned start of each unit, from which late units find their place."""
        starts = self.campaigns.start_cal.copy()
        starts[:] = np.iinfo(np.int64).max
        np.minimum.at(starts, self.jobs.campaign, start_cal)
        return replace(
            self,
            jobs=self.jobs._replace(planned_cal=start_cal.copy()),
            campaigns=self.campaigns._replace(start_cal=starts),
        )

    def new_log(self) -> Log:
        """Room for one replication."""
        n_units, n_stations, n_periods = self.shape
        n_lines, n_cells, n_visits = len(self.hall.is_bay), len(self.hall.visit_ms), len(self.hall.line_units)

        positions = int(self.hall.places.sum() + self.hall.buffers.sum())

        def whole(*shape: int) -> Ints:
            return np.zeros(shape, np.int64)

        return Log(
            arrival_cal=whole(len(self.kits.planned_cal)),
            complete_cal=whole(n_units),
            ready_cal=whole(n_visits),
            made_cal=whole(int(self.campaigns.component_first[-1])),
            order=whole(n_visits),
            keys=whole(n_visits),
            spare=whole(n_visits),
            start=whole(n_cells),
            done=whole(n_cells),
            leave=whole(n_cells),
            period_work=whole(n_lines, n_periods + 2),
            overtime=whole(n_lines, n_periods + 1),
            n_made=whole(len(self.campaigns.component_first)),
            work_ms=np.zeros(n_cells),
            rework_ms=whole(n_cells),
            slow_ms=whole(n_cells),
            down_ms=whole(n_cells),
            enters=whole(positions + 1),
            leaves=whole(positions + 1),
            zeros=whole(n_stations),
            at_period=whole(n_stations),
            next_period=whole(n_stations),
            pace_now=np.zeros(n_stations),
            day_from=whole(n_stations),
            day_to=whole(n_stations),
            day_block=whole(n_stations),
            day_u=np.zeros(n_stations * BLOCK),
            crawl=np.zeros(n_stations),
            n_failures=whole(n_stations),
            to_failure=np.zeros(n_stations),
            up=np.zeros(n_stations * BLOCK),
            repair=np.zeros(n_stations * BLOCK),
        )


def tables(scenario: Scenario) -> Tables:
    """Tables of a scenario, planned starts still unknown.

    Raises
    ------
    ValueError
        When lines feed one another in a circle.
    """
    end = scenario.periods[-1].last + timedelta(days=1)
    firsts = [*(p.first for p in scenario.periods), end]
    days = axis(scenario.start, firsts, scenario.workdays, scenario.windows_min)
    campaign, first, family = _campaign_runs(scenario)
    components = {v: c for c, v in enumerate(dict.fromkeys(v for n in scenario.needs.values() for v, _ in n))}
    needs, component_first = _needs(scenario, components)
    jobs = _jobs(scenario, days, campaign, components, needs)
    runs = Campaigns(first, family, np.zeros(len(family), np.int64), component_first)
    wait_ms = round(scenario.options.campaign_wait_days * DAY_MS)
    return Tables(days, _hall(scenario, days), jobs, _kits(scenario), runs, wait_ms)


def line_order(scenario: Scenario) -> list[int]:
    """Lines in an order in which each comes after the lines whose units it takes.

    Raises
    ------
    ValueError
        When lines feed one another in a circle.
    """
    maker = {u.variant: u.line for u in scenario.units}
    then = {line.id: line.then for line in scenario.lines}
    after: dict[str, set[str]] = {line.id: set() for line in scenario.lines}
    for line in scenario.lines:
        if line.then is not None:
            after[line.then].add(line.id)
    for user, needs in scenario.needs.items():
        if user in maker:
            made_on = {maker[v] for v, _ in needs if v in maker}
            after[maker[user]] |= made_on | {t for m in made_on if (t := then[m]) is not None}
    number = {line.id: i for i, line in enumerate(scenario.lines)}
    try:
        return [number[name] for name in TopologicalSorter(after).static_order()]
    except CycleError as error:
        circle = " < ".join(error.args[1])
        problem = f"lines feed one another in a circle: {circle}; let a shop feed a line, not itself"
        raise ValueError(problem) from None


def _ints(values: object) -> Ints:
    return np.array(list(values), np.int64) if not isinstance(values, np.ndarray) else values  # type: ignore[call-overload]


def _visitors(scenario: Scenario) -> list[list[int]]:
    """Units of each line or bay in planned order."""
    by_line: dict[str, list[int]] = defaultdict(list)
    then = {line.id: line.then for line in scenario.lines}
    for i, unit in enumerate(scenario.units):
        by_line[unit.line].append(i)
        if (bay := then[unit.line]) is not None:
            by_line[bay].append(i)
    return [by_line[line.id] for line in scenario.lines]


def _cumulative(sizes: list[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64) if sizes else np.zeros(1, np.int64)


def _hall(scenario: Scenario, days: WorkDays) -> Hall:
    lines, visitors = scenario.lines, _visitors(scenario)
    stations = [s for line in lines for s in line.stations]
    families = {f.id: i for i, f in enumerate(scenario.families)}
    n_periods = scenario.n_periods
    room = overtime_room_ms(days)
    supply = np.maximum([s.supply for s in stations], LEAST_SUPPLY).reshape(-1, n_periods + 1)
    absent_first, absent_cdf, absent_pace = _absence(lines)
    ms, unit, station = _visits(scenario, visitors)
    periods = np.array([u.period for u in scenario.units], np.int64)
    before = [np.searchsorted(np.sort(periods[units]), np.arange(n_periods + 1)) for units in visitors]
    return Hall(
        line_order=_ints(line_order(scenario)),
        is_bay=_ints(line.kind == "bay" for line in lines),
        paced=_ints(line.paced for line in lines),
        is_last=_ints(line.then is None for line in lines),
        station_first=_cumulative([len(line.stations) for line in lines]),
        places=_ints(s.places for s in stations),
        buffers=_ints(s.buffer_after for s in stations),
        sigma=np.array([math.sqrt(math.log1p(s.time_cv**2)) for s in stations]),
        up_ms=np.array([_up_ms(s) for s in stations]),
        repair_ms=np.array([s.repair_min * MIN_MS for s in stations]),
        rework_share=np.array([s.rework_share for s in stations]),
        rework_ms=np.array([s.rework_min * MIN_MS for s in stations]),
        pace=np.maximum(1.0, 1.0 / supply),
        absent_first=absent_first.reshape(-1, n_periods + 1),
        absent_cdf=absent_cdf,
        absent_pace=absent_pace,
        present=np.array([_present(line) for line in lines]),
        wip=_ints(line.wip_max for line in lines),
        planned_overtime=np.array([_overtime(line, room) for line in lines], np.int64),
        most_overtime=_ints(min(room, round(line.overtime_most_min * MIN_MS)) for line in lines),
        behind=_ints(line.behind_units for line in lines),
        planned_before=np.array(before, np.int64),
        first_family=_ints(families.get(line.first_family or "", -1) for line in lines),
        unit_first=_cumulative([len(units) for units in visitors]),
        line_units=_ints(i for units in visitors for i in units),
        base_first=_cumulative([len(u) * len(x.stations) for x, u in zip(lines, visitors, strict=True)]),
        visit_ms=ms,
        visit_unit=unit,
        visit_station=station,
        setup_ms=_ints(round(f.changeover_min * MIN_MS) for f in scenario.families),
    )


def _visits(scenario: Scenario, visitors: list[list[int]]) -> tuple[Floats, Ints, Ints]:
    """Written work, unit and station of all visits, line by line, filled up to whole blocks."""
    ms, unit, station, s = list[int](), list[int](), list[int](), 0
    for line, units in zip(scenario.lines, visitors, strict=True):
        numbers = range(s, s + len(line.stations))
        s += len(line.stations)
        for i in units:
            u = scenario.units[i]
            ms += (
                round(scenario.minutes.get((u.family, x.id), 0.0) * u.hours_factor * MIN_MS)
                for x in line.stations
            )
            unit += [i] * len(numbers)
            station += numbers
    rest = [0] * (-len(ms) % BLOCK) if s else []
    return np.array(ms + rest, np.float64), _ints(unit + rest), _ints(station + rest)


def _present(line: LineSpec) -> float:
    return max(LEAST_PRESENT, line.present_share)


def _absence(lines: tuple[LineSpec, ...]) -> tuple[Ints, Floats, Floats]:
    """First cell of each station and period in two tables: chances of people absent, factors of the work."""
    first, cdf, pace = list[int](), list[float](), list[float]()
    for line in lines:
        for station in line.stations:
            for heads, supply in zip(station.heads, station.supply, strict=True):
                chances, ratios = presence(heads, _present(line))
                first.append(len(cdf))
                cdf += chances
                pace += (max(1.0, 1.0 / (max(supply, LEAST_SUPPLY) * ratio)) for ratio in ratios)
    return _ints(first), np.array(cdf, np.float64), np.array(pace, np.float64)


def _up_ms(station: StationSpec) -> float:
    """Mean working time between failures, so that down over working and down is the share given; 0: never."""
    share = min(station.down_share, MOST_DOWN_SHARE)
    return station.repair_min * MIN_MS * (1 - share) / share if share > 0 and station.repair_min > 0 else 0.0


def _overtime(line: LineSpec, room: int) -> list[int]:
    return [min(room, round(m * MIN_MS)) for m in line.overtime_min]


def _campaign_runs(scenario: Scenario) -> tuple[Ints, Ints, Ints]:
    """Campaign of each unit, first campaign of each line, family of each campaign."""
    number = {f.id: i for i, f in enumerate(scenario.families)}
    campaign = np.zeros(len(scenario.units), np.int64)
    first, family = [0], list[int]()
    for line in scenario.lines:
        before: str | None = None
        for i, unit in enumerate(scenario.units):
            if unit.line != line.id:
                continue
            if unit.family != before:
                family.append(number[unit.family])
                before = unit.family
            campaign[i] = len(family) - 1
        first.append(len(family))
    return campaign, _ints(first), _ints(family)


def _needs(scenario: Scenario, components: dict[str, int]) -> tuple[list[list[tuple[int, int]]], Ints]:
    """Components each unit takes, as (component, number in order of leaving the shop), and their first cells.

    Units take components in planned order over all lines; the first come from opening stock.
    """
    built = Counter(u.variant for u in scenario.units)
    made = [built[v] for v in components]
    taken = [-scenario.opening_finished.get(v, 0) for v in components]
    found: list[list[tuple[int, int]]] = [[] for _ in scenario.units]
    of_period: dict[tuple[str, int], int] = defaultdict(int)
    rank = []
    for i, unit in enumerate(scenario.units):
        rank.append((unit.period, of_period[unit.line, unit.period], i))
        of_period[unit.line, unit.period] += 1
    for _, _, i in sorted(rank):
        for variant, count in scenario.needs.get(scenario.units[i].variant, ()):
            c = components[variant]
            if scenario.units[i].in_work:
                continue
            if 0 <= taken[c] + count - 1 < made[c]:
                found[i].append((c, taken[c] + count - 1))
            taken[c] += count
    return found, _cumulative(made)


def _jobs(
    scenario: Scenario,
    days: WorkDays,
    campaign: Ints,
    components: dict[str, int],
    needs: list[list[tuple[int, int]]],
) -> Jobs:
    number = {f.id: i for i, f in enumerate(scenario.families)}
    units = scenario.units
    flat = [pair for pairs in needs for pair in pairs]
    period = _ints(u.period for u in units)
    return Jobs(
        family=_ints(number[u.family] for u in units),
        period=period,
        release_cal=days.period_ms[period],
        due_cal=days.period_ms[period + 1],
        lot=_ints(-1 if u.lot is None else u.lot for u in units),
        campaign=campaign,
        planned_cal=np.zeros(len(units), np.int64),
        component=_ints(components.get(u.variant, -1) for u in units),
        need_first=_cumulative([len(pairs) for pairs in needs]),
        need_component=_ints(c for c, _ in flat),
        need_number=_ints(k for _, k in flat),
    )


def _kits(scenario: Scenario) -> Kits:
    lots = scenario.lots

    def of_kits(shares: list[float]) -> Floats:
        kits = [0.0 if u.lot is None else shares[u.lot] for u in scenario.units]
        return np.array(kits + [0.0] * (-len(kits) % BLOCK), np.float64)

    def days_ms(values: list[float]) -> Floats:
        return np.array(values, np.float64) * DAY_MS

    return Kits(
        planned_cal=days_ms([lot.planned_day for lot in lots]).astype(np.int64),
        from_cal=days_ms([lot.from_day for lot in lots]).astype(np.int64),
        low_ms=days_ms([lot.low_days for lot in lots]),
        typical_ms=days_ms([lot.typical_days for lot in lots]),
        high_ms=days_ms([lot.high_days for lot in lots]),
        missing=of_kits([lot.missing_share for lot in lots]),
        damage=of_kits([lot.damage_share for lot in lots]),
        replace_low_ms=days_ms([lot.replace_days[0] for lot in lots]),
        replace_ms=days_ms([lot.replace_days[1] for lot in lots]),
        replace_high_ms=days_ms([lot.replace_days[2] for lot in lots]),
    )
