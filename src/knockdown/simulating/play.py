"""Runs replications on threads: the same bits for any number of them and in any order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knockdown.simulating import codes, kernels
from knockdown.simulating.arrays import Log, Tables, tables
from knockdown.simulating.question import Scenario, UnitSpec

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


@dataclass(frozen=True)
class Rehearsal:
    """A scenario in its final order, its tables with planned starts, and the plan played as meant."""

    scenario: Scenario
    tables: Tables
    planned: Played


def prepare(scenario: Scenario) -> Rehearsal:
    """Settle the planned order and the planned starts.

    The plan is played three times: waiting for no kit, to see when each unit's turn would come; then with
    each unit taken at its turn, or when the plan has its kit and components if that is later; and in the
    order found.
    """
    first = tables(scenario)
    turns = play(first, 0, [0], codes.NOTHING, codes.UNHINDERED)
    taken = play(first.with_plan(turns.start_cal[0]), 0, [0], codes.NOTHING)
    settled = replace(scenario, units=_in_order(scenario, first, taken))
    bare = first if settled.units == scenario.units else tables(settled)
    planned = play(bare, 0, [0], codes.NOTHING, codes.AS_PLANNED)
    return Rehearsal(settled, bare.with_plan(planned.start_cal[0]), planned)


def _in_order(scenario: Scenario, ready: Tables, taken: Played) -> tuple[UnitSpec, ...]:
    """Units in the order in which each line took them."""
    units = []
    for line, spec in enumerate(scenario.lines):
        if spec.kind != "bay":
            a, b = ready.hall.unit_first[line : line + 2]
            members = ready.hall.line_units[a:b][taken.log.order[a:b]]
            units += [scenario.units[i] for i in members.tolist()]
    return tuple(units)


def play(
    ready: Tables,
    seed: int,
    replications: Sequence[int],
    switches: int = codes.EVERYTHING,
    ordering: int = codes.AS_READY,
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
    ordering : int
        AS_READY, AS_PLANNED or UNHINDERED of `knockdown.simulating.kernels`.
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
        return _play_share(ready, seed, numbers, switches, ordering)
    with ThreadPoolExecutor(n_threads) as pool:
        parts = list(pool.map(lambda part: _play_share(ready, seed, part, switches, ordering), shares))
    return Played(
        start_cal=np.concatenate([p.start_cal for p in parts]),
        leave_cal=np.concatenate([p.leave_cal for p in parts]),
        states=np.concatenate([p.states for p in parts]),
        overtime=np.concatenate([p.overtime for p in parts]),
        kits_late=np.concatenate([p.kits_late for p in parts]),
        log=parts[0].log,
    )


def _play_share(ready: Tables, seed: int, numbers: Ints, switches: int, ordering: int) -> Played:
    n_units, n_stations, n_periods = ready.shape
    n = len(numbers)
    start, leave = np.zeros((n, n_units), np.int64), np.zeros((n, n_units), np.int64)
    states = np.zeros((n, n_stations, codes.N_STATES), np.int64)
    used, late = np.zeros((n, n_periods), np.int64), np.zeros(n, np.int64)
    log = ready.new_log()
    for r, number in enumerate(numbers):
        late[r] = kernels.play_one(
            ready.hall, ready.jobs, ready.kits, ready.campaigns, ready.days, np.uint64(seed), number,
            switches, ordering, ready.wait_ms, log, start[r], leave[r], states[r], used[r],
        )  # fmt: skip
    return Played(start, leave, states, used, late, log)
