"""How much of a line is played, and what the answer is to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.line.choose import ENGINES

MOST_REPLICATIONS = 1_000_000
MOST_VEHICLES = 1_000_000_000
MOST_SEED = 2**64 - 1


@dataclass(frozen=True, slots=True)
class LineOptions:
    """What may be asked for; None lets the line decide.

    Parameters
    ----------
    replications : int, optional
        How many; with `half_width` at most so many.
    vehicles : int, optional
        Vehicles a replication, the warm-up included.
    warmup : int, optional
        Of these, how many are not counted.
    half_width : float, optional
        Play until the 95 % interval of the throughput is this narrow, relative to the throughput.
    seconds : float, optional
        Start no new round after this time.
    engine : str
        `auto`, `lanes`, `fixed-point` or `events`.
    threads : int, optional
        At most so many; one a processor. The answer does not depend on it.
    seed : int
        0 to 2**64 - 1.
    common : bool
        The same random numbers for every line played with this seed, for comparisons in pairs. Without it
        they are keyed by the line too, so that the errors of two lines have nothing to do with one another.
    gains : bool
        Play changes of the line too, and say what each would give.
    """

    replications: int | None = None
    vehicles: int | None = None
    warmup: int | None = None
    half_width: float | None = None
    seconds: float | None = None
    engine: str = "auto"
    threads: int | None = None
    seed: int = 1
    common: bool = False
    gains: bool = False


def refuse_options(options: LineOptions) -> None:
    """Raise BadInput with every option that is out of its range."""
    faults = list(_faults(options))
    if faults:
        raise BadInput(faults)


def _faults(options: LineOptions) -> Iterator[Fault]:
    ranges = (
        ("--replications", options.replications, 1, MOST_REPLICATIONS, "a whole number from 1 to 1000000"),
        ("--vehicles", options.vehicles, 1, MOST_VEHICLES, "a whole number from 1 to 1000000000"),
        ("--warmup", options.warmup, 0, MOST_VEHICLES, "auto, or a whole number from 0"),
        ("--half-width", options.half_width, 1e-6, 0.5, "a part of the throughput such as 0.001"),
        ("--seconds", options.seconds, 0.1, 86_400, "0.1 to 86400 seconds"),
        ("--threads", options.threads, 1, 256, "a whole number from 1 to 256"),
        ("--seed", options.seed, 0, MOST_SEED, "a whole number from 0 to 18446744073709551615"),
    )
    for name, value, low, high, words in ranges:
        if value is not None and not low <= value <= high:
            yield Fault(name, None, None, str(value), "is out of range", f"write {words}")
    if options.engine not in ("auto", *ENGINES):
        step = f"use auto, {', '.join(ENGINES)}"
        yield Fault("--engine", None, None, options.engine, "is not an engine", step)
    if None not in (options.vehicles, options.warmup) and (options.warmup or 0) >= (options.vehicles or 0):
        problem = "leaves no vehicle to count"
        yield Fault("--warmup", None, None, str(options.warmup), problem, "give fewer than --vehicles")
