"""The store in PostgreSQL keeps the contract, and the server itself refuses what must not be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from knockdown.basics.clock import FixedClock
from knockdown.ledger import postgres_link as link
from knockdown.ledger.backend import Query
from knockdown.ledger.book import open_store
from knockdown.ledger.chain import EVENT_ID, ROW_FIELDS, SUBJECT, row_of
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.migrations import migrations
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.postgres_server import PostgresServer
from knockdown.ledger.refusals import InDoubt, LedgerDamaged, NotStored, StoreFailed
from knockdown.ledger.store import Store
from knockdown.ledger.verify import verify
from tests.ledger import pg
from tests.ledger.contract import NOW, StoreContract, hired, lot, story

EVERYTHING = Query(writer=None)


class TestPostgres(StoreContract):
    @pytest.fixture
    def backend(self) -> Iterator[PostgresBackend]:
        backend = PostgresBackend.create(pg.fresh_database(), "test", NOW)
        yield backend
        backend.close()


@pytest.fixture
def filled() -> str:
    dsn = pg.fresh_database()
    store = open_store(PostgresBackend.create(dsn, "test", NOW), FixedClock(NOW))
    store.append([*lot(), *story("U-1", 1), hired("crew-a", 1)])
    store.begin_run("twin", "T-1", {})
    store.append(story("U-1", 1, writer="twin", run="T-1"))
    store.close()
    return dsn


def raw(dsn: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True, options="-c search_path=knockdown") as connection:
        cursor = connection.execute(sql.encode())
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE entry SET body = '{}' WHERE position = 2", "never changed"),
        ("UPDATE entry SET body = '{}' WHERE writer = 'twin'", "never changed"),
        ("DELETE FROM entry WHERE position = 3", "never deleted"),
        ("DELETE FROM entry", "never deleted"),
        ("TRUNCATE entry", "never deleted"),
        ("SET session_replication_role = replica; DELETE FROM entry", "never deleted"),
        (
            "INSERT INTO entry SELECT * FROM entry WHERE position = 1"
            " ON CONFLICT (position) DO UPDATE SET happened_at = 7",
            "never changed",
        ),
        (
            "INSERT INTO entry SELECT 999, writer, run, 'crew/x', version, kind, schema, 7, recorded_at,"
            " place, cause, event_id, body, hash FROM entry WHERE position = 1",
            "entry_by_event_id",
        ),
        (
            "INSERT INTO entry SELECT 999, writer, run, subject, version, kind, schema, 7, recorded_at,"
            " place, cause, 'other', body, hash FROM entry WHERE position = 1",
            "entry_of_floor",
        ),
        (
            "INSERT INTO entry SELECT 999, writer, run, subject, version, kind, schema, 7, recorded_at,"
            " place, cause, 'other', body, hash FROM entry WHERE writer = 'twin' AND version = 1",
            "entry_of_run",
        ),
    ],
)
def test_the_database_refuses(filled: str, sql: str, says: str) -> None:
    before = raw(filled, "SELECT * FROM entry ORDER BY position")
    with pytest.raises(psycopg.errors.IntegrityError, match=says):
        raw(filled, sql)
    assert raw(filled, "SELECT * FROM entry ORDER BY position") == before


def test_a_table_without_floor_entries_may_be_emptied() -> None:
    dsn = pg.fresh_database()
    PostgresBackend.create(dsn, "test", NOW).close()
    raw(dsn, "TRUNCATE entry")


def test_the_same_rows_as_in_memory(filled: str) -> None:
    memory = MemoryBackend("test")
    store = open_store(memory, FixedClock(NOW))
    store.append([*lot(), *story("U-1", 1), hired("crew-a", 1)])
    store.begin_run("twin", "T-1", {})
    store.append(story("U-1", 1, writer="twin", run="T-1"))
    backend = PostgresBackend(filled)
    assert list(backend.rows(EVERYTHING)) == list(memory.rows(EVERYTHING))
    assert backend.committed_heads() == memory.committed_heads()
    backend.close()


@pytest.mark.parametrize("column", [name for name in ROW_FIELDS if name not in ("position", "hash")])
def test_verify_finds_a_changed_field(filled: str, column: str) -> None:
    raw(filled, "ALTER TABLE entry DISABLE TRIGGER entry_is_never_changed")
    typed = raw(filled, f"SELECT pg_typeof({column})::text FROM entry WHERE position = 4")[0][0]
    value = f"{column} + 100" if typed == "bigint" else f"coalesce({column}, '') || 'x'"
    value = "'plan'" if column == "writer" else value
    raw(filled, f"UPDATE entry SET {column} = {value} WHERE position = 4")
    backend = PostgresBackend(filled)
    found = verify(backend)
    backend.close()
    assert any("position 4" in fault for fault in found.faults)
    assert any("entry_is_never_changed is switched off" in fault for fault in found.faults)


def test_an_erased_name_leaves_no_trace_in_the_tables(filled: str) -> None:
    backend = PostgresBackend(filled)
    for i in range(50):
        backend.put_person(f"p-{i}", "person", f"Somebody Number {i}")
    backend.put_person("p-7", "person", "Zrkxqv Unusualname")
    raw(filled, "ANALYZE; CHECKPOINT")
    files = (pg.shared_server().data / "base").glob("*/*")
    assert any(b"Unusualname" in file.read_bytes() for file in files)
    backend.put_person("p-7", "person", None)
    backend.close()
    raw(filled, "CHECKPOINT")
    for file in (pg.shared_server().data / "base").glob("*/*"):
        assert b"Unusualname" not in file.read_bytes(), file.name


HOSTILE = [
    "'; DROP TABLE entry; --", "\\", "\\'", "''", '"', '\\"', "{}", "{NULL}", "NULL", "null", ",", "a,b",
    "$1", "%s", " lead", "trail ", "new\nline", "tab\t", "\r", "\x01", "\x7f", "ə Ə ı İ", "\u200b", "\ufeff",
    "\U0001f697", "e\u0301", "\\x00", "\\000", "E'x'", "U&'\\0041'", "$$", "$a$", "--", "/*", "x" * 10_000,
]  # fmt: skip


def test_any_text_is_kept_and_found_as_it_is(filled: str) -> None:
    backend = PostgresBackend(filled)
    position = backend.begin()
    head = backend.heads(["floor"])["floor"]
    events = [replace(hired("x", 1), subject=f"crew/{text}", place=text, cause=text, event_id=f"ev{text}",
                      body={"note": text}) for text in HOSTILE]  # fmt: skip
    rows = [row_of(event, position + i, NOW, bytes(32)) for i, event in enumerate(events, start=1)]
    backend.insert(rows, [replace(head, length=head.length + len(rows))])
    backend.commit()
    assert list(backend.rows(Query(after=position))) == rows
    for row in rows:
        key = ("floor", row[SUBJECT])
        backend.expect([row[EVENT_ID]], [key])
        backend.begin()
        assert backend.known([row[EVENT_ID]]) == {row[EVENT_ID]: row}
        assert backend.versions([key]) == {key: 1}
        assert backend.history(key) == [row]
        backend.rollback()
    backend.close()


def test_what_is_expected_is_answered_as_what_is_asked(filled: str) -> None:
    backend = PostgresBackend(filled)
    keys = [("floor", "unit/U-1"), ("twin/T-1", "unit/U-1"), ("floor", "unit/U-9"), ("plan/P", "unit/U-1")]
    event_ids = [*[row[EVENT_ID] for row in backend.rows(EVERYTHING)][::2], "none"]
    asked = [(event_ids, keys), (event_ids, keys[:1]), ([], keys), (event_ids, []), ([], [])]
    for expected_ids, expected_keys in asked:
        backend.expect(expected_ids, expected_keys)
        backend.begin()
        assert backend.versions(keys) == {keys[0]: 3, keys[1]: 3}
        assert sorted(backend.known(event_ids)) == sorted(event_ids[:-1])
        assert backend.versions([]) == backend.known([]) == {}
        assert set(backend.heads(["floor", "twin/T-1", "plan/P"])) == {"floor", "twin/T-1"}
        assert backend.heads(["plan/P"]) == {}
        backend.rollback()
    backend.close()


def test_text_that_postgresql_cannot_keep_is_refused_and_not_found(filled: str) -> None:
    backend = PostgresBackend(filled)
    backend.expect(["a\0", "\ud800"], [("floor", "crew/a\0")])
    position = backend.begin()
    assert backend.known(["a\0", "\ud800"]) == {}
    assert backend.versions([("floor", "crew/a\0")]) == {}
    row = row_of(replace(hired("x", 1), place="a\0"), position + 1, NOW, bytes(32))
    with pytest.raises(ValueError, match="zero character"):
        backend.insert([row], [])
    backend.rollback()
    backend.close()


def test_a_second_ledger_in_a_database_is_refused(filled: str) -> None:
    with pytest.raises(FileExistsError, match="name another database"):
        PostgresBackend.create(filled, "other", NOW)
    with pytest.raises(LedgerDamaged, match="no ledger; make one"):
        PostgresBackend(pg.fresh_database())


def test_a_ledger_of_a_newer_knockdown_is_refused(filled: str) -> None:
    raw(filled, "INSERT INTO migration VALUES (999, 'later', 'x', 0)")
    with pytest.raises(LedgerDamaged, match="newer knockdown"):
        PostgresBackend(filled)


def test_each_step_of_the_schema_is_noted_once(filled: str) -> None:
    PostgresBackend(filled).close()
    steps = [(step.number, step.name, step.digest) for step in migrations("postgres")]
    assert raw(filled, "SELECT number, name, digest FROM migration ORDER BY number") == steps


@pytest.mark.parametrize("setting", ["synchronous_commit = off", "synchronous_commit = local"])
def test_a_database_that_acknowledges_too_early_is_refused(filled: str, setting: str) -> None:
    raw(filled, f"ALTER DATABASE {conninfo_to_dict(filled)['dbname']} SET {setting}")
    with pytest.raises(LedgerDamaged, match="would lose acknowledged entries at a power cut; set it to on"):
        PostgresBackend(filled)
    PostgresBackend(filled, allow_unsafe=True).close()


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_flush_is_refused(setting: str) -> None:
    with (
        PostgresServer(settings={setting: "off"}) as server,
        pytest.raises(LedgerDamaged, match=f"{setting} = off"),
    ):
        PostgresBackend.create(server.dsn, "test", NOW)


def test_an_old_server_is_refused(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MIN_VERSION", 990_000)
    with pytest.raises(LedgerDamaged, match="needs 15 or later"):
        PostgresBackend(filled)


def test_a_lost_connection_is_replaced_before_anything_is_lost(filled: str) -> None:
    store = open_store(PostgresBackend(filled), FixedClock(NOW))
    list(store.read())
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'knockdown'"
    for version in (2, 3):
        raw(filled, f"{cut} AND datname = current_database()")
        assert len(list(store.read())) == 5 + version
        assert store.append([hired("crew-a", version)])[0].is_new
    store.close()


def test_a_server_that_stays_away_is_told(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "RECONNECT_SECONDS", 0.3)
    with PostgresServer() as server:
        store = open_store(PostgresBackend.create(server.dsn, "test", NOW), FixedClock(NOW))
        store.append([hired("crew-a", 1)])
        server.kill()
        with pytest.raises(NotStored, match="no PostgreSQL that takes writes"):
            _append_until_it_is_known(store)
        with pytest.raises(StoreFailed):
            list(store.read())
        server.start()
        assert store.append([hired("crew-a", 2)])[0].position == 2
        store.close()


def _append_until_it_is_known(store: Store) -> None:
    """The children of a killed server go within moments, and may leave a commit in doubt."""
    for _ in range(200):
        with suppress(InDoubt):
            store.append([hired("crew-a", 2)])
        time.sleep(0.02)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://somebody@127.0.0.1:1/plant",
        "host=/nonexistent dbname=plant",
        "postgresql://somebody@no-such-host.invalid/plant",
        "host=/nonexistent,127.0.0.1 port=5432,1 dbname=plant",
    ],
)
def test_a_wrong_address_is_told_soon(address: str) -> None:
    for open_it in (PostgresBackend, lambda dsn: PostgresBackend.create(dsn, "test", NOW)):
        began = time.monotonic()
        with pytest.raises(NotStored, match="no PostgreSQL that takes writes within 2 s"):
            open_it(address)
        assert time.monotonic() - began < 4


def test_a_server_that_lacks_what_was_acknowledged_is_not_written_to(filled: str) -> None:
    backend = PostgresBackend(filled)
    store = open_store(backend, FixedClock(NOW))
    store.append([hired("crew-a", 2)])
    raw(filled, "UPDATE ledger SET last_position = 5")
    with pytest.raises(NotStored, match="ends at position 5, but 11 was acknowledged"):
        store.append([hired("crew-a", 3)])
    store.close()


@pytest.mark.parametrize("setting", ["repeatable read", "serializable"])
def test_the_servers_default_of_isolation_does_not_matter(filled: str, setting: str) -> None:
    name = conninfo_to_dict(filled)["dbname"]
    raw(filled, f"ALTER DATABASE {name} SET default_transaction_isolation = '{setting}'")
    one, two = (open_store(PostgresBackend(filled), FixedClock(NOW)) for _ in range(2))
    for version in range(2, 6):
        assert (one, two)[version % 2].append([hired("crew-a", version)])[0].is_new
    one.close()
    two.close()
