"""Every random number of a line, by name: which vehicle, which station, which visit. Compiled, no state.

`draw(kind, scale, p1, p2, table, offset, u)` turns a uniform number into a time; every engine does these
operations in this order, so that times are the same bits everywhere. All kinds rise with u:

    CONST       scale
    LINEAR      p1 + scale * u
    EXP         -scale * log(1 - u)
    TRIANGULAR  p1 + scale * t,  t = sqrt(u p2) below the mode, 1 - sqrt((1 - u)(1 - p2)) above; p2 in [0, 1]
    TABLE       scale * cubic(x), the cubic of the cell of `quantile_cell(u)`, four numbers a cell
    STEPS       scale * table[offset + int(u * p1)], one of p1 values that are equally likely
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream, exponential, log, philox4x32, uniform

JIT: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
# A function that makes no array need not count references to its tables, which costs more than the work.
BARE = JIT | {"_nrt": False}

CONST, LINEAR, EXP, TRIANGULAR, TABLE, STEPS = range(6)

# A quantile table has a cell for every 1/64 of every octave of t = min(u, 1 - u) from 2**-53 up to 1/2: first
# all for u < 1/2 with t rising, then all for u >= 1/2, and one more for u = 1/2.
CELL_BITS = 6
OCTAVES = 52
HALF_CELLS = OCTAVES << CELL_BITS
TABLE_CELLS = 2 * HALF_CELLS + 1
_CELL_SHIFT = 52 - CELL_BITS
_FIRST_CELL = (1023 - 53) << CELL_BITS
_MANTISSA = (1 << 52) - 1
_ONE = 1023 << 52

_STATION_TIME = int(Stream.STATION_TIME)
_BREAKDOWN = int(Stream.BREAKDOWN)
_REPAIR = int(Stream.REPAIR)
_REWORK = int(Stream.REWORK)
_VARIANT_MIX = int(Stream.VARIANT_MIX)
_ARRIVAL = int(Stream.ARRIVAL)

_LOW_32 = np.uint64(0xFFFFFFFF)
_SHIFT_32 = np.uint64(32)
_SHIFT_12 = np.uint64(12)
_GRID = 2.0**-52

MIX_VEHICLE = 0x9E3779B97F4A7C15
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@njit("UniTuple(float64, 2)(uint64, int64, int64, int64, int64)", **BARE)
def service_pair(seed, replication, pair, vehicle, visit):  # type: ignore[no-untyped-def]
    """Uniform numbers of a vehicle's work at stations 2 pair and 2 pair + 1.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**64.
    replication, pair, vehicle : int
        0 <= each < 2**32.
    visit : int
        How often the vehicle was there before, below 2**23.

    Examples
    --------
    >>> service_pair(1, 0, 3, 7, 0)[0] == uniform(1, Stream.STATION_TIME, 0, 7, 3)
    True
    """
    w0, w1, w2, w3 = philox4x32(
        np.uint64(pair),
        np.uint64(vehicle),
        np.uint64(replication),
        np.uint64(_STATION_TIME + (visit << 8)),
        seed & _LOW_32,
        seed >> _SHIFT_32,
    )
    first = np.int64(((w0 << _SHIFT_32) | w1) >> _SHIFT_12)
    second = np.int64(((w2 << _SHIFT_32) | w3) >> _SHIFT_12)
    return (np.float64(first) + 0.5) * _GRID, (np.float64(second) + 0.5) * _GRID


@njit("float64(uint64, int64, int64, int64, int64)", **BARE)
def service_uniform(seed, replication, station, vehicle, visit):  # type: ignore[no-untyped-def]
    """Uniform number of a vehicle's work at one station, as in `service_pair`."""
    even, odd = service_pair(seed, replication, station >> 1, vehicle, visit)
    return odd if station & 1 else even


@njit("int64(uint64, int64, int64, float64[::1])", **BARE)
def variant_of(seed, replication, vehicle, chances):  # type: ignore[no-untyped-def]
    """Variant of a vehicle; `chances` are cumulated."""
    last = len(chances) - 1
    if last == 0:
        return 0
    u = uniform(seed, _VARIANT_MIX, replication, vehicle, 0)
    variant = 0
    while variant < last and u >= chances[variant]:
        variant += 1
    return variant


@njit("float64(uint64, int64, int64, int64, int64, float64)", **BARE)
def up_time(seed, replication, station, place, number, mttf):  # type: ignore[no-untyped-def]
    """Up-time `number` of a place of a station."""
    return exponential(uniform(seed, _BREAKDOWN, replication, (station << 8) | place, number), mttf)


@njit("float64(uint64, int64, int64, int64, int64, float64)", **BARE)
def repair_time(seed, replication, station, place, number, mttr):  # type: ignore[no-untyped-def]
    """Repair after up-time `number` of a place of a station."""
    return exponential(uniform(seed, _REPAIR, replication, (station << 8) | place, number), mttr)


@njit("boolean(uint64, int64, int64, int64, float64)", **BARE)
def fails_gate(seed, replication, vehicle, attempt, p_fail):  # type: ignore[no-untyped-def]
    """Whether a vehicle that was in rework `attempt` times before goes there again."""
    return uniform(seed, _REWORK, replication, vehicle, attempt) < p_fail


@njit("float64(uint64, int64, int64, float64)", **BARE)
def arrival_gap(seed, replication, lot, mean):  # type: ignore[no-untyped-def]
    """Time between the arrival of a lot and of the one before it."""
    return exponential(uniform(seed, _ARRIVAL, replication, lot, 0), mean)


@njit("Tuple((int64, float64))(float64)", **BARE)
def quantile_cell(u):  # type: ignore[no-untyped-def]
    """Cell of a quantile table, and the place within it from 0 to 1.

    >>> quantile_cell(0.25), quantile_cell(0.5)[0] == TABLE_CELLS - 1
    ((3264, 0.0), True)
    """
    t = u
    cell = np.int64(0)
    if u >= 0.5:
        t = 1.0 - u
        cell = np.int64(HALF_CELLS)
    bits = np.float64(t).view(np.int64)
    cell += (bits >> _CELL_SHIFT) - _FIRST_CELL
    x = np.int64(((bits << CELL_BITS) & _MANTISSA) | _ONE).view(np.float64) - 1.0
    return cell, x


@njit("float64(float64[::1], int64, float64)", **BARE)
def quantile(table, offset, u):  # type: ignore[no-untyped-def]
    """Quantile at u of the table that begins at `offset`."""
    cell, x = quantile_cell(u)
    at = offset + 4 * cell
    return table[at] + x * (table[at + 1] + x * (table[at + 2] + x * table[at + 3]))


@njit("float64(int64, float64, float64, float64, float64[::1], int64, float64)", **BARE)
def draw(kind, scale, p1, p2, table, offset, u):  # type: ignore[no-untyped-def]
    """A time of a kind of distribution at a uniform number; see the top of this file."""
    if kind == EXP:
        return -scale * log(1.0 - u)
    if kind == TABLE:
        return scale * quantile(table, offset, u)
    if kind == CONST:
        return scale
    if kind == LINEAR:
        return p1 + scale * u
    if kind == TRIANGULAR:
        return p1 + scale * (math.sqrt(u * p2) if u < p2 else 1.0 - math.sqrt((1.0 - u) * (1.0 - p2)))
    return scale * table[offset + np.int64(u * p1)]


@njit("uint64(float64, int64)", **BARE)
def mix(time, vehicle):  # type: ignore[no-untyped-def]
    """Word of a vehicle that left the line at a time; a checksum is the sum of them, modulo 2**64.

    Examples
    --------
    >>> int(mix(1.0, 0)) == int(mix(1.0, 1))
    False

    How: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) of the bits of the time plus the
    vehicle times an odd number.
    """
    word = np.uint64(np.float64(time).view(np.int64)) + np.uint64(vehicle) * np.uint64(MIX_VEHICLE)
    word = (word ^ (word >> np.uint64(30))) * _MIX_1
    word = (word ^ (word >> np.uint64(27))) * _MIX_2
    return word ^ (word >> np.uint64(31))


@njit("float64(float64, float64[::1], float64[::1], float64, float64)", **BARE)
def advance(period, starts, ends, time, work):  # type: ignore[no-untyped-def]
    """When work that begins at a time is done: at once added, or walked through shifts when period > 0.

    Outside of shifts work sleeps; work that ends at the end of a shift ends then.

    Examples
    --------
    >>> shifts = np.array([0.0, 16.0]), np.array([8.0, 20.0])
    >>> [float(advance(24.0, *shifts, 6.0, work)) for work in (0.0, 2.0, 3.0, 7.0)]
    [6.0, 8.0, 17.0, 25.0]
    """
    if period <= 0.0 or work <= 0.0:
        return time + work
    n = len(starts)
    base = math.floor(time / period) * period
    i = 0
    while i < n and base + ends[i] <= time:
        i += 1
    while True:
        if i == n:
            i = 0
            base += period
            if base + ends[0] <= time:  # the quotient was rounded
                i += 1
                continue
        time = max(time, base + starts[i])
        left = base + ends[i] - time
        if work <= left:
            return time + work
        work -= left
        i += 1


@njit("float64(float64, float64[::1], float64[::1], float64, float64)", **BARE)
def between(period, starts, ends, begin, end):  # type: ignore[no-untyped-def]
    """Working time between two times: their difference, or the part of it in shifts when period > 0.

    >>> float(between(24.0, np.array([0.0, 16.0]), np.array([8.0, 20.0]), 6.0, 17.0))
    3.0
    """
    if period <= 0.0:
        return end - begin
    total = 0.0
    base = math.floor(begin / period) * period
    while base < end:
        for i in range(len(starts)):
            total += max(0.0, min(end, base + ends[i]) - max(begin, base + starts[i]))
        base += period
    return total
