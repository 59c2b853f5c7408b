"""Memory of the event engine: rows of numbers in two long arrays, so that a run can be stopped and resumed.

`i` holds whole numbers and `f` times. A row begins at the same place in both, and that place names it:
`i[p + SLOT]` is a whole number of place p and `f[p + UP]` a time of it. First come two rows for the line,
then a row for each station and place and what else is needed, and last, because they may become more, one for
each vehicle or part that is there. When vehicles or log rows run out, the kernel stops between two events,
gets more from Python and goes on.

Columns and rows are unsigned: an index that may be negative costs Numba two more instructions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from knockdown.simulating.line.lane_room import one_shape
from knockdown.simulating.line.tables import TDF, Floats, Tables
from knockdown.simulating.line.vectors import WIDTH


def _columns(first: int, n: int) -> list[np.uint64]:
    return [np.uint64(first + k) for k in range(n)]


WIDE, SMALL = np.uint64(32), np.uint64(8)  # rows of stations, rows of places
NO_ONE, OUT = np.uint64(0), np.uint64(1)  # no row begins there

# The line: what never changes in a run, what does, and where things begin.
(N_STATIONS, N_FEEDERS, N_ALL, PROCESS, WIP, LOT_SIZE, N_CREWS, REWORK, REWORK_AFTER, REWORK_TO, HAS_REPAIRS,
 MARGIN, SOJOURN_BASE, SEED, REPLICATION, VEHICLES, WARMUP, LAST) = _columns(2, 18)  # fmt: skip
(ENTERED, GONE, STARTS, FREE_SLOT, N_FREE, CREWS, N_REQUESTS, PENDING, LOTS, N_DOWN, N_BUSY, ARRIVED, LOST,
 N_WAITED, CHECKSUM, N_ROWS) = _columns(20, 16)  # fmt: skip
(PLACE, REQUESTS, KEYS, N_KEYS, SLOTS, SLOT_WIDTH, SHAPES, N_VARIANTS, SHIFTS, N_SHIFTS, BLOCK, CELLS,
 N_CELLS) = _columns(36, 13)  # fmt: skip
NOW, SOJOURNS, DOWN_AREA, UP_AREA, BUSY_AREA, CHANGED, BEGAN, GAP, P_FAIL, PERIOD = _columns(0, 10)
STATION = np.uint64(64)

# Stations. `ROOM`: most vehicles in the queue and on places; for feeders, parts in the buffer.
(HEAD, TAIL, INSIDE, FREE, LAST_FREE, BLOCKED, LAST_BLOCKED, N_LEFT, ROOM, FIRST, N_PLACES, MODE, IN_LOOP,
 KEY, STOCK, PARTS, ORDINAL) = _columns(0, 17)  # fmt: skip
HELD, BLOCKED_TIME, DOWN_TIME, WORK_TIME, WAITING, FROM, UNTIL, MTTF, MTTR = _columns(0, 9)

# Places. `BEHIND`: the next free one, or the next blocked one. `LEFT`: work not planned yet, or -1.
SLOT, BEHIND, STARTED, FAILURES, IS_DOWN, OF_STATION, INDEX = _columns(0, 7)
FINISH_AT, CLOCK_AT, LEFT, UP, ASKED = _columns(0, 5)

# Vehicles and parts. `NEXT`: behind it in a queue, or in the list of free rows. Work at station j: WORKS + j.
NUMBER, VARIANT, ATTEMPT, NEXT, WAITED = _columns(0, 5)
ENTRY, ARRIVAL, START, DONE, DOWN, WORK = _columns(0, 6)
WORKS = np.uint64(8)

NO_END = 1 << 62


class Memory(NamedTuple):
    """Everything that a run reads and writes."""

    i: Any
    f: Any
    rows: Any
    quantiles: Any


def new_memory(
    tables: Tables, names: tuple[int, int, int, int], n_cells: int, logged: bool = False
) -> Memory:
    """Memory before time 0; `names`: seed, replication, vehicles, warm-up; `n_cells` of the
    histogram of sojourns.
    """
    t = tables
    m, n_places = t.n_all, int(t.places.sum())
    n_keys = -(-(m + 1) // WIDTH) * WIDTH
    station, wide, small = int(STATION), int(WIDE), int(SMALL)
    place = station + wide * m
    keys = place + small * n_places
    requests = keys + n_keys
    shapes = requests + n_places + 1
    shifts = shapes + 3 * t.kind.size + len(t.chances)
    block = shifts + 2 * len(t.shift_starts)
    cells = block + (m + 2) * WIDTH
    slots = cells + n_cells
    i, f = np.zeros(slots, dtype=np.int64), np.full(slots, np.inf)
    i[PLACE], i[KEYS], i[N_KEYS], i[REQUESTS], i[SLOTS] = place, keys, n_keys, requests, slots
    i[SLOT_WIDTH] = small + (t.n_stations + 7) // 8 * 8
    i[SHAPES], i[SHIFTS], i[BLOCK], i[CELLS] = shapes, shifts, block, cells
    i[N_VARIANTS], i[N_SHIFTS], i[N_CELLS] = len(t.chances), len(t.shift_starts), n_cells
    _lay_out_shapes(t, i[shapes:shifts], f[shapes:shifts])
    f[shifts:block] = np.concatenate([t.shift_starts, t.shift_ends])
    number = np.arange(m)
    key = np.where(number < t.n_stations, m - t.n_stations + 1 + number, m - number)
    i[keys + key] = station + wide * number  # which station a key belongs to
    _lay_out_line(t, names, i, f)
    _lay_out_stations(t, key, i[station:place].reshape(m, wide), f[station:place].reshape(m, wide), place)
    _lay_out_places(t, i[place:keys].reshape(n_places, small), place)
    held = min(1000, int(np.maximum(t.buffers, 0).sum())) + t.wip
    memory = Memory(i, f, np.zeros((64 * i[MARGIN] if logged else 0) * 7), t.quantiles)
    return with_slots(memory, int(2 * i[MARGIN] + held))


def _row(j: int) -> int:
    return int(STATION) + int(WIDE) * j


def _lay_out_line(t: Tables, names: tuple[int, int, int, int], i: Any, f: Any) -> None:
    rework = (_row(t.n_all - 1), _row(t.rework_after), _row(t.rework_to)) if t.n_rework else (NO_ONE,) * 3
    repairs = int(t.crews > 0 or bool((t.mode == TDF).any()))
    margin = int(t.places.sum()) + t.lot_size + 8
    constant = (t.n_stations, t.n_feeders, t.n_all, t.process, t.wip, t.lot_size, t.crews, *rework, repairs)
    i[N_STATIONS:MARGIN] = constant
    i[MARGIN], i[SOJOURN_BASE], i[SEED] = margin, t.sojourn_base, np.uint64(names[0]).astype(np.int64)
    i[REPLICATION], i[VEHICLES], i[WARMUP] = names[1:]
    i[LAST], i[CREWS] = _row(t.n_stations - 1), t.crews
    f[:STATION] = 0.0
    f[GAP], f[P_FAIL], f[PERIOD] = 1.0 / t.rate if t.rate > 0.0 else 0.0, t.p_fail, t.period


def _lay_out_stations(t: Tables, key: Any, rows: Any, times: Any, place: int) -> None:
    s, number = t.n_stations, np.arange(t.n_all)
    first = place + int(SMALL) * (np.cumsum(t.places) - t.places)
    rows[:, FREE], rows[:, FIRST], rows[:, N_PLACES], rows[:, MODE] = first, first, t.places, t.mode
    rows[:, LAST_FREE] = first + int(SMALL) * (t.places - 1)
    rows[:, ROOM] = NO_END
    rows[:s, ROOM] = np.where(t.buffers < 0, NO_END, t.buffers + t.places[:s])
    rows[s : s + t.n_feeders, ROOM] = np.where(t.feeder_buffers < 0, NO_END, t.feeder_buffers)
    rows[:, IN_LOOP] = (number >= t.rework_to) & (number <= t.rework_after)
    if t.n_rework:
        rows[-1, IN_LOOP] = 1
    rows[:, ORDINAL], rows[:, KEY] = number, key
    times[:, :FROM] = 0.0
    times[:, MTTF], times[:, MTTR] = t.mttf, t.mttr


def _lay_out_places(t: Tables, rows: Any, place: int) -> None:
    """All places are free, in their order."""
    rows[:, BEHIND] = place + int(SMALL) * (np.arange(len(rows)) + 1)
    rows[np.cumsum(t.places) - 1, BEHIND] = NO_ONE
    rows[:, OF_STATION] = _row(0) + int(WIDE) * np.repeat(np.arange(t.n_all), t.places)
    rows[:, INDEX] = np.concatenate([np.arange(n) for n in t.places])


def _lay_out_shapes(t: Tables, i: Any, f: Any) -> None:
    """Shapes of work by station and variant, then the chances of the variants."""
    n = t.kind.size
    i[:n], i[n : 2 * n], i[2 * n : 2 * n + t.n_all] = t.kind.ravel(), t.offset.ravel(), one_shape(t)
    f[: 3 * n] = np.concatenate([t.scale.ravel(), t.p1.ravel(), t.p2.ravel()])
    f[3 * n :] = t.chances


def with_slots(memory: Memory, more: int) -> Memory:
    """The same memory with rows for more vehicles."""
    i, width = memory.i, int(memory.i[SLOT_WIDTH])
    fresh = np.zeros((more, width), dtype=np.int64)
    fresh[:, NEXT] = len(i) + width * (np.arange(more) + 1)
    fresh[-1, NEXT] = i[FREE_SLOT]
    i[FREE_SLOT] = len(i)
    i[N_FREE] += more
    f: Floats = np.concatenate([memory.f, np.zeros(more * width)])
    return memory._replace(i=np.concatenate([i, fresh.ravel()]), f=f)


def more_slots(memory: Memory) -> Memory:
    """The same memory with rows for twice as many vehicles."""
    return with_slots(memory, int((len(memory.i) - memory.i[SLOTS]) // memory.i[SLOT_WIDTH]))


def more_rows(memory: Memory) -> Memory:
    """The same memory with twice as many rows for the log."""
    return memory._replace(rows=np.concatenate([memory.rows, np.zeros_like(memory.rows)]))
