"""Many design points on all cores, as a process of its own; and the least that a process can answer."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from knockdown.simulating.line import lanes
from knockdown.simulating.line.tables import Tables, cut
from knockdown.simulating.line.threads import play_shares
from knockdown.simulating.trials.lines import reference_line

REPLICATIONS, VEHICLES, WARMUP = 20, 1_000, 100


class Point(NamedTuple):
    """Throughput of a design point, and half the width of its interval of 95 %."""

    throughput: float
    half_width: float


def play_point(tables: Tables, seed: int = 1) -> Point:
    """Play one design point."""
    sums = lanes.play(tables, seed, np.arange(REPLICATIONS), VEHICLES, WARMUP)
    rates = sums.count / sums.time
    return Point(float(rates.mean()), 2.093 * float(rates.std(ddof=1)) / math.sqrt(REPLICATIONS))


def sweep(points: int) -> list[Point]:
    """Play a line with one station slower and slower, on the same random numbers."""
    base = cut(reference_line())
    tables = []
    for i in range(points):
        scale = base.scale.copy()
        scale[9] *= 1.0 + 0.2 * i / points
        tables.append(base._replace(scale=scale))
    return play_shares(play_point, tables)


def first_answer() -> Point:
    """Play one design point in a process that has just begun."""
    return sweep(1)[0]
