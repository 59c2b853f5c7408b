"""Our figure for a measure that somebody published: a number for each period of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from knockdown.plant.calendar import plant_calendar
from knockdown.plant.plant import Plant
from knockdown.reports.subject import Subject
from knockdown.reports.words import joined, period_of

Accepts = Callable[[str], bool]


@dataclass(frozen=True)
class Series:
    """A measure by period. A level is read at the end of a span or as a mean, a flow is summed."""

    by_period: dict[str, float]
    how: str = "sum"

    def over(self, periods: Iterable[str]) -> float:
        """One figure for several periods.

        >>> Series({"a": 1.0, "b": 3.0}, "mean").over(["a", "b"])
        2.0
        """
        values = [self.by_period.get(period, 0.0) for period in periods]
        if not values:
            return 0.0
        return {"sum": sum(values), "mean": sum(values) / len(values), "last": values[-1]}[self.how]


def series(subject: Subject, plants: Iterable[str], measure: str, product: str) -> Series:
    """Our series for a published measure.

    Parameters
    ----------
    subject : Subject
    plants : iterable of str
        Plants the figure speaks of.
    measure : str
        built, sold, finished_stock, kits_ordered, jobs or exported.
    product : str
        A variant, model or family, or a word such as tractors, or several with `;` between them; empty for
        all vehicles.
    """
    plan, how = subject.plan, {"jobs": "mean", "finished_stock": "last"}.get(measure, "sum")
    wanted = {plant: _accepts(subject, plant, product) for plant in plants}
    totals = dict.fromkeys(plan.periods, 0.0)
    rows, column = _rows_of(subject, measure)
    for row in rows:
        if (
            row.plant in wanted
            and row.period in totals
            and (measure == "jobs" or wanted[row.plant](row.variant))
        ):
            totals[row.period] += getattr(row, column)
    return Series(totals, how)


def _rows_of(subject: Subject, measure: str) -> tuple[Iterable[Any], str]:
    plan = subject.plan
    if measure == "sold":
        return [sale for sale in plan.sales if sale.form == "unit"], "units"
    if measure == "exported":
        return [sale for sale in plan.sales if subject.is_export(sale.plant, sale.market)], "units"
    return {
        "built": (plan.build, "units"),
        "finished_stock": (plan.stock, "finished"),
        "kits_ordered": (plan.lots, "kits"),
        "jobs": (plan.people, "people"),
    }[measure]


def _accepts(subject: Subject, plant: str, product: str) -> Accepts:
    """Which variants of a plant a published product means."""
    member = subject.members.get(plant)
    if member is None:
        return lambda variant: False
    if not product:
        return lambda variant: subject.is_vehicle(plant, variant)
    meant = (set(member.variants_of(name)) or _published_as(member, name) for name in product.split(";"))
    variants = set().union(*meant)
    return lambda variant: variant in variants


def product_meant(subject: Subject, plants: Iterable[str], product: str, unit: str) -> str:
    """The product a figure speaks of; where the plant names none, the unit may: `cars/yr` are cars."""
    word = unit.split("/")[0].strip()
    families = (family for plant in plants for family in subject.members[plant].families.values())
    return product or (word if any(family.published_as == word for family in families) else "")


def product_name(subject: Subject, plants: Iterable[str], product: str) -> str:
    """What our figure counts, in words."""
    if not product:
        return "vehicles of all families"
    return joined([_name(subject, plants, part) for part in product.split(";")])


def _name(subject: Subject, plants: Iterable[str], product: str) -> str:
    for plant in plants:
        member = subject.members[plant]
        row = member.variants.get(product) or member.models.get(product) or member.families.get(product)
        if row is not None:
            return row.name
    return product


def _published_as(member: Plant, word: str) -> set[str]:
    families = {family.id for family in member.families.values() if family.published_as == word}
    return {id_ for id_ in member.variants if member.family_of(id_).id in families}


def workdays(subject: Subject, plants: Iterable[str], periods: Iterable[str]) -> int:
    """Working days in the periods, by the first plant's calendar."""
    member = next((subject.members[plant] for plant in plants if plant in subject.members), None)
    if member is None:
        return 0
    calendar = plant_calendar(member.file.calendar, member.calendar_days)
    spans = [period_of(name) for name in periods]
    return sum(len(calendar.workdays(span.first, span.last)) for span in spans)
