"""Random numbers of a simulated year, sixteen at a time: the bits of `knockdown.basics.rng`.

Every function does the operations of its scalar twin in the same order; what is a branch there is a
selection here. Drawn one by one they would take most of the time of a replication.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from knockdown.basics import rng
from knockdown.basics.rng import Stream
from knockdown.simulating.codes import REWORK, STATION_TIME
from knockdown.simulating.line.vector_draws import INLINE, exponentials, log, philox, uniform_of
from knockdown.simulating.line.vectors import (
    WIDTH,
    bits_of,
    counted,
    floats_of,
    gather,
    load,
    pattern,
    root,
    select,
    store,
    unlikely,
    words,
)

JIT: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
# A function that makes no array need not count references to its tables, which costs more than the work.
BARE = JIT | {"_nrt": False}

BLOCK = WIDTH
BLOCK_BITS = BLOCK.bit_length() - 1

_STATION_TIME, _ABSENCE = np.uint64(Stream.STATION_TIME), np.uint64(Stream.ABSENCE)
_BREAKDOWN, _REPAIR = np.uint64(Stream.BREAKDOWN), np.uint64(Stream.REPAIR)
_REWORK, _REWORK_TIME = np.uint64(Stream.REWORK), int(Stream.REWORK_TIME)
_SCALAR_STATION_TIME = int(Stream.STATION_TIME)
_LOW, _32, _52 = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(52)

_INVERSE_LN_2 = 1.4426950408889634
_LN_2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN_2_LOW = 1.9082149292705877e-10
_ROUNDER = 1.5 * 2.0**52  # added and taken off again it leaves a whole number
_TWO_52_AND_BIAS = 2.0**52 + 1023.0


@njit(**INLINE)
def exps(x):  # type: ignore[no-untyped-def]
    """`rng.exp` of registers between -708 and 709."""
    t = x * _INVERSE_LN_2 + 0.5
    k = (t + _ROUNDER) - _ROUNDER
    k = select(k > t, k - 1.0, k)
    high = x - k * _LN_2_HIGH
    low = k * _LN_2_LOW
    r = high - low
    p = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0)
    p = 1.0 / 3628800.0 + r * (1.0 / 39916800.0 + r * p)
    p = 1.0 / 40320.0 + r * (1.0 / 362880.0 + r * p)
    p = 1.0 / 720.0 + r * (1.0 / 5040.0 + r * p)
    p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p)
    p = 0.5 + r * (1.0 / 6.0 + r * p)
    rest = (high - r) - low
    return (1.0 + (r + (r * r * p + rest))) * floats_of(bits_of(k + _TWO_52_AND_BIAS) << _52)


@njit(**INLINE)
def normals(u):  # type: ignore[no-untyped-def]
    """`rng.standard_normal` of registers, and marks where it is in the far tail and means nothing."""
    q = u - 0.5
    r = 0.180625 - q * q
    p = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    p = (p * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4
    p = (p * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3
    p = (p * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
    d = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    d = (d * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4
    d = (d * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2
    d = (d * r + 4.2313330701600911252e1) * r + 1.0
    inside = (q <= 0.425) & (q >= -0.425)
    over, under = q * p, d
    below = q < 0.0
    r = root(0.0 - log(select(below, u, 1.0 - u)))
    far = r > 5.0
    r = r - 1.6
    p = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
    p = (p * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0
    p = (p * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0
    p = (p * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
    d = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
    d = (d * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1
    d = (d * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0
    d = (d * r + 2.05319162663775882187e0) * r + 1.0
    z = select(inside, over, select(below, 0.0 - p, p)) / select(inside, under, d)
    return z, far


@njit(**INLINE)
def scatter(base, sigma, u):  # type: ignore[no-untyped-def]
    """Lognormal times of mean `base` from uniform numbers, and marks where they mean nothing."""
    z, far = normals(u)
    return base * exps(sigma * z - 0.5 * sigma * sigma), far


@njit(**BARE)
def work_times(  # type: ignore[no-untyped-def]
    seed, replication, switches, ms, unit, station, sigma, rework_share, rework_ms, work, rework
):
    """Fill work before slowness, ms, and rework, ms, of all visits; the flat arrays hold whole registers."""
    k0, k1, r = np.uint64(seed) & _LOW, np.uint64(seed) >> _32, words(np.uint64(replication))
    varies, reworks = switches & STATION_TIME, switches & REWORK
    for c in range(0, ms.shape[0], WIDTH):
        units, stations, base = load(unit, c), load(station, c), load(ms, c)
        store(work, c, base)
        store(rework, c, words(0))
        if varies:
            w0, w1, _, _ = philox(stations, units, r, words(_STATION_TIME), k0, k1)
            found, far = scatter(base, gather(sigma, stations), uniform_of(w0, w1))
            store(work, c, found)
            if unlikely(pattern(far) != 0):
                for i in range(c, c + WIDTH):
                    s = sigma[station[i]]
                    u = rng.uniform(seed, _SCALAR_STATION_TIME, replication, unit[i], station[i])
                    work[i] = ms[i] * rng.exp(s * rng.standard_normal(u) - 0.5 * s * s)
        if reworks:
            w0, w1, _, _ = philox(stations, units, r, words(_REWORK), k0, k1)
            found_bad = pattern(uniform_of(w0, w1) < gather(rework_share, stations))
            i = c
            while found_bad != 0:
                if found_bad & 1:
                    u = rng.uniform(seed, _REWORK_TIME, replication, unit[i], station[i])
                    rework[i] = np.int64(rng.exponential(u, rework_ms[station[i]]) + 0.5)
                found_bad >>= 1
                i += 1


@njit(**BARE)
def failures(seed, replication, station, first, up_ms, repair_ms, up, repair, cell):  # type: ignore[no-untyped-def]
    """Fill a station's next working times to a failure, and repairs, from failure number `first` on."""
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(seed) >> _32
    s, r, number = np.uint64(station), np.uint64(replication), np.uint64(first)
    store(up, cell, exponentials(_BREAKDOWN, r, s, number, up_ms, k0, k1))
    store(repair, cell, exponentials(_REPAIR, r, s, number, repair_ms, k0, k1))


@njit(**BARE)
def absences(seed, replication, station, first, u, cell):  # type: ignore[no-untyped-def]
    """Fill the uniform numbers of a station's days from day `first` on."""
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(seed) >> _32
    a, r = words(np.uint64(station)), words(np.uint64(replication))
    w0, w1, _, _ = philox(counted(np.uint64(first)), a, r, words(_ABSENCE), k0, k1)
    store(u, cell, uniform_of(w0, w1))


@njit(**BARE)
def hits(seed, stream, replication, first, shares):  # type: ignore[no-untyped-def]
    """Which of the things from number `first` on are hit, each with its share: bit k for thing first + k."""
    k0, k1 = np.uint64(seed) & _LOW, np.uint64(seed) >> _32
    things, r = counted(np.uint64(first)), words(np.uint64(replication))
    w0, w1, _, _ = philox(words(np.uint64(0)), things, r, words(np.uint64(stream)), k0, k1)
    return pattern(uniform_of(w0, w1) < load(shares, first))
