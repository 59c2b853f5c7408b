"""Plans of built-in plants: repeatable to the bit, inside approvals, quotas and open routes."""

import os
import signal
import threading
from dataclasses import replace
from datetime import date

import pytest

from knockdown.basics.faults import BadInput
from knockdown.documents.master_plan import MasterPlan
from knockdown.planning.solve import PlanError, PlanOptions, horizon, plan, plan_question
from knockdown.plant.load import load
from tests.planning import tiny

CLOSED = ("sanctioned", "suspended")
SHORT = PlanOptions(months=6, work=25, limits=2)


@pytest.fixture(scope="module")
def nakhchivan():
    return load("nakhchivan")


@pytest.fixture(scope="module")
def ganja():
    return load("ganja")


@pytest.fixture(scope="module")
def ganja_plan(ganja):
    return plan(ganja, PlanOptions(months=12, seconds=6, limits=0))


def bits(paper):
    return paper.model_copy(update={"seconds": 0.0}).model_dump_json()


def test_the_same_work_gives_the_same_plan_to_the_bit(nakhchivan):
    first, again = plan(nakhchivan, SHORT), plan(nakhchivan, SHORT)
    assert first.status in ("optimal", "feasible")
    assert bits(first) == bits(again)


def test_the_tiny_plant_is_planned_to_its_optimum():
    paper = plan_question(tiny.question(), PlanOptions(work=10_000, gap=0.0, limits=0))
    assert paper.objective > tiny.OBJECTIVE
    assert paper.bound == pytest.approx(paper.objective)


def test_a_plan_has_a_bound_and_a_gap_that_agree(ganja_plan):
    assert ganja_plan.status in ("optimal", "feasible")
    assert ganja_plan.bound >= ganja_plan.objective
    assert ganja_plan.gap == pytest.approx((ganja_plan.bound - ganja_plan.objective) / ganja_plan.objective)
    assert ganja_plan.gap < 0.05


def test_a_plan_survives_its_paper(ganja_plan):
    assert MasterPlan.model_validate_json(ganja_plan.model_dump_json()) == ganja_plan


def test_sales_have_an_approval_where_one_is_asked_for(ganja, ganja_plan):
    spans = {p.name: p for p in horizon(ganja, PlanOptions(months=12))}
    markets = {c.market for c in ganja.channels.values() if ganja.markets[c.market].approval_required}
    assert any(row.market in markets for row in ganja_plan.sales)
    for row in ganja_plan.sales:
        names = {row.variant, ganja.variants[row.variant].model, ganja.family_of(row.variant).id}
        period = spans[row.period]
        said = {
            a.status
            for a in ganja.approvals
            if a.market == row.market and a.product in names and a.date_from <= period.last
            if a.date_to is None or period.first <= a.date_to
        }
        assert "refused" not in said
        assert "approved" in said or row.market not in markets


def test_quotas_hold(ganja, ganja_plan):
    quotas = [q for q in ganja.quotas.values() if q.year == 2026]
    assert quotas
    for quota in quotas:
        counted = ganja.variants_of(quota.product)
        sold = sum(
            row.units for row in ganja_plan.sales if row.market == quota.market and row.variant in counted
        )
        assert sold <= quota.units_max


def test_contracts_that_ended_or_whose_route_is_closed_get_no_lots(ganja, ganja_plan):
    spans = {p.name: p for p in horizon(ganja, PlanOptions(months=12))}
    for row in ganja_plan.lots:
        contract, period = ganja.contracts[row.contract], spans[row.period]
        assert contract.date_from <= period.last
        assert period.first <= contract.date_to
        for route in ganja.routes:
            if route.route in (contract.supply_route, contract.payment_route) and route.status in CLOSED:
                ended = route.date_to is not None and route.date_to < period.first
                assert ended or route.date_from > period.first


@pytest.mark.parametrize("status", CLOSED)
def test_a_route_that_closes_stops_its_lots(nakhchivan, status):
    ordered = {row.period for row in plan(nakhchivan, SHORT).lots}
    assert max(ordered) >= "2026-03"
    shut = [
        r.model_copy(update={"status": status, "date_from": date(2026, 2, 15)}) for r in nakhchivan.routes
    ]
    closed = replace(nakhchivan, routes=tuple(r for r in shut if r.kind == "supply"))
    paper = plan(closed, SHORT)
    assert {row.period for row in paper.lots} <= {"2026-01", "2026-02"}
    assert any(status in note and "nothing is ordered" in note for note in paper.notes)


def test_weeks_can_be_planned(nakhchivan):
    paper = plan(nakhchivan, PlanOptions(months=2, by="week", work=20, limits=0))
    assert paper.status in ("optimal", "feasible")
    assert paper.periods[0] == "2026-W01"


def test_progress_is_told(nakhchivan):
    told = []
    plan(nakhchivan, replace(SHORT, months=3), lambda *words: told.append(words))
    assert {"model", "search", "limits"} <= {stage for stage, *_ in told}
    assert all(used >= 0 and allowed == SHORT.seconds for _, used, allowed, _ in told)


def test_ctrl_c_ends_the_search_with_its_best_plan(nakhchivan):
    def interrupt(stage, *_):
        if stage == "search" and threading.current_thread() is threading.main_thread():
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    paper = plan(nakhchivan, PlanOptions(months=6, seconds=60, gap=0.0, limits=0), interrupt)
    assert paper.seconds < 30
    assert paper.status in ("feasible", "optimal", "unknown")
    assert signal.getsignal(signal.SIGINT) is before


def test_all_faults_of_the_options_are_told_at_once(nakhchivan):
    with pytest.raises(BadInput) as caught:
        horizon(nakhchivan, PlanOptions(start="soon", months=99, by="day", seconds=-1.0))
    assert [fault.file for fault in caught.value.faults] == ["--start", "--months", "--by", "--seconds"]


def test_a_plan_that_fails_its_inspection_is_not_handed_out(monkeypatch):
    monkeypatch.setattr("knockdown.planning.check.check", lambda *_: ("a planted fault",))
    with pytest.raises(PlanError, match="a planted fault"):
        plan_question(tiny.question(), PlanOptions(work=50, limits=0))


def test_stock_of_a_vehicle_nobody_wants_stays_in_the_plan():
    """Its component is wanted by nobody either, and was left out of the program together with the stock."""
    (problem,) = tiny.question().members
    stocked = replace(problem.variants["t-box"], opening_finished=2)
    demands = {"d-flat": problem.demands["d-flat"]}
    asked = tiny.question(variants=dict(problem.variants) | {"t-box": stocked}, demands=demands)
    paper = plan_question(asked, PlanOptions(work=1_000, limits=0))
    assert [row.finished for row in paper.stock if row.variant == "t-box"] == [2, 2, 2, 2]
