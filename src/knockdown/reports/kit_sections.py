"""The section of the page on kits: which vehicles can be finished, and what blocks the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knockdown.documents.kit_ready import StopLine
from knockdown.reports import kit_charts, kit_tables
from knockdown.reports.blocks import Block, Figure, Key, Prose, Section, Sheet
from knockdown.reports.sheet import Table
from knockdown.reports.subject import KitPapers, Subject, only
from knockdown.reports.words import dated, grouped, money, percent, some

LEGEND = tuple(Key(words, fill) for _, words, fill in kit_charts.STATES)
MOST_ROWS, MOST_CLAIMS, MOST_WARNINGS = 20, 12, 12


def kits(subject: Subject) -> Section:
    """Lots, the next stop, vehicles that wait, claims, vehicles built short, what runs out."""
    blocks = tuple(block for plant, papers in subject.kits.items() for block in _of(subject, plant, papers))
    lead = "" if subject.is_network else " ".join(_standing(papers) for papers in subject.kits.values())
    return Section("kits", "Kits", "Kits: what can be finished, and what blocks the rest", lead, blocks)


def _of(subject: Subject, plant: str, papers: KitPapers) -> Iterator[Block]:
    own = only(subject, plant)
    if subject.is_network:
        yield Prose((_standing(papers),), subject.plant_name(plant))
    lots = kit_tables.lot_states(papers.ready)
    for part, some_lots in enumerate(kit_charts.lot_parts(lots)):
        more = ", continued." if part else "."
        caption = f"Open vehicles of each kit lot, per cent; beside it how many of them can be finished{more}"
        yield Figure(kit_charts.lot_bars(some_lots, caption), caption, LEGEND)
    yield Prose(_stops(papers), "Which station stops first")
    yield Sheet(_first(kit_tables.units(own), MOST_ROWS))
    yield Prose((_owed(papers),), "Claims on partners")
    yield Sheet(kit_tables.ages(papers.claims))
    yield Sheet(_first(_open_only(kit_tables.claims(own)), MOST_CLAIMS))
    yield Sheet(_first(kit_tables.park(own), MOST_ROWS))
    if papers.ready.warnings:
        yield Prose(_warnings(papers), "What runs out, and what to look at")


def _standing(papers: KitPapers) -> str:
    ready = papers.ready
    can = f"{grouped(ready.n_ready)} of {some(ready.n_open, 'open vehicle')} can be finished"
    waits = f"{grouped(ready.n_waiting)} wait for parts that come"
    lacks = f"{grouped(ready.n_short)} lack parts that nothing brings"
    day = dated(ready.at.isoformat())
    return f"On {day}, when the plan opens, {can} with the parts on site; {waits}, {lacks}."


def _stops(papers: KitPapers) -> tuple[str, ...]:
    """The first station of each line that runs out of a part, the soonest first."""
    stops = tuple(map(_stop, papers.ready.stops))
    return stops or ("No station will stand for want of a part, in the order in which vehicles are due.",)


def _stop(stop: StopLine) -> str:
    hours = some(round(stop.hours), "working hour")
    when = "now" if stop.hours < 0.5 else f"in {hours}, on {dated(stop.date.isoformat())}"
    comes = (
        "nothing brings it" if stop.expected is None else f"it comes on {dated(stop.expected.isoformat())}"
    )
    return f"{stop.station} {stop.station_name} {when}: {stop.unit} lacks {stop.name} ({stop.part}); {comes}."


def _owed(papers: KitPapers) -> str:
    paper = papers.claims
    n_open = sum(claim.is_open for claim in paper.claims)
    if not paper.claims:
        return "No claim was written."
    over = "" if paper.open_value is None else f" over {money(paper.open_value, paper.currency)}"
    words = f"{some(n_open, 'claim')}{over} open."
    if paper.recovery_rate is None:
        return words
    back = f"{percent(paper.recovery_rate)} of the value claimed so far was replaced or credited."
    return f"{words} {back}"


def _open_only(table: Table) -> Table:
    rows = tuple(row for row in table.rows if row["age"] is not None)
    return replace(table, title="Open claims, the oldest first", rows=rows)


def _first(table: Table, most: int) -> Table:
    """The first rows of a table; how many more there are."""
    more = len(table.rows) - most
    if more <= 0:
        return table
    return replace(table, rows=table.rows[:most], note=f"{grouped(more)} more stand in the workbook.")


def _warnings(papers: KitPapers) -> tuple[str, ...]:
    told = papers.ready.warnings
    more = len(told) - MOST_WARNINGS
    return (*told[:MOST_WARNINGS], *([f"And {grouped(more)} more."] if more > 0 else []))
