"""What is cut from plant and plan: order of units, kits, people, learning."""

from dataclasses import replace

import pytest
import simulating_tiny as tiny

from knockdown.simulating.arrays import line_order
from knockdown.simulating.ordering import Learning, interleave
from knockdown.simulating.play import prepare
from knockdown.simulating.run import build_calendar
from knockdown.simulating.scenario import from_plant
from knockdown.simulating.staffing import spread_people
from knockdown.simulating.statistics import t_975


def two_families(**changes):
    """The tiny plant with trucks and buses on one line."""
    plant = tiny.plant()
    bus = plant.families["bus"].model_copy(update={"line": "heavy"})
    elements = {
        name: e.model_copy(update={"station": {"l1": "h1", "l2": "h2"}.get(e.station, e.station)})
        for name, e in plant.work_elements.items()
    }
    return replace(plant, families={**plant.families, "bus": bus}, work_elements=elements, **changes)


def on_heavy(row):
    return row.model_copy(update={"line": "heavy"})


def test_campaigns_run_over_the_turn_of_the_month():
    months = [("t-short", 3), ("b-city", 2)]
    builds = [on_heavy(tiny.build(m, v, n)) for m in range(3) for v, n in months]
    calendar = build_calendar(two_families(stock=()), tiny.plan(build=builds, campaigns=(), sales=()))
    families = [u.family for u in calendar.units]
    assert families == ["truck"] * 3 + ["bus"] * 4 + ["truck"] * 6 + ["bus"] * 2


def test_a_change_of_family_costs_the_changeover():
    def last_start(changeover_h):
        plant = two_families(stock=())
        bus = plant.families["bus"].model_copy(update={"changeover_h": changeover_h})
        builds = [on_heavy(tiny.build(0, v, 1)) for v in ("t-short", "b-city")]
        plan = tiny.plan(build=builds, campaigns=(), sales=(), people=())
        rehearsal = prepare(from_plant(replace(plant, families={**plant.families, "bus": bus}), plan))
        return int(rehearsal.planned.log.done[3])  # the bus at station h1

    assert last_start(3) - last_start(1) == 2 * 3_600_000


def test_kits_are_used_first_in_first_out():
    calendar = build_calendar(tiny.plant(), tiny.plan())
    shorts = [u.kit_lot for u in calendar.units if u.variant == "t-short" and u.kit_lot]
    assert shorts[:20] == ["L1"] * 20
    assert shorts[20:] == sorted(shorts[20:])
    assert {name.rpartition(".")[0] for name in shorts[20:]} == {"k.2026-02.t-short"}
    assert len(shorts) == 72
    assert [u.kit_lot for u in calendar.units if "-W" in u.unit] == ["", ""]


def test_a_lot_on_the_way_is_waited_for_and_others_go_ahead():
    calendar = build_calendar(tiny.plant(), tiny.plan())
    first_long = next(u for u in calendar.units if u.variant == "t-long")
    assert first_long.starts_on == "2026-02-09T08:00:00"
    assert sum(u.starts_on < first_long.starts_on and u.line == "heavy" for u in calendar.units) > 10


def test_no_unit_starts_before_its_period():
    assert all(u.starts_on[:7] >= u.period for u in build_calendar(tiny.plant(), tiny.plan()).units)


def test_units_leave_late_when_the_month_is_too_short():
    calendar = build_calendar(tiny.plant(), tiny.plan(build=(tiny.build(3, "b-city", 60),), sales=()))
    assert 0 < calendar.late_units < 60


def test_rows_of_other_plants_are_left_out():
    rows = (*tiny.BUILDS, tiny.BUILDS[0].model_copy(update={"plant": "elsewhere", "variant": "x"}))
    assert from_plant(tiny.plant(), tiny.plan(build=rows)) == from_plant(tiny.plant(), tiny.plan())


def test_shops_come_before_the_lines_they_feed_and_bays_after():
    scenario = from_plant(tiny.plant(), tiny.plan())
    order = [scenario.lines[i].id for i in line_order(scenario)]
    assert order.index("shop") < order.index("heavy") < order.index("bay") > order.index("long")


def test_lines_in_a_circle_are_named():
    plant = tiny.plant()
    body = plant.variants["c-body"].model_copy(update={"needs": (("t-long", 1),)})
    plant = replace(plant, variants={**plant.variants, "c-body": body})
    with pytest.raises(ValueError, match="circle"):
        build_calendar(plant, tiny.plan())


def test_a_plan_without_periods_is_refused():
    with pytest.raises(ValueError, match="no periods"):
        from_plant(tiny.plant(), tiny.plan(periods=(), build=(), sales=(), campaigns=(), people=(), lots=()))


def test_a_plan_older_than_the_plant_is_refused():
    row = tiny.BUILDS[0].model_copy(update={"variant": "t-gone"})
    with pytest.raises(ValueError, match="variant t-gone, unknown to the plant; plan it again"):
        from_plant(tiny.plant(), tiny.plan(build=(row,)))


def test_fewer_people_go_where_the_work_is():
    content, wanted = [300.0, 200.0, 60.0], [2.0, 2.0, 2.0]
    supply = spread_people(4.0, content, wanted)
    times = [h / w / s for h, w, s in zip(content, wanted, supply, strict=True)]
    people = [w * s for w, s in zip(wanted, supply, strict=True)]
    assert sum(people) == pytest.approx(4.0)
    assert times[0] == 150.0  # the slowest station keeps its people
    assert times[1] == pytest.approx(times[2])


def test_half_the_people_double_the_takt_of_a_month():
    def leaves(people):
        plan = tiny.plan(
            build=(tiny.build(0, "b-city", 6),),
            sales=(),
            people=tuple(tiny.crew(m, people) for m in range(4)),
        )
        scenario = prepare(from_plant(tiny.plant(stock=()), plan)).scenario
        line = next(line for line in scenario.lines if line.id == "long")
        return [s.supply[0] for s in line.stations]

    few, fewer = leaves(4), leaves(2)
    assert few[1] == pytest.approx(2 * fewer[1])
    assert all(s < 1 for s in few)


def test_learning_of_a_new_family_and_of_a_known_one():
    plant = tiny.plant()
    slow = {"learning_rate": 0.8, "experienced_units": 20, "forgetting_share_month": 0.5}
    bus = plant.families["bus"].model_copy(update=slow)
    new = plant.models["b1"].model_copy(update={"built": ((2026, 9999),)})
    plan = tiny.plan(build=(tiny.build(0, "b-city", 2), tiny.build(3, "b-city", 1)), sales=())
    known = replace(plant, families={**plant.families, "bus": bus})
    fresh = replace(known, models={**plant.models, "b1": new})
    hours = [[u.hours_factor for u in from_plant(p, plan).units if u.family == "bus"] for p in (known, fresh)]
    assert hours[0][:2] == [1.0, 1.0]
    assert 1.0 < hours[0][2] < hours[1][0] == pytest.approx(20**0.321928, rel=1e-4)
    assert hours[1][1] < hours[1][0]


def test_learning_with_one_month_off_is_the_planners():
    # One forgotten share of every unit's excess, as docs/planning.md counts relearning hours.
    learning = Learning(rate=0.9, experienced=100, forgetting=0.3, lost=0.0)
    learning.rest(1.0)
    total = sum(learning.next_unit() - 1 for _ in range(100))
    slope = -0.15200309344504995
    assert total == pytest.approx(0.3 * sum((n / 100) ** slope - 1 for n in range(1, 101)))


def test_interleaving_keeps_proportions():
    order = interleave({"a": 6, "b": 3, "c": 1})
    for i in range(1, 11):
        assert abs(order[:i].count("a") - 0.6 * i) <= 1
        assert abs(order[:i].count("b") - 0.3 * i) <= 1


def test_students_t():
    assert t_975(1) == 12.706
    assert t_975(30) == 2.042
    assert t_975(60) == pytest.approx(2.0003, abs=5e-4)
    assert t_975(10**6) == pytest.approx(1.959964, abs=1e-5)
