"""The bench plays every row, and what it says of departures does not depend on the clock."""

import io
import json

import numpy as np
import pytest
from line_strategies import station
from rich.console import Console

from knockdown.cli import show_bench
from knockdown.documents.line_bench import LineBenchReport
from knockdown.simulating.line import lanes, plain
from knockdown.simulating.line.model import Breakdowns, Calendar, Line, Rework
from knockdown.simulating.line.tables import cut
from knockdown.simulating.trials import simpy_line
from knockdown.simulating.trials.bench import LONG, SHORT, Counts, table
from knockdown.simulating.trials.drawn import drawn_for

TINY = Counts(60, 60, 17, 60, 60, 2, 1)


@pytest.fixture(scope="module")
def report():
    return table(False, lambda text: None, TINY)


def test_departures_are_those_of_the_peer(report):
    peers = [row.peer for row in report.rows if row.peer]
    assert len(peers) == 5
    assert all(peer.endswith("departures equal") for peer in peers)


def test_the_report_is_a_paper_and_is_shown(report):
    text = report.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == "knockdown.bench.simulating/1"
    assert LineBenchReport.model_validate_json(text) == report
    out = io.StringIO()
    show_bench.promises(Console(file=out, width=100), "Lines", report)
    assert "Lines, measured here" in out.getvalue()


def test_the_design_points_are_those_promised():
    assert SHORT.design_points == LONG.design_points == 1_000


@pytest.mark.parametrize("crews", [None, 1])
def test_the_peer_keeps_the_same_sums(crews):
    stations = (station(breakdowns=Breakdowns("odf", 8.0, 2.0)),) * 5
    rework = Rework(3, 0.2, 2, station()) if crews else None
    calendar = Calendar(24.0, ((0.0, 8.0), (10.0, 18.0)))
    tables = cut(Line(stations, (2.0,) * 4, repair_crews=crews, rework=rework, calendar=calendar))
    told = simpy_line.play(tables, drawn_for(tables, 3, 1, 400), 400, 50)
    sums = (plain if crews else lanes).play(tables, 3, np.array([1]), 400, 50)
    assert told.checksum == int(sums.checksum[0])
    assert told.inside == sums.inside[0]
    for q, name in enumerate(("held", "blocked", "down", "work", "waiting")):
        assert np.array_equal([row[q] for row in told.sums], getattr(sums, name)[0]), name
