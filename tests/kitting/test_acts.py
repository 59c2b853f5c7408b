"""What people do with kits: refused clearly when there is not enough, told twice recorded once."""

from dataclasses import replace
from datetime import date

import pytest

from knockdown.basics.faults import BadInput
from knockdown.kitting.acts import Acts
from knockdown.kitting.acts_claims import ClaimActs
from knockdown.kitting.moments import DAY_MS, ms_of
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


# Days


def in_time(told, act, at_ms, known=()):
    at = Acts(told.plant, told.book, at_ms, known=frozenset(known))
    return at.in_time(act(at))


def day_ms(day):
    return ms_of(date.fromisoformat(day).toordinal())


# The plant opens on 5 January; L-1 came on 26 December, and cases of it were opened on 27 December.
TOO_EARLY = {
    "ship": (lambda a: a.ship("L-3"), "2025-12-05", "2025-12-06, when lot L-3 was "),
    "receive": (lambda a: a.receive("L-3"), "2025-12-05", "2025-12-06, when lot L-3 was "),
    "bond": (lambda a: a.bond("L-2", "D", "2026-03-01"), "2026-01-02", "2026-01-03, when lot L-2 came"),
    "clear": (lambda a: a.clear("L-2"), "2026-01-02", "2026-01-03, when lot L-2 came"),
    "open": (lambda a: a.open_cases(["1-C"]), "2025-12-25", "2025-12-26, when lot L-1 was cleared"),
    "count": (lambda a: a.count("1-A", {"P-1": 4}), "2025-12-26", "2025-12-27, when case 1-A was opened"),
    "find": (
        lambda a: a.find("L-1", "P-1", "D", 1),
        "2025-12-26",
        "2025-12-27, when a case with P-1 of lot L-1 was opened",
    ),
    "find in a case": (lambda a: a.find("L-1", "P-4", "D", 1, "1-C"), "2025-12-25", "when lot L-1 came"),
    "issue": (
        lambda a: a.issue("L-1.04", ["P-2"]),
        "2025-12-26",
        "when a case with P-2 of lot L-1 was opened",
    ),
    "borrow": (
        lambda a: a.borrow("L-1", "L-2", "P-1", 1),
        "2025-12-26",
        "when a case with P-1 of lot L-1 was opened",
    ),
}


@pytest.mark.parametrize("name", TOO_EARLY)
def test_nothing_happens_before_what_it_follows_on(told, name):
    act, day, problem = TOO_EARLY[name]
    with pytest.raises(BadInput) as refused:
        in_time(told, act, day_ms(day))
    (fault,) = refused.value.faults
    assert (fault.file, fault.value) == ("--on", day)
    assert problem in fault.problem
    assert "or later" in fault.next_step
    assert in_time(told, act, day_ms(day) + DAY_MS)


def test_a_day_without_a_minute_is_all_of_that_day(told):
    told.at_ms = day_ms("2026-01-06") + 14 * 3_600_000
    assert told.do(lambda: acts(told).receive("L-3"))
    assert in_time(told, lambda a: a.clear("L-3"), day_ms("2026-01-06"))
    with pytest.raises(BadInput, match="2026-01-06T14:00, when lot L-3 came"):
        in_time(told, lambda a: a.clear("L-3"), day_ms("2026-01-06") + 60_000)


def test_a_clearing_of_all_waits_for_the_container_that_came_last(told):
    for day, name in (("2026-01-06", "W-8"), ("2026-01-08", "W-9")):
        told.at_ms = day_ms(day)
        assert told.do(lambda name=name: acts(told).receive("L-3", [name]))
    with pytest.raises(BadInput, match="2026-01-08, when container W-9 of lot L-3 came"):
        in_time(told, lambda a: a.clear("L-3"), day_ms("2026-01-07"))
    assert in_time(told, lambda a: a.clear("L-3", containers=["W-8"]), day_ms("2026-01-07"))


def test_what_is_recorded_is_not_checked_again(told):
    at_ms = day_ms("2025-12-26")
    (find,) = Acts(told.plant, told.book, at_ms).find("L-1", "P-1", "D", 1)
    assert in_time(told, lambda a: a.find("L-1", "P-1", "D", 1), at_ms, {find.command_id})


def test_steps_of_claims_and_borrows_follow_the_step_before(told):
    found = done(told, lambda a: a.find("L-1", "P-1", "D", 2)).event_id
    borrow = done(told, lambda a: a.borrow("L-1", "L-2", "P-1", 1)).body["borrow_id"]
    too_early = [
        (lambda a: a.dispose(found, "scrap"), "when P-1 was found bad"),
        (lambda a: a.pay_back(borrow, from_loose=False), f"when borrow {borrow} was made"),
    ]
    for act, problem in too_early:
        with pytest.raises(BadInput, match=problem):
            in_time(told, act, day_ms("2026-01-04"))
    claims = ClaimActs(told.plant, told.book, day_ms("2026-01-04"))
    with pytest.raises(BadInput, match=f"when discrepancy {found} was found"):
        claims.in_time(claims.draft("L-1", [found]))


# A promise


def test_a_promised_day_can_be_moved_and_the_same_is_told_once(told):
    first, later = day_ms("2026-02-01"), day_ms("2026-03-01")
    (one,), (two,) = (acts(told).ship("L-3", (), day) for day in (first, later))
    assert one.command_id != two.command_id
    assert one == acts(told).ship("L-3", (), first)[0]
    done(told, lambda a: a.ship("L-3", (), first))
    done(told, lambda a: a.ship("L-3", (), later))
    lot = told.book.lots["L-3"]
    assert (lot.expected_at, lot.promised_at) == (later, told.at_ms)
    assert not told.do(lambda: acts(told).ship("L-3", (), later))
    with pytest.raises(BadInput, match="last said on which day lot L-3 is expected"):
        in_time(told, lambda a: a.ship("L-3", (), first), told.at_ms - 60_000)


def test_nothing_is_expected_before_it_was_sent(told):
    with pytest.raises(BadInput, match="is before 2026-01-05"):
        acts(told).ship("L-3", (), day_ms("2026-01-04"))


def test_a_bond_can_end_on_another_day(told):
    done(told, lambda a: a.bond("L-2", "D", "2026-03-01", ["W-3"]))
    done(told, lambda a: a.bond("L-2", "D", "2026-03-20", ["W-4"]))
    done(told, lambda a: a.bond("L-2", "D", "2026-04-01", ["W-3"]))
    assert told.book.lots["L-2"].bond_until == "2026-03-20"
    done(told, lambda a: a.clear("L-2", containers=["W-4"]))
    assert told.book.lots["L-2"].bond_until == "2026-04-01"
    ids = {acts(told).bond("L-2", "D", day)[0].command_id for day in ("2026-05-01", "2026-05-02")}
    assert len(ids) == 2


def test_a_clearing_that_cost_something_else_is_another_one(told):
    ids = {acts(told).clear("L-2", "D", cents)[0].command_id for cents in (None, 100, 200)}
    assert len(ids) == 3
