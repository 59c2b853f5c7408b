"""Workbooks, read through `xlsx_child.py` in a process that may die, be slow or lie."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from knockdown.basics.table_rows import Faults, Limits, RefusalError, Table, build_table, column_letters

CHILD = Path(__file__).with_name("xlsx_child.py")
_SAVE_AGAIN = "save it again with this table alone, or as CSV UTF-8"
_SHAPES: dict[str, tuple[Any, ...]] = {
    "row": (int, list),
    "mark": (str, int, int, (str, type(None))),
    "end": (int,),
    "refused": (str, str),
    "sheet": (str, int),
    "merged": (int, int, int, int),
}
_MARKS = {
    "formula": ("is a formula", "paste it as a value"),
    "error": ("is an error cell", "mend it, or write the value"),
    "merged": ("are merged cells", "unmerge them and write the value in each row"),
}


class ChildError(Exception):
    """The child died, was stopped, or spoke nonsense."""


class Child:
    """The process that reads workbooks: started when first needed, and again after it died."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, data: bytes, stem: str | None) -> Generator[list[Any], None, None]:
        """Send one workbook and give the messages about it; give up when the time is over.

        Without a stem they are about every visible sheet, raw: see `xlsx_child.py`.
        """
        process = self.process = self.process or self._start()
        clock = threading.Timer(self.limits.child_seconds, process.kill)
        clock.start()
        ended = False
        try:
            self._send(process, data, stem)
            for message in self._messages(process, str if stem is not None else (str, int, float)):
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
        command = [sys.executable, "-I", str(CHILD), json.dumps(asdict(self.limits))]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def _send(self, process: subprocess.Popen[bytes], data: bytes, stem: str | None) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"stem": stem, "size": len(data)}).encode() + b"\n" + data)
            process.stdin.flush()
        except OSError as error:
            raise ChildError from error

    def _messages(
        self, process: subprocess.Popen[bytes], cells: type | tuple[type, ...]
    ) -> Iterator[list[Any]]:
        """Read messages up to the last about this workbook, each and all bounded."""
        assert process.stdout is not None
        longest = self.limits.max_columns * (6 * self.limits.max_cell_chars + 512)
        left = 8 * self.limits.max_xlsx_unpacked
        while True:
            line = process.stdout.readline(longest)
            left -= len(line)
            if not line.endswith(b"\n") or left < 0:
                raise ChildError
            message = _checked_message(line, cells)
            yield message
            if message[0] in ("end", "refused"):
                return


def _checked_message(line: bytes, cells: type | tuple[type, ...] = str) -> list[Any]:
    """Trust a line from the child no further than its shape; `cells` are the types a cell may have."""
    try:
        message = json.loads(line)
        kind, *rest = message
    except (ValueError, TypeError, RecursionError) as error:
        raise ChildError from error
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None or len(rest) != len(shape) or not all(map(isinstance, rest, shape)):
        raise ChildError
    if kind == "row" and not all(isinstance(cell, cells) for cell in rest[1]):
        raise ChildError
    return message


def read_workbook(data: bytes, stem: str, faults: Faults, limits: Limits, child: Child) -> Table | None:
    """Read a workbook through the child, and put what it marked beside the rest of the faults."""
    check_kind(data)
    marks: list[list[Any]] = []
    table = None
    try:
        with closing(_xlsx_rows(child.ask(data, stem), marks)) as rows:
            table = build_table(rows, faults, limits)
    except ChildError as error:
        raise too_much(limits) from error
    finally:
        _add_marks(marks, table.columns if table else (), faults)
    return table


def check_kind(data: bytes) -> None:
    """Refuse what is no .xlsx workbook by its first bytes."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        step = "save it as .xlsx without a password"
        raise RefusalError("is an old .xls workbook or is protected by a password", step)
    if not data.startswith(b"PK"):
        raise RefusalError("is not an .xlsx workbook", "save it as .xlsx, or name it .csv if it is one")


def too_much(limits: Limits) -> RefusalError:
    """Say that the child gave up, or was stopped."""
    allowed = f"{limits.child_memory_bytes >> 20:,} MB of memory and {limits.child_seconds:g} seconds"
    return RefusalError(f"cannot be read within {allowed}", _SAVE_AGAIN)


def _xlsx_rows(
    messages: Generator[list[Any], None, None], marks: list[list[Any]]
) -> Generator[tuple[int, list[str]], None, None]:
    """Give the rows a workbook holds, and collect the child's marks on the way."""
    with closing(messages):
        for kind, *rest in messages:
            if kind == "row":
                yield rest[0], rest[1]
            elif kind == "refused":
                raise RefusalError(rest[0], rest[1])
            else:
                marks.append([kind, *rest])


def _add_marks(marks: list[list[Any]], columns: tuple[str, ...], faults: Faults) -> None:
    """Turn marked cells into faults, under their heading where there is one."""
    for message in marks:
        if message[0] == "end":
            faults.left_out += message[1]
            continue
        _, kind, row, column, value = message
        heading = columns[column - 1] if 0 < column <= len(columns) else column_letters(column)
        faults.add(row, heading, value, *_MARKS.get(kind, _MARKS["error"]))
