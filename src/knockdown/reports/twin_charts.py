"""Pictures of what could happen and of the build calendar, as Vega-Lite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.twin_result import Fan, TwinResult
from knockdown.reports.charts import RAW, Row, amount_axis, colour, family_slots, layer, layered, periods_axis
from knockdown.reports.draw import WIDTH, Spec
from knockdown.reports.subject import Subject
from knockdown.reports.twin_tables import STATES
from knockdown.reports.words import grouped, long_period, percent, period_of, short_period

STATE_COLOURS = {
    "working": "var(--c1)", "slow": "var(--c5)", "down": "var(--c8)", "rework": "var(--c4)",
    "blocked": "var(--c6)", "starved": "var(--c7)", "kit": "var(--c2)",
}  # fmt: skip


def fan(fans: Sequence[Fan], title: str, height: int = 240, width: int = WIDTH) -> Spec:
    """P10 to P90 as a band, P50 as a line, the plan as dots."""
    rows = [_fan_row(row) for row in fans if row.group == "all"]
    x = periods_axis([row.period for row in fans if row.group == "all"])
    bare = [{k: v for k, v in row.items() if k != "d"} for row in rows]
    stroke: Spec = {"type": "line", "stroke": "var(--c1)", "strokeWidth": 2.4}
    dots: Spec = {"type": "point", "shape": "diamond", "size": 60, "stroke": "var(--c2)", "fill": "var(--paper)", "strokeWidth": 2, "opacity": 1}
    edge: Spec = {"type": "line", "stroke": "var(--c1)", "strokeWidth": 0.8, "strokeDash": [2, 2]}
    return layered([
        layer(bare, {"type": "area", "fill": "var(--c1)", "opacity": 0.2}, x, amount_axis(title, "lo"), y2={"field": "hi"}),
        layer(bare, edge, x, amount_axis(title, "lo")),
        layer(bare, edge, x, amount_axis(title, "hi")),
        layer(bare, stroke, x, amount_axis(title, "y")),
        layer(rows, dots, x, amount_axis(title, "plan")),
    ], height, width)  # fmt: skip


def _fan_row(row: Fan) -> Row:
    words = f"{long_period(row.period)}: planned {grouped(row.planned)}; P10 {grouped(row.p10)}, P50 {grouped(row.p50)}, P90 {grouped(row.p90)}"
    return {"p": short_period(row.period), "lo": row.p10, "hi": row.p90, "y": row.p50, "plan": row.planned, "d": words}


def station_bars(subject: Subject, plant: str, twin: TwinResult) -> Spec:
    """Each station's time by state, as one bar of shares."""
    labels, rows = [], []
    for loss in twin.stations:
        name = f"{subject.name('lines', plant, loss.line)} · {loss.name}"
        label = name if name not in labels else f"{name} ({loss.station})"
        labels.append(label)
        rows += list(_shares(label, loss))
    y = {"field": "n", "type": "nominal", "scale": {"domain": labels}, "axis": {"title": None, "labelLimit": 300}}
    axis = {"title": "Share of the line's working time, %", "format": ".0f", "tickCount": 6, "orient": "top"}
    x = {"field": "x", "type": "quantitative", "axis": axis, "scale": {"domain": [0, 100]}}
    bars = layer(rows, {"type": "bar", "height": {"band": 0.78}}, x, y, x2={"field": "x2"}, fill={"field": "f", **RAW})
    wide = [row for row in rows if row["x2"] - row["x"] >= 6]
    middle = {"field": "m", "type": "quantitative"}
    words = layer(_bare(wide), {"type": "text", "fontSize": 10.5, "stroke": "var(--halo)", "strokeWidth": 2.5}, middle, y,
                  text={"field": "t", "type": "nominal"}, fill={"field": "o", **RAW})  # fmt: skip
    return layered([bars, words], 22 * max(1, len(labels)))


def _bare(rows: Iterable[Row]) -> list[Row]:
    return [{k: v for k, v in row.items() if k != "d"} for row in rows]


def _shares(label: str, loss: Any) -> Iterable[Row]:
    base = 0.0
    for state, words in STATES.items():
        share = 100 * getattr(loss, state)
        if share > 0:
            fill = STATE_COLOURS[state]
            yield {
                "n": label, "x": base, "x2": base + share, "m": base + share / 2, "f": fill, "o": fill.replace("--c", "--o"),
                "t": f"{share:.0f}", "d": f"{label}: {words.lower()} {percent(share / 100, 1)}",
            }  # fmt: skip
        base += share


def cause_bars(twin: TwinResult) -> Spec:
    """Vehicle-days late by cause, with the interval of the mean."""
    causes = sorted(twin.causes, key=lambda cause: -cause.days)
    rows = [
        {
            "n": c.cause, "x": c.days, "lo": max(0.0, c.days - c.half_width), "hi": c.days + c.half_width, "t": grouped(c.days),
            "d": f"{c.cause}: {grouped(c.days)} vehicle-days late, plus or minus {grouped(c.half_width)}",
        }
        for c in causes
    ]  # fmt: skip
    y = {"field": "n", "type": "nominal", "sort": [c.cause for c in causes], "axis": {"title": None}}
    x = {"field": "x", "type": "quantitative", "axis": {"title": "Vehicle-days late, mean of all replications", "tickCount": 6}}
    low, high = {"field": "lo", "type": "quantitative"}, {"field": "hi"}
    return layered([
        layer(rows, {"type": "bar", "fill": "var(--c2)", "height": {"band": 0.7}}, x, y),
        layer(_bare(rows), {"type": "rule", "stroke": "var(--ink)", "strokeWidth": 1.2}, low, y, x2=high),
        layer(_bare(rows), {"type": "text", "align": "left", "dx": 6}, {"field": "hi", "type": "quantitative"}, y, text={"field": "t", "type": "nominal"}),
    ], 24 * max(1, len(rows)))  # fmt: skip


class Strips:
    """Rows of the build calendar: a strip a family on its line, a column a week."""

    def __init__(self, subject: Subject, plant: str, calendar: BuildCalendar) -> None:
        self.subject, self.plant = subject, plant
        self.first = period_of(subject.plan.periods[0]).first
        self.last = period_of(subject.plan.periods[-1]).last
        self.weeks = self._count(calendar)
        order = {line: i for i, line in enumerate(subject.members[plant].lines)} if plant in subject.members else {}
        self.rows = sorted({key[:2] for key in self.weeks}, key=lambda key: (order.get(key[0], 99), key))

    def _count(self, calendar: BuildCalendar) -> Mapping[tuple[str, str, int], int]:
        """Units that leave, by line, family and week of the plan."""
        counts: dict[tuple[str, str, int], int] = {}
        for unit in calendar.units:
            day = (date.fromisoformat(unit.leaves_on[:10]) - self.first).days
            key = (unit.line, unit.family, day // 7)
            counts[key] = counts.get(key, 0) + 1
        return counts

    def columns(self) -> Iterable[Row]:
        """One rectangle a week with work, as high as its share of the line's best week."""
        slots = family_slots(self.subject)
        best = {line: max(n for (a, _, _), n in self.weeks.items() if a == line) for line, _ in self.rows}
        for (line, family, week), n in sorted(self.weeks.items()):
            floor = self.rows.index((line, family)) + 0.92
            name = self.subject.name("families", self.plant, family)
            monday = self.first + timedelta(days=7 * week)
            yield {
                "x": 7 * week + 0.4, "x2": 7 * week + 6.6, "y": floor, "y2": floor - 0.74 * n / best[line],
                "f": colour(slots.get(self.subject.family_key(self.plant, family), 7)),
                "d": f"{name}: {n} leave in the week from {monday:%d.%m.%Y}",
            }  # fmt: skip

    def labels(self) -> Iterable[Row]:
        """Family names above their strips, the line's name in front when it changes."""
        before = None
        for i, (line, family) in enumerate(self.rows):
            name = self.subject.name("families", self.plant, family)
            total = sum(n for (a, b, _), n in self.weeks.items() if (a, b) == (line, family))
            yield {"y": i + 0.6, "t": f"{name}  {grouped(total)}", "w": "normal"}
            if line != before:
                yield {"y": i + 0.1, "t": self.subject.name("lines", self.plant, line), "w": "bold"}
            before = line

    def months(self) -> Iterable[Row]:
        """Period borders with their names."""
        names = self.subject.plan.periods
        step = max(1, len(names) // 18)
        for i, name in enumerate(names):
            yield {"x": (period_of(name).first - self.first).days, "t": short_period(name) if i % step == 0 else ""}

    def campaigns(self) -> Iterable[Row]:
        """A line under the periods in which the plan runs the family on the line."""
        for row in self.subject.plan.campaigns:
            if row.plant == self.plant and (row.line, row.family) in self.rows:
                days, i = period_of(row.period), self.rows.index((row.line, row.family))
                yield {"x": (days.first - self.first).days, "x2": (days.last - self.first).days + 1, "y": i + 0.95, "s": row.starts}


def strips(subject: Subject, plant: str, calendar: BuildCalendar) -> Spec:
    """The build calendar: weeks along, a strip for each family on its line."""
    data = Strips(subject, plant, calendar)
    n, days = max(1, len(data.rows)), (data.last - data.first).days + 1
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [-days * 0.3, days], "nice": False}}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [n, -0.6], "nice": False}}
    runs = list(data.campaigns())
    starts = [row for row in runs if row["s"]]
    months = list(data.months())
    return layered([
        layer(months, {"type": "rule", "stroke": "var(--grid)"}, x, {"value": 16}, y2={"value": 34 * n + 20}),
        layer([{**m, "y": -0.42} for m in months], {"type": "text", "align": "left", "dx": 3, "fontSize": 10, "fill": "var(--soft)"}, x, y,
              text={"field": "t", "type": "nominal"}),
        layer(runs, {"type": "rule", "stroke": "var(--soft)", "strokeWidth": 1}, x, y, x2={"field": "x2"}),
        layer(data.columns(), {"type": "rect"}, x, y, x2={"field": "x2"}, y2={"field": "y2"}, fill={"field": "f", **RAW}),
        layer(starts, {"type": "point", "shape": "triangle-right", "fill": "var(--ink)", "stroke": None, "size": 28, "opacity": 1}, x, y),
        layer(data.labels(), {"type": "text", "align": "left"}, {"value": 0}, y, text={"field": "t", "type": "nominal"}),
    ], 34 * n + 20)  # fmt: skip
