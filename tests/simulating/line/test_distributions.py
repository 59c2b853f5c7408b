"""Quantile tables against closed forms and numbers found with another program."""

import math
import random
from statistics import NormalDist, fmean

import numpy as np
import pytest

from knockdown.simulating.line.distributions import moments, shape_of, table_of
from knockdown.simulating.line.draws import TABLE, TABLE_CELLS, draw
from knockdown.simulating.line.model import Service

EVERY = [
    Service("det", {"value": 3.0}),
    Service("exp", {"mean": 60.0}),
    Service("erlang", {"k": 4, "mean": 60.0}),
    Service("gamma", {"shape": 0.5, "mean": 60.0}),
    Service("gamma", {"shape": 300.0, "mean": 60.0}),
    Service("hyperexp", {"p": 0.3, "mean1": 10.0, "mean2": 50.0}),
    Service("hyperexp", {"p": 0.9, "mean1": 1.0, "mean2": 1e4}),
    Service("lognormal", {"mean": 60.0, "cv": 0.3}),
    Service("lognormal", {"mean": 60.0, "cv": 2.0}),
    Service("weibull", {"scale": 60.0, "shape": 0.7}),
    Service("weibull", {"scale": 60.0, "shape": 3.0}),
    Service("uniform", {"low": 1.0, "high": 4.0}),
    Service("triangular", {"low": 1.0, "mode": 1.5, "high": 4.0}),
    Service("empirical", {}, (3.0, 1.0, 1.0, 9.0)),
]


def grid() -> list[float]:
    """Uniform numbers as they are drawn: in the middle, and far out on both sides."""
    dice = random.Random(1)
    tails = [2.0 ** -dice.uniform(1, 52) for _ in range(1500)]
    found = [dice.random() for _ in range(1500)] + tails + [1.0 - t for t in tails]
    return sorted((math.floor(u * 2**52) + 0.5) * 2.0**-52 for u in found)


def quantiles(service: Service, at: list[float]) -> np.ndarray:
    shape = shape_of(service)
    table = table_of(shape.table).copy() if shape.table else np.zeros(8)
    return np.array([draw(shape.kind, shape.scale, shape.p1, shape.p2, table, 0, u) for u in at])


@pytest.mark.parametrize("service", EVERY, ids=lambda s: f"{s.dist} {list(s.numbers.values())}")
def test_times_rise_with_the_uniform_number(service):
    found = quantiles(service, grid())
    assert np.all(found >= 0.0)
    assert np.all(np.diff(found) >= -1e-15 * found[1:])


@pytest.mark.parametrize("service", EVERY, ids=lambda s: f"{s.dist} {list(s.numbers.values())}")
def test_mean_and_variation_are_those_of_the_draws(service):
    n = 200_000
    at = [(k + 0.5) / n for k in range(n)]
    found = quantiles(service, at)
    mean, scv = moments(service)
    assert fmean(found) == pytest.approx(mean, rel=3e-3)
    assert found.var() / found.mean() ** 2 == pytest.approx(scv, rel=5e-2, abs=1e-12)


@pytest.mark.parametrize("cv", [0.05, 0.3, 1.0])
def test_lognormal_quantiles(cv):
    sigma = math.sqrt(math.log1p(cv * cv))
    at = [u for u in grid() if 1e-12 < u < 1 - 1e-9]
    wanted = [60.0 * math.exp(sigma * NormalDist().inv_cdf(u) - 0.5 * sigma**2) for u in at]
    assert quantiles(Service("lognormal", {"mean": 60.0, "cv": cv}), at) == pytest.approx(wanted, rel=2e-9)


@pytest.mark.parametrize("shape", [0.7, 1.5, 3.0, 20.0])
def test_weibull_quantiles(shape):
    at = grid()
    wanted = [60.0 * (-math.log1p(-u)) ** (1.0 / shape) for u in at]
    assert quantiles(Service("weibull", {"scale": 60.0, "shape": shape}), at) == pytest.approx(
        wanted, rel=2e-9
    )


@pytest.mark.parametrize("k", [2, 3, 8])
def test_erlang_distribution_function_of_quantiles(k):
    at = grid()
    for u, x in zip(at, quantiles(Service("erlang", {"k": k, "mean": float(k)}), at), strict=True):
        rest = math.fsum(math.exp(-x) * x**i / math.factorial(i) for i in range(k))
        below = math.exp(-x) * math.fsum(x**i / math.factorial(i) for i in range(k, k + 60))
        assert below == pytest.approx(u, rel=1e-8) if u < 0.5 else rest == pytest.approx(1.0 - u, rel=1e-7)


@pytest.mark.parametrize(
    ("shape", "u", "wanted"),
    [
        (0.5, 0.01, 7.854392895485092e-05),
        (0.5, 0.5, 0.227468211559786),
        (1.7, 0.9, 3.4366463944526564),
        (1.7, 1e-9, 6.560936878042652e-06),
        (50.0, 0.999, 74.72462638951943),
    ],
)
def test_gamma_quantiles_found_with_scipy(shape, u, wanted):
    found = quantiles(Service("gamma", {"shape": shape, "mean": shape}), [u])
    assert found == pytest.approx([wanted], rel=3e-9)


@pytest.mark.parametrize(("p", "m1", "m2"), [(0.3, 1.0, 5.0), (0.5, 2.0, 1.0), (0.8, 0.5, 3.0)])
def test_hyperexponential_distribution_function_of_quantiles(p, m1, m2):
    at = grid()
    found = quantiles(Service("hyperexp", {"p": p, "mean1": m1, "mean2": m2}), at)
    for u, x in zip(at, found, strict=True):
        below = -p * math.expm1(-x / m1) - (1 - p) * math.expm1(-x / m2)
        rest = p * math.exp(-x / m1) + (1 - p) * math.exp(-x / m2)
        assert below == pytest.approx(u, rel=1e-7) if u < 0.5 else rest == pytest.approx(1.0 - u, rel=1e-7)


def test_a_sample_is_drawn_as_it_is():
    found = quantiles(Service("empirical", {}, (3.0, 1.0, 1.0, 9.0)), [0.1, 0.3, 0.6, 0.9, 1.0 - 2.0**-53])
    assert list(found) == [1.0, 1.0, 3.0, 9.0, 9.0]


def test_no_variation_is_a_constant_and_one_phase_is_exponential():
    assert shape_of(Service("lognormal", {"mean": 2.0, "cv": 0.0})) == shape_of(
        Service("det", {"value": 2.0})
    )
    exponential = shape_of(Service("exp", {"mean": 2.0}))
    assert shape_of(Service("erlang", {"k": 1, "mean": 2.0})) == exponential
    assert shape_of(Service("weibull", {"scale": 2.0, "shape": 1.0})) == exponential
    assert shape_of(Service("hyperexp", {"p": 0.5, "mean1": 2.0, "mean2": 2.0})) == exponential


def test_tables_of_one_shape_are_shared_and_not_written_to():
    first, second = (shape_of(Service("lognormal", {"mean": m, "cv": 0.3})) for m in (1.0, 60.0))
    assert first.kind == second.kind == TABLE
    table = table_of(first.table)
    assert table_of(second.table) is table
    assert len(table) == 4 * TABLE_CELLS
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1.0
