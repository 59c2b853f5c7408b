"""The event engine, compiled: one run of one replication, every feature. `plain` says what it must do.

An event is the earliest of the stations' next times. The work of a block of vehicles is drawn side by side
when the first of them comes in. Nothing is allocated and no reference counted. What is part of most events is
inlined (`event_moves`), the rest is called (`event_rare`).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.simulating.line.draws import BARE, fails_gate
from knockdown.simulating.line.event_clock import earliest
from knockdown.simulating.line.event_draws import draw_again, new_vehicle
from knockdown.simulating.line.event_moves import (
    INLINE,
    INNER,
    U,
    block,
    enqueue,
    first_blocked,
    has_room,
    leave,
    next_place,
    refresh,
    take_free,
    takes_place,
)
from knockdown.simulating.line.event_rare import (
    arrive,
    begin,
    break_or_repair,
    finish_part,
    grant,
    leave_line,
    start_other,
    take_parts,
    work_on,
)
from knockdown.simulating.line.event_state import (
    ARRIVAL,
    ATTEMPT,
    CLOCK_AT,
    DONE,
    ENTERED,
    FINISH_AT,
    FREE,
    GONE,
    HEAD,
    INSIDE,
    KEYS,
    LAST,
    MARGIN,
    MODE,
    N_FEEDERS,
    N_FREE,
    N_KEYS,
    N_ROWS,
    NEXT,
    NO_ONE,
    NOW,
    NUMBER,
    OF_STATION,
    ORDINAL,
    OUT,
    P_FAIL,
    PENDING,
    PERIOD,
    PROCESS,
    REPLICATION,
    REWORK,
    REWORK_AFTER,
    REWORK_TO,
    SEED,
    SLOT,
    STATION,
    UP,
    VEHICLES,
    WAITED,
    WIDE,
    WORKS,
)
from knockdown.simulating.line.tables import ODF, SATURATED, TDF

FINISHED, MORE_SLOTS, MORE_ROWS = range(3)


@njit(**INLINE)
def candidate(m, s):  # type: ignore[no-untyped-def]
    """Vehicle that starts next at a station, taken out of its queue, or none."""
    i = m.i
    if s == STATION and i[PROCESS] == SATURATED:
        if i[ENTERED] == i[VEHICLES] or (i[N_FEEDERS] and not take_parts(m)):
            return NO_ONE
        i[s + INSIDE] += 1
        return new_vehicle(m)
    v = U(i[s + HEAD])
    if v != NO_ONE:
        if s == STATION and i[N_FEEDERS] and i[v + ATTEMPT] == 0 and not take_parts(m):
            return NO_ONE
        i[s + HEAD] = i[v + NEXT]
    return v


@njit(**INLINE)
def start(m, s, v):  # type: ignore[no-untyped-def]
    """A vehicle takes a free place of a station of the line."""
    i, f = m.i, m.f
    p = take_free(m, s)
    if s == STATION and i[v + ATTEMPT] == 0:
        i[v + WAITED] = f[NOW] > f[v + ARRIVAL]
    work = f[v + WORKS + U(i[s + ORDINAL])]
    takes_place(m, p, v, work)
    mode = i[s + MODE]
    if f[PERIOD] > 0.0 or mode == TDF or (mode == ODF and work > f[p + UP]):
        work_on(m, p, work)
    else:
        if mode == ODF:
            f[p + UP] -= work
        f[p + FINISH_AT] = f[NOW] + work


@njit(**INLINE)
def fill(m, s):  # type: ignore[no-untyped-def]
    """Let vehicles that wait at a station take its free places, and put down its next time."""
    i = m.i
    while i[s + FREE]:
        v = candidate(m, s)
        if v == NO_ONE:
            break
        if s <= U(i[LAST]):
            start(m, s, v)
        else:
            start_other(m, s, v, i[v + ATTEMPT])
    refresh(m, s)


@njit(**INNER)
def goes_to_rework(m, v):  # type: ignore[no-untyped-def]
    """Whether a vehicle fails at the gate."""
    i = m.i
    return fails_gate(U(i[SEED]), i[REPLICATION], i[v + NUMBER], i[v + ATTEMPT], m.f[P_FAIL])


@njit(**INLINE)
def destination(m, s, v):  # type: ignore[no-untyped-def]
    """Where a finished vehicle goes: the row of a station, of the rework station, or OUT."""
    i = m.i
    if s == U(i[REWORK_AFTER]) and goes_to_rework(m, v):
        return U(i[REWORK])
    if s == U(i[REWORK]):
        return U(i[REWORK_TO])
    return s + WIDE if s < U(i[LAST]) else OUT


@njit(**INLINE)
def move(m, target, p):  # type: ignore[no-untyped-def]
    """The vehicle of a place goes to a station or out; whether another one entered the line by that."""
    i = m.i
    v = U(i[p + SLOT])
    leave(m, p, v)
    if target == OUT:
        return leave_line(m, v)
    if U(i[p + OF_STATION]) == U(i[REWORK]):
        draw_again(m, v)
    enqueue(m, target, v)
    return False


@njit(**INLINE)
def settle(m, target, p):  # type: ignore[no-untyped-def]
    """Move the vehicle of a place (or NO_ONE) to a station; then whoever can use what comes free."""
    i = m.i
    entered = False
    while True:
        if p != NO_ONE:
            entered = move(m, target, p) or entered
        if target != OUT:
            fill(m, target)
        if p != NO_ONE:
            target = U(i[p + OF_STATION])
            p = first_blocked(m, target) if target <= U(i[LAST]) else NO_ONE
        elif entered:
            entered = False
            target = STATION
        else:
            break


@njit(**INLINE)
def next_event(m):  # type: ignore[no-untyped-def]
    """Do the next event; says who moves where after it: row of a station (NO_ONE: nobody) and of a place."""
    i, f = m.i, m.f
    time, key = earliest(f, U(i[KEYS]), U(i[N_KEYS]))
    if i[PENDING] and time > f[NOW]:
        grant(m)
        return NO_ONE, NO_ONE
    f[NOW] = time
    s = U(i[U(i[KEYS]) + key])
    if s == NO_ONE:
        arrive(m)
        return STATION, NO_ONE
    p = next_place(m, s)
    if f[p + FINISH_AT] > f[p + CLOCK_AT]:
        break_or_repair(m, s, p)
        return NO_ONE, NO_ONE
    f[p + FINISH_AT] = np.inf
    v = U(i[p + SLOT])
    f[v + DONE] = time
    if s > U(i[LAST]) and s != U(i[REWORK]):
        finish_part(m, s, p)
        return STATION, NO_ONE
    target = destination(m, s, v)
    if target != OUT and not has_room(m, target):
        block(m, s, p)
        refresh(m, s)
        return NO_ONE, NO_ONE
    return target, p


@njit(**BARE)
def play_on(m, fresh):  # type: ignore[no-untyped-def]
    """Play a run to its end, or until rows for vehicles or for the log may run out."""
    i = m.i
    target, p = NO_ONE, NO_ONE
    if fresh:
        begin(m)
        target = STATION
    while True:
        if target != NO_ONE:
            settle(m, target, p)
            if i[GONE] == i[VEHICLES]:
                return FINISHED
            if i[N_FREE] < i[MARGIN]:
                return MORE_SLOTS
            if len(m.rows) and len(m.rows) < 7 * (i[N_ROWS] + i[MARGIN]):
                return MORE_ROWS
        target, p = next_event(m)
