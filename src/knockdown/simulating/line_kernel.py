"""One line of one replication, compiled. Only numbers, no objects, no clock.

Semantics and mathematics are in docs/simulating.md. All times are int64 milliseconds; `..._cal` are
calendar times since midnight of the first day, the others lie on the working-time axis of a line.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.simulating.codes import (
    ABSENCE,
    BLOCKED,
    BREAKDOWN,
    DOWN,
    KIT,
    N_STATES,
    REWORKING,
    SLOW,
    STARVED,
    WORKING,
)
from knockdown.simulating.draw_blocks import BARE, BLOCK, BLOCK_BITS, absences, failures
from knockdown.simulating.line.vector_draws import INLINE
from knockdown.timing.working_time import FOREVER_MS, period_of_calendar, to_working

_IN_BLOCK = BLOCK - 1


@njit(**BARE)
def open_periods(hall, days, line, n_known, upto, left, period_work, overtime):  # type: ignore[no-untyped-def]
    """Decide a line's overtime up to a period, so many units having left; return how many are known."""
    n_periods = hall.planned_overtime.shape[1] - 1
    while n_known <= min(upto, n_periods):
        late = hall.planned_before[line, n_known] - left > hall.behind[line]
        window = hall.most_overtime[line] if late else hall.planned_overtime[line, n_known]
        overtime[n_known] = window
        n_days = days.first_day[n_known + 1] - days.first_day[n_known]
        length = n_days * (days.regular_ms + window) if n_known < n_periods else FOREVER_MS
        period_work[n_known + 1] = period_work[n_known] + length
        n_known += 1
    return n_known


@njit(**BARE)
def count_overtime(regular_ms, period_work, overtime, first, n_periods, a, b, used):  # type: ignore[no-untyped-def]
    """Add the overtime between two working times, neither before period `first`, to each period."""
    for p in range(first, n_periods):
        if period_work[p] >= b:
            break
        if overtime[p] == 0 or period_work[p + 1] <= a:
            continue
        length = regular_ms + overtime[p]
        low = max(a, period_work[p]) - period_work[p]
        high = min(b, period_work[p + 1]) - period_work[p]
        used[p] += (high // length) * overtime[p] + max(0, high % length - regular_ms)
        used[p] -= (low // length) * overtime[p] + max(0, low % length - regular_ms)


@njit(**INLINE)
def next_periods(hall, log, period_work, s0, j, now):  # type: ignore[no-untyped-def]
    """Bring a station's pace up to the period of a moment; the line's periods are known up to there."""
    while now >= log.next_period[j]:
        log.at_period[j] += 1
        log.next_period[j] = period_work[log.at_period[j] + 1]
        log.pace_now[j] = hall.pace[s0 + j, log.at_period[j]]


@njit(**INLINE)
def time_at(  # type: ignore[no-untyped-def]
    hall, days, log, period_work, overtime, seed, replication, s0, j, mean, now, people_vary, fails
):  # fmt: skip
    """Work, slowness and repairs of a unit that begins at a station now, ms; stations are asked in order."""
    s = s0 + j
    next_periods(hall, log, period_work, s0, j, now)
    day_from, day_to, n_failures, to_failure, up, repair = (
        log.day_from, log.day_to, log.n_failures, log.to_failure, log.up, log.repair
    )  # fmt: skip
    slow = down = 0
    work = np.int64(mean * log.pace_now[j] + 0.5)
    if people_vary:
        if now < day_from[j] or now >= day_to[j]:
            p = log.at_period[j]
            length = days.regular_ms + overtime[p]
            day = (now - period_work[p]) // length
            day_from[j] = period_work[p] + day * length
            day_to[j] = day_from[j] + length
            day += days.first_day[p]
            if day >> BLOCK_BITS != log.day_block[j]:
                log.day_block[j] = day >> BLOCK_BITS
                absences(seed, replication, s, log.day_block[j] << BLOCK_BITS, log.day_u, j * BLOCK)
            u = log.day_u[j * BLOCK + (day & _IN_BLOCK)]
            k = hall.absent_first[s, p]
            while u > hall.absent_cdf[k]:
                k += 1
            log.crawl[j] = hall.absent_pace[k]
        actual = np.int64(mean * log.crawl[j] + 0.5)
        slow = max(0, actual - work)
        work = actual - slow
    if fails and hall.up_ms[s] > 0.0:
        left = np.float64(work + slow)
        repairs = 0.0
        while left > to_failure[j]:
            left -= to_failure[j]
            repairs += repair[j * BLOCK + (n_failures[j] & _IN_BLOCK)]
            n_failures[j] += 1
            if n_failures[j] & _IN_BLOCK == 0:
                failures(
                    seed, replication, s, n_failures[j], hall.up_ms[s], hall.repair_ms[s],
                    up, repair, j * BLOCK,
                )  # fmt: skip
            to_failure[j] = up[j * BLOCK + (n_failures[j] & _IN_BLOCK)]
        to_failure[j] -= left
        down = np.int64(repairs + 0.5)
    return work, slow, down


@njit(**INLINE)
def account(times, j, begin, work, slow, down, rework, blocked, horizon):  # type: ignore[no-untyped-def]
    """Add a stay at a station to its sums, as far as it lies before the horizon."""
    if begin + work + slow + down + rework + blocked <= horizon:
        times[j, WORKING] += work
        times[j, SLOW] += slow
        times[j, DOWN] += down
        times[j, REWORKING] += rework
        times[j, BLOCKED] += blocked
    else:  # work, slowness, repair, rework, blocking follow one another as far as the horizon goes
        left = horizon - begin
        for state, length in (
            (WORKING, work), (SLOW, slow), (DOWN, down), (REWORKING, rework),
            (BLOCKED, blocked),
        ):  # fmt: skip
            times[j, state] += max(0, min(length, left))
            left -= length


@njit(**BARE)
def reset_stations(hall, log, seed, replication, line, fails, times):  # type: ignore[no-untyped-def]
    """Bring a line's stations to the state in which the year begins."""
    s0 = hall.station_first[line]
    for j in range(hall.station_first[line + 1] - s0):
        s = s0 + j
        log.at_period[j], log.next_period[j], log.n_failures[j] = -1, 0, 0
        log.day_from[j], log.day_to[j], log.day_block[j] = 0, 0, -2
        if fails:
            failures(seed, replication, s, 0, hall.up_ms[s], hall.repair_ms[s], log.up, log.repair, j * BLOCK)
            log.to_failure[j] = log.up[j * BLOCK]
        for state in range(N_STATES):
            times[j, state] = 0


@njit(**BARE)
def starve(times, places, horizon):  # type: ignore[no-untyped-def]
    """What is left of each station's time is spent without a unit."""
    for j in range(places.shape[0]):
        busy = 0
        for state in range(N_STATES):
            busy += times[j, state]
        times[j, STARVED] = places[j] * horizon - busy


@njit(**BARE)
def run_line(  # type: ignore[no-untyped-def]  # noqa: C901
    hall, jobs, days, line, log, seed, replication, switches, states, used
):  # fmt: skip
    """Play a line in a given order. Fills the times, the line's axis, state sums and overtime used."""
    first_unit, n_units = hall.unit_first[line], hall.unit_first[line + 1] - hall.unit_first[line]
    s0, n_stations = hall.station_first[line], hall.station_first[line + 1] - hall.station_first[line]
    n_periods = hall.planned_overtime.shape[1] - 1
    s1 = s0 + n_stations
    cell = hall.base_first[line]
    shape = (n_units, n_stations)
    start = log.start[cell : cell + n_units * n_stations].reshape(shape)
    done = log.done[cell : cell + n_units * n_stations].reshape(shape)
    leave = log.leave[cell : cell + n_units * n_stations].reshape(shape)
    period_work, overtime = log.period_work[line], log.overtime[line]
    order, ready_cal = log.order, log.ready_cal
    # Tables as local names, cut to this line: the loop below must not touch the tuples.
    places, buffers = hall.places[s0:s1], hall.buffers[s0:s1]
    times = states[s0:s1]
    work_ms, rework_time, base_first = log.work_ms, log.rework_ms, hall.base_first[line]
    line_units, unit_family, setup_ms = hall.line_units, jobs.family, hall.setup_ms
    regular_ms = days.regular_ms
    present, wip, is_bay = hall.present[line], hall.wip[line], hall.is_bay[line]
    people_vary, fails = switches & ABSENCE and present < 1.0, switches & BREAKDOWN
    reset_stations(hall, log, seed, replication, line, fails, times)
    period_work[0] = 0
    n_known = open_periods(hall, days, line, 0, 0, 0, period_work, overtime)
    known_to = period_work[n_known]
    overtime_period = 0
    family_before = hall.first_family[line]
    on_until = 0
    horizon = FOREVER_MS
    for n in range(n_units):
        i = first_unit + order[first_unit + n]
        unit = line_units[i]
        period = period_of_calendar(days.day_period, days.last_day, ready_cal[i])
        if period >= n_known:
            n_known = open_periods(hall, days, line, n_known, period, n, period_work, overtime)
            known_to = period_work[n_known]
        ready = to_working(days, period_work, overtime, ready_cal[i])
        arrived = ready
        if wip > 0 and n >= wip:
            arrived = max(arrived, leave[n - wip, n_stations - 1])
        setup = 0
        if not is_bay and unit_family[unit] != family_before:
            family_before = unit_family[unit]
            setup = setup_ms[family_before]
        base = base_first + order[first_unit + n] * n_stations
        # Rows, since an index that cannot be negative costs less; before the first unit all times are 0.
        works, reworks = work_ms[base : base + n_stations], rework_time[base : base + n_stations]
        starts, dones, leaves = start[n], done[n], leave[n]
        starts_before, leaves_before = (start[n - 1], leave[n - 1]) if n > 0 else (log.zeros, log.zeros)
        for j in range(n_stations):
            # The recursion of knockdown.timing.recursion, written out: a call would cost more than it does.
            begin = max(arrived, starts_before[j])
            if n >= places[j]:
                begin = max(begin, leave[n - places[j], j])
            now = begin + setup
            work = slow = down = rework = 0
            mean = works[j]
            if mean > 0.0:
                while now >= known_to:
                    n_known = open_periods(hall, days, line, n_known, n_known, n, period_work, overtime)
                    known_to = period_work[n_known]
                work, slow, down = time_at(
                    hall, days, log, period_work, overtime, seed, replication, s0, j, mean, now,
                    people_vary, fails,
                )  # fmt: skip
                rework = reworks[j]
            finished = now + work + slow + down + rework
            gone = max(finished, leaves_before[j])
            if j + 1 < n_stations:
                ahead = n - buffers[j] - places[j + 1]
                if ahead >= 0:
                    gone = max(gone, leave[ahead, j + 1])
            starts[j] = begin
            dones[j] = finished
            leaves[j] = gone
            while gone > known_to:
                n_known = open_periods(hall, days, line, n_known, n_known, n, period_work, overtime)
                known_to = period_work[n_known]
            if n_known >= n_periods:
                horizon = period_work[n_periods]
            account(times, j, begin, setup + work, slow, down, rework, gone - finished, horizon)
            if j == 0 and not is_bay and ready_cal[i] > jobs.release_cal[unit]:
                free = leave[n - places[0], 0] if n >= places[0] else 0
                free = max(free, to_working(days, period_work, overtime, jobs.release_cal[unit]))
                times[0, KIT] += max(0, min(ready, horizon) - free)
            setup = 0
            arrived = gone
        if n_stations > 0:
            begin = max(on_until, start[n, 0])
            if arrived > begin:
                while overtime_period < n_periods and period_work[overtime_period + 1] <= begin:
                    overtime_period += 1
                count_overtime(
                    regular_ms, period_work, overtime, overtime_period, n_periods, begin, arrived, used
                )
            on_until = max(on_until, arrived)
    open_periods(hall, days, line, n_known, n_periods, n_units, period_work, overtime)
    starve(times, places, period_work[n_periods])
