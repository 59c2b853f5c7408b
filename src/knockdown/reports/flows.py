"""Sums of a plan by family and period: the figures that several tables and pictures share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from knockdown.basics.periods import Period
from knockdown.reports.sheet import Values
from knockdown.reports.subject import Subject
from knockdown.reports.words import period_of

MEASURES = {
    "ordered": "Kits ordered",
    "arriving": "Kits arriving",
    "built": "Units built",
    "sold": "Units sold",
    "kits_sold": "Kits sold unbuilt",
    "finished": "Finished units in stock",
    "kits": "Kits in the store",
    "transit": "Kits on the way",
    "waiting": "Orders waiting",
}
LEVELS = frozenset({"finished", "kits", "transit", "waiting"})
OF_VEHICLES = frozenset({"built", "sold", "finished", "waiting"})


def by_family(subject: Subject, measure: str, plant: str | None = None) -> Values:
    """One of `MEASURES` by family key and period.

    Levels (stock, waiting orders) are those at the end of the period.
    """
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for plant_id, key, period, amount in _rows(subject, measure):
        if plant is None or plant == plant_id:
            totals[key, period] += amount
    return totals


Flow = tuple[str, str, str, float]


def _rows(subject: Subject, measure: str) -> Iterable[Flow]:
    """Plant, family, period and amount of every row that bears on a measure."""
    plan = subject.plan
    if measure == "arriving":
        return [*_flow(subject, plan.lots, "kits", "arrives"), *_opening(subject)]
    if measure == "waiting":
        return [(r.plant, subject.demand_family(r.plant, r.demand), r.period, r.waiting) for r in plan.orders]
    if measure in ("sold", "kits_sold"):
        form = "unit" if measure == "sold" else "kit"
        return _flow(subject, [sale for sale in plan.sales if sale.form == form], "units")
    rows, column = {
        "ordered": (plan.lots, "kits"),
        "built": (plan.build, "units"),
        "finished": (plan.stock, "finished"),
        "kits": (plan.stock, "kits"),
        "transit": (plan.stock, "kits_in_transit"),
    }[measure]
    return _flow(subject, rows, column)


def _flow(subject: Subject, rows: Iterable[Any], column: str, when: str = "period") -> list[Flow]:
    return [
        (r.plant, subject.family_key(r.plant, r.variant), getattr(r, when), getattr(r, column)) for r in rows
    ]


def _opening(subject: Subject) -> Iterable[Flow]:
    """Lots ordered before the plan starts and expected within it."""
    if not subject.plan.periods:
        return
    days = [period_of(name) for name in subject.plan.periods]
    for plant_id, member in subject.members.items():
        for lot in member.kit_lots.values():
            same_start = (lot.as_of.year, lot.as_of.month) == (days[0].first.year, days[0].first.month)
            if same_start and lot.status != "cleared" and lot.expected_on is not None:
                period = _period_with(days, max(lot.expected_on, days[0].first))
                yield plant_id, subject.family_key(plant_id, lot.variant), period, lot.kits_left


def _period_with(days: list[Period], day: Any) -> str:
    return next((p.name for p in days if p.first <= day <= p.last), "later")


def total_by_period(subject: Subject, measure: str) -> Mapping[str, float]:
    """A measure by period, all families that are vehicles together."""
    totals: dict[str, float] = dict.fromkeys(subject.plan.periods, 0.0)
    for (key, period), amount in by_family(subject, measure).items():
        info = subject.families.get(key)
        if period in totals and (info is None or info.vehicle):
            totals[period] += amount
    return totals


def total(subject: Subject, measure: str) -> float:
    """A flow over the whole plan, vehicles only."""
    return sum(total_by_period(subject, measure).values())


def sum_by(rows: Iterable[Any], value: str, *keys: str) -> dict[tuple[Any, ...], float]:
    """Sum a column of document rows by other columns.

    >>> from types import SimpleNamespace as Row
    >>> sum_by([Row(a="x", n=1), Row(a="x", n=2)], "n", "a")
    {('x',): 3.0}
    """
    totals: dict[tuple[Any, ...], float] = {}
    for row in rows:
        key = tuple(getattr(row, k) for k in keys)
        totals[key] = totals.get(key, 0.0) + getattr(row, value)
    return totals
