"""The hall: lines, stations, work elements, crews."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.plant.fields import (
    Amount,
    Count,
    Currency,
    Flag,
    Id,
    Minutes,
    Positive,
    Row,
    Share,
    Text,
    Whole,
    Words,
)


class Line(Row):
    """Stations in series. A shop makes a component; a bay is shared by lines."""

    id: Id
    name: Text
    kind: Literal["line", "shop", "bay"] = "line"
    paced: Flag = Field(False, description="all stations move together, when every unit on the line is done")
    wip_max_units: Count = Field(0, description="0: only the buffers limit it")
    then: Id | None = Field(None, description="shared bay that finishes this line's units")


class Station(Row):
    """A place of work on a line, in the order of `position`."""

    id: Id
    line: Id
    name: Text
    position: Whole
    places: Whole = Field(1, description="units worked on at the same time")
    people: Positive = Field(description="people at one place")
    buffer_after: Count = Field(0, description="waiting places before the next station")
    time_cv: Share = Field(0.0, description="coefficient of variation of the work time")
    down_share: Share = Field(0.0, description="share of working time lost to unplanned stops")
    repair_min: Minutes = Field(0.0, description="mean minutes of one stop")
    rework_share: Share = Field(0.0, description="units that need rework in place")
    rework_min: Minutes = Field(0.0, description="mean minutes of one rework")


class WorkElement(Row):
    """The smallest job given to a station."""

    id: Id
    family: Id
    name: Text
    station: Id
    minutes: Positive = Field(le=1e6, description="for the people stated, experienced, labour factor 1")
    people: Whole = 1
    skill: Id = Field(description="a skill some crew has")
    after: Words = Field((), description="elements that must be done before")
    fit_later: Flag = Field(False, description="may be done after the line when a part is missing")


class Crew(Row):
    """People who share skills. `skills` are families or trades a crew may work on."""

    id: Id
    name: Text
    skills: Words
    people_open: Count
    people_min: Count = 0
    people_max: Count
    wage_month: Amount = Field(description="per person with on-costs")
    currency: Currency
    hire_cost: Amount = 0.0
    leave_cost: Amount = 0.0
    hire_max_month: Count = 10**4
    absence_share: Share = 0.0
    overtime_max_share: Share = Field(0.0, description="of regular hours")
    overtime_premium_share: Share = Field(0.0, description="on top of the hourly wage")
    useful_share: Positive = Field(
        1.0, le=1, description="hours at work that are work-element hours, rest is handling, cleaning, talks"
    )
