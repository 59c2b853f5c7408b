"""A ledger in memory: for tests, and for histories that need not last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock

from knockdown.ledger.backend import Query, Run, SubjectKey
from knockdown.ledger.chain import (
    EVENT_ID,
    FLOOR,
    POSITION,
    RUN,
    SUBJECT,
    VERSION,
    WRITER,
    Head,
    Row,
    beginning,
    chain_of,
)


@dataclass
class _Content:
    rows: list[Row] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    last_position: int = 0
    ledger_id: str = ""


class MemoryBackend:
    """A plain model of what the databases do: lists, dicts, and a copy to go back to.

    Parameters
    ----------
    ledger_id : str
        Its id.
    """

    name = "memory"

    def __init__(self, ledger_id: str) -> None:
        self._lock = RLock()
        self._kept = _Content(heads={FLOOR: beginning(FLOOR, ledger_id, "null")}, ledger_id=ledger_id)
        self._by_id: dict[str, Row] = {}
        self._by_subject: dict[SubjectKey, list[Row]] = {}
        self._draft: _Content | None = None
        self._notes: dict[str, dict[str, str]] = {}
        self._people: dict[str, tuple[str, str]] = {}

    def expect(self, event_ids: Sequence[str], keys: Sequence[SubjectKey]) -> None:
        """Nothing is gained by knowing it beforehand."""

    def begin(self) -> int:
        """Open a write transaction; returns the last position ever given."""
        kept = self._kept
        self._draft = _Content([], dict(kept.heads), dict(kept.runs), kept.last_position, kept.ledger_id)
        return kept.last_position

    def _open(self) -> _Content:
        if self._draft is None:
            raise RuntimeError("no write transaction is open")
        return self._draft

    def heads(self, chains: Iterable[str]) -> dict[str, Head]:
        """Heads of the chains that have begun."""
        heads = self._open().heads
        return {chain: heads[chain] for chain in chains if chain in heads}

    def begin_chain(self, run: Run, head: Head) -> None:
        """Begin a chain."""
        self._open().runs[run.chain] = run
        if run.pruned_at is None:
            self._open().heads[run.chain] = head

    def run_of(self, chain: str) -> Run | None:
        """The run that began a chain."""
        return self._open().runs.get(chain)

    def known(self, event_ids: Sequence[str]) -> dict[str, Row]:
        """Rows that have these event ids."""
        return {name: self._by_id[name] for name in event_ids if name in self._by_id}

    def versions(self, keys: Sequence[SubjectKey]) -> dict[SubjectKey, int]:
        """Latest version of each subject that has one."""
        return {key: self._by_subject[key][-1][VERSION] for key in keys if key in self._by_subject}

    def history(self, key: SubjectKey) -> list[Row]:
        """All rows of a subject by version."""
        return list(self._by_subject.get(key, ()))

    def insert(self, rows: Sequence[Row], heads: Iterable[Head]) -> None:
        """Store rows, the new heads of their chains and the last position."""
        draft = self._open()
        draft.rows += rows
        for head in heads:
            draft.heads[head.chain] = head
        draft.last_position = rows[-1][POSITION]

    def commit(self) -> None:
        """Make it visible."""
        draft = self._open()
        with self._lock:
            for row in draft.rows:
                self._by_id[row[EVENT_ID]] = row
                self._by_subject.setdefault((chain_of(row[WRITER], row[RUN]), row[SUBJECT]), []).append(row)
            self._kept = replace(draft, rows=self._kept.rows)
            self._kept.rows += draft.rows
            self._draft = None

    def rollback(self) -> None:
        """Forget the write transaction."""
        self._draft = None

    def reopen(self) -> None:
        """Begin anew after a failure."""
        self._draft = None

    def rows(self, query: Query) -> Iterator[Row]:
        """Read what was committed."""
        with self._lock:
            found = [row for row in self._kept.rows if _wanted(row, query)]
        if query.subject is not None:
            found.sort(key=lambda row: (row[WRITER], row[RUN] if row[WRITER] != FLOOR else "", row[VERSION]))
        return iter(found if query.limit is None else found[: query.limit])

    def committed_heads(self) -> dict[str, Head]:
        """Heads of all chains that are not pruned."""
        pruned = {run.chain for run in self._kept.runs.values() if run.pruned_at is not None}
        return {chain: head for chain, head in self._kept.heads.items() if chain not in pruned}

    def last_position(self) -> int:
        """The last position ever given."""
        return self._kept.last_position

    def runs(self) -> list[Run]:
        """Filed runs, oldest first."""
        return [replace(r, length=self._kept.heads[r.chain].length if r.pruned_at is None else r.length)
                for r in self._kept.runs.values()]  # fmt: skip

    def prune(self, chain: str, at_ms: int) -> int:
        """Take out the entries of a plan's or twin's chain."""
        draft = self._open()
        gone = [row for row in self._kept.rows if chain_of(row[WRITER], row[RUN]) == chain]
        draft.runs[chain] = replace(draft.runs[chain], pruned_at=at_ms, length=len(gone))
        del draft.heads[chain]
        with self._lock:
            self._kept.rows = [row for row in self._kept.rows if row not in gone]
            for row in gone:
                del self._by_id[row[EVENT_ID]]
                self._by_subject.pop((chain, row[SUBJECT]), None)
        return len(gone)

    def ledger_id(self) -> str:
        """Id of this ledger."""
        return self._kept.ledger_id

    def advance(self, position: int) -> None:
        """Never give positions up to this one again."""
        draft = self._open()
        draft.last_position = max(draft.last_position, position)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Nothing is committed meanwhile."""
        with self._lock:
            yield

    def rename(self, ledger_id: str) -> None:
        """Give a ledger without entries another id."""
        self._open().ledger_id = ledger_id
        self._open().heads[FLOOR] = beginning(FLOOR, ledger_id, "null")

    def get_notes(self, sort: str) -> dict[str, str]:
        """Small documents by name."""
        return dict(self._notes.get(sort, {}))

    def put_note(self, sort: str, name: str, text: str | None) -> None:
        """Keep a small document, or remove it."""
        notes = self._notes.setdefault(sort, {})
        notes.pop(name, None)
        if text is not None:
            notes[name] = text

    def people(self) -> dict[str, tuple[str, str]]:
        """Sort and name by id."""
        return dict(self._people)

    def put_person(self, person_id: str, sort: str, name: str | None) -> None:
        """Keep a name, or erase it for good."""
        self._people.pop(person_id, None)
        if name is not None:
            self._people[person_id] = (sort, name)

    def faults(self) -> list[str]:
        """Memory has no files that could be damaged."""
        return []

    def close(self) -> None:
        """Nothing to close."""


def _wanted(row: Row, query: Query) -> bool:
    wanted = ((query.writer, WRITER), (query.run, RUN), (query.subject, SUBJECT), (query.kind, 5))
    if not (query.after < row[POSITION] and (query.upto is None or row[POSITION] <= query.upto)):
        return False
    return all(value is None or row[place] == value for value, place in wanted)
