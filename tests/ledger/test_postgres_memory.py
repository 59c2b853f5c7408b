"""Groups that are written by what the process remembers: wherever that is wrong, the ledger is right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import open_store
from knockdown.ledger.form import form_of
from knockdown.ledger.group_commit import Ticket
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.postgres_memory import Memory
from knockdown.ledger.refusals import IdTaken, InDoubt, NotStored, Refused, StoreFailed, VersionConflict
from knockdown.ledger.store import Store
from knockdown.ledger.verify import verify
from tests.ledger import pg
from tests.ledger.contract import NOW, hired, lot, story


class Watched(PostgresBackend):
    """Counts what was written in which way."""

    n_asked = n_alone = n_wrong = 0

    def begin(self) -> int:
        self.n_asked += 1
        return super().begin()

    def put_alone(self, *what: Any) -> bool:
        is_right = super().put_alone(*what)
        self.n_alone += is_right
        self.n_wrong += not is_right
        return is_right

    @property
    def told(self) -> tuple[int, int, int]:
        return self.n_asked, self.n_alone, self.n_wrong


@pytest.fixture
def backend() -> Iterator[Watched]:
    backend = Watched.create(pg.fresh_database(), "test", NOW)
    yield backend  # type: ignore[misc]
    assert verify(backend).faults == ()
    backend.close()


@pytest.fixture
def store(backend: Watched) -> Store:
    store = open_store(backend, FixedClock(NOW))
    store.append([hired("crew-a", 1)])
    assert backend.told == (1, 0, 0)
    return store


def other_process(backend: Watched) -> Store:
    return open_store(PostgresBackend(backend._dsn), FixedClock(NOW))


def test_a_lone_writer_asks_once(store: Store, backend: Watched) -> None:
    for version in range(2, 30):
        assert store.append([hired("crew-a", version)])[0].position == version
    store.append(lot())
    store.append(story("U-1", 1))
    assert backend.told == (1, 30, 0)


def test_what_would_be_refused_is_looked_up(store: Store, backend: Watched) -> None:
    told = hired("crew-a", 2)
    assert store.append([told])[0].is_new
    assert [(r.position, r.is_new) for r in store.append([told])] == [(2, False)]
    with pytest.raises(VersionConflict):
        store.append([hired("crew-a", 2, happened_at=77)])
    with pytest.raises(Refused, match="unit"):
        store.append(story("U-1", 1)[1:])
    assert store.append([hired("crew-a", 3)])[0].position == 3
    assert backend.told == (4, 2, 0)


def test_of_a_group_only_the_doubtful_are_looked_up(store: Store, backend: Watched) -> None:
    told = [
        hired("crew-a", 2),
        hired("crew-a", 1),
        hired("crew-b", 2),
        hired("crew-c", 3),
        hired("crew-b", 1),
    ]
    tickets = [Ticket((event,), (form_of(event),)) for event in told]
    store._commit(tickets)
    assert [ticket.is_kept for ticket in tickets] == [True, False, False, False, True]
    assert [[r.position for r in ticket.receipts] for ticket in tickets] == [[2], [1], [4], [], [3]]
    assert [type(ticket.error) for ticket in tickets] == [type(None)] * 3 + [VersionConflict, type(None)]
    assert backend.told == (2, 1, 0)


def test_an_event_told_again_with_the_next_version_is_known(store: Store, backend: Watched) -> None:
    told = hired("crew-a", 2)
    store.append([told])
    again = store.append([replace(told, version=3)])[0]
    assert (again.position, again.is_new, backend.told) == (2, False, (2, 1, 1))


def test_an_id_of_something_else_is_refused(store: Store, backend: Watched) -> None:
    store.append([hired("crew-a", 2, event_id="ev-7")])
    with pytest.raises(IdTaken):
        store.append([hired("crew-b", 1, event_id="ev-7")])
    assert backend.n_wrong == 1
    assert store.append([hired("crew-b", 1)])[0].position == 3


def test_another_process_is_noticed(store: Store, backend: Watched) -> None:
    other = other_process(backend)
    version = 1
    for n_alone in (1, 2, 4, 8, 16):
        assert other.append([hired("crew-a", version + 1)])[0].is_new
        with pytest.raises(VersionConflict) as refusal:
            store.append([hired("crew-a", version + 1, happened_at=99)])
        version = refusal.value.current
        for _ in range(n_alone):
            version += 1
            store.append([hired("crew-a", version)])
    other.close()
    assert backend.n_wrong >= 2
    read = [event.version for event in store.read()]
    assert read == list(range(1, version + 1))


def test_a_subject_that_another_process_began_is_noticed(store: Store, backend: Watched) -> None:
    other = other_process(backend)
    other.append([hired("crew-b", 1)])
    with pytest.raises(VersionConflict):
        store.append([hired("crew-b", 1, happened_at=99)])
    other.close()
    assert store.append([hired("crew-b", 2)])[0].position == 3


def test_a_head_that_was_changed_is_not_built_upon(store: Store, backend: Watched) -> None:
    with psycopg.connect(backend._dsn, autocommit=True) as outside:
        old = outside.execute("SELECT hash FROM knockdown.chain").fetchone()
        outside.execute("UPDATE knockdown.chain SET hash = %s", (bytes(32),))
        store.append([hired("crew-a", 2)])
        assert backend.told == (2, 0, 1)
        assert any("position 2" in fault for fault in verify(backend).faults)
        outside.execute("ALTER TABLE knockdown.entry DISABLE TRIGGER ALL; DELETE FROM knockdown.entry"
                        " WHERE position = 2; UPDATE knockdown.ledger SET last_position = 1")  # fmt: skip
        outside.execute("UPDATE knockdown.chain SET length = 1, position = 1, hash = %s", old)
        for name in ("is_never_changed", "of_floor_is_never_deleted", "of_floor_is_never_truncated"):
            outside.execute(f"ALTER TABLE knockdown.entry ENABLE ALWAYS TRIGGER entry_{name}".encode())


def test_a_rule_that_swallows_entries_is_not_acknowledged(store: Store, backend: Watched) -> None:
    with psycopg.connect(backend._dsn, autocommit=True) as outside:
        outside.execute("CREATE RULE swallow AS ON INSERT TO knockdown.entry DO INSTEAD NOTHING")
        with pytest.raises(NotStored, match="0 of 1"):
            store.append([hired("crew-a", 2)])
        outside.execute("DROP RULE swallow ON knockdown.entry")
    assert store.append([hired("crew-a", 2)])[0].position == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_cut_in_the_middle_leaves_it_in_doubt(store: Store, backend: Watched, when: str) -> None:
    writer, pid = backend._writer, backend._writer.info.backend_pid
    real = writer.call

    def cut(name: str, values: Any) -> Any:
        done = real(name, values) if when == "after" else None
        with psycopg.connect(backend._dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        real(name, values)
        return done

    writer.call = cut  # type: ignore[method-assign]
    with pytest.raises(InDoubt):
        store.append([hired("crew-a", 2)])
    receipt = store.append([hired("crew-a", 2)])[0]
    assert (receipt.position, receipt.is_new) == (2, when == "before")


def test_a_restart_between_two_submissions_is_not_noticed(store: Store, backend: Watched) -> None:
    with psycopg.connect(backend._dsn, autocommit=True) as other:
        pid = backend._writer.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert store.append([hired("crew-a", 2)])[0].is_new
    assert backend.told == (2, 0, 0)


def test_plans_and_simulated_runs_are_always_asked_for(store: Store, backend: Watched) -> None:
    store.begin_run("twin", "T-1", {})
    store.append(story("U-1", 1, writer="twin", run="T-1"))
    other = other_process(backend)
    other.prune("twin", "T-1")
    other.close()
    with pytest.raises(Refused, match="pruned"):
        store.append([hired("crew-a", 1, writer="twin", run="T-1")])
    assert store.append([hired("crew-a", 2)])[0].position == 5
    assert backend.n_wrong == 0


def test_two_processes_threads_and_resends(store: Store, backend: Watched) -> None:
    other = other_process(backend)
    failures: list[BaseException] = []

    def submit(number: int) -> None:
        try:
            for version in range(1, 40):
                told = hired(f"crew-{number}", version)
                (store, other)[number % 2].append([told])
                if version % 7 == 0:
                    assert not (store, other)[version % 2].append([told])[0].is_new
        except (StoreFailed, Refused, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=submit, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert failures == []
    assert [event.position for event in store.read()] == list(range(1, 6 * 39 + 2))


def test_a_memory_doubts_itself_the_longer_the_more_often_it_was_wrong() -> None:
    memory = Memory()
    head = object()
    waits = []
    for _ in range(12):
        memory.was_wrong()
        n = 0
        while memory.recall([]) is None:
            memory.learn(7, head)  # type: ignore[arg-type]
            n += 1
        waits.append(n)
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 1_001
