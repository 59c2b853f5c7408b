"""The referee on lines small enough to follow by hand."""

import numpy as np
import pytest
from line_strategies import det, station

from knockdown.simulating.line import plain
from knockdown.simulating.line.model import (
    Arrivals,
    Breakdowns,
    Calendar,
    Feeder,
    Line,
    Rework,
)
from knockdown.simulating.line.tables import cut


def visits(line: Line, vehicles: int = 3) -> dict[tuple[int, int, int], tuple[float, float, float, float]]:
    """Arrival, start, done and leave by vehicle, station and visit."""
    found = plain.trace(cut(line), 1, 0, vehicles)
    names = zip(found.vehicle.tolist(), found.station.tolist(), found.visit.tolist(), strict=True)
    times = zip(*(column.tolist() for column in found[3:]), strict=True)
    return dict(zip(names, times, strict=True))


def test_a_finished_vehicle_keeps_its_place_until_there_is_room():
    found = visits(Line((station(det(1.0)), station(det(3.0))), (0.0,)))
    assert found[1, 0, 0] == (1.0, 1.0, 2.0, 4.0)
    assert found[2, 0, 0] == (4.0, 4.0, 5.0, 7.0)
    assert found[2, 1, 0] == (7.0, 7.0, 10.0, 10.0)


def test_a_buffer_lets_it_go():
    found = visits(Line((station(det(1.0)), station(det(3.0))), (1.0,)))
    assert found[1, 0, 0] == (1.0, 1.0, 2.0, 2.0)
    assert found[1, 1, 0] == (2.0, 4.0, 7.0, 7.0)


def test_places_share_a_queue():
    found = visits(Line((station(det(1.0)), station(det(5.0), places=2)), (2.0,)), 4)
    assert [found[n, 1, 0][1] for n in range(4)] == [1.0, 2.0, 6.0, 7.0]


def test_work_stops_outside_shifts_and_ends_with_one():
    line = Line((station(det(3.0)),), (), calendar=Calendar(10.0, ((1.0, 4.0), (5.0, 7.0))))
    assert [visits(line)[n, 0, 0][1:3] for n in range(3)] == [(0.0, 4.0), (4.0, 11.0 + 1.0), (12.0, 16.0)]


def test_station_1_waits_for_a_part_of_each_feeder():
    feeders = (Feeder(0.0, station(det(2.0))), Feeder(1.0, station(det(1.0))))
    found = visits(Line((station(det(1.0)),), (), feeders=feeders))
    assert [found[n, 0, 0][1] for n in range(3)] == [2.0, 4.0, 6.0]
    assert found[1, 1, 0] == (2.0, 2.0, 4.0, 4.0)
    assert found[2, 2, 0] == (2.0, 2.0, 3.0, 4.0)  # the buffer of one holds part 1 until 4


def test_a_failed_vehicle_leaves_at_once_and_comes_back():
    always = Rework(0, 1.0, 1, station(det(4.0)))
    found = visits(Line((station(det(1.0)), station(det(1.0))), (0.0,), rework=always), 2)
    assert found[0, 2, 0] == (1.0, 1.0, 5.0, 5.0)
    assert found[0, 1, 0] == (5.0, 5.0, 6.0, 6.0)
    assert found[1, 2, 0] == (2.0, 5.0, 9.0, 9.0)


def test_vehicles_come_again_until_they_pass():
    often = Rework(0, 0.9, 0, station(det(1.0)))
    found = visits(Line((station(det(1.0)),), (), arrivals=Arrivals("closed", wip=1), rework=often), 5)
    n_visits = [sum(1 for n, j, _ in found if (n, j) == (number, 0)) for number in range(5)]
    assert max(n_visits) > 2
    for number in range(5):
        assert [found[number, 0, k][2] - found[number, 0, k][1] for k in range(n_visits[number])] == (
            pytest.approx([1.0] * n_visits[number])
        )
        if number:
            assert found[number, 0, 0][0] == found[number - 1, 0, n_visits[number - 1] - 1][3]


def test_repairs_lengthen_work_by_what_is_drawn():
    odf = station(det(50.0), breakdowns=Breakdowns("odf", 10.0, 1.0))
    tables = cut(Line((odf,), ()))
    sums = plain.play(tables, 1, np.arange(1), 200, 0)
    assert sums.down[0, 0] == pytest.approx(sums.makespan[0] - 200 * 50.0)
    assert sums.down[0, 0] == pytest.approx(200 * 5.0, rel=0.15)


def test_one_crew_repairs_one_place_at_a_time():
    tdf = station(det(1.0), places=3, breakdowns=Breakdowns("tdf", 5.0, 5.0))
    sums = plain.play(cut(Line((tdf,), (), repair_crews=1)), 1, np.arange(1), 3000, 100)
    assert sums.crews_busy[0] <= sums.time[0]
    assert sums.crews_busy[0] < sums.n_down[0]
    free = plain.play(cut(Line((tdf,), ())), 1, np.arange(1), 3000, 100)
    assert free.n_down[0] / free.time[0] == pytest.approx(1.5, rel=0.1)
    assert free.down[0, 0] == pytest.approx(free.n_down[0])


def test_a_full_entry_loses_vehicles():
    line = Line((station(det(1.0)),), (), arrivals=Arrivals("poisson", 1.0, 3), entry_buffer=0.0)
    sums = plain.play(cut(line), 1, np.arange(1), 500, 0)
    assert sums.arrived[0] - sums.lost[0] == 500
    assert sums.lost[0] > 2 * 500


def test_sums_are_those_of_the_log():
    line = Line((station(), station()), (1.0,))
    tables = cut(line)
    log, sums = plain.trace(tables, 3, 0, 200), plain.play(tables, 3, np.arange(1), 200, 50)
    second = (log.station == 1) & (log.vehicle >= 50)
    assert sums.held[0, 1] == pytest.approx(np.sum((log.leave - log.start)[second]))
    assert sums.waiting[0, 1] == pytest.approx(np.sum((log.start - log.arrival)[second]))
    assert sums.time[0] == log.leave[-1] - log.leave[(log.station == 1) & (log.vehicle == 49)][0]
    assert sums.makespan[0] == log.leave[-1]
