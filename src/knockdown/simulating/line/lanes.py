"""Lines in which vehicles meet only through the flow: a recursion over departures, many replications at once.

    leave[n, j] = max(done[n, j], leave[n - buffer - 1, j + 1])
    done[n, j]  = finish(max(leave[n, j - 1], leave[n - 1, j]), work[n, j])

Nothing is stored but the last departures of each station. A register holds the same vehicle at the same
station in `WIDTH` replications; what is rare (a failure, the end of a shift) is done for one at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.simulating.line.clocks import begin_clock, finish, next_repair
from knockdown.simulating.line.draws import BARE, MIX_VEHICLE
from knockdown.simulating.line.integrals import repair_integrals
from knockdown.simulating.line.lane_room import Room, new_room
from knockdown.simulating.line.lane_work import prepare_vehicle, works_of
from knockdown.simulating.line.long import can_run, new_long_room, run_long
from knockdown.simulating.line.model import INFINITE, Line
from knockdown.simulating.line.tables import (
    CLOSED,
    POISSON,
    SATURATED,
    SOJOURN_BITS,
    SOJOURN_CELLS,
    TDF,
    Ints,
    Sums,
    Tables,
    Visits,
    new_sums,
    visits_of,
)
from knockdown.simulating.line.vector_draws import INLINE
from knockdown.simulating.line.vectors import (
    WIDTH,
    bits_of,
    floats,
    greatest,
    load,
    pattern,
    select,
    store,
    unlikely,
)

Marks = np.ndarray[tuple[int, ...], np.dtype[np.uint16]]
HELD, BLOCKED, WORK, WAITING, DOWN = range(5)
N_SUMS = 5
FEW = 6
"""Up to so many replications are played one by one."""
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@njit(**BARE)
def _finish_marked(  # type: ignore[no-untyped-def]
    marked, j, places, calendar, clock, seed, replications, window, sums, rows
):  # fmt: skip
    """Finish the work of the marked replications one by one. `rows`: begin, work, up-time before, done."""
    up, (mode, mttf, mttr) = clock[0], places
    for lane in range(WIDTH):
        if (marked >> lane) & 1:
            c = j * WIDTH + lane
            up[c] = rows[2 * WIDTH + lane]
            rows[3 * WIDTH + lane] = finish(
                c, rows[lane], rows[WIDTH + lane], mode[j], calendar, clock, seed, replications[lane], j,
                mttf[j], mttr[j], window[c], sums, (j * N_SUMS + DOWN) * WIDTH + lane,
            )  # fmt: skip


@njit(**INLINE)
def _done(  # type: ignore[no-untyped-def]
    j, begin, work, careful, places, calendar, clock, seed, replications, window, sums, rows
):  # fmt: skip
    """When the work of a register is done: added up, but for what breaks down or meets the end of a shift."""
    done = begin + work
    if careful:
        up, until = clock[0], clock[1]
        before = load(up, j * WIDTH)
        marked = pattern((work > before) | (work > load(until, j * WIDTH) - begin))
        store(up, j * WIDTH, before - work)
        if unlikely(marked != 0):
            store(rows, 0, begin)
            store(rows, WIDTH, work)
            store(rows, 2 * WIDTH, before)
            store(rows, 3 * WIDTH, done)
            _finish_marked(marked, j, places, calendar, clock, seed, replications, window, sums, rows)
            done = load(rows, 3 * WIDTH)
    return done


@njit(**INLINE)
def _add(sums, at, what):  # type: ignore[no-untyped-def]
    store(sums, at, load(sums, at) + what)


@njit(**INLINE)
def _mix(time, vehicle):  # type: ignore[no-untyped-def]
    """`draws.mix`."""
    word = bits_of(time) + np.uint64(vehicle) * np.uint64(MIX_VEHICLE)
    word = (word ^ (word >> _30)) * _MIX_1
    word = (word ^ (word >> _27)) * _MIX_2
    return word ^ (word >> _31)


@njit(**BARE)
def _count_sojourns(base, sojourn, histogram):  # type: ignore[no-untyped-def]
    """Count what a vehicle spent in the line, by replication."""
    for lane in range(WIDTH):
        cell = (np.float64(sojourn[lane]).view(np.int64) >> (52 - SOJOURN_BITS)) - base
        histogram[lane, min(max(cell, 0), SOJOURN_CELLS - 1)] += 1


@njit(**BARE)
def _begin(t, room, seed, calendar, clock):  # type: ignore[no-untyped-def]
    """Set all clocks to time 0."""
    for j in range(t.n_stations + t.n_feeders):
        for lane in range(WIDTH):
            begin_clock(
                j * WIDTH + lane,
                t.mode[j],
                calendar,
                clock,
                seed,
                room.replications[lane],
                j,
                t.mttf[j],
                t.mttr[j],
            )


@njit(**BARE)
def _open_window(n_all, room):  # type: ignore[no-untyped-def]
    """What comes from now on counts."""
    window, free, sums, line = room.window, room.free, room.sums, room.line
    for i in range(n_all * WIDTH):
        window[i] = free[i]
    for i in range(n_all * N_SUMS * WIDTH):
        sums[i] = 0.0
    for i in range(2 * WIDTH):
        line[i] = 0.0


@njit(**BARE)
def run(t, seed, room, histogram, log, marks, vehicles, warmup):  # type: ignore[no-untyped-def]  # noqa: C901
    """Play a register of replications. A `log` and `marks` of length 0 are not written."""
    n_stations, n_all = t.n_stations, t.n_stations + t.n_feeders
    last = n_stations - 1
    places, buffers = (t.mode, t.mttf, t.mttr), t.buffers
    calendar = (t.period, t.shift_starts, t.shift_ends)
    clock = (room.up, room.until, room.failure, room.number, room.ups, room.repairs)
    free, ring, first, at, work = room.free, room.ring, room.first, room.at, room.work
    sums, line, window, rows, replications = room.sums, room.line, room.window, room.rows, room.replications
    saturated, poisson, closed = t.process == SATURATED, t.process == POISSON, t.process == CLOSED
    careful = t.period > 0.0
    for j in range(n_all):
        careful = careful or t.mode[j] != 0
    _begin(t, room, seed, calendar, clock)
    zero = floats(0.0)
    for n in range(vehicles):
        if n == warmup:
            _open_window(n_all, room)
        prepare_vehicle(t, seed, room, n)
        works_of(t, seed, room, n)
        arrival = load(free, 0)
        if not saturated:
            arrival = load(room.arrival, 0)
            if closed:
                arrival = load(room.gone, (n % t.wip) * WIDTH)
        begin = greatest(arrival, load(free, 0))
        for f in range(t.n_feeders):
            j = n_stations + f
            part = load(free, j * WIDTH)
            ready = _done(
                j, part, load(work, j * WIDTH), careful, places, calendar, clock, seed, replications, window,
                sums, rows,
            )  # fmt: skip
            store(room.ready, f * WIDTH, ready)
            begin = greatest(begin, ready)
        for f in range(t.n_feeders):
            j = n_stations + f
            part, ready = load(free, j * WIDTH), load(room.ready, f * WIDTH)
            left = ready
            limit = t.feeder_buffers[f]
            store(room.started, (n % room.depth) * WIDTH, begin)
            if limit >= 0 and n >= limit:
                left = greatest(ready, load(room.started, ((n - limit) % room.depth) * WIDTH))
            store(free, j * WIDTH, left)
            s = j * N_SUMS * WIDTH
            _add(sums, s + HELD * WIDTH, left - part)
            _add(sums, s + BLOCKED * WIDTH, left - ready)
            _add(sums, s + WORK * WIDTH, load(work, j * WIDTH))
            if len(log) > 0:
                _note(log, n * n_all + j, n, j, part, part, ready, left, rows)
        entry = arrival
        if saturated:
            entry = arrival = begin
        arrived = arrival
        for j in range(n_stations):
            before = load(free, j * WIDTH)
            if j > 0:
                begin = greatest(arrived, before)
            done = _done(
                j, begin, load(work, j * WIDTH), careful, places, calendar, clock, seed, replications, window,
                sums, rows,
            )  # fmt: skip
            left = done
            if j < last and buffers[j + 1] >= 0:
                ahead = load(ring, first[j + 1] + at[j + 1] * WIDTH)
                left = greatest(done, ahead)
                if len(marks) > 0:
                    marks[(n * n_stations + j) * 2 + 1] = pattern(ahead > done)
            if len(marks) > 0:
                marks[(n * n_stations + j) * 2] = pattern(before > arrived)
            if buffers[j] >= 0 and j > 0:
                store(ring, first[j] + at[j] * WIDTH, left)
                at[j] = 0 if at[j] == buffers[j] else at[j] + 1
            store(free, j * WIDTH, left)
            s = j * N_SUMS * WIDTH
            _add(sums, s + HELD * WIDTH, left - begin)
            _add(sums, s + BLOCKED * WIDTH, left - done)
            _add(sums, s + WORK * WIDTH, load(work, j * WIDTH))
            _add(sums, s + WAITING * WIDTH, begin - arrived)
            if len(log) > 0:
                _note(log, n * n_all + j, n, j, arrived, begin, done, left, rows)
            arrived = left
            if j == 0:
                waited = select(begin > arrival, floats(1.0), zero)
        _add(line, 0, arrived - entry)
        _add(line, WIDTH, waited)
        store(room.checksum, 0, load(room.checksum, 0) + _mix(arrived, n))
        if closed:
            store(room.gone, (n % t.wip) * WIDTH, arrived)
        if poisson and n >= warmup:
            store(rows, 0, arrived - entry)
            _count_sojourns(t.sojourn_base, rows, histogram)


@njit(**BARE)
def _note(log, row, n, j, arrival, begin, done, left, rows):  # type: ignore[no-untyped-def]
    """Write down a visit of the first replication."""
    log[row, 0], log[row, 1] = n, j
    for i, times in enumerate((arrival, begin, done, left)):
        store(rows, 0, times)
        log[row, 3 + i] = rows[0]


@njit(**BARE)
def _close_clock(c, j, at, t, room, seed, replication):  # type: ignore[no-untyped-def]
    """Add the failures by time between the last work of a place and its last departure."""
    calendar = (t.period, t.shift_starts, t.shift_ends)
    clock = (room.up, room.until, room.failure, room.number, room.ups, room.repairs)
    while room.failure[c] < room.free[c]:
        failure, before = room.failure[c], room.sums[at]
        end = next_repair(
            c, calendar, clock, seed, replication, j, t.mttf[j], t.mttr[j], room.window[c], room.sums, at
        )
        if end > room.free[c]:
            room.sums[at] = before + (room.free[c] - max(failure, room.window[c]))


@njit(**BARE)
def _close(t, room, seed):  # type: ignore[no-untyped-def]
    """Complete the failures by time of all replications."""
    for j in range(t.n_stations + t.n_feeders):
        if t.mode[j] == TDF:
            for lane in range(WIDTH):
                at = (j * N_SUMS + DOWN) * WIDTH + lane
                _close_clock(j * WIDTH + lane, j, at, t, room, seed, room.replications[lane])


@njit(**BARE)
def _close_long(t, room, seed, replication):  # type: ignore[no-untyped-def]
    """Complete the failures by time of one replication."""
    for j in range(t.n_stations):
        if t.mode[j] == TDF:
            at = ((j // WIDTH) * N_SUMS + DOWN) * WIDTH + j % WIDTH
            _close_clock(j, j, at, t, room, seed, replication)


def play(tables: Tables, seed: int, replications: Ints, vehicles: int, warmup: int) -> Sums:
    """Sums over the window of each replication; see `tables.Sums`."""
    sums = new_sums(len(replications), tables.n_all, tables.process == POISSON)
    marks = np.zeros(0, dtype=np.uint16)
    for begin in range(0, len(replications), WIDTH):
        if len(replications) - begin <= FEW and can_run(tables):
            for r in range(begin, len(replications)):
                _play_long(tables, seed, int(replications[r]), r, vehicles, warmup, sums)
            break
        lanes = slice(begin, min(begin + WIDTH, len(replications)))
        room = new_room(tables, replications[lanes])
        play_register(tables, seed, room, marks, lanes, vehicles, warmup, sums)
    return sums


def play_register(
    t: Tables, seed: int, room: Room, marks: Marks, lanes: slice, vehicles: int, warmup: int, sums: Sums
) -> None:
    """Play the replications of a register; `marks`, unless of length 0, is filled for `gradient`."""
    histogram = np.zeros((WIDTH, sums.sojourns.shape[1]), dtype=np.int64)
    run(t, np.uint64(seed), room, histogram, np.zeros((0, 7)), marks, vehicles, warmup)
    _close(t, room, np.uint64(seed))
    _collect(t, seed, room, histogram, lanes, vehicles, warmup, sums)


def _play_long(
    t: Tables, seed: int, replication: int, r: int, vehicles: int, warmup: int, sums: Sums
) -> None:
    """Play one replication by itself."""
    room = new_long_room(t, warmup)
    run_long(t, np.uint64(seed), replication, room, vehicles, warmup)
    _close_long(t, room, np.uint64(seed), replication)
    n = t.n_stations
    by_station = room.sums.reshape(-1, N_SUMS, WIDTH).transpose(1, 0, 2).reshape(N_SUMS, -1)[:, :n]
    for q, where in enumerate((sums.held, sums.blocked, sums.work, sums.waiting, sums.down)):
        where[r] = by_station[q]
    sums.waiting[r, 0] = 0.0
    sums.span[r] = room.free[:n] - room.window[:n]
    sums.time[r], sums.makespan[r] = sums.span[r, -1], room.free[n - 1]
    sums.count[r], sums.inside[r], sums.checksum[r] = vehicles - warmup, room.line[0], room.checksum[0]
    if t.crews or np.any(t.mode == TDF):
        window = (room.window[n - 1], room.free[n - 1])
        sums.n_down[r], sums.all_up[r] = repair_integrals(t, np.uint64(seed), replication, *window)


def _collect(
    t: Tables, seed: int, room: Room, histogram: Ints, lanes: slice, vehicles: int, warmup: int, sums: Sums
) -> None:
    """Put the sums of a register where they belong."""
    n = lanes.stop - lanes.start
    by_station = room.sums.reshape(t.n_all, N_SUMS, WIDTH)[:, :, :n]
    for q, where in enumerate((sums.held, sums.blocked, sums.work, sums.waiting, sums.down)):
        where[lanes] = by_station[:, q].T
    free, window = (array.reshape(t.n_all, WIDTH)[:, :n].T for array in (room.free, room.window))
    sums.span[lanes] = free - window
    last = t.n_stations - 1
    sums.makespan[lanes] = free[:, last]
    sums.time[lanes] = free[:, last] - window[:, last]
    sums.count[lanes] = vehicles - warmup
    sums.inside[lanes] = room.line[:n]
    sums.waited[lanes] = room.line[WIDTH : WIDTH + n].astype(np.int64)
    sums.checksum[lanes] = room.checksum[:n]
    if t.process == POISSON:
        sums.arrived[lanes] = vehicles - warmup
        sums.sojourns[lanes] = histogram[:n]
    if t.crews or np.any(t.mode == TDF):
        for r in range(lanes.start, lanes.stop):
            begin, end = sums.makespan[r] - sums.time[r], sums.makespan[r]
            begin = window[r - lanes.start, last]
            name = int(room.replications[r - lanes.start])
            sums.n_down[r], sums.all_up[r] = repair_integrals(t, np.uint64(seed), name, begin, end)


def trace(tables: Tables, seed: int, replication: int, vehicles: int) -> Visits:
    """Every visit of one replication."""
    log = np.zeros((vehicles * tables.n_all, 7))
    room = new_room(tables, np.array([replication]))
    histogram = np.zeros((WIDTH, SOJOURN_CELLS if tables.process == POISSON else 0), dtype=np.int64)
    run(tables, np.uint64(seed), room, histogram, log, np.zeros(0, dtype=np.uint16), vehicles, 0)
    return visits_of(log)


def can_play(line: Line) -> str | None:
    """None when the recursion is exact, else what stands in the way."""
    if line.repair_crews is not None and any(station.breakdowns for station in line.stations):
        return "repair crews are shared"
    if line.rework is not None:
        return "vehicles come back from rework"
    if any(station.places > 1 for station in line.stations):
        return "a station has several places, which vehicles may leave out of order"
    if any(feeder.station.places > 1 for feeder in line.feeders):
        return "a feeder has several places, which parts may leave out of order"
    if line.arrivals.process == "poisson" and line.entry_buffer != INFINITE:
        return "vehicles are lost when the entry buffer is full"
    return None
