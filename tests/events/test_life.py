"""Life as a fold: what it accepts, what it remembers, voids, and a campaign against the slow model."""

import os
import random
from collections import Counter
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_model import TABLES, broken
from life_stories import SUBJECT_ID, histories, next_event, played, proposals, random_proposal

from knockdown.events import vocabulary as v
from knockdown.events.envelope import SUBJECT_TYPES, subject_problem
from knockdown.events.life.fold import STEPS, Forbidden, after, born, fold
from knockdown.events.life.rules import RULES
from knockdown.events.life.state import Bad, Extent
from knockdown.events.vocabulary import KINDS

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
N_HISTORIES = 5_000 if LONG else 500
SORTS = st.sampled_from(SUBJECT_TYPES)

planned = v.UnitPlanned(variant_id="v", line_id="L1", period="2027-06")
released = v.UnitReleased(variant_id="v", line_id="L1", kit_lot_id="L-204", kit_no=1)
left = v.UnitLeftLine(line_id="L1")
left_short = v.UnitLeftLine(line_id="L1", open_part_ids=("p", "q"))
shipped, sold = v.UnitShipped(market_id="AZ"), v.UnitSold(market_id="AZ")
final = v.UnitTested(test_id="end", passed=True, final=True)
defect, rework = v.DefectFound(defect_id="d", origin="kit"), v.ReworkStarted(defect_id="d")
done = v.ReworkDone(defect_id="d")
held, lifted = v.UnitHeld(hold_id="h", reason="recall"), v.UnitReleasedFromHold(hold_id="h")
start, complete = v.WorkStarted(), v.WorkCompleted()


def fitted(part_id, serial=None):
    return v.PartFitted(part_id=part_id, n_parts=1, serial=serial)


def removed(part_id, serial=None):
    return v.PartRemoved(part_id=part_id, n_parts=1, reason="recall", serial=serial)


def arrived(*names):
    return v.KitLotArrived(container_ids=names)


def on_way(expected_at=None):
    return v.KitLotShipped(expected_at=expected_at)


def bonded(*names, until="2027-12-31"):
    return v.KitLotBonded(declaration="IM70", bond_until=until, container_ids=names)


def cleared(*names):
    return v.KitLotCleared(container_ids=names)


issued = v.KitIssued(unit_id="U", part_ids=("p",), n_each=(1,))


def packed(revision, page_no=1, n_pages=1):
    list_of = {"kit_lot_id": "L", "part_ids": ("p", "p"), "n_each": (4, 2), "box_ids": ("b-1", "b-2")}
    return v.CasePacked(revision=revision, page_no=page_no, n_pages=n_pages, **list_of)


def void(number):
    return v.EntryVoided(voided_event_id=f"e{number}", reason="scanned twice")


def story(sort, *happenings, place="S1"):
    return [next_event(sort, number, body, place) for number, body in enumerate(happenings, start=1)]


def lived(sort, *happenings):
    return fold(f"{sort}/{SUBJECT_ID}", story(sort, *happenings))


# Every kind has its place


def test_every_kind_is_handled_for_its_sort_of_subject_and_for_no_other():
    handled = {(sort, kind) for sort, steps in STEPS.items() for kind in steps}
    wanted = {(kind.subject_type, name) for name, kind in KINDS.items() if name != "EntryVoided"}
    assert handled == wanted
    assert set(STEPS) == set(SUBJECT_TYPES)
    assert all(subject_problem(kind, sort) is None for sort, kind in handled)


@pytest.mark.parametrize("sort", SUBJECT_TYPES)
def test_a_subject_is_born_empty(sort):
    state = born(f"{sort}/X-1")
    assert (state.subject, state.version, state.subject_type, state.subject_id) == (
        f"{sort}/X-1",
        0,
        sort,
        "X-1",
    )
    with pytest.raises(FrozenInstanceError):
        state.version = 3


@pytest.mark.parametrize("text", ["", "unit", "unit/", "lorry/U-1", "/U-1"])
def test_what_is_no_subject_is_not_born(text):
    with pytest.raises(ValueError, match="is not a subject; write one of unit, "):
        born(text)


# Coarse and detailed histories


@pytest.mark.parametrize(
    "happenings",
    [
        [planned],
        [planned, sold],
        [planned, left, sold],
        [planned, shipped, sold],
        [planned, released, left, sold, shipped],
        [released, left, shipped],
        [left, v.UnitLeftLine(line_id="bay"), sold],
        [v.VinReserved(vin="VIN01"), released, v.VinIssued(vin="VIN01"), left, sold],
        [released, held, left, lifted, shipped],
        [released, start, held, complete, lifted],
        [left_short, fitted("p"), fitted("q"), final, shipped],
        [
            left_short,
            v.UnitTested(test_id="brakes", passed=True),
            v.UnitTested(test_id="end", passed=False, final=True),
        ],
        [left, shipped, defect, rework, fitted("p"), removed("p"), done, sold],
        [released, fitted("p", "s1"), removed("p", "s1"), fitted("p", "s1")],
        [released, fitted("p", "s1"), fitted("q", "s1")],
        [left, v.UnitTested(test_id="t", passed=False), v.UnitTested(test_id="t", passed=True), sold],
    ],
)
def test_lawful_units(happenings):
    assert lived("unit", *happenings).version == len(happenings)


@pytest.mark.parametrize(
    "happenings",
    [
        [v.KitLotOrdered(contract_id="c", variant_id="v", n_kits=1), v.KitLotArrived()],
        [v.KitLotArrived(), v.KitLotCleared()],
        [v.KitLotShipped(), v.KitLotArrived(), v.PartReplaced(part_id="p", n_parts=1, source="local")],
        [v.KitLotArrived(), bonded(), cleared(), issued],
        [v.KitLotArrived(), bonded("C1"), cleared("C2"), bonded(), cleared("C1"), cleared()],
        [arrived("C1"), bonded(), arrived("C2"), bonded(), cleared(), arrived(), cleared(), issued],
        [arrived("C1"), cleared(), issued, arrived("C2", "C3"), cleared("C2"), bonded("C3"), cleared()],
        [arrived("C1"), v.SurplusFound(part_id="p", n_parts=2, case_id="k-1")],
        [arrived("C1"), arrived("C2"), void(1), arrived("C1"), cleared()],
        [on_way(), on_way(7), on_way(8), on_way(7), arrived("C1"), on_way(9), arrived()],
        [v.KitLotOrdered(contract_id="c", variant_id="v", n_kits=1, expected_at=7), on_way(7), on_way(8)],
        [arrived("C1"), on_way(9)],
        [arrived(), bonded(), bonded(until="2028-03-31"), bonded("C1"), cleared("C1"), bonded()],
        [arrived("C1", "C2"), bonded("C1"), bonded(), bonded("C2", until="2028-03-31"), bonded(), cleared()],
        [arrived(), bonded(), bonded(until="2028-03-31"), void(2), bonded()],
    ],
)
def test_lawful_kit_lots(happenings):
    assert lived("kit_lot", *happenings).version == len(happenings)


def test_a_step_that_names_no_container_takes_what_is_here_by_then():
    state = lived("kit_lot", arrived("C1"), cleared(), arrived("C2"), bonded(), arrived())
    assert (state.cleared, state.bonded) == (Extent(containers={"C1"}), Extent(containers={"C2"}))
    assert state.arrived == Extent(True, frozenset({"C1", "C2"}))
    assert lived("kit_lot", v.KitLotArrived(), cleared("C1"), cleared()).cleared.whole


def test_another_day_of_bond_is_of_what_is_in_bond_and_of_what_is_named():
    later = "2028-03-31"
    state = lived("kit_lot", arrived("C1", "C2"), bonded(), bonded("C1", until=later))
    assert state.bonds == {"C1": later, "C2": "2027-12-31"}
    state = lived("kit_lot", arrived("C1", "C2"), bonded(), cleared("C1"), bonded(until=later))
    assert state.bonds == {"C1": "2027-12-31", "C2": later}
    assert lived("kit_lot", arrived(), bonded("C1"), bonded(until=later)).bonds == {
        "C1": "2027-12-31",
        "": later,
    }


def test_an_arrival_that_is_voided_is_out_of_a_clearing_that_named_no_container():
    history = [arrived("C1"), arrived("C2"), cleared(), void(2)]
    assert lived("kit_lot", *history).cleared == Extent(containers={"C1"})
    again = lived("kit_lot", *history, arrived("C2"))
    assert not again.cleared.covers("C2")
    assert lived("kit_lot", *history, arrived("C2"), cleared()).cleared.covers("C2")


@pytest.mark.parametrize(
    ("sort", "happenings", "message"),
    [
        (
            "kit_lot",
            [arrived("C1"), arrived("C1")],
            "container C1 of kit_lot/X was received before; leave it",
        ),
        ("kit_lot", [arrived("C1", "C1")], "container C1 of kit_lot/X is named twice; name it once"),
        ("kit_lot", [arrived("C1"), cleared("C2")], "container C2 of kit_lot/X has not arrived; receive it"),
        ("kit_lot", [bonded()], "kit_lot/X has not arrived; receive it first"),
        (
            "kit_lot",
            [arrived("C1"), cleared(), cleared()],
            "all that arrived of kit_lot/X was cleared before; receive the next container first",
        ),
        ("kit_lot", [v.KitLotArrived(), cleared(), bonded()], "kit_lot/X was bonded or cleared before"),
        ("kit_lot", [v.KitLotArrived(), issued], "kit_lot/X is not cleared; clear it first"),
        ("case", [packed(1, 2, 2)], "page 2 of 2 of revision 1 of case/X comes first; tell the pages in"),
        (
            "case",
            [packed(4, 1, 3), packed(4, 2, 2)],
            "page 2 of 2 of revision 4 of case/X follows page 1 of 3 of revision 4; tell the pages in order",
        ),
    ],
)
def test_a_refusal_says_what_is_in_the_way(sort, happenings, message):
    with pytest.raises(Forbidden) as caught:
        lived(sort, *happenings)
    assert str(caught.value).startswith(message)


# Cases


def test_a_list_comes_in_pages_and_a_newer_one_may_come_at_any_time():
    counted = v.CaseCounted(kit_lot_id="L", part_ids=("p",), n_each=(0,))
    opened = v.CaseOpened(kit_lot_id="L")
    state = lived("case", packed(1, 1, 3), packed(1, 2, 3), packed(4, 1, 2), opened, counted, packed(4, 2, 2))
    assert (state.packed, state.opened, state.kit_lot_id) == ((4, 2, 2), True, "L")


def test_a_voided_list_leaves_the_one_before_it_and_may_be_told_again():
    assert lived("case", packed(1), packed(2), void(2)).packed == (1, 1, 1)
    assert lived("case", packed(1), packed(2), void(1)).packed == (2, 1, 1)
    assert lived("case", packed(1), packed(2), void(2), packed(2)).packed == (2, 1, 1)
    with pytest.raises(Forbidden, match="page 2 of 2 of revision 1 of case/X comes first; void e2 first"):
        lived("case", packed(1, 1, 2), packed(1, 2, 2), void(1))


def test_a_case_of_another_lot_is_opened_under_it_once_the_wrong_entry_is_voided():
    wrong = v.CaseOpened(kit_lot_id="M")
    assert lived("case", wrong, void(1), v.CaseOpened(kit_lot_id="L"), packed(1)).kit_lot_id == "L"
    assert lived("case", wrong, void(1)).kit_lot_id is None


# Discrepancies, claims and borrowed parts


def test_bad_pieces_wait_until_all_are_disposed_of():
    found = v.DiscrepancyFound(part_id="p", claim_code="A", n_parts=3)
    missing = v.DiscrepancyFound(part_id="q", claim_code="W", n_parts=3, found_part_id="r")
    told = {"discrepancy_id": "e2", "part_id": "p", "disposition": "rework"}
    one, two = v.PartDisposed(n_parts=1, **told), v.PartDisposed(n_parts=2, **told)
    state = lived("kit_lot", v.KitLotArrived(), found, missing, one, two)
    assert state.bad == {"e2": Bad("p", 0)}
    assert lived("kit_lot", v.KitLotArrived(), found, one, two, void(3), one).bad == {"e2": Bad("p", 0)}


def test_a_partner_who_sends_parts_or_money_has_accepted_the_claim():
    found = v.DiscrepancyFound(part_id="p", claim_code="M", n_parts=1)
    drafted, sent = v.ClaimDrafted(claim_id="c1", discrepancy_ids=("e2",)), v.ClaimSent(claim_id="c1")
    credited = v.ClaimCredited(claim_id="c1", value_cents=700, currency="USD")
    replaced = v.ClaimReplaced(claim_id="c1", part_id="p", n_parts=1)
    before = [v.KitLotArrived(), found, drafted, sent]
    for settled in (credited, replaced):
        assert lived("kit_lot", *before, settled, settled).claims == {"c1": "accepted"}
        assert lived("kit_lot", *before, settled, void(5)).claims == {"c1": "sent"}


def test_a_claim_that_was_rejected_frees_its_discrepancies():
    found = v.DiscrepancyFound(part_id="p", claim_code="M", n_parts=1)
    sent, no = v.ClaimSent(claim_id="c1"), v.ClaimRejected(claim_id="c1", reason="late")
    first, second = (v.ClaimDrafted(claim_id=name, discrepancy_ids=("e2",)) for name in ("c1", "c2"))
    state = lived("kit_lot", v.KitLotArrived(), found, first, sent, no, second)
    assert state.claims == {"c1": "rejected", "c2": "drafted"}
    assert state.discrepancies == {"e2": "c2"}


def test_parts_come_for_a_claim_before_or_after_it_is_accepted():
    found, drafted = (
        v.DiscrepancyFound(part_id="p", claim_code="M", n_parts=2),
        v.ClaimDrafted(claim_id="c1", discrepancy_ids=("e2",)),
    )
    there = v.PartReplaced(part_id="p", n_parts=1, source="partner", claim_id="c1")
    yes, settled = v.ClaimAccepted(claim_id="c1"), v.ClaimReplaced(claim_id="c1", part_id="p", n_parts=1)
    happenings = [found, drafted, v.ClaimSent(claim_id="c1"), there, yes, there, settled, settled]
    assert lived("kit_lot", v.KitLotArrived(), *happenings).claims == {"c1": "accepted"}


def test_debts_are_paid_back_piece_by_piece():
    borrowed = v.PartBorrowed(borrow_id="b", part_id="p", n_parts=2, to_kit_lot_id="Y")
    one = v.BorrowPaidBack(borrow_id="b", part_id="p", n_parts=1)
    state = lived("kit_lot", v.KitLotArrived(), v.KitLotCleared(), borrowed, one, one)
    assert state.borrows["b"].n_owed == 0


def test_stations_forget_what_is_closed_so_ids_may_come_again():
    stop, restart = v.StationStopped(stop_id="s", reason="other"), v.StationRestarted(stop_id="s")
    state = lived("station", stop, restart, stop, v.StationStopped(stop_id="t", reason="no_kit"))
    assert state.stops == {"s", "t"}


def test_a_batch_is_used_at_many_places():
    batch, opened = v.PartLotReceived(part_id="p", n_parts=9), v.PartLotOpened(part_id="p")
    state = born("part_lot/X")
    for number, (body, place) in enumerate([(batch, None), (opened, "S1"), (opened, "S2")], start=1):
        state = after(state, next_event("part_lot", number, body, place))
    state = after(state, next_event("part_lot", 4, v.PartLotClosed(part_id="p", n_parts_left=9), "S1"))
    assert state.open_at == {"S2"}


@pytest.mark.parametrize(
    ("sort", "happenings"),
    [
        ("station", [v.AndonRaised(andon_id="a", reason="help"), v.AndonCleared(andon_id="a")] * 2),
        ("crew", [v.ShiftStarted(shift_id="early", n_people=3), v.ShiftEnded(shift_id="early")] * 2),
        ("plant", [v.StockCounted(part_id="p", n_parts=4)]),
    ],
)
def test_what_was_begun_is_ended(sort, happenings):
    state = lived(sort, *happenings)
    assert replace(state, version=0) == born(f"{sort}/X")


def test_people_may_leave_whom_nobody_hired_in_this_history():
    assert lived("crew", v.PeopleLeft(n_people=3), v.PeopleHired(n_people=1)).version == 2


def test_the_state_of_a_unit():
    state = lived("unit", released, start, fitted("p", "s1"), fitted("p"), defect, held)
    assert (state.work_at, state.held, state.open_defects) == ("S1", True, ["d"])
    assert (state.parts.fitted, state.parts.serials) == ({"p": 2}, {("p", "s1")})
    assert lived("unit", released, fitted("p"), fitted("p"), removed("p")).parts.fitted == {"p": 1}
    assert lived("unit", released, fitted("p"), removed("p")).parts == born("unit/X").parts


# Voids


def test_a_voided_event_counts_no_more_but_versions_go_on():
    state = lived("unit", released, start, void(2))
    assert (state.version, state.voided, state.work_at) == (3, {"e2"}, None)
    assert replace(state, version=1, voided=frozenset()) == lived("unit", released)


def test_what_was_voided_may_happen_again():
    state = lived("unit", released, left, void(2), start, complete, left, sold)
    assert state.route.sold


def test_a_void_is_refused_with_the_rule_that_would_break():
    with pytest.raises(Forbidden) as caught:
        lived("unit", released, start, complete, void(2))
    assert caught.value.rule == "unit.work-needs-start"
    assert str(caught.value) == (
        "without WorkStarted (version 2), WorkCompleted (version 3) would be refused: "
        "unit/X is in work nowhere, not at S1; void e3 first"
    )


def test_voids_are_undone_from_the_newest():
    state = lived("unit", released, start, complete, void(3), void(2), void(1))
    assert replace(state, version=0, voided=frozenset()) == born("unit/X")


def test_a_void_needs_all_earlier_events_and_may_ask_for_them_late():
    history = story("unit", released, start, void(2))
    state = fold("unit/X", history[:2])
    with pytest.raises(ValueError, match="has 2 events and 0 are given") as caught:
        after(state, history[2])
    assert not isinstance(caught.value, Forbidden)
    assert after(state, history[2], lambda: history[:2]) == fold("unit/X", history)


def test_earlier_events_are_not_asked_for_without_need():
    def never():
        raise AssertionError

    first, second = story("unit", released, start)
    assert after(after(born("unit/X"), first, never), second, never).work_at == "S1"


# Properties


@settings(max_examples=200)
@given(SORTS.flatmap(lambda sort: st.lists(proposals(sort), max_size=40).map(lambda p: played(sort, p))))
def test_folding_at_once_and_one_by_one_agree(story_told):
    state, history = story_told
    assert fold(state.subject, history) == state
    assert state.version == len(history)


@settings(max_examples=200)
@given(SORTS.flatmap(histories))
def test_event_ids_do_not_matter(history):
    def renamed(value):
        if isinstance(value, str) and value in ids:
            return f"other-{value}"
        return [renamed(item) for item in value] if isinstance(value, list) else value

    ids = {event.event_id for event in history}
    again = [
        replace(e, event_id=renamed(e.event_id), body={n: renamed(x) for n, x in e.body.items()})
        for e in history
    ]
    if not history:
        return
    state, other = fold(history[0].subject, history), fold(history[0].subject, again)
    names = {slot.name for slot in fields(state)} - {"voided", "discrepancies", "bad"}
    assert [getattr(state, n) for n in names] == [getattr(other, n) for n in names]


@settings(max_examples=200)
@given(SORTS.flatmap(histories), st.data())
def test_two_events_told_the_other_way_round_are_lawful_or_refused(history, data):
    if len(history) < 2:
        return
    at = data.draw(st.integers(0, len(history) - 2))
    one, two = history[at : at + 2]
    swapped = [
        *history[:at],
        replace(two, version=one.version),
        replace(one, version=two.version),
        *history[at + 2 :],
    ]
    assert outcome(lambda: fold(one.subject, swapped)) in {None, *RULES}


def outcome(tried):
    """Return the rule by which something is refused, or None."""
    try:
        tried()
    except Forbidden as refused:
        return refused.rule
    return None


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(TABLES)).flatmap(
        lambda s: st.tuples(st.just(s), st.lists(proposals(s), max_size=30))
    )
)
def test_the_slow_model_says_the_same(proposed):
    sort, pairs = proposed
    compare(sort, pairs, Counter())


def compare(sort, pairs, seen):
    """Play a story through life and model; note accepted kinds and the rules that refused."""
    state, history = born(f"{sort}/{SUBJECT_ID}"), []
    for body, place in pairs:
        event = next_event(sort, len(history) + 1, body, place)
        rules = broken(history, event)
        rule = outcome(lambda state=state, event=event: after(state, event, history))
        assert rule in (rules or {None}), (event, rules)
        seen[rule or event.kind] += 1
        if not rule:
            state = after(state, event, history)
            history.append(event)


@pytest.mark.parametrize("sort", sorted(TABLES))
def test_a_campaign_against_the_slow_model_meets_every_rule_and_kind(sort):
    rng, seen = random.Random(20270601), Counter()
    for _ in range(N_HISTORIES):
        compare(sort, [random_proposal(rng, sort) for _ in range(100)], seen)
    wanted = {
        *STEPS[sort],
        "EntryVoided",
        *(rule for rule, *_ in TABLES[sort]),
        "void.own-entry",
        "void.once",
    }
    assert wanted <= set(seen), wanted - set(seen)
