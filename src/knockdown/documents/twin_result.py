"""What could happen: the plan played many times with lateness, faults and absence."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper


class Fan(Paper):
    """Quantiles of one figure in one period over the replications."""

    period: str
    group: str = Field(description="family id, or `all`")
    planned: float
    p10: float
    p50: float
    p90: float
    mean: float
    half_width: float = Field(description="of the 95 % confidence interval of the mean")


class StationLoss(Paper):
    """Where a station's time went, shares of its line's working time; they sum to 1."""

    line: str
    station: str
    name: str
    working: float
    slow: float = Field(description="extra time because people were absent")
    down: float
    rework: float
    blocked: float
    starved: float = Field(
        description="waiting for the station before; at the first station: nothing to start"
    )
    kit: float = Field(description="waiting at the line's entry for a complete kit")
    half_width: float = Field(description="of the 95 % interval of `working`, in shares")
    availability: float | None = Field(None, description="ISO 22400: production time over planned busy time")
    effectiveness: float | None = Field(
        None, description="ISO 22400: production time at the pace of staffing over production time"
    )
    quality_ratio: float | None = Field(
        None, description="ISO 22400, by time: first-time work over first-time work and rework"
    )
    oee: float | None = Field(
        None, description="ISO 22400 OEE index: availability x effectiveness x quality ratio"
    )


class Cause(Paper):
    """Vehicle-days late by cause, mean over replications."""

    cause: str = Field(
        description="kit late, part missing, damage, breakdown, absence, rework, station times, capacity"
    )
    days: float
    half_width: float


class TwinResult(Document):
    """`knockdown.simulate.plant/1`."""

    schema_: Literal["knockdown.simulate.plant/1"] = Field("knockdown.simulate.plant/1", alias="schema")
    plant: str
    replications: int
    seed: int
    seconds: float
    checksum: str = Field(description="digest of every departure time; same seed, same checksum")
    periods: tuple[str, ...]
    built: tuple[Fan, ...]
    finished_stock: tuple[Fan, ...]
    sold: tuple[Fan, ...]
    overtime_h: tuple[Fan, ...]
    stations: tuple[StationLoss, ...]
    causes: tuple[Cause, ...]
    kits_late_share: float = Field(description="kits that arrive after the day the plan counts on")
    units_late_share: float = Field(description="units that leave after the period the plan counts them in")
    year_total: Fan = Field(description="units built in the first twelve periods (or all, when fewer)")
