"""Plays replications block by block and keeps of each only what the papers ask: memory stays small."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from knockdown.simulating.arrays import Floats, Ints, Tables
from knockdown.simulating.play import play
from knockdown.simulating.question import Scenario
from knockdown.simulating.results import days_late
from knockdown.simulating.selling import built_and_used

PLAYED_AT_ONCE = 256
MOST_TIMES_AT_ONCE = 4_000_000  # of units leaving, 32 MB


@dataclass(frozen=True)
class Tally:
    """Replications, one a row. `built` and `used` are units by variant and period; states in ms.

    `first_leave_cal` is when the units of the first replication leave; `checksum` is of all departures.
    """

    built: Ints
    used: Ints
    states: Ints
    overtime: Ints
    kits_late: Ints
    days_late: Floats
    units_late: int
    first_leave_cal: Ints
    checksum: str


def tally(
    scenario: Scenario,
    ready: Tables,
    seed: int,
    replications: int,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Tally:
    """Play replications 0, 1, ... and count.

    Parameters
    ----------
    scenario, ready
        The question, and its tables.
    seed : int
        0 <= seed < 2**64.
    replications : int
        1 or more.
    threads : int, optional
        At most so many; by default one a processor.
    progress : callable, optional
        Called with the share done.
    """
    digest, first, units_late = hashlib.sha256(), np.zeros(0, np.int64), 0
    parts = []
    at_once = max(8, min(PLAYED_AT_ONCE, MOST_TIMES_AT_ONCE // max(1, len(scenario.units))))
    for a in range(0, replications, at_once):
        b = min(replications, a + at_once)
        played = play(ready, seed, range(a, b), threads=threads)
        digest.update(played.leave_cal.astype("<i8").tobytes())
        first = played.leave_cal[0].copy() if a == 0 else first
        units_late += int((played.leave_cal > ready.jobs.due_cal).sum())
        parts.append(
            (
                *built_and_used(scenario, ready, played),
                played.states,
                played.overtime,
                played.kits_late,
                days_late(scenario, ready, played),
            )
        )
        progress(b / replications)
    built, used, states, overtime, kits_late, days = (np.concatenate(p) for p in zip(*parts, strict=True))
    return Tally(
        built, used, states, overtime, kits_late, days, units_late, first, digest.hexdigest()[:32]
    )  # fmt: skip
