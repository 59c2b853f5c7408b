"""A ledger in one SQLite file, through apsw: WAL, `synchronous=FULL`, one writer at a time.

Plain SQLite of Debian and of Python is in the range that can lose committed data when a checkpoint and a
write meet (the WAL-reset fault, SQLite 3.7.0 to 3.51.2); apsw brings its own, and the version is checked.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain as chain_of_values
from pathlib import Path
from typing import Any
from weakref import WeakSet

import apsw

from knockdown.ledger.backend import Query, Run, SubjectKey
from knockdown.ledger.chain import FLOOR, POSITION, ROW_FIELDS, Head, Row, beginning
from knockdown.ledger.refusals import NotStored
from knockdown.ledger.sqlite_link import connect, migrate, refuse_faulty, schema_faults

ASKED_AT_ONCE = 500
PAGE_ROWS = 2_000
COLUMNS = ", ".join(ROW_FIELDS)
# One call of SQLite for many rows, since threads wait at each for the interpreter.
INSERTED_AT_ONCE = (32, 8, 1)
INSERTS = {
    size: f"INSERT INTO entry ({COLUMNS}) VALUES "
    + ", ".join([f"({', '.join('?' * len(ROW_FIELDS))})"] * size)
    for size in INSERTED_AT_ONCE
}


class SqliteBackend:
    """One file, read by any number of processes and written by one at a time.

    Parameters
    ----------
    path : Path
        The file; it must have been made by `create`.
    synchronous : str
        `FULL`. Others lose what was answered at a power cut; the fault trials use them to show it.
    vfs : str, optional
        SQLite file system to go through; for the fault trials.

    Raises
    ------
    LedgerDamaged
        When it is no ledger, or one of a newer knockdown.
    """

    name = "sqlite"

    def __init__(self, path: Path, synchronous: str = "FULL", vfs: str | None = None) -> None:
        refuse_faulty(apsw.sqlite_lib_version())
        self.path = path
        self._synchronous = synchronous
        self._vfs = vfs
        self._local = threading.local()
        self._readers: WeakSet[apsw.Connection] = WeakSet()  # each lives as long as its thread
        self._is_closed = False
        self._lock = threading.Lock()
        self._is_settled = False
        self._writer = self._connect()
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, path: Path, ledger_id: str, now_ms: int, **options: Any) -> SqliteBackend:
        """Make a new ledger.

        Raises
        ------
        FileExistsError
            When there is a file already.
        """
        with path.open("xb"):
            pass
        writer = connect(path, options.get("vfs"), options.get("synchronous", "FULL"), is_new=True)
        migrate(writer, now_ms)
        with writer:
            head = beginning(FLOOR, ledger_id, "null")
            writer.execute("INSERT INTO ledger VALUES (1, ?, ?, 0)", (ledger_id, now_ms))
            writer.execute(
                "INSERT INTO chain VALUES (?, 0, 0, ?, 'null', ?, NULL)", (FLOOR, head.hash, now_ms)
            )
        writer.close()
        return cls(path, **options)

    def _connect(self) -> apsw.Connection:
        return connect(self.path, self._vfs, self._synchronous)

    def _migrate(self) -> None:
        migrate(self._writer, time.time_ns() // 1_000_000)

    # Writing

    def expect(self, event_ids: Sequence[str], keys: Sequence[SubjectKey]) -> None:
        """Nothing is gained by knowing it beforehand."""

    def begin(self) -> int:
        """Open the write transaction; waits up to 30 s for another process."""
        if not self._is_settled:
            self._settle()
        self._writer.execute("BEGIN IMMEDIATE")
        return int(self._one("SELECT last_position FROM ledger"))

    def _settle(self) -> None:
        """Flush the log once after opening, before anything is answered from it.

        A process that died may have left entries in the log that it wrote and did not wait for. They are
        read as committed; to answer "known" for one of them without a flush would be to promise what a
        power cut can still take away.
        """
        self._writer.execute("BEGIN IMMEDIATE")
        for step in (1, -1):  # SQLite does not write what stays as it is
            self._writer.execute("UPDATE ledger SET last_position = last_position + ?", (step,))
        self._writer.execute("COMMIT")
        self._is_settled = True

    def _one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        row = self._writer.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def heads(self, chains: Iterable[str]) -> dict[str, Head]:
        """Heads of the chains that have begun and are not pruned."""
        sql = "SELECT chain, length, position, hash FROM chain WHERE chain = ? AND pruned_at IS NULL"
        rows = (self._writer.execute(sql, (chain,)).fetchone() for chain in chains)
        return {row[0]: Head(*row) for row in rows if row is not None}

    def begin_chain(self, run: Run, head: Head) -> None:
        """Begin a chain."""
        values = (
            run.chain,
            run.length,
            head.position,
            head.hash,
            run.provenance,
            run.started_at,
            run.pruned_at,
        )
        self._writer.execute("INSERT INTO chain VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def run_of(self, chain: str) -> Run | None:
        """The run that began a chain."""
        row = self._writer.execute(f"{RUNS} WHERE chain = ?", (chain,)).fetchone()
        return None if row is None else Run(*row)

    def known(self, event_ids: Sequence[str]) -> dict[str, Row]:
        """Rows that have these event ids."""
        found: dict[str, Row] = {}
        for i in range(0, len(event_ids), ASKED_AT_ONCE):
            some = event_ids[i : i + ASKED_AT_ONCE]
            sql = f"SELECT {COLUMNS} FROM entry WHERE event_id IN ({', '.join('?' * len(some))})"
            found.update((row[11], row) for row in self._writer.execute(sql, some))
        return found

    def versions(self, keys: Sequence[SubjectKey]) -> dict[SubjectKey, int]:
        """Latest version of each subject that has one."""
        subjects: dict[str, list[str]] = {}
        for chain, subject in keys:
            subjects.setdefault(chain, []).append(subject)
        found = {}
        for chain, some in subjects.items():
            where, values = _subject_of(chain)
            latest = f"SELECT max(version) FROM entry WHERE {where} AND subject = value"
            sql = f"SELECT json_group_array(({latest})) FROM json_each(?)"
            latest_of_all = json.loads(self._one(sql, (*values, json.dumps(some))))
            for subject, version in zip(some, latest_of_all, strict=True):
                if version is not None:
                    found[(chain, subject)] = version
        return found

    def history(self, key: SubjectKey) -> list[Row]:
        """All rows of a subject by version."""
        where, values = _subject(key)
        return list(
            self._writer.execute(f"SELECT {COLUMNS} FROM entry WHERE {where} ORDER BY version", values)
        )

    def insert(self, rows: Sequence[Row], heads: Iterable[Head]) -> None:
        """Store rows, the new heads of their chains and the last position."""
        done, before = 0, self._writer.total_changes()
        for size in INSERTED_AT_ONCE:
            while len(rows) - done >= size:
                values = chain_of_values.from_iterable(rows[done : done + size])
                self._writer.execute(INSERTS[size], tuple(values))
                done += size
        if self._writer.total_changes() - before != len(rows):
            raise NotStored(
                "the database did not take every entry; `knockdown ledger PLANT verify` says more"
            )
        self._writer.executemany(
            "UPDATE chain SET length = ?, position = ?, hash = ? WHERE chain = ?",
            [(head.length, head.position, head.hash, head.chain) for head in heads],
        )
        self._writer.execute("UPDATE ledger SET last_position = ?", (rows[-1][POSITION],))

    def commit(self) -> None:
        """Write and flush the log of SQLite."""
        self._writer.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the write transaction."""
        with suppress(apsw.Error):
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")

    def reopen(self) -> None:
        """Drop all connections and let SQLite recover from its log."""
        if self._is_closed:
            raise NotStored("the ledger was closed; open it again")
        self._close_all()
        self._is_settled = False
        self._writer = self._connect()

    def prune(self, chain: str, at_ms: int) -> int:
        """Take out the entries of a plan's or twin's chain."""
        writer, _, run = chain.partition("/")
        self._writer.execute(
            "DELETE FROM entry WHERE writer = ? AND run = ? AND writer <> 'floor'", (writer, run)
        )
        removed = self._writer.changes()
        self._writer.execute("UPDATE chain SET pruned_at = ? WHERE chain = ?", (at_ms, chain))
        return removed

    # Reading

    def _reader(self) -> apsw.Connection:
        """A connection of this thread."""
        if self._is_closed:
            raise NotStored("the ledger was closed; open it again")
        reader = getattr(self._local, "reader", None)
        if reader is None or reader not in self._readers:
            reader = self._local.reader = self._connect()
            with self._lock:
                self._readers.add(reader)
        return reader

    def rows(self, query: Query) -> Iterator[Row]:
        """Read what was committed, some thousand rows at a time, so that no reader holds up the log."""
        if query.subject is not None:
            yield from self._subject_rows(query)
            return
        after, left = query.after, query.limit
        while left is None or left > 0:
            size = PAGE_ROWS if left is None else min(left, PAGE_ROWS)
            where, values = _where(query, after)
            sql = f"SELECT {COLUMNS} FROM entry WHERE {where} ORDER BY position LIMIT {size}"
            page = list(self._reader().execute(sql, values))
            yield from page
            if len(page) < size:
                return
            after = page[-1][POSITION]
            left = None if left is None else left - len(page)

    def _subject_rows(self, query: Query) -> Iterator[Row]:
        where, values = _where(query, query.after)
        order = "version" if query.writer == FLOOR else "writer, run, version"
        sql = f"SELECT {COLUMNS} FROM entry WHERE {where} ORDER BY {order} LIMIT ?"
        yield from list(self._reader().execute(sql, (*values, -1 if query.limit is None else query.limit)))

    def committed_heads(self) -> dict[str, Head]:
        """Heads of all chains that are not pruned."""
        sql = "SELECT chain, length, position, hash FROM chain WHERE pruned_at IS NULL ORDER BY chain"
        return {row[0]: Head(*row) for row in self._reader().execute(sql)}

    def last_position(self) -> int:
        """The last position ever given."""
        return int(next(self._reader().execute("SELECT last_position FROM ledger"))[0])

    def runs(self) -> list[Run]:
        """Filed runs, oldest first."""
        sql = f"{RUNS} WHERE chain <> 'floor' ORDER BY started_at, chain"
        return [Run(*row) for row in self._reader().execute(sql)]

    def ledger_id(self) -> str:
        """Id of this ledger."""
        return str(next(self._reader().execute("SELECT ledger_id FROM ledger"))[0])

    def advance(self, position: int) -> None:
        """Never give positions up to this one again."""
        self._writer.execute("UPDATE ledger SET last_position = max(last_position, ?)", (position,))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What this thread reads inside is of one moment; the log grows as long as it lasts."""
        reader = self._reader()
        reader.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(apsw.Error):
                reader.execute("ROLLBACK")

    def rename(self, ledger_id: str) -> None:
        """Give a ledger without entries another id."""
        self._writer.execute("UPDATE ledger SET ledger_id = ? WHERE last_position = 0", (ledger_id,))
        head = beginning(FLOOR, ledger_id, "null")
        self._writer.execute("UPDATE chain SET hash = ? WHERE chain = 'floor' AND length = 0", (head.hash,))

    def get_notes(self, sort: str) -> dict[str, str]:
        """Small documents by name."""
        return dict(
            self._reader().execute("SELECT name, text FROM note WHERE sort = ? ORDER BY name", (sort,))
        )

    def put_note(self, sort: str, name: str, text: str | None) -> None:
        """Keep a small document, or remove it."""
        if text is None:
            self._reader().execute("DELETE FROM note WHERE sort = ? AND name = ?", (sort, name))
        else:
            self._reader().execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", (sort, name, text))

    def people(self) -> dict[str, tuple[str, str]]:
        """Sort and name by id."""
        sql = "SELECT person_id, sort, name FROM person ORDER BY person_id"
        return {row[0]: (row[1], row[2]) for row in self._reader().execute(sql)}

    def put_person(self, person_id: str, sort: str, name: str | None) -> None:
        """Keep a name, or erase it: overwritten in the file, and the log emptied so that no copy stays."""
        reader = self._reader()
        if name is not None:
            reader.execute("INSERT OR REPLACE INTO person VALUES (?, ?, ?)", (person_id, sort, name))
            return
        reader.execute("DELETE FROM person WHERE person_id = ?", (person_id,))
        try:
            reader.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.BusyError as error:
            problem = "the name is erased, but other programs hold pages of the log in which it stood"
            raise NotStored(f"{problem}; close them and erase it again") from error

    def faults(self) -> list[str]:
        """What SQLite's own check of the file finds, and tables and triggers that are not ours."""
        try:
            changed = schema_faults(self._reader())
            found = [row[0] for row in self._reader().execute("PRAGMA integrity_check(100)")]
        except (apsw.Error, UnicodeDecodeError) as error:
            return [f"{type(error).__name__}: {error}"]
        return changed if found == ["ok"] else [*changed, *found]

    def backup(self, target: Path) -> None:
        """Copy the ledger as it is now into a new file, while it is being used."""
        self._reader().execute("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        self._close_all()

    def _close_all(self) -> None:
        with self._lock:
            connections = [*self._readers, self._writer]
            self._readers.clear()
        for connection in connections:
            with suppress(apsw.Error):
                connection.close(True)


RUNS = "SELECT chain, provenance, started_at, pruned_at, length FROM chain"


def _subject(key: SubjectKey) -> tuple[str, tuple[str, ...]]:
    where, values = _subject_of(key[0])
    return f"{where} AND subject = ?", (*values, key[1])


def _subject_of(chain: str) -> tuple[str, tuple[str, ...]]:
    if chain == FLOOR:
        return "writer = 'floor'", ()
    writer, _, run = chain.partition("/")
    return "writer <> 'floor' AND writer = ? AND run = ?", (writer, run)


def _where(query: Query, after: int) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    if query.writer == FLOOR:  # said so that the index of the floor serves
        parts.append("writer = 'floor'")
    elif query.writer is not None:
        parts.append("writer <> 'floor' AND writer = ?")
        values.append(query.writer)
    for column, value in (("run", query.run), ("subject", query.subject), ("kind", query.kind)):
        if value is not None:
            parts.append(f"{column} = ?")
            values.append(value)
    if after:
        parts.append("position > ?")
        values.append(after)
    if query.upto is not None:
        parts.append("position <= ?")
        values.append(query.upto)
    return " AND ".join(parts) or "1", tuple(values)
