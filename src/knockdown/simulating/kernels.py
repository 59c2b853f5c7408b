"""The compiled year: kits, then one pass over the lines of a hall, for one replication after another.

Semantics and mathematics are in docs/simulating.md. All times are int64 milliseconds; `..._cal` are
calendar times since midnight of the first day, the others lie on the working-time axis of a line.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream, triangular, uniform
from knockdown.simulating.codes import AS_READY, DAMAGE, KIT_LATE, PART_MISSING, UNHINDERED
from knockdown.simulating.draw_blocks import BARE, BLOCK, JIT, hits, work_times
from knockdown.simulating.line_kernel import run_line
from knockdown.simulating.paced_kernel import run_paced
from knockdown.timing.working_time import FOREVER_MS, to_calendar

_KIT_LEAD = int(Stream.KIT_LEAD)
_KIT_MISSING = int(Stream.KIT_MISSING)
_TRANSIT_DAMAGE = int(Stream.TRANSIT_DAMAGE)
_REPLACEMENT_LEAD = int(Stream.REPLACEMENT_LEAD)
_DEMAND = int(Stream.DEMAND)

_SLOT_SHIFT = 42  # a calendar time fits below: 139 years
_SLOT_FAMILIES = 256


@njit(**BARE)
def replacement(kits, lot, seed, replication, unit, number):  # type: ignore[no-untyped-def]
    """Time until a missing (0) or damaged (1) part of a unit's kit is replaced, ms."""
    u = uniform(seed, _REPLACEMENT_LEAD, replication, unit, number)
    return triangular(u, kits.replace_low_ms[lot], kits.replace_ms[lot], kits.replace_high_ms[lot])


@njit(**BARE)
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
        if k >= 0:
            complete_cal[i] = arrival_cal[k]
            n_late += arrival_cal[k] > kits.planned_cal[k]
    for first in range(0, kits.missing.shape[0], BLOCK):
        lacks = hits(seed, _KIT_MISSING, replication, first, kits.missing) if switches & PART_MISSING else 0
        broken = hits(seed, _TRANSIT_DAMAGE, replication, first, kits.damage) if switches & DAMAGE else 0
        i = first
        while lacks | broken:
            wait = 0.0
            for number, marks in enumerate((lacks, broken)):
                if marks & 1:
                    wait = max(wait, replacement(kits, jobs.lot[i], seed, replication, i, number))
            complete_cal[i] += np.int64(wait + 0.5)
            lacks, broken, i = lacks >> 1, broken >> 1, i + 1
    return n_late


@njit(**BARE)
def sort_stably(keys, order, spare):  # type: ignore[no-untyped-def]
    """Sort `order` by keys[order], equal keys as they stand, by merging runs of doubling length.

    NumPy's own stable sort would do, but takes seconds to compile.

    Parameters
    ----------
    keys : array of int64
        Key of each thing.
    order : array of int64
        Things; sorted in place.
    spare : array of int64
        Scratch, at least as long.

    Examples
    --------
    >>> order = np.arange(4)
    >>> sort_stably(np.array([7, 3, 7, 1]), order, np.empty(4, np.int64))
    >>> order.tolist()
    [3, 1, 0, 2]
    """
    n = order.shape[0]
    width = 1
    while width < n:
        for first in range(0, n - width, 2 * width):
            middle, end = first + width, min(first + 2 * width, n)
            if keys[order[middle - 1]] <= keys[order[middle]]:
                continue
            for i in range(first, middle):
                spare[i] = order[i]
            i, j, k = first, middle, first
            while i < middle:
                if j < end and keys[order[j]] < keys[spare[i]]:
                    order[k] = order[j]
                    j += 1
                else:
                    order[k] = spare[i]
                    i += 1
                k += 1
        width *= 2


@njit(**BARE)
def build_order(hall, jobs, campaigns, line, log, ordering, wait_ms):  # type: ignore[no-untyped-def]
    """Write the order in which a line takes its units, as places in its planned order.

    A bay takes them as they come. A line keeps its planned order, but for units that become ready after
    their planned start: these stand where their ready time falls in their campaign, else in the next
    campaign of their family, if it begins soon enough, else at the end of the campaign then running.
    """
    a, b = hall.unit_first[line], hall.unit_first[line + 1]
    first, last = campaigns.first[line], campaigns.first[line + 1]
    start_cal, camp_family = campaigns.start_cal, campaigns.family
    line_units, campaign, planned_cal = hall.line_units, jobs.campaign, jobs.planned_cal
    is_bay, ready_cal = hall.is_bay[line], log.ready_cal
    keys, order = log.keys[a:b], log.order[a:b]
    for i in range(a, b):
        ready, unit = ready_cal[i], line_units[i]
        if is_bay:
            keys[i - a] = ready
            continue
        if ordering != AS_READY:
            keys[i - a] = i
            continue
        own, planned = campaign[unit], planned_cal[unit]
        slot, key = 2 * (own - first) * _SLOT_FAMILIES, planned
        if ready > planned:
            running, found = own, False
            for c in range(own, last):
                end = start_cal[c + 1] if c + 1 < last else FOREVER_MS
                if start_cal[c] <= ready:
                    running = c
                begins = max(start_cal[c], ready)
                if camp_family[c] == camp_family[own] and end > ready and begins - ready <= wait_ms:
                    slot, key, found = 2 * (c - first) * _SLOT_FAMILIES, begins, True
                    break
            if not found:
                slot, key = (2 * (running - first) + 1) * _SLOT_FAMILIES + camp_family[own], ready
        keys[i - a] = (slot << _SLOT_SHIFT) + key
    for i in range(b - a):
        order[i] = i
    sort_stably(keys, order, log.spare)


@njit(**BARE)
def line_ready(hall, jobs, campaigns, line, log, ordering, leave_cal):  # type: ignore[no-untyped-def]
    """Write when each unit of a line may start: kit and components there, period begun; at a bay: arrived."""
    for i in range(hall.unit_first[line], hall.unit_first[line + 1]):
        unit = hall.line_units[i]
        if hall.is_bay[line]:
            log.ready_cal[i] = leave_cal[unit]
            continue
        log.ready_cal[i] = jobs.release_cal[unit]
        if ordering == UNHINDERED:
            continue
        ready = max(jobs.release_cal[unit], log.complete_cal[unit])
        for need in range(jobs.need_first[unit], jobs.need_first[unit + 1]):
            cell = campaigns.component_first[jobs.need_component[need]] + jobs.need_number[need]
            ready = max(ready, log.made_cal[cell])
        log.ready_cal[i] = ready


@njit(**BARE)
def take_times(hall, jobs, campaigns, days, line, log, start_cal, leave_cal):  # type: ignore[no-untyped-def]
    """Turn a line's times into calendar times of its units, and hand out the components it made."""
    a, b = hall.unit_first[line], hall.unit_first[line + 1]
    n_stations = hall.station_first[line + 1] - hall.station_first[line]
    period_work, overtime = log.period_work[line], log.overtime[line]
    n_known = overtime.shape[0]
    begun = ended = 0  # periods begun before the unit starts, and before it leaves: units keep their order
    for n in range(b - a):
        i = a + log.order[a + n]
        unit = hall.line_units[i]
        cell = hall.base_first[line] + n * n_stations
        if n_stations == 0:
            leave_cal[unit] = log.ready_cal[i]
        else:
            last = log.leave[cell + n_stations - 1]
            while ended < n_known - 1 and last > period_work[ended + 1]:
                ended += 1
            leave_cal[unit] = to_calendar(days, period_work, overtime, n_known, last, True, ended)
        if not hall.is_bay[line]:
            start_cal[unit] = log.ready_cal[i]
            if n_stations > 0:
                first = log.start[cell]
                while begun < n_known - 1 and first >= period_work[begun + 1]:
                    begun += 1
                start_cal[unit] = to_calendar(days, period_work, overtime, n_known, first, False, begun)
        component = jobs.component[unit]
        if component >= 0 and hall.is_last[line]:
            log.made_cal[campaigns.component_first[component] + log.n_made[component]] = leave_cal[unit]
            log.n_made[component] += 1


@njit(**BARE)
def play_one(  # type: ignore[no-untyped-def]
    hall, jobs, kits, campaigns, days, seed, replication, switches, ordering, wait_ms,
    log, start_cal, leave_cal, states, used,
):  # fmt: skip
    """One replication: kits, then every line in order of dependence. Fills the log; returns the kits late."""
    n_late = kit_times(kits, jobs, seed, replication, switches, log.arrival_cal, log.complete_cal)
    work_times(
        seed, replication, switches, hall.visit_ms, hall.visit_unit, hall.visit_station,
        hall.sigma, hall.rework_share, hall.rework_ms, log.work_ms, log.rework_ms,
    )  # fmt: skip
    for c in range(log.n_made.shape[0]):
        log.n_made[c] = 0
    for p in range(used.shape[0]):
        used[p] = 0
    for k in range(hall.line_order.shape[0]):
        line = hall.line_order[k]
        line_ready(hall, jobs, campaigns, line, log, ordering, leave_cal)
        build_order(hall, jobs, campaigns, line, log, ordering, wait_ms)
        if hall.paced[line]:
            run_paced(hall, jobs, days, line, log, seed, replication, switches, states, used)
        else:
            run_line(hall, jobs, days, line, log, seed, replication, switches, states, used)
        take_times(hall, jobs, campaigns, days, line, log, start_cal, leave_cal)
    return n_late


@njit(**JIT)
def demand_factors(seed, replications, n_demands, n_years, half_width):  # type: ignore[no-untyped-def]
    """Demand over plan of each replication, demand and year: triangular around 1."""
    factors = np.empty((replications.shape[0], n_demands, n_years))
    for r in range(replications.shape[0]):
        for d in range(n_demands):
            for y in range(n_years):
                u = uniform(seed, _DEMAND, replications[r], d, y)
                factors[r, d, y] = triangular(u, 1.0 - half_width[d], 1.0, 1.0 + half_width[d])
    return factors


@njit(**BARE)
def count_moments(moments, unit, variant, weight, ends, counts):  # type: ignore[no-untyped-def]
    """Add weights to counts by replication, variant, and the period in which a unit's moment lies."""
    for r in range(moments.shape[0]):
        p = 0
        for k in range(unit.shape[0]):
            moment = moments[r, unit[k]]
            while p > 0 and moment <= ends[p - 1]:
                p -= 1
            while p < ends.shape[0] and moment > ends[p]:
                p += 1
            if p < ends.shape[0]:
                counts[r, variant[k], p] += weight[k]
