"""Published figures beside ours: what was said, of which time, and what the plan has for it.

A part of a year is never stretched to a whole one. Where the spans differ, both are said and nothing is
compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knockdown.basics.periods import Period, printed_span
from knockdown.plant.market import Published
from knockdown.plant.sources import read_register
from knockdown.reports.measured import Series, product_meant, product_name, series, workdays
from knockdown.reports.subject import Subject
from knockdown.reports.words import dated_span, first_year, grouped, percent, period_of, span, year_parts

_PER = ("year", "plant", "month", "day")
MEASURE_WORDS = {
    "built": " built",
    "sold": " sold",
    "finished_stock": " in finished stock",
    "kits_ordered": " ordered as kits",
    "jobs": "",
    "exported": " exported",
}
STATUS_WORDS = {
    "actual": "what was reported",
    "plan": "what was planned",
    "capacity": "the capacity stated",
    "claim": "what was claimed",
}


@dataclass(frozen=True)
class Ours:
    """One figure of the plan; `words` say its span, and it `fits` when that is like the published one's."""

    words: str
    value: float
    fits: bool


@dataclass(frozen=True)
class Fact:
    """A row of the register, its numbers read."""

    id: str
    whose: str
    subject: str
    low: float | None
    high: float | None
    unit: str
    start: str
    end: str
    status: str
    title: str
    where: str
    printed_on: str

    @property
    def rate(self) -> bool:
        """Whether the figure is one for a year or a day, whatever span it was said of."""
        return "/" in self.unit or self.status == "capacity"

    @property
    def period(self) -> str:
        """Time the figure speaks of."""
        if not self.start and not self.end:
            return "undated"
        if self.start == self.end:
            return self.start
        return f"{self.start or 'start'} to {self.end}" if self.end else f"from {self.start}"

    @property
    def period_words(self) -> str:
        """The same, as one says it."""
        return dated_span(self.start, self.end)

    @property
    def days(self) -> Period | None:
        """First and last day, when both are printed."""
        if not self.start or not self.end:
            return None
        return Period(self.period, printed_span(self.start)[0], printed_span(self.end)[1])

    @property
    def number(self) -> str:
        """The value or range in digits."""
        if self.low is None:
            return f"up to {grouped(self.high)}" if self.high is not None else "no number"
        if self.high is None:
            return f"more than {grouped(self.low)}"
        return grouped(self.low) if self.low == self.high else f"{grouped(self.low)} to {grouped(self.high)}"


@dataclass(frozen=True)
class Beside:
    """One published figure beside ours."""

    plant: str
    fact: str
    whose: str
    what: str
    about: tuple[str, str, str]
    value_words: str
    low: float | None
    high: float | None
    period: str
    period_words: str
    status: str
    ours: tuple[Ours, ...]
    sentence: str
    title: str
    where: str

    @property
    def fits(self) -> bool:
        """Whether the two can be compared."""
        return any(our.fits for our in self.ours)

    @property
    def national(self) -> bool:
        """Whether the figure is a country's, not the plant's."""
        return self.whose.startswith(("National", "Industrial zones"))

    @property
    def latest(self) -> str:
        """Last date the figure names."""
        return self.period.removeprefix("from ").rpartition(" to ")[2] if self.period != "undated" else ""

    @property
    def ours_words(self) -> str:
        """Our figures with their spans."""
        return "; ".join(f"{_figure(our.value)} {our.words}" for our in self.ours) or "–"


def beside(subject: Subject) -> tuple[Beside, ...]:
    """Published figures of the plant, or of a network and its members, with ours for each.

    Returns
    -------
    tuple of Beside
        In the order of the plant's `published` table; empty when there is no plan.
    """
    if not subject.has_plan:
        return ()
    every = tuple(subject.members)
    rows = [(subject.plant.id, every, row) for row in subject.plant.published] if subject.is_network else []
    rows += [(id_, (id_,), row) for id_, member in subject.members.items() for row in member.published]
    facts = {row["id"]: read_fact(row) for row in read_register("facts")}
    plan = _Plan(subject)
    return tuple(
        _beside(plan, plant, members, row, facts[row.fact])
        for plant, members, row in rows
        if row.fact in facts
    )


def leading(rows: Sequence[Beside]) -> tuple[Beside, ...]:
    """The latest figure of each kind, those that can be compared and are the plant's own first.

    A kind is a measure of a product, as reported, planned, claimed or as capacity, by the plant or for the
    nation.
    """
    ranked = sorted(rows, key=lambda row: row.latest, reverse=True)
    ranked.sort(key=_weight)
    kinds: dict[tuple[object, ...], Beside] = {}
    for row in ranked:
        kinds.setdefault((row.plant, row.about, row.status, row.national), row)
    return tuple(kinds.values())


def _weight(row: Beside) -> tuple[bool, bool, int, int, bool, float]:
    """Sort key: comparable, the plant's own, of a year, of output, of what the plant makes most."""
    measure, product, per = row.about
    largest = max((our.value for our in row.ours), default=0.0)
    order = list(MEASURE_WORDS).index(measure)
    return not row.fits, row.national, _PER.index(per), order, not product, -largest


def read_fact(row: Mapping[str, str]) -> Fact:
    """Numbers of a register row; a cell that holds no number is none.

    Examples
    --------
    >>> facts = {row["id"]: row for row in read_register("facts")}
    >>> read_fact(facts["F033"]).number, read_fact(facts["F033"]).period
    ('700 to 800', '2025')
    """
    return Fact(
        id=row["id"], whose=row["plant"], subject=row["subject"], unit=row["unit"],
        low=_number(row["value_low"]), high=_number(row["value_high"]),
        start=row["period_start"], end=row["period_end"], status=row["status"], title=row["source_title"],
        where=row["source_url"], printed_on=row["source_date"],
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


class _Plan:
    """The plan's series, each summed once."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.periods = subject, subject.plan.periods
        self._series: dict[tuple[Sequence[str], str, str], Series] = {}
        self._workdays: dict[Sequence[str], int] = {}

    def series(self, members: Sequence[str], measure: str, product: str) -> Series:
        key = (members, measure, product)
        if key not in self._series:
            self._series[key] = series(self.subject, members, measure, product)
        return self._series[key]

    def workdays(self, members: Sequence[str]) -> int:
        if members not in self._workdays:
            self._workdays[members] = workdays(self.subject, members, self.periods)
        return self._workdays[members]


def _beside(plan: _Plan, plant: str, members: Sequence[str], row: Published, fact: Fact) -> Beside:
    product = product_meant(plan.subject, members, ";".join(row.product), fact.unit)
    found = plan.series(members, row.measure, product)
    ours = _ours(plan, members, found, row.per, fact)
    named = "people in crews" if row.measure == "jobs" else product_name(plan.subject, members, product)
    return Beside(
        plant=plant, fact=fact.id, whose=fact.whose, what=fact.subject, about=(row.measure, product, row.per),
        value_words=f"{fact.number} {fact.unit}".strip(), low=fact.low, high=fact.high, period=fact.period,
        period_words=fact.period_words, status=fact.status, ours=ours,
        sentence=_sentence(f"{named}{MEASURE_WORDS[row.measure]}", fact, ours),
        title=fact.title, where=fact.where,
    )  # fmt: skip


def _ours(plan: _Plan, members: Sequence[str], found: Series, per: str, fact: Fact) -> tuple[Ours, ...]:
    periods = plan.periods
    if per == "day":
        days = plan.workdays(members)
        return (
            (Ours(f"a working day, on average over {span(periods)}", found.over(periods) / days, True),)
            if days
            else ()
        )
    if found.how == "last":
        return _levels(found, fact, periods)
    if per == "month":
        return _months(found, fact, periods)
    if found.how == "mean":
        return (Ours(f"on average over {span(periods)}", found.over(periods), True),)
    if per == "plant" and (fact.days is None or _months_in(fact.days) > 12):
        return (Ours(f"over {span(periods)}", found.over(periods), False),)
    return _years(found, fact, periods)


def _levels(found: Series, fact: Fact, periods: Sequence[str]) -> tuple[Ours, ...]:
    """A stock at the end of the same calendar month.

    A count on the first day of a month is the end of the month before.
    """
    if fact.days is None or fact.days.days > 31:
        return (Ours(f"at the end of {span(periods[-1:])}", found.over(periods[-1:]), True),)
    day = fact.days.first
    month = (day.month + 10) % 12 + 1 if fact.days.days == 1 and day.day == 1 else day.month
    same = [name for name in periods if "W" not in name and period_of(name).first.month == month]
    return tuple(Ours(f"at the end of {span([name])}", found.over([name]), True) for name in same)


def _months(found: Series, fact: Fact, periods: Sequence[str]) -> tuple[Ours, ...]:
    """The same calendar months in the plan; without any, the mean month."""
    same = _same_months(fact, periods)
    if same:
        return tuple(Ours(f"in {span([name])}", found.over([name]), True) for name in same)
    if "W" in periods[0]:
        return ()
    return (Ours(f"a month, on average over {span(periods)}", found.over(periods) / len(periods), True),)


def _same_months(fact: Fact, periods: Sequence[str]) -> list[str]:
    """Months of the plan with the calendar months of the fact; none when it speaks of more than a year."""
    if fact.days is None or _months_in(fact.days) > 11:
        return []
    wanted = {(fact.days.first.month - 1 + i) % 12 + 1 for i in range(_months_in(fact.days))}
    return [name for name in periods if "W" not in name and period_of(name).first.month in wanted]


def _months_in(days: Period) -> int:
    return (days.last.year - days.first.year) * 12 + days.last.month - days.first.month + 1


def _years(found: Series, fact: Fact, periods: Sequence[str]) -> tuple[Ours, ...]:
    n = 12 if fact.rate or fact.days is None else _months_in(fact.days)
    if n < 12:
        return tuple(
            Ours(f"in the same months of {part.year}", found.over(names), len(names) == n)
            for part in year_parts(periods)
            if (names := _same_months(fact, part.periods))
        )
    parts = [
        Ours(f"in {part.words}", found.over(part.periods), part.whole and n == 12)
        for part in year_parts(periods)
    ]
    twelve = first_year(periods)
    if twelve and not any(part.whole for part in year_parts(periods)):
        parts.insert(0, Ours(f"in the twelve months from {span(twelve[:1])}", found.over(twelve), n == 12))
    return tuple(parts)


def _sentence(ours_is: str, fact: Fact, ours: Sequence[Ours]) -> str:
    if fact.low is None and fact.high is None:
        return "The source gives no number."
    if "%" in fact.unit:
        return "Published as a share; our figure is a number, so they are not compared."
    fitting = [our for our in ours if our.fits]
    return _compare(ours_is, fact, fitting[0]) if fitting else _why_not(fact, ours)


def _why_not(fact: Fact, ours: Sequence[Ours]) -> str:
    if not ours:
        return "The plan does not reach the months the figure speaks of."
    if not fact.rate and fact.days is not None and _months_in(fact.days) > 12:
        months = f"{_months_in(fact.days)} months ({fact.period_words})"
        return f"The figure adds up {months}; no year of the plan is like it, so they are not compared."
    return "The plan covers no such span as a whole; a part is not stretched, so they are not compared."


def _compare(ours_is: str, fact: Fact, our: Ours) -> str:
    subject = f"Ours, {_figure(our.value)} {ours_is} {our.words},"
    if fact.status in ("capacity", "plan") and fact.high:
        target = {"capacity": "capacity stated", "plan": "plan then published"}[fact.status]
        return f"{subject} is {percent(our.value / fact.high)} of the {target} ({grouped(fact.high)})."
    when = "without a date" if fact.period == "undated" else f"for {fact.period_words}"
    said = f"{STATUS_WORDS.get(fact.status, 'what was published')} {when} ({fact.number})"
    return f"{subject} {_position(our.value, fact.low, fact.high)} {said}."


def _position(value: float, low: float | None, high: float | None) -> str:
    """Where a value lies against a figure or range.

    >>> _position(812, 777, 777).replace(chr(8239), " "), _position(750, 700, 800)
    ('is 35 (5 %) above', 'lies within')
    """
    if low is not None and value < low:
        return f"is {_by(low - value, low)} below{'' if low == high else ' the foot of'}"
    if high is None:
        return "agrees with"
    if value > high:
        return f"is {_by(value - high, high)} above{'' if low == high else ' the top of'}"
    return "equals" if low == high else "lies within"


def _by(difference: float, base: float) -> str:
    words = _figure(difference)
    return f"{words} ({percent(difference / base)})" if base else words


def _figure(value: float) -> str:
    return grouped(value, 1 if abs(value) < 10 and value % 1 else 0)
