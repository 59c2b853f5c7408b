"""A file system for SQLite that tells every call before it passes it on to the real one.

Whoever is told may raise instead, and the call fails as a broken or full disk would make it fail.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import apsw

_number = itertools.count(1)


class Call(NamedTuple):
    """One call of SQLite to its file system.

    Parameters
    ----------
    kind : str
        `open`, `read`, `write`, `sync`, `truncate`, `delete` or `size`.
    name : str
        The file, without its folder.
    offset : int
        Where in the file; for `truncate` the size it is to have, in bytes.
    data : bytes
        What is written; empty otherwise.
    syncs_folder : bool
        Whether the call also makes the folder's list of names last.
    """

    kind: str
    name: str
    offset: int = 0
    data: bytes = b""
    syncs_folder: bool = False


Told = Callable[[Call], None]
_JOURNALS = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class Disk(apsw.VFS):
    """The file system; give its `name` to SqliteBackend, and keep the object while that is open.

    Parameters
    ----------
    told : callable
        Is told each call, and may raise an apsw error.
    """

    def __init__(self, told: Told) -> None:
        self.name = f"knockdown-trial-{next(_number)}"
        self._told = told
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> DiskFile:  # noqa: N802
        """Open a file."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._told(Call("open", Path(path or "temporary").name))
        return DiskFile(self._told, path, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Remove a file."""
        self._told(Call("delete", Path(filename).name, syncs_folder=syncdir))
        super().xDelete(filename, syncdir)


class DiskFile(apsw.VFSFile):
    """A file of it."""

    def __init__(self, told: Told, path: str | None, name: Any, flags: list[int]) -> None:
        self._told = told
        self._name = Path(path or "temporary").name
        self._syncs_folder = bool(flags[0] & _JOURNALS)
        super().__init__("", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """Read."""
        self._told(Call("read", self._name, offset))
        return bytes(super().xRead(amount, offset))

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        """Write."""
        self._told(Call("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        """Cut the file's length."""
        self._told(Call("truncate", self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Wait for the disk. SQLite's own file system syncs the folder with a log's first sync."""
        self._told(Call("sync", self._name, syncs_folder=self._syncs_folder))
        super().xSync(flags)
        self._syncs_folder = False

    def xFileSize(self) -> int:  # noqa: N802
        """Length in bytes."""
        self._told(Call("size", self._name))
        return int(super().xFileSize())
