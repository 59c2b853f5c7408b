"""Which vehicles can be finished, as a person reads it on a terminal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from rich.console import Console

from knockdown.documents.kit_ready import KitReady, MissingLine, StopLine, UnitLine
from knockdown.documents.kit_stock import KitDocument
from knockdown.kitting.terms import KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import MONTHS, dated, grouped, joined, money, percent, plain, some

LIMIT = 20
MOST_PARTS, MOST_STEPS, MOST_WARNINGS = 8, 8, 12
WHOLE_KIT = 20
WIDE = 100
GUESSED = "?"
GUESS = "?: the day is our estimate; nobody promised it."
WAS_DUE = "Was due: it was promised for that day and did not come; the other day is reckoned anew."
STATES = (("ready", "green"), ("waiting", "yellow"), ("short", "red"))
STAGES = {"planned": "not begun", "released": "released", "in_work": "in work", "off_line": "off the line"}
SOURCES = {
    "on_hand": "in store",
    "unopened": "in a closed case",
    "bonded": "in bond",
    "customs": "in customs",
    "transit": "on its way",
    "ordered": "ordered",
    "claim": "claimed",
    "payback": "owed by another lot",
}


def day(when: date | None, near: date | None = None) -> str:
    """A day in a column; the year only where it is another than that of a day nearby.

    >>> day(date(2026, 2, 3), date(2026, 1, 1)), day(date(2027, 2, 3), date(2026, 1, 1)), day(None)
    ('3 Feb', '3 Feb 2027', '–')
    """
    if when is None:
        return "–"
    text = f"{when.day} {MONTHS[when.month - 1][:3]}"
    return text if near is not None and near.year == when.year else f"{text} {when.year}"


def bar(screen: Screen, counts: Sequence[int], whole: int, width: int) -> list[tuple[str, str]]:
    """Counts as a bar, each in its own sign and colour; what is there at all shows as one sign at least."""
    signs = "█▒░" if "utf" in screen.encoding.lower() else "#=."
    drawn = zip(signs, counts, STATES, strict=True)
    return [
        (sign * max(int(n > 0), round((width - len(STATES)) * n / max(1, whole))), style)
        for sign, n, (_, style) in drawn
    ]


def ready(console: Console, paper: KitReady, kits: KitPlant, limit: int | None = LIMIT) -> None:
    """How many can be finished, what stops the line next, what blocks, what would help."""
    screen = Screen(console)
    _head(screen, paper, kits)
    _lines(screen, paper, kits)
    _stops(screen, paper)
    _parts(screen, paper)
    _steps(screen, paper)
    _units(screen, paper, limit)
    warnings(screen, paper.warnings)
    rests_on(screen, paper.assumptions)
    screen.say(f"{basis(paper.position)}; answered in {paper.seconds:.1f} s.", "dim", 0)


def basis(position: int) -> str:
    """What an answer is read from."""
    return f"Ledger position {grouped(position)}" if position else "The opening as the plant describes it"


def opening(console: Console, paper: KitDocument, kits: KitPlant, what: str) -> Screen:
    """The first sentence of a list."""
    screen = Screen(console)
    screen.say(f"{kits.name}, {dated(paper.at.isoformat())}: {what}", "bold", 0)
    return screen


def end(screen: Screen, paper: KitDocument) -> None:
    """The last: what it is read from."""
    screen.say(f"{basis(paper.position)}.", "dim", 0)


def _head(screen: Screen, paper: KitReady, kits: KitPlant) -> None:
    worth = sum(unit.worth for unit in paper.units if unit.state == "ready")
    forecast(screen, paper.known_to, paper.is_forecast)
    what = f"{grouped(paper.n_ready)} of {some(paper.n_open, 'open vehicle')} can be finished"
    when = f"{kits.name}, {dated(paper.at.isoformat())}"
    screen.say(f"{when}: {what}, worth {money(worth, paper.currency)}.", "bold", 0)
    proof = "No other way of giving out the parts finishes more"
    if paper.gap > 1e-6:
        proof = f"No other way of giving out the parts is more than {percent(paper.gap, 2)} better"
    rest = []
    if paper.n_waiting:
        verb = "waits" if paper.n_waiting == 1 else "wait"
        rest.append(f"{some(paper.n_waiting, 'vehicle')} {verb} for parts that come")
    if paper.n_short:
        verb = "lacks" if paper.n_short == 1 else "lack"
        claimed = _to_claim(paper)
        more = f", {grouped(claimed)} of them parts that were not claimed yet" if claimed else ""
        rest.append(f"{some(paper.n_short, 'vehicle')} {verb} parts that nothing brings{more}")
    screen.say(". ".join([proof, *rest]) + ".", "", 0)


def forecast(screen: Screen, known_to: date, is_forecast: bool) -> None:
    """That a day to come is told as it is expected."""
    if is_forecast:
        known = dated(known_to.isoformat())
        text = f"A forecast: what happened is known to {known}; what is promised or reckoned since counts."
        screen.say(text, "yellow", 0)


def _to_claim(paper: KitReady) -> int:
    """Vehicles that lack nothing beyond what comes and what could be claimed."""
    return sum(
        unit.n_missing == len(unit.missing) and all(each.expected or each.if_claimed for each in unit.missing)
        for unit in paper.units
        if unit.state == "short"
    )


def _lines(screen: Screen, paper: KitReady, kits: KitPlant) -> None:
    screen.title("By line and variant")
    by_line: dict[str, list[UnitLine]] = defaultdict(list)
    for unit in paper.units:
        by_line[unit.line].append(unit)
    most = max((len(units) for units in by_line.values()), default=1)
    names = [kits.lines.get(line, plain(line)) for line in by_line]
    variants = {unit.variant for unit in paper.units}
    room = min(screen.width // 3, max(len(name) + 2 for name in [*names, *variants, ""]))
    for line, units in by_line.items():
        _bar_row(screen, kits.lines.get(line, plain(line)), units, most, room, "bold")
        for variant in sorted({unit.variant for unit in units}):
            own = [unit for unit in units if unit.variant == variant]
            if len(own) < len(units):
                _bar_row(screen, f"  {variant}", own, most, room, "")
    legend = [
        piece for i, (name, _) in enumerate(STATES) for piece in (_sign(screen, i), (f" {name}   ", "dim"))
    ]
    screen.put(("  ", ""), *legend)


def _sign(screen: Screen, at: int) -> tuple[str, str]:
    return bar(screen, [int(i == at) for i in range(3)], 1, 1)[at]


def _bar_row(screen: Screen, name: str, units: Sequence[UnitLine], most: int, room: int, style: str) -> None:
    counts = [sum(unit.state == state for unit in units) for state, _ in STATES]
    width = max(8, screen.width - room - 18)
    drawn = bar(screen, counts, most, width)
    air = " " * (width - sum(len(text) for text, _ in drawn))
    label = name if len(name) <= room else f"{name[: room - 1]}…"
    figures = f"{counts[0]:>4} of {len(units)}"
    screen.put(("  ", ""), (f"{label:<{room}} ", style), *drawn, (f"{air} {figures}", style))


def _stops(screen: Screen, paper: KitReady) -> None:
    screen.title("What stops next")
    if not paper.stops:
        screen.say("No station will stand for want of a part, in the order in which vehicles are due.")
    for at, stop in enumerate(paper.stops):
        style = "bold red" if at == 0 and stop.hours < 8 else "bold yellow" if at == 0 else ""
        screen.say(_stop(stop, paper.at), style, hang=2)


def _stop(stop: StopLine, near: date) -> str:
    comes = f"it comes on {day(stop.expected, near)}"
    if stop.expected is None:
        comes = _nothing(stop.if_claimed, near)
    part = f"{grouped(stop.pieces)} {stop.name} ({stop.part})"
    hours = some(round(stop.hours), "working hour")
    when = "now" if stop.hours < 0.5 else f"in {hours} ({day(stop.date, near)})"
    return f"{stop.station} {stop.station_name} stops {when}: {stop.unit} lacks {part}; {comes}."


def _nothing(if_claimed: date | None, near: date) -> str:
    """Of what nothing brings, what a claim would do."""
    if if_claimed is None:
        return "nothing brings it"
    return f"not claimed yet; if it were today, about {day(if_claimed, near)}{GUESSED}"


def _parts(screen: Screen, paper: KitReady) -> None:
    if not paper.short_parts:
        return
    screen.title("Parts that block most")
    rows = [
        [
            short.part,
            short.name,
            short.lot or "loose",
            written(short.pieces, short.unit),
            grouped(short.units),
            grouped(short.units_alone),
        ]
        for short in paper.short_parts[:MOST_PARTS]
    ]
    headings = ["Part", "Name", "Lot", "Lacking", "Vehicles", "For it alone"]
    screen.table(headings, rows, left=3, squeeze=1, drop=(5,))


def _steps(screen: Screen, paper: KitReady) -> None:
    if not paper.what_if:
        return
    screen.title("What one step alone would add: most vehicles first, then most worth")
    for step in paper.what_if[:MOST_STEPS]:
        more = f"+{step.more_units}"
        action = step.action if step.by == paper.at else f"{step.action}, by {day(step.by, paper.at)}"
        text = f"{more:>5}  {action}"
        screen.put(("  ", ""), (f"{more:>5}", "bold green"), ("  ", ""), (_fit(action, screen, text), ""))


def _fit(action: str, screen: Screen, whole: str) -> str:
    over = len(whole) + 2 - screen.width
    return action if over <= 0 else f"{action[: len(action) - over - 1]}…"


def _ready_units(screen: Screen, paper: KitReady) -> None:
    names = [unit.unit for unit in paper.units if unit.state == "ready"]
    if names:
        screen.title("Vehicles that can be finished")
        screen.say(", ".join(names))


def _units(screen: Screen, paper: KitReady, limit: int | None) -> None:
    if limit is None:
        _ready_units(screen, paper)
    late = [unit for unit in paper.units if unit.state != "ready"]
    if not late:
        return
    late.sort(
        key=lambda unit: (unit.start or date.max, unit.stage == "planned", unit.due or date.max, unit.unit)
    )
    screen.title("Vehicles that cannot be finished yet")
    shown = late if limit is None else late[:limit]
    is_wide = screen.width >= WIDE
    rows = [
        [
            unit.unit,
            unit.station or STAGES[unit.stage],
            *([day(unit.start, paper.at)] if is_wide else []),
            day(unit.date, paper.at),
            lacking(unit, paper.at),
        ]
        for unit in shown
    ]
    headings = ["Vehicle", "Where", *(["Starts"] if is_wide else []), "Finished", "Lacks"]
    screen.table(headings, rows, left=5, squeeze=len(headings) - 1)
    if any(GUESSED in row[-1] for row in rows):
        screen.say(GUESS, "dim")
    if any("was due" in row[-1] for row in rows):
        screen.say(WAS_DUE, "dim")
    if len(shown) < len(late):
        screen.say(
            f"{some(len(late) - len(shown), 'more vehicle')}; --all shows them, --limit N so many.", "dim"
        )


def lacking(unit: UnitLine, near: date) -> str:
    """What a unit lacks, in a line: single parts by name, a whole kit by what holds it up."""
    if unit.n_missing > WHOLE_KIT:
        kinds = Counter(missing.supply for missing in unit.missing)
        kind = kinds.most_common(1)[0][0] if kinds else None
        due = max((each.lapsed for each in unit.missing if each.lapsed is not None), default=None)
        late = "" if due is None else f", was due {day(due, near)}"
        return f"its kit ({some(unit.n_missing, 'part')}), {SOURCES.get(kind or '', 'nowhere known')}{late}"
    return lacking_of(unit.missing, near)


def lacking_of(missing: Sequence[MissingLine], near: date) -> str:
    """Missing parts in a line, each with the day it comes."""
    return joined([_lack(each, near) for each in missing])


def _lack(missing: MissingLine, near: date) -> str:
    comes = _nothing(missing.if_claimed, near)
    if missing.expected is not None:
        comes = f"{day(missing.expected, near)}{'' if missing.is_promised else GUESSED}"
    late = f", was due {day(missing.lapsed, near)}" if missing.lapsed else ""
    return f"{written(missing.pieces, missing.unit)} {missing.name} {missing.part} ({comes}{late})"


def warnings(screen: Screen, told: Sequence[str]) -> None:
    """What somebody should know today."""
    if not told:
        return
    screen.title("Mind")
    for text in told[:MOST_WARNINGS]:
        screen.say(text, "yellow", hang=2)
    if len(told) > MOST_WARNINGS:
        screen.say(f"{some(len(told) - MOST_WARNINGS, 'more warning')}; --json prints all.", "dim")


def rests_on(screen: Screen, assumptions: Iterable[str]) -> None:
    """What of an answer rests on assumptions."""
    listed = list(assumptions)
    if not listed:
        return
    screen.title("Rests on assumptions")
    tables: dict[str, list[str]] = defaultdict(list)
    for name in listed:
        table, _, column = name.rpartition(".")
        tables[table or name].append(column)
    screen.pairs([(table, ", ".join(columns)) for table, columns in sorted(tables.items())])
