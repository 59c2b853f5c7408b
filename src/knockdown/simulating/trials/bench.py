"""The figures promised for playing lines, measured here, beside SimPy on the same random numbers.

Both sides play by turns in one process, median of five, CPU time; the departures must agree to the bit.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from knockdown.documents.line_bench import LineBenchReport, LineBenchRow
from knockdown.simulating.line import events, gradient, lanes
from knockdown.simulating.line.choose import choose
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.tables import Sums, cut
from knockdown.simulating.trials.drawn import drawn_for
from knockdown.simulating.trials.lines import N_STATIONS, reference_line

SEED = 2026
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """How long each run is, and how often."""

    peer_vehicles: int = 3_000
    vehicles: int = 4_000
    replications: int = 96
    long_vehicles: int = 100_000
    coupled_vehicles: int = 30_000
    design_points: int = 1_000
    rounds: int = 5


SHORT = Counts()
LONG = Counts(peer_vehicles=20_000, replications=320, long_vehicles=1_000_000, coupled_vehicles=200_000)


def table(long: bool, tell: Tell, counts: Counts | None = None) -> LineBenchReport:
    """Measure everything, one after the other.

    Parameters
    ----------
    long : bool
        Whether with the long counts.
    tell : callable
        Is told each row as it comes.
    counts : Counts, optional
        Other sizes.
    """
    chosen = counts or (LONG if long else SHORT)
    before, rows = _load(), []
    for row in _rows(chosen):
        tell(f"{'ok  ' if row.ok else 'FAIL'} {row.name}: {row.figure} ({row.target})")
        rows.append(row)
    return LineBenchReport(
        is_long=long, n_cores=os.cpu_count() or 1, load_before=before, load_after=_load(), rows=tuple(rows)
    )


def _load() -> float:
    return os.getloadavg()[0]


def _rows(counts: Counts) -> Iterator[LineBenchRow]:
    many, one = np.arange(counts.replications), np.zeros(1, dtype=np.int64)
    plain, coupled = reference_line(), reference_line(calendar=None, crews=2, rework=0.1)
    everything = reference_line(crews=1, rework=0.1)
    yield _beside("many replications", plain, lanes.play, many, counts.vehicles, counts, 1000)
    yield _beside(
        "many replications, lognormal",
        reference_line("lognormal"),
        lanes.play,
        many,
        counts.vehicles,
        counts,
        1000,
    )
    yield _beside("one long replication", plain, lanes.play, one, counts.long_vehicles, counts, 400)
    chosen = choose(coupled)
    name = f"two crews and rework ({chosen.name})"
    yield _beside(name, coupled, chosen.module.play, one, counts.coupled_vehicles, counts, 200)
    name = "one crew, rework, calendar (events)"
    yield _beside(name, everything, events.play, one, counts.coupled_vehicles, counts, 60)
    yield _gradients(plain, counts)
    yield _design_points(counts)
    yield _cold_start()


def cpu_seconds(call: Callable[[], Sums]) -> tuple[float, Sums]:
    """CPU time of a call, and what it returned."""
    began = time.process_time()
    found = call()
    return time.process_time() - began, found


def _beside(
    name: str,
    line: Line,
    play: Callable[..., Sums],
    replications: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    vehicles: int,
    counts: Counts,
    target: float,
) -> LineBenchRow:
    """Play a line here and in SimPy by turns: visits per CPU second, and whether the departures agree."""
    from knockdown.simulating.trials import simpy_line

    load, tables, few = _load(), cut(line), counts.peer_vehicles
    warmup = few // 10
    drawn = drawn_for(tables, SEED, 0, few)
    same = play(tables, SEED, replications[:1], few, warmup)
    play(tables, SEED, replications, 50, 5)
    ours, theirs, equal = [], [], True
    for _ in range(counts.rounds):
        began = time.process_time()
        told = simpy_line.play(tables, drawn, few, warmup)
        theirs.append(few * N_STATIONS / (time.process_time() - began))
        seconds, _ = cpu_seconds(lambda: play(tables, SEED, replications, vehicles, warmup))
        ours.append(vehicles * len(replications) * N_STATIONS / seconds)
        equal = equal and told.checksum == int(same.checksum[0])
    us, them = statistics.median(ours), statistics.median(theirs)
    departures = "equal" if equal else "DIFFER"
    ratio = us / them
    return LineBenchRow(
        name=name,
        figure=f"{ratio:,.0f} times SimPy: {us / 1e6:,.0f} million visits a CPU second",
        target=f"at least {target:,.0f} times, same departures",
        ok=equal and ratio >= target,
        value=ratio,
        peer=f"SimPy {them / 1e3:,.0f} thousand visits a CPU second, departures {departures}",
        load=load,
    )


def _gradients(line: Line, counts: Counts) -> LineBenchRow:
    """Cost of the gradient beside the run alone."""
    load, tables, some = _load(), cut(line), np.arange(min(32, counts.replications))
    gradient.play(tables, SEED, some, 50, 5)
    alone, both = [], []
    for _ in range(counts.rounds + 2):
        seconds, _ = cpu_seconds(lambda: lanes.play(tables, SEED, some, counts.vehicles, 0))
        alone.append(seconds)
        seconds, _ = cpu_seconds(lambda: gradient.play(tables, SEED, some, counts.vehicles, 0)[0])
        both.append(seconds)
    ratio = statistics.median(both) / statistics.median(alone)
    figure = f"{ratio:.2f} times a run, for all {N_STATIONS} stations"
    target = "at most 1.5 times a run"
    return LineBenchRow(
        name="gradient", figure=figure, target=target, ok=ratio <= 1.5, value=ratio, peer=None, load=load
    )


def _started(code: str) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a new process."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    seconds, after = time.perf_counter() - began, os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, busy


def _design_points(counts: Counts) -> LineBenchRow:
    """Design points with replications and intervals, start of the process included."""
    load, n = _load(), counts.design_points
    code = f"from knockdown.simulating.trials.sweep import sweep; sweep({n})"
    _started("from knockdown.simulating.trials.sweep import sweep; sweep(2)")
    seconds, busy = _started(code)
    target = 5.0 * n / 1000
    return LineBenchRow(
        name=f"{n:,} design points x 20 replications x 1,000 vehicles x {N_STATIONS} stations",
        figure=f"{seconds:.1f} s ({busy:.1f} CPU seconds), start included",
        target=f"under {target:g} s on two cores",
        ok=seconds <= target,
        value=seconds,
        peer=None,
        load=load,
    )


def _cold_start() -> LineBenchRow:
    """First answer of a new process with compiled kernels in the cache."""
    load = _load()
    code = "from knockdown.simulating.trials.sweep import first_answer; first_answer()"
    found = sorted(_started(code) for _ in range(4))[0]
    return LineBenchRow(
        name="first answer of a new process",
        figure=f"{found[0]:.2f} s ({found[1]:.2f} CPU seconds), kernels cached",
        target="under 2 s",
        ok=found[0] <= 2.0,
        value=found[0],
        peer=None,
        load=load,
    )
