"""What people do with kits: refused clearly when there is not enough, told twice recorded once."""

from dataclasses import replace

import pytest

from knockdown.basics.faults import BadInput
from knockdown.kitting.acts import Acts
from knockdown.kitting.trials.kit_histories import History, differences, small_plant


@pytest.fixture
def told():
    return History(small_plant()).begin()


def acts(told, known=()):
    return Acts(told.plant, told.book, told.at_ms, known=frozenset(known))


def done(told, act):
    told.at_ms += 60_000
    assert told.do(lambda: act(acts(told)))
    return told.events[-1]


def causes(told):
    return {event.cause for event in told.events if event.cause}


REFUSED = {
    "lot": (lambda a: a.receive("L-9"), "is not known"),
    "container": (lambda a: a.receive("L-2", ["W-8", "W-9"]), "is not of lot L-2"),
    "case": (lambda a: a.open_cases(["1-C", "9-Z"]), "is not known"),
    "nothing closed": (lambda a: a.open_lot("L-9"), "is not known"),
    "no count": (lambda a: a.count("1-A", {}), "names no part"),
    "part": (lambda a: a.count("1-A", {"P-9": 1}), "is not known"),
    "code": (lambda a: a.find("L-1", "P-1", "Z", 1), "is no claim code"),
    "too many": (lambda a: a.find("L-1", "P-1", "D", 99), "is more than the 3 of P-1 on hand in lot L-1"),
    "too many in case": (lambda a: a.find("L-1", "P-4", "D", 16, "1-C"), "is more than the 15 of P-4"),
    "case of another lot": (lambda a: a.find("L-1", "P-1", "D", 1, "2-A"), "is not of lot L-1"),
    "unit has none": (lambda a: a.find("L-1", "P-3", "D", 2, unit_id="U-2"), "that U-2 was given"),
    "no such unit": (lambda a: a.find("L-1", "P-3", "D", 1, unit_id="U-9"), "is not known"),
    "discrepancy": (lambda a: a.dispose("ev-nothing", "scrap"), "is not known"),
    "unit": (lambda a: a.issue("L-1.99"), "is not known"),
    "part to issue": (lambda a: a.issue("U-2", ["P-9"]), "is not known"),
    "nothing to issue": (lambda a: a.issue("U-2", ["P-1"]), "lacks nothing that is on hand"),
    "borrow": (lambda a: a.borrow("L-1", "L-2", "P-1", 4), "is more than the 3 of P-1 on hand"),
    "closed": (lambda a: a.borrow("L-1", "L-2", "P-4", 1), "is more than the 0 of P-4 on hand"),
    "pay back": (lambda a: a.pay_back("bo-nothing"), "is not known"),
    "lot for a unit": (lambda a: a.issue("L-1"), "is a kit lot, not a vehicle"),
    "absurd count": (
        lambda a: a.count("1-A", {"P-1": 16}),
        "is far more than the 5 of P-1 packed in case 1-A",
    ),
    "instead itself": (lambda a: a.find("L-1", "P-1", "W", 1, found_part_id="P-1"), "is the very part"),
    "instead without W": (lambda a: a.find("L-1", "P-1", "M", 1, found_part_id="P-2"), "does not go with"),
    "needs none": (
        lambda a: a.borrow("L-1", "L-2", "P-1", 2, "L-2.01"),
        "is too much: of P-1 L-2.01 needs 1",
    ),
    "too many empties": (lambda a: a.return_packaging("p", "steel_frame", 2), "is more than the 1 empty"),
    "closed crate": (lambda a: a.return_packaging("p", "crate", 2), "is more than the 1 empty"),
    "partner": (lambda a: a.return_packaging("q", "crate", 1), "is not known"),
    "packaging": (lambda a: a.return_packaging("p", "box", 1), "is no packaging"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_thing_and_a_next_step(told, name):
    act, problem = REFUSED[name]
    with pytest.raises(BadInput) as refused:
        act(acts(told))
    assert problem in refused.value.faults[0].problem
    assert all(fault.next_step for fault in refused.value.faults)


def test_a_surplus_that_is_really_there_is_recorded(told):
    done(told, lambda a: a.count("1-A", {"P-1": 40}, is_surplus=True))
    assert told.book.cells["L-1", "P-1"].surplus == 35


def test_a_code_is_read_in_small_letters(told):
    assert done(told, lambda a: a.find("L-1", "P-1", "dp", 1)).body["claim_code"] == "DP"


def test_findings_that_differ_in_anything_are_kept_apart(told):
    """One minute, one part, one code: a photo or the asterisk makes another find; the same words do not."""
    ways = ({}, {"photo": "p/1.jpg"}, {"photo": "p/2.jpg"}, {"in_assembly": True})
    ids = [acts(told).find("L-1", "P-1", "D", 1, "1-A", **way)[0].command_id for way in ways * 2]
    assert len(set(ids)) == len(ways)


def test_hints_are_commands_that_can_be_pasted(told):
    told.plant = replace(told.plant, named="my hall", ledger="a b.sqlite")
    with pytest.raises(BadInput) as refused:
        acts(told).issue("U-2", ["P-1"])
    assert "`knockdown kit 'my hall' ready --all --ledger 'a b.sqlite'`" in refused.value.faults[0].next_step


def test_bad_pieces_are_disposed_of_once(told):
    found = done(told, lambda a: a.find("L-1", "P-1", "D", 2)).event_id
    missing = done(told, lambda a: a.find("L-1", "P-2", "M", 1)).event_id
    for name, n_parts, problem in ((found, 3, "is more than the 2"), (missing, None, "is not here")):
        with pytest.raises(BadInput, match=problem):
            acts(told).dispose(name, "scrap", n_parts)
    done(told, lambda a: a.dispose(found, "scrap"))
    with pytest.raises(BadInput, match="is disposed of already"):
        acts(told).dispose(found, "scrap")


def test_all_unknown_names_are_told_at_once(told):
    with pytest.raises(BadInput) as refused:
        acts(told).open_cases(["x", "y", "1-C"])
    assert [fault.value for fault in refused.value.faults] == ["x", "y"]
    with pytest.raises(BadInput) as refused:
        acts(told).receive("L-2", ["W-8", "W-9"])
    assert len(refused.value.faults) == 2


# Counts


def test_a_count_finds_what_differs_and_a_second_count_nothing(told):
    done(told, lambda a: a.count("1-A", {"P-1": 4, "P-2": 10}))
    found = [f for f in told.book.found.values() if f.case_id == "1-A" and f.part_id == "P-1"]
    assert [(f.code, f.n_parts) for f in found] == [("S", 1)]
    n_found = len(told.book.found)
    done(told, lambda a: a.count("1-A", {"P-1": 4}))
    assert len(told.book.found) == n_found
    assert differences(told) == []


def test_what_was_found_bad_in_a_case_is_not_missed_again(told):
    done(told, lambda a: a.count("1-A", {"P-1": 4}))
    done(told, lambda a: a.find("L-1", "P-1", "D", 1, "1-A"))
    before = len(told.book.found)
    done(told, lambda a: a.count("1-A", {"P-1": 3}))
    assert len(told.book.found) == before


def test_what_was_found_in_a_closed_case_is_not_missed_again(told):
    done(told, lambda a: a.find("L-1", "P-4", "DP", 2, "1-C"))
    done(told, lambda a: a.open_cases(["1-C"]))
    before = len(told.book.found)
    done(told, lambda a: a.count("1-C", {"P-4": 13}))
    assert len(told.book.found) == before
    assert differences(told) == []


def test_a_count_above_the_list_is_a_surplus_once(told):
    for _ in range(2):
        done(told, lambda a: a.count("1-A", {"P-1": 7}))
    assert told.book.cells["L-1", "P-1"].surplus == 2


def test_pieces_at_the_line_cannot_be_counted_as_missing(told):
    with pytest.raises(BadInput, match="went to the line or away"):
        acts(told).count("1-A", {"P-1": 1})
    done(told, lambda a: a.count("1-A", {"P-1": 2}))
    assert told.book.cells["L-1", "P-1"].on_hand == 0


# To the line


def test_a_unit_gets_its_own_lots_pieces_then_loose_ones(told):
    done(told, lambda a: a.issue("L-1.04"))
    unit = told.book.units["L-1.04"]
    assert unit.issued["L-1", "P-2"] == 2
    assert unit.issued[None, "C-1"] == 4


def test_a_short_built_unit_is_given_only_what_it_is_short_of(told):
    done(told, lambda a: a.open_cases(["1-C"]))
    done(told, lambda a: a.issue("U-1"))
    given = {key for key, n_parts in told.book.units["U-1"].issued.items() if n_parts}
    assert given == {("L-1", "P-3"), ("L-1", "P-4")}
    assert differences(told) == []


def test_a_bad_part_found_at_the_line_leaves_the_unit(told):
    done(told, lambda a: a.find("L-1", "P-1", "F", 1, unit_id="U-2"))
    assert told.book.units["U-2"].issued["L-1", "P-1"] == 0
    assert told.book.cells["L-1", "P-1"].bad == 1
    done(told, lambda a: a.issue("U-2", ["P-1"]))
    assert told.book.units["U-2"].issued["L-1", "P-1"] == 1


def test_disposing_takes_the_beginning_of_an_id_and_all_that_is_left(told):
    event = done(told, lambda a: a.find("L-1", "P-1", "D", 2))
    done(told, lambda a: a.dispose(event.event_id[:12], "rework", 1))
    done(told, lambda a: a.dispose(event.event_id[:12], "scrap"))
    cell = told.book.cells["L-1", "P-1"]
    assert (cell.bad, cell.scrapped, cell.on_hand) == (0, 1, 2)
    told.at_ms += 1
    assert not told.do(lambda: acts(told).dispose(event.event_id, "scrap", 1))


# Told twice

TWICE = {
    "open lot": lambda a: a.open_lot("L-1"),
    "count": lambda a: a.count("1-A", {"P-1": 4}),
    "find": lambda a: a.find("L-1", "P-1", "M", 3),
    "issue": lambda a: a.issue("L-1.04"),
    "borrow": lambda a: a.borrow("L-1", "L-2", "P-1", 3),
    "return": lambda a: a.return_packaging("p", "steel_frame", 1),
}


@pytest.mark.parametrize("name", TWICE)
def test_the_same_act_told_twice_has_the_same_commands(told, name):
    assert told.do(lambda: TWICE[name](acts(told)))
    again = TWICE[name](acts(told, causes(told)))
    assert {command.command_id for command in again} <= causes(told)


def test_paying_back_told_twice_pays_once(told):
    borrow = done(told, lambda a: a.borrow("L-1", "L-2", "P-1", 3)).body["borrow_id"]
    done(told, lambda a: a.clear("L-2"))
    done(told, lambda a: a.open_lot("L-2"))
    done(told, lambda a: a.pay_back(borrow, 1))
    (again,) = acts(told, causes(told)).pay_back(borrow, 1)
    assert again.command_id in causes(told)
    with pytest.raises(BadInput, match="is more than"):
        acts(told).pay_back(borrow, 99)


def test_a_lot_without_a_list_is_opened_by_its_supply_list(told):
    done(told, lambda a: a.receive("L-3"))
    done(told, lambda a: a.clear("L-3"))
    done(told, lambda a: a.open_lot("L-3"))
    assert told.book.cells["L-3", "P-2"].on_hand == 8
    with pytest.raises(BadInput, match="has no closed case"):
        acts(told).open_lot("L-3")
