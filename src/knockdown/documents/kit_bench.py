"""The figures promised for kits, as measured on one machine."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Paper


class KitBenchRow(Paper):
    """One figure."""

    name: str = Field(description="what was done")
    figure: str = Field(description="what was measured")
    target: str = Field(description="what was promised")
    ok: bool = Field(description="whether the promise was kept")
    peer: str | None = Field(description="the same by plainer means, in the same run")
    load: float = Field(description="processes that wanted to run when it began, mean of the minute before")


class KitBenchReport(Paper):
    """The table of one run."""

    schema_: Literal["knockdown.bench.kitting/1"] = Field("knockdown.bench.kitting/1", alias="schema")
    is_long: bool = Field(description="whether with the long counts")
    n_cores: int = Field(description="of the machine")
    load_before: float = Field(description="processes that wanted to run, mean of the minute before")
    load_after: float = Field(description="the same at the end")
    rows: tuple[KitBenchRow, ...]

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return all(row.ok for row in self.rows)
