"""What the kit desk's recording verbs answer with, and the sheet on which a case is counted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Paper


class EventLine(Paper):
    """An entry that was stored."""

    kind: str
    subject: str
    event_id: str


class KitRecord(Paper):
    """`knockdown.kit.record/1`: what became of something that was to be recorded."""

    schema_: Literal["knockdown.kit.record/1"] = Field("knockdown.kit.record/1", alias="schema")
    plant: str
    ledger: str = Field(description="file or database, without password")
    verb: str = Field(description="such as receive, or claim send")
    happened: str = Field(description="plant time, as 2026-01-16T08:30")
    new: int = Field(description="entries stored now, without those of the opening")
    known: int = Field(description="entries that were stored before, and not stored twice")
    position: int = Field(description="last entry of the ledger")
    events: tuple[EventLine, ...]
    made: dict[str, str] = Field(description="ids that later verbs take: claim, borrow, discrepancy and part")
    files: dict[str, str] = Field(default_factory=dict, description="kind of file -> where it was written")
    warnings: tuple[str, ...] = Field((), description="what is odd about it, though it was recorded")
    next_steps: tuple[str, ...] = ()


class CountLine(Paper):
    """A line of a count sheet."""

    part: str
    name: str
    box: str | None
    unit: str
    listed: int | None = Field(description="pieces the case should hold; null on a blind sheet")


class CountSheet(Paper):
    """`knockdown.kit.count-sheet/1`: what to count in a case, with or without the pieces it should hold."""

    schema_: Literal["knockdown.kit.count-sheet/1"] = Field("knockdown.kit.count-sheet/1", alias="schema")
    plant: str
    case: str
    lot: str
    container: str | None
    packaging: str
    is_open: bool
    is_blind: bool
    lines: tuple[CountLine, ...]
    file: str | None = Field(description="CSV file to fill in and feed back with count --file")
