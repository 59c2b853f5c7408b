"""How many acknowledged events a second, and how long each waits, against raw inserts in the same run."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from knockdown.basics.clock import Clock, FixedClock, SystemClock
from knockdown.events.envelope import Event
from knockdown.ledger.chain import Row, row_of
from knockdown.ledger.group_commit import Ticket
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.work import work

PLAIN = """
CREATE TABLE entry (
    position INTEGER NOT NULL PRIMARY KEY, writer TEXT NOT NULL, run TEXT NOT NULL, subject TEXT NOT NULL,
    version INTEGER NOT NULL, kind TEXT NOT NULL, schema INTEGER NOT NULL, happened_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL, place TEXT, cause TEXT, event_id TEXT NOT NULL, body TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT
"""
KEYED = f"""{PLAIN.rstrip()}, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_by_event_id ON entry (event_id);
CREATE UNIQUE INDEX entry_of_floor ON entry (subject, version) WHERE writer = 'floor';
CREATE UNIQUE INDEX entry_of_run ON entry (writer, run, subject, version) WHERE writer <> 'floor';
"""
INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Acknowledged events a second, of the ledger and of raw inserts under the same submitters and grouping.

    Raw inserts store prepared rows with the ledger's keys, which keep each event once, and do nothing else:
    no hash, no look at what is there, no trigger. Plain ones have no key but the position.

    Parameters
    ----------
    n_submitters, n_events : int
        Threads, one event a submission; events in each round.
    ledger_per_s, raw_per_s, plain_per_s : tuple of float
        Events a second by round, taken in turns.
    ceiling_per_s : float
        Plain inserts by one thread, as many a commit as there are submitters.
    """

    n_submitters: int
    n_events: int
    ledger_per_s: tuple[float, ...]
    raw_per_s: tuple[float, ...]
    plain_per_s: tuple[float, ...]
    ceiling_per_s: float

    @property
    def share(self) -> float:
        """The ledger's rate by that of raw inserts, medians over rounds."""
        return statistics.median(self.ledger_per_s) / statistics.median(self.raw_per_s)

    @property
    def share_of_plain(self) -> float:
        """The ledger's rate by that of plain inserts, medians over rounds."""
        return statistics.median(self.ledger_per_s) / statistics.median(self.plain_per_s)


@dataclass(frozen=True, slots=True)
class WaitResult:
    """How long submitters waited for their answer at an offered rate.

    Parameters
    ----------
    n_events : int
        Submitted, one a submission.
    offered_per_s, taken_per_s : float
        Events a second.
    p50_ms, p99_ms, worst_ms : float
        From the time an event was due to its answer, so that a late start counts as waiting.
    """

    n_events: int
    offered_per_s: float
    taken_per_s: float
    p50_ms: float
    p99_ms: float
    worst_ms: float


class RawStore(Store):
    """Inserts of prepared rows under the same submitters and the same grouping.

    Parameters
    ----------
    path : Path
        A new file.
    table : str
        PLAIN or KEYED.
    """

    def __init__(self, path: Path, table: str) -> None:
        super().__init__(MemoryBackend("raw"), FixedClock(0))
        self.connection = open_raw(path, table)

    def insert(self, rows: Sequence[Row]) -> None:
        """Store rows; returns when they are on stable storage."""
        self._commits.submit(Ticket(events=tuple(rows)))  # type: ignore[arg-type]

    def _commit(self, tickets: list[Ticket]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        rows: list[Any] = [row for ticket in tickets for row in ticket.events]
        self.connection.executemany(INSERT, rows)
        self.connection.execute("COMMIT")


def open_raw(path: Path, table: str) -> apsw.Connection:
    """A new file with one plain table, as careful at commit as the ledger."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    for name, value in (("synchronous", "FULL"), ("fullfsync", 1), ("checkpoint_fullfsync", 1)):
        connection.pragma(name, value)
    connection.execute(table)
    return connection


def run_threads(n: int, act: Callable[[int], None]) -> float:
    """Run `act(0)` ... `act(n - 1)` in threads that begin together; seconds until the last ends."""
    gate = threading.Barrier(n + 1)
    errors: list[BaseException] = []

    def body(number: int) -> None:
        gate.wait()
        try:
            act(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - began


def events_of(submitter: int, n_events: int) -> list[Event]:
    """What a submitter submits, one by one: fifty events a unit."""
    return [work(f"S{submitter}-{i // 50}", i % 50 + 1) for i in range(n_events)]


def ledger_rate(path: Path, clock: Clock, n_submitters: int, n_each: int) -> float:
    """Acknowledged events a second of the ledger in a new file."""
    store = Store(SqliteBackend.create(path, "load", 0), clock)
    told = [events_of(i, n_each) for i in range(n_submitters)]

    def act(number: int) -> None:
        for event in told[number]:
            store.append([event])

    seconds = run_threads(n_submitters, act)
    n_stored = store.backend.last_position()
    store.close()
    if n_stored != n_submitters * n_each:
        raise AssertionError(f"{n_stored} events are stored")
    return n_stored / seconds


def _rows(n_submitters: int, n_each: int) -> list[list[Row]]:
    return [
        [row_of(e, i * n_each + k + 1, 0, bytes(32)) for k, e in enumerate(events_of(i, n_each))]
        for i in range(n_submitters)
    ]


def raw_rate(path: Path, n_submitters: int, n_each: int, table: str) -> float:
    """Acknowledged rows a second of raw inserts in a new file, under the same threads and grouping."""
    store = RawStore(path, table)
    rows = _rows(n_submitters, n_each)

    def act(number: int) -> None:
        for row in rows[number]:
            store.insert([row])

    seconds = run_threads(n_submitters, act)
    store.connection.close()
    return n_submitters * n_each / seconds


def ceiling_rate(path: Path, n_submitters: int, n_each: int) -> float:
    """Rows a second of one thread that inserts as many rows a commit as there are submitters."""
    connection = open_raw(path, PLAIN)
    rows: list[Row] = [row for some in zip(*_rows(n_submitters, n_each), strict=True) for row in some]
    began = time.perf_counter()
    for i in range(0, len(rows), n_submitters):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, rows[i : i + n_submitters])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return len(rows) / seconds


def measure_load(folder: Path, n_rounds: int, n_each: int, n_submitters: int = 64) -> LoadResult:
    """The ledger and raw inserts in turns, so that what else the machine does falls on both.

    Parameters
    ----------
    folder : Path
        Empty, on the disk that is to be measured.
    n_rounds, n_each, n_submitters : int
        Rounds, events of each submitter in a round, submitting threads.
    """
    ours, raw, plain = [], [], []
    for number in range(n_rounds):
        plain.append(raw_rate(folder / f"plain-{number}.db", n_submitters, n_each, PLAIN))
        raw.append(raw_rate(folder / f"raw-{number}.db", n_submitters, n_each, KEYED))
        ours.append(ledger_rate(folder / f"ours-{number}.kd", SystemClock(), n_submitters, n_each))
    ceiling = ceiling_rate(folder / "ceiling.db", n_submitters, n_each)
    return LoadResult(n_submitters, n_submitters * n_each, tuple(ours), tuple(raw), tuple(plain), ceiling)


def measure_waits(
    path: Path, clock: Clock, seconds: float, per_s: float = 200.0, n_submitters: int = 64
) -> WaitResult:
    """Submit at a steady rate, spread evenly over the submitters, and time each answer.

    Parameters
    ----------
    path : Path
        A new file, on the disk that is to be measured.
    clock : Clock
        For `recorded_at`.
    seconds, per_s, n_submitters : float, float, int
        How long, how many events a second in all, how many submitting threads.
    """
    store = Store(SqliteBackend.create(path, "waits", 0), clock)
    n_each = max(1, round(seconds * per_s / n_submitters))
    waits: list[float] = []

    def act(number: int) -> None:
        due = time.perf_counter() + number / per_s
        for event in events_of(number, n_each):
            time.sleep(max(0.0, due - time.perf_counter()))
            store.append([event])
            waits.append(time.perf_counter() - due)
            due += n_submitters / per_s

    took_s = run_threads(n_submitters, act)
    store.close()
    return _wait_result(sorted(waits), per_s, took_s)


def _wait_result(waits: list[float], per_s: float, took_s: float) -> WaitResult:
    def quantile(share: float) -> float:
        return waits[min(len(waits) - 1, int(share * len(waits)))] * 1_000

    return WaitResult(
        len(waits), per_s, len(waits) / took_s, quantile(0.5), quantile(0.99), waits[-1] * 1_000
    )
