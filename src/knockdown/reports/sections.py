"""The page in plain data: its sections, ready for the template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from knockdown.reports import about_tables, charts, kit_sections, says, tables, twin_sections
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
    plant_groups,
    with_any,
)
from knockdown.reports.marks import colour, stroke
from knockdown.reports.published import beside, leading
from knockdown.reports.sheet import Column, Row, Table
from knockdown.reports.subject import Subject
from knockdown.reports.words import span

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
        (bool(subject.kits), kit_sections.kits),
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
    caption = "Stock at the end of each period, all families; vehicles without what is made to be built in."
    blocks = (
        draw(charts.stock_lines(subject), "stock", caption, legend),
        *family_grids(subject, "finished", "Finished stock at the end of the period, units"),
        *family_grids(subject, "kits", "Kits in the store at the end of the period, kits"),
    )
    return Section("stock", "Stock", "Finished stock and kits", "", blocks)


def people_section(subject: Subject) -> Section:
    """Crews needed and present, overtime."""
    rows = subject.plan.people
    names = {f"{row.plant}/{row.crew}": subject.name("crews", row.plant, row.crew) for row in rows}
    groups = plant_groups(subject, names)
    present = {(f"{row.plant}/{row.crew}", row.period): float(row.people) for row in rows}
    overtime = {(f"{row.plant}/{row.crew}", row.period): row.overtime_h for row in rows}
    legend = (Key("present", colour(4)), Key("needed at regular hours less reserve", stroke(1), "line"))
    caption = (
        "People in each crew, each on its own scale: "
        "where the line stands above the area, overtime makes up the difference."
    )
    periods, late = subject.plan.periods, with_any(overtime, names)
    blocks = (
        *([draw(charts.people_panels(subject), "people", caption, legend)] if names else []),
        *grids(Lines("Present, people", "Crew", present, names, level=True, groups=groups), periods),
        *grids(Lines("Overtime, person-hours", "Crew", overtime, late, groups=groups), periods),
    )
    return Section("staff", "Staff", "People: needed and present", says.staffing(subject), blocks)


def cash_section(subject: Subject) -> Section:
    """Cash, debt and where the contribution comes from."""
    cash = _cash_by_plant(subject) if subject.is_network else [Sheet(tables.cash(subject))]
    blocks = (
        *_cash_figure(subject),
        draw(charts.term_bars(subject), "terms", "Terms of the contribution: what earns, what costs."),
        Sheet(about_tables.terms(subject)),
        *cash,
    )
    return Section("cash", "Cash", "Cash and debt", says.cash_low(subject), blocks)


def _cash_by_plant(subject: Subject) -> Iterable[Block]:
    """Receipts less payments, and cash less debt, of each plant of a network."""
    names = {row.plant: subject.plant_name(row.plant) for row in subject.plan.cash}
    net = {(row.plant, row.period): (row.receipts - row.payments) / 1000 for row in subject.plan.cash}
    left = {(row.plant, row.period): (row.cash - row.debt) / 1000 for row in subject.plan.cash}
    unit, periods = f"thousand {subject.plan.currency}", subject.plan.periods
    yield from grids(Lines(f"Receipts less payments, {unit}", "Plant", net, names), periods)
    title = f"Cash less debt at the end of the period, {unit}"
    yield from grids(Lines(title, "Plant", left, names, level=True), periods)


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
    built = f"Built and earned over {span(subject.plan.periods)}; use is that of a year."
    blocks = (
        Sheet(_only(table, "Use of the plants", USE, built)),
        Sheet(_only(table, "Jobs, exports and import substitution", JOBS, table.note)),
    )
    return Section("sector", "Sector", "The plants beside one another", "", blocks)


def _only(table: Table, title: str, keys: Sequence[str], note: str) -> Table:
    columns = {column.key: column for column in table.columns}
    return Table(table.id, title, tuple(columns[key] for key in keys), table.rows, note)


def limits_section(subject: Subject) -> Section:
    """What holds the plan back: first what was solved again, then what only the plan's prices say."""
    rows: list[Row] = [
        {
            "rank": rank, "plant": subject.plant_name(limit.plant), "sentence": limit.sentence,
            "dual": limit.dual_gain, "unit": limit.unit, "gain": says.gain(limit, subject.plan.currency),
            "again": limit.verified,
        }
        for rank, limit in enumerate(subject.plan.limits, start=1)
    ]  # fmt: skip
    again = tuple(row for row in rows if row["again"])
    priced = tuple(row for row in rows if not row["again"])
    lead = "Nothing was found to limit the plan." if not rows else ""
    note = "By the price of one more in the plan's relaxation (its dual); often too high."
    title, by_step = "Each eased by a step, and the plan solved again", _limit_columns(subject, "gain")
    blocks = (
        Sheet(Table("Limits", title, by_step, again)),
        Sheet(Table("Priced", "Others, not solved again", _limit_columns(subject, "dual"), priced, note)),
        Sheet(_unmet(subject)),
    )
    return Section("limits", "Limits", "What limits the plan", lead, blocks)


def _limit_columns(subject: Subject, worth: str) -> tuple[Column, ...]:
    price = Column("dual", f"Price of one more, {subject.plan.currency}", "money")
    by_price, by_step = (price, Column("unit", "One more is one")), (Column("gain", "What easing it adds"),)
    return (
        Column("rank", "Rank", "count"),
        *((Column("plant", "Plant"),) if subject.is_network else ()),
        Column("sentence", "What limits the plan"),
        *(by_price if worth == "dual" else by_step),
    )


def _unmet(subject: Subject) -> Table:
    """Demand that waits or is lost by channel and family, most lost first."""
    table = tables.orders_by_family(subject)
    rows = [row for row in table.rows if row["lost"] or row["most"]]
    rows.sort(key=lambda row: (row["lost"], row["most"]), reverse=True)
    return Table(table.id, table.title, table.columns, tuple(rows), table.note)


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
        blocks = [Prose(found.members, says.proof(subject))]
        blocks += [Prose(fixes, f"{says.way_out(subject)}:")] if fixes else []
    return Section("conflict", "Why no plan", "Why there is no plan", says.status(subject), tuple(blocks))
