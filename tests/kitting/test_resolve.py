"""The engine against enumeration, against simple rules, stopped early, and when there is no answer."""

import os
import signal
import threading
from dataclasses import replace

import pytest

from knockdown.kitting.question import (
    Course,
    Option,
    Order,
    Pool,
    ResolveQuestion,
    Shortage,
    ShortUnit,
    Term,
)
from knockdown.kitting.resolve.check import check_resolve
from knockdown.kitting.resolve.choices import question as pose
from knockdown.kitting.resolve.engine import Stop
from knockdown.kitting.resolve.solve import resolve
from knockdown.kitting.trials.resolve_bench import plain
from knockdown.kitting.trials.resolve_cases import least_cents, plant_facts, tiny_facts, tiny_question

N_TINY = 5_000 if os.environ.get("KNOCKDOWN_LONG") else 500


def tiny(seed):
    return tiny_question(seed) if seed % 2 else pose(tiny_facts(seed))


@pytest.fixture(scope="module")
def plant():
    return pose(plant_facts(7, n_shortages=60, n_units=40, n_lots=8, n_parts=20))


def unit(name, options, courses, n_parts=1):
    return ShortUnit(name, (Shortage("P-1", n_parts, tuple(options)),), tuple(courses))


def option(kind="wait", day=5, cents=0, fixed=0, pools=(), order=None):
    terms = (Term("piece", cents),), (Term("order", fixed),)
    return Option(kind, f"{kind} {cents}", day, *terms, pools, order)


def shipment(cents):
    return Order("extra shipment from Minsk", Term("extra shipment", cents))


def course(kind="wait", limit=9, cents=0, pools=()):
    return Course(kind, f"{kind} {cents}", 1, 2, (Term("course", cents),), (limit,), pools)


# Against enumeration


@pytest.mark.parametrize("first", range(0, N_TINY, 50))
def test_equals_enumeration(first):
    for seed in range(first, first + 50):
        question = tiny(seed)
        answer = resolve(question, runner_ups=0)
        assert answer.objective == least_cents(question), seed
        assert (answer.status == "infeasible") == (answer.objective is None)
        assert answer.objective is None or answer.gap == 0


def only(question, other):
    """The question with what the runner-up forced as the only choice; None when that cannot be written."""
    units = list(question.units)
    (ix,) = [n for n, unit in enumerate(units) if unit.unit_id == other.unit_id]
    now = units[ix]
    if other.option_ix is None:
        units[ix] = replace(now, courses=tuple(c for c in now.courses if c.kind == other.instead.kind))
    else:
        shortages = list(now.shortages)
        whole = shortages[other.shortage_ix]
        if [t.n_parts for t in other.instead.parts[other.shortage_ix].takes] != [whole.n_parts]:
            return None
        shortages[other.shortage_ix] = replace(whole, options=(whole.options[other.option_ix],))
        units[ix] = replace(now, shortages=tuple(shortages))
    return replace(question, units=tuple(units))


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_runner_ups_cost_what_forcing_them_costs(first):
    seen = 0
    for seed in range(first, first + 20):
        question = tiny(seed)
        answer = resolve(question, runner_ups=2)
        for other in answer.runner_ups:
            forced = only(question, other)
            if forced is not None:
                assert not other.at_most
                assert least_cents(forced) == answer.objective + other.more_cents, (seed, other)
                seen += 1
    assert seen > 20


# A plant


def test_is_never_dearer_than_a_rule_and_as_cheap_as_the_plain_program(plant):
    answer = resolve(plant)
    assert answer.status == "optimal"
    assert answer.gap <= 1e-6
    assert len([p for p in answer.policies if p.cents is not None]) == len(answer.policies)
    assert all(policy.cents >= answer.objective for policy in answer.policies)
    assert plain(plant, 20.0)[0] == answer.objective
    assert all(other.more_cents >= 0 for other in answer.runner_ups)


def test_each_unit_has_runner_ups_of_other_sorts_first(plant):
    answer = resolve(plant, runner_ups=2)
    for found in answer.units:
        own = [other for other in answer.runner_ups if other.unit_id == found.unit_id]
        assert 0 < len(own) <= 2
        assert [o.more_cents for o in own] == sorted(o.more_cents for o in own)
        assert all(o.instead != found for o in own)


def test_stopped_at_once_it_keeps_the_best_rule(plant):
    answer = resolve(plant, seconds=0.0)
    assert answer.status == "feasible"
    assert answer.objective <= min(p.cents for p in answer.policies if p.cents is not None)
    assert 0 < answer.bound <= answer.objective


def test_counted_work_repeats_to_the_bit(plant):
    first, second = (resolve(plant, work=40) for _ in range(2))
    assert replace(first, seconds=0.0) == replace(second, seconds=0.0)


def test_ctrl_c_asks_to_stop_and_is_given_back():
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals come to the main thread")
    stop, before = Stop(100.0), signal.getsignal(signal.SIGINT)
    with stop.on_ctrl_c():
        signal.raise_signal(signal.SIGINT)
        assert stop.reached()
    assert signal.getsignal(signal.SIGINT) == before


# By hand


def test_the_scarce_piece_goes_to_the_unit_that_gains_most():
    pools = (Pool("claim", 1),)
    ways = [option(pools=(0,)), option("local", cents=50)], [option(pools=(0,)), option("local", cents=80)]
    question = ResolveQuestion((unit("A", ways[0], [course()]), unit("B", ways[1], [course()])), pools)
    answer = resolve(question)
    assert answer.objective == 50
    assert [found.parts[0].takes[0].kind for found in answer.units] == ["local", "wait"]
    assert {p.name: p.cents for p in answer.policies}["always wait"] == 80
    (first, _) = answer.runner_ups
    assert (first.unit_id, first.more_cents, first.at_most, first.n_others) == ("A", 30, False, 1)


def test_pieces_are_split_and_a_fixed_cost_counts_once():
    ways = [option(cents=1, pools=(0,)), option("local", cents=10, fixed=5)]
    question = ResolveQuestion((unit("A", ways, [course()], n_parts=3),), (Pool("claim", 1),))
    answer = resolve(question)
    assert answer.objective == 1 + 2 * 10 + 5
    assert [(t.n_parts, t.cents) for t in answer.units[0].parts[0].takes] == [(1, 1), (2, 25)]
    assert answer.units[0].terms == (Term("piece", 21), Term("order", 5))


def together(n_units, cents=100, local=80):
    """Units that could each buy here, or all be served by one shipment."""
    ways = [option("reorder", cents=1, order=0), option("local", cents=local)]
    units = tuple(unit(name, ways, [course()]) for name in "ABCDE"[:n_units])
    return ResolveQuestion(units, (), (shipment(cents),))


def test_an_extra_shipment_is_paid_once_for_all_that_it_carries():
    alone, both = resolve(together(1)), resolve(together(2))
    assert (alone.objective, both.objective) == (80, 102)
    assert both.terms == (Term("piece", 2), Term("extra shipment", 100))
    assert [(order.cents, order.n_units) for order in both.orders] == [(100, 2)]
    assert [found.cents for found in both.units] == [51, 51]
    assert both.units[0].terms == (Term("piece", 1), Term("extra shipment", 50))
    assert {rule.name: rule.cents for rule in both.policies}["always wait"] == 102


def test_a_shipment_is_shared_out_to_the_cent():
    answer = resolve(together(3))
    assert [found.parts[0].takes[0].order_cents for found in answer.units] == [34, 33, 33]
    assert answer.objective == sum(found.cents for found in answer.units) == 103


def test_a_runner_up_counts_a_shipment_as_far_as_nobody_else_pays_for_it():
    assert [(other.unit_id, other.more_cents) for other in resolve(together(2)).runner_ups] == [
        ("A", 58),  # then B buys here too, and nothing is shipped
        ("B", 58),
    ]
    assert [other.more_cents for other in resolve(together(1)).runner_ups] == [21]
    assert [other.more_cents for other in resolve(together(3)).runner_ups] == [79, 79, 79]


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_sharing_orders_is_never_dearer_than_paying_each_time(first):
    gained = 0
    for seed in range(first, first + 50):
        question = tiny(seed)
        shared, apart = least_cents(question), least_cents(each_pays(question))
        if shared is not None:
            assert shared <= apart
            gained += shared < apart
    assert gained


def each_pays(question):
    """The question as it was once asked: an order's cost for every option that it brings."""

    def changed(o):
        if o.order is None:
            return o
        return replace(o, order=None, fixed=(*o.fixed, question.orders[o.order].cost))

    units = []
    for now in question.units:
        shortages = tuple(replace(s, options=tuple(map(changed, s.options))) for s in now.shortages)
        units.append(replace(now, shortages=shortages))
    return replace(question, units=tuple(units), orders=())


def test_stopped_anywhere_the_bound_holds(plant):
    least = resolve(plant, runner_ups=0).objective
    for work in (1, 3, 10, 30):
        answer = resolve(plant, runner_ups=0, work=work)
        assert answer.bound <= least <= answer.objective


def test_ways_alike_are_told_once_and_counted():
    lent = [replace(option("borrow", cents=5, pools=(n,)), label=f"from {n}") for n in range(5)]
    question = ResolveQuestion(
        (unit("A", [*lent, option("local", cents=9)], [course()]),), tuple(Pool(f"{n}", 1) for n in range(5))
    )
    told = [(other.change, other.more_cents, other.n_alike) for other in resolve(question).runner_ups]
    assert told == [("P-1: from 1", 0, 3), ("P-1: local 9", 4, 0)]


def kinds(other):
    return [frozenset(take.kind for take in part.takes) for part in other.instead.parts]


def test_no_two_runner_ups_of_a_unit_are_alike(plant):
    answer = resolve(plant)
    for found in answer.units:
        told = [
            (other.more_cents, other.at_most, other.instead.kind, other.instead.start_day, *kinds(other))
            for other in answer.runner_ups
            if other.unit_id == found.unit_id
        ]
        assert len(told) == len(set(told))


def test_an_early_course_takes_no_late_pieces():
    ways = [option(day=8), option("local", day=3, cents=10)]
    question = ResolveQuestion((unit("A", ways, [course("as_planned", 5), course("wait", 9, 7)]),), ())
    assert resolve(question).objective == 7


def test_nothing_short_is_answered():
    answer = resolve(ResolveQuestion((), ()))
    assert (answer.status, answer.objective, answer.gap) == ("optimal", 0, 0.0)


# No answer


@pytest.mark.parametrize(
    ("made", "part", "words"),
    [
        (unit("A", [option()], []), None, "has no course"),
        (unit("A", [], [course()]), "P-1", "no option"),
        (unit("A", [option(day=738000)], [course(limit=737999)]), "P-1", "2021-07-29 at the earliest"),
    ],
)
def test_what_cannot_be_met_alone_is_named(made, part, words):
    answer = resolve(ResolveQuestion((made, unit("B", [option()], [course()])), ()))
    assert answer.status == "infeasible"
    (unmet,) = answer.unmet
    assert (unmet.unit_id, unmet.part_id) == ("A", part)
    assert words in unmet.why


def test_what_cannot_be_met_together_is_named():
    units = tuple(unit(name, [option(pools=(0,))], [course()], n_parts=2) for name in "ABC")
    answer = resolve(ResolveQuestion(units, (Pool("claim C-1", 5),)))
    assert answer.status == "infeasible"
    assert sum(unmet.n_parts for unmet in answer.unmet) == 1
    assert "claim C-1" in answer.unmet[0].why


def test_two_units_and_one_slot_name_a_unit_without_a_course():
    units = tuple(unit(name, [option()], [course(pools=(0,))]) for name in "AB")
    answer = resolve(ResolveQuestion(units, (Pool("slot of W-1", 1),)))
    assert [(u.part_id, "slot of W-1" in u.why) for u in answer.unmet if u.part_id is None] == [(None, True)]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (unit("A", [option(pools=(1,))], [course()]), "none of 1"),
        (unit("A", [option(pools=(0, 0))], [course()]), "named twice"),
        (unit("A", [option(fixed=-1)], [course()]), "negative"),
        (unit("A", [option()], [course()], n_parts=0), "are none"),
        (replace(unit("A", [option()], [course()]), shortages=()), "a limit for each"),
        (unit("A", [option(order=1)], [course()]), "order 1 is none of 1"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(made, words):
    with pytest.raises(ValueError, match=words):
        resolve(ResolveQuestion((made,), (Pool("claim", 1),), (shipment(5),)))


def test_an_order_of_less_than_nothing_is_refused():
    with pytest.raises(ValueError, match="less than nothing"):
        resolve(ResolveQuestion((), (), (shipment(-1),)))


# The inspector


def test_the_inspector_finds_every_planted_fault(plant):
    answer = resolve(plant, runner_ups=1)
    assert check_resolve(plant, answer) == ()
    found = answer.units[0]
    take = found.parts[0].takes[0]

    def with_take(**values):
        part = replace(found.parts[0], takes=(replace(take, **values), *found.parts[0].takes[1:]))
        return {"units": (replace(found, parts=(part, *found.parts[1:])), *answer.units[1:])}

    for planted in (
        {"objective": answer.objective + 1},
        {"bound": answer.objective + 1},
        {"gap": 0.5},
        {"units": answer.units[1:]},
        {"units": (replace(found, cents=found.cents + 1), *answer.units[1:])},
        {"units": (replace(found, course_ix=999), *answer.units[1:])},
        {"units": (replace(found, finish_day=0), *answer.units[1:])},
        {"units": (replace(found, terms=()), *answer.units[1:])} if found.terms else {"gap": None},
        {"terms": answer.terms[1:]},
        {"policies": (replace(answer.policies[0], cents=answer.objective - 1),)},
        {"runner_ups": (replace(answer.runner_ups[0], unit_id="nobody"),)},
        {"status": "infeasible"},
        {"orders": answer.orders[1:]},
        {"orders": (replace(answer.orders[0], cents=0), *answer.orders[1:])},
        with_take(order_cents=take.order_cents + 1),
        with_take(note="mind"),
        with_take(n_parts=take.n_parts + 1),
        with_take(option_ix=99),
        with_take(day=take.day + 1),
        with_take(cents=take.cents + 1),
    ):
        assert check_resolve(plant, replace(answer, **planted)), planted


def test_the_inspector_finds_an_overdrawn_pool_and_late_pieces():
    ways = [option(day=3, pools=(0,)), option("local", day=3, cents=10)]
    units = tuple(unit(name, ways, [course(limit=4)]) for name in "AB")
    question = ResolveQuestion(units, (Pool("claim", 2),))
    answer = resolve(question)
    assert check_resolve(question, answer) == ()
    tight = replace(question, pools=(Pool("claim", 1),))
    assert check_resolve(tight, answer) == ("2 are used of claim, and there are 1",)
    early = replace(units[0], courses=(course(limit=2),))
    faults = check_resolve(replace(question, units=(early, units[1])), answer)
    assert any("too late" in fault for fault in faults)
