"""Rules of the page that were learned by looking at it: on paper, on a phone, for a network."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources

import pytest

from knockdown.documents.master_plan import OpenOrders
from knockdown.reports import html, says, sections, tables, twin_charts
from knockdown.reports.blocks import Laid, family_grids
from knockdown.reports.subject import Subject, subject


def about(sample) -> Subject:
    return subject(sample.plan, sample.calendars, sample.twins, sample.plant)


def printed() -> dict[str, str]:
    """Colours on paper."""
    css = resources.files("knockdown.data").joinpath("report", "report.css").read_text("utf-8")
    return dict(re.findall(r"--([\w-]+): (#\w+|url\(#\w+\))", css.partition("@media print")[2]))


def built_grid(about: Subject) -> list[Laid]:
    return [block for block in family_grids(about, "built", "Built, units") if isinstance(block, Laid)]


def test_paper_is_hatched_by_gradients_because_patterns_become_pictures(single):
    page = html.render(about(single), "2026-11-22")
    assert "<pattern" not in page
    hatches = re.findall(r'<linearGradient id="(h\d)"', page)
    used = {value[5:-1] for value in printed().values() if value.startswith("url(")}
    assert used == set(hatches)


def test_pictures_and_tables_scroll_inside_a_narrow_page(single):
    page = html.render(about(single), "2026-11-22")
    assert page.count('<svg class="picture') == page.count('<div class="across"')
    assert page.count("<table") == page.count('<div class="wide"')


def test_best_is_only_said_without_a_gap(single):
    def status(**update):
        plan = single.plan.model_copy(update={"status": "optimal", **update})
        return re.search(r'class="status optimal">([^<]*)<', html.render(about_plan(single, plan), "now"))[1]

    assert status(gap=0.0) == "best plan"
    assert status(gap=0.004) == "near-best plan"


def about_plan(sample, plan) -> Subject:
    return subject(plan, sample.calendars, sample.twins, sample.plant)


def test_the_sum_of_what_is_built_is_the_headline(single):
    lines = {**single.plant.lines, "TK": single.plant.lines["TK"].model_copy(update={"kind": "shop"})}
    shop = subject(single.plan, {}, {}, replace(single.plant, lines=lines))
    rows = built_grid(shop)[-1].grid.rows
    total = next(row for row in rows if row.strong)
    assert total.label == "All, vehicles"
    assert f"{total.total:,.0f}".replace(",", "\u202f") == says.verbs(shop)[1].figure
    below = rows[rows.index(total) + 1 :]
    assert below
    assert all("built in" in row.label for row in below)


def test_a_network_has_sums_by_plant(network):
    rows = built_grid(about(network))[-1].grid.rows
    strong = [row for row in rows if row.strong]
    assert [row.label for row in strong] == ["North plant", "South plant", "All plants"]
    assert strong[0].total + strong[1].total == pytest.approx(strong[2].total)


def test_a_network_shows_the_cash_of_each_plant(network):
    blocks = sections.cash_section(about(network)).blocks
    titles = [block.grid.title for block in blocks if isinstance(block, Laid)]
    assert any(title.startswith("Cash less debt") for title in titles)


def test_people_above_those_present_are_overtime(single):
    row = single.plan.people[0].model_copy(
        update={"people": 9, "available_h": 900.0, "used_h": 855.0, "overtime_h": 180.0}
    )
    assert tables.people_needed(row) == pytest.approx(8.55)
    assert tables.people_needed(row, reserve=0.25) == pytest.approx(11.4)


def test_limits_solved_again_stand_apart(single):
    blocks = {block.table.id: block.table for block in sections.limits_section(about(single)).blocks}
    again = [limit for limit in single.plan.limits if limit.verified]
    assert len(blocks["Limits"].rows) == len(again)
    assert len(blocks["Priced"].rows) == len(single.plan.limits) - len(again)


def test_orders_wait_at_the_end_of_the_plan_not_of_their_rows(single):
    last = single.plan.periods[0]
    rows = (OpenOrders(plant="sample", period=last, demand="d", asked=5, waiting=3, lost=0),)
    plan = single.plan.model_copy(update={"orders": rows})
    row = tables.orders(subject(plan, {}, {}, single.plant)).rows[0]
    assert (row["most"], row["waiting"]) == (3, 0)


def test_a_line_of_stations_is_never_cut(single):
    stations = single.twins["sample"].stations
    parts = twin_charts.station_parts(stations, most=12)
    assert [loss for part in parts for loss in part] == list(stations)
    homes = [{loss.line for loss in part} for part in parts]
    assert sum(map(len, homes)) == len({loss.line for loss in stations})


@pytest.mark.parametrize(
    ("proof", "words"),
    [("smallest", "no smaller set"), ("irreducible", "leave any one out"), ("conflicting", "not settled")],
)
def test_a_conflict_says_what_was_proved(infeasible, proof, words):
    conflict = infeasible.plan.conflict.model_copy(update={"proof": proof, "fix_proof": "enough"})
    plan = infeasible.plan.model_copy(update={"conflict": conflict})
    page = html.render(about_plan(infeasible, plan), "now")
    assert words in page
    assert "a cheaper one may exist" in page
