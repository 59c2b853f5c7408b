"""Missing parts: what to do about each, what it costs with every term, and the next best."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper

OptionKind = Literal["wait", "borrow", "local", "reorder"]
CourseKind = Literal["as_planned", "short", "wait", "resequence"]


class CostTerm(Paper):
    """One term of a cost."""

    name: str
    amount: float = Field(description="reporting currency")


class TakenFrom(Paper):
    """Pieces from one source."""

    kind: OptionKind
    what: str
    pieces: int
    date: dt.date = Field(description="day they are at hand")
    cost: float = Field(description="reporting currency, fixed cost and share of an order included")
    order_share: float = Field(0.0, description="of the order that they come with, borne alike by all of it")
    note: str = Field("", description="what to mind about them")


class PartDecision(Paper):
    """Where the pieces of a missing part come from."""

    part: str
    name: str
    pieces: int
    unit: str
    station: str
    needed: dt.date = Field(description="day its station needs it, in the simple order")
    sources: tuple[TakenFrom, ...]


class UnitDecision(Paper):
    """What to do with a unit that is short."""

    unit: str
    kit_lot: str | None
    kit_no: int | None
    variant: str
    course: CourseKind
    what: str
    start: dt.date
    finish: dt.date
    due: dt.date | None
    parts: tuple[PartDecision, ...]
    cost: float
    terms: tuple[CostTerm, ...]


class RunnerUpLine(Paper):
    """The next best thing to do with a unit."""

    unit: str
    instead: str
    course: CourseKind
    finish: dt.date
    more: float = Field(description="how much dearer everything is then, reporting currency")
    at_most: bool = Field(description="true: found with the other units held; the true one may be lower")
    alike: int = Field(0, description="more ways of this sort for this vehicle, at the same cost")
    note: str = Field("", description="what to mind about it")


class OrderLine(Paper):
    """An order that is paid once: an extra shipment carries all that one partner is asked for again."""

    what: str
    cost: float = Field(description="reporting currency, once; in the costs of the vehicles by shares")
    vehicles: int


class UnpricedPart(Paper):
    """A part in question whose price the plant's description does not say."""

    part: str
    assumed: float | None = Field(
        description="a piece or unit, reporting currency: its local price, or what its kits cost, shared out "
        "evenly; null: not known, counted as 0"
    )


class PolicyLine(Paper):
    """What one simple rule for all costs."""

    policy: str
    cost: float | None
    why: str = ""


class ClaimDraft(Paper):
    """A claim to be written: discrepancies of these parts that stand in none."""

    lot: str
    partner: str
    discrepancies: tuple[str, ...]
    parts: tuple[str, ...]
    value: float | None = Field(description="reporting currency; null: a part has no price")
    is_assumed: bool = Field(False, description="the value rests on prices that are assumed")
    due: dt.date | None = Field(description="last day to send it under the contract")


class KitResolve(Document):
    """Answer of `knockdown kit PLANT resolve`."""

    schema_: Literal["knockdown.kit.resolve/1"] = Field("knockdown.kit.resolve/1", alias="schema")
    plant: str
    at: dt.date
    position: int
    currency: str
    part: str | None = Field(description="only shortages of this part; null: all")
    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    objective: float | None = Field(description="total cost, reporting currency")
    bound: float | None
    gap: float | None
    seconds: float
    work: int
    n_units: int
    n_shortages: int
    units: tuple[UnitDecision, ...]
    orders: tuple[OrderLine, ...]
    terms: tuple[CostTerm, ...]
    policies: tuple[PolicyLine, ...]
    runner_ups: tuple[RunnerUpLine, ...]
    claims: tuple[ClaimDraft, ...]
    unmet: tuple[str, ...]
    unpriced_parts: tuple[UnpricedPart, ...]
    assumptions: tuple[str, ...]
