"""Days and milliseconds of plant time, turned into one another in one place."""

from __future__ import annotations

from datetime import date

DAY_MS = 86_400_000
EPOCH_DAY = date(1970, 1, 1).toordinal()


def ms_of(day: int) -> int:
    """The first millisecond of a day.

    >>> ms_of(date(1970, 1, 2).toordinal())
    86400000
    """
    return max(0, day - EPOCH_DAY) * DAY_MS


def day_of(at_ms: int) -> int:
    """The day of a moment.

    >>> day_of(86_400_001) == date(1970, 1, 2).toordinal()
    True
    """
    return at_ms // DAY_MS + EPOCH_DAY


def iso(day: int | None) -> str | None:
    """A day as printed.

    >>> iso(date(2026, 2, 3).toordinal())
    '2026-02-03'
    """
    return None if day is None else date.fromordinal(day).isoformat()
