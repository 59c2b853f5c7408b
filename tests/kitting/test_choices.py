"""Facts become options and courses with every cost by name; nothing that a best answer needs is dropped."""

from dataclasses import replace

import pytest

from knockdown.kitting.question import Order, Term
from knockdown.kitting.resolve.choices import (
    ChoiceFacts,
    DonorFact,
    LocalFact,
    MissingPart,
    ReorderFact,
    ShipmentFact,
    ShortFact,
    SourceFact,
    SwapFact,
    question,
)
from knockdown.kitting.resolve.solve import resolve
from knockdown.kitting.trials.resolve_cases import least_cents, tiny_facts

TODAY = 738_000  # 2021-07-29
LACK = MissingPart("P-7", 2, "TR-04", TODAY + 11, True, 9_000, 20_000)
SHORT = ShortFact(
    "U-1", "L-3", "MTZ-82", "tractors", TODAY + 10, 2, TODAY + 15, 3_650_000, 4_000, 0.1, 60_000, (LACK,)
)
CLAIM = SourceFact("P-7", "L-3", 2, TODAY + 20, "claim C-5", "confirmed")
DONOR = DonorFact("L-4", "U-9", "P-7", 2, TODAY + 18, 3_000, 700, "another declaration")
FACTS = ChoiceFacts(TODAY, (SHORT,), (CLAIM,), (DONOR,), handling_cents=300)


def options(facts=FACTS, kind=None):
    return [o for o in question(facts).units[0].shortages[0].options if kind in (None, o.kind)]


def courses(facts=FACTS, kind=None):
    return [c for c in question(facts).units[0].courses if kind in (None, c.kind)]


def costs(terms):
    return {term.name: term.cents for term in terms}


def test_waiting_draws_on_the_claims_pieces_and_costs_nothing():
    (wait,) = options(kind="wait")
    assert (wait.label, wait.day) == ("wait for claim C-5 on 2021-08-18 (confirmed)", TODAY + 20)
    assert (wait.piece, wait.fixed) == ((), ())
    pool = question(FACTS).pools[wait.pools[0]]
    assert (pool.pool_id, pool.n_most) == ("claim C-5: P-7", 2)


def test_another_lots_claim_is_not_ours_and_a_common_one_is():
    assert not options(replace(FACTS, sources=(replace(CLAIM, kit_lot_id="L-9"),)), "wait")
    assert options(replace(FACTS, sources=(replace(CLAIM, kit_lot_id=None),)), "wait")


def test_an_overdue_source_is_not_there_before_today():
    (wait,) = options(replace(FACTS, sources=(replace(CLAIM, day=TODAY - 5),)), "wait")
    assert wait.day == TODAY


def test_borrowing_pays_back_from_the_claim_and_bears_the_donors_delay():
    by_claim, by_reorder = options(kind="borrow")
    assert by_claim.label == "borrow from lot L-4, unit U-9; pay back from claim C-5 on 2021-08-18"
    assert by_claim.note == by_reorder.note == "another declaration"
    assert by_claim.day == TODAY
    assert costs(by_claim.piece) == {"handling": 300, "duty and origin": 700}
    assert costs(by_claim.fixed) == {"donor's delay": 2 * 3_000}
    assert [question(FACTS).pools[p].pool_id for p in by_claim.pools] == [
        "lot L-4, unit U-9: P-7",
        "claim C-5: P-7",
    ]
    assert costs(by_reorder.piece) == {"handling": 300, "duty and origin": 700, "payback": 20_000}
    assert costs(by_reorder.fixed) == {"donor's delay": (45 - 18) * 3_000}
    assert len(by_reorder.pools) == 1


def test_a_spare_waits_for_nobody_and_common_stock_is_owed_nothing():
    spare = replace(DONOR, unit_id=None, need_day=None)
    assert "lot L-4, spare; pay back" in options(replace(FACTS, donors=(spare,)), "borrow")[0].label
    common = replace(spare, lot_id=None, origin_note="")
    (taken,) = options(replace(FACTS, donors=(common,)), "borrow")
    assert (taken.label, taken.fixed) == ("borrow from common stock, spare", ())


def test_a_unit_does_not_borrow_from_itself():
    assert not options(replace(FACTS, donors=(replace(DONOR, unit_id="U-1"),)), "borrow")


def test_bought_here_or_ordered_again():
    facts = replace(
        FACTS,
        locals=(LocalFact("P-7", 4, 33_000, 500),),
        reorders=(ReorderFact("P-7", 30, 21_000, "Minsk"),),
        shipments=(ShipmentFact("Minsk", 900),),
    )
    (local,), (again,) = options(facts, "local"), options(facts, "reorder")
    orders = question(facts).orders
    assert (local.label, local.day) == ("buy locally, there on 2021-08-02", TODAY + 4)
    assert (costs(local.piece), local.fixed) == ({"local purchase": 33_000}, ())
    assert orders[local.order] == Order("local order of P-7", Term("local order", 500))
    assert (again.label, again.day) == ("ask Minsk again, there on 2021-08-28", TODAY + 30)
    assert (costs(again.piece), again.fixed) == ({"ordered again": 21_000}, ())
    assert orders[again.order] == Order("extra shipment from Minsk", Term("extra shipment", 900))


def test_one_shipment_carries_all_that_is_asked_of_one_partner():
    other = replace(LACK, part_id="P-8")
    shorts = (SHORT, replace(SHORT, unit_id="U-2", shortages=(other,)))
    again = tuple(ReorderFact(*what) for what in (("P-7", 30, 21_000, "A"), ("P-8", 45, 9_000, "A")))
    ships = ShipmentFact("A", 900), ShipmentFact("B", 900)
    facts = replace(FACTS, shorts=shorts, donors=(), sources=(), reorders=again, shipments=ships)
    asked = question(facts)
    (order,) = asked.orders
    assert order.cost.cents == 900
    assert {o.order for unit in asked.units for s in unit.shortages for o in s.options} == {0}
    apart = question(replace(facts, reorders=(again[0], replace(again[1], partner="B"))))
    assert len(apart.orders) == 2
    assert resolve(apart).objective == resolve(asked).objective + 900


def test_pieces_that_pay_a_lender_back_come_with_the_same_shipment():
    again, ships = ReorderFact("P-7", 30, 21_000, "Minsk"), ShipmentFact("Minsk", 900)
    facts = replace(FACTS, reorders=(again,), shipments=(ships,))
    (reorder,) = options(facts, "reorder")
    by_claim, by_reorder = options(facts, "borrow")
    assert (by_claim.order, by_reorder.order) == (None, reorder.order)
    assert "pay back with pieces ordered again from Minsk, on 2021-08-28" in by_reorder.label


def test_an_order_that_costs_nothing_is_none():
    (again,) = options(replace(FACTS, reorders=(ReorderFact("P-7", 30, 21_000, "Minsk"),)), "reorder")
    assert again.order is None
    assert question(FACTS).orders == ()


def test_built_short_it_stands_until_the_part_comes():
    first = courses(kind="short")[0]
    assert first.label == "build short on 2021-08-08, fit P-7 by 2021-08-18"
    assert (first.start_day, first.finish_day, first.limits) == (TODAY + 10, TODAY + 20, (TODAY + 20,))
    assert costs(first.cost) == {"rework": 9_000, "late finish": 5 * 4_000, "capital tied up": 8 * 1_000}


def test_a_part_that_cannot_be_fitted_later_is_not_built_short():
    fixed = replace(SHORT, shortages=(replace(LACK, can_fit_later=False),))
    assert not courses(replace(FACTS, shorts=(fixed,)), "short")


def test_waiting_leaves_the_slot_empty_and_starts_when_the_station_can_be_served():
    first = courses(kind="wait")[0]
    assert first.label == "leave the slot empty, build on 2021-08-17"
    assert (first.start_day, first.finish_day, first.limits) == (TODAY + 19, TODAY + 21, (TODAY + 20,))
    assert costs(first.cost) == {"line stop": 60_000, "late finish": 6 * 4_000, "capital tied up": 9_000}


def test_swapping_takes_a_later_slot_of_the_line_and_helps_a_late_unit():
    swap = SwapFact("U-30", "tractors", TODAY + 20, TODAY + 18, 5_000, 2_000)
    facts = replace(FACTS, swaps=(swap,))
    (found,) = courses(facts, "resequence")
    assert found.label == "swap slots with U-30, build on 2021-08-18"
    assert costs(found.cost) == {
        "changeover": 5_000,
        "late finish": 7 * 4_000,
        "capital tied up": 10_000,
        "earlier finish of the other unit": -4 * 2_000,
    }
    assert question(facts).pools[found.pools[0]].pool_id == "slot of U-30"
    for other in (
        replace(swap, line_id="trucks"),
        replace(swap, slot_day=TODAY + 41),
        replace(swap, slot_day=0),
    ):
        assert not courses(replace(FACTS, swaps=(other,)), "resequence")


def test_each_choice_of_parts_fitted_later_is_a_course():
    two = replace(SHORT, shortages=(LACK, replace(LACK, part_id="P-8", fit_later_cents=500)))
    coming = (CLAIM, replace(CLAIM, part_id="P-8"))
    lent = (DONOR, replace(DONOR, part_id="P-8"))
    labels = [c.label for c in courses(replace(FACTS, shorts=(two,), sources=coming, donors=lent), "short")]
    assert [label.split("fit ")[1].split(" by")[0] for label in labels[:6:2]] == ["P-7", "P-8", "P-7, P-8"]


@pytest.mark.parametrize("first", range(0, 300, 100))
def test_pruning_loses_nothing(first):
    for seed in range(first, first + 100):
        facts = tiny_facts(seed)
        kept, every = question(facts), question(facts, prune=False)
        assert resolve(kept, runner_ups=0).objective == resolve(every, runner_ups=0).objective, seed


def test_many_donors_alike_are_as_good_as_a_few():
    donors = tuple(replace(DONOR, unit_id=f"D-{n}", n_parts=1 + n % 2) for n in range(30))
    shorts = tuple(replace(SHORT, unit_id=f"U-{n}") for n in range(2))
    facts = replace(FACTS, shorts=shorts, donors=donors)
    kept, every = question(facts), question(facts, prune=False)
    assert len(kept.units[0].shortages[0].options) < len(every.units[0].shortages[0].options) / 2
    assert resolve(kept).objective == resolve(every).objective


def test_there_is_always_an_answer():
    for seed in range(100):
        facts = replace(tiny_facts(seed), sources=(), donors=(), locals=(), swaps=())
        assert least_cents(question(facts)) is not None


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(FACTS, shorts=(replace(SHORT, shortages=(replace(LACK, n_parts=0),)),)), "are none"),
        (replace(FACTS, donors=(replace(DONOR, duty_cents=-1),)), "donor U-9 of P-7: -1 is negative"),
        (replace(FACTS, locals=(LocalFact("P-7", -2, 5),)), "P-7: -2 is negative"),
        (replace(FACTS, shipments=(ShipmentFact("Minsk", -9),)), "a shipment from Minsk: -9 is negative"),
        (replace(FACTS, handling_cents=-3), "the facts: -3"),
    ],
)
def test_facts_that_cannot_be_are_refused(facts, words):
    with pytest.raises(ValueError, match=words):
        question(facts)
