"""Fits find what was put in, p-values are uniform, drift and coverage tell right from wrong."""

import math

import numpy as np
import pytest

from knockdown.basics.rng import Stream, uniform
from knockdown.documents.calibration import Calibrated
from knockdown.simulating.calibrating.fit_times import (
    Experience,
    Sample,
    fit_down_share,
    fit_exponential,
    fit_learning,
    fit_lognormal,
    fit_share,
    fit_triangular,
    too_few,
)
from knockdown.simulating.calibrating.goodness import coverage, drift, goodness
from knockdown.simulating.calibrating.models import (
    EXPONENTIAL,
    LOGNORMAL,
    TRIANGULAR,
    Model,
    normals,
    uniforms,
)
from knockdown.simulating.calibrating.review import Cell, changed, changes_in, contradicted

SEEDS = 400
NONE = np.zeros(0)
LOW, MODE, HIGH = 20.0, 30.0, 60.0
TRUE: dict[str, tuple[Model, list[float]]] = {
    "lognormal": (LOGNORMAL, [math.log(50.0), 0.3]),
    "exponential": (EXPONENTIAL, [25.0]),
    "triangular": (TRIANGULAR, [LOW, MODE, HIGH]),
}


def draws(name, n, n_samples=SEEDS, seed=2):
    """Samples of a known distribution, a row each; no draw of the bootstrap's own (its seed is 1)."""
    model, p = TRUE[name]
    return model.quantile(uniforms(n, n_samples, n, seed), np.array([p]))


def sample(values, held=NONE, **present):
    return Sample("work_time", "S1", "min", values, held, present)


def binomial_limits(share, n):
    """4 standard errors: one right implementation in 15,000 fails."""
    half = 4 * math.sqrt(share * (1 - share) / n)
    return share - half, share + half


def covered(fits, name, true):
    found = [next(v for v in fit.values if v.name == name).ci95 for fit in fits]
    return sum(low <= true <= high for low, high in found) / len(found)


@pytest.mark.parametrize("n", [8, 60])
def test_intervals_of_a_work_time_cover(n):
    fits = [fit_lognormal(sample(row)) for row in draws("lognormal", n)]
    low, high = binomial_limits(0.95, SEEDS)
    assert low <= covered(fits, "mean", 50.0 * math.exp(0.045)) <= high
    assert low <= covered(fits, "cv", math.sqrt(math.expm1(0.09))) <= high


@pytest.mark.parametrize("n", [8, 60])
def test_intervals_of_a_repair_cover(n):
    low, high = binomial_limits(0.95, SEEDS)
    assert low <= covered([fit_exponential(sample(r)) for r in draws("exponential", n)], "mean", 25.0) <= high


def test_intervals_of_a_down_share_cover():
    ups = draws("exponential", 30) * 20
    downs = draws("exponential", 30, seed=3)
    fits = [fit_down_share(sample(u), d, float(u.mean())) for u, d in zip(ups, downs, strict=True)]
    low, high = binomial_limits(0.95, SEEDS)
    assert low <= covered(fits, "share", 1 / 21) <= high


def test_intervals_of_a_lead_time_cover_or_say_less():
    """Ends of a triangle are never seen: intervals by bootstrap fall short of 95 %, how far is held here."""
    fits = [fit_triangular(sample(row)) for row in draws("triangular", 40, 200)]
    for name, true in (("low", LOW), ("typical", MODE), ("high", HIGH)):
        assert covered(fits, name, true) >= 0.8
    middle = np.mean([[v.value for v in fit.values] for fit in fits], axis=0)
    assert middle == pytest.approx([LOW, MODE, HIGH], rel=0.1)


def test_intervals_of_a_learning_rate_cover():
    count = np.repeat(np.arange(1, 31), 2)
    station = np.tile([0, 1], 30)
    noise = normals(uniforms(77, SEEDS, 60, 2))
    ratios = np.array([1.4, 0.8])[station] * (count / 30) ** math.log2(0.85) * np.exp(0.2 * noise)
    nobody = Experience(np.zeros(0, int), NONE, np.zeros(0, int))
    fits = [fit_learning(sample(row), Experience(count, row, station), nobody) for row in ratios]
    low, high = binomial_limits(0.95, SEEDS)
    assert low <= covered(fits, "rate", 0.85) <= high


def test_intervals_of_absence_cover_and_clustering_shows():
    trials = np.full(120, 12)
    away = (uniforms(88, SEEDS, 1440, 2) < 0.07).reshape(SEEDS, 120, 12).sum(axis=2)
    fits = [fit_share(sample(row / 12), row, trials) for row in away[:100]]
    low, high = binomial_limits(0.95, 100)
    assert low <= covered(fits, "share", 0.07) <= high
    assert fits[0].goodness.p > 0.01
    together = np.where(np.arange(120) % 12 == 0, 10, 0)
    assert fit_share(sample(together / 12), together, trials).goodness.p < 0.01


@pytest.mark.parametrize(("name", "n"), [("lognormal", 12), ("lognormal", 90), ("exponential", 25)])
def test_p_of_goodness_is_uniform_when_the_model_is_right(name, n):
    found = np.sort([goodness(TRUE[name][0], row).p for row in draws(name, n)])
    apart = np.abs(found - (np.arange(SEEDS) + 0.5) / SEEDS).max()
    assert apart < 1.95 / math.sqrt(SEEDS) + 0.05  # Kolmogorov at 0.1 %, and the error of one null of 499


def test_p_of_goodness_of_a_triangle_is_uniform_when_right():
    found = np.array([goodness(TRIANGULAR, row).p for row in draws("triangular", 30, 200)])
    for share in (0.05, 0.25, 0.5):
        assert abs((found <= share).mean() - share) < 4 * math.sqrt(share * (1 - share) / 200) + 0.05


def test_p_of_goodness_is_small_when_the_model_is_wrong():
    right, wrong = draws("lognormal", 200, 1)[0], draws("exponential", 200, 1)[0]
    assert goodness(EXPONENTIAL, right).p < 0.01
    assert goodness(LOGNORMAL, wrong).p < 0.01
    assert goodness(TRIANGULAR, draws("exponential", 400, 1)[0]).p < 0.05


def test_drift_is_found_where_it_was_planted_and_seldom_elsewhere():
    still = draws("lognormal", 80)
    assert np.mean([drift(row).drifts for row in still]) <= 0.01 + 4 * math.sqrt(0.01 * 0.99 / SEEDS)
    moved = still * np.where(np.arange(80) < 40, 1.0, 1.4)
    found = [drift(row) for row in moved]
    assert np.mean([each.drifts for each in found]) > 0.95
    assert np.median([each.ratio for each in found]) == pytest.approx(1.4, rel=0.1)


@pytest.mark.parametrize("name", list(TRUE))
def test_quantiles_hold_on_what_was_kept_out_when_the_model_is_right(name):
    model = TRUE[name][0]
    rows = draws(name, 600, 20)
    known, ahead = rows[:, :300], rows[:, 300:]
    shares = np.array([[c.share for c in coverage(model, model.fit(k[None, :]), h)]
                       for k, h in zip(known, ahead, strict=True)])  # fmt: skip
    assert shares.mean(axis=0) == pytest.approx([0.5, 0.9], abs=0.03)
    wrong = coverage(model, model.fit(known[:1]), ahead[0] * 1.5)
    assert not wrong[0].fits
    assert not wrong[1].fits


def test_the_same_values_give_the_same_answer_and_order_counts_for_drift_alone():
    row = draws("lognormal", 50, 1)[0]
    first, again = fit_lognormal(sample(row)), fit_lognormal(sample(row.copy()))
    assert first == again
    other = fit_lognormal(sample(row[::-1].copy()))
    assert other.values[0].value == pytest.approx(first.values[0].value, rel=1e-12)
    assert other.goodness.p == first.goodness.p


def test_too_few_or_equal_values_are_refused():
    assert too_few(sample(np.arange(1.0, 8.0))).n == 7
    assert "equal" in too_few(sample(np.full(50, 3.0))).why
    assert too_few(sample(np.arange(1.0, 9.0))) is None


def test_draws_are_those_of_the_bootstrap_stream():
    assert uniforms(5, 3, 4)[2, 3] == uniform(1, Stream.BOOTSTRAP, 2, 5, 3)


def test_a_value_within_its_interval_is_not_contradicted():
    row = draws("exponential", 60, 1)[0]
    assert isinstance(fit_exponential(sample(row, mean=25.0)), Calibrated)
    assert not contradicted(fit_exponential(sample(row, mean=25.0)).values)
    assert contradicted(fit_exponential(sample(row, mean=60.0)).values)
    assert not contradicted(fit_exponential(sample(row)).values)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_rows_without_a_change_keep_every_byte(ending):
    rows = ["id,name,minutes,source", 'a, "two\nlines" ,5,assumption', 'b,"x,y",6,assumption; minutes=P1', ""]
    text = ending.join(rows)
    changes = changes_in(text, "t.csv", [Cell("t", "b", "minutes", "7", "why", 9)])
    assert [(c.row, c.old, c.new) for c in changes] == [(3, "6", "7")]
    wanted = text.replace("6,assumption; minutes=P1", "7,assumption; minutes=ledger")
    assert changed(text, changes, "ledger") == wanted
