"""The workbook comes back as it went in, and nothing in it is a formula."""

from __future__ import annotations

import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from knockdown.reports import workbook
from knockdown.reports.catalog import all_tables
from knockdown.reports.subject import subject

ALL = ["single", "network", "infeasible", "hostile"]
WHEN = "2026-11-22 10:00"


def written(sample, path):
    return workbook.write(path, sample.plan, sample.calendars, sample.twins, sample.plant, WHEN)


@pytest.mark.parametrize("name", ALL)
def test_round_trip(name, request, tmp_path):
    sample = request.getfixturevalue(name)
    book = CalamineWorkbook.from_path(str(written(sample, tmp_path / "b.xlsx")))
    tables = all_tables(subject(sample.plan, sample.calendars, sample.twins, sample.plant))
    assert book.sheet_names == ["Summary", *(table.id for table in tables)]
    for table in tables:
        rows = book.get_sheet_by_name(table.id).to_python()
        assert rows[0] == [column.heading for column in table.columns]
        assert len(rows) == len(table.rows) + 1
        for i, column in enumerate(table.columns):
            if column.kind in ("count", "decimal", "money"):
                read = sum(row[i] for row in rows[1:] if row[i] != "")
                assert read == pytest.approx(table.total(column.key))


@pytest.mark.parametrize("name", ALL)
def test_no_formula_and_no_link(name, request, tmp_path):
    path = written(request.getfixturevalue(name), tmp_path / "b.xlsx")
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            text = archive.read(part).decode("utf-8")
            assert not re.search(r"<f[ >]|<hyperlink", text), part
            assert "externalLink" not in part


def test_hostile_text_is_neutralised(hostile, tmp_path):
    book = CalamineWorkbook.from_path(str(written(hostile, tmp_path / "b.xlsx")))
    notes = [row[0] for row in book.get_sheet_by_name("Notes").to_python()[1:]]
    assert [note[:2] for note in notes] == ["'+", "'-", "'\t", "'="]
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python():
            assert not any(isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell for cell in row)


def test_same_papers_same_bytes(single, tmp_path):
    assert (
        written(single, tmp_path / "1.xlsx").read_bytes() == written(single, tmp_path / "2.xlsx").read_bytes()
    )
