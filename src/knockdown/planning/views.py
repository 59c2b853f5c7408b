"""One plant of a plan in a line, for the sector view."""

from __future__ import annotations

from typing import Any

from knockdown.documents.master_plan import PlantView
from knockdown.planning.question import PlanProblem
from knockdown.planning.terms import terms

Rows = dict[str, tuple[Any, ...]]


def plant_view(problem: PlanProblem, worth: float, rows: Rows) -> PlantView:
    """Utilisation, jobs, exports and import substitution of one plant."""
    vehicles = {v.id for v in problem.variants.values() if problem.lines[v.line].kind != "shop"}
    built = sum(row.units for row in rows["build"] if row.variant in vehicles)
    years = sum(p.days for p in problem.periods) / 365.25
    sold_abroad = sum(row.units for row in rows["sales"] if problem.demands[row.demand].export)
    sold = sum(row.units for row in rows["sales"])
    jobs = sum(row.people for row in rows["people"]) / max(1, problem.n_periods)
    factor = problem.facility.indirect_jobs_per_direct
    capacity = problem.facility.capacity_year
    return PlantView(
        plant=problem.plant, name=problem.name, country=problem.country, units_built=built,
        capacity_year=capacity, utilisation=built / years / capacity if capacity else None,
        bottleneck_utilisation=_busiest(rows), direct_jobs=round(jobs, 1),
        published_jobs=problem.facility.jobs,
        indirect_jobs_assumed=round(jobs * factor, 1) if factor is not None else None,
        exported=sold_abroad, import_substitution=sold - sold_abroad, ownership=problem.facility.ownership,
        contribution=sum(terms(problem, worth, rows).values()),
    )  # fmt: skip


def _busiest(rows: Rows) -> float:
    used: dict[str, list[float]] = {}
    for row in rows["lines"]:
        hours = used.setdefault(row.line, [0.0, 0.0])
        hours[0] += row.used_h
        hours[1] += row.available_h
    return max((a / b for a, b in used.values() if b > 0), default=0.0)
