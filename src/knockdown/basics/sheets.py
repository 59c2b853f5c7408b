"""Read every sheet of a workbook, or a CSV, as it stands: numbers kept apart from text.

No headings are looked for: this is for papers whose layout others choose, such as a partner's packing list.
The file is as hostile as any other: workbooks come through the limited process of `workbooks.py`, and
formulas are never worked out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from knockdown.basics.faults import Fault
from knockdown.basics.table_rows import Limits, RefusalError
from knockdown.basics.tables import csv_rows, read_bytes
from knockdown.basics.workbooks import Child, ChildError, check_kind, too_much

Cell = str | int | float
"""Text, stripped; a number where the workbook has a number; "" when empty."""

ENCODINGS = ("utf-8", "utf-16", "cp1250", "cp1251", "cp1252", "cp1254", "koi8-r")
"""What a CSV may be saved in. UTF-8 and UTF-16 are recognised; the others must be named."""

_LIMITS = Limits()
_WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|table|meta|head|body)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_DELIMITERS = ("\t", ";", ",")
_XLSX = "open it in Excel or LibreOffice and save it as .xlsx"


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged range, all corners inclusive and counted from 1; its value stands top left."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as it stands.

    Parameters
    ----------
    name : str
        As on its tab; "" for a CSV.
    n_columns : int
        Cells in each row.
    rows : list of (int, list of Cell)
        The filled rows, each with its number as a spreadsheet counts it.
    merged : tuple of Merged
        Merged ranges, clipped to the filled area.
    marks : dict of (int, int) to str
        By row and column, from 1: "error" for an error cell, "formula" for a formula without a stored value.
    """

    name: str
    n_columns: int
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    merged: tuple[Merged, ...] = ()
    marks: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Book:
    """A file's sheets, and the SHA-256 of its bytes in hexadecimal digits."""

    name: str
    digest: str
    sheets: tuple[Sheet, ...]


def read_book(
    path: Path, name: str, limits: Limits = _LIMITS, encoding: str | None = None
) -> tuple[Book | None, list[Fault]]:
    """Read all visible sheets of a workbook, or a CSV with any title lines above its table.

    Parameters
    ----------
    path : Path
        The file. What it is shows in its bytes; its suffix does not matter.
    name : str
        Its name as the user knows it.
    limits : Limits, optional
        How much is read at most, over all sheets together.
    encoding : str, optional
        One of `ENCODINGS`, for a CSV that is not UTF-8 or UTF-16.

    Returns
    -------
    Book or None, list of Fault
        The sheets, or why the file as a whole cannot be read.

    Examples
    --------
    >>> read_book(Path("/nonexistent/list.xlsx"), "list.xlsx")[1][0].problem
    'is missing'
    """
    try:
        return book_of(read_bytes(path, limits), name, limits, encoding), []
    except RefusalError as refused:
        return None, [Fault(name, refused.row, None, None, refused.problem, refused.next_step)]


def book_of(data: bytes, name: str, limits: Limits = _LIMITS, encoding: str | None = None) -> Book:
    """Read a file's bytes; see `read_book`.

    Raises
    ------
    RefusalError
        When the file as a whole cannot be read.

    Examples
    --------
    >>> book_of(b"Title\\n;Part;Qty\\n;A1;2", "list.csv").sheets[0].rows[1]
    (2, ['', 'Part', 'Qty'])
    """
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or name.lower().endswith(".xlsx"):
        return Book(name, digest, tuple(_workbook(data, limits)))
    if _WEB_PAGE.match(data):
        raise RefusalError("is a web page or XML, whatever its name says", _XLSX)
    if not name.lower().endswith((".csv", ".txt", ".tsv")):
        raise RefusalError("is neither .xlsx nor .csv", _XLSX)
    return Book(name, digest, (_csv(decode(data, encoding), limits),))


# Workbooks.


def _workbook(data: bytes, limits: Limits) -> list[Sheet]:
    if _WEB_PAGE.match(data):
        raise RefusalError("is a web page or XML, whatever its name says", _XLSX)
    check_kind(data)
    makers: list[_Maker] = []
    try:
        with Child(limits) as child, closing(child.ask(data, None)) as messages:
            for kind, *rest in messages:
                if kind == "refused":
                    raise RefusalError(*rest)
                if kind == "sheet":
                    makers.append(_Maker(rest[0], rest[1], limits))
                elif kind != "end":
                    _last(makers).take(kind, rest)
    except ChildError as error:
        raise too_much(limits) from error
    return [maker.made() for maker in makers]


def _last(makers: list[_Maker]) -> _Maker:
    if not makers:
        raise ChildError
    return makers[-1]


class _Maker:
    """Builds a sheet from messages; equal texts are kept once."""

    def __init__(self, name: str, n_columns: int, limits: Limits) -> None:
        self.sheet = Sheet(name, n_columns)
        self.merged: list[Merged] = []
        self.texts: dict[Cell, Cell] = {}
        self.most_chars = limits.max_cell_chars

    def take(self, kind: str, rest: list) -> None:
        if kind == "row":
            self.add(*rest)
        elif kind == "merged":
            self.merged.append(Merged(*rest))
        else:
            self.sheet.marks[rest[1], rest[2]] = "error" if rest[0] == "error" else "formula"

    def add(self, number: int, cells: list[Cell]) -> None:
        """Add a row; each new text is checked once."""
        texts = self.texts
        kept: list[Cell] = []
        for cell in cells:
            if type(cell) is str:
                known = texts.get(cell)
                cell = self._new(cell, number) if known is None else known
            kept.append(cell)
        kept.extend([""] * (self.sheet.n_columns - len(kept)))
        self.sheet.rows.append((number, kept))

    def _new(self, text: str, number: int) -> Cell:
        if len(text) > self.most_chars:
            step = "shorten it, or look for an open quote"
            raise RefusalError(f"has a cell longer than {self.most_chars:,} characters", step, number)
        return self.texts.setdefault(text, text)

    def made(self) -> Sheet:
        """Give the sheet with its merged ranges, which must not lie on each other."""
        sheet = self.sheet
        last = sheet.rows[-1][0] if sheet.rows else 0
        clipped = [
            Merged(merged.top, merged.left, min(merged.bottom, last), min(merged.right, sheet.n_columns))
            for merged in self.merged
        ]
        clipped = [
            merged for merged in clipped if merged.top <= merged.bottom and merged.left <= merged.right
        ]
        area = sum((one.bottom - one.top + 1) * (one.right - one.left + 1) for one in clipped)
        if area > last * sheet.n_columns:
            raise RefusalError("has merged cells that lie on each other", "unmerge them")
        return Sheet(sheet.name, sheet.n_columns, sheet.rows, tuple(clipped), sheet.marks)


# CSV.


def decode(data: bytes, encoding: str | None = None) -> str:
    """Decode a CSV: UTF-8 and UTF-16 are recognised, anything else must be named.

    >>> decode("Деталь".encode("utf-16"))
    'Деталь'
    >>> decode("Деталь".encode("cp1251"), "cp1251")
    'Деталь'
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise RefusalError(f"is said to be saved as {encoding}", f"say one of {', '.join(ENCODINGS)}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    known = encoding or "utf-8"
    try:
        text = data.decode("utf-8-sig" if known == "utf-8" else known)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        step = "save it as 'CSV UTF-8', or say --map encoding=cp1251 (Cyrillic), cp1254 (Turkish) or cp1252"
        raise RefusalError(f"holds letters that are not saved as {known}", step, row) from None
    if (place := text.find("\0")) >= 0:
        row = text.count("\n", 0, place) + 1
        raise RefusalError("holds a NUL character, which no table has", "save it as 'CSV UTF-8'", row)
    return text


def _csv(text: str, limits: Limits) -> Sheet:
    rows = []
    for number, cells in csv_rows(text, _delimiter(text), limits):
        cells = [" ".join(cell.split()) if "\n" in cell or "\r" in cell else cell.strip() for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > limits.max_columns:
            raise RefusalError(f"has more than {limits.max_columns} columns", "remove columns", number)
        if cells:
            rows.append((number, cells))
        if len(rows) > limits.max_rows:
            raise RefusalError(f"has more than {limits.max_rows:,} rows", "split the table", number)
    width = max((len(cells) for _, cells in rows), default=0)
    if width * len(rows) > limits.max_cells:
        raise RefusalError(f"spans more than {limits.max_cells:,} cells", "split the table")
    maker = _Maker("", width, limits)
    for number, cells in rows:
        maker.add(number, list(cells))
    return maker.made()


def _delimiter(text: str) -> str:
    """Take the delimiter that most lines have equally often; title lines above the table do not matter."""
    lines = [_QUOTED.sub("", line) for line in text[:200_000].splitlines()[:200]]

    def fitness(delimiter: str) -> tuple[int, int]:
        counts = Counter(n for line in lines if (n := line.count(delimiter)))
        (n_delimiters, n_lines) = counts.most_common(1)[0] if counts else (0, 0)
        return n_lines, n_delimiters

    return max(_DELIMITERS, key=fitness)
