"""The simulator's question, frozen: what is built in which order, from which kits, by whom, for whom.

`scenario.from_plant` cuts it from a plant description and a master plan. Series have one value a period,
and one more for all time after the horizon where said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from knockdown.basics.periods import Period


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of a simulation that are not in the plant description.

    Parameters
    ----------
    overtime_behind_units : int or None
        A line works overtime in a period that it enters more than so many units behind plan; None: as many
        as it has places.
    campaign_wait_days : float
        A unit whose kit is late waits for the next campaign of its family when that begins within so many
        days of the kit being complete; otherwise it ends the campaign that is running, with a changeover.
    """

    overtime_behind_units: int | None = None
    campaign_wait_days: float = 31.0


@dataclass(frozen=True, slots=True)
class StationSpec:
    """A station. Times in minutes, shares of 1; `supply` and `heads` per period and for the time after."""

    id: str
    name: str
    places: int
    people: float
    buffer_after: int
    time_cv: float
    down_share: float
    repair_min: float
    rework_share: float
    rework_min: float
    supply: tuple[float, ...]
    heads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LineSpec:
    """A line, shop or bay. `overtime_min` is the daily window planned, `overtime_most_min` the longest."""

    id: str
    name: str
    kind: str
    then: str | None
    wip_max: int
    stations: tuple[StationSpec, ...]
    present_share: float
    overtime_min: tuple[float, ...]
    overtime_most_min: float
    behind_units: int
    first_family: str | None
    paced: bool = False


@dataclass(frozen=True, slots=True)
class FamilySpec:
    """A family: line hours of a changeover to it, and whether its units are only built into others."""

    id: str
    changeover_min: float
    component: bool


@dataclass(frozen=True, slots=True)
class LotSpec:
    """Kits that arrive together. Days count from the start of the plan.

    The lot arrives at `from_day` plus a triangular time; `planned_day` is when the plan counts on it.
    """

    name: str
    variant: str
    kits: int
    planned_day: float
    from_day: float
    low_days: float
    typical_days: float
    high_days: float
    missing_share: float
    damage_share: float
    replace_days: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """A unit to build, in planned order of its line; `hours_factor` is labour, learning, work left."""

    name: str
    variant: str
    family: str
    line: str
    period: int
    lot: int | None
    hours_factor: float
    in_work: bool


@dataclass(frozen=True, slots=True)
class Selling:
    """Planned sales of built units to one demand, units per period by variant."""

    demand: str
    variant: str
    units: tuple[int, ...]
    spread_share: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a simulated year needs, cut from the plant and the plan.

    `minutes` are written station minutes of a unit by family and station: person-minutes over people.
    """

    plant: str
    start: date
    periods: tuple[Period, ...]
    workdays: tuple[date, ...]
    windows_min: tuple[tuple[int, int], ...]
    lines: tuple[LineSpec, ...]
    families: tuple[FamilySpec, ...]
    variants: Mapping[str, str]
    needs: Mapping[str, tuple[tuple[str, int], ...]]
    minutes: Mapping[tuple[str, str], float]
    units: tuple[UnitSpec, ...]
    lots: tuple[LotSpec, ...]
    opening_finished: Mapping[str, int]
    sales: tuple[Selling, ...]
    planned_stock: Mapping[tuple[str, int], int]
    planned_overtime_h: tuple[float, ...]
    options: Options

    @property
    def n_periods(self) -> int:
        """Periods of the plan."""
        return len(self.periods)
