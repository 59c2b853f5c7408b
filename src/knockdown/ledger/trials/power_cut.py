"""Power cuts with torn and reordered writes, on a simulated disk under the real store.

One run is recorded, call by call, with what was acknowledged between the calls; then the power is cut at
random places of the recording, a legal content of the disk is drawn and opened by the real store. The
writing process also dies now and then (as by kill -9, so the machine keeps its files) and another goes on:
what it then answers must outlast a cut too.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from knockdown.basics.clock import FixedClock
from knockdown.events.envelope import Event
from knockdown.ledger.chain import EVENT_ID, SUBJECT
from knockdown.ledger.refusals import Refused, StoreFailed
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import Auditor, is_whole, mark
from knockdown.ledger.trials.disk import Call, Disk
from knockdown.ledger.trials.platter import Platter
from knockdown.ledger.trials.work import submissions, work

NAME = "cut.kd"
UNITS = ("C0", "C1", "C2")
LONGEST_NOTE = 6_000
Told = dict[str, list[list[str]]]
_KEPT_KINDS = ("write", "truncate", "sync", "delete", "open")


@dataclass
class Recording:
    """What a run asked of the disk, and what it answered when.

    Parameters
    ----------
    calls : list of Call
        In order.
    answers : list of (int, dict)
        After so many calls, these event ids were acknowledged with these positions.
    told : dict
        By unit, the event ids of each submission, also of one that was not answered.
    begins : int
        Calls until the ledger was made; no cut comes before that.
    n_deaths : int
        Times the writing process died, every second time while it waited for the disk.
    n_failed_waits : int
        Times a wait for the disk failed and the process lived on.
    refusals : list of str
        What a store refused that it should have taken.
    """

    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    told: Told = field(default_factory=dict)
    begins: int = 0
    n_deaths: int = 0
    n_failed_waits: int = 0
    refusals: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CutResult:
    """What was left after so many power cuts.

    Parameters
    ----------
    n_cuts, n_acknowledged : int
        Cuts; events acknowledged before them, summed over cuts.
    n_deaths, n_failed_waits : int
        In the recordings: deaths of writing processes, and syncs that failed.
    n_cuts_with_losses, lost, worst_loss : int
        Cuts after which acknowledged events were missing; events missing, in all and at worst.
    n_damaged : int
        Cuts after which the file did not open or did not verify, or an event was doubled or reordered.
    examples : tuple of str
        Some of what was wrong, with seed and place of the cut.
    """

    n_cuts: int
    n_acknowledged: int
    n_deaths: int
    n_failed_waits: int
    n_cuts_with_losses: int
    lost: int
    worst_loss: int
    n_damaged: int
    examples: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing acknowledged was lost and nothing damaged."""
        return not (self.n_cuts_with_losses or self.n_damaged)


class _Machine:
    """Runs processes, one after the other, on the recorded disk."""

    def __init__(self, folder: Path, seed: int, synchronous: str, opens: type[SqliteBackend]) -> None:
        self.recording = Recording()
        self.choose = random.Random(f"power cut {seed}")
        self.clock = FixedClock(1_800_000_000_000)
        self._folder = folder
        self._synchronous = synchronous
        self._opens = opens
        self._left: int | None = None
        self._dies_waiting = self._fails_waits = self._is_dead = False
        self._plans = {unit: submissions(unit, seed, longest_note=LONGEST_NOTE) for unit in UNITS}
        self._in_flight = UNITS[0]
        self._next: dict[str, list[Event]] = {}
        for unit in UNITS:
            self._plan(unit)

    def run(self, n_processes: int) -> Recording:
        """One process after the other; about every second one dies."""
        disk = Disk(self._told)
        path = self._folder / NAME
        self._opens.create(
            path, "cut", self.clock.now_ms(), synchronous=self._synchronous, vfs=disk.name
        ).close()
        self.recording.begins = len(self.recording.calls)
        for number in range(n_processes):
            self._left = self.choose.randint(1, 150) if self.choose.random() < 0.5 else None
            self._dies_waiting = self.choose.random() < 0.5
            self._fails_waits = self.choose.random() < 0.3
            self._is_dead = False
            try:
                with suppress(StoreFailed, apsw.Error):
                    self._process(path)
            except Refused as refusal:  # what was acknowledged is no longer there
                self.recording.refusals.append(str(refusal))
                break
            if self._is_dead:
                path = self._bury(path, number)
        return self.recording

    def _told(self, call: Call) -> None:
        if call.kind in _KEPT_KINDS and self._left is not None and not self._is_dead:
            self._left -= 1
            is_waiting = call.kind == "sync" or not self._dies_waiting
            self._is_dead = self._left <= 0 and is_waiting
        if self._is_dead:
            raise apsw.IOError("the process is dead")
        if call.kind == "sync" and self._fails_waits and self.choose.random() < 0.2:
            self.recording.n_failed_waits += 1
            raise apsw.IOError("the disk did not answer")
        if call.kind in _KEPT_KINDS:
            self.recording.calls.append(call)

    def _process(self, path: Path) -> None:
        disk = Disk(self._told)
        backend = self._opens(path, self._synchronous, disk.name)
        try:
            backend._writer.wal_autocheckpoint(self.choose.choice((5, 20, 60)))
            store = Store(backend, self.clock)
            self._submit(store, self._in_flight)  # who was not answered asks first
            for _ in range(self.choose.randint(0, 12)):
                self._submit(store, self.choose.choice(UNITS))
        finally:
            backend.close()

    def _submit(self, store: Store, unit: str) -> None:
        self._in_flight = unit
        try:
            receipts = store.append(self._next[unit])
        except StoreFailed:
            receipts = store.append(self._next[unit])
        self._plan(unit)
        answer = {receipt.event_id: receipt.position for receipt in receipts}
        self.recording.answers.append((len(self.recording.calls), answer))

    def _plan(self, unit: str) -> None:
        self._next[unit] = next(self._plans[unit])
        self.recording.told.setdefault(unit, []).append([event.event_id for event in self._next[unit]])

    def _bury(self, path: Path, number: int) -> Path:
        """The dead process's files go on in another folder, without its locks and shared memory."""
        self.recording.n_deaths += 1
        folder = self._folder / f"after-{number}"
        folder.mkdir()
        for name in (NAME, f"{NAME}-wal", f"{NAME}-journal"):
            if (path.parent / name).exists():
                shutil.copyfile(path.parent / name, folder / name)
        return folder / NAME


def record(
    folder: Path,
    seed: int,
    n_processes: int,
    synchronous: str = "FULL",
    opens: type[SqliteBackend] = SqliteBackend,
) -> Recording:
    """Record a run of so many processes on one ledger."""
    return _Machine(folder, seed, synchronous, opens).run(n_processes)


def cut(
    recording: Recording, seed: int, n_cuts: int
) -> Iterator[tuple[int, dict[str, bytes], dict[str, int]]]:
    """Cut the power: after how many calls, what the disk holds then, what had been acknowledged.

    Half of the cuts come at any call, half right after an answer.
    """
    choose = random.Random(f"cuts {seed}")
    places = sorted(
        choose.choice(
            (choose.randint(recording.begins, len(recording.calls)), choose.choice(recording.answers)[0])
        )
        for _ in range(n_cuts)
    )
    platter, taken, answered = Platter(), 0, 0
    acknowledged: dict[str, int] = {}
    for place in places:
        for call in recording.calls[taken:place]:
            platter.take(call)
        taken = place
        while answered < len(recording.answers) and recording.answers[answered][0] <= place:
            acknowledged |= recording.answers[answered][1]
            answered += 1
        yield place, platter.after_a_cut(choose), acknowledged


def examine(
    folder: Path, image: dict[str, bytes], acknowledged: dict[str, int], told: Told
) -> tuple[int, list[str]]:
    """Open what the disk holds with the real store: how many events are lost, and what is damaged."""
    for name, content in image.items():
        (folder / name).write_bytes(content)
    try:
        backend = SqliteBackend(folder / NAME)
        try:
            return _marked(backend, acknowledged, told)
        finally:
            backend.close()
    except Exception as error:  # a damaged file fails in many ways
        return 0, [f"{type(error).__name__}: {error}"]


def _marked(backend: SqliteBackend, acknowledged: dict[str, int], told: Told) -> tuple[int, list[str]]:
    auditor = Auditor()
    rows, faults = auditor.read(backend)
    faults += backend.faults()
    marks = mark(rows, acknowledged)
    if marks.doubled or marks.reordered:
        faults.append(f"{marks.doubled} doubled, {marks.reordered} reordered")
    for unit, submitted in told.items():
        stored = [row[EVENT_ID] for row in rows if row[SUBJECT] == f"unit/{unit}"]
        faults += _part_faults(unit, stored, submitted)
    Store(backend, FixedClock(1_900_000_000_000)).append([work("AFTER", 1)])
    return marks.lost, faults + auditor.read(backend)[1]


def _part_faults(unit: str, stored: list[str], submitted: list[list[str]]) -> list[str]:
    ids = [event_id for submission in submitted for event_id in submission]
    if stored == ids[: len(stored)] and is_whole(len(stored), [len(part) for part in submitted]):
        return []
    return [f"unit {unit}: what is stored is not what was told, or part of a submission"]


def cut_often(
    folder: Path,
    seed: int,
    n_cuts: int,
    n_recordings: int,
    synchronous: str = "FULL",
    opens: type[SqliteBackend] = SqliteBackend,
    n_processes: int = 12,
) -> CutResult:
    """Record runs, cut the power at random places of each, and see what is left.

    Parameters
    ----------
    folder : Path
        Empty; recordings and images are made in it.
    seed : int
        Decides everything.
    n_cuts, n_recordings : int
        Cuts in all, spread over so many recordings.
    synchronous : str
        `FULL`; `NORMAL` and `OFF` must be seen to lose.
    opens : type
        What writes; a faulty one must be seen to lose.
    n_processes : int
        Processes in a recording.
    """
    losses: list[int] = []
    examples: list[str] = []
    n_acknowledged = n_deaths = n_failed_waits = n_damaged = 0
    for number in range(n_recordings):
        its_seed = seed * 1_000 + number
        here = folder / f"run-{number}"
        here.mkdir()
        recording = record(here, its_seed, n_processes, synchronous, opens)
        n_deaths += recording.n_deaths
        n_failed_waits += recording.n_failed_waits
        examples += [f"seed {its_seed}: {refusal}" for refusal in recording.refusals]
        n_damaged += len(recording.refusals)
        for place, image, acknowledged in cut(recording, its_seed, n_cuts // n_recordings):
            at = here / "image"
            at.mkdir()
            lost, faults = examine(at, image, acknowledged, recording.told)
            shutil.rmtree(at)
            n_acknowledged += len(acknowledged)
            losses.append(lost)
            if lost or faults:
                examples.append(
                    f"seed {its_seed}, cut after call {place}: {lost} lost; {'; '.join(faults[:3])}"
                )
            n_damaged += bool(faults)
        shutil.rmtree(here)
    return CutResult(
        len(losses), n_acknowledged, n_deaths, n_failed_waits, sum(map(bool, losses)), sum(losses),
        max(losses), n_damaged, tuple(examples[:20]),
    )  # fmt: skip
