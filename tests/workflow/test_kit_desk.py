"""The kit desk from Python: read without a ledger, recorded in one, told twice stored once."""

import random
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from rich.console import Console

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.cli.show_kit_paper import compared
from knockdown.kitting.fold import fold
from knockdown.kitting.moments import ms_of
from knockdown.kitting.promises import CUSTOMS_DAYS
from knockdown.kitting.resolve.shortfall import Shortfall
from knockdown.kitting.tell.ready import board_of
from knockdown.workflow.keep_ledger import init
from knockdown.workflow.kit_acts import cents_of, moment_of, pieces_of
from knockdown.workflow.kit_answers import looked
from knockdown.workflow.kit_desk import _told_by
from knockdown.workflow.kit_import import compare

LOT, OTHER, CASE, PART = "202601-01-b821c", "202601-03-b892c", "01-K5", "BT-1301010"


@pytest.fixture(scope="module")
def opening():
    """Ganja as described: questions only."""
    return kd.kit("ganja", "no-such-file.sqlite")


@pytest.fixture
def kits(tmp_path):
    """Ganja with a ledger of its own."""
    init("ganja", str(tmp_path / "hall.sqlite"))
    return kd.kit("ganja", str(tmp_path / "hall.sqlite"))


def faults(act):
    with pytest.raises(BadInput) as refused:
        act()
    assert all(fault.next_step for fault in refused.value.faults)
    return [fault.problem for fault in refused.value.faults]


# Reading


def test_questions_need_no_ledger(opening):
    papers = (
        opening.ready(), opening.resolve(), opening.lots(), opening.stock(), opening.claims(),
        opening.borrows(), opening.park(), opening.packaging(), opening.carries(case=CASE), opening.changes(),
        opening.claim_form(opening.claims().claims[0].claim),
    )  # fmt: skip
    assert len({paper.schema_ for paper in papers}) == len(papers)
    for paper in papers:
        assert (paper.plant, paper.position) == ("ganja", 0)
        assert type(paper).from_json(paper.to_json()) == paper


def test_acts_need_a_ledger_and_say_how_to_make_one(opening):
    with pytest.raises(BadInput) as refused:
        opening.receive(LOT)
    assert "ledger ganja init` makes one" in refused.value.faults[0].next_step


def test_lots_and_ready_say_the_same(opening):
    ready = {lot.lot: (lot.ready, lot.open_units) for lot in opening.ready().lots}
    for lot in opening.lots().lots:
        assert ready.get(lot.lot, (0, 0)) == (lot.ready, lot.open_units)


def test_stock_by_lot_and_by_part_sum_to_the_totals(opening):
    paper = opening.stock()
    for state in paper.totals:
        own = [line for lot in paper.lots for line in lot.states if line.state == state.state]
        assert sum(line.pieces for line in own) == state.pieces
        assert sum(line.value for line in own) == pytest.approx(state.value, abs=1)
    assert sum(lot.stock_value for lot in paper.lots) == pytest.approx(paper.stock_value, abs=1)


def test_unknown_names_are_refused_with_near_ones(opening):
    with pytest.raises(BadInput) as refused:
        opening.stock(lot="202601-01-b821")
    assert LOT in refused.value.faults[0].next_step
    assert faults(lambda: opening.carries()) == ["are both missing"]
    assert faults(lambda: opening.carries(case=CASE, lot=OTHER)) == [
        f"is another lot than that of case {CASE}, {LOT}"
    ]
    assert opening.carries(case=CASE, lot=LOT) == opening.carries(case=CASE)
    assert faults(lambda: opening.claim_form("X-1")) == ["is not known"]
    assert faults(lambda: opening.count_sheet("X-1")) == ["is not known"]


# A day in the past, and days nobody knows of


QUESTIONS = {
    "ready": {}, "resolve": {"work": 50}, "lots": {}, "stock": {}, "claims": {}, "borrows": {}, "park": {},
    "packaging": {}, "carries": {"lot": LOT}, "changes": {},
}  # fmt: skip


def asked(kits, verb, at):
    """An answer, without the time it took."""
    paper = getattr(kits, verb)(at=at, **QUESTIONS[verb]).model_dump()
    return {name: value for name, value in paper.items() if name != "seconds"}


def test_an_earlier_day_is_answered_as_it_was_then(kits):
    """What is asked about a day is the same before and after later days were recorded."""
    days = {
        date(2026, 1, 16): (lambda: kits.receive("202601-11-b821cl", on="2026-01-16"),),
        date(2026, 1, 18): (
            lambda: kits.clear("202601-11-b821cl", cost="1000", on="2026-01-17"),
            lambda: kits.open(lot="202601-11-b821cl", on="2026-01-18"),
            lambda: kits.borrow(OTHER, LOT, "BT-8412010", 2, on="2026-01-18"),
        ),
        date(2026, 1, 20): (
            lambda: kits.claim_draft("202601-05-b803c", on="2026-01-19"),
            lambda: kits.return_packaging("mtz", "steel_frame", 3, on="2026-01-19"),
            lambda: kits.issue(f"{LOT}.30", on="2026-01-20"),
            lambda: kits.find(LOT, PART, "D", 1, case=CASE, on="2026-01-20"),
        ),
    }
    then = {}
    for day, acts in days.items():
        for act in acts:
            assert act().new
        then |= {(verb, day): asked(kits, verb, day) for verb in QUESTIONS}
    for (verb, day), answer in then.items():
        assert asked(kits, verb, day) == answer, (verb, day)
    for verb in QUESTIONS:
        first, last = (then[verb, day] for day in (min(days), max(days)))
        heads = {"at", "position", "provenance"}
        assert {n: v for n, v in first.items() if n not in heads} != {
            n: v for n, v in last.items() if n not in heads
        }, verb


def test_a_day_between_two_recorded_ones_is_as_the_day_before(kits):
    """What was promised for it and did not come is not there: only what was recorded changes the count."""
    kits.receive("202601-11-b821cl", on="2026-01-16")
    kits.clear("202601-11-b821cl", on="2026-01-20")
    kits.open(lot="202601-11-b821cl", on="2026-01-20")
    ready = {day: kits.ready(date(2026, 1, day)) for day in (2, 5, 10, 13, 16, 17, 19, 20)}
    assert not any(paper.is_forecast for paper in ready.values())
    counts = {day: paper.n_ready for day, paper in ready.items()}
    assert len({counts[day] for day in counts if day < 20}) == 1
    assert counts[20] > counts[19]
    lots = {lot.lot: lot for lot in kits.lots(date(2026, 1, 13)).lots}
    late = lots["202601-09-b821c"]  # in customs, and promised for 9 January
    assert (late.ready, late.ready_there, late.late_days) == (0, 0, 4)
    assert (late.coming, late.coming_by) == (late.open_units, date(2026, 1, 13 + CUSTOMS_DAYS))


def test_a_day_to_come_is_told_as_a_forecast(opening):
    now, then = opening.ready(), opening.ready(date(2026, 1, 20))
    assert (now.is_forecast, then.is_forecast) == (False, True)
    assert then.known_to == now.at < then.at
    assert then.n_ready > now.n_ready
    lots = {lot.lot: lot for lot in opening.lots(date(2026, 1, 20)).lots}
    coming = lots["202601-09-b821c"]
    assert (coming.ready, coming.ready_there, coming.late_days) == (coming.open_units, 0, None)
    assert not any("Late" in text for text in then.warnings)


def test_a_promise_that_lapsed_is_told_as_such_everywhere(kits):
    kits.return_packaging("mtz", "steel_frame", 1, on="2026-01-20")
    ready, claims = kits.ready(), {claim.claim: claim for claim in kits.claims().claims}
    late = claims["MAZ-25-036"]  # promised for 13 January; the contract gives the partner so many days
    days = kits.desk.kits.contracts[late.contract].replace_days
    assert (late.late_days, late.reckoned) == (7, date(2026, 1, 20) + timedelta(days))
    assert claims["MTZ-25-058"].late_days is None
    told = [m for unit in ready.units for m in unit.missing if m.ref == late.claim]
    assert {(m.expected, m.lapsed, m.is_promised) for m in told} == {(late.reckoned, late.expected, False)}
    for paper in (ready, kits.lots()):
        assert any("MAZ-25-036 by 7 d (due 2026-01-13)" in text for text in paper.warnings)
        assert any("202601-09-b821c by 11 d" in text for text in paper.warnings)
    waits = [what for unit in kits.resolve().units for part in unit.parts for what in part.sources]
    assert not any("promised" in what.what for what in waits if "MAZ-25-036" in what.what)


def test_what_could_be_claimed_is_said_by_one_estimate(kits):
    lot, part = "202601-06-b1221c", "BT-1302010"
    kits.find(lot, part, "D", 5, on="2026-01-02")
    units = [unit for unit in kits.ready().units if unit.kit_lot == lot and unit.state == "short"]
    told = [m for unit in units for m in unit.missing if m.part == part]
    assert [(m.pieces, m.expected) for m in told] == [(1, None)] * 5
    days = {m.if_claimed for m in told}
    assert len(days) == 1
    desk = kits.desk
    look, answer = looked(desk, 10.0)
    facts = Shortfall(desk.kits, desk.book, look, answer, board_of(desk.kits, desk.book, look)).facts(part)
    asked = {source.day for source in facts.sources if source.ref.startswith("claim to be sent")}
    assert asked == {day.toordinal() for day in days}
    kits.claim_send(kits.claim_draft(lot, on="2026-01-02").made["claim"], on="2026-01-02")
    assert not any(m.if_claimed for u in kits.ready().units if u.kit_lot == lot for m in u.missing)


def test_single_steps_stand_by_vehicles_then_worth(opening):
    steps = [(-step.more_units, -step.more_worth) for step in opening.ready().what_if]
    assert len(steps) > 2
    assert steps == sorted(steps)


def test_a_lot_without_a_list_is_not_packed_as_needed(opening):
    paper = compare(opening.desk, ["202601-12-b801c"])
    screen = Console(file=StringIO(), width=200)
    compared(screen, paper, opening.desk.kits, 5)
    assert "No packing list was imported for it" in screen.file.getvalue()
    assert "Packed is what" not in screen.file.getvalue()


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2031, 1, 1), date.max])
def test_a_day_outside_the_calendar_is_refused_by_every_question(opening, day):
    for verb in QUESTIONS:
        assert faults(lambda verb=verb: asked(opening, verb, day)) == ["lies outside the plant's calendar"]


def test_any_day_can_be_asked_about_whatever_the_order_of_what_was_told(opening):
    """Moments are what people write: a claim may be told sent on a day before the one it was written on."""
    told, rng = opening.desk.opening, random.Random(7)
    first = opening.desk.kits.opening.day
    for _ in range(10):
        moved = [replace(event, happened_at=ms_of(first + rng.randrange(9))) for event in told]
        for day in range(first - 1, first + 9, 2):
            assert fold(_told_by(moved, day)).n_events <= len(told)
        assert tuple(_told_by(moved, first + 9)) == tuple(moved)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_no_time_at_all_is_refused(opening, seconds):
    assert faults(lambda: opening.ready(seconds=seconds)) == ["is out of range"]
    assert faults(lambda: opening.resolve(seconds=seconds, work=0)) == ["is out of range"] * 2


# Stock


def test_cases_are_told_with_what_lies_in_them_closed(opening):
    paper = opening.stock(lot="202601-06-b1221c")
    closed = next(state.value for state in paper.totals if state.state == "unopened")
    assert sum(case.value for case in paper.cases) == pytest.approx(closed, abs=0.05)
    assert {case.opened is None for case in paper.cases} == {True, False}
    assert {case.lot for case in opening.stock(part="BT-8412010").cases} > {LOT, OTHER}
    assert opening.carries(case=paper.cases[0].case).case == paper.cases[0].case


def test_litres_are_not_added_to_pieces():
    paper = kd.kit("nakhchivan", "no-such-file.sqlite").stock()
    whole = {"pcs", "set", "pair"}
    assert {part.unit for part in paper.parts} - whole
    for total in paper.totals:
        own = [s.pieces for p in paper.parts if p.unit in whole for s in p.states if s.state == total.state]
        assert total.pieces == sum(own)


# Recording


def test_the_first_act_stores_the_opening_before_it_and_the_second_does_not(kits):
    opening = kits.stock()
    first = kits.find(LOT, PART, "D", 1, case=CASE, photo="p/0412.jpg", on="2026-01-06T10:00", by="p-1")
    assert (first.new, first.known) == (1, 0)
    assert first.position == len(kits.desk.opening) + 1
    second = kits.find(LOT, PART, "D", 1, case=CASE, on="2026-01-06T11:00")
    assert second.position == first.position + 1
    totals = {line.state: line.pieces for line in kits.stock().totals}
    before = {line.state: line.pieces for line in opening.totals}
    assert totals["quarantined"] == before.get("quarantined", 0) + 2
    assert totals["on_hand"] == before["on_hand"] - 2


def test_an_act_given_twice_is_recorded_once(kits):
    acts = (
        lambda: kits.receive("202601-11-b821cl", on="2026-01-16"),
        lambda: kits.clear("202601-11-b821cl", cost="1 000".replace(" ", ""), on="2026-01-17"),
        lambda: kits.open(lot="202601-11-b821cl", on="2026-01-18"),
        lambda: kits.count(CASE, {PART: 20}, on="2026-01-18"),
        lambda: kits.issue(f"{LOT}.30", on="2026-01-18"),
        lambda: kits.borrow(OTHER, LOT, "BT-8412010", 2, on="2026-01-18"),
        lambda: kits.claim_draft("202601-05-b803c", on="2026-01-18"),
        lambda: kits.return_packaging("mtz", "steel_frame", 3, on="2026-01-18"),
    )
    for act in acts:
        first = act()
        again = act()
        assert first.new > 0
        assert (again.new, again.position) == (0, first.position), first.verb
        assert again.known > 0


def test_a_refused_act_stores_nothing(kits):
    kits.receive("202601-11-b821cl", on="2026-01-16")
    before = kits.lots().position
    assert faults(lambda: kits.receive("202601-11-b821cl", on="2026-01-17"))
    assert faults(lambda: kits.clear("202601-12-b801c", on="2026-01-17"))
    assert faults(lambda: kits.find(LOT, PART, "D", 1, photo="x" * 500, on="2026-01-17"))
    assert faults(lambda: kits.receive("202601-12-b801c", ["no good name"], on="2026-01-17"))
    assert faults(lambda: kits.return_packaging("mtz", "crate", 0, on="2026-01-17"))
    assert kits.lots().position == before


def test_what_another_writer_recorded_is_seen(kits, tmp_path):
    kits.receive("202601-11-b821cl", on="2026-01-16")
    other = kd.kit("ganja", str(tmp_path / "hall.sqlite"))
    other.clear("202601-11-b821cl", on="2026-01-17")
    line = next(lot for lot in kits.lots().lots if lot.lot == "202601-11-b821cl")
    assert line.status == "cleared"


def test_clearing_and_opening_make_more_vehicles_ready(kits):
    before = kits.ready()
    kits.receive("202601-11-b821cl", on="2026-01-01T08:00")
    kits.clear("202601-11-b821cl", on="2026-01-01T09:00")
    kits.open(lot="202601-11-b821cl", on="2026-01-01T10:00")
    after = kits.ready()
    lot = {line.lot: line.ready for line in after.lots}
    assert lot["202601-11-b821cl"] > 0
    assert after.n_ready > before.n_ready


def test_a_promised_replacement_gives_a_short_vehicle_a_day(kits):
    """From discovery to settlement, through the same door as a clerk."""
    lot, part = "202601-05-b803c", "BT-4611010"
    short = [u for u in kits.ready().units if u.kit_lot == lot and u.state == "short"]
    assert [missing.part for missing in short[-1].missing if missing.supply is None] == [part]
    draft = kits.claim_draft(lot, on="2026-01-02")
    claim = draft.made["claim"]
    assert claim in draft.next_steps[0]
    kits.claim_send(claim, on="2026-01-02T12:00")
    kits.claim_accept(claim, expected="2026-01-20", on="2026-01-05")
    told = next(u for u in kits.ready().units if u.unit == short[-1].unit)
    assert (told.state, str(told.date)) == ("waiting", "2026-01-20")
    assert told.missing[0].ref == claim
    assert told.missing[0].is_promised
    pieces = sum(row.pieces for line in kits.claims().claims if line.claim == claim for row in line.rows)
    kits.replace(lot, part, pieces, claim=claim, on="2026-01-19")
    assert next(u for u in kits.ready().units if u.unit == short[-1].unit).state == "ready"
    paper = kits.claims()
    line = next(line for line in paper.claims if line.claim == claim)
    assert (line.state, line.recovered) == ("replaced", line.value)
    assert 0 < paper.recovery_rate < 1


def test_borrowed_pieces_are_owed_until_paid(kits):
    borrow = kits.borrow(OTHER, LOT, "BT-8412010", 2, unit="T-25-1171", on="2026-01-02").made["borrow"]
    kits.issue("T-25-1171", on="2026-01-02T09:00")
    assert kits.borrows().owed == 2
    assert "T-25-1171" in {unit.unit for unit in kits.carries(lot=OTHER, part="BT-8412010").units}
    kits.pay_back(borrow, 1, on="2026-01-24")
    kits.pay_back(borrow, on="2026-01-25")
    paper = kits.borrows()
    assert (paper.owed, paper.debts, str(paper.borrows[0].paid_on)) == (0, (), "2026-01-25")
    assert faults(lambda: kits.pay_back(borrow)) == ["is paid back"]


# Counts from a sheet


def test_a_sheet_goes_out_and_comes_back(kits, tmp_path):
    file = tmp_path / "sheet.csv"
    blind = kits.count_sheet(CASE, blind=True, file=file)
    assert all(line.listed is None for line in blind.lines)
    head, *rows = file.read_text("utf-8").splitlines()
    assert head == "part,name,box,unit,pieces"
    listed = {line.part: line.listed for line in kits.count_sheet(CASE).lines}
    filled = [f"{row}{listed[row.split(',')[0]]}" for row in rows[:5]]
    file.write_text("\n".join([head, *filled, *rows[5:]]) + "\n", "utf-8")
    done = kits.count(CASE, file=file, blind=True, on="2026-01-05")
    assert done.events[0].kind == "CaseCounted"


def test_every_fault_of_a_sheet_is_told_by_row(kits, tmp_path):
    file = tmp_path / "sheet.csv"
    file.write_text(f"part,pieces\n{PART},two\nBT-8412010,1.5\n{PART},3\n", "utf-8")
    with pytest.raises(BadInput) as refused:
        kits.count(CASE, file=file)
    assert [fault.row for fault in refused.value.faults] == [2, 3]
    file.write_text("teil,menge\nx,1\n", "utf-8")
    assert len(faults(lambda: kits.count(CASE, file=file))) == 2
    assert faults(lambda: kits.count(CASE, file=tmp_path / "none.csv")) == ["is missing"]


# The form


def test_a_form_is_a_page_and_a_workbook(opening, tmp_path):
    import python_calamine

    claim = next(line for line in opening.claims().claims if line.partner == "mtz")
    paper = opening.claim_form(claim.claim, tmp_path / "out")
    page = (tmp_path / "out" / f"claim-{claim.claim}.html").read_text("utf-8")
    for text in (claim.claim, paper.partner, paper.contract, paper.lot, "Номер детали", "A4 landscape"):
        assert text in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    sheet = python_calamine.CalamineWorkbook.from_path(paper.files["xlsx"]).get_sheet_by_index(0).to_python()
    cells = [str(cell) for row in sheet for cell in row]
    for line in paper.lines:
        assert line.part in page
        assert line.part in cells
    assert any("Recl" in cell or "Рекламация" in cell for cell in cells)


def test_a_form_for_others_is_english_only_and_holds_no_formula(opening, tmp_path):
    from knockdown.reports import claim_form

    paper = opening.claim_form(opening.claims().claims[0].claim)
    line = paper.lines[0].model_copy(update={"name": "=1+1<b>", "in_assembly": True, "photo": "p/1.jpg"})
    odd = paper.model_copy(update={"partner_country": "IT", "lines": (line,)})
    page = claim_form.page(odd)
    assert "Номер" not in page
    assert "=1+1&lt;b&gt;" in page
    assert f"{line.code} *" in page
    claim_form.write_xlsx(tmp_path / "c.xlsx", odd)
    import zipfile

    with zipfile.ZipFile(tmp_path / "c.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_sending_writes_the_form_and_an_unwritable_folder_records_nothing(kits, tmp_path):
    draft = next(line for line in kits.claims().claims if line.state == "draft").claim
    (tmp_path / "file").write_text("x", "utf-8")
    assert faults(lambda: kits.claim_send(draft, tmp_path / "file" / "deep", on="2026-01-02"))
    assert next(line for line in kits.claims().claims if line.claim == draft).state == "draft"
    done = kits.claim_send(draft, tmp_path / "out", on="2026-01-02")
    assert set(done.files) == {"html", "xlsx"}
    assert next(line for line in kits.claims().claims if line.claim == draft).state == "sent"


# What people write


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-01-01T25:00", ""])
def test_a_moment_that_is_none_is_refused(text):
    with pytest.raises(BadInput, match="is not a day or a minute"):
        moment_of(text)


@pytest.mark.parametrize("amount", ["two", "1.5", "-1", "0", "1e300", "nan", "", 0, 1.5])
def test_pieces_are_whole_and_more_than_none(opening, amount):
    with pytest.raises(BadInput):
        pieces_of(opening.desk.kits, PART, amount, "PIECES")


def test_money_is_in_the_reporting_currency():
    assert (cents_of("420.50", "x", "USD"), cents_of("1 USD", "x", "USD"), cents_of(3, "x", "USD")) == (
        42050,
        100,
        300,
    )
    for text in ("420 EUR", "-1", "much", "1e20"):
        with pytest.raises(BadInput):
            cents_of(text, "x", "USD")
