"""Published figures beside ours: what was said, of which time, and what the plan has for it.

A part of a year is never stretched to a whole one. Where the spans differ, both are said and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knockdown.basics.periods import Period, printed_span
from knockdown.plant.market import Published
from knockdown.plant.sources import read_register
from knockdown.reports.measured import Series, series, workdays
from knockdown.reports.subject import Subject
from knockdown.reports.words import first_year, grouped, percent, period_of, span, year_parts

MEASURE_WORDS = {
    "built": "built",
    "sold": "sold",
    "finished_stock": "finished stock",
    "kits_ordered": "kits ordered",
    "jobs": "people in crews",
    "exported": "exported",
}
STATUS_WORDS = {"actual": "what was reported", "plan": "what was planned", "capacity": "the capacity stated", "claim": "what was claimed"}


@dataclass(frozen=True)
class Ours:
    """One figure of the plan; `fits` when its span is like the published one's."""

    words: str
    value: float
    fits: bool


@dataclass(frozen=True)
class Fact:
    """A row of the register, its numbers read."""

    id: str
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
        """Whether the unit itself says `a year` or `a day`."""
        return "/" in self.unit

    @property
    def period(self) -> str:
        """Time the figure speaks of."""
        if not self.start and not self.end:
            return "undated"
        if self.start == self.end:
            return self.start
        return f"{self.start or 'start'} to {self.end}" if self.end else f"from {self.start}"

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
    what: str
    value_words: str
    low: float | None
    high: float | None
    period: str
    status: str
    ours: tuple[Ours, ...]
    sentence: str
    title: str
    where: str

    @property
    def ours_words(self) -> str:
        """Our figures with their spans."""
        return "; ".join(f"{grouped(o.value, 1 if o.value < 10 and o.value % 1 else 0)} in {o.words}" for o in self.ours) or "–"


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
    facts = {row["id"]: row for row in read_register("facts")}
    return tuple(_beside(subject, plant, members, row, read_fact(facts[row.fact])) for plant, members, row in rows if row.fact in facts)


def read_fact(row: Mapping[str, str]) -> Fact:
    """Numbers of a register row; a cell that holds no number is none.

    Examples
    --------
    >>> facts = {row["id"]: row for row in read_register("facts")}
    >>> read_fact(facts["F033"]).number, read_fact(facts["F033"]).period
    ('700 to 800', '2025')
    """
    return Fact(
        id=row["id"], subject=row["subject"], low=_number(row["value_low"]), high=_number(row["value_high"]), unit=row["unit"],
        start=row["period_start"], end=row["period_end"], status=row["status"], title=row["source_title"],
        where=row["source_url"], printed_on=row["source_date"],
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _beside(subject: Subject, plant: str, members: Sequence[str], row: Published, fact: Fact) -> Beside:
    ours = _ours(subject, members, row, fact)
    return Beside(
        plant=plant, fact=fact.id, what=fact.subject, value_words=f"{fact.number} {fact.unit}".strip(), low=fact.low, high=fact.high,
        period=fact.period, status=fact.status, ours=ours, sentence=_sentence(row, fact, ours), title=fact.title, where=fact.where,
    )  # fmt: skip


def _ours(subject: Subject, members: Sequence[str], row: Published, fact: Fact) -> tuple[Ours, ...]:
    found = series(subject, members, row.measure, row.product)
    periods = subject.plan.periods
    if row.per == "day":
        days = workdays(subject, members, periods)
        return (Ours(f"a working day on average over {span(periods)}", found.over(periods) / days, True),) if days else ()
    if row.per == "month":
        return _months(found, fact, periods)
    if row.per == "plant":
        fits = found.how != "sum"
        how = {"mean": "the mean of ", "last": "the end of "}.get(found.how, "")
        return (Ours(f"{how}{span(periods)}", found.over(periods), fits),)
    return _years(found, fact, periods)


def _months(found: Series, fact: Fact, periods: Sequence[str]) -> tuple[Ours, ...]:
    """The same calendar months in the plan; without any, the mean month."""
    same = _same_months(fact, periods)
    if same:
        return tuple(Ours(span([name]), found.over([name]), True) for name in same)
    return (Ours(f"a month on average over {span(periods)}", found.over(periods) / len(periods), True),)


def _same_months(fact: Fact, periods: Sequence[str]) -> list[str]:
    """Months of the plan with the calendar months of the fact; none when it speaks of more than a year."""
    if fact.days is None or fact.days.days > 300:
        return []
    wanted = {fact.days.first.month + i for i in range(_months_in(fact.days))}
    return [name for name in periods if "W" not in name and period_of(name).first.month in wanted]


def _months_in(days: Period) -> int:
    return (days.last.year - days.first.year) * 12 + days.last.month - days.first.month + 1


def _years(found: Series, fact: Fact, periods: Sequence[str]) -> tuple[Ours, ...]:
    n = 12 if fact.rate or fact.days is None else _months_in(fact.days)
    if n < 12:
        return tuple(
            Ours(f"the same months of {part.year}", found.over(names), len(names) == n)
            for part in year_parts(periods)
            if (names := _same_months(fact, part.periods))
        )
    parts = [Ours(part.words, found.over(part.periods), part.whole and n == 12) for part in year_parts(periods)]
    twelve = first_year(periods)
    if twelve and not any(part.whole for part in year_parts(periods)):
        parts.insert(0, Ours(f"the twelve months from {span(twelve[:1])}", found.over(twelve), n == 12))
    return tuple(parts)


def _sentence(row: Published, fact: Fact, ours: Sequence[Ours]) -> str:
    if fact.low is None and fact.high is None:
        return "The source gives no number."
    if "%" in fact.unit:
        return "Published as a share; our figure is a number, so they are not compared."
    fitting = [our for our in ours if our.fits]
    if not fitting:
        return _why_not(fact, ours)
    return " ".join(_compare(row, fact, our) for our in fitting[:2])


def _why_not(fact: Fact, ours: Sequence[Ours]) -> str:
    if not ours:
        return "The plan does not reach the months the figure speaks of."
    if not fact.rate and fact.days is not None and _months_in(fact.days) > 12:
        return f"The figure adds up {_months_in(fact.days)} months ({fact.period}); no year of the plan is like it, so they are not compared."
    return "The plan covers no such span as a whole; a part is not stretched, so they are not compared."


def _compare(row: Published, fact: Fact, our: Ours) -> str:
    subject = f"Ours, {grouped(our.value, 1 if our.value < 10 and our.value % 1 else 0)} {MEASURE_WORDS[row.measure]} in {our.words},"
    if fact.status in ("capacity", "plan") and fact.high:
        target = {"capacity": "capacity stated", "plan": "plan then published"}[fact.status]
        return f"{subject} is {percent(our.value / fact.high)} of the {target} ({grouped(fact.high)})."
    said = f"{STATUS_WORDS.get(fact.status, 'what was published')} for {fact.period} ({fact.number})"
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
    words = grouped(difference, 1 if difference < 10 and difference % 1 else 0)
    return f"{words} ({percent(difference / base)})" if base else words
