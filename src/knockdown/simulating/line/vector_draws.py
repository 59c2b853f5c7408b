"""The draws of `draws.py` for a register of replications, vehicles or failures at once: the same bits.

Every function does the operations of its scalar twin in the same order; what is a branch there is a
selection here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from knockdown.simulating.line.draws import (
    CELL_BITS,
    EXP,
    HALF_CELLS,
    LINEAR,
    STEPS,
    TABLE,
    TRIANGULAR,
)
from knockdown.simulating.line.vectors import (
    bits_of,
    counted,
    floats_of,
    gather,
    root,
    select,
    whole,
    words,
)

INLINE: dict[str, Any] = {"error_model": "numpy", "nogil": True, "forceinline": True, "_nrt": False}

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_12, _52 = np.uint64(12), np.uint64(52)
_ONE = np.uint64(0x3FF0000000000000)
_MANTISSA = np.uint64((1 << 52) - 1)
_TWO_52 = np.uint64(0x4330000000000000)
_TWO_52_AND_BIAS = 4503599627370496.0 + 1023.0
_LESS_THAN_ONE = 1.0 - 2.0**-53
_NOTHING, _1, _2, _3 = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
_CELL_BITS, _CELL_SHIFT = np.uint64(CELL_BITS), np.uint64(52 - CELL_BITS)
_FIRST_CELL, _HALF_CELLS = np.uint64((1023 - 53) << CELL_BITS), np.uint64(HALF_CELLS)
_SQRT_2 = 1.4142135623730951
_LN_2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN_2_LOW = 1.9082149292705877e-10


@njit(**INLINE)
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """`rng.philox4x32` of registers (or of numbers and registers); only the low 32 bits of words count."""
    for _ in range(10):
        p0 = (c0 & _LOW) * _M0
        p1 = (c2 & _LOW) * _M1
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1, (p0 >> _32) ^ c3 ^ k1, p0
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@njit(**INLINE)
def uniform_of(high, low):  # type: ignore[no-untyped-def]
    """The uniform number of two words: 1 + top 2**-52 from bits, less all but 2**-53 of the 1."""
    top = ((high << _32) | (low & _LOW)) >> _12
    return floats_of(top | _ONE) - _LESS_THAN_ONE


@njit(**INLINE)
def log(x):  # type: ignore[no-untyped-def]
    """`rng.log`."""
    bits = bits_of(x)
    k = floats_of((bits >> _52) | _TWO_52) - _TWO_52_AND_BIAS
    m = floats_of((bits & _MANTISSA) | _ONE)
    upper = m > _SQRT_2
    m = select(upper, m * 0.5, m)
    k = select(upper, k + 1.0, k)
    f = m - 1.0
    s = f / (f + 2.0)
    z = s * s
    p = 2.0 / 19.0 + z * (2.0 / 21.0)
    p = 2.0 / 15.0 + z * (2.0 / 17.0 + z * p)
    p = 2.0 / 11.0 + z * (2.0 / 13.0 + z * p)
    p = 2.0 / 7.0 + z * (2.0 / 9.0 + z * p)
    p = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * p))
    half = 0.5 * f * f
    return k * _LN_2_HIGH - ((half - (s * (half + p) + k * _LN_2_LOW)) - f)


@njit(**INLINE)
def quantile(table, offset, u):  # type: ignore[no-untyped-def]
    """`draws.quantile`; `offset` as words."""
    upper = u >= 0.5
    bits = bits_of(select(upper, 1.0 - u, u))
    cell = (bits >> _CELL_SHIFT) - _FIRST_CELL + select(upper, _HALF_CELLS, words(_NOTHING))
    x = floats_of(((bits << _CELL_BITS) & _MANTISSA) | _ONE) - 1.0
    at = offset + (cell << _2)
    c2, c3 = gather(table, at + _2), gather(table, at + _3)
    return gather(table, at) + x * (gather(table, at + _1) + x * (c2 + x * c3))


@njit(**INLINE)
def draw(kind, scale, p1, p2, table, offset, u):  # type: ignore[no-untyped-def]
    """`draws.draw` with a register of scales and of uniform numbers; all else is one number."""
    w = scale
    if kind == EXP:
        w = (0.0 - scale) * log(1.0 - u)
    elif kind == TABLE:
        w = scale * quantile(table, words(offset), u)
    elif kind == LINEAR:
        w = p1 + scale * u
    elif kind == TRIANGULAR:
        rise, fall = root(u * p2), 1.0 - root((1.0 - u) * (1.0 - p2))
        w = p1 + scale * select(u < p2, rise, fall)
    elif kind == STEPS:
        w = scale * gather(table, whole(u * p1) + words(offset))
    return w


@njit(**INLINE)
def exponentials(stream, replication, a, first, mean, k0, k1):  # type: ignore[no-untyped-def]
    """`exponential(uniform(seed, stream, replication, a, b), mean)` for b = first, first + 1, ..."""
    w0, w1, _, _ = philox(counted(first), words(a), words(replication), words(stream), k0, k1)
    return (0.0 - mean) * log(1.0 - uniform_of(w0, w1))
