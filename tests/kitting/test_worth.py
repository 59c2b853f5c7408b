"""Prices of parts: as described, assumed where the description has none, unknown where nothing tells."""

from dataclasses import replace

import pytest

from knockdown.kitting.fold import fold
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.problem import cut
from knockdown.kitting.worth import LotPrices, PartPrices, part_cents
from knockdown.plant.load import load
from knockdown.workflow.kit_desk import Desk

BUILT_IN = ("ganja", "khazar", "nakhchivan", "kiaz")


@pytest.fixture(scope="module", params=BUILT_IN)
def desk(request):
    return Desk(request.param)


def contents(desk):
    needs = needs_of(desk.kits, desk.book)
    for lot in desk.book.lots.values():
        if lot.variant_id in desk.kits.variants and lot.cost_cents:
            kits = range(1, lot.n_kits + 1)
            yield lot, needs.lot_content(lot.kit_lot_id, lot.variant_id, kits, desk.today)


def test_a_lot_is_worth_what_it_cost_part_by_part(desk):
    prices, n_lots = LotPrices(desk.kits, desk.book, desk.today), 0
    for lot, content in contents(desk):
        value = sum(prices.cents(lot.kit_lot_id, part_id, n_parts) for part_id, n_parts in content.items())
        assert value == pytest.approx(lot.cost_cents)
        n_lots += 1
    assert n_lots


def test_no_part_of_a_lot_with_a_price_is_worth_nothing(desk):
    prices = PartPrices(desk.kits, desk.book, desk.today)
    for _, content in contents(desk):
        for part_id, n_parts in content.items():
            is_listed = desk.kits.parts[part_id].cost_cents > 0
            assert prices.basis(part_id) == ("listed" if is_listed else "assumed")
            assert prices.cents(part_id, n_parts) > 0
            assert not is_listed or prices.cents(part_id, 7) == part_cents(desk.kits, part_id, 7)


def test_a_local_price_is_nearer_than_a_share_of_the_kit():
    desk = Desk("nakhchivan")
    hose = desk.kits.parts["LF1006100"]
    assert (hose.cost_cents, hose.local_cents) == (0, 2720)
    assert PartPrices(desk.kits, desk.book, desk.today).cents("LF1006100", 2) == 2 * 2720


def test_where_not_even_the_kit_has_a_price_it_is_unknown():
    desk = Desk("khazar")
    for lot in desk.book.lots.values():
        lot.cost_cents = 0
    prices = PartPrices(desk.kits, desk.book, desk.today)
    assert (prices.basis("IK10-0010"), prices.cents("IK10-0010", 3)) == ("unknown", 0)
    assert prices.basis("nobody knows") == "unknown"


def test_parts_dearer_than_their_kit_leave_nothing_to_share_out():
    plant = cut(load("khazar"))
    parts = {name: replace(part, cost_cents=10**9) for name, part in plant.parts.items()}
    parts["IK10-0010"] = plant.parts["IK10-0010"]
    desk = Desk("khazar")
    prices = PartPrices(replace(plant, parts=parts), fold(desk.events), desk.today)
    assert prices.basis("IK10-0010") == "unknown"
