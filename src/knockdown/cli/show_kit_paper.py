"""Packing lists taken in, and what was measured of kits, as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from knockdown.documents.kit_import import ImportedList, KitCompare, KitImport, VariationLine
from knockdown.kitting.terms import KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped, joined, some

SHOWN = 12
FIELDS = {"qty": "pieces", "net": "net mass", "gross": "gross mass", "unit": "unit", "part": "part number"}


def imported(console: Console, paper: KitImport) -> None:
    """What the lists hold, what they change, and what differs from the need."""
    screen = Screen(console)
    for each in paper.files:
        _file(screen, each)
    _variations(screen, paper.variations, paper.n_variations, SHOWN)
    if not paper.is_recorded:
        screen.say("A trial run: nothing was recorded.", "yellow", 0)
    elif paper.new:
        entries = some(paper.new, "entry", "entries")
        screen.say(f"Recorded: {entries}; the ledger is at position {grouped(paper.position)}.", "bold", 0)
    else:
        screen.say("Nothing new: it was recorded before.", "bold", 0)


def _file(screen: Screen, each: ImportedList) -> None:
    shipment = f", shipment {each.shipment}" if each.shipment else ""
    screen.say(f"{each.file}: {each.state}{shipment}", "bold", 0)
    for lot in each.lots:
        launch = f", launch {lot.launch}" if lot.launch else ""
        holds = [some(lot.cases, "case"), some(lot.lines, "line"), some(lot.parts, "part number")]
        if lot.containers:
            holds.insert(0, some(lot.containers, "container"))
        screen.say(
            f"Lot {lot.lot} ({lot.variant}, contract {lot.contract}{launch}): {joined(holds)}.", hang=2
        )
    columns = (f"{FIELDS.get(c.field, c.field)} in {c.column}" for c in each.columns)
    screen.say(f"Read as: {', '.join(columns)}; remembered for the partner.", "dim", hang=2)
    for warning in each.warnings[:SHOWN]:
        screen.say(f"Note: {warning}", "yellow", hang=2)
    if each.new_parts:
        screen.say(f"New part numbers: {', '.join(each.new_parts[:SHOWN])}.", hang=2)
    change = each.revision
    if change is None or each.state != "revised":
        return
    for cases, what in (
        (change.cases_added, "added"),
        (change.cases_changed, "changed"),
        (change.cases_corrected, "with the same parts; container, packaging, mass or launch corrected"),
        (change.cases_not_in_it, "not in this list; they stand as they were"),
        (change.cases_opened, "opened before; changed on paper only, what was found in them stands"),
    ):
        if cases:
            names = ", ".join(cases[:SHOWN]) + (" ..." if len(cases) > SHOWN else "")
            screen.say(f"{some(len(cases), 'case')} {what}: {names}", hang=2)
    for line in change.lines[:SHOWN]:
        box = f" box {line.box}" if line.box else ""
        screen.say(f"case {line.case}{box}, {line.part}: {line.before} -> {line.after}", indent=4)
    if change.n_lines > SHOWN:
        screen.say(f"... {grouped(change.n_lines)} changed lines in all; --json lists them", "dim", 4)


def _variations(screen: Screen, lines: Sequence[VariationLine], n_all: int, most: int | None) -> None:
    if not n_all:
        screen.say("Packed is what the supply list needs.", "green")
        return
    screen.say(f"{some(n_all, 'part')} packed otherwise than the supply list needs:", "yellow")
    for line in lines[:most]:
        more = "too many" if line.difference > 0 else "too few"
        n_parts = written(abs(line.difference), line.unit)
        packed, needed = written(line.packed, line.unit), written(line.needed, line.unit)
        name = f" {line.name}" if line.name else ""
        screen.say(
            f"{line.part}{name}, lot {line.lot}: {packed} of {needed}, {n_parts} {more}", indent=4, hang=2
        )
    if most is not None and n_all > most:
        screen.say(f"... and {grouped(n_all - most)} more; --json lists them", "dim", 4)


def compared(console: Console, paper: KitCompare, kits: KitPlant, most: int | None) -> None:
    """Lots against their supply lists."""
    screen = Screen(console)
    if not paper.lots:
        screen.say(
            f"No packing list was imported yet; `{kits.command('import', 'FILE')}` takes one in.", "", 0
        )
        return
    for lot in paper.lots:
        what = f"{some(lot.cases, 'case')}, {some(lot.packed_parts, 'part number')}"
        told = what if lot.is_listed else "no packing list; its supply list stands for it"
        screen.say(
            f"Lot {lot.lot}, {some(lot.kits, 'kit')} of {lot.variant}: {told}; the supply list has "
            f"{some(lot.needed_parts, 'part number')}.",
            "bold",
            0,
            2,
        )
    if not any(lot.is_listed for lot in paper.lots):
        screen.say("No packing list was imported for it: nothing is known to be packed.", "yellow")
        return
    _variations(screen, paper.variations, len(paper.variations), most)
