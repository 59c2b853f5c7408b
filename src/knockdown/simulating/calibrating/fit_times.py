"""Fitted values with intervals: times, shares and the rate of learning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from knockdown.documents.calibration import Calibrated, FittedValue, Goodness, NotFitted, Sort
from knockdown.simulating.calibrating.goodness import SAMPLES, coverage, drift, goodness, wilson
from knockdown.simulating.calibrating.models import (
    EXPONENTIAL,
    LOGNORMAL,
    TRIANGULAR,
    Floats,
    Model,
    chi_square,
    normals,
    uniforms,
)
from knockdown.simulating.statistics import t_975

FEWEST = 8
"""Observations below which nothing is fitted."""
PIVOTS = 1999
Interval = tuple[float, float]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Observations of one quantity in order of time, and those kept out of the fit."""

    sort: Sort
    subject: str
    unit: str
    values: Floats
    held: Floats
    present: dict[str, float | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def too_few(sample: Sample) -> NotFitted | None:
    """The refusal to fit too few observations, or ones without any difference."""
    n = sample.values.size
    why = f"{n} observations; {FEWEST} are needed"
    if n >= FEWEST:
        if float(np.ptp(sample.values)) > 0:
            return None
        why = f"all {n} observations are equal: not measured, or rounded too far"
    return NotFitted(sort=sample.sort, subject=sample.subject, n=n, why=why)


def fit_lognormal(sample: Sample) -> Calibrated:
    """Mean and coefficient of variation of a lognormal time.

    Intervals are generalised ones: Krishnamoorthy and Mathew, J. Stat. Plan. Inference 115 (2003) 103-121.
    """
    mu, sigma = (float(v) for v in LOGNORMAL.fit(sample.values[None, :])[0])
    n = sample.values.size
    u = uniforms(n, 2, PIVOTS)
    z, spread = normals(u[:1])[0], chi_square(normals(u[1:])[0], n - 1)
    variances = sigma**2 * (n - 1) / spread
    means = mu - z * np.sqrt(variances / n) + variances / 2
    mean, cv = math.exp(mu + sigma**2 / 2), math.sqrt(math.expm1(sigma**2))
    values = (
        _value(sample, "mean", mean, _middle(np.exp(means))),
        _value(sample, "cv", cv, _middle(np.sqrt(np.expm1(np.minimum(variances, 50.0))))),
    )
    return _judged(sample, LOGNORMAL, values)


def fit_exponential(sample: Sample, mean: float | None = None) -> Calibrated:
    """Mean of an exponential time; `mean` when time that ended without an event counts too."""
    n = sample.values.size
    value = float(sample.values.mean()) if mean is None else mean
    pivot = chi_square(normals(uniforms(n, 1, PIVOTS))[0], 2 * n) / (2 * n)
    return _judged(sample, EXPONENTIAL, (_value(sample, "mean", value, _middle(value / pivot)),))


def fit_triangular(sample: Sample) -> Calibrated:
    """Low, typical and high of a triangular time; intervals by parametric bootstrap."""
    n = sample.values.size
    p = TRIANGULAR.fit(sample.values[None, :])
    again = TRIANGULAR.fit(TRIANGULAR.quantile(uniforms(n, SAMPLES, n), p))
    names = ("low", "typical", "high")
    values = tuple(_value(sample, name, float(p[0, i]), _middle(again[:, i])) for i, name in enumerate(names))
    return _judged(sample, TRIANGULAR, values)


def fit_down_share(sample: Sample, repair: Floats, up_mean: float) -> Calibrated:
    """Share of working time lost to stops, from mean times to the next stop and of repair."""
    n, m = sample.values.size, repair.size
    u = uniforms(n, 2, PIVOTS)
    ups = up_mean / (chi_square(normals(u[:1])[0], 2 * n) / (2 * n))
    downs = float(repair.mean()) / (chi_square(normals(u[1:])[0], 2 * m) / (2 * m))
    value = float(repair.mean()) / (up_mean + float(repair.mean()))
    fitted = _value(sample, "share", value, _middle(downs / (ups + downs)))
    return _calibrated(sample, "exponential", (fitted,), None)


@dataclass(frozen=True)
class Experience:
    """Work times over written ones, with how many of the family were begun before, and where."""

    count: Ints
    ratio: Floats
    station: Ints


def fit_learning(sample: Sample, known: Experience, held: Experience) -> Calibrated | NotFitted:
    """Rate of learning: log-log regression of work time on the count, each station with its own level."""
    x, y = np.log2(known.count), np.log2(known.ratio)
    n, n_stations = x.size, np.unique(known.station).size
    spare = n - n_stations - 1
    if spare < FEWEST or float(np.ptp(x)) < 2.0:
        why = "fewer than two doublings of experience are recorded before the written times are reached"
        return NotFitted(sort=sample.sort, subject=sample.subject, n=n, why=why)
    size = 1 + int(max(known.station.max(), held.station.max(initial=0)))
    x_mean, y_mean = _by_station(known.station, x, size), _by_station(known.station, y, size)
    dx, dy = x - x_mean[known.station], y - y_mean[known.station]
    slope = float((dx * dy).sum() / (dx * dx).sum())
    rest = dy - slope * dx
    error = math.sqrt(float((rest**2).sum()) / spare / float((dx * dx).sum())) * t_975(spare)
    values = (_value(sample, "rate", 2.0**slope, (2.0 ** (slope - error), 2.0 ** (slope + error))),)
    level = y_mean[held.station] + slope * (np.log2(held.count) - x_mean[held.station])
    usable = np.isfinite(level)
    ahead = np.exp2((np.log2(held.ratio) - level)[usable])
    return _judged_as(sample, "power law", np.exp2(rest), ahead, values)


def _by_station(station: Ints, values: Floats, size: int) -> Floats:
    """Mean by station; not a number where a station has no value."""
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.bincount(station, weights=values, minlength=size) / np.bincount(station, minlength=size)
        )


def fit_share(sample: Sample, hits: Ints, trials: Ints) -> Calibrated:
    """A share of people away on each day; goodness by the spread between days."""
    n_hits, n = int(hits.sum()), int(trials.sum())
    share = n_hits / n
    fitted = _value(sample, "share", share, wilson(n_hits, n))
    return _calibrated(sample, "binomial", (fitted,), _dispersion(hits, trials, share))


def _dispersion(hits: Ints, trials: Ints, share: float) -> Goodness | None:
    """Whether days differ more than a common share explains; None when everybody or nobody was away."""
    if not 0.0 < share < 1.0:
        return None

    def spread(away: Floats) -> Floats:
        mean = away.sum(axis=1, keepdims=True) / trials.sum()
        scale = np.maximum(trials * mean * (1 - mean), 1e-12)
        return np.asarray(((away - trials * mean) ** 2 / scale).sum(axis=1))

    most = int(trials.max())
    u = uniforms(hits.size, SAMPLES, hits.size * most).reshape(SAMPLES, hits.size, most)
    away = ((u < share) & (np.arange(most) < trials[:, None])).sum(axis=2).astype(float)
    found = float(spread(hits[None, :].astype(float))[0])
    p = (int((spread(away) >= found - 1e-12).sum()) + 1) / (SAMPLES + 1)
    return Goodness(test="dispersion", statistic=found, p=p, samples=SAMPLES)


def _middle(draws: Floats) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _value(sample: Sample, name: str, value: float, ci95: Interval) -> FittedValue:
    return FittedValue(name=name, value=value, ci95=ci95, present=sample.present.get(name))


def _judged(sample: Sample, model: Model, values: Sequence[FittedValue]) -> Calibrated:
    p = model.fit(sample.values[None, :])
    if model is EXPONENTIAL:
        p = np.array([[values[0].value]])
    found = _calibrated(sample, model.name, values, goodness(model, sample.values))
    return found.model_copy(
        update={"drift": drift(sample.values), "coverage": coverage(model, p, sample.held)}
    )


def _judged_as(
    sample: Sample, name: str, rest: Floats, ahead: Floats, values: Sequence[FittedValue]
) -> Calibrated:
    """A regression is judged by what it leaves over, which should be lognormal."""
    p = LOGNORMAL.fit(rest[None, :])
    found = _calibrated(sample, name, values, goodness(LOGNORMAL, rest))
    update = {
        "n": rest.size,
        "n_held_out": ahead.size,
        "drift": drift(rest),
        "coverage": coverage(LOGNORMAL, p, ahead),
    }
    return found.model_copy(update=update)


def _calibrated(
    sample: Sample, model: str, values: Sequence[FittedValue], fits: Goodness | None
) -> Calibrated:
    return Calibrated(
        sort=sample.sort,
        subject=sample.subject,
        unit=sample.unit,
        model=model,
        n=sample.values.size,
        n_held_out=sample.held.size,
        values=tuple(values),
        goodness=fits,
        drift=None,
        coverage=(),
        notes=sample.notes,
    )
