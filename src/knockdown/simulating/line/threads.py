"""Plays shares of the replications on threads; the answer does not depend on how many there are."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any, TypeVar

Share = TypeVar("Share")
Result = TypeVar("Result")
_LATE = object()


def play_shares(
    play: Callable[[Share], Result],
    shares: Sequence[Share],
    threads: int | None = None,
    until: float | None = None,
    heard: Callable[[int], None] | None = None,
) -> list[Result]:
    """Results of the shares in their order.

    Threads are daemons: compiled code cannot be broken off, so after Ctrl-C they are left behind.

    Parameters
    ----------
    play : function
        Plays a share; compiled code that lets other threads run.
    shares : sequence
    threads : int, optional
        At most so many; by default one a processor.
    until : float, optional
        Moment of `time.monotonic` after which no share is begun; the first always is.
    heard : function, optional
        Called with the number of shares done.

    Returns
    -------
    list
        Of the shares that were played, which are the first ones.

    Examples
    --------
    >>> play_shares(lambda x: 2 * x, [1, 2, 3], threads=2)
    [2, 4, 6]
    """
    done: queue.SimpleQueue[tuple[int, Any, BaseException | None]] = queue.SimpleQueue()
    places = iter(range(len(shares)))
    lock = threading.Lock()

    def work() -> None:
        while (i := _next(places, lock)) is not None:
            try:
                late = until is not None and i > 0 and time.monotonic() > until
                done.put((i, _LATE if late else play(shares[i]), None))
            except BaseException as error:
                done.put((i, None, error))

    for _ in range(min(threads or os.cpu_count() or 1, len(shares))):
        threading.Thread(target=work, name="line", daemon=True).start()
    return _collected(done, len(shares), heard or (lambda _: None))


def _next(places: Iterator[int], lock: threading.Lock) -> int | None:
    with lock:
        return next(places, None)


def _collected(done: Any, count: int, heard: Callable[[int], None]) -> list[Any]:
    """Results up to the first that was not begun."""
    results: dict[int, Any] = {}
    for _ in range(count):
        i, result, error = done.get()
        if error is not None:
            raise error
        if result is not _LATE:
            results[i] = result
        heard(len(results))
    return [results[i] for i in takewhile(results.__contains__, range(count))]
