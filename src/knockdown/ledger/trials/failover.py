"""Kills the primary under load, lets the synchronous standby take over, and counts what was lost.

    python -m knockdown.ledger.trials.failover 50

Each round begins with the server that took over in the round before and a new standby of it, so one ledger
goes through all of them. In every third round the standby is gone for a while before the kill.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from knockdown.basics.clock import Clock, SystemClock
from knockdown.events.envelope import Event
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.postgres_server import PostgresServer, failover_dsn
from knockdown.ledger.refusals import InDoubt, StoreFailed
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import Auditor, faults_of, mark
from knockdown.ledger.trials.work import submissions

LOAD_S = (0.2, 0.8)
ALONE_S = 0.2
PATIENCE_S = 60.0
PAUSE_S = 0.01
N_AFTER = 50


@dataclass(frozen=True, slots=True)
class FailoverResult:
    """What was left after so many lost primaries.

    Parameters
    ----------
    n_failovers : int
        Primaries killed, each replaced by its standby.
    n_acknowledged : int
        Events acknowledged in all.
    n_in_doubt : int
        Submissions whose commit was not answered; they were sent again with the same event ids.
    lost, doubled, reordered : int
        Of the events acknowledged.
    faults : tuple of str
        What did not verify.
    recovery_s : tuple of float
        Seconds from each kill to the next acknowledged submission, the promotion in between.
    """

    n_failovers: int
    n_acknowledged: int
    n_in_doubt: int
    lost: int
    doubled: int
    reordered: int
    faults: tuple[str, ...]
    recovery_s: tuple[float, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing acknowledged was lost, doubled or reordered, and everything verifies."""
        return not (self.lost or self.doubled or self.reordered or self.faults)


@dataclass
class _Load:
    """Submitters, each with a unit of its own, who send again until they are answered."""

    store: Store
    name: str
    seed: int
    n_submitters: int
    acknowledged: dict[str, int] = field(default_factory=dict)
    answered_at: list[float] = field(default_factory=list)
    n_in_doubt: int = 0
    faults: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> list[threading.Thread]:
        units = [f"{self.name}-{i}" for i in range(self.n_submitters)]
        threads = [threading.Thread(target=self._submit, args=(unit,)) for unit in units]
        for thread in threads:
            thread.start()
        return threads

    def _submit(self, unit: str) -> None:
        try:
            for events in submissions(unit, self.seed):
                while not self.is_over.is_set() and not self._is_answered(events):
                    time.sleep(PAUSE_S)
                if self.is_over.is_set():
                    return
        except Exception as error:
            self.faults.append(f"unit {unit}: {type(error).__name__}: {error}")

    def _is_answered(self, events: list[Event]) -> bool:
        try:
            receipts = self.store.append(events)
        except StoreFailed as failure:
            with self.lock:
                self.n_in_doubt += isinstance(failure, InDoubt)
            return False
        with self.lock:
            self.answered_at.append(time.monotonic())
            self.acknowledged.update({receipt.event_id: receipt.position for receipt in receipts})
        return True


@dataclass
class _Campaign:
    clock: Clock
    seed: int
    n_submitters: int
    is_synchronous: bool
    choose: random.Random
    acknowledged: dict[str, int] = field(default_factory=dict)
    recovery_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    n_in_doubt: int = 0

    def round(self, primary: PostgresServer, number: int) -> PostgresServer:
        """Put the primary under load, kill it, and return the server that took over."""
        standby = primary.make_standby(f"standby_{number}", self.is_synchronous)
        try:
            self._round(primary, standby, number)
        except BaseException:
            standby.close()
            raise
        return standby

    def _round(self, primary: PostgresServer, standby: PostgresServer, number: int) -> None:
        backend = PostgresBackend(failover_dsn(primary, standby))
        load = _Load(Store(backend, self.clock), f"F{number}", self.seed, self.n_submitters)
        threads = load.start()
        try:
            self._strike(primary, standby, load, number)
        finally:
            load.is_over.set()
            for thread in threads:
                thread.join(PATIENCE_S)
            backend.close()
        self.acknowledged.update(load.acknowledged)
        self.n_in_doubt += load.n_in_doubt
        self.faults += load.faults

    def _strike(self, primary: PostgresServer, standby: PostgresServer, load: _Load, number: int) -> None:
        time.sleep(self.choose.uniform(*LOAD_S))
        is_alone = number % 3 == 2 or not self.is_synchronous
        if is_alone:
            standby.stop()
            time.sleep(ALONE_S)
        killed_at = time.monotonic()
        primary.kill()
        if is_alone:
            standby.start()
        standby.promote()
        if self.is_synchronous:
            self._see_it_go_on(load, killed_at)
        else:
            load.is_over.set()

    def _see_it_go_on(self, load: _Load, killed_at: float) -> None:
        """Wait for some answers, and note the longest time without one since the kill."""
        n_wanted = len(load.answered_at) + N_AFTER
        ends_at = time.monotonic() + PATIENCE_S
        while len(load.answered_at) < n_wanted and not load.faults and time.monotonic() < ends_at:
            time.sleep(PAUSE_S)
        times = [killed_at, *(at for at in list(load.answered_at) if at > killed_at)]
        if len(load.answered_at) < n_wanted:
            times.append(time.monotonic())
            self.faults.append(f"{load.name}: not enough answers within {PATIENCE_S:.0f} s of the kill")
        self.recovery_s.append(max(later - sooner for sooner, later in pairwise(times)))


def fail_over(
    n_failovers: int,
    seed: int,
    clock: Clock | None = None,
    n_submitters: int = 8,
    is_synchronous: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> FailoverResult:
    """Lose the primary `n_failovers` times under load, and audit the one ledger that went through it.

    Parameters
    ----------
    n_failovers : int
        How many.
    seed : int
        Decides what is submitted and when the kills come; threads and servers add chance of their own.
    clock : Clock, optional
        Tells when entries were recorded; by default the machine's.
    n_submitters : int
        Threads that submit at once.
    is_synchronous : bool
        False is the control that must lose: commits do not wait for the standby, which lags at the kill.
    tell : callable
        Is told of every round.

    Returns
    -------
    FailoverResult
    """
    clock = clock or SystemClock()
    campaign = _Campaign(clock, seed, n_submitters, is_synchronous, random.Random(f"failover {seed}"))
    primary = PostgresServer().start()
    try:
        PostgresBackend.create(primary.dsn, f"failover-{seed}", clock.now_ms()).close()
        for number in range(n_failovers):
            standby = campaign.round(primary, number)
            primary.close()
            primary = standby
            tell(
                f"failover {number + 1} of {n_failovers}: {len(campaign.acknowledged):,} events acknowledged"
            )
        return _audit(primary, campaign, n_failovers)
    finally:
        primary.close()


def _audit(primary: PostgresServer, campaign: _Campaign, n_failovers: int) -> FailoverResult:
    backend = PostgresBackend(primary.dsn)
    rows, _ = Auditor().read(backend)
    marks = mark(rows, campaign.acknowledged)
    faults = (*campaign.faults, *faults_of(backend))
    backend.close()
    return FailoverResult(
        n_failovers, len(campaign.acknowledged), campaign.n_in_doubt, marks.lost, marks.doubled,
        marks.reordered, faults, tuple(campaign.recovery_s),
    )  # fmt: skip


def main() -> None:
    """Print the result of so many failovers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("failovers", type=int, nargs="?", default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", action="store_true", help="commits do not wait for the standby")
    asked = parser.parse_args()
    result = fail_over(asked.failovers, asked.seed, is_synchronous=not asked.control, tell=print)
    print(result)
    raise SystemExit(result.ok == asked.control)


if __name__ == "__main__":
    main()
