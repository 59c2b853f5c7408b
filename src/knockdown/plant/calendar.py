"""Working days and working minutes of a plant: week, shifts, public holidays, its own exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from knockdown.plant.market import CalendarDay
from knockdown.plant.site import Shift, WorkCalendar, minutes_of

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_MIN = 24 * 60


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays of a country in a year; lunar dates are estimates until decreed.

    >>> date(2026, 3, 20) in public_holidays("AZ", 2026)
    True
    """
    import holidays

    return frozenset(holidays.country_holidays(country, years=year))


@dataclass(frozen=True)
class PlantCalendar:
    """Which days are worked and how long.

    Parameters
    ----------
    rule : WorkCalendar
        Working week, shifts, country.
    exceptions : dict of date to bool
        Days that differ from the rule: True when worked.
    """

    rule: WorkCalendar
    exceptions: dict[date, bool]

    @property
    def day_min(self) -> int:
        """Working minutes of a working day, breaks taken off."""
        return sum(last - first for first, last in self.windows_min())

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked."""
        if day in self.exceptions:
            return self.exceptions[day]
        return WEEKDAYS[day.weekday()] in self.rule.workdays and day not in public_holidays(
            self.rule.country, day.year
        )

    def workdays(self, first: date, last: date) -> tuple[date, ...]:
        """Worked days from first to last, both included."""
        days = (first + timedelta(days=i) for i in range((last - first).days + 1))
        return tuple(day for day in days if self.is_workday(day))

    def windows_min(self) -> tuple[tuple[int, int], ...]:
        """Working windows of a day in minutes after its midnight, in order; night shifts run past 1440."""
        return tuple(sorted(w for shift in self.rule.shifts for w in _windows(shift)))


def plant_calendar(rule: WorkCalendar, days: Iterable[CalendarDay]) -> PlantCalendar:
    """Calendar from the plant's rule and its table of exceptions."""
    return PlantCalendar(rule, {row.day: row.kind == "workday" for row in days})


def _windows(shift: Shift) -> Sequence[tuple[int, int]]:
    start, end = minutes_of(shift.start), minutes_of(shift.end)
    end += DAY_MIN if end <= start else 0
    edges = [start]
    for pause in sorted(
        shift.breaks, key=lambda b: minutes_of(b.start) + (DAY_MIN if minutes_of(b.start) < start else 0)
    ):
        for moment in (minutes_of(pause.start), minutes_of(pause.end)):
            edges.append(moment + (DAY_MIN if moment < start else 0))
    edges.append(end)
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
