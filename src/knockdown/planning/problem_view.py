"""A plant seen through the plan's periods: money, time and the calendar, shared by the parts of the cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from knockdown.basics.periods import Period
from knockdown.planning.question import Series
from knockdown.plant.calendar import PlantCalendar, plant_calendar
from knockdown.plant.plant import Plant

MONTH_DAYS = 365.25 / 12


class View:
    """One plant over some periods.

    Parameters
    ----------
    plant : Plant
        The checked description.
    periods : tuple of Period
        All months, or all weeks.
    """

    def __init__(self, plant: Plant, periods: tuple[Period, ...]) -> None:
        self.plant = plant
        self.periods = periods
        self.n = len(periods)
        self.weekly = "W" in periods[0].name
        self.period_days = 7.0 if self.weekly else MONTH_DAYS
        self._rates: dict[str, Series] = {}

    @cached_property
    def calendar(self) -> PlantCalendar:
        """Working days of the plant."""
        return plant_calendar(self.plant.file.calendar, self.plant.calendar_days)

    @cached_property
    def day_h(self) -> float:
        """Working hours of a working day."""
        return self.calendar.day_min / 60

    @cached_property
    def workdays(self) -> tuple[int, ...]:
        """Working days of each period."""
        return tuple(len(self.calendar.workdays(p.first, p.last)) for p in self.periods)

    @cached_property
    def month_share(self) -> Series:
        """Months in each period."""
        return tuple(p.days / MONTH_DAYS if self.weekly else 1.0 for p in self.periods)

    @cached_property
    def years(self) -> Mapping[int, tuple[int, ...]]:
        """Periods of each calendar year."""
        years = sorted({p.first.year for p in self.periods})
        return {y: tuple(t for t, p in enumerate(self.periods) if p.first.year == y) for y in years}

    def rates(self, currency: str) -> Series:
        """Reporting currency per one unit: the last rate dated on or before a period, else the first."""
        if currency not in self._rates:
            known = sorted((r.date_from, r.rate) for r in self.plant.rates if r.currency == currency)
            own = currency == self.plant.file.currency
            self._rates[currency] = tuple(1.0 if own else _rate(known, p.first) for p in self.periods)
        return self._rates[currency]

    def in_reporting(self, amount: float, currency: str) -> Series:
        """An amount in the plant's own currency, period by period."""
        return tuple(amount * rate for rate in self.rates(currency))

    def a_month(self, amount: float, currency: str) -> Series:
        """An amount paid every month, period by period."""
        amounts = self.in_reporting(amount, currency)
        return tuple(a * share for a, share in zip(amounts, self.month_share, strict=True))

    def periods_in(self, days: float) -> int:
        """Days in whole periods, to the nearest."""
        return round(days / self.period_days)

    def index_of(self, day: date) -> int:
        """Period of a day: 0 when before the horizon, n when after."""
        return next((index for index, period in enumerate(self.periods) if day <= period.last), self.n)

    def inside(self, first: date, last: date | None) -> tuple[int, ...]:
        """Periods that some days, both ends included, reach into; None is for ever."""
        return tuple(
            t for t, p in enumerate(self.periods) if first <= p.last and (last is None or p.first <= last)
        )

    def opens(self, as_of: date) -> bool:
        """Whether stock counted on a day is the stock at the start."""
        opening = self.periods[0].last
        return (as_of.year, as_of.month) == (opening.year, opening.month)

    def product_name(self, product: str) -> str:
        """Name of a variant, model or family."""
        tables: Iterable[Mapping[str, object]] = (self.plant.variants, self.plant.models, self.plant.families)
        rows = (table[product] for table in tables if product in table)
        return next((getattr(row, "name", product) for row in rows), product)


def _rate(known: list[tuple[date, float]], day: date) -> float:
    before = [rate for since, rate in known if since <= day]
    return before[-1] if before else known[0][1]
