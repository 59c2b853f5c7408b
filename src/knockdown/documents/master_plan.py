"""The master plan: what to order, build, staff and sell, and what limits it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Document, Paper

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


class LotOrder(Paper):
    """Kit lots ordered in a period."""

    plant: str
    period: str
    contract: str
    partner: str
    variant: str
    lots: int
    lot_size: int
    kits: int
    arrives: str = Field(
        description="period from whose start the plan counts on the kits; after the horizon: `later`"
    )
    cost: float = Field(description="reporting currency")


class Build(Paper):
    """Units of a variant built on a line in a period."""

    plant: str
    period: str
    line: str
    family: str
    variant: str
    units: int
    hours: float = Field(description="labour hours, learning and changeover apart")


class Campaign(Paper):
    """A family built on a line in a period; `starts` when it was not built the period before."""

    plant: str
    period: str
    line: str
    family: str
    starts: bool
    line_h: float = Field(description="line hours used, changeover included")


class LineLoad(Paper):
    """Hours of a line or shared bay in a period."""

    plant: str
    period: str
    line: str
    available_h: float
    overtime_h: float
    used_h: float


class People(Paper):
    """A crew in a period."""

    plant: str
    period: str
    crew: str
    people: int
    hired: int
    left: int
    available_h: float = Field(description="regular hours after absence, useful share applied")
    used_h: float = Field(description="hours of work elements, learning included")
    overtime_h: float
    idle_h: float


class StockLevel(Paper):
    """Stock of a variant at the end of a period."""

    plant: str
    period: str
    variant: str
    kits: int
    kits_in_transit: int
    finished: int


class Sale(Paper):
    """Units of a variant sold to a demand in a period."""

    plant: str
    period: str
    demand: str
    channel: str
    market: str
    variant: str
    form: Literal["unit", "kit"]
    units: int
    price: float = Field(description="per unit, reporting currency")


class OpenOrders(Paper):
    """A demand at the end of a period."""

    plant: str
    period: str
    demand: str
    asked: int
    waiting: int
    lost: int


class Cash(Paper):
    """Money of a period, reporting currency."""

    plant: str
    period: str
    receipts: float
    payments: float
    cash: float
    debt: float


class Limit(Paper):
    """A constraint that holds the plan back, and what easing it would add."""

    plant: str
    kind: str = Field(
        description="demand, contract, line, crew, storage, credit, quota, route, hiring, lots_a_month"
    )
    id: str
    sentence: str = Field(description="in words a manager reads")
    unit: str = Field(description="what one more of it is: kit, hour a month, person, sale, place, ...")
    step: float = Field(description="how many more were given when solving again")
    dual_gain: float = Field(description="gain per unit by the linear relaxation's duals, reporting currency")
    verified: bool
    gain: float | None = Field(None, description="gain of the whole step found by solving again")
    gain_most: float | None = Field(
        None, description="the most that gain can be: bound of the eased plan less this objective"
    )


class Relaxation(Paper):
    """One change that is part of the cheapest way to make the input feasible."""

    kind: str
    id: str
    period: str
    amount: float
    unit: str
    sentence: str


class Conflict(Paper):
    """Why no plan exists."""

    members: tuple[str, ...] = Field(description="things that cannot hold together, in words")
    proof: Literal["smallest", "irreducible", "conflicting"] = Field(
        description="`smallest`: no set with fewer members conflicts; `irreducible`: without any one member "
        "the others can hold; `conflicting`: they conflict, but whether each is needed was not settled"
    )
    cheapest_fix: tuple[Relaxation, ...]
    fix_proof: Literal["cheapest", "enough", "at_least", "none"] = Field(
        "none",
        description="`cheapest`: nothing cheaper than the fix will do; `enough`: it will do, something "
        "cheaper may; `at_least`: no less will do, more may be needed; `none`: no fix was found",
    )


class FixedQuantity(Paper):
    """A quantity that an orders book fixed: the plan keeps it, whatever it costs."""

    plant: str
    period: str
    what: Literal["lots", "units"] = Field(description="lots ordered, or units built")
    contract: str = Field(description="of the lots; empty for units")
    variant: str
    quantity: int
    where: str = Field("", description="row of the book")


class Size(Paper):
    """How big the problem is."""

    periods: int
    variants: int
    contract_lines: int
    demands: int
    crews: int
    lines: int
    variables: int
    integers: int
    rows: int
    nonzeros: int


class Assumptions(Paper):
    """How much rests on assumptions."""

    share: float = Field(
        description="of the money in the objective's terms, the part whose price or cost is assumed"
    )
    numbers: int = Field(description="numbers in the description's rows that this plan reads")
    assumed: int = Field(description="of these, assumed")


class PlantView(Paper):
    """One plant of the plan in a line: for the sector view."""

    plant: str
    name: str
    country: str
    units_built: int
    capacity_year: int | None
    utilisation: float | None = Field(description="units a year over published capacity")
    bottleneck_utilisation: float = Field(description="hours of the busiest line over its regular hours")
    direct_jobs: float = Field(description="mean people in crews")
    published_jobs: int | None
    indirect_jobs_assumed: float | None = Field(
        description="direct jobs times an assumed factor; an assumption"
    )
    exported: int
    import_substitution: int = Field(description="units sold in the plant's own country")
    ownership: str
    contribution: float


class MasterPlan(Document):
    """`knockdown.plan/1`."""

    schema_: Literal["knockdown.plan/1"] = Field("knockdown.plan/1", alias="schema")
    plant: str
    name: str
    currency: str
    periods: tuple[str, ...]
    status: Status
    objective: float | None = Field(description="contribution over the horizon, reporting currency")
    bound: float | None = Field(description="no plan can exceed it")
    gap: float | None = Field(description="abs(objective - bound) / max(1e-9, abs(objective))")
    seconds: float
    work: int = Field(description="solver checks done; `--work` with this number repeats the plan to the bit")
    size: Size
    terms: dict[str, float] = Field(description="objective terms, costs negative; they sum to the objective")
    lots: tuple[LotOrder, ...] = ()
    build: tuple[Build, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    lines: tuple[LineLoad, ...] = ()
    people: tuple[People, ...] = ()
    stock: tuple[StockLevel, ...] = ()
    sales: tuple[Sale, ...] = ()
    orders: tuple[OpenOrders, ...] = ()
    cash: tuple[Cash, ...] = ()
    fixed: tuple[FixedQuantity, ...] = Field((), description="what an orders book fixed")
    limits: tuple[Limit, ...] = ()
    conflict: Conflict | None = None
    plants: tuple[PlantView, ...] = ()
    assumption_share: float
    assumptions: Assumptions
    notes: tuple[str, ...] = Field(
        (), description="what a reader should know: restricted routes, no opening stock, ..."
    )
