"""Answers of the ledger as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from knockdown.ledger.seal import Key, Seal
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped, some
from knockdown.workflow import ledger_papers as papers

if TYPE_CHECKING:
    from knockdown.ledger.trials.bench import BenchReport

KINDS_SHOWN = 12
EVENTS_SHOWN = 200


def moment(ms: int | None) -> str:
    """A moment in UTC, to the second.

    >>> moment(1_800_000_000_000)
    '2027-01-15 08:00:00'
    """
    if ms is None:
        return "–"
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"


def size(n_bytes: int) -> str:
    """Bytes as people say them.

    >>> size(1_234_567).replace("\u202f", " ")
    '1.2 MB'
    """
    return f"{grouped(n_bytes / 1e6, 1)} MB" if n_bytes >= 1e5 else f"{grouped(n_bytes)} bytes"


def made(console: Console, paper: papers.LedgerMade) -> None:
    """What was made, and what to keep."""
    screen = Screen(console)
    screen.say(f"Ledger of {paper.plant}: {paper.ledger_id}", "bold", 0)
    screen.pairs(
        [
            ("Ledger", paper.ledger),
            ("Private key", f"{paper.key_file} (keep a copy off this machine)"),
            ("Fingerprint", f"{paper.root_key} (keep it on paper: verify --root {paper.root_key})"),
        ]
    )


def appended(console: Console, paper: papers.Appended) -> None:
    """How many were stored."""
    known = f"; {some(paper.known, 'event')} stood there already" if paper.known else ""
    screen = Screen(console)
    screen.say(
        f"{some(paper.new, 'event')} stored{known}. Last position: {grouped(paper.last_position)}.", "", 0
    )


def verified(console: Console, paper: papers.Verified) -> None:
    """Whether anything was changed."""
    screen = Screen(console)
    what = f"{some(paper.entries, 'entry', 'entries')} in {some(paper.chains, 'chain')}"
    told = f"{what}, {some(paper.seals, 'seal')} compared, {paper.seconds:.1f} s"
    if paper.ok:
        screen.say(f"Nothing was changed: {told}.", "bold green", 0)
        screen.say(f"Head of the floor: {paper.head}")
        return
    screen.say(
        f"The ledger was changed or is damaged: {some(len(paper.faults), 'fault')} in {told}.", "bold red", 0
    )
    for fault in paper.faults:
        screen.say(fault, hang=2)
    screen.say("Keep this ledger as it is, and restore a backup made before.", indent=0)


def sealed(console: Console, paper: Seal) -> None:
    """Where the chains ended."""
    screen = Screen(console)
    screen.say(f"Sealed at position {grouped(paper.position)}, {moment(paper.sealed_at)} UTC.", "bold", 0)
    screen.pairs(
        [(head.chain, f"{some(head.length, 'entry', 'entries')}, {head.hash}") for head in paper.chains]
    )
    screen.say(f"Signed by key {paper.keys[-1].key_id}; root key {paper.keys[0].key_id}.")


def rotated(console: Console, paper: Key) -> None:
    """Which key signs now."""
    Screen(console).say(f"Key {paper.key_id} signs from now on; {paper.endorsed_by} vouches for it.", "", 0)


def backed_up(console: Console, paper: papers.BackedUp) -> None:
    """What was copied."""
    what = f"{some(paper.entries, 'entry', 'entries')}, {size(paper.bytes)}, {paper.seconds:.1f} s"
    Screen(console).say(f"Copied to {paper.file} and read again: {what}.", "", 0)


def restored(console: Console, paper: papers.Restored) -> None:
    """What became the ledger."""
    screen = Screen(console)
    screen.say(f"{paper.file} is the ledger now: {some(paper.entries, 'entry', 'entries')}.", "bold", 0)
    if paper.kept_aside:
        screen.say(f"The one that was here lies in {paper.kept_aside}.")
    if paper.names_erased:
        screen.say(f"{some(paper.names_erased, 'name')} erased after the backup: erased again.")
    for warning in paper.warnings:
        screen.say(f"Note: {warning}", "yellow", hang=2)


def exported(console: Console, paper: papers.Exported) -> None:
    """What was written."""
    names = f" and {some(paper.names, 'name')}" if paper.names else ""
    what = f"{some(paper.entries, 'entry', 'entries')}{names}"
    Screen(console).say(f"Wrote {what} to {paper.file} ({paper.format}).", "", 0)


def imported(console: Console, paper: papers.Imported) -> None:
    """What was taken in."""
    what = some(paper.new, "entry", "entries")
    screen = Screen(console)
    screen.say(f"{what} taken in from {paper.file}; last position {grouped(paper.last_position)}.", "", 0)
    for warning in paper.warnings:
        screen.say(f"Note: {warning}", "yellow", hang=2)


def stats(console: Console, paper: papers.Stats) -> None:
    """What the ledger holds, and what is so now."""
    screen = Screen(console)
    screen.say(f"Ledger of {paper.plant}: {paper.ledger_id}", "bold", 0)
    bytes_ = "" if paper.bytes is None else f", {size(paper.bytes)}"
    by = ", ".join(f"{writer} {grouped(n)}" for writer, n in sorted(paper.entries_by_writer.items()))
    last = "none yet; sign with `knockdown ledger PLANT seal`"
    if paper.last_seal is not None:
        last = f"position {grouped(paper.last_seal.position)}, {moment(paper.last_seal.sealed_at)} UTC"
    pairs = [
        ("Where", f"{paper.ledger}{bytes_}"),
        ("Entries", f"{grouped(paper.entries)} ({by})"),
        ("Recorded", f"{moment(paper.first_recorded_at)} to {moment(paper.last_recorded_at)} UTC"),
        ("Last seal", last),
    ]
    screen.pairs(pairs)
    _now(screen, paper)
    if paper.kinds:
        screen.title("What the floor recorded")
        most = sorted(paper.kinds.items(), key=lambda pair: -pair[1])[:KINDS_SHOWN]
        screen.table(["Kind", "Entries"], [[kind, grouped(n)] for kind, n in most])
    if paper.runs:
        screen.title("Plans and simulated runs")
        rows = [
            [run.run, run.writer, moment(run.started_at), "pruned" if run.pruned else grouped(run.entries)]
            for run in paper.runs[-KINDS_SHOWN:]
        ]
        screen.table(["Run", "Writer", "Filed (UTC)", "Entries"], rows, left=3)


def _now(screen: Screen, paper: papers.Stats) -> None:
    if not (paper.units or paper.kit_lots):
        return
    screen.title("What is so now")
    screen.pairs(
        [
            ("Units", _counts(paper.units)),
            ("Kit lots", _counts(paper.kit_lots)),
            (
                "Kits left",
                f"{grouped(paper.kits_left)}, of which {grouped(paper.in_transit_kits)} on the way",
            ),
            ("Stopped", some(paper.stations_stopped, "station")),
        ]
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{grouped(n)} {name.replace('_', ' ')}" for name, n in sorted(counts.items())) or "none"


def history(console: Console, paper: papers.History) -> None:
    """One line an event."""
    screen = Screen(console)
    run = f" in run {paper.run}" if paper.run else ""
    screen.say(f"{paper.subject}: {some(len(paper.events), 'event')} by the {paper.writer}{run}", "bold", 0)
    rows = [
        [str(e.version), moment(e.happened_at), e.kind, e.place or "", _body(e.body)]
        for e in paper.events[-EVENTS_SHOWN:]
    ]
    screen.table(["", "Happened (UTC)", "What", "Where", ""], rows, left=5, squeeze=4)
    if len(paper.events) > EVENTS_SHOWN:
        screen.say(f"Only the last {EVENTS_SHOWN} are shown; --json prints all.")


def _body(body: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in body.items() if value not in (None, "", []))


def rebuilt(console: Console, paper: papers.Rebuilt) -> None:
    """Whether replay and snapshot say the same."""
    same = {
        None: "there was no snapshot to compare",
        True: "the snapshot said the same",
        False: "THE SNAPSHOT DIFFERED",
    }
    what = (
        f"{some(paper.entries, 'entry', 'entries')}, {some(paper.subjects, 'subject')}, {paper.seconds:.1f} s"
    )
    Screen(console).say(f"Folded again: {what}; {same[paper.same]}.", "", 0)


def pruned(console: Console, paper: papers.Pruned) -> None:
    """What was taken out."""
    what = some(paper.removed, "entry", "entries")
    Screen(console).say(f"{what} of {paper.writer} run {paper.run} taken out; its provenance stays.", "", 0)


def people(console: Console, paper: papers.People) -> None:
    """Names behind ids."""
    screen = Screen(console)
    if paper.people:
        screen.table(["Id", "", "Name"], [[p.person_id, p.sort, p.name] for p in paper.people], left=3)
    screen.say(f"{some(len(paper.people), 'name')}; {grouped(paper.erased)} erased.", indent=0)


def bench(console: Console, paper: BenchReport) -> None:
    """What was lost in how many faults, and how fast it is."""
    screen = Screen(console)
    kept = sum(row.ok for row in paper.rows)
    screen.say(f"What we lost in N faults: {kept} of {some(len(paper.rows), 'promise')} kept", "bold", 0)
    for row in paper.rows:
        screen.put(
            ("  ", ""),
            ("kept    " if row.ok else "BROKEN  ", "green" if row.ok else "bold red"),
            (row.name, "bold"),
        )
        screen.say(f"{row.figure} (promised: {row.target})", indent=10)
