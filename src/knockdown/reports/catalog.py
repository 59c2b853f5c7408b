"""Every table of the report, in reading order."""

from __future__ import annotations

from collections.abc import Callable

from knockdown.reports import about_tables, kit_tables, tables, twin_tables
from knockdown.reports.sheet import Table
from knockdown.reports.subject import Subject

ALL: tuple[Callable[[Subject], Table], ...] = (
    about_tables.conflict,
    tables.sector,
    tables.plan_by_family,
    tables.lots_ordered,
    tables.units_built,
    tables.people,
    tables.cash,
    tables.lines,
    tables.sales,
    tables.orders,
    about_tables.limits,
    about_tables.terms,
    twin_tables.output,
    twin_tables.stations,
    twin_tables.causes,
    kit_tables.lots,
    kit_tables.units,
    kit_tables.claims,
    kit_tables.park,
    about_tables.published,
    about_tables.assumptions,
    twin_tables.units,
    about_tables.notes,
    about_tables.about,
)


def all_tables(subject: Subject) -> tuple[Table, ...]:
    """Every table that has rows."""
    return tuple(table for make in ALL if (table := make(subject)).rows)
