"""Random numbers: published answers, the same bits compiled or not, and errors against 60 digits."""

import math
import os
import random
import subprocess
import sys
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise
from statistics import NormalDist, fmean, pvariance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from knockdown.basics import rng
from knockdown.basics.rng import Stream, uniform

KNOWN_ANSWERS = [  # Random123, tests/kat_vectors, "philox4x32 10": counter, key, result
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
N = 100_000
WORDS = st.integers(0, 2**32 - 1)
GRID_US = [2.0**-53 * (2 * int(u * 2**52) + 1) for u in (0, 0.5, 0.075, 0.925, 0.1, 0.9, 1e-10, 1e-5)]
GRID_US += [1 - 2.0**-53, 0.5 - 2.0**-53]


@njit
def uniforms(seed, stream, replication, n_a, n_b):
    drawn = np.empty((n_a, n_b))
    for a in range(n_a):
        for b in range(n_b):
            drawn[a, b] = uniform(seed, stream, replication, a, b)
    return drawn


@cache
def sample() -> np.ndarray:
    return uniforms(2026, Stream.DEMAND, 0, N, 1)[:, 0]


@cache
def few_us() -> tuple[float, ...]:
    """Uniform numbers for the slow reference: a spread over the middle and both tails."""
    spread = [float(u) for u in sample()[:300]]
    small = [math.ldexp(2 * k + 1, -53) for k in (1, 5, 99, 10**4, 10**7, 10**10, 10**13)]
    return tuple(spread + small + [1 - u for u in small] + GRID_US)


# The generator


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
@pytest.mark.parametrize("scramble", [rng.philox4x32, rng.philox4x32.py_func], ids=["compiled", "python"])
def test_philox_gives_the_published_answers(scramble, counter, key, result):
    words = [np.uint64(int(word, 16)) for word in f"{counter} {key}".split()]
    assert " ".join(f"{int(word):08x}" for word in scramble(*words)) == result


@given(st.integers(0, 2**64 - 1), st.sampled_from(Stream), WORDS, WORDS, WORDS)
def test_uniform_is_the_same_in_plain_python_and_strictly_between_0_and_1(seed, stream, replication, a, b):
    u = uniform(seed, stream, replication, a, b)
    assert u == uniform.py_func(seed, stream, replication, a, b)
    assert 2.0**-53 <= u <= 1 - 2.0**-53
    assert (u * 2**53) % 2 == 1
    assert 1 - (1 - u) == u


@given(st.tuples(*[WORDS] * 6))
def test_philox_is_the_same_in_plain_python(words):
    words = tuple(map(np.uint64, words))
    assert rng.philox4x32(*words) == tuple(map(int, rng.philox4x32.py_func(*words)))


def test_known_uniforms_do_not_change():
    # Golden values: every stored simulation depends on these bits.
    assert uniform(0, 0, 0, 0, 0).hex() == "0x1.989fa35785a72p-2"
    assert uniform(0, 0, 0, 0, 0) == ((0x6627E8D5 << 20 | 0xE169C58D >> 12) + 0.5) * 2.0**-52
    assert [stream.value for stream in Stream] == list(range(1, len(Stream) + 1))


def test_every_name_matters():
    keys = [(1, 1, 1, 1, 1), (2, 1, 1, 1, 1), (1 + 2**32, 1, 1, 1, 1), (1, 2, 1, 1, 1)]
    keys += [(1, 1, 2, 1, 1), (1, 1, 1, 2, 1), (1, 1, 1, 1, 2), (1, 1, 1, 1, 1 + 2**31)]
    assert len({uniform(*key) for key in keys}) == len(keys)


def test_order_of_calls_changes_nothing():
    keys = [(7, stream, r, a, b) for stream in Stream for r in range(3) for a in range(5) for b in range(4)]
    straight = {key: uniform(*key) for key in keys}
    random.Random(5).shuffle(keys)
    assert {key: uniform(*key) for key in keys} == straight


def test_a_compiled_caller_draws_the_same_bits():
    block = uniforms(7, Stream.REPAIR, 2, 6, 5)
    assert block[4, 3] == uniform(7, Stream.REPAIR, 2, 4, 3)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(OverflowError):
        uniform(seed, Stream.DEMAND, 0, 0, 0)


def chi_square(counts: np.ndarray) -> float:
    expected = counts.sum() / counts.size
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("shape", [(N, 1), (1, N), (400, 250)])
@pytest.mark.parametrize("seed", [0, 1, 2**63 + 11])
def test_uniforms_fill_the_unit_interval(shape, seed):
    drawn = uniforms(np.uint64(seed), Stream.STATION_TIME, 0, *shape).ravel()
    counts = np.histogram(drawn, bins=256, range=(0, 1))[0]
    assert 255 - 6 * math.sqrt(510) < chi_square(counts) < 255 + 6 * math.sqrt(510)


@pytest.mark.parametrize("other", [(1, 4, 0), (2, 5, 0), (1, 5, 1)])
def test_neighbouring_streams_fill_the_unit_square(other):
    pairs = [uniforms(*name, N, 1)[:, 0] for name in ((1, 5, 0), other)]
    counts = np.histogram2d(*pairs, bins=16, range=[[0, 1], [0, 1]])[0]
    assert 255 - 6 * math.sqrt(510) < chi_square(counts) < 255 + 6 * math.sqrt(510)


def test_neighbouring_draws_are_uncorrelated():
    drawn = uniforms(3, Stream.REWORK, 0, 300, 300)
    for left, right in ((drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1])):
        assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < 5 / 300


# The same bits compiled, through py_func, and with the compiler switched off

VARIATES = {
    "exponential": (5.0,),
    "triangular": (1.0, 2.0, 7.0),
    "standard_normal": (),
    "normal": (30.0, 4.0),
    "lognormal": (60.0, 0.3),
    "weibull": (10.0, 1.7),
    "bernoulli": (0.3,),
}


@pytest.mark.parametrize("name", VARIATES)
def test_variates_are_the_same_bits_in_plain_python(name):
    variate = getattr(rng, name)
    for u in [*few_us(), *sample()[:2000]]:
        assert variate(u, *VARIATES[name]) == variate.py_func(u, *VARIATES[name])


@given(st.floats(1e-300, 1e300), st.floats(-1000, 1000), st.floats(-0.99, 1e200))
def test_functions_are_the_same_bits_in_plain_python(x, power, more):
    assert rng.log(x) == rng.log.py_func(x)
    assert rng.exp(power) == rng.exp.py_func(power)
    assert rng.log1p(more) == rng.log1p.py_func(more)


DIGEST = f"""
import hashlib
from knockdown.basics import rng
variates = {VARIATES!r}
digest = hashlib.blake2b(digest_size=8)
for a in range(200):
    u = rng.uniform(11, rng.Stream.DEMAND, 3, a, 9)
    for name, parameters in variates.items():
        digest.update(float(getattr(rng, name)(u, *parameters)).hex().encode())
print(digest.hexdigest())
"""


@pytest.mark.parametrize("disable", ["0", "1"])
def test_golden_bits_with_the_compiler_on_and_off(disable):
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", DIGEST],
        env=os.environ | {"NUMBA_DISABLE_JIT": disable},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "7710094094f87d6f"


# Errors, against decimal arithmetic of 60 digits


def ulps(got: float, true: Decimal) -> float:
    return float(abs(Decimal(got) - true) / Decimal(math.ulp(float(true))))


def relative(got: float, true: Decimal) -> float:
    return float(abs(Decimal(got) / true - 1))


@pytest.fixture(autouse=True)
def _sixty_digits():
    with localcontext() as context:
        context.prec = 60
        yield


def spread(low: float, high: float, n: int = 1500) -> list[float]:
    return [low + (high - low) * float(u) for u in sample()[:n]]


def test_log_is_within_1_ulp():
    near_one = [1 + step * 2.0**-k for k in range(1, 53) for step in (1, -0.5)]
    xs = [*spread(0.5, 2), *spread(1e-300, 1e300, 200), *few_us(), *near_one]
    xs += [math.exp(x) for x in spread(-700, 700, 500)] + [rng._SQRT_2, math.sqrt(0.5), 2.0**-1022]
    assert max(ulps(rng.log(x), Decimal(x).ln()) for x in xs if x != 1) < 1
    assert rng.log(1.0) == 0


def test_exp_is_within_1_ulp():
    xs = [*spread(-1, 1), *spread(-708, 709, 1000), *spread(-1e-9, 1e-9, 100), 709.0, -708.0]
    assert max(ulps(rng.exp(x), Decimal(x).exp()) for x in xs) < 1
    assert rng.exp(709.1) == rng.exp(math.inf) == math.inf
    assert rng.exp(-708.1) == rng.exp(-math.inf) == 0


def test_log1p_keeps_small_numbers():
    xs = [*spread(-0.9, 3), *(10.0**-k for k in range(25)), *(-(10.0**-k) for k in range(1, 25)), 1e4, 1e200]
    assert max(relative(rng.log1p(x), (1 + Decimal(x)).ln()) for x in xs) < 1e-15


def test_exponential_error():
    for u in few_us():
        assert relative(rng.exponential(u, 1.0), -(1 - Decimal(u)).ln()) < 3e-16


def true_normal(u: float) -> Decimal:
    """Invert the normal distribution to 40 digits: Newton steps on a series for its integral."""
    z = Decimal(NormalDist().inv_cdf(u))
    for _ in range(2):
        density = (-z * z / 2).exp() / PI_TWICE.sqrt()
        z -= (Decimal("0.5") + density * odd_series(z) - Decimal(u)) / density
    return z


PI_TWICE = 2 * Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


def odd_series(z: Decimal) -> Decimal:
    """z + z^3/3 + z^5/(3 5) + ..., which times the density is the integral from 0 to z."""
    term = total = z
    k = 1
    while abs(term) > Decimal("1e-58") * abs(total):
        k += 2
        term = term * z * z / k
        total += term
    return total


@cache
def normal_reference() -> tuple[tuple[float, Decimal], ...]:
    with localcontext() as context:
        context.prec = 60
        return tuple((u, true_normal(u)) for u in few_us() if u != 0.5)


def test_normal_error():
    for u, z in normal_reference():
        assert relative(rng.standard_normal(u), z) < 4e-15
        mean, deviation = 30.0, 4.0
        true = Decimal(mean) + Decimal(deviation) * z
        size = abs(mean) + abs(deviation * float(z))
        assert abs(float(Decimal(rng.normal(u, mean, deviation)) - true)) < 4e-15 * size
    assert rng.standard_normal(0.5) == 0


@pytest.mark.parametrize("u", few_us()[:50])
def test_normal_agrees_with_the_standard_library(u):
    assert rng.standard_normal(u) == pytest.approx(NormalDist().inv_cdf(u), rel=2e-15)
    assert rng.standard_normal(1 - u) == -rng.standard_normal(u)


@pytest.mark.parametrize("cv", [0.001, 0.05, 0.3, 1.0, 10.0, 100.0])
def test_lognormal_error(cv):
    variance = (1 + Decimal(cv) ** 2).ln()
    for u, z in normal_reference():
        true = (variance.sqrt() * z - variance / 2).exp()
        assert relative(rng.lognormal(u, 1.0, cv), true) < 1e-13


@pytest.mark.parametrize("shape", [0.1, 0.5, 1.0, 1.7, 10.0])
def test_weibull_error(shape):
    for u in few_us():
        true = ((-(1 - Decimal(u)).ln()).ln() / Decimal(shape)).exp()
        assert relative(rng.weibull(u, 1.0, shape), true) < 8e-15 / min(1, shape)


@pytest.mark.parametrize(
    ("low", "mode", "high"), [(0, 1, 4), (2, 2, 5), (2, 5, 5), (-3, 0, 1), (100, 101, 103)]
)
def test_triangular_error(low, mode, high):
    width, rise = Decimal(high - low), Decimal(mode - low)
    for u in few_us():
        below = Decimal(u) * width < rise
        left = low + (Decimal(u) * width * rise).sqrt()
        right = high - ((1 - Decimal(u)) * width * (width - rise)).sqrt()
        got = rng.triangular(u, low, mode, high)
        assert low <= got <= high
        assert abs(Decimal(got) - (left if below else right)) < Decimal("4e-16") * max(abs(low), abs(high))


def test_a_width_of_zero_is_a_constant():
    assert rng.triangular(0.3, 5.0, 5.0, 5.0) == 5
    assert rng.normal(0.3, 5.0, 0.0) == 5
    assert rng.lognormal(0.3, 5.0, 0.0) == 5
    assert rng.exponential(0.3, 0.0) == 0


# Shape

MOMENTS = {  # mean and variance of each variate in VARIATES
    "exponential": (5.0, 25.0),
    "triangular": (10 / 3, (1 + 4 + 49 - 2 - 7 - 14) / 18),
    "standard_normal": (0.0, 1.0),
    "normal": (30.0, 16.0),
    "lognormal": (60.0, 18.0**2),
    "weibull": (
        10 * math.gamma(1 + 1 / 1.7),
        100 * (math.gamma(1 + 2 / 1.7) - math.gamma(1 + 1 / 1.7) ** 2),
    ),
    "bernoulli": (0.3, 0.21),
}


@pytest.mark.parametrize("name", VARIATES)
def test_moments(name):
    mean, variance = MOMENTS[name]
    values = [float(getattr(rng, name)(u, *VARIATES[name])) for u in sample()]
    assert abs(fmean(values) - mean) < 5 * math.sqrt(variance / N)
    assert pvariance(values) == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("name", [name for name in VARIATES if name != "bernoulli"])
def test_variates_rise_with_the_uniform(name):
    values = [getattr(rng, name)(u, *VARIATES[name]) for u in sorted({*sample()[:20_000], *few_us()})]
    assert all(low <= high for low, high in pairwise(values))


@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_chance_never_turns_yes_into_no(u, one, other):
    assert rng.bernoulli(u, min(one, other)) <= rng.bernoulli(u, max(one, other))
    assert (rng.bernoulli(u, 0.0), rng.bernoulli(u, 1.0)) == (False, True)


def test_nothing_else_of_basics_imports_numba():
    code = "import sys, pkgutil, importlib, knockdown.basics as b\n"
    code += "for m in pkgutil.iter_modules(b.__path__):\n"
    code += "    m.name == 'rng' or importlib.import_module('knockdown.basics.' + m.name)\n"
    code += "assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
