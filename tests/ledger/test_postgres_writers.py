"""Many writers, lost answers and a lost primary, on real servers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import open_store
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.postgres_server import PostgresServer
from knockdown.ledger.refusals import InDoubt
from knockdown.ledger.store import Store
from knockdown.ledger.trials.failover import fail_over
from knockdown.ledger.verify import verify
from tests.ledger import pg
from tests.ledger.contract import NOW, hired

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
N_PROCESSES, N_THREADS, N_OWN, N_SHARED = 4, 3, 60, 20

WRITER = """
import sys, threading
from knockdown.basics.clock import SystemClock
from knockdown.events.envelope import tell
from knockdown.events.vocabulary import PeopleHired
from knockdown.ledger.book import open_store
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.refusals import VersionConflict

dsn, process, n_threads, n_own, n_shared = sys.argv[1], *map(int, sys.argv[2:])
store = open_store(PostgresBackend(dsn), SystemClock())
failures = []

def hired(crew, version, more=0):
    return tell(PeopleHired(n_people=1), writer="floor", run=f"f-{process}", subject_id=crew,
                version=version, happened_at=more)

def shared(mark):
    version = 1
    while True:
        try:
            return store.append([hired("crew-shared", version, mark)])
        except VersionConflict as refusal:
            version = refusal.current + 1

def write(thread):
    try:
        for version in range(1, n_own + 1):
            told = hired(f"crew-{process}-{thread}", version)
            store.append([told])
            if version % 7 == 0:
                assert not store.append([told])[0].is_new
            if version % (n_own // n_shared) == 0:
                shared(1_000_000 * process + 1_000 * thread + version)
    except BaseException as error:
        failures.append(error)
        raise

print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=write, args=(i,)) for i in range(n_threads)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit(bool(failures))
"""


def _writer(dsn: str, number: int) -> subprocess.Popen[str]:
    sizes = [str(n) for n in (number, N_THREADS, N_OWN, N_SHARED)]
    command = [sys.executable, "-c", WRITER, dsn, *sizes]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _start_together(writers: list[subprocess.Popen[str]]) -> None:
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()


def test_entries_become_visible_in_the_order_of_their_positions() -> None:
    dsn = pg.fresh_database()
    backend = PostgresBackend.create(dsn, "test", NOW)
    writers = [_writer(dsn, i) for i in range(N_PROCESSES)]
    _start_together(writers)
    tailed: list[int] = []
    n_looks = 0
    is_last = False
    while not is_last:
        is_last = all(writer.poll() is not None for writer in writers)  # and then one more look
        tailed += [event.position or 0 for event in _read_on(backend, tailed[-1] if tailed else 0)]
        n_looks += 1
    assert [writer.wait() for writer in writers] == [0] * N_PROCESSES
    n_events = N_PROCESSES * N_THREADS * (N_OWN + N_SHARED)
    assert n_looks > 50, "the reader was too slow to see anything of the order"
    assert tailed == list(range(1, n_events + 1))
    assert verify(backend).ok
    assert backend.committed_heads()["floor"].length == n_events
    shared = [event.version for event in Store(backend, FixedClock(NOW)).history("crew/crew-shared")]
    assert shared == list(range(1, N_PROCESSES * N_THREADS * N_SHARED + 1))
    backend.close()


def _read_on(backend: PostgresBackend, after: int) -> Iterator:
    return Store(backend, FixedClock(NOW)).read(after=after, limit=50)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    with PostgresServer() as primary, primary.make_standby() as standby:
        yield primary, standby


def _in_the_background(act: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(act())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def _once(primary: PostgresServer, query: str) -> None:
    """Do something to the session that waits for the standby."""
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    deadline = time.monotonic() + 20
    with psycopg.connect(primary.dsn, autocommit=True) as connection:
        while not connection.execute(f"SELECT {query}(pid) {waiting}".encode()).fetchall():
            assert time.monotonic() < deadline, "nobody waits for the standby"
            time.sleep(0.02)


@pytest.mark.parametrize("cut", ["pg_terminate_backend", "pg_cancel_backend"])
def test_what_the_standby_lacks_is_not_acknowledged(
    pair: tuple[PostgresServer, PostgresServer], cut: str
) -> None:
    primary, standby = pair
    dsn = pg.fresh_database(primary)
    backend = PostgresBackend.create(dsn, "test", NOW)
    store = open_store(backend, FixedClock(NOW))
    store.append([hired("crew-a", 1)])
    standby.stop()
    told = hired("crew-a", 2)
    thread, outcome = _in_the_background(lambda: store.append([told]))
    _once(primary, cut)
    thread.join(20)
    assert isinstance(outcome[0], InDoubt)
    assert [event.version for event in store.read()] == [1, 2]  # it stands here, and here only

    thread, outcome = _in_the_background(lambda: store.append([told]))
    _once(primary, "pg_cancel_backend")
    thread.join(20)
    assert isinstance(outcome[0], InDoubt), "told again it is not acknowledged either"

    thread, outcome = _in_the_background(lambda: store.append([told]))
    thread.join(0.3)
    assert thread.is_alive()
    standby.start()
    thread.join(20)
    receipt = outcome[0][0]  # type: ignore[index]
    assert (receipt.position, receipt.is_new) == (2, False)
    assert verify(backend).ok
    store.close()


def test_a_commit_that_is_never_answered_is_in_doubt() -> None:
    dsn = pg.fresh_database()
    backend = PostgresBackend.create(dsn, "test", NOW)
    store = open_store(backend, FixedClock(NOW))
    insert = backend.insert

    def cut_after_insert(*what: object) -> None:
        insert(*what)  # type: ignore[arg-type]
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (backend._writer.info.backend_pid,))
        backend.insert = insert  # type: ignore[method-assign]

    backend.insert = cut_after_insert  # type: ignore[method-assign]
    with pytest.raises(InDoubt):
        store.append([hired("crew-a", 1)])
    assert [(r.position, r.is_new) for r in store.append([hired("crew-a", 1)])] == [(1, True)]
    assert verify(backend).ok
    store.close()


def test_a_killed_primary_loses_nothing_that_was_acknowledged() -> None:
    result = fail_over(50 if LONG else 3, seed=20_261_122)
    assert result.ok, result
    assert result.n_acknowledged > 100 * result.n_failovers
    assert result.n_in_doubt > 0, "no kill came while something was being committed"
    assert max(result.recovery_s) < 5


def test_without_a_synchronous_standby_the_trial_finds_losses() -> None:
    result = fail_over(1, seed=7, is_synchronous=False)
    assert result.lost > 0
    assert result.faults == ()
