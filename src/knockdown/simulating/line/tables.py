"""A line cut into arrays for compiled engines, and the sums and visits that every engine gives back.

Stations count from 0: the S stations of the line, then the F feeders, then the rework station when there is
one (M in all). The same number names their random draws.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from knockdown.simulating.line.distributions import Shape, mean_of, shape_of, table_of
from knockdown.simulating.line.draws import STEPS, TABLE
from knockdown.simulating.line.model import INFINITE, Line, Station

NONE, ODF, TDF = range(3)
SATURATED, POISSON, CLOSED = range(3)
NO_LIMIT = -1

SOJOURN_BITS = 10
SOJOURN_OCTAVES = 32
SOJOURN_CELLS = SOJOURN_OCTAVES << SOJOURN_BITS
_OCTAVES_BELOW_WORK = 12

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Words = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


class Tables(NamedTuple):
    """A line in arrays. M = n_stations + n_feeders + n_rework; V variants."""

    n_stations: int
    n_feeders: int
    n_rework: int
    places: Ints  # [M]
    buffers: Ints  # [S] waiting places before station j; NO_LIMIT. [0] is the entry buffer
    feeder_buffers: Ints  # [F]
    kind: Ints  # [M, V] arguments of draws.draw
    scale: Floats
    p1: Floats
    p2: Floats
    offset: Ints  # first number in `quantiles`
    quantiles: Floats
    chances: Floats  # [V], cumulated
    mode: Ints  # [M] NONE, ODF or TDF
    mttf: Floats
    mttr: Floats
    crews: int  # 0: every place has its own
    process: int  # SATURATED, POISSON or CLOSED
    rate: float  # lots per time
    lot_size: int
    wip: int
    rework_after: int  # -1: no rework
    rework_to: int
    p_fail: float
    period: float  # 0: no calendar
    shift_starts: Floats
    shift_ends: Floats
    sojourn_base: int  # sojourn x counts in cell (bits of x >> 52 - SOJOURN_BITS) - sojourn_base

    @property
    def n_all(self) -> int:
        """M, stations, feeders and rework station."""
        return self.n_stations + self.n_feeders + self.n_rework


class Sums(NamedTuple):
    """What is summed over the window of a run; first axis: replication.

    A run lets N vehicles in and ends when all have left; the first W to leave are not counted. A station
    counts its visits W+1 to N in order of leaving, a feeder its parts. The rework station, which sees less
    than N, counts what leaves it once the W-th vehicle has left the line; its span is the line's. Sums grow
    in order of leaving, by one visit at a time. `down` of a TDF station is the overlap of its places' down
    times with the span; `n_down`, `all_up` and `crews_busy` are integrals over the window of the line (zero
    unless there are TDF breakdowns or shared crews).
    """

    held: Floats  # [R, M]: leave - start
    blocked: Floats  # leave - done
    down: Floats  # repairs, waiting for a crew included
    work: Floats  # work drawn
    waiting: Floats  # start - arrival in the queue before
    span: Floats  # from leaving W (or 0) to leaving N
    count: Ints  # type: ignore[assignment]  # [R]: N - W
    time: Floats  # span of the line
    inside: Floats  # leaving the line - entry: arrival, or start at the first station when saturated
    makespan: Floats
    checksum: Words
    arrived: Ints  # while the number that entered was W or more, before the N-th; those lost included
    lost: Ints
    waited: Ints  # counted vehicles that waited before the first station
    sojourns: Ints  # [R, cells] Poisson lines only: counted vehicles by leaving - arrival, cells as below
    n_down: Floats  # [R]
    all_up: Floats
    crews_busy: Floats


class Visits(NamedTuple):
    """A log: one visit a row, by vehicle, visit and station. A feeder's part is numbered like a vehicle."""

    vehicle: Ints
    station: Ints
    visit: Ints
    arrival: Floats
    start: Floats
    done: Floats
    leave: Floats


def cut(line: Line) -> Tables:
    """A line in arrays."""
    rework = line.rework
    every: list[Station] = [*line.stations, *(feeder.station for feeder in line.feeders)]
    every += [rework.station] if rework else []
    shapes = [[shape_of(service) for service in station.service] for station in every]
    quantiles, offset = _joined_tables(shapes)
    broken = [station.breakdowns for station in every]
    shifts = line.calendar.shifts if line.calendar else ()
    chances = np.cumsum([chance for _, chance in line.variants])
    entry = NO_LIMIT if line.arrivals.process == "closed" else _room(line.entry_buffer)
    return Tables(
        n_stations=len(line.stations),
        n_feeders=len(line.feeders),
        n_rework=int(rework is not None),
        places=_ints([station.places for station in every]),
        buffers=_ints([entry, *(_room(buffer) for buffer in line.buffers)]),
        feeder_buffers=_ints([_room(feeder.buffer) for feeder in line.feeders]),
        kind=_ints([[shape.kind for shape in row] for row in shapes]),
        scale=_floats([[shape.scale for shape in row] for row in shapes]),
        p1=_floats([[shape.p1 for shape in row] for row in shapes]),
        p2=_floats([[shape.p2 for shape in row] for row in shapes]),
        offset=offset,
        quantiles=quantiles,
        chances=_floats(chances),
        mode=_ints([NONE if b is None else ODF if b.mode == "odf" else TDF for b in broken]),
        mttf=_floats([b.mttf if b else 0.0 for b in broken]),
        mttr=_floats([b.mttr if b else 0.0 for b in broken]),
        crews=line.repair_crews or 0,
        process={"saturated": SATURATED, "poisson": POISSON, "closed": CLOSED}[line.arrivals.process],
        rate=float(line.arrivals.rate),
        lot_size=line.arrivals.lot_size,
        wip=line.arrivals.wip,
        rework_after=rework.after if rework else -1,
        rework_to=rework.returns_to if rework else -1,
        p_fail=float(rework.p_fail) if rework else 0.0,
        period=float(line.calendar.period) if line.calendar else 0.0,
        shift_starts=_floats([start for start, _ in shifts]),
        shift_ends=_floats([end for _, end in shifts]),
        sojourn_base=_sojourn_base(line),
    )


def _room(buffer: float) -> int:
    return NO_LIMIT if buffer == INFINITE else int(buffer)


def _ints(values: Any) -> Ints:
    return np.ascontiguousarray(values, dtype=np.int64)


def _floats(values: Any) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _joined_tables(shapes: list[list[Shape]]) -> tuple[Floats, Ints]:
    """All tables one after the other, each once, and where that of each shape begins."""
    first: dict[tuple[Any, ...], int] = {}
    parts: list[Floats] = []
    n_numbers = 0
    offset = np.zeros((len(shapes), len(shapes[0])), dtype=np.int64)
    for j, row in enumerate(shapes):
        for v, shape in enumerate(row):
            if shape.kind not in (TABLE, STEPS):
                continue
            if shape.table not in first:
                first[shape.table] = n_numbers
                parts.append(table_of(shape.table))
                n_numbers += len(parts[-1])
            offset[j, v] = first[shape.table]
    return np.concatenate([*parts, np.zeros(8)]), offset


def _sojourn_base(line: Line) -> int:
    """First cell of the histogram of sojourns: far below the work of a vehicle."""
    work = sum(max(mean_of(service) for service in station.service) for station in line.stations)
    exponent = int(np.frexp(max(work, 1e-300))[1]) + 1022 - _OCTAVES_BELOW_WORK
    return max(0, exponent) << SOJOURN_BITS


def sojourn_bounds(tables: Tables) -> Floats:
    """Bounds of the cells of `Sums.sojourns`; the first and last cell also count what lies beyond."""
    bits = (np.arange(SOJOURN_CELLS + 1, dtype=np.int64) + tables.sojourn_base) << (52 - SOJOURN_BITS)
    return bits.view(np.float64)


def new_sums(replications: int, n_all: int, sojourns: bool = False) -> Sums:
    """Sums of zero for R replications and M stations; `sojourns`: with a histogram."""

    def numbers() -> Floats:
        return np.zeros(replications)

    def counts() -> Ints:
        return np.zeros(replications, dtype=np.int64)

    def by_station() -> Floats:
        return np.zeros((replications, n_all))

    return Sums(
        held=by_station(),
        blocked=by_station(),
        down=by_station(),
        work=by_station(),
        waiting=by_station(),
        span=by_station(),
        count=counts(),
        time=numbers(),
        inside=numbers(),
        makespan=numbers(),
        checksum=np.zeros(replications, dtype=np.uint64),
        arrived=counts(),
        lost=counts(),
        waited=counts(),
        sojourns=np.zeros((replications, SOJOURN_CELLS if sojourns else 0), dtype=np.int64),
        n_down=numbers(),
        all_up=numbers(),
        crews_busy=numbers(),
    )


def visits_of(rows: Floats) -> Visits:
    """Visits from rows of seven numbers, in any order."""
    vehicle, station, visit = (rows[:, i].astype(np.int64) for i in range(3))
    order = np.lexsort((station, visit, vehicle))
    times = (np.ascontiguousarray(rows[order, i]) for i in range(3, 7))
    return Visits(vehicle[order], station[order], visit[order], *times)
