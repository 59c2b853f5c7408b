"""Compiles the room's kernels ahead of their first use; the result is kept on disk by Numba."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from knockdown.basics.periods import months_from
from knockdown.simulating import kernels
from knockdown.simulating.play import prepare
from knockdown.simulating.question import (
    FamilySpec,
    LineSpec,
    LotSpec,
    Options,
    Scenario,
    StationSpec,
    UnitSpec,
)
from knockdown.simulating.tally import tally
from knockdown.timing.recursion import line_times


def warm() -> None:
    """Run every kernel once on a tiny input.

    Examples
    --------
    >>> warm()
    """
    scenario = _smallest()
    tally(scenario, prepare(scenario).tables, 1, 1)
    kernels.demand_factors(np.uint64(1), np.zeros(1, np.int64), 1, 1, np.zeros(1))
    one = np.ones(1, np.int64)
    line_times(one, one.reshape(1, 1), one, one)


def _smallest() -> Scenario:
    start = date(2026, 1, 1)
    station = StationSpec("s", "s", 1, 1.0, 0, 0.1, 0.1, 1.0, 0.1, 1.0, (1.0, 1.0), (1, 1))
    line = LineSpec("l", "l", "line", None, 0, (station,), 0.9, (0.0, 0.0), 60.0, 1, None)
    lot = LotSpec("k", "v", 1, 1.0, 0.0, 0.5, 1.0, 2.0, 0.5, 0.5, (1.0, 2.0, 3.0))
    return Scenario(
        plant="p",
        start=start,
        periods=months_from(start, 1),
        workdays=tuple(start + timedelta(days=i) for i in range(60)),
        windows_min=((480, 720),),
        lines=(line,),
        families=(FamilySpec("f", 0.0, False),),
        variants={"v": "f"},
        needs={},
        minutes={("f", "s"): 10.0},
        units=(UnitSpec("v-1", "v", "f", "l", 0, 0, 1.0, False),),
        lots=(lot,),
        opening_finished={},
        sales=(),
        planned_stock={},
        planned_overtime_h=(0.0,),
        options=Options(),
    )
