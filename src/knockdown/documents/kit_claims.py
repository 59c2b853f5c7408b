"""Claims on partners: the list with its ages, and the form that partners take."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from knockdown.documents.kit_stock import KitDocument
from knockdown.documents.paper import Paper

ClaimState = Literal["draft", "sent", "accepted", "replaced", "credited", "rejected"]

Age = Literal["0-14", "15-30", "31-60", ">60"]


class ClaimRow(Paper):
    """A discrepancy that a claim is for."""

    discrepancy: str
    part: str
    name: str
    code: str
    pieces: int
    open: int = Field(description="pieces for which neither parts nor money came yet")
    unit: str


class ClaimLine(Paper):
    """A claim."""

    claim: str
    state: ClaimState
    is_open: bool = Field(description="draft, sent or accepted")
    lot: str
    partner: str | None
    contract: str | None
    drafted: dt.date
    sent: dt.date | None
    answered: dt.date | None
    age_days: int = Field(description="since it was sent; of a draft, since it was written")
    due: dt.date | None = Field(description="last day to send it under the contract")
    days_left: int | None = Field(description="until that day; null unless it is a draft")
    expected: dt.date | None = Field(description="day for which parts are promised")
    late_days: int | None = Field(
        description="since the day promised, or of a claim not answered the contract's; null: not passed"
    )
    reckoned: dt.date | None = Field(
        description="day on which its parts are taken to be there, as promised or as an estimate"
    )
    value: float | None = Field(description="null: no price of its parts is known")
    recovered: float | None = Field(description="value that was replaced or credited")
    open_value: float | None = Field(description="of an open claim, what was not; 0 of a settled one")
    assumed_value: float | None = Field(
        description="with prices assumed for parts that have none; null: all have one, or none can be assumed"
    )
    reason: str | None
    rows: tuple[ClaimRow, ...]


class AgeBucket(Paper):
    """Open claims of an age."""

    days: Age
    claims: int
    value: float | None = Field(description="what is open of them; null: of none it is known")


class NotClaimed(Paper):
    """Discrepancies of a lot that stand in no claim."""

    lot: str
    partner: str | None
    discrepancies: tuple[str, ...]
    parts: tuple[str, ...]
    value: float | None = Field(description="null: no price of them is known")
    due: dt.date | None
    days_left: int | None = Field(description="negative: it is too late under the contract")


class KitClaims(KitDocument):
    """Answer of `knockdown kit PLANT claims`."""

    schema_: Literal["knockdown.kit.claims/1"] = Field("knockdown.kit.claims/1", alias="schema")
    claims: tuple[ClaimLine, ...]
    ageing: tuple[AgeBucket, ...] = Field(description="of open claims, by age")
    not_claimed: tuple[NotClaimed, ...]
    open_value: float | None = Field(description="of all open claims; null: of none it is known")
    claimed_value: float = Field(description="of all claims that were sent")
    recovered_value: float = Field(description="of these, replaced or credited")
    recovery_rate: float | None = Field(description="recovered over claimed value, 0-1; null: none was sent")


class FormLine(Paper):
    """A line of a claim form."""

    number: int
    case: str | None
    part: str
    name: str
    packed: int | None = Field(description="pieces on the packing list; null: it is not on one")
    found: int | None = Field(description="good pieces found")
    claimed: int
    unit: str
    code: str
    meaning: str
    in_assembly: bool = Field(description="the part is only inside an assembly; printed as an asterisk")
    photo: str | None
    found_on: dt.date
    value: float | None = Field(description="null: its price is not known")


class ClaimForm(KitDocument):
    """`knockdown.kit.claim-form/1`: a claim as partners take it."""

    schema_: Literal["knockdown.kit.claim-form/1"] = Field("knockdown.kit.claim-form/1", alias="schema")
    plant_name: str
    claim: str
    state: ClaimState
    partner: str
    partner_country: str | None
    contract: str
    lot: str
    launch: str | None
    variant: str | None
    declaration: str | None
    drafted: dt.date
    arrived: dt.date | None
    due: dt.date | None
    lines: tuple[FormLine, ...]
    pieces: int
    value: float | None = Field(description="of the lines whose price is known; null: of none it is")
    files: dict[str, str] = Field(default_factory=dict, description="kind of file -> where it was written")
