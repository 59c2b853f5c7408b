"""The objective's terms, summed from a plan's rows, and how much of the money rests on assumptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from knockdown.planning.question import PlanProblem

Rows = dict[str, tuple[Any, ...]]
Entry = tuple[str, float, bool]


def terms(problem: PlanProblem, worth: float, rows: Rows) -> dict[str, float]:
    """Terms of one plant, in the plan's currency, costs negative."""
    sums = dict.fromkeys(
        (
            "sales", "delivery", "kits", "local_parts", "wages", "overtime", "hiring", "leaving", "holding",
            "interest", "late_orders", "lost_orders", "contract_shortfall", "closing_stock", "opening_stock",
        ),
        0.0,
    )  # fmt: skip
    for name, amount, _ in entries(problem, worth, rows):
        sums[name] += amount * worth
    return sums


def assumed_share(parts: Iterable[tuple[PlanProblem, float, Rows]]) -> float:
    """Share of the money in all terms, signs dropped, whose price or cost is assumed."""
    total = assumed = 0.0
    for problem, worth, rows in parts:
        for _, amount, is_assumed in entries(problem, worth, rows):
            total += abs(amount) * worth
            assumed += abs(amount) * worth * is_assumed
    return assumed / total if total else 0.0


def entries(problem: PlanProblem, worth: float, rows: Rows) -> Iterable[Entry]:
    """Every piece of money: term, amount in the plant's own currency, whether its rate is assumed."""
    at = {p.name: t for t, p in enumerate(problem.periods)}
    yield from _sales(problem, rows, at)
    yield from _orders(problem, rows, at)
    yield from _supply(problem, rows, at)
    yield from _work(problem, rows, at)
    yield from _stock(problem, worth, rows, at)


def _sales(problem: PlanProblem, rows: Rows, at: dict[str, int]) -> Iterable[Entry]:
    for row in rows["sales"]:
        d, t = problem.demands[row.demand], at[row.period]
        yield "sales", d.price[t] * row.units, d.price_assumed
        yield "delivery", -d.delivery_cost[t] * row.units, d.delivery_assumed


def _orders(problem: PlanProblem, rows: Rows, at: dict[str, int]) -> Iterable[Entry]:
    for row in rows["orders"]:
        d, t = problem.demands[row.demand], at[row.period]
        yield "late_orders", -d.late_cost[t] * row.waiting, True
        yield "lost_orders", -d.lost_cost[t] * row.lost, True


def _supply(problem: PlanProblem, rows: Rows, at: dict[str, int]) -> Iterable[Entry]:
    lines = {(k.contract, k.variant): k for k in problem.lot_lines}
    last = problem.n_periods - 1
    for row in rows["lots"]:
        k, t = lines[row.contract, row.variant], at[row.period]
        yield "kits", -k.kit_price[t] * row.kits, k.price_assumed
        if t + k.lead_periods > last:
            value = problem.variants[row.variant].kit_value * row.kits
            yield "closing_stock", problem.money.closing_value_share * value, True
    for cy in problem.contract_years:
        names = {problem.periods[t].name for t in cy.periods}
        kits = sum(row.kits for row in rows["lots"] if row.contract == cy.contract and row.period in names)
        yield "contract_shortfall", -cy.penalty * max(0, cy.kits_min - kits), cy.penalty_assumed
    for lot in problem.opening_lots:
        yield "opening_stock", -lot.value, lot.assumed


def _work(problem: PlanProblem, rows: Rows, at: dict[str, int]) -> Iterable[Entry]:
    for row in rows["build"]:
        v = problem.variants[row.variant]
        yield "local_parts", -v.local_cost[at[row.period]] * row.units, v.local_assumed
    for row in rows["people"]:
        c, t = problem.crews[row.crew], at[row.period]
        yield "wages", -c.wage[t] * row.people, c.wage_assumed
        yield "overtime", -c.overtime_cost_h[t] * row.overtime_h, c.wage_assumed
        yield "hiring", -c.hire_cost[t] * row.hired, True
        yield "leaving", -c.leave_cost[t] * row.left, True


def _stock(problem: PlanProblem, worth: float, rows: Rows, at: dict[str, int]) -> Iterable[Entry]:
    money, last = problem.money, problem.n_periods - 1
    for row in rows["stock"]:
        v, t = problem.variants[row.variant], at[row.period]
        value = v.kit_value * row.kits + v.unit_value * row.finished
        yield "holding", -money.holding[t] * value, money.finance_assumed
        if t == last:
            yield "closing_stock", money.closing_value_share * value, money.finance_assumed
    for v in problem.variants.values():
        yield "opening_stock", -v.unit_value * (v.opening_finished + v.opening_in_work), v.opening_assumed
    for row in rows["cash"]:
        yield "interest", -money.interest[at[row.period]] * row.debt / worth, money.finance_assumed
