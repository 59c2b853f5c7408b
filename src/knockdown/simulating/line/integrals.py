"""How many stations are down over time, when failures come by time alone: apart from all flow."""

from __future__ import annotations

import numpy as np
from numba import njit

from knockdown.simulating.line.draws import JIT, advance, repair_time, up_time
from knockdown.simulating.line.tables import TDF


@njit(**JIT)
def repair_integrals(t, seed, replication, begin, end):  # type: ignore[no-untyped-def]
    """Integrals over a window of the number down and of all being up, when failures come by time.

    Plays the clocks of all stations from time 0 together, a change at a time.
    """
    n_all = t.n_stations + t.n_feeders
    change = np.full(n_all, np.inf)
    number = np.zeros(n_all, np.int64)
    is_down = np.zeros(n_all, np.bool_)
    for j in range(n_all):
        if t.mode[j] == TDF:
            up = up_time(seed, replication, j, 0, 0, t.mttf[j])
            change[j] = advance(t.period, t.shift_starts, t.shift_ends, 0.0, up)
    time, n_down, down, all_up = 0.0, 0, 0.0, 0.0
    while time < end:
        j = np.argmin(change)
        length = min(change[j], end) - max(time, begin)
        if length > 0.0:
            down += n_down * length
            if n_down == 0:
                all_up += length
        time = change[j]
        if time >= end:
            break
        if is_down[j]:
            number[j] += 1
            next_one = up_time(seed, replication, j, 0, number[j], t.mttf[j])
            n_down -= 1
        else:
            next_one = repair_time(seed, replication, j, 0, number[j], t.mttr[j])
            n_down += 1
        is_down[j] = not is_down[j]
        change[j] = advance(t.period, t.shift_starts, t.shift_ends, time, next_one)
    return down, all_up
