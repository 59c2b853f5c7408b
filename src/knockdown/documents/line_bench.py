"""The figures promised for playing lines, as measured on one machine."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Paper


class LineBenchRow(Paper):
    """One figure."""

    name: str = Field(description="what was played")
    figure: str = Field(description="what was measured")
    target: str = Field(description="what was promised")
    ok: bool = Field(description="whether the promise was kept")
    value: float = Field(description="the figure alone: a ratio or seconds")
    peer: str | None = Field(description="the peer in the same run, and whether the departures are the same")
    load: float = Field(description="processes that wanted to run when it began, mean of the minute before")


class LineBenchReport(Paper):
    """The table of one run."""

    schema_: Literal["knockdown.bench.simulating/1"] = Field("knockdown.bench.simulating/1", alias="schema")
    is_long: bool = Field(description="whether with the long counts")
    n_cores: int = Field(description="of the machine")
    load_before: float = Field(description="processes that wanted to run, mean of the minute before")
    load_after: float = Field(description="the same at the end")
    rows: tuple[LineBenchRow, ...]

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return all(row.ok for row in self.rows)
