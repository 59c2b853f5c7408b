"""What the referee writes down, and the sums over the window of a run made from it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from knockdown.simulating.line.draws import mix
from knockdown.simulating.line.model import INFINITE
from knockdown.simulating.line.tables import SOJOURN_BITS, SOJOURN_CELLS, TDF, Sums, Tables

Row = tuple[int, int, int, float, float, float, float, float, float, int]


class Change(NamedTuple):
    """One more or fewer place down, or crew busy."""

    time: float
    down: int
    busy: int


@dataclass(slots=True)
class Log:
    """All that happened, in the order in which it happened.

    A row is vehicle, station, visit, arrival, start, done, leave, work, repairs, and how many vehicles had
    left the line before. `periods` are the down times of TDF places: station, place and begin, and the end;
    by their ends, and those without one last.
    """

    rows: list[Row] = field(default_factory=list)
    left: list[tuple[float, int, bool]] = field(default_factory=list)
    entries: list[float] = field(default_factory=list)
    periods: dict[tuple[int, int, float], float] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    arrived: int = 0
    lost: int = 0


def add_sums(log: Log, tables: Tables, vehicles: int, warmup: int, r: int, sums: Sums) -> None:
    """Fill one replication's sums."""
    begin = log.left[warmup - 1][0] if warmup else 0.0
    end = log.left[-1][0]
    for j in range(tables.n_all):
        _add_station(log, tables, j, vehicles, warmup, r, sums)
    sums.count[r], sums.time[r], sums.makespan[r] = vehicles - warmup, end - begin, end
    sums.arrived[r], sums.lost[r] = log.arrived, log.lost
    checksum = 0
    for k, (leave, number, waited) in enumerate(log.left):
        checksum = (checksum + int(mix(leave, number))) % 2**64
        if k >= warmup:
            sojourn = leave - log.entries[k]
            sums.inside[r] += sojourn
            sums.waited[r] += waited
            if sums.sojourns.shape[1]:
                bits = int(np.float64(sojourn).view(np.int64)) >> (52 - SOJOURN_BITS)
                sums.sojourns[r, min(max(bits - tables.sojourn_base, 0), SOJOURN_CELLS - 1)] += 1
    sums.checksum[r] = checksum
    if tables.crews or TDF in tables.mode:
        _add_repairs(log, begin, end, r, sums)


def _add_station(log: Log, tables: Tables, j: int, vehicles: int, warmup: int, r: int, sums: Sums) -> None:
    rows = [row for row in log.rows if row[1] == j]
    if j == tables.n_stations + tables.n_feeders:  # the rework station counts by the line's window
        begin, end = log.left[warmup - 1][0] if warmup else 0.0, log.left[-1][0]
        rows = [row for row in rows if row[9] >= warmup]
    else:
        begin, end = rows[warmup - 1][6] if warmup else 0.0, rows[vehicles - 1][6]
        rows = rows[warmup:vehicles]
    sums.span[r, j] = end - begin
    for _, _, _, arrival, start, done, leave, work, down, _ in rows:
        sums.held[r, j] += leave - start
        sums.blocked[r, j] += leave - done
        sums.work[r, j] += work
        sums.waiting[r, j] += start - arrival
        if tables.mode[j] != TDF:
            sums.down[r, j] += down
    if tables.mode[j] == TDF:
        sums.down[r, j] = _overlap(log, j, begin, end)


def _overlap(log: Log, j: int, begin: float, end: float) -> float:
    """Down time of a station within a span: as repairs ended, then those that go on at its end, by place."""
    periods = [(place, since, until) for (i, place, since), until in log.periods.items() if i == j]
    ended = [p for p in periods if p[2] <= end]
    running = sorted(p for p in periods if p[1] < end < p[2])
    total = 0.0
    for _, since, until in ended + running:
        if until > begin:
            total += min(until, end) - max(since, begin)
    return total


def _add_repairs(log: Log, begin: float, end: float, r: int, sums: Sums) -> None:
    time, n_down, busy = 0.0, 0, 0
    for change in [*log.changes, Change(INFINITE, 0, 0)]:
        length = min(change.time, end) - max(time, begin)
        if length > 0.0:
            sums.n_down[r] += n_down * length
            sums.all_up[r] += length if n_down == 0 else 0.0
            sums.crews_busy[r] += busy * length
        time, n_down, busy = change.time, n_down + change.down, busy + change.busy
