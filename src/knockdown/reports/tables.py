"""The plan's papers as plain tables: pure functions, a unit in every heading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from knockdown.reports import flows, twin_tables
from knockdown.reports.published import Beside, beside
from knockdown.reports.sheet import Cell, Column, Table
from knockdown.reports.subject import Subject
from knockdown.reports.words import plain

Row = Mapping[str, Cell]
PERIOD = Column("period", "Period")
FAMILY = Column("family", "Family")
PLANT = Column("plant", "Plant")


def plan_by_family(subject: Subject) -> Table:
    """Kits and units of each family through each period.

    Flows are of the period; stock and waiting orders are those at its end.
    """
    values = {measure: flows.by_family(subject, measure) for measure in flows.MEASURES}
    rows = tuple(
        {"period": period, "family": info.name, **{m: int(v.get((key, period), 0)) for m, v in values.items()}}
        for period in subject.plan.periods
        for key, info in subject.families.items()
    )
    columns = (PERIOD, FAMILY, *(Column(m, _measure_heading(m), "count") for m in flows.MEASURES))
    return Table("Plan", "Plan by period and family", columns, rows)


def _measure_heading(measure: str) -> str:
    text = flows.MEASURES[measure]
    unit = "" if text.split()[0] in ("Kits", "Units", "Orders") else ", units"
    return f"{text}{unit}{', end of period' if measure in flows.LEVELS else ''}"


def lots_ordered(subject: Subject) -> Table:
    """Kit lots to order, with the period from whose start the plan counts on them."""
    rows = tuple(
        {
            "period": lot.period,
            "plant": subject.plant_name(lot.plant),
            "contract": subject.name("contracts", lot.plant, lot.contract),
            "partner": subject.name("partners", lot.plant, lot.partner),
            "variant": subject.name("variants", lot.plant, lot.variant),
            "lots": lot.lots, "lot_size": lot.lot_size, "kits": lot.kits, "arrives": lot.arrives, "cost": lot.cost,
        }
        for lot in sorted(subject.plan.lots, key=lambda lot: lot.period)
    )  # fmt: skip
    columns = (
        Column("period", "Order in"),
        *_plant_column(subject),
        Column("partner", "Partner"),
        Column("contract", "Contract"),
        Column("variant", "Variant"),
        Column("lots", "Lots", "count"),
        Column("lot_size", "Kits a lot", "count"),
        Column("kits", "Kits", "count"),
        Column("arrives", "Counted on from"),
        _money(subject, "cost", "Cost"),
    )
    return Table("Lots", "Kit lots to order", columns, rows)


def units_built(subject: Subject) -> Table:
    """Units of each variant on each line, with the labour they take."""
    rows = tuple(
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
        PERIOD, *_plant_column(subject), Column("line", "Line"), FAMILY, Column("variant", "Variant"),
        Column("units", "Units built", "count"), Column("hours", "Labour, hours", "decimal"),
    )  # fmt: skip
    return Table("Build", "Units to build", columns, rows)


def people(subject: Subject) -> Table:
    """Crews through the periods: who is there, what the work needs."""
    columns = (
        PERIOD,
        *_plant_column(subject),
        Column("crew", "Crew"),
        Column("people", "Present, people", "count"),
        Column("needed", "Needed, people", "decimal"),
        Column("hired", "Hired, people", "count"),
        Column("left", "Let go, people", "count"),
        Column("available_h", "Regular hours, h", "count"),
        Column("used_h", "Hours of work, h", "count"),
        Column("overtime_h", "Overtime, h", "count"),
        Column("idle_h", "Idle, h", "count"),
    )
    rows = tuple(_crew_row(subject, row) for row in subject.plan.people)
    note = "Needed: people at regular hours for the work planned, learning included."
    return Table("People", "People by crew and period", columns, rows, note)


def _crew_row(subject: Subject, row: Any) -> Row:
    return {
        **row.model_dump(exclude={"plant", "crew"}),
        "plant": subject.plant_name(row.plant),
        "crew": subject.name("crews", row.plant, row.crew),
        "needed": people_needed(row),
    }


def people_needed(row: Any) -> float | None:
    """People that a crew's work of a period would take at regular hours; unknown when nobody is there.

    >>> from types import SimpleNamespace as Row
    >>> people_needed(Row(people=10, available_h=1000.0, used_h=1200.0))
    12.0
    """
    if not row.people or not row.available_h:
        return 0.0 if not row.used_h else None
    return float(row.used_h / (row.available_h / row.people))


def cash(subject: Subject) -> Table:
    """Money in and out, and what is left, by period."""
    rows = tuple(
        {**row.model_dump(exclude={"plant"}), "plant": subject.plant_name(row.plant), "net": row.receipts - row.payments}
        for row in subject.plan.cash
    )
    columns = (
        PERIOD,
        *_plant_column(subject),
        _money(subject, "receipts", "Receipts"),
        _money(subject, "payments", "Payments"),
        _money(subject, "net", "Receipts less payments"),
        _money(subject, "cash", "Cash at the end"),
        _money(subject, "debt", "Debt at the end"),
    )
    return Table("Cash", "Cash by period", columns, rows)


def lines(subject: Subject) -> Table:
    """Hours of lines and shared bays by period."""
    rows = tuple(
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
        *_plant_column(subject),
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
        *_plant_column(subject),
        Column("market", "Market"),
        Column("channel", "Channel"),
        FAMILY,
        Column("units", "Units sold", "count"),
        Column("kits", "Kits sold unbuilt", "count"),
        _money(subject, "revenue", "Revenue"),
        _money(subject, "price", "Mean price, each"),
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
        "family": subject.families[family].name,
        "units": sum(sale.units for sale in group if sale.form == "unit"),
        "kits": sum(sale.units for sale in group if sale.form == "kit"),
        "revenue": revenue,
        "price": revenue / n if n else None,
    }


def orders(subject: Subject) -> Table:
    """What buyers asked for and did not get, over the plan."""
    grouped: dict[tuple[str, str], list[Any]] = {}
    for row in subject.plan.orders:
        grouped.setdefault((row.plant, row.demand), []).append(row)
    rows = tuple(
        {
            "plant": subject.plant_name(plant),
            "demand": demand,
            "family": _family_name(subject, subject.demand_family(plant, demand)),
            "asked": sum(row.asked for row in group),
            "lost": sum(row.lost for row in group),
            "most": max(row.waiting for row in group),
            "waiting": group[-1].waiting,
        }
        for (plant, demand), group in grouped.items()
    )
    columns = (
        *_plant_column(subject),
        Column("demand", "Demand"),
        FAMILY,
        Column("asked", "Asked for, units", "count"),
        Column("lost", "Lost, units", "count"),
        Column("most", "Most waiting, units", "count"),
        Column("waiting", "Waiting at the end, units", "count"),
    )
    return Table("Orders", "Demand not met", columns, rows)


def _family_name(subject: Subject, key: str) -> str:
    info = subject.families.get(key)
    return info.name if info is not None else key.rpartition("/")[2]


def limits(subject: Subject) -> Table:
    """What holds the plan back, most worth easing first."""
    rows = tuple(
        {
            **limit.model_dump(exclude={"plant"}),
            "rank": rank,
            "plant": subject.plant_name(limit.plant),
        }
        for rank, limit in enumerate(subject.plan.limits, start=1)
    )
    columns = (
        Column("rank", "Rank", "count"),
        *_plant_column(subject),
        Column("sentence", "What limits the plan"),
        Column("kind", "Kind"),
        Column("unit", "One more of it is"),
        Column("step", "Step given when solving again, of that unit", "decimal"),
        _money(subject, "dual_gain", "Gain per unit by duals"),
        Column("verified", "Verified by solving again"),
        _money(subject, "gain", "Gain of the step found"),
        _money(subject, "gain_most", "Gain of the step, at most"),
    )
    return Table("Limits", "What limits the plan", columns, rows)


def terms(subject: Subject) -> Table:
    """Every term of the objective; together they are the contribution."""
    rows: list[Row] = [{"term": plain(name), "amount": value} for name, value in subject.plan.terms.items()]
    if rows:
        rows.append({"term": "Contribution", "amount": subject.plan.objective})
    columns = (Column("term", "Term"), _money(subject, "amount", "Amount"))
    return Table("Terms", "Where the contribution comes from", columns, tuple(rows))


def assumptions(subject: Subject) -> Table:
    """How much of the plan rests on assumptions."""
    found = subject.plan.assumptions
    rows: tuple[Row, ...] = (
        {"what": "Money in the plan whose price or cost is assumed, %", "value": 100 * found.share},
        {"what": "Numbers in the description that the plan reads", "value": found.numbers},
        {"what": "Of these, assumed", "value": found.assumed},
    )
    columns = (Column("what", "What"), Column("value", "Value, as said", "decimal"))
    return Table("Assumptions", "What rests on assumptions", columns, rows)


def sector(subject: Subject) -> Table:
    """Plants of the plan beside one another."""
    rows = tuple({**view.model_dump(), "per_job": _per(view.units_built, view.direct_jobs)} for view in subject.plan.plants)
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
        _money(subject, "contribution", "Contribution"),
    )
    note = "Indirect jobs are direct jobs times an assumed factor: an assumption, not a result."
    return Table("Sector", "The plants beside one another", columns, rows, note)


def _per(amount: float, base: float) -> float | None:
    return amount / base if base else None


def conflict(subject: Subject) -> Table:
    """Why there is no plan: what cannot hold together, then the cheapest way out."""
    found = subject.plan.conflict
    rows: list[Row] = []
    if found is not None:
        rows += [{"part": "cannot hold together", "text": text, "amount": None, "unit": ""} for text in found.members]
        rows += [
            {"part": "cheapest way out", "text": fix.sentence, "amount": fix.amount, "unit": fix.unit}
            for fix in found.cheapest_fix
        ]
    columns = (Column("part", "Part"), Column("text", "In words"), Column("amount", "By how many", "decimal"), Column("unit", "Unit"))
    return Table("Conflict", "Why no plan exists", columns, tuple(rows))


def notes(subject: Subject) -> Table:
    """What a reader should know."""
    return Table("Notes", "Notes", (Column("note", "Note"),), tuple({"note": text} for text in subject.plan.notes))


def published(subject: Subject, rows: Sequence[Beside] | None = None) -> Table:
    """Published figures beside ours; all of them unless some are given."""
    columns = (
        Column("fact", "Fact"),
        *_plant_column(subject),
        Column("whose", "Published: whose"),
        Column("what", "Published: what"),
        Column("value", "Published: value and unit"),
        Column("period", "Published: period"),
        Column("status", "Published as"),
        Column("ours", "Ours: value, unit and period"),
        Column("sentence", "How they compare"),
        Column("title", "Source"),
        Column("where", "Where, as text"),
    )
    found = tuple(
        {
            "fact": row.fact, "plant": subject.plant_name(row.plant), "whose": row.whose, "what": row.what, "value": row.value_words,
            "period": row.period, "status": row.status, "ours": row.ours_words, "sentence": row.sentence,
            "title": row.title, "where": row.where,
        }
        for row in (beside(subject) if rows is None else rows)
    )  # fmt: skip
    return Table("Published", "Published figures beside ours", columns, found)


def about(subject: Subject) -> Table:
    """Sizes, solver answer and provenance."""
    plan = subject.plan
    pairs: list[tuple[str, Cell]] = [
        ("Status", plan.status),
        (f"Objective, {plan.currency}", plan.objective),
        (f"No plan can exceed, {plan.currency}", plan.bound),
        ("Gap, %", None if plan.gap is None else round(100 * plan.gap, 4)),
        ("Seconds", round(plan.seconds, 2)),
        ("Solver checks done", plan.work),
        *((f"{plain(name)}, number of", value) for name, value in plan.size.model_dump().items()),
        ("knockdown version", plan.provenance.version),
        ("Digest of the input", plan.provenance.input_digest),
        ("Seed", plan.provenance.seed),
        *((f"Option {name}", value) for name, value in plan.provenance.options.items()),
        *((f"Seed of the simulation, {plant}", twin.seed) for plant, twin in subject.twins.items()),
        *((f"Replications, {plant}", twin.replications) for plant, twin in subject.twins.items()),
        *((f"Checksum of the simulation, {plant}", twin.checksum) for plant, twin in subject.twins.items()),
    ]
    rows = tuple({"what": what, "value": value} for what, value in pairs)
    return Table("About", "How this was computed", (Column("what", "What"), Column("value", "Value")), rows)


def _plant_column(subject: Subject) -> tuple[Column, ...]:
    return (PLANT,) if subject.is_network else ()


def _money(subject: Subject, key: str, heading: str) -> Column:
    return Column(key, f"{heading}, {subject.plan.currency}", "money")


ALL: tuple[Callable[[Subject], Table], ...] = (
    conflict, sector, plan_by_family, lots_ordered, units_built, people, cash, lines, sales, orders, limits, terms,
    twin_tables.output, twin_tables.stations, twin_tables.causes, published, assumptions, twin_tables.units, notes, about,
)  # fmt: skip


def all_tables(subject: Subject) -> tuple[Table, ...]:
    """Every table that has rows, in reading order."""
    return tuple(table for make in ALL if (table := make(subject)).rows)
