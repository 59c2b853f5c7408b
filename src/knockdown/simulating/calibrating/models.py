"""Distributions that are fitted: each fits, samples and tells its distribution function row by row.

Rows are samples of one size, so that a bootstrap is one call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from knockdown.basics.rng import Stream, standard_normal, uniform

Floats = NDArray[np.float64]
SEED = 1
_NJIT: dict[str, Any] = {"cache": True, "error_model": "numpy"}


@njit(**_NJIT)
def _fill_uniform(seed, stream, key, out):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = uniform(seed, stream, i, key, j)


@njit(**_NJIT)
def _fill_normal(u, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out.flat[i] = standard_normal(u.flat[i])


@njit(**_NJIT)
def _fill_phi(z, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out.flat[i] = 0.5 * math.erfc(-z.flat[i] / math.sqrt(2.0))


@lru_cache(maxsize=8)
def uniforms(key: int, n_rows: int, n_columns: int, seed: int = SEED) -> Floats:
    """Keyed uniform numbers of the bootstrap: the same for the same names, everywhere."""
    out = np.empty((n_rows, n_columns))
    _fill_uniform(seed, int(Stream.BOOTSTRAP), key, out)
    return out


def normals(u: Floats) -> Floats:
    """Standard normal numbers of uniform ones.

    >>> normals(np.array([[0.5]])).tolist()
    [[0.0]]
    """
    out = np.empty_like(u)
    _fill_normal(u, out)
    return out


def phi(z: Floats) -> Floats:
    """Distribution function of the standard normal distribution."""
    out = np.empty_like(z)
    _fill_phi(z, out)
    return out


def chi_square(z: Floats, n_free: int) -> Floats:
    """Chi-square numbers of standard normal ones.

    Source: Wilson and Hilferty, PNAS 17 (1931) 684-688.
    """
    a = 2.0 / (9.0 * n_free)
    return np.asarray(n_free * np.maximum(1e-9, 1.0 - a + z * math.sqrt(a)) ** 3)


@dataclass(frozen=True)
class Model:
    """A distribution; parameters of a row of samples are a row of `fit`.

    `free` is true where the distribution of the statistic of fit depends on no parameter, so that one
    bootstrap serves every sample of a size.
    """

    name: str
    fit: Callable[[Floats], Floats]
    cdf: Callable[[Floats, Floats], Floats]
    quantile: Callable[[Floats, Floats], Floats]
    free: bool


def _fit_lognormal(x: Floats) -> Floats:
    logs = np.log(x)
    return np.stack([logs.mean(axis=1), np.maximum(1e-9, logs.std(axis=1, ddof=1))], axis=1)


def _cdf_lognormal(x: Floats, p: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return phi((np.log(x) - p[:, :1]) / p[:, 1:])


def _quantile_lognormal(u: Floats, p: Floats) -> Floats:
    return np.asarray(np.exp(p[:, :1] + p[:, 1:] * normals(u)))


def _fit_exponential(x: Floats) -> Floats:
    return np.asarray(x.mean(axis=1, keepdims=True))


def _cdf_exponential(x: Floats, p: Floats) -> Floats:
    return np.asarray(-np.expm1(-x / p))


def _quantile_exponential(u: Floats, p: Floats) -> Floats:
    return np.asarray(-p * np.log1p(-u))


_C = np.linspace(0.0, 1.0, 1001)
_SKEW = math.sqrt(2) * (1 - 2 * _C) * (1 + _C) * (2 - _C) / (5 * (1 - _C + _C**2) ** 1.5)


def _fit_triangular(x: Floats) -> Floats:
    """Mean, deviation and skewness give low, mode and high, which are widened to hold every observation."""
    mean, deviation = x.mean(axis=1), np.maximum(1e-9, x.std(axis=1, ddof=1))
    skew = (((x - mean[:, None]) / deviation[:, None]) ** 3).mean(axis=1)
    c = np.interp(-skew, -_SKEW, _C)
    width = deviation / np.sqrt((1 - c + c**2) / 18)
    low = mean - width * (1 + c) / 3
    mode, high = low + c * width, low + width
    low, high = np.minimum(low, x.min(axis=1)), np.maximum(high, x.max(axis=1))
    low = np.maximum(low, np.minimum(0.0, x.min(axis=1)))  # a time is never below 0
    return np.stack([low, np.clip(mode, low, high), high], axis=1)


def _cdf_triangular(x: Floats, p: Floats) -> Floats:
    low, mode, high = p[:, :1], p[:, 1:2], p[:, 2:]
    x = np.clip(x, low, high)
    width = np.maximum(high - low, 1e-12)
    rise = np.maximum(mode - low, 1e-12)
    fall = np.maximum(high - mode, 1e-12)
    return np.asarray(
        np.where(x < mode, (x - low) ** 2 / (width * rise), 1 - (high - x) ** 2 / (width * fall))
    )


def _quantile_triangular(u: Floats, p: Floats) -> Floats:
    low, mode, high = p[:, :1], p[:, 1:2], p[:, 2:]
    width = high - low
    left = low + np.sqrt(u * width * (mode - low))
    return np.asarray(np.where(u * width < mode - low, left, high - np.sqrt((1 - u) * width * (high - mode))))


LOGNORMAL = Model("lognormal", _fit_lognormal, _cdf_lognormal, _quantile_lognormal, True)
EXPONENTIAL = Model("exponential", _fit_exponential, _cdf_exponential, _quantile_exponential, True)
TRIANGULAR = Model("triangular", _fit_triangular, _cdf_triangular, _quantile_triangular, False)
