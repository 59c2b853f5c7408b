"""Published figures beside ours: right spans, no stretching, plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knockdown.plant.market import Published
from knockdown.reports.published import beside, leading
from knockdown.reports.subject import subject

THIN = "\u202f"


def row_of(sample, fact: str, measure: str = "built", product: str = "belarus", per: str = "year"):
    published = Published(fact=fact, measure=measure, product=product, per=per, source="assumption")
    plant = replace(sample.plant, published=(published,))
    (row,) = beside(subject(sample.plan, sample.calendars, sample.twins, plant))
    return row


def built(plan, periods, variant="belarus-1") -> int:
    return sum(row.units for row in plan.build if row.variant == variant and row.period in periods)


def test_a_year_is_compared_with_a_whole_year_only(single):
    row = row_of(single, "F360")
    whole, part = row.ours
    assert whole.value == built(single.plan, single.plan.periods[:12])
    assert (whole.fits, part.fits) == (True, False)
    assert part.words == "in January to June 2027 (6 months only)"
    assert part.value == built(single.plan, single.plan.periods[12:])
    assert "777" in row.sentence
    assert "below what was reported for 2023" in row.sentence


def test_a_range_has_a_foot_and_a_top(single):
    assert row_of(single, "F033").value_words == "700 to 800 tractors/yr"
    assert "below the foot of what was claimed for 2025" in row_of(single, "F033").sentence


def test_capacity_is_a_share(single):
    row = row_of(single, "F002", product="")
    vehicles = sum(r.units for r in single.plan.build if r.period in single.plan.periods[:12])
    assert row.ours[0].value == vehicles
    assert f"{100 * vehicles / 30000:.0f}{THIN}% of the capacity stated" in row.sentence


def test_months_meet_the_same_months(single):
    row = row_of(single, "F363", per="month")
    assert [our.words for our in row.ours] == ["in March 2026", "in March 2027"]
    row = row_of(single, "F330", per="plant")
    assert row.ours[0].value == built(single.plan, single.plan.periods[:4])
    assert row.ours[0].words == "in the same months of 2026"


def test_a_sum_over_many_years_is_not_compared(single):
    row = row_of(single, "F309", per="plant")
    assert not row.fits
    assert "adds up 106 months" in row.sentence


def test_a_day_is_a_working_day(single):
    row = row_of(single, "F365", per="day")
    total = built(single.plan, single.plan.periods)
    assert total / (18 * 23) < row.ours[0].value < total / (18 * 19)


def test_stock_on_the_first_is_stock_at_the_end_of_the_month_before(single):
    row = row_of(single, "F114", measure="finished_stock", per="plant")
    assert [our.words for our in row.ours] == ["at the end of September 2026"]


def test_the_unit_names_the_product_when_the_plant_does_not(single):
    row = row_of(single, "F058", product="")
    assert row.ours[0].value == built(single.plan, single.plan.periods[:12], "uaz-1")
    assert "cars built" in row.sentence


def test_a_short_plan_compares_no_year(single):
    plan = single.plan.model_copy(update={"periods": single.plan.periods[:6]})
    published = Published(fact="F360", measure="built", product="belarus", per="year", source="assumption")
    (row,) = beside(subject(plan, {}, {}, replace(single.plant, published=(published,))))
    assert not row.fits
    assert "a part is not stretched" in row.sentence


def test_eighteen_months_from_july_give_their_first_twelve(single):
    plan = single.plan.model_copy(update={"periods": single.plan.periods[3:]})
    published = Published(fact="F360", measure="built", product="belarus", per="year", source="assumption")
    (row,) = beside(subject(plan, {}, {}, replace(single.plant, published=(published,))))
    assert row.ours[0].words == "in the twelve months from April 2026"
    assert row.ours[0].value == built(plan, plan.periods[:12])
    assert [our.fits for our in row.ours] == [True, False, False]


@pytest.mark.parametrize("name", ["single", "network"])
def test_leading_rows_are_the_latest_of_their_kind(name, request):
    sample = request.getfixturevalue(name)
    rows = beside(subject(sample.plan, sample.calendars, sample.twins, sample.plant))
    first = leading(rows)
    assert set(first) <= set(rows)
    kinds = [(row.plant, row.about, row.status, row.national) for row in first]
    assert len(kinds) == len(set(kinds))
    assert first[0].fits


def test_no_plan_has_no_figures_of_ours(infeasible):
    assert beside(subject(infeasible.plan, {}, {}, infeasible.plant)) == ()
