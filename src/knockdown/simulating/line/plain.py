"""The referee: a line played event by event in plain Python, to be read and to be compared with.

It says what a line file means. Every other engine must give the same log to the last bit.

- A vehicle that finds a free place takes the one that has been free for longest, else it waits, first in,
  first out. A finished vehicle keeps its place until there is room before the next station.
- When a place comes free the one that asked first moves up; the line goes before the rework station when both
  asked at the same time. What comes free by that is used at once, upstream as far as it goes.
- Events of one instant: the last station first, the first one last, then the feeders, the rework station and
  the arrivals. Vehicles of one station in the order in which they started. Crews are given out after that.
- A breakdown happens when the up-time is less than the work that is left (`odf`), or than the time that the
  work needs (`tdf`). Work is resumed. Times are added in the order in which they pass.
- With a calendar, work, up-times and repairs sleep outside of shifts; vehicles move and arrive at any time.
- A feeder makes one part for each vehicle; a vehicle takes one of each when it first starts at station 1.
- A vehicle that leaves a closed line is replaced at once by the next number.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from knockdown.simulating.line import draws
from knockdown.simulating.line.model import INFINITE, Line
from knockdown.simulating.line.plain_sums import Change, Log, add_sums
from knockdown.simulating.line.tables import (
    CLOSED,
    NO_LIMIT,
    ODF,
    POISSON,
    SATURATED,
    TDF,
    Ints,
    Sums,
    Tables,
    Visits,
    new_sums,
    visits_of,
)


class Event(IntEnum):
    """What happens to a place or, for the last two, to the line."""

    FINISH = 0
    BREAK = 1
    REPAIRED = 2
    ARRIVE = 3
    GRANT = 4


@dataclass(slots=True)
class Vehicle:
    """A vehicle, or a part of a feeder, and its visit of the moment."""

    number: int
    variant: int
    entry: float
    attempt: int = 0
    waited: bool = False
    arrival: float = 0.0
    start: float = 0.0
    done: float = 0.0
    work: float = 0.0
    down: float = 0.0


@dataclass(slots=True)
class Place:
    """A place of a station. `left` is work not yet planned, or None; `up` is up-time left (odf)."""

    station: int
    index: int
    vehicle: Vehicle | None = None
    left: float | None = None
    started: int = 0
    failures: int = 0
    up: float = 0.0
    fails_at: float = 0.0
    down: bool = False
    asked: float = 0.0


@dataclass(slots=True)
class Station:
    """Queue, places that are free, and places whose vehicle is finished and cannot leave."""

    places: list[Place]
    queue: deque[Vehicle] = field(default_factory=deque)
    free: deque[Place] = field(default_factory=deque)
    blocked: deque[Place] = field(default_factory=deque)


class Plain:
    """One run of one replication."""

    def __init__(self, tables: Tables, seed: int, replication: int, vehicles: int, warmup: int) -> None:
        self.tables, self.seed, self.replication = tables, seed, replication
        self.n_vehicles, self.warmup = vehicles, warmup
        self.now = 0.0
        self.n_entered = self.n_left = self.n_started = 0
        self.events: list[tuple[float, int, int, int, Event, int, int]] = []
        self.ticket = itertools.count()
        self.crews_free = tables.crews
        self.requests: list[Place] = []
        self.stock = [0] * tables.n_feeders
        self.n_parts = [0] * tables.n_feeders
        self.lots = 0
        self.log = Log()
        self.stations = [Station([Place(j, p) for p in range(tables.places[j])]) for j in range(tables.n_all)]
        for station in self.stations:
            station.free.extend(station.places)

    @property
    def rework(self) -> int:
        """Number of the rework station."""
        return self.tables.n_stations + self.tables.n_feeders

    def play(self) -> Log:
        """Play to the end."""
        self.begin()
        while self.n_left < self.n_vehicles:
            self.now, *_, event, j, p = heapq.heappop(self.events)
            if event == Event.ARRIVE:
                self.arrive()
            elif event == Event.GRANT:
                self.grant()
            else:
                place = self.stations[j].places[p]
                {Event.FINISH: self.finish, Event.BREAK: self.fail, Event.REPAIRED: self.repaired}[event](
                    place
                )
        return self.log

    def plan(self, time: float, event: Event, j: int = 0, p: int = 0, order: int = 0) -> None:
        """Put an event into the list; events of one instant come by rank of the station, then by order."""
        if event == Event.GRANT:
            rank = 2 * self.tables.n_all
        elif event == Event.ARRIVE:
            rank = self.tables.n_all
        else:
            rank = j if j >= self.tables.n_stations else -j
        heapq.heappush(self.events, (time, rank, order, next(self.ticket), event, j, p))

    def advance(self, time: float, work: float) -> float:
        """When work that begins at a time is done."""
        t = self.tables
        return float(draws.advance(t.period, t.shift_starts, t.shift_ends, time, work))

    def begin(self) -> None:
        """Start at time 0 with an empty line."""
        t = self.tables
        for station in self.stations:
            for place in station.places:
                if t.mode[place.station] == ODF:
                    place.up = self.up_time(place)
                elif t.mode[place.station] == TDF:
                    self.next_failure(place)
        for j in range(t.n_stations, self.rework):
            self.fill(j)
        if t.process == CLOSED:
            for _ in range(min(t.wip, self.n_vehicles)):
                self.enter_line()
        elif t.process == POISSON:
            self.plan_lot()
        else:
            self.fill(0)

    def up_time(self, place: Place) -> float:
        """Up-time after the repairs so far."""
        names = (self.seed, self.replication, place.station, place.index, place.failures)
        return float(draws.up_time(*names, self.tables.mttf[place.station]))

    def repair_time(self, place: Place) -> float:
        """Repair that comes next."""
        names = (self.seed, self.replication, place.station, place.index, place.failures)
        return float(draws.repair_time(*names, self.tables.mttr[place.station]))

    def next_failure(self, place: Place) -> None:
        """Set the clock of a place with time-dependent breakdowns."""
        place.fails_at = self.advance(self.now, self.up_time(place))
        self.plan(place.fails_at, Event.BREAK, place.station, place.index, place.started)

    # Arrivals.

    def plan_lot(self) -> None:
        """Plan the next lot of a Poisson line."""
        gap = draws.arrival_gap(self.seed, self.replication, self.lots, 1.0 / self.tables.rate)
        self.lots += 1
        self.plan(self.now + float(gap), Event.ARRIVE)

    def arrive(self) -> None:
        """A lot arrives; whoever finds the entry buffer full is lost."""
        for _ in range(self.tables.lot_size):
            if self.n_entered == self.n_vehicles:
                return
            counts = self.n_entered >= self.warmup
            self.log.arrived += counts
            if self.has_room(0):
                self.enter_line()
            else:
                self.log.lost += counts
        if self.n_entered < self.n_vehicles:
            self.plan_lot()

    def new_vehicle(self, number: int) -> Vehicle:
        """A vehicle with a number."""
        variant = draws.variant_of(self.seed, self.replication, number, self.tables.chances)
        return Vehicle(number, int(variant), self.now, arrival=self.now)

    def enter_line(self) -> None:
        """The next number enters the queue of station 1."""
        self.stations[0].queue.append(self.new_vehicle(self.n_entered))
        self.n_entered += 1
        self.fill(0)

    # Moving.

    def has_room(self, j: int) -> bool:
        """Whether a vehicle may enter the queue or a place of a station."""
        if j >= self.tables.n_stations or self.tables.buffers[j] == NO_LIMIT:
            return True
        station = self.stations[j]
        inside = len(station.queue) + len(station.places) - len(station.free)
        return bool(inside < self.tables.buffers[j] + len(station.places))

    def fill(self, j: int) -> None:
        """Let vehicles that wait at a station take its free places."""
        station = self.stations[j]
        while station.free:
            vehicle = self.next_vehicle(j)
            if vehicle is None:
                return
            self.start(station.free.popleft(), vehicle)

    def next_vehicle(self, j: int) -> Vehicle | None:
        """Take the vehicle, or new part, that starts next at a station."""
        t, queue = self.tables, self.stations[j].queue
        if t.n_stations <= j < self.rework:
            f = j - t.n_stations
            if self.n_parts[f] == self.n_vehicles:
                return None
            self.n_parts[f] += 1
            return self.new_vehicle(self.n_parts[f] - 1)
        if j == 0 and t.process == SATURATED:
            if self.n_entered == self.n_vehicles or not self.take_parts():
                return None
            self.n_entered += 1
            return self.new_vehicle(self.n_entered - 1)
        if not queue or (j == 0 and queue[0].attempt == 0 and not self.take_parts()):
            return None
        return queue.popleft()

    def take_parts(self) -> bool:
        """Take one part of each feeder, if all have one."""
        feeders = [self.stations[self.tables.n_stations + f] for f in range(self.tables.n_feeders)]
        if not all(stock or feeder.blocked for stock, feeder in zip(self.stock, feeders, strict=True)):
            return False
        for f, feeder in enumerate(feeders):
            if feeder.blocked:  # a full buffer passes one on and takes this one in
                place = feeder.blocked.popleft()
                self.leave(place)
                self.fill(place.station)
            else:
                self.stock[f] -= 1
        return True

    def start(self, place: Place, vehicle: Vehicle) -> None:
        """A vehicle takes a place."""
        t, j = self.tables, place.station
        place.vehicle, vehicle.start, vehicle.down = vehicle, self.now, 0.0
        if j == 0 and vehicle.attempt == 0:
            vehicle.waited = vehicle.start > vehicle.arrival
        u = draws.service_uniform(self.seed, self.replication, j, vehicle.number, self.visit(j, vehicle))
        v = vehicle.variant
        shape = (t.kind[j, v], t.scale[j, v], t.p1[j, v], t.p2[j, v], t.quantiles, t.offset[j, v])
        vehicle.work = place.left = float(draws.draw(*shape, u))
        self.n_started += 1
        place.started = self.n_started
        self.work_on(place)

    def visit(self, j: int, vehicle: Vehicle) -> int:
        """How often a vehicle was at a station before."""
        t = self.tables
        in_loop = t.rework_to <= j <= t.rework_after or (j == self.rework and t.n_rework > 0)
        return vehicle.attempt if in_loop else 0

    def leave(self, place: Place) -> Vehicle:
        """A vehicle leaves its place."""
        vehicle = place.vehicle
        assert vehicle is not None
        place.vehicle = None
        self.stations[place.station].free.append(place)
        visit = self.visit(place.station, vehicle)
        times = (vehicle.arrival, vehicle.start, vehicle.done, self.now)
        row = (vehicle.number, place.station, visit, *times, vehicle.work, vehicle.down, self.n_left)
        self.log.rows.append(row)
        vehicle.arrival = self.now
        return vehicle

    def finish(self, place: Place) -> None:
        """Work is done: move on if there is room."""
        t, j, vehicle = self.tables, place.station, place.vehicle
        assert vehicle is not None
        vehicle.done = self.now
        if t.n_stations <= j < self.rework:
            self.finish_part(place)
        elif j == t.rework_after and self.fails_gate(vehicle):
            self.stations[self.rework].queue.append(self.leave(place))
            self.fill(self.rework)
            self.settle(j)
        elif j == t.n_stations - 1:
            self.leave_line(place)
        else:
            self.stations[j].blocked.append(place)
            self.settle(t.rework_to if j == self.rework else j + 1)

    def fails_gate(self, vehicle: Vehicle) -> bool:
        """Whether a vehicle goes to rework."""
        names = (self.seed, self.replication, vehicle.number, vehicle.attempt)
        return bool(draws.fails_gate(*names, self.tables.p_fail))

    def finish_part(self, place: Place) -> None:
        """A part of a feeder goes into its buffer, if it can."""
        f = place.station - self.tables.n_stations
        room = self.tables.feeder_buffers[f]
        if room == NO_LIMIT or self.stock[f] < room:
            self.leave(place)
            self.stock[f] += 1
            self.fill(place.station)
        else:
            self.stations[place.station].blocked.append(place)
        self.fill(0)

    def leave_line(self, place: Place) -> None:
        """A vehicle leaves the last station."""
        vehicle = self.leave(place)
        self.n_left += 1
        self.log.left.append((self.now, vehicle.number, vehicle.waited))
        self.log.entries.append(vehicle.entry)
        if self.tables.process == CLOSED and self.n_entered < self.n_vehicles:
            self.enter_line()
        self.settle(place.station)

    def settle(self, j: int) -> None:
        """Use room that may have come at a station, and what comes free by that upstream."""
        while True:
            self.fill(j)
            place = self.first_blocked(j) if self.has_room(j) else None
            if place is None:
                return
            self.stations[place.station].blocked.popleft()
            vehicle = self.leave(place)
            if place.station == self.rework:
                vehicle.attempt += 1
            self.stations[j].queue.append(vehicle)
            self.fill(j)
            j = place.station

    def first_blocked(self, j: int) -> Place | None:
        """Place whose vehicle asked first to come into a station."""
        sources = [j - 1] if 0 < j < self.tables.n_stations else []
        sources += [self.rework] if self.tables.n_rework and j == self.tables.rework_to else []
        heads = [self.stations[i].blocked[0] for i in sources if self.stations[i].blocked]
        return min(heads, key=lambda place: place.vehicle.done if place.vehicle else INFINITE, default=None)

    # Working, failing, repairing.

    def work_on(self, place: Place) -> None:
        """Plan the end of the work that is left, or what comes before it."""
        mode, left = self.tables.mode[place.station], place.left
        assert left is not None
        assert place.vehicle is not None
        now = self.now
        if mode == ODF:
            while left > place.up:
                left -= place.up
                now = self.advance(now, place.up)
                if self.tables.crews:
                    place.left = left
                    self.plan(now, Event.BREAK, place.station, place.index, place.started)
                    return
                repair = self.repair_time(place)
                now = self.advance(now, repair)
                place.vehicle.down += repair
                place.failures += 1
                place.up = self.up_time(place)
            place.up -= left
        elif mode == TDF:
            if place.down:
                return
            t = self.tables
            until = draws.between(t.period, t.shift_starts, t.shift_ends, now, place.fails_at)
            if left > until:
                place.left = left - float(until)
                return
        place.left = None
        self.plan(self.advance(now, left), Event.FINISH, place.station, place.index, place.started)

    def fail(self, place: Place) -> None:
        """A place breaks down; with shared crews it asks for one."""
        place.down, place.asked = True, self.now
        if self.tables.mode[place.station] == TDF:
            self.log.periods[place.station, place.index, self.now] = INFINITE
        self.log.changes.append(Change(self.now, +1, 0))
        if self.tables.crews:
            self.requests.append(place)
            self.plan(self.now, Event.GRANT)
        else:
            self.repair(place)

    def grant(self) -> None:
        """Give free crews to those that asked first, at one instant to the lowest station first."""
        self.requests.sort(key=lambda place: (place.asked, place.station, place.index))
        while self.crews_free and self.requests:
            place = self.requests.pop(0)
            self.crews_free -= 1
            self.log.changes.append(Change(self.now, 0, +1))
            if place.vehicle is not None:
                place.vehicle.down += self.now - place.asked
            self.repair(place)

    def repair(self, place: Place) -> None:
        """Begin a repair."""
        repair = self.repair_time(place)
        if place.vehicle is not None:
            place.vehicle.down += repair
        end = self.advance(self.now, repair)
        self.plan(end, Event.REPAIRED, place.station, place.index, place.started)

    def repaired(self, place: Place) -> None:
        """A place is up again and resumes its work."""
        place.down = False
        place.failures += 1
        self.log.changes.append(Change(self.now, -1, -1 if self.tables.crews else 0))
        if self.tables.crews:
            self.crews_free += 1
            self.plan(self.now, Event.GRANT)
        if self.tables.mode[place.station] == TDF:
            begin = self.log.periods.pop((place.station, place.index, place.asked))
            assert begin == INFINITE
            self.log.periods[place.station, place.index, place.asked] = self.now
            self.next_failure(place)
        else:
            place.up = self.up_time(place)
        if place.vehicle is not None and place.left is not None:
            self.work_on(place)


def can_play(line: Line) -> str | None:
    """None: the referee plays every line that a line file can say."""
    rework = line.rework
    if rework is not None and rework.returns_to == 0:
        if line.arrivals.process == "saturated":
            return "vehicles come back from rework to a station without a queue"
        if line.arrivals.process == "poisson" and line.entry_buffer != INFINITE:
            return "vehicles come back from rework to an entry buffer with a limit"
    return None


def play(tables: Tables, seed: int, replications: Ints, vehicles: int, warmup: int) -> Sums:
    """Sums over the window of each replication."""
    sums = new_sums(len(replications), tables.n_all, tables.process == POISSON)
    for r, replication in enumerate(replications):
        log = Plain(tables, seed, int(replication), vehicles, warmup).play()
        add_sums(log, tables, vehicles, warmup, r, sums)
    return sums


def trace(tables: Tables, seed: int, replication: int, vehicles: int) -> Visits:
    """Every visit of one replication."""
    log = Plain(tables, seed, replication, vehicles, 0).play()
    return visits_of(np.array([row[:7] for row in log.rows], dtype=np.float64))
