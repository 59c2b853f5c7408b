"""Verification compares the schema of a ledger in PostgreSQL with what the migrations make."""

from __future__ import annotations

import psycopg
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import open_store
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.postgres_binaries import Binaries
from knockdown.ledger.postgres_schema import DESCRIBE, RIGHT, as_text
from knockdown.ledger.postgres_server import PostgresServer
from knockdown.ledger.verify import verify
from tests.ledger import pg
from tests.ledger.contract import NOW, hired

NO_OP = """
    CREATE OR REPLACE FUNCTION entry_refuse() RETURNS trigger LANGUAGE plpgsql
    SET search_path = knockdown, pg_temp AS $$ BEGIN RETURN NEW; END $$
"""
ELSEWHERE = """
    CREATE SCHEMA other;
    CREATE FUNCTION other.entry_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE OR REPLACE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
    FOR EACH ROW EXECUTE FUNCTION other.entry_refuse();
    ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_is_never_changed
"""
NEVER_FIRES = """
    CREATE OR REPLACE TRIGGER entry_is_never_changed BEFORE UPDATE OF place ON entry
    FOR EACH ROW EXECUTE FUNCTION entry_refuse();
    ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_is_never_changed
"""
SWALLOW = "CREATE RULE swallow AS ON INSERT TO entry DO INSTEAD NOTHING"
NOT_VALID = """
    ALTER TABLE entry DROP CONSTRAINT entry_writer_check;
    ALTER TABLE entry ADD CONSTRAINT entry_writer_check CHECK (writer IN ('floor', 'plan', 'twin')) NOT VALID
"""


@pytest.fixture
def dsn() -> str:
    dsn = pg.fresh_database()
    store = open_store(PostgresBackend.create(dsn, "test", NOW), FixedClock(NOW))
    store.append([hired("crew-a", 1), hired("crew-b", 1)])
    store.close()
    return dsn


def faults_after(dsn: str, sql: str = "") -> tuple[str, ...]:
    with psycopg.connect(dsn, autocommit=True, options="-c search_path=knockdown") as connection:
        connection.execute(sql.encode())
    backend = PostgresBackend(dsn)
    found = verify(backend).faults
    backend.close()
    return found


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DROP TRIGGER entry_is_never_changed ON entry", "trigger entry.entry_is_never_changed is gone"),
        (NO_OP, "function entry_refuse() is not as knockdown made it"),
        (ELSEWHERE, "trigger entry.entry_is_never_changed is not as knockdown made it"),
        (NEVER_FIRES, "trigger entry.entry_is_never_changed is not as knockdown made it"),
        ("DROP INDEX entry_by_event_id", "index entry_by_event_id is gone"),
        ("DROP INDEX entry_of_floor; CREATE INDEX entry_of_floor ON entry (subject, version)",
         "index entry_of_floor is not as knockdown made it"),
        ("ALTER TABLE entry DROP CONSTRAINT entry_pkey", "constraint entry.entry_pkey is gone"),
        ("ALTER TABLE entry DROP CONSTRAINT entry_writer_check",
         "constraint entry.entry_writer_check is gone"),
        (NOT_VALID, "constraint entry.entry_writer_check is not as knockdown made it"),
        (SWALLOW, "rule entry.swallow was added"),
        ("CREATE RULE no_end AS ON UPDATE TO ledger DO INSTEAD NOTHING", "rule ledger.no_end was added"),
        ("ALTER TABLE entry ADD COLUMN note TEXT", "column entry.note was added"),
        ("ALTER TABLE entry ALTER COLUMN body DROP NOT NULL",
         "column entry.body is not as knockdown made it"),
        ("ALTER TABLE chain ALTER COLUMN length TYPE NUMERIC",
         "column chain.length is not as knockdown made it"),
        ("ALTER TABLE entry ALTER COLUMN place SET DEFAULT 'TR-1'",
         "column entry.place is not as knockdown made it"),
        ("ALTER TABLE person ALTER COLUMN name SET STATISTICS 100",
         "column person.name is not as knockdown made it"),
        ("ALTER TABLE entry SET UNLOGGED", "table entry is not as knockdown made it"),
        ("CREATE TABLE more () INHERITS (person)", "table person is not as knockdown made it"),
        ("ALTER TABLE entry ENABLE ROW LEVEL SECURITY", "table entry is not as knockdown made it"),
        ("CREATE POLICY none ON entry USING (false)", "policy entry.none was added"),
        ("CREATE TABLE other (a INT)", "table other was added"),
        ("CREATE TRIGGER more BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_refuse()",
         "trigger entry.more was added"),
    ],
)  # fmt: skip
def test_a_changed_schema_is_found(dsn: str, sql: str, says: str) -> None:
    found = faults_after(dsn, sql)
    assert any(fault.startswith(says) and "; " in fault for fault in found), found


def test_what_a_site_may_choose_is_no_fault(dsn: str) -> None:
    assert faults_after(dsn, "ALTER TABLE entry SET (autovacuum_vacuum_scale_factor = 0.01); ANALYZE") == ()
    guest = "CREATE ROLE schema_guest; GRANT USAGE ON SCHEMA knockdown TO schema_guest"
    assert faults_after(dsn, f"{guest}; GRANT SELECT ON entry TO schema_guest") == ()
    assert faults_after(dsn, "DROP OWNED BY schema_guest; DROP ROLE schema_guest") == ()


@pytest.mark.parametrize("binaries", pg.sources(), ids=pg.source_name)
def test_the_kept_description_is_what_the_migrations_make(binaries: Binaries | None) -> None:
    with PostgresServer(binaries=binaries) as server:
        PostgresBackend.create(server.dsn, "test", NOW).close()
        with psycopg.connect(server.dsn, options="-c search_path=knockdown,pg_temp") as connection:
            made = as_text(connection.execute(DESCRIBE.encode()).fetchall())
    assert made == RIGHT.read_text("utf-8"), "run `python -m knockdown.ledger.postgres_schema ADDRESS`"
