"""What happens at few events of the event engine: arrivals, breakdowns, crews, feeders, rework.

`m` is a `Memory`; stations (`s`), places (`p`) and vehicles (`v`) are named by their rows. Each function is
compiled once and called.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.simulating.line.draws import arrival_gap, mix
from knockdown.simulating.line.event_draws import (
    after,
    draw_one,
    new_part,
    new_vehicle,
    repair_time,
    up_time,
    working_time,
)
from knockdown.simulating.line.event_moves import (
    INLINE,
    INNER,
    U,
    block,
    enqueue,
    free_slot,
    has_room,
    leave,
    refresh,
    set_key,
    take_free,
    takes_place,
)
from knockdown.simulating.line.event_state import (
    ARRIVED,
    ASKED,
    BEGAN,
    BEHIND,
    BLOCKED,
    BUSY_AREA,
    CELLS,
    CHANGED,
    CHECKSUM,
    CLOCK_AT,
    CREWS,
    DOWN,
    DOWN_AREA,
    DOWN_TIME,
    ENTERED,
    ENTRY,
    FAILURES,
    FINISH_AT,
    FIRST,
    FREE,
    FROM,
    GAP,
    GONE,
    HAS_REPAIRS,
    INSIDE,
    IS_DOWN,
    LEFT,
    LOST,
    LOT_SIZE,
    LOTS,
    MODE,
    N_BUSY,
    N_CELLS,
    N_CREWS,
    N_DOWN,
    N_FEEDERS,
    N_PLACES,
    N_REQUESTS,
    N_STATIONS,
    N_WAITED,
    NO_ONE,
    NOW,
    NUMBER,
    OF_STATION,
    PARTS,
    PENDING,
    PLACE,
    PROCESS,
    REPLICATION,
    REQUESTS,
    ROOM,
    SEED,
    SLOT,
    SMALL,
    SOJOURN_BASE,
    SOJOURNS,
    STATION,
    STOCK,
    UNTIL,
    UP,
    UP_AREA,
    VEHICLES,
    WAITED,
    WARMUP,
    WIDE,
    WIP,
)
from knockdown.simulating.line.tables import CLOSED, NONE, ODF, POISSON, SOJOURN_BITS, TDF

_SOJOURN_SHIFT = 52 - SOJOURN_BITS


# Breakdowns and crews.


@njit(**INNER)
def add_down(m, p, length):  # type: ignore[no-untyped-def]
    """Count a repair, or waiting for one, to the visit that it stops."""
    v = U(m.i[p + SLOT])
    if v != NO_ONE:
        m.f[v + DOWN] += length


@njit(**INNER)
def walk_odf(m, p, left):  # type: ignore[no-untyped-def]
    """Work through breakdowns to the end, or to the first one when crews are shared."""
    i, f = m.i, m.f
    now, up = f[NOW], f[p + UP]
    while left > up:
        left -= up
        now = after(m, now, up)
        if i[N_CREWS]:
            f[p + LEFT] = left
            f[p + CLOCK_AT] = now
            return
        length = repair_time(m, p)
        now = after(m, now, length)
        add_down(m, p, length)
        i[p + FAILURES] += 1
        up = up_time(m, p)
    f[p + UP] = up - left
    f[p + FINISH_AT] = after(m, now, left)


@njit(**INNER)
def work_on(m, p, left):  # type: ignore[no-untyped-def]
    """Plan the end of the work that is left at a place, or what comes before it."""
    i, f = m.i, m.f
    mode = i[U(i[p + OF_STATION]) + MODE]
    f[p + LEFT] = -1.0
    if mode == ODF:
        walk_odf(m, p, left)
        return
    if mode == TDF:
        if i[p + IS_DOWN]:
            f[p + LEFT] = left
            return
        until = working_time(m, f[p + CLOCK_AT])
        if left > until:
            f[p + LEFT] = left - until
            return
    f[p + FINISH_AT] = after(m, f[NOW], left)


@njit(**INNER)
def count_change(m, down, busy):  # type: ignore[no-untyped-def]
    """One more or fewer place down, or crew busy, from now on."""
    i, f = m.i, m.f
    length = f[NOW] - f[CHANGED]
    if length > 0.0:
        f[DOWN_AREA] += i[N_DOWN] * length
        if i[N_DOWN] == 0:
            f[UP_AREA] += length
        f[BUSY_AREA] += i[N_BUSY] * length
    f[CHANGED] = f[NOW]
    i[N_DOWN] += down
    i[N_BUSY] += busy


@njit(**INNER)
def begin_repair(m, p):  # type: ignore[no-untyped-def]
    """Begin the repair of a place."""
    length = repair_time(m, p)
    add_down(m, p, length)
    m.f[p + CLOCK_AT] = after(m, m.f[NOW], length)


@njit(**INNER)
def ask_for_crew(m, p):  # type: ignore[no-untyped-def]
    """Put a place into the list of those that wait for a crew: by time, then by station and place."""
    i, f = m.i, m.f
    at = i[REQUESTS] + i[N_REQUESTS]
    while at > i[REQUESTS]:
        other = U(i[at - 1])
        if f[other + ASKED] < f[NOW] or other < p:
            break
        i[at] = other
        at -= 1
    i[at] = p
    i[N_REQUESTS] += 1
    i[PENDING] = 1


@njit(**INNER)
def grant(m):  # type: ignore[no-untyped-def]
    """Give free crews to the places that asked first."""
    i, f = m.i, m.f
    i[PENDING] = 0
    first, n = i[REQUESTS], i[N_REQUESTS]
    given = min(n, i[CREWS])
    for k in range(given):
        p = U(i[first + k])
        i[CREWS] -= 1
        count_change(m, 0, 1)
        add_down(m, p, f[NOW] - f[p + ASKED])
        begin_repair(m, p)
        refresh(m, U(i[p + OF_STATION]))
    for k in range(given, n):
        i[first + k - given] = i[first + k]
    i[N_REQUESTS] = n - given


@njit(**INNER)
def fail(m, p):  # type: ignore[no-untyped-def]
    """A place breaks down."""
    m.i[p + IS_DOWN] = 1
    m.f[p + ASKED] = m.f[NOW]
    count_change(m, 1, 0)
    if m.i[N_CREWS]:
        m.f[p + CLOCK_AT] = np.inf
        ask_for_crew(m, p)
    else:
        begin_repair(m, p)


@njit(**INNER)
def repaired(m, p):  # type: ignore[no-untyped-def]
    """A place is up again and resumes its work."""
    i, f = m.i, m.f
    s = U(i[p + OF_STATION])
    i[p + IS_DOWN] = 0
    i[p + FAILURES] += 1
    count_change(m, -1, -1 if i[N_CREWS] else 0)
    if i[N_CREWS]:
        i[CREWS] += 1
        i[PENDING] = 1
    if i[s + MODE] == TDF:
        if f[s + FROM] < f[NOW] <= f[s + UNTIL]:
            f[s + DOWN_TIME] += f[NOW] - max(f[p + ASKED], f[s + FROM])
        f[p + CLOCK_AT] = after(m, f[NOW], up_time(m, p))
    else:
        f[p + CLOCK_AT] = np.inf
        f[p + UP] = up_time(m, p)
    if f[p + LEFT] >= 0.0:
        work_on(m, p, f[p + LEFT])


@njit(**INNER)
def break_or_repair(m, s, p):  # type: ignore[no-untyped-def]
    """The clock of a place has come."""
    if m.i[p + IS_DOWN]:
        repaired(m, p)
    else:
        fail(m, p)
    refresh(m, s)


# Rework and feeders.


@njit(**INNER)
def start_other(m, s, v, visit):  # type: ignore[no-untyped-def]
    """A part, or a vehicle in rework, takes a place."""
    p = take_free(m, s)
    work = draw_one(m, s, v, visit)
    takes_place(m, p, v, work)
    work_on(m, p, work)


@njit(**INNER)
def fill_feeder(m, s):  # type: ignore[no-untyped-def]
    """Start parts on the free places of a feeder."""
    i = m.i
    while i[s + FREE] and i[s + PARTS] < i[VEHICLES]:
        v = new_part(m, i[s + PARTS])
        i[s + PARTS] += 1
        i[s + INSIDE] += 1
        start_other(m, s, v, 0)
    refresh(m, s)


@njit(**INNER)
def leave_feeder(m, s, p):  # type: ignore[no-untyped-def]
    """A part leaves its feeder."""
    v = U(m.i[p + SLOT])
    leave(m, p, v)
    free_slot(m, v)
    fill_feeder(m, s)


@njit(**INLINE)
def first_feeder(m):  # type: ignore[no-untyped-def]
    """Row of the first feeder."""
    return STATION + WIDE * U(m.i[N_STATIONS])


@njit(**INNER)
def take_parts(m):  # type: ignore[no-untyped-def]
    """Take one part of each feeder, if all have one."""
    i = m.i
    s = first_feeder(m)
    for _ in range(i[N_FEEDERS]):
        if i[s + STOCK] == 0 and i[s + BLOCKED] == 0:
            return False
        s += WIDE
    s = first_feeder(m)
    for _ in range(i[N_FEEDERS]):
        p = U(i[s + BLOCKED])
        if p != NO_ONE:  # a full buffer passes one on and takes this one in
            i[s + BLOCKED] = i[p + BEHIND]
            leave_feeder(m, s, p)
        else:
            i[s + STOCK] -= 1
        s += WIDE
    return True


@njit(**INNER)
def finish_part(m, s, p):  # type: ignore[no-untyped-def]
    """A part of a feeder goes into its buffer, if it can."""
    if m.i[s + STOCK] < m.i[s + ROOM]:
        leave_feeder(m, s, p)
        m.i[s + STOCK] += 1
    else:
        block(m, s, p)
        refresh(m, s)


# The ends of the line.


@njit(**INNER)
def count_sojourn(m, v):  # type: ignore[no-untyped-def]
    """A vehicle of the window has left the line."""
    i, f = m.i, m.f
    sojourn = f[NOW] - f[v + ENTRY]
    f[SOJOURNS] += sojourn
    i[N_WAITED] += i[v + WAITED]
    last = i[N_CELLS] - 1
    if last >= 0:
        cell = (np.float64(sojourn).view(np.int64) >> _SOJOURN_SHIFT) - i[SOJOURN_BASE]
        i[i[CELLS] + min(max(cell, 0), last)] += 1


@njit(**INNER)
def leave_line(m, v):  # type: ignore[no-untyped-def]
    """A vehicle has left the last station; says whether another one enters a closed line."""
    i, f = m.i, m.f
    gone = i[GONE] + 1
    i[GONE] = gone
    i[CHECKSUM] += np.int64(mix(f[NOW], i[v + NUMBER]))
    if i[HAS_REPAIRS] and (gone == i[WARMUP] or gone == i[VEHICLES]):
        count_change(m, 0, 0)
    if gone == i[WARMUP]:
        f[BEGAN] = f[NOW]
        f[DOWN_AREA] = 0.0
        f[UP_AREA] = 0.0
        f[BUSY_AREA] = 0.0
    if gone > i[WARMUP]:
        count_sojourn(m, v)
    free_slot(m, v)
    if i[PROCESS] == CLOSED and i[ENTERED] < i[VEHICLES]:
        enqueue(m, STATION, new_vehicle(m))
        return True
    return False


@njit(**INNER)
def arrive(m):  # type: ignore[no-untyped-def]
    """A lot arrives; whoever finds the entry buffer full is lost. Plans the next lot."""
    i, f = m.i, m.f
    for _ in range(i[LOT_SIZE]):
        if i[ENTERED] == i[VEHICLES]:
            break
        counts = i[ENTERED] >= i[WARMUP]
        i[ARRIVED] += counts
        if has_room(m, STATION):
            enqueue(m, STATION, new_vehicle(m))
        else:
            i[LOST] += counts
    time = np.inf
    if i[ENTERED] < i[VEHICLES]:
        i[LOTS] += 1
        time = f[NOW] + arrival_gap(U(i[SEED]), i[REPLICATION], i[LOTS], f[GAP])
    set_key(m, 0, time)


@njit(**INNER)
def begin(m):  # type: ignore[no-untyped-def]
    """Time 0: an empty line. The first station is filled by the caller."""
    i, f = m.i, m.f
    s = STATION
    while s < U(i[PLACE]):
        f[s + FROM] = 0.0 if i[WARMUP] == 0 else np.inf
        p = U(i[s + FIRST])
        for _ in range(i[s + N_PLACES]):
            f[p + LEFT] = -1.0
            if i[s + MODE] != NONE:
                f[p + UP] = up_time(m, p)
            if i[s + MODE] == TDF:
                f[p + CLOCK_AT] = after(m, 0.0, f[p + UP])
            p += SMALL
        refresh(m, s)
        s += WIDE
    s = first_feeder(m)
    for _ in range(i[N_FEEDERS]):
        fill_feeder(m, s)
        s += WIDE
    if i[PROCESS] == CLOSED:
        for _ in range(min(i[WIP], i[VEHICLES])):
            enqueue(m, STATION, new_vehicle(m))
    elif i[PROCESS] == POISSON:
        set_key(m, 0, arrival_gap(U(i[SEED]), i[REPLICATION], 0, f[GAP]))
