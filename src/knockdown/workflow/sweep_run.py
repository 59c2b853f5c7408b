"""Plays the points of a sweep, stage by stage, and keeps what was played.

What is played next depends on figures alone, never on which job was done first; so the answer is the same on
every engine, with any number of workers, and after any number of interruptions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.experiments import select
from knockdown.simulating.experiments.compare import values_of
from knockdown.simulating.line.estimate import Floats
from knockdown.workflow.progress import Step, Tell
from knockdown.workflow.sweep_engines import Play
from knockdown.workflow.sweep_options import FIRST_STAGE, LOOK_EVERY, SweepOptions, zone_of
from knockdown.workflow.sweep_store import Store
from knockdown.workflow.sweep_subject import Done, Job, Subject, Values
from knockdown.workflow.sweep_vary import near


@dataclass
class Found:
    """What is known of a point so far."""

    values: Values
    sums: dict[str, Floats] = field(default_factory=dict)
    unfit: str = ""

    @property
    def replications(self) -> int:
        """How many were played."""
        return min((len(rows) for rows in self.sums.values()), default=0)

    def add(self, sums: dict[str, Floats]) -> None:
        """Add the next replications."""
        self.sums = {k: np.concatenate([self.sums[k], v]) if self.sums else v for k, v in sums.items()}


@dataclass
class Outcome:
    """Every point, and how the race for the best went; points count from 0 here."""

    points: list[Found]
    race: select.Race | None = None
    alive: tuple[int, ...] = ()
    decided: bool = False
    selected: int | None = None
    kept: int = 0


class Runner:
    """Plays jobs that the store does not have."""

    def __init__(
        self, subject: Subject, points: Sequence[Values], play: Play, store: Store, tell: Tell
    ) -> None:
        self.subject, self.play, self.store, self.tell = subject, play, store, tell
        self.found = [Found(values) for values in points]
        self.kept = 0
        self.lock = threading.Lock()

    def stage(self, points: Sequence[int], first: int, last: int, stage: str) -> None:
        """Play replications `first` to `last` (excluded) of some points."""
        jobs = [Job(i, self.found[i].values, first, last) for i in points]
        paths = {job: self.store.path(self.subject, job) for job in jobs}
        results = {job: kept for job in jobs if (kept := self.store.kept(paths[job])) is not None}
        self.kept += len(results)
        began, before = time.monotonic(), len(results)
        self.tell(Step(stage, len(results) / max(1, len(jobs))))

        def heard(job: Job, done: Done) -> None:
            self.store.keep(paths[job], done)
            with self.lock:
                results[job] = done
                used_s = time.monotonic() - began
                left_s = used_s / (len(results) - before) * (len(jobs) - len(results))
                self.tell(Step(stage, len(results) / len(jobs), left_s))

        wanted = [job for job in jobs if job not in results]
        if wanted:
            self.play(wanted, heard)
        for job in jobs:
            done = results[job]
            if done.unfit:
                self.found[job.point].unfit = done.unfit
            else:
                self.found[job.point].add(done.sums)

    def fit(self) -> list[int]:
        """Points that can be played."""
        return [i for i, each in enumerate(self.found) if not each.unfit]

    def figure(self, i: int, name: str) -> Floats:
        """One figure of a point, one value a replication.

        Raises
        ------
        BadInput
            When there is no such figure.
        """
        found = values_of(self.found[i].sums, self.subject.figures(self.found[i].values))
        if name not in found:
            raise BadInput([_no_figure(name, found)])
        return found[name]


def play_all(runner: Runner, options: SweepOptions) -> Outcome:
    """Every point as often as asked."""
    everything = range(len(runner.found))
    stage = f"sweeping {len(runner.found)} points of {runner.subject.name}"
    runner.stage(everything, 0, options.most, stage)
    for i in runner.fit()[:1]:
        runner.figure(i, options.figure[0])
    return Outcome(runner.found, kept=runner.kept)


def race(runner: Runner, options: SweepOptions) -> Outcome:
    """Every point for a first stage; then those that can still be the best, until one is left."""
    name, direction = options.figure
    sign, count = 1.0 if direction == "highest" else -1.0, len(runner.found)
    first = f"sweeping {count} points of {runner.subject.name}"
    runner.stage(range(count), 0, FIRST_STAGE, first)
    fit = runner.fit()
    if not fit:
        return Outcome(runner.found, kept=runner.kept)

    def play(points: Sequence[int], upto: int) -> dict[int, Floats]:
        before = runner.found[points[0]].replications
        if upto > before:
            runner.stage(points, before, upto, f"sweeping: {len(points)} of {count} points left")
        return {i: sign * runner.figure(i, name) for i in points}

    def delta(values: Mapping[int, Floats]) -> float:
        return _delta(options, values)

    ended = select.run(play, fit, delta, options.confidence, FIRST_STAGE, LOOK_EVERY, options.most)
    return Outcome(runner.found, ended.race, ended.alive, ended.decided, ended.selected, runner.kept)


def _delta(options: SweepOptions, values: Mapping[int, Floats]) -> float:
    size, relative = zone_of(options.within or "1%")
    best = max(values.values(), key=lambda each: float(each.mean()))
    return size * abs(float(best.mean())) if relative else size


def _no_figure(name: str, known: dict[str, Floats]) -> Fault:
    return Fault("--best", None, None, name, "is not a figure of this sweep", near(name, known))
