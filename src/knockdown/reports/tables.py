"""The plan's papers as plain tables: pure functions, a unit in every heading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knockdown.documents.master_plan import PlantView
from knockdown.reports import flows
from knockdown.reports.sheet import Column, Row, Table, Values
from knockdown.reports.subject import Subject, money_column, plant_column
from knockdown.reports.words import THIN

PERIOD = Column("period", "Period", "period")
FAMILY = Column("family", "Family")
SUMMED = ("published_jobs", "indirect_jobs_assumed", "exported", "import_substitution", "contribution")


def plan_by_family(subject: Subject) -> Table:
    """Kits and units of each family through each period.

    Flows are of the period; stock and waiting orders are those at its end.
    """
    values = {measure: flows.by_family(subject, measure) for measure in flows.MEASURES}
    rows = tuple(
        _family_row(values, key, info.name, period)
        for period in subject.plan.periods
        for key, info in subject.families.items()
    )
    columns = (PERIOD, FAMILY, *(Column(m, _measure_heading(m), "count") for m in flows.MEASURES))
    return Table("Plan", "Plan by period and family", columns, rows)


def _family_row(values: Mapping[str, Values], key: str, name: str, period: str) -> Row:
    flows_and_levels = {measure: int(found.get((key, period), 0)) for measure, found in values.items()}
    return {"period": period, "family": name, **flows_and_levels}


def _measure_heading(measure: str) -> str:
    text = flows.MEASURES[measure]
    unit = "" if text.split()[0] in ("Kits", "Units", "Orders") else ", units"
    return f"{text}{unit}{', end of period' if measure in flows.LEVELS else ''}"


def lots_ordered(subject: Subject) -> Table:
    """Kit lots to order, with the period from whose start the plan counts on them."""
    rows: tuple[Row, ...] = tuple(
        {
            "period": lot.period,
            "plant": subject.plant_name(lot.plant),
            "contract": subject.name("contracts", lot.plant, lot.contract),
            "partner": subject.name("partners", lot.plant, lot.partner),
            "variant": subject.name("variants", lot.plant, lot.variant),
            **lot.model_dump(include={"lots", "lot_size", "kits", "arrives", "cost"}),
        }
        for lot in sorted(subject.plan.lots, key=lambda lot: lot.period)
    )
    columns = (
        Column("period", "Order in", "period"),
        *plant_column(subject),
        Column("partner", "Partner"),
        Column("contract", "Contract"),
        Column("variant", "Variant"),
        Column("lots", "Lots", "count"),
        Column("lot_size", "Kits a lot", "count"),
        Column("kits", "Kits", "count"),
        Column("arrives", "Counted on from", "period"),
        money_column(subject, "cost", "Cost"),
    )
    return Table("Lots", "Kit lots to order", columns, rows)


def units_built(subject: Subject) -> Table:
    """Units of each variant on each line, with the labour they take."""
    rows: tuple[Row, ...] = tuple(
        {
            "period": row.period,
            "plant": subject.plant_name(row.plant),
            "line": subject.name("lines", row.plant, row.line),
            "family": subject.name("families", row.plant, row.family),
            "variant": subject.name("variants", row.plant, row.variant),
            "units": row.units,
            "hours": row.hours,
        }
        for row in subject.plan.build
    )
    columns = (
        PERIOD, *plant_column(subject), Column("line", "Line"), FAMILY, Column("variant", "Variant"),
        Column("units", "Units built", "count"), Column("hours", "Labour, hours", "decimal"),
    )  # fmt: skip
    return Table("Build", "Units to build", columns, rows)


def people(subject: Subject) -> Table:
    """Crews through the periods: who is there, what the work needs."""
    columns = (
        PERIOD,
        *plant_column(subject),
        Column("crew", "Crew"),
        Column("people", "Present, people", "count"),
        Column("needed", "Needed, people", "decimal"),
        Column("hired", "Hired, people", "count"),
        Column("left", "Let go, people", "count"),
        Column("available_h", "Regular hours, h", "count"),
        Column("used_h", "Hours of work, h", "count"),
        Column("overtime_h", "Overtime, h", "count"),
        Column("idle_h", "Left free (reserve and idle), h", "count"),
    )
    rows = tuple(_crew_row(subject, row) for row in subject.plan.people)
    note = "Needed: people at regular hours less the reserve, for the work planned, learning included."
    return Table("People", "People by crew and period", columns, rows, note)


def _crew_row(subject: Subject, row: Any) -> Row:
    return {
        **row.model_dump(exclude={"plant", "crew"}),
        "plant": subject.plant_name(row.plant),
        "crew": subject.name("crews", row.plant, row.crew),
        "needed": people_needed(row, subject.reserve(row.plant)),
    }


def people_needed(row: Any, reserve: float = 0.0) -> float | None:
    """People that a crew's work of a period would take at regular hours, less the reserve the plan keeps.

    Unknown when nobody is there. Above the people present, overtime makes up the difference.

    >>> from types import SimpleNamespace as Row
    >>> people_needed(Row(people=10, available_h=1000.0, used_h=1200.0))
    12.0
    >>> people_needed(Row(people=10, available_h=1000.0, used_h=750.0), reserve=0.25)
    10.0
    """
    if not row.people or not row.available_h:
        return 0.0 if not row.used_h else None
    return float(row.used_h / (row.available_h / row.people * (1.0 - reserve)))


def cash(subject: Subject) -> Table:
    """Money in and out, and what is left, by period."""
    rows: tuple[Row, ...] = tuple(
        {
            **row.model_dump(exclude={"plant"}),
            "plant": subject.plant_name(row.plant),
            "net": row.receipts - row.payments,
        }
        for row in subject.plan.cash
    )
    columns = (
        PERIOD,
        *plant_column(subject),
        money_column(subject, "receipts", "Receipts"),
        money_column(subject, "payments", "Payments"),
        money_column(subject, "net", "Receipts less payments"),
        money_column(subject, "cash", "Cash at the end"),
        money_column(subject, "debt", "Debt at the end"),
    )
    return Table("Cash", "Cash by period", columns, rows)


def lines(subject: Subject) -> Table:
    """Hours of lines and shared bays by period."""
    rows: tuple[Row, ...] = tuple(
        {
            **row.model_dump(exclude={"plant", "line"}),
            "plant": subject.plant_name(row.plant),
            "line": subject.name("lines", row.plant, row.line),
            "share": row.used_h / row.available_h if row.available_h else None,
        }
        for row in subject.plan.lines
    )
    columns = (
        PERIOD,
        *plant_column(subject),
        Column("line", "Line"),
        Column("available_h", "Regular hours, h", "count"),
        Column("used_h", "Used, h", "count"),
        Column("overtime_h", "Of these overtime, h", "count"),
        Column("share", "Used of regular hours, %", "share"),
    )
    return Table("Lines", "Load of lines and bays", columns, rows)


def sales(subject: Subject) -> Table:
    """Units sold by market and channel over the plan."""
    grouped: dict[tuple[str, str, str, str], list[Any]] = {}
    for sale in subject.plan.sales:
        key = (sale.plant, sale.market, sale.channel, subject.family_key(sale.plant, sale.variant))
        grouped.setdefault(key, []).append(sale)
    columns = (
        *plant_column(subject),
        Column("market", "Market"),
        Column("channel", "Channel"),
        FAMILY,
        Column("units", "Units sold", "count"),
        Column("kits", "Kits sold unbuilt", "count"),
        money_column(subject, "revenue", "Revenue"),
        money_column(subject, "price", "Mean price, each"),
    )
    rows = tuple(_sales_row(subject, key, group) for key, group in grouped.items())
    return Table("Sales", "Sales by market and channel", columns, rows, "Over the whole plan.")


def _sales_row(subject: Subject, key: tuple[str, str, str, str], group: list[Any]) -> Row:
    plant, market, channel, family = key
    revenue = sum(sale.units * sale.price for sale in group)
    n = sum(sale.units for sale in group)
    return {
        "plant": subject.plant_name(plant),
        "market": subject.name("markets", plant, market),
        "channel": subject.name("channels", plant, channel),
        "family": subject.family_name(family),
        "units": sum(sale.units for sale in group if sale.form == "unit"),
        "kits": sum(sale.units for sale in group if sale.form == "kit"),
        "revenue": revenue,
        "price": revenue / n if n else None,
    }


def orders(subject: Subject) -> Table:
    """What buyers asked for and did not get, or not at once, by demand over the plan."""
    rows = _orders(subject, lambda row: (row.plant, row.demand))
    first = (*plant_column(subject), Column("demand", "Demand"))
    return Table("Orders", "Demand that waited or was lost", (*first, *_order_columns()), rows)


def orders_by_family(subject: Subject) -> Table:
    """The same by channel and family."""
    rows = _orders(
        subject,
        lambda row: (
            row.plant,
            subject.demand_channel(row.plant, row.demand),
            subject.demand_family(row.plant, row.demand),
        ),
    )
    note = "Waiting: orders at the end of a period; what is lost was given up by its buyer."
    columns = (*plant_column(subject), *_order_columns())
    return Table("Orders", "Demand that waited or was lost", columns, rows, note)


def _order_columns() -> tuple[Column, ...]:
    return (
        Column("channel", "Channel"),
        FAMILY,
        Column("asked", "Asked for, units", "count"),
        Column("lost", "Lost, units", "count"),
        Column("most", "Most waiting, units", "count"),
        Column("waiting", "Waiting at the end, units", "count"),
    )


def _orders(subject: Subject, key: Callable[[Any], tuple[str, ...]]) -> tuple[Row, ...]:
    grouped: dict[tuple[str, ...], list[Any]] = {}
    for row in subject.plan.orders:
        grouped.setdefault(key(row), []).append(row)
    return tuple(_order_row(subject, group) for group in grouped.values())


def _order_row(subject: Subject, group: list[Any]) -> Row:
    plant, demand = group[0].plant, group[0].demand
    waiting = dict.fromkeys(subject.plan.periods, 0)
    for row in group:
        waiting[row.period] += row.waiting
    return {
        "plant": subject.plant_name(plant),
        "demand": demand,
        "channel": subject.demand_channel(plant, demand),
        "family": subject.family_name(subject.demand_family(plant, demand)),
        "asked": sum(row.asked for row in group),
        "lost": sum(row.lost for row in group),
        "most": max(waiting.values()),
        "waiting": waiting[subject.plan.periods[-1]],
    }


def sector(subject: Subject) -> Table:
    """Plants of the plan beside one another; where a country has several, its sums below."""
    views = subject.plan.plants
    rows = [_plant_row(view) for view in views]
    for country in dict.fromkeys(view.country for view in views):
        inside = [view for view in views if view.country == country]
        if len(inside) > 1:
            rows.append(_nation_row(f"{subject.country_name(country)}, all {len(inside)} plants", inside))
    columns = (
        Column("name", "Plant"),
        Column("country", "Country"),
        Column("ownership", "Ownership"),
        Column("units_built", "Built, units", "count"),
        Column("capacity_year", "Published capacity, units a year", "count"),
        Column("utilisation", "Use of published capacity, %", "share"),
        Column("bottleneck_utilisation", "Busiest line, % of regular hours", "share"),
        Column("direct_jobs", "Direct jobs, mean people in crews", "count"),
        Column("published_jobs", "Published jobs, people", "count"),
        Column("indirect_jobs_assumed", "Indirect jobs, people (an assumption)", "count"),
        Column("exported", "Exported, units", "count"),
        Column("import_substitution", "Sold at home in place of imports, units", "count"),
        Column("per_job", "Built per direct job, units", "decimal"),
        money_column(subject, "contribution", "Contribution"),
    )
    note = "Indirect jobs are direct jobs times an assumed factor: an assumption, not a result."
    return Table("Sector", "The plants beside one another", columns, tuple(rows), note)


def _plant_row(view: PlantView) -> Row:
    row = {**view.model_dump(), "per_job": _per(view.units_built, view.direct_jobs)}
    return {**row, "ownership": view.ownership.replace(" %", f"{THIN}%") or None}


def _nation_row(name: str, views: Sequence[PlantView]) -> Row:
    """Sums over plants; use is that of their capacities together, the busiest line that of any."""
    capacity, direct = _sum(views, "capacity_year"), _sum(views, "direct_jobs")
    shares = [(view.utilisation or 0.0) * (view.capacity_year or 0) for view in views]
    built = _sum(views, "units_built")
    return {
        "name": name, "strong": True, "country": views[0].country, "ownership": None, "units_built": built,
        "capacity_year": capacity, "utilisation": sum(shares) / capacity if capacity else None,
        "bottleneck_utilisation": max(view.bottleneck_utilisation for view in views),
        **{key: _sum(views, key) for key in SUMMED}, "direct_jobs": direct,
        "per_job": _per(built or 0.0, direct or 0.0),
    }  # fmt: skip


def _sum(views: Sequence[PlantView], key: str) -> float | None:
    """Sum of a figure over plants; unknown when it is unknown for one of them."""
    values = [getattr(view, key) for view in views]
    return None if any(value is None for value in values) else sum(values)


def _per(amount: float, base: float) -> float | None:
    return amount / base if base else None
