"""Sections of the page on what could happen, where time was lost, and the build calendar."""

from __future__ import annotations

from collections.abc import Iterable

from knockdown.documents.twin_result import TwinResult
from knockdown.reports import says, twin_charts, twin_tables
from knockdown.reports.blocks import Block, Key, Prose, Section, draw
from knockdown.reports.marks import colour, stroke
from knockdown.reports.strips import strips
from knockdown.reports.subject import Subject
from knockdown.reports.words import grouped, some

FAN_LEGEND = (
    Key("P10 to P90", colour(0), "band"),
    Key("P50", stroke(0), "line"),
    Key("planned", stroke(1), "diamond"),
)
PLANNED_MEANS = {"overtime_h": ", which counts here what it asks of lines and not overtime of crews"}
STATE_LEGEND = tuple(
    Key(words.lower(), twin_charts.STATE_COLOURS[state]) for state, words in twin_tables.STATES.items()
)


def could(subject: Subject) -> Section:
    """The output fan and what it does to stock and overtime."""
    blocks = tuple(block for plant, twin in subject.twins.items() for block in _fans(subject, plant, twin))
    lead = "The plan played many times with late kits, faults and absence. One run in ten is below P10."
    return Section("could", "What could happen", "What could happen", lead, blocks)


def _where(subject: Subject, plant: str) -> str:
    return subject.plant_name(plant) if subject.is_network else ""


def _fans(subject: Subject, plant: str, twin: TwinResult) -> Iterable[Block]:
    yield Prose((says.year(twin), says.lateness(twin)), _where(subject, plant))
    caption = "Vehicles built: simulated range against the plan."
    spec = twin_charts.fan(twin.built, "Vehicles built in the period")
    yield draw(spec, f"fan-{plant}", caption, FAN_LEGEND)
    others = (("finished_stock", "Finished vehicles in stock"), ("overtime_h", "Hours lines run overtime"))
    for name, title in () if subject.is_network else others:
        fans = getattr(twin, name)
        if any(row.group == "all" for row in fans):
            caption = f"{title}: simulated range against the plan{PLANNED_MEANS.get(name, '')}."
            yield draw(twin_charts.fan(fans, title, 150), f"fan-{name}-{plant}", caption, FAN_LEGEND)


def lost(subject: Subject) -> Section:
    """Where stations lost time, and what made vehicles late."""
    blocks = tuple(block for plant, twin in subject.twins.items() for block in _losses(subject, plant, twin))
    return Section("lost", "Lost time", "Where time was lost", "", blocks)


def _losses(subject: Subject, plant: str, twin: TwinResult) -> Iterable[Block]:
    worst = says.worst_causes(twin)
    words = f"Vehicles wait most for: {worst}." if worst else "No vehicle was late."
    yield Prose((words,), _where(subject, plant))
    if worst:
        caption = "Vehicle-days late by cause; the thin line is the 95 % interval."
        yield draw(twin_charts.cause_bars(twin), f"causes-{plant}", caption)
    for part, losses in enumerate(twin_charts.station_parts(twin.stations)):
        caption = "Where each station's time went, per cent of its line's working time"
        spec = twin_charts.station_bars(subject, plant, losses)
        more = ", continued." if part else "."
        yield draw(spec, f"stations-{plant}-{part}", caption + more, STATE_LEGEND)


def calendar(subject: Subject) -> Section:
    """The build calendar as strips."""
    blocks: list[Block] = []
    for plant, paper in subject.calendars.items():
        late = f"{grouped(paper.late_units)} leave after the period the plan counts them in"
        words = f"{some(len(paper.units), 'unit')}; {late}, though nothing goes wrong."
        blocks.append(Prose((words,), _where(subject, plant)))
        if paper.units:
            caption = (
                "Units leaving each line by week. A strip is a family, a column a week; "
                "the line under it is its campaign, ▸ where one starts."
            )
            blocks.append(draw(strips(subject, plant, paper), f"strips-{plant}", caption))
    return Section("calendar", "Build calendar", "Build calendar", "", tuple(blocks))
