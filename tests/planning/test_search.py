"""Against HiGHS on small programs: no plan beats the optimum, no bound lies below it, every plan is found."""

import os

import numpy as np
import pytest

from knockdown.planning.blocks import blocks_of
from knockdown.planning.bound import Bound
from knockdown.planning.engine import Effort, solve_model
from knockdown.planning.milp import build
from knockdown.planning.over import goes_over, without_over
from knockdown.planning.search import Stop, mend_lots
from knockdown.planning.solve import PlanOptions, plan_question
from tests.planning.random_questions import question

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
SEEDS = range(600 if LONG else 60)
EXACT = PlanOptions(work=100_000, gap=0.0, limits=0)
CENTS = 1.0


class InTurn:
    """An executor without threads."""

    def map(self, function, *arguments):
        return map(function, *arguments)


def optimum(model):
    """What the best plan earns in thousands, or None when there is none."""
    found = solve_model(without_over(model), Effort(seconds=60, gap=0.0))
    assert found.status in ("optimal", "infeasible")
    return found.objective if found.status == "optimal" else None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_plan_is_never_above_the_optimum_and_the_bound_never_below(seed):
    asked = question(seed)
    best, plan = optimum(build(asked)), plan_question(asked, EXACT)
    if best is None:
        assert plan.objective is None
        assert plan.status in ("infeasible", "unknown")
        return
    assert plan.objective == pytest.approx(1000 * best, abs=CENTS)
    assert plan.bound >= 1000 * best - CENTS


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_a_search_cut_short_keeps_its_promises(seed):
    asked = question(seed)
    best, plan = optimum(build(asked)), plan_question(asked, PlanOptions(work=3, gap=0.0, limits=0))
    if best is not None and plan.objective is not None:
        assert plan.objective <= 1000 * best + CENTS
        assert plan.bound >= 1000 * best - CENTS
        assert plan.gap == pytest.approx((plan.bound - plan.objective) / abs(plan.objective))


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_every_price_gives_a_bound(seed):
    model = build(question(seed))
    best = optimum(model)
    bound = Bound(model, blocks_of(question(seed), model))
    if best is None or not bound.feasible:
        return
    rng = np.random.default_rng(seed)
    for _ in range(4):
        bound.duals = bound.duals + rng.normal(scale=rng.choice((0.0, 1.0, 20.0)), size=model.n_rows)
        bound.round(InTurn())
        assert bound.best >= best - CENTS / 1000


def test_the_priced_bound_lies_below_the_relaxation():
    tighter = 0
    for seed in range(20):
        model = build(question(seed))
        bound = Bound(model, blocks_of(question(seed), model))
        relaxed = bound.best
        while bound.feasible and bound.round(InTurn()):
            assert bound.best <= relaxed + 1e-9
        tighter += bound.feasible and bound.best < relaxed - 0.1
    assert tighter > 5


def test_a_stop_counts_work_and_obeys_a_request():
    stop = Stop(seconds=60, work=2)
    assert [stop.reached() for _ in range(3)] == [False, False, True]
    assert stop.done == 2
    stop = Stop(seconds=60)
    assert not stop.reached()
    stop.asked = True
    assert stop.reached()
    assert Stop(seconds=0.0).reached(0.5)


def test_blocks_split_columns_and_tie_a_box_to_its_truck():
    asked = question(next(seed for seed in SEEDS if "c-box" in question(seed).members[0].variants))
    model = build(asked)
    blocks = blocks_of(asked, model)
    assert sorted(c for b in range(blocks.count) for c in blocks.columns(b)) == list(range(model.n_columns))
    of = {key: blocks.of_column[column] for key, column in model.column.items()}
    boxes = {block for key, block in of.items() if key[1] in ("build", "finished") and key[2] == "c-box"}
    trucks = {block for key, block in of.items() if key[1] in ("kits", "build") and key[2] == "t-box"}
    assert boxes <= trucks


def test_nothing_over_means_nothing_over():
    model = build(question(0))
    values = np.zeros(model.n_columns)
    assert not goes_over(model, values)
    values[next(column for key, column in model.column.items() if key[1] == "over")] = 1.0
    assert goes_over(model, values)
    upper = without_over(model).upper
    assert not any(upper[column] for key, column in model.column.items() if key[1] == "over")


def test_mending_without_time_changes_nothing():
    asked = question(1)
    mend_lots(None, blocks_of(asked, build(asked)), Stop(seconds=60, work=0), 1.0, lambda: False)
