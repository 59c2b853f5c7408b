"""plant.toml: the plant itself, its calendar, storage and money."""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from knockdown.plant.fields import Amount, ClockTime, Count, Country, Currency, Id, Positive, Row, Share, Text

Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class Break(BaseModel):
    """A pause in a shift."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: ClockTime
    end: ClockTime


class Shift(BaseModel):
    """A shift of a working day; one that ends before it starts runs past midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Text
    start: ClockTime
    end: ClockTime
    breaks: tuple[Break, ...] = ()


class WorkCalendar(Row):
    """Working week, shifts and whose public holidays are kept."""

    country: Country
    workdays: tuple[Weekday, ...] = Field(min_length=1)
    shifts: tuple[Shift, ...] = Field(min_length=1, max_length=4)


class Storage(Row):
    """Places for kits and for finished units."""

    kit_places: Amount
    finished_places: Amount


class Finance(Row):
    """Money at the start and what may be borrowed."""

    opening_cash: Amount
    credit_limit: Amount
    interest_share_year: Share
    closing_value_share: Share = Field(
        description="share of its cost at which stock left at the end is counted, so a plan neither "
        "empties the store nor fills it for nothing"
    )
    holding_share_year: Share = Field(description="yearly cost of holding stock, share of its cost")


class Planning(Row):
    """Habits of the planner."""

    start: str = Field(pattern=r"^\d{4}-\d{2}$", description="default first month of a plan")
    months: int = Field(ge=1, le=60)
    lead_quantile: Share = Field(
        0.8, description="share of kit lots that arrive within the lead time the plan counts on"
    )
    reserve_share: Share = Field(
        0.0,
        description="share of crew and line hours the plan leaves free for stops, absence and unevenness; "
        "the simulated year shows whether it suffices",
    )
    objective: Literal["contribution"] = "contribution"


class Kitting(Row):
    """What it costs to live with missing parts; money in the reporting currency."""

    source: Text = "assumption"

    line_stop_cost_h: Amount = Field(60.0, description="an hour in which a line stands")
    late_share_day: Share = Field(0.001, description="of a unit's value, for each day it is late")
    later_cost_h: Amount = Field(12.0, description="an hour of fitting a part later, off the line")
    later_factor: Positive = Field(2.0, description="hours of fitting later, over hours on the line")
    borrow_cost: Amount = Field(25.0, description="finding, moving and booking one borrowed part")
    duty_share: Share = Field(0.05, description="of a part's value, used for a lot of other origin")
    reorder_cost: Amount = Field(
        150.0, description="order, carriage, customs of parts asked for again: once for each partner and day"
    )
    reorder_premium_share: Share = Field(0.3, description="on the price of a part asked for again")


class Owner(Row):
    """Who holds the plant."""

    name: Text
    share: Share | None = None


class Facility(Row):
    """The plant seen from outside: ground, money, jobs."""

    founded: Text = ""
    site_ha: Amount | None = None
    floor_m2: Amount | None = None
    investment_usd: Amount | None = None
    jobs: Count | None = Field(None, description="published head count, all functions")
    capacity_year: Count | None = Field(None, description="published capacity, units a year")
    indirect_jobs_per_direct: Amount | None = Field(None, description="an assumption, always shown as one")
    owners: tuple[Owner, ...] = ()


class PlantFile(BaseModel):
    """plant.toml of a plant."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_: Literal["knockdown.plant/1"] = Field(alias="schema")
    id: Id
    name: Text
    kind: Literal["plant"] = "plant"
    country: Country
    currency: Currency = Field(description="the reporting currency")
    description: str = Field("", max_length=2000)
    facility: Facility
    calendar: WorkCalendar
    storage: Storage
    finance: Finance
    planning: Planning
    kitting: Kitting = Kitting()


class NetworkFile(BaseModel):
    """plant.toml of a network of plants."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_: Literal["knockdown.plant/1"] = Field(alias="schema")
    id: Id
    name: Text
    kind: Literal["network"]
    country: Country
    currency: Currency
    description: str = Field("", max_length=2000)
    members: tuple[Id, ...] = Field(min_length=1, max_length=50, description="built-in names or sub-folders")
    planning: Planning


def minutes_of(moment: time) -> int:
    """Minutes after midnight.

    >>> minutes_of(time(8, 30))
    510
    """
    return moment.hour * 60 + moment.minute


def month_of(day: date) -> str:
    """Month as printed.

    >>> month_of(date(2026, 1, 31))
    '2026-01'
    """
    return f"{day.year:04d}-{day.month:02d}"
