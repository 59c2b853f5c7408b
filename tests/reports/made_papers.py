"""The other papers for the made-up plant: calendar, twin, a plan that does not exist, two plants."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from types import SimpleNamespace

from knockdown.basics.periods import month_days
from knockdown.documents.build_calendar import BuildCalendar, UnitDates
from knockdown.documents.master_plan import Assumptions, Conflict, MasterPlan, PlantView, Relaxation
from knockdown.documents.twin_result import Cause, Fan, StationLoss, TwinResult
from knockdown.plant.plant import Network, Plant
from knockdown.plant.site import NetworkFile

made_plant = sys.modules["reports_made_plant"]
made_plan = sys.modules["reports_made_plan"]
ASSUMED, KINDS, STATIONS = made_plant.ASSUMED, made_plant.KINDS, made_plant.STATIONS
Kind, make_plant = made_plant.Kind, made_plant.make_plant
make_plan, make_size, limit_rows = made_plan.make_plan, made_plan.make_size, made_plan.limit_rows
provenance, months = made_plan.provenance, made_plan.months


def at(day: date, minute: float) -> str:
    return (datetime(day.year, day.month, day.day) + timedelta(minutes=minute)).isoformat(timespec="minutes")


def make_calendar(plan: MasterPlan) -> BuildCalendar:
    units: list[UnitDates] = []
    for row in plan.build:
        year, month = int(row.period[:4]), int(row.period[5:])
        days = month_days(year, month)
        for i in range(row.units):
            day = date(year, month, 1 + int(i * days / row.units))
            units.append(
                UnitDates(
                    unit=f"{row.variant}-{len(units) + 1}",
                    variant=row.variant,
                    family=row.family,
                    line=row.line,
                    period=row.period,
                    kit_lot=f"c-{row.family}/{row.period}/{row.variant}",
                    starts_on=at(day, 480),
                    leaves_on=at(day, 900),
                )
            )
    return BuildCalendar(
        schema="knockdown.build_calendar/1",
        provenance=provenance(),
        plant=plan.plant,
        units=tuple(units),
        late_units=3,
    )


def fans(plan: MasterPlan, rows: dict[tuple[str, str], float], low: float, high: float) -> tuple[Fan, ...]:
    groups = ("all", *dict.fromkeys(b.family for b in plan.build))
    return tuple(
        Fan(
            period=p,
            group=g,
            planned=v,
            p10=v * low,
            p50=v * (low + high) / 2,
            p90=v * high,
            mean=v * (low + high) / 2,
            half_width=v * 0.01,
        )
        for g in groups
        for p in plan.periods
        for v in [rows.get((g, p), 0.0)]
    )


def make_twin(plan: MasterPlan) -> TwinResult:
    built: dict[tuple[str, str], float] = {}
    for b in plan.build:
        for group in ("all", b.family):
            built[group, b.period] = built.get((group, b.period), 0.0) + b.units
    year = sum(v for (g, p), v in built.items() if g == "all" and p in plan.periods[:12])
    lines = sorted({b.line for b in plan.build})
    stations = [
        StationLoss(
            line=line,
            station=f"{line}-{i:02d}",
            name=text,
            working=0.5 - 0.04 * i,
            slow=0.03,
            down=0.02 * i,
            rework=0.01,
            blocked=0.1,
            starved=0.36 - 0.0 * i + 0.02 * i - (0.2 if i == 1 else 0),
            kit=0.2 if i == 1 else 0.0,
            half_width=0.008,
        )
        for line in lines
        for i, text in enumerate(STATIONS, start=1)
    ]
    return TwinResult(
        schema="knockdown.simulate.plant/1",
        provenance=provenance(),
        plant=plan.plant,
        replications=200,
        seed=7,
        seconds=3.2,
        checksum="9be1",
        periods=plan.periods,
        built=fans(plan, built, 0.78, 1.04),
        finished_stock=fans(plan, built, 0.3, 0.6),
        sold=fans(plan, built, 0.75, 1.0),
        overtime_h=fans(plan, built, 1.0, 3.0),
        stations=tuple(stations),
        causes=(
            Cause(cause="kit late", days=1_820.4, half_width=61.0),
            Cause(cause="part missing", days=640.2, half_width=22.0),
            Cause(cause="breakdown", days=210.0, half_width=9.5),
            Cause(cause="absence", days=95.1, half_width=5.0),
        ),
        kits_late_share=0.19,
        units_late_share=0.11,
        year_total=Fan(
            period="2026-01 to 2026-12",
            group="all",
            planned=year,
            p10=year * 0.84,
            p50=year * 0.93,
            p90=year * 0.99,
            mean=year * 0.92,
            half_width=year * 0.004,
        ),
    )


def make_infeasible() -> MasterPlan:
    return MasterPlan(
        schema="knockdown.plan/1",
        provenance=provenance(),
        plant="sample",
        name="Gəncə Avtomobil Zavodu",
        currency="USD",
        periods=months("2026-01", 6),
        status="infeasible",
        objective=None,
        bound=None,
        gap=None,
        seconds=0.9,
        work=12,
        size=make_size(6),
        terms={},
        assumption_share=0.0,
        assumptions=Assumptions(share=0.0, numbers=400, assumed=210),
        conflict=Conflict(
            members=(
                "MTZ must deliver 600 kits in 2026",
                "The kit store holds 40 kits",
                "The tractor line builds at most 20 a month",
            ),
            proof="irreducible",
            cheapest_fix=(
                Relaxation(
                    kind="storage",
                    id="kit_places",
                    period="2026-03",
                    amount=85,
                    unit="places",
                    sentence="Make room for 85 more kits from March 2026.",
                ),
            ),
        ),
    )


def make_view(plant: Plant, plan: MasterPlan) -> PlantView:
    built = sum(b.units for b in plan.build)
    return PlantView(
        plant=plant.id,
        name=plant.file.name,
        country="AZ",
        units_built=built,
        capacity_year=30_000,
        utilisation=built / 1.5 / 30_000,
        bottleneck_utilisation=0.88,
        direct_jobs=117.4,
        published_jobs=500,
        indirect_jobs_assumed=234.8,
        exported=sum(s.units for s in plan.sales if s.market == "ge"),
        import_substitution=sum(s.units for s in plan.sales if s.market == "az"),
        ownership="private",
        contribution=plan.objective or 0.0,
    )


def make_network() -> SimpleNamespace:
    """Two plants under one plan."""
    parts = {"north": KINDS[:4], "south": KINDS[4:7]}
    members = {i: make_plant(kinds, i, f"{i.title()} plant") for i, kinds in parts.items()}
    plans = {i: make_plan(kinds, plant=i, name=f"{i.title()} plant") for i, kinds in parts.items()}
    one = plans["north"]
    tables = ("lots", "build", "campaigns", "lines", "people", "stock", "sales", "orders", "cash", "limits")
    joined = {t: tuple(row for p in plans.values() for row in getattr(p, t)) for t in tables}
    views = tuple(make_view(members[i], plans[i]) for i in members)
    plan = one.model_copy(update={"plant": "pair", "name": "Two plants", "plants": views, **joined})
    file = NetworkFile.model_validate(
        {
            "schema": "knockdown.plant/1",
            "id": "pair",
            "name": "Two plants",
            "kind": "network",
            "country": "AZ",
            "currency": "USD",
            "members": tuple(members),
            "planning": {"start": "2026-01", "months": 18, **ASSUMED},
        }
    )
    twins = {i: make_twin(p) for i, p in plans.items()}
    calendars = {i: make_calendar(p) for i, p in plans.items()}
    return SimpleNamespace(plan=plan, plant=Network(file, members, {}, ()), twins=twins, calendars=calendars)
