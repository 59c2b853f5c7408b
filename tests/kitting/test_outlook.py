"""What counts as there on a day, and what comes when."""

import pytest

from knockdown.kitting.acts import Acts
from knockdown.kitting.moments import day_of
from knockdown.kitting.outlook import outlook
from knockdown.kitting.promises import CUSTOMS_DAYS, TRANSIT_DAYS
from knockdown.kitting.ready.solve import ready
from knockdown.kitting.trials.kit_histories import DAY, History, history, small_plant


@pytest.fixture
def told():
    return History(small_plant()).begin()


def ready_units(told, at_day, today=None):
    answer = ready(outlook(told.plant, told.book, at_day, today).question)
    return {unit.unit_id for unit in answer.units if unit.ready_day is not None and unit.ready_day <= at_day}


def done(told, act):
    told.at_ms += 60_000
    assert told.do(lambda: act(Acts(told.plant, told.book, told.at_ms)))


def test_what_is_expected_by_a_later_day_counts_as_there(told):
    assert ready_units(told, DAY, DAY) == set()
    tomorrow = ready_units(told, DAY + 1, DAY)  # the closed case of L-1 can be opened
    assert {"U-1", "U-2", "L-1.04"} <= tomorrow
    assert "L-2.04" not in tomorrow  # in customs; nobody knows a day
    assert "L-2.04" in ready_units(told, DAY + CUSTOMS_DAYS, DAY)
    look = outlook(told.plant, told.book, DAY + 15, DAY)
    assert {s.day for s in look.question.supplies if s.kit_lot_id == "L-3"} == {DAY + 10}
    assert look.today < look.question.at_day


def test_a_promise_that_lapsed_is_reckoned_from_today_and_told_as_lapsed(told):
    assert not any(name.startswith("L-3") for name in ready_units(told, DAY + 40))
    for today, day, lapsed in (
        (DAY + 9, DAY + 10, None),
        (DAY + 10, DAY + 11, None),  # its day is not over for the partner
        (DAY + 11, DAY + 11 + TRANSIT_DAYS, DAY + 10),
        (DAY + 40, DAY + 40 + TRANSIT_DAYS, DAY + 10),
    ):
        look = outlook(told.plant, told.book, today)
        own = {ix: s for ix, s in enumerate(look.question.supplies) if s.kit_lot_id == "L-3"}
        assert {s.day for s in own.values()} == {day}
        assert {look.lapsed.get(ix) for ix in own} == {lapsed}
        assert (look.estimated >= set(own)) == (today >= DAY + 10)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_but_what_was_told_makes_pieces_be_there(seed):
    """On a day that is known, only good pieces in store of cleared lots count, whatever was promised."""
    told = history(seed, 20)
    last = max(DAY, day_of(told.book.last_at))
    there = None
    for day in range(last, last + 45, 5):
        supplies = outlook(told.plant, told.book, day).question.supplies
        now = sorted((s.part_id, s.kit_lot_id or "", s.n_parts) for s in supplies if s.day <= day)
        assert {s.kind for s in supplies if s.day <= day} <= {"on_hand", "payback"}
        assert there in (None, now)
        there = now
        assert all(s.day > day for s in supplies if s.kind not in ("on_hand", "payback"))


def test_a_unit_needs_what_it_was_not_given(told):
    def needs(unit_id):
        question = outlook(told.plant, told.book, DAY).question
        unit = next(unit for unit in question.units if unit.unit_id == unit_id)
        return {need.part_id: need.n_parts for need in question.recipes[unit.recipe_ix].needs}

    assert needs("U-1") == {"P-3": 1, "P-4": 3}  # off the line: only what it is short of
    assert needs("U-2") == {"P-4": 3, "C-1": 4}
    done(told, lambda a: a.open_cases(["1-C"]))
    done(told, lambda a: a.issue("U-2"))
    assert needs("U-2") == {}
    done(told, lambda a: a.find("L-1", "P-4", "D", 1, unit_id="U-2"))
    assert needs("U-2") == {"P-4": 1}


def test_kits_that_are_alike_share_a_recipe(told):
    question = outlook(told.plant, told.book, DAY).question
    assert len({unit.recipe_ix for unit in question.units if unit.unit_id.startswith("L-")}) == 1


def test_a_count_is_no_new_kit(told):
    n_units = len(outlook(told.plant, told.book, DAY).question.units)
    done(told, lambda a: a.issue("L-1.04"))
    assert len(outlook(told.plant, told.book, DAY).question.units) == n_units
