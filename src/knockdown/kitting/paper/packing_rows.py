"""Rows of a partner's sheets into entries: a part, its quantity, and where it is packed.

A row is a line when its part column is filled. Of the others, totals are kept to be checked, banner lines
("Case No. 12 ...") and cells written once per block say where the lines below them are packed, and what is
left is told as a warning.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from knockdown.basics.sheets import Cell, Sheet
from knockdown.kitting.paper.headings import PLACES, Field, fold, is_total, read_banner
from knockdown.kitting.paper.layout import (
    MOST_HEADER_ROWS,
    SHEET_NAME,
    Mapping,
    as_text,
    header_texts,
    is_numbering,
)
from knockdown.kitting.paper.packing_faults import Notes


class Place(NamedTuple):
    """Where a line is packed, as the partner wrote it; "" for what he does not say."""

    shipment: str = ""
    contract: str = ""
    launch: str = ""
    lot: str = ""
    variant: str = ""
    container: str = ""
    case: str = ""
    packaging: str = ""
    box: str = ""


class Entry(NamedTuple):
    """One line as written. `sheet` is the place of its sheet in the book."""

    sheet: int
    row: int
    place: Place
    part: Cell
    name: str
    qty: Cell
    unit: str
    net: Cell
    gross: Cell


@dataclass(frozen=True, slots=True)
class Total:
    """A line of totals, and how many entries stand above it."""

    sheet: int
    row: int
    n_entries: int
    cells: dict[Field, Cell]


@dataclass(frozen=True, slots=True)
class CaseMass:
    """Mass of a whole case, written beside its number. `is_named`: the unit stands with it."""

    sheet: int
    row: int
    place: Place
    value: Cell
    is_named: bool


@dataclass(slots=True)
class Rows:
    """What the sheets hold."""

    entries: list[Entry] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    masses: list[CaseMass] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    kinds: dict[frozenset[str], dict[Cell, int]] = field(default_factory=dict)  # of cells, by the headings


_LINE, _TOTAL, _HEADING = range(3)
_ABOUT: tuple[Field, ...] = ("name", "unit", "net", "gross")
_SUMMED: tuple[Field, ...] = ("qty", "net", "gross")


@functools.lru_cache(maxsize=1 << 14)
def plain_text(cell: Cell) -> str:
    """A cell as one line of text, without what cannot be seen.

    >>> plain_text(" Болт   М8 "), plain_text(8)
    ('Болт М8', '8')
    """
    text = " ".join(as_text(cell).split())
    return text if text.isprintable() else "".join(sign for sign in text if sign.isprintable())


class SheetReader:
    """Reads one sheet into `rows`, line by line."""

    def __init__(
        self, sheet: Sheet, place: int, mapping: Mapping, given: dict[Field, str], rows: Rows, notes: Notes
    ) -> None:
        self.sheet, self.ix, self.mapping, self.rows, self.notes = sheet, place, mapping, rows, notes
        self.left_out: list[int] = []  # rows that say nothing known
        self.columns: dict[Field, int] = {
            one.field: found for one in mapping.columns if (found := mapping.column_of(one.field)) is not None
        }
        # Said for the whole sheet, or in a banner.
        self.base: dict[str, str] = {str(one): text for one, text in given.items()}
        for one in mapping.columns:
            if one.column == SHEET_NAME:
                self.base[one.field] = sheet.name
        self.state: dict[str, str] = {}
        self.placed = [
            (name, self.columns[name], name in mapping.fill) for name in PLACES if name in self.columns
        ]
        self.part, self.qty = self.columns["part"], self.columns["qty"]
        self.covers = _covers(sheet, self.columns)
        self.marked = {row for row, _ in sheet.marks}
        self.headings: frozenset[str] = frozenset()
        self.kinds: dict[Cell, int] = {}
        self.row = 0
        self.near_headings = 0  # rows that may still be headings repeated on a new page

    def read(self, first: int) -> None:
        """Read all rows; the lines begin at a place among them."""
        for row, cells in self.sheet.rows[:first]:
            self.row = row
            self._banner(cells)
        texts = header_texts(self.sheet, first)[max(0, first - self.mapping.n_header_rows - 1) :]
        self.headings = frozenset(fold(row[self.part]) for row in texts) - {""}
        self.kinds = self.rows.kinds.setdefault(self.headings, {})
        outer = [column for name, column, fills in self.placed if name != "box" or fills]
        # Never of one column alone, so that it gives a tuple.
        said = itemgetter(*outer, *outer[:1]) if outer else lambda cells: ()
        self._read_rows(first, [self._getter(name) for name in _ABOUT], said)

    def _read_rows(
        self,
        first: int,
        getters: list[Callable[[list[Cell]], Cell]],
        said: Callable[[list[Cell]], tuple[Cell, ...]],
    ) -> None:
        """The loop over all rows; what is the same as in the row before is not worked out again."""
        name, unit, net, gross = getters
        boxed = self._box_column()
        before: object = None
        case, places = Place(), dict[Cell, Place]()  # places in the same case by box
        for row, cells in self.sheet.rows[first:]:
            if row in self.covers:
                cells = self._covered(row, cells)
            part = cells[self.part]
            kind = self.kinds.get(part)
            if kind is None:
                kind = self.kinds[part] = self._kind(part)
            if part == "" or kind != _LINE or (cells[self.qty] == "" and self._is_lone(cells)):
                self._other_row(row, cells, kind)
                before = None
                continue
            if self.near_headings and self._is_numbering(cells):
                continue
            box = cells[boxed] if boxed is not None else ""
            if (now := said(cells)) != before:
                before, case = now, self._place(cells)
                places = {box: case}
            place = places.get(box)
            if place is None:
                place = places[box] = Place(*case[:-1], as_text(box) or self.base.get("box", ""))
            if row in self.marked and self._has_marks(row):
                continue
            self.rows.entries.append(
                Entry(
                    self.ix, row, place, part, plain_text(name(cells)), cells[self.qty],
                    as_text(unit(cells)), net(cells), gross(cells),
                )
            )  # fmt: skip

    def _box_column(self) -> int | None:
        """Column of boxes, where a box does not hold until the next."""
        return next((column for name, column, fills in self.placed if name == "box" and not fills), None)

    def _is_numbering(self, cells: list[Cell]) -> bool:
        """Whether this is the row of column numbers below headings repeated on a new page."""
        self.near_headings -= 1
        return is_numbering(cells)

    def _getter(self, name: Field) -> Callable[[list[Cell]], Cell]:
        if name in self.columns:
            return itemgetter(self.columns[name])
        return lambda cells: ""

    def _kind(self, part: Cell) -> int:
        text = as_text(part)
        if is_total(text):
            return _TOTAL
        return _HEADING if fold(text) in self.headings else _LINE

    def _is_lone(self, cells: list[Cell]) -> bool:
        return sum(cell != "" for cell in cells) == 1

    def _covered(self, row: int, cells: list[Cell]) -> list[Cell]:
        """Put in the values of merged cells that cover this row."""
        cells = list(cells)
        for column, value in self.covers[row]:
            if cells[column] == "":
                cells[column] = value
        return cells

    def _has_marks(self, row: int) -> bool:
        """Note the error cells, and formulas without a value, of the columns that are used."""
        found = False
        for name, column in self.columns.items():
            kind = self.sheet.marks.get((row, column + 1))
            if kind:
                problem = "is an error cell" if kind == "error" else "is a formula without a stored value"
                step = "mend it" if kind == "error" else "open the file in Excel and save it again"
                self.notes.add(self.ix, row, name, None, problem, f"{step}, or write the value")
                found = True
        return found

    # Where lines are packed.

    def _place(self, cells: list[Cell]) -> Place:
        """Where a row's parts are packed: its own cells, else what was written above and still holds."""
        new = self.base.copy()
        for name, column, fills in self.placed:
            text = as_text(cells[column])
            if text == "" and fills and not self._is_over(name, new):
                text = self.state.get(name, "")
            if text != "":
                new[name] = text
        self.state = new
        return Place(**new)

    def _is_over(self, name: str, new: dict[str, str]) -> bool:
        """Whether what held for a field ended with its container or case."""
        outer = {"case": ("container",), "packaging": ("container", "case"), "box": ("container", "case")}
        return any(new.get(one, "") != self.state.get(one, "") for one in outer.get(name, ()))

    def _banner(self, cells: list[Cell]) -> bool:
        """Take in a title or banner line; False when it says nothing that is known."""
        texts = list(dict.fromkeys(as_text(cell) for cell in cells if cell != ""))
        found = read_banner(" ".join(texts)[:600])
        for name, value in found:
            if name in ("list", "revision"):
                self.rows.head.setdefault(name, value)
            elif name in PLACES:
                self._begin(name, value)
        for name, value in found:
            if name == "gross":
                place = self._place([""] * len(cells))
                self.rows.masses.append(CaseMass(self.ix, self.row, place, value, " " in value))
        return bool(found)

    def _begin(self, name: str, value: str) -> None:
        """Let a value hold from here on, and end what stood inside the one before."""
        inner = {"container": ("case", "box", "packaging"), "case": ("box", "packaging")}.get(name, ())
        for one in inner:
            self.base.pop(one, None)
            self.state.pop(one, None)
        self.base[name] = self.state[name] = value

    # Rows that are no lines.

    def _other_row(self, row: int, cells: list[Cell], kind: int) -> None:
        self.row = row
        if kind == _HEADING or is_numbering(cells):
            self.near_headings = MOST_HEADER_ROWS
            return
        part, qty = cells[self.part], cells[self.qty]
        texts = [cell for cell in cells if isinstance(cell, str) and cell]
        if kind == _TOTAL or any(is_total(text) for text in texts):
            found = {name: cells[self.columns[name]] for name in _SUMMED if name in self.columns}
            self.rows.totals.append(Total(self.ix, row, len(self.rows.entries), found))
        elif qty == "" and (self._banner(cells) or self._block_row(cells)):
            return
        elif part == "" and self._is_amount(qty):
            self.notes.add(self.ix, row, "part", None, "is empty", "write the part number, or clear the row")
        elif part != "" and any(sign.isdigit() for sign in as_text(part)):
            self.notes.add(
                self.ix, row, "qty", None, "is empty", "write the quantity, or clear the row if it is no line"
            )
        else:
            self.left_out.append(row)

    def _is_amount(self, qty: Cell) -> bool:
        return not isinstance(qty, str) or any(sign.isdigit() for sign in qty)

    def _block_row(self, cells: list[Cell]) -> bool:
        """Take in a row with nothing but where the lines below it are packed, and what the case weighs."""
        own = {self.columns[name] for name in (*PLACES, "net", "gross") if name in self.columns}
        filled = {column for column, cell in enumerate(cells) if cell != ""}
        case = self.columns.get("case", -1)
        if not filled <= own or case not in filled or not self._is_amount(cells[case]):
            return False
        place = self._place(cells)
        gross = cells[self.columns["gross"]] if "gross" in self.columns else ""
        if gross != "":
            self.rows.masses.append(CaseMass(self.ix, self.row, place, gross, False))
        return True


def _covers(sheet: Sheet, columns: dict[Field, int]) -> dict[int, list[tuple[int, Cell]]]:
    """By row, the values of cells merged down to it, in columns whose value can hold for many rows."""
    holding = {column for name, column in columns.items() if name not in ("qty", "net", "gross")}
    values = dict(sheet.rows)
    covers: dict[int, list[tuple[int, Cell]]] = {}
    for one in sheet.merged:
        column = one.left - 1
        if one.bottom == one.top or column not in holding or one.top not in values:
            continue
        value = values[one.top][column]
        for row in range(one.top + 1, one.bottom + 1):
            covers.setdefault(row, []).append((column, value))
    return covers
