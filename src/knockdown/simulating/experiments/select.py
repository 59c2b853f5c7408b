"""Which of several systems is best, found with few replications: the procedure KN.

All systems are played side by side; one that can no longer be the best by more than chance drops out. The
systems may share their random numbers, which makes their differences narrower and the race shorter.

Source: Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation", ACM
Transactions on Modeling and Computer Simulation 11 (2001) 251-273, with c = 1. Looking only every few
replications keeps its promise: whoever looks less often sees fewer chances to err.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knockdown.simulating.line.estimate import Floats


@dataclass(frozen=True, slots=True)
class Race:
    """What is promised: the best is kept with `confidence` if it leads by `delta` or more.

    `spread` has the variance of the difference of each two systems over the first `n_first` replications.
    """

    delta: float
    confidence: float
    n_first: int
    spread: Mapping[tuple[int, int], float]
    n_systems: int

    @property
    def h2(self) -> float:
        """Constant of the procedure.

        >>> round(Race(1.0, 0.95, 10, {}, 2).h2, 3)
        6.013
        """
        return h_squared(self.confidence, self.n_first, self.n_systems)

    def reach(self, i: int, other: int, n: int) -> float:
        """How far the mean of `i` may lie behind that of `other` after `n` replications."""
        spread = self.spread[min(i, other), max(i, other)]
        if spread <= 0.0:
            return 0.0
        if self.delta <= 0.0:
            return math.inf
        return max(0.0, (self.h2 * spread / self.delta - self.delta * n) / (2.0 * n))

    def without_dropping_out(self) -> int | None:
        """Replications of all systems that the rule may need, had none dropped out; None: without end."""
        total = 0
        for i in {name for pair in self.spread for name in pair}:
            widest = max(spread for pair, spread in self.spread.items() if i in pair)
            if widest > 0.0 and self.delta <= 0.0:
                return None
            needed = self.h2 * widest / self.delta**2 if widest > 0.0 else 0.0
            total += max(self.n_first, math.floor(needed) + 1)
        return total


def h_squared(confidence: float, n_first: int, n_systems: int) -> float:
    """Constant of KN for a first stage of `n_first` replications.

    >>> h_squared(0.95, 10, 2) < h_squared(0.95, 10, 20)
    True
    """
    if n_systems < 2:
        return 0.0
    chance = 2.0 * (1.0 - confidence) / (n_systems - 1)
    return float((chance ** (-2.0 / (n_first - 1)) - 1.0) * (n_first - 1))


def start(values: Mapping[int, Floats], delta: float, confidence: float) -> Race:
    """A race from the first stage of every system.

    Parameters
    ----------
    values : mapping of int to array
        One value a replication for each system; all equally many, 2 or more.
    delta : float
        The indifference zone.
    confidence : float
        0.5 to 1, both excluded.
    """
    systems = sorted(values)
    spread = {
        (i, j): float((values[i] - values[j]).var(ddof=1))
        for place, i in enumerate(systems)
        for j in systems[place + 1 :]
    }
    return Race(delta, confidence, len(next(iter(values.values()))), spread, len(systems))


def screened(race: Race, values: Mapping[int, Floats]) -> list[int]:
    """Systems that are still in the race; larger values are better.

    Examples
    --------
    >>> rows = {0: np.array([1.0, 2.0, 3.0]), 1: np.array([11.0, 12.5, 13.0])}
    >>> screened(start(rows, 1.0, 0.95), rows)
    [1]
    """
    means = {i: float(each.mean()) for i, each in values.items()}
    n = len(next(iter(values.values())))
    return [i for i in sorted(means) if not _beaten(race, means, i, n)]


def _beaten(race: Race, means: Mapping[int, float], i: int, n: int) -> bool:
    return any(means[i] < means[j] - race.reach(i, j, n) for j in means if j != i)


def over(race: Race, alive: Sequence[int], n: int) -> bool:
    """Whether nothing more has to be played: one is left, or those left are as good as equal."""
    pairs = [(i, j) for place, i in enumerate(alive) for j in alive[place + 1 :]]
    return all(race.reach(i, j, n) == 0.0 for i, j in pairs)


def best_of(values: Mapping[int, Floats], alive: Sequence[int]) -> int:
    """The system with the largest mean, the first of equals.

    >>> best_of({0: np.array([1.0]), 1: np.array([2.0])}, [0, 1])
    1
    """
    return min(alive, key=lambda i: (-float(np.mean(values[i])), i))


@dataclass(frozen=True, slots=True)
class Ended:
    """The systems still in the race, whether the rule ended it, and after how many replications."""

    race: Race
    alive: tuple[int, ...]
    decided: bool
    selected: int | None
    replications: int


def run(
    play: Callable[[Sequence[int], int], Mapping[int, Floats]],
    systems: Sequence[int],
    delta: Callable[[Mapping[int, Floats]], float],
    confidence: float,
    n_first: int,
    look_every: int,
    most: int,
) -> Ended:
    """Race systems until one is left, those left are as good as equal, or `most` replications are played.

    Parameters
    ----------
    play : function
        Given systems and a number n, the values of their first n replications; larger is better.
    systems : sequence of int
    delta : function
        The indifference zone, given the first stage.
    confidence, n_first, look_every, most
        Of `Race`; replications between two looks; and where to give up.
    """
    n, alive = n_first, list(systems)
    values = play(alive, n)
    race = start(values, delta(values), confidence)
    while True:
        alive = screened(race, {i: values[i] for i in alive})
        decided = over(race, alive, n)
        if decided or n >= most:
            break
        n = min(most, n + look_every)
        values = play(alive, n)
    best = best_of(values, alive) if decided else None
    return Ended(race, tuple(alive), decided, best, n)
