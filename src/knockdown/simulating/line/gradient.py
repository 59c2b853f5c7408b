"""By how much the end of a run moves when a station gets slower: the critical path, for all stations at once.

A run in lanes notes two things of each visit: whether the vehicle waited for the place or the place for the
vehicle, and whether it was blocked. Going back from the last departure, each time to what it was equal to,
gives the critical path. d(makespan) / d(scale of the times of a station) is the work of that station on it,
almost everywhere: repairs, shifts and arrivals on the path are not scaled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream
from knockdown.simulating.line import lanes
from knockdown.simulating.line.draws import BARE, EXP, draw
from knockdown.simulating.line.lane_room import aligned, new_room
from knockdown.simulating.line.lane_work import choose
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.tables import CLOSED, POISSON, SATURATED, Floats, Ints, Sums, Tables, new_sums
from knockdown.simulating.line.vector_draws import log, philox, uniform_of
from knockdown.simulating.line.vectors import (
    WIDTH,
    gather,
    load,
    select,
    store,
    whole,
    words,
)

_STATION_TIME = np.uint64(Stream.STATION_TIME)
_LOW, _32, _0, _1 = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0), np.uint64(1)


class Gradient(NamedTuple):
    """First axis: replication; second: station."""

    slope: Floats  # d(makespan) / d(scale of the times of the station): time
    share: Floats  # of the makespan


def can_play(line: Line) -> str | None:
    """None when the gradient is known, else what stands in the way."""
    if line.feeders:
        return "feeders are not followed back"
    if any(station.breakdowns and station.breakdowns.mode == "tdf" for station in line.stations):
        return "work that waits for the end of a repair does not move with what came before it"
    if line.calendar and line.arrivals.process == "poisson":
        return "work that waits for the next shift does not move with what came before it"
    return lanes.can_play(line)


def play(tables: Tables, seed: int, replications: Ints, vehicles: int, warmup: int) -> tuple[Sums, Gradient]:
    """Play the line, and go back along the critical path of each replication."""
    sums = new_sums(len(replications), tables.n_all, tables.process == POISSON)
    slope = np.zeros((len(replications), tables.n_stations))
    marks = np.zeros(vehicles * tables.n_stations * 2, dtype=np.uint16)
    all_exponential = bool(np.all(tables.kind == EXP))
    for begin in range(0, len(replications), WIDTH):
        where = slice(begin, min(begin + WIDTH, len(replications)))
        room = new_room(tables, replications[where])
        lanes.play_register(tables, seed, room, marks, where, vehicles, warmup, sums)
        found = np.zeros((WIDTH, tables.n_stations))
        at = aligned(5 * WIDTH), aligned(2 * WIDTH, np.int64)
        _walk_back(tables, np.uint64(seed), room.replications, marks, vehicles, all_exponential, *at, found)
        slope[where] = found[: where.stop - where.start]
    return sums, Gradient(slope, slope / sums.makespan[:, None])


@njit(**BARE)
def _before(t_process, wip, buffers, last, marks, lane, n, j):  # type: ignore[no-untyped-def]
    """The visit whose departure let a visit begin; n < 0 at the beginning of the path."""
    if (marks[(n * (last + 1) + j) * 2] >> lane) & 1 or (j == 0 and t_process == SATURATED):
        return _worked(buffers, last, marks, lane, n - 1, j)
    if j > 0:
        return _worked(buffers, last, marks, lane, n, j - 1)
    if t_process == CLOSED:
        return _worked(buffers, last, marks, lane, n - wip, last)
    return np.int64(-1), j


@njit(**BARE)
def _worked(buffers, last, marks, lane, n, j):  # type: ignore[no-untyped-def]
    """The visit whose work ended when a visit left: itself, or whoever made room for it."""
    while n >= 0 and j < last and (marks[(n * (last + 1) + j) * 2 + 1] >> lane) & 1:
        j += 1
        n -= buffers[j] + 1
    return n, j


@njit(**BARE)
def _walk_back(  # type: ignore[no-untyped-def]
    t, seed, replications, marks, vehicles, all_exponential, floats_at, at, slope
):  # fmt: skip
    """Follow the critical paths of all lanes together, a visit of each at a time."""
    last, buffers, process, wip = t.n_stations - 1, t.buffers, t.process, t.wip
    kind, scale, p1, p2, table, offset, chances = (
        t.kind,
        t.scale,
        t.p1,
        t.p2,
        t.quantiles,
        t.offset,
        t.chances,
    )
    k0, k1, names = np.uint64(seed) & _LOW, np.uint64(seed) >> _32, load(replications, 0)
    n_variants = np.uint64(scale.shape[1])
    flat = scale.reshape(-1)
    going = WIDTH
    for lane in range(WIDTH):
        at[lane], at[WIDTH + lane] = vehicles - 1, last
    while going > 0:
        vehicle, station = load(at, 0), load(at, WIDTH)
        w0, w1, w2, w3 = philox(station >> _1, vehicle, names, words(_STATION_TIME), k0, k1)
        is_even = (station & _1) == _0
        u = uniform_of(select(is_even, w0, w2), select(is_even, w1, w3))
        chosen = choose(chances, vehicle, names, k0, k1)
        if all_exponential:
            found = gather(flat, station * words(n_variants) + whole(chosen))
            store(floats_at, 0, (0.0 - found) * log(1.0 - u))
        else:
            store(floats_at, 0, u)
            store(floats_at, WIDTH, chosen)
        going = 0
        for lane in range(WIDTH):
            n, j = at[lane], at[WIDTH + lane]
            if n >= 0:
                work = floats_at[lane]
                if not all_exponential:
                    v = int(floats_at[WIDTH + lane])
                    work = draw(kind[j, v], scale[j, v], p1[j, v], p2[j, v], table, offset[j, v], work)
                slope[lane, j] += work
                n, j = _before(process, wip, buffers, last, marks, lane, n, j)
                at[lane], at[WIDTH + lane] = n, j
                going += n >= 0
