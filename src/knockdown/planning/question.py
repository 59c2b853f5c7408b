"""The planner's question, frozen: a plant cut into periods, all money in one currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from knockdown.basics.periods import Period

Series = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """A variant as the planner sees it. Series have one value a period."""

    id: str
    family: str
    line: str
    line_h: float
    bay: str | None
    bay_h: float
    skill_h: Mapping[str, float]
    needs: tuple[tuple[str, int], ...]
    needs_kit: bool
    buildable: tuple[bool, ...]
    local_cost: Series
    local_assumed: bool
    kit_places: float
    finished_places: float
    kit_value: float
    unit_value: float
    opening_finished: int
    opening_in_work: int
    opening_assumed: bool


@dataclass(frozen=True, slots=True)
class FamilySpec:
    """A family: when a campaign of it is on, its line loses hours and its people learn again."""

    id: str
    name: str
    line: str
    changeover_h: float
    relearn_h: Mapping[str, float]
    campaign_min_units: int
    most_units: float
    open_at_start: bool


@dataclass(frozen=True, slots=True)
class LotLine:
    """A contract line: whole lots of one variant."""

    contract: str
    partner: str
    variant: str
    lot_size: int
    kit_price: Series
    price_assumed: bool
    may_order: tuple[bool, ...]
    lead_periods: int
    prepaid_share: float
    pay_periods: int


@dataclass(frozen=True, slots=True)
class OpeningLot:
    """Kits on hand or on the way at the start."""

    id: str
    variant: str
    kits: int
    arrives: int
    pays: int
    unpaid: float
    value: float
    assumed: bool


@dataclass(frozen=True, slots=True)
class ContractYear:
    """Kits of one contract in one calendar year of the plan."""

    contract: str
    name: str
    year: int
    periods: tuple[int, ...]
    kits_min: int
    kits_max: int
    lots_max_period: int
    penalty: float
    penalty_assumed: bool


@dataclass(frozen=True, slots=True)
class LineSpec:
    """A line, shop or bay: hours it runs, people who stand on it."""

    id: str
    name: str
    kind: str
    regular_h: Series
    people: float
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrewSpec:
    """A crew: hours one person gives, what people cost."""

    id: str
    name: str
    skills: tuple[str, ...]
    people_open: int
    people_min: int
    people_max: int
    hire_max: tuple[int, ...]
    hours: Series
    wage: Series
    overtime_max_share: float
    overtime_cost_h: Series
    hire_cost: Series
    leave_cost: Series
    wage_assumed: bool


@dataclass(frozen=True, slots=True)
class DemandSpec:
    """What one channel would buy of a product; whole units per period."""

    id: str
    name: str
    channel: str
    market: str
    country: str
    export: bool
    published_as: str
    form: str
    units: tuple[int, ...]
    variants: tuple[str, ...]
    may_sell: Mapping[str, tuple[bool, ...]]
    price: Series
    delivery_cost: Series
    patience: int
    firm: bool
    late_cost: Series
    lost_cost: Series
    pay_periods: int
    price_assumed: bool
    delivery_assumed: bool


@dataclass(frozen=True, slots=True)
class QuotaSpec:
    """Most units of some variants in a market in a calendar year."""

    id: str
    name: str
    market: str
    year: int
    variants: tuple[str, ...]
    periods: tuple[int, ...]
    units_max: int


@dataclass(frozen=True, slots=True)
class Money:
    """Cash at the start, credit, and what holding stock costs. Shares are per period."""

    opening_cash: float
    credit_limit: float
    interest: Series
    holding: Series
    closing_value_share: float
    fixed_cost: Series
    fixed_assumed: bool
    finance_assumed: bool


@dataclass(frozen=True, slots=True)
class Facility:
    """What is published of the plant as a whole."""

    capacity_year: int | None = None
    jobs: int | None = None
    indirect_jobs_per_direct: float | None = None
    ownership: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A quantity that an orders book settles: lots ordered or units built in a period, no more and no fewer.

    `contract` is empty for units; `where` names the row of the book.
    """

    what: Literal["lots", "units"]
    contract: str
    variant: str
    period: int
    quantity: int
    where: str = ""

    @property
    def id(self) -> str:
        """What it fixes, in one word; the period is its last part."""
        return "/".join(filter(None, (self.contract, self.variant, str(self.period))))


@dataclass(frozen=True, slots=True)
class Orders:
    """What an orders book fixes, by plant; `digest` names the book."""

    fixed: Mapping[str, tuple[Fixed, ...]]
    digest: str


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """One plant's question over the periods."""

    plant: str
    name: str
    country: str
    currency: str
    periods: tuple[Period, ...]
    variants: Mapping[str, VariantSpec]
    families: Mapping[str, FamilySpec]
    lot_lines: tuple[LotLine, ...]
    opening_lots: tuple[OpeningLot, ...]
    contract_years: tuple[ContractYear, ...]
    lines: Mapping[str, LineSpec]
    crews: Mapping[str, CrewSpec]
    demands: Mapping[str, DemandSpec]
    quotas: tuple[QuotaSpec, ...]
    money: Money
    kit_places: float
    finished_places: float
    reserve_share: float = 0.0
    notes: tuple[str, ...] = ()
    numbers: int = 0
    assumed_numbers: int = 0
    facility: Facility = Facility()
    fixed: tuple[Fixed, ...] = ()

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return len(self.periods)


@dataclass(frozen=True, slots=True)
class SharedCap:
    """Network: most units the plants together can sell in a market, per calendar year."""

    id: str
    market: str
    published_as: str
    country: str
    year: int
    periods: tuple[int, ...]
    units_max: int


@dataclass(frozen=True, slots=True)
class NetworkProblem:
    """One or more plants planned together; `worth` turns a member's money into the network's.

    `orders` is the digest of the orders book that fixed quantities, empty without one.
    """

    id: str
    name: str
    currency: str
    periods: tuple[Period, ...]
    members: tuple[PlanProblem, ...]
    worth: tuple[float, ...]
    caps: tuple[SharedCap, ...]
    orders: str = ""
