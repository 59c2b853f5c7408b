"""What limits a line and what would help: shares that sum to 1, and gains that a longer run confirms."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from line_strategies import assembly_line, det, exp, random_line, station

from knockdown.simulating.line import events, lanes, run
from knockdown.simulating.line.active import momentary, periods_of, window_of
from knockdown.simulating.line.gains import changes, faster
from knockdown.simulating.line.model import Arrivals, Breakdowns, Calendar, Feeder, Line, Rework, Service
from knockdown.simulating.line.options import LineOptions
from knockdown.simulating.line.tables import Visits, cut

ODF = Breakdowns("odf", 10.0, 2.0)
SLOW = Line((station(), station(exp(2.0)), station()), (3.0, 3.0))
SMALL = LineOptions(replications=16, vehicles=2000)
NO_PATH = {
    "feeders": Line((station(),) * 2, (1.0,), feeders=(Feeder(1.0, station(exp(0.5))),)),
    "repair": Line((station(breakdowns=Breakdowns("tdf", 5.0, 1.0)),) * 2, (1.0,)),
    "rework": Line(
        (station(),) * 3, (1.0,) * 2, rework=Rework(1, 0.2, 1, station()), arrivals=Arrivals("closed", wip=3)
    ),
    "places": Line((station(), station(exp(2.0), places=2)), (1.0,)),
    "crews": Line((station(breakdowns=ODF),) * 3, (1.0,) * 2, repair_crews=1),
}


def log_of(*rows):
    """Visits (station, start, done, leave) as a log; the vehicle's number does not matter here."""
    columns = np.array(rows, dtype=np.float64).T
    zeros = np.zeros(len(rows), dtype=np.int64)
    return Visits(zeros, columns[0].astype(np.int64), zeros, columns[1], *columns[1:])


def limit_of(line, options=SMALL):
    found = run.simulate(line, options).bottleneck
    assert found is not None
    return found


def test_periods_by_hand():
    """Station 1 works 0-4 and 5-6, station 2 works 1-3 and 3-9 without a pause, and is blocked to 10."""
    tables = cut(Line((station(), station()), (0.0,)))
    log = log_of((0, 0, 4, 5), (0, 5, 6, 6), (1, 1, 3, 3), (1, 3, 9, 10), (1, 10, 11, 11))
    periods = periods_of(tables, log)
    spans = sorted(zip(periods.station.tolist(), periods.begin, periods.end, strict=True))
    assert spans == [(0, 0.0, 4.0), (0, 5.0, 6.0), (1, 1.0, 9.0), (1, 10.0, 11.0)]
    found = momentary(tables, log, (0.0, 12.0))
    assert found.moment.tolist() == [1.0, 9.0]  # from 1 on the longer period of station 2 has it
    assert found.sole.tolist() == [1.0, 6.0]  # 1-4 is where the two periods overlap


def test_a_place_goes_on_where_a_vehicle_leaves_as_the_next_begins():
    tables = cut(Line((station(places=2),), ()))
    log = log_of((0, 0, 5, 5), (0, 1, 2, 2), (0, 2, 7, 7), (0, 5, 6, 6.5), (0, 6.5, 8, 8))
    periods = periods_of(tables, log)
    assert sorted(zip(periods.begin, periods.end, strict=True)) == [(0.0, 6.0), (1.0, 7.0), (6.5, 8.0)]


def test_nights_are_no_time():
    line = Line((station(det(6.0)),), (), calendar=Calendar(24.0, ((0.0, 8.0),)))
    log = lanes.trace(cut(line), 1, 0, 40)
    found = momentary(cut(line), log, (0.0, 24.0 * 30))
    assert found.window == pytest.approx(8.0 * 30)
    assert found.moment[0] == pytest.approx(8.0 * 30)
    assert len(periods_of(cut(line), log).begin) == 1


@pytest.mark.parametrize("number", range(40))
def test_moments_sum_to_the_time_in_which_a_place_is_active(number):
    """Of every log, found again by looking at each piece of time; and the same for both engines."""
    line = random_line(number)
    tables = cut(line)
    log = events.trace(tables, 3, 0, 60)
    window = window_of(tables, log, 10)
    found = momentary(tables, log, window)
    if line.calendar is None:
        periods = periods_of(tables, log)
        edges = np.unique(np.concatenate([periods.begin, periods.end, window]))
        expected = np.zeros(tables.n_all)
        for begin, end in pairwise(edges):
            at = np.flatnonzero((periods.begin <= begin) & (periods.end >= end))
            if len(at) and window[0] <= begin and end <= window[1]:
                length = periods.end[at] - periods.begin[at]
                best = at[np.lexsort((periods.station[at], periods.begin[at], -length))[0]]
                expected[periods.station[best]] += end - begin
        assert np.allclose(found.moment, expected, rtol=1e-9, atol=1e-9)
    assert np.all(found.sole <= found.moment + 1e-9)
    assert found.moment.sum() <= found.window * (1.0 + 1e-9)
    if lanes.can_play(line) is None:
        same = momentary(tables, lanes.trace(tables, 3, 0, 60), window)
        assert np.array_equal(same.moment, found.moment)
        assert np.array_equal(same.sole, found.sole)


@pytest.mark.parametrize("line", [SLOW, assembly_line(6), Line((station(),) * 4, (0.0,) * 3)])
def test_shares_sum_to_one(line):
    found = limit_of(line)
    assert sum(each.momentary.mean for each in found.stations) == pytest.approx(1.0, abs=1e-9)
    assert sum(each.critical_path.mean for each in found.stations) == pytest.approx(1.0, abs=1e-9)
    assert found.off_path.mean == pytest.approx(0.0, abs=1e-9)


def test_repairs_on_the_path_are_work_of_nobody():
    found = limit_of(Line((station(breakdowns=ODF),) * 3, (2.0, 2.0)))
    assert sum(each.critical_path.mean for each in found.stations) + found.off_path.mean == pytest.approx(1.0)
    assert found.off_path.mean > 2.0 / 12.0  # the path seeks what takes long
    alone = limit_of(Line((station(breakdowns=ODF),), ()))
    low, high = alone.off_path.ci95
    assert low - 0.01 < 2.0 / 12.0 < high + 0.01


def test_a_station_twice_as_slow_has_nearly_all():
    slow = limit_of(replace(SLOW, buffers=(20.0, 20.0))).stations[1]
    assert slow.critical_path.mean > 0.95
    assert slow.momentary.mean > 0.9
    assert slow.sole.mean <= slow.momentary.mean


@pytest.mark.parametrize("word", NO_PATH)
def test_where_the_path_is_not_followed_it_says_so(word):
    found = limit_of(NO_PATH[word])
    assert word in found.no_critical_path
    assert found.path_vehicles == 0
    assert found.off_path is None
    assert all(each.critical_path is None for each in found.stations)
    assert 0.5 < sum(each.momentary.mean for each in found.stations) <= 1.0 + 1e-9


def test_the_share_of_the_path_is_what_a_faster_station_gives():
    line = Line((station(), station(exp(1.1)), station()), (2.0, 2.0))
    answer = run.simulate(line, LineOptions(replications=32, vehicles=20_000, gains=True))
    faster_ones = {gain.station: gain for gain in answer.gains if gain.kind == "faster"}
    for each in answer.bottleneck.stations:
        gain = faster_ones[each.station].relative
        assert gain.mean == pytest.approx(0.1 * each.critical_path.mean, abs=0.012)


def test_a_place_at_the_bottleneck_gives_most():
    answer = run.simulate(SLOW, replace(SMALL, gains=True))
    best = answer.gains[0]
    assert (best.kind, best.station) == ("place", "2")
    assert best.change == "one more place at station 2"
    assert best.throughput.ci95[0] > 0.0
    means = [gain.throughput.mean for gain in answer.gains]
    assert means == sorted(means, reverse=True)
    assert {(g.kind, g.station) for g in answer.gains} == {
        *((kind, f"{j}") for kind in ("place", "faster") for j in (1, 2, 3)), ("buffer", "2"), ("buffer", "3")
    }  # fmt: skip


@pytest.mark.parametrize("name", ["places", "crews"])
def test_an_independent_long_run_confirms_the_gains(name):
    line = NO_PATH[name]
    answer = run.simulate(line, LineOptions(replications=32, vehicles=4000, gains=True, seed=5))
    long = LineOptions(replications=32, vehicles=12_000, seed=77)
    base = run.simulate(line, long).metrics["throughput"]
    for change, gain in [(c, g) for c in changes(line) for g in answer.gains if g.change == c.words]:
        other = run.simulate(change.line, long).metrics["throughput"]
        se = (base.se**2 + other.se**2 + gain.throughput.se**2) ** 0.5
        assert abs(other.mean - base.mean - gain.throughput.mean) < 4.0 * se, change.words


def test_common_random_numbers_make_the_difference_sharp():
    line = assembly_line(4)
    answer = run.simulate(line, replace(SMALL, gains=True))
    apart = answer.metrics["throughput"].se * 2**0.5
    assert all(gain.throughput.se < 0.7 * apart for gain in answer.gains if gain.kind != "place")


def test_changes_of_every_kind():
    rework = Rework(1, 0.2, 1, station())
    line = Line(
        (station(),) * 2,
        (1.0,),
        arrivals=Arrivals("poisson", 0.3),
        entry_buffer=4.0,
        repair_crews=1,
        rework=rework,
        feeders=(Feeder(1.0, station(exp(0.5))),),
    )
    found = list(changes(line))
    assert len({change.words for change in found}) == len(found) == 4 + 1 + 3 + 2 + 1 + 1
    assert all(change.line != line for change in found)
    assert {c.station for c in found} == {"1", "2", "feeder_1", "rework", None}


def test_a_line_with_arrivals_is_ranked_by_lead_time():
    line = Line((station(), station(exp(1.2))), (float("inf"),), arrivals=Arrivals("poisson", 0.6))
    gains = run.simulate(line, replace(SMALL, gains=True)).gains
    leads = [gain.lead_time.mean for gain in gains]
    assert leads == sorted(leads)
    assert gains[0].station == "2"
    assert gains[0].lead_time.ci95[1] < 0.0


def test_faster_scales_every_distribution():
    line = random_line(0)
    services = [s for n in range(200) for st in random_line(n).stations for s in st.service]
    assert {s.dist for s in services} >= {"det", "exp", "erlang", "gamma", "hyperexp", "lognormal", "weibull"}
    for service in [*services, Service("empirical", {}, (1.0, 2.0))]:
        assert faster(service, 2.0).mean == pytest.approx(service.mean / 2.0)
    assert line == random_line(0)


def test_threads_do_not_matter():
    one, two = (run.simulate(SLOW, replace(SMALL, gains=True, threads=n)) for n in (1, 3))
    assert one.bottleneck == two.bottleneck
    assert one.gains == two.gains


def test_nothing_varies():
    line = Line((station(det(1.0)), station(det(2.0)), station(det(1.0))), (1.0, 1.0))
    answer = run.simulate(line, LineOptions(gains=True))
    assert answer.bottleneck.stations[1].momentary.mean == pytest.approx(1.0)
    assert answer.bottleneck.stations[1].critical_path.mean > 0.99
    assert answer.gains[0].throughput.mean == pytest.approx(0.5)
    assert answer.gains[0].throughput.se == 0.0


def test_work_without_time_limits_nothing():
    found = limit_of(Line((station(det(0.0)),) * 2, (1.0,), vehicles=10), LineOptions())
    assert [each.momentary.mean for each in found.stations] == [0.0, 0.0]
