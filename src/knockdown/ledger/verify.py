"""Reads a whole ledger again and says whether anything in it was changed since it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from knockdown.events.envelope import Event
from knockdown.events.life.fold import Forbidden, State, after, born
from knockdown.ledger.backend import Backend, Query, Run, SubjectKey
from knockdown.ledger.chain import (
    FLOOR,
    HASH,
    POSITION,
    RUN,
    SUBJECT,
    VERSION,
    WRITER,
    Head,
    Row,
    beginning,
    chain_of,
    link,
    whole_event_of,
)

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found.

    Parameters
    ----------
    ok : bool
        Whether nothing is wrong.
    faults : tuple of str
        What is wrong, the first 100.
    n_entries : int
        Entries read.
    heads : dict of str to Head
        Where every chain ends, computed from its entries.
    """

    ok: bool
    faults: tuple[str, ...]
    n_entries: int
    heads: dict[str, Head]


def verify(backend: Backend, files: bool = True) -> Verification:
    """Recompute every hash, fold every history, and compare with what the ledger says of itself.

    Parameters
    ----------
    backend : Backend
        Open; it may be in use, entries that come meanwhile are left out.
    files : bool
        Whether to let the database check its own files too.

    Returns
    -------
    Verification
        An entry that was changed, moved, added or taken out is a fault. Entries cut off at the end
        together with the ledger's own notes of them are found only against a seal kept elsewhere
        (see `seal.check`).
    """
    walk = _Walk(backend)
    try:
        with backend.snapshot():
            for fault in walk.faults():
                walk.found.append(fault)
                if len(walk.found) >= MOST_FAULTS:
                    break
    except Exception as error:  # a damaged file fails in many ways, and each of them is the answer
        walk.found.append(f"after position {walk.position}: cannot be read ({type(error).__name__}: {error})")
    if files and len(walk.found) < MOST_FAULTS:
        walk.found += backend.faults()
    return Verification(not walk.found, tuple(walk.found), walk.n_entries, walk.heads)


@dataclass
class _Walk:
    backend: Backend
    found: list[str] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    versions: dict[SubjectKey, int] = field(default_factory=dict)
    states: dict[SubjectKey, State] = field(default_factory=dict)
    position: int = 0
    n_entries: int = 0

    def faults(self) -> Iterator[str]:
        runs = {run.chain: run for run in self.backend.runs()}
        stated = self.backend.committed_heads()
        last = self.backend.last_position()
        ledger_id = self.backend.ledger_id()
        self.heads = {FLOOR: beginning(FLOOR, ledger_id, "null")}
        self.heads |= {c: beginning(c, ledger_id, r.provenance) for c, r in runs.items() if not _is_pruned(r)}
        for row in self.backend.rows(Query(writer=None)):
            yield from self._row_faults(row)
        for chain in sorted(self.heads.keys() | stated.keys()):
            if self.heads.get(chain) != stated.get(chain):
                yield f"chain {chain}: {_difference(self.heads.get(chain), stated.get(chain))}"
        if self.position > last:
            yield f"position {self.position} is beyond the last one given, {last}"
        if self.position < last and not any(map(_is_pruned, runs.values())):
            yield f"the last position given is noted as {last:,}, and the entries end at {self.position:,}"

    def _row_faults(self, row: Row) -> Iterator[str]:
        self.n_entries += 1
        if row[POSITION] <= self.position:
            yield f"position {row[POSITION]} follows {self.position}"
        self.position = row[POSITION]
        chain = chain_of(row[WRITER], row[RUN])
        head = self.heads.get(chain)
        if head is None:
            yield f"position {row[POSITION]}: chain {chain} was never begun, or was pruned"
            return
        if link(head.hash, row) != row[HASH]:
            yield f"position {row[POSITION]}: the hash of {row[SUBJECT]} version {row[VERSION]} does not fit"
        self.heads[chain] = Head(chain, head.length + 1, row[POSITION], row[HASH])
        key = (chain, row[SUBJECT])
        if row[VERSION] != self.versions.get(key, 0) + 1:
            yield f"position {row[POSITION]}: {row[SUBJECT]} has version {row[VERSION]} out of turn"
        self.versions[key] = row[VERSION]
        yield from self._law_faults(key, row)

    def _law_faults(self, key: SubjectKey, row: Row) -> Iterator[str]:
        """Whether the entry can follow on its subject's history; a state that is lost stays lost."""
        event = whole_event_of(row)
        state = self.states.get(key) if event.version > 1 else born(event.subject)
        if state is None:
            return
        try:
            self.states[key] = after(state, event, lambda: self._earlier(event))
        except Forbidden as no:
            self.states.pop(key, None)
            yield f"position {row[POSITION]}: {no.rule}: {no.problem}"

    def _earlier(self, event: Event) -> list[Event]:
        run = None if event.writer == FLOOR else event.run
        query = Query(writer=event.writer, run=run, subject=event.subject, upto=(event.position or 1) - 1)
        return [whole_event_of(row) for row in self.backend.rows(query)]


def _is_pruned(run: Run) -> bool:
    return run.pruned_at is not None


def _difference(computed: Head | None, stated: Head | None) -> str:
    if computed is None or stated is None:
        return "is known to the entries or to the ledger's notes only, not to both"
    if computed.length != stated.length:
        return f"has {computed.length:,} entries, and the ledger noted {stated.length:,}"
    return f"ends otherwise than the ledger noted (position {computed.position}, {stated.position})"
