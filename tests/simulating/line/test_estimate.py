"""Errors, quantiles and warm-up: laws that hold whatever was simulated."""

import math
import random

import numpy as np
import pytest

from knockdown.simulating.line.estimate import (
    MOST_GROUPS,
    estimate,
    estimates,
    mser_cut,
    quantile,
    wanted_in_all,
)
from knockdown.simulating.line.threads import play_shares
from knockdown.simulating.statistics import t_975


def rows(n, seed=1):
    rng = np.random.default_rng(seed)
    time = rng.gamma(50.0, 1.0, n)
    return {"x": 0.3 * time + rng.normal(0.0, 1.0, n), "t": time, "runs": np.ones(n)}


def test_a_mean_has_the_error_that_books_give_it():
    sums = rows(40)
    found = estimates(sums, lambda s: {"mean": s["x"] / s["runs"]})["mean"]
    assert found.mean == pytest.approx(sums["x"].mean(), rel=1e-13)
    assert found.se == pytest.approx(sums["x"].std(ddof=1) / math.sqrt(40), rel=1e-12)
    assert found.ci95[1] - found.mean == pytest.approx(t_975(39) * found.se)


def test_a_ratio_has_the_error_of_its_linearisation():
    sums = rows(200)
    found = estimates(sums, lambda s: {"share": s["x"] / s["t"]})["share"]
    rest = sums["x"] - found.mean * sums["t"]
    assert found.mean == sums["x"].sum() / sums["t"].sum()
    assert found.se == pytest.approx(rest.std(ddof=1) / math.sqrt(200) / sums["t"].mean(), rel=0.01)


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = 0
    for seed in range(1000):
        low, high = estimates(rows(20, seed), lambda s: {"share": s["x"] / s["t"]})["share"].ci95
        inside += low <= 0.3 <= high
    assert 925 <= inside <= 972  # 950 and three standard errors of 7


def test_many_rows_are_grouped_and_say_the_same():
    sums = rows(20 * MOST_GROUPS + 7)
    found = estimates(sums, lambda s: {"share": s["x"] / s["t"]})["share"]
    assert found.mean == pytest.approx(sums["x"].sum() / sums["t"].sum(), rel=1e-13)
    rest = sums["x"] - found.mean * sums["t"]
    assert found.se == pytest.approx(rest.std(ddof=1) / math.sqrt(len(rest)) / sums["t"].mean(), rel=0.15)


def test_what_does_not_vary_has_no_error():
    sums = {"x": np.full(7, 0.1), "t": np.full(7, 0.3)}
    found = estimates(
        sums, lambda s: {"share": s["x"] / s["t"], "nothing": (s["t"] - s["t"]) / (s["t"] - s["t"])}
    )
    assert found["share"].se == 0.0
    assert found["share"].ci95 == (found["share"].mean, found["share"].mean)
    assert "nothing" not in found
    assert estimate(2.0, 0.0, 1).ci95 == (2.0, 2.0)


def test_one_row_has_no_error():
    found = estimates({"x": np.array([3.0]), "t": np.array([2.0])}, lambda s: {"share": s["x"] / s["t"]})
    assert (found["share"].mean, found["share"].se) == (1.5, 0.0)


def test_quantiles_of_a_histogram():
    edges = np.linspace(0.0, 1.0, 1001)
    counts = np.histogram(np.sqrt(np.random.default_rng(3).random(200_000)), edges)[0]
    found = quantile(np.array([counts, counts], np.float64), edges, 0.95)
    assert found == pytest.approx([math.sqrt(0.95)] * 2, abs=1e-3)
    assert np.isnan(quantile(np.zeros((1, 4)), np.arange(5.0), 0.5)[0])


def test_mser_finds_the_end_of_a_transient():
    noise = np.random.default_rng(5).normal(0.0, 0.1, 2000)
    time = np.arange(2000)
    assert mser_cut(noise) <= 200
    assert 100 <= mser_cut(noise - 5.0 * np.exp(-time / 60.0)) <= 500
    assert mser_cut(np.sqrt(time)) == 1000  # never settles: the last cut that is looked at
    assert mser_cut(np.ones(3)) == 0


def brute_mser(series):
    means = series[: len(series) // 5 * 5].reshape(-1, 5).mean(axis=1)
    n = len(means)
    spread = [((means[d:] - means[d:].mean()) ** 2).sum() / (n - d) ** 2 for d in range(n // 2 + 1)]
    return 5 * int(np.argmin(spread))


@pytest.mark.parametrize("seed", range(5))
def test_mser_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    series = 1e3 + rng.normal(0.0, 1.0, 503) - 4.0 * np.exp(-np.arange(503) / rng.integers(5, 90))
    assert mser_cut(series) == brute_mser(series)


def test_error_falls_with_the_root_of_what_is_played():
    assert wanted_in_all(0.01, 500, 0.001) == 50_000
    assert wanted_in_all(0.0, 500, 0.001) == 500


def test_shares_come_back_in_order():
    rng = random.Random(1)
    shares = [rng.randrange(1000) for _ in range(50)]
    for threads in (1, 2, 5):
        assert play_shares(lambda x: x + 1, shares, threads) == [x + 1 for x in shares]
    assert play_shares(lambda x: x, []) == []


def test_a_fault_in_a_thread_is_raised():
    with pytest.raises(ZeroDivisionError):
        play_shares(lambda x: 1 // x, [1, 0, 2], 2)


def test_after_the_time_only_the_first_share_is_played():
    heard = []
    assert play_shares(lambda x: x, [7, 8, 9], 1, until=0.0, heard=heard.append) == [7]
    assert heard[-1] == 1
