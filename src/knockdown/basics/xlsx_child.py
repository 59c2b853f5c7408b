"""Read XLSX workbooks in a process of its own, which may die without harm.

A workbook is a zip of XML, and a small hostile one can unpack into all the memory there is. `tables.py`
starts this file as a script with little memory and time. It imports nothing of ours, opens no file, and
speaks JSON lines:

- in: for each workbook `{"stem": ..., "size": ...}` and that many bytes (the limits come as an argument);
- out, for each workbook: `["mark", kind, row, column, value]` for a cell that needs mending, `["row", number,
  cells]`, then `["end", marks_left_out]` or `["refused", problem, next_step]`.
Without a stem every visible sheet is given raw: `["sheet", name, columns]`, `["merged", top, left, bottom,
right]`s, and rows in which numbers stay numbers; a formula is marked only if no value is stored beside it.

Two parsers see it: expat for what calamine hides (formulas, error cells, merged ranges), calamine for values.
"""

from __future__ import annotations

import datetime
import functools
import io
import json
import re
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

CHUNK_BYTES = 1 << 16
SMALL_BYTES = 1 << 20
"""Entries below this may shrink by any ratio: they cannot hurt."""

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
SAVE_AGAIN = "open it in Excel or LibreOffice and save it again as .xlsx"
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class RefusalError(Exception):
    """The workbook as a whole cannot be read: what is wrong, and the next step."""

    def __init__(self, problem: str, next_step: str = SAVE_AGAIN) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step


# The gate: what may be unpacked at all.

Part = Callable[[], Iterator[bytes]]  # unpacks one part of the workbook, in pieces


def open_gate(data: bytes, limits: dict[str, Any]) -> dict[str, Part]:
    """Give the parts by lower-case name, or refuse the workbook before anything is kept of it."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise RefusalError("is not a whole .xlsx workbook") from error
    if len(entries) > limits["max_entries"]:
        raise RefusalError(f"holds {len(entries)} parts, more than {limits['max_entries']}")
    if sum(entry.file_size for entry in entries) > limits["max_xlsx_unpacked"]:
        raise RefusalError(f"unpacks to more than {limits['max_xlsx_unpacked'] / 2**20:g} MB")
    parts: dict[str, Part] = {}
    for entry in entries:
        check_entry(entry, limits)
        parts[entry.filename.replace("\\", "/").lower()] = functools.partial(pieces, data, entry)
    if len(parts) < len(entries):
        raise RefusalError("holds two parts of one name")
    if WORKBOOK not in parts:
        raise RefusalError("is a zip but not an .xlsx workbook")
    check_parts(parts)
    return parts


def check_entry(entry: zipfile.ZipInfo, limits: dict[str, Any]) -> None:
    """Refuse one entry by what the zip's directory says of it."""
    if entry.flag_bits & 1:
        raise RefusalError("is protected by a password", "save it without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusalError("is packed in a way workbooks are not")
    if entry.file_size > SMALL_BYTES and entry.file_size > limits["max_ratio"] * entry.compress_size:
        raise RefusalError(f"holds a part packed more than {limits['max_ratio']} to 1, as in a zip bomb")


def check_parts(parts: dict[str, Part]) -> None:
    """Unpack each part once, piece by piece: sizes must be true, and no XML may declare entities."""
    for name, part in parts.items():
        is_xml = name.endswith((".xml", ".rels"))
        before = b""
        for piece in part():
            if is_xml and (b"<!DOCTYPE" in before + piece or b"\0" in piece):
                raise RefusalError("holds XML with a DOCTYPE or in an encoding workbooks do not use")
            before = (before + piece)[-16:]


def pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack an entry, and refuse it when it holds more or other than the directory declares.

    Python's zipfile stops quietly at the declared size, where calamine would read on.
    """
    left, check = entry.file_size, 0
    for piece in inflate(data, entry):
        left -= len(piece)
        check = zlib.crc32(piece, check)
        if left < 0:
            raise RefusalError("holds a part larger than it says, as in a zip bomb")
        yield piece
    if left or check != entry.CRC:
        raise RefusalError("is damaged")


def inflate(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack the bytes of an entry, in pieces of bounded size."""
    lengths = data[entry.header_offset + 26 : entry.header_offset + 30]
    start = entry.header_offset + 30 + sum(struct.unpack("<HH", lengths))
    unpack = zlib.decompressobj(-15)
    for place in range(start, start + entry.compress_size, CHUNK_BYTES):
        packed = data[place : min(place + CHUNK_BYTES, start + entry.compress_size)]
        if entry.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while piece := unpack.decompress(packed, CHUNK_BYTES):
            yield piece
            packed = unpack.unconsumed_tail


# What calamine hides.


def walk(
    part: Part,
    start: Callable[[str, dict[str, str]], None],
    parser: expat.XMLParserType | None = None,
) -> None:
    """Stream one XML part through expat."""
    parser = parser or expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    for piece in part():
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def refuse_doctype(*_: object) -> None:
    raise RefusalError("holds XML with a DOCTYPE")


def local(tag: str) -> str:
    """Drop a namespace prefix.

    >>> local("x:row")
    'row'
    """
    return tag.rpartition(":")[2]


def list_sheets(parts: dict[str, Part]) -> list[tuple[str, str]]:
    """Name and part of each visible worksheet, in order."""
    if RELATIONS not in parts:
        raise RefusalError("lacks the list of its sheets")
    targets = worksheet_targets(parts[RELATIONS])
    sheets = [(name, targets[key]) for name, key in visible_sheets(parts[WORKBOOK]) if key in targets]
    if not sheets:
        raise RefusalError("has no visible sheet", "put the table on a visible sheet")
    if any(part not in parts for _, part in sheets):
        raise RefusalError("lacks the sheet it lists")
    return sheets


def worksheet_targets(relations: Part) -> dict[str, str]:
    """Part name, in lower case, by relation id; worksheets only."""
    targets: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "").lstrip("/")
            target = target if target.startswith("xl/") else f"xl/{target}"
            targets[attributes.get("Id", "")] = target.lower()

    walk(relations, start)
    return targets


def visible_sheets(workbook: Part) -> list[tuple[str, str]]:
    """Name and relation id of each sheet that is not hidden, in order."""
    sheets: list[tuple[str, str]] = []
    names: set[str] = set()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) != "sheet":
            return
        name = attributes.get("name", "")
        if name in names:
            raise RefusalError("has two sheets of one name", "rename one of the sheets")
        names.add(name)
        if attributes.get("state", "visible") == "visible":
            key = next((value for label, value in attributes.items() if label.endswith(":id")), "")
            sheets.append((name, key))

    walk(workbook, start)
    return sheets


class Scan:
    """Find formulas, error cells and merged ranges, and the size of the filled area.

    Its parser tells of ends and text only inside a formula or an error: each call from expat costs.
    """

    def __init__(self, limits: dict[str, Any]) -> None:
        self.limits = limits
        self.parser = expat.ParserCreate()
        self.marks: list[list[Any]] = []
        self.left_out = 0
        self.row = self.column = self.last_row = self.last_column = 0
        self.is_error = False
        self.value = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = local(tag) if ":" in tag else tag
        if tag == "c":
            self.start_cell(attributes)
        elif tag in ("v", "f", "is"):
            self.fill(tag)
        elif tag == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = 0
        elif tag == "mergeCell":
            self.mark_merged(attributes.get("ref", ""))

    def start_cell(self, attributes: dict[str, str]) -> None:
        if place := _PLACE.fullmatch(attributes.get("r", "")):
            self.column, self.row = column_number(place[1]), int(place[2])
        else:
            self.column += 1
        self.is_error = attributes.get("t") == "e"

    def fill(self, tag: str) -> None:
        """Note a cell with something in it; styled empty cells never come here."""
        if self.row > self.last_row:
            self.last_row = self.row
            if self.row > self.limits["max_rows"] + 1:
                raise RefusalError(f"has more than {self.limits['max_rows']:,} rows", "split the table")
        if self.column > self.last_column:
            self.last_column = self.column
            if self.column > self.limits["max_columns"]:
                problem = f"has a value in row {self.row} beyond column {self.limits['max_columns']}"
                raise RefusalError(problem, "clear what stands right of the table")
        self.note(tag)

    def note(self, tag: str) -> None:
        """Begin to read a formula, or the text of an error."""
        if tag == "f" or (tag == "v" and self.is_error):
            self.listen()

    def listen(self) -> None:
        self.value = ""
        self.parser.CharacterDataHandler = self.text
        self.parser.EndElementHandler = self.end

    def text(self, text: str) -> None:
        if len(self.value) < 200:
            self.value += text[:200]

    def end(self, tag: str) -> None:
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
        if local(tag) == "f":
            self.mark("formula", self.row, self.column, f"={self.value}" if self.value else None)
        else:
            self.mark("error", self.row, self.column, self.value)

    def mark_merged(self, reference: str) -> None:
        if place := _PLACE.match(reference):
            self.mark("merged", int(place[2]), column_number(place[1]), reference[:20])

    def mark(self, *mark: Any) -> None:
        if len(self.marks) < self.limits["max_faults"]:
            self.marks.append(["mark", *mark])
        else:
            self.left_out += 1


class RawScan(Scan):
    """Find error cells, formulas without a stored value, and whole merged ranges."""

    def __init__(self, limits: dict[str, Any]) -> None:
        super().__init__(limits)
        self.merged: list[list[int]] = []
        self.formula: tuple[int, int] | None = None  # not yet with a value

    def note(self, tag: str) -> None:
        if tag == "f":
            self.settle()
            self.formula = (self.row, self.column)
        elif tag == "v" and (self.is_error or self.formula == (self.row, self.column)):
            self.listen()

    def end(self, tag: str) -> None:
        self.formula = None if self.value else self.formula
        if self.is_error:
            super().end(tag)
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None

    def settle(self) -> None:
        if self.formula:
            self.mark("formula", *self.formula, None)
        self.formula = None

    def mark_merged(self, reference: str) -> None:
        found = [_PLACE.fullmatch(corner) for corner in reference.split(":")]
        if len(found) == 2 and found[0] and found[1]:
            (left, top), (right, bottom) = found[0].groups(), found[1].groups()
            self.merged.append([int(top), column_number(left), int(bottom), column_number(right)])
        if len(self.merged) > self.limits["max_rows"]:
            raise RefusalError("has more merged cells than rows", "unmerge the cells")


@functools.cache
def column_number(letters: str) -> int:
    """Count a column as a spreadsheet does, from 1.

    >>> column_number("A"), column_number("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


# Values as text.


def canonical(value: Any) -> str:
    """Write a cell's value as the one text that a CSV would hold.

    >>> [canonical(value) for value in (12.0, 0.5, True, datetime.date(2026, 1, 31), " a ")]
    ['12', '0.5', 'true', '2026-01-31', ' a ']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value) if isinstance(value, int) else canonical_time(value)


def canonical_time(value: Any) -> str:
    """Write a date, a time of day or a duration; whole minutes leave out the seconds.

    >>> canonical_time(datetime.datetime(2026, 1, 31, 8, 30)), canonical_time(datetime.timedelta(hours=36))
    ('2026-01-31T08:30', '36:00')
    """
    if isinstance(value, datetime.datetime):
        value = (value + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        midnight = value.time() == datetime.time()
        return str(value.date()) if midnight else value.isoformat().removesuffix(":00")
    if isinstance(value, datetime.time):
        day = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        return canonical_time(day + datetime.timedelta(microseconds=value.microsecond))
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return str(value)


def raw(value: Any) -> Any:
    """Keep a number a number, so that nobody takes its point for a separator; the rest as `canonical`.

    >>> [raw(value) for value in (12.0, 1.234, "1.234", True)]
    [12, 1.234, '1.234', 'true']
    """
    if type(value) is float and abs(value) < 1e300:
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return canonical(value)


def load_book(data: bytes) -> Any:
    import python_calamine  # here, so that the gate needs nothing

    return python_calamine.load_workbook(io.BytesIO(data))


def rows_of(sheet: Any, left: dict[str, Any], write: Callable[[Any], Any]) -> Iterator[Any]:
    """Give number and cells of each filled row; long ones cut just past the limit, so that it still shows."""
    most = left["max_cell_chars"] + 64
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [write(value) for value in values]
        cells = [cell.strip()[:most] if type(cell) is str else cell for cell in cells]
        sizes = [len(cell) if type(cell) is str else 8 for cell in cells]
        left["text"] -= sum(sizes)
        if left["text"] < 0:
            raise RefusalError(f"holds more than {left['max_xlsx_unpacked'] >> 20} MB of text", "split it")
        if any(sizes):
            yield number, cells


def answer(data: bytes, stem: str, left: dict[str, Any]) -> Iterator[list[Any]]:
    """Read the sheet named like the file, else the first visible one, into the messages to send."""
    parts = open_gate(data, left)
    sheets = list_sheets(parts)
    sheet, part = next((sheet for sheet in sheets if sheet[0] == stem), sheets[0])
    scan = Scan(left)
    walk(parts[part], scan.start, scan.parser)
    if scan.last_row * scan.last_column > left["max_cells"]:
        raise RefusalError(f"spans more than {left['max_cells']:,} cells", "split the table")
    yield from scan.marks
    for number, cells in rows_of(load_book(data).get_sheet_by_name(sheet), left, canonical):
        yield ["row", number, cells]
    yield ["end", scan.left_out]


def answer_every_sheet(data: bytes, left: dict[str, Any]) -> Iterator[list[Any]]:
    """Read every visible sheet of a workbook; the limits hold for all of them together."""
    parts = open_gate(data, left)
    scans = [(sheet, scan_raw(parts[part], left)) for sheet, part in list_sheets(parts)]
    book = load_book(data)
    for name, scan in scans:
        sheet = book.get_sheet_by_name(name)
        before = [""] * (sheet.start or (0, 0))[1]  # calamine leaves out empty columns on the left
        yield ["sheet", name[:200], scan.last_column]
        yield from (["merged", *place] for place in scan.merged)
        yield from scan.marks
        for number, cells in rows_of(sheet, left, raw):
            yield ["row", number, (before + cells)[: scan.last_column]]
    yield ["end", 0]


def scan_raw(part: Part, left: dict[str, Any]) -> RawScan:
    """Scan one sheet, and take its size from what is left."""
    scan = RawScan(left)
    walk(part, scan.start, scan.parser)
    scan.settle()
    left["rows"] -= scan.last_row
    left["cells"] -= scan.last_row * scan.last_column
    if min(left["rows"], left["cells"]) < 0:
        raise RefusalError("has more rows or cells than may be read", "split the workbook")
    if scan.left_out:
        raise RefusalError("has too many errors and formulas without a value", "paste it as values")
    return scan


# The process.


def limit_memory(limits: dict[str, Any]) -> None:
    """Cap memory and forbid files, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    memory = limits["child_memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def limit_seconds(limits: dict[str, Any]) -> None:
    """Give the next workbook its processor time, should the parent no longer watch the clock."""
    try:
        import resource
    except ImportError:
        return
    soft = int(time.process_time() + limits["child_seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def send(out: BinaryIO, data: bytes, stem: str | None, limits: dict[str, Any]) -> None:
    """Write the answer for one workbook, whatever it holds."""
    left = limits | {"text": limits["max_xlsx_unpacked"]}
    left |= {"rows": limits["max_rows"], "cells": limits["max_cells"]}
    try:
        for message in answer_every_sheet(data, left) if stem is None else answer(data, stem, left):
            out.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    except RefusalError as refused:
        out.write(json.dumps(["refused", refused.problem, refused.next_step]).encode() + b"\n")
    except MemoryError:
        out.write(json.dumps(["refused", "needs too much memory", SAVE_AGAIN]).encode() + b"\n")
    except BaseException:  # a panic in calamine is no Exception; whatever it was, the file is to blame
        out.write(json.dumps(["refused", "is damaged", SAVE_AGAIN]).encode() + b"\n")
    out.flush()


def main() -> None:
    """Answer workbooks until the parent has no more."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    limits = json.loads(sys.argv[1])
    limit_memory(limits)
    while line := source.readline():
        request = json.loads(line)
        limit_seconds(limits)
        send(out, source.read(request["size"]), request["stem"], limits)


if __name__ == "__main__":
    main()
