"""Numbers, months and money in words a reader in the plant knows; each with its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from knockdown.basics.periods import Period, printed_span

THIN = "\u202f"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip


def grouped(value: float, decimals: int = 0) -> str:
    """A number with a thin space between thousands and a true minus sign.

    >>> grouped(-12345.6).replace(THIN, " ")
    '−12 346'
    """
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN)
    return f"−{text}" if value < 0 and text.strip("0.") else text


def percent(share: float | None, decimals: int = 0) -> str:
    """A share as per cent; a share that is not known is a dash.

    >>> percent(0.123).replace(THIN, " "), percent(None)
    ('12 %', '–')
    """
    return "–" if share is None else f"{grouped(100 * share, decimals)}{THIN}%"


def money(value: float, currency: str) -> str:
    """An amount of money as one says it.

    >>> money(23_412_000, "USD").replace(THIN, " "), money(812_400, "USD").replace(THIN, " ")
    ('23.4 million USD', '812 400 USD')
    """
    if abs(value) >= 1e9:
        return f"{grouped(value / 1e9, 2)} billion {currency}"
    if abs(value) >= 1e6:
        return f"{grouped(value / 1e6, 1 if abs(value) >= 1e7 else 2)} million {currency}"
    return f"{grouped(value)} {currency}"


def some(n: float, singular: str, plural: str = "") -> str:
    """A count with its noun.

    >>> some(1, "lot"), some(3, "lot"), some(2, "bus", "buses")
    ('1 lot', '3 lots', '2 buses')
    """
    return f"{grouped(n)} {singular if n == 1 else plural or singular + 's'}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words in a row, as one says them.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def plain(name: str) -> str:
    """A name made for machines, as words.

    >>> plain("closing_stock")
    'Closing stock'
    """
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def period_of(name: str) -> Period:
    """The days of a period by its name: a month or an ISO week.

    >>> period_of("2026-02").days, period_of("2026-W05").first.isoformat()
    (28, '2026-01-26')
    """
    if "W" in name:
        year, week = int(name[:4]), int(name[-2:])
        return Period(name, date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7))
    return Period(name, *printed_span(name))


def short_period(name: str) -> str:
    """A period for a narrow column.

    >>> short_period("2026-02"), short_period("2026-W05"), short_period("later")
    ('Feb 26', 'W05 26', 'later')
    """
    if "W" in name:
        return f"{name[-3:]} {name[2:4]}"
    return f"{MONTHS[int(name[5:7]) - 1][:3]} {name[2:4]}" if name[:4].isdigit() and len(name) == 7 else name


def medium_period(name: str) -> str:
    """A period for a column of text.

    >>> medium_period("2026-02"), medium_period("later")
    ('Feb 2026', 'later')
    """
    short = short_period(name)
    return short if short == name else f"{short[:-2]}{name[:4]}"


def long_period(name: str) -> str:
    """A period in a sentence.

    >>> long_period("2026-02"), long_period("2026-W05")
    ('February 2026', 'week 5 of 2026')
    """
    if "W" in name:
        return f"week {int(name[-2:])} of {name[:4]}"
    return f"{MONTHS[int(name[5:7]) - 1]} {name[:4]}" if name[:4].isdigit() and len(name) == 7 else name


def dated(text: str) -> str:
    """A year, month or day as printed in a source, in words.

    >>> dated("2019"), dated("2019-04"), dated("2020-02-01")
    ('2019', 'Apr 2019', '1 Feb 2020')
    """
    parts = text.split("-")
    if not all(part.isdigit() for part in parts) or not 2 <= len(parts) <= 3:
        return text
    month = f"{MONTHS[int(parts[1]) - 1][:3]} {parts[0]}"
    return f"{int(parts[2])} {month}" if len(parts) == 3 else month


def dated_span(start: str, end: str) -> str:
    """From one printed date to another; the year stands once where it is the same.

    >>> dated_span("2019-01", "2019-04"), dated_span("2024", ""), dated_span("2020-03", "2020-03")
    ('Jan to Apr 2019', 'from 2024', 'Mar 2020')
    """
    if not start and not end:
        return "undated"
    if start == end or not end:
        return dated(start) if start == end else f"from {dated(start)}"
    first = dated(start or "start")
    same_year = len(start) == len(end) == 7 and start[:4] == end[:4]
    return f"{first[:3] if same_year else first} to {dated(end)}"


def span(periods: Sequence[str]) -> str:
    """First to last period and how many there are.

    >>> span(["2026-01", "2026-02"])
    'January 2026 to February 2026, 2 months'
    """
    if not periods:
        return "no periods"
    noun = "week" if "W" in periods[0] else "month"
    if len(periods) == 1:
        return long_period(periods[0])
    return f"{long_period(periods[0])} to {long_period(periods[-1])}, {some(len(periods), noun)}"


@dataclass(frozen=True)
class YearPart:
    """The periods of a plan that fall in one calendar year."""

    year: str
    periods: tuple[str, ...]
    whole: bool

    @property
    def words(self) -> str:
        """The year, and which part of it when it is not whole."""
        if self.whole:
            return f"{self.year} (whole year)"
        first, last = long_period(self.periods[0]), long_period(self.periods[-1])
        noun = "week" if "W" in self.periods[0] else "month"
        which = first.removesuffix(f" {self.year}") + (f" to {last}" if first != last else f" {self.year}")
        return f"{which} ({some(len(self.periods), noun)} only)"


def year_parts(periods: Sequence[str]) -> tuple[YearPart, ...]:
    """A plan's periods by calendar year, each whole or part; weeks belong to their ISO year.

    >>> months = [f"2026-{m:02d}" for m in range(1, 13)] + ["2027-01"]
    >>> [(part.words, part.whole) for part in year_parts(months)]
    [('2026 (whole year)', True), ('January 2027 (1 month only)', False)]
    """
    parts = []
    for year, group in groupby(periods, key=lambda name: name[:4]):
        names = tuple(group)
        weekly = "W" in names[0]
        needed = date(int(year), 12, 28).isocalendar().week if weekly else 12
        parts.append(YearPart(year, names, len(names) == needed))
    return tuple(parts)


def first_year(periods: Sequence[str]) -> tuple[str, ...]:
    """The first twelve months (or 52 weeks) of a plan; empty when it is shorter.

    >>> first_year([f"2026-{m:02d}" for m in range(1, 13)])[-1], first_year(["2026-01"])
    ('2026-12', ())
    """
    n = 52 if periods and "W" in periods[0] else 12
    return tuple(periods[:n]) if len(periods) >= n else ()


def quarters(periods: Sequence[str], at_most: int = 8) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Periods by quarter, or by year when there would be more quarters than fit.

    >>> [name for name, _ in quarters([f"2026-0{m}" for m in range(1, 8)])]
    ['Q1 26', 'Q2 26', 'Jul 26']
    """
    out = []
    for (year, quarter), group in groupby(periods, key=_quarter_of):
        names = tuple(group)
        out.append((_quarter_name(year, quarter, names), names))
    if len(out) <= at_most:
        return tuple(out)
    return tuple(
        (part.year if part.whole else f"{part.year} part", part.periods) for part in year_parts(periods)
    )


def _quarter_of(name: str) -> tuple[str, int]:
    month = period_of(name).first.month if "W" not in name else min(12, (int(name[-2:]) - 1) * 12 // 52 + 1)
    return name[:4], (month + 2) // 3


def _quarter_name(year: str, quarter: int, names: tuple[str, ...]) -> str:
    if "W" in names[0] or len(names) == 3:
        return f"Q{quarter} {year[2:]}"
    first, last = short_period(names[0]), short_period(names[-1])
    return first if first == last else f"{first[:3]}–{last}"
