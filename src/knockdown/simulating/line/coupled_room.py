"""The memory of a run with shared crews or rework: queues and a few departures of each station."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from knockdown.simulating.line.clocks import DRAWN
from knockdown.simulating.line.lane_room import aligned, one_shape
from knockdown.simulating.line.long import BLOCK
from knockdown.simulating.line.tables import CLOSED, Floats, Ints, Tables
from knockdown.simulating.line.vectors import WIDTH

KEPT = 4 * BLOCK
STRIDE = KEPT + WIDTH
N_TIMES, N_INTS = 8, 6
MOST_CHANGES = 4


class CoupledRoom(NamedTuple):
    """Arrays of a run; M stations and the rework station."""

    first: Ints  # [M] where a station's queue begins
    size: Ints  # [M] its length, a power of two
    queue_vehicle: Ints
    queue_attempt: Ints  # attempts, times two, and one if the vehicle waited before station 1
    queue_arrival: Floats
    queue_entry: Floats
    departures: Floats  # of the last vehicles of each station, by order of entering
    times: Floats  # [M, N_TIMES] of the vehicle at the station
    ints: Ints  # [M, N_INTS]
    sums: Floats  # [M, 5]
    window: Floats  # [M]
    until_time: Floats  # [M] last counted departure
    work: Floats
    one_shape: Ints
    gone: Floats  # last departures from a closed line
    crew_free: Floats
    change_time: Floats  # repairs that begin or end later
    change_down: Ints
    change_busy: Ints
    visits: Floats  # [queue, 5] visits to rework that are not counted yet
    line: Floats
    counts: Ints
    up: Floats
    until: Floats
    failure: Floats
    number: Ints
    ups: Floats
    repairs: Floats


def new_coupled_room(t: Tables, rework_queue: int) -> CoupledRoom:
    """Memory for a run whose rework queue does not get longer than said."""
    m = t.n_all
    need = [max(4, int(buffer) + 3) for buffer in np.maximum(t.buffers, 0)]
    need += [rework_queue] * t.n_rework
    size = np.array([1 << (n - 1).bit_length() for n in need], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64)
    total = int(size.sum())
    n_changes = MOST_CHANGES * m
    return CoupledRoom(
        first=first,
        size=size,
        queue_vehicle=np.zeros(total, dtype=np.int64),
        queue_attempt=np.zeros(total, dtype=np.int64),
        queue_arrival=np.zeros(total),
        queue_entry=np.zeros(total),
        departures=np.zeros(total),
        times=np.zeros((m, N_TIMES)),
        ints=np.zeros((m, N_INTS), dtype=np.int64),
        sums=np.zeros((m, 5)),
        window=np.zeros(m),
        until_time=np.zeros(m),
        work=aligned((t.n_stations + 1) * STRIDE),
        one_shape=one_shape(t),
        gone=np.zeros(t.wip if t.process == CLOSED else 1),
        crew_free=np.zeros(max(1, t.crews)),
        change_time=np.zeros(n_changes),
        change_down=np.zeros(n_changes, dtype=np.int64),
        change_busy=np.zeros(n_changes, dtype=np.int64),
        visits=np.zeros((rework_queue, 5)),
        line=np.zeros(16),
        counts=np.zeros(16, dtype=np.int64),
        up=aligned(m, value=np.inf),
        until=aligned(m, value=np.inf),
        failure=aligned(m, value=np.inf),
        number=aligned(m, np.int64),
        ups=aligned(m * DRAWN),
        repairs=aligned(m * DRAWN),
    )
