"""The store in an SQLite file keeps the contract, and the file itself refuses what must not be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import open_store
from knockdown.ledger.chain import ROW_FIELDS
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite import SqliteBackend, refuse_faulty
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


@pytest.mark.parametrize("column", [name for name in ROW_FIELDS if name not in ("position", "hash")])
def test_verify_finds_a_changed_field(filled: Path, column: str) -> None:
    raw = apsw.Connection(str(filled))
    raw.execute("DROP TRIGGER entry_is_never_changed")
    typed = next(raw.execute(f"SELECT typeof({column}) FROM entry WHERE position = 4"))[0]
    value = {"integer": f"{column} + 100", "null": "'x'"}.get(typed, f"{column} || 'x'")
    value = "'plan'" if column == "writer" else value
    raw.execute(f"UPDATE entry SET {column} = {value} WHERE position = 4")
    raw.close()
    backend = SqliteBackend(filled)
    found = verify(backend, files=False)
    assert not found.ok
    assert any("position 4" in fault for fault in found.faults)
    backend.close()


def test_verify_finds_entries_cut_off(filled: Path) -> None:
    raw = apsw.Connection(str(filled))
    raw.execute("DROP TRIGGER entry_of_floor_is_never_deleted")
    raw.execute("DELETE FROM entry WHERE position = 7")
    raw.close()
    backend = SqliteBackend(filled)
    found = verify(backend)
    assert found.faults == ("chain floor: has 6 entries, and the ledger noted 7",)
    backend.close()


def test_an_erased_name_leaves_no_trace_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    backend = SqliteBackend.create(path, "test", NOW)
    for i in range(50):
        backend.put_person(f"p-{i}", "person", f"Somebody Number {i}")
    backend.put_person("p-7", "person", "Zrkxqv Unusualname")
    backend.put_person("p-7", "person", None)
    backend.close()
    for file in tmp_path.iterdir():
        assert b"Unusualname" not in file.read_bytes(), file.name


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
