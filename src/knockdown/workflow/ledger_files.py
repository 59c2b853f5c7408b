"""Copies of a ledger: backup and restore, export and import."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Literal

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger import persons
from knockdown.ledger.address import Address, create_backend, exists, open_backend
from knockdown.ledger.backend import Backend
from knockdown.ledger.copying import copy_file
from knockdown.ledger.files import ExportHead, read_file, write_json, write_parquet
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify
from knockdown.workflow import ledger_papers as papers
from knockdown.workflow.keep_ledger import CLOCK, first
from knockdown.workflow.ledger_place import address_of, opened
from knockdown.workflow.papers import unwritable, written_whole

SQLITE_MAGIC = b"SQLite format 3\0"
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
    _refuse_existing(target)
    with opened(plant, ledger) as (backend, address):
        try:
            with written_whole(target) as part:
                _copy(backend, part)
                entries = _read_again(part)
                _flush(part)
        except OSError as error:
            raise unwritable(target, error) from error
        return papers.BackedUp(
            **first(plant, backend, address),
            file=str(target),
            entries=entries,
            bytes=target.stat().st_size,
            seconds=round(time.monotonic() - began, 3),
        )


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise BadInput([Fault(str(target), None, None, None, "is there already", "name a new file")])


def _copy(backend: Backend, part: Path) -> None:
    if isinstance(backend, SqliteBackend):
        part.unlink(missing_ok=True)
        backend.backup(part)
    else:
        write_json(backend, part, CLOCK.now_ms(), with_names=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _read_again(part: Path) -> int:
    """Entries of a copy that is found to be whole.

    Raises
    ------
    BadInput
        When it is not: then no backup is made.
    """
    with part.open("rb") as stream:
        is_file = stream.read(16) == SQLITE_MAGIC
    if not is_file:
        return sum(1 for _ in read_file(part)[1])
    copy = SqliteBackend(part)
    try:
        found = verify(copy)
    finally:
        copy.close()
        for tail in ("-wal", "-shm"):
            part.with_name(part.name + tail).unlink(missing_ok=True)
    if not found.ok:
        step = "`knockdown ledger PLANT verify` says more; restore an earlier backup"
        raise BadInput([Fault("ledger", None, None, None, f"is damaged: {found.faults[0]}", step)])
    return found.n_entries


def restore(plant: str, source: Path, ledger: str | None = None, replace: bool = False) -> papers.Restored:
    """Let a backup become the ledger, after reading it from end to end.

    Names that were erased since the backup was made are erased in it again.

    Raises
    ------
    BadInput
        When the backup is damaged, or a ledger is here and `replace` was not asked for.
    """
    address = address_of(plant, ledger)
    if address.path is None:
        step = "make an empty database and use `ledger import` there"
        raise BadInput([Fault(address.shown, None, None, None, "is a database server's", step)])
    if exists(address) and not replace:
        step = "give --replace to put it aside"
        raise BadInput([Fault(address.shown, None, None, None, "is there already", step)])
    part = _prepared(source, address.path)
    forgotten = _erased_here(address)
    aside = _put_aside(address.path) if exists(address) else None
    os.replace(part, address.path)
    with opened(plant, ledger) as (backend, _):
        n_erased = sum(persons.erase(backend, name) for name in sorted(forgotten | persons.erased(backend)))
        return papers.Restored(
            **first(plant, backend, address),
            file=str(source),
            entries=sum(head.length for head in backend.committed_heads().values()),
            kept_aside=None if aside is None else str(aside),
            names_erased=n_erased,
        )


def _prepared(source: Path, target: Path) -> Path:
    """The backup as a whole ledger file beside its place."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with source.open("rb") as stream:
            is_file = stream.read(16) == SQLITE_MAGIC
        if is_file:
            shutil.copyfile(source, part)
        else:
            _from_export(source, part)
        _read_again(part)
        _flush(part)
    except LedgerDamaged as error:
        part.unlink(missing_ok=True)
        step = "name another backup"
        raise BadInput([Fault(str(source), None, None, None, f"cannot be used: {error}", step)]) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        step = "name a file that `ledger backup` wrote"
        raise BadInput([Fault(str(source), None, None, None, f"cannot be read: {why}", step)]) from error
    except BadInput:
        part.unlink(missing_ok=True)
        raise
    return part


def _from_export(source: Path, part: Path) -> None:
    head, _ = read_file(source)
    backend = create_backend(Address(part, None), head.ledger_id, CLOCK.now_ms())
    try:
        copy_file(backend, source)
    finally:
        backend.close()


def _erased_here(address: Address) -> set[str]:
    """Ids erased in the ledger that is about to be put aside; none when it cannot be read."""
    if not exists(address):
        return set()
    try:
        backend = open_backend(address)
    except LedgerDamaged:
        return set()
    try:
        return persons.erased(backend)
    finally:
        backend.close()


def _put_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.stem}.{CLOCK.now_ms()}{path.suffix}")
    for tail in ("-wal", "-shm", ""):
        old = path.with_name(path.name + tail)
        if old.exists():
            old.replace(aside.with_name(aside.name + tail))
    return aside


def export(
    plant: str, target: Path, ledger: str | None = None, kind: Format | None = None, names: bool = False
) -> papers.Exported:
    """Write all entries to a file, as newline JSON or Parquet (by its ending, or as `kind` says).

    Raises
    ------
    BadInput
        When the target exists or cannot be written.
    """
    _refuse_existing(target)
    kind = kind or ("parquet" if target.suffix == ".parquet" else "json")
    with opened(plant, ledger) as (backend, address):
        with written_whole(target) as part:
            write = write_parquet if kind == "parquet" else write_json
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
    head = _head(source)
    address = address_of(plant, ledger)
    if address.path is not None and not exists(address):
        try:
            create_backend(address, head.ledger_id, CLOCK.now_ms()).close()
        except OSError as error:
            raise unwritable(address.path, error) from error
    with opened(plant, ledger) as (backend, _):
        new = copy_file(backend, source)
        return papers.Imported(
            **first(plant, backend, address), file=str(source), new=new, last_position=backend.last_position()
        )


def _head(source: Path) -> ExportHead:
    try:
        return read_file(source)[0]
    except OSError as error:
        why = error.strerror or type(error).__name__
        step = "name a file that `ledger export` wrote"
        raise BadInput([Fault(str(source), None, None, None, f"cannot be read: {why}", step)]) from error
