"""Copies of a ledger: backup and restore, export and import."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger import persons, sqlite_files
from knockdown.ledger.address import Address, create_backend, exists
from knockdown.ledger.backend import Backend
from knockdown.ledger.copying import copy_file, count
from knockdown.ledger.files import read_file, write_json, write_parquet
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify
from knockdown.workflow import ledger_papers as papers
from knockdown.workflow.keep_ledger import CLOCK, first
from knockdown.workflow.ledger_losses import losses_of, of_other_plant, refuse_other_program
from knockdown.workflow.ledger_new_files import NO_ROOM, new_file, new_ledger, part_beside, unwritable
from knockdown.workflow.ledger_place import address_of, opened, reporting

Format = Literal["json", "parquet"]


def backup(plant: str, target: Path, ledger: str | None = None) -> papers.BackedUp:
    """Copy a ledger while it is being used, names included, and read the copy again.

    A ledger in a file is copied as one file; one in PostgreSQL as newline JSON.

    Raises
    ------
    BadInput
        When the target exists or cannot be written.
    """
    began = time.monotonic()
    with opened(plant, ledger) as (backend, address), new_file(target) as part:
        entries = _back_up(backend, part)
        return papers.BackedUp(
            **first(plant, backend, address),
            file=str(target),
            entries=entries,
            bytes=part.stat().st_size,
            seconds=round(time.monotonic() - began, 3),
        )


def _back_up(backend: Backend, part: Path) -> int:
    """Write a copy; returns its entries, when it is found to be whole."""
    if not isinstance(backend, SqliteBackend):
        write_json(backend, part, CLOCK.now_ms(), with_names=True)
        return count(part)
    backend.backup(part)
    n_entries = _verified(part)
    sqlite_files.settle(part)
    return n_entries


def _verified(part: Path) -> int:
    """Entries of a ledger that was read from end to end.

    Raises
    ------
    LedgerDamaged
        When anything in it is not as it was written.
    """
    with closing(SqliteBackend(part)) as copy:
        found = verify(copy)
    if not found.ok:
        raise LedgerDamaged(f"is damaged: {found.faults[0]}")
    return found.n_entries


def _unreadable(source: Path, error: Exception) -> BadInput:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    step = "name a file that `ledger backup` or `ledger export` wrote"
    return BadInput([Fault(str(source), None, None, None, f"cannot be read: {why}", step)])


def restore(plant: str, source: Path, ledger: str | None = None, replace: bool = False) -> papers.Restored:
    """Let a backup become the ledger, after reading it from end to end.

    Names that were erased since the backup was made are erased in it again, before it takes the ledger's
    place. What is here and not in the backup is told. The ledger that is here may be damaged; then its
    erasures and what is lost are not known, and the answer says so.

    Raises
    ------
    BadInput
        When the backup is damaged or of another ledger, or a ledger is here and `replace` was not asked for,
        or is in use.
    """
    address = address_of(plant, ledger)
    target = _place_of(address, source, replace)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with sqlite_files.held(target) as here, part_beside(target) as part:
            part.touch()  # whether one may write there, before the backup is blamed
            part.unlink()
            forgotten, problem = here.erased()
            restored = _prepare(plant, source, part, address, forgotten)
            losses = losses_of(here, part, source)
            aside = target.with_name(f"{target.stem}.{CLOCK.now_ms()}{target.suffix}")
            was_there = sqlite_files.put_in_place(part, target, aside)
    except sqlite_files.InUse as error:
        step = "stop the other program and give the command again"
        raise BadInput([Fault(address.shown, None, None, None, "is in use", step)]) from error
    except NO_ROOM as error:
        raise unwritable(target, error) from error
    warnings: tuple[str, ...] = () if problem is None else (f"{_FORGETS} ({problem})",)
    told = {"kept_aside": str(aside) if was_there else None, "entries_lost": losses.n_entries}
    warnings = (*warnings, *losses.told(), *of_other_plant(plant, restored.ledger_id))
    return restored.model_copy(update={**told, "warnings": warnings})


_FORGETS = (
    "the ledger that was here is damaged, so which names were erased in it is not known for certain; "
    "erase again those that are back"
)


def _place_of(address: Address, source: Path, replace: bool) -> Path:
    """Where the ledger lies: behind its link, if it is one."""
    if address.path is None:
        step = "make an empty database and use `ledger import` there"
        raise BadInput([Fault(address.shown, None, None, None, "is a database server's", step)])
    if exists(address) and not replace:
        step = "give --replace to put it aside"
        raise BadInput([Fault(address.shown, None, None, None, "is there already", step)])
    if address.path.is_symlink() and not address.path.exists():
        step = "make what it points to reachable, such as a disk, or remove the link"
        raise BadInput([Fault(address.shown, None, None, None, "is a link to what is not there", step)])
    try:
        if not source.is_file():
            raise FileNotFoundError(2, "is no file" if source.exists() else "there is no such file")
        if address.path.exists() and os.path.samefile(source, address.path):
            problem = "is the ledger itself"
            raise BadInput([Fault(str(source), None, None, None, problem, "name a backup of it")])
    except (OSError, ValueError) as error:
        raise _unreadable(source, error) from error
    refuse_other_program(address.path)
    return address.path.resolve()


def _prepare(plant: str, source: Path, part: Path, address: Address, forgotten: set[str]) -> papers.Restored:
    """Make a whole ledger of the backup beside its place, with the names erased that must not come back."""
    _refuse_unreadable(source)
    try:
        if sqlite_files.is_sqlite(source):
            sqlite_files.copy(source, part)
        else:
            with _made_from(source, part):
                pass
        entries = _verified(part)
        with closing(SqliteBackend(part)) as copy:
            erased = sorted(forgotten | persons.erased(copy))
            restored = papers.Restored(
                **first(plant, copy, address),
                file=str(source),
                entries=entries,
                entries_lost=None,
                kept_aside=None,
                names_erased=sum([persons.erase(copy, person_id) for person_id in erased]),
                warnings=(),
            )
        sqlite_files.settle(part)
    except NO_ROOM:
        raise
    except sqlite_files.UNREADABLE as error:
        step = "name another backup"
        raise BadInput([Fault(str(source), None, None, None, f"cannot be used: {error}", step)]) from error
    return restored


def _refuse_unreadable(source: Path) -> None:
    try:
        with source.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise _unreadable(source, error) from error


@contextmanager
def _made_from(source: Path, part: Path) -> Iterator[tuple[Backend, int]]:
    """A new ledger from a file of one, and how many entries that has."""
    head, _ = read_file(source)
    with closing(create_backend(Address(part, None), head.ledger_id, CLOCK.now_ms())) as backend:
        yield backend, copy_file(backend, source)


def export(
    plant: str, target: Path, ledger: str | None = None, kind: Format | None = None, names: bool = False
) -> papers.Exported:
    """Write all entries to a file, as newline JSON or Parquet (by its ending, or as `kind` says).

    Raises
    ------
    BadInput
        When the target exists or cannot be written.
    """
    kind = kind or ("parquet" if target.suffix == ".parquet" else "json")
    write = write_parquet if kind == "parquet" else write_json
    with opened(plant, ledger) as (backend, address), new_file(target) as part:
        entries = write(backend, part, CLOCK.now_ms(), names)
        return papers.Exported(
            **first(plant, backend, address),
            file=str(target),
            format=kind,
            entries=entries,
            names=len(backend.people()) if names else 0,
        )


def take_in(plant: str, source: Path, ledger: str | None = None) -> papers.Imported:
    """Make the plant's ledger the same as the one a file tells of; taken in twice, nothing changes.

    A ledger that is not there is made.

    Raises
    ------
    BadInput
        When the file is faulty or was changed, or the ledger holds other entries; it is as it was.
    """
    _refuse_unreadable(source)
    address = address_of(plant, ledger)
    if not exists(address):
        return _take_into_new(plant, source, address)
    with opened(plant, ledger) as (backend, _):
        return _imported(plant, backend, address, source, copy_file(backend, source))


def _take_into_new(plant: str, source: Path, address: Address) -> papers.Imported:
    with reporting(address, plant), new_ledger(address) as place:
        assert place.path is not None
        with _made_from(source, place.path) as (backend, new):
            return _imported(plant, backend, address, source, new)


def _imported(plant: str, backend: Backend, address: Address, source: Path, new: int) -> papers.Imported:
    return papers.Imported(
        **first(plant, backend, address),
        file=str(source),
        new=new,
        last_position=backend.last_position(),
        warnings=of_other_plant(plant, backend.ledger_id()) if new else (),
    )
