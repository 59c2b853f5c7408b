"""Random numbers with a name instead of a state, and variates made from them, the same bits everywhere.

`uniform(seed, stream, replication, a, b)` is a pure function: what vehicle 7 draws at station 3
does not depend on what was drawn before, on threads, on lane width or on the engine. That gives
common random numbers between scenarios and replay of any single draw for free.

Every variate is the inverse of its distribution function at one uniform number, so it never falls
as the uniform rises (but for rounding in the last place) and one draw costs one uniform. Logarithm
and exponential are written out here in the four operations that IEEE 754 rounds exactly, because
libm's differ from machine to machine. All functions are compiled by Numba; `f.py_func` is the same
function in plain Python and gives the same bits. They raise nothing: keep to the stated ranges.

Importing this module imports Numba. No other module of `basics` may import it.

Sources: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011
(Philox4x32-10); Wichura, Algorithm AS 241, Applied Statistics 37 (1988) 477-484 (inverse normal).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit


class Stream(IntEnum):
    """What a random number is for. Numbers are for ever: add at the end, never renumber.

    >>> Stream.BREAKDOWN.value
    5
    """

    KIT_LEAD = 1
    KIT_MISSING = 2
    REPLACEMENT_LEAD = 3
    STATION_TIME = 4
    BREAKDOWN = 5
    REPAIR = 6
    ABSENCE = 7
    DEMAND = 8
    REWORK = 9
    TRANSIT_DAMAGE = 10
    REWORK_TIME = 11
    CLEARANCE = 12
    VARIANT_MIX = 13
    DEFECT = 14
    LEARNING = 15
    SEARCH = 16
    BOOTSTRAP = 17
    ARRIVAL = 18


_LOW_32 = np.uint64(0xFFFFFFFF)
_SHIFT_32 = np.uint64(32)
_MULTIPLY_0 = np.uint64(0xD2511F53)
_MULTIPLY_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_ROUNDS = 10

_MANTISSA_BITS = np.int64(52)
_MANTISSA_MASK = np.int64((1 << 52) - 1)
_ONE_BITS = np.int64(1023 << 52)
_EXPONENT_BIAS = np.int64(1023)

_SQRT_2 = 1.4142135623730951
_INVERSE_LN_2 = 1.4426950408889634
_LN_2_HIGH = float.fromhex("0x1.62e42feep-1")  # 32 bits, so that k * _LN_2_HIGH is exact
_LN_2_LOW = 1.9082149292705877e-10
_EXP_MOST = 709.0
_EXP_LEAST = -708.0
_GRID = 2.0**-52

Function = TypeVar("Function", bound=Callable[..., Any])
Word = np.uint64


def _compiled(signature: str) -> Callable[[Function], Function]:
    """Compile for one signature only, so that there is one set of bits and a short start."""
    return cast("Callable[[Function], Function]", njit(signature, cache=True, error_model="numpy"))


@_compiled("UniTuple(uint64, 4)(uint64, uint64, uint64, uint64, uint64, uint64)")
def philox4x32(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> tuple[Word, Word, Word, Word]:
    """Scramble a 128-bit counter under a 64-bit key: Philox4x32 with 10 rounds.

    Parameters
    ----------
    c0, c1, c2, c3, k0, k1 : numpy.uint64
        Four counter words and two key words, each below 2**32.

    Returns
    -------
    tuple of 4 uint64
        Words below 2**32. Different counters give different words under the same key.

    Examples
    --------
    >>> [f"{word:08x}" for word in philox4x32(0, 0, 0, 0, 0, 0)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']

    Source: Salmon et al. 2011; known answers of Random123 (tests/kat_vectors).
    """
    for _ in range(_ROUNDS):
        p0 = _MULTIPLY_0 * c0
        p1 = _MULTIPLY_1 * c2
        c0, c1, c2, c3 = (p1 >> _SHIFT_32) ^ c1 ^ k0, p1 & _LOW_32, (p0 >> _SHIFT_32) ^ c3 ^ k1, p0 & _LOW_32
        k0 = (k0 + _WEYL_0) & _LOW_32
        k1 = (k1 + _WEYL_1) & _LOW_32
    return c0, c1, c2, c3


@_compiled("float64(uint64, int64, int64, int64, int64)")
def uniform(seed: int, stream: int, replication: int, a: int, b: int) -> float:
    """Draw the one number in (0, 1) that belongs to these five names.

    Parameters
    ----------
    seed : int
        0 <= seed < 2**64. Becomes the key.
    stream : Stream
        What the number is for.
    replication, a, b : int
        0 <= each < 2**32; only the low 32 bits count. `a` and `b` name the draw within its
        stream, such as vehicle and station, or station and failure number.

    Returns
    -------
    float
        An odd multiple of 2**-53, so never 0 or 1, and 1 - u is exact and as likely as u.

    Raises
    ------
    OverflowError
        From Python, when the seed is negative or has more than 64 bits.

    Examples
    --------
    >>> first = uniform(42, Stream.STATION_TIME, 0, 7, 3)
    >>> _ = uniform(42, Stream.REWORK, 0, 7, 3)
    >>> first == uniform(42, Stream.STATION_TIME, 0, 7, 3)
    True
    """
    key = np.uint64(seed)
    w0, w1, _, _ = philox4x32(
        np.uint64(np.int64(b) & np.int64(0xFFFFFFFF)),
        np.uint64(np.int64(a) & np.int64(0xFFFFFFFF)),
        np.uint64(np.int64(replication) & np.int64(0xFFFFFFFF)),
        np.uint64(np.int64(stream) & np.int64(0xFFFFFFFF)),
        key & _LOW_32,
        key >> _SHIFT_32,
    )
    top = np.int64(((w0 << _SHIFT_32) | w1) >> np.uint64(12))
    return (np.float64(top) + 0.5) * _GRID


@_compiled("float64(float64)")
def log(x: float) -> float:
    """Take the natural logarithm, the same bits on every machine.

    Parameters
    ----------
    x : float
        A normal number, 2**-1022 <= x < infinity. Elsewhere the result means nothing.

    Returns
    -------
    float
        Within 1 unit in the last place of the true value (tested), 0 at 1 exactly.

    Examples
    --------
    >>> log(1.0), log(2.0)
    (0.0, 0.6931471805599453)

    How: x = 2**k * m with m near 1; log m = 2 artanh s, s = (m - 1) / (m + 1), as a series.
    With f = m - 1, 2s = f - s f, which keeps f exact and rounds only the small rest.
    """
    bits = np.float64(x).view(np.int64)
    k = (bits >> _MANTISSA_BITS) - _EXPONENT_BIAS
    m = np.int64((bits & _MANTISSA_MASK) | _ONE_BITS).view(np.float64)
    if m > _SQRT_2:
        m *= 0.5
        k += 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 2.0 / 19.0 + z * (2.0 / 21.0)
    p = 2.0 / 15.0 + z * (2.0 / 17.0 + z * p)
    p = 2.0 / 11.0 + z * (2.0 / 13.0 + z * p)
    p = 2.0 / 7.0 + z * (2.0 / 9.0 + z * p)
    p = z * (2.0 / 3.0 + z * (2.0 / 5.0 + z * p))
    half = 0.5 * f * f
    return k * _LN_2_HIGH - ((half - (s * (half + p) + k * _LN_2_LOW)) - f)


@_compiled("float64(float64)")
def exp(x: float) -> float:
    """Raise e to a power, the same bits on every machine.

    Parameters
    ----------
    x : float
        Any number but NaN. Above 709 the result is infinity, below -708 it is 0.

    Returns
    -------
    float
        Within 1 unit in the last place of the true value (tested).

    Examples
    --------
    >>> exp(0.0), exp(-1.0)
    (1.0, 0.36787944117144233)
    """
    if x > _EXP_MOST:
        return np.inf
    if x < _EXP_LEAST:
        return 0.0
    k = math.floor(x * _INVERSE_LN_2 + 0.5)
    high = x - k * _LN_2_HIGH
    low = k * _LN_2_LOW
    r = high - low
    p = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0)
    p = 1.0 / 3628800.0 + r * (1.0 / 39916800.0 + r * p)
    p = 1.0 / 40320.0 + r * (1.0 / 362880.0 + r * p)
    p = 1.0 / 720.0 + r * (1.0 / 5040.0 + r * p)
    p = 1.0 / 24.0 + r * (1.0 / 120.0 + r * p)
    p = 0.5 + r * (1.0 / 6.0 + r * p)
    power = np.int64((np.int64(k) + _EXPONENT_BIAS) << _MANTISSA_BITS).view(np.float64)
    rest = (high - r) - low  # what r lost when it was rounded
    return (1.0 + (r + (r * r * p + rest))) * power


@_compiled("float64(float64)")
def log1p(x: float) -> float:
    """Take log(1 + x) without losing a small x.

    Parameters
    ----------
    x : float
        x > -1, and below 1e300.

    Returns
    -------
    float
        Relative error below 1e-15 (tested).

    Examples
    --------
    >>> log1p(1e-20)
    1e-20

    Source: the correction factor x / ((1 + x) - 1), W. Kahan's, in Goldberg, ACM Computing
    Surveys 23 (1991) 5-48, theorem 4.
    """
    w = 1.0 + x
    if w == 1.0:
        return x
    return log(w) * (x / (w - 1.0))


@_compiled("float64(float64, float64)")
def exponential(u: float, mean: float) -> float:
    """Turn a uniform number into an exponential one.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.
    mean : float
        Mean, 0 or more, in any unit; the result has the same.

    Returns
    -------
    float
        -mean log(1 - u). Relative error below 3e-16 on the grid of `uniform` (tested).

    Examples
    --------
    >>> exponential(0.5, 10.0)
    6.931471805599453
    """
    return -mean * log(1.0 - u)


@_compiled("float64(float64, float64, float64, float64)")
def triangular(u: float, low: float, mode: float, high: float) -> float:
    """Turn a uniform number into a triangular one.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.
    low, mode, high : float
        Least, likeliest and greatest value, low <= mode <= high.

    Returns
    -------
    float
        Within [low, high], and `low` when low = high. Absolute error below 4e-16 times
        max(|low|, |high|) (tested).

    Examples
    --------
    >>> triangular(0.5, 0.0, 1.0, 2.0)
    1.0
    """
    width = high - low
    if width <= 0.0:
        return low
    rise = mode - low
    if u * width < rise:
        return low + math.sqrt(u * width * rise)
    return high - math.sqrt((1.0 - u) * width * (high - mode))


@_compiled("float64(float64)")
def _normal_middle(q: float) -> float:
    """AS 241 for |q| = |u - 0.5| <= 0.425."""
    r = 0.180625 - q * q
    p = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    p = (p * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4
    p = (p * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3
    p = (p * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0
    d = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    d = (d * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4
    d = (d * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2
    d = (d * r + 4.2313330701600911252e1) * r + 1.0
    return q * p / d


@_compiled("float64(float64)")
def _normal_far_tail(r: float) -> float:
    """AS 241 for a tail chance below exp(-25), r = sqrt(-log(chance)) - 5."""
    p = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    p = (p * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2
    p = (p * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0
    p = (p * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0
    d = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
    d = (d * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4
    d = (d * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1
    d = (d * r + 5.99832206555887937690e-1) * r + 1.0
    return p / d


@_compiled("float64(float64)")
def _normal_tail(tail: float) -> float:
    """AS 241 for a tail chance below 0.075: the positive quantile."""
    r = math.sqrt(-log(tail))
    if r > 5.0:
        return _normal_far_tail(r - 5.0)
    r -= 1.6
    p = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
    p = (p * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0
    p = (p * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0
    p = (p * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0
    d = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
    d = (d * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1
    d = (d * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0
    d = (d * r + 2.05319162663775882187e0) * r + 1.0
    return p / d


@_compiled("float64(float64)")
def standard_normal(u: float) -> float:
    """Turn a uniform number into a normal one of mean 0 and standard deviation 1.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.

    Returns
    -------
    float
        Relative error below 4e-15 on the grid of `uniform` (tested), so |result| < 8.3.

    Examples
    --------
    >>> standard_normal(0.5), round(standard_normal(0.975), 6)
    (0.0, 1.959964)

    Source: Wichura, AS 241 (PPND16), 1988.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        return _normal_middle(q)
    if q < 0.0:
        return -_normal_tail(u)
    return _normal_tail(1.0 - u)


@_compiled("float64(float64, float64, float64)")
def normal(u: float, mean: float, deviation: float) -> float:
    """Turn a uniform number into a normal one.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.
    mean, deviation : float
        Mean, and standard deviation of 0 or more, in one unit; the result has the same.

    Returns
    -------
    float
        Absolute error below 4e-15 times (|mean| + |result - mean|) (tested). May be negative.

    Examples
    --------
    >>> normal(0.5, 30.0, 4.0)
    30.0
    """
    return mean + deviation * standard_normal(u)


@_compiled("float64(float64, float64, float64)")
def lognormal(u: float, mean: float, cv: float) -> float:
    """Turn a uniform number into a lognormal one, given by its own mean and variation.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.
    mean : float
        Mean of the result (not of its logarithm), 0 or more, in any unit; the result has the same.
    cv : float
        Standard deviation over mean, 0 <= cv <= 100; 0 gives `mean`.

    Returns
    -------
    float
        Relative error below 1e-13 (tested for cv from 0.001 to 100).

    Examples
    --------
    >>> lognormal(0.5, 60.0, 0.0)
    60.0
    >>> round(lognormal(0.5, 60.0, 0.3), 3)
    57.47
    """
    variance = log1p(cv * cv)
    return mean * exp(math.sqrt(variance) * standard_normal(u) - 0.5 * variance)


@_compiled("float64(float64, float64, float64)")
def weibull(u: float, scale: float, shape: float) -> float:
    """Turn a uniform number into a Weibull one.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.
    scale : float
        Value that a share of 1 - 1/e stays below, 0 or more, in any unit; the result has the same.
    shape : float
        0.1 or more: below 1 the hazard falls, at 1 the result is exponential, above 1 it wears out.

    Returns
    -------
    float
        scale (-log(1 - u))**(1/shape). Relative error below 8e-15 / min(1, shape) (tested).

    Examples
    --------
    >>> weibull(0.5, 10.0, 1.0)
    6.931471805599453
    """
    return scale * exp(log(-log(1.0 - u)) / shape)


@_compiled("boolean(float64, float64)")
def bernoulli(u: float, chance: float) -> bool:
    """Turn a uniform number into yes or no.

    Parameters
    ----------
    u : float
        0 < u < 1, from `uniform`.
    chance : float
        Chance of True; 0 is never and 1 is always.

    Returns
    -------
    bool
        u < chance, exactly. A greater chance never turns a True into a False.

    Examples
    --------
    >>> bernoulli(0.2, 0.25), bernoulli(0.3, 0.25)
    (True, False)
    """
    return u < chance
