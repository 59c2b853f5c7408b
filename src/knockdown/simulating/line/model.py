"""A line, frozen: stations in series, what arrives, what breaks, what is done again.

This is the content of a line file (`knockdown.line/1`). Times are in one unit of the reader's choice, rates
per that unit; stations count from 0 here and from 1 in files and answers. Semantics are written down in
docs/line-files.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

INFINITE = math.inf
"""A buffer without a limit."""


@dataclass(frozen=True, slots=True)
class Service:
    """A distribution of times: its name in a line file, and its numbers by the names used there.

    >>> Service("lognormal", {"mean": 60.0, "cv": 0.3}).mean
    60.0
    """

    dist: str
    numbers: dict[str, float]
    sample: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        """Mean, in the unit of the line."""
        from knockdown.simulating.line.distributions import mean_of

        return mean_of(self)


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """Exponential up-times and repairs. `odf`: the clock runs while the station works; `tdf`: always."""

    mode: Literal["odf", "tdf"]
    mttf: float
    mttr: float


@dataclass(frozen=True, slots=True)
class Station:
    """`places` parallel places that share a queue; one `Service` for each variant of the line."""

    places: int
    service: tuple[Service, ...]
    breakdowns: Breakdowns | None = None


@dataclass(frozen=True, slots=True)
class Feeder:
    """A saturated station whose parts wait in `buffer` for station 1."""

    buffer: float
    station: Station


@dataclass(frozen=True, slots=True)
class Rework:
    """After station `after` a vehicle fails with `p_fail` and comes back before station `returns_to`."""

    after: int
    p_fail: float
    returns_to: int
    station: Station


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`saturated`, `poisson` (lots of `lot_size` at `rate`) or `closed` (`wip` vehicles go round)."""

    process: Literal["saturated", "poisson", "closed"]
    rate: float = 0.0
    lot_size: int = 1
    wip: int = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Shifts `(from, to)` within a period that repeats; outside of them work stops and resumes."""

    period: float
    shifts: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The whole line. `buffers[j]` waiting places between stations j and j+1; `vehicles` ends the run."""

    stations: tuple[Station, ...]
    buffers: tuple[float, ...]
    variants: tuple[tuple[str, float], ...] = (("A", 1.0),)
    arrivals: Arrivals = Arrivals("saturated")
    entry_buffer: float = INFINITE
    repair_crews: int | None = None
    rework: Rework | None = None
    feeders: tuple[Feeder, ...] = ()
    calendar: Calendar | None = None
    vehicles: int | None = None
