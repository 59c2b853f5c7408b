"""The ledger's commands: make it, append, read, verify, seal, prune, and who is who."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
from pydantic import ValidationError

from knockdown import __version__
from knockdown.basics.clock import Clock, SystemClock
from knockdown.basics.faults import BadInput, Fault
from knockdown.events.codec import MAX_FILE_BYTES, from_lines, read_events
from knockdown.events.envelope import Event
from knockdown.ledger import key_files, persons, seal
from knockdown.ledger.address import DAMAGE, Address, create_backend, exists, open_backend
from knockdown.ledger.backend import Backend, Query, Run
from knockdown.ledger.book import load_snapshot, open_store, replay, save_snapshot, views_now
from knockdown.ledger.chain import FLOOR, RECORDED_AT
from knockdown.ledger.records import KitLotView, StationView, UnitView
from knockdown.ledger.refusals import AllRefused, Refused
from knockdown.ledger.store import MOST_IN_A_SUBMISSION, Store
from knockdown.ledger.verify import verify as verify_backend
from knockdown.plant.plant import Network
from knockdown.workflow import ledger_papers as papers
from knockdown.workflow.ledger_new_files import new_ledger, unwritable
from knockdown.workflow.ledger_place import address_of, key_file, missing, opened, reporting
from knockdown.workflow.prepare import plant_of

CLOCK: Clock = SystemClock()
UNUSABLE: tuple[type[Exception], ...] = (
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.PermissionsError,
    apsw.ReadOnlyError,
    apsw.FullError,
    apsw.NoMemError,
)
"""What reading a ledger may raise in which nothing is wrong."""
NO_LOG_FILES = (apsw.SQLITE_IOERR_SHMOPEN, apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_SHMMAP)
UNREADABLE: tuple[type[Exception], ...] = (
    *DAMAGE,
    apsw.Error,
    ValidationError,
    KeyError,
    StopIteration,
    OverflowError,
)
"""What reading a ledger may raise that somebody changed."""


def first(plant: str, backend: Backend, address: Address) -> dict[str, str]:
    return {"plant": plant, "ledger": address.shown, "ledger_id": backend.ledger_id()}


def init(plant: str, ledger: str | None = None) -> papers.LedgerMade:
    """Make a plant's ledger and the key that signs its heads.

    Raises
    ------
    BadInput
        When there is one, or it cannot be written.
    """
    address = address_of(plant, ledger)
    ledger_id = f"{plant_name(plant)}-{os.urandom(4).hex()}"
    key, where = seal.new_key(), key_file(ledger_id)
    _refuse_present(address)
    try:
        key_files.write_key(where, key)  # first: a ledger without a key could not be sealed
    except OSError as error:
        raise unwritable(where, error) from error
    try:
        return _make(plant, address, ledger_id, key)
    except BadInput:
        if address.path is not None and not address.path.exists():  # a key too many does no harm
            where.unlink(missing_ok=True)
        raise


def _make(plant: str, address: Address, ledger_id: str, key: seal.Ed25519PrivateKey) -> papers.LedgerMade:
    """Make the ledger with its key; a file gets its name when it is whole."""
    with reporting(address, plant):
        try:
            with (
                new_ledger(address) as place,
                closing(create_backend(place, ledger_id, CLOCK.now_ms())) as backend,
            ):
                seal.add_key(backend, seal.endorse(ledger_id, key, CLOCK.now_ms(), None))
                return papers.LedgerMade(
                    **first(plant, backend, address),
                    key_file=str(key_file(ledger_id)),
                    root_key=seal.key_id(key),
                )
        except FileExistsError:
            key_file(ledger_id).unlink(missing_ok=True)
            raise _present(address) from None


def _refuse_present(address: Address) -> None:
    if address.path is not None and address.path.exists():
        raise _present(address)


def _present(address: Address) -> BadInput:
    step = "name another with --ledger, or use this one"
    return BadInput([Fault(address.shown, None, None, None, "is there already", step)])


def plant_name(plant: str) -> str:
    """With what the ids of a plant's ledgers begin; raises BadInput for a network."""
    found = plant_of(plant)
    if isinstance(found, Network):
        step = f"make one for each of {', '.join(found.members)}"
        problem = "is a network, whose plants have a ledger each"
        raise BadInput([Fault("PLANT", None, None, plant, problem, step)])
    return found.id[:40]


def append(plant: str, file: Path | None, ledger: str | None = None) -> papers.Appended:
    """Store the events of a file, or of standard input: all of them or none.

    Raises
    ------
    BadInput
        With every faulty line, and every event that cannot follow on its subject's history.
    """
    events = _read(file)
    name = "standard input" if file is None else file.name
    with opened(plant, ledger) as (backend, address):
        # Runs of plan and twin that a file brings begin with the file.
        origin = {"version": __version__, "origin": "ledger append"}
        runs = {(str(e.writer), e.run): origin for e in events if e.writer != FLOOR}
        try:
            receipts = open_store(backend, CLOCK).append_all(events, runs)
        except Refused as refusal:
            raise BadInput(_refusals(events, refusal, name)) from refusal
        lines = [
            papers.ReceiptLine(
                event_id=r.event_id, position=r.position, recorded_at=r.recorded_at, is_new=r.is_new
            )
            for r in receipts
        ]
        n_new = sum(r.is_new for r in receipts)
        return papers.Appended(
            **first(plant, backend, address),
            new=n_new,
            known=len(lines) - n_new,
            last_position=backend.last_position(),
            receipts=tuple(lines),
        )


def _read(file: Path | None) -> list[Event]:
    try:
        events = (
            from_lines(sys.stdin.buffer.read(MAX_FILE_BYTES).splitlines())
            if file is None
            else read_events(file)
        )
    except OSError as error:
        why = error.strerror or type(error).__name__
        step = "name a file of events, one JSON object a line"
        raise BadInput([Fault(str(file), None, None, None, f"cannot be read: {why}", step)]) from error
    if len(events) > MOST_IN_A_SUBMISSION:
        problem = f"has {len(events):,} events; at most {MOST_IN_A_SUBMISSION:,} are stored at once"
        raise BadInput([Fault(str(file or "standard input"), None, None, None, problem, "split it")])
    return events


def _refusals(events: list[Event], refusal: Refused, name: str) -> Iterator[Fault]:
    rows = {event.event_id: row for row, event in enumerate(events, start=1)}
    for each in refusal.refused if isinstance(refusal, AllRefused) else (refusal,):
        row = rows.get(each.event_id or "")
        yield Fault(name, row, None, each.event_id, f"{each.problem} ({each.rule})", each.next_step)


def verify(
    plant: str, ledger: str | None = None, head: Path | None = None, root: str | None = None
) -> papers.Verified:
    """Read all again and say whether anything was changed.

    Parameters
    ----------
    plant, ledger : str
        Which ledger.
    head : Path, optional
        A seal that was kept elsewhere, to compare with.
    root : str, optional
        Fingerprint of the root key, as `init` printed it.
    """
    began = time.monotonic()
    kept = None if head is None else _kept_seal(head)
    address = address_of(plant, ledger)
    if not exists(address):
        raise missing(plant, address)
    backend = None
    try:
        backend = open_backend(address)
        return _verify(plant, backend, address, kept, root, began)
    except UNREADABLE as error:
        if isinstance(error, UNUSABLE) or getattr(error, "extendedresult", 0) in NO_LOG_FILES:
            with reporting(address, plant):
                raise
        return _unreadable(plant, address, error, began)
    finally:
        if backend is not None:
            backend.close()


def _kept_seal(head: Path) -> seal.Seal:
    try:
        return seal.read_seal(head)
    except OSError as error:
        why = error.strerror or type(error).__name__
        step = "name a file that `ledger seal --out` wrote"
        raise BadInput([Fault(str(head), None, None, None, f"cannot be read: {why}", step)]) from error


def _verify(
    plant: str, backend: Backend, address: Address, kept: seal.Seal | None, root: str | None, began: float
) -> papers.Verified:
    found = verify_backend(backend)
    faults = list(found.faults)
    seals = [*seal.seals_of(backend), *([] if kept is None else [kept])]
    faults += seal.check_all(backend, seals, root)
    faults += seal.root_faults(backend, root)
    faults += _snapshot_faults(open_store(backend, CLOCK))
    return papers.Verified(
        **first(plant, backend, address),
        ok=not faults,
        entries=found.n_entries,
        chains=len(found.heads),
        seals=len(seals),
        head=found.heads[FLOOR].hash.hex() if FLOOR in found.heads else "",
        faults=tuple(dict.fromkeys(faults)),
        seconds=round(time.monotonic() - began, 3),
    )


def _snapshot_faults(store: Store) -> Iterator[str]:
    """Whether the snapshot says what the entries say."""
    if _snapshot_agrees(store) is False:
        yield "the snapshot differs from the entries; rebuild it"


def _snapshot_agrees(store: Store) -> bool | None:
    """Whether the snapshot is what the entries up to it fold to; None when there is none."""
    kept = load_snapshot(store)
    if kept is None:
        return None
    then = replay(store, upto=kept.position)
    return (kept.records, kept.counts) == (then.records, then.counts)


def _unreadable(plant: str, address: Address, error: Exception, began: float) -> papers.Verified:
    """The answer for a file that is damaged too much to be read as a ledger."""
    return papers.Verified(
        plant=plant,
        ledger=address.shown,
        ledger_id="",
        ok=False,
        entries=0,
        chains=0,
        seals=0,
        head="",
        faults=(f"cannot be read: {error}",),
        seconds=round(time.monotonic() - began, 3),
    )


def prune(plant: str, run: str, ledger: str | None = None) -> papers.Pruned:
    """Take out the entries of a plan or simulated run.

    Raises
    ------
    BadInput
        When there is none of that name.
    """
    with opened(plant, ledger) as (backend, address):
        writer, _, name = _chain_named(backend, run).partition("/")
        removed = open_store(backend, CLOCK).prune(writer, name)
        return papers.Pruned(**first(plant, backend, address), writer=writer, run=name, removed=removed)


def _chain_named(backend: Backend, run: str) -> str:
    """The one run that is there under a name, `RUN`, `plan/RUN` or `twin/RUN`; raises BadInput otherwise."""
    chains = [r.chain for r in backend.runs() if r.pruned_at is None]
    found = [chain for chain in chains if run in (chain, chain.partition("/")[2])]
    if len(found) != 1:
        problem = f"is {len(found)} runs: {', '.join(found)}" if found else "is no run that is there"
        step = "write plan/RUN or twin/RUN" if found else "`knockdown ledger PLANT stats` lists the runs"
        raise BadInput([Fault("RUN", None, None, run, problem, step)])
    return found[0]


def rebuild(plant: str, ledger: str | None = None) -> papers.Rebuilt:
    """Tell everything again from the first entry, compare with the snapshot, and keep a new one."""
    began = time.monotonic()
    with opened(plant, ledger) as (backend, address):
        store = open_store(backend, CLOCK)
        same = _snapshot_agrees(store)
        views = replay(store)
        save_snapshot(store, views)
        return papers.Rebuilt(
            **first(plant, backend, address),
            entries=views.counts.total(),
            subjects=len(views.records),
            same=same,
            seconds=round(time.monotonic() - began, 3),
        )


def stats(plant: str, ledger: str | None = None) -> papers.Stats:
    """What a ledger holds, and what is so now."""
    with opened(plant, ledger) as (backend, address):
        views = views_now(open_store(backend, CLOCK))
        heads = backend.committed_heads()
        entries: Counter[str] = Counter()
        for chain, head in heads.items():
            entries[chain.partition("/")[0]] += head.length
        seals = seal.seals_of(backend)
        lots = views.all(KitLotView)
        return papers.Stats(
            **first(plant, backend, address),
            entries=entries.total(),
            entries_by_writer=dict(entries),
            last_position=backend.last_position(),
            first_recorded_at=_recorded(backend, 0),
            last_recorded_at=_recorded(backend, max(head.position for head in heads.values()) - 1),
            bytes=None if address.path is None else address.path.stat().st_size,
            kinds=dict(sorted(views.counts.items())),
            units=dict(Counter(unit.status for unit in views.all(UnitView))),
            kit_lots=dict(Counter(lot.status for lot in lots)),
            kits_left=sum(views.kits_left().values()),
            in_transit_kits=sum(lot.n_kits or 0 for lot in views.in_transit()),
            stations_stopped=sum(bool(station.stops) for station in views.all(StationView)),
            names=len(backend.people()),
            runs=tuple(_run_line(run) for run in backend.runs()),
            chains=tuple(
                seal.ChainHead(chain=h.chain, length=h.length, position=h.position, hash=h.hash.hex())
                for h in heads.values()
            ),
            last_seal=_seal_line(seals[-1]) if seals else None,
        )


def _recorded(backend: Backend, after: int) -> int | None:
    row = next(iter(backend.rows(Query(after=max(0, after), writer=None, limit=1))), None)
    return None if row is None else row[RECORDED_AT]


def _run_line(run: Run) -> papers.RunLine:
    writer, _, name = run.chain.partition("/")
    return papers.RunLine(
        writer="plan" if writer == "plan" else "twin",
        run=name,
        started_at=run.started_at,
        entries=run.length,
        pruned=run.pruned_at is not None,
        provenance=run.provenance,
    )


def _seal_line(paper: seal.Seal) -> papers.SealLine:
    return papers.SealLine(sealed_at=paper.sealed_at, position=paper.position, key_id=paper.keys[-1].key_id)


def history(plant: str, subject: str, ledger: str | None = None, run: str | None = None) -> papers.History:
    """All that happened to one subject: on the floor, or in a plan or simulated run.

    Raises
    ------
    BadInput
        When the subject has no history there.
    """
    with opened(plant, ledger) as (backend, address):
        writer, _, name = (FLOOR if run is None else _chain_named(backend, run)).partition("/")
        events = open_store(backend, CLOCK).history(subject, writer, name or None)
        if not events:
            step = "write it as unit/U-0017, kit_lot/L-204 or station/TR-07; `ledger stats` lists the runs"
            raise BadInput([Fault("SUBJECT", None, None, subject, "has no history here", step)])
        return papers.History(
            **first(plant, backend, address),
            subject=subject,
            writer=writer,
            run=name or None,
            events=tuple(_history_line(event) for event in events),
        )


def _history_line(event: Event) -> papers.HistoryLine:
    return papers.HistoryLine(
        position=event.position or 0,
        version=event.version,
        kind=event.kind,
        happened_at=event.happened_at,
        recorded_at=event.recorded_at or 0,
        place=event.place,
        event_id=event.event_id,
        body=event.body,
    )


def people(plant: str, ledger: str | None = None) -> papers.People:
    """Who is who."""
    with opened(plant, ledger) as (backend, address):
        return _people(plant, backend, address)


def _people(plant: str, backend: Backend, address: Address) -> papers.People:
    listed = (papers.PersonLine(person_id=i, sort=s, name=n) for i, (s, n) in backend.people().items())
    return papers.People(
        **first(plant, backend, address), people=tuple(listed), erased=len(persons.erased(backend))
    )


def add_person(
    plant: str, name: str, sort: persons.Sort = "person", ledger: str | None = None
) -> papers.People:
    """Give somebody an id that says nothing about them.

    Raises
    ------
    BadInput
        When the name is none.
    """
    with opened(plant, ledger) as (backend, address):
        try:
            made = persons.add(backend, name, sort, os.urandom(persons.ENTROPY_BYTES))
        except ValueError as error:
            raise BadInput(
                [Fault("NAME", None, None, name, str(error), "write the name as it is shown")]
            ) from error
        paper = _people(plant, backend, address)
        return paper.model_copy(update={"people": tuple(p for p in paper.people if p.person_id == made)})


def erase_person(plant: str, person_id: str, ledger: str | None = None) -> papers.People:
    """Erase a name for good; the entries stay, and so does their chain.

    Raises
    ------
    BadInput
        When nobody has that id.
    """
    with opened(plant, ledger) as (backend, address):
        if person_id not in backend.people() and person_id not in persons.erased(backend):
            step = "`knockdown ledger PLANT people` lists the ids"
            raise BadInput([Fault("ID", None, None, person_id, "is nobody's id here", step)])
        persons.erase(backend, person_id)
        return _people(plant, backend, address)
