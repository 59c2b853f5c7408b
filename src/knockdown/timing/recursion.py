"""Departure times of a line by recursion, exact to the millisecond, compiled.

A line is stations in series. Station j has `places[j]` parallel places and `buffers[j]` waiting places
after it; a vehicle that is done keeps its place until there is room after it (blocking after service);
vehicles never overtake. With S entry, C done and D departure of vehicle n at station j,

    S[n,j] = max(D[n,j-1] or ready[n], S[n-1,j], D[n-places[j],j])
    C[n,j] = S[n,j] + work[n,j]
    D[n,j] = max(C[n,j], D[n-1,j], D[n-buffers[j]-places[j+1],j+1])

where terms with a negative index are absent, and with a limit W on the vehicles on the line
S[n,0] >= D[n-W,last]. All times are int64 milliseconds of working time: breaks and nights are taken out of
the axis beforehand (`knockdown.timing.working_time`), which is exact because all stations of a line keep
the same hours and work that is interrupted is resumed.

Importing this module imports Numba. Source: the recursion for blocking after service with finite buffers,
e.g. Buzacott and Shanthikumar, Stochastic Models of Manufacturing Systems, 1993, ch. 5; for parallel
places in order of leaving it is the same argument with n-1 replaced by n-places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_NJIT: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}


@njit(**_NJIT)
def _line_times(ready, work, places, buffers, wip_max, start, done, leave):  # type: ignore[no-untyped-def]
    n_vehicles, n_stations = work.shape
    for n in range(n_vehicles):
        arrived = ready[n]
        if wip_max > 0 and n >= wip_max:
            arrived = max(arrived, leave[n - wip_max, n_stations - 1])
        for j in range(n_stations):
            begin = arrived
            if n > 0:
                begin = max(begin, start[n - 1, j])
            if n >= places[j]:
                begin = max(begin, leave[n - places[j], j])
            gone = finished = begin + work[n, j]
            if n > 0:
                gone = max(gone, leave[n - 1, j])
            if j + 1 < n_stations:
                ahead = n - buffers[j] - places[j + 1]
                if ahead >= 0:
                    gone = max(gone, leave[ahead, j + 1])
            start[n, j], done[n, j], leave[n, j] = begin, finished, gone
            arrived = gone


def line_times(
    ready: Ints, work: Ints, places: Ints, buffers: Ints, wip_max: int = 0
) -> tuple[Ints, Ints, Ints]:
    """Entry, end of work and departure of every vehicle at every station of a line.

    Parameters
    ----------
    ready : array of int64, shape (n_vehicles,)
        Working time from which each vehicle may enter the line, ms, in line order.
    work : array of int64, shape (n_vehicles, n_stations)
        Work time, repairs and rework included, ms, 0 or more.
    places : array of int64, shape (n_stations,)
        Parallel places, 1 or more.
    buffers : array of int64, shape (n_stations,)
        Waiting places after each station; that of the last one counts for nothing (it is never blocked).
    wip_max : int
        Most vehicles on the line; 0 for no limit beyond places and buffers.

    Returns
    -------
    start, done, leave : array of int64, shape (n_vehicles, n_stations)
        Working time, ms.

    Raises
    ------
    ValueError
        When shapes disagree or a station has no place.

    Examples
    --------
    Two stations of 10 and 30 ms without a buffer: the second vehicle waits at the first station.

    >>> import numpy as np
    >>> work = np.array([[10, 30], [10, 30]])
    >>> *_, leave = line_times(np.zeros(2, np.int64), work, np.array([1, 1]), np.array([0, 0]))
    >>> leave.tolist()
    [[10, 40], [40, 70]]
    """
    ready, work, places, buffers = (np.ascontiguousarray(a, np.int64) for a in (ready, work, places, buffers))
    if work.ndim != 2 or ready.shape != work.shape[:1] or places.shape != work.shape[1:]:
        raise ValueError(
            f"ready {ready.shape}, work {work.shape} and places {places.shape} do not fit together"
        )
    if buffers.shape != places.shape or (places < 1).any() or (buffers < 0).any():
        raise ValueError("every station needs a place or more, and a buffer of 0 or more after it")
    start, done, leave = (np.zeros_like(work) for _ in range(3))
    _line_times(ready, work, places, buffers, wip_max, start, done, leave)
    return start, done, leave
