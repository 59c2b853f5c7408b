"""The build calendar: which unit enters and leaves its line on which day, as planned."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper


class UnitDates(Paper):
    """One planned unit."""

    unit: str = Field(description="<variant>-<running number>")
    variant: str
    family: str
    line: str
    period: str = Field(description="period the plan builds it in")
    kit_lot: str = Field(
        description="lot the kit is taken from: an opening lot's id or <contract>/<period>/<variant>"
    )
    starts_on: str = Field(description="ISO date and time, plant time")
    leaves_on: str = Field(description="ISO date and time the finished unit leaves line or bay")


class BuildCalendar(Document):
    """`knockdown.build_calendar/1`: the plan played once, nothing going wrong."""

    schema_: Literal["knockdown.build_calendar/1"] = Field("knockdown.build_calendar/1", alias="schema")
    plant: str
    units: tuple[UnitDates, ...]
    late_units: int = Field(description="units that leave after the period the plan counts them in")
