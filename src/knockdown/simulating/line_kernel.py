"""One line of one replication, compiled. Only numbers, no objects, no clock.

Semantics and mathematics are in docs/simulating.md. All times are int64 milliseconds; `..._cal` are
calendar times since midnight of the first day, the others lie on the working-time axis of a line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream, exp, exponential, standard_normal, uniform
from knockdown.simulating.codes import (
    ABSENCE,
    BLOCKED,
    BREAKDOWN,
    DOWN,
    KIT,
    N_STATES,
    REWORK,
    REWORKING,
    SLOW,
    STARVED,
    STATION_TIME,
    WORKING,
)
from knockdown.timing.working_time import FOREVER_MS, period_of_calendar, to_working

_STATION_TIME = int(Stream.STATION_TIME)
_BREAKDOWN = int(Stream.BREAKDOWN)
_REPAIR = int(Stream.REPAIR)
_ABSENCE = int(Stream.ABSENCE)
_REWORK = int(Stream.REWORK)
_REWORK_TIME = int(Stream.REWORK_TIME)

JIT: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
# A function that makes no array need not count references to its tables, which costs more than the work.
BARE = JIT | {"_nrt": False}


@njit(**BARE)
def presence_ratio(u, heads, present):  # type: ignore[no-untyped-def]
    """People present at a station on a day over their mean, never below half the people enrolled.

    Parameters
    ----------
    u : float
        Uniform number of the station and day.
    heads : int
        People enrolled.
    present : float
        Mean share of them present, above 0.

    Returns
    -------
    float
        Inverse binomial distribution at u over heads * present.

    Examples
    --------
    >>> presence_ratio(0.5, 4, 1.0)
    1.0
    >>> round(presence_ratio(0.01, 2, 0.9), 3)
    1.111
    >>> round(presence_ratio(0.999, 2, 0.9), 3)
    0.556
    """
    chance = 1.0
    for _ in range(heads):
        chance *= present
    absent, total = 0, chance
    while u > total and absent < heads:
        chance *= (heads - absent) * (1.0 - present) / ((absent + 1) * present)
        absent += 1
        total += chance
    return max(heads - absent, 0.5 * heads) / (heads * present)


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
def count_overtime(regular_ms, period_work, overtime, n_periods, a, b, used):  # type: ignore[no-untyped-def]
    """Add the overtime between two working times to each period."""
    for p in range(n_periods):
        if period_work[p] >= b:
            break
        if overtime[p] == 0 or period_work[p + 1] <= a:
            continue
        length = regular_ms + overtime[p]
        low = max(a, period_work[p]) - period_work[p]
        high = min(b, period_work[p + 1]) - period_work[p]
        used[p] += (high // length) * overtime[p] + max(0, high % length - regular_ms)
        used[p] -= (low // length) * overtime[p] + max(0, low % length - regular_ms)


@njit(**BARE)
def next_failure(seed, replication, s, number, up_ms):  # type: ignore[no-untyped-def]
    """Working time from one failure of a station to the next."""
    return exponential(uniform(seed, _BREAKDOWN, replication, s, number), up_ms)


@njit(**BARE)
def repair_of(seed, replication, s, number, mean_ms):  # type: ignore[no-untyped-def]
    """Length of a station's repair."""
    return exponential(uniform(seed, _REPAIR, replication, s, number), mean_ms)


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
    places, buffers, sigma = hall.places[s0:s1], hall.buffers[s0:s1], hall.sigma[s0:s1]
    up_ms, repair_ms = hall.up_ms[s0:s1], hall.repair_ms[s0:s1]
    rework_share, rework_ms = hall.rework_share[s0:s1], hall.rework_ms[s0:s1]
    supply, heads, times = hall.supply[s0:s1], hall.heads[s0:s1], states[s0:s1]
    base_ms, base_first = hall.base_ms, hall.base_first[line]
    line_units, unit_family, setup_ms = hall.line_units, jobs.family, hall.setup_ms
    first_day, regular_ms = days.first_day, days.regular_ms
    present, wip, is_bay = hall.present[line], hall.wip[line], hall.is_bay[line]
    time_varies, people_vary = switches & STATION_TIME, switches & ABSENCE and present < 1.0
    fails, reworks = switches & BREAKDOWN, switches & REWORK
    at_period, last_day, n_failures = log.at_period, log.last_day, log.n_failures
    ratio, to_failure = log.ratio, log.to_failure
    for j in range(n_stations):
        at_period[j], last_day[j], n_failures[j], ratio[j] = 0, -1, 0, 1.0
        if fails:
            to_failure[j] = next_failure(seed, replication, s0 + j, 0, up_ms[j])
        for state in range(N_STATES):
            times[j, state] = 0
    period_work[0] = 0
    n_known = open_periods(hall, days, line, 0, 0, 0, period_work, overtime)
    family_before = hall.first_family[line]
    on_until = 0
    horizon = FOREVER_MS
    for n in range(n_units):
        i = first_unit + order[first_unit + n]
        unit = line_units[i]
        period = period_of_calendar(days.day_period, days.last_day, ready_cal[i])
        if period >= n_known:
            n_known = open_periods(hall, days, line, n_known, period, n, period_work, overtime)
        ready = to_working(days, period_work, overtime, ready_cal[i])
        arrived = ready
        if wip > 0 and n >= wip:
            arrived = max(arrived, leave[n - wip, n_stations - 1])
        setup = 0
        if not is_bay and unit_family[unit] != family_before:
            family_before = unit_family[unit]
            setup = setup_ms[family_before]
        base = base_first + order[first_unit + n] * n_stations
        for j in range(n_stations):
            # The recursion of knockdown.timing.recursion, written out: a call would cost more than it does.
            begin = arrived
            if n > 0:
                begin = max(begin, start[n - 1, j])
            if n >= places[j]:
                begin = max(begin, leave[n - places[j], j])
            now = begin + setup
            work = slow = down = rework = 0
            if base_ms[base + j] > 0:
                while n_known <= n_periods and now >= period_work[n_known]:
                    n_known = open_periods(hall, days, line, n_known, n_known, n, period_work, overtime)
                p = at_period[j]
                while p < n_periods and now >= period_work[p + 1]:
                    p += 1
                at_period[j] = p
                mean = np.float64(base_ms[base + j])
                if time_varies and sigma[j] > 0.0:
                    z = standard_normal(uniform(seed, _STATION_TIME, replication, unit, s0 + j))
                    mean *= exp(sigma[j] * z - 0.5 * sigma[j] * sigma[j])
                work = np.int64(mean * max(1.0, 1.0 / supply[j, p]) + 0.5)
                if people_vary:
                    day = first_day[p] + (now - period_work[p]) // (regular_ms + overtime[p])
                    if day != last_day[j]:
                        u = uniform(seed, _ABSENCE, replication, s0 + j, day)
                        ratio[j] = presence_ratio(u, heads[j, p], present)
                        last_day[j] = day
                    actual = np.int64(mean * max(1.0, 1.0 / (supply[j, p] * ratio[j])) + 0.5)
                    slow = max(0, actual - work)
                    work = actual - slow
                if fails and up_ms[j] > 0.0:
                    left = np.float64(work + slow)
                    repairs = 0.0
                    while left > to_failure[j]:
                        left -= to_failure[j]
                        repairs += repair_of(seed, replication, s0 + j, n_failures[j], repair_ms[j])
                        n_failures[j] += 1
                        to_failure[j] = next_failure(seed, replication, s0 + j, n_failures[j], up_ms[j])
                    to_failure[j] -= left
                    down = np.int64(repairs + 0.5)
                if reworks and rework_share[j] > 0.0:  # noqa: SIM102
                    if uniform(seed, _REWORK, replication, unit, s0 + j) < rework_share[j]:
                        u = uniform(seed, _REWORK_TIME, replication, unit, s0 + j)
                        rework = np.int64(exponential(u, rework_ms[j]) + 0.5)
            finished = now + work + slow + down + rework
            gone = finished
            if n > 0:
                gone = max(gone, leave[n - 1, j])
            if j + 1 < n_stations:
                ahead = n - buffers[j] - places[j + 1]
                if ahead >= 0:
                    gone = max(gone, leave[ahead, j + 1])
            start[n, j] = begin
            done[n, j] = finished
            leave[n, j] = gone
            while n_known <= n_periods and gone > period_work[n_known]:
                n_known = open_periods(hall, days, line, n_known, n_known, n, period_work, overtime)
            if n_known >= n_periods:
                horizon = period_work[n_periods]
            if gone <= horizon:
                times[j, WORKING] += setup + work
                times[j, SLOW] += slow
                times[j, DOWN] += down
                times[j, REWORKING] += rework
                times[j, BLOCKED] += gone - finished
            else:  # work, slowness, repair, rework, blocking follow one another as far as the horizon goes
                left = horizon - begin
                for state, length in (
                    (WORKING, setup + work), (SLOW, slow), (DOWN, down), (REWORKING, rework),
                    (BLOCKED, gone - finished),
                ):  # fmt: skip
                    times[j, state] += max(0, min(length, left))
                    left -= length
            if j == 0 and not is_bay and ready_cal[i] > jobs.release_cal[unit]:
                free = leave[n - places[0], 0] if n >= places[0] else 0
                free = max(free, to_working(days, period_work, overtime, jobs.release_cal[unit]))
                times[0, KIT] += max(0, min(ready, horizon) - free)
            setup = 0
            arrived = gone
        if n_stations > 0:
            begin = max(on_until, start[n, 0])
            if arrived > begin:
                count_overtime(days.regular_ms, period_work, overtime, n_periods, begin, arrived, used)
            on_until = max(on_until, arrived)
    open_periods(hall, days, line, n_known, n_periods, n_units, period_work, overtime)
    for j in range(n_stations):
        busy = 0
        for state in range(N_STATES):
            busy += times[j, state]
        times[j, STARVED] = places[j] * period_work[n_periods] - busy
