"""Keeps what a sweep has played, so that one that was killed goes on where it was.

Each job has a file of its own, named by a digest of all that determines its content: the point, the
replications, and this program. So whatever lies in the folder, a job is never given another one's figures.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import knockdown
from knockdown.basics.ids import digest_json
from knockdown.simulating.line.estimate import Floats
from knockdown.workflow.papers import make_folder, unwritable
from knockdown.workflow.sweep_subject import Done, Job, Subject

ROOMS = ("basics", "plant", "simulating", "timing", "workflow")
_CHECK = "check"


class Store:
    """The folder `points` of a sweep's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = make_folder(folder / "points")

    def path(self, subject: Subject, job: Job) -> Path:
        """File of a job."""
        name = digest_json([program_digest(), subject.identity(job.values), job.first, job.last])
        return self.folder / f"{name}.npz"

    def kept(self, path: Path) -> Done | None:
        """What the file of a job holds, or None when there is none, or it is not whole."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                found = {name: np.asarray(file[name]) for name in file.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        check = found.pop(_CHECK, None)
        whole = check is not None and bytes(check.tobytes()) == _digest(path.stem, found)
        return Done(found) if whole and found else None

    def keep(self, path: Path, done: Done) -> None:
        """Write what a job gave, whole or not at all; a point that cannot be played takes no time again."""
        if done.unfit:
            return
        check = np.frombuffer(_digest(path.stem, done.sums), np.uint8)
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {**done.sums, _CHECK: check}
        np.savez_compressed(buffer, **arrays)
        part = path.with_name(f".{path.stem}.{os.getpid()}.part")  # another process may play the same
        try:
            part.write_bytes(buffer.getvalue())
            os.replace(part, path)
        except OSError as error:
            raise unwritable(path, error) from error


def _digest(name: str, sums: dict[str, Floats]) -> bytes:
    state = hashlib.blake2b(name.encode(), digest_size=16)
    for key in sorted(sums):
        values = np.ascontiguousarray(sums[key], "<f8")
        state.update(f"{key}{values.shape}".encode() + values.tobytes())
    return state.digest()


@cache
def program_digest() -> str:
    """Digest of the program that plays, so that a later version plays afresh."""
    home = Path(knockdown.__file__).parent
    state = hashlib.blake2b(knockdown.__version__.encode(), digest_size=16)
    for path in sorted(path for room in ROOMS for path in (home / room).rglob("*.py")):
        if room_of(path, home) != "workflow" or path.stem.startswith("sweep"):
            state.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def room_of(path: Path, home: Path) -> str:
    """Room that a file belongs to."""
    return path.relative_to(home).parts[0]
