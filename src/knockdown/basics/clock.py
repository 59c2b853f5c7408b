"""What time it is, asked of a clock that is passed in, so that a run can be repeated."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time.

    Code that needs the time takes a `Clock`; it never asks the machine itself.
    """

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01 00:00 UTC."""
        ...


class SystemClock:
    """The machine's clock. It may step back when the machine's time is set.

    >>> SystemClock().now_ms() > 1_700_000_000_000
    True
    """

    def now_ms(self) -> int:
        """Return milliseconds since 1970-01-01 00:00 UTC, leap seconds not counted."""
        return time.time_ns() // 1_000_000


class FixedClock:
    """A clock that moves only when told to, for tests and replays.

    Parameters
    ----------
    at_ms : int
        Milliseconds since 1970-01-01 00:00 UTC.

    Examples
    --------
    >>> clock = FixedClock(1_000)
    >>> clock.advance(500)
    >>> clock.now_ms()
    1500
    """

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms

    def now_ms(self) -> int:
        """Return the time it was set to."""
        return self._at_ms

    def advance(self, by_ms: int) -> None:
        """Move the clock on.

        Raises
        ------
        ValueError
            When it would go back.
        """
        if by_ms < 0:
            raise ValueError(f"a clock does not go back, and {by_ms} ms is negative")
        self._at_ms += by_ms
