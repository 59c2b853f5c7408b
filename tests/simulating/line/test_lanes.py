"""The recursion: the referee's bits, however many replications are played at once, and on older machines."""

import os
import subprocess
import sys

import numpy as np
import pytest
from line_strategies import FEATURES, assembly_line, exp, random_line, station

from knockdown.simulating.line import lanes, plain
from knockdown.simulating.line.long import can_run
from knockdown.simulating.line.model import Arrivals, Breakdowns, Calendar, Feeder, Line, Rework
from knockdown.simulating.line.tables import Sums, cut
from knockdown.simulating.line.vectors import WIDTH

ALONE = tuple(name for name in FEATURES if name not in ("places", "crews", "rework"))
ODF, TDF = Breakdowns("odf", 10.0, 2.0), Breakdowns("tdf", 20.0, 3.0)
SHIFTS = Calendar(24.1, ((1.0, 8.0), (10.0, 18.0)))


def same(wanted: Sums, found: Sums) -> None:
    for name in Sums._fields:
        assert np.array_equal(getattr(wanted, name), getattr(found, name)), name


def same_as_the_referee(
    line: Line, seed: int, which: np.ndarray, vehicles: int = 90, warmup: int = 20
) -> None:
    tables = cut(line)
    same(plain.play(tables, seed, which, vehicles, warmup), lanes.play(tables, seed, which, vehicles, warmup))


@pytest.mark.parametrize("block", range(8))
def test_random_lines_have_the_referees_bits(block):
    for number in range(12 * block, 12 * block + 12):
        line = random_line(number, ALONE)
        if lanes.can_play(line) is None:
            same_as_the_referee(line, number, np.array([3, 0, 7]))
            same_as_the_referee(line, number, np.arange(lanes.FEW + 1), 60, 59)


@pytest.mark.parametrize("breakdowns", [None, ODF, TDF])
@pytest.mark.parametrize("room", [0.0, 2.0, float("inf")])
def test_one_long_run_has_the_referees_bits(breakdowns, room):
    line = assembly_line(17, room, breakdowns=breakdowns)
    assert can_run(cut(line))
    for warmup in (0, 1, 40, 149):
        same_as_the_referee(line, 5, np.array([2**32 - 1]), 150, warmup)
    same_as_the_referee(line, 5, np.array([1]), 3, 0)


def test_a_log_has_the_referees_bits():
    for line in (
        Line((station(breakdowns=ODF), station(breakdowns=TDF)), (1.0,), calendar=SHIFTS),
        Line((station(), station()), (0.0,), feeders=(Feeder(1.0, station(exp(0.8))),)),
        Line((station(), station()), (3.0,), arrivals=Arrivals("poisson", 0.2, 3)),
    ):
        tables = cut(line)
        for wanted, found in zip(plain.trace(tables, 7, 2, 80), lanes.trace(tables, 7, 2, 80), strict=True):
            assert np.array_equal(wanted, found)


def test_a_replication_is_the_same_in_any_company():
    tables = cut(assembly_line(9, 1.0, breakdowns=ODF))
    which = np.arange(2 * WIDTH + 3)
    together = lanes.play(tables, 2**64 - 1, which, 300, 50)
    backwards = lanes.play(tables, 2**64 - 1, which[::-1].copy(), 300, 50)
    for name in Sums._fields:
        assert np.array_equal(getattr(together, name), getattr(backwards, name)[::-1]), name
    for r in (0, 17, 2 * WIDTH + 2):  # alone, sixteen stations and not sixteen replications are in a register
        alone = lanes.play(tables, 2**64 - 1, which[r : r + 1], 300, 50)
        assert alone.checksum[0] == together.checksum[r]
        assert np.array_equal(alone.held[0], together.held[r])


def test_deterministic_line():
    line = Line((station(exp(1e-9)), station(exp(1e-9))), (0.0,))
    tables = cut(line)
    tables = tables._replace(kind=np.zeros_like(tables.kind), scale=np.array([[1.0], [2.5]]))
    found = lanes.play(tables, 1, np.arange(20), 100, 0)
    assert np.array_equal(found.makespan, np.full(20, 1.0 + 100 * 2.5))


def test_what_it_cannot_play_it_says():
    one = station()
    cases = [
        (Line((station(breakdowns=ODF),), (), repair_crews=1), "crews"),
        (Line((one, one), (1.0,), rework=Rework(1, 0.1, 1, one)), "rework"),
        (Line((station(places=2),), ()), "several places"),
        (Line((one,), (), feeders=(Feeder(1.0, station(places=2)),)), "feeder"),
        (Line((one,), (), arrivals=Arrivals("poisson", 0.5), entry_buffer=3.0), "entry buffer"),
    ]
    for line, word in cases:
        assert word in (lanes.can_play(line) or "")
    assert lanes.can_play(Line((one,), ())) is None


OLDER = """
import numpy as np
from knockdown.simulating.line import lanes
from knockdown.simulating.line.model import Breakdowns, Calendar, Line, Service, Station
from knockdown.simulating.line.tables import cut
station = Station(1, (Service("exp", {"mean": 1.0}),), Breakdowns("odf", 10.0, 2.0))
skewed = Station(1, (Service("lognormal", {"mean": 1.0, "cv": 0.4}),))
line = Line((station, skewed) * 4, (1.0,) * 7, calendar=Calendar(24.0, ((0.0, 8.0),)))
for which in (np.arange(20), np.arange(1)):
    print(lanes.play(cut(line), 9, which, 200, 20).checksum.tolist())
"""


def test_older_processors_give_the_same_bits(tmp_path):
    if os.uname().machine != "x86_64":
        pytest.skip("names of x86-64 processors")
    found = []
    older = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2", "NUMBA_CACHE_DIR": str(tmp_path)}
    for processor in ({}, older):
        settings = {**os.environ, **processor}
        run = subprocess.run([sys.executable, "-c", OLDER], env=settings, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        found.append(run.stdout)
    assert found[0] == found[1]
