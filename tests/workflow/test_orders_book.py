"""The orders book: there and back, every fault at once, quantities kept."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.planning.options import PlanOptions
from knockdown.plant.load import load
from knockdown.reports.orders_sheet import LOTS, SHEETS, UNITS
from knockdown.workflow.orders_book import read_orders
from knockdown.workflow.orders_sheets import fix_tables, refuse_other_names, write_workbook

GANJA, MONTHS = load("ganja"), 2
PLANT = load("nakhchivan")
ASKED = {"months": 6, "work": 30, "limits": 0}


@pytest.fixture(scope="module")
def free():
    return kd.plan(PLANT, **ASKED)


@pytest.fixture(scope="module")
def book(free, tmp_path_factory):
    return write_workbook(tmp_path_factory.mktemp("book") / "book.xlsx", free, PLANT)


def edited(source: Path, target: Path, sheet: str, cells: dict[str, object]) -> Path:
    """The workbook with numbers written into empty cells, nothing else changed."""
    part = f"xl/worksheets/sheet{CalamineWorkbook.from_path(str(source)).sheet_names.index(sheet) + 1}.xml"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            for cell, value in cells.items() if name == part else ():
                pattern = rf'<c r="{cell}" s="(\d+)"/>'.encode()
                text, found = re.subn(pattern, rf'<c r="{cell}" s="\1">{value}</c>'.encode(), text)
                assert found == 1
            new.writestr(name, text)
    return target


def rows(path: Path, sheet: str) -> list[dict[str, object]]:
    head, *found = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    return [dict(zip(head, row, strict=True)) for row in found]


def wrong(path: Path, plant=GANJA, **options) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_orders(path, plant, PlanOptions(**({"months": MONTHS} | options)))
    return [str(fault) for fault in caught.value.faults]


def csv(folder: Path, *lines: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# There and back.


def test_the_sheets_show_what_the_plan_does(free, book):
    lots, units = rows(book, "lots_fixed"), rows(book, "build_fixed")
    assert [c.heading for c in LOTS.shown(False)] == list(lots[0])
    assert [c.heading for c in UNITS.shown(False)] == list(units[0])
    assert sum(row["planned_lots"] for row in lots) == sum(row.lots for row in free.lots)
    assert sum(row["planned_kits"] for row in lots) == sum(row.kits for row in free.lots)
    assert sum(row["planned_units"] for row in units) == sum(row.units for row in free.build)
    assert {row["fixed_lots"] for row in lots} == {row["fixed_units"] for row in units} == {""}


def test_cells_to_write_in_are_open_and_checked_and_the_others_locked(book):
    with zipfile.ZipFile(book) as archive:
        names = CalamineWorkbook.from_path(str(book)).sheet_names
        styles = archive.read("xl/styles.xml").decode()
        for sheet in SHEETS.values():
            text = archive.read(f"xl/worksheets/sheet{names.index(sheet.name) + 1}.xml").decode()
            assert "<sheetProtection" in text
            assert f'ySplit="1" topLeftCell="{chr(65 + len(sheet.keys))}2"' in text
            letter = chr(64 + len(sheet.shown(False)))
            assert re.search(rf'<dataValidation type="whole"[^>]* sqref="{letter}2:{letter}\d+">', text)
            assert f"<formula1>0</formula1><formula2>{sheet.most}</formula2>" in text
            style = int(re.search(rf'<c r="{letter}2" s="(\d+)"/>', text)[1])
            cells = re.search("<cellXfs.*?</cellXfs>", styles)[0]
            assert 'locked="0"' in re.findall(r"<xf .*?(?:/>|</xf>)", cells)[style]
        assert "Leave it empty" in archive.read("xl/comments1.xml").decode()


def test_an_unchanged_book_changes_nothing(free, book):
    same = kd.plan(PLANT, orders=book, **ASKED)
    assert same.fixed == ()
    assert same.provenance.options["orders"] == hashlib.sha256(book.read_bytes()).hexdigest()
    assert same.model_dump(exclude={"seconds", "provenance"}) == free.model_dump(
        exclude={"seconds", "provenance"}
    )


def test_what_is_fixed_is_kept_and_comes_back_in_the_next_book(free, book, tmp_path):
    lots, units = rows(book, "lots_fixed"), rows(book, "build_fixed")
    at = next(i for i, row in enumerate(lots) if row["planned_lots"])
    built = max(i for i, row in enumerate(units) if row["planned_units"] > 1)
    less, fewer = int(lots[at]["planned_lots"]) - 1, int(units[built]["planned_units"]) - 1
    first = edited(book, tmp_path / "a.xlsx", "lots_fixed", {f"I{at + 2}": f"<v>{less}</v>"})
    both = edited(first, tmp_path / "b.xlsx", "build_fixed", {f"G{built + 2}": f"<v>{fewer}</v>"})
    plan = kd.plan(PLANT, orders=str(both), **ASKED)
    assert [(f.what, f.quantity, f.where) for f in plan.fixed] == [
        ("lots", less, f"b.xlsx sheet lots_fixed row {at + 2}"),
        ("units", fewer, f"b.xlsx sheet build_fixed row {built + 2}"),
    ]
    assert plan.objective <= free.bound
    write_workbook(tmp_path / "c.xlsx", plan, PLANT)
    again, more = rows(tmp_path / "c.xlsx", "lots_fixed"), rows(tmp_path / "c.xlsx", "build_fixed")
    assert again[at]["planned_lots"] == again[at]["fixed_lots"] == less
    assert more[built]["planned_units"] == more[built]["fixed_units"] == fewer
    assert sum(row["fixed_lots"] != "" for row in again) == sum(row["fixed_units"] != "" for row in more) == 1
    repeated = kd.plan(PLANT, orders=tmp_path / "c.xlsx", **ASKED)
    assert repeated.objective == plan.objective


def test_what_cannot_be_kept_is_explained_by_its_row_and_the_book_can_be_mended(book, tmp_path):
    wild = edited(book, tmp_path / "wild.xlsx", "lots_fixed", {"I2": "<v>9999</v>"})
    plan = kd.plan(PLANT, orders=wild, **ASKED)
    assert plan.status == "infeasible"
    (row,) = (text for text in plan.conflict.members if "wild.xlsx sheet lots_fixed row 2" in text)
    assert row.startswith("order 9,999 lots of ")
    assert {fix.kind for fix in plan.conflict.cheapest_fix} == {"fewer_lots"}
    (lots, _) = fix_tables(plan, PLANT)
    assert [(r["planned_lots"], r["fixed_lots"]) for r in lots.rows[:2]] == [(None, 9999), (None, None)]
    (fix,) = plan.conflict.cheapest_fix
    mended = f"<v>{9999 - int(fix.amount)}</v>"
    better = edited(book, tmp_path / "better.xlsx", "lots_fixed", {"I2": mended})
    assert kd.plan(PLANT, orders=better, **ASKED).objective is not None


def test_a_network_names_its_plants(tmp_path):
    network = load("azerbaijan")
    path = csv(tmp_path, "plant,variant,period,fixed_units", "nakhchivan,lifan520-lx,2026-02,0")
    orders = read_orders(path, network, PlanOptions())
    assert orders.fixed["nakhchivan"][0].period == 1
    assert sum(map(len, orders.fixed.values())) == 1
    path = csv(tmp_path, "plant,variant,period,fixed_units", "mars,x,2026-02,0", ",x,2026-02,0")
    first, second = wrong(path, network, months=3)
    assert "column plant: 'mars' is not a plant of this plan" in first
    assert "column plant: is empty" in second


def test_no_file_is_no_book():
    assert read_orders(None, GANJA, PlanOptions()) is None
    assert read_orders([], GANJA, PlanOptions()) is None


def test_two_files_together(tmp_path):
    lots = csv(tmp_path, "contract;variant;period;fixed_lots", "mtz2025;b801c;2026-01;2", name="l.csv")
    units = csv(tmp_path, "variant,period,fixed_units", "b801c,2026-02,0", name="u.csv")
    orders = read_orders([lots, units], GANJA, PlanOptions(months=2))
    assert [(f.what, f.id, f.quantity, f.where) for f in orders.fixed["ganja"]] == [
        ("lots", "mtz2025/b801c/0", 2, "l.csv row 2"),
        ("units", "b801c/1", 0, "u.csv row 2"),
    ]
    assert orders.digest.split() == [hashlib.sha256(p.read_bytes()).hexdigest() for p in (lots, units)]


def test_weeks_are_periods_too(tmp_path):
    path = csv(tmp_path, "variant,period,fixed_units", "b801c,2026-W02,3", "b801c,2026-01,3")
    (fault,) = wrong(path, by="week")
    assert "row 3, column period: '2026-01' is not a period of this plan, 2026-W01 to 2026-W09" in fault


# Faults.

LOT_ROWS = {
    "mtz2052,b801c,2026-01,1": "column contract: 'mtz2052' is not a contract of ganja; write one of mtz2025",
    "mtz2025,tank,2026-01,1": "column variant: 'tank' is not a variant of ganja",
    ",b801c,2026-01,1": "column contract: is empty",
    "mtz2025,b801n,2026-01,1": "'b801n' is not in a line of contract mtz2025; write one of b801c",
    "mtz2025,b801c,2026-03,1": "'2026-03' is not a period of this plan, 2026-01 to 2026-02",
    "mtz2025,b801c,,1": "column period: is empty",
    "mtz2025,b801c,2026-01,1.5": "'1.5' is not a whole number",
    "mtz2025,b801c,2026-01,-1": "'-1' is below 0; write a whole number from 0 to 10000",
    "mtz2025,b801c,2026-01,10001": "'10001' is too large a number",
    "mtz2025,b801c,2026-01,two": "'two' is not a number",
    'mtz2025,b801c,2026-01,"1,5"': "column fixed_lots: '1,5'",
    "mtz2025,b801c,2026-01,=1+1": "'=1+1' is a formula",
    "mtz2024,b801c,2026-01,1": "lies outside mtz2024, which runs 2024-05-15 to 2025-12-31; clear the cell",
    "kamaz2015,kamaz43118,2026-01,1": "has the route pay_usd_ru of kamaz2015 suspended",
}


@pytest.mark.parametrize("line", LOT_ROWS)
def test_a_wrong_row_of_lots_is_told_with_its_place(line, tmp_path):
    if "kamaz" in line:
        variant = next(k.variant for k in GANJA.contract_lines if k.contract == "kamaz2015")
        line, said = line.replace("kamaz43118", variant), LOT_ROWS[line]
    else:
        said = LOT_ROWS[line]
    found = wrong(csv(tmp_path, "contract,variant,period,fixed_lots", "mtz2025,b801c,2026-02,1", line))
    assert all(fault.startswith("orders.csv row 3, column ") for fault in found)
    assert any(said in fault for fault in found), found


def test_all_faults_of_all_rows_come_at_once_and_rows_left_empty_say_nothing(tmp_path):
    path = csv(
        tmp_path, "contract,variant,period,fixed_lots", "nowhere,tank,1999-01,", "nowhere,tank,1999-01,x",
        "mtz2025,b801c,2026-01,4", "mtz2025,b801c,2026-01,4", "mtz2025,b801c,2026-01,5",
    )  # fmt: skip
    found = wrong(path)
    assert [re.search(r"row (\d+), column (\w+)", fault).groups() for fault in found] == [
        ("3", "fixed_lots"), ("3", "contract"), ("3", "variant"), ("3", "period"), ("6", "fixed_lots"),
    ]  # fmt: skip
    assert "'5' is not the 4 of orders.csv row 4, which fixes the same; keep one" in found[-1]


def test_a_variant_that_is_no_longer_built_cannot_be_fixed_above_nothing(tmp_path):
    ended = next(v for v in GANJA.variants.values() if GANJA.models[v.model].built[-1][1] < 2026)
    head = "variant,period,fixed_units"
    (fault,) = wrong(csv(tmp_path, head, f"{ended.id},2026-01,1"))
    assert f"lies outside the years in which {ended.id} is built" in fault
    assert read_orders(csv(tmp_path, head, f"{ended.id},2026-01,0"), GANJA, PlanOptions(months=2))


def test_files_that_are_no_orders_book(tmp_path):
    (fault,) = wrong(tmp_path / "none.xlsx")
    assert fault == "none.xlsx: is missing; add the file"
    (fault,) = wrong(csv(tmp_path, "contract,variant,period", "mtz2025,b801c,2026-01"))
    assert "has no column fixed_lots or fixed_units" in fault
    (fault,) = wrong(
        csv(tmp_path, "contract,variant,period,fixed_lots,fixed_units", "mtz2025,b801c,2026-01,1,1")
    )
    assert "has both columns" in fault
    (fault,) = wrong(csv(tmp_path, "contract,variant,fixed_lots", "mtz2025,b801c,1"))
    assert "row 1, column period: is missing" in fault
    (fault,) = wrong(made(tmp_path / "x.xlsx", {"Other": [["a"]]}))
    assert "has none of the sheets lots_fixed and build_fixed" in fault


def made(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """A workbook by another hand; a pair is a formula with its stored value."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            for r, row in enumerate(table):
                for c, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        sheet.write_formula(r, c, cell[0], None, cell[1])
                    else:
                        sheet.write(r, c, cell)
    return path


def test_only_the_two_sheets_and_their_columns_are_read(tmp_path):
    head = ["contract", "variant", "period", "fixed_lots", "my sum"]
    table = [head, ["mtz2025", "b801c", "2026-01", 3, ("=1/0", "#DIV/0!")], ["", "", "", "", "@ask Rauf"]]
    path = made(tmp_path / "b.xlsx", {"Other": [["=x", "-"], [("=A1", "")]], "lots_fixed": table})
    (fixed,) = read_orders(path, GANJA, PlanOptions(months=2)).fixed["ganja"]
    assert (fixed.quantity, fixed.where) == (3, "b.xlsx sheet lots_fixed row 2")


def test_a_formula_counts_by_its_value_and_is_a_fault_without_one(tmp_path):
    head = ["contract", "variant", "period", "fixed_lots"]
    rows_of = [
        head,
        ["mtz2025", "b801c", "2026-01", ("=1+2", 3)],
        ["mtz2025", "b801c", "2026-02", ("=A9", "")],
    ]
    (fault,) = wrong(made(tmp_path / "f.xlsx", {"lots_fixed": rows_of}))
    assert "f.xlsx sheet lots_fixed row 3, column fixed_lots: is a formula without a value" in fault
    path = made(tmp_path / "g.xlsx", {"lots_fixed": rows_of[:2]})
    assert read_orders(path, GANJA, PlanOptions(months=2)).fixed["ganja"][0].quantity == 3


def test_numbers_of_a_workbook_must_be_whole(tmp_path):
    table = [["variant", "period", "fixed_units"]]
    table += [["b801c", "2026-01", n] for n in (2.5, -3, 1e9, True)]
    found = wrong(made(tmp_path / "n.xlsx", {"build_fixed": table}))
    assert [re.search(r"row (\d)", fault)[1] for fault in found] == ["2", "3", "4", "5"]
    assert all("column fixed_units" in fault for fault in found)


def test_the_workbook_wants_its_own_suffix(tmp_path):
    with pytest.raises(BadInput, match="is not the name of a workbook"):
        refuse_other_names(tmp_path / "book.xls")
