"""Paced lines: the compiled moves are those of the belt of cells told in plain Python."""

from dataclasses import replace

import numpy as np
import pytest
import simulating_tiny as tiny

from knockdown.simulating import check, codes
from knockdown.simulating.play import play, prepare
from knockdown.simulating.run import simulate
from knockdown.simulating.scenario import from_plant
from knockdown.timing.plain import line_times, paced_times


def paced_plant(places=1, buffer_after=1, wip=0, **changes):
    plant = tiny.plant(**changes)
    lines = {
        name: row.model_copy(update={"paced": row.kind == "line", "wip_max_units": wip})
        for name, row in plant.lines.items()
    }
    stations = {
        name: row.model_copy(update={"places": places + (row.position % 2), "buffer_after": buffer_after})
        for name, row in plant.stations.items()
    }
    return replace(plant, lines=lines, stations=stations)


def line_log(rehearsal, played, line):
    hall, log = rehearsal.tables.hall, played.log
    n = int(hall.unit_first[line + 1] - hall.unit_first[line])
    n_stations = int(hall.station_first[line + 1] - hall.station_first[line])
    cells = slice(int(hall.base_first[line]), int(hall.base_first[line]) + n * n_stations)
    return [t[cells].reshape(n, n_stations) for t in (log.start, log.done, log.leave)]


@pytest.mark.parametrize(("places", "buffer_after", "wip"), [(1, 0, 0), (1, 1, 0), (2, 1, 0), (2, 0, 3)])
@pytest.mark.parametrize("replication", range(3))
def test_the_compiled_moves_are_the_belt(places, buffer_after, wip, replication):
    year = prepare(from_plant(paced_plant(places, buffer_after, wip), tiny.plan()))
    played = play(year.tables, 4, [replication])
    check.check(year.scenario, year.tables, played)
    paced = 0
    for line, spec in enumerate(year.scenario.lines):
        if not spec.paced:
            continue
        start, done, leave = line_log(year, played, line)
        told = paced_times(
            start[:, 0].tolist(),
            (done - start).tolist(),
            [s.places for s in spec.stations],
            [s.buffer_after for s in spec.stations],
            spec.wip_max,
        )
        assert [start.tolist(), done.tolist(), leave.tolist()] == list(told)
        paced += len(start)
    assert paced > 100


def test_nothing_going_wrong_is_the_build_calendar():
    year = prepare(from_plant(paced_plant(), tiny.plan()))
    quiet = play(year.tables, 5, [0, 3], codes.NOTHING)
    assert (quiet.leave_cal == year.planned.leave_cal[0]).all()
    assert (quiet.start_cal == year.planned.start_cal[0]).all()


def test_a_paced_line_is_never_ahead_of_the_same_line_unpaced():
    rng = np.random.default_rng(6)
    for _ in range(40):
        n, m = rng.integers(1, 15), rng.integers(1, 6)
        ready = np.sort(rng.integers(0, 300, n)).tolist()
        work = rng.integers(0, 50, (n, m)).tolist()
        places, buffers = rng.integers(1, 3, m).tolist(), rng.integers(0, 3, m).tolist()
        slow, quick = paced_times(ready, work, places, buffers), line_times(ready, work, places, buffers)
        assert (np.array(slow[2]) >= np.array(quick[2])).all()


def test_equal_work_makes_a_paced_line_an_unpaced_one():
    work = [[7] * 4] * 9
    assert paced_times([0] * 9, work, [1] * 4, [0] * 4) == line_times([0] * 9, work, [1] * 4, [0] * 4)


def test_time_adds_up_and_the_same_bits_come_from_any_threads():
    plant = paced_plant()
    twins = [simulate(plant, tiny.plan(), 24, seed=2, threads=n) for n in (1, 3)]
    assert twins[0].checksum == twins[1].checksum != simulate(tiny.plant(), tiny.plan(), 24, seed=2).checksum
    for row in twins[0].stations:
        shares = (row.working, row.slow, row.down, row.rework, row.blocked, row.starved, row.kit)
        assert abs(sum(shares) - 1) < 1e-12
        assert min(shares) >= 0
