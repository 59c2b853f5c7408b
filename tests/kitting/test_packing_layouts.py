"""A list written in any layout, language and locale is read as what was packed."""

import dataclasses
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput
from knockdown.kitting.paper.layout import Mapping
from knockdown.kitting.paper.packing_import import import_list
from knockdown.kitting.paper.packing_list import PackingList
from knockdown.kitting.paper.packing_numbers import LOCALES
from knockdown.kitting.paper.revise import compare
from knockdown.kitting.trials.packing_lists import (
    COLUMNS,
    FLAT,
    FLAT_AZ,
    MTZ,
    Layout,
    draft,
    make_lots,
    make_parts,
    pack,
    write_csv,
    write_xlsx,
)
from tests.basics.table_files import LONG

NAMES = {form: name for name, form in LOCALES.items()}


def said(layout):
    return [f"locale={NAMES[layout.numbers]}"] if layout.numbers else []


def shipment_of(seed=1, n_lots=2, n_parts=40, n_lines=60):
    return pack(make_lots(n_lots), make_parts(n_parts, seed, 0.15), seed, n_lines=n_lines)


@pytest.mark.parametrize("layout", [MTZ, FLAT, FLAT_AZ], ids=["mtz", "flat", "flat_az"])
def test_partners_lists_are_read_without_a_warning(tmp_path, layout):
    shipment = shipment_of()
    path = write_xlsx(tmp_path / "list.xlsx", draft(shipment, layout))
    found = import_list(path, shipment.known(), options=said(layout))
    assert found.packing_list.contents() == shipment.contents()
    assert found.warnings == ()
    assert [lot.kit_lot_id for lot in found.packing_list.lots] == list(shipment.lots)
    places = {line.case_id: (line.container_id, line.lot_id) for line in shipment.lines}
    assert {case.case_id: (case.container_id, case.kit_lot_id) for case in found.packing_list.cases} == places


def test_the_title_of_a_russian_list_gives_shipment_and_launch(tmp_path):
    shipment = shipment_of(7)
    path = write_xlsx(tmp_path / "list.xlsx", draft(shipment, MTZ))
    paper = import_list(path, shipment.known(), options=["locale=ru"]).packing_list
    assert paper.shipment_id == "2026-007"
    assert [lot.launch_no for lot in paper.lots] == ["L100", "L101"]
    assert paper.cases[0].packaging == "ящик деревянный"
    of_first = [line for line in shipment.lines if line.case_id == paper.cases[0].case_id]
    assert paper.cases[0].gross_mass_g == sum(line.net_g for line in of_first) + 25_000


def test_a_mapping_is_remembered_and_fits_the_next_list(tmp_path):
    first, second = shipment_of(1), shipment_of(2, n_lots=3)
    path = write_xlsx(tmp_path / "1.xlsx", draft(first, MTZ))
    mapping = import_list(path, first.known(), options=["locale=ru"]).mapping
    mapping = Mapping.from_json(mapping.to_json())
    path = write_xlsx(tmp_path / "2.xlsx", draft(second, dataclasses.replace(MTZ, title=True)))
    found = import_list(path, second.known(), mapping=mapping)
    assert found.packing_list.contents() == second.contents()
    assert found.mapping == mapping


def test_a_remembered_mapping_that_no_longer_fits_says_so(tmp_path):
    shipment = shipment_of()
    flat = write_xlsx(tmp_path / "flat.xlsx", draft(shipment, FLAT))
    mapping = import_list(flat, shipment.known(), options=["locale=tr"]).mapping
    path = write_xlsx(tmp_path / "az.xlsx", draft(shipment, FLAT_AZ))
    with pytest.raises(BadInput, match="remembered for this partner") as refused:
        import_list(path, shipment.known(), mapping=mapping)
    (fault,) = refused.value.faults
    assert (fault.file, fault.row) == ("az.xlsx sheet Sheet1", 1)
    assert "F is 'Yeşik №', expected part 'parca numarasi'; H is 'Ölçü vahidi'" in fault.problem
    assert fault.problem.endswith("and 7 more")
    assert "--map auto" in fault.next_step
    assert len(str(fault)) < 6 * 80
    found = import_list(path, shipment.known(), mapping=mapping, options=["auto"])
    assert found.packing_list.contents() == shipment.contents()


def test_the_same_list_twice_changes_nothing_and_a_corrected_one_is_a_diff(tmp_path):
    shipment = shipment_of()
    path = write_xlsx(tmp_path / "list.xlsx", draft(shipment, FLAT_AZ))
    first = import_list(path, shipment.known()).packing_list
    again = import_list(path, shipment.known()).packing_list
    assert again == first
    assert compare(first.contents(), again).is_unchanged
    line = next(line for line in shipment.lines if line.part.unit == "pcs")
    changed = dataclasses.replace(line, n_parts=line.n_parts + 1)
    lines = tuple(changed if one is line else one for one in shipment.lines)
    path = write_xlsx(tmp_path / "new.xlsx", draft(dataclasses.replace(shipment, lines=lines), FLAT_AZ))
    revision = compare(first.contents(), import_list(path, shipment.known()).packing_list)
    assert [(one.case_id, one.part_id, one.n_after - one.n_before) for one in revision.lines] == [
        (line.case_id, line.part.part_id, 1)
    ]


def test_a_packing_list_survives_json(tmp_path):
    shipment = shipment_of()
    path = write_xlsx(tmp_path / "list.xlsx", draft(shipment, FLAT_AZ))
    paper = import_list(path, shipment.known()).packing_list
    assert PackingList.from_json(paper.to_json()) == paper


@st.composite
def layouts(draw):
    blocks = draw(st.sampled_from(["flat", "first_row", "merged", "banner"]))
    kept = [name for name in COLUMNS if name != "launch"]
    left_out = set(draw(st.lists(st.sampled_from(["packaging", "net", "gross", "name"]), max_size=3)))
    per_container = draw(st.booleans())
    title = per_container or draw(st.booleans())
    if per_container:
        left_out |= {"lot", "container"}
    if blocks == "banner":
        left_out.add("case")
    order = draw(st.permutations([name for name in kept if name not in left_out]))
    return Layout(
        draw(st.sampled_from(["ru", "en", "az", "tr"])),
        tuple(order),
        blocks,
        draw(st.sampled_from([None, "1234.5", "1,234.5", "1.234,5", "1 234,5"])),
        draw(st.integers(1, 3)),
        per_container,
        draw(st.booleans()),
        title,
    )


MANY = settings(max_examples=1_000 if LONG else 40, deadline=None, suppress_health_check=list(HealthCheck))


def check_read(path, shipment, layout):
    found = import_list(path, shipment.known(), options=said(layout))
    assert found.packing_list.contents() == shipment.contents()
    assert not found.warnings, [str(warning) for warning in found.warnings]


@MANY
@given(layout=layouts(), seed=st.integers(1, 10**6), n_parts=st.integers(1, 25))
def test_any_layout_is_read_from_a_workbook(layout, seed, n_parts):
    shipment = shipment_of(seed, 2, n_parts, n_parts + 3)
    with tempfile.TemporaryDirectory() as folder:
        check_read(write_xlsx(Path(folder) / "l.xlsx", draft(shipment, layout)), shipment, layout)


@MANY
@given(
    layout=layouts(),
    seed=st.integers(1, 10**6),
    delimiter=st.sampled_from(";\t,"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_layout_is_read_from_csv(layout, seed, delimiter, encoding):
    numbers = layout.numbers or "1234.5"
    blocks = "first_row" if layout.blocks == "merged" else layout.blocks
    layout = dataclasses.replace(layout, blocks=blocks, numbers=numbers, n_header_rows=1)
    shipment = shipment_of(seed, 1, 12, 15)
    with tempfile.TemporaryDirectory() as folder:
        (sheet,) = draft(shipment, layout)  # so few lines are one container
        check_read(write_csv(Path(folder) / "l.csv", sheet, delimiter, encoding), shipment, layout)
