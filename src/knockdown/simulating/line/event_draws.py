"""Draws of the event engine, and its vehicles as they come in. `m` is a `Memory`, see `event_moves`."""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream
from knockdown.simulating.line import draws
from knockdown.simulating.line.draws import advance, between, service_uniform
from knockdown.simulating.line.event_moves import INNER, U
from knockdown.simulating.line.event_state import (
    ARRIVAL,
    ATTEMPT,
    BLOCK,
    ENTERED,
    ENTRY,
    FAILURES,
    FREE_SLOT,
    INDEX,
    MTTF,
    MTTR,
    N_ALL,
    N_FREE,
    N_SHIFTS,
    N_STATIONS,
    N_VARIANTS,
    NEXT,
    NOW,
    NUMBER,
    OF_STATION,
    ORDINAL,
    PERIOD,
    REPLICATION,
    REWORK_AFTER,
    REWORK_TO,
    SEED,
    SHAPES,
    SHIFTS,
    VARIANT,
    WAITED,
    WIDE,
    WORKS,
)
from knockdown.simulating.line.lane_work import choose, work_at
from knockdown.simulating.line.vector_draws import philox, uniform_of
from knockdown.simulating.line.vectors import WIDTH, counted, store, words

_STATION_TIME = np.uint64(Stream.STATION_TIME)
_LOW, _32, _STEP = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(WIDTH)


@njit(**INNER)
def draw_block(m, number):  # type: ignore[no-untyped-def]
    """Draw variants and first work of the vehicles from `number` on at every station, side by side."""
    i, f = m.i, m.f
    seed = U(i[SEED])
    k0, k1, replication = seed & _LOW, seed >> _32, words(U(i[REPLICATION]))
    vehicles = counted(U(number))
    variants, works, n = i[BLOCK], i[BLOCK] + WIDTH, i[N_STATIONS]
    first, shape = i[SHAPES], (i[N_ALL], i[N_VARIANTS])
    second = first + i[N_ALL] * i[N_VARIANTS]
    third = second + i[N_ALL] * i[N_VARIANTS]
    last = third + i[N_ALL] * i[N_VARIANTS]
    kind, offset = i[first:second].reshape(shape), i[second:third].reshape(shape)
    scale, p1 = f[first:second].reshape(shape), f[second:third].reshape(shape)
    p2, one_shape = f[third:last].reshape(shape), i[third : third + i[N_ALL]]
    chosen = choose(f[last : last + i[N_VARIANTS]], vehicles, replication, k0, k1)
    store(f, variants, chosen)
    shapes = one_shape, kind, scale, p1, p2, m.quantiles, offset
    for j in range(0, n, 2):
        w0, w1, w2, w3 = philox(words(U(j >> 1)), vehicles, replication, words(_STATION_TIME), k0, k1)
        store(f, works + j * WIDTH, work_at(j, uniform_of(w0, w1), chosen, *shapes))
        if j + 1 < n:
            store(f, works + (j + 1) * WIDTH, work_at(j + 1, uniform_of(w2, w3), chosen, *shapes))


@njit(**INNER)
def draw_one(m, s, v, visit):  # type: ignore[no-untyped-def]
    """Draw the work of one visit."""
    i = m.i
    j, k = i[s + ORDINAL], i[v + VARIANT]
    u = service_uniform(U(i[SEED]), i[REPLICATION], j, i[v + NUMBER], visit)
    n = U(i[N_ALL] * i[N_VARIANTS])
    at = U(i[SHAPES] + j * i[N_VARIANTS] + k)
    p1, p2 = m.f[at + n], m.f[at + n + n]
    return draws.draw(i[at], m.f[at], p1, p2, m.quantiles, i[at + n], u)


@njit(**INNER)
def draw_again(m, v):  # type: ignore[no-untyped-def]
    """A vehicle comes back from rework: draw its work at the stations that it visits again."""
    i = m.i
    i[v + ATTEMPT] += 1
    s = U(i[REWORK_TO])
    while s <= U(i[REWORK_AFTER]):
        m.f[v + WORKS + U(i[s + ORDINAL])] = draw_one(m, s, v, i[v + ATTEMPT])
        s += WIDE


@njit(**INNER)
def new_slot(m, number, variant):  # type: ignore[no-untyped-def]
    """Take a row for a vehicle or part that comes in now."""
    i, f = m.i, m.f
    v = U(i[FREE_SLOT])
    i[FREE_SLOT] = i[v + NEXT]
    i[N_FREE] -= 1
    i[v + NUMBER] = number
    i[v + VARIANT] = variant
    i[v + ATTEMPT] = 0
    i[v + WAITED] = 0
    f[v + ENTRY] = f[NOW]
    f[v + ARRIVAL] = f[NOW]
    return v


@njit(**INNER)
def new_vehicle(m):  # type: ignore[no-untyped-def]
    """The next number enters the line, with all its work."""
    i, f = m.i, m.f
    number = i[ENTERED]
    k = number % WIDTH
    if k == 0:
        draw_block(m, number)
    v = new_slot(m, number, np.int64(f[i[BLOCK] + k]))
    work = U(i[BLOCK] + WIDTH + k)
    for j in range(U(i[N_STATIONS])):
        f[v + WORKS + j] = f[work + j * _STEP]
    i[ENTERED] += 1
    return v


@njit(**INNER)
def new_part(m, number):  # type: ignore[no-untyped-def]
    """A part of a feeder, for the vehicle with its number."""
    i = m.i
    first = i[SHAPES] + 3 * i[N_ALL] * i[N_VARIANTS]
    chances = m.f[first : first + i[N_VARIANTS]]
    return new_slot(m, number, draws.variant_of(U(i[SEED]), i[REPLICATION], number, chances))


@njit(**INNER)
def up_time(m, p):  # type: ignore[no-untyped-def]
    """Up-time of a place after its repairs so far."""
    i = m.i
    s = U(i[p + OF_STATION])
    names = U(i[SEED]), i[REPLICATION], i[s + ORDINAL], i[p + INDEX], i[p + FAILURES]
    return draws.up_time(*names, m.f[s + MTTF])


@njit(**INNER)
def repair_time(m, p):  # type: ignore[no-untyped-def]
    """Repair of a place that comes next."""
    i = m.i
    s = U(i[p + OF_STATION])
    names = U(i[SEED]), i[REPLICATION], i[s + ORDINAL], i[p + INDEX], i[p + FAILURES]
    return draws.repair_time(*names, m.f[s + MTTR])


@njit(**INNER)
def after(m, time, work):  # type: ignore[no-untyped-def]
    """When work that begins at a time is done."""
    first, n = m.i[SHIFTS], m.i[N_SHIFTS]
    return advance(m.f[PERIOD], m.f[first : first + n], m.f[first + n : first + n + n], time, work)


@njit(**INNER)
def working_time(m, end):  # type: ignore[no-untyped-def]
    """Working time from now on."""
    first, n = m.i[SHIFTS], m.i[N_SHIFTS]
    return between(m.f[PERIOD], m.f[first : first + n], m.f[first + n : first + n + n], m.f[NOW], end)
