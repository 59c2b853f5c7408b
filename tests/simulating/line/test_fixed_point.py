"""Shared crews and rework by the recursion: the referee's bits."""

import numpy as np
import pytest
from line_strategies import FEATURES, assembly_line, exp, random_line, station

from knockdown.simulating.line import fixed_point, plain
from knockdown.simulating.line.model import Arrivals, Breakdowns, Calendar, Feeder, Line, Rework
from knockdown.simulating.line.tables import Sums, cut

MEANT = tuple(name for name in FEATURES if name not in ("places", "tdf", "feeders"))
ODF = Breakdowns("odf", 8.0, 2.0)
SHIFTS = Calendar(24.1, ((0.0, 8.0), (10.0, 18.0)))


def same_as_the_referee(line: Line, seed: int, vehicles: int = 120, warmup: int = 25) -> None:
    assert fixed_point.can_play(line) is None
    tables, which = cut(line), np.array([0, 7])
    wanted = plain.play(tables, seed, which, vehicles, warmup)
    found = fixed_point.play(tables, seed, which, vehicles, warmup)
    for name in Sums._fields:
        assert np.array_equal(getattr(wanted, name), getattr(found, name)), name
    logs = (engine.trace(tables, seed, 1, 50) for engine in (plain, fixed_point))
    for one, other in zip(*logs, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("block", range(8))
def test_random_lines_have_the_referees_bits(block):
    for number in range(20 * block, 20 * block + 20):
        line = random_line(number, MEANT)
        if fixed_point.can_play(line) is None:
            same_as_the_referee(line, number)


@pytest.mark.parametrize("crews", [None, 1, 2, 5])
@pytest.mark.parametrize(("after", "to"), [(2, 3), (2, 2), (4, 1), (5, 5), (3, 4)])
def test_crews_and_rework_wherever_it_is(crews, after, to):
    stations = (station(breakdowns=ODF),) * 6
    rework = Rework(after, 0.2, to, station(exp(1.5)))
    for calendar in (None, SHIFTS):
        line = Line(stations, (1.0, 2.0, 0.0, 3.0, 1.0), repair_crews=crews, rework=rework, calendar=calendar)
        same_as_the_referee(line, after)


@pytest.mark.parametrize("warmup", [0, 1, 119])
def test_windows(warmup):
    same_as_the_referee(assembly_line(6, 1.0, crews=1, p_rework=0.3, breakdowns=ODF), 1, 120, warmup)


@pytest.mark.parametrize("arrivals", [Arrivals("closed", wip=7), Arrivals("poisson", 0.2, 2)])
def test_arrivals(arrivals):
    rework = Rework(3, 0.2, 2, station(exp(1.5)))
    stations = (station(breakdowns=ODF),) * 5
    same_as_the_referee(Line(stations, (2.0,) * 4, repair_crews=1, rework=rework, arrivals=arrivals), 3)


def test_a_rework_queue_that_grows_gets_more_memory(monkeypatch):
    monkeypatch.setattr(fixed_point, "_FIRST_QUEUE", 4)
    slow = Rework(2, 0.6, 3, station(exp(20.0)))
    same_as_the_referee(Line((station(),) * 4, (1.0,) * 3, rework=slow), 2)


def test_the_log_grows():
    again = Rework(2, 0.8, 1, station(exp(0.1)))
    line = Line((station(),) * 4, (1.0,) * 3, rework=again)
    found, wanted = (engine.trace(cut(line), 4, 0, 30) for engine in (fixed_point, plain))
    assert len(found.leave) > 30 * 5 * 2 + 64
    assert np.array_equal(found.leave, wanted.leave)


def test_what_it_cannot_play_it_says():
    one = station()
    cases = [
        (Line((one,), (), feeders=(Feeder(1.0, one),)), "feeders"),
        (Line((station(places=2),), ()), "several places"),
        (Line((station(breakdowns=Breakdowns("tdf", 9.0, 1.0)),), ()), "idle"),
        (Line((one, one), (float("inf"),)), "no limit"),
        (Line((one,), (), arrivals=Arrivals("closed", wip=2), rework=Rework(0, 0.1, 0, one)), "first"),
        (Line((one,), (), arrivals=Arrivals("poisson", 0.5), entry_buffer=3.0), "entry buffer"),
    ]
    for line, word in cases:
        assert word in (fixed_point.can_play(line) or "")
