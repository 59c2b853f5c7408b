"""Many variants of one line or plant, simulated on the same random numbers and compared."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.line_result import Estimate
from knockdown.documents.paper import Document, Paper

Value = int | float | str


class SweepAxis(Paper):
    """What is varied, and how."""

    path: str = Field(description="as written after --vary")
    places: tuple[str, ...] = Field(description="cells or keys that are set together")
    values: tuple[Value, ...]


class SweepPoint(Paper):
    """One variant."""

    point: int = Field(description="its number, from 1")
    values: dict[str, Value] = Field(description="path -> value")
    status: Literal["done", "unfit"] = Field(description="unfit: it cannot be played, `why` says why")
    why: str
    replications: int
    rank: int | None = Field(description="1 is best by the mean of the figure asked for; null when unfit")
    in_race: bool = Field(description="with --best: still in the race when it ended")
    metrics: dict[str, Estimate] = Field(description="of its own replications")
    difference: dict[str, Estimate] = Field(
        description="to the base, replication by replication on the same random numbers; over those both have"
    )


class SweepPlan(Paper):
    """The plan that every point of a plant keeps."""

    origin: Literal["file", "made"] = Field(description="given by --plan, or made once for the base")
    digest: str = Field(description="of the rows that a simulated year reads")
    months: int


class SweepSelection(Paper):
    """Which point is best, and how sure that is."""

    metric: str
    direction: Literal["highest", "lowest"]
    method: str = Field(description="KN, Kim and Nelson 2001")
    within: str = Field(description="indifference zone as asked")
    delta: float = Field(description="indifference zone in the figure's unit")
    confidence: float
    first_stage: int = Field(description="replications of every point before the first drops out")
    decided: bool = Field(description="false when --replications ended the race before the rule did")
    selected: int | None
    in_race: tuple[int, ...]
    played: int = Field(description="replications of all points together")
    in_full: int = Field(description="replications that the same promise may need when no point drops out")
    saved: int
    says: str


class SweepResult(Document):
    """`knockdown.sweep/1`: nothing in it depends on the machine, on workers, or on when it was played."""

    schema_: Literal["knockdown.sweep/1"] = Field("knockdown.sweep/1", alias="schema")
    subject: str
    kind: Literal["plant", "line"]
    design: Literal["grid", "sample"]
    grid_points: int = Field(description="points of the whole grid")
    axes: tuple[SweepAxis, ...]
    base: int = Field(description="the point as described, if it is among them, else the first")
    base_as_described: bool
    metric: str = Field(description="figure by which points are ranked")
    direction: Literal["highest", "lowest"]
    vehicles: int = Field(
        description="a replication of a line, warm-up included; 0 for a plant, or where the file says"
    )
    warmup: int
    seed: int
    plan: SweepPlan | None = Field(description="of a plant")
    selection: SweepSelection | None = Field(description="with --best")
    points: tuple[SweepPoint, ...]
    notes: tuple[str, ...]
