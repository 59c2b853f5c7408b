"""The memory of a run in lanes: a few rows of `WIDTH` numbers for every station, however long the run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from knockdown.simulating.line.clocks import DRAWN
from knockdown.simulating.line.tables import CLOSED, Floats, Ints, Tables, Words
from knockdown.simulating.line.vectors import WIDTH

N_SUMS = 5
_LINE = 64


class Room(NamedTuple):
    """Arrays of a run; M stations and feeders, a row of `WIDTH` numbers for each unless said."""

    replications: Ints  # [WIDTH]
    free: Floats  # when the last vehicle left
    ring: Floats  # departures, buffer + 1 rows for each station with a limit
    first: Ints  # [M] where the rows of a station begin in `ring`
    at: Ints  # [M] row of vehicle n - buffer - 1, which vehicle n will overwrite
    work: Floats
    chosen: Floats  # variants of the vehicle, one row
    one_shape: Ints  # [M] whether its variants differ in scale only
    arrival: Floats  # of the lot, one row
    gone: Floats  # departures from a closed line, a row for each of its vehicles
    started: Floats  # starts at station 1, `depth` rows
    depth: int
    ready: Floats  # parts of feeders
    up: Floats
    until: Floats
    failure: Floats
    number: Ints
    ups: Floats  # `DRAWN` numbers for each place
    repairs: Floats
    window: Floats  # when the window began
    sums: Floats  # held, blocked, work, waiting, down: five rows
    line: Floats  # inside, waited: two rows
    checksum: Words
    rows: Floats  # for passing registers on


def aligned(count: int, kind: Any = np.float64, value: float = 0) -> Any:
    """An array that begins where a cache line does, so that no register lies in two."""
    raw = np.empty(count * 8 + _LINE, dtype=np.uint8)
    begin = -raw.ctypes.data % _LINE
    array = raw[begin : begin + count * 8].view(kind)
    array[:] = value
    return array


def new_room(t: Tables, replications: Ints) -> Room:
    """Memory for a run of up to `WIDTH` replications; the last is played again in lanes left over."""
    m = t.n_stations + t.n_feeders
    chosen = np.empty(WIDTH, dtype=np.int64)
    chosen[:] = replications[-1]
    chosen[: len(replications)] = replications
    names = aligned(WIDTH, np.int64)
    names[:] = chosen
    limits = np.maximum(t.buffers, -1) + 1
    limits[0] = 0
    first = np.concatenate([[0], np.cumsum(limits)]).astype(np.int64) * WIDTH
    depth = 1 + max([0, *(int(limit) for limit in t.feeder_buffers)])
    return Room(
        replications=names,
        free=aligned(m * WIDTH),
        ring=aligned(int(first[-1]) + WIDTH),
        first=first,
        at=np.zeros(m, dtype=np.int64),
        work=aligned((m + 1) * WIDTH),
        chosen=aligned(WIDTH),
        one_shape=one_shape(t),
        arrival=aligned(WIDTH),
        gone=aligned((t.wip if t.process == CLOSED else 1) * WIDTH),
        started=aligned(depth * WIDTH),
        depth=depth,
        ready=aligned(max(1, t.n_feeders) * WIDTH),
        up=aligned(m * WIDTH),
        until=aligned(m * WIDTH),
        failure=aligned(m * WIDTH),
        number=aligned(m * WIDTH, np.int64),
        ups=aligned(m * WIDTH * DRAWN),
        repairs=aligned(m * WIDTH * DRAWN),
        window=aligned(m * WIDTH),
        sums=aligned(m * N_SUMS * WIDTH),
        line=aligned(2 * WIDTH),
        checksum=aligned(WIDTH, np.uint64),
        rows=aligned(4 * WIDTH),
    )


def one_shape(t: Tables) -> Ints:
    """Whether the variants of each station differ in scale only."""
    same = np.ones(len(t.kind), dtype=bool)
    for column in (t.kind, t.p1, t.p2, t.offset):
        same &= np.all(column == column[:, :1], axis=1)
    return same.astype(np.int64)
