"""When work is done at a place that breaks down or keeps to a calendar: the rare visits, one at a time.

A place has a clock, one entry in each of these arrays: `up` (up-time left, odf), `until` (the time up to
which work may simply be added: the next failure by time or the end of the shift), `failure` (the next failure
by time) and `number` of failures. Up-times and repairs are drawn `DRAWN` at a time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream
from knockdown.simulating.line.draws import BARE, advance, between
from knockdown.simulating.line.tables import ODF, TDF
from knockdown.simulating.line.vector_draws import exponentials
from knockdown.simulating.line.vectors import WIDTH, store

DRAWN = WIDTH
_BREAKDOWN, _REPAIR = np.uint64(Stream.BREAKDOWN), np.uint64(Stream.REPAIR)
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


@njit(**BARE)
def refill(c, number, seed, replication, station, mttf, mttr, ups, repairs):  # type: ignore[no-untyped-def]
    """Draw the next up-times and repairs of a clock, from a number on."""
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(seed) >> _32
    name, first, replication = np.uint64(station << 8), np.uint64(number), np.uint64(replication)
    store(ups, c * DRAWN, exponentials(_BREAKDOWN, replication, name, first, mttf, k0, k1))
    store(repairs, c * DRAWN, exponentials(_REPAIR, replication, name, first, mttr, k0, k1))


@njit(**BARE)
def shift_end(period, starts, ends, time):  # type: ignore[no-untyped-def]
    """End of the shift that a time lies in; outside of shifts that time; infinity without a calendar."""
    if period <= 0.0:
        return np.inf
    base = math.floor(time / period) * period
    for i in range(len(starts)):
        if base + ends[i] > time:
            return base + ends[i] if base + starts[i] <= time else time
    return time


@njit(**BARE)
def finish(  # type: ignore[no-untyped-def]
    c, begin, work, mode, calendar, clock, seed, replication, station, mttf, mttr, since, sums, at
):  # fmt: skip
    """When work that begins at a time is done; the clock goes on, and down time is added to `sums[at]`.

    Down time of failures by time counts from `since` on.
    """
    period, starts, ends = calendar
    up, until, failure, number, ups, repairs = clock
    now, k = begin, number[c]
    if mode == ODF:
        left, down = up[c], 0.0
        while work > left:
            work -= left
            now = advance(period, starts, ends, now, left)
            repair = repairs[c * DRAWN + k % DRAWN]
            now = advance(period, starts, ends, now, repair)
            down += repair
            k += 1
            if k % DRAWN == 0:
                refill(c, k, seed, replication, station, mttf, mttr, ups, repairs)
            left = ups[c * DRAWN + k % DRAWN]
        up[c] = left - work
        sums[at] += down
    elif mode == TDF:
        while True:
            if now < failure[c]:
                free = between(period, starts, ends, now, failure[c])
                if work <= free:
                    break
                work -= free
            now = max(
                now, next_repair(c, calendar, clock, seed, replication, station, mttf, mttr, since, sums, at)
            )
        k = number[c]
    number[c] = k
    now = advance(period, starts, ends, now, work)
    until[c] = min(shift_end(period, starts, ends, now), failure[c])
    return now


@njit(**BARE)
def next_repair(  # type: ignore[no-untyped-def]
    c, calendar, clock, seed, replication, station, mttf, mttr, since, sums, at
):  # fmt: skip
    """Take a clock past its next failure by time; the end of the repair."""
    period, starts, ends = calendar
    _, _, failure, number, ups, repairs = clock
    k = number[c]
    end = advance(period, starts, ends, failure[c], repairs[c * DRAWN + k % DRAWN])
    if end > since:
        sums[at] += end - max(failure[c], since)
    k += 1
    if k % DRAWN == 0:
        refill(c, k, seed, replication, station, mttf, mttr, ups, repairs)
    number[c] = k
    failure[c] = advance(period, starts, ends, end, ups[c * DRAWN + k % DRAWN])
    return end


@njit(**BARE)
def begin_clock(  # type: ignore[no-untyped-def]
    c, mode, calendar, clock, seed, replication, station, mttf, mttr
):  # fmt: skip
    """Set a clock to time 0."""
    period, starts, ends = calendar
    up, until, failure, number, ups, repairs = clock
    up[c] = failure[c] = np.inf
    number[c] = 0
    if mode != 0:
        refill(c, 0, seed, replication, station, mttf, mttr, ups, repairs)
    if mode == ODF:
        up[c] = ups[c * DRAWN]
    elif mode == TDF:
        failure[c] = advance(period, starts, ends, 0.0, ups[c * DRAWN])
    until[c] = min(shift_end(period, starts, ends, 0.0), failure[c])
