"""What `resolve` tells of the built-in plants: shipments once, prices that nobody gave, no line twice."""

import io
import math
from itertools import pairwise

import pytest
from rich.console import Console

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.cli import show_kit_resolve
from knockdown.plant.load import load


@pytest.fixture(scope="module")
def kits():
    return {name: kd.kit(name) for name in ("ganja", "khazar", "nakhchivan")}


@pytest.fixture(scope="module")
def told(kits):
    return {name: each.resolve() for name, each in kits.items()}


def shown(kits, paper, width=100):
    out = io.StringIO()
    show_kit_resolve.resolve(Console(file=out, width=width), paper, kits.desk.kits)
    return out.getvalue()


def test_an_extra_shipment_is_in_the_total_once_for_each_partner(told):
    answer, cents = told["ganja"], load("ganja").file.kitting.reorder_cost
    names = [order.what for order in answer.orders]
    assert len(names) == len(set(names)) > 1
    assert all(order.cost == cents for order in answer.orders)
    assert {term.name: term.amount for term in answer.terms}["extra shipment"] == cents * len(names)
    shares = [take.order_share for unit in answer.units for part in unit.parts for take in part.sources]
    assert sum(1 for share in shares if share) > len(names)
    assert sum(shares) == pytest.approx(cents * len(names))
    assert sum(unit.cost for unit in answer.units) == pytest.approx(answer.objective)


def test_what_nobody_priced_is_flagged_and_not_worth_nothing(told, kits):
    assert told["ganja"].unpriced_parts == ()
    for name in ("khazar", "nakhchivan"):
        answer, text = told[name], shown(kits[name], told[name])
        assert answer.unpriced_parts
        assert all(part.assumed > 0 and part.part in text for part in answer.unpriced_parts)
        assert "parts.unit_cost" in answer.assumptions
        assert all(claim.value > 0 and claim.is_assumed for claim in answer.claims)
        assert "Without a price, assumed" in text
        assert "about" in text.partition("Claims to write")[2]
    terms = {term.name: term.amount for term in told["khazar"].terms}
    assert terms["ordered again"] > 0


def test_a_price_that_is_not_known_is_never_a_silent_nothing():
    kits = kd.kit("khazar")
    for lot in kits.desk.book.lots.values():
        lot.cost_cents = 0
    answer = kits.resolve()
    unknown = [part.part for part in answer.unpriced_parts if part.assumed is None]
    assert unknown
    text = shown(kits, answer)
    assert f"counted as 0: {', '.join(unknown)}" in " ".join(text.split())
    assert all((claim.value is None) == bool(set(claim.parts) & set(unknown)) for claim in answer.claims)


def test_a_note_is_told_once_in_each_list_and_what_is_alike_in_one_line(told, kits):
    answer, text = told["ganja"], shown(kits["ganja"], told["ganja"])
    notes = {take.note for unit in answer.units for part in unit.parts for take in part.sources} - {""}
    assert len(notes) == 1
    assert text.count(notes.pop()) == 2
    assert "more like it at the same cost" in text
    lines = text.partition("Next best")[2].partition("Claims to write")[0].splitlines()
    ways = [(line.split()[1], after) for line, after in pairwise(lines) if " +" in line]
    assert len(ways) > 3
    assert len(ways) == len(set(ways))


@pytest.mark.parametrize(
    "allowed",
    [{"seconds": 0.0}, {"seconds": -1.0}, {"seconds": math.nan}, {"seconds": math.inf}, {"work": 0}],
)
def test_no_time_and_no_work_are_refused(kits, allowed):
    with pytest.raises(BadInput) as refused:
        kits["ganja"].resolve(**allowed)
    (fault,) = refused.value.faults
    assert fault.file == f"--{next(iter(allowed))}"
    assert "write" in str(fault)
