"""The event engine: plays every line, one event at a time, in memory that grows with queues only."""

from __future__ import annotations

import numpy as np

from knockdown.simulating.line import plain
from knockdown.simulating.line.event_kernel import FINISHED, MORE_SLOTS, play_on
from knockdown.simulating.line.event_state import (
    ARRIVED,
    BEGAN,
    BUSY_AREA,
    CELLS,
    CHECKSUM,
    DOWN_AREA,
    FROM,
    LOST,
    N_CELLS,
    N_ROWS,
    N_WAITED,
    NOW,
    PLACE,
    SOJOURNS,
    STATION,
    UNTIL,
    UP_AREA,
    WIDE,
    Memory,
    more_rows,
    more_slots,
    new_memory,
)
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.tables import POISSON, Ints, Sums, Tables, Visits, new_sums, visits_of


def can_play(line: Line) -> str | None:
    """None when this engine can play a line, else the reason."""
    return plain.can_play(line)


def play(tables: Tables, seed: int, replications: Ints, vehicles: int, warmup: int) -> Sums:
    """Sums over the window of each replication."""
    sums = new_sums(len(replications), tables.n_all, tables.process == POISSON)
    for r, replication in enumerate(replications):
        names = (seed, int(replication), vehicles, warmup)
        memory = _run(new_memory(tables, names, sums.sojourns.shape[1]))
        _add(tables, memory, vehicles - warmup, r, sums)
    return sums


def trace(tables: Tables, seed: int, replication: int, vehicles: int) -> Visits:
    """Every visit of one replication."""
    memory = _run(new_memory(tables, (seed, replication, vehicles, 0), 0, logged=True))
    return visits_of(memory.rows.reshape(-1, 7)[: memory.i[N_ROWS]])


def _run(memory: Memory) -> Memory:
    status = play_on(memory, True)
    while status != FINISHED:
        memory = more_slots(memory) if status == MORE_SLOTS else more_rows(memory)
        status = play_on(memory, False)
    return memory


def _add(tables: Tables, memory: Memory, count: int, r: int, sums: Sums) -> None:
    i, f = memory.i, memory.f
    stations = f[STATION : i[PLACE]].reshape(-1, WIDE)
    for column, by_station in enumerate(sums[:5]):
        by_station[r] = stations[:, column]
    sums.count[r], sums.time[r], sums.makespan[r] = count, f[NOW] - f[BEGAN], f[NOW]
    sums.span[r] = sums.time[r]  # of the rework station
    n = tables.n_all - tables.n_rework
    sums.span[r, :n] = stations[:n, UNTIL] - stations[:n, FROM]
    sums.inside[r], sums.waited[r], sums.checksum[r] = f[SOJOURNS], i[N_WAITED], i[CHECKSUM].view(np.uint64)
    sums.sojourns[r] = i[i[CELLS] : i[CELLS] + i[N_CELLS]]
    sums.arrived[r], sums.lost[r] = i[ARRIVED], i[LOST]
    sums.n_down[r], sums.all_up[r], sums.crews_busy[r] = f[DOWN_AREA], f[UP_AREA], f[BUSY_AREA]
