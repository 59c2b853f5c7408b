"""The process that the kill trial kills: `python -m knockdown.ledger.trials.writer`.

It starts once and then splits off one writing process for each job, so that a kill costs milliseconds and
not a start of Python. Jobs come over the Unix socket that is its standard input, each with a pipe on which
the writing process answers: a line `EVENT_ID POSITION` for every event the store acknowledged.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from knockdown.basics.clock import SystemClock
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.work import LateCommit, submissions

LONGEST_LIFE_S = 60.0
_ANSWER_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Job:
    """One life of a writing process.

    Parameters
    ----------
    path : str
        The ledger's file.
    name : str
        Submitters work on units `<name>-0`, `<name>-1`, ...
    seed : int
        Decides what they submit.
    n_submitters : int
        Threads.
    checkpoint_pages : int
        Pages in SQLite's log before it is written into the file; SQLite's own default is 1,000.
    is_faulty : bool
        Answer before entries last, to see that the trial catches it.
    """

    path: str
    name: str
    seed: int
    n_submitters: int
    checkpoint_pages: int
    is_faulty: bool


def send(door: socket.socket, job: Job, answers: int) -> int:
    """Ask for a writing process that answers on the pipe `answers`; returns its process id."""
    socket.send_fds(door, [json.dumps(asdict(job)).encode()], [answers])
    return int(door.recv(64))


def serve(door: socket.socket) -> None:
    """Split off a writing process for each job, until the other side hangs up."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that were killed
    while True:
        message, pipes, _, _ = socket.recv_fds(door, _ANSWER_BYTES, 1)
        if not message:
            return
        process = os.fork()
        if process == 0:
            _live(Job(**json.loads(message)), pipes[0])
        os.close(pipes[0])
        door.send(str(process).encode())


def _live(job: Job, answers: int) -> None:
    try:
        opens = LateCommit if job.is_faulty else SqliteBackend
        backend = opens(Path(job.path))
        backend._writer.wal_autocheckpoint(job.checkpoint_pages)
        store = Store(backend, SystemClock())
        threads = [
            threading.Thread(target=_submit, args=(store, f"{job.name}-{i}", job.seed, answers))
            for i in range(job.n_submitters)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _submit(store: Store, unit: str, seed: int, answers: int) -> None:
    ends_at = time.monotonic() + LONGEST_LIFE_S
    for events in submissions(unit, seed):
        receipts = store.append(events)
        os.write(answers, "".join(f"{r.event_id} {r.position}\n" for r in receipts).encode())
        if time.monotonic() > ends_at:
            return


if __name__ == "__main__":
    serve(socket.socket(fileno=0))
