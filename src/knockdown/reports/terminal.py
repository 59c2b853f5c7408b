"""The summary in the terminal: one screen that says what to do, what limits it and what could happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from knockdown.documents.master_plan import MasterPlan
from knockdown.plant.plant import Network, Plant
from knockdown.reports import flows, says
from knockdown.reports.published import beside, leading
from knockdown.reports.screen import Screen, spark
from knockdown.reports.subject import Calendars, Subject, Twins, subject
from knockdown.reports.words import grouped, percent, quarters, short_period, span

MOST_BARS = 24
MOST_FAMILIES = 10
MOST_LOTS = 5
MOST_LIMITS = 5
MOST_PUBLISHED = 3


def show(
    console: Console,
    plan: MasterPlan,
    calendars: Calendars,
    twins: Twins,
    plant: Plant | Network,
    report_path: Path | str | None = None,
) -> None:
    """Write the summary.

    Parameters
    ----------
    console : rich.console.Console
        Where to write; its width, encoding and colours are kept to.
    plan : MasterPlan
    calendars, twins : mapping of plant id to document, one document, or None
    plant : Plant or Network
    report_path : path, optional
        Where the HTML report lies.
    """
    about, screen = subject(plan, calendars, twins, plant), Screen(console)
    _headline(screen, about)
    if about.has_plan:
        _body(screen, about)
    else:
        _conflict(screen, about)
    if report_path is not None:
        console.print()
        screen.pairs([("Report", str(report_path))])


def _body(screen: Screen, about: Subject) -> None:
    if about.is_network:
        _plants(screen, about)
    for part in (_plan, _lots, _staff_and_cash, _limits, _twin, _published):
        part(screen, about)
    screen.title("Assumptions")
    screen.say(says.assumption(about))


def _headline(screen: Screen, about: Subject) -> None:
    screen.console.print()
    screen.say(f"{about.plan.name}: plan for {span(about.plan.periods)}", "bold", 0)
    screen.say(says.status(about), "" if about.has_plan else "bold red", 0)
    screen.say(says.sizes(about), "dim", 0)
    if about.has_plan:
        verbs = says.verbs(about)
        screen.console.print()
        screen.pairs([(verb.verb, f"{verb.figure} {verb.unit}; {'; '.join(verb.lines)}") for verb in verbs])


def _plan(screen: Screen, about: Subject) -> None:
    """Units built by quarter and family, with the shape of the months."""
    periods = about.plan.periods
    columns = quarters(periods, 8 if screen.width >= 100 else 6)
    lines = [*_families_built(about), ("All", list(flows.total_by_period(about, "built").values()))]
    rows = []
    for name, values in lines:
        by_period = dict(zip(periods, values, strict=True))
        sums = [sum(by_period[period] for period in names) for _, names in columns]
        bars = spark(values if len(values) <= MOST_BARS else sums, screen.marks)
        rows.append([name, bars, *(grouped(n) if n else "·" for n in sums), grouped(sum(values))])
    screen.title("Units to build")
    headings = ["Family", "By period", *(name for name, _ in columns), "Total"]
    screen.table(headings, rows, left=2, drop=(1,), strong_last=True)


def _families_built(about: Subject) -> Iterator[tuple[str, list[float]]]:
    """Vehicle families with what is built of them by period, most first; the smallest together."""
    built, periods = flows.by_family(about, "built"), about.plan.periods
    vehicles = [key for key, info in about.families.items() if info.vehicle]
    lines = {key: [built.get((key, period), 0.0) for period in periods] for key in vehicles}
    keys = sorted((key for key in vehicles if any(lines[key])), key=lambda key: -sum(lines[key]))
    shown = keys if len(keys) <= MOST_FAMILIES else keys[: MOST_FAMILIES - 1]
    yield from ((about.families[key].name, lines[key]) for key in shown)
    rest = keys[len(shown) :]
    if rest:
        columns = zip(*(lines[key] for key in rest), strict=True)
        yield f"{len(rest)} other families", [sum(column) for column in columns]


def _lots(screen: Screen, about: Subject) -> None:
    """The next three periods of kit orders, dearest first in each."""
    lots = says.first_lots(about, 3)
    screen.title("Order first")
    if not lots:
        screen.say("No kit lot is ordered in the first three periods.")
        return
    rows = [
        [
            short_period(lot.period), about.name("variants", lot.plant, lot.variant),
            about.name("partners", lot.plant, lot.partner),
            f"{lot.lots} x {lot.lot_size}", grouped(lot.kits), short_period(lot.arrives), grouped(lot.cost),
        ]
        for lot in lots[:MOST_LOTS]
    ]  # fmt: skip
    headings = [
        "Order in",
        "Variant",
        "Partner",
        "Lots",
        "Kits",
        "Counted on",
        f"Cost, {about.plan.currency}",
    ]
    screen.table(headings, rows, left=3, squeeze=1, drop=(2,))
    if len(lots) > MOST_LOTS:
        rest = lots[MOST_LOTS:]
        kits = grouped(sum(lot.kits for lot in rest))
        screen.say(
            f"and {len(rest)} more orders of {kits} kits by {short_period(rest[-1].period)}",
            "dim",
        )


def _staff_and_cash(screen: Screen, about: Subject) -> None:
    people = flows.sum_by(about.plan.people, "people", "period")
    screen.title("People, lines and cash")
    shape = (
        spark([people.get((p,), 0.0) for p in about.plan.periods], screen.marks)
        if len(about.plan.periods) <= MOST_BARS
        else ""
    )
    facts = [
        ("People", f"{shape}  {says.staffing(about)}".strip()),
        ("Lines", says.busiest_line(about)),
        ("Cash", says.cash_low(about)),
    ]
    screen.pairs([(head, words) for head, words in facts if words])


def _limits(screen: Screen, about: Subject) -> None:
    limits = about.plan.limits[:MOST_LIMITS]
    screen.title("What limits it")
    if not limits:
        screen.say("Nothing was found to limit the plan.")
    for rank, limit in enumerate(limits, start=1):
        screen.say(f"{rank}. {limit.sentence} [{says.gain(limit, about.plan.currency)}]", hang=3)


def _twin(screen: Screen, about: Subject) -> None:
    """What could happen to one plant in some lines, to several in a line each."""
    if not about.twins:
        return
    screen.title("What could happen")
    for plant, twin in about.twins.items():
        if about.is_network:
            screen.pairs([(about.plant_name(plant), says.year(twin))])
            continue
        pairs = [
            ("Year", says.year(twin)),
            ("Late", says.lateness(twin)),
            ("Because of", says.worst_causes(twin)),
            ("Busiest", says.worst_stations(about, plant, twin)),
        ]
        screen.pairs([(head, words) for head, words in pairs if words])


def _published(screen: Screen, about: Subject) -> None:
    rows = beside(about)
    if not rows:
        return
    screen.title("Published figures beside ours")
    for row in leading(rows)[:MOST_PUBLISHED]:
        screen.say(
            f"{row.fact} {row.whose}, {row.what}: {row.value_words}, {row.period_words} ({row.status}). "
            f"{row.sentence}"
        )
    if len(rows) > MOST_PUBLISHED:
        screen.say(f"and {len(rows) - MOST_PUBLISHED} more in the report", "dim")


def _plants(screen: Screen, about: Subject) -> None:
    screen.title("Plants")
    rows = [
        [
            view.name,
            *(grouped(view.units_built), percent(view.utilisation), percent(view.bottleneck_utilisation)),
            *(_count(view.direct_jobs), _count(view.indirect_jobs_assumed)),
            *(_count(view.exported), _count(view.import_substitution)),
        ]
        for view in about.plan.plants
    ]
    headings = ["Plant", "Built", "Of capacity", "Busiest line", "Jobs", "Indirect*", "Exported", "At home"]
    screen.table(headings, rows, drop=(3,))
    screen.say("* an assumption: direct jobs times an assumed factor", "dim")


def _count(value: float | None) -> str:
    return "–" if value is None else grouped(value)


def _conflict(screen: Screen, about: Subject) -> None:
    found = about.plan.conflict
    if found is None:
        return
    screen.title(says.proof(about))
    for text in found.members:
        screen.say(f"- {text}")
    if found.cheapest_fix:
        screen.title(says.way_out(about))
    for fix in found.cheapest_fix:
        screen.say(f"- {fix.sentence}")
