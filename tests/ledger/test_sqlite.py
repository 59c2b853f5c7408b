"""The store in an SQLite file keeps the contract, and the file itself refuses what must not be."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import open_store
from knockdown.ledger.chain import ROW_FIELDS
from knockdown.ledger.refusals import LedgerDamaged, NotStored
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.sqlite_link import refuse_faulty
from knockdown.ledger.verify import verify
from tests.ledger.contract import NOW, StoreContract, hired, lot, story


class TestSqlite(StoreContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Iterator[SqliteBackend]:
        backend = SqliteBackend.create(tmp_path / "ledger.sqlite", "test", NOW)
        yield backend
        backend.close()


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    store = open_store(SqliteBackend.create(path, "test", NOW), FixedClock(NOW))
    store.append([*lot(), *story("U-1", 1), hired("crew-a", 1)])
    store.begin_run("twin", "T-1", {})
    store.append(story("U-1", 1, writer="twin", run="T-1"))
    store.close()
    return path


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE entry SET body = '{}' WHERE position = 2", "never changed"),
        ("UPDATE entry SET body = '{}' WHERE writer = 'twin'", "never changed"),
        ("DELETE FROM entry WHERE position = 3", "never deleted"),
        ("DELETE FROM entry", "never deleted"),
        (
            "INSERT OR REPLACE INTO entry SELECT position, writer, run, subject, version, kind, schema, 7,"
            " recorded_at, place, cause, 'other', body, hash FROM entry WHERE position = 1",
            "never replaced",
        ),
        (
            "INSERT OR REPLACE INTO entry SELECT 999, writer, run, 'crew/x', version, kind, schema, 7,"
            " recorded_at, place, cause, event_id, body, hash FROM entry WHERE position = 1",
            "never replaced",
        ),
        (
            "INSERT OR REPLACE INTO entry SELECT 999, writer, run, subject, version, kind, schema, 7,"
            " recorded_at, place, cause, 'other', body, hash FROM entry WHERE position = 1",
            "never replaced",
        ),
    ],
)
def test_the_database_refuses(filled: Path, sql: str, says: str) -> None:
    before = list(apsw.Connection(str(filled)).execute("SELECT * FROM entry"))
    with pytest.raises(apsw.ConstraintError, match=says):
        apsw.Connection(str(filled)).execute(sql)
    assert list(apsw.Connection(str(filled)).execute("SELECT * FROM entry")) == before


def _dropped(raw: apsw.Connection, trigger: str) -> str:
    """Drop a trigger, as somebody would who can write to the file; returns what makes it again."""
    sql = next(raw.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (trigger,)))[0]
    raw.execute(f"DROP TRIGGER {trigger}")
    return str(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER entry_is_never_changed",
        "DROP INDEX entry_by_event_id",
        "CREATE TRIGGER quiet BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TABLE extra (x)",
        "CREATE VIEW names AS SELECT * FROM person",
    ],
)
def test_a_changed_schema_is_refused(filled: Path, sql: str) -> None:
    raw = apsw.Connection(str(filled))
    raw.execute(sql)
    raw.close()
    with pytest.raises(LedgerDamaged, match="schema was changed"):
        SqliteBackend(filled)


def test_a_schema_changed_while_it_is_open_is_found(filled: Path) -> None:
    backend = SqliteBackend(filled)
    raw = apsw.Connection(str(filled))
    raw.execute("CREATE TRIGGER quiet BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END")
    raw.close()
    assert any("trigger quiet was added" in fault for fault in verify(backend).faults)
    with pytest.raises(NotStored, match="did not take every entry"):
        open_store(backend, FixedClock(NOW)).append([hired("crew-b", 1)])
    backend.close()


def test_an_entry_beyond_the_last_position_is_found(filled: Path) -> None:
    raw = apsw.Connection(str(filled))
    raw.execute(
        "INSERT INTO entry SELECT 11, writer, run, 'crew/x', 1, kind, schema, 7, recorded_at, place, cause,"
        " 'forged', body, zeroblob(32) FROM entry WHERE position = 7"
    )
    raw.close()
    backend = SqliteBackend(filled)
    faults = verify(backend).faults
    assert any("beyond the last one" in fault for fault in faults)
    assert any("hash of crew/x" in fault for fault in faults)
    backend.close()


def test_a_last_position_that_was_raised_is_found(filled: Path) -> None:
    raw = apsw.Connection(str(filled))
    raw.execute("UPDATE ledger SET last_position = 9000")
    raw.close()
    backend = SqliteBackend(filled)
    assert any("noted as 9,000" in fault for fault in verify(backend).faults)
    backend.close()


def test_verifying_while_others_write_raises_no_alarm(filled: Path) -> None:
    backend = SqliteBackend(filled)
    store = open_store(backend, FixedClock(NOW))
    stop, faults = threading.Event(), []

    def write() -> None:
        version = 1
        while not stop.is_set():
            version += 1
            store.append([hired("crew-a", version)])

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(20):
        faults += verify(backend, files=False).faults
    stop.set()
    writer.join()
    assert faults == []
    store.close()


def test_connections_end_with_their_threads(filled: Path) -> None:
    store = open_store(SqliteBackend(filled), FixedClock(NOW))
    for _ in range(40):
        thread = threading.Thread(target=lambda: list(store.read()))
        thread.start()
        thread.join()
    gc.collect()
    assert len(store.backend._readers) <= 2
    store.close()


def test_a_closed_store_stays_closed(filled: Path) -> None:
    store = open_store(SqliteBackend(filled), FixedClock(NOW))
    store.close()
    for _ in range(2):
        with pytest.raises(NotStored):
            store.append([hired("crew-b", 1)])
    with pytest.raises(NotStored):
        list(store.read())


@pytest.mark.parametrize("column", [name for name in ROW_FIELDS if name not in ("position", "hash")])
def test_verify_finds_a_changed_field(filled: Path, column: str) -> None:
    raw = apsw.Connection(str(filled))
    trigger = _dropped(raw, "entry_is_never_changed")
    typed = next(raw.execute(f"SELECT typeof({column}) FROM entry WHERE position = 4"))[0]
    value = {"integer": f"{column} + 100", "null": "'x'"}.get(typed, f"{column} || 'x'")
    value = "'plan'" if column == "writer" else value
    raw.execute(f"UPDATE entry SET {column} = {value} WHERE position = 4")
    raw.execute(trigger)
    raw.close()
    backend = SqliteBackend(filled)
    found = verify(backend, files=False)
    assert not found.ok
    assert any("position 4" in fault for fault in found.faults)
    backend.close()


def test_verify_finds_entries_cut_off(filled: Path) -> None:
    raw = apsw.Connection(str(filled))
    trigger = _dropped(raw, "entry_of_floor_is_never_deleted")
    raw.execute("DELETE FROM entry WHERE position = 7")
    raw.execute(trigger)
    raw.close()
    backend = SqliteBackend(filled)
    found = verify(backend)
    assert found.faults == ("chain floor: has 6 entries, and the ledger noted 7",)
    backend.close()


def test_an_erased_name_leaves_no_trace_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    backend = SqliteBackend.create(path, "test", NOW)
    for i in range(120):
        backend.put_person(f"p-{i:016x}"[:18], "person", f"Zrkxqv Unusualname the {i}th of that family")
        backend.put_person(f"p-{i * 7919 % 1000}", "person", f"Somebody Number {i}")
    for person_id, (_, name) in backend.people().items():
        if "Unusualname" in name:
            backend.put_person(person_id, "person", None)
    for file in tmp_path.iterdir():  # while it is open: the log must not hold them either
        assert b"Unusualname" not in file.read_bytes(), file.name
    assert backend.people()
    backend.close()


def test_faulty_versions_of_sqlite_are_refused() -> None:
    for version in ("3.40.1", "3.7.0", "3.51.2", "3.50.6", "3.44.5", "3.45.1"):
        with pytest.raises(LedgerDamaged, match="can lose committed data"):
            refuse_faulty(version)
    for version in ("3.51.3", "3.50.7", "3.44.6", "3.52.0", "4.0.0"):
        refuse_faulty(version)


def test_other_files_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    apsw.Connection(str(other)).execute("CREATE TABLE t (x)")
    text = tmp_path / "text.sqlite"
    text.write_text("not a database at all, but long enough to be looked at" * 20)
    for path in (other, text):
        with pytest.raises(LedgerDamaged):
            SqliteBackend(path)
    assert [row[0] for row in apsw.Connection(str(other)).execute("SELECT name FROM sqlite_schema")] == ["t"]
