"""Sheets are read as they stand, and no file, however hostile, does harm."""

import random
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from knockdown.basics.sheets import ENCODINGS, Merged, read_book
from knockdown.basics.table_rows import Limits
from tests.basics.table_files import FEW, FUZZ, SHEET, mutate, part, put, repack, workbook


def book_of(path, encoding=None, **limits):
    book, faults = read_book(path, path.name, Limits(**limits), encoding)
    assert faults == [], [str(fault) for fault in faults]
    return book


def refusal(path, words, encoding=None, **limits):
    book, faults = read_book(path, path.name, Limits(**limits), encoding)
    assert book is None
    assert len(faults) == 1
    assert words in str(faults[0]), str(faults[0])
    assert faults[0].next_step
    return faults[0]


def raw_workbook(path, write, **sheets):
    with xlsxwriter.Workbook(str(path)) as book:
        write(book, book.add_worksheet("First"))
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_every_visible_sheet_is_read_with_numbers_apart_from_text(tmp_path):
    def write(book, sheet):
        sheet.write_row(2, 1, ["a", 1.234, "1.234", 12.0, True])

    book = book_of(raw_workbook(tmp_path / "t.xlsx", write, Second=[["x"]], Empty=[]))
    assert [sheet.name for sheet in book.sheets] == ["First", "Second", "Empty"]
    assert book.sheets[0].rows == [(3, ["", "a", 1.234, "1.234", 12, "true"])]
    assert book.sheets[0].n_columns == 6
    assert book.sheets[2].rows == []
    assert len(book.digest) == 64


def test_hidden_sheets_are_left_out(tmp_path):
    path = raw_workbook(tmp_path / "t.xlsx", lambda book, sheet: sheet.write(0, 0, "x"), Gone=[["y"]])
    names = part(path, "xl/workbook.xml").replace(b'name="Gone"', b'name="Gone" state="veryHidden"')
    assert [sheet.name for sheet in book_of(repack(path, {"xl/workbook.xml": names})).sheets] == ["First"]


def test_merged_ranges_come_whole_and_clipped(tmp_path):
    def write(book, sheet):
        sheet.merge_range("A1:C1", "title")
        sheet.merge_range("A2:A4", "case")
        sheet.write_row("B2", [1, 2])
        sheet.merge_range("F1:H900", "")

    sheet = book_of(raw_workbook(tmp_path / "t.xlsx", write)).sheets[0]
    assert Merged(1, 1, 1, 3) in sheet.merged
    assert Merged(2, 1, 2, 1) in sheet.merged  # the last filled row is 2
    assert all(one.bottom <= 2 and one.right <= sheet.n_columns for one in sheet.merged)


def test_merged_ranges_that_lie_on_each_other_are_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a", "b"], ["1", "2"]])
    merged = b"".join(b'<mergeCell ref="A1:B2"/>' for _ in range(3))
    sheet = part(path).replace(b"</sheetData>", b"</sheetData><mergeCells>" + merged + b"</mergeCells>")
    refusal(repack(path, {SHEET: sheet}), "lie on each other")


def test_formulas_give_their_stored_value_and_are_marked_without_one(tmp_path):
    def write(book, sheet):
        sheet.write_formula(0, 0, "=1+1", None, 2)
        sheet.write_formula(0, 1, "=A1", None, "")
        sheet.write_formula(0, 2, "=1/0", None, "#DIV/0!")
        sheet.write(0, 3, "x")

    sheet = book_of(raw_workbook(tmp_path / "t.xlsx", write)).sheets[0]
    assert sheet.rows[0][1][0] == 2
    assert sheet.marks == {(1, 2): "formula", (1, 3): "error"}


def test_nothing_is_worked_out_or_fetched(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], [1]])
    sheet = part(path).replace(b"<v>1</v>", b'<f>WEBSERVICE("http://127.0.0.1:9")</f><v>7</v>')
    assert book_of(repack(path, {SHEET: sheet})).sheets[0].rows[1] == (2, [7])


def test_limits_hold_for_all_sheets_together(tmp_path):
    rows = [["x"] * 3] * 30
    path = raw_workbook(tmp_path / "t.xlsx", lambda book, sheet: sheet.write_column(0, 0, ["x"] * 30), B=rows)
    refusal(path, "more rows or cells", max_rows=50)
    refusal(path, "more rows or cells", max_cells=100)
    refusal(path, "larger than", max_file_bytes=1000)
    refusal(path, "beyond column 2", max_columns=2)
    assert len(book_of(path, max_rows=60, max_cells=120).sheets) == 2


def test_a_huge_cell_is_refused_with_its_row(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"], ["x" * 3000]])
    assert refusal(path, "longer than 2,000 characters").row == 2
    assert refusal(put(tmp_path / "t.csv", "a\n" + "x" * 3000), "longer than 2,000 characters").row == 2


def test_many_error_cells_are_refused(tmp_path):
    def write(book, sheet):
        for row in range(300):
            sheet.write_formula(row, 0, "=1/0", None, "#DIV/0!")

    refusal(raw_workbook(tmp_path / "t.xlsx", write), "too many errors")


def test_zip_bombs_are_refused(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["a"]])
    refusal(repack(path, {"xl/x.bin": b"\0" * (100 << 20)}), "unpacks to more than 64 MB")
    refusal(repack(path, {"xl/x.bin": b"\0" * (20 << 20)}), "as in a zip bomb")
    refusal(repack(path, {"xl/x.bin": None, SHEET: b"<!DOCTYPE x []><worksheet/>"}), "DOCTYPE")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "is an old .xls workbook"),
        ("t.xls", b"<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
        ("t.xlsx", b"\xef\xbb\xbf <!DOCTYPE html><html>", "is a web page"),
        ("t.xls", b"<?xml version='1.0'?><Workbook/>", "is a web page or XML"),
        ("t.xlsx", b"a;b\n1;2", "is not an .xlsx workbook"),
        ("t.xlsx", b"PK\x03\x04 and no more", "is not a whole .xlsx workbook"),
        ("t.pdf", b"%PDF-1.4", "is neither .xlsx nor .csv"),
        ("t.csv", b"a\0b", "NUL"),
        ("t.csv", b'a;"b\n1;2', "quote that is not closed"),
    ],
)
def test_what_is_no_table_is_refused_with_a_next_step(tmp_path, name, content, words):
    refusal(put(tmp_path / name, content), words)


def test_a_missing_file_a_folder_and_a_zip_of_something_else(tmp_path):
    refusal(tmp_path / "none.xlsx", "is missing")
    (tmp_path / "folder.csv").mkdir()
    refusal(tmp_path / "folder.csv", "not a plain file")
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as file:
        file.writestr("a.txt", "x")
    refusal(tmp_path / "t.xlsx", "not an .xlsx workbook")


# CSV.


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_below_title_lines(tmp_path, delimiter):
    lines = ["Packing list, No 7; of May", "", delimiter.join(["Part", "Qty", "Net"])]
    lines += [delimiter.join(["A1", "2", '"1,5"']) for _ in range(5)]
    rows = book_of(put(tmp_path / "t.csv", "\n".join(lines))).sheets[0].rows
    assert rows[-1] == (8, ["A1", "2", "1,5"])


def test_decimal_commas_do_not_make_a_comma_the_delimiter(tmp_path):
    text = "Part;Qty;Net;Gross\n" + "A;1,5;2,5;3,5\n" * 9
    assert book_of(put(tmp_path / "t.csv", text)).sheets[0].rows[1] == (2, ["A", "1,5", "2,5", "3,5"])


def test_unicode_is_recognised_and_other_encodings_must_be_named(tmp_path):
    text = "Деталь;Кол-во\nБТ-1;2\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert book_of(put(tmp_path / "t.csv", text.encode(encoding))).sheets[0].rows[1][1] == ["БТ-1", "2"]
    path = put(tmp_path / "t.csv", text.encode("cp1251"))
    assert "encoding=cp1251" in refusal(path, "not saved as utf-8").next_step
    assert book_of(path, "cp1251").sheets[0].rows[0][1] == ["Деталь", "Кол-во"]
    refusal(path, "said to be saved as rot13", "rot13")
    turkish = put(tmp_path / "tr.csv", "Parça;Şasi\n".encode("cp1254"))
    assert book_of(turkish, "cp1254").sheets[0].rows[0][1] == ["Parça", "Şasi"]


# Anything.


def check_any(book, faults):
    assert (book is None) == bool(faults)
    for sheet in book.sheets if book else ():
        assert all(len(cells) == sheet.n_columns for _, cells in sheet.rows)
        assert all(len(cell) <= 2_000 for _, cells in sheet.rows for cell in cells if isinstance(cell, str))
    assert all(str(fault) and fault.next_step for fault in faults)


@FUZZ
@given(
    data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), encoding=st.sampled_from(ENCODINGS)
)
def test_any_bytes_as_csv(tmp_path, data, encoding):
    check_any(*read_book(put(tmp_path / "t.csv", data), "t.csv", encoding=encoding))


@FEW
@given(seed=st.integers(0, 2**32))
def test_any_damage_to_a_workbook(tmp_path, seed):
    rng = random.Random(seed)

    def write(book, sheet):
        sheet.merge_range("A1:B1", "t")
        sheet.write_row(1, 0, ["a", 1.5, "b"])
        sheet.write_formula(2, 0, "=1", None, 1)

    path = raw_workbook(tmp_path / "t.xlsx", write)
    name = rng.choice([SHEET, "xl/workbook.xml", "xl/sharedStrings.xml"])
    check_any(*read_book(repack(path, {name: mutate(part(path, name), rng)}), "t.xlsx"))
    path = raw_workbook(tmp_path / "t.xlsx", write)
    check_any(*read_book(put(path, mutate(path.read_bytes(), rng)), "t.xlsx"))
