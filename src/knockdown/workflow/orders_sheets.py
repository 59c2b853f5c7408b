"""The workbook of a plan, with the sheets that a planner edits; `orders_book.py` reads them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from knockdown.basics.clock import Clock, SystemClock
from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.numbers import parse_month
from knockdown.basics.periods import Period, months_from, weeks_from
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import TwinResult
from knockdown.planning.problem import from_plant
from knockdown.planning.question import PlanProblem
from knockdown.plant.plant import Network, Plant
from knockdown.reports.orders_sheet import LOTS, UNITS, FixSheet, FixTable
from knockdown.reports.sheet import Cell, Row
from knockdown.reports.subject import Kits
from knockdown.workflow.prepare import AnyPlant, members_of

LATER = "later"
Numbers = Mapping[tuple[str, ...], int]


def made_at(clock: Clock) -> str:
    """When a report is made, as it says so."""
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def write_workbook(
    path: Path,
    plan: MasterPlan,
    plant: AnyPlant,
    calendars: Mapping[str, BuildCalendar] | None = None,
    twins: Mapping[str, TwinResult] | None = None,
    clock: Clock | None = None,
    kits: Kits = None,
) -> Path:
    """Write a plan's workbook whole or not at all, with its sheets to edit.

    Raises
    ------
    BadInput
        When the file cannot be written, or is not called .xlsx.
    """
    from knockdown.reports import workbook
    from knockdown.workflow.papers import written_whole

    refuse_other_names(path)
    made = made_at(clock or SystemClock())
    with written_whole(path) as part:
        workbook.write(part, plan, calendars or {}, twins or {}, plant, made, fix_tables(plan, plant), kits)
    return path


def refuse_other_names(path: Path) -> None:
    """Raise BadInput for a workbook that no spreadsheet would open by its name."""
    if path.suffix.lower() != ".xlsx":
        step = "name it with .xlsx at the end"
        raise BadInput([Fault("--xlsx", None, None, path.name, "is not the name of a workbook", step)])


def fix_tables(plan: MasterPlan, plant: AnyPlant) -> tuple[FixTable, ...]:
    """The sheets to edit: a row for whatever the plan may order and build, and what is fixed already."""
    members = from_plant(plant, periods_of(plan)).members
    plants = members_of(plant)
    lots = [row for p in members for row in _lot_rows(p, plants[p.plant], plan)]
    units = [row for p in members for row in _unit_rows(p, plants[p.plant], plan)]
    several = isinstance(plant, Network)
    return tuple(_table(sheet, rows, several) for sheet, rows in ((LOTS, lots), (UNITS, units)) if rows)


def _table(sheet: FixSheet, rows: list[Row], several: bool) -> FixTable:
    return FixTable(sheet, sheet.shown(several), tuple(rows))


def periods_of(plan: MasterPlan) -> tuple[Period, ...]:
    """The plan's periods with their days."""
    first, n = plan.periods[0], len(plan.periods)
    year, _, week = first.partition("-W")
    if week:
        return weeks_from(date.fromisocalendar(int(year), int(week), 1), n)
    return months_from(parse_month(first), n)


def _lot_rows(problem: PlanProblem, plant: Plant, plan: MasterPlan) -> Iterator[Row]:
    planned: Numbers = {
        (r.contract, r.variant, r.period): r.lots for r in plan.lots if r.plant == problem.plant
    }
    fixed = _fixed(problem, plan, "lots")
    names = [period.name for period in problem.periods]
    for k in problem.lot_lines:
        for t, period in enumerate(names):
            if not k.may_order[t]:
                continue
            key = (k.contract, k.variant, period)
            due, lots = t + k.lead_periods, _planned(plan, planned, key)
            yield {
                "plant": problem.plant, "contract": k.contract, "variant": k.variant, "period": period,
                "name": plant.variants[k.variant].name, "arrives": names[due] if due < len(names) else LATER,
                "lot_size": k.lot_size, "planned_lots": lots,
                "planned_kits": None if lots is None else lots * k.lot_size, "fixed_lots": fixed.get(key),
            }  # fmt: skip


def _unit_rows(problem: PlanProblem, plant: Plant, plan: MasterPlan) -> Iterator[Row]:
    planned: Numbers = {(r.variant, r.period): r.units for r in plan.build if r.plant == problem.plant}
    fixed = _fixed(problem, plan, "units")
    for v in problem.variants.values():
        for t, period in enumerate(problem.periods):
            key = (v.id, period.name)
            if v.buildable[t]:
                yield {
                    "plant": problem.plant, "variant": v.id, "period": period.name,
                    "name": plant.variants[v.id].name, "family": v.family, "line": v.line,
                    "planned_units": _planned(plan, planned, key), "fixed_units": fixed.get(key),
                }  # fmt: skip


def _planned(plan: MasterPlan, planned: Numbers, key: tuple[str, ...]) -> int | None:
    """What the plan does, nothing where it does not; None when there is no plan."""
    return planned.get(key, 0) if plan.objective is not None else None


def _fixed(problem: PlanProblem, plan: MasterPlan, what: str) -> dict[tuple[str, ...], Cell]:
    return {
        tuple(filter(None, (f.contract, f.variant, f.period))): f.quantity
        for f in plan.fixed
        if f.plant == problem.plant and f.what == what
    }
