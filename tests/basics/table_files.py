"""Small tables, workbooks and their faults, as the tests of tables want them."""

import os
import zipfile

import xlsxwriter
from hypothesis import HealthCheck, settings

from knockdown.basics.tables import Limits, read_table

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
FUZZ = settings(
    max_examples=2_000 if LONG else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = settings(FUZZ, max_examples=200 if LONG else 15)
SHEET = "xl/worksheets/sheet1.xml"


def read(path, **limits):
    return read_table(path, path.name, Limits(**limits))


def put(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(path, rows, write=None, **sheets):
    """Write rows of texts and numbers to the first sheet, and let `write` add to it."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Sheet1")
        fill(sheet, rows)
        if write:
            write(book, sheet)
        for name, other in sheets.items():
            fill(book.add_worksheet(name), other)
    return path


def fill(sheet, rows):
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            (sheet.write_string if isinstance(value, str) else sheet.write)(number, column, value)


def repack(path, changes=None, **kinds):
    """Write a workbook's zip again with some parts changed, added or (None) left out."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts |= changes or {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            if content is not None:
                book.writestr(name, content, **kinds)
    return path


def part(path, name=SHEET):
    with zipfile.ZipFile(path) as book:
        return book.read(name)


def texts(answer):
    return [str(fault) for fault in answer[1]]


def only_fault(answer, words, row=None):
    """Check that one fault was found, with these words, and give it."""
    assert len(answer[1]) == 1, texts(answer)
    fault = answer[1][0]
    assert words in str(fault)
    assert fault.row == row
    assert fault.next_step
    return fault


def check_any_answer(answer):
    table, faults = answer
    assert table is not None or faults
    for fault in faults:
        assert str(fault)
    if table is not None:
        assert all(tuple(row) == table.columns for _, row in table.rows)
        assert all(
            isinstance(cell, str) and len(cell) <= 2_000 for _, row in table.rows for cell in row.values()
        )


def mutate(content, rng):
    """Change, drop or double a few stretches of bytes."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(content) + 1)
        stop = start + rng.choice((0, 1, 1, 1, 4, 40))
        content[start:stop] = rng.choice(
            (rng.randbytes(1), b"", bytes(content[start:stop]) * 2, b"\xff\xff\xff\xff")
        )
    return bytes(content)
