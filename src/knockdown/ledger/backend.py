"""What a database must be able to do to carry a ledger; memory, SQLite and PostgreSQL each do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from knockdown.ledger.chain import Head, Row

SubjectKey = tuple[str, str]
"""Chain and subject."""


@dataclass(frozen=True, slots=True)
class Run:
    """A filed plan or simulated run.

    Parameters
    ----------
    chain : str
        `plan/<run>` or `twin/<run>`.
    provenance : str
        Canonical JSON text of what it was computed from.
    started_at : int
        Milliseconds since 1970-01-01 00:00 UTC.
    pruned_at : int or None
        When its entries were taken out, or None.
    length : int
        Entries it has, or had.
    """

    chain: str
    provenance: str
    started_at: int
    pruned_at: int | None
    length: int


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows are wanted, in which order: of one subject by version, otherwise by position.

    Parameters
    ----------
    after : int
        Only positions beyond this one.
    upto : int or None
        Only positions up to this one.
    writer, run : str or None
        Only of this writer and run; None means any.
    subject : str or None
        Only of this subject.
    kind : str or None
        Only of this kind.
    limit : int or None
        At most so many.
    """

    after: int = 0
    upto: int | None = None
    writer: str | None = "floor"
    run: str | None = None
    subject: str | None = None
    kind: str | None = None
    limit: int | None = None


class Backend(Protocol):
    """A database that carries one ledger.

    Writing happens inside `begin` ... `commit`, by one thread at a time; while one process is between
    them, no other can be. Reading may happen in any thread, and sees only what was committed.
    """

    name: str

    def expect(self, event_ids: Sequence[str], keys: Sequence[SubjectKey]) -> None:
        """Be told before `begin` what `known` and `versions` will be asked, to save a round trip."""
        ...

    def begin(self) -> int:
        """Open a write transaction; returns the last position ever given, 0 at first."""
        ...

    def heads(self, chains: Iterable[str]) -> dict[str, Head]:
        """Heads of the chains that have begun (within the write transaction)."""
        ...

    def begin_chain(self, run: Run, head: Head) -> None:
        """Begin a chain (within the write transaction)."""
        ...

    def run_of(self, chain: str) -> Run | None:
        """The run that began a chain (within the write transaction)."""
        ...

    def known(self, event_ids: Sequence[str]) -> dict[str, Row]:
        """Rows that have these event ids (within the write transaction)."""
        ...

    def versions(self, keys: Sequence[SubjectKey]) -> dict[SubjectKey, int]:
        """Latest version of each subject that has one (within the write transaction)."""
        ...

    def history(self, key: SubjectKey) -> list[Row]:
        """All rows of a subject by version (within the write transaction)."""
        ...

    def insert(self, rows: Sequence[Row], heads: Iterable[Head]) -> None:
        """Store rows, the new heads of their chains and the last position."""
        ...

    def commit(self) -> None:
        """Make it last: when this returns, the rows are on stable storage."""
        ...

    def rollback(self) -> None:
        """Forget the write transaction; never raises."""
        ...

    def reopen(self) -> None:
        """Begin anew after a failure: drop connections, recover."""
        ...

    def rows(self, query: Query) -> Iterator[Row]:
        """Read what was committed."""
        ...

    def committed_heads(self) -> dict[str, Head]:
        """Heads of all chains that are not pruned, as committed."""
        ...

    def last_position(self) -> int:
        """The last position ever given, as committed."""
        ...

    def runs(self) -> list[Run]:
        """Filed runs, oldest first, as committed."""
        ...

    def prune(self, chain: str, at_ms: int) -> int:
        """Take out the entries of a plan's or twin's chain (within the write transaction); how many."""
        ...

    def ledger_id(self) -> str:
        """Id of this ledger, given at its birth."""
        ...

    def advance(self, position: int) -> None:
        """Never give positions up to this one again (within the write transaction)."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """What this thread reads inside is of one moment, whatever is written meanwhile."""
        ...

    def rename(self, ledger_id: str) -> None:
        """Give a ledger without entries another id (within the write transaction)."""
        ...

    def get_notes(self, sort: str) -> dict[str, str]:
        """Small documents kept beside the entries, by name: keys, seals, snapshots."""
        ...

    def put_note(self, sort: str, name: str, text: str | None) -> None:
        """Keep a small document, or remove it, in a transaction of its own."""
        ...

    def people(self) -> dict[str, tuple[str, str]]:
        """Sort (person or customer) and name by id; erased ones are not there."""
        ...

    def put_person(self, person_id: str, sort: str, name: str | None) -> None:
        """Keep a name, or erase it for good."""
        ...

    def faults(self) -> list[str]:
        """What is wrong with the database's files, and with its tables and triggers; empty when nothing."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...
