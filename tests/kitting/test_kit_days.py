"""A kit lot's weeks on Ganja's description: goods that are not there, debts, money taken, days gone by."""

from datetime import date
from pathlib import Path

import pytest

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.cli import main
from knockdown.workflow import keep_ledger

LOT, LENDER, PART = "202601-14-b1025c", "202601-06-b1221c", "BT-1302010"


@pytest.fixture
def hall(tmp_path: Path):
    folder = tmp_path / "hall"
    kd.new(folder, "ganja")
    keep_ledger.init(str(folder))
    kits = kd.kit(folder)
    kits.import_lists([folder / "packing_lists" / "mtz-lot-14.xlsx"], "mtz", on="2026-02-02")
    return kits


def arrived(kits):
    kits.receive(LOT, (), "2026-02-09")
    kits.clear(LOT, None, None, (), "2026-02-10")
    kits.open((), LOT, "2026-02-10")
    return kits


def test_cases_that_are_not_cleared_are_not_opened(hall):
    containers = sorted({case.container_id for case in hall.desk.book.cases_of(LOT)})
    hall.receive(LOT, containers[:1], "2026-02-09")
    with pytest.raises(BadInput, match="in customs"):
        hall.open((), LOT, "2026-02-09")
    hall.clear(LOT, None, None, containers[:1], "2026-02-10")
    hall.open((), LOT, "2026-02-10")
    opened = {case.container_id for case in hall.desk.book.cases_of(LOT) if case.opened_at is not None}
    assert opened == set(containers[:1])
    with pytest.raises(BadInput, match="ordered"):
        hall.open((), "202601-13-b821c", "2026-02-10")


def test_what_is_owed_goes_back_from_what_the_taker_does_not_need(hall):
    arrived(hall)
    lacking = [
        u for u in hall.ready().units if u.kit_lot == LENDER and any(m.part == PART for m in u.missing)
    ]
    hall.borrow(LENDER, LOT, PART, 4, None, "2026-02-11")
    waiting = [
        u for u in hall.ready().units if u.kit_lot == LENDER and any(m.part == PART for m in u.missing)
    ]
    # The taker needs none of the four, so the lender has them again at once.
    assert (len(lacking), len(waiting)) == (0, 0)
    hall.find(LOT, PART, "DT", 4, on="2026-02-11T09:00")
    lent = [u for u in hall.ready().units if u.kit_lot == LENDER and any(m.part == PART for m in u.missing)]
    assert len(lent) == 4


def test_a_claim_that_was_paid_brings_no_parts(hall):
    arrived(hall)
    hall.find(LOT, PART, "DT", 12, on="2026-02-10T09:00")
    claim = hall.claim_draft(LOT, on="2026-02-11").made["claim"]
    hall.claim_send(claim, on="2026-02-11T10:00")
    hall.claim_credit(claim, "485.04", "2026-02-12")
    (fault,) = faults_of(lambda: hall.replace(LOT, PART, "1", claim, False, "2026-02-13"))
    assert "more than the 0" in fault.problem
    assert hall.desk.book.claims[claim].state == "credited"
    assert not [u for u in hall.ready().units for m in u.missing if m.ref == claim]


def test_a_day_gone_by_knows_nothing_of_later_days(hall):
    arrived(hall)
    before, now = hall.ready(date(2026, 2, 1)), hall.ready()
    of_lot = [[u.state for u in paper.units if u.kit_lot == LOT] for paper in (before, now)]
    assert set(of_lot[0]) == {"waiting"}
    assert set(of_lot[1]) == {"ready"}
    for day in (date(1, 1, 1), date(9999, 12, 31)):
        with pytest.raises(BadInput, match="lies outside"):
            hall.resolve(at=day)


def test_a_bond_ends_after_it_began_and_a_piece_is_for_a_unit_of_its_lot(hall):
    hall.receive(LOT, (), "2026-02-09")
    with pytest.raises(BadInput, match="when it began"):
        hall.bond(LOT, "D-1", "2020-01-01", (), "2026-02-09")
    hall.clear(LOT, None, None, (), "2026-02-10")
    with pytest.raises(BadInput, match="which takes the pieces"):
        hall.borrow(LENDER, LOT, PART, 1, "202601-02-b801c.40", "2026-02-11")


def faults_of(act):
    with pytest.raises(BadInput) as refused:
        act()
    return refused.value.faults


def test_the_law_is_told_in_words_with_the_command_that_comes_first(hall):
    (fault,) = faults_of(lambda: hall.clear(LOT, on="2026-02-09"))
    assert (fault.file, fault.column, fault.value) == ("LOT", None, LOT)
    assert fault.problem == "has not arrived"
    assert f"knockdown kit {hall.desk.named} receive {LOT}" in fault.next_step
    for day, problem in (("1969-12-31", "lies before the year 1970"), ("2999-01-01", "lies in the future")):
        (fault,) = faults_of(lambda day=day: hall.receive(LOT, on=day))
        assert (fault.file, fault.problem) == ("--on", problem)


def test_pieces_that_no_plant_handles_are_refused(hall):
    for pieces, problem in (("-1", "less than nothing"), ("2000000", "than a plant handles at once")):
        (fault,) = faults_of(lambda pieces=pieces: hall.find(LOT, PART, "D", pieces))
        assert problem in fault.problem


def test_money_beyond_the_claim_is_recorded_with_a_warning(hall):
    done = hall.claim_credit("MTZ-25-059", "50", on="2026-02-03")
    assert not done.warnings
    assert "stay open" in done.next_steps[0]
    for amount, problem in (("500", "is far more than the 172.80 USD"), ("1.234", "more than 2 decimals")):
        (fault,) = faults_of(lambda amount=amount: hall.claim_credit("MTZ-25-059", amount, on="2026-02-04"))
        assert (fault.file, problem in fault.problem) == ("--amount", True)
    done = hall.claim_credit("mtz-25-059", "500", on="2026-02-04", surplus=True)
    assert "more was paid than was open" in done.warnings[0]


def test_a_recount_mends_the_count_before_it(hall):
    """28 wheels are packed: 3 were counted, but 14 are there; of what is claimed the rest is surplus."""
    case, lot, part = "06-K5", "202601-06-b1221c", "BT-3101010"
    hall.open([case], on="2026-02-14")
    hall.count(case, {part: 3}, on="2026-02-15")
    for _ in range(2):  # told twice it is one
        hall.count(case, {part: 14}, on="2026-02-15T09:00")
        cell = hall.desk.book.cells[lot, part]
        assert (cell.on_hand, cell.missing, cell.surplus) == (14, 14, 0)
    (line,) = (line for line in hall.claims().not_claimed if line.lot == lot)
    assert line.value == 1061.06
    claim = hall.claim_draft(lot, on="2026-02-16").made["claim"]
    done = hall.count(case, {part: 15}, on="2026-02-17")
    assert f"claim {claim} asks for them as missing" in done.warnings[0]
    cell = hall.desk.book.cells[lot, part]
    assert (cell.on_hand, cell.missing, cell.surplus) == (15, 14, 1)
    assert not hall.count(case, {part: 14}, on="2026-02-15T09:00").new


def test_what_is_said_of_a_draft_and_of_a_debt(hall):
    arrived(hall)
    found = hall.find(LOT, PART, "DT", 12, on="2026-02-10T09:00").events[0].event_id
    claim = hall.claim_draft(LOT, on="2026-02-11").made["claim"]
    done = hall.dispose(found[:12].upper(), "use_as_is", 10, on="2026-02-11T10:00")
    assert f"claim {claim} is not sent yet: it asks for 2 of {PART} now" in done.warnings[0]
    hall.borrow(LENDER, LOT, PART, 1, None, "2026-02-11T11:00")
    (debt,) = hall.borrows().borrows
    (lent,) = (s for s in hall.stock(lot=LENDER, part=PART).totals if s.state == "lent")
    assert debt.value == lent.value
    hall.claim_send(claim, on="2026-02-12")
    done = hall.replace(LOT, PART, "1", claim.upper(), on="2026-02-13")
    assert f"pay-back {debt.borrow}" in done.next_steps[0]
    hall.pay_back(debt.borrow[:6], on="2026-02-14")
    assert not hall.replace(LOT, PART, "1", claim, on="2026-02-15").next_steps


def test_a_begun_unit_does_not_come_out_of_a_closed_case(hall):
    file = Path(hall.desk.named) / "cases.csv"
    rows = file.read_text("utf-8").splitlines()
    rows = [
        ",".join([*row.split(",")[:5], "", "assumption"]) if row.startswith("24-K2,") else row for row in rows
    ]
    file.write_text("\n".join(rows) + "\n", "utf-8")
    (fault,) = faults_of(lambda: kd.kit(hall.desk.named))
    assert (fault.file, fault.column, fault.value) == ("units.csv", "state", "in_work")
    assert "in case 24-K2, not opened" in fault.problem


def test_pieces_below_none_are_no_option(hall, capfd):
    """The command line takes -1 for a number, not for an option that it lacks."""
    assert main.run(["kit", hall.desk.named, "find", LOT, PART, "D", "-1"]) == 2
    assert "PIECES: '-1' is less than nothing" in capfd.readouterr().err
