"""One paced line of one replication, compiled: move after move. Semantics are in docs/simulating.md.

Times are int64 milliseconds as in `line_kernel`, whose stations do the work here too.
"""

from __future__ import annotations

from numba import njit

from knockdown.simulating.codes import ABSENCE, BREAKDOWN, KIT
from knockdown.simulating.draw_blocks import BARE
from knockdown.simulating.line_kernel import (
    account,
    count_overtime,
    open_periods,
    reset_stations,
    starve,
    time_at,
)
from knockdown.timing.working_time import FOREVER_MS, period_of_calendar, to_working


@njit(**BARE)
def lay_out(places, buffers, enters, leaves):  # type: ignore[no-untyped-def]
    """Positions of a line in a row: the station whose first place each is, and whose last; -1 for none."""
    position = 0
    for j in range(places.shape[0]):
        waiting = buffers[j] if j + 1 < places.shape[0] else 0
        for k in range(places[j] + waiting):
            enters[position] = j if k == 0 else -1
            leaves[position] = j if k == places[j] - 1 else -1
            position += 1
    return position


@njit(**BARE)
def run_paced(  # type: ignore[no-untyped-def]  # noqa: C901
    hall, jobs, days, line, log, seed, replication, switches, states, used
):  # fmt: skip
    """Play a paced line in a given order. Fills what `line_kernel.run_line` fills."""
    first_unit, n_units = hall.unit_first[line], hall.unit_first[line + 1] - hall.unit_first[line]
    s0, s1 = hall.station_first[line], hall.station_first[line + 1]
    n_stations, n_periods = s1 - s0, hall.planned_overtime.shape[1] - 1
    cell, shape = hall.base_first[line], (n_units, n_stations)
    end = cell + n_units * n_stations
    start, done = log.start[cell:end].reshape(shape), log.done[cell:end].reshape(shape)
    leave = log.leave[cell:end].reshape(shape)
    slows, downs = log.slow_ms[cell:end].reshape(shape), log.down_ms[cell:end].reshape(shape)
    works, reworks = log.work_ms[cell:end].reshape(shape), log.rework_ms[cell:end].reshape(shape)
    period_work, overtime, ready_cal = log.period_work[line], log.overtime[line], log.ready_cal
    places, times, wip, is_bay = hall.places[s0:s1], states[s0:s1], hall.wip[line], hall.is_bay[line]
    order, enters, leaves, entered = (
        log.order[first_unit : first_unit + n_units],
        log.enters,
        log.leaves,
        log.spare,
    )
    length = lay_out(places, hall.buffers[s0:s1], enters, leaves)
    people_vary, fails = switches & ABSENCE and hall.present[line] < 1.0, switches & BREAKDOWN
    reset_stations(hall, log, seed, replication, line, fails, times)
    period_work[0] = 0
    n_known = open_periods(hall, days, line, 0, 0, 0, period_work, overtime)
    family = hall.first_family[line]
    horizon, on_until, overtime_period = FOREVER_MS, 0, 0
    head = following = move = now = 0
    while head < n_units and n_stations > 0:
        # When: everybody on the line is done; on an empty line, when the next unit is ready.
        for n in range(head, following):
            j = leaves[move - entered[n]]
            if j >= 0:
                now = max(now, done[n, j])
        left = head
        if head == following:
            i = first_unit + order[head]
            period = period_of_calendar(days.day_period, days.last_day, ready_cal[i])
            n_known = open_periods(hall, days, line, n_known, period, left, period_work, overtime)
            now = max(now, to_working(days, period_work, overtime, ready_cal[i]))
        while n_known <= n_periods and now >= period_work[n_known]:
            n_known = open_periods(hall, days, line, n_known, n_known, left, period_work, overtime)
        if n_known >= n_periods:
            horizon = period_work[n_periods]
        # Everybody moves on by one position; the next unit takes the first one, if it is there.
        move += 1
        for n in range(left, following):
            position = move - entered[n]
            j = leaves[position - 1]
            if j >= 0:
                leave[n, j] = now
                rework = reworks[order[n], j] if works[order[n], j] > 0.0 else 0
                work = done[n, j] - start[n, j] - slows[n, j] - downs[n, j] - rework
                account(
                    times, j, start[n, j], work, slows[n, j], downs[n, j], rework, now - done[n, j], horizon
                )
            if position < length:
                continue
            head += 1
            begin = max(on_until, start[n, 0])
            if now > begin:
                while overtime_period < n_periods and period_work[overtime_period + 1] <= begin:
                    overtime_period += 1
                count_overtime(
                    days.regular_ms, period_work, overtime, overtime_period, n_periods, begin, now, used
                )
            on_until = max(on_until, now)
        if following < n_units and (wip == 0 or following - head < wip):
            i = first_unit + order[following]
            known = period_of_calendar(days.day_period, days.last_day, ready_cal[i]) < n_known
            if known and to_working(days, period_work, overtime, ready_cal[i]) <= now:
                entered[following] = move
                following += 1
        for n in range(head, following):
            position = move - entered[n]
            j = enters[position]
            if j < 0:
                continue
            i, setup = first_unit + order[n], 0
            unit = hall.line_units[i]
            if j == 0 and not is_bay and jobs.family[unit] != family:
                family = jobs.family[unit]
                setup = hall.setup_ms[family]
            start[n, j], slows[n, j], downs[n, j] = now, 0, 0
            finished = now + setup
            if works[order[n], j] > 0.0:
                while n_known <= n_periods and finished >= period_work[n_known]:
                    n_known = open_periods(hall, days, line, n_known, n_known, left, period_work, overtime)
                work, slows[n, j], downs[n, j] = time_at(
                    hall, days, log, period_work, overtime, seed, replication, s0, j, works[order[n], j],
                    finished, people_vary, fails,
                )  # fmt: skip
                finished += work + slows[n, j] + downs[n, j] + reworks[order[n], j]
            done[n, j] = finished
            if j == 0 and not is_bay and ready_cal[i] > jobs.release_cal[unit]:
                free = leave[n - places[0], 0] if n >= places[0] else 0
                free = max(free, to_working(days, period_work, overtime, jobs.release_cal[unit]))
                ready = to_working(days, period_work, overtime, ready_cal[i])
                times[0, KIT] += max(0, min(ready, horizon) - free)
    open_periods(hall, days, line, n_known, n_periods, n_units, period_work, overtime)
    starve(times, places, period_work[n_periods])
