"""What cannot hold together is named exactly, and the cheapest fix mends it."""

from collections import defaultdict
from dataclasses import replace

import pytest

from knockdown.planning.solve import PlanOptions, plan_question
from tests.planning import tiny

P = tiny.problem()
EXACT = PlanOptions(work=20_000, gap=0.0, limits=0)


def planned(changes):
    asked = replace(tiny.question(**changes), caps=())
    return plan_question(asked, EXACT)


def demand(name, **values):
    return {"demands": dict(P.demands) | {name: replace(P.demands[name], **values)}}


def money(**values):
    return {"money": replace(P.money, **values)}


def crew(**values):
    return {"crews": {"crew": replace(P.crews["crew"], **values)}}


def contract(**values):
    return {"contract_years": (replace(P.contract_years[0], **values),)}


def quota(most):
    return {"quotas": (replace(P.quotas[0], units_max=most),)}


def stocked(finished):
    t_flat = replace(P.variants["t-flat"], opening_finished=finished, opening_in_work=0)
    return {"variants": dict(P.variants) | {"t-flat": t_flat}}


BIG_ORDER = demand("d-flat", units=(2, 4, 4, 2), firm=True, patience=0)
SOFT_ORDER = demand("d-flat", units=(2, 4, 4, 2), patience=0)
EARLY = demand("d-box", units=(5, 2, 0, 1), patience=0)
OWED = {"opening_lots": (replace(P.opening_lots[0], unpaid=60_000.0), P.opening_lots[1])}
POOR = money(opening_cash=0.0, credit_limit=2_000.0)
SLOW = crew(people_max=1, people_open=1)
FEW_KITS = contract(kits_max=4, kits_min=0)

WIDE = quota(99) | contract(kits_max=99)
NARROW = quota(3) | contract(kits_max=99)
FIRM_FLAT, FIRM_BOX = (f"{name} must be delivered in full and on time" for name in ("d-flat", "d-box"))

# What is asked, the conditions that cannot hold together, and for each of them the same question without it.
CASES = {
    "an order before any kit can come": (
        EARLY,
        {FIRM_BOX: demand("d-box", units=(5, 2, 0, 1), firm=False)},
    ),
    "a quota below a firm order": (
        BIG_ORDER | NARROW,
        {FIRM_FLAT: SOFT_ORDER | NARROW, "the quota for Trucks in az": BIG_ORDER | WIDE},
    ),
    "a contract with fewer kits than a firm order needs": (
        BIG_ORDER | quota(99) | FEW_KITS,
        {
            FIRM_FLAT: SOFT_ORDER | quota(99) | FEW_KITS,
            "no more kits than MAZ kits in 2026 allows": BIG_ORDER | WIDE,
        },
    ),
    "a crew too small for a firm order": (
        BIG_ORDER | WIDE | SLOW,
        {
            FIRM_FLAT: SOFT_ORDER | WIDE | SLOW,
            "no more than 1 Crew": BIG_ORDER | WIDE | crew(people_max=9, people_open=1, hire_max=(9,) * 4),
        },
    ),
    "less credit than is owed for kits on the way": (
        OWED | POOR,
        {"debt never above 2,000 USD": OWED | money(opening_cash=0.0, credit_limit=90_000.0)},
    ),
    "more vehicles at the start than places": (
        stocked(6) | {"finished_places": 4.0},
        {"never more than 4 finished vehicles in the store": stocked(6) | {"finished_places": 99.0}},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_is_the_planted_one_and_no_member_can_be_spared(name):
    changes, ways_out = CASES[name]
    paper = planned(changes)
    assert paper.status == "infeasible"
    assert paper.objective is None
    assert paper.lots == paper.build == paper.sales == ()
    assert set(paper.conflict.members) == set(ways_out)
    assert paper.conflict.proof == "smallest"
    for without in ways_out.values():
        assert planned(without).status in ("optimal", "feasible")


def fixes(changes, kind):
    found = planned(changes).conflict.cheapest_fix
    assert found
    assert {fix.kind for fix in found} == {kind}
    assert all(fix.amount > 0 and f"{fix.amount:,.0f}" in fix.sentence for fix in found)
    return found


def moved(units, amounts, share=1.0):
    """Promises moved a month on, by what is late at each month's end."""
    units = list(units)
    for t, amount in amounts.items():
        units[t] -= round(share * amount)
        if t + 1 < len(units):
            units[t + 1] += round(share * amount)
    return tuple(units)


@pytest.mark.parametrize(("name", "changes"), [("d-box", EARLY), ("d-flat", BIG_ORDER | NARROW)])
def test_delivering_as_late_as_the_fix_says_makes_a_plan(name, changes):
    late = {tiny.NAMES.index(fix.period): fix.amount for fix in fixes(changes, "firm") if fix.id == name}
    asked = changes["demands"][name]
    for share, status in ((1.0, ("optimal", "feasible")), (0.5, ("infeasible",))):
        eased = {name: replace(asked, units=moved(asked.units, late, share))}
        assert planned(changes | {"demands": dict(changes["demands"]) | eased}).status in status


def test_the_credit_that_the_fix_asks_for_makes_a_plan():
    """The fix is the relaxation's: with people to hire or not it may stop short of a whole person's wage."""
    fixed = OWED | crew(people_min=2, people_max=2)
    more = max(fix.amount for fix in fixes(fixed | POOR, "credit"))
    for share, status in ((1.0, ("optimal", "feasible")), (0.9, ("infeasible",))):
        limit = POOR["money"].credit_limit + share * more + (1.0 if share == 1.0 else 0.0)
        assert planned(fixed | money(opening_cash=0.0, credit_limit=limit)).status in status


def test_the_places_that_the_fix_asks_for_make_a_plan():
    found = fixes(stocked(6) | {"finished_places": 4.0}, "storage")
    more = defaultdict(float)
    for fix in found:
        more[fix.id] = max(more[fix.id], fix.amount)
    assert set(more) == {"finished"}
    for share, status in ((1.0, ("optimal", "feasible")), (0.9, ("infeasible",))):
        places = 4.0 + share * more["finished"]
        assert planned(stocked(6) | {"finished_places": places}).status in status
