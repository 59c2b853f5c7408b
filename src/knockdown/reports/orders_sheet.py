"""The sheets of the workbook that a planner edits: what the plan orders and builds, with a column to fix it.

Read back by `plan --orders`. Headings are the plain names that are looked for; notes on them say what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knockdown.reports.sheet import NUMBERS, Column, Row

What = Literal["lots", "units"]
GREY, INK, YELLOW, ORANGE, EDGE = "#EDEDED", "#404040", "#FFF9DB", "#FFD27F", "#BFBFBF"
HOW = "Leave it empty and the plan decides. Save the file, then: knockdown plan PLANT --orders FILE"
NOTES = {
    "contract": "Contract the lots are ordered under. Filter here; do not change it.",
    "period": "Month or week of the order, or of the build.",
    "arrives": "Period from whose start the plan counts on the kits.",
    "planned_lots": "What the plan orders now. Only for reading.",
    "planned_units": "What the plan builds now. Only for reading.",
    "fixed_lots": f"Write a whole number, 0 included: exactly so many lots are ordered in this period. {HOW}",
    "fixed_units": f"Write a whole number, 0 included: exactly so many units are built in this period. {HOW}",
}
MAY_DO = {
    "autofilter": True,
    "sort": True,
    "format_columns": True,
    "format_rows": True,
    "format_cells": True,
}
"""What a protected sheet still allows. There is no password: to change more, take the protection off."""


@dataclass(frozen=True)
class FixSheet:
    """Layout of one sheet.

    Parameters
    ----------
    name, title : str
        Its name, and what it is for.
    what : {"lots", "units"}
        What is fixed in it.
    input : str
        The column to write in.
    keys : tuple of str
        Columns that name a row; they stay in sight.
    most : int
        Largest number that may be fixed.
    columns : tuple of Column
    """

    name: str
    title: str
    what: What
    input: str
    keys: tuple[str, ...]
    most: int
    columns: tuple[Column, ...]

    def shown(self, with_plant: bool) -> tuple[Column, ...]:
        """The columns; the plant's only where there are several plants."""
        return tuple(c for c in self.columns if with_plant or c.key != "plant")


def _column(key: str, kind: Literal["text", "period", "count"] = "text") -> Column:
    return Column(key, key, kind)


LOTS = FixSheet(
    name="lots_fixed",
    title="To edit: kit lots by contract line and period, with a column to fix them",
    what="lots",
    input="fixed_lots",
    keys=("contract", "variant", "period"),
    most=10_000,
    columns=(
        _column("plant"), _column("contract"), _column("variant"), _column("period", "period"),
        _column("name"), _column("arrives", "period"), _column("lot_size", "count"),
        _column("planned_lots", "count"), _column("planned_kits", "count"), _column("fixed_lots", "count"),
    ),
)  # fmt: skip
UNITS = FixSheet(
    name="build_fixed",
    title="To edit: units to build by variant and period, with a column to fix them",
    what="units",
    input="fixed_units",
    keys=("variant", "period"),
    most=100_000,
    columns=(
        _column("plant"), _column("variant"), _column("period", "period"), _column("name"),
        _column("family"), _column("line"), _column("planned_units", "count"),
        _column("fixed_units", "count"),
    ),
)  # fmt: skip
SHEETS: Mapping[str, FixSheet] = {sheet.name: sheet for sheet in (LOTS, UNITS)}


@dataclass(frozen=True)
class FixTable:
    """A sheet with its rows."""

    sheet: FixSheet
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def write(book: Any, styles: Mapping[str, Any], table: FixTable, text: Callable[[str], str]) -> None:
    """Add the sheet to a workbook.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    styles : mapping of str to format
        The workbook's, for headings.
    table : FixTable
    text : callable
        Makes text safe.
    """
    made = book.add_worksheet(table.sheet.name)
    made.set_tab_color(ORANGE)
    locked = {kind: book.add_format(_locked(kind)) for kind in ("text", "count")}
    free = book.add_format({"num_format": "#,##0", "bg_color": YELLOW, "border": 1, "locked": False})
    free.set_border_color(EDGE)
    for at, column in enumerate(table.columns):
        made.write_string(0, at, column.heading, styles["head_num" if column.numeric else "head"])
        _heading(made, table, at, column)
        for number, row in enumerate(table.rows, start=1):
            value = row[column.key]
            if column.key == table.sheet.input:
                made.write(number, at, value, free)
            elif column.kind in NUMBERS:
                made.write(number, at, value, locked["count"])
            else:
                made.write_string(number, at, text(str(value)), locked["text"])
    _finish(book, made, table)


def _locked(kind: str) -> dict[str, Any]:
    shown = {"num_format": '#,##0;-#,##0;"·"' if kind == "count" else "@"}
    return {**shown, "bg_color": GREY, "font_color": INK, "locked": True}


def _heading(made: Any, table: FixTable, at: int, column: Column) -> None:
    longest = max((len(str(row[column.key] or "")) for row in table.rows), default=0)
    made.set_column(at, at, min(48, max(longest, len(column.heading)) + 4))
    if column.key in NOTES:
        made.write_comment(0, at, NOTES[column.key], {"x_scale": 2.2, "y_scale": 1.3})


def _finish(book: Any, made: Any, table: FixTable) -> None:
    """What a cell to write in accepts, what stays in sight, what may not be changed by mistake."""
    last, at = max(1, len(table.rows)), len(table.columns) - 1
    made.data_validation(
        1, at, last, at,
        {
            "validate": "integer", "criteria": "between", "minimum": 0, "maximum": table.sheet.most,
            "ignore_blank": True, "input_title": table.sheet.input,
            "input_message": f"A whole number fixes the {table.sheet.what}; empty leaves the plan free.",
            "error_title": "A whole number, please",
            "error_message": f"Write a whole number from 0 to {table.sheet.most}, or leave the cell empty.",
        },
    )  # fmt: skip
    filled = book.add_format({"bg_color": ORANGE, "bold": True})
    made.conditional_format(1, at, last, at, {"type": "no_blanks", "format": filled})
    keys = [i for i, column in enumerate(table.columns) if column.key in table.sheet.keys]
    made.freeze_panes(1, max(keys) + 1)
    made.autofilter(0, 0, last, at)
    made.protect("", MAY_DO)
    made.repeat_rows(0)
    made.set_landscape()
    made.set_paper(9)
    made.fit_to_pages(1, 0)
