"""Locks on folders: held as long as a process lives, so that nothing of them stays when it is killed.

Where the system has no such locks (Windows, some network drives) everything is done without them: then two
who change the same keys at once are not kept apart, and what killed processes left stays.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SCRATCH = "knockdown-copy-"
YOUNG_S = 60.0  # a scratch folder so young may not be locked yet


@contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """A handle to lock; None where there are no such locks."""
    handle = None if fcntl is None else os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)


def _lock(handle: int | None, alone: bool, wait: bool) -> bool:
    if handle is None:
        return False
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else holds the folder, and hold it.

    Raises
    ------
    OSError
        When there is no such folder, or it may not be read.
    """
    with _opened(folder) as handle:
        _lock(handle, alone=True, wait=True)
        yield


@contextmanager
def working_in(folder: Path, clean: Callable[[Path], None]) -> Iterator[None]:
    """Hold a folder together with others; who comes first cleans what killed processes left in it.

    Raises
    ------
    OSError
        When there is no such folder, or it may not be read.
    """
    with _opened(folder) as handle:
        if _lock(handle, alone=True, wait=False):
            clean(folder)
        _lock(handle, alone=False, wait=True)
        yield


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is gone at the end; those that killed processes left are removed first.

    Raises
    ------
    OSError
        When there is no room for it.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            _remove_left(folder)
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as name, _opened(Path(name)) as handle:
        _lock(handle, alone=True, wait=False)
        yield Path(name)


def _remove_left(folder: Path) -> None:
    """Remove a scratch folder of this user that nobody holds."""
    told = folder.lstat()
    if not stat.S_ISDIR(told.st_mode) or time.time() - told.st_mtime < YOUNG_S:
        return
    with _opened(folder) as handle:
        if handle is not None and told.st_uid == os.getuid() and _lock(handle, alone=True, wait=False):
            shutil.rmtree(folder, ignore_errors=True)
