"""The tables keep what the papers say: nothing is lost or made up on the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from knockdown.plant.supply import KitLot
from knockdown.reports import flows
from knockdown.reports.catalog import all_tables
from knockdown.reports.subject import Subject, subject
from knockdown.reports.tables import cash, orders, people, plan_by_family, sales, sector
from knockdown.reports.twin_tables import STATES, stations


def about(sample) -> Subject:
    return subject(sample.plan, sample.calendars, sample.twins, sample.plant)


def test_plan_by_family_keeps_every_unit(single):
    plan, table = single.plan, plan_by_family(about(single))
    assert table.total("built") == sum(row.units for row in plan.build)
    assert table.total("sold") == sum(row.units for row in plan.sales)
    assert table.total("ordered") == sum(row.kits for row in plan.lots)
    arrived = sum(row.kits for row in plan.lots if row.arrives != "later")
    assert table.total("arriving") == arrived


@pytest.mark.parametrize("family", ["Belarus tractors", "MAZ buses", "Sampo combines"])
def test_stock_balances_from_period_to_period(single, family):
    rows = [row for row in plan_by_family(about(single)).rows if row["family"] == family]
    for before, now in pairwise(rows):
        assert now["finished"] == before["finished"] + now["built"] - now["sold"]
        assert now["kits"] == before["kits"] + now["arriving"] - now["built"] - now["kits_sold"]


def test_revenue_and_cash_agree(single):
    revenue = sum(sale.units * sale.price for sale in single.plan.sales)
    assert sales(about(single)).total("revenue") == pytest.approx(revenue)
    table = cash(about(single))
    assert table.total("net") == pytest.approx(table.total("receipts") - table.total("payments"))
    first, last = table.rows[0], table.rows[-1]
    opening = first["cash"] - first["net"] - first["debt"]
    assert last["cash"] - last["debt"] - opening == pytest.approx(table.total("net"))


def test_people_needed_are_hours_over_what_one_gives(single):
    row = single.plan.people[0]
    shown = people(about(single)).rows[0]
    assert shown["needed"] * row.available_h / row.people == pytest.approx(row.used_h)


def test_unmet_demand_says_the_last_period(single):
    shown = {row["demand"]: row for row in orders(about(single)).rows}
    last = [row for row in single.plan.orders if row.period == single.plan.periods[-1]]
    assert {row.demand: row.waiting for row in last} == {key: row["waiting"] for key, row in shown.items()}


def test_station_shares_sum_to_one(single):
    for row in stations(about(single)).rows:
        assert sum(row[state] for state in STATES) == pytest.approx(1)


def test_every_cell_has_a_column_and_numbers_have_units(single, network, infeasible, hostile):
    for sample in (single, network, infeasible, hostile):
        for table in all_tables(about(sample)):
            for row in table.rows:
                assert all(isinstance(column.show(row[column.key]), str) for column in table.columns)
            for column in table.columns:
                bare = column.kind in ("money", "share", "decimal") and not set(column.heading) & set(",%:")
                assert not bare, f"{table.id}: {column.heading} says no unit"


def test_a_network_names_plants_and_keeps_families_apart(network):
    whole, built = about(network), flows.by_family(about(network), "built")
    assert {key.split("/")[0] for key, _ in built} == {"north", "south"}
    north = sum(flows.by_family(whole, "built", "north").values())
    assert north == sum(row.units for row in network.plan.build if row.plant == "north")
    assert [row["name"] for row in sector(whole).rows][:2] == ["North plant", "South plant"]


def test_a_nation_has_the_sums_of_its_plants(network):
    whole = about(network)
    views, nation = network.plan.plants, sector(whole).rows[-1]
    assert nation["name"] == "Azerbaijan, all 2 plants"
    for key in ("units_built", "direct_jobs", "exported", "import_substitution", "contribution"):
        assert nation[key] == sum(getattr(view, key) for view in views)
    a_year = sum(view.utilisation * view.capacity_year for view in views)
    assert nation["utilisation"] == pytest.approx(a_year / sum(view.capacity_year for view in views))
    silent = views[0].model_copy(update={"indirect_jobs_assumed": None, "capacity_year": None})
    plan = network.plan.model_copy(update={"plants": (silent, *views[1:])})
    unknown = sector(replace(whole, plan=plan)).rows[-1]
    assert unknown["indirect_jobs_assumed"] is None
    assert unknown["utilisation"] is None


def test_lots_on_the_way_at_the_start_arrive_too(single):
    lot = KitLot(
        id="open-1", as_of="2026-01", contract="c-belarus", variant="belarus-1", kits=24, kits_left=20,
        status="shipped", expected_on="2026-02-10", source="assumption",
    )  # fmt: skip
    plant = replace(single.plant, kit_lots={lot.id: lot})
    with_lot = flows.by_family(subject(single.plan, {}, {}, plant), "arriving")
    without = flows.by_family(about(single), "arriving")
    assert with_lot["belarus", "2026-02"] == without["belarus", "2026-02"] + 20


def test_what_a_shop_makes_is_no_vehicle(single):
    lines = {**single.plant.lines, "TK": single.plant.lines["TK"].model_copy(update={"kind": "shop"})}
    shop = subject(single.plan, {}, {}, replace(single.plant, lines=lines))
    assert flows.total(shop, "built") == sum(row.units for row in single.plan.build if row.line != "TK")
