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
    cost: float = Field(description="reporting currency, fixed cost included")


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
    value: float
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
    terms: tuple[CostTerm, ...]
    policies: tuple[PolicyLine, ...]
    runner_ups: tuple[RunnerUpLine, ...]
    claims: tuple[ClaimDraft, ...]
    unmet: tuple[str, ...]
    assumptions: tuple[str, ...]
