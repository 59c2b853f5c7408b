"""Lists around kits: borrowed parts, the park of short-built units, packaging, changes, who carries what."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from knockdown.documents.kit_ready import MissingLine
from knockdown.documents.kit_stock import KitDocument, Way
from knockdown.documents.paper import Paper


class BorrowLine(Paper):
    """Pieces that a lot took from another."""

    borrow: str
    lender: str
    taker: str
    for_unit: str | None
    part: str
    name: str
    unit: str
    pieces: int
    paid: int
    owed: int
    borrowed: dt.date
    paid_on: dt.date | None
    age_days: int
    value: float = Field(description="of the pieces still owed")


class DebtLine(Paper):
    """What a lot owes another, over all parts."""

    taker: str
    lender: str
    owed: int
    value: float


class KitBorrows(KitDocument):
    """Answer of `knockdown kit PLANT borrows`: who took what from which lot, and what is owed."""

    schema_: Literal["knockdown.kit.borrows/1"] = Field("knockdown.kit.borrows/1", alias="schema")
    borrows: tuple[BorrowLine, ...]
    debts: tuple[DebtLine, ...] = Field(description="pairs of lots with something owed")
    owed: int = Field(description="pieces; 0 when all is paid back")
    owed_value: float


class ParkLine(Paper):
    """A unit that left its line short of parts."""

    unit: str
    variant: str
    kit_lot: str | None
    kit_no: int | None
    left_line: dt.date | None
    days_short: int
    due: dt.date | None
    finish: dt.date | None = Field(description="first day on which it can be finished; null: not known")
    is_ready: bool = Field(description="its parts are there: it can be finished today")
    open_parts: tuple[str, ...] = Field(description="parts it left its line without")
    missing: tuple[MissingLine, ...] = Field(description="of these, what is not there for it")
    tied_up: float = Field(description="what its kit cost")
    worth: float = Field(description="what it brings")


class KitPark(KitDocument):
    """Answer of `knockdown kit PLANT park`: short-built units, the next to be finished first."""

    schema_: Literal["knockdown.kit.park/1"] = Field("knockdown.kit.park/1", alias="schema")
    units: tuple[ParkLine, ...]
    days_short: int = Field(description="unit-days with open items until now")
    tied_up: float
    worth: float
    next: str | None = Field(description="unit that can be finished next")
    next_date: dt.date | None


class PackagingLine(Paper):
    """Packaging of one kind from one partner."""

    partner: str
    name: str
    packaging: str
    came: int = Field(description="cases of lots that came")
    emptied: int = Field(description="of these, opened")
    returned: int
    must_return: bool = Field(description="a contract of a lot that came says so")
    to_return: int = Field(description="emptied and not returned; 0 where nothing has to go back")
    on_the_way: int = Field(description="cases of lots that are still coming")


class KitPackaging(KitDocument):
    """Answer of `knockdown kit PLANT packaging`: crates and frames that partners want back."""

    schema_: Literal["knockdown.kit.packaging/1"] = Field("knockdown.kit.packaging/1", alias="schema")
    lines: tuple[PackagingLine, ...]
    to_return: int


class CarriedPart(Paper):
    """Pieces of a part that a unit got."""

    part: str
    pieces: int


class CarrierLine(Paper):
    """A unit that carries, or may carry, parts in question."""

    unit: str
    kit_lot: str | None
    stage: str = Field(description="not_begun, planned, released, in_work, off_line or gone")
    proof: Literal["proven", "possible"]
    parts: tuple[CarriedPart, ...] = Field(description="what it was given; of a unit not begun, nothing yet")
    why: str


class KitCarries(KitDocument):
    """Answer of `knockdown kit PLANT carries`: which units carry parts of a case, or of a lot."""

    schema_: Literal["knockdown.kit.carries/1"] = Field("knockdown.kit.carries/1", alias="schema")
    case: str | None
    lot: str
    part: str | None
    parts: tuple[str, ...] = Field(description="parts in question")
    units: tuple[CarrierLine, ...] = Field(description="proven ones first")
    proven: int
    possible: int
    kits_before: int = Field(description="kits of the lot used before the records begin: nobody can tell")
    left: dict[str, int] = Field(description="part -> pieces of the lot still in closed cases or in store")


class ChangeLine(Paper):
    """A change note, and where it stands."""

    note: str
    variants: tuple[str, ...]
    old_part: str | None
    new_part: str | None
    n_old: int
    n_new: int
    basis: Literal["date", "kit_lot", "unit"]
    last_old: str
    first_new: str
    state: Literal["coming", "running", "done"] = Field(
        description="coming: the first new has not been reached; running: reached, and units before it are "
        "open; done: no open unit stands before it"
    )
    lot_status: Way | None = Field(description="where the first new lot is")
    units_old: int = Field(description="open units up to the last old")
    units_new: int = Field(description="open units from the first new on")
    old_left: int = Field(description="pieces of the old part in store and in closed cases on site")
    new_here: int = Field(description="pieces of the new part in store and in closed cases on site")
    why: str


class KitChanges(KitDocument):
    """Answer of `knockdown kit PLANT changes`: change notes, and where each stands."""

    schema_: Literal["knockdown.kit.changes/1"] = Field("knockdown.kit.changes/1", alias="schema")
    changes: tuple[ChangeLine, ...]
