"""Simulates a line: how much to play, the rounds, and the document.

A pilot on replications of its own says how long the warm-up is and how many vehicles a replication needs.
The main rounds begin afresh, so that what was decided does not depend on what is then counted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from knockdown import __version__
from knockdown.documents.line_result import Bottleneck, Estimate, Gain, LineResult
from knockdown.documents.paper import Provenance
from knockdown.simulating.line.bottleneck import bottleneck_of
from knockdown.simulating.line.choose import choose
from knockdown.simulating.line.estimate import estimate, estimates, quantile
from knockdown.simulating.line.figures import figures, nothing_varies, throughput_limit
from knockdown.simulating.line.gains import gains_of
from knockdown.simulating.line.identity import digest_of, key_of
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.options import LineOptions
from knockdown.simulating.line.rounds import Played, Player
from knockdown.simulating.line.size import (
    BATCHES,
    MORE_FOR_A_HALF_WIDTH,
    MORE_THAN_PLANNED,
    PLANNED_VISITS,
    Size,
    size_of,
)
from knockdown.simulating.line.tables import sojourn_bounds

Stopped = Literal["done", "half-width", "visits", "seconds"]
Progress = Callable[[float], None]
ROUND = 32


def simulate(
    line: Line, options: LineOptions | None = None, name: str = "line", progress: Progress | None = None
) -> LineResult:
    """Simulate a line.

    Parameters
    ----------
    line : Line
    options : LineOptions, optional
        Within their ranges (`refuse_options`).
    name : str
        Name of the file, for the document.
    progress : callable, optional
        Called with the share done, 0 to 1.

    Returns
    -------
    LineResult

    Raises
    ------
    BadInput
        When no engine can play the line, or the options do not go with it.
    """
    began = time.monotonic()
    options = options or LineOptions()
    choice = choose(line, options.engine)
    until = None if options.seconds is None else began + options.seconds
    player = Player.of(line, choice, key_of(line, options.seed, options.common), options.threads, until)
    size = size_of(player, options)
    hear = progress or (lambda share: None)
    tell = _part(hear, 0, 1, 2) if options.gains else hear
    single = size.replications == 1 and not size.more and not nothing_varies(line)
    batches = BATCHES if single and line.vehicles is None and size.vehicles - size.warmup >= BATCHES else 0
    played, stopped = (
        _batches(player, size, batches, tell) if batches else _rounds(player, size, options, tell)
    )
    limit, gains, more_notes = _limits(player, size, options, _part(hear, 1, 2, 2))
    return LineResult(
        line=name,
        kind="line",
        metrics=_metrics(player, played),
        replications=1 if batches else played.replications,
        batches=batches,
        vehicles=size.vehicles,
        warmup=size.warmup,
        visits=played.visits,
        engine=choice.name,
        why=choice.why,
        seed=options.seed,
        seconds=time.monotonic() - began,
        stopped=stopped,
        checksum=played.checksum,
        notes=(*size.notes, *_notes(line, size, batches), *more_notes),
        bottleneck=limit,
        gains=gains,
        provenance=Provenance(
            version=__version__,
            input_digest=digest_of(line),
            options={
                "replications": options.replications,
                "vehicles": options.vehicles,
                "warmup": options.warmup,
                "half_width": options.half_width,
                "engine": options.engine,
                "common": options.common,
                "gains": options.gains,
            },
            seed=options.seed,
        ),
    )


def _limits(
    player: Player, size: Size, options: LineOptions, tell: Progress
) -> tuple[Bottleneck | None, tuple[Gain, ...], tuple[str, ...]]:
    """What limits the line, what would help when that is asked for, and notes."""
    if player.late():
        return None, (), ("No time was left to look for what limits the line.",)
    limit = bottleneck_of(player, size)
    gains, notes = gains_of(player, size, options, limit, tell) if options.gains else ((), ())
    return limit, gains, notes


def _rounds(player: Player, size: Size, options: LineOptions, tell: Progress) -> tuple[Played, Stopped]:
    """Replications until the throughput is known well enough, or a limit is met."""
    played = Played()
    wanted = size.replications
    while True:
        done = played.replications
        player.play(
            range(done, wanted), size.vehicles, size.warmup, _part(tell, done, wanted, wanted), played
        )
        if played.replications < wanted or player.late():
            return played, "seconds" if played.replications < wanted or size.more else "done"
        relative = _relative_se(player, played) if size.more else 0.0
        if relative <= size.se:
            return played, "done" if options.half_width is None else "half-width"
        most = _most_replications(player, size, options)
        if wanted >= most:
            return played, "visits"
        enough = math.ceil(wanted * max(1.1, (relative / size.se) ** 2) / ROUND) * ROUND
        wanted = min(most, enough, 4 * wanted)


def _part(tell: Progress, begin: int, end: int, whole: int) -> Progress:
    """Progress of the part of a whole from `begin` to `end`."""
    return lambda share: tell((begin + share * (end - begin)) / whole)


def _most_replications(player: Player, size: Size, options: LineOptions) -> int:
    if options.replications is not None:
        return options.replications
    times = MORE_THAN_PLANNED if options.half_width is None else MORE_FOR_A_HALF_WIDTH
    visits = times * PLANNED_VISITS[player.choice.name]
    return max(size.replications, int(visits / (size.vehicles * player.stations)))


def _relative_se(player: Player, played: Played) -> float:
    found = estimates(played.sums, lambda sums: figures(player.line, sums))["throughput"]
    return found.se / found.mean


def _batches(player: Player, size: Size, batches: int, tell: Progress) -> tuple[Played, Stopped]:
    """One replication cut into batches of vehicles, each of which stands for a replication.

    An engine keeps no batches, so it plays the first 1, 2, ... of them; what the last one added is the batch.
    """
    counted = (size.vehicles - size.warmup) // batches
    whole, before = Played(), None
    for b in range(1, batches + 1):
        last = size.vehicles if b == batches else size.warmup + b * counted
        one = player.play([0], last, size.warmup)
        step = one.sums if before is None else {k: v - before.sums[k] for k, v in one.sums.items()}
        whole.sums = {k: np.concatenate([whole.sums[k], v]) if whole.sums else v for k, v in step.items()}
        before = one
        tell(b * (b + 1) / (batches * (batches + 1)))
        if player.late() and b < batches:
            break
    assert before is not None
    whole.checksums, whole.sojourns, whole.visits = before.checksums, before.sojourns, before.visits
    return whole, "done" if b == batches else "seconds"


def _metrics(player: Player, played: Played) -> dict[str, Estimate]:
    line = player.line
    found = estimates(played.sums, lambda sums: figures(line, sums))
    limit = throughput_limit(line)
    if math.isfinite(limit):
        found["throughput_limit"] = estimate(limit, 0.0, 1)
    if played.sojourns.shape[1]:
        found["p95_sojourn"] = _p95(player, played)
    return found


def _p95(player: Player, played: Played) -> Estimate:
    rows = played.sojourns[played.sojourns.sum(axis=1) > 0].astype(np.float64)
    edges = sojourn_bounds(player.tables)

    def p95(sums: Any) -> dict[str, Any]:
        return {"p95": quantile(sums["counts"], edges, 0.95)}

    return estimates({"counts": rows}, p95)["p95"]


def _notes(line: Line, size: Size, batches: int) -> list[str]:
    found = []
    if batches:
        found.append(f"Errors are those of {batches} batch means of one replication.")
    elif size.replications == 1 and not nothing_varies(line):
        found.append("One replication, too short for batches, has no error: give --replications 2 or more.")
    return found
