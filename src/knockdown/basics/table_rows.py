"""Rows of cells into a table, alike for CSV and workbooks, with every fault a person should mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from knockdown.basics.faults import Fault

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SIGNED = re.compile(r"\+[0-9.,]+([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read at most.

    Parameters
    ----------
    max_file_bytes, max_rows, max_columns, max_cells, max_cell_chars : int
        Size of a file and of the table in it; `max_cells` counts rows times columns.
    max_faults : int
        Faults listed for one file; the rest are counted in a last one.
    max_xlsx_unpacked, max_ratio, max_entries : int
        What a workbook may unpack to, in bytes, per packed byte, and in parts.
    child_memory_bytes, child_seconds : int
        What the process that reads workbooks may use, the seconds for each workbook.
    """

    max_file_bytes: int = 16 << 20
    max_rows: int = 200_000
    max_columns: int = 200
    max_cells: int = 3_000_000
    max_cell_chars: int = 2_000
    max_faults: int = 200
    max_xlsx_unpacked: int = 64 << 20
    max_ratio: int = 100
    max_entries: int = 200
    child_memory_bytes: int = 1 << 30
    child_seconds: float = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table of stripped texts.

    Parameters
    ----------
    name : str
        File name as the user knows it.
    columns : tuple of str
        Headings, in order.
    rows : list of (int, dict of str to str)
        Row number as a spreadsheet counts it, and the text under each heading ("" when empty).
    """

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]


@dataclass(slots=True)
class Faults:
    """The faults of one file, no more of them than a person would read."""

    name: str
    most: int
    kept: list[Fault] = field(default_factory=list)
    left_out: int = 0

    def add(
        self, row: int | None, column: str | None, value: str | None, problem: str, next_step: str
    ) -> None:
        if len(self.kept) < self.most:
            self.kept.append(Fault(self.name, row, column, value, problem, next_step))
        else:
            self.left_out += 1

    def listed(self) -> list[Fault]:
        """All faults by row, those of the whole file first."""
        faults = sorted(self.kept, key=lambda fault: fault.row or 0)
        if self.left_out:
            problem = f"has {self.left_out:,} more faults"
            step = "mend the ones listed and check again"
            faults.append(Fault(self.name, None, None, None, problem, step))
        return faults


class RefusalError(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, problem: str, next_step: str, row: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step
        self.row = row


def build_table(raw: Iterable[tuple[int, list[str]]], faults: Faults, limits: Limits) -> Table | None:
    """Turn numbered rows of cells, the first being the headings, into a table."""
    rows = ((number, [_clean(cell) for cell in cells]) for number, cells in raw)
    number, cells = next(((number, cells) for number, cells in rows if any(cells)), (0, []))
    if number != 1:
        problem = "has no headings in row 1" if number else "is empty"
        raise RefusalError(problem, "put the headings in row 1", 1 if number else None)
    columns = _headings(cells, faults, limits)
    if columns is None:
        return None
    return Table(faults.name, columns, list(_checked_rows(rows, columns, faults, limits)))


def _clean(text: str) -> str:
    """Strip a text and give its lines one kind of end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def _headings(cells: list[str], faults: Faults, limits: Limits) -> tuple[str, ...] | None:
    """Check the headings; None when one is at fault. Empty ones at the end are no columns."""
    while not cells[-1]:
        cells.pop()
    if len(cells) > limits.max_columns:
        raise RefusalError(f"has {len(cells)} columns, more than {limits.max_columns}", "remove columns", 1)
    before = len(faults.kept)
    seen: set[str] = set()
    for index, heading in enumerate(cells, start=1):
        problem = _heading_problem(heading, seen, limits)
        seen.add(heading)
        if problem:
            step = "give each column one plain heading of its own"
            faults.add(1, column_letters(index), heading[:200] or None, problem, step)
    return tuple(cells) if len(faults.kept) == before else None


def _heading_problem(heading: str, seen: set[str], limits: Limits) -> str | None:
    if not heading:
        return "lacks a heading"
    if heading in seen:
        return "is a heading that occurs twice"
    if not heading.isprintable():
        return "is a heading with an invisible character or a line break"
    found = _cell_problem(heading, limits)
    return found[0] if found else None


def _checked_rows(
    rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], faults: Faults, limits: Limits
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the filled rows as dicts, noting what is wrong in them."""
    width = len(columns)
    most = min(limits.max_rows, limits.max_cells // width)
    for count, (number, cells) in enumerate((row for row in rows if any(row[1])), start=1):
        if count > most:
            raise RefusalError(f"has more than {most:,} rows of {width} columns", "split the table", number)
        if len(cells) > width and any(cells[width:]):
            extra = next(cell for cell in cells[width:] if cell)
            faults.add(number, None, extra, "stands right of the last heading", "remove it or add a heading")
        for index, cell in enumerate(cells[:width]):
            if cell and (cell[0] in "=+@" or len(cell) > limits.max_cell_chars or not cell.isprintable()):
                cells[index] = _check_cell(cell, number, columns[index], faults, limits)
        cells.extend([""] * (width - len(cells)))
        yield number, dict(zip(columns, cells, strict=False))


def _check_cell(cell: str, row: int, column: str, faults: Faults, limits: Limits) -> str:
    """Note what is wrong with a cell, and give it back no longer than cells may be."""
    if problem := _cell_problem(cell, limits):
        faults.add(row, column, cell[:200], *problem)
    return cell[: limits.max_cell_chars]


def _cell_problem(cell: str, limits: Limits) -> tuple[str, str] | None:
    if len(cell) > limits.max_cell_chars:
        return f"is longer than {limits.max_cell_chars:,} characters", "shorten it, or look for an open quote"
    if _CONTROL.search(cell):
        return "holds an invisible control character", "type it again by hand"
    if cell[0] in "=@" or (cell[0] == "+" and not _SIGNED.fullmatch(cell)):
        return "is a formula", "paste it as a value"
    return None


def column_letters(column: int) -> str:
    """Name a column as a spreadsheet does.

    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
