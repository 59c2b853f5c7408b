"""Pictures of what could happen, as Vega-Lite: the output fan, station time, causes of lateness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from knockdown.documents.twin_result import Fan, StationLoss, TwinResult
from knockdown.reports.draw import WIDTH, Spec
from knockdown.reports.marks import (
    FILL,
    HALO,
    INK,
    TEXT,
    WORDS,
    Row,
    amount_axis,
    colour,
    column,
    halo,
    layer,
    layered,
    on,
    periods_axis,
    silent,
    stroke,
)
from knockdown.reports.subject import Subject
from knockdown.reports.twin_tables import STATES
from knockdown.reports.words import grouped, long_period, percent, short_period

STATE_COLOURS = {
    "working": colour(0),
    "slow": colour(4),
    "down": colour(7),
    "rework": colour(3),
    "blocked": colour(5),
    "starved": "var(--idle)",
    "kit": colour(1),
}
LABELS_SHARE = 0.42
ROW_PX = 20
MOST_ROWS = 30


def fan(fans: Sequence[Fan], title: str, height: int = 240) -> Spec:
    """P10 to P90 as a band, P50 as a line, the plan as diamonds."""
    rows = [_fan_row(row) for row in fans if row.group == "all"]
    x = periods_axis([row.period for row in fans if row.group == "all"])
    bare, y = silent(rows), amount_axis(title)
    band = {"type": "area", "fill": colour(0), "opacity": 0.2}
    edge = {"type": "line", "stroke": stroke(0), "strokeWidth": 0.8, "strokeDash": [2, 2]}
    line = {"type": "line", "stroke": stroke(0), "strokeWidth": 2.4}
    look = {"stroke": stroke(1), "fill": "var(--paper)", "strokeWidth": 2, "opacity": 1}
    layers = [
        layer(bare, band, x, amount_axis(title, "lo"), y2={"field": "hi"}),
        layer(bare, edge, x, amount_axis(title, "lo")),
        layer(bare, edge, x, amount_axis(title, "hi")),
        layer(bare, line, x, y),
        layer(rows, {"type": "point", "shape": "diamond", "size": 60, **look}, x, amount_axis(title, "plan")),
    ]
    return layered(layers, height)


def _fan_row(row: Fan) -> Row:
    quantiles = f"P10 {grouped(row.p10)}, P50 {grouped(row.p50)}, P90 {grouped(row.p90)}"
    words = f"{long_period(row.period)}: planned {grouped(row.planned)}; {quantiles}"
    figures = {"lo": row.p10, "hi": row.p90, "y": row.p50, "plan": row.planned}
    return {"p": short_period(row.period), **figures, "d": words}


def station_parts(stations: Sequence[StationLoss], most: int = MOST_ROWS) -> list[list[StationLoss]]:
    """Stations in as many pictures as stay readable on a printed page; a line is never cut."""
    parts: list[list[StationLoss]] = []
    height = most
    for _, group in groupby(stations, key=lambda loss: loss.line):
        line = list(group)
        if height + len(line) + 1 > most:
            parts.append([])
            height = 0
        parts[-1] += line
        height += len(line) + 1
    return parts


def station_bars(subject: Subject, plant: str, stations: Sequence[StationLoss]) -> Spec:
    """Each station's time by state, as one bar of shares; stations stand under the name of their line."""
    bars, names, height = _station_rows(subject, plant, stations)
    axis: Spec = {"title": None, "values": [0, 20, 40, 60, 80, 100], "orient": "top", "format": ".0f"}
    x = column("x", axis=axis, scale={"domain": [-100 * LABELS_SHARE, 100], "nice": False})
    y = column("y", axis=None, scale={"domain": [height, 0], "nice": False})
    words = [{**row, "x": row["m"], "y": row["y"] + 0.42} for row in bars if row["x2"] - row["x"] >= 5]
    mark = {"type": "rect", "stroke": "var(--paper)"}
    layers = [
        layer(bars, mark, x, y, x2={"field": "x2"}, y2={"field": "y2"}, fill=FILL),
        layer(silent(words), TEXT, x, y, text=WORDS, fill=INK, stroke=HALO),
        *label_layers(names, y),
    ]
    return layered(layers, int(ROW_PX * height))


def _station_rows(
    subject: Subject, plant: str, stations: Sequence[StationLoss]
) -> tuple[list[Row], list[Row], float]:
    """Bars, names beside them, and how many rows high it all is."""
    bars: list[Row] = []
    names: list[Row] = []
    at, before = 0.0, ""
    for loss in stations:
        if loss.line != before:
            at += 0.5 if before else 0.0
            names.append({"y": at + 0.5, "t": subject.name("lines", plant, loss.line), "line": True})
            at, before = at + 1, loss.line
        names.append({"y": at + 0.5, "t": loss.name, "line": False})
        bars += _shares(at, loss)
        at += 1
    return bars, names, max(1.0, at)


def _shares(at: float, loss: Any) -> Iterable[Row]:
    base = 0.0
    for state, words in STATES.items():
        share = 100 * getattr(loss, state)
        if share > 0:
            fill = STATE_COLOURS[state]
            box = {"y": at + 0.08, "y2": at + 0.92, "x": base, "x2": base + share, "m": base + share / 2}
            said = f"{loss.name}: {words.lower()} {percent(share / 100, 1)}"
            look = {"f": fill, "o": on(fill), "h": halo(fill)}
            yield {**box, **look, "t": f"{share:.0f}", "d": said}
        base += share


def label_layers(names: Sequence[Row], y: Spec) -> list[Spec]:
    """Labels at the left edge; names of lines in bold."""
    limit = WIDTH * LABELS_SHARE / (1 + LABELS_SHARE) - 22
    base: Spec = {"type": "text", "align": "left", "limit": limit}
    lines = [row for row in names if row["line"]]
    others = [row for row in names if not row["line"]]
    inner = {**base, "dx": 10, "fill": "var(--soft)"}
    return [
        layer(lines, {**base, "fontWeight": "bold", "limit": WIDTH}, {"value": 0}, y, text=WORDS),
        layer(others, inner, {"value": 0}, y, text=WORDS),
    ]


def cause_bars(twin: TwinResult) -> Spec:
    """Vehicle-days late by cause, with the interval of the mean."""
    causes = sorted(twin.causes, key=lambda cause: -cause.days)
    rows = [_cause_row(cause) for cause in causes]
    y: Spec = {"field": "n", "type": "nominal", "sort": [row["n"] for row in rows], "axis": {"title": None}}
    x = column("x", axis={"title": "Vehicle-days late, mean of all runs", "tickCount": 6})
    rule = {"type": "rule", "stroke": "var(--ink)", "strokeWidth": 1.2}
    layers = [
        layer(rows, {"type": "bar", "fill": colour(1), "height": {"band": 0.7}}, x, y),
        layer(silent(rows), rule, column("lo"), y, x2={"field": "hi"}),
        layer(silent(rows), {"type": "text", "align": "left", "dx": 6}, column("hi"), y, text=WORDS),
    ]
    return layered(layers, 24 * max(1, len(rows)))


def _cause_row(cause: Any) -> Row:
    low, high = max(0.0, cause.days - cause.half_width), cause.days + cause.half_width
    late = f"{grouped(cause.days)} vehicle-days late, plus or minus {grouped(cause.half_width)}"
    words = {"t": grouped(cause.days), "d": f"{cause.cause}: {late}"}
    return {"n": cause.cause, "x": cause.days, "lo": low, "hi": high, **words}
