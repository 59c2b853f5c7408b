"""The event engine: the referee's bits on random lines, and numbers that are known exactly."""

import math

import numpy as np
import pytest
from line_strategies import assembly_line, det, exp, random_line, station

from knockdown.simulating.line import events, plain
from knockdown.simulating.line.model import (
    Arrivals,
    Breakdowns,
    Calendar,
    Line,
    Rework,
    Service,
)
from knockdown.simulating.line.tables import Sums, cut, sojourn_bounds


def same_as_the_referee(line: Line, seed: int, vehicles: int = 120, warmup: int = 25) -> None:
    tables = cut(line)
    for wanted, found, name in zip(
        plain.trace(tables, seed, 0, vehicles),
        events.trace(tables, seed, 0, vehicles),
        ("vehicle", "station", "visit", "arrival", "start", "done", "leave"),
        strict=True,
    ):
        assert np.array_equal(wanted, found), name
    which = np.array([0, 7])
    wanted_sums = plain.play(tables, seed, which, vehicles, warmup)
    found_sums = events.play(tables, seed, which, vehicles, warmup)
    for name in Sums._fields:
        assert np.array_equal(getattr(wanted_sums, name), getattr(found_sums, name)), name


@pytest.mark.parametrize("block", range(10))
def test_random_lines_have_the_referees_bits(block):
    for number in range(30 * block, 30 * block + 30):
        line = random_line(number)
        assert events.can_play(line) is None
        same_as_the_referee(line, number)


@pytest.mark.parametrize("warmup", [0, 1, 119])
def test_windows(warmup):
    crowded = assembly_line(6, 1.0, crews=1, p_rework=0.2, breakdowns=Breakdowns("odf", 5.0, 2.0))
    same_as_the_referee(crowded, 1, 120, warmup)


@pytest.mark.parametrize("n_stations", [63, 64, 130])
def test_long_lines(n_stations):
    same_as_the_referee(assembly_line(n_stations, 0.0, crews=3, p_rework=0.1), 1, 40, 5)
    equal = Line((station(det(1.0)),) * n_stations, (0.0,) * (n_stations - 1), repair_crews=1)
    same_as_the_referee(equal, 1, 40, 5)


def test_seeds_of_64_bits_and_replications_of_32():
    tables = cut(assembly_line(3))
    for seed, replication in ((2**64 - 1, 0), (2**63, 2**32 - 1)):
        wanted, found = (engine.trace(tables, seed, replication, 50) for engine in (plain, events))
        assert np.array_equal(wanted.leave, found.leave)


def test_queues_without_limit_grow_in_memory():
    line = Line((station(det(1.0)), station(det(10.0))), (math.inf,))
    found = events.trace(cut(line), 1, 0, 5000)
    assert found.leave[-1] == 1.0 + 5000 * 10.0
    assert found.start[-1] - found.arrival[-1] == 4999 * 9.0


def test_times_do_not_depend_on_how_long_the_run_is():
    tables = cut(assembly_line(5, p_rework=0.0, breakdowns=Breakdowns("odf", 20.0, 2.0)))
    short, long = (events.trace(tables, 1, 0, n) for n in (100, 300))
    assert np.array_equal(short.leave, long.leave[: len(short.leave)])


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def near(values: np.ndarray, wanted: float) -> None:
    """Within 4.5 standard errors, and those small enough to mean something."""
    mean, error = mean_and_error(values)
    assert abs(mean - wanted) < 4.5 * error + 1e-12 * wanted, (mean, wanted, error)
    assert error < 0.05 * wanted


def long_run(line: Line, vehicles: int = 20_000, warmup: int = 2_000, replications: int = 20) -> Sums:
    return events.play(cut(line), 11, np.arange(replications), vehicles, warmup)


def test_single_server():
    s = long_run(Line((station(exp(1.0)),), (), arrivals=Arrivals("poisson", 0.5)))
    near(s.inside / s.count, 2.0)
    near(s.waited / s.count, 0.5)
    near(s.held[:, 0] / s.span[:, 0], 0.5)


def test_sojourns_are_counted_in_cells():
    line = Line((station(exp(1.0)),), (), arrivals=Arrivals("poisson", 0.5))
    s, bounds = long_run(line), sojourn_bounds(cut(line))
    assert np.array_equal(s.sojourns.sum(axis=1), s.count)
    assert np.diff(bounds).max() / bounds[1:].max() < 1 / 1000
    below = np.searchsorted(bounds, 2.0 * math.log(20.0))  # 95 % of exponential times of mean 2
    near(s.sojourns[:, :below].sum(axis=1) / s.count, 0.95)


def test_several_places():
    s = long_run(Line((station(exp(1.0), places=3),), (), arrivals=Arrivals("poisson", 2.0)))
    load, c = 2.0, 3
    tail = load**c / math.factorial(c) * c / (c - load)
    waits = tail / (sum(load**k / math.factorial(k) for k in range(c)) + tail)
    near(s.waited / s.count, waits)
    near(s.waiting[:, 0] / s.count, waits / (c - load))


@pytest.mark.parametrize(
    ("service", "scv"),
    [
        (det(1.0), 0.0),
        (Service("erlang", {"k": 4, "mean": 1.0}), 0.25),
        (Service("hyperexp", {"p": 0.5, "mean1": 0.25, "mean2": 1.75}), 2.125),
    ],
    ids=lambda value: getattr(value, "dist", ""),
)
def test_any_service_of_one_server(service, scv):
    s = long_run(Line((station(service),), (), arrivals=Arrivals("poisson", 0.6)))
    near(s.waiting[:, 0] / s.count, 0.6 * (1.0 + scv) / (2.0 * (1.0 - 0.6)))


def test_lost_vehicles():
    line = Line((station(exp(1.0)),), (), arrivals=Arrivals("poisson", 0.8), entry_buffer=3.0)
    s = long_run(line)
    near(s.lost / s.arrived, 0.8**4 * 0.2 / (1 - 0.8**5))


def test_two_stations_without_a_buffer():
    s = long_run(Line((station(exp(1.0)), station(exp(0.5))), (0.0,)))
    near(s.count / s.time, 1.0 / (1.0 + 0.5 - 1.0 / 3.0))


def test_open_network_with_rework():
    again = Rework(1, 0.2, 0, station(exp(0.5)))
    line = Line(
        (station(exp(1.0)), station(exp(0.8))), (math.inf,), arrivals=Arrivals("poisson", 0.5), rework=again
    )
    s = long_run(line, 40_000)
    rates = 0.5 / 0.8, 0.5 / 0.8 * 0.8, 0.2 * 0.5 / 0.8 * 0.5
    near(s.inside / s.time, sum(load / (1 - load) for load in rates))
    near((s.held[:, -1] + s.waiting[:, -1]) / s.time, rates[2] / (1 - rates[2]))


def test_machine_repair():
    broken = Breakdowns("tdf", 10.0, 2.0)
    line = Line(tuple(station(det(1.0), breakdowns=broken) for _ in range(3)), (0.0, 0.0), repair_crews=1)
    s = long_run(line)
    weights = [math.perm(3, k) * 0.2**k for k in range(4)]
    near(s.n_down / s.time, sum(k * w for k, w in enumerate(weights)) / sum(weights))
    near(s.all_up / s.time, weights[0] / sum(weights))
    near(s.crews_busy / s.time, 1.0 - weights[0] / sum(weights))


def test_pallets_that_go_round():
    means, wip = (1.0, 0.7, 0.4), 5
    line = Line(
        tuple(station(exp(m)) for m in means), (math.inf, math.inf), arrivals=Arrivals("closed", wip=wip)
    )
    there = [0.0, 0.0, 0.0]
    rate = 0.0
    for k in range(1, wip + 1):  # exact mean value analysis
        times = [m * (1.0 + n) for m, n in zip(means, there, strict=True)]
        rate = k / sum(times)
        there = [rate * t for t in times]
    s = long_run(line)
    near(s.count / s.time, rate)
    near((s.held[:, 0] + s.waiting[:, 0]) / s.span[:, 0], there[0])


def test_breakdowns_while_working_lower_the_rate():
    s = long_run(Line((station(det(1.0), breakdowns=Breakdowns("odf", 9.0, 1.0)),), ()))
    near(s.count / s.time, 0.9)
    near(s.down[:, 0] / s.span[:, 0], 0.1)


def test_shifts_stretch_the_run():
    line = Line((station(det(1.0)),), (), calendar=Calendar(24.0, ((6.0, 14.0),)))
    s = events.play(cut(line), 1, np.arange(1), 80, 0)
    assert s.makespan[0] == 9 * 24.0 + 14.0
