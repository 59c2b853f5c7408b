"""Days, months and weeks on the calendar: the buckets a plan is made in."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

_PRINTED = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


@dataclass(frozen=True, slots=True)
class Period:
    """One bucket of a plan: a named run of days, both ends included.

    >>> Period("2026-02", date(2026, 2, 1), date(2026, 2, 28)).days
    28
    """

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """Calendar days in the period."""
        return (self.last - self.first).days + 1


def printed_span(text: str) -> tuple[date, date]:
    """First and last day of a date printed as 2019, 2019-04 or 2019-04-05.

    Raises
    ------
    ValueError
        When the text is none of the three, or no day of the calendar.

    Examples
    --------
    >>> printed_span("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    match = _PRINTED.match(text.strip())
    if match is None:
        raise ValueError("is not a date; write 2019, 2019-04 or 2019-04-05")
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        if month is None:
            return date(year or 0, 1, 1), date(year or 0, 12, 31)
        if day is None:
            return date(year or 0, month, 1), date(year or 0, month, month_days(year or 0, month))
        return date(year or 0, month, day), date(year or 0, month, day)
    except (ValueError, calendar.IllegalMonthError):
        raise ValueError("is no day of the calendar; write 2019, 2019-04 or 2019-04-05") from None


def month_days(year: int, month: int) -> int:
    """Days in a month.

    >>> month_days(2024, 2)
    29
    """
    return calendar.monthrange(year, month)[1]


def add_months(day: date, months: int) -> date:
    """First day of the month that lies so many months after the day's month.

    >>> add_months(date(2026, 11, 20), 3)
    datetime.date(2027, 2, 1)
    """
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_from(start: date, n_months: int) -> tuple[Period, ...]:
    """Monthly periods from the month of `start`.

    >>> [p.name for p in months_from(date(2026, 12, 1), 2)]
    ['2026-12', '2027-01']
    """
    firsts = [add_months(start, i) for i in range(n_months + 1)]
    return tuple(Period(f"{a.year:04d}-{a.month:02d}", a, b - timedelta(days=1)) for a, b in pairwise(firsts))


def weeks_from(start: date, n_weeks: int) -> tuple[Period, ...]:
    """ISO weeks (Monday to Sunday) from the week of `start`.

    >>> weeks_from(date(2026, 1, 1), 1)[0].name
    '2026-W01'
    """
    monday = start - timedelta(days=start.weekday())
    weeks = []
    for i in range(n_weeks):
        first = monday + timedelta(days=7 * i)
        year, week, _ = first.isocalendar()
        weeks.append(Period(f"{year:04d}-W{week:02d}", first, first + timedelta(days=6)))
    return tuple(weeks)


def year_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Years written as `2004-2008; 2015-` to pairs of first and last year (9999: still so).

    Raises
    ------
    ValueError
        When a piece is not a year or a pair of years in order.

    Examples
    --------
    >>> year_spans("2006; 2015-")
    ((2006, 2006), (2015, 9999))
    """
    spans = []
    for piece in filter(None, (p.strip() for p in text.split(";"))):
        match = re.match(r"^(\d{4})(-(\d{4})?)?$", piece)
        if match is None:
            raise ValueError("is not a list of years; write 2004-2008; 2015-")
        first = int(match[1])
        last = first if match[2] is None else int(match[3] or 9999)
        if last < first:
            raise ValueError("ends before it begins; write the earlier year first")
        spans.append((first, last))
    return tuple(spans)
