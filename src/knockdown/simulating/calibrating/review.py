"""Fitted values as changes of cells, and tables with such changes made."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knockdown.documents.calibration import CellChange, FittedValue


@dataclass(frozen=True)
class Cell:
    """A cell the records contradict: where, its new text, and why."""

    table: str
    key: str
    column: str
    new: str
    why: str
    n: int


def contradicted(values: Iterable[FittedValue]) -> bool:
    """Whether a present value lies outside the interval of the fitted one."""
    return any(v.present is not None and not v.ci95[0] <= v.present <= v.ci95[1] for v in values)


def figure(value: float, digits: int = 4) -> str:
    """A number as a cell has it.

    >>> figure(61.23456), figure(0.1), figure(1234567.0), figure(0.00001234)
    ('61.23', '0.1', '1235000', '0.00001234')
    """
    text = f"{float(f'{value:.{digits}g}'):.12f}"
    return text.rstrip("0").rstrip(".")


def with_source(cell: str, column: str, source: str) -> str:
    """A `source` cell that names one column's source.

    >>> with_source("assumption; time_cv=P40; down_share=P38", "time_cv", "ledger")
    'assumption; down_share=P38; time_cv=ledger'
    """
    pieces = [piece.strip() for piece in cell.split(";")]
    kept = [piece for piece in pieces if piece and piece.partition("=")[0].strip() != column]
    return "; ".join([*kept, f"{column}={source}"])


def rows_of(text: str) -> Iterator[tuple[int, list[str], str]]:
    """Row numbers, cells, and the very text of each row."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=delimiter_of(text), skipinitialspace=True)
    began = 0
    for number, cells in enumerate(reader, start=1):
        yield number, cells, "".join(lines[began : reader.line_num])
        began = reader.line_num


def delimiter_of(text: str) -> str:
    """What stands between the headings.

    >>> delimiter_of("id;name"), delimiter_of("id,name")
    (';', ',')
    """
    heading = text.partition("\n")[0]
    return max((",", ";", "\t"), key=heading.count)


def changes_in(text: str, file: str, cells: Sequence[Cell]) -> tuple[CellChange, ...]:
    """Where the cells of a table stand, and what stands there now."""
    rows = list(rows_of(text))
    heading = [name.strip() for name in rows[0][1]]
    where = {row[heading.index("id")].strip(): (n, row) for n, row, _ in rows[1:] if any(row)}
    found = []
    for cell in cells:
        number, row = where[cell.key]
        old = row[heading.index(cell.column)].strip() if cell.column in heading else ""
        found.append(
            CellChange(
                file=file, row=number, key=cell.key, column=cell.column, old=old, new=cell.new,
                why=cell.why, n=cell.n,
            )
        )  # fmt: skip
    return tuple(found)


def changed(text: str, changes: Sequence[CellChange], source: str) -> str:
    """A table's text with cells changed and their sources named; every other row stays as it was written."""
    rows = list(rows_of(text))
    heading = [name.strip() for name in rows[0][1]]
    wanted: dict[int, dict[str, str]] = {}
    for change in changes:
        wanted.setdefault(change.row, {})[change.column] = change.new
    return "".join(
        _row(cells, heading, wanted[number], source, delimiter_of(text), raw) if number in wanted else raw
        for number, cells, raw in rows
    )


def _row(
    cells: list[str], heading: list[str], new: dict[str, str], source: str, delimiter: str, raw: str
) -> str:
    cells = list(cells)
    at = heading.index("source")
    for column, value in new.items():
        cells[heading.index(column)] = value
        cells[at] = with_source(cells[at], column, source)
    ending = raw[len(raw.rstrip("\r\n")) :]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerow(cells)
    return out.getvalue()
