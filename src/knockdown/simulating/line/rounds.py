"""Rounds of replications: played in shares on threads, and added to what was played before."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knockdown.simulating.line.choose import Choice, EngineName
from knockdown.simulating.line.estimate import Floats
from knockdown.simulating.line.model import Line
from knockdown.simulating.line.tables import Tables, cut
from knockdown.simulating.line.threads import play_shares

# Visits in a share, about a second's work or less; and replications that an engine plays side by side.
SHARE_VISITS: dict[EngineName, int] = {"lanes": 40_000_000, "fixed-point": 10_000_000, "events": 3_000_000}
SIDE_BY_SIDE: dict[EngineName, int] = {"lanes": 16, "fixed-point": 1, "events": 1}
HISTOGRAM_GROUPS = 128


@dataclass
class Played:
    """Sums of the replications played so far, a row each; histograms of sojourns in at most 128 groups."""

    sums: dict[str, Floats] = field(default_factory=dict)
    sojourns: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    checksums: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    visits: int = 0

    @property
    def replications(self) -> int:
        """How many were played."""
        return len(self.checksums)

    @property
    def checksum(self) -> str:
        """Digest of every departure of every replication."""
        return hashlib.blake2b(self.checksums.astype("<u8").tobytes(), digest_size=8).hexdigest()

    def add(self, sums: Any) -> None:
        """Add the rows of an engine's `Sums`."""
        found = sums._asdict()
        histograms, checksums = found.pop("sojourns"), found.pop("checksum")
        self._add_histograms(histograms)
        self.checksums = np.concatenate([self.checksums, checksums])
        found["runs"] = np.ones(len(checksums))
        for name, values in found.items():
            more = np.asarray(values, np.float64)
            self.sums[name] = np.concatenate([self.sums[name], more]) if name in self.sums else more

    def _add_histograms(self, rows: NDArray[np.int64]) -> None:
        if rows.shape[1] == 0:
            return
        if self.sojourns.shape[1] == 0:
            self.sojourns = np.zeros((HISTOGRAM_GROUPS, rows.shape[1]), np.int64)
        for i, row in enumerate(rows, start=self.replications):
            self.sojourns[i % HISTOGRAM_GROUPS] += row


@dataclass(frozen=True)
class Player:
    """A line with its engine, ready to be played."""

    line: Line
    choice: Choice
    tables: Tables
    seed: int
    threads: int | None = None
    until: float | None = None

    @classmethod
    def of(cls, line: Line, choice: Choice, seed: int, threads: int | None, until: float | None) -> Player:
        """Cut the line into tables."""
        return cls(line, choice, cut(line), seed, threads, until)

    @property
    def stations(self) -> int:
        """Stations and feeders that each vehicle, or its part, visits."""
        return self.tables.n_stations + self.tables.n_feeders

    def late(self) -> bool:
        """Whether the time allowed is over."""
        return self.until is not None and time.monotonic() > self.until

    def play(
        self,
        numbers: Iterable[int],
        vehicles: int,
        warmup: int,
        heard: Callable[[float], None] | None = None,
        into: Played | None = None,
    ) -> Played:
        """Play replications by number; fewer when the time allowed ends."""
        shares = self._shares(np.array(list(numbers), np.int64), vehicles)
        played = Played() if into is None else into

        def one(share: NDArray[np.int64]) -> Any:
            return self.choice.module.play(self.tables, self.seed, share, vehicles, warmup)

        def told(done: int) -> None:
            if heard is not None:
                heard(done / len(shares))

        for sums in play_shares(one, shares, self.threads, self.until, told):
            before = played.replications
            played.add(sums)
            played.visits += (played.replications - before) * vehicles * self.stations
        return played

    def _shares(self, numbers: NDArray[np.int64], vehicles: int) -> list[NDArray[np.int64]]:
        """Groups of replications of about a second's work, and enough of them for the threads."""
        side = SIDE_BY_SIDE[self.choice.name]
        fit = SHARE_VISITS[self.choice.name] // max(1, vehicles * self.stations)
        size = side * max(1, fit // side, math.ceil(2 / side))
        size = min(size, side * max(1, math.ceil(len(numbers) / 4 / side)))
        return [numbers[i : i + size] for i in range(0, len(numbers), size)]
