"""Kit lots on their way, and stock by lot in its states."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper

Way = Literal["ordered", "transit", "customs", "bonded", "cleared"]
StockState = Literal[
    "ordered", "in_transit", "in_customs", "bonded", "unopened", "on_hand", "at_line", "in_units",
    "quarantined", "missing", "scrapped", "returned", "lent",
]  # fmt: skip


class KitDocument(Document):
    """What all lists of kits say first."""

    plant: str
    at: dt.date
    position: int = Field(description="last entry of the ledger that counts; 0: the opening as described")
    currency: str


class ContainerLine(Paper):
    """A container or wagon of a lot."""

    container: str | None = Field(description="null: cases of which no container is known")
    status: Way
    cases: int
    opened: int


class KitLotLine(Paper):
    """A kit lot."""

    lot: str
    contract: str | None
    partner: str | None
    variant: str | None
    kits: int
    used: int = Field(description="kits used before the records begin")
    begun: int = Field(description="kits of which a unit was released or further")
    status: Way = Field(description="the furthest step that any of it took")
    ordered: dt.date | None
    shipped: dt.date | None
    arrived: dt.date | None
    cleared: dt.date | None
    expected: dt.date | None
    late_days: int | None = Field(description="since the day expected, if it passed; null: it did not")
    containers: tuple[ContainerLine, ...]
    declaration: str | None
    bond_until: dt.date | None
    bond_days_left: int | None = Field(description="null when nothing of it is in bond; negative: ran out")
    cost: float = Field(description="what its kits and clearing cost")
    has_list: bool = Field(description="false: no case of it is known, its supply list stands for it")
    cases: int
    opened: int
    open_units: int
    ready: int = Field(description="open units that can be finished; of a forecast, by the day asked about")
    ready_there: int = Field(description="open units that can be finished with what is there; no forecast")
    coming: int = Field(description="open units beyond `ready` that can be finished with what is to come")
    coming_by: dt.date | None = Field(description="day of the last of them, as promised or reckoned")
    completeness: float = Field(description="share of its open units with no open part, 0-1")
    not_claimed: int = Field(description="discrepancies that stand in no claim")
    claims_open: int
    claims_value: float
    stock_value: float = Field(
        description="of its pieces on site: customs, bond, cases, store, line, set aside"
    )


class KitLots(KitDocument):
    """Answer of `knockdown kit PLANT lots`."""

    schema_: Literal["knockdown.kit.lots/1"] = Field("knockdown.kit.lots/1", alias="schema")
    known_to: dt.date = Field(description="last day of which it is known what happened; `at` or earlier")
    is_forecast: bool = Field(description="`at` is later: `ready` counts what is expected until then")
    lots: tuple[KitLotLine, ...]
    warnings: tuple[str, ...]


class StateLine(Paper):
    """Pieces in one state."""

    state: StockState
    pieces: int = Field(
        description="whole pieces; thousandths of the unit where one measured part is meant; measured parts "
        "among others count in `value` only"
    )
    value: float


class LotStock(Paper):
    """A lot's pieces by state."""

    lot: str | None = Field(description="null: loose and common parts")
    status: Way
    has_list: bool
    cost_factor: float = Field(description="what the lot cost over the price of its parts; values hold it")
    states: tuple[StateLine, ...] = Field(description="states without pieces are left out")
    stock_value: float = Field(description="of pieces on site: customs, bond, cases, store, line, set aside")
    owes: int = Field(description="pieces it took from other lots and owes")
    owed: int = Field(description="pieces that other lots owe it")


class PartStock(Paper):
    """One part of one lot."""

    lot: str | None
    part: str
    name: str
    unit: str
    states: tuple[StateLine, ...]
    stock_value: float
    owes: int
    owed: int


class CaseStock(Paper):
    """A case, and what lies in it while it is closed."""

    case: str
    lot: str
    container: str | None
    packaging: str
    status: Way
    opened: dt.date | None
    parts: int = Field(description="part numbers on its list")
    value: float = Field(description="of what lies in it; 0 when it was opened")


class KitStock(KitDocument):
    """Answer of `knockdown kit PLANT stock`.

    What came is always what is somewhere: `in_units` are fitted, `missing` were never there, `lent` are
    out on loan. `ordered` and `in_transit` are not on site.
    """

    schema_: Literal["knockdown.kit.stock/1"] = Field("knockdown.kit.stock/1", alias="schema")
    lot: str | None = Field(description="only this lot; null: all")
    part: str | None = Field(description="only this part; null: all")
    totals: tuple[StateLine, ...]
    stock_value: float
    lots: tuple[LotStock, ...]
    cases: tuple[CaseStock, ...] = Field(description="of the lot, or with the part on their list")
    parts: tuple[PartStock, ...]
