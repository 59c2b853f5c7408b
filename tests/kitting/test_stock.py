"""Stock by lot and state, lots on their way, who carries what, the park, packaging, debts, changes."""

from dataclasses import replace

import pytest

from knockdown.basics.faults import BadInput
from knockdown.documents.paper import Provenance
from knockdown.kitting.acts import Acts
from knockdown.kitting.acts_claims import ClaimActs
from knockdown.kitting.outlook import outlook
from knockdown.kitting.stock import stock
from knockdown.kitting.tell.carries import CarriesTeller
from knockdown.kitting.tell.changes import ChangeTeller
from knockdown.kitting.tell.lists import ListTeller
from knockdown.kitting.tell.ready import board_of
from knockdown.kitting.tell.stock import StockTeller
from knockdown.kitting.terms import NoteFact
from knockdown.kitting.trials.kit_histories import DAY, History, small_plant
from knockdown.kitting.warnings import warnings_of
from knockdown.kitting.worth import LotPrices, part_cents

FROM = Provenance(version="0", input_digest="0", options={})


@pytest.fixture
def told():
    return History(small_plant()).begin()


def done(told, act, kind=Acts):
    told.at_ms += 60_000
    assert told.do(lambda: act(kind(told.plant, told.book, told.at_ms)))


def states(told, lot, part):
    return stock(told.plant, told.book, DAY)[lot, part]


def lot_line(told, lot, day=DAY):
    paper = StockTeller(told.plant, told.book, day, 0).lots(FROM, {})
    return next(line for line in paper.lots if line.lot == lot)


# States


def test_each_state_stands_apart(told):
    assert states(told, "L-1", "P-1") == {"on_hand": 3, "at_line": 1, "in_units": 1}
    assert states(told, "L-1", "P-4") == {"unopened": 15}
    assert states(told, "L-1", "P-2")["missing"] == 1
    assert states(told, "L-2", "P-1") == {"in_customs": 4}
    assert states(told, "L-3", "P-1") == {"in_transit": 4}
    assert states(told, None, "C-1") == {"on_hand": 30}
    done(told, lambda a: a.bond("L-2", "D-1", "2026-02-01", ["W-3"]))
    assert (states(told, "L-2", "P-1"), states(told, "L-2", "P-4")) == ({"bonded": 4}, {"in_customs": 12})
    done(told, lambda a: a.clear("L-2", None, 40_000, ["W-3"]))
    assert states(told, "L-2", "P-1") == {"unopened": 4}
    done(told, lambda a: a.open_cases(["2-A"]))
    done(told, lambda a: a.borrow("L-2", "L-1", "P-1", 1))
    assert states(told, "L-2", "P-1") == {"on_hand": 3, "lent": 1}
    done(told, lambda a: a.find("L-1", "P-1", "A", 2))
    assert states(told, "L-1", "P-1")["quarantined"] == 2


def test_pieces_on_hand_of_a_lot_cleared_in_part_can_be_used(told):
    done(told, lambda a: a.clear("L-2", None, None, ["W-3"]))
    done(told, lambda a: a.open_cases(["2-A"]))
    (supply,) = [
        s
        for s in outlook(told.plant, told.book, DAY).question.supplies
        if (s.kit_lot_id, s.part_id) == ("L-2", "P-1")
    ]
    assert (supply.kind, supply.day) == ("on_hand", DAY)


def test_values_are_what_the_lot_cost(told):
    teller = StockTeller(told.plant, told.book, DAY, 0)
    listed = 4 * (1 * 500 + 2 * 1000 + 1 * 1500 + 3 * 2000)
    assert teller.prices.factor("L-2") == pytest.approx(400_000 / listed)
    whole = teller.stock(FROM, "L-2", None)
    assert whole.stock_value == pytest.approx(4000.0)
    done(told, lambda a: a.clear("L-2", None, 40_000, []))
    assert StockTeller(told.plant, told.book, DAY, 0).stock(FROM, "L-2", None).stock_value == pytest.approx(
        4400.0
    )
    loose = teller.stock(FROM, None, "C-1")
    assert (loose.stock_value, loose.lots[0].lot) == (3.0, None)
    assert whole.stock_value == pytest.approx(sum(part.stock_value for part in whole.parts), abs=0.05)


def test_measured_parts_are_worth_their_price_a_unit(told):
    oil = replace(told.plant.parts["C-1"], unit="l", cost_cents=500)
    plant = replace(told.plant, parts={**told.plant.parts, "C-1": oil})
    assert part_cents(plant, "C-1", 3_500) == 1750


def test_a_bond_runs_until_the_last_container_is_cleared(told):
    done(told, lambda a: a.bond("L-2", "D-7", "2026-01-15"))
    assert (lot_line(told, "L-2").bond_days_left, lot_line(told, "L-2").declaration) == (10, "D-7")
    done(told, lambda a: a.clear("L-2", None, None, ["W-3"]))
    assert lot_line(told, "L-2", DAY + 12).bond_days_left == -2
    assert any("ran out" in text for text in warnings_of(told.plant, told.book, None, DAY + 12))
    done(told, lambda a: a.clear("L-2"))
    assert lot_line(told, "L-2").bond_days_left is None
    assert not any("bond" in text for text in warnings_of(told.plant, told.book, None, DAY + 12))


def test_a_lot_says_its_containers_and_cases(told):
    line = lot_line(told, "L-1")
    assert [(c.container, c.status, c.cases, c.opened) for c in line.containers] == [
        ("W-1", "cleared", 1, 1),
        ("W-2", "cleared", 2, 1),
    ]
    assert (line.begun, line.used, line.claims_open, line.has_list) == (2, 1, 1, True)
    assert not lot_line(told, "L-3").has_list


# Who carries what


def carried(told, **asked):
    paper = CarriesTeller(told.plant, told.book, DAY, 0, **asked).carries(FROM)
    return {unit.unit: unit.proof for unit in paper.units}, paper


def test_units_that_were_given_the_only_pieces_there_are_proven(told):
    found, paper = carried(told, lot_id="L-1", case_id="1-A")
    assert found == {
        "U-1": "proven",
        "U-2": "proven",
        **dict.fromkeys(("L-1.04", "L-1.05", "L-1.06"), "possible"),
    }
    assert (paper.kits_before, paper.left) == (1, {"P-1": 3, "P-2": 5})


def test_a_replacement_makes_it_possible_only(told):
    done(told, lambda a: a.find("L-1", "P-1", "M", 1))
    done(told, lambda a: a.find("L-1", "P-1", "D", 1))
    done(told, lambda a: a.replace("L-1", "P-1", 1), ClaimActs)
    found, _ = carried(told, lot_id="L-1", case_id="1-A", part_id="P-1")
    assert found["U-1"] == "possible"
    assert carried(told, lot_id="L-1", case_id="1-A")[0]["U-1"] == "proven"  # by P-2


def test_pieces_that_were_lent_are_followed(told):
    done(told, lambda a: a.clear("L-2"))
    done(told, lambda a: a.open_lot("L-2"))
    done(told, lambda a: a.borrow("L-1", "L-2", "P-1", 3))
    done(told, lambda a: a.issue("L-2.01"))
    found, paper = carried(told, lot_id="L-1", part_id="P-1")
    assert found == {"U-1": "proven", "U-2": "proven", "L-2.01": "possible"}
    assert paper.left == {}


def test_a_part_that_never_was_there_is_refused(told):
    with pytest.raises(BadInput, match="never was in case 1-A"):
        carried(told, lot_id="L-1", case_id="1-A", part_id="P-3")


# Lists


def test_the_park_names_the_next_to_be_finished(told):
    from knockdown.kitting.ready.solve import ready
    from knockdown.kitting.tell.ready import ReadyTeller

    look = outlook(told.plant, told.book, DAY + 4)
    board = board_of(told.plant, told.book, look)
    paper = ReadyTeller(told.plant, told.book, look, ready(look.question), board, 0).document(FROM)
    park = ListTeller(told.plant, told.book, DAY + 4, 0).park(FROM, {unit.unit: unit for unit in paper.units})
    (unit,) = park.units
    assert (unit.unit, unit.days_short, unit.open_parts, unit.tied_up) == ("U-1", 4, ("P-3", "P-4"), 1000.0)
    assert [missing.part for missing in unit.missing] == ["P-4"]
    assert park.next == "U-1"


def test_frames_go_back_as_the_contract_says(told):
    def lines():
        paper = ListTeller(told.plant, told.book, DAY, 0).packaging(FROM)
        return {line.packaging: line for line in paper.lines}

    assert (lines()["steel_frame"].to_return, lines()["crate"].must_return) == (1, False)
    done(told, lambda a: a.return_packaging("p", "steel_frame", 1))
    assert (lines()["steel_frame"].to_return, lines()["steel_frame"].returned) == (0, 1)


def test_debts_are_told_by_pair_of_lots(told):
    done(told, lambda a: a.borrow("L-1", "L-2", "P-1", 2))
    paper = ListTeller(told.plant, told.book, DAY + 3, 0).borrows(FROM)
    assert [(debt.taker, debt.lender, debt.owed) for debt in paper.debts] == [("L-2", "L-1", 2)]
    lent = LotPrices(told.plant, told.book, DAY + 3).cents("L-1", "P-1", 2)
    assert (paper.owed, paper.owed_value, paper.borrows[0].age_days) == (2, lent / 100, 3)


NOTE = NoteFact("N", frozenset({"v"}), "P-1", "P-9", 1, 1, "kit_lot", "L-2", "L-3")


@pytest.mark.parametrize(
    ("note", "day", "state", "n_old"),
    [
        (NOTE, DAY, "coming", 9),
        (replace(NOTE, basis="unit", last_old="L-1:2", first_new="L-1:3"), DAY, "running", 1),
        (replace(NOTE, basis="date", last_old="2025-12-31", first_new="2026-01-01"), DAY, "done", 0),
        (replace(NOTE, basis="date", last_old="2026-03-01", first_new="2026-03-02"), DAY, "coming", 13),
    ],
)
def test_a_change_note_says_where_it_stands(told, note, day, state, n_old):
    plant = replace(told.plant, notes=(note,))
    look = outlook(replace(plant, notes=()), told.book, day)
    board = board_of(plant, told.book, look)
    teller = ChangeTeller(plant, told.book, day, 0, look.question.units, board)
    (line,) = teller.changes(FROM).changes
    assert (line.state, line.units_old) == (state, n_old)
    assert line.units_old + line.units_new == len(look.question.units)
