"""A ledger in PostgreSQL 15 or later, for a plant whose server many machines write to.

Writers of all processes lock one row before they take a position and let go of it by committing. So
entries become visible in the order of their positions, and who reads on from a position misses nothing.
Connect straight to the server: a pooler that shares sessions between clients loses their settings.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from knockdown.ledger import postgres_link as link
from knockdown.ledger.backend import Run, SubjectKey
from knockdown.ledger.chain import EVENT_ID, FLOOR, POSITION, Head, Row, beginning
from knockdown.ledger.migrations import missing
from knockdown.ledger.postgres_memory import Memory, Recalled
from knockdown.ledger.postgres_reader import PostgresReader, of_subject
from knockdown.ledger.postgres_sql import BEGIN, COLUMNS, PREPARE, RUNS, call, is_keepable, results, text_of
from knockdown.ledger.refusals import InDoubt, LedgerDamaged, NotStored

MIGRATING = 0x6B646C64  # "kdld": the lock of those who make or upgrade a ledger


class PostgresBackend(PostgresReader):
    """One ledger in the schema `knockdown` of a database.

    Parameters
    ----------
    dsn : str
        Address as libpq takes it, `postgresql://...` or `host=... dbname=...`; several hosts when a standby
        may take over.
    allow_unsafe : bool
        Accept a server that is set to lose data; for trials.

    Raises
    ------
    LedgerDamaged
        When there is no ledger, or one of a newer knockdown, or the server could lose data.
    StoreFailed
        When no server answers within 2 s; later, a lost one is waited for for 20 s.
    """

    name = "postgres"

    def __init__(self, dsn: str, allow_unsafe: bool = False) -> None:
        super().__init__(dsn, allow_unsafe)
        self._acknowledged = self._position = 0
        self._expected: tuple[list[str], list[SubjectKey]] = ([], [])
        self._found: tuple[list[Row], list[Any]] = ([], [])
        self._floor: dict[str, Head] = {}
        self._changes: list[bytes] = []
        self._inserted: tuple[Sequence[Row], Head | None] = ((), None)
        self._memory = Memory()
        self._writer = link.connect_patiently(self._dsn, self._allow_unsafe, link.OPENING_SECONDS)
        try:
            _migrate(self._writer, time.time_ns() // 1_000_000, may_begin=False)
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, dsn: str, ledger_id: str, now_ms: int, **options: Any) -> PostgresBackend:
        """Make a new ledger.

        Raises
        ------
        FileExistsError
            When there is one in this database already.
        """
        is_unsafe = options.get("allow_unsafe", False)
        with link.connect_patiently(link.address(dsn), is_unsafe, link.OPENING_SECONDS) as writer:
            _migrate(writer, now_ms, may_begin=True)
            with writer.transaction():
                values = (ledger_id, now_ms)
                made = writer.execute(
                    "INSERT INTO ledger VALUES (1, %s, %s, 0) ON CONFLICT DO NOTHING", values
                )
                if not made.rowcount:
                    raise FileExistsError("this database has a ledger already; name another database")
                head = beginning(FLOOR, ledger_id, "null")
                sql = "INSERT INTO chain VALUES (%s, 0, 0, %s, 'null', %s, NULL)"
                writer.execute(sql, (FLOOR, head.hash, now_ms))
        return cls(dsn, **options)

    # Writing

    def expect(self, event_ids: Sequence[str], keys: Sequence[SubjectKey]) -> None:
        """Be told before `begin` what will be asked within it, so that it needs no round trip of its own."""
        self._expected = ([e for e in event_ids if is_keepable(e)], [k for k in keys if is_keepable(k[1])])

    def begin(self) -> int:
        """Open the write transaction; waits up to 30 s for another process, and for a lost server."""
        try:
            return self._begin()
        except psycopg.Error as error:
            if not link.is_lost(error):
                raise
            self.reopen()
            return self._begin()

    def _begin(self) -> int:
        self._changes.clear()
        self._inserted = ((), None)
        self._position = 0
        if (
            not self._writer.is_prepared
        ):  # not before: a ledger whose tables were changed can still be verified
            self._writer.execute(PREPARE.encode())
            self._writer.is_prepared = True
        event_ids, keys = self._expected
        calls = [BEGIN, *self._known_calls(event_ids), *self._version_calls(keys)]
        _, ledger, floor, *found = results(self._writer.execute(b"; ".join(calls)))
        if not ledger:
            raise LedgerDamaged("the database has lost the row of its ledger; restore a backup")
        self._floor = {row[0]: Head(*row) for row in floor}
        self._found = (
            found[0] if event_ids else [],
            [row for rows in found[bool(event_ids) :] for row in rows],
        )
        position = int(ledger[0][0])
        if position < self._acknowledged:
            raise LedgerDamaged(
                f"this server ends at position {position}, but {self._acknowledged} was acknowledged; "
                "it is not the one that took over, so switch it off"
            )
        self._memory.learn(position, self._floor.get(FLOOR))
        return position

    def _known_calls(self, event_ids: Sequence[str]) -> list[bytes]:
        return [call(self._writer, "known", event_ids)] if event_ids else []

    def _version_calls(self, keys: Sequence[SubjectKey]) -> list[bytes]:
        subjects = [subject for chain, subject in keys if chain == FLOOR]
        calls = [call(self._writer, "floor_versions", subjects)] if subjects else []
        others = [(*chain.split("/", 1), subject) for chain, subject in keys if chain != FLOOR]
        if others:
            calls.append(call(self._writer, "run_versions", *zip(*others, strict=True)))
        return calls

    def _ask(self, calls: Sequence[bytes]) -> list[Any]:
        rows = results(self._writer.execute(b"; ".join(calls))) if calls else []
        return [row for some in rows for row in some]

    def heads(self, chains: Iterable[str]) -> dict[str, Head]:
        """Heads of the chains that have begun and are not pruned."""
        wanted = set(chains)
        others = [chain for chain in wanted - {FLOOR} if is_keepable(chain)]
        rows = self._ask([call(self._writer, "heads", others)]) if others else []
        floor = self._floor if FLOOR in wanted else {}
        return {**floor, **{row[0]: Head(*row) for row in rows}}

    def begin_chain(self, run: Run, head: Head) -> None:
        """Begin a chain."""
        values = (run.chain, run.length, head.position, head.hash, run.provenance, run.started_at)
        self._writer.execute(
            "INSERT INTO chain VALUES (%s, %s, %s, %s, %s, %s, %s)", (*values, run.pruned_at)
        )

    def run_of(self, chain: str) -> Run | None:
        """The run that began a chain."""
        row = self._writer.execute(f"{RUNS} WHERE chain = %s", (chain,)).fetchone()
        return Run(*row) if row else None

    def known(self, event_ids: Sequence[str]) -> dict[str, Row]:
        """Rows that have these event ids; they are on the standby too.

        Raises
        ------
        InDoubt
            When the standby may not have them.
        """
        wanted = [event_id for event_id in event_ids if is_keepable(event_id)]
        rows = self._found[0] if wanted == self._expected[0] else self._ask(self._known_calls(wanted))
        if rows:
            self._await_standby()
        return {row[EVENT_ID]: row for row in rows}

    def _await_standby(self) -> None:
        """Wait until the standby has all that stands here.

        Rows can be seen here that it lacks, after a commit that lost its client while it waited. Any
        commit waits for all before it, so a message without meaning is committed beside this transaction.
        """
        with self._reader() as other:
            other.was_not_replicated = False
            other.execute("SELECT pg_logical_emit_message(true, 'knockdown', 'told again')")
            _refuse_unreplicated(other)

    def versions(self, keys: Sequence[SubjectKey]) -> dict[SubjectKey, int]:
        """Latest version of each subject that has one."""
        wanted = [key for key in keys if is_keepable(key[1])]
        rows = self._found[1] if wanted == self._expected[1] else self._ask(self._version_calls(wanted))
        found = {(row[0], row[1]): row[2] for row in rows}
        self._memory.learn_versions(found)
        return found

    def history(self, key: SubjectKey) -> list[Row]:
        """All rows of a subject by version."""
        where, values = of_subject(key)
        sql = f"SELECT {COLUMNS} FROM entry WHERE {where} ORDER BY version"
        return self._writer.execute(sql, values).fetchall()

    def insert(self, rows: Sequence[Row], heads: Iterable[Head]) -> None:
        """Store rows, the new heads of their chains and the last position: sent with the commit."""
        writer = self._writer
        self._position = rows[-1][POSITION]
        self._changes.append(call(writer, "put", *zip(*rows, strict=True)))
        ends = {head.chain: head for head in heads}
        self._changes += [
            call(writer, "advance", h.chain, h.length, h.position, h.hash) for h in ends.values()
        ]
        self._inserted = (rows, ends.get(FLOOR))
        self._changes.append(call(writer, "reach", self._position))

    def commit(self) -> None:
        """Make it last, on the synchronous standby too where there is one.

        Raises
        ------
        InDoubt
            When the answer did not come, or says that the standby may not have it.
        NotStored
            When the server refused before it committed.
        """
        self._writer.was_not_replicated = False
        try:
            done = self._writer.execute(b"; ".join([*self._changes, b"COMMIT"]))
            results(done)
        except psycopg.Error as error:
            raise self._failure(error) from error
        if done.statusmessage != "COMMIT":
            raise NotStored(f"PostgreSQL answered {done.statusmessage} to the commit")
        _refuse_unreplicated(self._writer)
        self._expected = ([], [])
        self._acknowledged = max(self._acknowledged, self._position)
        self._memory.keep(*self._inserted)

    def recall(self, keys: Sequence[SubjectKey]) -> Recalled | None:
        """What this process remembers of the ledger, which may have changed since; None: it must ask."""
        recalled = self._memory.recall(keys)
        return recalled if recalled is not None and self._writer.is_quiet() else None

    def put_alone(self, before: Recalled, rows: Sequence[Row], head: Head) -> bool:
        """Store rows of the floor that follow on what was recalled, and make them last.

        Returns
        -------
        bool
            False when the ledger is not as it was recalled, or has one of the event ids; nothing was stored.

        Raises
        ------
        InDoubt, NotStored
            As of `commit`.
        """
        self._writer.was_not_replicated = False
        ends = (before.position, before.head.hash, head.position, head.hash)
        values = [text_of(value) for value in (*ends, *zip(*rows, strict=True))]
        try:
            done = self._writer.call("put_alone", values)
        except (psycopg.errors.DivisionByZero, psycopg.errors.UniqueViolation):
            self._memory.was_wrong()
            return False
        except psycopg.Error as error:
            raise self._failure(error) from error
        if done.command_tuples != len(rows):
            raise NotStored(f"PostgreSQL stored {done.command_tuples} of {len(rows)} entries")
        _refuse_unreplicated(self._writer)
        self._acknowledged = head.position
        self._memory.keep(rows, head)
        return True

    def _failure(self, error: psycopg.Error) -> Exception:
        if link.is_lost(error) or self._writer.broken:
            return InDoubt(f"the server was lost at the commit: {error}")
        return NotStored(f"PostgreSQL refused: {error}")

    def rollback(self) -> None:
        """Forget the write transaction."""
        self._changes.clear()
        self._expected = ([], [])
        with suppress(psycopg.Error):
            if self._writer.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self._writer.execute("ROLLBACK")

    def reopen(self) -> None:
        """Drop all connections and find the server that takes writes, for up to 20 s."""
        self.close()
        self._memory.forget()
        self._writer = link.connect_patiently(self._dsn, self._allow_unsafe)

    def advance(self, position: int) -> None:
        """Never give positions up to this one again."""
        sql = "UPDATE ledger SET last_position = greatest(last_position, %s)"
        self._writer.execute(sql, (position,))

    def rename(self, ledger_id: str) -> None:
        """Give a ledger without entries another id."""
        self._writer.execute("UPDATE ledger SET ledger_id = %s WHERE last_position = 0", (ledger_id,))
        head = beginning(FLOOR, ledger_id, "null")
        self._writer.execute("UPDATE chain SET hash = %s WHERE chain = 'floor' AND length = 0", (head.hash,))

    def prune(self, chain: str, at_ms: int) -> int:
        """Take out the entries of a plan's or twin's chain."""
        writer, _, run = chain.partition("/")
        where = "writer <> 'floor' AND writer = %s AND run = %s"
        removed = self._writer.execute(f"DELETE FROM entry WHERE {where}", (writer, run)).rowcount
        self._writer.execute("UPDATE chain SET pruned_at = %s WHERE chain = %s", (at_ms, chain))
        return removed

    def close(self) -> None:
        """Close all connections."""
        super().close()
        with suppress(psycopg.Error):
            self._writer.close()


def _refuse_unreplicated(connection: link.Connection) -> None:
    if connection.was_not_replicated:
        raise InDoubt("a commit did not wait for the standby, which may not have it")


def _migrate(writer: link.Connection, now_ms: int, may_begin: bool) -> None:
    """Take the steps that are missing, all or none."""
    with writer.transaction():
        writer.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATING,))
        there = writer.execute("SELECT to_regclass('knockdown.migration')").fetchone()
        if there == (None,):
            if not may_begin:
                raise LedgerDamaged("this database has no ledger; make one with `knockdown ledger init`")
            writer.execute("CREATE SCHEMA IF NOT EXISTS knockdown")
            writer.execute(
                "CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                " digest TEXT NOT NULL, applied_at BIGINT NOT NULL)"
            )
        done = {int(str(n)): str(d) for n, d in writer.execute("SELECT number, digest FROM migration")}
        for step in missing("postgres", done):
            writer.execute(step.sql.encode())
            values = (step.number, step.name, step.digest, now_ms)
            writer.execute("INSERT INTO migration VALUES (%s, %s, %s, %s)", values)
