"""What counts as there on a day, and what comes when."""

import pytest

from knockdown.kitting.acts import Acts
from knockdown.kitting.outlook import outlook
from knockdown.kitting.ready.solve import ready
from knockdown.kitting.trials.kit_histories import DAY, History, small_plant


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
    tomorrow = ready_units(told, DAY + 1, DAY)  # the closed case of L-1 can be opened; L-2 was expected
    assert {"U-1", "U-2", "L-1.04", "L-2.04"} <= tomorrow
    look = outlook(told.plant, told.book, DAY + 15, DAY)
    assert {s.day for s in look.question.supplies if s.kit_lot_id == "L-3"} == {DAY + 10}


def test_what_was_late_comes_tomorrow_at_the_earliest(told):
    assert not any(name.startswith("L-3") for name in ready_units(told, DAY + 40))
    days = {
        s.day for s in outlook(told.plant, told.book, DAY + 40).question.supplies if s.kit_lot_id == "L-3"
    }
    assert days == {DAY + 41}


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
