"""Clear to build: which open units can be finished with the kits on site, and what blocks the others."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper

SupplyKind = Literal["on_hand", "unopened", "bonded", "customs", "transit", "ordered", "claim", "payback"]


class MissingLine(Paper):
    """Pieces that a unit lacks on the day asked about."""

    part: str
    name: str
    pieces: int = Field(description="whole pieces; thousandths of `unit` where the part is measured")
    unit: str = Field(description="pcs, set, pair, kg, l, m or m2")
    lot: str | None = Field(description="kit lot whose pieces they are; null: loose parts")
    case: str | None = Field(description="case that holds them, or in which they were found missing")
    station: str = Field(description="first station that fits it")
    station_position: int
    expected: dt.date | None = Field(description="day they can be used; null: nothing is known to come")
    supply: SupplyKind | None = Field(description="what they come from")
    ref: str | None = Field(description="claim, case or lot behind it")
    is_promised: bool = Field(description="false: the day is our estimate")
    lapsed: dt.date | None = Field(
        description="day for which they were told and on which they did not come; `expected` is reckoned anew"
    )
    if_claimed: dt.date | None = Field(
        description="of what nothing brings: day on which it could be used, an estimate, if it were claimed "
        "now; null: there is nothing to claim"
    )


class UnitLine(Paper):
    """An open unit."""

    unit: str
    state: Literal["ready", "waiting", "short"] = Field(
        description="ready: can be finished with what is there; waiting: all it lacks is known to come; "
        "short: something it lacks is not known to come"
    )
    stage: Literal["planned", "released", "in_work", "off_line"]
    station: str | None = Field(description="where it is in work")
    date: dt.date | None = Field(description="first day on which nothing is missing")
    start: dt.date | None = Field(description="day on which the line would take it up, in the simple order")
    due: dt.date | None
    kit_lot: str | None
    kit_no: int | None
    variant: str
    line: str
    worth: float = Field(description="what it brings, reporting currency")
    missing: tuple[MissingLine, ...]
    n_missing: int = Field(description="parts it lacks; more than are listed when its whole kit is away")


class LotStep(Paper):
    """Units of a lot that can be finished by a day."""

    date: dt.date
    ready: int


class LotLine(Paper):
    """Completeness of a lot."""

    lot: str | None = Field(description="null: units without a kit lot")
    status: str = Field(description="ordered, transit, customs, bonded or cleared")
    open_units: int
    ready: int
    completeness: float = Field(description="ready over open units, 0-1")
    by_day: tuple[LotStep, ...]


class ShortPartLine(Paper):
    """A part that is short."""

    part: str
    name: str
    lot: str | None = Field(description="null: loose parts")
    pieces: int
    unit: str
    units: int = Field(description="units that lack it")
    units_alone: int = Field(description="of these, units that lack nothing else")


class StopLine(Paper):
    """A station that will stand for want of a part, if units are built in the simple order."""

    station: str
    station_name: str
    line: str
    unit: str
    part: str
    name: str
    pieces: int
    hours: float = Field(description="working hours from the day asked about")
    date: dt.date
    expected: dt.date | None = Field(description="day the part can be used")
    if_claimed: dt.date | None = Field(description="if nothing brings it: the same, if it were claimed now")


class WhatIf(Paper):
    """What one step alone would add by a day; kind `asked`: the steps asked for, together."""

    action: str
    kind: Literal["open", "clear", "claim", "asked"]
    refs: tuple[str, ...] = Field(description="cases, lots or claims")
    by: dt.date = Field(description="day on which the vehicles are counted, with and without the step")
    more_units: int
    more_worth: float = Field(description="what these units bring, weighed by urgency; reporting currency")


class KitReady(Document):
    """Answer of `knockdown kit PLANT ready`.

    `objective` is the worth of the units that can be finished on `at`, each weighed by its urgency: 2
    when due by then, falling to 1 when due 60 days later or not at all. `bound` is what no other way of
    giving out the parts can exceed, `gap` abs(objective - bound) / max(1e-9, abs(objective)).
    """

    schema_: Literal["knockdown.kit.ready/1"] = Field("knockdown.kit.ready/1", alias="schema")
    plant: str
    at: dt.date
    known_to: dt.date = Field(description="last day of which it is known what happened; `at` or earlier")
    is_forecast: bool = Field(
        description="`at` is later than `known_to`: what is promised or reckoned for days until `at` counts "
        "as there"
    )
    position: int = Field(description="last entry of the ledger that counts; 0: the opening as described")
    currency: str
    status: Literal["optimal", "feasible"]
    objective: float
    bound: float
    gap: float
    seconds: float
    n_open: int
    n_ready: int
    n_waiting: int
    n_short: int
    units: tuple[UnitLine, ...]
    lots: tuple[LotLine, ...]
    short_parts: tuple[ShortPartLine, ...]
    next_stop: StopLine | None
    stops: tuple[StopLine, ...] = Field(description="the first of each line, soonest first")
    what_if: tuple[WhatIf, ...] = Field(
        description="the steps asked for, together; then single steps, those that add most units first, of "
        "these those of most worth"
    )
    warnings: tuple[str, ...] = Field(
        description="bonds and claims that run out, what is late, parts nobody counts, ..."
    )
    assumptions: tuple[str, ...] = Field(description="columns and rules behind this that rest on assumptions")
