"""One point of a line: what each of its replications adds up."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from knockdown.simulating.line.choose import choose
from knockdown.simulating.line.estimate import Floats
from knockdown.simulating.line.figures import growing_queue, nothing_varies
from knockdown.simulating.line.identity import key_of
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.options import LineOptions
from knockdown.simulating.line.rounds import Player
from knockdown.simulating.line.size import size_of

COUNTED_PER_WARMUP, LEAST_WARMUP = 10, 500
_SETTLING = 10**9
_OF_A_STATION = re.compile(r"_\d+$")


def play(line: Line, seed: int, first: int, last: int, vehicles: int, warmup: int) -> dict[str, Floats]:
    """Sums of replications `first` to `last` (excluded), played on random numbers that all lines share."""
    player = Player.of(line, choose(line), key_of(line, seed, common=True), 1, None)
    return player.play(range(first, last), line.vehicles or vehicles, 0 if line.vehicles else warmup).sums


def warmup_of(line: Line, seed: int) -> int:
    """Vehicles to leave out at the start, by a pilot."""
    if line.vehicles is not None or nothing_varies(line) or growing_queue(line) is not None:
        return LEAST_WARMUP
    player = Player.of(line, choose(line), key_of(line, seed, common=True), None, None)
    return size_of(player, LineOptions(replications=2, vehicles=_SETTLING)).warmup


def growing(lines: Iterable[Line]) -> bool:
    """Whether some line has no steady state."""
    return any(line.vehicles is None and growing_queue(line) is not None for line in lines)


def headline(name: str) -> bool:
    """Whether a figure is of the line as a whole, not of one station.

    >>> headline("throughput"), headline("blocked_3")
    (True, False)
    """
    return _OF_A_STATION.search(name) is None


def as_floats(sums: dict[str, Floats]) -> dict[str, Floats]:
    """Sums as they are stored."""
    return {name: np.ascontiguousarray(values, np.float64) for name, values in sums.items()}
