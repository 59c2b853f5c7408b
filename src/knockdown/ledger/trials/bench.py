"""What we lost in so many faults, and how fast it is: every trial and every load in one table."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from knockdown.basics.clock import SystemClock
from knockdown.documents.paper import Paper
from knockdown.ledger.book import projections
from knockdown.ledger.postgres_binaries import ServerProblem, find_binaries
from knockdown.ledger.trials.flip import flip_all, make_file
from knockdown.ledger.trials.histories import play_many
from knockdown.ledger.trials.io_error import fail_calls, fill_disk, fill_real_disk
from knockdown.ledger.trials.kill import kill_often
from knockdown.ledger.trials.load import measure_load, measure_waits
from knockdown.ledger.trials.power_cut import cut_often
from knockdown.ledger.trials.reach import as_log, measure_histories, measure_rebuild, measure_recovery

SEED = 1
MEMORY = Path("/dev/shm")
Tell = Callable[[str], None]


class BenchRow(Paper):
    """One fault or load."""

    name: str = Field(description="what was done to the ledger")
    figure: str = Field(description="what was measured, with its counts")
    target: str = Field(description="what was promised")
    ok: bool = Field(description="whether the promise was kept")


class BenchReport(Paper):
    """The table of one run."""

    schema_: Literal["knockdown.bench.ledger/1"] = Field("knockdown.bench.ledger/1", alias="schema")
    is_long: bool = Field(description="whether with the long counts")
    n_cores: int = Field(description="of the machine")
    load_before: float = Field(description="processes that wanted to run, mean of the minute before")
    load_after: float = Field(description="the same at the end")
    rows: tuple[BenchRow, ...]

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return all(row.ok for row in self.rows)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each fault is tried, how large the loads are."""

    kills: int
    failovers: int
    kills_at_size: int
    cuts: int
    control_cuts: int
    calls: int
    lasting_step: int
    disks: int
    histories: int
    flip_masks: tuple[int, ...]
    rounds: int
    each: int
    waits_s: float
    sizes: tuple[int, ...]


SHORT = Counts(200, 3, 10, 1_000, 200, 500, 5, 20, 1_000, (0x01,), 5, 200, 20.0, (10_000, 100_000))
LONG = Counts(
    2_000, 50, 50, 50_000, 1_000, 750, 1, 100, 50_000, (0x01, 0xFF), 9, 500, 60.0,
    (10_000, 100_000, 1_000_000, 10_000_000),
)  # fmt: skip
RECOVERY_SIZE = 1_000_000


def table(long: bool, tell: Tell) -> BenchReport:
    """Run every trial and every load, one after the other.

    Parameters
    ----------
    long : bool
        Whether with the long counts.
    tell : callable
        Is told each row as it comes.
    """
    counts = LONG if long else SHORT
    before = os.getloadavg()[0]
    rows = []
    for row in _rows(counts, tell):
        tell(f"{'ok  ' if row.ok else 'FAIL'} {row.name}: {row.figure} ({row.target})")
        rows.append(row)
    return BenchReport(
        is_long=long,
        n_cores=os.cpu_count() or 1,
        load_before=before,
        load_after=os.getloadavg()[0],
        rows=tuple(rows),
    )


def _rows(counts: Counts, tell: Tell) -> Iterator[BenchRow]:
    yield _killed(counts)
    yield from _cut(counts)
    yield from _failed(counts)
    yield _played(counts)
    yield from _flipped(counts)
    yield from _failed_over(counts, tell)
    yield from _loaded(counts)
    yield from _grown(counts, tell)


def _row(name: str, figure: str, target: str, ok: bool) -> BenchRow:
    return BenchRow(name=name, figure=figure, target=target, ok=ok)


@contextmanager
def _folder(is_in_memory: bool = False) -> Iterator[Path]:
    where = MEMORY if is_in_memory and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="knockdown-trial-", dir=where) as name:
        yield Path(name)


def _killed(counts: Counts) -> BenchRow:
    with _folder() as folder:
        r = kill_often(folder / "kill.kd", SystemClock(), SEED, counts.kills)
    figure = (
        f"{r.n_kills:,} kills, {r.n_acknowledged:,} events acknowledged: {r.lost} lost, {r.doubled} doubled, "
        f"{r.reordered} reordered, {len(r.faults)} faults; back in {r.worst_recovery_s:.3f} s at worst"
    )
    return _row("kill -9 of a writing process", figure, "0 lost, doubled or reordered", r.ok)


def _cut(counts: Counts) -> Iterator[BenchRow]:
    for synchronous, n_cuts in (
        ("FULL", counts.cuts),
        ("NORMAL", counts.control_cuts),
        ("OFF", counts.control_cuts),
    ):
        with _folder(is_in_memory=True) as folder:
            r = cut_often(folder, SEED, n_cuts, max(1, n_cuts // 100), synchronous)
        figure = (
            f"{r.n_cuts:,} cuts: {r.lost:,} events lost in {r.n_cuts_with_losses:,} of them, "
            f"{r.n_damaged:,} files damaged; {r.n_deaths} writers died, {r.n_failed_waits} syncs failed"
        )
        is_ours = synchronous == "FULL"
        target = "0 lost, 0 damaged" if is_ours else "a control: must lose"
        yield _row(f"power cut, synchronous={synchronous}", figure, target, r.ok == is_ours)


def _failed(counts: Counts) -> Iterator[BenchRow]:
    with _folder(is_in_memory=True) as folder:
        calls = fail_calls(folder, SEED, counts.calls, counts.lasting_step)
        disks = fill_disk(folder, SEED, counts.disks)
    with _folder() as folder:
        real = fill_real_disk(folder, SEED)
    done = [("I/O error at every k-th call", calls), ("disk full, simulated", disks)]
    for name, r in [*done, *([("disk full, a real one of 4 MB", real)] if real else [])]:
        figure = (
            f"{r.n_faults:,} faults, {r.n_acknowledged:,} events acknowledged: {r.lost} lost, "
            f"{r.doubled} doubled, {r.reordered} reordered, {len(r.faults)} other; {r.n_refused:,} refusals"
        )
        yield _row(name, figure, "0 lost, refused clearly, goes on", r.ok and r.n_faults > 0)


def _played(counts: Counts) -> BenchRow:
    with _folder(is_in_memory=True) as folder:
        r = play_many(folder, SEED, counts.histories, project=projections)
    figure = f"{r.n_histories:,} histories, {r.n_submissions:,} submissions: {len(r.differing)} differ"
    name = "duplicated, late, permuted submissions"
    return _row(name, figure, "exactly once, same projections as a dict's", r.ok)


def _flipped(counts: Counts) -> Iterator[BenchRow]:
    for mask in counts.flip_masks:
        with _folder(is_in_memory=True) as folder:
            make_file(folder / "flip.kd", 1_000)
            r = flip_all(folder / "flip.kd", folder, mask)
        found = r.n_flips - len(r.missed)
        figure = f"{found:,} of {r.n_flips:,} found, in {r.n_events:,} events"
        yield _row(f"one byte of the event rows flipped, mask {mask:#04x}", figure, "all found", r.ok)


def _failed_over(counts: Counts, tell: Tell) -> Iterator[BenchRow]:
    try:
        find_binaries()
    except ServerProblem as problem:
        tell(f"no primary was killed: {problem}")
        return
    from knockdown.ledger.trials.failover import fail_over

    r = fail_over(counts.failovers, SEED)
    figure = (
        f"{r.n_failovers} primaries killed, {r.n_acknowledged:,} events acknowledged: {r.lost} lost, "
        f"{r.doubled} doubled, {r.reordered} reordered; back in {max(r.recovery_s):.2f} s at worst"
    )
    ok = r.ok and max(r.recovery_s) < 5
    yield _row("PostgreSQL: primary killed, standby promoted", figure, "0 lost, under 5 s", ok)


def _loaded(counts: Counts) -> Iterator[BenchRow]:
    with _folder() as folder:
        r = measure_load(folder, counts.rounds, counts.each)
        waits = measure_waits(folder / "waits.kd", SystemClock(), counts.waits_s)
    ours, raw = statistics.median(r.ledger_per_s), statistics.median(r.raw_per_s)
    figure = (
        f"{ours:,.0f}/s: {r.share:.0%} of raw inserts with the same keys ({raw:,.0f}/s), "
        f"{r.share_of_plain:.0%} of those without (medians of {len(r.raw_per_s)} rounds of "
        f"{r.n_events:,}); one thread alone inserts {r.ceiling_per_s:,.0f}/s"
    )
    yield _row(
        f"acknowledged events, {r.n_submitters} submitters", figure, "at least 60% of raw", r.share >= 0.6
    )
    figure = f"p50 {waits.p50_ms:.1f}, p99 {waits.p99_ms:.1f}, worst {waits.worst_ms:.1f} ms"
    yield _row("answer at 200 events/s offered", figure, "p99 under 250 ms", waits.p99_ms < 250)


def _grown(counts: Counts, tell: Tell) -> Iterator[BenchRow]:
    with _folder() as folder:
        path = folder / "large.kd"
        sizes = tuple(size for size in counts.sizes if size <= RECOVERY_SIZE)
        times = measure_histories(path, SystemClock(), sizes, tell)
        rebuild_s = measure_rebuild(path, SystemClock())
        r = measure_recovery(path, SystemClock(), SEED, counts.kills_at_size)
        path.unlink()
        if sizes != counts.sizes:
            times = measure_histories(folder / "larger.kd", SystemClock(), counts.sizes, tell)
    figure = ", ".join(f"{t.median_ms:.2f} ms at {t.n_events:,}" for t in times)
    ok = times[-1].median_ms < 5 and as_log(times) <= 1
    yield _row("one subject's history, 50 events, warm", figure, "under 5 ms, no faster than log n", ok)
    figure = f"{rebuild_s:.1f} s from {sizes[-1]:,} events"
    target = "under 60 s from 1,000,000"
    yield _row("all projections rebuilt", figure, target, rebuild_s * RECOVERY_SIZE / sizes[-1] < 60)
    figure = f"{r.worst_recovery_s * 1000:.0f} ms at worst in {r.n_kills} kills at {sizes[-1]:,} events"
    yield _row(
        "recovery after kill -9 of a large ledger", figure, "under 2 s", r.ok and r.worst_recovery_s < 2
    )
