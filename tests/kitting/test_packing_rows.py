"""What a clerk meets in a list: faults with place, value and next step, all at once; warnings beside them."""

import pytest

from knockdown.basics.faults import BadInput
from knockdown.basics.sheets import Book, Merged, Sheet, book_of
from knockdown.kitting.paper.layout import parse_map_options
from knockdown.kitting.paper.packing_import import import_list, read_list
from knockdown.kitting.paper.packing_list import Known, KnownLot, KnownPart
from tests.basics.table_files import put, workbook

PARTS = {
    "BT-1302010": KnownPart("Radiator"),
    "BT-1302020": KnownPart("Fan"),
    "AB-12": KnownPart("Bolt"),
    "OIL": KnownPart("Oil", "l"),
    "WIRE": KnownPart("Wire", "m"),
    "GLOVES": KnownPart("Gloves", "pair"),
}
LOTS = {
    "202601-12-b801c": KnownLot("mtz2025", "b801c", 40, "L12"),
    "202601-13-b821c": KnownLot("mtz2025", "b821c", 20),
}
KNOWN = Known("mtz", PARTS, LOTS, frozenset(["b801c", "b821c"]), {"70-1301010": "BT-1302010"})
HEAD = "Case;Lot;Part;Name;Qty"
LOT = "202601-12-b801c"


def read(*rows, head=HEAD, options=(), known=KNOWN, **more):
    data = "\n".join([head, *rows]).encode()
    return read_list(book_of(data, "l.csv"), known, said=parse_map_options(options), **more)


def contents(found):
    return {
        (case.case_id, line.part_id, line.box_id): line.n_parts for case, line in found.packing_list.lines()
    }


def faults(*rows, **more):
    with pytest.raises(BadInput) as refused:
        read(*rows, **more)
    for fault in refused.value.faults:
        assert fault.file == "l.csv"
        assert fault.next_step
    return [str(fault) for fault in refused.value.faults]


def only(*rows, **more):
    found = faults(*rows, **more)
    assert len(found) == 1, found
    return found[0]


def test_all_faults_at_once_each_with_row_column_value_and_next_step():
    found = faults(
        f"1;{LOT};BT-13O2010;Radiator;2",
        f"1;{LOT};;Fan;2",
        f"1;{LOT};AB-12;Bolt;",
        f"1;{LOT};AB-12;Bolt;0",
        f"1;{LOT};AB-12;Bolt;-4",
        f"1;{LOT};AB-12;Bolt;1.5",
        f"1;{LOT};AB-12;Bolt;#REF!",
        f";{LOT};AB-12;Bolt;1",
        "2;202601-14-x;AB-12;Bolt;1",
        f"1;{LOT};AB-12;Bolt;1,234",
        f"1;{LOT};AB-12;Bolt;12 шт",
        f"1;{LOT};=A1;Bolt;1",
    )
    told = "\n".join(found)
    assert "row 2, column C (part): 'BT-13O2010' is not a part number of the plant" in told
    assert "did the partner mean BT-1302010" in told
    assert "add it to parts.csv, or import with --new-parts" in told
    assert "row 3, column C (part): is empty" in told
    assert "row 4, column E (qty): is empty" in told
    assert "row 5, column E (qty): '0' is not a positive quantity" in told
    assert "row 6, column E (qty): '-4' is not a positive quantity" in told
    assert "row 7, column E (qty): '1.5' is not a whole number of pcs" in told
    assert "row 8, column E (qty): '#REF!' is an error cell" in told
    assert "row 9, column A (case): is empty" in told
    assert "'202601-14-x' is no kit lot of partner mtz; expected are" in told
    assert "202601-13-b821c" in told
    assert "row 11, column E (qty): '1,234' may mean 1234 or 1.234; say how numbers are written" in told
    assert "row 12, column E (qty): '12 шт' has a unit or word beside the number" in told
    assert "row 13" in told
    assert len(found) == 12


def test_faults_are_listed_up_to_a_limit_and_the_rest_counted():
    found = faults(*(f"1;{LOT};NO-{n};;1" for n in range(30)), most=10)
    assert len(found) == 11
    assert found[-1].startswith("l.csv: has 20 more faults")


def test_an_unknown_part_is_told_once_however_often_it_comes():
    found = only(*(f"{n};{LOT};NO-1;;1" for n in range(5)))
    assert "(in 5 rows)" in found


def test_new_parts_are_accepted_and_listed_when_wanted():
    found = read(f"1;{LOT};зб 7/3;Скоба;2;кг", head=HEAD + ";Unit", new_parts=True)
    (new,) = found.packing_list.new_parts
    assert (new.part_id, new.name, new.unit, new.partner_part) == ("ZB-7-3", "Скоба", "kg", "зб 7/3")
    assert contents(found) == {("1", "ZB-7-3", None): 2000}


def test_part_numbers_in_other_letters_and_aliases():
    rows = [f"1;{LOT};вт-1302020;;2", f"1;{LOT};70-1301010;;1", f"2;{LOT.upper()};ab 12;;3"]
    assert contents(read(*rows)) == {
        ("1", "BT-1302020", None): 2, ("1", "BT-1302010", None): 1, ("2", "AB-12", None): 3,
    }  # fmt: skip
    assert read(*rows).packing_list.cases[0].lines[0].partner_part == "вт-1302020"


def test_two_originals_with_one_id_are_a_fault():
    assert "gives the same id as 'AB 12': AB-12" in only(f"1;{LOT};ab 12;;3", f"2;{LOT};AB/12;;3")
    assert contents(read(f"1;{LOT};ab-12;;3", f"2;{LOT};АВ-12;;3"))  # Latin and Cyrillic look-alikes are one


def test_a_text_that_a_spreadsheet_would_work_out_is_a_fault():
    assert "column D (name): '=HYPERLINK(1)' is a formula" in only(f"1;{LOT};AB-12;=HYPERLINK(1);3")


def test_a_date_for_a_part_number_says_where_it_comes_from():
    assert "perhaps made by Excel" in only(f"1;{LOT};2026-05-12;;3")


@pytest.mark.parametrize(
    ("qty", "unit", "part", "n_parts"),
    [
        ("2", "шт.", "AB-12", 2), ("2", "", "AB-12", 2), ("2", "комплект", "AB-12", 2),
        ("2", "çift", "GLOVES", 2), ("1.5", "л", "OIL", 1500), ("1500", "ml", "OIL", 1500),
        ("2", "", "OIL", 2000), ("12.5", "cm", "WIRE", 125),
        ("3", "pog", "WIRE", "is not a unit of measure"), ("2", "пара", "AB-12", "counted in pcs"),
        ("2", "kg", "OIL", "counted in l"), ("0.5", "мм", "WIRE", "finer than a thousandth"),
        ("1.2345", "m", "WIRE", "finer than a thousandth"), ("2", "шт", "OIL", "counted in l"),
    ],
)  # fmt: skip
def test_units(qty, unit, part, n_parts):
    row = f"1;{LOT};{part};;{qty};{unit}"
    if isinstance(n_parts, int):
        assert contents(read(row, head=HEAD + ";Unit")) == {("1", part, None): n_parts}
    else:
        assert n_parts in only(row, head=HEAD + ";Unit")


@pytest.mark.parametrize(
    ("locale", "text", "n"),
    [
        ("en", "1,234", 1234), ("ru", "1 234", 1234), ("tr", "1.234", 1234), ("az", "1.234,0", 1234),
        ("en", "1.234", "not a whole"), ("ru", "1,234", "not a whole"),
        ("ru", "1.234", "not written as 1 234,5"),
        ("plain", "1,234", "not written as 1234.5"), ("en", "12,34", "not written as 1,234.5"),
    ],
)  # fmt: skip
def test_locales(locale, text, n):
    if isinstance(n, int):
        assert contents(read(f"1;{LOT};AB-12;;{text}", options=[f"locale={locale}"]))["1", "AB-12", None] == n
    else:
        assert n in only(f"1;{LOT};AB-12;;{text}", options=[f"locale={locale}"])


def test_repeats_are_added_with_a_warning_and_other_names_are_a_fault():
    found = read(f"1;{LOT};AB-12;Bolt;2", f"1;{LOT};AB-12;BOLT;3")
    assert contents(found) == {("1", "AB-12", None): 5}
    assert "also in row 2" in str(found.warnings[0])
    assert "there named 'Bolt', here 'Nut'" in only(f"1;{LOT};AB-12;Bolt;2", f"1;{LOT};AB-12;Nut;3")


def test_boxes_keep_parts_apart():
    head = HEAD + ";Box"
    rows = [f"1;{LOT};AB-12;;2;B1", f"1;{LOT};AB-12;;3;B2", f"1;{LOT};AB-12;;4;"]
    assert contents(read(*rows, head=head)) == {
        ("1", "AB-12", "B1"): 2, ("1", "AB-12", "B2"): 3, ("1", "AB-12", None): 4,
    }  # fmt: skip


def test_a_box_holds_for_the_rows_below_only_if_that_is_said():
    rows = ["1;AB-12;2;B1", ";OIL;3;", "2;AB-12;4;"]
    found = contents(read(*rows, head="Case;Part;Qty;Box"))
    assert set(found) == {("1", "AB-12", "B1"), ("1", "OIL", None), ("2", "AB-12", None)}
    found = contents(read(*rows, head="Case;Part;Qty;Box", options=["fill=case,box"]))
    assert set(found) == {("1", "AB-12", "B1"), ("1", "OIL", "B1"), ("2", "AB-12", None)}


def test_a_case_of_two_lots_or_in_two_containers_is_a_fault():
    assert "belongs to 202601-12-b801c and 202601-13-b821c" in only(
        f"1;{LOT};AB-12;;2", "1;202601-13-b821c;OIL;;2"
    )
    head = "Case;Container;Part;Qty"
    assert "is in C1 and C2" in only("1;C1;AB-12;2", "1;C2;OIL;2", head=head)
    found = read(f"1;{LOT};AB-12;;2", "1;202601-13-b821c;OIL;;2", options=["cases=lot"])
    assert [case.case_id for case in found.packing_list.cases] == [f"{LOT}.1", "202601-13-b821c.1"]


def test_contract_launch_and_variant_must_agree_with_the_lot():
    head = HEAD + ";Contract;Launch;Model"
    assert contents(read(f"1;{LOT};AB-12;;2;MTZ2025;l12;Беларус-80.1", head=head))
    found = faults(f"1;{LOT};AB-12;;2;mtz2018;L13;b821c", head=head)
    assert "'mtz2018' contradicts kit lot 202601-12-b801c, which has contract mtz2025" in found[0]
    assert "'L13' contradicts kit lot 202601-12-b801c, which has launch L12" in found[1]
    assert "'b821c' contradicts kit lot 202601-12-b801c, which is of variant b801c" in found[2]
    lot = "202601-13-b821c"
    assert "has launch L1" in only(f"1;{lot};AB-12;;2;;L1;", f"2;{lot};AB-12;;2;;L2;", head=head)


def test_quantities_per_kit():
    head = "Case;Lot;Part;Qty per kit"
    assert contents(read(f"1;{LOT};AB-12;2", head=head)) == {("1", "AB-12", None): 80}
    assert "per kit, and the line names no kit lot" in only("1;;AB-12;2", head=head)


def test_lists_without_lots_are_loose_and_a_lot_can_be_given():
    found = read("1;AB-12;2", head="Case;Part;Qty")
    assert found.packing_list.cases[0].kit_lot_id is None
    assert "names no kit lot for 1 case" in str(found.warnings[0])
    found = read("1;AB-12;2", head="Case;Part;Qty", options=[f"lot=:{LOT}"])
    assert found.packing_list.cases[0].kit_lot_id == LOT
    assert found.warnings == ()


def test_totals_are_skipped_and_checked():
    rows = [f"1;{LOT};AB-12;;2", f"1;{LOT};OIL;;3", "Итого по ящику;;;;5", f"2;{LOT};AB-12;;4", "Cəmi;;;;4"]
    assert read(*rows, ";;Total;;9").warnings == ()
    (warning,) = read(*rows, ";;Toplam;;10").warnings
    assert "row 7, column E (qty): '10' is not the sum of the lines above" in str(warning)


def test_masses_that_do_not_add_up_are_a_warning():
    head = "Case;Part;Qty;Net kg;Gross kg"
    given = [f"lot=:{LOT}"]
    assert read("1;AB-12;2;10;12", "1;OIL;2;1;", head=head, options=given).warnings == ()
    (warning,) = read("1;AB-12;2;10;12", "1;OIL;2;3;", head=head, options=given).warnings
    assert "'12 kg' of case 1 is less than its net masses, 13 kg" in str(warning)
    repeated = read("1;AB-12;2;10;20", "1;OIL;2;3;20", head=head, options=given)
    assert repeated.packing_list.cases[0].gross_mass_g == 20_000


def test_rows_that_say_nothing_known_are_left_out_with_a_warning():
    found = read(f"1;{LOT};AB-12;;2", "Отпустил: Иванов;;;;", "Подпись;;;;")
    assert "holds no part in rows 3, 4, which were left out" in str(found.warnings[0])


def test_blocks_with_a_case_written_once_or_on_a_line_of_its_own():
    rows = [f"1;{LOT};AB-12;;2", ";;OIL;;1", "2;;;;", ";;AB-12;;3"]
    expected = {("1", "AB-12", None): 2, ("1", "OIL", None): 1000, ("2", "AB-12", None): 3}
    assert contents(read(*rows)) == expected


def test_banner_lines_name_container_case_and_mass():
    rows = ["Контейнер № MSKU 123456-7;;", "Ящик № 12, брутто 350 кг;;", "AB-12;2;", "Ящик 13;;", "OIL;1;"]
    found = read(*rows, head="Обозначение;Кол-во;Примечание", options=[f"lot=:{LOT}"])
    first, second = found.packing_list.cases
    assert (first.case_id, first.container_id, first.gross_mass_g) == ("12", "MSKU123456-7", 350_000)
    assert (second.case_id, second.container_id, second.gross_mass_g) == ("13", "MSKU123456-7", None)


def test_merged_case_numbers_apply_to_the_rows_they_cover():
    rows = [
        (1, ["Case", "Part", "Qty"]), (2, ["1", "AB-12", 2]), (3, ["", "OIL", 1]), (4, ["", "WIRE", 5]),
    ]  # fmt: skip
    sheet = Sheet("S", 3, rows, (Merged(2, 1, 3, 1),))
    with pytest.raises(BadInput, match="row 4, column A"):
        read_list(Book("l.xlsx", "", (sheet,)), KNOWN, said=parse_map_options(["fill=-"]))


def test_headings_repeated_on_a_new_page_are_skipped():
    found = read(f"1;{LOT};AB-12;;2", HEAD, "1;2;3;4;5", f"2;{LOT};OIL;;2")
    assert contents(found) == {("1", "AB-12", None): 2, ("2", "OIL", None): 2000}
    assert found.warnings == ()


def test_other_sheets_are_faults_if_they_seem_to_hold_lines():
    lines = Sheet("A", 3, [(1, ["Case", "Part", "Qty"]), (2, ["1", "AB-12", 2])])
    notes = Sheet("Notes", 3, [(1, ["Dear all", "", ""])])
    odd = Sheet("B", 3, [(n, [str(n), "AB-12", 2]) for n in range(1, 9)])
    found = read_list(Book("l.xlsx", "", (lines, notes)), KNOWN)
    assert "l.xlsx sheet Notes: has no headings of a packing list" in "\n".join(map(str, found.warnings))
    with pytest.raises(BadInput, match="sheet B: does not have the headings of the other sheets"):
        read_list(Book("l.xlsx", "", (lines, odd)), KNOWN)
    assert read_list(Book("l.xlsx", "", (lines, odd)), KNOWN, said=parse_map_options(["sheet=A"]))


def test_a_sheets_name_may_be_the_container():
    lines = Sheet("MSKU1", 4, [(1, ["Case", "Part", "Qty", "Wagon"]), (2, ["1", "AB-12", 2, "x"])])
    found = read_list(Book("l.xlsx", "", (lines,)), KNOWN, said=parse_map_options(["container=sheet"]))
    assert found.packing_list.cases[0].container_id == "MSKU1"


def test_two_shipments_in_a_list_are_a_fault():
    head = "Shipment;Case;Part;Qty"
    assert "is a second shipment" in only("S1;1;AB-12;1", "S2;2;AB-12;1", head=head)
    assert read("S1;1;AB-12;1", head=head).packing_list.shipment_id == "S1"


def test_error_cells_and_formulas_without_value_in_a_workbook(tmp_path):
    def write(book, sheet):
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=A1", None, "")
        sheet.write_formula(3, 2, "=1+1", None, 2)

    path = workbook(tmp_path / "l.xlsx", [["Case", "Part", "Qty"], *([["1", "AB-12"]] * 3)], write)
    with pytest.raises(BadInput) as refused:
        import_list(path, KNOWN)
    told = [str(fault) for fault in refused.value.faults]
    assert "row 2, column C (qty): is an error cell" in told[0]
    assert "row 3, column C (qty): is a formula without a stored value; open the file in Excel" in told[1]
    assert len(told) == 2


def test_other_encodings_must_be_named(tmp_path):
    path = put(tmp_path / "l.csv", "Ящик;Деталь;Кол-во\n1;AB-12;2\n".encode("cp1251"))
    with pytest.raises(BadInput, match="encoding=cp1251"):
        import_list(path, KNOWN)
    found = import_list(path, KNOWN, options=["encoding=cp1251"])
    assert found.mapping.encoding == "cp1251"
    assert import_list(path, KNOWN, mapping=found.mapping).packing_list == found.packing_list


def test_headings_without_lines_and_an_empty_file():
    assert "has headings and no lines" in only()
    with pytest.raises(BadInput, match="no filled sheet"):
        read_list(book_of(b"", "l.csv"), KNOWN)


def test_nearest_numbers_are_found_fast_among_many():
    parts = {f"BT-{n:07d}": KnownPart("x") for n in range(100_000)}
    rows = [f"1;{LOT};BT-{n:07d}X;;1" for n in range(0, 100_000, 20)]
    found = faults(*rows, known=Known("mtz", parts, LOTS))
    assert len(found) == 201
    assert "did the partner mean BT-" in found[0]
