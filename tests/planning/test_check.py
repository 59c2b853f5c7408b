"""The inspector passes a plan made by hand and names every fault planted in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knockdown.documents.master_plan import Build, Conflict
from knockdown.planning.check import check
from knockdown.planning.check_flow import unserved
from knockdown.planning.check_rows import TABLES
from knockdown.planning.check_sums import TERMS
from knockdown.planning.milp import build
from tests.planning import tiny

JAN, FEB, MAR, APR = tiny.NAMES
MONEY = {
    "lots": ("cost",),
    "sales": ("price",),
    "cash": ("receipts", "payments", "cash", "debt"),
    "plants": ("contribution",),
}


def with_row(plan, table, where, **values):
    """The plan with one row changed; nothing is checked on the way."""
    rows = getattr(plan, table)
    (row,) = [r for r in rows if all(getattr(r, name) == value for name, value in where.items())]
    changed = tuple(r.model_copy(update=values) if r is row else r for r in rows)
    return plan.model_copy(update={table: changed})


def without_row(plan, table, where):
    rows = [r for r in getattr(plan, table) if any(getattr(r, n) != v for n, v in where.items())]
    assert len(rows) == len(getattr(plan, table)) - 1
    return plan.model_copy(update={table: tuple(rows)})


def spec(table, name, **values):
    """Field of the tiny problem with one of its specs changed."""
    specs = getattr(tiny.problem(), table)
    if isinstance(specs, dict):
        return {table: specs | {name: replace(specs[name], **values)}}
    return {table: tuple(replace(s, **values) if i == name else s for i, s in enumerate(specs))}


def money(**values):
    return {"money": replace(tiny.problem().money, **values)}


def named(question, plan, words):
    found = check(question, plan)
    assert any(words in violation for violation in found), "\n".join(found) or "nothing was found"


def test_the_plan_made_by_hand_holds():
    assert check(tiny.question(), tiny.plan()) == ()


def test_the_program_earns_the_same_with_the_decisions_made_by_hand():
    model, plan, wanted = build(tiny.question()), tiny.plan(), {}
    for table, words in (
        ("lots", "lots contract variant"),
        ("build", "build variant"),
        ("sales", "sold demand variant"),
        ("people", "people crew"),
    ):
        column, *names = words.split()
        for row in getattr(plan, table):
            keys = [getattr(row, name) for name in names]
            value = getattr(row, {"sales": "units", "build": "units"}.get(table, column))
            wanted["tiny", column, *keys, tiny.NAMES.index(row.period)] = value
    decided = {key: column for key, column in model.column.items() if key[1] in {k[1] for k in wanted}}
    assert wanted.keys() <= decided.keys()
    for key, column in decided.items():
        model.lower[column] = model.upper[column] = wanted.get(key, 0)
    for (_, kind, *names), column in model.column.items():
        if kind == "lost":  # the program would rather let two wait than lose one
            model.lower[column] = model.upper[column] = names == ["d-flat", 2]
    solver = model.to_highs()
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(tiny.OBJECTIVE / 1000)


def test_a_network_is_told_in_its_own_money():
    plan, rate = tiny.plan(), 0.5
    scaled = {
        table: tuple(
            r.model_copy(update={name: getattr(r, name) * rate for name in names})
            for r in getattr(plan, table)
        )
        for table, names in MONEY.items()
    }
    terms = {name: value * rate for name, value in plan.terms.items()}
    plan = tiny.plan(objective=plan.objective * rate, bound=plan.bound * rate, terms=terms, **scaled)
    assert check(tiny.question(worth=rate), plan) == ()
    named(tiny.question(), plan, "term sales")


# One number changed in the plan: table, row, what is changed, words of the violation.
ROW_FAULTS = [
    ("lots", {"period": JAN}, {"lots": 2}, "t-flat: lots kits"),
    ("lots", {"period": JAN}, {"lots": 2}, f"tiny, {JAN}: maz t-flat"),
    ("lots", {"period": JAN}, {"lots": 1.5}, "lots 1.5 is not a whole number"),
    ("lots", {"period": JAN}, {"kits": 5}, "lots kits: the plan says 5, it is 4"),
    ("lots", {"period": JAN}, {"lot_size": 5}, "lots lot_size"),
    ("lots", {"period": JAN}, {"cost": 39_000.0}, "lots cost"),
    ("lots", {"period": JAN}, {"arrives": MAR}, "lots arrives"),
    ("lots", {"period": JAN}, {"partner": "KAMAZ"}, "lots partner"),
    ("lots", {"period": JAN}, {"variant": "t-none"}, "something the question does not know"),
    ("lots", {"period": JAN}, {"period": "2027-01"}, "something the question does not know"),
    ("lots", {"period": JAN}, {"plant": "other"}, "something the question does not know"),
    ("lots", {"period": FEB}, {"period": MAR}, "may not be ordered"),
    ("lots", {"period": JAN}, {"lots": 5}, "kits ordered in 2026: 26 is more than 20"),
    ("lots", {"period": JAN}, {"lots": 3}, "lots in one period: 3 is more than 2"),
    ("stock", {"period": FEB, "variant": "t-flat"}, {"kits": 5}, "stock kits"),
    ("stock", {"period": FEB, "variant": "t-flat"}, {"kits": -1}, "kits -1 is below zero"),
    ("stock", {"period": JAN, "variant": "t-flat"}, {"kits_in_transit": 4}, "stock kits_in_transit"),
    ("stock", {"period": MAR, "variant": "c-box"}, {"finished": 1}, "c-box: stock finished"),
    ("stock", {"period": FEB, "variant": "t-flat"}, {"kits": 7}, "places for kits"),
    ("stock", {"period": JAN, "variant": "t-flat"}, {"finished": 2}, "places for finished vehicles"),
    ("build", {"period": MAR, "variant": "c-box"}, {"units": 1}, "c-box: stock finished"),
    ("build", {"period": FEB}, {"units": 3}, "t-flat: stock kits"),
    ("build", {"period": APR, "variant": "t-box"}, {"units": 2}, "c-box: stock finished"),
    ("build", {"period": FEB}, {"units": 2.5}, "units 2.5 is not a whole number"),
    ("build", {"period": FEB}, {"hours": 20.0}, "build hours"),
    ("build", {"period": FEB}, {"line": "shop"}, "build line"),
    ("build", {"period": FEB}, {"family": "box"}, "build family"),
    ("build", {"period": FEB}, {"units": 1}, "units are no campaign of 2"),
    ("build", {"period": FEB}, {"units": 0}, "the campaigns say otherwise"),
    ("campaigns", {"period": FEB}, {"starts": True}, "campaigns starts"),
    ("campaigns", {"period": FEB}, {"line": "shop"}, "campaigns line"),
    ("campaigns", {"period": FEB}, {"line_h": 11.0}, "campaigns line_h"),
    ("lines", {"period": APR, "line": "hall"}, {"overtime_h": 0.0}, "hours used of the line"),
    ("lines", {"period": APR, "line": "hall"}, {"overtime_h": 4.0}, "overtime of the line: 4 is more than 3"),
    ("lines", {"period": APR, "line": "hall"}, {"overtime_h": 2.0}, "behind the lines' overtime: 8"),
    ("lines", {"period": JAN, "line": "test"}, {"used_h": 2.0}, "lines used_h"),
    ("lines", {"period": JAN, "line": "test"}, {"available_h": 40.0}, "lines available_h"),
    ("people", {"period": FEB}, {"people": 2}, "people people: the plan says 2, it is 1"),
    ("people", {"period": FEB}, {"people": 0}, "people are fewer than 1"),
    ("people", {"period": FEB}, {"people": 4}, "people: 4 is more than 3"),
    ("people", {"period": FEB}, {"hired": 1}, "people people"),
    ("people", {"period": FEB}, {"left": 2}, "people people"),
    ("people", {"period": FEB}, {"hired": 2, "left": 3}, "people hired: 2 is more than 1"),
    ("people", {"period": FEB}, {"available_h": 33.0}, "people available_h"),
    ("people", {"period": FEB}, {"idle_h": 0.0}, "people idle_h"),
    ("people", {"period": FEB}, {"used_h": 20.0}, "hours used are not the 24 h"),
    ("people", {"period": FEB}, {"used_h": 31.0}, "hours worked: 31 is more than 30"),
    ("people", {"period": FEB}, {"overtime_h": 7.0}, "overtime of the crew: 7 is more than 6"),
    ("people", {"period": JAN}, {"people": 1}, "too few hours for the skills fit"),
    ("sales", {"period": JAN}, {"units": 1}, "asked for"),
    ("sales", {"period": JAN}, {"units": 1}, "stock finished"),
    ("sales", {"period": MAR, "form": "kit"}, {"units": 2}, "stock kits"),
    ("sales", {"period": JAN}, {"price": 15_000.0}, "sales price"),
    ("sales", {"period": JAN}, {"channel": "lessor"}, "sales channel"),
    ("sales", {"period": JAN}, {"market": "ge"}, "sales market"),
    ("sales", {"period": JAN}, {"form": "kit"}, "sales form"),
    ("sales", {"period": JAN}, {"variant": "t-box"}, "something the question does not know"),
    ("sales", {"period": JAN}, {"units": 4}, "units sold in 2026: 9 is more than 8"),
    ("sales", {"period": JAN}, {"units": 4}, "12 units share cap trucks-az of 10"),
    ("orders", {"period": MAR, "demand": "d-flat"}, {"asked": 4}, "orders asked"),
    ("orders", {"period": MAR, "demand": "d-flat"}, {"lost": 0}, "asked for"),
    ("orders", {"period": MAR, "demand": "d-flat"}, {"waiting": 2}, "asked for"),
    ("orders", {"period": APR, "demand": "d-flat"}, {"waiting": 3}, "waiting beyond patience: 3"),
    ("orders", {"period": FEB, "demand": "d-box"}, {"lost": 1}, "firm orders are lost"),
    ("cash", {"period": FEB}, {"receipts": 70_000.0}, "cash receipts"),
    ("cash", {"period": FEB}, {"payments": 19_000.0}, "cash payments"),
    ("cash", {"period": FEB}, {"cash": 50_000.0}, "cash less debt"),
    ("cash", {"period": JAN}, {"debt": 9_000.0}, "cash less debt"),
    ("cash", {"period": JAN}, {"debt": 50_000.0}, "debt: 50,000 is more than 40,000"),
    ("cash", {"period": JAN}, {"debt": float("nan")}, "below zero or not a number"),
    ("plants", {"plant": "tiny"}, {"contribution": 1.0}, "says it contributes 1"),
]


@pytest.mark.parametrize(("table", "where", "values", "words"), ROW_FAULTS)
def test_a_wrong_number_is_named(table, where, values, words):
    named(tiny.question(), with_row(tiny.plan(), table, where, **values), words)


@pytest.mark.parametrize("table", TABLES)
def test_no_cell_of_a_row_goes_unseen(table):
    plan = tiny.plan()
    for row in getattr(plan, table):
        for name in type(row).model_fields:
            value = getattr(row, name)
            other = not value if isinstance(value, bool) else "else" if isinstance(value, str) else value + 1
            changed = [r.model_copy(update={name: other}) if r is row else r for r in getattr(plan, table)]
            assert check(tiny.question(), plan.model_copy(update={table: tuple(changed)})), f"{name} of {row}"


# Rows that hold the plan together.
@pytest.mark.parametrize(
    ("table", "where", "words"),
    [
        ("lots", {"period": JAN}, "stock kits"),
        ("build", {"period": FEB}, "stock finished"),
        ("campaigns", {"period": FEB}, "the campaigns say otherwise"),
        ("lines", {"period": JAN, "line": "hall"}, "lines used_h"),
        ("people", {"period": FEB}, "people are fewer than 1"),
        ("stock", {"period": FEB, "variant": "t-flat"}, "stock kits"),
        ("sales", {"period": JAN}, "asked for"),
        ("orders", {"period": JAN, "demand": "d-flat"}, "orders asked"),
        ("cash", {"period": MAR}, "cash less debt"),
    ],
)
def test_a_missing_row_is_named(table, where, words):
    named(tiny.question(), without_row(tiny.plan(), table, where), words)


def test_a_row_told_twice_is_named():
    plan = tiny.plan()
    named(tiny.question(), plan.model_copy(update={"build": plan.build + plan.build[:1]}), "stands twice")


def test_a_campaign_without_a_unit_is_named():
    plan = tiny.plan()
    extra = plan.campaigns[0].model_copy(update={"period": FEB, "starts": False})
    named(
        tiny.question(), plan.model_copy(update={"campaigns": (*plan.campaigns, extra)}), "0 units are built"
    )


# A rule of the question made tighter until the plan breaks it.
RULES = [
    (spec("lot_lines", 0, may_order=(False, True, True, True)), "lots may not be ordered"),
    (spec("lot_lines", 0, lead_periods=2), "stock kits"),
    (spec("lot_lines", 0, lead_periods=2), "lots arrives"),
    (spec("lot_lines", 0, pay_periods=0), "cash payments"),
    (spec("lot_lines", 0, prepaid_share=1.0), "cash payments"),
    (spec("opening_lots", 0, arrives=1), "t-box: stock kits"),
    (spec("opening_lots", 0, unpaid=9_000.0), "cash payments"),
    (spec("opening_lots", 0, pays=0), "cash payments"),
    (spec("contract_years", 0, kits_max=9), "kits ordered in 2026: 10 is more than 9"),
    (spec("contract_years", 0, lots_max_period=0), "lots in one period: 1 is more than 0"),
    (spec("contract_years", 0, kits_min=13), "term contract_shortfall"),
    (spec("variants", "t-flat", buildable=(True, False, True, True)), "may not be built"),
    (spec("variants", "c-box", needs_kit=True), "c-box: stock kits"),
    (spec("variants", "t-box", needs=(("c-box", 2),)), "c-box: stock finished"),
    (spec("variants", "t-flat", opening_in_work=3), "hall: lines used_h"),
    (spec("variants", "t-flat", opening_in_work=3), "too few hours for the skills fit, test"),
    (spec("variants", "t-flat", opening_finished=2), "t-flat: stock finished"),
    (spec("families", "truck", campaign_min_units=3), "units are no campaign of 3"),
    (spec("families", "truck", open_at_start=False), "campaigns starts"),
    (spec("families", "truck", changeover_h=7.0), "hall: hours used of the line: 20 is more than 16"),
    (spec("families", "truck", relearn_h={"fit": 30.0}), "too few hours for the skills fit"),
    (spec("lines", "shop", families=("box", "truck")), "lines used_h"),
    (spec("lines", "test", regular_h=(2.0, 2.0, 2.0, 2.0)), "test: hours used of the line: 3 is more than 2"),
    (spec("crews", "crew", skills=("fit", "test")), "too few hours for the skills weld"),
    (spec("crews", "crew", people_open=3), "people people"),
    (spec("crews", "crew", hire_max=(1, 1, 1, 0)), "people hired"),
    (spec("crews", "crew", overtime_max_share=0.05), "overtime of the crew"),
    (spec("demands", "d-flat", may_sell={"t-flat": (False, True, True, True)}), "may not be sold"),
    (spec("demands", "d-flat", patience=0), "waiting beyond patience"),
    (spec("demands", "d-flat", firm=True), "1 firm orders are lost"),
    (spec("demands", "d-flat", pay_periods=0), "cash receipts"),
    (spec("quotas", 0, units_max=6), "units sold in 2026: 7 is more than 6"),
    ({"reserve_share": 0.5}, "hours used of the line"),
    ({"reserve_share": 0.5}, "hours worked"),
    ({"reserve_share": 0.5}, "too few hours for the skills"),
    ({"kit_places": 9.0}, "places for kits: 10 is more than 9"),
    ({"finished_places": 10.0}, "places for finished vehicles: 11 is more than 10"),
    (money(credit_limit=8_000.0), "debt: 8,235.50 is more than 8,000"),
    (money(interest=(0.02,) * 4), "cash payments"),
    (money(fixed_cost=(1_100.0,) * 4), "cash payments"),
    (money(opening_cash=21_000.0), "cash less debt"),
]


@pytest.mark.parametrize(("changes", "words"), RULES)
def test_a_broken_rule_is_named(changes, words):
    named(tiny.question(**changes), tiny.plan(), words)


@pytest.mark.parametrize(
    ("changes", "term"),
    [
        (spec("demands", "d-flat", price=(15_000.0,) * 4), "sales"),
        (spec("demands", "d-flat", delivery_cost=(90.0,) * 4), "delivery"),
        (spec("lot_lines", 1, kit_price=(9_000.0,) * 4), "kits"),
        (spec("variants", "c-box", local_cost=(1_900.0,) * 4), "local_parts"),
        (spec("crews", "crew", wage=(900.0,) * 4), "wages"),
        (spec("crews", "crew", overtime_cost_h=(14.0,) * 4), "overtime"),
        (spec("crews", "crew", hire_cost=(190.0,) * 4), "hiring"),
        (spec("crews", "crew", leave_cost=(290.0,) * 4), "leaving"),
        (money(holding=(0.002,) * 4), "holding"),
        (money(interest=(0.02,) * 4), "interest"),
        (spec("demands", "d-flat", late_cost=(40.0,) * 4), "late_orders"),
        (spec("demands", "d-flat", lost_cost=(70.0,) * 4), "lost_orders"),
        (spec("contract_years", 0, penalty=90.0), "contract_shortfall"),
        (money(closing_value_share=0.7), "closing_stock"),
        (spec("opening_lots", 1, value=19_000.0), "opening_stock"),
    ],
)
def test_a_wrong_price_is_named_by_its_term(changes, term):
    named(tiny.question(**changes), tiny.plan(), f"term {term}: the plan says")


@pytest.mark.parametrize("term", TERMS)
def test_a_wrong_term_is_named(term):
    plan = tiny.plan()
    found = check(tiny.question(), tiny.plan(terms=plan.terms | {term: plan.terms[term] + 1.0}))
    assert len(found) == 2
    assert found[0].startswith(f"term {term}: the plan says")
    assert found[1].startswith("the terms sum to 46,366.6")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"terms": tiny.TERMS | {"fixed_costs": -4_000.0}}, "term fixed_costs"),
        ({"terms": {}}, "term sales"),
        ({"objective": 46_000.0}, "the terms sum to 46,365.6"),
        ({"bound": 46_000.0}, "the bound 46,000 is below the objective"),
        ({"bound": None}, "a plan needs a bound and a gap"),
        ({"gap": None}, "a plan needs a bound and a gap"),
        ({"gap": 0.05}, "the gap 0.05 is not"),
        ({"plant": "other"}, "plant: the plan says other"),
        ({"currency": "AZN"}, "currency: the plan says AZN"),
        ({"periods": tiny.NAMES[:3]}, "periods: the plan says"),
        ({"objective": None}, "the status is feasible, and the objective is None"),
        ({"status": "unknown"}, "the status is unknown, and the objective is"),
        ({"status": "infeasible", "objective": None}, "names no conflict"),
    ],
)
def test_a_wrong_head_is_named(changes, words):
    named(tiny.question(), tiny.plan(**changes), words)


def test_no_plan_may_be_the_answer():
    conflict = Conflict(members=("one", "other"), proof="smallest", cheapest_fix=())
    assert check(tiny.question(), tiny.plan(status="infeasible", objective=None, conflict=conflict)) == ()
    assert check(tiny.question(), tiny.plan(status="unknown", objective=None)) == ()


def test_a_shared_line_changes_over_every_period():
    """With a second family on the shop, boxes built in January and February lose an hour each time."""
    shared = spec("lines", "shop", families=("box", "cart"))
    families = tiny.problem().families
    cart = replace(families["box"], id="cart")
    question = tiny.question(**shared, families=families | {"cart": cart})
    extra = Build(plant="tiny", period=FEB, line="shop", family="box", variant="c-box", units=1, hours=8.0)
    plan = tiny.plan(build=(*tiny.plan().build, extra))
    named(question, plan, f"{FEB}: shop: lines used_h: the plan says 0, it is 7")
    named(tiny.question(), plan, f"{FEB}: shop: lines used_h: the plan says 0, it is 6")


SKILLS = ("fit", "paint", "test", "weld")


@given(
    need=st.fixed_dictionaries({skill: st.integers(0, 9) for skill in SKILLS}),
    crews=st.lists(st.tuples(st.integers(0, 9), st.sets(st.sampled_from(SKILLS))), max_size=5),
)
def test_hours_are_served_just_when_every_group_of_skills_has_enough(need, crews):
    give = {f"c{i}": float(hours) for i, (hours, _) in enumerate(crews)}
    skills = {f"c{i}": tuple(sorted(has)) for i, (_, has) in enumerate(crews)}

    def lacks(group):
        return sum(need[s] for s in group) > sum(give[c] for c in give if group & set(skills[c]))

    groups = [{s for i, s in enumerate(SKILLS) if mask >> i & 1} for mask in range(1, 16)]
    short = unserved(need, give, skills)
    assert bool(short) == any(lacks(group) for group in groups)
    assert not short or lacks(set(short))
