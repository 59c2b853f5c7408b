"""The compiled year: one pass over the lines of a hall for one replication. Only numbers, no objects, no clock.

Semantics and mathematics are in docs/simulating.md. All times are int64 milliseconds; `..._cal` are
calendar times since midnight of the first day, the others lie on the working-time axis of a line.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream, exp, exponential, standard_normal, triangular, uniform
from knockdown.timing.recursion import entry_ms, leave_ms
from knockdown.timing.working_time import FOREVER_MS, period_of_calendar, to_calendar, to_working

KIT_LATE, PART_MISSING, DAMAGE, BREAKDOWN, ABSENCE, REWORK, STATION_TIME = (1 << i for i in range(7))
NOTHING, EVERYTHING = 0, (1 << 7) - 1

WORKING, SLOW, DOWN, REWORKING, BLOCKED, STARVED, KIT = range(7)
N_STATES = 7

_KIT_LEAD = int(Stream.KIT_LEAD)
_KIT_MISSING = int(Stream.KIT_MISSING)
_TRANSIT_DAMAGE = int(Stream.TRANSIT_DAMAGE)
_REPLACEMENT_LEAD = int(Stream.REPLACEMENT_LEAD)
_STATION_TIME = int(Stream.STATION_TIME)
_BREAKDOWN = int(Stream.BREAKDOWN)
_REPAIR = int(Stream.REPAIR)
_ABSENCE = int(Stream.ABSENCE)
_REWORK = int(Stream.REWORK)
_REWORK_TIME = int(Stream.REWORK_TIME)
_DEMAND = int(Stream.DEMAND)

_SLOT_SHIFT = 42  # a calendar time fits below: 139 years
_SLOT_FAMILIES = 256

_NJIT = {"cache": True, "error_model": "numpy", "nogil": True}


@njit(**_NJIT)
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


@njit(**_NJIT)
def kit_times(kits, jobs, seed, replication, switches, arrival_cal, complete_cal):  # type: ignore[no-untyped-def]
    """Fill the arrival of every lot and the moment each unit's kit is complete; count kits that come late."""
    for k in range(kits.planned_cal.shape[0]):
        arrival_cal[k] = kits.planned_cal[k]
        if switches & KIT_LATE:
            u = uniform(seed, _KIT_LEAD, replication, k, 0)
            lead = triangular(u, kits.low_ms[k], kits.typical_ms[k], kits.high_ms[k])
            arrival_cal[k] = kits.from_cal[k] + np.int64(lead + 0.5)
    n_late = 0
    for i in range(jobs.lot.shape[0]):
        k = jobs.lot[i]
        complete_cal[i] = 0
        if k < 0:
            continue
        wait = 0.0
        if switches & PART_MISSING and uniform(seed, _KIT_MISSING, replication, i, 0) < kits.missing[k]:
            u = uniform(seed, _REPLACEMENT_LEAD, replication, i, 0)
            wait = triangular(u, kits.replace_low_ms[k], kits.replace_ms[k], kits.replace_high_ms[k])
        if switches & DAMAGE and uniform(seed, _TRANSIT_DAMAGE, replication, i, 0) < kits.damage[k]:
            u = uniform(seed, _REPLACEMENT_LEAD, replication, i, 1)
            other = triangular(u, kits.replace_low_ms[k], kits.replace_ms[k], kits.replace_high_ms[k])
            wait = max(wait, other)
        complete_cal[i] = arrival_cal[k] + np.int64(wait + 0.5)
        n_late += arrival_cal[k] > kits.planned_cal[k]
    return n_late


@njit(**_NJIT)
def place_in_order(campaigns, first, last, own, family, planned_cal, ready_cal, wait_ms):  # type: ignore[no-untyped-def]
    """Sorting key of a unit on its line: its own campaign when the kit is in time, else where it fits next."""
    if ready_cal <= planned_cal:
        return ((2 * (own - first) * _SLOT_FAMILIES) << _SLOT_SHIFT) + planned_cal
    running = own
    for c in range(own, last):
        end = campaigns.start_cal[c + 1] if c + 1 < last else FOREVER_MS
        if campaigns.start_cal[c] <= ready_cal:
            running = c
        begins = max(campaigns.start_cal[c], ready_cal)
        if campaigns.family[c] == family and end > ready_cal and begins - ready_cal <= wait_ms:
            return ((2 * (c - first) * _SLOT_FAMILIES) << _SLOT_SHIFT) + begins
    slot = (2 * (running - first) + 1) * _SLOT_FAMILIES + family
    return (slot << _SLOT_SHIFT) + ready_cal


@njit(**_NJIT)
def build_order(hall, jobs, campaigns, line, ready_cal, keep_order, wait_ms):  # type: ignore[no-untyped-def]
    """Order in which a line takes its units, as places in its planned order."""
    a, b = hall.unit_first[line], hall.unit_first[line + 1]
    keys = np.empty(b - a, np.int64)
    for i in range(a, b):
        unit = hall.line_units[i]
        if hall.is_bay[line]:
            keys[i - a] = ready_cal[i]
        elif keep_order:
            keys[i - a] = i
        else:
            keys[i - a] = place_in_order(
                campaigns, campaigns.first[line], campaigns.first[line + 1], jobs.campaign[unit],
                jobs.family[unit], jobs.planned_cal[unit], ready_cal[i], wait_ms,
            )  # fmt: skip
    return np.argsort(keys, kind="mergesort")


@njit(**_NJIT)
def open_periods(hall, days, line, n_known, upto, left, period_work, overtime):  # type: ignore[no-untyped-def]
    """Decide the overtime of a line's periods up to one, when so many units have left. Returns the number known."""
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


@njit(**_NJIT)
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


@njit(**_NJIT)
def next_failure(seed, replication, s, number, up_ms):  # type: ignore[no-untyped-def]
    """Working time from one failure of a station to the next."""
    return exponential(uniform(seed, _BREAKDOWN, replication, s, number), up_ms)


@njit(**_NJIT)
def repair_of(seed, replication, s, number, mean_ms):  # type: ignore[no-untyped-def]
    """Length of a station's repair."""
    return exponential(uniform(seed, _REPAIR, replication, s, number), mean_ms)


@njit(**_NJIT)
def run_line(  # type: ignore[no-untyped-def]
    hall, jobs, days, line, order, ready_cal, seed, replication, switches,
    start, done, leave, period_work, overtime, states, used,
):  # fmt: skip
    """Play a line in a given order. Fills the times, the line's axis, state sums and overtime used."""
    n_units, n_stations = start.shape
    n_periods = hall.planned_overtime.shape[1] - 1
    s0, first_unit = hall.station_first[line], hall.unit_first[line]
    s1 = s0 + n_stations
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
    at_period = np.zeros(n_stations, np.int64)
    last_day = np.full(n_stations, -1, np.int64)
    ratio = np.ones(n_stations)
    to_failure = np.empty(n_stations)
    n_failures = np.zeros(n_stations, np.int64)
    for j in range(n_stations):
        if fails:
            to_failure[j] = next_failure(seed, replication, s0 + j, 0, up_ms[j])
    times[:] = 0
    used[:] = 0
    period_work[0] = 0
    n_known = open_periods(hall, days, line, 0, 0, 0, period_work, overtime)
    family_before = hall.first_family[line]
    on_until = 0
    horizon = FOREVER_MS
    for n in range(n_units):
        i = first_unit + order[n]
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
        base = base_first + order[n] * n_stations
        for j in range(n_stations):
            begin = entry_ms(n, j, arrived, places, start, leave)
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
                if reworks and rework_share[j] > 0.0:
                    if uniform(seed, _REWORK, replication, unit, s0 + j) < rework_share[j]:
                        u = uniform(seed, _REWORK_TIME, replication, unit, s0 + j)
                        rework = np.int64(exponential(u, rework_ms[j]) + 0.5)
            finished = now + work + slow + down + rework
            gone = leave_ms(n, j, finished, places, buffers, leave)
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
            else:  # work, slowness, repair, rework and blocking follow one another, as far as the horizon goes
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
        times[j, STARVED] = places[j] * period_work[n_periods] - times[j].sum()


@njit(**_NJIT)
def play_one(  # type: ignore[no-untyped-def]
    hall, jobs, kits, campaigns, days, seed, replication, switches, keep_order, wait_ms,
    log, start_cal, leave_cal, states, used, lots_late,
):  # fmt: skip
    """One replication: kits, then every line in order of dependence. Fills the log and the outputs."""
    n_late = kit_times(kits, jobs, seed, replication, switches, log.arrival_cal, log.complete_cal)
    lots_late[0] = n_late
    n_made = np.zeros(campaigns.component_first.shape[0], np.int64)
    used[:] = 0
    for line in hall.line_order:
        a, b = hall.unit_first[line], hall.unit_first[line + 1]
        n_stations = hall.station_first[line + 1] - hall.station_first[line]
        for i in range(a, b):
            unit = hall.line_units[i]
            if hall.is_bay[line]:
                log.ready_cal[i] = leave_cal[unit]
                continue
            ready = max(jobs.release_cal[unit], log.complete_cal[unit])
            for need in range(jobs.need_first[unit], jobs.need_first[unit + 1]):
                made = log.made_cal[campaigns.component_first[jobs.need_component[need]] + jobs.need_number[need]]
                ready = max(ready, made)
            log.ready_cal[i] = ready
        order = build_order(hall, jobs, campaigns, line, log.ready_cal, keep_order, wait_ms)
        cell, size = hall.base_first[line], (b - a) * n_stations
        start = log.start[cell : cell + size].reshape((b - a, n_stations))
        done = log.done[cell : cell + size].reshape((b - a, n_stations))
        leave = log.leave[cell : cell + size].reshape((b - a, n_stations))
        period_work, overtime = log.period_work[line], log.overtime[line]
        run_line(
            hall, jobs, days, line, order, log.ready_cal, seed, replication, switches,
            start, done, leave, period_work, overtime, states, log.used,
        )  # fmt: skip
        used += log.used
        n_known = overtime.shape[0]
        for n in range(b - a):
            i = a + order[n]
            unit = hall.line_units[i]
            log.order[a + n] = order[n]
            if not hall.is_bay[line]:
                begin = start[n, 0] if n_stations > 0 else 0
                start_cal[unit] = to_calendar(days, period_work, overtime, n_known, begin, False)
            if n_stations > 0:
                leave_cal[unit] = to_calendar(days, period_work, overtime, n_known, leave[n, n_stations - 1], True)
            else:
                leave_cal[unit] = log.ready_cal[i]
            component = jobs.component[unit]
            if component >= 0 and hall.is_last[line]:
                log.made_cal[campaigns.component_first[component] + n_made[component]] = leave_cal[unit]
                n_made[component] += 1


@njit(**_NJIT)
def play_many(  # type: ignore[no-untyped-def]
    hall, jobs, kits, campaigns, days, seed, replications, switches, keep_order, wait_ms,
    log, start_cal, leave_cal, states, used, lots_late,
):  # fmt: skip
    """Replications one after another; row r of every output belongs to replications[r]."""
    for r in range(replications.shape[0]):
        play_one(
            hall, jobs, kits, campaigns, days, seed, replications[r], switches, keep_order, wait_ms,
            log, start_cal[r], leave_cal[r], states[r], used[r], lots_late[r : r + 1],
        )  # fmt: skip


@njit(**_NJIT)
def demand_factors(seed, replications, n_demands, n_years, half_width):  # type: ignore[no-untyped-def]
    """Demand over plan of each replication, demand and year: triangular around 1."""
    factors = np.empty((replications.shape[0], n_demands, n_years))
    for r in range(replications.shape[0]):
        for d in range(n_demands):
            for y in range(n_years):
                u = uniform(seed, _DEMAND, replications[r], d, y)
                factors[r, d, y] = triangular(u, 1.0 - half_width[d], 1.0, 1.0 + half_width[d])
    return factors
