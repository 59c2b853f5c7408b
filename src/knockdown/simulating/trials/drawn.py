"""All random numbers of one replication, drawn beforehand: lists for engines in plain Python."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from knockdown.simulating.line.draws import (
    JIT,
    draw,
    fails_gate,
    repair_time,
    service_uniform,
    up_time,
    variant_of,
)
from knockdown.simulating.line.tables import Tables

MOST_VISITS = 12
_SPARE = 200


class Drawn(NamedTuple):
    """Lists of floats and truth values."""

    work: list[list[list[float]]]  # [visit][station][vehicle]; later visits only with rework
    fails: list[list[bool]]  # [attempt][vehicle]
    ups: list[list[float]]  # [station][failure]
    repairs: list[list[float]]


@njit(**JIT)
def _works(t, seed, replication, visit, out):  # type: ignore[no-untyped-def]
    """Work of all vehicles at all stations."""
    for n in range(out.shape[1]):
        v = variant_of(seed, replication, n, t.chances)
        for j in range(out.shape[0]):
            u = service_uniform(seed, replication, j, n, visit)
            out[j, n] = draw(
                t.kind[j, v], t.scale[j, v], t.p1[j, v], t.p2[j, v], t.quantiles, t.offset[j, v], u
            )


@njit(**JIT)
def _gates(t, seed, replication, out):  # type: ignore[no-untyped-def]
    """Which vehicles fail at the gate, by attempt."""
    for attempt in range(out.shape[0]):
        for n in range(out.shape[1]):
            out[attempt, n] = fails_gate(seed, replication, n, attempt, t.p_fail)


@njit(**JIT)
def _clocks(t, seed, replication, ups, repairs):  # type: ignore[no-untyped-def]
    """Up-times and repairs."""
    for j in range(ups.shape[0]):
        for k in range(ups.shape[1]):
            ups[j, k] = up_time(seed, replication, j, 0, k, t.mttf[j])
            repairs[j, k] = repair_time(seed, replication, j, 0, k, t.mttr[j])


def drawn_for(t: Tables, seed: int, replication: int, vehicles: int) -> Drawn:
    """Draw everything that a run may use, by the names that every engine uses."""
    key = np.uint64(seed)
    visits = MOST_VISITS if t.n_rework else 1
    work = np.empty((visits, t.n_all, vehicles))
    for visit in range(visits):
        _works(t, key, replication, visit, work[visit])
    fails = np.zeros((visits, vehicles), dtype=np.bool_)
    if t.n_rework:
        _gates(t, key, replication, fails)
    n_clocks = 0
    if t.mode.any():
        busiest = (work[0].sum(axis=1) / np.where(t.mttf > 0, t.mttf, np.inf)).max()
        n_clocks = int(busiest * (2 if t.n_rework else 1.3)) + _SPARE
    ups, repairs = np.zeros((t.n_all, n_clocks)), np.zeros((t.n_all, n_clocks))
    _clocks(t, key, replication, ups, repairs)
    return Drawn(work.tolist(), fails.tolist(), ups.tolist(), repairs.tolist())
