"""Moves of the event engine that are part of most events, inlined: queues, places, next times.

`m` is a `Memory`. Stations (`s`), places (`p`) and vehicles (`v`) are named by their rows, see `event_state`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from knockdown.simulating.line.draws import BARE
from knockdown.simulating.line.event_state import (
    ARRIVAL,
    ASKED,
    ATTEMPT,
    BEHIND,
    BLOCKED,
    BLOCKED_TIME,
    CLOCK_AT,
    DONE,
    DOWN,
    DOWN_TIME,
    FINISH_AT,
    FIRST,
    FREE,
    FREE_SLOT,
    FROM,
    GONE,
    HEAD,
    HELD,
    IN_LOOP,
    INSIDE,
    IS_DOWN,
    KEY,
    KEYS,
    LAST_BLOCKED,
    LAST_FREE,
    MODE,
    N_FREE,
    N_LEFT,
    N_PLACES,
    N_ROWS,
    NEXT,
    NO_END,
    NO_ONE,
    NOW,
    NUMBER,
    OF_STATION,
    ORDINAL,
    REWORK,
    REWORK_TO,
    ROOM,
    SLOT,
    SMALL,
    START,
    STARTED,
    STARTS,
    STATION,
    TAIL,
    UNTIL,
    VEHICLES,
    WAITING,
    WARMUP,
    WIDE,
    WORK,
    WORK_TIME,
)
from knockdown.simulating.line.tables import ODF, TDF

# For calls from compiled code only. What is inlined is compiled where it is used; all in all that is faster.
INNER: dict[str, Any] = BARE | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
INLINE: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False, "inline": "always"}
U = np.uint64


@njit(**INLINE)
def set_key(m, key, time):  # type: ignore[no-untyped-def]
    """Put down the next time of a station, or of the arrivals (key 0)."""
    m.f[U(m.i[KEYS]) + U(key)] = time


@njit(**INLINE)
def refresh(m, s):  # type: ignore[no-untyped-def]
    """Put down the next time of a station."""
    i, f = m.i, m.f
    p = U(i[s + FIRST])
    time = min(f[p + FINISH_AT], f[p + CLOCK_AT])
    for _ in range(1, i[s + N_PLACES]):
        p += SMALL
        time = min(time, min(f[p + FINISH_AT], f[p + CLOCK_AT]))
    set_key(m, i[s + KEY], time)


@njit(**INLINE)
def next_place(m, s):  # type: ignore[no-untyped-def]
    """Place of a station whose event is now; of several the one that started first."""
    i, f = m.i, m.f
    best = U(i[s + FIRST])
    if i[s + N_PLACES] > 1:
        p = best
        order = np.int64(NO_END)
        for _ in range(i[s + N_PLACES]):
            if min(f[p + FINISH_AT], f[p + CLOCK_AT]) == f[NOW] and i[p + STARTED] < order:
                best, order = p, i[p + STARTED]
            p += SMALL
    return best


@njit(**INLINE)
def enqueue(m, s, v):  # type: ignore[no-untyped-def]
    """Put a vehicle at the end of a station's queue."""
    i = m.i
    i[v + NEXT] = NO_ONE
    if i[s + HEAD]:
        i[U(i[s + TAIL]) + NEXT] = v
    else:
        i[s + HEAD] = v
    i[s + TAIL] = v
    i[s + INSIDE] += 1


@njit(**INLINE)
def free_slot(m, v):  # type: ignore[no-untyped-def]
    """Give a vehicle's row back."""
    m.i[v + NEXT] = m.i[FREE_SLOT]
    m.i[FREE_SLOT] = v
    m.i[N_FREE] += 1


@njit(**INLINE)
def take_free(m, s):  # type: ignore[no-untyped-def]
    """Take the place of a station that has been free for longest."""
    p = U(m.i[s + FREE])
    m.i[s + FREE] = m.i[p + BEHIND]
    return p


@njit(**INLINE)
def block(m, s, p):  # type: ignore[no-untyped-def]
    """A finished vehicle keeps its place."""
    i = m.i
    i[p + BEHIND] = NO_ONE
    if i[s + BLOCKED]:
        i[U(i[s + LAST_BLOCKED]) + BEHIND] = p
    else:
        i[s + BLOCKED] = p
    i[s + LAST_BLOCKED] = p


@njit(**INLINE)
def done_at(m, p):  # type: ignore[no-untyped-def]
    """When the vehicle of a place was finished."""
    return m.f[U(m.i[p + SLOT]) + DONE]


@njit(**INLINE)
def has_room(m, s):  # type: ignore[no-untyped-def]
    """Whether a vehicle may enter the queue or a place of a station."""
    return m.i[s + INSIDE] < m.i[s + ROOM]


@njit(**INLINE)
def first_blocked(m, s):  # type: ignore[no-untyped-def]
    """Take the place whose vehicle asked first to come into a station of the line, if that has room."""
    i = m.i
    p = NO_ONE
    if has_room(m, s):
        if s > STATION:
            p = U(i[s - WIDE + BLOCKED])
        if s == U(i[REWORK_TO]):
            q = U(i[U(i[REWORK]) + BLOCKED])
            if q != NO_ONE and (p == NO_ONE or done_at(m, q) < done_at(m, p)):
                p = q
        if p != NO_ONE:
            i[U(i[p + OF_STATION]) + BLOCKED] = i[p + BEHIND]
    return p


@njit(**INNER)
def mark_window(m, s, begins):  # type: ignore[no-untyped-def]
    """The window of a station begins or ends now."""
    i, f = m.i, m.f
    if begins:
        f[s + FROM] = f[NOW]
        return
    f[s + UNTIL] = f[NOW]
    if i[s + MODE] == TDF:
        p = U(i[s + FIRST])
        for _ in range(i[s + N_PLACES]):
            if i[p + IS_DOWN]:
                f[s + DOWN_TIME] += f[NOW] - max(f[p + ASKED], f[s + FROM])
            p += SMALL


@njit(**INNER)
def write_row(m, s, v):  # type: ignore[no-untyped-def]
    """Write a visit that ends now into the log."""
    i, f = m.i, m.f
    at = 7 * i[N_ROWS]
    i[N_ROWS] += 1
    m.rows[at], m.rows[at + 1] = i[v + NUMBER], i[s + ORDINAL]
    m.rows[at + 2] = i[v + ATTEMPT] if i[s + IN_LOOP] else 0
    m.rows[at + 3], m.rows[at + 4] = f[v + ARRIVAL], f[v + START]
    m.rows[at + 5], m.rows[at + 6] = f[v + DONE], f[NOW]


@njit(**INLINE)
def leave(m, p, v):  # type: ignore[no-untyped-def]
    """A vehicle leaves its place: count the visit and free the place."""
    i, f = m.i, m.f
    now = f[NOW]
    s = U(i[p + OF_STATION])
    k = i[s + N_LEFT] + 1
    i[s + N_LEFT] = k
    if s == U(i[REWORK]):
        counts = i[GONE] >= i[WARMUP]
    else:
        counts = k > i[WARMUP] and k <= i[VEHICLES]
        if k == i[WARMUP] or k == i[VEHICLES]:
            mark_window(m, s, k == i[WARMUP])
    if counts:
        f[s + HELD] += now - f[v + START]
        f[s + BLOCKED_TIME] += now - f[v + DONE]
        f[s + WORK_TIME] += f[v + WORK]
        f[s + WAITING] += f[v + START] - f[v + ARRIVAL]
        if i[s + MODE] == ODF:
            f[s + DOWN_TIME] += f[v + DOWN]
    if len(m.rows):
        write_row(m, s, v)
    f[v + ARRIVAL] = now
    i[p + SLOT] = NO_ONE
    i[p + BEHIND] = NO_ONE
    if i[s + FREE]:
        i[U(i[s + LAST_FREE]) + BEHIND] = p
    else:
        i[s + FREE] = p
    i[s + LAST_FREE] = p
    i[s + INSIDE] -= 1


@njit(**INLINE)
def takes_place(m, p, v, work):  # type: ignore[no-untyped-def]
    """A vehicle takes a place now, with work to do."""
    i, f = m.i, m.f
    i[STARTS] += 1
    i[p + SLOT] = v
    i[p + STARTED] = i[STARTS]
    f[v + START], f[v + DOWN], f[v + WORK] = f[NOW], 0.0, work
