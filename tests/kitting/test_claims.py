"""Claims from draft to settlement: who owes what, how old, how much comes back, and parts promised."""

from dataclasses import replace

import pytest

from knockdown.basics.faults import BadInput
from knockdown.documents.paper import Provenance
from knockdown.kitting.acts import Acts
from knockdown.kitting.acts_claims import ClaimActs
from knockdown.kitting.claims import BUCKETS, bucket_of, due_day, recovery
from knockdown.kitting.moments import ms_of
from knockdown.kitting.outlook import outlook
from knockdown.kitting.ready.solve import ready
from knockdown.kitting.tell.claims import ClaimTeller
from knockdown.kitting.trials.kit_histories import DAY, History, small_plant
from knockdown.reports.claim_form import page

FROM = Provenance(version="0", input_digest="0", options={})


@pytest.fixture
def told():
    """The opening, with two bad pieces found that stand in no claim."""
    told = History(small_plant()).begin()
    for part in ("P-1", "P-3"):
        told.at_ms += 60_000
        told.do(lambda part=part: Acts(told.plant, told.book, told.at_ms).find("L-1", part, "D", 1))
    return told


def acts(told, known=()):
    return ClaimActs(told.plant, told.book, told.at_ms, known=frozenset(known))


def done(told, act, later_days=0):
    told.at_ms += 60_000 + later_days * 86_400_000
    assert told.do(lambda: act(acts(told)))
    return told.events[-1]


def drafted(told):
    return done(told, lambda a: a.draft("L-1")).body["claim_id"]


def listed(told, day=DAY):
    return ClaimTeller(told.plant, told.book, day, 0).claims(FROM)


def test_a_draft_takes_all_that_is_not_claimed_with_its_value_and_last_day(told):
    name = drafted(told)
    claim = told.book.claims[name]
    assert len(claim.discrepancy_ids) == 2
    assert claim.value_cents == 500 + 1500
    assert claim.due_at == ms_of(due_day(told.plant, told.book, "L-1"))
    assert due_day(told.plant, told.book, "L-1") == DAY - 10 + 30
    assert claim.claim_id.startswith("p-260105-")
    with pytest.raises(BadInput, match="has no discrepancy that is not claimed"):
        acts(told).draft("L-1")


def test_a_draft_of_chosen_discrepancies_under_your_own_number(told):
    first = next(found for found in told.book.found.values() if found.claim_id is None)
    event = done(told, lambda a: a.draft("L-1", [first.discrepancy_id[:13]], "MTZ-1"))
    assert event.body["discrepancy_ids"] == [first.discrepancy_id]
    with pytest.raises(BadInput, match="is a claim already"):
        acts(told).draft("L-1", [], "MTZ-1")
    with pytest.raises(BadInput, match="is not of lot L-2"):
        acts(told).draft("L-2", [first.discrepancy_id])


def test_told_twice_it_is_one_draft(told):
    drafted(told)
    known = {event.cause for event in told.events if event.cause}
    (again,) = acts(told, known).draft("L-1")
    assert again.command_id in known


def test_steps_are_taken_in_order(told):
    claim = drafted(told)
    told.at_ms += 1
    assert not told.do(lambda: acts(told).accept(claim))
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.accept(claim, DAY + 9))
    assert told.book.claims[claim].state == "accepted"
    assert not told.do(lambda: acts(told).reject(claim, "late"))


def test_a_rejected_claim_can_be_written_again(told):
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.reject(claim, "stored in the open"))
    ids = told.book.claims[claim].discrepancy_ids
    again = done(told, lambda a: a.draft("L-1", ids), later_days=1).body["claim_id"]
    assert again != claim
    assert {told.book.found[name].claim_id for name in ids} == {again}


def test_replacing_settles_by_pieces_and_no_more_than_are_open(told):
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.replace("L-1", "P-1", 1, claim))
    assert told.book.claims[claim].state == "accepted"
    assert told.book.open_of(told.book.claims[claim]) == {"P-3": 1}
    assert recovery(told.plant, told.book) == (500 + 1500 + 1000, 500)  # with the opening's Q-1
    for wrong in (
        lambda a: a.replace("L-1", "P-1", 1, claim),
        lambda a: a.replace("L-2", "P-3", 1, claim),
        lambda a: a.replace("L-1", "P-3", 1, claim, is_local=True),
        lambda a: a.replace("L-1", "P-3", 1, "no-such"),
    ):
        with pytest.raises(BadInput) as refused:
            wrong(acts(told))
        assert all(fault.next_step for fault in refused.value.faults)
    done(told, lambda a: a.replace("L-1", "P-3", 1, claim))
    assert told.book.claims[claim].state == "replaced"
    assert told.book.cells["L-1", "P-3"].came == 1


def test_a_credit_counts_up_to_what_was_claimed(told):
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.credit(claim, 99_999, is_surplus=True))
    line = next(line for line in listed(told).claims if line.claim == claim)
    assert (line.state, line.is_open, line.value, line.recovered) == ("credited", False, 20.0, 20.0)
    assert listed(told).recovery_rate == pytest.approx(20 / 30)


def test_a_credit_for_a_part_of_it_leaves_the_rest_open(told):
    """12 of 20 USD: one piece at 5 is paid for, of the other, at 15, a part is."""
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    event = done(told, lambda a: a.credit(claim, 1_200))
    assert (event.body["is_final"], event.body["part_ids"], event.body["n_each"]) == (False, ["P-1"], [1])
    line = next(line for line in listed(told).claims if line.claim == claim)
    assert (line.state, line.is_open, line.recovered, line.open_value) == ("accepted", True, 12.0, 8.0)
    assert {row.part: row.open for row in line.rows} == {"P-1": 0, "P-3": 1}
    paper = listed(told)
    assert sum(b.value for b in paper.ageing) == paper.open_value == 8.0 + 10.0
    done(told, lambda a: a.accept("Q-1", DAY + 9))
    supplies = outlook(told.plant, told.book, DAY).question.supplies
    assert [(s.part_id, s.n_parts) for s in supplies if s.ref == claim] == [("P-3", 1)]
    assert done(told, lambda a: a.credit(claim, 800)).body["is_final"]
    assert told.book.claims[claim].state == "credited"


def test_a_credit_can_be_final_and_the_rest_can_come_as_parts(told):
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.credit(claim, 500))
    done(told, lambda a: a.replace("L-1", "P-3", 1, claim))
    assert told.book.claims[claim].state == "credited"
    done(told, lambda a: a.credit("Q-1", 100, is_final=True))
    assert told.book.claims["Q-1"].state == "credited"
    assert listed(told).open_value == 0


def test_a_credit_beyond_the_lot_is_a_slip_of_the_pen(told):
    with pytest.raises(BadInput, match="is more than the whole lot L-1 cost"):
        acts(told).credit("Q-1", 700_000, is_surplus=True)
    done(told, lambda a: a.credit("Q-1", 600))
    for cents in (10_401, 100_000):  # 10.00 were claimed, and 6.00 paid
        with pytest.raises(BadInput, match=r"is far more than the 10\.00 USD that was claimed"):
            acts(told).credit("Q-1", cents)
    assert acts(told).credit("Q-1", 10_400)


def test_a_settled_claim_takes_no_more_money(told):
    done(told, lambda a: a.credit("Q-1", 1_000))
    with pytest.raises(BadInput, match="is settled by money and cannot be credited"):
        acts(told).credit("Q-1", 100)


def test_a_later_promise_replaces_the_earlier_one(told):
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.accept(claim))
    with pytest.raises(BadInput, match="is accepted already"):
        acts(told).accept(claim)
    done(told, lambda a: a.credit(claim, 500))
    for day in (DAY + 9, DAY + 30):
        done(told, lambda a, day=day: a.accept(claim, day))
        assert told.book.claims[claim].expected_at == ms_of(day)
    promised = [s for s in outlook(told.plant, told.book, DAY).question.supplies if s.ref == claim]
    assert [(s.part_id, s.day) for s in promised] == [("P-3", DAY + 30)]
    done(told, lambda a: a.credit(claim, 1_500))
    with pytest.raises(BadInput, match="cannot be accepted"):
        acts(told).accept(claim, DAY + 40)


def test_one_number_says_what_is_open(told):
    """What the list shows is what may come as parts, and what is awaited; once all was paid it is nothing."""
    told.at_ms += 60_000
    assert told.do(lambda: Acts(told.plant, told.book, told.at_ms).find("L-1", "P-3", "DT", 3))
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    done(told, lambda a: a.credit(claim, 2_000))  # one P-1 at 5, one P-3 at 15
    line = next(line for line in listed(told).claims if line.claim == claim)
    assert sum(row.open for row in line.rows if row.part == "P-3") == 3
    with pytest.raises(BadInput, match="is more than the 3 of P-3 still open"):
        acts(told).replace("L-1", "P-3", 4, claim)
    done(told, lambda a: a.replace("L-1", "P-3", 2, claim))
    done(told, lambda a: a.credit(claim, 1_500))
    assert told.book.claims[claim].state == "credited"
    with pytest.raises(BadInput, match="is more than the 0 of P-3"):
        acts(told).replace("L-1", "P-3", 1, claim)


def test_a_draft_asks_for_no_pieces_that_could_be_used_after_all(told):
    claim = drafted(told)
    bad = next(f for f in told.book.found.values() if (f.part_id, f.code) == ("P-3", "D"))
    told.at_ms += 60_000
    assert told.do(lambda: Acts(told.plant, told.book, told.at_ms).dispose(bad.discrepancy_id, "rework"))
    line = next(line for line in listed(told).claims if line.claim == claim)
    assert (line.value, line.open_value, {row.part: row.pieces for row in line.rows}) == (
        5.0,
        5.0,
        {"P-1": 1, "P-3": 0},
    )
    form = ClaimTeller(told.plant, told.book, DAY, 0).form(FROM, claim, None)
    assert ([row.part for row in form.lines], form.value) == (["P-1"], 5.0)
    done(told, lambda a: a.send(claim))
    with pytest.raises(BadInput, match="is more than the 0 of P-3"):
        acts(told).replace("L-1", "P-3", 1, claim)
    done(told, lambda a: a.replace("L-1", "P-1", 1, claim))
    assert told.book.claims[claim].state == "replaced"


def test_a_draft_of_which_nothing_is_left_is_not_sent(told):
    claim = drafted(told)
    for name in told.book.claims[claim].discrepancy_ids:
        told.at_ms += 60_000
        assert told.do(lambda name=name: Acts(told.plant, told.book, told.at_ms).dispose(name, "use_as_is"))
    with pytest.raises(BadInput, match="were all used after all"):
        acts(told).send(claim)


def test_a_claim_without_prices_is_worth_nothing_that_is_known(told):
    parts = {name: replace(part, cost_cents=0) for name, part in told.plant.parts.items()}
    told.plant = replace(told.plant, parts=parts)
    claim = drafted(told)
    done(told, lambda a: a.send(claim))
    assert not done(told, lambda a: a.credit(claim, 100)).body["is_final"]
    line = next(line for line in listed(told).claims if line.claim == claim)
    assert (line.is_open, line.value, line.recovered, line.open_value) == (True, None, None, None)
    assert line.assumed_value > 0
    form = ClaimTeller(told.plant, told.book, DAY, 0).form(FROM, claim, "BY")
    assert (form.value, {row.value for row in form.lines}) == (None, {None})
    assert page(form).count("price not known / цена неизвестна") == 1 + len(form.lines)
    assert "0.00" not in page(form)
    assert done(told, lambda a: a.credit(claim, 100, is_final=True)).body["is_final"]


def test_an_id_may_be_begun_in_capitals_or_small_letters(told):
    first = drafted(told)
    assert acts(told).claim_of(first[:9].upper()).claim_id == first
    assert acts(told).claim_of("q-1").claim_id == "Q-1"
    for new in ("q-1", first.upper()):
        with pytest.raises(BadInput, match="but for capitals"):
            acts(told).draft("L-1", list(told.book.claims["Q-1"].discrepancy_ids), new)
    with pytest.raises(BadInput, match="may be any of"):
        acts(told).discrepancy("EV-")
    with pytest.raises(BadInput, match="is not known"):
        acts(told).claim_of("")


def test_steps_out_of_order_name_the_command_that_comes_first(told):
    claim = drafted(told)
    with pytest.raises(BadInput) as refused:
        acts(told).accept(claim)
    (fault,) = refused.value.faults
    assert (fault.value, fault.problem) == (claim, "is a draft and cannot be accepted")
    assert f"`knockdown kit PLANT claim send {claim}`" in fault.next_step
    with pytest.raises(BadInput, match="nothing came for it"):
        acts(told).replace("L-1", "P-1", 1, claim)


def test_no_more_is_replaced_than_the_lot_is_short_of(told):
    """One piece of P-1 was found bad, and P-4 of two vehicles lies in a closed case."""
    for part, n_parts, is_local in (("P-1", 2, False), ("P-1", 2, True), ("P-4", 1, False)):
        with pytest.raises(BadInput, match="short of"):
            acts(told).replace("L-1", part, n_parts, is_local=is_local)
    done(told, lambda a: a.replace("L-1", "P-1", 1, is_local=True))
    with pytest.raises(BadInput, match="is more than the 0 of P-1"):
        acts(told).replace("L-1", "P-1", 1, is_local=True)
    done(told, lambda a: a.replace("L-1", "P-1", 1))  # the partner still owed it


def test_ages_count_from_the_day_it_was_sent(told):
    claim = drafted(told)
    done(told, lambda a: a.send(claim), later_days=2)
    sent = DAY + 2
    for age, bucket in ((0, "0-14"), (14, "0-14"), (15, "15-30"), (30, "15-30"), (31, "31-60"), (61, ">60")):
        paper = listed(told, sent + age)
        assert next(line.age_days for line in paper.claims if line.claim == claim) == age
        assert bucket_of(age) == bucket
        assert {b.days: b.claims for b in paper.ageing}[bucket] >= 1
        assert sum(b.claims for b in paper.ageing) == 2
        assert sum(b.value for b in paper.ageing) == paper.open_value
    assert len(BUCKETS) == 4


def test_what_is_not_claimed_is_listed_with_its_days_left(told):
    (line,) = listed(told, DAY + 25).not_claimed
    assert (line.lot, line.partner, line.value, line.days_left) == ("L-1", "p", 20.0, -5)


def test_a_promised_replacement_is_supply_at_once(told):
    """Two pieces of P-1 are bad: the last kit waits until a claim is accepted, then it has a day."""

    def last_ready():
        answer = ready(outlook(told.plant, told.book, DAY).question)
        days = {unit.unit_id: unit.ready_day for unit in answer.units}
        return sorted((day is None, day or 0) for name, day in days.items() if name.startswith("L-1."))[-1]

    done(told, lambda a: Acts(told.plant, told.book, told.at_ms).open_lot("L-1"))
    assert last_ready() == (True, 0)
    claim = drafted(told)
    assert last_ready() == (True, 0)  # a draft promises nothing
    done(told, lambda a: a.send(claim))
    sent = outlook(told.plant, told.book, DAY)
    estimated = [sent.question.supplies[ix] for ix in sent.estimated]
    assert {(s.part_id, s.day) for s in estimated if s.ref == claim} == {("P-1", DAY + 20), ("P-3", DAY + 20)}
    done(told, lambda a: a.accept(claim, DAY + 12))
    look = outlook(told.plant, told.book, DAY)
    promised = {ix: s for ix, s in enumerate(look.question.supplies) if s.ref == claim}
    assert {(s.part_id, s.n_parts, s.day) for s in promised.values()} == {
        ("P-1", 1, DAY + 12),
        ("P-3", 1, DAY + 12),
    }
    assert not look.estimated & promised.keys()
    done(told, lambda a: a.replace("L-1", "P-1", 1, claim))
    left = [s for s in outlook(told.plant, told.book, DAY).question.supplies if s.ref == claim]
    assert [(s.part_id, s.n_parts) for s in left] == [("P-3", 1)]


def test_the_form_says_packed_found_and_claimed(told):
    claim = drafted(told)
    form = ClaimTeller(told.plant, told.book, DAY, 0).form(FROM, "Q-1", "BY")
    (line,) = form.lines
    assert (line.case, line.packed, line.found, line.claimed, line.code) == ("1-A", 10, 9, 1, "S")
    assert (form.partner, form.contract, form.partner_country) == ("Partner", "K-1", "BY")
    both = ClaimTeller(told.plant, told.book, DAY, 0).form(FROM, claim, None)
    assert (both.pieces, both.value, len(both.lines)) == (2, 20.0, 2)
    with pytest.raises(BadInput, match="is not known"):
        ClaimTeller(told.plant, told.book, DAY, 0).form(FROM, "no-such", None)
