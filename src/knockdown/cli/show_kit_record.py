"""What was recorded, and sheets to count on, as a person reads them on a terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import Console

from knockdown.kitting.terms import KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import dated, grouped, joined, some
from knockdown.workflow.kit_papers import CountSheet, KitRecord

SAYS = {
    "KitLotShipped": ("lot shipped", "lots shipped"),
    "KitLotArrived": ("lot received", "lots received"),
    "KitLotBonded": ("lot in bond", "lots in bond"),
    "KitLotCleared": ("lot cleared", "lots cleared"),
    "CasePacked": ("page of a packing list", "pages of packing lists"),
    "CaseOpened": ("case opened", "cases opened"),
    "CaseCounted": ("count", "counts"),
    "DiscrepancyFound": ("discrepancy found", "discrepancies found"),
    "SurplusFound": ("surplus found", "surpluses found"),
    "EntryVoided": ("earlier entry undone", "earlier entries undone"),
    "PartDisposed": ("part disposed of", "parts disposed of"),
    "ClaimDrafted": ("claim written", "claims written"),
    "ClaimSent": ("claim sent", "claims sent"),
    "ClaimAccepted": ("claim accepted", "claims accepted"),
    "ClaimRejected": ("claim rejected", "claims rejected"),
    "ClaimReplaced": ("claim settled by parts", "claims settled by parts"),
    "ClaimCredited": ("credit for a claim", "credits for claims"),
    "PartReplaced": ("part replaced", "parts replaced"),
    "PartBorrowed": ("part borrowed", "parts borrowed"),
    "BorrowPaidBack": ("borrow paid back", "borrows paid back"),
    "KitIssued": ("issue from the kit", "issues from the kit"),
    "LoosePartsIssued": ("issue of loose parts", "issues of loose parts"),
    "PackagingReturned": ("return of packaging", "returns of packaging"),
}


def record(console: Console, paper: KitRecord) -> None:
    """What was stored, the ids made, what to do next."""
    screen = Screen(console)
    when = f"{dated(paper.happened[:10])} {paper.happened[11:]}"
    if not paper.new:
        screen.say(
            f"Recorded before, for {when}: nothing new. Give --on with another minute to tell it again."
        )
        return
    counts = Counter(event.kind for event in paper.events)
    told = [some(number, *SAYS.get(kind, (kind, kind))) for kind, number in counts.items()]
    screen.say(f"Recorded for {when}: {joined(told)} (ledger position {grouped(paper.position)}).", "bold", 0)
    screen.pairs(list(paper.made.items()))
    screen.pairs([(kind.upper(), path) for kind, path in paper.files.items()])
    for warning in paper.warnings:
        screen.say(warning, "yellow", 0)
    for step in paper.next_steps:
        screen.say(f"Next: {step}.", hang=2)


def sheet(console: Console, paper: CountSheet, kits: KitPlant) -> None:
    """What to count, with lines to write on."""
    screen = Screen(console)
    kind = "blind count" if paper.is_blind else "count"
    where = "" if paper.container is None else f", container {paper.container}"
    screen.say(
        f"Case {paper.case} of lot {paper.lot}{where}: {kind} of {some(len(paper.lines), 'line')}", "bold", 0
    )
    if not paper.is_open:
        screen.say("The case is closed: open it before the count is recorded.", "yellow", 0)
    headings = ["Part", "Name", "Box", *([] if paper.is_blind else ["Listed"]), "Counted"]
    rows = []
    for line in paper.lines:
        listed = [] if line.listed is None else [written(line.listed, line.unit)]
        rows.append([line.part, line.name, line.box or "–", *listed, "______"])
    screen.table(headings, rows, left=3, squeeze=1)
    if paper.file is not None:
        screen.say(f"Fill in {paper.file}, then:", "", 0)
        screen.command(kits.command("count", paper.case, "--file", paper.file))
