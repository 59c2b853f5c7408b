"""New files of the ledger's commands: whole under their name, or not there at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger import sqlite_files
from knockdown.ledger.address import Address
from knockdown.ledger.folder_lock import working_in

NO_ROOM: tuple[type[Exception], ...] = (OSError, apsw.CantOpenError, apsw.FullError, apsw.IOError)
"""What writing where there is no room, or no right to, may raise."""
_PART = re.compile(r"\.[0-9a-f]{16}\.part(?:-wal|-journal|-shm)?")


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a path to write to; at the end it is on stable storage under the name of `target`.

    Raises
    ------
    BadInput
        When there is a file of that name, or it cannot be written.
    """
    _refuse_target(target)
    try:
        with part_beside(target) as part:
            yield part
            sqlite_files.flush(part)
            sqlite_files.put_new(part, target)
    except FileExistsError:
        raise _is_there(target) from None
    except NO_ROOM as error:
        raise unwritable(target, error) from error


@contextmanager
def new_ledger(address: Address) -> Iterator[Address]:
    """Give an address to make a ledger at; a file gets its name at the end, when nobody has it open."""
    if address.path is None:
        yield address
        return
    try:
        address.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(address.path, error) from error
    with new_file(address.path) as part:
        yield Address(part, None)
        sqlite_files.settle(part)


@contextmanager
def part_beside(target: Path) -> Iterator[Path]:
    """A name in the same folder that nobody else uses; what killed processes left there is removed first.

    That may hold names of people who were erased since.
    """
    with working_in(target.parent, _remove_parts), sqlite_files.part_beside(target) as part:
        yield part


def _remove_parts(folder: Path) -> None:
    with suppress(OSError):
        for path in folder.iterdir():
            if _PART.fullmatch(path.name) and path.is_file():
                path.unlink(missing_ok=True)


def _refuse_target(target: Path) -> None:
    """Look at once, before long work depends on it."""
    try:
        target.lstat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        raise unwritable(target, error) from error
    else:
        raise _is_there(target)
    if not target.parent.is_dir():
        raise unwritable(target, FileNotFoundError(2, "its folder is not there"))


def _is_there(target: Path) -> BadInput:
    return BadInput([Fault(str(target), None, None, None, "is there already", "name a new file")])


def unwritable(target: Path, error: Exception) -> BadInput:
    """The refusal for a place that cannot be written to."""
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    step = "name a file in a folder that is there, with rights and room for it"
    return BadInput([Fault(str(target), None, None, None, f"cannot be written: {why}", step)])
