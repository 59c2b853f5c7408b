"""Disks that fail a call and disks that are full: what is acknowledged stays, and the same store goes on.

Runs are small, one for each call that fails: the k-th call of SQLite to its file system raises, once or for
as long as the fault lasts; whoever was refused sends the same events again.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from knockdown.basics.clock import FixedClock
from knockdown.events.envelope import Event
from knockdown.ledger.backend import Query
from knockdown.ledger.refusals import InDoubt, NotStored, StoreFailed
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import faults_of, mark
from knockdown.ledger.trials.disk import Call, Disk
from knockdown.ledger.trials.work import submissions

NAME = "io.kd"
N_SUBMISSIONS = 20
LONGEST_NOTE = 9_000
UNITS = ("D0", "D1")
TRIES_WHILE_DOWN = 2
ROOM_BYTES = 250_000
_CODES = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "delete": apsw.SQLITE_IOERR_DELETE,
    "size": apsw.SQLITE_IOERR_FSTAT,
}


@dataclass(frozen=True, slots=True)
class IoResult:
    """What was left after so many faults of the disk.

    Parameters
    ----------
    n_faults : int
        Runs in which the fault happened.
    n_runs : int
        Runs.
    kinds : dict
        Faults by the call that failed first.
    n_refused : int
        Submissions answered with `NotStored` or `InDoubt`.
    n_absorbed : int
        Faults that no submitter noticed: while the log was copied into the file, which is tried again later.
    n_not_opened : int
        Faults while the file was opened.
    n_acknowledged, lost, doubled, reordered : int
        Events, over all runs.
    faults : tuple of str
        What was wrong otherwise.
    """

    n_faults: int
    n_runs: int
    kinds: dict[str, int]
    n_refused: int
    n_absorbed: int
    n_not_opened: int
    n_acknowledged: int
    lost: int
    doubled: int
    reordered: int
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing acknowledged was lost, doubled or reordered, and the store always went on."""
        return not (self.lost or self.doubled or self.reordered or self.faults)


class FailingCall:
    """Fails the k-th call; a lasting fault fails all that follow too, until it is mended."""

    def __init__(self, k: int, is_lasting: bool) -> None:
        self.left = k
        self.is_lasting = is_lasting
        self.kind: str | None = None
        self.is_mended = False

    def __call__(self, call: Call) -> None:
        """Count the call, or fail it."""
        self.left -= 1
        if self.is_mended or self.left > 0 or (self.left < 0 and not self.is_lasting):
            return
        self.kind = self.kind or call.kind
        if call.kind == "open":
            raise apsw.CantOpenError("trial: cannot be opened")
        error = apsw.IOError(f"trial: {call.kind} failed")
        error.extendedresult = _CODES[call.kind]  # type: ignore[attr-defined] # apsw asks for it
        raise error

    def mend(self) -> None:
        """The fault is over."""
        self.is_mended = True


class FullDisk:
    """Has room for so many bytes."""

    def __init__(self, room_bytes: int) -> None:
        self.room_bytes = room_bytes
        self.kind: str | None = None
        self._sizes: Counter[str] = Counter()

    def __call__(self, call: Call) -> None:
        """Count what a call takes, or refuse it."""
        if call.kind == "delete":
            del self._sizes[call.name]
        if call.kind == "truncate":
            self._sizes[call.name] = min(self._sizes[call.name], call.offset)
        if call.kind != "write":
            return
        size = max(self._sizes[call.name], call.offset + len(call.data))
        if self._sizes.total() - self._sizes[call.name] + size > self.room_bytes:
            self.kind = "full"
            raise apsw.FullError("database or disk is full")
        self._sizes[call.name] = size

    def mend(self) -> None:
        """Somebody made room."""
        self.room_bytes = 1 << 40


Fault = FailingCall | FullDisk


@dataclass
class _Tally:
    kinds: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    refused: int = 0
    absorbed: int = 0
    not_opened: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    faults: list[str] = field(default_factory=list)

    def result(self) -> IoResult:
        return IoResult(
            self.kinds.total(), self.runs, dict(self.kinds), self.refused, self.absorbed, self.not_opened,
            self.acknowledged, self.lost, self.doubled, self.reordered, tuple(self.faults),
        )  # fmt: skip


class _Run:
    """One file, one fault, one store that lives through it."""

    def __init__(self, path: Path, fault: Fault, opens: type[SqliteBackend], tally: _Tally) -> None:
        self.path = path
        self.fault = fault
        self.tally = tally
        self.told: dict[str, int] = {}
        self.refused = 0
        self._disk = Disk(fault)
        self._opens = opens

    def go(self, plan: list[list[Event]], what: str) -> None:
        """Submit all of the plan, come what may, and look at what is there."""
        store = Store(self._opened(), FixedClock(1_800_000_000_000))
        try:
            for events in plan:
                self._submit(store, events)
        finally:
            store.close()
        self._count(plan, what)

    def _opened(self) -> SqliteBackend:
        try:
            backend = self._opens(self.path, vfs=self._disk.name)
        except apsw.Error:
            self.tally.not_opened += 1
            self.fault.mend()
            backend = self._opens(self.path, vfs=self._disk.name)
        backend._writer.wal_autocheckpoint(20)
        return backend

    def _submit(self, store: Store, events: list[Event]) -> None:
        for _ in range(TRIES_WHILE_DOWN):
            try:
                self._append(store, events)
                return
            except (NotStored, InDoubt) as refusal:
                self.refused += 1
                self._check_words(refusal)
        self.fault.mend()
        self._append(store, events)

    def _append(self, store: Store, events: list[Event]) -> None:
        receipts = store.append(events)
        self.told |= {receipt.event_id: receipt.position for receipt in receipts}

    def _check_words(self, refusal: StoreFailed) -> None:
        wanted = "full" if isinstance(self.fault, FullDisk) else "Error"
        if wanted not in str(refusal):
            self.tally.faults.append(f"an unclear refusal: {refusal!r}")

    def _count(self, plan: list[list[Event]], what: str) -> None:
        backend = SqliteBackend(self.path)
        rows = list(backend.rows(Query()))
        marks = mark(rows, self.told)
        faults = faults_of(backend)
        backend.close()
        if len(rows) != sum(map(len, plan)):
            faults.append(f"{len(rows)} events are there")
        self.tally.faults += [f"{what}: {fault}" for fault in faults]
        self._add(marks.lost, marks.doubled, marks.reordered)

    def _add(self, lost: int, doubled: int, reordered: int) -> None:
        tally = self.tally
        tally.runs += 1
        tally.kinds.update([self.fault.kind] if self.fault.kind else [])
        tally.refused += self.refused
        tally.absorbed += bool(self.fault.kind and not self.refused)
        tally.acknowledged += len(self.told)
        tally.lost += lost
        tally.doubled += doubled
        tally.reordered += reordered


def _plan(seed: int) -> list[list[Event]]:
    choose = random.Random(f"io {seed}")
    plans = {unit: submissions(unit, seed, longest_note=LONGEST_NOTE) for unit in UNITS}
    return [next(plans[choose.choice(UNITS)]) for _ in range(N_SUBMISSIONS)]


def fail_calls(
    folder: Path, seed: int, n_calls: int, lasting_step: int = 1, opens: type[SqliteBackend] = SqliteBackend
) -> IoResult:
    """Fail every k-th call, k from 1 to `n_calls`: once; some in a second run until mended.

    Parameters
    ----------
    folder : Path
        Empty; files are made in it.
    seed : int
        Decides what is submitted.
    n_calls, lasting_step : int
        Every k up to `n_calls` fails once, and every `lasting_step`-th k in a second run until mended.
    opens : type
        What writes; a faulty one must be seen to lose.
    """
    tally = _Tally()
    for k in range(1, n_calls + 1):
        for is_lasting in (False, True) if k % lasting_step == 0 else (False,):
            what = f"seed {seed}, call {k} failed{' until mended' if is_lasting else ''}"
            _run(folder, seed, FailingCall(k, is_lasting), opens, tally, what)
    return tally.result()


def _run(folder: Path, seed: int, fault: Fault, opens: type[SqliteBackend], tally: _Tally, what: str) -> None:
    here = folder / "run"
    here.mkdir()
    SqliteBackend.create(here / NAME, "io", 0).close()
    try:
        _Run(here / NAME, fault, opens, tally).go(_plan(seed), what)
    except Exception as error:  # it did not go on, or failed in an unknown way
        tally.faults.append(f"{what}: {type(error).__name__}: {error}")
    shutil.rmtree(here)


def fill_disk(folder: Path, seed: int, n_disks: int) -> IoResult:
    """Fill `n_disks` simulated disks, of 1 kilobyte of room and more, and make room again."""
    tally = _Tally()
    for number in range(n_disks):
        room_bytes = 1_000 + number * 400_000 // n_disks
        _run(folder, seed, FullDisk(room_bytes), SqliteBackend, tally, f"seed {seed}, {room_bytes:,} bytes")
    return tally.result()


@contextmanager
def small_disk(folder: Path, size_kb: int) -> Iterator[bool]:
    """A real file system in memory, of so many kilobytes, mounted on `folder`: True when that was allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)


def fill_real_disk(folder: Path, seed: int, size_kb: int = 4_096) -> IoResult | None:
    """Fill a real file system, make room, go on; None where mounting is not allowed."""
    tally = _Tally()
    with small_disk(folder, size_kb) as is_mounted:
        if not is_mounted:
            return None
        SqliteBackend.create(folder / NAME, "io", 0).close()
        ballast = folder / "ballast"
        ballast.write_bytes(bytes(size_kb * 1024 - ROOM_BYTES))
        _Run(folder / NAME, _Ballast(ballast), SqliteBackend, tally).go(_plan(seed), f"seed {seed}, tmpfs")
    return tally.result()


class _Ballast(FullDisk):
    """Takes up room that is free once it is removed."""

    def __init__(self, path: Path) -> None:
        super().__init__(1 << 40)
        self._path = path

    def mend(self) -> None:
        """Remove it."""
        self.kind = "full"
        self._path.unlink(missing_ok=True)
