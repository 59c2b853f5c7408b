"""A plain table: columns with headings and units, rows as mappings. Every report shows these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from knockdown.reports.words import grouped, medium_period, percent

Kind = Literal["text", "period", "count", "decimal", "money", "share"]
Cell = str | int | float | bool | None
Row = Mapping[str, Cell]
NUMBERS: frozenset[Kind] = frozenset({"count", "decimal", "money", "share"})


@dataclass(frozen=True)
class Column:
    """One column. The heading carries the unit, so a printed page needs no legend."""

    key: str
    heading: str
    kind: Kind = "text"

    @property
    def numeric(self) -> bool:
        """Whether cells are set to the right."""
        return self.kind in NUMBERS

    def show(self, cell: Cell) -> str:
        """A cell as a reader sees it.

        >>> Column("n", "Units", "count").show(None), Column("s", "Share, %", "share").show(0.5)
        ('–', '50.0')
        >>> Column("v", "Value").show(0.46540001), Column("v", "Value").show(30.0)
        ('0.4654', '30')
        """
        if cell is None:
            return "–"
        if isinstance(cell, bool):
            return "yes" if cell else "no"
        if not self.numeric or isinstance(cell, str):
            return medium_period(str(cell)) if self.kind == "period" else _words(cell)
        if self.kind == "share":
            return percent(cell, 1)[:-2]
        return grouped(cell, 1 if self.kind == "decimal" else 0)


def _words(cell: str | float) -> str:
    """A cell of a text column; a number keeps at most four decimals."""
    if isinstance(cell, str):
        return cell
    decimals = f"{cell:.4f}".rstrip("0").partition(".")[2]
    return grouped(cell, len(decimals))


@dataclass(frozen=True)
class Table:
    """A named table.

    Parameters
    ----------
    id : str
        Short name: the sheet's name in a workbook, the anchor in a page.
    title : str
        What the table answers.
    columns : tuple of Column
    rows : tuple of mappings
        One value for each column's key.
    note : str
        What a reader should know before using the numbers.

    Examples
    --------
    >>> table = Table("t", "Units built", (Column("units", "Units", "count"),), ({"units": 2}, {"units": 3}))
    >>> table.total("units")
    5.0
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""

    def total(self, key: str) -> float:
        """Sum of a column; empty cells count as nothing."""
        return float(sum(value for row in self.rows if isinstance(value := row[key], (int, float))))


@dataclass(frozen=True)
class GridRow:
    """A line of a grid: a label, a number for each column, and what they come to."""

    label: str
    values: tuple[float | None, ...]
    total: float | None
    strong: bool = False


@dataclass(frozen=True)
class Grid:
    """One figure by row and period, as a planner lays it out."""

    title: str
    corner: str
    headings: tuple[str, ...]
    rows: tuple[GridRow, ...]
    total_heading: str = "Total"
    note: str = ""
    decimals: int = 0

    def show(self, value: float | None) -> str:
        """A cell: nothing is a dot, so that the months with work stand out."""
        return "·" if not value else grouped(value, self.decimals)


Values = Mapping[tuple[str, str], float]


def grid_rows(
    values: Values, labels: Mapping[str, str], periods: Sequence[str], last: bool = False
) -> tuple[GridRow, ...]:
    """Rows by key over periods; the total is the sum, or the last value for a level such as stock.

    >>> grid_rows({("a", "p"): 2.0}, {"a": "A"}, ["p", "q"])[0]
    GridRow(label='A', values=(2.0, 0.0), total=2.0, strong=False)
    """
    rows = []
    for key, label in labels.items():
        line = tuple(values.get((key, period), 0.0) for period in periods)
        rows.append(GridRow(label, line, (line[-1] if line else 0.0) if last else sum(line)))
    return tuple(rows)


def sum_row(rows: Sequence[GridRow], label: str = "Total") -> GridRow:
    """The line under a grid.

    >>> sum_row([GridRow("a", (1.0,), 1.0), GridRow("b", (2.0,), 2.0)]).values
    (3.0,)
    """
    columns = zip(*(row.values for row in rows), strict=True)
    values = tuple(sum(v or 0.0 for v in column) for column in columns)
    return GridRow(label, values, sum(row.total or 0.0 for row in rows), strong=True)
