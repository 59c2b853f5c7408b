"""The build calendar as a picture: weeks along, a strip for each family on its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from knockdown.documents.build_calendar import BuildCalendar
from knockdown.reports.charts import family_slots
from knockdown.reports.draw import Spec
from knockdown.reports.marks import FILL, WORDS, Row, colour, column, layer, layered
from knockdown.reports.subject import Subject
from knockdown.reports.twin_charts import LABELS_SHARE, label_layers
from knockdown.reports.words import grouped, period_of, short_period

STRIP_PX = 34
Week = tuple[str, str, int]


def strips(subject: Subject, plant: str, calendar: BuildCalendar) -> Spec:
    """The calendar of one plant.

    A column is the units that leave in seven days, as high as its share of the line's best week. The line
    under a strip is its campaign in the plan, with a mark where one starts.
    """
    data = _Strips(subject, plant, calendar)
    height = int(STRIP_PX * (data.height + 0.7))
    x = column("x", axis=None, scale={"domain": [-data.days * LABELS_SHARE, data.days], "nice": False})
    y = column("y", axis=None, scale={"domain": [data.height, -0.7], "nice": False})
    runs, months = list(data.campaigns()), list(data.months())
    starts = [row for row in runs if row["s"]]
    border = {"type": "rule", "stroke": "var(--grid)"}
    month = {"type": "text", "align": "left", "dx": 2, "fontSize": 10, "fill": "var(--soft)"}
    run = {"type": "rule", "stroke": "var(--soft)", "strokeWidth": 1}
    flag = {"shape": "triangle-right", "fill": "var(--ink)", "stroke": None, "size": 26, "opacity": 1}
    layers = [
        layer(months, border, x, {"value": STRIP_PX * 0.6}, y2={"value": height}),
        layer(months, month, x, y, text=WORDS),
        layer(runs, run, x, y, x2={"field": "x2"}),
        layer(data.columns(), {"type": "rect"}, x, y, x2={"field": "x2"}, y2={"field": "y2"}, fill=FILL),
        layer(starts, {"type": "point", **flag}, x, y),
        *label_layers(data.names, y),
    ]
    return layered(layers, height)


class _Strips:
    """Where everything lies: days along from the plan's first, strips downwards."""

    def __init__(self, subject: Subject, plant: str, calendar: BuildCalendar) -> None:
        self.subject, self.plant = subject, plant
        self.first = period_of(subject.plan.periods[0]).first
        self.last = period_of(subject.plan.periods[-1]).last
        self.days = (self.last - self.first).days + 1
        self.weeks = self._count(calendar)
        self.floors: dict[tuple[str, str], float] = {}
        self.names: list[Row] = []
        self.height = self._lay_out()

    def _count(self, calendar: BuildCalendar) -> Mapping[Week, int]:
        """Units that leave, by line, family and week of the plan."""
        counts: dict[Week, int] = {}
        for unit in calendar.units:
            at = (date.fromisoformat(unit.leaves_on[:10]) - self.first).days
            if at < self.days:
                key = (unit.line, unit.family, at // 7)
                counts[key] = counts.get(key, 0) + 1
        return counts

    def _lay_out(self) -> float:
        """Set the floor of each strip and the names beside; return the height of all."""
        member = self.subject.members.get(self.plant)
        order = {line: i for i, line in enumerate(member.lines)} if member is not None else {}
        at, before = 0.0, ""
        keys = {week[:2] for week in self.weeks}
        for line, family in sorted(keys, key=lambda key: (order.get(key[0], 99), key)):
            if line != before:
                name = self.subject.name("lines", self.plant, line)
                self.names.append({"y": at + 0.4, "t": name, "line": True})
                at, before = at + 0.7, line
            self.names.append({"y": at + 0.66, "t": self._strip_name(line, family), "line": False})
            at += 1
            self.floors[line, family] = at - 0.08
        return max(1.0, at)

    def _strip_name(self, line: str, family: str) -> str:
        total = sum(n for week, n in self.weeks.items() if week[:2] == (line, family))
        return f"{grouped(total)}  {self.subject.name('families', self.plant, family)}"

    def columns(self) -> Iterable[Row]:
        """One rectangle a week with work."""
        slots = family_slots(self.subject)
        best: dict[str, int] = {}
        for (line, _, _), n in self.weeks.items():
            best[line] = max(n, best.get(line, 0))
        for (line, family, week), n in sorted(self.weeks.items()):
            floor = self.floors[line, family]
            box = {"x": 7 * week + 0.4, "x2": 7 * week + 6.6, "y": floor, "y2": floor - 0.8 * n / best[line]}
            fill = colour(slots.get(self.subject.family_key(self.plant, family), 6))
            yield {**box, "f": fill, "d": self._week_words(family, week, n)}

    def _week_words(self, family: str, week: int, n: int) -> str:
        name = self.subject.name("families", self.plant, family)
        return f"{name}: {n} leave in the seven days from {self.first + timedelta(days=7 * week)}"

    def months(self) -> Iterable[Row]:
        """Period borders with their names; the year stands at the first and at each January."""
        names = self.subject.plan.periods
        step = max(1, len(names) // 18)
        for i, name in enumerate(names):
            word, year = short_period(name).split(" ")
            text = f"{word} {year}" if i == 0 or (word == "Jan" and i >= 2) else word
            at = (period_of(name).first - self.first).days
            yield {"x": at, "y": -0.4, "t": "" if i % step else text}

    def campaigns(self) -> Iterable[Row]:
        """A line under the periods in which the plan runs the family on the line."""
        for row in self.subject.plan.campaigns:
            floor = self.floors.get((row.line, row.family))
            if row.plant == self.plant and floor is not None:
                days = period_of(row.period)
                ends = {"x": (days.first - self.first).days, "x2": (days.last - self.first).days + 1}
                yield {**ends, "y": floor + 0.03, "s": row.starts}
