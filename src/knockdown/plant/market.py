"""Where vehicles go: markets, channels, demand, approvals, quotas, satellite sites."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.plant.fields import (
    Amount,
    Count,
    Country,
    Currency,
    FirstDay,
    Flag,
    Id,
    LastDay,
    Positive,
    Row,
    Share,
    Text,
    Words,
)


class Market(Row):
    """A country's market. Where approval is required, only approved models are sold."""

    id: Id
    name: Text
    country: Country
    approval_required: Flag = False


class Channel(Row):
    """A way to buyers in one market."""

    id: Id
    name: Text
    market: Id
    kind: Literal[
        "state_lessor", "state_order", "dealer", "farmer", "fleet", "export", "satellite", "internal"
    ]
    pay_days: Amount = Field(0.0, description="from sale to money")
    patience_days: Amount = Field(0.0, description="how long an order waits before it is lost")
    delivery_cost: Amount = Field(0.0, description="per unit")
    currency: Currency = Field("USD", description="currency of delivery_cost")
    site: Id | None = Field(None, description="satellite site fed through this channel")


class Demand(Row):
    """Units a channel would buy per year, spread by a season."""

    id: Id
    channel: Id
    product: Id = Field(description="a variant, a model or a family")
    date_from: FirstDay
    date_to: LastDay
    units_year: Amount
    season: Id = Field(description="column profile of seasons; `flat` is always there")
    price: Positive = Field(description="net of value added tax, per unit or kit")
    currency: Currency
    form: Literal["unit", "kit"] = Field("unit", description="kit: sold unbuilt to a satellite site")
    firm: Flag = Field(False, description="must be delivered in full within the channel's patience")
    late_cost_month: Amount = Field(0.0, description="per unit and month of waiting")
    lost_cost: Amount = Field(0.0, description="per unit never delivered, beyond the lost contribution")
    spread_share: Share = Field(0.0, description="half-width of the yearly uncertainty in the simulation")


class Season(Row):
    """Weights of the twelve months; only their ratios matter."""

    id: Id
    m01: Amount
    m02: Amount
    m03: Amount
    m04: Amount
    m05: Amount
    m06: Amount
    m07: Amount
    m08: Amount
    m09: Amount
    m10: Amount
    m11: Amount
    m12: Amount

    @property
    def weights(self) -> tuple[float, ...]:
        """January first."""
        return tuple(getattr(self, f"m{month:02d}") for month in range(1, 13))


class Approval(Row):
    """A product's dated permission to be sold in a market."""

    product: Id = Field(description="a variant, a model or a family")
    market: Id
    status: Literal["approved", "pending", "refused"]
    date_from: FirstDay
    date_to: LastDay | None = None
    emission_class: Text = ""
    document: Text = ""


class Quota(Row):
    """Most units of a product a market takes in a calendar year."""

    id: Id
    market: Id
    product: Id
    year: Count
    units_max: Count


class Site(Row):
    """A satellite site fed with kits or built-up units."""

    id: Id
    name: Text
    country: Country
    receives: Literal["kit", "unit"]
    date_from: FirstDay
    date_to: LastDay | None = None
    status: Literal["planned", "open", "closed"]
    capacity_year: Amount | None = None
    investment: Amount | None = None
    currency: Currency = "USD"
    ownership: Text = ""


class Cost(Row):
    """A fixed cost paid each month."""

    id: Id
    name: Text
    amount_month: Amount
    currency: Currency
    date_from: FirstDay
    date_to: LastDay | None = None


class CalendarDay(Row):
    """A day that differs from the working week and the national holidays."""

    day: FirstDay
    kind: Literal["holiday", "workday"]
    name: Text = ""


class Published(Row):
    """A published figure shown beside ours in the report."""

    fact: Id = Field(description="fact id of the register")
    measure: Literal["built", "sold", "finished_stock", "kits_ordered", "jobs", "exported"]
    product: Words = Field((), description="families, models or variants, `;` between them; empty: all")
    per: Literal["year", "month", "day", "plant"]


class SharedDemand(Row):
    """Network only: most units that several plants together can sell in a market."""

    id: Id
    market: Id
    published_as: Text = Field(description="word of the families' published_as: cars, tractors, ...")
    date_from: FirstDay
    date_to: LastDay
    units_year: Amount
