"""Options of a sweep, in their ranges; and which way a figure is better."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knockdown.basics.faults import BadInput, Fault
from knockdown.workflow.sweep_engines import refuse_engine
from knockdown.workflow.sweep_vary import MOST_POINTS

REPLICATIONS, RACE_REPLICATIONS = 32, 1_024
FIRST_STAGE, LOOK_EVERY = 16, 16
_HIGHER = re.compile(
    r"(throughput\w*|sold|availability|prob_all_up|prob_\w*complete|working_\w+|utilisation\w*|\w*_utilisation)"
)
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(?:[eE]-?\d+)?")
Direction = Literal["highest", "lowest"]


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """How much to play, and what to look for."""

    replications: int | None = None
    vehicles: int | None = None
    warmup: int | None = None
    best: str | None = None
    within: str | None = None
    confidence: float = 0.95
    metrics: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 1
    on: str = "local"
    workers: int | None = None

    @property
    def most(self) -> int:
        """Replications of a point at most."""
        return self.replications or (REPLICATIONS if self.best is None else RACE_REPLICATIONS)

    @property
    def figure(self) -> tuple[str, Direction]:
        """The figure by which points are ranked, and which way it is better."""
        return figure_of(self.best or "throughput")


def figure_of(text: str) -> tuple[str, Direction]:
    """A figure's name, and whether more or less of it is better.

    >>> figure_of("throughput"), figure_of("lead_time"), figure_of("max:wip")
    (('throughput', 'highest'), ('lead_time', 'lowest'), ('wip', 'highest'))
    """
    way, sign, name = text.partition(":")
    if sign and way in ("max", "min"):
        return name, "highest" if way == "max" else "lowest"
    return text, "highest" if _HIGHER.fullmatch(text) else "lowest"


def zone_of(text: str) -> tuple[float, bool]:
    """An indifference zone, and whether it is relative.

    >>> zone_of("1%"), zone_of("0.5")
    ((0.01, True), (0.5, False))
    """
    number = text.strip().removesuffix("%").strip()
    if not _NUMBER.fullmatch(number) or not 0.0 < float(number) < 1e15:
        raise ValueError(text)
    relative = text.strip().endswith("%")
    return (float(number) / 100 if relative else float(number)), relative


def refuse_options(options: SweepOptions) -> None:
    """Raise BadInput with every option that is out of its range, or does not go with the others."""
    faults = [*_ranges(options), *_race(options), *refuse_engine(options.on, options.workers)]
    if faults:
        raise BadInput(faults)


def _ranges(options: SweepOptions) -> Iterator[Fault]:
    ranges = (
        ("--replications", options.replications, 2, 100_000, "a whole number from 2 to 100000"),
        ("--vehicles", options.vehicles, 1, 10**8, "a whole number from 1 to 100000000"),
        ("--warmup", options.warmup, 0, 10**8, "auto, or a whole number from 0"),
        ("--sample", options.sample, 1, MOST_POINTS, f"a whole number from 1 to {MOST_POINTS}"),
        ("--seed", options.seed, 0, 2**63 - 1, "a whole number from 0 to 9223372036854775807"),
        ("--confidence", options.confidence, 0.51, 0.9999, "a chance from 0.51 to 0.9999"),
    )
    for name, value, low, high, words in ranges:
        if value is not None and not low <= value <= high:
            yield Fault(name, None, None, str(value), "is out of range", f"write {words}")
    if None not in (options.vehicles, options.warmup) and (options.warmup or 0) >= (options.vehicles or 0):
        step = "give fewer than --vehicles"
        yield Fault("--warmup", None, None, str(options.warmup), "leaves no vehicle to count", step)


def _race(options: SweepOptions) -> Iterator[Fault]:
    if options.within is not None:
        try:
            zone_of(options.within)
        except ValueError:
            step = "write 1% of the best, or a number in the figure's unit"
            yield Fault("--within", None, None, options.within, "is no distance", step)
        if options.best is None:
            step = "add --best throughput, or leave it out"
            yield Fault("--within", None, None, options.within, "is for --best", step)
    if options.best is not None and options.replications is not None and options.most < FIRST_STAGE:
        step = f"give {FIRST_STAGE} or more"
        problem = "is less than the first stage of --best"
        yield Fault("--replications", None, None, str(options.replications), problem, step)
