"""The page in plain data: its sections, ready for the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from knockdown.reports import about_tables, charts, says, tables, twin_sections
from knockdown.reports.blocks import (
    Block,
    Compared,
    Key,
    Lines,
    Prose,
    Section,
    Sheet,
    draw,
    family_grids,
    grids,
    with_any,
)
from knockdown.reports.marks import colour, stroke
from knockdown.reports.published import beside, leading
from knockdown.reports.sheet import Column, Row, Table
from knockdown.reports.subject import Subject

USE = (
    "name", "country", "ownership", "units_built", "capacity_year", "utilisation", "bottleneck_utilisation",
    "contribution",
)  # fmt: skip
JOBS = (
    "name", "units_built", "exported", "import_substitution", "direct_jobs", "published_jobs",
    "indirect_jobs_assumed", "per_job",
)  # fmt: skip


def sections(subject: Subject) -> tuple[Section, ...]:
    """The sections that have something to show, in reading order."""
    if not subject.has_plan:
        return (conflict_section(subject), assumptions_section(subject), about_section(subject))
    published = any(member.published for member in subject.members.values())
    wanted: list[tuple[bool, Callable[[Subject], Section]]] = [
        (bool(subject.plan.plants) and subject.is_network, sector_section),
        (True, plan_section),
        (True, lots_section),
        (True, stock_section),
        (True, people_section),
        (True, cash_section),
        (True, limits_section),
        (bool(subject.twins), twin_sections.could),
        (bool(subject.twins), twin_sections.lost),
        (bool(subject.calendars), twin_sections.calendar),
        (published, published_section),
        (True, assumptions_section),
        (True, about_section),
    ]
    return tuple(make(subject) for wants, make in wanted if wants)


def plan_section(subject: Subject) -> Section:
    """What is built and sold, by month and family."""
    legend = [Key(name, colour(slot)) for slot, name in charts.slot_names(subject)]
    labelled = len(subject.plan.periods) <= charts.MOST_LABELLED
    caption = (
        f"Units built by period and family{'; the figure above a column is its sum' if labelled else ''}."
    )
    blocks = (
        draw(charts.plan_columns(subject), "plan", caption, legend),
        *family_grids(subject, "built", "Built, units"),
        *family_grids(subject, "sold", "Sold, units"),
        *family_grids(subject, "kits_sold", "Sold unbuilt, kits"),
        *family_grids(subject, "waiting", "Orders waiting at the end of the period, units"),
        Sheet(tables.sales(subject)),
    )
    title = "Build and sell, by month and family"
    return Section("plan", "Build and sell", title, says.busiest_line(subject), blocks)


def lots_section(subject: Subject) -> Section:
    """Which lots to order when, and when their kits arrive."""
    soon = {lot.period for lot in says.first_lots(subject, 3)}
    table = tables.lots_ordered(subject)
    rows = tuple(row for row in table.rows if row["period"] in soon)
    note = "The workbook lists every lot of the plan."
    legend = (Key("ordered", colour(4)), Key("arriving", colour(0)))
    caption = "Kits ordered in a period, and kits the plan counts on from its start."
    blocks = (
        Sheet(Table("Next", "To order in the next three periods", table.columns, rows, note)),
        draw(charts.kit_columns(subject), "kits", caption, legend),
        *family_grids(subject, "ordered", "Ordered, kits"),
        *family_grids(subject, "arriving", "Arriving, kits"),
    )
    lead = f"{says.verbs(subject)[0].lines[0]}." if subject.plan.lots else "The plan orders no lots."
    return Section("order", "Order kits", "Kit lots ordered and arriving", lead, blocks)


def stock_section(subject: Subject) -> Section:
    """Finished units and kits."""
    marks = ("line", "dash", "dot")
    legend = [Key(stock[1], stock[3], mark) for stock, mark in zip(charts.STOCKS, marks, strict=True)]
    caption = "Stock at the end of each period, all families."
    blocks = (
        draw(charts.stock_lines(subject), "stock", caption, legend),
        *family_grids(subject, "finished", "Finished stock at the end of the period, units"),
        *family_grids(subject, "kits", "Kits in the store at the end of the period, kits"),
    )
    return Section("stock", "Stock", "Finished stock and kits", "", blocks)


def people_section(subject: Subject) -> Section:
    """Crews needed and present, overtime."""
    rows = subject.plan.people
    names = {f"{row.plant}/{row.crew}": subject.crew_name(row.plant, row.crew) for row in rows}
    present = {(f"{row.plant}/{row.crew}", row.period): float(row.people) for row in rows}
    overtime = {(f"{row.plant}/{row.crew}", row.period): row.overtime_h for row in rows}
    legend = (Key("present", colour(4)), Key("needed at regular hours", stroke(1), "line"))
    caption = "People in each crew: where the line stands above the area, overtime makes up the difference."
    periods = subject.plan.periods
    blocks = (
        *([draw(charts.people_panels(subject), "people", caption, legend)] if names else []),
        *grids(Lines("Present, people", "Crew", present, names, level=True), periods),
        *grids(Lines("Overtime, h", "Crew", overtime, with_any(overtime, names)), periods),
    )
    return Section("staff", "Staff", "People: needed and present", says.staffing(subject), blocks)


def cash_section(subject: Subject) -> Section:
    """Cash, debt and where the contribution comes from."""
    cash = [Sheet(tables.cash(subject))] if not subject.is_network else []
    blocks = (
        *_cash_figure(subject),
        draw(charts.term_bars(subject), "terms", "Terms of the contribution: what earns, what costs."),
        Sheet(about_tables.terms(subject)),
        *cash,
    )
    return Section("cash", "Cash", "Cash and debt", says.cash_low(subject), blocks)


def _cash_figure(subject: Subject) -> list[Block]:
    if not subject.plan.cash:
        return []
    bars = [Key("receipts", colour(2)), Key("payments", colour(1)), Key("cash", "var(--ink)", "line")]
    debt = [Key("debt", stroke(7), "dash")] if any(row.debt for row in subject.plan.cash) else []
    caption = "Receipts and payments of the period; cash and debt at its end."
    return [draw(charts.cash_columns(subject), "cash", caption, [*bars, *debt])]


def sector_section(subject: Subject) -> Section:
    """The plants of a network beside one another."""
    table = tables.sector(subject)
    blocks = (
        Sheet(_only(table, "Use of the plants", USE, "")),
        Sheet(_only(table, "Jobs, exports and import substitution", JOBS, table.note)),
    )
    return Section("sector", "Sector", "The plants beside one another", "", blocks)


def _only(table: Table, title: str, keys: Sequence[str], note: str) -> Table:
    columns = {column.key: column for column in table.columns}
    return Table(table.id, title, tuple(columns[key] for key in keys), table.rows, note)


def limits_section(subject: Subject) -> Section:
    """What holds the plan back."""
    currency = subject.plan.currency
    rows: tuple[Row, ...] = tuple(
        {
            "rank": rank, "plant": subject.plant_name(limit.plant), "sentence": limit.sentence,
            "dual": limit.dual_gain, "unit": limit.unit, "gain": says.gain(limit, currency),
        }
        for rank, limit in enumerate(subject.plan.limits, start=1)
    )  # fmt: skip
    columns = (
        Column("rank", "Rank", "count"),
        *((Column("plant", "Plant"),) if subject.is_network else ()),
        Column("sentence", "What limits the plan"),
        Column("dual", f"Dual: gain per unit, {currency}", "money"),
        Column("unit", "One unit is"),
        Column("gain", "What easing it adds"),
    )
    ranked = "Ranked by what more of each would add. A gain solved again is a range: found, and at most."
    lead = ranked if rows else "Nothing was found to limit the plan."
    blocks = (Sheet(Table("Limits", "Limits", columns, rows)), Sheet(_unmet(subject)))
    return Section("limits", "Limits", "What limits the plan", lead, blocks)


def _unmet(subject: Subject) -> Table:
    """Demand that waits or is lost, most first."""
    table = tables.orders(subject)
    rows = [row for row in table.rows if row["lost"] or row["most"]]
    rows.sort(key=lambda row: (row["lost"], row["most"]), reverse=True)
    columns = tuple(column for column in table.columns if column.key != "demand")
    return Table(table.id, table.title, columns, tuple(rows), table.note)


def published_section(subject: Subject) -> Section:
    """Published figures beside ours."""
    every = beside(subject)
    first = leading(every)
    rest = tuple(row for row in every if row not in first)
    blocks = [Compared(first)]
    if rest:
        folded = f"{len(rest)} more figures: older ones of the same kinds; the workbook lists them too"
        blocks.append(Compared(rest, folded))
    lead = (
        "Figures others have published, each with its period, beside what this plan has. "
        "A part of a year is never stretched to a whole one."
    )
    title = "Published figures beside ours"
    return Section("published", "Published figures", title, lead, tuple(blocks))


def assumptions_section(subject: Subject) -> Section:
    """What rests on assumptions."""
    return Section("assumptions", "Assumptions", "Assumptions", says.assumption(subject), ())


def about_section(subject: Subject) -> Section:
    """Notes, sizes, provenance."""
    notes = [Prose(subject.plan.notes, "Notes")] if subject.plan.notes else []
    blocks: tuple[Block, ...] = (*notes, Sheet(about_tables.about(subject)))
    return Section("about", "About", "Notes, sizes and provenance", says.sizes(subject), blocks)


def conflict_section(subject: Subject) -> Section:
    """Why no plan exists, and the cheapest way out."""
    found, blocks = subject.plan.conflict, []
    if found is not None:
        fixes = tuple(fix.sentence for fix in found.cheapest_fix)
        out = "The cheapest way to make a plan possible:"
        blocks = [Prose(found.members, says.proof(subject)), Prose(fixes, out)]
    return Section("conflict", "Why no plan", "Why there is no plan", says.status(subject), tuple(blocks))
