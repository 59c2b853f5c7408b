"""The inspector: reads one replication's log in plain Python and says what could not have happened.

It knows places, buffers, kits and working hours from the scenario, and nothing of the recursion: it sorts
entries and departures and counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from knockdown.simulating.arrays import Tables
from knockdown.simulating.play import Played
from knockdown.simulating.question import LineSpec, Scenario
from knockdown.timing.working_time import DAY_MS, MIN_MS

MOST_NAMED = 5
Rows = list[list[int]]


class InspectionError(Exception):
    """The kernel and the inspector disagree: a fault of this program, never of the input."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        more = f" and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
        super().__init__(f"the simulated year is impossible: {'; '.join(faults[:MOST_NAMED])}{more}")


def check(scenario: Scenario, ready: Tables, played: Played) -> None:
    """Check the log of the replication played last (a run of one replication).

    Raises
    ------
    InspectionError
        With every fault found.
    """
    found = list(faults(scenario, ready, played))
    if found:
        raise InspectionError(found)


def faults(scenario: Scenario, ready: Tables, played: Played) -> Iterator[str]:
    """Everything in a replication's log that could not have happened."""
    starts, leaves = played.start_cal[-1].tolist(), played.leave_cal[-1].tolist()
    yield from _kits(scenario, played, starts)
    yield from _components(scenario, starts, leaves)
    yield from _hours(scenario, starts, leaves)
    for number, line in enumerate(scenario.lines):
        yield from _line(scenario, ready, played, number, line)
    yield from _states(scenario, played)


def _line(scenario: Scenario, ready: Tables, played: Played, number: int, line: LineSpec) -> Iterator[str]:
    a, b = (int(x) for x in ready.hall.unit_first[number : number + 2])
    order = played.log.order[a:b].tolist()
    if sorted(order) != list(range(b - a)):
        yield f"line {line.id} does not build every planned unit once"
    n_stations = len(line.stations)
    cell = int(ready.hall.base_first[number])
    cells = slice(cell, cell + (b - a) * n_stations)
    tables = (played.log.start, played.log.done, played.log.leave)
    start, done, leave = (t[cells].reshape(b - a, n_stations).tolist() for t in tables)
    yield from _times(line, start, done, leave)
    for j, station in enumerate(line.stations):
        inside = _most_at_once([row[j] for row in start], [row[j] for row in leave])
        if inside > station.places:
            yield f"station {station.id} holds {inside} units on {station.places} places"
        if j + 1 < n_stations:
            waiting = _most_at_once([row[j] for row in leave], [row[j + 1] for row in start])
            if waiting > station.buffer_after:
                yield f"{waiting} units wait after station {station.id}, room is for {station.buffer_after}"
    if line.wip_max and n_stations and b > a:
        inside = _most_at_once([row[0] for row in start], [row[-1] for row in leave])
        if inside > line.wip_max:
            yield f"line {line.id} holds {inside} units, at most {line.wip_max} may be on it"


def _times(line: LineSpec, start: Rows, done: Rows, leave: Rows) -> Iterator[str]:
    for n, rows in enumerate(zip(start, done, leave, strict=True)):
        trail = [moment for triple in zip(*rows, strict=True) for moment in triple]
        if any(b < a for a, b in pairwise(trail)):
            yield f"unit {n} of line {line.id} goes back in time"
    for before, after in pairwise(leave):
        if any(b < a for a, b in zip(before, after, strict=True)):
            yield f"a unit overtakes another on line {line.id}"


def _most_at_once(came: Iterable[int], went: Iterable[int]) -> int:
    """Most units between coming and going; one that goes makes room for one that comes at the same moment."""
    moments = sorted([(moment, 1) for moment in came] + [(moment, -1) for moment in went])
    # A stay of no length counts for nothing, so goings come first.
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


def _kits(scenario: Scenario, played: Played, starts: list[int]) -> Iterator[str]:
    complete, arrival = played.log.complete_cal.tolist(), played.log.arrival_cal.tolist()
    for i, unit in enumerate(scenario.units):
        release = (scenario.periods[unit.period].first - scenario.start).days * DAY_MS
        night = DAY_MS if any(end > 24 * 60 for _, end in scenario.windows_min) else 0
        if starts[i] < release - night:
            yield f"unit {unit.name} starts before its period {scenario.periods[unit.period].name}"
        if unit.lot is not None and starts[i] < max(complete[i], arrival[unit.lot]):
            yield f"unit {unit.name} starts before its kit is complete"
    taken: dict[int, int] = {}
    for unit in scenario.units:
        if unit.lot is not None:
            taken[unit.lot] = taken.get(unit.lot, 0) + 1
    for lot, kits in taken.items():
        if kits > scenario.lots[lot].kits:
            yield f"{kits} kits are taken from lot {scenario.lots[lot].name} of {scenario.lots[lot].kits}"


def _components(scenario: Scenario, starts: list[int], leaves: list[int]) -> Iterator[str]:
    for component in {v for needs in scenario.needs.values() for v, _ in needs}:
        made = sorted(leaves[i] for i, u in enumerate(scenario.units) if u.variant == component)
        taken = sorted(
            starts[i]
            for i, u in enumerate(scenario.units)
            if not u.in_work
            for v, n in scenario.needs.get(u.variant, ())
            for _ in range(n)
            if v == component
        )
        opening = scenario.opening_finished.get(component, 0)
        if any(made[k] > moment for k, moment in enumerate(taken[opening:]) if k < len(made)):
            yield f"a {component} is built in before it is made"


def _hours(scenario: Scenario, starts: list[int], leaves: list[int]) -> Iterator[str]:
    """Units start and leave in working hours, or in the evening's overtime."""
    worked = {(day - scenario.start).days for day in scenario.workdays}
    last = max(worked)
    first_min, last_min = scenario.windows_min[0][0], scenario.windows_min[-1][1]
    windows = [(a * MIN_MS, b * MIN_MS) for a, b in scenario.windows_min]
    windows.append((last_min * MIN_MS, DAY_MS + first_min * MIN_MS))
    for i, unit in enumerate(scenario.units):
        for moment in (starts[i], leaves[i]):
            if moment // DAY_MS > last:
                continue
            days = [d for d in (moment // DAY_MS, moment // DAY_MS - 1) if d in worked]
            if not any(a <= moment - d * DAY_MS <= b for d in days for a, b in windows):
                when = scenario.start + timedelta(days=moment // DAY_MS)
                yield f"unit {unit.name} moves outside working hours on {when}"


def _states(scenario: Scenario, played: Played) -> Iterator[str]:
    sums = played.states[-1].sum(axis=1).tolist()
    least = played.states[-1].min(axis=1).tolist()
    s = 0
    for number, line in enumerate(scenario.lines):
        horizon = int(played.log.period_work[number][scenario.n_periods])
        for station in line.stations:
            if sums[s] != station.places * horizon or least[s] < 0:
                yield f"the time of station {station.id} does not add up"
            s += 1
