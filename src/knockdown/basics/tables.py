"""Read tables from CSV or XLSX alike, treating every file as hostile.

Whatever stands in a file, reading it ends soon, in little memory, with a table, a list of faults, or both;
never with an exception. CSV is read here; `workbooks.py` has workbooks unpacked in a process that may die;
`table_rows.py` turns the rows of either into a table.
"""

from __future__ import annotations

import csv
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from knockdown.basics.faults import Fault
from knockdown.basics.table_rows import Faults, Limits, RefusalError, Table, build_table
from knockdown.basics.workbooks import Child, read_workbook

__all__ = ["DEFAULT_LIMITS", "Limits", "Table", "find_table", "read_table", "read_tables"]

DEFAULT_LIMITS = Limits()
_SAVE_UTF8 = "save it as 'CSV UTF-8 (comma delimited)'"
_FIRST_LINE = re.compile(r"[^\r\n]*")
_QUOTED = re.compile(r'"[^"]*"')
_MAX_LINES = 1 << 20
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}

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
    with Child(limits) as child:
        return [_read(path, Faults(name, limits.max_faults), limits, child) for path, name in files]


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


def _read(path: Path, faults: Faults, limits: Limits, child: Child) -> tuple[Table | None, list[Fault]]:
    table = None
    try:
        data = read_bytes(path, limits)
        if path.suffix.lower() == ".xlsx":
            table = read_workbook(data, path.stem, faults, limits, child)
        elif path.suffix.lower() == ".csv":
            text = _decode(data)
            table = build_table(csv_rows(text, _delimiter(text), limits), faults, limits)
        else:
            raise RefusalError("is neither .csv nor .xlsx", "save the table as .csv or .xlsx")
    except RefusalError as refused:
        faults.add(refused.row, None, None, refused.problem, refused.next_step)
    return table, faults.listed()


# Bytes.


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Read a plain file that lies in its folder, never more than the limit and never waiting."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(path.parent.resolve()):
            raise RefusalError("is a link that leads out of the plant folder", "put the file itself there")
        return _read_plain(real, limits.max_file_bytes)
    except FileNotFoundError:
        raise RefusalError("is missing", "add the file") from None
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
        reason = getattr(error, "strerror", None) or "a broken link"
        raise RefusalError(f"cannot be opened ({reason})", "put a readable file there") from error


def _read_plain(path: Path, most: int) -> bytes:
    if not stat.S_ISREG(path.lstat().st_mode):  # before opening: opening a device may already act
        raise RefusalError("is not a plain file", "put a plain file there")
    flags = sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise RefusalError("is not a plain file", "put a plain file there")
        data = file.read(most + 1)
    if len(data) > most:
        raise RefusalError(f"is larger than {most / 2**20:g} MB", "split the table")
    return data


# CSV.


def csv_rows(text: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Split a CSV into numbered rows; a row is a record, however many lines its cells span."""
    reader = csv.reader(_lines(text, limits), delimiter=delimiter, strict=True, skipinitialspace=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise RefusalError(*_csv_problem(str(error)), number) from error
        if cells is None:
            return
        if number > _MAX_LINES:
            raise RefusalError("has more rows than a spreadsheet can hold", "remove the empty rows", number)
        yield number, cells


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RefusalError("is saved as UTF-16 ('Unicode text')", _SAVE_UTF8)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RefusalError("is a workbook named .csv", "name it .xlsx, or save it as CSV UTF-8")
    if (place := data.find(b"\0")) >= 0:
        raise RefusalError(
            "holds a NUL byte, which no table has", _SAVE_UTF8, data.count(b"\n", 0, place) + 1
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise RefusalError("holds letters that are not saved as UTF-8", _SAVE_UTF8, row) from None


def _delimiter(text: str) -> str:
    """Recognise the delimiter in the heading line, outside quotes."""
    heading = _QUOTED.sub("", _FIRST_LINE.match(text)[0])  # type: ignore[index]
    found = [delimiter for delimiter in _DELIMITERS if delimiter in heading]
    if len(found) > 1:
        names = " and ".join(_DELIMITERS[delimiter] for delimiter in found)
        raise RefusalError(f"has both {names} between headings", "use one of them, and quote the other", 1)
    return found[0] if found else ","


def _lines(text: str, limits: Limits) -> Iterator[str]:
    """Give lines with their ends; one that no table within the limits could have is refused."""
    most = limits.max_columns * (2 * limits.max_cell_chars + 8)
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > most:
            raise RefusalError("has a line longer than any table here may have", "split the table", number)
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
