"""What cannot hold together is named exactly, and the cheapest fix mends it."""

from collections import defaultdict
from dataclasses import replace

import pytest

from knockdown.planning.conflict import NOTHING_NAMED
from knockdown.planning.conflict_probe import Probe
from knockdown.planning.milp import build
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


def hall(hours):
    return {"lines": dict(P.lines) | {"hall": replace(P.lines["hall"], regular_h=(hours,) * 4)}}


def begun(units):
    return {"variants": dict(P.variants) | {"t-flat": replace(P.variants["t-flat"], opening_in_work=units)}}


def stocked(finished):
    t_flat = replace(P.variants["t-flat"], opening_finished=finished, opening_in_work=0)
    return {"variants": dict(P.variants) | {"t-flat": t_flat}}


BIG_ORDER = demand("d-flat", units=(2, 4, 4, 2), firm=True, patience=0)
SOFT_ORDER = demand("d-flat", units=(2, 4, 4, 2), patience=0)
LATER_ORDER, LATER_SOFT = (
    {"demands": {"d-flat": replace(P.demands["d-flat"], units=(0, 0, 4, 4), firm=firm, patience=0)}}
    for firm in (True, False)
)
MANY = crew(people_max=9, people_open=5, hire_max=(9,) * 4)
EARLY = demand("d-box", units=(5, 2, 0, 1), patience=0)
OWED = {"opening_lots": (replace(P.opening_lots[0], unpaid=60_000.0), P.opening_lots[1])}
POOR = money(opening_cash=0.0, credit_limit=2_000.0)
SLOW = crew(people_max=1, people_open=1)
FEW_KITS = contract(kits_max=4, kits_min=0)

WIDE = quota(99) | contract(kits_max=99)
NARROW = quota(3) | contract(kits_max=99)
FIRM_FLAT, FIRM_BOX = (f"{name} must be delivered in full and on time" for name in ("d-flat", "d-box"))
HALL = f"{P.lines['hall'].name} runs no longer than its shifts and overtime"

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
    "a hall with too few hours for a firm order": (
        LATER_ORDER | WIDE | begun(0) | MANY | hall(3.0),
        {
            FIRM_FLAT: LATER_SOFT | WIDE | begun(0) | MANY | hall(3.0),
            HALL: LATER_ORDER | WIDE | begun(0) | MANY | hall(90.0),
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


def test_work_begun_that_nobody_can_finish_is_no_named_condition():
    paper = planned(begun(2) | crew(skills=("test", "weld")))
    assert paper.status == "infeasible"
    assert paper.conflict.members == (NOTHING_NAMED,)
    assert paper.conflict.proof == "conflicting"
    assert paper.conflict.cheapest_fix == ()
    assert paper.conflict.fix_proof == "none"


def test_more_work_begun_than_people_can_finish_takes_more_people():
    stuck = begun(8) | crew(people_open=0, people_min=0, people_max=1, hire_max=(9,) * 4)
    paper = planned(stuck | {"finished_places": 99.0})
    assert paper.status == "infeasible"
    assert set(paper.conflict.members) == {"no more than 1 Crew"}
    assert {fix.kind for fix in paper.conflict.cheapest_fix} >= {"crew"}
    assert paper.conflict.fix_proof == "cheapest"


def test_too_few_people_and_no_hiring_conflict_with_the_least():
    paper = planned(crew(people_open=1, people_min=3, people_max=5, hire_max=(1,) * 4))
    assert set(paper.conflict.members) == {"no fewer than 3 Crew", "Crew are hired no faster than allowed"}
    assert [fix.sentence for fix in paper.conflict.cheapest_fix] == [
        "hire 1 more Crew than allowed in 2026-01"
    ]


def test_when_only_whole_numbers_conflict_the_set_and_the_fix_are_whole():
    """Five kits come in one lot and the store has two places for what is left; part of a lot would do."""
    asked = strict_lots()
    probe = Probe(asked, build(asked))
    assert probe.relaxed(probe.names)
    paper = plan_question(asked, EXACT)
    assert paper.status == "infeasible"
    assert paper.conflict.proof == "smallest"
    assert "never more than 2 kits in the store" in paper.conflict.members
    assert all(fix.amount == int(fix.amount) for fix in paper.conflict.cheapest_fix)


def strict_lots():
    (line,) = (k for k in P.lot_lines if k.variant == "t-flat")
    lots = (replace(line, lot_size=5, lead_periods=1, may_order=(True, True, True, True)),)
    demands = {"d-flat": replace(P.demands["d-flat"], units=(0, 2, 2, 0), firm=True, patience=0)}
    flat = replace(P.variants["t-flat"], opening_finished=0, opening_in_work=0)
    return replace(
        tiny.question(
            lot_lines=lots, demands=demands, opening_lots=(), kit_places=2.0, finished_places=0.0, quotas=(),
            variants=dict(P.variants) | {"t-flat": flat}, **crew(people_max=9),
        ),
        caps=(),
    )  # fmt: skip
