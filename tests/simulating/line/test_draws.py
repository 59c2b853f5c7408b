"""Named draws: the same bits from compiled and plain code, and calendars."""

import random

import numpy as np
import pytest

from knockdown.basics.rng import Stream, philox4x32, uniform
from knockdown.simulating.line import draws
from knockdown.simulating.line.distributions import shape_of, table_of
from knockdown.simulating.line.model import Service

SHIFTS = (24.0, np.array([0.5, 8.0]), np.array([7.0, 16.25]))


def test_service_numbers_are_words_of_one_block():
    words = philox4x32(3, 1000, 5, int(Stream.STATION_TIME) + (2 << 8), 42, 0)
    tops = [(int(words[k]) << 32 | int(words[k + 1])) >> 12 for k in (0, 2)]
    wanted = tuple((top + 0.5) * 2.0**-52 for top in tops)
    assert draws.service_pair(42, 5, 3, 1000, 2) == wanted
    assert tuple(draws.service_uniform(42, 5, j, 1000, 2) for j in (6, 7)) == wanted


def test_names_give_different_numbers():
    found = {
        draws.service_uniform(seed, replication, j, n, visit)
        for seed in (1, 2**63 + 1)
        for replication in (0, 1)
        for j in range(4)
        for n in range(4)
        for visit in (0, 1, 2**22)
    }
    assert len(found) == 2 * 2 * 4 * 4 * 3


@pytest.mark.parametrize(
    "service",
    [
        Service("det", {"value": 3.0}),
        Service("exp", {"mean": 2.0}),
        Service("uniform", {"low": 1.0, "high": 4.0}),
        Service("triangular", {"low": 1.0, "mode": 1.5, "high": 4.0}),
        Service("lognormal", {"mean": 60.0, "cv": 0.3}),
        Service("empirical", {}, (3.0, 1.0, 9.0)),
    ],
    ids=lambda service: service.dist,
)
def test_compiled_and_plain_draws_have_the_same_bits(service):
    dice = random.Random(2)
    shape = shape_of(service)
    table = table_of(shape.table).copy() if shape.table else np.zeros(8)
    for _ in range(300):
        names = (
            shape.kind,
            shape.scale,
            shape.p1,
            shape.p2,
            table,
            0,
            uniform(1, 4, 0, dice.randrange(999), 1),
        )
        assert draws.draw(*names) == draws.draw.py_func(*names)


def test_variants_follow_their_chances():
    chances = np.array([0.5, 0.8, 1.0])
    found = np.bincount([draws.variant_of(1, 0, n, chances) for n in range(20_000)]) / 20_000
    assert found == pytest.approx([0.5, 0.3, 0.2], abs=0.015)
    assert draws.variant_of(1, 0, 7, np.array([1.0])) == 0


def test_work_sleeps_outside_shifts():
    assert draws.advance(*SHIFTS, 0.0, 1.0) == 1.5
    assert draws.advance(*SHIFTS, 6.0, 1.0) == 7.0
    assert draws.advance(*SHIFTS, 7.0, 1.0) == 9.0
    assert draws.advance(*SHIFTS, 20.0, 0.25) == 24.75
    assert draws.advance(*SHIFTS, 20.0, 0.0) == 20.0
    assert draws.advance(*SHIFTS, 0.5, 10 * 14.75) == 9 * 24.0 + 16.25


def test_walking_and_measuring_working_time_agree():
    dice = random.Random(3)
    for _ in range(2000):
        begin, work = dice.uniform(0.0, 1e4), dice.choice((0.001, 1.0, 60.0)) * dice.random()
        end = draws.advance(*SHIFTS, begin, work)
        assert draws.between(*SHIFTS, begin, end) == pytest.approx(work, rel=1e-9, abs=1e-9)
        first, second = draws.advance(*SHIFTS, begin, work / 2), work / 2
        assert draws.advance(*SHIFTS, first, second) == pytest.approx(end, rel=1e-12) or work > 1e-9


def test_without_a_calendar_time_is_added():
    nothing = np.zeros(0)
    assert draws.advance(0.0, nothing, nothing, 3.0, 0.1) == 3.0 + 0.1
    assert draws.between(0.0, nothing, nothing, 3.0, 5.0) == 2.0


def test_mix_is_a_permutation_of_words():
    assert int(draws.mix(0.0, 0)) == 0
    assert len({int(draws.mix(float(t), n)) for t in range(100) for n in range(100)}) == 10_000
