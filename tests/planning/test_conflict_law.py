"""Laws of conflicts and fixes, against the program itself on small random questions.

Conditions are dropped and fixes applied in the question (or, for late orders, by what the program may
exceed), never by the code that looks for conflicts.
"""

import os
from dataclasses import replace

import pytest

from knockdown.planning import conflict
from knockdown.planning.conflict_fix import FIX_GAP
from knockdown.planning.conflict_probe import Probe
from knockdown.planning.engine import Effort, solve_model
from knockdown.planning.milp import build
from knockdown.planning.milp_block import MONEY
from knockdown.planning.over import only_over_costs, without_over
from knockdown.planning.solve import PlanOptions, plan_question
from tests.planning import random_questions

LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
EXACT = PlanOptions(work=50_000, gap=0.0, limits=0)
PLENTY = 500
ASKED = [("question", seed) for seed in range(400 if LONG else 60)]
ASKED += [("strict", seed) for seed in range(400 if LONG else 60)]
ASKED += [("question", seed) for seed in (176, 201, 280, 381) if not LONG]
"""The last ones conflict in whole numbers only."""


def ask(kind, seed):
    return getattr(random_questions, kind)(seed)


def possible(model):
    """Whether the program has any answer, by the solver alone and to the end."""
    found = solve_model(replace(model, gain=[0.0] * model.n_columns), Effort(seconds=60, gap=1.0))
    assert found.status in ("optimal", "feasible", "infeasible")
    return found.values is not None


def can_be_planned(asked):
    return possible(without_over(build(asked)))


def dropped(problem, key):
    """The question without a condition."""
    if key.kind == "firm":
        late = replace(problem.demands[key.id], firm=False, patience=problem.n_periods)
        return replace(problem, demands={**problem.demands, key.id: late})
    if key.kind == "line":
        line = problem.lines[key.id]
        free = replace(line, regular_h=tuple(h + 10 * PLENTY for h in line.regular_h))
        return replace(problem, lines={**problem.lines, key.id: free})
    if key.kind in ("crew", "hiring", "least"):
        crew = problem.crews[key.id]
        much = {
            "crew": {"people_max": PLENTY},
            "hiring": {"hire_max": (PLENTY,) * problem.n_periods},
            "least": {"people_min": 0},
        }
        return replace(problem, crews={key.id: replace(crew, **much[key.kind])})
    if key.kind in ("contract", "lots"):
        field = {"contract": "kits_max", "lots": "lots_max_period"}[key.kind]
        years = tuple(replace(year, **{field: PLENTY}) for year in problem.contract_years)
        return replace(problem, contract_years=years)
    if key.kind == "storage":
        field = {"kits": "kit_places", "finished": "finished_places"}[key.id]
        return replace(problem, **{field: 1e5})
    if key.kind == "credit":
        return replace(problem, money=replace(problem.money, credit_limit=1e8))
    if key.kind == "campaign":
        family = replace(problem.families[key.id], campaign_min_units=0)
        return replace(problem, families={**problem.families, key.id: family})
    if key.kind in ("fixed_lots", "fixed_units"):
        others = (f for f in problem.fixed if (f"fixed_{f.what}", f.id) != (key.kind, key.id))
        return replace(problem, fixed=tuple(others))
    assert key.kind == "quota"
    return replace(problem, quotas=tuple(replace(q, units_max=PLENTY) for q in problem.quotas))


def only(asked, kept, names):
    """The question with nothing but these conditions, and what is no condition, in force."""
    (problem,) = asked.members
    for key in names:
        if key not in kept:
            problem = dropped(problem, key)
    return replace(asked, members=(problem,))


def members_of(asked, paper):
    """The conditions that the paper's sentences stand for, and all there are."""
    names = Probe(asked, build(asked)).names
    by_phrase = {conflict._phrase(asked, key): key for key in names}
    return [by_phrase[phrase] for phrase in paper.conflict.members], names


def fixed(asked, fixes):
    """The program of the question with the fix applied, firm orders late where the fix says so."""
    (problem,) = asked.members
    names = [p.name for p in problem.periods]
    late = {(f.id, f.period): f.amount for f in fixes if f.kind == "firm"}
    for kind, name in {(f.kind, f.id) for f in fixes if f.kind != "firm"}:
        amounts = {names.index(f.period): f.amount for f in fixes if (f.kind, f.id) == (kind, name)}
        problem = widened(problem, kind, name, amounts)
    model = build(replace(asked, members=(problem,)))
    for key, column in model.column.items():
        if key[1] == "over":
            model.upper[column] = late.get((key[3], names[key[4]]), 0.0) if key[2] == "firm" else 0.0
    return model


def widened(problem, kind, name, amounts):
    most, times = max(amounts.values()), range(problem.n_periods)
    if kind == "credit":
        money = replace(problem.money, credit_limit=problem.money.credit_limit + most)
        return replace(problem, money=money)
    if kind == "storage":
        field = {"kits": "kit_places", "finished": "finished_places"}[name]
        return replace(problem, **{field: getattr(problem, field) + most})
    if kind == "line":
        line, kept = problem.lines[name], 1 - problem.reserve_share
        hours = tuple(line.regular_h[t] + amounts.get(t, 0.0) / kept for t in times)
        return replace(problem, lines={**problem.lines, name: replace(line, regular_h=hours)})
    crew = problem.crews[name]
    change = {
        "crew": {"people_max": crew.people_max + int(most)},
        "least": {"people_min": crew.people_min - int(most)},
        "hiring": {"hire_max": tuple(crew.hire_max[t] + int(amounts.get(t, 0)) for t in times)},
    }
    return replace(problem, crews={name: replace(crew, **change[kind])})


def cost(priced, periods, fixes):
    """What the fix costs in the program, at most: an amount of money or places may be rounded up."""
    total = 0.0
    for f in fixes:
        amount = f.amount - 1 if f.kind in ("credit", "storage") else f.amount
        price = priced.gain[priced.column["tiny", "over", f.kind, f.id, periods.index(f.period)]]
        total -= price * amount / (MONEY if f.kind == "credit" else 1)
    return total


@pytest.mark.parametrize(("kind", "seed"), ASKED)
def test_a_question_without_a_plan_has_a_conflict_of_which_no_member_can_be_spared(kind, seed):
    asked = ask(kind, seed)
    paper = plan_question(asked, EXACT)
    if can_be_planned(asked):
        assert paper.status in ("optimal", "feasible")
        return
    assert paper.status == "infeasible"
    core, names = members_of(asked, paper)
    assert paper.conflict.proof in ("smallest", "irreducible")
    assert not can_be_planned(only(asked, core, names))
    for key in core:
        assert can_be_planned(only(asked, [other for other in core if other != key], names))


@pytest.mark.parametrize(("kind", "seed"), ASKED)
def test_the_fix_makes_a_plan_possible_and_nothing_cheaper_does(kind, seed):
    asked = ask(kind, seed)
    model = build(asked)
    found = conflict.explain(asked, model)
    if found is None:
        return
    assert found.fix_proof in ("cheapest", "enough")
    assert possible(fixed(asked, found.cheapest_fix))
    priced = only_over_costs(model)
    best = solve_model(priced, Effort(seconds=60, gap=0.0))
    if found.fix_proof == "cheapest" and best.status == "optimal":
        paid = cost(priced, [p.name for p in asked.periods], found.cheapest_fix)
        assert paid <= -(1 + FIX_GAP) * best.objective + 1e-3
