"""Workbooks are read as people and programs write them, and hostile ones are refused in little memory."""

import random
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from knockdown.basics import workbooks
from knockdown.basics.tables import Limits, read_tables
from tests.basics.table_files import (
    FEW,
    SHEET,
    check_any_answer,
    fill,
    mutate,
    only_fault,
    part,
    put,
    read,
    repack,
    workbook,
)


def test_workbook_values_become_canonical_text(tmp_path):
    def write(book, sheet):
        formats = ("yyyy-mm-dd", "dd.mm.yyyy hh:mm", "hh:mm", "[h]:mm")
        day, both, hour, long = (book.add_format({"num_format": text}) for text in formats)
        sheet.write_datetime(1, 5, date(2026, 1, 31), day)
        sheet.write_datetime(1, 6, datetime(2026, 1, 31, 8, 30), both)
        sheet.write_datetime(1, 7, clock(8, 30), hour)
        sheet.write_datetime(1, 8, timedelta(hours=36), long)

    rows = [list("abcdefghi"), [12, 0.5, True, 1e6, -0.0]]
    table, faults = read(workbook(tmp_path / "t.xlsx", rows, write))
    expected = ["12", "0.5", "true", "1000000", "0", "2026-01-31", "2026-01-31T08:30", "08:30", "36:00"]
    assert faults == []
    assert list(table.rows[0][1].values()) == expected


def test_the_sheet_named_like_the_file_counts_else_the_first_visible(tmp_path):
    first, named = [["a"], ["first"]], [["a"], ["named"]]
    assert read(workbook(tmp_path / "t.xlsx", first, t=named))[0].rows == [(2, {"a": "named"})]
    assert read(workbook(tmp_path / "u.xlsx", first, t=named))[0].rows == [(2, {"a": "first"})]


def test_workbooks_as_other_programs_write_them_are_read(tmp_path):
    """A path from the root, prefixed tags, texts in place, no addresses; and entities in a sheet's name."""
    path = workbook(tmp_path / "a&b.xlsx", [["x"]], **{"a&b": [["y"]]})
    relations = part(path, "xl/_rels/workbook.xml.rels").replace(b'"worksheets/', b'"/xl/worksheets/')
    space = b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    row = b'<x:row><x:c t="inlineStr"><x:is><x:t>%s</x:t></x:is></x:c><x:c>%s<x:v>%d</x:v></x:c></x:row>'
    rows = row % (b"a", b"", 1) + row % (b"b", b"<x:f>A1</x:f>", 2)
    sheet = b"<x:worksheet %s><x:sheetData>%s</x:sheetData></x:worksheet>" % (space, rows)
    answer = read(repack(path, {"xl/_rels/workbook.xml.rels": relations, "xl/worksheets/sheet2.xml": sheet}))
    assert answer[0].rows == [(2, {"a": "b", "1": "2"})]
    assert only_fault(answer, "'=A1' is a formula", 2).column == "1"


def test_hidden_sheets_and_charts_are_ignored(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["first"]], t=[["a"], ["named"]])
    for state in (b"hidden", b"veryHidden"):
        names = part(path, "xl/workbook.xml").replace(b'name="t"', b'name="t" state="' + state + b'"')
        hidden = repack(
            put(tmp_path / state.decode() / "t.xlsx", path.read_bytes()), {"xl/workbook.xml": names}
        )
        assert read(hidden)[0].rows == [(2, {"a": "first"})]
    names = part(path, "xl/workbook.xml").replace(b'name="', b'state="hidden" name="')
    only_fault(read(repack(path, {"xl/workbook.xml": names})), "no visible sheet")
    book = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"))
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Sheet1!$A$1:$A$2"})
    book.add_chartsheet("c").set_chart(chart)
    fill(book.add_worksheet(), [["a"], ["1"]])
    book.close()
    assert read(tmp_path / "c.xlsx")[0].rows == [(2, {"a": "1"})]


def test_many_workbooks_share_one_child_and_keep_their_order(tmp_path, monkeypatch):
    starts = []
    start = workbooks.Child._start
    monkeypatch.setattr(workbooks.Child, "_start", lambda self: starts.append(1) or start(self))
    paths = [workbook(tmp_path / f"{name}.xlsx", [["a"], [name]]) for name in "xyz"]
    paths.insert(1, put(tmp_path / "c.csv", "a\nc\n"))
    answers = read_tables([(path, path.name) for path in paths])
    assert [answer[0].rows[0][1]["a"] for answer in answers] == ["x", "c", "y", "z"]
    assert len(starts) == 1


def test_a_child_that_dies_spoils_only_its_own_file(tmp_path):
    rng = random.Random(1)
    good = workbook(tmp_path / "good.xlsx", [["a"], ["1"]])
    big = workbook(tmp_path / "big.xlsx", [["a"], *([rng.randbytes(600).hex()] for _ in range(20_000))])
    limits = Limits(child_memory_bytes=64 << 20)
    answers = read_tables([(good, "good"), (big, "big"), (good, "good")], limits)
    assert answers[0] == answers[2]
    assert answers[0][1] == []
    only_fault(answers[1], "memory")


def test_a_shared_formula_is_found_in_each_cell(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], [1], [2]])
    sheet = part(path).replace(b"<v>2</v>", b'<f t="shared" si="0"/><v>2</v>')
    fault = only_fault(read(repack(path, {SHEET: sheet})), "is a formula", 3)
    assert fault.column == "a"


def test_the_wall_clock_ends_a_slow_workbook(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], *([n] for n in range(5_000))])
    started = time.monotonic()
    only_fault(read(path, child_seconds=0.001), "cannot be read within")
    assert time.monotonic() - started < 10


# Hostile workbooks.

PROBE = """
import resource, sys
from pathlib import Path
from knockdown.basics.tables import read_table
table, faults = read_table(Path(sys.argv[1]), "t")
print(table is None, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, faults[0])
"""


def probe(path):
    """Read in a fresh process; give refused, MB of the child, MB of the parent, and the first fault.

    A process begins with its parent's peak on its account, hence the shell-like hop through `-c`.
    """
    hop = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PROBE!r}, sys.argv[1]])"
    run = subprocess.run([sys.executable, "-c", hop, str(path)], capture_output=True, text=True, timeout=120)
    refused, child, parent, fault = run.stdout.split(" ", 3)
    return refused == "True", int(child), int(parent), fault


def bomb(path, megabytes=520):
    """A workbook of about half a megabyte whose sheet unpacks to more than 500 MB."""
    workbook(path, [["a"], ["1"]])
    head, tail = part(path).split(b"</sheetData>")
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist() if name != SHEET}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        for name, content in parts.items():
            book.writestr(name, content)
        with book.open(SHEET, "w") as sheet:
            sheet.write(head + b'<row><c t="inlineStr"><is><t>')
            for _ in range(megabytes):
                sheet.write(b"x" * (1 << 20))
            sheet.write(b"</t></is></c></row></sheetData>" + tail)
    return path


@pytest.fixture(scope="module")
def zip_bomb(tmp_path_factory):
    return bomb(tmp_path_factory.mktemp("bomb") / "t.xlsx")


def test_a_zip_bomb_is_refused_in_little_memory(zip_bomb):
    assert zip_bomb.stat().st_size < 600_000
    refused, child, parent, fault = probe(zip_bomb)
    assert refused
    assert "unpacks to more than 64 MB" in fault
    assert child < 200
    assert parent < 200


def test_a_zip_bomb_that_lies_about_its_size_is_refused_in_little_memory(zip_bomb, tmp_path):
    data = bytearray(zip_bomb.read_bytes())
    with zipfile.ZipFile(zip_bomb) as book:
        real = book.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert data.count(real) >= 1
    lie = (900_000).to_bytes(4, "little")
    refused, child, parent, fault = probe(put(tmp_path / "t.xlsx", bytes(data).replace(real, lie)))
    assert refused
    assert "larger than it says" in fault
    assert child < 200
    assert parent < 200


def test_a_bomb_whose_false_size_has_a_true_checksum_is_refused(tmp_path):
    """Python's zipfile would stop at the declared size and be content; calamine would read on."""
    path = workbook(tmp_path / "t.xlsx", [["a"], ["1"]])
    name = "xl/sharedStrings.xml"
    start = part(path, name)
    repack(path, {name: start + b" " * (300 << 20)})
    with zipfile.ZipFile(path) as book:
        entry = book.getinfo(name)
    true = struct.pack("<LLL", entry.CRC, entry.compress_size, entry.file_size)
    lie = struct.pack("<LLL", zlib.crc32(start), entry.compress_size, len(start))
    assert path.read_bytes().count(true) == 2
    put(path, path.read_bytes().replace(true, lie))
    assert part(path, name) == start
    refused, child, parent, fault = probe(path)
    assert refused
    assert "larger than it says" in fault
    assert child < 200
    assert parent < 200


def test_a_part_packed_too_tightly_is_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"]])
    repack(path, {"xl/theme/theme1.xml": b" " * (20 << 20)})
    only_fault(read(path), "packed more than 100 to 1")


def test_one_long_text_used_in_many_cells_is_refused_in_bounded_memory(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["x" * 2_000]])
    head, tail = part(path).split(b"</sheetData>")
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>1</v></c></row>' % (n, n) for n in range(3, 100_000))
    repack(path, {SHEET: head + rows + b"</sheetData>" + tail})
    refused, child, parent, fault = probe(path)
    assert refused
    assert "64 MB of text" in fault
    assert child < 1_024
    assert parent < 512


@pytest.mark.parametrize("place", ["XFD3", "A1048576", "XFD1048576", "GR200001"])
def test_a_cell_far_away_is_refused(tmp_path, place):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["1"]])
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>'.encode()
    answer = read(repack(path, {SHEET: part(path).replace(b"</sheetData>", far)}))
    assert answer[0] is None
    assert len(answer[1]) == 1


def test_styled_empty_cells_far_away_are_no_matter(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["1"]])
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    assert read(repack(path, {SHEET: part(path).replace(b"</sheetData>", far)}))[1] == []


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "name", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]
)
@pytest.mark.parametrize("padding", [0, 200_000])
def test_a_doctype_in_any_part_is_refused(tmp_path, name, padding):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["text"]])
    prolog, rest = part(path, name).split(b"\n", 1)
    comment = b"<!--" + random.Random(1).randbytes(padding).hex().encode() + b"-->"
    repack(path, {name: prolog + comment + LAUGHS + rest})
    only_fault(read(path), "DOCTYPE")


def test_a_doctype_hidden_in_another_encoding_is_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["text"]])
    content = LAUGHS + part(path).split(b"\n", 1)[1]
    only_fault(read(repack(path, {SHEET: content.decode().encode("utf-16")})), "encoding")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"xl/workbook.xml": None}, "not an .xlsx workbook"),
        ({SHEET: None}, "lacks the sheet"),
        ({SHEET: b"<worksheet><sheetData><row>"}, "is damaged"),
        ({SHEET: b"\xff\xfe garbage"}, "is damaged"),
        ({SHEET: b"<a>" * 200_000}, "is damaged"),
        ({SHEET: b'<worksheet><sheetData><row r="1e9"/></sheetData></worksheet>'}, "is damaged"),
        ({"xl/_rels/workbook.xml.rels": None}, "list of its sheets"),
        ({"xl/workbook.xml": b"<workbook/>"}, "no visible sheet"),
        ({"XL/Workbook.xml": b"<workbook/>"}, "two parts of one name"),
        ({f"junk/{n}": b"" for n in range(300)}, "parts, more than 200"),
        ({"../../evil.xml": b"<!DOCTYPE"}, "DOCTYPE"),
    ],
)
def test_nested_garbage_is_refused(tmp_path, changes, words):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["1"]])
    only_fault(read(repack(path, changes)), words)


def test_a_truncated_password_protected_or_oddly_packed_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["1"]])
    whole = path.read_bytes()
    for length in (0, 1, 4, 100, len(whole) // 2, len(whole) - 1):
        assert read(put(path, whole[:length]))[0] is None
    only_fault(read(put(path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600)), "password")
    only_fault(read(put(path, "a,b\n1,2\n")), "is not an .xlsx workbook")
    repack(put(path, whole), compress_type=zipfile.ZIP_LZMA)
    only_fault(read(path), "packed in a way")


def test_a_child_that_speaks_nonsense_is_not_believed(tmp_path, monkeypatch):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["1"]])
    for line in (
        "nonsense",
        "[]",
        "{}",
        "3",
        '["row", "1", ["a"]]',
        '["row", 1, [1]]',
        '["end", 0, 1]',
        '[["row"]]',
    ):
        fake = put(tmp_path / "fake.py", f"print({line!r}, flush=True)\ninput()\n")
        monkeypatch.setattr(workbooks, "CHILD", fake)
        only_fault(read(path), "cannot be read within")


@FEW
@given(seed=st.integers(0, 2**32))
def test_any_mutated_workbook_is_read_or_refused(tmp_path, seed):
    """Eight files an example: whole bytes changed, and single parts changed inside a sound zip."""
    rng = random.Random(seed)
    original = workbook(tmp_path / "o.xlsx", [["id", "name"], ["A1", 0.5], ["A2", True], ["", "x\ny"]])
    files = [put(tmp_path / f"w{n}.xlsx", mutate(original.read_bytes(), rng)) for n in range(4)]
    names = [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
    for n in range(4):
        copy, name = put(tmp_path / f"p{n}.xlsx", original.read_bytes()), rng.choice(names)
        files.append(repack(copy, {name: mutate(part(copy, name), rng)}))
    for answer in read_tables([(Path(file), file.name) for file in files]):
        check_any_answer(answer)
