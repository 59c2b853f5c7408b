"""Where a ledger is: a file, or a PostgreSQL database; opened without knowing which."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import apsw

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger.backend import Backend
from knockdown.ledger.refusals import LedgerDamaged

DAMAGE: tuple[type[Exception], ...] = (
    LedgerDamaged,
    apsw.CorruptError,
    apsw.NotADBError,
    UnicodeDecodeError,
)
"""What reading a damaged file may raise."""
POSTGRES = ("postgresql://", "postgres://")
SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Address:
    """A file (`path`) or a database (`dsn`); one of the two is None."""

    path: Path | None
    dsn: str | None

    @property
    def shown(self) -> str:
        """The address as people may see it: without a password."""
        return str(self.path) if self.path is not None else _without_password(self.dsn or "")


def parse(text: str) -> Address:
    """Read an address.

    Parameters
    ----------
    text : str
        `postgresql://user@host/database`, `sqlite:///folder/ledger.sqlite`, or a path.

    Raises
    ------
    BadInput
        When it is an address of something else.

    Examples
    --------
    >>> parse("postgresql://plant:secret@db/ganja").shown
    'postgresql://plant:***@db/ganja'
    >>> parse("hall/ledger.sqlite").path.name
    'ledger.sqlite'
    """
    if text.startswith(POSTGRES):
        return Address(None, text)
    if text.startswith(SQLITE):
        return Address(Path(text.removeprefix(SQLITE)), None)
    if "://" in text or not text.strip() or "\0" in text:
        step = "write postgresql://user@host/database, or the path of a file"
        raise BadInput([Fault("--ledger", None, None, text or None, "is not an address of a ledger", step)])
    return Address(Path(text), None)


def _without_password(dsn: str) -> str:
    scheme, _, rest = dsn.partition("://")
    user, at, place = rest.rpartition("@")
    name, colon, _ = user.partition(":")
    return f"{scheme}://{name}{':***' if colon else ''}{at}{place}"


def exists(address: Address) -> bool:
    """Whether there is a ledger to open; of a database only its opening tells, so True."""
    try:
        return address.dsn is not None or (address.path is not None and address.path.exists())
    except OSError as error:
        why = error.strerror or type(error).__name__
        step = "name another file, or look at its rights"
        raise BadInput(
            [Fault(address.shown, None, None, None, f"cannot be looked at: {why}", step)]
        ) from error


def open_backend(address: Address) -> Backend:
    """Open a ledger that is there.

    Raises
    ------
    LedgerDamaged
        When it cannot be read as a ledger, or none is there.
    StoreFailed
        When a database server does not answer.
    """
    if address.path is not None:
        from knockdown.ledger.sqlite import SqliteBackend

        return SqliteBackend(address.path)
    from knockdown.ledger.postgres import PostgresBackend

    return PostgresBackend(address.dsn or "")


def create_backend(address: Address, ledger_id: str, now_ms: int) -> Backend:
    """Make a new ledger, its folder included.

    Raises
    ------
    FileExistsError
        When there is one.
    OSError
        When it cannot be written.
    """
    if address.path is not None:
        from knockdown.ledger.sqlite import SqliteBackend

        address.path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteBackend.create(address.path, ledger_id, now_ms)
    from knockdown.ledger.postgres import PostgresBackend

    return PostgresBackend.create(address.dsn or "", ledger_id, now_ms)
