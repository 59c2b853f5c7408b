"""Lists that somebody made to do harm, or that a slip made absurd: faults with a place and a next step."""

import dataclasses
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput
from knockdown.basics.sheets import book_of
from knockdown.kitting.paper.layout import parse_map_options
from knockdown.kitting.paper.packing_import import PACKING_LIMITS, import_list, read_list
from knockdown.kitting.paper.packing_list import Known, KnownLot, KnownPart
from tests.basics.table_files import workbook

NEEDED = {"AB-12": 24, "OIL": 60_000}
KNOWN = Known(
    "mtz",
    {"AB-12": KnownPart("Bolt"), "OIL": KnownPart("Oil", "l"), "X-1": KnownPart("Shim")},
    {"L-1": KnownLot("c", "v", 12)},
    frozenset("v"),
    needed=lambda lot: NEEDED if lot == "L-1" else {},
)
HEAD = "Case;Lot;Part;Qty"


def read(*rows, head=HEAD, options=(), known=KNOWN):
    data = "\n".join([head, *rows]).encode()
    return read_list(book_of(data, "l.csv"), known, said=parse_map_options(options))


def faults(*rows, **more):
    with pytest.raises(BadInput) as refused:
        read(*rows, **more)
    assert all(fault.next_step for fault in refused.value.faults)
    return list(map(str, refused.value.faults))


def workbook_faults(path, **more):
    with pytest.raises(BadInput) as refused:
        import_list(path, KNOWN, **more)
    assert all(fault.next_step for fault in refused.value.faults)
    return list(map(str, refused.value.faults))


# Quantities that can hardly be right.


def test_a_million_pieces_in_a_lot_of_twelve_kits_is_a_fault_that_can_be_overruled():
    rows = ["1;L-1;AB-12;24", "1;L-1;X-1;3", "2;L-1;AB-12;1000000"]
    (fault,) = faults(*rows)
    assert fault.startswith("l.csv row 4, column D (qty): '1000000' makes with 1 more row 1000024 of AB-12")
    assert "in lot L-1, whose kits need 24; correct it; if the paper is right, say --map large=AB-12" in fault
    for said in ("large=AB-12", "large=ав-12,OIL", "large=all"):
        assert read(*rows, options=[said]).packing_list.n_lines == 3
    assert len(faults(*rows, options=["large=X-1"])) == 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=4), st.sampled_from(["AB-12", "OIL", "X-1"]))
@example([239], "AB-12")
@example([120, 120], "AB-12")
@example([600], "OIL")
def test_ten_times_the_need_is_too_much_however_it_is_packed(amounts, part):
    rows = [f"{case};L-1;{part};{n}" for case, n in enumerate(amounts)]
    most = {"AB-12": 240, "OIL": 600, "X-1": 12_000}[part]
    if sum(amounts) < most:
        assert read(*rows)
    else:
        (fault,) = faults(*rows)
        assert f"row {2 + amounts.index(max(amounts))}, " in fault


def test_a_part_that_is_not_needed_has_a_limit_too():
    assert read("1;L-1;X-1;11999")
    (fault,) = faults("1;L-1;X-1;12000")
    assert "whose kits do not need it" in fault


def test_a_quantity_of_the_case_taken_for_one_per_kit_says_so():
    (fault,) = faults("1;L-1;AB-12;24", head="Case;Lot;Part;Qty per kit")
    assert "makes 288 of AB-12" in fault
    assert "or say --map qty_is=case" in fault


def test_no_case_holds_more_than_can_be_counted_even_if_that_is_said():
    (fault,) = faults("1;L-1;AB-12;999999999999", options=["large=all"])
    assert "is more than any case can hold" in fault
    (fault,) = faults("1;L-1;AB-12;999999999", head="Case;Lot;Part;Qty per kit", options=["large=all"])
    assert "is more than any case can hold" in fault


@pytest.mark.parametrize("mass", ["-4", "100000000", "9" * 14, "1e5"])
def test_a_mass_that_no_case_has_is_a_fault(mass):
    (fault,) = faults(f"1;L-1;AB-12;24;{mass}", head=HEAD + ";Gross kg")
    assert "row 2, column E (gross kg)" in fault


def test_a_mass_of_nothing_is_one_that_was_not_weighed():
    found = read("1;L-1;AB-12;24;0", head=HEAD + ";Gross kg")
    assert found.packing_list.cases[0].gross_mass_g is None


def test_numbers_beyond_all_bounds_in_a_workbook(tmp_path):
    numbers = ((1e308, ""), (1e15, ""), (-1e299, ""), (24, 1e299), (24, -1e308), (24, 1e14))
    rows = [["1", "L-1", "AB-12", qty, gross] for qty, gross in numbers]
    told = workbook_faults(workbook(tmp_path / "l.xlsx", [[*HEAD.split(";"), "Gross kg"], *rows]))
    assert [fault.split(":")[0] for fault in told] == [
        f"l.xlsx row {row}, column {column}" for row, column in enumerate(
            ["D (qty)"] * 3 + ["E (gross kg)"] * 3, 2)
    ]  # fmt: skip


# Signs and texts.


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\x07"])
@pytest.mark.parametrize("column", [0, 1, 2, 4, 5])
def test_signs_that_cannot_be_seen_are_faults_where_a_number_is_meant(sign, column):
    cells = ["1", "L-1", "AB-12", "24", "B1", "7"]
    assert read(";".join(cells), head=HEAD + ";Box;Launch")
    cells[column] = cells[column][0] + sign + cells[column][1:]
    told = faults(";".join(cells), head=HEAD + ";Box;Launch")
    assert f"holds a sign that cannot be seen: U+{ord(sign):04X}; write it again" in told[0]


def test_spaces_of_every_kind_are_spaces():
    assert read("1;L-1;\u00a0AB 12\u2009;24").packing_list.cases[0].lines[0].part_id == "AB-12"


def test_a_name_is_kept_without_what_cannot_be_seen():
    found = read("1;L-1;AB-12;24;Bolt\u202e M8", head=HEAD + ";Name")
    assert found.packing_list.cases[0].lines[0].name == "Bolt M8"


def test_a_launch_or_a_lists_own_number_that_is_no_number():
    (fault, *_) = faults(f"1;L-1;AB-12;24;{'7' * 61}", head=HEAD + ";Launch")
    assert "is longer than 60 characters" in fault
    found = read("Packing list No 7«»;;;", HEAD, "1;L-1;AB-12;24", head=";;;")
    assert found.packing_list.shipment_id is None


# Workbooks.


def test_merged_cells_over_every_column_and_many_rows_cost_nothing(tmp_path):
    def write(book, sheet):
        sheet.merge_range(4, 0, 4, 16_383, "Shipped as agreed")
        sheet.merge_range(6, 0, 20_000, 0, "Signed")

    path = workbook(tmp_path / "l.xlsx", [HEAD.split(";"), ["1", "L-1", "AB-12", 24]], write)
    found = import_list(path, KNOWN)
    assert found.packing_list.n_lines == 1
    assert "holds no part in rows 5, 7" in str(found.warnings[0])


def test_a_value_in_the_last_column_of_all_is_refused(tmp_path):
    rows = [HEAD.split(";"), ["1", "L-1", "AB-12", 24]]
    path = workbook(tmp_path / "l.xlsx", rows, lambda book, sheet: sheet.write(1, 16_383, "far"))
    (fault,) = workbook_faults(path)
    assert "has a value in row 2 beyond column" in fault


def test_dates_where_numbers_are_meant(tmp_path):
    def write(book, sheet):
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for row in (1, 2, 3):
            sheet.write_row(row, 0, ["1", "L-1", "AB-12", 24])
            sheet.write_number(row, (0, 2, 3)[row - 1], 45_000, day)

    told = workbook_faults(workbook(tmp_path / "l.xlsx", [HEAD.split(";")], write))
    assert [fault.split(")")[0] for fault in told] == [
        "l.xlsx row 2, column A (case", "l.xlsx row 3, column C (part", "l.xlsx row 4, column D (qty",
    ]  # fmt: skip
    assert "perhaps made by Excel" in told[0]


def test_one_long_shared_string_in_every_cell_is_refused_within_its_memory(tmp_path):
    path = workbook(tmp_path / "l.xlsx", [["x"] * 10 for _ in range(4_000)])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"<t>x</t>", b"<t>" + b"y" * 32_000 + b"</t>"))
    small = dataclasses.replace(PACKING_LIMITS, child_memory_bytes=600 << 20, child_seconds=30)
    (fault,) = workbook_faults(bomb, limits=small)
    assert "MB of text" in fault or "cannot be read within" in fault


def test_one_case_number_in_two_containers_is_a_fault_with_a_way_on():
    head = "Case;Container;Lot;Part;Qty"
    rows = ["1;C1;L-1;AB-12;2", "1;C2;L-1;AB-12;2"]
    (fault,) = faults(*rows, head=head)
    assert "is in C1 and C2 (first in row 2)" in fault
    assert "--map cases=container" in fault
    cases = read(*rows, head=head, options=["cases=container"]).packing_list.cases
    assert [(case.case_id, case.container_id) for case in cases] == [("C1.1", "C1"), ("C2.1", "C2")]
