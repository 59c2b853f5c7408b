"""The momentary bottleneck: of all places at work, the one that has been and will be so for longest.

A place is active while it works, is set up or repaired, and inactive while it is blocked or starved. At each
moment the place whose active period, from beginning to end, is the longest is the bottleneck of that moment.
Where the period of one bottleneck overlaps that of the next, of another station, the bottleneck shifts;
elsewhere it is the sole one.

Source: Roser, Nakano and Tanaka, "Shifting bottleneck detection", Winter Simulation Conference 2002,
1079-1086. At an overlap they count both stations; here one moment has one bottleneck, the one of the longer
period, so that shares sum to the time in which any place was active.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knockdown.simulating.line.tables import POISSON, Floats, Ints, Tables, Visits


class Active(NamedTuple):
    """Times within a window, by station: as the bottleneck, and of this while it was the sole one."""

    moment: Floats
    sole: Floats
    window: float


class Periods(NamedTuple):
    """Active periods of places, in no order."""

    station: Ints
    begin: Floats
    end: Floats


def momentary(tables: Tables, log: Visits, window: tuple[float, float]) -> Active:
    """How long each station was the bottleneck.

    Parameters
    ----------
    tables : Tables
    log : Visits
        All visits of a run.
    window : (float, float)
        Times between which is counted; with a calendar only working time is.
    """
    clock = [_working_time(tables, np.array([time]))[0] for time in window]
    periods = periods_of(tables, log)
    moment, sole = _shares(periods, (float(clock[0]), float(clock[1])), tables.n_all)
    return Active(moment, sole, float(clock[1] - clock[0]))


def window_of(tables: Tables, log: Visits, warmup: int) -> tuple[float, float]:
    """From when the line is warm until the last vehicle comes to it, else until all have left."""
    last = (log.station == tables.n_stations - 1) & (log.visit == 0)
    leave = np.sort(log.leave[last])
    begin = float(leave[warmup - 1]) if warmup else 0.0
    first = log.station == 0
    coming = log.arrival if tables.process == POISSON else log.start
    end = float(coming[first].max())
    return begin, end if warmup and end > begin else float(log.leave.max())


def periods_of(tables: Tables, log: Visits) -> Periods:
    """Visits without a gap between them joined; a place that begins as soon as it is done goes on."""
    begin, done = _working_time(tables, log.start), _working_time(tables, log.done)
    leave = _working_time(tables, log.leave)
    found = []
    for j in range(tables.n_all):
        rows = np.flatnonzero(log.station == j)
        rows = rows[np.lexsort((log.done[rows], log.start[rows]))]
        join = _joined if tables.places[j] == 1 else _joined_of_many
        first, last = join(begin[rows], done[rows], leave[rows])
        found.append(Periods(np.full(len(first), j, dtype=np.int64), first, last))
    return Periods(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _joined(begin: Floats, done: Floats, leave: Floats) -> tuple[Floats, Floats]:
    """Work of one place, in order, with work that follows at once joined to it."""
    apart = np.flatnonzero(begin[1:] > done[:-1])
    if len(begin) == 0:
        return begin, done
    first = begin[np.concatenate([[0], apart + 1])]
    last = done[np.concatenate([apart, [len(done) - 1]])]
    return first, last


def _joined_of_many(begin: Floats, done: Floats, leave: Floats) -> tuple[Floats, Floats]:
    """The same where places share a queue: one goes on where a vehicle leaves as the next begins."""
    rows = np.flatnonzero((leave > begin) | (done > begin))
    begin, done, leave = begin[rows], done[rows], leave[rows]
    freed = np.flatnonzero((done == leave) & (done > begin))
    freed = freed[np.argsort(done[freed], kind="stable")]
    ends = done[freed]
    place = np.searchsorted(ends, begin) + np.arange(len(begin)) - np.searchsorted(begin, begin)
    follows = np.flatnonzero(place < len(ends))
    follows = follows[ends[place[follows]] == begin[follows]]
    before = np.arange(len(begin))
    before[follows] = freed[place[follows]]
    is_last = np.ones(len(begin), dtype=bool)
    is_last[before[follows]] = False
    head = before
    while not np.array_equal(head, head[head]):
        head = head[head]
    return begin[head[is_last]], done[is_last]


def _working_time(tables: Tables, times: Floats) -> Floats:
    """Times on a clock that stands still outside of shifts."""
    if tables.period <= 0.0:
        return times
    day = np.floor(times / tables.period)
    rest = times - day * tables.period
    found = day * float(np.sum(tables.shift_ends - tables.shift_starts))
    for start, end in zip(tables.shift_starts, tables.shift_ends, strict=True):
        found = found + np.minimum(np.maximum(rest - start, 0.0), end - start)
    return np.asarray(found)


def _shares(periods: Periods, window: tuple[float, float], n_all: int) -> tuple[Floats, Floats]:
    """Time as the bottleneck within the window, and of this as the sole one, by station."""
    low, high = window
    kept = (periods.end > low) & (periods.begin < high) & (periods.end > periods.begin)
    station, begin, end = periods.station[kept], periods.begin[kept], periods.end[kept]
    edges = np.unique(np.concatenate([begin, end, [low, high]]))
    first, after = np.searchsorted(edges, begin), np.searchsorted(edges, end)
    owner = np.full(len(edges) - 1, -1, dtype=np.int64)
    for period in np.lexsort((-station, -begin, end - begin)).tolist():  # longer ones paint over shorter
        owner[first[period] : after[period]] = period
    shifts = _shifting(owner, station, first, after)
    length = np.where((edges[:-1] >= low) & (edges[1:] <= high), np.diff(edges), 0.0)
    has = owner >= 0
    whose = station[owner[has]]
    moment = np.bincount(whose, weights=length[has], minlength=n_all)
    sole = np.bincount(whose, weights=np.where(shifts, 0.0, length)[has], minlength=n_all)
    return np.asarray(moment, np.float64), np.asarray(sole, np.float64)


def _shifting(owner: Ints, station: Ints, first: Ints, after: Ints) -> NDArray[np.bool_]:
    """Pieces of time in which the bottleneck's period overlaps that of the one before or after it."""
    change = np.flatnonzero(owner[1:] != owner[:-1])
    one, next_one = owner[change], owner[change + 1]
    both = (one >= 0) & (next_one >= 0)
    one, next_one = one[both], next_one[both]
    apart = station[one] != station[next_one]
    one, next_one = one[apart], next_one[apart]
    steps = np.zeros(len(owner) + 1, dtype=np.int64)
    begin = np.maximum(first[one], first[next_one])
    end = np.minimum(after[one], after[next_one])
    np.add.at(steps, begin, 1)
    np.add.at(steps, np.maximum(begin, end), -1)
    return np.asarray(np.cumsum(steps)[:-1] > 0)
