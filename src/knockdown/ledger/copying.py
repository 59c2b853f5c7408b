"""Takes a ledger's file into an empty ledger: same positions, same hashes, same id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import apsw

from knockdown.basics.faults import BadInput, Fault
from knockdown.events.envelope import Event
from knockdown.ledger import persons, seal
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.chain import HASH, POSITION, RUN, WRITER, Head, Row, chain_of, row_of
from knockdown.ledger.file_head import ExportHead
from knockdown.ledger.files import read_file
from knockdown.ledger.folder_lock import scratch_folder
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify

GROUP = 5_000
ENTRIES_AT_ONCE = 200_000  # in one transaction; PostgreSQL is sent them all with the commit
OWN_NOTES = ("key", "seal", "snapshot")
MOST_FAULTS = 20
AGAIN = "export it again"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file in which everything was checked, as a ledger in a scratch place.

    Parameters
    ----------
    file : str
        Name of the file.
    head : ExportHead
        What stands before its entries.
    scratch : SqliteBackend
        The ledger it tells of, without names; gone when the check's `with` block ends.
    n_entries : int
        Entries it has.
    """

    file: str
    head: ExportHead
    scratch: SqliteBackend
    n_entries: int


def copy_file(backend: Backend, path: Path) -> int:
    """Make an empty ledger the same as the one a file tells of; returns the entries that were new.

    A ledger of the same id that has the file's first entries already takes the rest; so taking in a file
    twice changes nothing. All of the file is checked in a scratch place first: hashes, versions, positions,
    the law of every history, keys and seals. Up to 200,000 entries are stored in one transaction, more in
    several, each of which leaves a ledger that the file can be taken into again.

    Raises
    ------
    BadInput
        When the ledger holds other entries, or the file is faulty or was changed. The ledger is as it was.
    """
    with checked(path) as file:
        has = backend.last_position()
        _refuse(file.file, _other_ledger(backend, file, has), "import it into a new ledger (--ledger FILE)")
        _refuse(file.file, _other_notes(backend, file), "export from the ledger that is right")
        return _take_in(backend, file, has)


def count(path: Path) -> int:
    """Entries of a file that is found to be whole.

    Raises
    ------
    BadInput
        When it is faulty or was changed.
    """
    with checked(path) as file:
        return file.n_entries


@contextmanager
def checked(path: Path) -> Iterator[Checked]:
    """Check all of a file and give the ledger it tells of, in a scratch place.

    Raises
    ------
    BadInput
        When the file is faulty or was changed.
    OSError
        When it cannot be read.
    """
    head, events = read_file(path)
    _refuse(path.name, head.faults(), AGAIN)
    with scratch_folder() as folder:
        place = folder / "scratch.sqlite"
        with _room_for_scratch(path.name):
            scratch = SqliteBackend.create(place, head.ledger_id, head.exported_at, synchronous="OFF")
        with closing(scratch):
            with _room_for_scratch(path.name):
                n_entries = _fill(scratch, head, events, path.name)
            _refuse(path.name, _law_faults(scratch), AGAIN)
            _refuse(path.name, _seal_faults(scratch, head), AGAIN)
            yield Checked(path.name, head, scratch, n_entries)


@contextmanager
def _room_for_scratch(file: str) -> Iterator[None]:
    try:
        yield
    except (apsw.FullError, apsw.IOError) as error:
        step = "make room where temporary files lie (TMPDIR)"
        raise BadInput([Fault(file, None, None, None, f"cannot be checked: {error}", step)]) from error


def _refuse(file: str, problems: Iterable[str], step: str) -> None:
    faults = [Fault(file, None, None, None, problem, step) for problem in islice(problems, MOST_FAULTS)]
    if faults:
        raise BadInput(faults)


def _fill(scratch: SqliteBackend, head: ExportHead, events: Iterator[Event], file: str) -> int:
    """Store the file's entries as they stand; their chains must end as the head says."""
    heads = head.beginnings()
    rows = _rows(events, heads, head.last_position, file)
    scratch.begin()
    _begin_runs(scratch, head)
    n_entries = 0
    try:
        while group := list(islice(rows, GROUP)):
            n_entries += len(group)
            scratch.insert(group, heads.values())
    except apsw.ConstraintError:
        problem = f"has an event id or a version twice, up to position {group[-1][POSITION]}"
        raise BadInput([Fault(file, None, None, None, problem, AGAIN)]) from None
    scratch.advance(head.last_position)
    scratch.commit()
    ends = head.ends()
    odd = (ends[chain] for chain in sorted(ends) if ends[chain] != heads[chain])
    _refuse(file, (_other_end(end, heads[end.chain].length) for end in odd), AGAIN)
    return n_entries


def _other_end(end: Head, n_entries: int) -> str:
    if n_entries == end.length:
        return f"was changed: chain {end.chain} does not end as its head says"
    told = f"{n_entries:,} entries, and its head tells of {end.length:,}"
    return f"was changed or cut off: chain {end.chain} has {told}"


def _rows(events: Iterator[Event], heads: dict[str, Head], last: int, file: str) -> Iterator[Row]:
    """Rows tied to one another; `heads` is kept up as they are taken."""
    position = 0
    for event in events:
        chain = chain_of(event.writer, event.run)
        _refuse(file, _place_faults(event, position, last, chain in heads), AGAIN)
        position, before = event.position or 0, heads[chain]
        row = row_of(event, position, event.recorded_at or 0, before.hash)
        heads[chain] = Head(chain, before.length + 1, position, row[HASH])
        yield row


def _place_faults(event: Event, before: int, last: int, is_begun: bool) -> Iterator[str]:
    if event.position is None or event.recorded_at is None:
        yield f"has an entry without position: {event.event_id}"
    elif not before < event.position <= last:
        yield f"has position {event.position} after {before}, with {last} as the last"
    if not is_begun:
        yield f"has an entry of {event.writer} run {event.run}, which its head does not name"


def _begin_runs(backend: Backend, head: ExportHead) -> None:
    """Begin the runs that are not there yet (within the write transaction)."""
    beginnings = head.beginnings()
    for run in head.all_runs():
        if backend.run_of(run.chain) is None:
            length = run.length if run.pruned_at is not None else 0
            first = beginnings.get(run.chain) or Head(run.chain, 0, 0, bytes(32))
            backend.begin_chain(replace(run, length=length), first)


def _law_faults(scratch: SqliteBackend) -> Iterator[str]:
    return (f"cannot be a ledger: {fault}" for fault in verify(scratch, files=False).faults)


def _seal_faults(scratch: SqliteBackend, head: ExportHead) -> Iterator[str]:
    """Whether its keys go back to one root, and its seals fit them and the entries."""
    for sort in ("key", "seal"):
        for name, text in head.notes.get(sort, {}).items():
            scratch.put_note(sort, name, text)
    yield from seal.root_faults(scratch, None)
    keys, papers = seal.keys_of(scratch), head.seals()
    if papers and not keys:
        yield "has a seal and no key"
    yield from seal.check_all(scratch, papers, keys[0].key_id if keys else None)


def _other_ledger(backend: Backend, file: Checked, has: int) -> Iterator[str]:
    """Why the ledger is not one that has nothing, or the file's first entries."""
    head = file.head
    if backend.ledger_id() != head.ledger_id:
        if has or backend.runs():
            ours = f"this one is {backend.ledger_id()} and has entries or runs"
            yield f"tells of ledger {head.ledger_id}; {ours}"
    elif has > head.last_position:
        yield f"ends at position {head.last_position}; this ledger goes on to {has}"
    else:
        yield from _other_beginning(backend, file, has)


def _other_beginning(backend: Backend, file: Checked, has: int) -> Iterator[str]:
    """Equal hashes vouch for all before them, so the last entry of each chain is enough."""
    here, there = backend.committed_heads(), file.scratch.committed_heads()
    beginnings = file.head.beginnings()
    pruned = {run.chain for run in backend.runs() if run.pruned_at is not None}
    yield from (f"has run {chain}, which was pruned here" for chain in sorted(pruned & there.keys()))
    for chain, ours in here.items():
        if chain not in there:
            yield f"has no entries of run {chain} any more, or never had"
        elif ours.hash != (_hash_at(file.scratch, ours) if ours.length else beginnings[chain].hash):
            yield f"tells another history of chain {chain} up to position {ours.position}"
    n_before = sum(1 for _ in file.scratch.rows(Query(upto=has, writer=None)))
    if n_before != sum(ours.length for ours in here.values()):
        yield f"has other entries than this ledger up to position {has}"


def _hash_at(scratch: SqliteBackend, head: Head) -> bytes | None:
    for row in scratch.rows(Query(after=head.position - 1, upto=head.position, writer=None)):
        if chain_of(row[WRITER], row[RUN]) == head.chain:
            return bytes(row[HASH])
    return None


def _other_notes(backend: Backend, file: Checked) -> Iterator[str]:
    """Keys and names that are here and say otherwise than the file's; seals that are here simply stay."""
    people = backend.people()
    for person_id, named in file.head.names.items():
        if people.get(person_id, named) != named:
            yield f"gives {person_id} another name than this ledger"
    if backend.ledger_id() != file.head.ledger_id:
        return
    ours, theirs = backend.get_notes("key"), file.head.notes.get("key", {})
    together = MemoryBackend(file.head.ledger_id)
    for name, text in {**theirs, **ours}.items():
        together.put_note("key", name, text)
        if theirs.get(name, text) != text:
            yield f"tells of key {name} otherwise than this ledger"
    if theirs:
        yield from (f"and this ledger: {fault}" for fault in seal.root_faults(together, None))
    yield from _other_seals(backend, file.head)


def _other_seals(backend: Backend, head: ExportHead) -> Iterator[str]:
    """A seal of the file must not rest on one for which this ledger has another, which stays."""
    there = {seal.name_of(paper): paper for paper in head.seals()}
    here = {seal.name_of(paper): paper for paper in seal.seals_of(backend)}
    digests = {seal.digest_of(paper) for paper in {**there, **here}.values()}
    for name in there.keys() - here.keys():
        if there[name].before is not None and there[name].before not in digests:
            position = there[name].position
            yield f"has a seal at position {position} that rests on another one than this ledger has"


def _take_in(backend: Backend, file: Checked, has: int) -> int:
    own = _put_away_notes(backend, file.head)
    try:
        new = _copy_entries(backend, file, has)
    except BaseException:
        if backend.ledger_id() != file.head.ledger_id:
            for sort, name, text in own:
                backend.put_note(sort, name, text)
        raise
    _put_notes(backend, file.head)
    return new


def _put_away_notes(backend: Backend, head: ExportHead) -> list[tuple[str, str, str]]:
    """A ledger that takes another's id gives up its own keys: they would be a second root."""
    if backend.ledger_id() == head.ledger_id:
        return []
    own = [(sort, name, text) for sort in OWN_NOTES for name, text in backend.get_notes(sort).items()]
    for sort, name, _ in own:
        backend.put_note(sort, name, None)
    return own


def _copy_entries(backend: Backend, file: Checked, has: int) -> int:
    here = backend.committed_heads()
    heads = {**file.head.beginnings(), **here}
    rows = file.scratch.rows(Query(after=has, writer=None))
    with _transaction(backend, file, has, here):
        if backend.ledger_id() != file.head.ledger_id:
            backend.rename(file.head.ledger_id)
            heads = file.head.beginnings()
        _begin_runs(backend, file.head)
        new = taken = _insert(backend, islice(rows, ENTRIES_AT_ONCE), heads)
    while taken == ENTRIES_AT_ONCE:
        with _transaction(backend, file, max(head.position for head in heads.values()), heads):
            taken = _insert(backend, islice(rows, ENTRIES_AT_ONCE), heads)
        new += taken
    last = max(has, *(head.position for head in heads.values()))
    if last < file.head.last_position:  # of entries that were pruned
        with _transaction(backend, file, last, heads):
            backend.advance(file.head.last_position)
    return new


def _insert(backend: Backend, rows: Iterator[Row], heads: dict[str, Head]) -> int:
    n_rows = 0
    while group := list(islice(rows, GROUP)):
        changed = set()
        for row in group:
            chain = chain_of(row[WRITER], row[RUN])
            heads[chain] = Head(chain, heads[chain].length + 1, row[POSITION], row[HASH])
            changed.add(chain)
        backend.insert(group, [heads[chain] for chain in changed])
        n_rows += len(group)
    return n_rows


@contextmanager
def _transaction(backend: Backend, file: Checked, last: int, heads: dict[str, Head]) -> Iterator[None]:
    """A write transaction on the ledger as it was looked at."""
    expected = dict(heads)
    try:
        if backend.begin() != last or backend.heads(expected) != expected:
            problem = "cannot be taken in while others write to this ledger"
            step = "stop them and give the command again"
            raise BadInput([Fault(file.file, None, None, None, problem, step)])
        yield
        backend.commit()
    except BaseException:
        backend.rollback()
        raise


def _put_notes(backend: Backend, head: ExportHead) -> None:
    for sort in ("key", "seal"):
        there = backend.get_notes(sort)
        for name, text in head.notes.get(sort, {}).items():
            if name not in there:
                backend.put_note(sort, name, text)
    erased, people = persons.erased(backend), backend.people()
    for person_id in head.notes.get("erased", {}):
        if person_id not in erased or person_id in people:
            persons.erase(backend, person_id)
    for person_id, (sort, name) in head.names.items():
        if person_id not in erased and person_id not in people:
            backend.put_person(person_id, sort, name)
