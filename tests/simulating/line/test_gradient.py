"""The critical path: equal to finite differences on the same random numbers."""

import numpy as np
import pytest
from line_strategies import assembly_line, exp, station

from knockdown.simulating.line import gradient, lanes
from knockdown.simulating.line.model import Arrivals, Breakdowns, Calendar, Feeder, Line
from knockdown.simulating.line.tables import cut
from knockdown.simulating.line.vectors import WIDTH

ODF = Breakdowns("odf", 10.0, 2.0)
SOME = np.arange(WIDTH + 2)
STEP = 1e-8
LINES = {
    "no buffers": Line((station(),) * 4, (0.0, 0.0, 0.0)),
    "buffers": Line((station(breakdowns=ODF),) * 4, (0.0, 2.0, float("inf"))),
    "variants": assembly_line(6, 1.0, breakdowns=ODF),
    "calendar": Line((station(breakdowns=ODF),) * 4, (1.0,) * 3, calendar=Calendar(24.1, ((0.0, 8.0),))),
    "closed": Line((station(),) * 3, (2.0, 1.0), arrivals=Arrivals("closed", wip=4)),
    "poisson": Line((station(breakdowns=ODF),) * 3, (2.0, 1.0), arrivals=Arrivals("poisson", 0.4)),
}


@pytest.mark.parametrize("name", LINES)
def test_slopes_are_finite_differences(name):
    line = LINES[name]
    assert gradient.can_play(line) is None
    tables = cut(line)
    sums, found = gradient.play(tables, 5, SOME, 300, 50)
    assert np.array_equal(sums.checksum, lanes.play(tables, 5, SOME, 300, 50).checksum)
    for j in range(tables.n_stations):
        ends = []
        for factor in (1.0 + STEP, 1.0 - STEP):
            scale = tables.scale.copy()
            scale[j] *= factor
            ends.append(lanes.play(tables._replace(scale=scale), 5, SOME, 300, 0).makespan)
        slope = (ends[0] - ends[1]) / (2.0 * STEP)
        assert np.allclose(slope, found.slope[:, j], rtol=0.0, atol=2e-6 * sums.makespan.max())


def test_without_breakdowns_the_path_is_the_makespan():
    sums, found = gradient.play(cut(LINES["no buffers"]), 1, SOME, 500, 0)
    assert np.allclose(found.slope.sum(axis=1), sums.makespan, rtol=1e-12)
    assert np.allclose(found.share.sum(axis=1), 1.0, rtol=1e-12)


def test_what_it_cannot_follow_it_says():
    tdf = Line((station(breakdowns=Breakdowns("tdf", 5.0, 1.0)),), ())
    feeder = Line((station(),), (), feeders=(Feeder(1.0, station(exp(0.5))),))
    shifts = Line((station(),), (), arrivals=Arrivals("poisson", 0.4), calendar=Calendar(24.0, ((0.0, 8.0),)))
    crews = Line((station(breakdowns=ODF),), (), repair_crews=1)
    for line, word in ((tdf, "repair"), (feeder, "feeders"), (shifts, "shift"), (crews, "crews")):
        assert word in (gradient.can_play(line) or "")
