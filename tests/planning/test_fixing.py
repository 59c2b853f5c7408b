"""Fixed quantities on small questions: kept exactly, never better than freedom, explained when they clash."""

import os
import random
from collections import defaultdict
from dataclasses import replace

import pytest

from knockdown.planning import conflict, conflict_probe
from knockdown.planning.check import check
from knockdown.planning.conflict_probe import Probe
from knockdown.planning.engine import Effort, solve_model
from knockdown.planning.fixing import loosened, with_orders
from knockdown.planning.milp import build
from knockdown.planning.over import without_over
from knockdown.planning.question import Fixed, Orders
from knockdown.planning.solve import PlanOptions, plan_question
from tests.planning import tiny
from tests.planning.random_questions import question
from tests.planning.test_conflict_law import can_be_planned, dropped, fixed, only

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
SEEDS = range(400 if LONG else 50)
EXACT = PlanOptions(work=100_000, gap=0.0, limits=0)
CENTS = 1.0
P = tiny.problem()
SOLVED = ("optimal", "feasible")


def fixing(asked, *some):
    """The question with an orders book that fixes some quantities of its only plant."""
    return with_orders(asked, Orders({asked.members[0].plant: tuple(some)}, "digest"))


def lots(variant, period, quantity, where=""):
    return Fixed("lots", "maz", variant, period, quantity, where)


def units(variant, period, quantity, where=""):
    return Fixed("units", "", variant, period, quantity, where)


def choices(problem):
    """What a book could fix: what, contract, variant and period."""
    times = range(problem.n_periods)
    own = [("lots", k.contract, k.variant, t) for k in problem.lot_lines for t in times if k.may_order[t]]
    return own + [("units", "", v.id, t) for v in problem.variants.values() for t in times if v.buildable[t]]


def found_of(plan, choice):
    what, contract, variant, t = choice
    here = (variant, plan.periods[t])
    if what == "units":
        return sum(row.units for row in plan.build if (row.variant, row.period) == here)
    return sum(r.lots for r in plan.lots if (r.variant, r.period) == here and r.contract == contract)


def at_random(asked, plan, seed):
    """A few fixings near what the free plan does, some of them just what it does."""
    rng = random.Random(seed)
    chosen = rng.sample(choices(asked.members[0]), rng.randint(1, 5))
    near = (max(0, found_of(plan, c) + rng.choice((0, 0, -1, 1, 2))) for c in chosen)
    return [Fixed(*c, n, f"row {i}") for i, (c, n) in enumerate(zip(chosen, near, strict=True), start=2)]


def optimum(model):
    found = solve_model(without_over(model), Effort(seconds=60, gap=0.0))
    assert found.status in ("optimal", "infeasible")
    return found.objective if found.status == "optimal" else None


def with_rows(asked, some):
    """The free program with a row for each fixed quantity: another way to ask the same."""
    model = build(asked)
    for f in some:
        names = ("lots", f.contract, f.variant) if f.what == "lots" else ("build", f.variant)
        column = model.column.get(("tiny", *names, f.period))
        model.add_row({} if column is None else {column: 1.0}, f.quantity, f.quantity)
    return model


@pytest.mark.parametrize("seed", SEEDS)
def test_random_fixings_are_kept_at_what_they_cost_or_explained(seed):
    asked = question(seed)
    free = plan_question(asked, EXACT)
    some = at_random(asked, free, seed)
    held = fixing(asked, *some)
    plan, best, otherwise = plan_question(held, EXACT), optimum(build(held)), optimum(with_rows(asked, some))
    if best is None:
        assert otherwise is None
        assert plan.status == "infeasible"
        return
    assert plan.objective == pytest.approx(1000 * best, abs=CENTS)
    assert plan.bound >= 1000 * best - CENTS
    assert otherwise is None or best == pytest.approx(otherwise, abs=CENTS / 1000)
    assert plan.objective <= free.objective + CENTS
    for f in some:
        assert found_of(plan, (f.what, f.contract, f.variant, f.period)) == f.quantity
    assert [(row.what, row.variant, row.quantity, row.where) for row in plan.fixed] == [
        (f.what, f.variant, f.quantity, f.where) for f in some
    ]
    assert plan.provenance.options["orders"] == "digest"


@pytest.mark.parametrize("seed", SEEDS)
def test_fixing_what_the_plan_does_anyway_changes_nothing(seed):
    asked = question(seed)
    free = plan_question(asked, EXACT)
    if free.objective is None:
        return
    same = [Fixed(*c, found_of(free, c)) for c in choices(asked.members[0])]
    plan = plan_question(fixing(asked, *same), EXACT)
    assert plan.objective == pytest.approx(free.objective, abs=CENTS)
    assert (plan.lots, plan.build) == (free.lots, free.build)


def test_a_book_that_fixes_nothing_is_named_and_plans_the_same():
    asked = replace(tiny.question(), caps=())
    free, plan = plan_question(asked, EXACT), plan_question(fixing(asked), EXACT)
    assert plan.provenance.options == free.provenance.options | {"orders": "digest"}
    same = {"seconds", "provenance"}
    assert plan.model_dump(exclude=same) == free.model_dump(exclude=same)


@pytest.mark.parametrize("seed", SEEDS)
def test_clashing_fixings_are_a_conflict_whose_fix_mends_it(seed):
    asked = question(seed)
    free = plan_question(asked, EXACT)
    rng = random.Random(seed)
    chosen = rng.sample(choices(asked.members[0]), 4)
    held = fixing(asked, *(Fixed(*c, rng.choice((0, 1, 3, 9)), f"row {i}") for i, c in enumerate(chosen, 2)))
    if can_be_planned(held):
        return
    plan = plan_question(held, EXACT)
    assert plan.status == "infeasible"
    assert plan.fixed
    assert check(held, plan) == ()
    core, names = members_of(held, plan)
    assert free.objective is None or any(key.kind.startswith("fixed_") for key in core)
    assert not can_be_planned(only(held, core, names))
    for key in core:
        assert can_be_planned(only(held, [other for other in core if other != key], names))
    if plan.conflict.fix_proof in ("cheapest", "enough"):
        rest = [fix for fix in plan.conflict.cheapest_fix if "_" not in fix.kind]
        assert (
            solve_model(fixed(moved(held, plan.conflict.cheapest_fix), rest), Effort(seconds=60)).values
            is not None
        )
        assert rest == [] or free.objective is None


def members_of(asked, paper):
    names = Probe(asked, build(asked)).names
    by_phrase = {conflict._phrase(asked, key): key for key in names}
    return [by_phrase[phrase] for phrase in paper.conflict.members], names


def moved(asked, fixes):
    """The question with its fixed quantities moved as the fix says."""
    (problem,) = asked.members
    by = defaultdict(int)
    for fix in fixes:
        if "_" in fix.kind:
            way, _, what = fix.kind.partition("_")
            by[what, fix.id] += int(fix.amount) * (1 if way == "more" else -1)
    new = tuple(replace(f, quantity=f.quantity + by.pop((f.what, f.id), 0)) for f in problem.fixed)
    assert not by
    return replace(asked, members=(replace(problem, fixed=new),))


def test_dropping_a_fixing_frees_it():
    (problem,) = fixing(replace(tiny.question(), caps=()), lots("t-flat", 0, 2), units("t-box", 1, 1)).members
    keys = list(build(replace(tiny.question(), members=(problem,))).fixed)
    assert [key.kind for key in keys] == ["fixed_lots", "fixed_units"]
    assert [f.what for f in dropped(problem, keys[0]).fixed] == ["units"]


def test_more_lots_than_the_contract_allows_name_the_row_and_the_contract():
    asked = fixing(
        replace(tiny.question(), caps=()), lots("t-flat", 1, 3, "book.xlsx sheet lots_fixed row 7")
    )
    plan = plan_question(asked, EXACT)
    assert set(plan.conflict.members) == {
        "order 3 lots of t-flat under maz in 2026-02 (book.xlsx sheet lots_fixed row 7)",
        "no more lots a period than MAZ kits allows",
    }
    assert plan.conflict.proof == "smallest"
    assert [fix.sentence for fix in plan.conflict.cheapest_fix] == [
        "take 1 off the fixed lots of t-flat under maz in 2026-02 (book.xlsx sheet lots_fixed row 7)"
    ]
    assert plan.conflict.fix_proof == "cheapest"


def test_more_units_than_kits_name_the_row_alone():
    plan = plan_question(fixing(replace(tiny.question(), caps=()), units("t-flat", 0, 4, "row 3")), EXACT)
    assert plan.conflict.members == ("build 4 units of t-flat in 2026-01 (row 3)",)
    assert [(fix.kind, fix.amount) for fix in plan.conflict.cheapest_fix] == [("fewer_units", 4.0)]


def test_fewer_units_than_a_campaign_has_name_its_least():
    nothing = {"t-flat": replace(tiny.problem().variants["t-flat"], opening_in_work=0)}
    asked = replace(tiny.question(variants=dict(tiny.problem().variants) | nothing), caps=())
    others = (units("t-box", 1, 0, "row 2"), units("t-flat", 1, 1, "row 3"))
    plan = plan_question(fixing(asked, *others), EXACT)
    assert set(plan.conflict.members) == {
        "build 0 units of t-box in 2026-02 (row 2)",
        "build 1 unit of t-flat in 2026-02 (row 3)",
        "no campaign of Trucks has fewer than 2 units",
    }
    assert plan.conflict.proof == "smallest"


def test_a_large_book_is_told_by_what_must_move_and_the_rest_together(monkeypatch):
    monkeypatch.setattr(conflict_probe, "MOST_ALONE", 1)
    book = [lots("t-flat", t, n, f"row {t + 2}") for t, n in enumerate((1, 1, 1, 9))]
    asked = replace(
        tiny.question(contract_years=(replace(P.contract_years[0], lots_max_period=99),)), caps=()
    )
    plan = plan_question(fixing(asked, *book), EXACT)
    assert set(plan.conflict.members) == {
        "order 9 lots of t-flat under maz in 2026-04 (row 5)",
        "no more kits than MAZ kits in 2026 allows",
    }
    assert [fix.id for fix in plan.conflict.cheapest_fix] == ["maz/t-flat/3"]
    tight = fixing(asked, *book[:3], lots("t-flat", 3, 3, "row 5"))
    members = plan_question(tight, EXACT).conflict.members
    assert "what the orders book fixes in 3 other rows" in members
    assert "no more kits than MAZ kits in 2026 allows" in members


def test_what_nobody_wants_may_be_fixed_all_the_same():
    wanted = {"d-flat": tiny.problem().demands["d-flat"]}
    free = replace(tiny.question(demands=wanted, kit_places=90.0, finished_places=90.0), caps=())
    plan = plan_question(fixing(free, units("c-box", 2, 1), lots("t-box", 0, 1)), EXACT)
    assert plan.status in SOLVED
    assert [(row.variant, row.units) for row in plan.build if row.variant == "c-box"] == [("c-box", 1)]
    assert plan.lots[0].lots == 1


def test_what_can_never_be_ordered_is_refused_unless_it_is_nothing():
    closed = lots("t-box", 3, 1)
    with pytest.raises(ValueError, match="maz/t-box/3 may not be fixed at 1"):
        fixing(tiny.question(), closed)
    assert fixing(tiny.question(), replace(closed, quantity=0)).members[0].fixed


def test_the_inspector_names_a_fixing_that_was_not_kept():
    asked = fixing(tiny.question(), lots("t-flat", 0, 2), units("t-flat", 3, 1))
    (first, second, *rest) = check(asked, tiny.plan())
    assert "1 lots, where 2 are fixed" in first + second + "".join(rest)
    assert any("2 units, where 1 are fixed" in fault for fault in (first, second, *rest))
    assert any("the plan says None is fixed, it is 2" in fault for fault in (first, second, *rest))


def test_nothing_to_loosen_is_the_same_program():
    model = build(tiny.question())
    assert loosened(model) is model
