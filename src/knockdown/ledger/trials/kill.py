"""kill -9 of a real writing process under load, at random points, again and again on one growing file."""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from knockdown.basics.clock import Clock
from knockdown.ledger.chain import EVENT_ID, SUBJECT, Row
from knockdown.ledger.refusals import Refused
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import Auditor, faults_of, is_whole, mark
from knockdown.ledger.trials.work import submissions, work
from knockdown.ledger.trials.writer import Job, send

PATIENCE_S = 30.0
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class KillResult:
    """What was left after so many kills.

    Parameters
    ----------
    n_kills : int
        Writing processes killed with signal 9.
    n_under_load : int
        Those that had acknowledged something; the others were killed while they opened the file.
    n_acknowledged : int
        Events acknowledged, by them and in between.
    n_stored_unanswered : int
        Events stored that nobody was told of; sent again, they were known.
    lost, doubled, reordered : int
        Of the events acknowledged.
    faults : tuple of str
        What did not verify, or was wrong otherwise.
    worst_recovery_s : float
        Longest time from opening the file again until an event was acknowledged, in seconds.
    """

    n_kills: int
    n_under_load: int
    n_acknowledged: int
    n_stored_unanswered: int
    lost: int
    doubled: int
    reordered: int
    faults: tuple[str, ...]
    worst_recovery_s: float

    @property
    def ok(self) -> bool:
        """Whether nothing acknowledged was lost, doubled or reordered, and everything verifies."""
        return not (self.lost or self.doubled or self.reordered or self.faults)


@dataclass
class _Campaign:
    path: Path
    clock: Clock
    seed: int
    n_submitters: int
    is_faulty: bool
    choose: random.Random
    auditor: Auditor = field(default_factory=Auditor)
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    unanswered: int = 0
    under_load: int = 0
    worst_recovery_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def round(self, door: socket.socket, number: int) -> None:
        """Start a writing process, kill it, and see what is left."""
        checkpoint_pages = self.choose.choice((20, 200, 1_000))
        job = Job(
            str(self.path), f"U{number}", self.seed, self.n_submitters, checkpoint_pages, self.is_faulty
        )
        told = self._kill(door, job)
        self.under_load += bool(told)
        began = time.perf_counter()
        backend = SqliteBackend(self.path)
        store = Store(backend, self.clock)
        receipt = store.append([work(f"K{number}", 1)])[0]
        self.worst_recovery_s = max(self.worst_recovery_s, time.perf_counter() - began)
        told[receipt.event_id] = receipt.position
        self._examine(job, told, store)
        backend.close()

    def _kill(self, door: socket.socket, job: Job) -> dict[str, int]:
        """Half the kills come some milliseconds after the start, half after a number of answers."""
        answers, answering = os.pipe()
        process = send(door, job, answering)
        os.close(answering)
        limit_s, n_bytes = self.choose.choice(
            ((self.choose.uniform(0, 0.03), 1 << 30), (PATIENCE_S, self.choose.randint(1, 8_000)))
        )
        text = _read(answers, limit_s, n_bytes)
        os.kill(process, signal.SIGKILL)
        text += _read(answers, PATIENCE_S, 1 << 30)  # ends when the process is gone
        os.close(answers)
        pairs = (line.split() for line in text.decode().splitlines())
        return {event_id: int(position) for event_id, position in pairs}

    def _examine(self, job: Job, told: dict[str, int], store: Store) -> None:
        """Mark what is there; send again what was not answered; mark once more."""
        rows, faults = self.auditor.read(store.backend)
        self._count(rows, told)
        stored = {row[EVENT_ID] for row in rows}
        self.unanswered += len(stored - told.keys())
        for i in range(job.n_submitters):
            faults += self._send_again(store, f"{job.name}-{i}", rows, told)
        rows, more = self.auditor.read(store.backend)
        self.doubled += sum(row[EVENT_ID] in stored for row in rows)
        self.faults += [f"kill {job.name}: {fault}" for fault in [*faults, *more]]

    def _count(self, rows: list[Row], told: dict[str, int]) -> None:
        marks = mark(rows, told)
        self.acknowledged += len(told)
        self.lost += marks.lost
        self.doubled += marks.doubled
        self.reordered += marks.reordered

    def _send_again(self, store: Store, unit: str, rows: list[Row], told: dict[str, int]) -> list[str]:
        """What the submitter would do: send its unanswered submission again, on the same file."""
        n_stored = sum(row[SUBJECT] == f"unit/{unit}" for row in rows)
        sizes = [len(events) for events in islice(submissions(unit, self.seed), n_stored + 1)]
        if not is_whole(n_stored, sizes):
            return [f"unit {unit}: part of a submission was stored"]
        for events in submissions(unit, self.seed):
            if events[-1].event_id not in told:
                break
        is_there = events[-1].version <= n_stored
        try:
            receipts = store.append(events)
        except Refused as refusal:  # as when events before it were lost
            return [f"unit {unit}: sent again, it was refused: {refusal}"]
        self.acknowledged += len(events)
        if any(receipt.is_new == is_there for receipt in receipts):
            return [f"unit {unit}: sent again, it was taken for {'new' if is_there else 'known'}"]
        return []


def _read(pipe: int, limit_s: float, n_bytes: int) -> bytes:
    """Read until the pipe ends, the time is up or so many bytes came."""
    ends_at = time.monotonic() + limit_s
    text = b""
    while len(text) < n_bytes:
        left_s = ends_at - time.monotonic()
        if left_s <= 0 or not select.select([pipe], [], [], left_s)[0]:
            break
        piece = os.read(pipe, _READ_BYTES)
        if not piece:
            break
        text += piece
    return text


@contextmanager
def writers() -> Iterator[socket.socket]:
    """A process that writing processes split off from; the socket takes jobs for `writer.send`."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "knockdown.ledger.trials.writer"]
    process = subprocess.Popen(command, stdin=theirs.fileno())
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.wait(PATIENCE_S)


def kill_often(
    path: Path,
    clock: Clock,
    seed: int,
    n_kills: int,
    n_submitters: int = 8,
    is_faulty: bool = False,
    is_read_through: bool = True,
) -> KillResult:
    """Kill a writing process `n_kills` times, reading after each what it left; the file grows on.

    Parameters
    ----------
    path : Path
        The ledger's file; made when it is not there.
    clock : Clock
        For what is appended in between.
    seed : int
        Decides what is submitted and when the kills come; threads and the disk add chance of their own.
    n_kills, n_submitters : int
        How many.
    is_faulty : bool
        Plant a store that answers before entries last.
    is_read_through : bool
        Whether to read the whole file at first and at last; without, only what came since is looked at.
    """
    if not path.exists():
        SqliteBackend.create(path, f"kill-{seed}", clock.now_ms()).close()
    campaign = _Campaign(path, clock, seed, n_submitters, is_faulty, random.Random(f"kill {seed}"))
    backend = SqliteBackend(path)
    if is_read_through:
        campaign.faults += campaign.auditor.read(backend)[1]
    else:
        campaign.auditor.trust(backend)
    backend.close()
    with writers() as door:
        for number in range(n_kills):
            campaign.round(door, number)
    if is_read_through:
        backend = SqliteBackend(path)
        campaign.faults += faults_of(backend)
        backend.close()
    return KillResult(
        n_kills, campaign.under_load, campaign.acknowledged, campaign.unanswered, campaign.lost,
        campaign.doubled, campaign.reordered, tuple(campaign.faults), campaign.worst_recovery_s,
    )  # fmt: skip
