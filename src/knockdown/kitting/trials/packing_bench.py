"""How long a large packing list takes to import, and how much memory: the whole command, by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from knockdown.kitting.trials.packing_lists import FLAT, MTZ, Layout


class Written(NamedTuple):
    """A layout, and how its numbers are written."""

    layout: Layout
    locale: str


LAYOUTS = {
    "flat table, Turkish": Written(FLAT, "tr"),
    "sheet per container, Russian": Written(MTZ, "ru"),
}
TARGET_S = 3.0
TARGET_MB = 600.0
_TRIAL = "knockdown.cli.import_trial"  # by its name, since it stands on a higher floor


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One list imported.

    Parameters
    ----------
    name : str
        Which layout.
    n_lines : int
        Lines read.
    read_s, work_s, work_cpu_s : float
        Seconds to read the sheets, and for everything else that the command does (start, read the plant,
        check, store in the ledger, compare, answer): on the clock, and of the processor.
    start_s : float
        Seconds of these that every command takes: to start, read the plant and answer.
    parent_mb, child_mb : float
        Peak memory of the importing process, and of the one that unpacks.
    is_right : bool
        Whether the lines in the ledger are those written, and are what the supply lists need.
    """

    name: str
    n_lines: int
    read_s: float
    work_s: float
    work_cpu_s: float
    start_s: float
    parent_mb: float
    child_mb: float
    is_right: bool

    @property
    def ok(self) -> bool:
        """Whether the promises were kept: right, in time, in memory."""
        fits = self.parent_mb + self.child_mb < TARGET_MB
        return self.is_right and fits and self.import_s < TARGET_S

    @property
    def import_s(self) -> float:
        """Seconds of the import itself, beyond reading: check, store, compare."""
        return min(self.work_s, self.work_cpu_s) - self.start_s


def rows(n_lots: int = 20, n_lines: int = 5_000, seed: int = 1) -> Iterator[ImportRow]:
    """Make a plant that expects so many lots, write lists of so many lines a lot, and import each."""
    with tempfile.TemporaryDirectory() as folder:
        told = _trial("prepare", folder, n_lots, n_lines, seed)
        for name in LAYOUTS:
            found = _trial("measure", folder, name, time.time())
            is_right = found.pop("digest") == told["digest"] and found.pop("n_variations") == 0
            yield ImportRow(name, told["n_lines"], is_right=is_right, **found)


def _trial(verb: str, folder: str, *words: object) -> dict[str, Any]:
    """Ask a process of its own, which keeps its keys in the folder too."""
    command = [sys.executable, "-m", _TRIAL, verb, folder, *map(str, words)]
    env = {**os.environ, "KNOCKDOWN_KEYS": folder, "KNOCKDOWN_DATA": folder}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peaks_mb() -> tuple[float, float]:
    """Peak memory of this process and of its largest child; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0, 0.0
    one_mb = 1 << (20 if sys.platform == "darwin" else 10)
    own, child = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_maxrss / one_mb, child.ru_maxrss / one_mb
