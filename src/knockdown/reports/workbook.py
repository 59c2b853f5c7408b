"""The report as an XLSX workbook: a sheet a table, numbers as numbers, text never a formula."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from knockdown.documents.master_plan import MasterPlan
from knockdown.plant.plant import Network, Plant
from knockdown.reports import orders_sheet, says
from knockdown.reports.catalog import all_tables
from knockdown.reports.orders_sheet import FixTable
from knockdown.reports.sheet import NUMBERS, Cell, Column, Table
from knockdown.reports.subject import Calendars, Kits, Subject, Twins, subject
from knockdown.reports.words import THIN, span

FORMATS = {
    "text": "@",
    "period": "@",
    "count": "#,##0",
    "decimal": "#,##0.0",
    "money": "#,##0",
    "share": "0.0",
}
WIDEST, SUMMARY_WIDTH, LINE_PT, MOST_TEXT = 60, 110, 15.5, 32_000
HEAD = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1}
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(
    path: Path,
    plan: MasterPlan,
    calendars: Calendars,
    twins: Twins,
    plant: Plant | Network,
    generated_at: str,
    fixing: Sequence[FixTable] = (),
    kits: Kits = None,
) -> Path:
    """Write the workbook. The same documents and time give the same bytes.

    Parameters
    ----------
    path : Path
        File to write.
    plan : MasterPlan
    calendars, twins : mapping of plant id to document, one document, or None
    plant : Plant or Network
    generated_at : str
        When; it begins with an ISO date, which becomes the file's date of creation.
    fixing : sequence of FixTable, optional
        Sheets to edit and feed back with `plan --orders`.
    kits : mapping of plant id to KitPapers, optional

    Returns
    -------
    Path
        The file.
    """
    import xlsxwriter

    about = subject(plan, calendars, twins, plant, kits)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": safe_text(plan.name),
                "created": _created(generated_at),
                "comments": "made by knockdown",
            }
        )
        styles = _styles(book)
        tables = all_tables(about)
        edited = [(table.sheet.name, table.sheet.title) for table in fixing]
        sheets = [*edited, *((table.id, table.title) for table in tables)]
        _summary(book, styles, about, sheets, generated_at)
        for fixed in fixing:
            orders_sheet.write(book, styles, fixed, safe_text)
        for table in tables:
            _sheet(book, styles, table)
    return path


def safe_text(text: str) -> str:
    """Text that a spreadsheet keeps as text, whatever it begins with; a thin space becomes a plain one.

    >>> safe_text("=1+1"), safe_text("plain")
    ("'=1+1", 'plain')
    """
    text = _CONTROL.sub("", text.replace(THIN, " "))[:MOST_TEXT]
    return f"'{text}" if _FORMULA.match(text) else text


def _created(generated_at: str) -> datetime:
    try:
        return datetime.fromisoformat(generated_at[:10])
    except ValueError:
        return datetime(2000, 1, 1)


def _styles(book: Any) -> Mapping[str, Any]:
    styles = {kind: book.add_format({"num_format": code, "valign": "top"}) for kind, code in FORMATS.items()}
    styles["wrap"] = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    styles["head"] = book.add_format(HEAD)
    styles["head_num"] = book.add_format({**HEAD, "align": "right"})
    styles["title"] = book.add_format({"bold": True, "font_size": 14})
    styles["bold"] = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
    return styles


def _summary(
    book: Any,
    styles: Mapping[str, Any],
    about: Subject,
    sheets: Sequence[tuple[str, str]],
    generated_at: str,
) -> None:
    """The first sheet: what this is, what the plan says, what the other sheets hold."""
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, SUMMARY_WIDTH)
    sheet.write_string(0, 0, safe_text(about.plan.name), styles["title"])
    sheet.write_string(1, 0, "Plan and simulated year of a kit-assembly plant; one table a sheet.")
    lines = [*_summary_lines(about, generated_at), ("", ""), ("Sheet", "What it holds"), *sheets]
    for row, (head, text) in enumerate(lines, start=3):
        sheet.write_string(row, 0, safe_text(head), styles["bold"])
        sheet.write_string(row, 1, safe_text(text), styles["wrap"])
        sheet.set_row(row, LINE_PT * max(_n_lines(text, 1.1 * SUMMARY_WIDTH), _n_lines(head, 26)))
    _page(sheet)


def _summary_lines(about: Subject, generated_at: str) -> list[tuple[str, str]]:
    lines = [("Plan", span(about.plan.periods)), ("Result", says.status(about)), ("Sizes", says.sizes(about))]
    if about.has_plan:
        lines += [
            (verb.verb, f"{verb.figure} {verb.unit}; {'; '.join(verb.lines)}") for verb in says.verbs(about)
        ]
        lines += [
            ("Lines", says.busiest_line(about)),
            ("People", says.staffing(about)),
            ("Cash", says.cash_low(about)),
        ]
        lines += [(f"Limit {i}", limit.sentence) for i, limit in enumerate(about.plan.limits[:5], start=1)]
        lines += [
            (f"Could happen, {about.plant_name(plant)}", says.year(twin))
            for plant, twin in about.twins.items()
        ]
    lines += [("Conflict", text) for text in (about.plan.conflict.members if about.plan.conflict else ())]
    lines += [
        (says.way_out(about), fix.sentence)
        for fix in (about.plan.conflict.cheapest_fix if about.plan.conflict else ())
    ]
    lines += [
        ("Assumptions", says.assumption(about)),
        ("Made", f"{generated_at} by knockdown {about.plan.provenance.version}"),
    ]
    return [(head, text) for head, text in lines if text]


def _sheet(book: Any, styles: Mapping[str, Any], table: Table) -> None:
    sheet = book.add_worksheet(table.id[:31])
    widths = [_width(table, column) for column in table.columns]
    tall = (_n_lines(column.heading, width) for column, width in zip(table.columns, widths, strict=True))
    sheet.set_row(0, LINE_PT * max(tall))
    for i, column in enumerate(table.columns):
        sheet.set_column(i, i, widths[i], styles[column.kind])
        sheet.write_string(0, i, safe_text(column.heading), styles["head_num" if column.numeric else "head"])
    for number, row in enumerate(table.rows, start=1):
        for i, column in enumerate(table.columns):
            _cell(sheet, number, i, row[column.key], column, styles)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.repeat_rows(0)
    _page(sheet)


def _cell(sheet: Any, row: int, at: int, value: Cell, column: Column, styles: Mapping[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = "yes" if value is True else "no" if value is False else str(value)
        style = "wrap" if len(text) > WIDEST else column.kind
        sheet.write_string(row, at, safe_text(text), styles[style])
    else:
        style = "decimal" if not column.numeric and isinstance(value, float) else column.kind
        sheet.write_number(
            row,
            at,
            100 * value if column.kind == "share" else value,
            styles[style if style in NUMBERS else "count"],
        )


def _width(table: Table, column: Column) -> float:
    """Wide enough for most cells and for the heading over three lines."""
    shown = [len(column.show(row[column.key])) for row in table.rows[:400]]
    longest_word = max(map(len, column.heading.split()))
    return min(WIDEST, max(longest_word, len(column.heading) // 3, *shown) + 2) if shown else longest_word + 2


def _n_lines(text: str, width: float) -> int:
    """Lines that a text takes in a column; a spreadsheet need not work it out when it opens the file.

    >>> _n_lines("Kits in the store, end of period", 12)
    4
    """
    return max(1, len(textwrap.wrap(text, max(4, int(width * 0.9)))))


def _page(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
