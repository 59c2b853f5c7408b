"""One long replication: a register holds sixteen stations, each busy with another vehicle.

At step `pitch n + j` station j plays vehicle n. All that `leave[n, j]` needs, `leave[n, j - 1]`,
`leave[n - 1, j]` and `leave[n - buffer - 1, j + 1]`, was found at earlier steps: with a pitch of 1 when all
buffers have a place, else of 2. Work is drawn for a block of vehicles at a time, a register of them at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream
from knockdown.simulating.line.clocks import DRAWN, begin_clock, finish
from knockdown.simulating.line.draws import BARE, mix
from knockdown.simulating.line.lane_room import aligned, one_shape
from knockdown.simulating.line.lane_work import choose, work_at
from knockdown.simulating.line.tables import SATURATED, Floats, Ints, Tables, Words
from knockdown.simulating.line.vector_draws import INLINE, philox, uniform_of
from knockdown.simulating.line.vectors import (
    WIDTH,
    counted,
    gather,
    greatest,
    load,
    marks_of,
    pattern,
    select,
    store,
    unlikely,
    words,
)

BLOCK = 64
MOST_ROOM = 1000
_STATION_TIME = np.uint64(Stream.STATION_TIME)
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_N_SUMS, _DOWN = 5, 4


class LongRoom(NamedTuple):
    """Memory of a run; S stations rounded up to full registers."""

    n_slots: int
    pitch: int
    history: Floats  # departures of the last `depth` steps, a row of `row` numbers for each
    depth: int
    row: int
    lag: Ints  # [S] steps since vehicle n - buffer - 1 left the next station
    limited: Ints  # [registers] stations that can be blocked, as a pattern
    work: Floats  # [S, vehicles_kept]
    kept: int
    stride: int
    one_shape: Ints
    entries: Floats  # starts at station 1 of the last vehicles
    free: Floats
    up: Floats
    until: Floats
    failure: Floats
    number: Ints
    ups: Floats
    repairs: Floats
    window: Floats
    sums: Floats
    rows: Floats
    line: Floats  # inside
    checksum: Words


def can_run(t: Tables) -> bool:
    """Whether this way of playing fits: from 8 stations on it is worth it."""
    return bool(
        t.process == SATURATED and t.n_feeders == 0 and t.n_stations >= 8 and t.buffers[1:].max() <= MOST_ROOM
    )


def new_long_room(t: Tables, warmup: int) -> LongRoom:
    """Memory for a run."""
    n = t.n_stations
    slots = -(-n // WIDTH) * WIDTH
    pitch = 1 if np.all(t.buffers[1:] != 0) else 2
    lag = np.zeros(slots, dtype=np.int64)
    can_block = np.zeros(slots, dtype=bool)
    can_block[: n - 1] = t.buffers[1:] >= 0
    lag[: n - 1] = np.where(t.buffers[1:] >= 0, pitch * (t.buffers[1:] + 1) - 1, 1)
    limited = [int(sum(1 << k for k in range(WIDTH) if can_block[c + k])) for c in range(0, slots, WIDTH)]
    depth = 1 << int(max(2, lag.max() + 1)).bit_length()
    row = slots + WIDTH
    kept = 1 << (BLOCK + n + 1).bit_length()
    return LongRoom(
        n_slots=slots,
        pitch=pitch,
        history=aligned(depth * row + WIDTH),
        depth=depth,
        row=row,
        lag=lag,
        limited=np.array(limited, dtype=np.int64),
        work=aligned((n + 1) * (kept + WIDTH) + slots),
        kept=kept,
        stride=kept + WIDTH,
        one_shape=one_shape(t),
        entries=aligned(kept),
        free=aligned(slots),
        up=aligned(slots, value=np.inf),
        until=aligned(slots, value=np.inf),
        failure=aligned(slots, value=np.inf),
        number=aligned(slots, np.int64),
        ups=aligned(slots * DRAWN),
        repairs=aligned(slots * DRAWN),
        window=aligned(slots, value=np.inf if warmup else 0.0),
        sums=aligned(slots * _N_SUMS),
        rows=aligned(5 * WIDTH),
        line=aligned(1),
        checksum=aligned(1, np.uint64),
    )


@njit(**INLINE)
def draw_block(t, seed, replication, work, shape, kept, stride, begin):  # type: ignore[no-untyped-def]
    """Draw the first work of a block of vehicles at all stations."""
    k0, k1, name = np.uint64(seed) & _LOW, np.uint64(seed) >> _32, words(np.uint64(replication))
    kind, scale, p1, p2, table, offset = t.kind, t.scale, t.p1, t.p2, t.quantiles, t.offset
    for first in range(begin, begin + BLOCK, WIDTH):
        vehicle = counted(np.uint64(first))
        chosen = choose(t.chances, vehicle, name, k0, k1)
        at = first & (kept - 1)
        for pair in range((t.n_stations + 1) >> 1):
            j = 2 * pair
            w0, w1, w2, w3 = philox(words(np.uint64(pair)), vehicle, name, words(_STATION_TIME), k0, k1)
            store(
                work,
                j * stride + at,
                work_at(j, uniform_of(w0, w1), chosen, shape, kind, scale, p1, p2, table, offset),
            )
            if j + 1 < t.n_stations:
                u = uniform_of(w2, w3)
                store(
                    work,
                    (j + 1) * stride + at,
                    work_at(j + 1, u, chosen, shape, kind, scale, p1, p2, table, offset),
                )


@njit(**BARE)
def _finish_marked(  # type: ignore[no-untyped-def]
    marked, counts, c, places, calendar, clock, seed, replication, window, sums, rows
):  # fmt: skip
    """Finish the work of the marked stations one by one. `rows`: begin, work, up-time before, done."""
    up, (mode, mttf, mttr) = clock[0], places
    for lane in range(WIDTH):
        if (marked >> lane) & 1:
            j = c + lane
            at = (c * _N_SUMS) + _DOWN * WIDTH + lane
            down = sums[at]
            up[j] = rows[2 * WIDTH + lane]
            rows[3 * WIDTH + lane] = finish(
                j, rows[lane], rows[WIDTH + lane], mode[j], calendar, clock, seed, replication, j, mttf[j],
                mttr[j], window[j], sums, at,
            )  # fmt: skip
            if not (counts >> lane) & 1:
                sums[at] = down


@njit(**INLINE)
def _add(sums, at, counts, what):  # type: ignore[no-untyped-def]
    store(sums, at, load(sums, at) + select(counts, what, 0.0))


@njit(**BARE)
def run_long(t, seed, replication, room, vehicles, warmup):  # type: ignore[no-untyped-def]  # noqa: C901
    """Play one replication to the end."""
    n_stations, pitch, depth, row = t.n_stations, room.pitch, room.depth, room.row
    last, kept = n_stations - 1, room.kept
    mode, mttf, mttr = places = t.mode, t.mttf, t.mttr
    calendar = (t.period, t.shift_starts, t.shift_ends)
    up, until, free, window = room.up, room.until, room.free, room.window
    clock = (up, until, room.failure, room.number, room.ups, room.repairs)
    history, lag, work, sums, rows, entries = (
        room.history,
        room.lag,
        room.work,
        room.sums,
        room.rows,
        room.entries,
    )
    careful = t.period > 0.0
    for j in range(n_stations):
        careful = careful or mode[j] != 0
        begin_clock(j, mode[j], calendar, clock, seed, replication, j, mttf[j], mttr[j])
    one, kept_words, depth_words = np.uint64(1), np.uint64(kept - 1), np.uint64(depth - 1)
    inside, checksum = 0.0, np.uint64(0)
    for step in range(pitch * (vehicles - 1) + n_stations):
        newest = step // pitch
        if step % (pitch * BLOCK) == 0:
            draw_block(t, seed, replication, work, room.one_shape, kept, room.stride, newest)
        here = WIDTH + (step & (depth - 1)) * row
        before_here = WIDTH + ((step - 1) & (depth - 1)) * row
        opening = pitch * (warmup - 1) <= step < pitch * warmup + n_stations
        full = pitch == 1 and step >= last + warmup and newest < vehicles
        for c in range(0, room.n_slots, WIDTH):
            station = counted(np.uint64(c))
            vehicle = words(np.uint64(step)) - station
            active = counts = (1 << WIDTH) - 1
            if not full:
                active = counts = 0
                for lane in range(WIDTH):
                    n = (step - c - lane) // pitch
                    if c + lane < n_stations and (step - c - lane) % pitch == 0 and 0 <= n < vehicles:
                        active |= 1 << lane
                        counts |= int(n >= warmup) << lane
            if pitch == 2:
                vehicle = vehicle >> one
            w = gather(work, station * words(np.uint64(room.stride)) + (vehicle & kept_words))
            if c + WIDTH > n_stations:
                active &= (1 << (n_stations - c)) - 1
            arrived = load(history, before_here + c - 1)
            before = load(free, c)
            begin = greatest(arrived, before)
            done = begin + w
            if careful:
                up_before = load(up, c)
                marked = pattern((w > up_before) | (w > load(until, c) - begin)) & active
                store(up, c, select(marks_of(active), up_before - w, up_before))
                if unlikely(marked != 0):
                    store(rows, 0, begin)
                    store(rows, WIDTH, w)
                    store(rows, 2 * WIDTH, up_before)
                    store(rows, 3 * WIDTH, done)
                    _finish_marked(
                        marked, counts, c, places, calendar, clock, seed, replication, window, sums, rows
                    )
                    done = load(rows, 3 * WIDTH)
            at = ((words(np.uint64(step)) - load(lag, c)) & depth_words) * words(np.uint64(row))
            ahead = gather(history, at + station + words(np.uint64(WIDTH + 1)))
            left = select(marks_of(room.limited[c // WIDTH]), greatest(done, ahead), done)
            is_active, does_count = marks_of(active), marks_of(counts & active)
            store(history, here + c, select(is_active, left, 0.0))
            store(free, c, select(is_active, left, before))
            if opening:
                for lane in range(WIDTH):
                    if step - c - lane == pitch * (warmup - 1) and c + lane < n_stations:
                        window[c + lane] = free[c + lane]
            s = c * _N_SUMS
            _add(sums, s, does_count, left - begin)
            _add(sums, s + WIDTH, does_count, left - done)
            _add(sums, s + 2 * WIDTH, does_count, w)
            _add(sums, s + 3 * WIDTH, does_count, begin - arrived)
            if c == 0:
                store(rows, 4 * WIDTH, begin)
        if step % pitch == 0 and newest < vehicles:
            entries[newest & (kept - 1)] = rows[4 * WIDTH]
        n = (step - last) // pitch
        if step >= last and (step - last) % pitch == 0:
            gone = history[here + last]
            checksum += mix(gone, n)
            if n >= warmup:
                inside += gone - entries[n & (kept - 1)]
    room.line[0] = inside
    room.checksum[0] = checksum
