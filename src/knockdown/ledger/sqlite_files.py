"""SQLite ledgers as files: kept from others, copied, put into place so that no crash leaves none.

A ledger in use is three files, and the log (`-wal`) may hold what was answered and does not yet stand in the
main one. So nothing here copies or moves a main file by itself while its log means something.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import apsw

from knockdown.ledger.address import DAMAGE
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite_link import APPLICATION_ID

MAGIC = b"SQLite format 3\0"
LOGS = ("-wal", "-journal")
TAILS = (*LOGS, "-shm")
WAL_MODE = 2
TRIES, PAUSE_S = 20, 0.1
UNREADABLE: tuple[type[Exception], ...] = (*DAMAGE, apsw.Error)


class InUse(Exception):  # noqa: N818
    """Another program, or another part of this one, has the ledger open."""


@dataclass(frozen=True, slots=True)
class Held:
    """A ledger that nobody else can open as long as this lasts.

    Parameters
    ----------
    connection : apsw.Connection or None
        Holds the lock; its log is folded in. None when there is no ledger, or it cannot be read as one.
    problem : str or None
        Why it cannot be read.
    """

    connection: apsw.Connection | None
    problem: str | None = None

    def erased(self) -> tuple[set[str], str | None]:
        """Ids of people whose names were erased, and why these may not be all."""
        found: set[str] = set()
        if self.connection is None:
            return found, self.problem
        try:
            for (name,) in self.connection.execute("SELECT name FROM note WHERE sort = 'erased'"):
                found.add(str(name))
            said = [row[0] for row in self.connection.execute("PRAGMA integrity_check(note)")]
        except UNREADABLE as error:
            return found, str(error)
        return found, None if said == ["ok"] else str(said[0])


@contextmanager
def held(path: Path) -> Iterator[Held]:
    """Take a ledger for oneself, its log folded into the main file.

    One that is damaged so far that SQLite cannot do this is given without a lock; one that is not there
    likewise. A program that opens the ledger meanwhile waits, and when the file was replaced SQLite does
    not let it write to the old one.

    Raises
    ------
    InUse
        When somebody else has it open.
    OSError
        When it may not be written.
    """
    taken = _take(path) if path.exists() else Held(None)
    try:
        yield taken
    finally:
        if taken.connection is not None:
            taken.connection.close(True)


def _take(path: Path) -> Held:
    if not path.is_file():
        raise IsADirectoryError(21, "is not a file", str(path))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(13, "Permission denied", str(path))
    connection = None
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        _keep_out_others(connection)
    except UNREADABLE as error:
        if connection is not None:
            connection.close(True)
        if isinstance(error, apsw.BusyError | apsw.LockedError):
            raise InUse(str(error)) from error
        return Held(None, str(error) or type(error).__name__)
    return Held(connection)


def _keep_out_others(connection: apsw.Connection) -> None:
    """Only the single user of a ledger can leave the mode with a log."""
    for left in reversed(range(TRIES)):
        try:
            if connection.pragma("journal_mode", "delete") != "delete":
                raise apsw.BusyError("another program reads it")
            connection.execute("BEGIN EXCLUSIVE")
            return
        except apsw.BusyError:
            if not left:
                raise
            time.sleep(PAUSE_S)


def is_sqlite(path: Path) -> bool:
    """Whether a file begins as SQLite's do."""
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def copy(source: Path, target: Path) -> None:
    """Copy a ledger's file with what stands in its log, without changing it; the copy is one file.

    Raises
    ------
    LedgerDamaged
        When it is no ledger, or SQLite finds it damaged.
    """
    try:
        connection = apsw.Connection(
            _read_only(source), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        )
        try:
            connection.pragma("trusted_schema", 0)
            if connection.pragma("application_id") != APPLICATION_ID:
                raise LedgerDamaged(f"{source.name} is not a ledger of knockdown")
            connection.execute("VACUUM INTO ?", (str(target),))
        finally:
            connection.close(True)
    except apsw.FullError:
        raise
    except UNREADABLE as error:
        raise LedgerDamaged(str(error) or type(error).__name__) from error


def _read_only(source: Path) -> str:
    """Address for reading: without a log beside it nobody has it open, and no lock files are made."""
    with source.open("rb") as stream:
        is_logged = stream.read(19)[18:] == bytes([WAL_MODE])
    is_open = any(_with_tail(source, tail).exists() for tail in LOGS)
    return f"{source.resolve().as_uri()}?mode=ro{'&immutable=1' if is_logged and not is_open else ''}"


def _with_tail(path: Path, tail: str) -> Path:
    return path.with_name(path.name + tail)


def settle(path: Path) -> None:
    """Make a ledger that nobody has open one file, on stable storage."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("journal_mode", "delete")
    finally:
        connection.close(True)
    _remove_tails(path)
    flush(path)


def _remove_tails(path: Path) -> None:
    for tail in TAILS:
        _with_tail(path, tail).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on stable storage."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def part_beside(target: Path) -> Iterator[Path]:
    """A name in the same folder that nobody else uses; what is left there at the end is removed."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield part
    finally:
        for path in (part, *(_with_tail(part, tail) for tail in TAILS)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def put_new(part: Path, target: Path) -> None:
    """Give a finished file its name, unless that is taken.

    Raises
    ------
    FileExistsError
        When it is.
    """
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(17, "File exists", str(target)) from None
        os.replace(part, target)
    flush(target.parent)


def put_in_place(part: Path, target: Path, aside: Path) -> bool:
    """Let a finished ledger take the place of the one that is there, which is kept as `aside`.

    At every moment there is a ledger: the old one, and then the new one. Logs that lie beside the old one
    are kept with it, for they would be read into the new one.

    Returns
    -------
    bool
        Whether there was one.
    """
    was_there = target.exists()
    old = [target, *(path for path in (_with_tail(target, tail) for tail in LOGS) if path.exists())]
    if was_there:
        with suppress(OSError):
            part.chmod(target.stat().st_mode & 0o777)
    for path in old if was_there else old[1:]:
        _keep(path, aside.with_name(aside.name + path.name.removeprefix(target.name)))
    flush(target.parent)
    _remove_tails(target)
    os.replace(part, target)
    flush(target.parent)
    return was_there


def _keep(path: Path, aside: Path) -> None:
    try:
        os.link(path, aside)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: for a moment it has only its other name
        os.replace(path, aside)
