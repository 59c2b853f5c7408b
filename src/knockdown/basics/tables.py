"""Read tables from CSV or XLSX alike, treating every file as hostile.

Whatever stands in a file, reading it ends soon, in little memory, with a table, a list of faults, or both;
never with an exception. CSV is read here; `xlsx_child.py` unpacks workbooks in a process that may die.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from knockdown.basics.faults import Fault

_CHILD = Path(__file__).with_name("xlsx_child.py")
_SAVE_UTF8 = "save it as 'CSV UTF-8 (comma delimited)'"
_SAVE_AGAIN = "save it again with this table alone, or as CSV UTF-8"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SIGNED = re.compile(r"\+[0-9.,]+([eE][+-]?[0-9]+)?")
_FIRST_LINE = re.compile(r"[^\r\n]*")
_QUOTED = re.compile(r'"[^"]*"')
_MAX_LINES = 1 << 20
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}


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


DEFAULT_LIMITS = Limits()


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
class _Faults:
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


class _RefusalError(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, problem: str, next_step: str, row: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step
        self.row = row


# Doors.


def read_table(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> tuple[Table | None, list[Fault]]:
    """Read one CSV or XLSX file; see `read_tables`."""
    return read_tables([(path, name)], limits)[0]


def read_tables(
    files: Sequence[tuple[Path, str]], limits: Limits = DEFAULT_LIMITS
) -> list[tuple[Table | None, list[Fault]]]:
    """Read many files, all workbooks in one child process.

    Parameters
    ----------
    files : sequence of (Path, str)
        Each file and its name as the user knows it.
    limits : Limits, optional
        How much of each file is read at most.

    Returns
    -------
    list of (Table or None, list of Fault)
        One answer a file, in order. A table may come together with faults in single cells or rows, so that a
        caller can go on to find its own and report all at once; use its contents only when there are none.
        There is no table when the file as a whole cannot be read.
    """
    with _Child(limits) as child:
        return [_read(path, _Faults(name, limits.max_faults), limits, child) for path, name in files]


def find_table(folder: Path, stem: str) -> tuple[Path | None, list[Fault]]:
    """Find `stem.csv` or `stem.xlsx`; none is no fault, both are.

    >>> find_table(Path("/nonexistent"), "models")
    (None, [])
    """
    if Path(stem).name != stem:
        raise ValueError(f"table name {stem!r} is not a plain name; give it without folder and suffix")
    found = [path for suffix in ("csv", "xlsx") if os.path.lexists(path := folder / f"{stem}.{suffix}")]
    if len(found) < 2:
        return (found[0] if found else None), []
    problem = f"stands beside {stem}.csv, so it is unclear which one counts"
    return None, [Fault(f"{stem}.xlsx", None, None, None, problem, "remove one of the two")]


def _read(path: Path, faults: _Faults, limits: Limits, child: _Child) -> tuple[Table | None, list[Fault]]:
    table = None
    try:
        data = _read_bytes(path, limits)
        if path.suffix.lower() == ".xlsx":
            table = _read_xlsx(data, path.stem, faults, limits, child)
        elif path.suffix.lower() == ".csv":
            table = _build(_csv_rows(data, limits), faults, limits)
        else:
            raise _RefusalError("is neither .csv nor .xlsx", "save the table as .csv or .xlsx")
    except _RefusalError as refused:
        faults.add(refused.row, None, None, refused.problem, refused.next_step)
    return table, faults.listed()


# Bytes.


def _read_bytes(path: Path, limits: Limits) -> bytes:
    """Read a plain file that lies in its folder, never more than the limit and never waiting."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(path.parent.resolve()):
            raise _RefusalError("is a link that leads out of the plant folder", "put the file itself there")
        return _read_plain(real, limits.max_file_bytes)
    except FileNotFoundError:
        raise _RefusalError("is missing", "add the file") from None
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
        reason = getattr(error, "strerror", None) or "a broken link"
        raise _RefusalError(f"cannot be opened ({reason})", "put a readable file there") from error


def _read_plain(path: Path, most: int) -> bytes:
    if not stat.S_ISREG(path.lstat().st_mode):  # before opening: opening a device may already act
        raise _RefusalError("is not a plain file", "put a plain file there")
    flags = sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _RefusalError("is not a plain file", "put a plain file there")
        data = file.read(most + 1)
    if len(data) > most:
        raise _RefusalError(f"is larger than {most / 2**20:g} MB", "split the table")
    return data


# Rows into a table, alike for both kinds of file.


def _build(raw: Iterable[tuple[int, list[str]]], faults: _Faults, limits: Limits) -> Table | None:
    """Turn numbered rows of cells, the first being the headings, into a table."""
    rows = ((number, [_clean(cell) for cell in cells]) for number, cells in raw)
    number, cells = next(((number, cells) for number, cells in rows if any(cells)), (0, []))
    if number != 1:
        problem = "has no headings in row 1" if number else "is empty"
        raise _RefusalError(problem, "put the headings in row 1", 1 if number else None)
    columns = _headings(cells, faults, limits)
    if columns is None:
        return None
    return Table(faults.name, columns, list(_checked_rows(rows, columns, faults, limits)))


def _clean(text: str) -> str:
    """Strip a text and give its lines one kind of end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def _headings(cells: list[str], faults: _Faults, limits: Limits) -> tuple[str, ...] | None:
    """Check the headings; None when one is at fault. Empty ones at the end are no columns."""
    while not cells[-1]:
        cells.pop()
    if len(cells) > limits.max_columns:
        raise _RefusalError(f"has {len(cells)} columns, more than {limits.max_columns}", "remove columns", 1)
    before = len(faults.kept)
    seen: set[str] = set()
    for index, heading in enumerate(cells, start=1):
        problem = _heading_problem(heading, seen, limits)
        seen.add(heading)
        if problem:
            step = "give each column one plain heading of its own"
            faults.add(1, _letters(index), heading[:200] or None, problem, step)
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
    rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], faults: _Faults, limits: Limits
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the filled rows as dicts, noting what is wrong in them."""
    width = len(columns)
    most = min(limits.max_rows, limits.max_cells // width)
    for count, (number, cells) in enumerate((row for row in rows if any(row[1])), start=1):
        if count > most:
            raise _RefusalError(f"has more than {most:,} rows of {width} columns", "split the table", number)
        if len(cells) > width and any(cells[width:]):
            extra = next(cell for cell in cells[width:] if cell)
            faults.add(number, None, extra, "stands right of the last heading", "remove it or add a heading")
        for index, cell in enumerate(cells[:width]):
            if cell and (cell[0] in "=+@" or len(cell) > limits.max_cell_chars or not cell.isprintable()):
                cells[index] = _check_cell(cell, number, columns[index], faults, limits)
        cells.extend([""] * (width - len(cells)))
        yield number, dict(zip(columns, cells, strict=False))


def _check_cell(cell: str, row: int, column: str, faults: _Faults, limits: Limits) -> str:
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


def _letters(column: int) -> str:
    """Name a column as a spreadsheet does.

    >>> _letters(1), _letters(28)
    ('A', 'AB')
    """
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


# CSV.


def _csv_rows(data: bytes, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Split a CSV into numbered rows; a row is a record, however many lines its cells span."""
    text = _decode(data)
    reader = csv.reader(_lines(text, limits), delimiter=_delimiter(text), strict=True, skipinitialspace=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _RefusalError(*_csv_problem(str(error)), number) from error
        if cells is None:
            return
        if number > _MAX_LINES:
            raise _RefusalError("has more rows than a spreadsheet can hold", "remove the empty rows", number)
        yield number, cells


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _RefusalError("is saved as UTF-16 ('Unicode text')", _SAVE_UTF8)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _RefusalError("is a workbook named .csv", "name it .xlsx, or save it as CSV UTF-8")
    if (place := data.find(b"\0")) >= 0:
        raise _RefusalError(
            "holds a NUL byte, which no table has", _SAVE_UTF8, data.count(b"\n", 0, place) + 1
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise _RefusalError("holds letters that are not saved as UTF-8", _SAVE_UTF8, row) from None


def _delimiter(text: str) -> str:
    """Recognise the delimiter in the heading line, outside quotes."""
    heading = _QUOTED.sub("", _FIRST_LINE.match(text)[0])  # type: ignore[index]
    found = [delimiter for delimiter in _DELIMITERS if delimiter in heading]
    if len(found) > 1:
        names = " and ".join(_DELIMITERS[delimiter] for delimiter in found)
        raise _RefusalError(f"has both {names} between headings", "use one of them, and quote the other", 1)
    return found[0] if found else ","


def _lines(text: str, limits: Limits) -> Iterator[str]:
    """Give lines with their ends; one that no table within the limits could have is refused."""
    most = limits.max_columns * (2 * limits.max_cell_chars + 8)
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > most:
            raise _RefusalError("has a line longer than any table here may have", "split the table", number)
        yield line


def _csv_problem(error: str) -> tuple[str, str]:
    """Put the csv module's message into the words of a clerk.

    >>> _csv_problem("unexpected end of data")[0]
    'opens a quote that is not closed'
    """
    if "end of data" in error:
        return "opens a quote that is not closed", "close it, or remove it"
    if "field limit" in error:
        return "holds a huge cell, or a quote that is not closed", "shorten it, or close the quote"
    return "has text after a closing quote", 'double each quote inside a cell, as in "5"" pipe"'


# XLSX.

_SHAPES: dict[str, tuple[Any, ...]] = {
    "row": (int, list),
    "mark": (str, int, int, (str, type(None))),
    "end": (int,),
    "refused": (str, str),
}
_MARKS = {
    "formula": ("is a formula", "paste it as a value"),
    "error": ("is an error cell", "mend it, or write the value"),
    "merged": ("are merged cells", "unmerge them and write the value in each row"),
}


class _ChildError(Exception):
    """The child died, was stopped, or spoke nonsense."""


class _Child:
    """The process that reads workbooks: started when first needed, and again after it died."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, data: bytes, stem: str) -> Generator[list[Any], None, None]:
        """Send one workbook and give the messages about it; give up when the time is over."""
        process = self.process = self.process or self._start()
        clock = threading.Timer(self.limits.child_seconds, process.kill)
        clock.start()
        ended = False
        try:
            self._send(process, data, stem)
            for message in self._messages(process):
                ended = message[0] in ("end", "refused")
                yield message
        finally:
            clock.cancel()
            if not ended:
                self.stop()

    def stop(self) -> None:
        """End the process and wait for it."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", str(_CHILD), json.dumps(asdict(self.limits))]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def _send(self, process: subprocess.Popen[bytes], data: bytes, stem: str) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"stem": stem, "size": len(data)}).encode() + b"\n" + data)
            process.stdin.flush()
        except OSError as error:
            raise _ChildError from error

    def _messages(self, process: subprocess.Popen[bytes]) -> Iterator[list[Any]]:
        """Read messages up to the last about this workbook, each and all bounded."""
        assert process.stdout is not None
        longest = self.limits.max_columns * (6 * self.limits.max_cell_chars + 512)
        left = 8 * self.limits.max_xlsx_unpacked
        while True:
            line = process.stdout.readline(longest)
            left -= len(line)
            if not line.endswith(b"\n") or left < 0:
                raise _ChildError
            message = _checked_message(line)
            yield message
            if message[0] in ("end", "refused"):
                return


def _checked_message(line: bytes) -> list[Any]:
    """Trust a line from the child no further than its shape."""
    try:
        message = json.loads(line)
        kind, *rest = message
    except (ValueError, TypeError, RecursionError) as error:
        raise _ChildError from error
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None or len(rest) != len(shape) or not all(map(isinstance, rest, shape)):
        raise _ChildError
    if kind == "row" and not all(isinstance(cell, str) for cell in rest[1]):
        raise _ChildError
    return message


def _read_xlsx(data: bytes, stem: str, faults: _Faults, limits: Limits, child: _Child) -> Table | None:
    """Read a workbook through the child, and put what it marked beside the rest of the faults."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        step = "save it as .xlsx without a password"
        raise _RefusalError("is an old .xls workbook or is protected by a password", step)
    if not data.startswith(b"PK"):
        raise _RefusalError("is not an .xlsx workbook", "save it as .xlsx, or name it .csv if it is one")
    marks: list[list[Any]] = []
    table = None
    try:
        with closing(_xlsx_rows(child.ask(data, stem), marks)) as rows:
            table = _build(rows, faults, limits)
    except _ChildError as error:
        allowed = f"{limits.child_memory_bytes >> 20:,} MB of memory and {limits.child_seconds:g} seconds"
        raise _RefusalError(f"cannot be read within {allowed}", _SAVE_AGAIN) from error
    finally:
        _add_marks(marks, table.columns if table else (), faults)
    return table


def _xlsx_rows(
    messages: Generator[list[Any], None, None], marks: list[list[Any]]
) -> Generator[tuple[int, list[str]], None, None]:
    """Give the rows a workbook holds, and collect the child's marks on the way."""
    with closing(messages):
        for kind, *rest in messages:
            if kind == "row":
                yield rest[0], rest[1]
            elif kind == "refused":
                raise _RefusalError(rest[0], rest[1])
            else:
                marks.append([kind, *rest])


def _add_marks(marks: list[list[Any]], columns: tuple[str, ...], faults: _Faults) -> None:
    """Turn marked cells into faults, under their heading where there is one."""
    for message in marks:
        if message[0] == "end":
            faults.left_out += message[1]
            continue
        _, kind, row, column, value = message
        heading = columns[column - 1] if 0 < column <= len(columns) else _letters(column)
        faults.add(row, heading, value, *_MARKS.get(kind, _MARKS["error"]))
