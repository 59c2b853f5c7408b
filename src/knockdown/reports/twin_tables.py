"""What could happen and when, as tables: the twin's quantiles and losses, the calendar's units."""

from __future__ import annotations

from typing import Any

from knockdown.reports.sheet import Cell, Column, Table
from knockdown.reports.subject import Subject, plant_column

QUANTITIES = {
    "built": "Units built",
    "sold": "Units sold",
    "finished_stock": "Finished units in stock, end of period",
    "overtime_h": "Line hours in overtime, h",
}
STATES = {
    "working": "Working",
    "slow": "Slow for want of people",
    "down": "Stopped",
    "rework": "Rework",
    "blocked": "Blocked by the next station",
    "starved": "Nothing to work on",
    "kit": "Waiting for a complete kit",
}


def output(subject: Subject) -> Table:
    """Quantiles by period and family over the replications."""
    rows = tuple(
        {
            "plant": subject.plant_name(plant),
            "what": heading,
            "family": _group(subject, plant, fan.group),
            **fan.model_dump(exclude={"group"}),
        }
        for plant, twin in subject.twins.items()
        for name, heading in QUANTITIES.items()
        for fan in getattr(twin, name)
    )
    columns = (
        *plant_column(subject),
        Column("what", "What, with its unit"),
        Column("family", "Family"),
        Column("period", "Period", "period"),
        Column("planned", "Planned, in that unit", "decimal"),
        Column("p10", "P10: one year in ten is lower", "decimal"),
        Column("p50", "P50: half are lower", "decimal"),
        Column("p90", "P90: nine in ten are lower", "decimal"),
        Column("mean", "Mean, in that unit", "decimal"),
        Column("half_width", "Mean, plus or minus (95 %)", "decimal"),
    )
    return Table("Output", "What could happen", columns, rows)


def _group(subject: Subject, plant: str, group: str) -> str:
    return "all" if group == "all" else subject.name("families", plant, group)


def stations(subject: Subject) -> Table:
    """Where each station's time went."""
    rows = tuple(
        {
            **loss.model_dump(exclude={"line", "station", "name"}),
            "plant": subject.plant_name(plant),
            "line": subject.name("lines", plant, loss.line),
            "station": loss.station,
            "name": loss.name,
        }
        for plant, twin in subject.twins.items()
        for loss in twin.stations
    )
    columns = (
        *plant_column(subject),
        Column("line", "Line"),
        Column("station", "Station"),
        Column("name", "Name"),
        *(Column(key, f"{text}, %", "share") for key, text in STATES.items()),
        Column("half_width", "Working, plus or minus, % (95 %)", "share"),
    )
    return Table(
        "Stations", "Where the stations' time went", columns, rows, "Shares of the line's working time."
    )


def causes(subject: Subject) -> Table:
    """Vehicle-days late by cause."""
    rows = tuple(
        {"plant": subject.plant_name(plant), **cause.model_dump()}
        for plant, twin in subject.twins.items()
        for cause in sorted(twin.causes, key=lambda c: -c.days)
    )
    columns = (
        *plant_column(subject),
        Column("cause", "Cause"),
        Column("days", "Late, vehicle-days (mean)", "decimal"),
        Column("half_width", "Plus or minus, vehicle-days (95 %)", "decimal"),
    )
    return Table("Causes", "What made vehicles late", columns, rows)


def units(subject: Subject) -> Table:
    """Every planned unit with its days."""
    rows = tuple(
        _unit_row(subject, plant, unit) for plant, paper in subject.calendars.items() for unit in paper.units
    )
    columns = (
        *plant_column(subject),
        Column("unit", "Unit"),
        Column("variant", "Variant"),
        Column("line", "Line"),
        Column("period", "Planned in", "period"),
        Column("starts_on", "Starts, plant time"),
        Column("leaves_on", "Leaves, plant time"),
        Column("kit_lot", "Kit lot"),
    )
    return Table("Units", "Build calendar", columns, rows)


def _unit_row(subject: Subject, plant: str, unit: Any) -> dict[str, Cell]:
    row: dict[str, Cell] = unit.model_dump(exclude={"family"})
    return row | {
        "starts_on": unit.starts_on[:16].replace("T", " "),
        "leaves_on": unit.leaves_on[:16].replace("T", " "),
        "plant": subject.plant_name(plant),
        "variant": subject.name("variants", plant, unit.variant),
        "line": subject.name("lines", plant, unit.line),
    }
