"""Runs replications on threads: the same bits for any number of them and in any order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knockdown.simulating import kernels
from knockdown.simulating.arrays import Log, Tables, tables
from knockdown.simulating.question import Scenario

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Played:
    """Replications, one a row. Times in ms of calendar time; states in ms of working time.

    `log` belongs to the replication played last (of the first thread's share).
    """

    start_cal: Ints
    leave_cal: Ints
    states: Ints
    overtime: Ints
    kits_late: Ints
    log: Log


def prepare(scenario: Scenario) -> tuple[Tables, Played]:
    """Tables of a scenario with planned starts in them, and the plan played once, nothing going wrong."""
    bare = tables(scenario)
    planned = play(bare, 0, [0], kernels.NOTHING, keep_order=True)
    return bare.with_plan(planned.start_cal[0]), planned


def play(
    ready: Tables,
    seed: int,
    replications: Sequence[int],
    switches: int = kernels.EVERYTHING,
    keep_order: bool = False,
    threads: int | None = None,
) -> Played:
    """Play replications by number.

    Parameters
    ----------
    ready : Tables
        Tables of `prepare`.
    seed : int
        0 <= seed < 2**64.
    replications : sequence of int
        Numbers of the replications; each number names its own random numbers, whatever is played with it.
    switches : int
        What may go wrong: a sum of KIT_LATE, PART_MISSING, ... of `knockdown.simulating.kernels`.
    keep_order : bool
        Build in planned order, whatever kits do.
    threads : int, optional
        At most so many; by default one a processor.

    Returns
    -------
    Played
    """
    numbers = np.array(replications, np.int64)
    n_threads = max(1, min(threads or os.cpu_count() or 1, len(numbers) // 4))
    shares = [part for part in np.array_split(numbers, n_threads) if len(part)]
    if len(shares) <= 1:
        return _play_share(ready, seed, numbers, switches, keep_order)
    with ThreadPoolExecutor(n_threads) as pool:
        parts = list(pool.map(lambda part: _play_share(ready, seed, part, switches, keep_order), shares))
    return Played(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in list(Played.__annotations__)[:-1]),
        parts[0].log,
    )


def _play_share(ready: Tables, seed: int, numbers: Ints, switches: int, keep_order: bool) -> Played:
    n_units, n_stations, n_periods = ready.shape
    n = len(numbers)
    start, leave = np.zeros((n, n_units), np.int64), np.zeros((n, n_units), np.int64)
    states = np.zeros((n, n_stations, kernels.N_STATES), np.int64)
    used, late = np.zeros((n, n_periods), np.int64), np.zeros(n, np.int64)
    log = ready.new_log()
    kernels.play_many(
        ready.hall, ready.jobs, ready.kits, ready.campaigns, ready.days, np.uint64(seed), numbers, switches,
        keep_order, ready.wait_ms, log, start, leave, states, used, late,
    )  # fmt: skip
    return Played(start, leave, states, used, late, log)
