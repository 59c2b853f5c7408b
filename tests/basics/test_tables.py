"""Tables are read alike from CSV and XLSX, and no file, however hostile, does harm."""

import csv
import io
import os
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
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from knockdown.basics import tables
from knockdown.basics.tables import Limits, find_table, read_table, read_tables

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


# Alike.


def test_comma_semicolon_tab_and_workbook_give_the_same_table(tmp_path):
    rows = [["id", "name", "hours"], ["A1", "Qapı, sol", "0.5"], [], ["A2", 'say "5"', "-12"]]
    answers = [read_table(workbook(tmp_path / "t.xlsx", rows), "t")]
    for delimiter in ",;\t":
        for bom in ("", "\ufeff"):
            out = io.StringIO()
            csv.writer(out, delimiter=delimiter).writerows(rows)
            answers.append(read_table(put(tmp_path / "t.csv", bom + out.getvalue()), "t"))
    assert answers[0][1] == []
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0].columns == ("id", "name", "hours")
    assert answers[0][0].rows[1] == (4, {"id": "A2", "name": 'say "5"', "hours": "-12"})


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
    start = tables._Child._start
    monkeypatch.setattr(tables._Child, "_start", lambda self: starts.append(1) or start(self))
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


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), max_size=20
)
PLAIN = CELLS.map(str.strip).filter(lambda text: text[:1] not in ("=", "@", "+"))
HEADINGS = PLAIN.filter(lambda text: text and text.isprintable())


@st.composite
def grids(draw):
    headings = draw(st.lists(HEADINGS, min_size=1, max_size=5, unique=True))
    row = st.lists(PLAIN | PLAIN.map(lambda text: f"{text}\n{text}".strip()), max_size=len(headings))
    return [headings, *draw(st.lists(row, max_size=6))]


@FEW
@given(grid=grids(), delimiter=st.sampled_from(",;\t"), end=st.sampled_from(["\n", "\r\n"]))
@example(grid=[["a"], ["_x0041_"], ["x\n\ny"]], delimiter=",", end="\n")
def test_any_table_of_text_reads_back_alike(tmp_path, grid, delimiter, end):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(grid)
    from_csv = read_table(put(tmp_path / "t.csv", out.getvalue()), "t")
    from_xlsx = read_table(workbook(tmp_path / "t.xlsx", grid), "t")
    width = len(grid[0])
    rows = [(n, row + [""] * (width - len(row))) for n, row in enumerate(grid[1:], start=2) if any(row)]
    expected = [(n, dict(zip(grid[0], row, strict=True))) for n, row in rows]
    assert from_csv == from_xlsx
    assert from_csv[1] == []
    assert from_csv[0].rows == expected


# Faults in cells and rows.


def test_formulas_in_csv_are_refused_and_signed_numbers_are_not(tmp_path):
    cells = ["=1+1", "@SUM(A1)", "+A1", "+1+2", "-5", "+5", "+0.5", "-12,5", "a=b"]
    table, faults = read(put(tmp_path / "t.csv", "\n".join(["a", *(f'"{cell}"' for cell in cells)])))
    assert [(fault.row, fault.column, fault.value) for fault in faults] == [
        (2, "a", "=1+1"),
        (3, "a", "@SUM(A1)"),
        (4, "a", "+A1"),
        (5, "a", "+1+2"),
    ]
    assert str(faults[0]) == "t.csv row 2, column a: '=1+1' is a formula; paste it as a value"
    assert len(table.rows) == 9


def test_formulas_errors_and_merged_cells_in_a_workbook_are_refused(tmp_path):
    def write(book, sheet):
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(2, 1, "=A9", None, "#REF!")
        sheet.merge_range(3, 0, 4, 0, "both")

    path = workbook(tmp_path / "t.xlsx", [["a", "b"], ["", "x"]], write)
    repack(
        path,
        {SHEET: part(path).replace(b'</row><row r="4"', b'<c r="C3" t="e"><v>#N/A</v></c></row><row r="4"')},
    )
    assert texts(read(path)) == [
        "t.xlsx row 2, column a: '=1+1' is a formula; paste it as a value",
        "t.xlsx row 3, column b: '=A9' is a formula; paste it as a value",
        "t.xlsx row 3, column b: '#REF!' is an error cell; mend it, or write the value",
        "t.xlsx row 3, column C: '#N/A' is an error cell; mend it, or write the value",
        "t.xlsx row 4, column a: 'A4:A5' are merged cells; unmerge them and write the value in each row",
    ]


def test_a_shared_formula_is_found_in_each_cell(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], [1], [2]])
    sheet = part(path).replace(b"<v>2</v>", b'<f t="shared" si="0"/><v>2</v>')
    fault = only_fault(read(repack(path, {SHEET: sheet})), "is a formula", 3)
    assert fault.column == "a"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_cells_right_of_the_headings_are_a_fault_with_the_row(tmp_path, kind):
    rows = [["a", "b", ""], ["1", "2", ""], ["1", "2", "", "stray"]]
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        put(path, "\n".join(",".join(row) for row in rows))
    else:
        workbook(path, rows)
    fault = only_fault(read(path), "right of the last heading", 3)
    assert fault.value == "stray"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_huge_cell_is_a_fault_and_is_cut(tmp_path, kind):
    rows = [["a", "b"], ["x" * 30_000, "y"]]
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        put(path, "\n".join(",".join(row) for row in rows))
    else:
        workbook(path, rows)
    answer = read(path)
    assert len(str(only_fault(answer, "longer than 2,000 characters", 2))) < 250
    assert len(answer[0].rows[0][1]["a"]) == 2_000


def test_control_characters_that_could_steer_a_terminal_are_a_fault(tmp_path):
    only_fault(read(put(tmp_path / "t.csv", "a\nred \x1b[31m\n")), "control character", 2)
    only_fault(read(workbook(tmp_path / "t.xlsx", [["a"], ["red \x1b[31m"]])), "control character", 2)


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("a,a", "occurs twice"),
        ("a,,b", "lacks a heading"),
        ("a,b\u200b", "invisible"),
        ('a,"b\nc"', "line break"),
        ("a,=b", "is a formula"),
        ("a;b,c", "both a comma and a semicolon"),
        ("", "no headings in row 1"),
        ("a" * 3_000, "longer than"),
    ],
)
def test_bad_headings_give_no_table(tmp_path, heading, words):
    answer = read(put(tmp_path / "t.csv", f"{heading}\n1,2,3\n"))
    only_fault(answer, words, 1)
    assert answer[0] is None


def test_faults_are_counted_beyond_the_first_ones(tmp_path):
    faults = read(put(tmp_path / "t.csv", "a\n" + "=1\n" * 5_000))[1]
    assert len(faults) == 201
    assert "4,800 more" in faults[-1].problem

    def write(book, sheet):
        for row in range(1, 500):
            sheet.write_formula(row, 0, "=1", None, 1)

    faults = read(workbook(tmp_path / "t.xlsx", [["a"]], write))[1]
    assert len(faults) == 201
    assert "299 more" in faults[-1].problem


# Files that are not tables.


@pytest.mark.parametrize(
    ("content", "words", "row"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16", None),
        ("a,b\n1,ş\n".encode("cp1254"), "not saved as UTF-8", 2),
        (b"a,b\n1,\0\n", "NUL", 2),
        (b'a,b\n1,"2\n3,4\n5,6\n', "quote that is not closed", 2),
        (b'a,b\n1,"2\n3,"4"\n', "closing quote", 2),
        (b'a,b\n1,"' + b"2,\n" * 100_000, "quote that is not closed", 2),
        (b"a," * 300 + b"a\n", "301 columns", 1),
        (b"a\n" + b"x" * 2_000_000, "line longer", 2),
        (b"a\n" * 2 + b"\n" * 1_100_000, "more rows than a spreadsheet", 1_048_577),
        (b"", "is empty", None),
        (b"\xef\xbb\xbf\n\n ,\n", "is empty", None),
        (b"PK\x03\x04....", "workbook named .csv", None),
    ],
)
def test_a_csv_that_cannot_be_read_says_why(tmp_path, content, words, row):
    answer = read(put(tmp_path / "t.csv", content))
    only_fault(answer, words, row)
    assert answer[0] is None


def test_the_csv_module_is_left_as_it_was(tmp_path):
    before = csv.field_size_limit()
    read(put(tmp_path / "t.csv", 'a\n"' + "x" * 200_000))
    assert csv.field_size_limit() == before


def test_limits_on_size_rows_and_cells_hold(tmp_path):
    path = put(tmp_path / "t.csv", "a,b\n" + "1,2\n" * 50)
    only_fault(read(path, max_file_bytes=100), "is larger than")
    only_fault(read(path, max_rows=49), "more than 49 rows", 51)
    only_fault(read(path, max_cells=60), "more than 30 rows", 32)
    assert read(path, max_rows=50)[1] == []
    book = workbook(tmp_path / "t.xlsx", [["a", "b"], *([1, 2] for _ in range(50))])
    only_fault(read(book, max_rows=49), "more than 49 rows")
    only_fault(read(book, max_cells=60), "more than 60 cells")
    only_fault(read(book, max_columns=1), "beyond column 1")
    only_fault(read(book, max_xlsx_unpacked=1_000), "unpacks to more")
    only_fault(read(book, max_entries=3), "parts, more than 3")
    assert read(book, max_rows=50)[1] == []


def test_the_wall_clock_ends_a_slow_workbook(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], *([n] for n in range(5_000))])
    started = time.monotonic()
    only_fault(read(path, child_seconds=0.001), "cannot be read within")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_folders_pipes_devices_and_links_out_are_refused_without_waiting(tmp_path, suffix):
    (folder := tmp_path / "plant").mkdir()
    outside = put(tmp_path / "secret.csv", "a\n1\n")
    path = folder / f"t.{suffix}"
    path.mkdir()
    only_fault(read(path), "not a plain file")
    path.rmdir()
    os.mkfifo(path)
    only_fault(read(path), "not a plain file")
    path.unlink()
    for target, words in [
        (outside, "leads out"),
        ("/dev/zero", "leads out"),
        (path, "cannot be"),
        ("gone", "missing"),
    ]:
        path.symlink_to(target)
        only_fault(read(path), words)
        path.unlink()
    only_fault(read(path), "is missing")


def test_a_link_inside_the_folder_and_a_linked_folder_are_fine(tmp_path):
    (folder := tmp_path / "plant").mkdir()
    put(folder / "real.csv", "a\n1\n")
    (folder / "t.csv").symlink_to("real.csv")
    (tmp_path / "linked").symlink_to(folder)
    assert read(tmp_path / "linked" / "t.csv")[1] == []


def test_another_suffix_is_a_fault(tmp_path):
    only_fault(read(put(tmp_path / "t.xls", "a\n")), "neither .csv nor .xlsx")


def test_find_table_wants_one_of_the_two(tmp_path):
    assert find_table(tmp_path, "t") == (None, [])
    book = put(tmp_path / "t.xlsx", "")
    assert find_table(tmp_path, "t") == (book, [])
    put(tmp_path / "t.csv", "")
    path, faults = find_table(tmp_path, "t")
    assert path is None
    assert "remove one of the two" in faults[0].next_step
    with pytest.raises(ValueError, match="plain name"):
        find_table(tmp_path, "../t")


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
        monkeypatch.setattr(tables, "_CHILD", fake)
        only_fault(read(path), "cannot be read within")


# Fuzz.


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


@FUZZ
@given(content=st.binary(max_size=300) | st.text('ab,;\t"\r\n=+1\0é\ufeff', max_size=60).map(str.encode))
def test_any_bytes_named_csv_are_read_or_refused(tmp_path, content):
    check_any_answer(read(put(tmp_path / "t.csv", content)))


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


@FUZZ
@given(seed=st.integers(0, 2**32))
def test_any_mutated_csv_is_read_or_refused(tmp_path, seed):
    original = '\ufeffid,name,"hours, total"\r\nA1,"Qapı, ""sol""",0.5\r\n,,\r\nA2,x,-12\r\n'.encode()
    check_any_answer(read(put(tmp_path / "t.csv", mutate(original, random.Random(seed)))))


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
