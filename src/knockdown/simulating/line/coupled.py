"""The kernel of `fixed_point`: stations play on by themselves until a crew or a merge must be decided."""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.simulating.line.clocks import DRAWN, begin_clock, finish, refill, shift_end
from knockdown.simulating.line.coupled_room import KEPT, STRIDE
from knockdown.simulating.line.draws import (
    BARE,
    advance,
    arrival_gap,
    draw,
    fails_gate,
    mix,
    service_uniform,
    variant_of,
)
from knockdown.simulating.line.long import BLOCK, draw_block
from knockdown.simulating.line.tables import CLOSED, POISSON, SATURATED, SOJOURN_BITS, SOJOURN_CELLS
from knockdown.simulating.line.vector_draws import INLINE

# Of the vehicle at a station: times and whole numbers.
ARRIVAL, START, DONE, WORK, LEFT, DOWN, ENTRY, FREE = range(8)
STATE, VEHICLE, ATTEMPT, ENTERED, GONE, AWAKE = range(6)
IDLE, STALLED, FINISHED = range(3)
# Of the line.
N_DOWN, ALL_UP, BUSY, INSIDE, MAKESPAN, WAITED, CHANGED, NEXT_ARRIVAL, OPENED, BY_ITSELF = range(10)
N_LINE = N_DOWN
(
    CHECKSUM,
    N_CHANGES,
    DOWN_NOW,
    BUSY_NOW,
    N_ROWS,
    FIRST_VISIT,
    LAST_VISIT,
    DRAWN_UPTO,
    TOO_LONG,
    LEFT_LINE,
) = range(10)
HELD, BLOCKED, WORKED, WAITING, REPAIRED = range(5)


@njit(**INLINE)
def _enter(room, j, vehicle, attempt, arrival, entry):  # type: ignore[no-untyped-def]
    """Put a vehicle into the queue before a station."""
    at = room.first[j] + (room.ints[j, ENTERED] & (room.size[j] - 1))
    room.queue_vehicle[at], room.queue_attempt[at] = vehicle, attempt
    room.queue_arrival[at], room.queue_entry[at] = arrival, entry
    room.ints[j, ENTERED] += 1
    room.ints[j, AWAKE] = 1


@njit(**BARE)
def _work_again(t, seed, replication, j, vehicle, visit):  # type: ignore[no-untyped-def]
    """Work that was not drawn beforehand."""
    v = variant_of(seed, replication, vehicle, t.chances)
    u = service_uniform(seed, replication, j, vehicle, visit)
    return draw(t.kind[j, v], t.scale[j, v], t.p1[j, v], t.p2[j, v], t.quantiles, t.offset[j, v], u)


@njit(**BARE)
def _move_changes(until, room, end):  # type: ignore[no-untyped-def]
    """Integrate over the repairs that begin or end before a time, in their order."""
    line, counts = room.line, room.counts
    time, down, busy = room.change_time, room.change_down, room.change_busy
    while True:
        n, first = counts[N_CHANGES], -1
        for i in range(n):
            if time[i] <= until and (first < 0 or time[i] < time[first]):
                first = i
        if first < 0:
            return
        length = min(time[first], end) - max(line[CHANGED], line[OPENED])
        if length > 0.0:
            line[N_DOWN] += counts[DOWN_NOW] * length
            line[ALL_UP] += length if counts[DOWN_NOW] == 0 else 0.0
            line[BUSY] += counts[BUSY_NOW] * length
        line[CHANGED] = time[first]
        counts[DOWN_NOW] += down[first]
        counts[BUSY_NOW] += busy[first]
        for i in range(first, n - 1):
            time[i], down[i], busy[i] = time[i + 1], down[i + 1], busy[i + 1]
        counts[N_CHANGES] = n - 1


@njit(**INLINE)
def _change(room, time, down, busy):  # type: ignore[no-untyped-def]
    n = room.counts[N_CHANGES]
    room.change_time[n], room.change_down[n], room.change_busy[n] = time, down, busy
    room.counts[N_CHANGES] = n + 1


@njit(**BARE)
def _count_rework(x, left, room):  # type: ignore[no-untyped-def]
    """Count the visits to rework that ended in the window of the line, or forget those before it.

    `left`: when the last vehicle left the line; the window may not have begun. A visit that ends just when it
    begins counts, unless the last vehicle came and left at that very time.
    """
    visits, counts, sums, opened = room.visits, room.counts, room.sums, room.line[OPENED]
    while counts[FIRST_VISIT] < counts[LAST_VISIT]:
        row = counts[FIRST_VISIT] & (len(visits) - 1)
        if opened == np.inf and visits[row, 0] >= left:
            return
        if visits[row, 0] > opened or (visits[row, 0] == opened and room.line[BY_ITSELF]):
            for q in range(4):
                sums[x, q] += visits[row, 1 + q]
        counts[FIRST_VISIT] += 1


@njit(**INLINE)
def _grant(t, seed, replication, room, j):  # type: ignore[no-untyped-def]
    """Give the next free crew to a station; go on with its work."""
    times, crew_free = room.times, room.crew_free
    asked = times[j, DONE]
    first = 0
    for i in range(1, t.crews):
        if crew_free[i] < crew_free[first]:
            first = i
    granted = max(asked, crew_free[first])
    k = room.number[j]
    repair = room.repairs[j * DRAWN + k % DRAWN]
    times[j, DOWN] += granted - asked
    times[j, DOWN] += repair
    up_again = advance(t.period, t.shift_starts, t.shift_ends, granted, repair)
    crew_free[first] = up_again
    _change(room, asked, 1, 0)
    _change(room, granted, 0, 1)
    _move_changes(asked, room, np.inf)
    _change(room, up_again, -1, -1)
    room.number[j] = k + 1
    if (k + 1) % DRAWN == 0:
        refill(j, k + 1, seed, replication, j, t.mttf[j], t.mttr[j], room.ups, room.repairs)
    room.up[j] = room.ups[j * DRAWN + (k + 1) % DRAWN]
    _work_on(t, room, j, up_again)


@njit(**INLINE)
def _work_on(t, room, j, now):  # type: ignore[no-untyped-def]
    """Work until done, or until a crew is needed."""
    times, left = room.times, room.times[j, LEFT]
    if left > room.up[j]:
        times[j, LEFT] = left - room.up[j]
        times[j, DONE] = advance(t.period, t.shift_starts, t.shift_ends, now, room.up[j])
        room.ints[j, STATE] = STALLED
        return
    room.up[j] -= left
    done = advance(t.period, t.shift_starts, t.shift_ends, now, left)
    times[j, DONE] = done
    room.until[j] = shift_end(t.period, t.shift_starts, t.shift_ends, done)
    room.ints[j, STATE] = FINISHED
    room.ints[j, AWAKE] = 1


@njit(**BARE)
def _note(log, room, row, j, visit, leave):  # type: ignore[no-untyped-def]
    if row < len(log):
        log[row, 0], log[row, 1], log[row, 2] = room.ints[j, VEHICLE], j, visit
        log[row, 3], log[row, 4] = room.times[j, ARRIVAL], room.times[j, START]
        log[row, 5], log[row, 6] = room.times[j, DONE], leave


@njit(**INLINE)
def _leave(t, room, j, leave, vehicles, warmup, log):  # type: ignore[no-untyped-def]
    """Count a visit that ends; the place is free."""
    ints, times, sums = room.ints, room.times, room.sums
    k = ints[j, GONE]
    if j < t.n_stations and warmup <= k < vehicles:
        sums[j, HELD] += leave - times[j, START]
        sums[j, BLOCKED] += leave - times[j, DONE]
        sums[j, WORKED] += times[j, WORK]
        sums[j, WAITING] += times[j, START] - times[j, ARRIVAL]
        sums[j, REPAIRED] += times[j, DOWN]
    if k == warmup - 1:
        room.window[j] = leave
    if k == vehicles - 1:
        room.until_time[j] = leave
    if len(log) > 0:
        in_loop = t.rework_to <= j <= t.rework_after or j >= t.n_stations
        _note(log, room, room.counts[N_ROWS], j, ints[j, ATTEMPT] >> 1 if in_loop else 0, leave)
        room.counts[N_ROWS] += 1
    room.departures[room.first[j] + (k & (room.size[j] - 1))] = leave
    times[j, FREE] = leave
    ints[j, GONE] = k + 1
    ints[j, STATE] = IDLE


@njit(**INLINE)
def _room_at(t, room, j):  # type: ignore[no-untyped-def]
    """When the next vehicle may enter a station; infinity while that is not known."""
    k = room.ints[j, ENTERED] - t.buffers[j] - 1
    when = 0.0
    if k >= room.ints[j, GONE]:
        when = np.inf
    elif k >= 0:
        when = room.departures[room.first[j] + (k & (room.size[j] - 1))]
    return when


@njit(**INLINE)
def _pass_on(t, room, j, target, vehicles, warmup, log):  # type: ignore[no-untyped-def]
    """Move a finished vehicle to a station; False while there is no room."""
    when = _room_at(t, room, target)
    if when == np.inf:
        return False
    ints, times = room.ints, room.times
    leave = max(times[j, DONE], when)
    vehicle, attempt, entry = ints[j, VEHICLE], ints[j, ATTEMPT], times[j, ENTRY]
    _leave(t, room, j, leave, vehicles, warmup, log)
    _enter(room, target, vehicle, attempt, leave, entry)
    return True


@njit(**INLINE)
def _rework_on(t, room, x, vehicles, warmup, log):  # type: ignore[no-untyped-def]
    """Move the vehicle that rework has finished back to the line."""
    times, counts, line_left = room.times, room.counts, room.line[MAKESPAN]
    if counts[LAST_VISIT] - counts[FIRST_VISIT] >= len(room.visits):
        counts[TOO_LONG] = 1
        return
    arrival, start, done, work = times[x, ARRIVAL], times[x, START], times[x, DONE], times[x, WORK]
    at = room.first[t.rework_to] + (room.ints[t.rework_to, ENTERED] & (room.size[t.rework_to] - 1))
    _pass_on(t, room, x, t.rework_to, vehicles, warmup, log)
    room.queue_attempt[at] += 2
    leave = times[x, FREE]
    row = counts[LAST_VISIT] & (len(room.visits) - 1)
    visits = room.visits
    visits[row, 0], visits[row, 1], visits[row, 2] = leave, leave - start, leave - done
    visits[row, 3], visits[row, 4] = work, start - arrival
    counts[LAST_VISIT] += 1
    _count_rework(x, line_left, room)


@njit(**INLINE)
def _next_at_first(t, seed, replication, room, vehicles):  # type: ignore[no-untyped-def]
    """Let the next vehicle into the queue before station 1, if it has come."""
    n, line, closed = room.ints[0, ENTERED], room.line, t.process == CLOSED
    if n < vehicles and not (closed and n - t.wip >= room.counts[LEFT_LINE]):
        arrival = 0.0
        if closed and n >= t.wip:
            arrival = room.gone[n % t.wip]
        elif t.process == POISSON:
            if n % t.lot_size == 0:
                line[NEXT_ARRIVAL] += arrival_gap(seed, replication, n // t.lot_size, 1.0 / t.rate)
            arrival = line[NEXT_ARRIVAL]
        elif t.process == SATURATED:
            arrival = room.times[0, FREE]
        _enter(room, 0, n, 0, arrival, arrival)


@njit(**INLINE)
def _start(t, seed, replication, room, j, careful, calendar, clock):  # type: ignore[no-untyped-def]
    """The next vehicle takes the place and works."""
    ints, times = room.ints, room.times
    at = room.first[j] + (ints[j, GONE] & (room.size[j] - 1))
    vehicle, attempt = room.queue_vehicle[at], room.queue_attempt[at]
    arrival = room.queue_arrival[at]
    begin = max(arrival, times[j, FREE])
    if j == 0 and begin > arrival:
        attempt |= 1
    ints[j, VEHICLE], ints[j, ATTEMPT] = vehicle, attempt
    times[j, ARRIVAL], times[j, ENTRY], times[j, START], times[j, DOWN] = (
        arrival,
        room.queue_entry[at],
        begin,
        0.0,
    )
    if j == 0 and vehicle == room.counts[DRAWN_UPTO]:
        draw_block(t, seed, replication, room.work, room.one_shape, KEPT, STRIDE, vehicle)
        room.counts[DRAWN_UPTO] += BLOCK
    visit = attempt >> 1 if t.rework_to <= j <= t.rework_after or j >= t.n_stations else 0
    if visit == 0 and j < t.n_stations and vehicle >= room.counts[DRAWN_UPTO] - KEPT:
        work = room.work[j * STRIDE + (vehicle & (KEPT - 1))]
    else:
        work = _work_again(t, seed, replication, j, vehicle, visit)
    times[j, WORK] = work
    if not careful or (work <= room.up[j] and work <= room.until[j] - begin):
        room.up[j] -= work
        times[j, DONE] = begin + work
        ints[j, STATE] = FINISHED
    elif t.crews > 0:
        times[j, LEFT] = work
        _work_on(t, room, j, begin)
    else:
        down = times.reshape(-1)
        times[j, DONE] = finish(
            j, begin, work, t.mode[j], calendar, clock, seed, replication, j, t.mttf[j], t.mttr[j], 0.0, down,
            j * times.shape[1] + DOWN,
        )  # fmt: skip
        ints[j, STATE] = FINISHED


@njit(**INLINE)
def _leave_line(t, room, vehicles, warmup, histogram, log):  # type: ignore[no-untyped-def]
    """A vehicle leaves the last station."""
    last = t.n_stations - 1
    ints, times, line, counts = room.ints, room.times, room.line, room.counts
    leave, k, vehicle = times[last, DONE], counts[LEFT_LINE], ints[last, VEHICLE]
    counts[LEFT_LINE] += 1
    if k == warmup - 1:
        line[OPENED], line[BY_ITSELF] = leave, 1.0 if times[last, START] < leave else 0.0
    if t.n_rework:
        _count_rework(t.n_stations, leave, room)
    counts[CHECKSUM] += np.int64(mix(leave, vehicle))
    if k >= warmup:
        sojourn = leave - times[last, ENTRY]
        line[INSIDE] += sojourn
        line[WAITED] += ints[last, ATTEMPT] & 1
        if t.process == POISSON:
            cell = (np.float64(sojourn).view(np.int64) >> (52 - SOJOURN_BITS)) - t.sojourn_base
            histogram[min(max(cell, 0), SOJOURN_CELLS - 1)] += 1
    if t.process == CLOSED:
        room.gone[k % t.wip] = leave
        ints[0, AWAKE] = 1
    line[MAKESPAN] = leave
    _leave(t, room, last, leave, vehicles, warmup, log)


@njit(**INLINE)
def _run(t, seed, replication, room, j, careful, vehicles, warmup, histogram, log):  # type: ignore[no-untyped-def]  # noqa: C901
    """Let a station play as far as it can."""
    ints, times = room.ints, room.times
    last, gate, back, x = t.n_stations - 1, t.rework_after, t.rework_to, t.n_stations
    calendar = (t.period, t.shift_starts, t.shift_ends)
    clock = (room.up, room.until, room.failure, room.number, room.ups, room.repairs)
    while True:
        if ints[j, STATE] == IDLE:
            if j == 0 and ints[0, ENTERED] == ints[0, GONE]:
                _next_at_first(t, seed, replication, room, vehicles)
            if ints[j, ENTERED] == ints[j, GONE]:
                return
            _start(t, seed, replication, room, j, careful, calendar, clock)
        if ints[j, STATE] != FINISHED:
            return
        if j == gate and fails_gate(seed, replication, ints[j, VEHICLE], ints[j, ATTEMPT] >> 1, t.p_fail):
            if ints[x, ENTERED] - ints[x, GONE] >= room.size[x]:
                room.counts[TOO_LONG] = 1
                return
            vehicle, attempt, entry = ints[j, VEHICLE], ints[j, ATTEMPT], times[j, ENTRY]
            leave = times[j, DONE]
            _leave(t, room, j, leave, vehicles, warmup, log)
            _enter(room, x, vehicle, attempt, leave, entry)
        elif j == last:
            _leave_line(t, room, vehicles, warmup, histogram, log)
        elif j == x or j + 1 == back:
            if not _merge(t, room, j, vehicles, warmup, log):
                return
        elif not _pass_on(t, room, j, j + 1, vehicles, warmup, log):
            return
        if j > 0 and j < x:
            ints[j - 1, AWAKE] = 1
        if j == back:
            ints[x, AWAKE] = 1


@njit(**INLINE)
def _merge(t, room, j, vehicles, warmup, log):  # type: ignore[no-untyped-def]
    """Let a station or rework pass a vehicle on, if it is sure to be the first of both. False if not."""
    ints, times = room.ints, room.times
    line, x = t.rework_to - 1, t.n_stations
    sure = False
    if _room_at(t, room, t.rework_to) < np.inf:
        if ints[line, STATE] == FINISHED and ints[x, STATE] == FINISHED:
            sure = (j == line) == (times[line, DONE] <= times[x, DONE])
        elif j == line:
            sure = (
                t.rework_to == t.rework_after + 1
                and ints[x, STATE] == IDLE
                and ints[x, ENTERED] == ints[x, GONE]
            )
    if sure:
        if j == line:
            _pass_on(t, room, line, t.rework_to, vehicles, warmup, log)
            ints[x, AWAKE] = 1
        else:
            _rework_on(t, room, x, vehicles, warmup, log)
            ints[line, AWAKE] = 1
    return sure


@njit(**BARE)
def play_coupled(t, seed, replication, room, vehicles, warmup, histogram, log):  # type: ignore[no-untyped-def]  # noqa: C901
    """Play a replication. The number of visits in the log, or -1 when the rework queue got too long."""
    m, x = t.n_stations + t.n_rework, t.n_stations
    ints, times, counts = room.ints, room.times, room.counts
    calendar = (t.period, t.shift_starts, t.shift_ends)
    clock = (room.up, room.until, room.failure, room.number, room.ups, room.repairs)
    careful = t.period > 0.0
    for j in range(m):
        careful = careful or t.mode[j] != 0
        begin_clock(j, t.mode[j], calendar, clock, seed, replication, j, t.mttf[j], t.mttr[j])
        ints[j, AWAKE] = 1
    room.line[OPENED], room.line[BY_ITSELF] = 0.0 if warmup == 0 else np.inf, 1.0
    while counts[LEFT_LINE] < vehicles:
        going = True
        while going:
            going = False
            for j in range(m):
                if ints[j, AWAKE]:
                    ints[j, AWAKE] = 0
                    going = True
                    _run(t, seed, replication, room, j, careful, vehicles, warmup, histogram, log)
            if counts[TOO_LONG]:
                return -1
        if counts[LEFT_LINE] >= vehicles:
            break
        first, time = -1, np.inf
        for j in range(m):
            waits = ints[j, STATE] == STALLED
            if t.n_rework and (j == x or j + 1 == t.rework_to) and ints[j, STATE] == FINISHED:
                waits = _room_at(t, room, t.rework_to) < np.inf
            if waits and times[j, DONE] < time:
                first, time = j, times[j, DONE]
        if first < 0:
            return -2
        if ints[first, STATE] == STALLED:
            _grant(t, seed, replication, room, first)
            ints[first, AWAKE] = 1
        elif first == x:
            _rework_on(t, room, x, vehicles, warmup, log)
            ints[x, AWAKE] = ints[t.rework_to - 1, AWAKE] = 1
        else:
            _pass_on(t, room, first, t.rework_to, vehicles, warmup, log)
            ints[first, AWAKE] = ints[x, AWAKE] = 1
            if first > 0:
                ints[first - 1, AWAKE] = 1
    _change(room, np.inf, 0, 0)
    _move_changes(np.inf, room, room.line[MAKESPAN])
    if t.crews == 0:
        room.line[ALL_UP] = 0.0
    return counts[N_ROWS]
