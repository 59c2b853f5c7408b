"""What one more of each would add: verified by planning a changed question again."""

from collections import Counter
from dataclasses import replace

import pytest

from knockdown.planning import explain
from knockdown.planning.hunt import Hunt
from knockdown.planning.milp import build
from knockdown.planning.search import Stop
from knockdown.planning.solve import PlanOptions, plan_question
from tests.planning import tiny
from tests.planning.random_questions import question

EXACT = PlanOptions(work=50_000, gap=0.0, limits=8)
WHOLE = 500.0
"""A limit frees fractions of units; a plan has whole ones, and the best of them may earn so much less."""


def eased(problem, limit):
    """The question with a limit eased by its step."""
    step, name = limit.step, limit.id.partition("/")[0]
    if limit.kind == "demand":
        d = problem.demands[name]
        units = tuple(units + int(step) for units in d.units)
        return replace(problem, demands=dict(problem.demands) | {name: replace(d, units=units)})
    if limit.kind == "line":
        line = problem.lines[name]
        hours = tuple(h + step / (1 - problem.reserve_share) for h in line.regular_h)
        return replace(problem, lines=dict(problem.lines) | {name: replace(line, regular_h=hours)})
    if limit.kind in ("crew", "hiring"):
        c, n = problem.crews[name], int(step)
        hires = {"hire_max": tuple(most + n for most in c.hire_max)}
        more = {"people_max": c.people_max + n} if limit.kind == "crew" else hires
        return replace(problem, crews={name: replace(c, **more)})
    if limit.kind in ("contract", "lots"):
        field = {"contract": "kits_max", "lots": "lots_max_period"}[limit.kind]
        years = tuple(replace(cy, **{field: getattr(cy, field) + int(step)}) for cy in problem.contract_years)
        return replace(problem, contract_years=years)
    if limit.kind == "storage":
        field = {"kits": "kit_places", "finished": "finished_places"}[limit.id]
        return replace(problem, **{field: getattr(problem, field) + step})
    if limit.kind == "credit":
        return replace(problem, money=replace(problem.money, credit_limit=problem.money.credit_limit + step))
    assert limit.kind == "quota"
    return replace(
        problem, quotas=tuple(replace(q, units_max=q.units_max + int(step)) for q in problem.quotas)
    )


@pytest.mark.parametrize("seed", range(24))
def test_a_gain_is_found_again_by_planning_the_eased_question(seed):
    asked = question(seed)
    before = plan_question(asked, EXACT)
    for limit in before.limits if before.objective is not None else ():
        if limit.verified:
            changed = replace(asked, members=(eased(asked.members[0], limit),))
            real = plan_question(changed, replace(EXACT, limits=0)).objective - before.objective
            assert real >= limit.gain - WHOLE
            # More hours of a line are more overtime too, and more orders let more of them wait.
            assert real <= limit.gain_most + 1.0 or limit.kind in ("line", "demand")


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
    assert all(limit.gain <= limit.gain_most for limit in verified)


def test_verifying_leaves_the_program_and_the_order_of_limits_alone():
    model = build(tiny.question())
    rows = list(model.row_lower), list(model.row_upper)
    values = Hunt(tiny.question(), model, Stop(60, 200), 0.001, lambda *_: None).run().values
    verifier = explain._Verifier(tiny.question(), model, values, None)
    keys = sorted({key for key in model.row_key if key is not None and key.kind in explain.EASINGS}, key=str)
    first = {key: verifier.gains(key) for key in keys}
    again = {key: verifier.gains(key) for key in reversed(keys)}
    assert (model.row_lower, model.row_upper) == rows
    for key in keys:
        assert again[key] == pytest.approx(first[key], abs=1.0)


def test_every_limit_of_a_plan_is_told_in_a_sentence():
    for limit in plan_question(tiny.question(), EXACT).limits:
        assert limit.sentence.endswith("USD.")
        assert "{" not in limit.sentence
        assert limit.step > 0
