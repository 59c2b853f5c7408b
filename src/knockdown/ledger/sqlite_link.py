"""Connections to an SQLite file that carries a ledger: how they are set, what they refuse."""

from __future__ import annotations

import random
import time
from functools import cache
from pathlib import Path
from typing import Any

import apsw

from knockdown.ledger import migrations
from knockdown.ledger.refusals import LedgerDamaged

APPLICATION_ID = 0x6B646C64  # "kdld"
BUSY_S = 30.0
LONGEST_VALUE = 512 << 20  # of one text; a snapshot of a million units is a tenth of it
SAFE_SINCE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def refuse_faulty(version: str) -> None:
    """Refuse an SQLite inside the range of the WAL-reset fault.

    Raises
    ------
    LedgerDamaged
        Naming the version and the next step.

    Examples
    --------
    >>> refuse_faulty("3.51.3"), refuse_faulty("3.44.6")
    (None, None)
    >>> refuse_faulty("3.40.1")
    Traceback (most recent call last):
    ...
    knockdown.ledger.refusals.LedgerDamaged: SQLite 3.40.1 can lose committed data; use 3.51.3 or later
    """
    number = tuple(int(part) for part in version.split("."))[:3]
    backported = any(number[:2] == safe[:2] and number >= safe for safe in SAFE_SINCE)
    if not (backported or number >= SAFE_SINCE[0]):
        raise LedgerDamaged(f"SQLite {version} can lose committed data; use 3.51.3 or later")


def connect(path: Path, vfs: str | None, synchronous: str, is_new: bool = False) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READWRITE
    connection = (
        apsw.Connection(str(path), flags=flags, vfs=vfs) if vfs else apsw.Connection(str(path), flags)
    )
    connection.set_busy_handler(_patience())
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    if not is_new:
        _refuse_foreign(connection, path)
    connection.pragma("journal_mode", "wal")
    for name, value in (
        ("synchronous", synchronous),
        ("secure_delete", 1),  # always: pages are rewritten long before somebody's name is erased
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("wal_autocheckpoint", 4_000),  # pages; the keys of a group are spread over many
        ("temp_store", 2),
    ):
        connection.pragma(name, value)
    return connection


def _refuse_foreign(connection: apsw.Connection, path: Path) -> None:
    """Look before anything is set: a file that is no ledger stays as it is."""
    try:
        found = connection.pragma("application_id")
    except (apsw.NotADBError, apsw.CorruptError) as error:
        connection.close(True)
        raise LedgerDamaged(f"{path.name} cannot be read: {error}; restore a backup") from error
    if found != APPLICATION_ID:
        connection.close(True)
        raise LedgerDamaged(f"{path.name} is not a ledger of knockdown; name another file")


def _patience() -> Any:
    """Try again for a while when another process writes; short random pauses keep it fair."""
    began = 0.0

    def again(tries: int) -> bool:
        nonlocal began
        began = time.monotonic() if tries == 0 else began
        time.sleep(random.uniform(0.0005, 0.004))
        return time.monotonic() - began < BUSY_S

    return again


def migrate(writer: apsw.Connection, now_ms: int) -> None:
    """Take the steps that are missing, all or none."""
    if not _missing(writer):
        refuse_changed(writer)
        return
    _take_steps(writer, now_ms)
    refuse_changed(writer)


def _take_steps(writer: apsw.Connection, now_ms: int) -> None:
    """All steps that are missing, or none; another process may have taken them meanwhile."""
    writer.execute("BEGIN IMMEDIATE")
    try:
        writer.execute(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " digest TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"
        )
        done = dict(writer.execute("SELECT number, digest FROM migration"))
        for step in migrations.missing("sqlite", done):
            writer.execute(step.sql)
            values = (step.number, step.name, step.digest, now_ms)
            writer.execute("INSERT INTO migration VALUES (?, ?, ?, ?)", values)
        if not done:
            writer.pragma("application_id", APPLICATION_ID)
        writer.execute("COMMIT")
    except BaseException:
        if writer.in_transaction:
            writer.execute("ROLLBACK")
        raise


def _missing(connection: apsw.Connection) -> bool:
    """Whether a ledger still needs steps."""
    has = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'"
    if connection.execute(has).fetchone() is None:
        return True
    return bool(
        migrations.missing("sqlite", dict(connection.execute("SELECT number, digest FROM migration")))
    )


def schema_of(connection: apsw.Connection) -> set[tuple[str, ...]]:
    """Every table, index and trigger with its text."""
    sql = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"
    return {tuple(row) for row in connection.execute(sql) if not row[1].startswith("sqlite_stat")}


@cache
def _right_schema(steps: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    fresh = apsw.Connection(":memory:")
    _take_steps(fresh, 0)
    return frozenset(schema_of(fresh))


def schema_faults(connection: apsw.Connection) -> list[str]:
    """Tables, indexes and triggers that are missing, changed or added."""
    right = _right_schema(tuple(step.digest for step in migrations.migrations("sqlite")))
    there = schema_of(connection)
    gone = sorted({f"{row[0]} {row[1]}" for row in right - there})
    new = sorted({f"{row[0]} {row[1]}" for row in there - right} - set(gone))
    return [f"{name} is not as knockdown made it" for name in gone] + [f"{name} was added" for name in new]


def refuse_changed(connection: apsw.Connection) -> None:
    """Refuse to write through triggers and tables that are not ours.

    Raises
    ------
    LedgerDamaged
        Naming the first of them.
    """
    found = schema_faults(connection)
    if found:
        raise LedgerDamaged(f"the ledger's schema was changed: {found[0]}; restore a backup")
