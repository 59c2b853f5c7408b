"""What one more of each would add: a whole plan of the eased question, never more than the best one adds."""

import os
from collections import Counter
from dataclasses import replace

import pytest

from knockdown.planning import check, explain, extract
from knockdown.planning.ease import EASINGS, eased
from knockdown.planning.engine import Effort, solve_model
from knockdown.planning.hunt import Hunt
from knockdown.planning.milp import build
from knockdown.planning.model import LimitKey
from knockdown.planning.over import without_over
from knockdown.planning.question import SharedCap
from knockdown.planning.search import Stop
from knockdown.planning.solve import PlanOptions, plan_question
from knockdown.planning.solve_again import Plan, improve
from tests.planning import tiny
from tests.planning.random_questions import question

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
SEEDS = range(200 if LONG else 24)
EXACT = PlanOptions(work=50_000, gap=0.0, limits=8)
CENTS = 1.0


def best(asked):
    """What the best plan earns, by the solver alone; None when there is none."""
    found = solve_model(without_over(build(asked)), Effort(seconds=60, gap=0.0))
    assert found.status in ("optimal", "infeasible")
    return 1000 * found.objective if found.status == "optimal" else None


def planned(asked):
    model = build(asked)
    values = Hunt(asked, model, Stop(60, 50_000), 0.0, lambda *_: None).run().values
    solver = model.to_highs(relaxed=True)
    solver.run()
    relaxed = solver.getInfo().objective_function_value
    return None if values is None else Plan(asked, model, values, relaxed)


def limit_keys(model):
    return sorted({key for key in model.row_key if key is not None and key.kind in EASINGS}, key=str)


def as_paper(asked, values):
    return extract.paper(asked, build(asked), values, 1e9, "", EXACT, 0.0, 0, (), None)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gain_is_at_most_what_the_best_plan_adds_and_that_is_at_most_the_bound(seed):
    asked = question(seed)
    before = plan_question(asked, EXACT)
    if before.objective is None:
        return
    exact = best(asked)
    for limit in before.limits:
        if limit.verified:
            after = best(eased(asked, LimitKey(limit.plant, limit.kind, limit.id)))
            adds = max(0.0, (after if after is not None else exact) - exact)
            assert 0 <= limit.gain <= adds + CENTS
            assert limit.gain_most >= adds - CENTS


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_a_gain_is_that_of_a_plan_which_passes_its_inspection(seed):
    plan = planned(question(seed))
    if plan is None:
        return
    gains = explain.verify(plan, limit_keys(plan.model))
    for key, found in gains.items():
        if found.values is not None:
            paper = as_paper(eased(plan.question, key), found.values)
            assert check.check(eased(plan.question, key), paper) == ()
            assert paper.objective - 1000 * plan.earned >= 1000 * found.found - CENTS
    assert sum(found.values is not None for found in gains.values()) > 0


def test_most_of_what_easing_adds_is_found():
    """On small questions, all of it for most limits."""
    found = total = whole = counted = 0
    for seed in range(12):
        plan = planned(question(seed))
        for key, gains in explain.verify(plan, limit_keys(plan.model)).items() if plan else ():
            after = best(eased(plan.question, key))
            adds = 0.0 if after is None else max(0.0, after - 1000 * plan.earned)
            found, total = found + 1000 * gains.found, total + adds
            whole, counted = whole + (1000 * gains.found >= adds - CENTS), counted + 1
    assert counted > 60
    assert found > 0.8 * total
    assert whole > 0.7 * counted


def test_what_is_verified_is_diverse_and_comes_first():
    told = plan_question(tiny.question(), EXACT).limits
    verified = [limit for limit in told if limit.verified]
    assert 0 < len(verified) <= EXACT.limits
    assert len(told) <= 3 * EXACT.limits
    assert list(told[: len(verified)]) == verified
    kinds = Counter(limit.kind for limit in verified)
    assert max(kinds.values()) <= explain.MOST_OF_A_KIND
    assert kinds.keys() == {limit.kind for limit in told}
    assert all(limit.gain is None and limit.gain_most is None for limit in told if limit not in verified)
    assert all(0 <= limit.gain <= limit.gain_most for limit in verified)
    gains = [limit.gain for limit in verified]
    assert gains == sorted(gains, reverse=True)


def test_verifying_leaves_the_program_alone_and_gives_the_same_gains_again():
    plan = planned(tiny.question())
    before = list(plan.model.row_lower), list(plan.model.row_upper), plan.values.copy()
    keys = limit_keys(plan.model)
    first, again = explain.verify(plan, keys), explain.verify(plan, keys)
    assert (plan.model.row_lower, plan.model.row_upper) == before[:2]
    assert (plan.values == before[2]).all()
    assert [(g.found, g.most) for g in first.values()] == [(g.found, g.most) for g in again.values()]


def test_every_limit_of_a_plan_is_told_in_a_sentence():
    for limit in plan_question(tiny.question(), EXACT).limits:
        assert "{" not in limit.sentence
        assert limit.step > 0
        nothing = limit.verified and limit.gain < explain.WORTH_TELLING
        assert limit.sentence.endswith("solving again found no gain." if nothing else "USD.")


@pytest.mark.parametrize("kind", EASINGS)
def test_every_kind_of_limit_is_eased_in_the_question_by_its_step(kind):
    """The program of the eased question has the limit's rows wider by the step, in the row's unit."""
    cap = SharedCap("az-trucks", "az", "trucks", "AZ", 2026, (0, 1, 2, 3), 4)
    asked = replace(tiny.question(), caps=(cap,))
    keys = [key for key in limit_keys(build(asked)) if key.kind == kind]
    assert keys
    for key in keys:
        own, wider = build(asked), build(eased(asked, key))
        step = EASINGS[kind].step * EASINGS[kind].scale
        for row in own.rows_of(key):
            assert wider.row_upper[row] - own.row_upper[row] == pytest.approx(step)
        for row in (row for other in keys if other != key for row in own.rows_of(other)):
            assert wider.row_upper[row] == own.row_upper[row]


def test_improving_changes_only_what_is_free():
    plan = planned(question(2))
    nothing, _ = improve(plan.model, plan.values, plan.values < -1, 50)
    assert nothing is None or nothing == pytest.approx(plan.values)
    everything, used = improve(plan.model, plan.values, plan.values > -1, 50)
    assert everything is not None
    assert used <= 50
    assert replace(plan, values=everything).earned >= plan.earned - 1e-6
