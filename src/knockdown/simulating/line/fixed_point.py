"""Lines with shared repair crews and off-line rework: the recursion, as far as nothing but the flow matters.

Each station plays its vehicles as far as it can without knowing the time elsewhere. Then everything waits for
one of few things to be decided: which request gets the next free crew, or who moves up first, the vehicle on
the line or the one from rework. All that is still unknown comes later than the earliest of them, so that one
is final, and the stations go on. This is the fixed point of repeating the recursion with the crews' times,
found without repeating.
"""

from __future__ import annotations

import numpy as np

from knockdown.simulating.line.coupled import (
    CHECKSUM,
    INSIDE,
    MAKESPAN,
    N_LINE,
    OPENED,
    WAITED,
    play_coupled,
)
from knockdown.simulating.line.coupled_room import CoupledRoom, new_coupled_room
from knockdown.simulating.line.model import INFINITE, Line
from knockdown.simulating.line.tables import POISSON, Floats, Ints, Sums, Tables, Visits, new_sums, visits_of

_FIRST_QUEUE = 1024
MOST_ROOM = 10_000


def can_play(line: Line) -> str | None:
    """None when crews or rework are all that couples the stations, else what stands in the way."""
    rework = line.rework
    every = [*line.stations, *([rework.station] if rework else [])]
    if line.feeders:
        return "feeders meet the line"
    if any(station.places > 1 for station in every):
        return "a station has several places, which vehicles may leave out of order"
    if any(station.breakdowns and station.breakdowns.mode == "tdf" for station in every):
        return "stations fail while they are idle"
    if any(buffer > MOST_ROOM for buffer in line.buffers):
        return "a buffer has no limit, so that stations run far ahead of each other"
    if rework and rework.returns_to == 0:
        return "vehicles come back from rework to the first station"
    if line.arrivals.process == "poisson" and line.entry_buffer != INFINITE:
        return "vehicles are lost when the entry buffer is full"
    return None


def play(tables: Tables, seed: int, replications: Ints, vehicles: int, warmup: int) -> Sums:
    """Sums over the window of each replication; see `tables.Sums`."""
    sums = new_sums(len(replications), tables.n_all, tables.process == POISSON)
    nothing = np.zeros((0, 7))
    for r, replication in enumerate(replications):
        room, _ = _played(tables, seed, int(replication), vehicles, warmup, sums.sojourns[r], nothing)
        _collect(tables, room, r, vehicles, warmup, sums)
    return sums


def _played(
    t: Tables, seed: int, replication: int, vehicles: int, warmup: int, histogram: Ints, log: Floats
) -> tuple[CoupledRoom, int]:
    """Play one replication, again with more memory while the rework queue does not fit."""
    queue = _FIRST_QUEUE
    while True:
        room = new_coupled_room(t, queue)
        rows = play_coupled(t, np.uint64(seed), replication, room, vehicles, warmup, histogram, log)
        if rows >= 0:
            return room, int(rows)
        queue *= 8
        histogram[:] = 0


def _collect(t: Tables, room: CoupledRoom, r: int, vehicles: int, warmup: int, sums: Sums) -> None:
    """Put the sums of a run where they belong."""
    for q, where in enumerate((sums.held, sums.blocked, sums.work, sums.waiting, sums.down)):
        where[r] = room.sums[:, q]
    sums.span[r] = room.until_time - room.window
    sums.time[r] = room.line[MAKESPAN] - room.line[OPENED]
    if t.n_rework:
        sums.span[r, -1] = sums.time[r]
    sums.makespan[r] = room.line[MAKESPAN]
    sums.count[r], sums.inside[r] = vehicles - warmup, room.line[INSIDE]
    sums.waited[r] = int(room.line[WAITED])
    sums.checksum[r] = room.counts[CHECKSUM].view(np.uint64)
    if t.process == POISSON:
        sums.arrived[r] = vehicles - warmup
    sums.n_down[r], sums.all_up[r], sums.crews_busy[r] = room.line[N_LINE : N_LINE + 3]


def trace(tables: Tables, seed: int, replication: int, vehicles: int) -> Visits:
    """Every visit of one replication."""
    log = np.zeros((vehicles * tables.n_all * 2 + 64, 7))
    histogram = np.zeros(0 if tables.process != POISSON else 1 << 15, dtype=np.int64)
    while True:
        _, rows = _played(tables, seed, replication, vehicles, 0, histogram, log)
        if rows <= len(log):
            return visits_of(log[:rows])
        log = np.zeros((rows, 7))
