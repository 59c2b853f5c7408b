"""The two packing lists that Ganja ships are what the generator makes of its description."""

from pathlib import Path

import pytest

from knockdown.kitting.paper.packing_import import import_list
from knockdown.kitting.paper.packing_list import Known, KnownLot, KnownPart
from knockdown.kitting.problem import cut
from knockdown.kitting.trials.example_lists import EXAMPLES, shipment, write
from knockdown.plant import builtin
from knockdown.plant.load import load

SHIPPED = Path(builtin.__file__).parents[1] / "data" / "plants" / "ganja" / "packing_lists"


@pytest.fixture(scope="module")
def ganja():
    return cut(load("ganja"))


@pytest.fixture(scope="module")
def written(ganja, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    write(ganja, folder)
    return folder


def read(ganja, path, partner):
    """The list as the plant reads it, knowing nothing of the generator."""
    contracts = {c.contract_id for c in ganja.contracts.values() if c.partner_id == partner}
    lots = {
        lot.kit_lot_id: KnownLot(lot.contract_id, lot.variant_id, lot.n_kits)
        for lot in ganja.opening.lots
        if lot.contract_id in contracts
    }
    parts = {part.part_id: KnownPart(part.name, part.unit) for part in ganja.parts.values()}
    return import_list(path, Known(partner, parts, lots, frozenset(ganja.variants)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.file)
def test_shipped_is_what_is_generated(ganja, written, example):
    ours, again = (
        read(ganja, folder / example.file, example.partner_id).packing_list for folder in (SHIPPED, written)
    )
    assert ours.contents() == again.contents() == shipment(ganja, example).contents()
    assert [lot.launch_no for lot in ours.lots] == [lot.launch_no for lot in again.lots]
    assert example.n_lines / 2 < ours.n_lines <= example.n_lines
    assert {lot.kit_lot_id for lot in ours.lots} == {example.kit_lot_id}


def test_nothing_else_is_shipped():
    assert {path.name for path in SHIPPED.iterdir()} == {example.file for example in EXAMPLES}


def test_the_layouts_and_languages_differ(ganja):
    one, other = (read(ganja, SHIPPED / e.file, e.partner_id).mapping for e in EXAMPLES)
    assert {c.field: c.column for c in one.columns} != {c.field: c.column for c in other.columns}
    assert one.n_header_rows > other.n_header_rows
    assert {c.heading for c in one.columns}.isdisjoint({c.heading for c in other.columns})
