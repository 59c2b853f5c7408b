"""Variant, arrival and work times of one vehicle in `WIDTH` replications."""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.basics.rng import Stream
from knockdown.simulating.line.tables import POISSON
from knockdown.simulating.line.vector_draws import INLINE, draw, log, philox, uniform_of
from knockdown.simulating.line.vectors import WIDTH, floats, load, select, store, words

_STATION_TIME, _VARIANT_MIX = np.uint64(Stream.STATION_TIME), np.uint64(Stream.VARIANT_MIX)
_ARRIVAL = np.uint64(Stream.ARRIVAL)
_LOW, _32, _0 = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0)


@njit(**INLINE)
def choose(chances, vehicles, replications, k0, k1):  # type: ignore[no-untyped-def]
    """Variants of vehicles, as floats."""
    variant = floats(0.0)
    if len(chances) > 1:
        w0, w1, _, _ = philox(words(_0), vehicles, replications, words(_VARIANT_MIX), k0, k1)
        u = uniform_of(w0, w1)
        for v in range(len(chances) - 1):
            variant = select(u >= chances[v], floats(v + 1.0), variant)
    return variant


@njit(**INLINE)
def prepare_vehicle(t, seed, room, n):  # type: ignore[no-untyped-def]
    """Draw the variant, and the arrival when a new lot comes."""
    k0, k1, replications = np.uint64(seed) & _LOW, np.uint64(seed) >> _32, load(room.replications, 0)
    if len(t.chances) > 1:
        store(room.chosen, 0, choose(t.chances, words(np.uint64(n)), replications, k0, k1))
    if t.process == POISSON and n % t.lot_size == 0:
        lot = np.uint64(n // t.lot_size)
        w0, w1, _, _ = philox(words(_0), words(lot), replications, words(_ARRIVAL), k0, k1)
        gap = (0.0 - floats(1.0 / t.rate)) * log(1.0 - uniform_of(w0, w1))
        store(room.arrival, 0, load(room.arrival, 0) + gap)


@njit(**INLINE)
def _scale(chosen, scale, j):  # type: ignore[no-untyped-def]
    """Scales of the variants."""
    found = floats(scale[j, 0])
    for v in range(1, scale.shape[1]):
        found = select(chosen > v - 0.5, floats(scale[j, v]), found)
    return found


@njit(**INLINE)
def work_at(j, u, chosen, one_shape, kind, scale, p1, p2, table, offset):  # type: ignore[no-untyped-def]
    """Work at a station from uniform numbers."""
    found = floats(0.0)
    if one_shape[j]:
        found = draw(kind[j, 0], _scale(chosen, scale, j), p1[j, 0], p2[j, 0], table, offset[j, 0], u)
    else:
        for v in range(scale.shape[1]):
            each = draw(kind[j, v], floats(scale[j, v]), p1[j, v], p2[j, v], table, offset[j, v], u)
            found = select(chosen > v - 0.5, each, found)
    return found


@njit(**INLINE)
def works_of(t, seed, room, n):  # type: ignore[no-untyped-def]
    """Draw the work of vehicle n, and of its parts, at all stations and feeders."""
    k0, k1, replications = np.uint64(seed) & _LOW, np.uint64(seed) >> _32, load(room.replications, 0)
    kind, scale, p1, p2, table, offset = t.kind, t.scale, t.p1, t.p2, t.quantiles, t.offset
    one_shape, work, chosen = room.one_shape, room.work, load(room.chosen, 0)
    n_all = t.n_stations + t.n_feeders
    for pair in range((n_all + 1) >> 1):
        j = 2 * pair
        w0, w1, w2, w3 = philox(
            words(np.uint64(pair)), words(np.uint64(n)), replications, words(_STATION_TIME), k0, k1
        )
        u = uniform_of(w0, w1)
        store(work, j * WIDTH, work_at(j, u, chosen, one_shape, kind, scale, p1, p2, table, offset))
        if j + 1 < n_all:
            u = uniform_of(w2, w3)
            store(
                work,
                (j + 1) * WIDTH,
                work_at(j + 1, u, chosen, one_shape, kind, scale, p1, p2, table, offset),
            )
