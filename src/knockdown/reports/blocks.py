"""Blocks that sections of the page are made of, as plain data for the template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knockdown.reports import flows
from knockdown.reports.draw import Spec, picture
from knockdown.reports.published import Beside
from knockdown.reports.sheet import Grid, GridRow, Table, Values, grid_rows, sum_row
from knockdown.reports.subject import Subject
from knockdown.reports.words import short_period

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
    """A table in the page."""

    table: Table
    kind: str = "table"


@dataclass(frozen=True)
class Compared:
    """Published figures beside ours; those that are `folded` open on a click and are not printed."""

    rows: tuple[Beside, ...]
    folded: str = ""
    kind: str = "compared"


@dataclass(frozen=True)
class Laid:
    """A grid in the page; `top` is the largest cell, for shading."""

    grid: Grid
    top: float
    kind: str = "grid"


Block = Figure | Prose | Sheet | Compared | Laid


@dataclass(frozen=True)
class Section:
    """A section: its anchor, its names in the contents and as a heading, leading sentence, blocks."""

    id: str
    short: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


def draw(spec: Spec, name: str, caption: str, legend: Sequence[Key] = ()) -> Figure:
    """A figure from a Vega-Lite spec."""
    return Figure(picture(spec, name, caption), caption, tuple(legend))


@dataclass(frozen=True)
class Lines:
    """Numbers by row and period that a grid is made of; a level is not summed over the periods.

    Rows of a group stand together above their sum; rows `apart` stand below all sums and are in none.
    """

    title: str
    corner: str
    values: Values
    labels: Mapping[str, str]
    level: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


def grids(lines: Lines, periods: Sequence[str]) -> Iterable[Block]:
    """A grid by row and period, in as many parts as a page needs; sums over the plan stand in the last."""
    rows = grid_rows(lines.values, lines.labels, periods, last=lines.level)
    if not rows:
        return
    top = max(value or 0.0 for row in rows for value in row.values)
    rows = _with_sums(lines, dict(zip(lines.labels, rows, strict=True)))
    width = -(-len(periods) // -(-len(periods) // WIDEST_GRID))
    for start in range(0, len(periods), width):
        yield Laid(_part(lines, rows, periods, slice(start, start + width)), top)


def _with_sums(lines: Lines, rows: Mapping[str, GridRow]) -> tuple[GridRow, ...]:
    counted = {key: row for key, row in rows.items() if key not in lines.apart}
    names = list(dict.fromkeys(lines.groups.get(key, "") for key in counted))
    out: list[GridRow] = []
    for name in names:
        group = [row for key, row in counted.items() if lines.groups.get(key, "") == name]
        out += [*group, sum_row(group, name)] if len(names) > 1 else group
    if len(counted) > 1:
        every = "All plants" if len(names) > 1 else "All"
        out.append(sum_row(list(counted.values()), every + (", vehicles" if lines.apart else "")))
    return (*out, *(row for key, row in rows.items() if key in lines.apart))


def _part(lines: Lines, rows: Sequence[GridRow], periods: Sequence[str], piece: slice) -> Grid:
    summed = piece.stop >= len(periods) and not lines.level
    cut = tuple(GridRow(r.label, r.values[piece], r.total if summed else None, r.strong) for r in rows)
    title = f"{lines.title}, continued" if piece.start else lines.title
    heads = tuple(short_period(period) for period in periods[piece])
    return Grid(title, lines.corner, heads, cut, "Total" if summed else "")


def with_any(values: Mapping[tuple[str, str], float], labels: Mapping[str, str]) -> dict[str, str]:
    """Labels of the rows that hold more than noughts."""
    some_value = {key for (key, _), value in values.items() if value >= 0.5}
    return {key: label for key, label in labels.items() if key in some_value}


def plant_groups(subject: Subject, keys: Iterable[str]) -> dict[str, str]:
    """Name of the plant of each key that begins with its id, where there are several plants."""
    return {key: subject.plant_name(key.partition("/")[0]) for key in keys} if subject.is_network else {}


def family_grids(subject: Subject, measure: str, title: str) -> Iterable[Block]:
    """One of the measures of `flows` by family and period."""
    values = flows.by_family(subject, measure)
    named = {
        key: info.name if info.vehicle else f"{info.name} (built in)"
        for key, info in subject.families.items()
    }
    labels = with_any(values, named)
    parts = {key for key in labels if not subject.families[key].vehicle}
    apart = frozenset(parts if measure in flows.OF_VEHICLES else ())
    level, groups = measure in flows.LEVELS, plant_groups(subject, labels)
    lines = Lines(title, "Family", values, labels, level, groups, apart)
    return grids(lines, subject.plan.periods)
