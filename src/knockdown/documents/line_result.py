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
