"""Takes a ledger's file into an empty ledger: same positions, same hashes, same id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from knockdown.basics.faults import BadInput, Fault
from knockdown.events.envelope import Event
from knockdown.ledger.backend import Backend
from knockdown.ledger.chain import FLOOR, HASH, POSITION, RUN, WRITER, Head, Row, beginning, chain_of, row_of
from knockdown.ledger.files import ExportHead, read_file, runs_of

GROUP = 5_000


def copy_file(backend: Backend, path: Path) -> int:
    """Make an empty ledger the same as the one a file tells of; returns the entries that were new.

    A ledger of the same id that has the file's first entries already takes the rest; so taking in a file
    twice changes nothing. The file is read twice: to check it, and to take it in.

    Raises
    ------
    BadInput
        When the ledger holds other entries, or the file is faulty or was changed: its hashes do not come
        out as its head says, or an entry cannot follow on those before it. The ledger is as it was.
    """
    head, events = read_file(path)
    _refuse_other(backend, head, path)
    has = backend.last_position()
    heads = _heads(backend, head)
    for row in _rows(events, has, dict(heads), path, head):
        del row
    return _take_in(backend, head, read_file(path)[1], has, heads, path)


def _take_in(
    backend: Backend, head: ExportHead, events: Iterator[Event], has: int, heads: dict[str, Head], path: Path
) -> int:
    if backend.ledger_id() != head.ledger_id:
        _in_one(backend, lambda: backend.rename(head.ledger_id))
    _begin_runs(backend, head)
    taken = 0
    rows = _rows(events, has, heads, path, head)
    while group := list(islice(rows, GROUP)):
        changed = {chain_of(row[WRITER], row[RUN]): row for row in group}
        ends = [Head(chain, heads[chain].length, row[POSITION], row[HASH]) for chain, row in changed.items()]
        _in_one(backend, partial(backend.insert, group, ends))
        taken += len(group)
    for sort, notes in head.notes.items():
        for name, text in notes.items():
            backend.put_note(sort, name, text)
    for person_id, (sort, name) in head.names.items():
        if person_id not in backend.get_notes("erased"):
            backend.put_person(person_id, sort, name)
    return taken


def _heads(backend: Backend, head: ExportHead) -> dict[str, Head]:
    """Where every chain ends before the file is taken in; for a new ledger, where each begins."""
    begun = {FLOOR: beginning(FLOOR, head.ledger_id, "null")}
    begun |= {r.chain: beginning(r.chain, head.ledger_id, r.provenance) for r in head.runs if not r.pruned_at}
    return begun | (backend.committed_heads() if backend.last_position() else {})


def _refuse_other(backend: Backend, head: ExportHead, path: Path) -> None:
    has = backend.last_position()
    if has and backend.ledger_id() != head.ledger_id:
        problem = f"tells of ledger {head.ledger_id}; this one is {backend.ledger_id()} and has entries"
        raise BadInput([_fault(path, problem, "import it into a new ledger (--ledger FILE)")])
    if has > head.last_position:
        problem = f"ends at position {head.last_position}; this ledger goes on to {has}"
        raise BadInput([_fault(path, problem, "nothing needs to be imported")])


def _fault(path: Path, problem: str, step: str) -> Fault:
    return Fault(path.name, None, None, None, problem, step)


def _begin_runs(backend: Backend, head: ExportHead) -> None:
    known = {run.chain for run in backend.runs()}

    def begin() -> None:
        for run in runs_of(head):
            if run.chain not in known:
                first = beginning(run.chain, head.ledger_id, run.provenance)
                length = 0 if run.pruned_at is None else run.length
                backend.begin_chain(replace(run, length=length), first)

    _in_one(backend, begin)


def _in_one(backend: Backend, act: Callable[[], None]) -> None:
    backend.begin()
    try:
        act()
        backend.commit()
    except BaseException:
        backend.rollback()
        raise


def _rows(
    events: Iterator[Event], has: int, heads: dict[str, Head], path: Path, head: ExportHead
) -> Iterator[Row]:
    """Rows of the entries beyond `has`, tied to one another; at the end the heads must be the file's.

    `heads` is kept up as rows are taken.
    """
    for event in events:
        yield from _row(event, has, heads, path)
    ours = {name: (h.length, h.hash.hex()) for name, h in heads.items()}
    theirs = {chain.chain: (chain.length, chain.hash) for chain in head.chains}
    odd = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    if odd:
        problem = f"was changed: the hashes of chain {odd[0]} do not come out as its head says"
        raise BadInput([_fault(path, problem, "export it again")])


def _row(event: Event, has: int, heads: dict[str, Head], path: Path) -> list[Row]:
    if event.position is None or event.recorded_at is None:
        problem = f"has an entry without position: {event.event_id}"
        raise BadInput([_fault(path, problem, "lines of events go in with `ledger append`")])
    if event.position <= has:
        return []
    head = heads.get(chain_of(event.writer, event.run))
    if head is None:
        problem = f"has an entry of {event.writer} run {event.run}, which its head does not name"
        raise BadInput([_fault(path, problem, "export it again")])
    row = row_of(event, event.position, event.recorded_at, head.hash)
    heads[head.chain] = Head(head.chain, head.length + 1, event.position, row[HASH])
    return [row]
