"""The peer: a line in SimPy, as lean as we can write it. One process for each station, stores as buffers.

It plays lines with saturated arrivals, buffers of 1 or more, breakdowns by work, shared crews, rework and a
calendar, on numbers drawn beforehand, and keeps the same sums as every engine, so that departures can be
compared to the bit. Times of events are absolute: `At` is a `Timeout` that adds nothing up.
"""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappush
from typing import Any, NamedTuple

import simpy

from knockdown.simulating.line.draws import advance, mix
from knockdown.simulating.line.tables import ODF, Tables
from knockdown.simulating.trials.drawn import Drawn

NORMAL = 1


class Told(NamedTuple):
    """Sums by station (held, blocked, down, work, waiting), departures as (vehicle, time), visits, events."""

    sums: list[list[float]]
    left: list[tuple[int, float]]
    inside: float
    n_events: int

    @property
    def checksum(self) -> int:
        """Of all departures, as `tables.Sums` has it."""
        return sum(int(mix(time, n)) for n, time in self.left) % 2**64


class At(simpy.Event):
    """Happens at a time."""

    def __init__(self, env: Any, time: float) -> None:
        self.env, self.callbacks, self._value, self._ok = env, [], None, True
        heappush(env._queue, (time, NORMAL, next(env._eid), self))


class Clock:
    """When work is done: added up, or walked through shifts."""

    def __init__(self, t: Tables) -> None:
        self.calendar = (t.period, t.shift_starts, t.shift_ends) if t.period > 0.0 else None
        self.shifts = list(zip(t.shift_starts.tolist(), t.shift_ends.tolist(), strict=True))
        self.until = 0.0 if self.calendar else float("inf")

    def done(self, now: float, work: float) -> float:
        """When work is done that begins now."""
        if self.calendar is None or work <= self.until - now:
            return now + work
        end = float(advance(*self.calendar, now, work))
        self.until = end
        base = end // self.calendar[0] * self.calendar[0]
        for start, stop in self.shifts:
            if base + start <= end < base + stop:
                self.until = base + stop
        return end


def play(t: Tables, drawn: Drawn, vehicles: int, warmup: int) -> Told:  # noqa: C901
    """Play one replication."""
    env = simpy.Environment()
    last, gate, back = t.n_stations - 1, t.rework_after, t.rework_to
    stores: list[Any] = [None, *(simpy.Store(env, float("inf") if b < 0 else int(b)) for b in t.buffers[1:])]
    crew = simpy.Resource(env, t.crews) if t.crews else None
    to_rework = simpy.Store(env)
    sums = [[0.0] * 5 for _ in range(t.n_all)]
    left: list[tuple[int, float]] = []
    inside = [0.0]
    finished = env.event()

    def station(j: int) -> Generator[Any, Any, None]:  # noqa: C901
        clock = Clock(t)
        breaks = t.mode[j] == ODF
        ups, repairs, failure = iter(drawn.ups[j]), iter(drawn.repairs[j]), 0
        up = next(ups) if breaks else float("inf")
        queue, ahead = stores[j], None if j == last else stores[j + 1]
        held = blocked = down_time = work_time = waiting = 0.0
        n_left = 0
        in_loop = t.n_rework and back <= j <= gate
        while True:
            if queue is None:
                if n_left == vehicles:
                    return
                vehicle: Any = [n_left, 0, env._now, env._now]
            else:
                vehicle = yield queue.get()
            start = env._now
            work = drawn.work[vehicle[1] if in_loop else 0][j][vehicle[0]]
            rest, down = work, 0.0
            while rest > up:
                rest -= up
                yield At(env, clock.done(env._now, up))
                asked = env._now
                repair = next(repairs)
                if crew is not None:
                    request = crew.request()
                    yield request
                    down += env._now - asked
                down += repair
                yield At(env, clock.done(env._now, repair))
                if crew is not None:
                    crew.release(request)
                failure += 1
                up = next(ups)
            up -= rest
            yield At(env, clock.done(env._now, rest))
            done = vehicle_arrival = env._now
            arrival, vehicle[2] = vehicle[2], vehicle_arrival
            if j == gate and drawn.fails[vehicle[1]][vehicle[0]]:
                yield to_rework.put(vehicle)
            elif ahead is not None:
                yield ahead.put(vehicle)
                vehicle[2] = env._now
            leave = env._now
            if n_left == warmup:
                held = blocked = down_time = work_time = waiting = 0.0
            n_left += 1
            if n_left <= vehicles:
                held += leave - start
                blocked += leave - done
                down_time += down
                work_time += work
                waiting += start - arrival
            if n_left == vehicles:
                sums[j] = [held, blocked, down_time, work_time, waiting]
            if j == last:
                left.append((vehicle[0], leave))
                if n_left > warmup:
                    inside[0] += leave - vehicle[3]
                if n_left == vehicles:
                    finished.succeed()

    def rework_station() -> Generator[Any, Any, None]:
        j = t.n_stations + t.n_feeders
        clock = Clock(t)
        held = blocked = work_time = waiting = 0.0
        while True:
            vehicle = yield to_rework.get()
            start = env._now
            work = drawn.work[vehicle[1]][j][vehicle[0]]
            yield At(env, clock.done(start, work))
            done = env._now
            arrival, vehicle[2] = vehicle[2], done
            vehicle[1] += 1
            yield stores[back].put(vehicle)
            leave = vehicle[2] = env._now
            if warmup <= len(left):
                held += leave - start
                blocked += leave - done
                work_time += work
                waiting += start - arrival
            sums[j] = [held, blocked, 0.0, work_time, waiting]

    for j in range(t.n_stations):
        env.process(station(j))
    if t.n_rework:
        env.process(rework_station())
    env.run(until=finished)
    return Told(sums, left, inside[0], next(env._eid))
