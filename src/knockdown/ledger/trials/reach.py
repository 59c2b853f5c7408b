"""Large ledgers: how long one subject's history takes, and how soon a killed writer's file answers again."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from knockdown.basics.clock import Clock
from knockdown.ledger.book import replay
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import MOST_IN_A_SUBMISSION, Store
from knockdown.ledger.trials.kill import KillResult, kill_often
from knockdown.ledger.trials.work import work

EVENTS_A_UNIT = 50
N_READS = 200
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class HistoryTime:
    """How long one subject's history takes at a size of the ledger.

    Parameters
    ----------
    n_events : int
        In the ledger.
    n_of_subject : int
        In the history that is read.
    median_ms, p99_ms : float
        Of 200 readings of units spread over the ledger, each read once before.
    """

    n_events: int
    n_of_subject: int
    median_ms: float
    p99_ms: float


def grow(store: Store, n_from: int, n_to: int) -> float:
    """Append events until there are `n_to`, ten thousand at a time; returns seconds.

    The events of two hundred units at a time are interleaved, so that a unit's history is spread out.
    """
    began = time.perf_counter()
    for first in range(n_from, n_to, MOST_IN_A_SUBMISSION):
        block = first // MOST_IN_A_SUBMISSION
        n_units = MOST_IN_A_SUBMISSION // EVENTS_A_UNIT
        some = range(min(MOST_IN_A_SUBMISSION, n_to - first))
        store.append([work(f"R{block}-{i % n_units}", i // n_units + 1) for i in some])
    return time.perf_counter() - began


def read_histories(store: Store, n_events: int) -> HistoryTime:
    """Time the histories of units spread over the whole ledger, warm."""
    n_blocks = n_events // MOST_IN_A_SUBMISSION
    subjects = [f"unit/R{i * n_blocks // N_READS}-{i % 200}" for i in range(N_READS)]
    times_ms = []
    for subject in subjects:
        for _ in range(2):
            began = time.perf_counter()
            history = store.history(subject)
            took_ms = (time.perf_counter() - began) * 1_000
        if len(history) != EVENTS_A_UNIT:
            raise AssertionError(f"{subject} has {len(history)} events")
        times_ms.append(took_ms)
    p99_ms = sorted(times_ms)[int(0.99 * N_READS)]
    return HistoryTime(n_events, EVENTS_A_UNIT, statistics.median(times_ms), p99_ms)


def measure_histories(path: Path, clock: Clock, sizes: tuple[int, ...], tell: Tell) -> list[HistoryTime]:
    """Grow a new ledger to each size, multiples of ten thousand, and time histories there.

    Parameters
    ----------
    path : Path
        A new file; it is left as it is at the last size.
    clock : Clock
        For `recorded_at`.
    sizes : tuple of int
        Rising.
    tell : callable
        Is told how it goes.
    """
    store = Store(SqliteBackend.create(path, "reach", clock.now_ms()), clock)
    results: list[HistoryTime] = []
    there = 0
    for size in sizes:
        seconds = grow(store, there, size)
        results.append(read_histories(store, size))
        tell(f"{size:,} events, the last {size - there:,} in {seconds:.0f} s: {results[-1].median_ms:.2f} ms")
        there = size
    store.close()
    return results


def measure_rebuild(path: Path, clock: Clock) -> float:
    """Seconds that folding every entry of the floor anew takes."""
    store = Store(SqliteBackend(path), clock)
    began = time.perf_counter()
    replay(store)
    seconds = time.perf_counter() - began
    store.close()
    return seconds


def measure_recovery(path: Path, clock: Clock, seed: int, n_kills: int) -> KillResult:
    """Kill writers of a large ledger; what counts is `worst_recovery_s`. Does not verify the whole file."""
    return kill_often(path, clock, seed, n_kills, is_read_through=False)


def as_log(times: list[HistoryTime]) -> float:
    """Growth of the median from the smallest to the largest ledger, by growth of the logarithm of its size.

    1 or less means no faster than log n.

    >>> from dataclasses import replace
    >>> small = HistoryTime(10_000, 50, 1.0, 1.0)
    >>> as_log([small, replace(small, n_events=1_000_000, median_ms=1.2)])
    0.8
    """
    small, large = times[0], times[-1]
    by_log = math.log(large.n_events) / math.log(small.n_events)
    return round(large.median_ms / small.median_ms / by_log, 3)
