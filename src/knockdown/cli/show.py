"""Answers as a person reads them on a terminal; the reports room shows plans."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import Fan, TwinResult
from knockdown.reports import says
from knockdown.reports.screen import Screen
from knockdown.reports.subject import Subject, subject
from knockdown.reports.words import grouped, percent
from knockdown.workflow.check_plant import CheckReport, Numbers, PlantSizes
from knockdown.workflow.papers import NewFolder, PlantList
from knockdown.workflow.prepare import AnyPlant

OEE_ROWS = 5
SIZES = {
    "models": "models",
    "variants": "variants",
    "options": "options",
    "parts": "parts",
    "bom": "part lines",
    "work_elements": "work elements",
    "lines": "lines, shops and bays",
    "stations": "stations",
    "crews": "crews",
    "partners": "partners",
    "contracts": "contracts",
    "contract_lines": "contract lines",
    "kit_lots": "opening kit lots",
    "cases": "opening cases",
    "units": "opening units",
    "shortages": "opening shortages",
    "routes": "route rows",
    "markets": "markets",
    "channels": "channels",
    "demand": "demand rows",
    "approvals": "approvals",
    "published": "published figures",
}


def plants(console: Console, found: PlantList) -> None:
    """A line a plant."""
    screen = Screen(console)
    width = max(len(line.id) for line in found.plants)
    for line in found.plants:
        what = f"network of {', '.join(line.members)}" if line.members else line.description
        room = max(20, screen.width - width - len(line.name) - 6)
        short = what if len(what) <= room else f"{what[: room - 1].rstrip()}…"
        screen.put((f"{line.id:<{width}}", "bold"), (f"  {line.name}", ""), (f"  {short}", "dim"))


def new(console: Console, made: NewFolder) -> None:
    """What was written, and what to do next."""
    screen = Screen(console)
    screen.say(f"Wrote {len(made.files)} files to {made.folder}, a copy of {made.start_from}.", indent=0)
    command = shlex.join(("knockdown", "check", str(made.folder)))
    screen.say("Change them in any editor or spreadsheet, then:", indent=0)
    screen.command(command)


def check(console: Console, report: CheckReport) -> None:
    """Sizes, and what the numbers rest on."""
    screen = Screen(console)
    screen.say(f"{report.name}: no faults.", "bold", 0)
    for plant in report.plants:
        _sizes(screen, plant)
    screen.title("What the numbers rest on")
    rows = [_numbers_row(plant.plant, plant.numbers) for plant in report.plants]
    if len(rows) > 1:
        rows.append(_numbers_row("All", report.numbers))
    headings = ["", "Numbers", "Published", "Parameter", "Assumed", "Assumed, share"]
    screen.table(headings, rows, strong_last=len(rows) > 1)


def _sizes(screen: Screen, plant: PlantSizes) -> None:
    screen.title(f"{plant.name} ({plant.plant}, {plant.country}), money in {plant.currency}")
    facts = [f"{grouped(plant.sizes[table])} {words}" for table, words in SIZES.items() if plant.sizes[table]]
    screen.say(", ".join(facts))
    screen.title("Families")
    rows = [
        [f.name, str(f.models), str(f.variants), grouped(f.work_elements), grouped(f.part_lines)]
        for f in plant.families
    ]
    screen.table(["Family", "Models", "Variants", "Work elements", "Part lines"], rows)


def _numbers_row(name: str, n: Numbers) -> list[str]:
    return [
        name,
        grouped(n.numbers),
        grouped(n.fact),
        grouped(n.parameter),
        grouped(n.assumption),
        percent(n.assumption_share, 1),
    ]


def twins(console: Console, found: Mapping[str, TwinResult], plan: MasterPlan, plant: AnyPlant) -> None:
    """A simulated year of each plant: how much comes out, how late, and why."""
    about, screen = subject(plan, {}, found, plant), Screen(console)
    for name, twin in found.items():
        screen.say(f"{about.plant_name(name)}: what could happen to the plan", "bold", 0)
        _twin(screen, about, name, twin)


def _twin(screen: Screen, about: Subject, name: str, twin: TwinResult) -> None:
    pairs = [
        ("Year", says.year(twin)),
        ("Late", says.lateness(twin)),
        ("Because of", says.worst_causes(twin)),
        ("Busiest", says.worst_stations(about, name, twin)),
    ]
    screen.pairs([(head, words) for head, words in pairs if words])
    screen.title("Units built")
    rows = [_fan_row(fan) for fan in twin.built if fan.group == "all"]
    screen.table(["Period", "Planned", "P10", "P50", "P90", "Mean", "± (95 %)"], rows)
    _oee(screen, twin)
    screen.say(f"Seed {twin.seed}, checksum {twin.checksum}, {twin.seconds:.1f} s.", "dim")


def _oee(screen: Screen, twin: TwinResult) -> None:
    """The stations that produce most, by the names of ISO 22400."""
    known = [s for s in twin.stations if s.availability]
    known.sort(key=lambda s: -(s.availability or 0.0))
    if not known:
        return
    screen.title("Busiest stations by ISO 22400")
    rows = [
        [s.name, *(percent(x or 0.0) for x in (s.availability, s.effectiveness, s.quality_ratio, s.oee))]
        for s in known[:OEE_ROWS]
    ]
    screen.table(["Station", "Availability", "Effectiveness", "Quality ratio", "OEE index"], rows)


def _fan_row(fan: Fan) -> list[str]:
    figures = [fan.planned, fan.p10, fan.p50, fan.p90]
    return [fan.period, *(grouped(x) for x in figures), grouped(fan.mean, 1), grouped(fan.half_width, 1)]


def written(console: Console, folder: Path, files: Mapping[str, Path]) -> None:
    """The files of a report."""
    Screen(console).pairs([(name.capitalize(), str(folder / path.name)) for name, path in files.items()])
