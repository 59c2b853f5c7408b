"""Reading a ledger in PostgreSQL, and the small things kept beside its entries."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from knockdown.ledger import postgres_link as link
from knockdown.ledger.backend import Query, Run, SubjectKey
from knockdown.ledger.chain import FLOOR, POSITION, Head, Row
from knockdown.ledger.postgres_schema import DESCRIBE, schema_faults
from knockdown.ledger.postgres_sql import COLUMNS, HEADS, RUNS

PAGE_ROWS = 2_000


class PostgresReader:
    """Answers from any thread, each question in a transaction of its own.

    Parameters
    ----------
    dsn : str
        Address as libpq takes it.
    allow_unsafe : bool
        Accept a server that is set to lose data; for trials.
    """

    def __init__(self, dsn: str, allow_unsafe: bool = False) -> None:
        self._dsn = link.address(dsn)
        self._allow_unsafe = allow_unsafe
        self._idle: list[link.Connection] = []
        self._lock = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def _reader(self) -> Iterator[link.Connection]:
        """Lend a connection that nobody else uses meanwhile."""
        with self._lock:
            reader = self._idle.pop() if self._idle else None
        reader = reader or link.connect_patiently(self._dsn, self._allow_unsafe)
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        with self._lock:
            self._idle.append(reader)

    def _read(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Ask in a transaction of its own, again when the server is lost; only for what may be done twice."""
        held = getattr(self._local, "reader", None)
        if held is not None:
            cursor = held.execute(sql, values, binary=True)
            return cursor.fetchall() if cursor.description else []
        deadline = time.monotonic() + link.RECONNECT_SECONDS
        while True:
            try:
                with self._reader() as reader:
                    cursor = reader.execute(sql, values, binary=True)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.Error as error:
                if not link.is_lost(error) or time.monotonic() > deadline:
                    raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What this thread reads inside is of one moment, whatever is written meanwhile."""
        with self._reader() as reader:
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._local.reader = reader
            try:
                yield
            finally:
                self._local.reader = None
                reader.execute("ROLLBACK")

    def rows(self, query: Query) -> Iterator[Row]:
        """Read what was committed, some thousand rows at a time."""
        if query.subject is not None:
            yield from self._subject_rows(query)
            return
        after, left = query.after, query.limit
        while left is None or left > 0:
            size = PAGE_ROWS if left is None else min(left, PAGE_ROWS)
            where, values = _where(query, after)
            page = self._read(
                f"SELECT {COLUMNS} FROM entry WHERE {where} ORDER BY position LIMIT {size}", values
            )
            yield from page
            if len(page) < size:
                return
            after = page[-1][POSITION]
            left = None if left is None else left - len(page)

    def _subject_rows(self, query: Query) -> Iterator[Row]:
        where, values = _where(query, query.after)
        order = "version" if query.writer == FLOOR else "writer, run, version"
        sql = f"SELECT {COLUMNS} FROM entry WHERE {where} ORDER BY {order} LIMIT %s"
        yield from self._read(sql, (*values, query.limit))

    def committed_heads(self) -> dict[str, Head]:
        """Heads of all chains that are not pruned."""
        return {row[0]: Head(*row) for row in self._read(f"{HEADS} ORDER BY chain")}

    def last_position(self) -> int:
        """The last position ever given."""
        return int(self._read("SELECT last_position FROM ledger")[0][0])

    def runs(self) -> list[Run]:
        """Filed runs, oldest first."""
        return [Run(*row) for row in self._read(f"{RUNS} WHERE chain <> 'floor' ORDER BY started_at, chain")]

    def ledger_id(self) -> str:
        """Id of this ledger."""
        return str(self._read("SELECT ledger_id FROM ledger")[0][0])

    def get_notes(self, sort: str) -> dict[str, str]:
        """Small documents by name."""
        return dict(self._read("SELECT name, text FROM note WHERE sort = %s ORDER BY name", (sort,)))

    def put_note(self, sort: str, name: str, text: str | None) -> None:
        """Keep a small document, or remove it."""
        if text is None:
            self._read("DELETE FROM note WHERE sort = %s AND name = %s", (sort, name))
            return
        sql = (
            "INSERT INTO note VALUES (%s, %s, %s) ON CONFLICT (sort, name) DO UPDATE SET text = EXCLUDED.text"
        )
        self._read(sql, (sort, name, text))

    def people(self) -> dict[str, tuple[str, str]]:
        """Sort and name by id."""
        rows = self._read("SELECT person_id, sort, name FROM person ORDER BY person_id")
        return {row[0]: (row[1], row[2]) for row in rows}

    def put_person(self, person_id: str, sort: str, name: str | None) -> None:
        """Keep a name, or erase it and rewrite the table, so that no file of it holds the name.

        The server's log of changes (WAL) and its backups still do, for as long as they are kept.
        """
        if name is not None:
            sql = (
                "INSERT INTO person VALUES (%s, %s, %s) ON CONFLICT (person_id) "
                "DO UPDATE SET sort = EXCLUDED.sort, name = EXCLUDED.name"
            )
            self._read(sql, (person_id, sort, name))
            return
        self._read("DELETE FROM person WHERE person_id = %s", (person_id,))
        self._read("VACUUM FULL person")

    def faults(self) -> list[str]:
        """What PostgreSQL finds wrong: false checksums, a changed schema, triggers switched off."""
        try:
            self._read("SELECT count(length(body)) + count(length(hash)) FROM entry")
            off = self._read(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'entry'::regclass AND tgenabled <> 'A'"
            )
            there = self._read(DESCRIBE)
        except psycopg.Error as error:
            return [f"{type(error).__name__}: {error}"]
        step = "ALTER TABLE entry ENABLE ALWAYS TRIGGER"
        switched_off = [f"trigger {name} is switched off; {step} {name}" for (name,) in off]
        return switched_off + schema_faults(there)

    def close(self) -> None:
        """Close all connections that are not lent."""
        with self._lock:
            connections, self._idle = self._idle, []
        for connection in connections:
            with suppress(psycopg.Error):
                connection.close()


def of_subject(key: SubjectKey) -> tuple[str, tuple[str, ...]]:
    """Condition and values that pick the rows of a subject, so that an index serves."""
    chain, subject = key
    if chain == FLOOR:
        return "writer = 'floor' AND subject = %s", (subject,)
    writer, _, run = chain.partition("/")
    return "writer <> 'floor' AND writer = %s AND run = %s AND subject = %s", (writer, run, subject)


def _where(query: Query, after: int) -> tuple[str, tuple[Any, ...]]:
    parts = ["position > %s"]
    values: list[Any] = [after]
    if query.writer == FLOOR:  # said so that the index of the floor serves
        parts.append("writer = 'floor'")
    elif query.writer is not None:
        parts.append("writer <> 'floor' AND writer = %s")
        values.append(query.writer)
    for column, value in (("run", query.run), ("subject", query.subject), ("kind", query.kind)):
        if value is not None:
            parts.append(f"{column} = %s")
            values.append(value)
    if query.upto is not None:
        parts.append("position <= %s")
        values.append(query.upto)
    return " AND ".join(parts), tuple(values)
