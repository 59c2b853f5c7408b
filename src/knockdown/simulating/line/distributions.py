"""Distributions of times: mean and variation, and how `draws.draw` draws each of them.

A distribution becomes a `Shape` (kind and up to three numbers). Lognormal, Erlang, gamma, hyperexponential
and Weibull times are read from a table of their quantile function: a cubic in every cell that has the right
value and slope at both ends. Tables hold the shape only; the scale is multiplied on. They are computed here
from `basics.rng` alone, so they have the same bits on every machine. The error of a quantile is below 1e-9 of
it where it varies smoothly with the logarithm of the chance (tested). `empirical` times are the values of a
sample, equally likely.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from knockdown.basics.rng import exp, log, log1p, standard_normal
from knockdown.simulating.line.draws import (
    CELL_BITS,
    CONST,
    EXP,
    HALF_CELLS,
    JIT,
    LINEAR,
    OCTAVES,
    STEPS,
    TABLE,
    TABLE_CELLS,
    TRIANGULAR,
)
from knockdown.simulating.line.model import Service

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_TAIL = 2.0 ** -(OCTAVES + 1)
_STEPS_OF_NEWTON = 200
_HALF_LOG_TAU = 0.9189385332046728
_SQRT_TAU = 2.5066282746310002


class Shape(NamedTuple):
    """Arguments of `draws.draw`; `table` names the table of a TABLE or holds the values of STEPS."""

    kind: int
    scale: float
    p1: float = 0.0
    p2: float = 0.0
    table: tuple[Any, ...] = ()


def moments(service: Service) -> tuple[float, float]:
    """Mean, and squared coefficient of variation (0 when the mean is 0).

    >>> moments(Service("erlang", {"k": 4, "mean": 60.0}))
    (60.0, 0.25)
    """
    mean, variance = _MOMENTS[service.dist](service.numbers, service.sample)
    return mean, (variance / (mean * mean) if mean > 0.0 else 0.0)


def mean_of(service: Service) -> float:
    """Mean of a distribution.

    >>> mean_of(Service("triangular", {"low": 1.0, "mode": 2.0, "high": 6.0}))
    3.0
    """
    return moments(service)[0]


def _hyperexp_moments(n: dict[str, float], _: tuple[float, ...]) -> tuple[float, float]:
    p, m1, m2 = n["p"], n["mean1"], n["mean2"]
    mean = p * m1 + (1.0 - p) * m2
    return mean, 2.0 * (p * m1 * m1 + (1.0 - p) * m2 * m2) - mean * mean


def _triangular_moments(n: dict[str, float], _: tuple[float, ...]) -> tuple[float, float]:
    a, m, b = n["low"], n["mode"], n["high"]
    return (a + m + b) / 3.0, (a * a + m * m + b * b - a * m - a * b - m * b) / 18.0


def _weibull_moments(n: dict[str, float], _: tuple[float, ...]) -> tuple[float, float]:
    mean = n["scale"] * math.gamma(1.0 + 1.0 / n["shape"])
    return mean, n["scale"] ** 2 * math.gamma(1.0 + 2.0 / n["shape"]) - mean * mean


def _sample_moments(_: dict[str, float], sample: tuple[float, ...]) -> tuple[float, float]:
    mean = math.fsum(sample) / len(sample)
    return mean, math.fsum((x - mean) ** 2 for x in sample) / len(sample)


_MOMENTS: dict[str, Any] = {
    "det": lambda n, _: (n["value"], 0.0),
    "exp": lambda n, _: (n["mean"], n["mean"] ** 2),
    "erlang": lambda n, _: (n["mean"], n["mean"] ** 2 / n["k"]),
    "gamma": lambda n, _: (n["mean"], n["mean"] ** 2 / n["shape"]),
    "hyperexp": _hyperexp_moments,
    "lognormal": lambda n, _: (n["mean"], (n["mean"] * n["cv"]) ** 2),
    "weibull": _weibull_moments,
    "uniform": lambda n, _: ((n["low"] + n["high"]) / 2.0, (n["high"] - n["low"]) ** 2 / 12.0),
    "triangular": _triangular_moments,
    "empirical": _sample_moments,
}


def shape_of(service: Service) -> Shape:
    """How to draw a distribution.

    >>> shape_of(Service("uniform", {"low": 1.0, "high": 3.0}))
    Shape(kind=1, scale=2.0, p1=1.0, p2=0.0, table=())
    """
    return _SHAPES[service.dist](service)


def _exp_shape(service: Service) -> Shape:
    return Shape(EXP, service.numbers["mean"])


def _gamma_shape(service: Service) -> Shape:
    n = service.numbers
    k = float(n["k"] if service.dist == "erlang" else n["shape"])
    return Shape(EXP, n["mean"]) if k == 1.0 else Shape(TABLE, n["mean"] / k, table=("gamma", k))


def _hyperexp_shape(service: Service) -> Shape:
    n = service.numbers
    p, m1, m2 = n["p"], n["mean1"], n["mean2"]
    if p in (0.0, 1.0) or m1 == m2:
        return Shape(EXP, m1 if p > 0.0 else m2)
    return Shape(TABLE, m1, table=("hyperexp", p, m2 / m1))


def _lognormal_shape(service: Service) -> Shape:
    mean, cv = service.numbers["mean"], service.numbers["cv"]
    return Shape(TABLE, mean, table=("lognormal", float(cv))) if cv > 0.0 else Shape(CONST, mean)


def _weibull_shape(service: Service) -> Shape:
    scale, k = service.numbers["scale"], service.numbers["shape"]
    return Shape(EXP, scale) if k == 1.0 else Shape(TABLE, scale, table=("weibull", float(k)))


def _uniform_shape(service: Service) -> Shape:
    low, high = service.numbers["low"], service.numbers["high"]
    return Shape(LINEAR, high - low, low) if high > low else Shape(CONST, low)


def _triangular_shape(service: Service) -> Shape:
    low, mode, high = (service.numbers[key] for key in ("low", "mode", "high"))
    width = high - low
    return Shape(TRIANGULAR, width, low, (mode - low) / width) if width > 0.0 else Shape(CONST, low)


def _empirical_shape(service: Service) -> Shape:
    return Shape(STEPS, 1.0, float(len(service.sample)), table=("empirical", *sorted(service.sample)))


_SHAPES: dict[str, Any] = {
    "det": lambda service: Shape(CONST, service.numbers["value"]),
    "exp": _exp_shape,
    "erlang": _gamma_shape,
    "gamma": _gamma_shape,
    "hyperexp": _hyperexp_shape,
    "lognormal": _lognormal_shape,
    "weibull": _weibull_shape,
    "uniform": _uniform_shape,
    "triangular": _triangular_shape,
    "empirical": _empirical_shape,
}


@lru_cache(maxsize=256)
def table_of(name: tuple[Any, ...]) -> Floats:
    """Numbers of a table by its name in a `Shape`. Not to be written to."""
    if name[0] == "empirical":
        table = np.array(name[1:], dtype=np.float64)
    else:
        family, a, *more = name
        nodes = _FAMILIES[family](_nodes(), float(a), float(more[0]) if more else 0.0)
        table = _cells(*nodes)
    table.flags.writeable = False
    return table


def _nodes() -> Floats:
    """Bounds of the cells of one half, from 2**-53 to 1/2."""
    cells = np.arange(HALF_CELLS + 1)
    return np.ldexp(
        1.0 + (cells & ((1 << CELL_BITS) - 1)) / (1 << CELL_BITS), (cells >> CELL_BITS) - OCTAVES - 1
    )


def _cells(low: Floats, low_slope: Floats, high: Floats, high_slope: Floats) -> Floats:
    """Cubics from quantiles and their slopes by t at the bounds of the cells, for t = u and for t = 1 - u.

    A cubic never turns round when its slopes at the ends are at most 3 times its mean slope (Fritsch and
    Carlson, SIAM J. Numer. Anal. 17 (1980) 238-246); a sharp bend may need that limit.
    """
    width = np.diff(_nodes())
    table = np.zeros((TABLE_CELLS, 4))
    for first, value, slope in ((0, low, low_slope), (HALF_CELLS, high, high_slope)):
        rise = np.diff(value)
        s0, s1 = (_limited(width * end, 3.0 * rise) for end in (slope[:-1], slope[1:]))
        part = table[first : first + HALF_CELLS]
        part[:, 0], part[:, 1] = value[:-1], s0
        part[:, 2], part[:, 3] = 3.0 * rise - 2.0 * s0 - s1, s0 + s1 - 2.0 * rise
    table[-1, 0] = high[-1]
    return table.reshape(-1)


def _limited(slope: Floats, most: Floats) -> Floats:
    return np.where(np.abs(slope) > np.abs(most), most, slope)


@njit(**JIT)
def _lognormal_nodes(t, cv, _):  # type: ignore[no-untyped-def]
    """Quantiles and slopes of the lognormal distribution of mean 1."""
    variance = log1p(cv * cv)
    sigma = math.sqrt(variance)
    out = np.empty((4, len(t)))
    for i in range(len(t)):
        z = standard_normal(t[i])
        slope = sigma * _SQRT_TAU * exp(0.5 * z * z)
        out[0, i], out[2, i] = exp(sigma * z - 0.5 * variance), exp(-sigma * z - 0.5 * variance)
        out[1, i], out[3, i] = out[0, i] * slope, -out[2, i] * slope
    return out[0], out[1], out[2], out[3]


@njit(**JIT)
def _weibull_nodes(t, k, _):  # type: ignore[no-untyped-def]
    """Quantiles and slopes of the Weibull distribution of scale 1."""
    out = np.empty((4, len(t)))
    for i in range(len(t)):
        low, high = -log1p(-t[i]), -log(t[i])
        out[0, i], out[2, i] = exp(log(low) / k), exp(log(high) / k)
        out[1, i], out[3, i] = out[0, i] / (k * low * (1.0 - t[i])), -out[2, i] / (k * high * t[i])
    return out[0], out[1], out[2], out[3]


@njit(**JIT)
def _rise(x):  # type: ignore[no-untyped-def]
    """1 - exp(-x) without losing a small x."""
    if x > 0.3:
        return 1.0 - exp(-x)
    term = total = x
    for i in range(2, 16):
        term *= -x / i
        total += term
    return total


@njit(**JIT)
def _hyperexp_nodes(t, p, ratio):  # type: ignore[no-untyped-def]
    """Quantiles and slopes of a mixture: mean 1 with chance p, else mean `ratio`.

    Below the median the distribution function, above it the logarithm of the rest, are solved by Newton's
    method from the left: the one is concave and the other convex, so that no step goes too far.
    """
    out = np.empty((4, len(t)))
    q = 1.0 - p
    x = 0.0
    for i in range(len(t)):
        for _ in range(_STEPS_OF_NEWTON):
            step = (t[i] - p * _rise(x) - q * _rise(x / ratio)) / (p * exp(-x) + q / ratio * exp(-x / ratio))
            x += step
            if abs(step) <= 1e-16 * x:
                break
        out[0, i], out[1, i] = x, 1.0 / (p * exp(-x) + q / ratio * exp(-x / ratio))
    for i in range(len(t) - 1, -1, -1):
        for _ in range(_STEPS_OF_NEWTON):
            rest = p * exp(-x) + q * exp(-x / ratio)
            step = log(rest / t[i]) * rest / (p * exp(-x) + q / ratio * exp(-x / ratio))
            x += step
            if abs(step) <= 1e-16 * x:
                break
        out[2, i], out[3, i] = x, -1.0 / (p * exp(-x) + q / ratio * exp(-x / ratio))
    return out[0], out[1], out[2], out[3]


@njit(**JIT)
def _log_gamma(x):  # type: ignore[no-untyped-def]
    """Logarithm of the gamma function for x > 0, by Stirling's series from 10 on."""
    product = 1.0
    while x < 10.0:
        product *= x
        x += 1.0
    y = 1.0 / (x * x)
    series = 1.0 / 1188.0 - y * (691.0 / 360360.0 - y / 156.0)
    series = 1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y * series)))
    return (x - 0.5) * log(x) - x + _HALF_LOG_TAU + series / x - log(product)


@njit(**JIT)
def _gamma_ratio(k, x):  # type: ignore[no-untyped-def]
    """P(k, x) over x**k exp(-x) / Gamma(k), by its series."""
    term = total = 1.0 / k
    n = k
    while term > 1e-17 * total:
        n += 1.0
        term *= x / n
        total += term
    return total


@njit(**JIT)
def _gamma_rest_ratio(k, x, factor):  # type: ignore[no-untyped-def]
    """1 - P(k, x) over factor = x**k exp(-x) / Gamma(k): Lentz's continued fraction, or 1 - P below k + 1."""
    if x < k + 1.0:
        return 1.0 / factor - _gamma_ratio(k, x)
    b = x + 1.0 - k
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 100_000):
        a = -i * (i - k)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        h *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return h


@njit(**JIT)
def _gamma_nodes(t, k, _):  # type: ignore[no-untyped-def]
    """Quantiles and slopes of the gamma distribution of scale 1.

    Newton's method on log P and on log(1 - P) over y = log x. Both are concave, so from the side on which the
    chance is too small no step goes too far, and the quantile before is on that side.
    """
    out = np.empty((4, len(t)))
    constant = _log_gamma(k)
    y = (log(t[0]) + constant + log(k)) / k
    for i in range(len(t)):
        for _ in range(_STEPS_OF_NEWTON):
            x = exp(y)
            ratio = _gamma_ratio(k, x)
            step = (log(t[i]) - (k * y - x - constant + log(ratio))) * ratio
            y += step
            if abs(step) < 1e-15:
                break
        out[0, i] = exp(y)
        out[1, i] = out[0, i] / exp(k * y - out[0, i] - constant)
    y = log(2.0 * k + 100.0)
    for i in range(len(t)):
        for _ in range(_STEPS_OF_NEWTON):
            x = exp(y)
            height = k * y - x - constant
            ratio = _gamma_rest_ratio(k, x, exp(height))
            step = (height + log(ratio) - log(t[i])) * ratio
            y += step
            if abs(step) < 1e-15:
                break
        out[2, i] = exp(y)
        out[3, i] = -out[2, i] / exp(k * y - out[2, i] - constant)
    return out[0], out[1], out[2], out[3]


_FAMILIES: dict[str, Any] = {
    "lognormal": _lognormal_nodes,
    "weibull": _weibull_nodes,
    "hyperexp": _hyperexp_nodes,
    "gamma": _gamma_nodes,
}
