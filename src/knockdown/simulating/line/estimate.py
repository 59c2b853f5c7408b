"""Means, standard errors and intervals from replications, the warm-up to leave out, and how much to play.

A figure is a function of sums, such as vehicles over time. Its value is that function of the sums over all
replications (a ratio of means, not a mean of ratios: the bias falls with all that is played, not with one
replication). Its error is the jackknife's: the function again without one replication, for each of them.

Sources: Efron and Stein, "The jackknife estimate of variance", Annals of Statistics 9 (1981) 586-596;
White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69 (1997)
323-334 (MSER-5); Hoad, Robinson and Davies, "Automating warm-up length estimation", Journal of the
Operational Research Society 61 (2010) 1389-1403 (its automatic use on the mean of several replications).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from knockdown.documents.line_result import Estimate
from knockdown.simulating.statistics import t_975

Floats = NDArray[np.float64]
Sums = Mapping[str, Floats]
Figures = Callable[[Sums], dict[str, Floats]]

MSER_BATCH = 5
MOST_GROUPS = 512


def estimates(sums: Sums, figures: Figures) -> dict[str, Estimate]:
    """Every figure with its error.

    Parameters
    ----------
    sums : mapping of str to array, shape (n_replications, ...)
        What each replication added up.
    figures : function
        Figures of sums, for any number of rows at once.

    Returns
    -------
    dict
        Figures that are not numbers (0 / 0: nothing happened) are left out.

    Examples
    --------
    >>> rows = {"n": np.array([9.0, 11.0, 10.0]), "t": np.array([10.0, 10.0, 10.0])}
    >>> found = estimates(rows, lambda s: {"rate": s["n"] / s["t"]})["rate"]
    >>> round(found.mean, 9), round(found.se, 9)
    (1.0, 0.057735027)
    """
    grouped = {name: _grouped(values) for name, values in sums.items()}
    n = min(len(values) for values in grouped.values())
    rows = {name: _all_and_all_but_one(values) for name, values in grouped.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        found = figures(rows)
    return {name: _estimate(values, n) for name, values in found.items() if np.isfinite(values[0])}


def estimate(mean: float, se: float, n: int) -> Estimate:
    """A mean with its interval; `n` independent values stand behind it."""
    half = t_975(n - 1) * se if n > 1 and se > 0.0 else 0.0
    return Estimate(mean=mean, se=se, ci95=(mean - half, mean + half))


def _estimate(values: Floats, n: int) -> Estimate:
    """From the figure of all, then of all but each one."""
    without = values[1:]
    if n < 2 or not np.all(np.isfinite(without)):
        return estimate(float(values[0]), 0.0, 1)
    spread = without - values[0]
    spread = spread - spread.mean()
    se = math.sqrt((n - 1) / n * float(np.dot(spread, spread)))
    return estimate(float(values[0]), _nothing_if_rounding(se, float(values[0]), n), n)


def _nothing_if_rounding(se: float, mean: float, n: int) -> float:
    """0 where the rows differ by nothing but the rounding of their sums."""
    return 0.0 if se <= 1e-13 * abs(mean) * n else se


def _grouped(values: Floats) -> Floats:
    """At most `MOST_GROUPS` rows, each the sum of neighbours."""
    n = len(values)
    if n <= MOST_GROUPS:
        return values
    starts = np.arange(MOST_GROUPS) * n // MOST_GROUPS
    return np.add.reduceat(values, starts, axis=0)


def _all_and_all_but_one(values: Floats) -> Floats:
    total = values.sum(axis=0, keepdims=True)
    return total if len(values) < 2 else np.concatenate([total, total - values])


def quantile(counts: Floats, edges: Floats, share: float) -> Floats:
    """Quantile of a histogram, by rows, linear within a cell.

    >>> quantile(np.array([[1.0, 2.0, 1.0]]), np.array([0.0, 1.0, 2.0, 3.0]), 0.5).tolist()
    [1.5]
    """
    below = np.cumsum(counts, axis=1)
    wanted = share * below[:, -1]
    cell = np.minimum((below < wanted[:, None]).sum(axis=1), counts.shape[1] - 1)
    rows = np.arange(len(counts))
    inside = counts[rows, cell]
    before = below[rows, cell] - inside
    part = np.where(inside > 0.0, (wanted - before) / np.where(inside > 0.0, inside, 1.0), 0.0)
    found = edges[cell] + part * (edges[cell + 1] - edges[cell])
    return np.where(below[:, -1] > 0.0, found, np.nan)


def mser_cut(series: Floats) -> int:
    """How many values at the start of a series to leave out: MSER-5.

    Means of 5 values are formed; the cut is the one that leaves the smallest sum of squares about the mean
    over the square of what is left, looked for in the first half. A cut at the very end of that half says
    that the series has not settled.

    Parameters
    ----------
    series : array
        A figure of one vehicle after another, best the mean over several replications.

    Returns
    -------
    int
        A multiple of 5.

    Examples
    --------
    >>> mser_cut(np.concatenate([np.linspace(0.0, 1.0, 50), np.ones(450)]))
    50
    """
    n = len(series) // MSER_BATCH
    if n < 4:
        return 0
    means = series[: n * MSER_BATCH].reshape(n, MSER_BATCH).mean(axis=1)
    means = means - means[-(n // 2) :].mean()  # against cancellation; the rule does not see a shift
    left = np.arange(n, 0, -1, dtype=np.float64)
    total = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means * means)[::-1])[::-1]
    spread = np.maximum(squares - total * total / left, 0.0) / (left * left)
    return int(np.argmin(spread[: n // 2 + 1])) * MSER_BATCH


def wanted_in_all(relative_se: float, played: int, target: float) -> int:
    """Vehicles to count in all for a relative standard error, from one reached with `played` of them.

    >>> wanted_in_all(0.002, 1000, 0.001)
    4000
    """
    if relative_se <= 0.0:
        return played
    return math.ceil(played * (relative_se / target) ** 2 - 1e-9)
