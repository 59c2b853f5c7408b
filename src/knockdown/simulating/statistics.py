"""Quantiles and confidence intervals of replications."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Student's t, 97.5 %, for 1 to 30 degrees of freedom. Source: NIST/SEMATECH e-Handbook 1.3.6.7.2.
T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
Z_975 = 1.959964


def t_975(n_free: int) -> float:
    """97.5 % quantile of Student's t; above 30 degrees of freedom by the first terms of its expansion.

    Parameters
    ----------
    n_free : int
        Degrees of freedom, 1 or more.

    Returns
    -------
    float
        Within 0.0005 of the true value.

    Examples
    --------
    >>> t_975(4), round(t_975(199), 3)
    (2.776, 1.972)

    Source: Abramowitz and Stegun 26.7.5.
    """
    if n_free <= len(T_975):
        return T_975[n_free - 1]
    z = Z_975
    return z + (z**3 + z) / (4 * n_free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n_free**2)


def half_width(values: Floats) -> Floats:
    """Half-width of the 95 % confidence interval of the mean over replications.

    Parameters
    ----------
    values : array, shape (n_replications, ...)
        One figure a replication, any unit.

    Returns
    -------
    array
        Same unit; 0 for one replication, which says nothing of spread.

    Examples
    --------
    >>> round(float(half_width(np.array([1.0, 2.0, 3.0]))), 3)
    2.484
    """
    n = values.shape[0]
    if n < 2:
        return np.zeros(values.shape[1:])
    return np.asarray(t_975(n - 1) * values.std(axis=0, ddof=1) / math.sqrt(n))


def spread(values: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """P10, P50, P90, mean and half-width over replications.

    Parameters
    ----------
    values : array, shape (n_replications, ...)
        One figure a replication, any unit.

    Returns
    -------
    tuple of 5 arrays
        Same unit. Quantiles are interpolated between order statistics (definition 7 of Hyndman and Fan).

    Examples
    --------
    >>> [float(x) for x in spread(np.arange(11.0))[:4]]
    [1.0, 5.0, 9.0, 5.0]
    """
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9), axis=0)
    return low, middle, high, values.mean(axis=0), half_width(values)
