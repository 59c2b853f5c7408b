"""Headings are recognised, or what was found is told with the options that would settle it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput
from knockdown.basics.sheets import Merged, Sheet
from knockdown.kitting.paper.headings import fold, read_banner, recognise
from knockdown.kitting.paper.layout import MapOptions, Mapping, parse_map_options
from knockdown.kitting.paper.layout_detect import find_mapping


def sheet_of(*rows, merged=(), name=""):
    width = max(map(len, rows))
    filled = [(n, list(row) + [""] * (width - len(row))) for n, row in enumerate(rows, 1) if any(row)]
    return Sheet(name, width, filled, tuple(merged))


def found(sheet, *options):
    mapping = find_mapping("l.xlsx", [sheet], None, parse_map_options(options))
    return {one.field: one.column for one in mapping.columns}, mapping


def fault(sheet, *options):
    with pytest.raises(BadInput) as refused:
        find_mapping("l.xlsx", [sheet], None, parse_map_options(options))
    assert all(one.next_step and one.problem for one in refused.value.faults)
    return str(refused.value.faults[0])


HEADINGS = {
    "part": ["Обозначение", "Номер детали", "Каталожный номер", "PART NO.", "P/N", "Detalın nömrəsi",
             "Parça Numarası", "MALZEME KODU", "Teilenummer", "Sachnummer"],
    "name": ["Наименование детали", "Description", "Part name", "Detalın adı", "PARÇA ADI", "Benennung"],
    "qty": ["Кол-во", "Количество в ящике, шт", "Qty", "Q'ty per case", "Miqdarı", "MİKTAR", "Adet", "Menge"],
    "per_kit": ["Кол-во на комплект", "Qty per kit", "Set başına adet"],
    "unit": ["Ед. изм.", "UoM", "Ölçü vahidi", "Birim", "Einheit"],
    "case": ["№ ящика", "Номер места", "Case No", "Yeşik №", "SANDIK NO", "Kiste Nr."],
    "box": ["№ коробки", "Box", "Qutu", "Kutu No"],
    "container": ["Контейнер №", "Номер вагона", "Container No.", "Konteyner", "Vaqon №", "VAGON NO"],
    "lot": ["Лот", "Номер партии", "Kit lot", "Partiya", "Parti No", "Los"],
    "launch": ["Запуск", "Launch No."],
    "contract": ["Контракт", "Contract No", "Müqavilə №", "SÖZLEŞME"],
    "shipment": ["Отгрузка", "Shipment", "Göndəriş", "Sevkiyat No"],
    "net": ["Масса нетто, кг", "Net weight", "Netto çəki", "Net Ağırlık"],
    "gross": ["Масса ящика брутто", "Gross kg", "Brutto", "BRÜT AĞIRLIK"],
    "packaging": ["Вид упаковки", "Package type", "Qablaşdırma növü", "Ambalaj"],
    "variant": ["Модель", "Model", "Исполнение"],
    "other": ["№ п/п", "Количество мест", "Sıra No", "HS code", "Примечание", "Unit weight"],
}  # fmt: skip


@pytest.mark.parametrize(("field", "text"), [(field, text) for field in HEADINGS for text in HEADINGS[field]])
def test_headings_in_many_languages(field, text):
    assert recognise(text) == field
    assert recognise(text.upper()) == field


@given(st.text(max_size=40))
@example("\U0001d4a5")  # a script J, a capital only once it is made plain
@example("\U0001d6a4")  # a dotless i likewise
def test_folding_is_stable(text):
    assert fold(fold(text)) == fold(text)


def test_three_stacked_rows_of_headings():
    merged = [
        Merged(2, 1, 3, 1),
        Merged(2, 2, 3, 2),
        Merged(2, 3, 2, 4),
        Merged(2, 5, 2, 6),
        Merged(1, 1, 1, 6),
    ]
    sheet = sheet_of(
        ["УПАКОВОЧНЫЙ ЛИСТ № 7"],
        ["№ ящика", "Обозначение", "Количество", "", "Масса, кг"],
        ["", "", "на комплект", "в ящике", "нетто", "брутто"],
        ["1", "2", "3", "4", "5", "6"],
        ["12", "BT-1", 1, 40, 2.5, 30],
        merged=merged,
    )
    columns, mapping = found(sheet)
    assert columns == {"case": "A", "part": "B", "qty": "D", "net": "E", "gross": "F"}
    assert mapping.n_header_rows == 2
    assert mapping.first_line(sheet) == 4
    assert mapping.quantity == "case"
    assert mapping.mass_g == 1000


def test_a_quantity_per_kit_alone_is_multiplied_by_kits():
    assert found(sheet_of(["Case", "Part", "Qty per kit"], ["1", "A", 2]))[1].quantity == "kit"


def test_fields_written_once_per_block_hold_and_repeated_ones_do_not():
    block = sheet_of(
        ["Case", "Lot", "Part", "Qty"], ["1", "L", "A", 2], ["", "L", "B", 1], ["2", "L", "A", 1]
    )
    assert found(block)[1].fill == ("case",)
    flat = sheet_of(["Case", "Part", "Qty"], ["1", "A", 2], ["1", "B", 1], ["", "C", 1])
    assert found(flat)[1].fill == ()


def test_two_columns_for_one_field_ask_which_counts():
    sheet = sheet_of(["Case", "Part", "Qty shipped", "Qty ordered"], ["1", "A", 2, 3])
    text = fault(sheet)
    assert "two columns for qty: C (Qty shipped) and D (Qty ordered)" in text
    assert found(sheet, "qty=C")[0]["qty"] == "C"
    assert found(sheet, "qty=D")[0]["qty"] == "D"


def test_an_item_column_yields_to_part_numbers():
    assert found(sheet_of(["Item", "Part number", "Qty"], [1, "A", 2]))[0]["part"] == "B"
    assert found(sheet_of(["Item", "Qty"], ["A", 2]))[0]["part"] == "A"


def test_unknown_headings_tell_what_was_found_and_hand_made_columns_work():
    sheet = sheet_of(["title"], ["Kolo", "Farbe", "Gross"], ["1", "A", 2], ["2", "B", 4])
    text = fault(sheet)
    assert "row 2" in text
    assert "no part and no qty" in text
    assert "C (Gross) gross" in text
    assert "--map part=C --map qty=F" in text
    columns, mapping = found(sheet, "part=B", "qty=C", "case=A")
    assert columns == {"part": "B", "qty": "C", "case": "A"}
    assert mapping.first_line(sheet) == 2
    assert mapping.columns[0].heading == "kolo"


def test_a_sheet_without_headings_needs_columns():
    sheet = sheet_of(["1", "BT-1", 4], ["1", "BT-2", 5])
    assert "no row of headings" in fault(sheet)
    assert found(sheet, "case=A", "part=B", "qty=C", "header=0")[1].first_line(sheet) == 0
    assert "beyond the last column" in fault(sheet, "part=B", "qty=Z", "header=0")


def test_a_mass_without_unit_is_a_fault_with_two_ways_out():
    sheet = sheet_of(["Case", "Part", "Qty", "Net weight"], ["1", "A", 2, 3.5])
    text = fault(sheet)
    assert "--map mass=kg" in text
    assert found(sheet, "mass=kg")[1].mass_g == 1000
    assert "net" not in found(sheet, "net=-")[0]


def test_a_missing_sheet_is_told():
    assert "no filled sheet named B*" in fault(sheet_of(["Case", "Part", "Qty"], name="A"), "sheet=B*")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("part=3", "is not a column"),
        ("part=", "is not a column"),
        ("header=x", "no row of headings"),
        ("header=1-9", "no row of headings"),
        ("locale=fr", "is not known here"),
        ("colour=C", "is no option of --map"),
        ("fill=part", "no field that may hold"),
        ("encoding=ebcdic", "is not known here"),
        ("cases=planet", "is not known here"),
        ("large=", "names no part"),
    ],
)
def test_bad_options_are_faults(option, words):
    with pytest.raises(BadInput, match=words) as refused:
        parse_map_options([option, "nonsense"])
    assert len(refused.value.faults) == 2
    assert all(one.next_step for one in refused.value.faults)


def test_options_are_read():
    options = parse_map_options(
        ["Part=c", "quantity=F", "wagon=sheet", "lot=:L-1", "header=5-7", "fill=case,box", "mass=t", "auto",
         "qty_is=kit", "cases=lot", "locale=1 234,5", "sheet=MSKU*", "encoding=cp1251",
         "large=A-1,B-2", "large=C"]
    )  # fmt: skip
    assert options == MapOptions(
        {"part": "C", "qty": "F", "container": "sheet"},
        {"lot": "L-1"},
        (5, 7),
        True,
        {"fill": ("case", "box"), "mass_g": 1_000_000, "quantity": "kit", "cases": "lot",
         "numbers": "1 234,5", "sheets": "MSKU*", "encoding": "cp1251"},
        {"A-1", "B-2", "C"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"n_header_rows": 9, "columns": []}', '{"n_header_rows": 1, "columns": []}',
        '{"n_header_rows":1,"columns":[{"field":"part","column":"A"},{"field":"qty","column":"A"}]}',
        '{"n_header_rows":1,"columns":[{"field":"part","column":"A"},{"field":"qty","column":"B"}],"mass_g":7}',
        '{"n_header_rows":1,"columns":[{"field":"part","column":"1"},{"field":"qty","column":"B"}]}',
        '{"schema":"other","n_header_rows":1,"columns":[]}',
    ],
)  # fmt: skip
def test_a_mapping_is_checked_at_the_door(text):
    with pytest.raises(BadInput) as refused:
        Mapping.from_json(text)
    assert all(one.next_step for one in refused.value.faults)


def test_banners():
    assert read_banner("Ящик №12, брутто 350 кг") == [("case", "12"), ("gross", "350 кг")]
    assert read_banner("SANDIK NO: 7") == [("case", "7")]
    assert read_banner("Yeşik № 3 / Lot 202601-14-b1025c") == [("case", "3"), ("lot", "202601-14-b1025c")]
    assert read_banner("Вагон 52345678") == [("container", "52345678")]
    assert read_banner("Rev. 2 of packing list No 15") == [("revision", "2"), ("list", "15")]
    assert read_banner("Всего ящиков: 25") == []
    assert read_banner("Отпустил: Иванов") == []
