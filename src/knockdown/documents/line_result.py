"""What a line file gives when it is simulated: long-run figures with their errors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper


class Estimate(Paper):
    """A figure with its error."""

    mean: float
    se: float = Field(description="standard error of the mean; 0 when nothing random bears on it")
    ci95: tuple[float, float] = Field(description="95 % confidence interval, by Student's t")


class StationLimit(Paper):
    """How far a station limits the line, by two measures; shares of time."""

    station: str = Field(description="number of the station; feeder_1, ... and rework")
    critical_path: Estimate | None = Field(
        description="its work on the critical path, over the makespan; null where the path is not followed"
    )
    momentary: Estimate = Field(description="it is the place with the longest uninterrupted active period")
    sole: Estimate = Field(description="of momentary, the part in which the bottleneck does not shift")


class Bottleneck(Paper):
    """What limits the line."""

    stations: tuple[StationLimit, ...]
    off_path: Estimate | None = Field(
        description="of the makespan, what is no work on the critical path: repairs, nights, no arrivals"
    )
    no_critical_path: str | None = Field(description="why there are no shares of the critical path")
    path_vehicles: int = Field(description="vehicles a replication whose critical path was followed")
    replications: int = Field(description="replications whose active periods were looked at")
    vehicles: int = Field(description="vehicles of each of these")
    warmup: int = Field(description="of these, how many had left the line before time counted")


class Gain(Paper):
    """What one change of the line gives, against the line as it is, with the same random numbers."""

    kind: Literal["place", "faster", "buffer", "crew"]
    station: str | None = Field(description="number of the station, feeder_1, ... or rework; null for a crew")
    change: str = Field(description="the change in words")
    throughput: Estimate = Field(description="throughput with it less throughput without, in pairs")
    relative: Estimate = Field(description="the same, over the throughput without it")
    lead_time: Estimate = Field(description="lead time with it less lead time without, in pairs")


class LineResult(Document):
    """`knockdown.simulate/1`: a line file or a kits file, simulated."""

    schema_: Literal["knockdown.simulate/1"] = Field("knockdown.simulate/1", alias="schema")
    line: str = Field(description="name of the file")
    kind: Literal["line", "kits"] = Field(description="what the file describes")
    metrics: dict[str, Estimate] = Field(description="stations count from 1; times in the file's unit")
    replications: int
    batches: int = Field(description="batches of the one replication; 0 when there are several replications")
    vehicles: int = Field(description="vehicles a replication (lots of kits, for a kits file)")
    warmup: int = Field(description="of these, how many were played first and not counted")
    visits: int = Field(description="vehicles at stations simulated, warm-up included; kits, for a kits file")
    engine: Literal["lanes", "fixed-point", "events", "kits"]
    why: str = Field(description="why this engine played the line")
    seed: int
    seconds: float = Field(description="wall time; the only field that differs between two equal runs")
    stopped: Literal["done", "half-width", "visits", "seconds"] = Field(
        description="what ended it: all was played, the half-width was reached, or a limit came first"
    )
    checksum: str = Field(description="of every departure; same file, options and seed, same checksum")
    notes: tuple[str, ...] = Field(description="what to know before the figures are used")
    bottleneck: Bottleneck | None = Field(None, description="null for a kits file, or when time was up")
    gains: tuple[Gain, ...] = Field((), description="what changes would give, best first, with --gains")
