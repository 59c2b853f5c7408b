"""Does the model fit, do the records drift, do quantiles hold on observations kept out of the fit?"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from knockdown.documents.calibration import Coverage, Drift, Goodness
from knockdown.simulating.calibrating.models import EXPONENTIAL, LOGNORMAL, Floats, Model, uniforms

SAMPLES = 499
MOST_IN_A_SAMPLE = 400
"""Above so many observations the statistic's distribution changes by less than the bootstrap sees."""
DRIFT_P = 0.01
QUANTILES = (0.5, 0.9)
Z_975 = 1.959964
ONE_SIDE = 0.025


def anderson_darling(u: Floats) -> Floats:
    """Anderson-Darling statistic of rows of values of a distribution function."""
    n = u.shape[1]
    ordered = np.clip(np.sort(u, axis=1), 1e-15, 1 - 1e-15)
    weights = (2 * np.arange(1, n + 1) - 1) / n
    return np.asarray(-n - ((np.log(ordered) + np.log1p(-ordered[:, ::-1])) * weights).sum(axis=1))


def kolmogorov_smirnov(u: Floats) -> Floats:
    """Kolmogorov-Smirnov distance of rows, times the root of the number of values."""
    n = u.shape[1]
    ordered, steps = np.sort(u, axis=1), np.arange(n + 1) / n
    apart = np.maximum(steps[1:] - ordered, ordered - steps[:-1])
    return np.asarray(math.sqrt(n) * apart.max(axis=1))


def _statistic(model: Model, x: Floats, p: Floats) -> Floats:
    u = model.cdf(x, p)
    return anderson_darling(u) if model.free else kolmogorov_smirnov(u)


@lru_cache(maxsize=256)
def _free_null(name: str, n: int) -> Floats:
    model = {LOGNORMAL.name: LOGNORMAL, EXPONENTIAL.name: EXPONENTIAL}[name]
    standard = np.array([[0.0, 1.0]] if model is LOGNORMAL else [[1.0]])
    return _null(model, standard, n)


def _null(model: Model, p: Floats, n: int) -> Floats:
    x = model.quantile(uniforms(n, SAMPLES, n), p)
    return np.sort(_statistic(model, x, model.fit(x)))


def goodness(model: Model, values: Floats) -> Goodness:
    """Test a model whose parameters are estimated from the same values.

    Parameters
    ----------
    model : Model
        The distribution.
    values : array
        Observations.

    Returns
    -------
    Goodness
        p by parametric bootstrap with keyed draws: repeated, it is the same.

    Source: Stute, Manteiga, Quindimil, Metrika 40 (1993) 243-256.
    """
    x = values[None, :]
    p = model.fit(x)
    n = min(values.size, MOST_IN_A_SAMPLE)
    null = _free_null(model.name, n) if model.free else _null(model, p, n)
    found = float(_statistic(model, x, p)[0])
    above = int((null >= found - 1e-12).sum())
    test = "Anderson-Darling" if model.free else "Kolmogorov-Smirnov"
    return Goodness(test=test, statistic=found, p=(above + 1) / (SAMPLES + 1), samples=SAMPLES)


def drift(values: Floats) -> Drift:
    """Compare the first half of observations in order of time with the second: Mann-Whitney.

    >>> drift(np.arange(1.0, 41.0)).drifts, drift(np.tile([1.0, 2.0], 20)).drifts
    (True, False)

    Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947) 50-60; normal, corrected for ties.
    """
    half = values.size // 2
    first, second = values[:half], values[half:]
    _, back, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[back.reshape(-1)]
    n, m, total = first.size, second.size, values.size
    over = float(ranks[half:].sum()) - m * (m + 1) / 2 - n * m / 2
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    z = max(0.0, abs(over) - 0.5) / math.sqrt(variance) if variance > 0 else 0.0
    p = math.erfc(z / math.sqrt(2))
    before = float(np.median(first))
    ratio = float(np.median(second)) / before if before > 0 else 1.0
    return Drift(p=p, drifts=p < DRIFT_P, ratio=ratio)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share.

    >>> [round(x, 3) for x in wilson(5, 10)]
    [0.237, 0.763]

    Source: Wilson, JASA 22 (1927) 209-212.
    """
    share, z2 = hits / n, Z_975**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_975 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def coverage(model: Model, p: Floats, held: Floats) -> tuple[Coverage, ...]:
    """Shares of held-out observations at or below the fitted P50 and P90; none without observations."""
    found = []
    for share in QUANTILES if held.size else ():
        hits = int((held <= float(model.quantile(np.array([[share]]), p)[0, 0])).sum())
        found.append(
            Coverage(
                quantile=share,
                share=hits / held.size,
                ci95=wilson(hits, held.size),
                fits=min(_at_most(hits, held.size, share), _at_most(held.size - hits, held.size, 1 - share))
                >= ONE_SIDE,
            )
        )
    return tuple(found)


def _at_most(hits: int, n: int, share: float) -> float:
    """Chance of so many hits or fewer in n trials: few held-out observations refute little.

    >>> round(_at_most(0, 1, 0.9), 9), round(_at_most(1, 2, 0.5), 9)
    (0.1, 0.75)
    """
    whole = math.lgamma(n + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(share)
            + (n - k) * math.log1p(-share)
        )
        for k in range(hits + 1)
    )
