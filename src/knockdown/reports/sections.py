"""The page in plain data: sections of prose, grids, tables and pictures, ready for the template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knockdown.documents.twin_result import TwinResult
from knockdown.reports import charts, flows, says, tables, twin_charts, twin_tables
from knockdown.reports.draw import Spec, picture
from knockdown.reports.published import beside, leading
from knockdown.reports.sheet import Column, Grid, GridRow, Table, grid_rows, sum_row
from knockdown.reports.subject import Subject
from knockdown.reports.words import THIN, short_period

WIDEST_GRID = 20


@dataclass(frozen=True)
class Key:
    """One entry of a legend; `mark` is fill, line, dash, dot, band or diamond."""

    name: str
    colour: str
    mark: str = "fill"


@dataclass(frozen=True)
class Figure:
    """A picture with its caption and legend."""

    svg: str
    caption: str
    legend: tuple[Key, ...] = ()
    kind: str = "figure"


@dataclass(frozen=True)
class Prose:
    """Sentences; a list when there are several."""

    lines: tuple[str, ...]
    title: str = ""
    kind: str = "prose"


@dataclass(frozen=True)
class Sheet:
    """A table in the page; one that is `folded` opens on a click and is not printed."""

    table: Table
    folded: str = ""
    kind: str = "table"


@dataclass(frozen=True)
class Laid:
    """A grid in the page; `top` is the largest cell, for shading."""

    grid: Grid
    top: float
    kind: str = "grid"


Block = Figure | Prose | Sheet | Laid


@dataclass(frozen=True)
class Section:
    """A section: its anchor, heading, leading sentence and blocks."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    short: str = field(default="")


def draw(spec: Spec, name: str, caption: str, legend: Sequence[Key] = ()) -> Figure:
    """A figure from a Vega-Lite spec."""
    return Figure(picture(spec, name, caption), caption, tuple(legend))


def family_grids(subject: Subject, measure: str, title: str) -> Iterable[Block]:
    """One measure by family and period; levels show the last period in place of a sum."""
    labels = {key: info.name if info.vehicle else f"{info.name} (built in)" for key, info in subject.families.items()}
    values = flows.by_family(subject, measure)
    labels = {key: text for key, text in labels.items() if any(n for (k, _), n in values.items() if k == key)}
    level = measure in flows.LEVELS
    yield from grids(title, "Family", values, labels, subject.plan.periods, level)


def grids(
    title: str, corner: str, values: Mapping[tuple[str, str], float], labels: Mapping[str, str], periods: Sequence[str], level: bool = False
) -> Iterable[Block]:
    """A grid by row and period, in as many parts as a page needs; whole-plan totals stand in the last part."""
    rows = grid_rows(values, labels, periods, last=level)
    if not rows:
        return
    rows = (*rows, sum_row(rows, "All")) if len(rows) > 1 else rows
    top = max((v or 0.0 for row in rows if not row.strong for v in row.values), default=0.0)
    n_parts = -(-len(periods) // WIDEST_GRID)
    width = -(-len(periods) // n_parts)
    for start in range(0, len(periods), width):
        last = start + width >= len(periods)
        part = tuple(GridRow(r.label, r.values[start : start + width], r.total if last and not level else None, r.strong) for r in rows)
        heads = tuple(short_period(p) for p in periods[start : start + width])
        heading = "Total" if last and not level else ""
        yield Laid(Grid(title if start == 0 else f"{title}, continued", corner, heads, part, heading), top)


def plan_section(subject: Subject) -> Section:
    """What is built and sold, by month and family."""
    legend = [Key(name, charts.colour(slot)) for slot, name in charts.slot_names(subject)]
    built = draw(charts.plan_columns(subject), "plan", "Units built by period and family; the figure above a column is its sum.", legend)
    blocks = (
        built,
        *family_grids(subject, "built", "Built, units"),
        *family_grids(subject, "sold", "Sold, units"),
        *family_grids(subject, "kits_sold", "Sold as kits, kits"),
        *family_grids(subject, "waiting", "Orders waiting at the end of the period, units"),
        Sheet(tables.sales(subject)),
    )
    return Section("plan", "Build and sell, by month and family", says.busiest_line(subject), blocks, "Build and sell")


def lots_section(subject: Subject) -> Section:
    """Which lots to order when, and when their kits arrive."""
    soon = {lot.period for lot in says.first_lots(subject, 3)}
    table = tables.lots_ordered(subject)
    next_lots = tuple(row for row in table.rows if row["period"] in soon)
    first = Table("Next", "To order in the next three periods", table.columns, next_lots, "The workbook lists every lot of the plan.")
    legend = (Key("ordered", "var(--c5)"), Key("arriving", "var(--c1)"))
    caption = "Kits ordered in a period, and kits the plan counts on from its start."
    blocks = (
        Sheet(first),
        draw(charts.kit_columns(subject), "kits", caption, legend),
        *family_grids(subject, "ordered", "Ordered, kits"),
        *family_grids(subject, "arriving", "Arriving, kits"),
    )
    lead = f"{says.verbs(subject)[0].lines[0]}." if subject.plan.lots else "The plan orders no lots."
    return Section("order", "Kit lots ordered and arriving", lead, blocks, "Order kits")


def stock_section(subject: Subject) -> Section:
    """Finished units and kits."""
    legend = (Key("finished units", "var(--c1)", "line"), Key("kits in the store", "var(--c2)", "dash"), Key("kits on the way", "var(--c4)", "dot"))
    figure = draw(charts.stock_lines(subject), "stock", "Stock at the end of each period, all families.", legend)
    blocks = (
        figure,
        *family_grids(subject, "finished", "Finished stock at the end of the period, units"),
        *family_grids(subject, "kits", "Kits in the store at the end of the period, kits"),
    )
    return Section("stock", "Finished stock and kits", "", blocks, "Stock")


def people_section(subject: Subject) -> Section:
    """Crews needed and present, overtime."""
    legend = (Key("present", "var(--c5)"), Key("needed at regular hours", "var(--c2)", "line"))
    caption = "People in each crew: where the line stands above the area, overtime makes up the difference."
    names = {f"{r.plant}/{r.crew}": _crew_name(subject, r.plant, r.crew) for r in subject.plan.people}
    present = {(f"{r.plant}/{r.crew}", r.period): float(r.people) for r in subject.plan.people}
    overtime = {(f"{r.plant}/{r.crew}", r.period): r.overtime_h for r in subject.plan.people}
    blocks = (
        *([draw(charts.people_panels(subject), "people", caption, legend)] if names else []),
        *grids("Present, people", "Crew", present, names, subject.plan.periods, level=True),
        *grids("Overtime, h", "Crew", overtime, names, subject.plan.periods),
    )
    return Section("staff", "People: needed and present", says.staffing(subject), blocks, "Staff")


def _crew_name(subject: Subject, plant: str, crew: str) -> str:
    name = subject.name("crews", plant, crew)
    return f"{name}, {subject.plant_name(plant)}" if subject.is_network else name


def cash_section(subject: Subject) -> Section:
    """Cash, debt and where the contribution comes from."""
    legend = (Key("receipts", "var(--c3)"), Key("payments", "var(--c2)"), Key("cash", "var(--ink)", "line"), Key("debt", "var(--c8)", "dash"))
    blocks: list[Block] = []
    if subject.plan.cash:
        blocks.append(draw(charts.cash_columns(subject), "cash", "Receipts and payments of the period; cash and debt at its end.", legend))
    blocks += [draw(charts.term_bars(subject), "terms", "Terms of the contribution: what earns, what costs."), Sheet(tables.terms(subject))]
    blocks += [Sheet(tables.cash(subject))] if not subject.is_network else []
    return Section("cash", "Cash and debt", says.cash_low(subject), tuple(blocks), "Cash")


def sector_section(subject: Subject) -> Section:
    """The plants of a network beside one another."""
    table = tables.sector(subject)
    work = ("name", "country", "ownership", "units_built", "capacity_year", "utilisation", "bottleneck_utilisation", "contribution")
    jobs = ("name", "units_built", "exported", "import_substitution", "direct_jobs", "published_jobs", "indirect_jobs_assumed", "per_job")
    blocks = (
        Sheet(_only(table, "Use of the plants", work, "")),
        Sheet(_only(table, "Jobs, exports and import substitution", jobs, table.note)),
    )
    return Section("sector", "The plants beside one another", "", blocks, "Sector")


def _only(table: Table, title: str, keys: Sequence[str], note: str) -> Table:
    columns = {column.key: column for column in table.columns}
    return Table(table.id, title, tuple(columns[key] for key in keys), table.rows, note)


def limits_section(subject: Subject) -> Section:
    """What holds the plan back."""
    rows = tuple(
        {"rank": i, "plant": subject.plant_name(limit.plant), "sentence": limit.sentence, "dual": limit.dual_gain, "unit": limit.unit,
         "gain": says.gain(limit, subject.plan.currency)}
        for i, limit in enumerate(subject.plan.limits, start=1)
    )  # fmt: skip
    columns = (
        Column("rank", "Rank", "count"),
        *((Column("plant", "Plant"),) if subject.is_network else ()),
        Column("sentence", "What limits the plan"),
        Column("dual", f"Dual: gain per unit, {subject.plan.currency}", "money"),
        Column("unit", "One unit is"),
        Column("gain", "What easing it adds"),
    )
    lead = "Ranked by what more of each would add. A gain solved again is a range: found, and the most it can be."
    blocks = (Sheet(Table("Limits", "Limits", columns, rows)), Sheet(tables.orders(subject)))
    return Section("limits", "What limits the plan", lead if rows else "Nothing was found to limit the plan.", blocks, "Limits")


def twin_section(subject: Subject) -> Section:
    """The output fan and what it does to stock and overtime."""
    blocks: list[Block] = []
    for plant, twin in subject.twins.items():
        blocks += _fans(subject, plant, twin)
    return Section("could", "What could happen", "The plan played many times with late kits, faults and absence.", tuple(blocks), "What could happen")


def _fans(subject: Subject, plant: str, twin: TwinResult) -> Iterable[Block]:
    legend = (Key("P10 to P90", "var(--c1)", "band"), Key("P50", "var(--c1)", "line"), Key("planned", "var(--c2)", "diamond"))
    yield Prose((says.year(twin), says.lateness(twin)), subject.plant_name(plant) if subject.is_network else "")
    yield draw(twin_charts.fan(twin.built, "Units built in the period"), f"fan-{plant}", "Units built: simulated range against the plan.", legend)
    others = (("finished_stock", "Finished units in stock"), ("overtime_h", "Overtime, hours"))
    for name, title in others if not subject.is_network else ():
        fans = getattr(twin, name)
        if any(row.group == "all" for row in fans):
            yield draw(twin_charts.fan(fans, title, 150), f"fan-{name}-{plant}", f"{title}: simulated range against the plan.", legend)


def loss_section(subject: Subject) -> Section:
    """Where stations lost time, and what made vehicles late."""
    legend = tuple(Key(words.lower(), twin_charts.STATE_COLOURS[state]) for state, words in twin_tables.STATES.items())
    blocks: list[Block] = []
    for plant, twin in subject.twins.items():
        worst = says.worst_causes(twin)
        where = subject.plant_name(plant) if subject.is_network else ""
        blocks.append(Prose((f"Vehicles wait most for: {worst}." if worst else "No vehicle was late.",), where))
        blocks.append(draw(twin_charts.cause_bars(twin), f"causes-{plant}", "Vehicle-days late by cause; the thin line is the 95 % interval."))
        blocks.append(draw(twin_charts.station_bars(subject, plant, twin), f"stations-{plant}", "Where each station's time went, per cent.", legend))
    return Section("lost", "Where time was lost", "", tuple(blocks), "Lost time")


def calendar_section(subject: Subject) -> Section:
    """The build calendar as strips."""
    blocks: list[Block] = []
    for plant, paper in subject.calendars.items():
        late = f"{len(paper.units)} units; {paper.late_units} leave after the period the plan counts them in, with nothing going wrong."
        blocks.append(Prose((late.replace(",", THIN),), subject.plant_name(plant) if subject.is_network else ""))
        if paper.units:
            caption = "Units leaving each line by week. A strip is a family, a column a week; the line under it is its campaign, ▸ where one starts."
            blocks.append(draw(twin_charts.strips(subject, plant, paper), f"strips-{plant}", caption))
    return Section("calendar", "Build calendar", "", tuple(blocks), "Build calendar")


def published_section(subject: Subject) -> Section:
    """Published figures beside ours."""
    every = beside(subject)
    first = leading(every)
    rest = [row for row in every if row not in first]
    blocks = [Sheet(tables.published(subject, first))]
    if rest:
        folded = f"{len(rest)} more figures: older ones of the same kinds"
        blocks.append(Sheet(tables.published(subject, rest), folded))
    lead = "Figures others have published, each with its period, beside what this plan has. A part of a year is never stretched to a whole one."
    return Section("published", "Published figures beside ours", lead, tuple(blocks), "Published figures")


def assumptions_section(subject: Subject) -> Section:
    """What rests on assumptions."""
    return Section("assumptions", "Assumptions", says.assumption(subject), (), "Assumptions")


def about_section(subject: Subject) -> Section:
    """Notes, sizes, provenance."""
    notes = [Prose(subject.plan.notes, "Notes")] if subject.plan.notes else []
    return Section("about", "Notes, sizes and provenance", says.sizes(subject), (*notes, Sheet(tables.about(subject))), "About")


def conflict_section(subject: Subject) -> Section:
    """Why no plan exists, and the cheapest way out."""
    found = subject.plan.conflict
    blocks: list[Block] = []
    if found is not None:
        blocks.append(Prose(found.members, says.proof(subject)))
        blocks.append(Prose(tuple(fix.sentence for fix in found.cheapest_fix), "The cheapest way to make a plan possible:"))
    return Section("conflict", "Why there is no plan", says.status(subject), tuple(blocks), "Why no plan")


def sections(subject: Subject) -> tuple[Section, ...]:
    """The sections that have something to show, in reading order."""
    if not subject.has_plan:
        return (conflict_section(subject), assumptions_section(subject), about_section(subject))
    wanted: list[tuple[bool, Callable[[Subject], Section]]] = [
        (bool(subject.plan.plants) and subject.is_network, sector_section),
        (True, plan_section),
        (True, lots_section),
        (True, stock_section),
        (True, people_section),
        (True, cash_section),
        (True, limits_section),
        (bool(subject.twins), twin_section),
        (bool(subject.twins), loss_section),
        (bool(subject.calendars), calendar_section),
        (any(member.published for member in subject.members.values()), published_section),
        (True, assumptions_section),
        (True, about_section),
    ]
    return tuple(make(subject) for wants, make in wanted if wants)
