"""Figures of points that were played on the same random numbers, and their differences.

A figure is a function of sums, such as vehicles over time. Each replication is given the value
`whole - (n - 1) * (without it - mean of those)`: their mean is the figure of all replications, and their
standard error the jackknife's. So a difference of two ratios is a difference of such values, pair by pair.

Source: Efron and Stein, Annals of Statistics 9 (1981) 586-596.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from knockdown.documents.line_result import Estimate
from knockdown.simulating.line.estimate import Figures, Floats, Sums, estimate

Values = Mapping[str, Floats]


def values_of(sums: Sums, figures: Figures) -> dict[str, Floats]:
    """Every figure, one value a replication.

    Parameters
    ----------
    sums : mapping of str to array, shape (n_replications, ...)
    figures : function
        Figures of sums, for any number of rows at once.

    Returns
    -------
    dict of str to array
        Figures that are no numbers in some replication are left out.

    Examples
    --------
    >>> rows = {"n": np.array([9.0, 11.0, 10.0]), "t": np.array([10.0, 10.0, 10.0])}
    >>> [round(float(x), 9) for x in values_of(rows, lambda s: {"rate": s["n"] / s["t"]})["rate"]]
    [0.9, 1.1, 1.0]
    """
    n = min(len(rows) for rows in sums.values())
    rows = {name: _all_and_all_but_one(np.asarray(each, np.float64)) for name, each in sums.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        found = figures(rows)
    return {name: _linear(each, n) for name, each in found.items() if np.all(np.isfinite(each))}


def _all_and_all_but_one(values: Floats) -> Floats:
    total = values.sum(axis=0, keepdims=True)
    return total if len(values) < 2 else np.concatenate([total, total - values])


def _linear(figure: Floats, n: int) -> Floats:
    whole, without = figure[0], figure[1:]
    if n < 2:
        return np.array([whole])
    spread = without - whole
    spread = spread - spread.mean()
    spread[np.abs(spread) <= 1e-13 * abs(whole)] = 0.0  # rounding of the sums
    return np.asarray(whole - (n - 1) * spread)


def of_values(values: Floats) -> Estimate:
    """Mean, standard error and interval.

    >>> of_values(np.array([1.0, 2.0, 3.0])).mean
    2.0
    """
    n = len(values)
    se = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else 0.0
    return estimate(float(values.mean()), se, n)


def difference(values: Floats, base: Floats) -> Estimate:
    """What is gained over the base, with the interval of the pairs; of the replications both have.

    >>> gain = difference(np.array([2.0, 4.0, 6.0]), np.array([1.0, 3.0, 5.0]))
    >>> gain.mean, gain.se
    (1.0, 0.0)
    """
    n = min(len(values), len(base))
    return of_values(values[:n] - base[:n])


def unpaired_se(values: Floats, base: Floats) -> float:
    """Standard error that the difference would have, had both been played on numbers of their own.

    >>> round(unpaired_se(np.array([1.0, 3.0]), np.array([1.0, 3.0])), 6)
    1.414214
    """
    n = min(len(values), len(base))
    return math.hypot(of_values(values[:n]).se, of_values(base[:n]).se)
