"""The working-time axis of a line: calendar time with nights, breaks and free days taken out.

Calendar time is integer milliseconds since midnight of the first day. Every working day has the same
windows; after the last one an overtime window may be open, of a length that is decided period by period.
Both directions are monotone; a moment outside the windows lies where the line stood still. A working time
on the border of two days is the evening of the first for work that ends (`closing`) and the morning
of the second for work that begins.

The functions are compiled and take the tables of `WorkDays`; `axis` makes them from dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MIN_MS = 60_000
DAY_MS = 24 * 60 * MIN_MS
FOREVER_MS = 1 << 60

# No array is made in these functions, so counting references to the tables would only cost time.
_NJIT: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True, "_nrt": False}


class WorkDays(NamedTuple):
    """Working days of a plant, as tables. Periods are the plan's, and a last one for all time after."""

    period_ms: Ints  # (n_periods + 1) calendar start of each period
    first_day: Ints  # (n_periods + 2) index of the first working day of each period
    day_ms: Ints  # (n_days) midnight of each working day
    day_period: Ints  # (n_days) period of each working day
    last_day: Ints  # (n_calendar_days) last working day on or before each calendar day, -1 for none
    window_ms: Ints  # (n_windows) start of each window after midnight
    length_ms: Ints  # (n_windows) length of each window
    regular_ms: int  # length of all windows


def axis(
    start: date, firsts: Sequence[date], workdays: Sequence[date], windows_min: Sequence[tuple[int, int]]
) -> WorkDays:
    """Tables of a plant's working time.

    Parameters
    ----------
    start : datetime.date
        Day 0; its midnight is calendar time 0.
    firsts : sequence of datetime.date
        First day of each period, and last the day after the horizon; what follows is one endless period.
    workdays : sequence of datetime.date
        Days worked, in order, as far into the future as is known.
    windows_min : sequence of (int, int)
        Windows of a working day in minutes after its midnight, in order, without overlap.

    Returns
    -------
    WorkDays

    Raises
    ------
    ValueError
        When there is no working day or no window.

    Examples
    --------
    >>> days = axis(date(2026, 1, 1), [date(2026, 1, 1), date(2026, 2, 1)], [date(2026, 1, 5)], [(480, 720)])
    >>> days.regular_ms // MIN_MS
    240
    """
    if not workdays or not windows_min:
        raise ValueError("a line without a working day or a window has no working time")
    day_index = np.array([(day - start).days for day in workdays], np.int64)
    first_index = np.array([(day - start).days for day in firsts], np.int64)
    first_day = np.searchsorted(day_index, first_index)
    every_day = np.arange(day_index[-1] + 2)
    lengths = np.array([b - a for a, b in windows_min], np.int64) * MIN_MS
    return WorkDays(
        period_ms=first_index * DAY_MS,
        first_day=np.append(first_day, len(workdays)).astype(np.int64),
        day_ms=day_index * DAY_MS,
        day_period=(np.searchsorted(first_index, day_index, side="right") - 1).astype(np.int64),
        last_day=(np.searchsorted(day_index, every_day, side="right") - 1).astype(np.int64),
        window_ms=np.array([a for a, _ in windows_min], np.int64) * MIN_MS,
        length_ms=lengths,
        regular_ms=int(lengths.sum()),
    )


def overtime_room_ms(days: WorkDays) -> int:
    """Longest overtime window that fits between the end of one day and the start of the next, ms.

    >>> days = axis(date(2026, 1, 1), [date(2026, 1, 1)], [date(2026, 1, 5)], [(480, 720), (780, 1020)])
    >>> overtime_room_ms(days) // MIN_MS
    900
    """
    return max(0, int(DAY_MS + days.window_ms[0] - days.window_ms[-1] - days.length_ms[-1]))


@njit(**_NJIT)
def period_of_calendar(day_period, last_day, calendar_ms):  # type: ignore[no-untyped-def]
    """Period whose working time a calendar moment belongs to (before its first day: the last one's).

    Takes two tables of `WorkDays`.

    >>> int(period_of_calendar(np.array([0, 1]), np.array([0, 0, 1]), 2 * DAY_MS))
    1
    """
    day = min(calendar_ms // DAY_MS, last_day.shape[0] - 1)
    if day < 0 or last_day[day] < 0:
        return 0
    return day_period[last_day[day]]


@njit(**_NJIT)
def to_working(days, period_work, overtime, calendar_ms):  # type: ignore[no-untyped-def]
    """Working time that has passed at a calendar moment.

    Parameters
    ----------
    days : WorkDays
        Tables of `axis`.
    period_work : array of int64
        Working time at the start of each period, ms; must be known up to the moment's period.
    overtime : array of int64
        Overtime window a day in each period, ms.
    calendar_ms : int
        Calendar time, ms since midnight of the first day.

    Returns
    -------
    int
        Working time, ms.

    Examples
    --------
    >>> days = axis(date(2026, 1, 1), [date(2026, 1, 1)], [date(2026, 1, 1), date(2026, 1, 2)], [(480, 720)])
    >>> zero = np.zeros(1, np.int64)
    >>> [int(to_working(days, zero, zero, hour * 3_600_000)) // 3_600_000 for hour in (0, 9, 20, 33)]
    [0, 1, 4, 5]
    """
    if calendar_ms <= 0:
        return 0
    calendar_day = calendar_ms // DAY_MS
    d = days.last_day[min(calendar_day, days.last_day.shape[0] - 1)]
    if d < 0:
        return 0
    if d > 0 and calendar_ms - days.day_ms[d] < days.window_ms[0]:
        # A night shift, or overtime, of the day before may still run.
        d -= 1
    p = days.day_period[d]
    offset = calendar_ms - days.day_ms[d]
    within = 0
    for w in range(days.window_ms.shape[0]):
        within += min(max(offset - days.window_ms[w], 0), days.length_ms[w])
    evening = days.window_ms[-1] + days.length_ms[-1]
    within += min(max(offset - evening, 0), overtime[p])
    return period_work[p] + (d - days.first_day[p]) * (days.regular_ms + overtime[p]) + within


@njit(**_NJIT)
def to_calendar(days, period_work, overtime, n_known, working_ms, closing, first=0):  # type: ignore[no-untyped-def]
    """Calendar moment at which a working time has passed.

    Parameters
    ----------
    days, period_work, overtime
        As of `to_working`.
    n_known : int
        Periods whose overtime is known; `period_work[n_known]` is known too.
    working_ms : int
        Working time, ms.
    closing : bool
        True for work that ends, False for work that begins: decides on the border of two windows.
    first : int
        A period that begins before the working time, where the search begins.

    Returns
    -------
    int
        Calendar time, ms since midnight of the first day.

    Examples
    --------
    >>> days = axis(date(2026, 1, 1), [date(2026, 1, 1)], [date(2026, 1, 1), date(2026, 1, 2)], [(480, 720)])
    >>> ends = np.array([0, FOREVER_MS]), np.zeros(1, np.int64)
    >>> [int(to_calendar(days, *ends, 1, 4 * 3_600_000, close)) // 3_600_000 for close in (True, False)]
    [12, 32]
    """
    edge = 0 if closing else 1
    p = first
    while p < n_known - 1 and working_ms + edge > period_work[p + 1]:
        p += 1
    length = days.regular_ms + overtime[p]
    past = working_ms - period_work[p]
    i = (past - (1 - edge)) // length
    if i < 0:
        i = 0
    d = days.first_day[p] + i
    if d >= days.day_ms.shape[0]:
        d = days.day_ms.shape[0] - 1
        i = d - days.first_day[p]
    rest = past - i * length
    for w in range(days.window_ms.shape[0]):
        if rest + edge <= days.length_ms[w]:
            return days.day_ms[d] + days.window_ms[w] + rest
        rest -= days.length_ms[w]
    return days.day_ms[d] + days.window_ms[-1] + days.length_ms[-1] + rest


def moment(start: date, calendar_ms: int) -> datetime:
    """Date and time of a calendar time, plant time.

    Parameters
    ----------
    start : datetime.date
        Day 0.
    calendar_ms : int
        Milliseconds since its midnight.

    Returns
    -------
    datetime.datetime

    Examples
    --------
    >>> moment(date(2026, 1, 1), DAY_MS + 8 * 3_600_000).isoformat()
    '2026-01-02T08:00:00'
    """
    return datetime(start.year, start.month, start.day) + timedelta(milliseconds=int(calendar_ms))
