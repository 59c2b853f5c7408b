"""Tables are read alike from CSV and XLSX, and no file, however hostile, does harm."""

import csv
import io
import os
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knockdown.basics.tables import find_table, read_table
from tests.basics.table_files import (
    FEW,
    FUZZ,
    SHEET,
    check_any_answer,
    mutate,
    only_fault,
    part,
    put,
    read,
    repack,
    texts,
    workbook,
)

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


# Fuzz.


@FUZZ
@given(content=st.binary(max_size=300) | st.text('ab,;\t"\r\n=+1\0é\ufeff', max_size=60).map(str.encode))
def test_any_bytes_named_csv_are_read_or_refused(tmp_path, content):
    check_any_answer(read(put(tmp_path / "t.csv", content)))


@FUZZ
@given(seed=st.integers(0, 2**32))
def test_any_mutated_csv_is_read_or_refused(tmp_path, seed):
    original = '\ufeffid,name,"hours, total"\r\nA1,"Qapı, ""sol""",0.5\r\n,,\r\nA2,x,-12\r\n'.encode()
    check_any_answer(read(put(tmp_path / "t.csv", mutate(original, random.Random(seed)))))
