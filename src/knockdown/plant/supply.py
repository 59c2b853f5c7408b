"""Supply: partners, routes, contracts, kit lots, what is on hand at the start."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.plant.fields import (
    Amount,
    Count,
    Country,
    Currency,
    FirstDay,
    Id,
    LastDay,
    Positive,
    Row,
    Share,
    Text,
    Whole,
    Words,
)

RouteStatus = Literal["open", "restricted", "sanctioned", "suspended"]


class Partner(Row):
    """A maker whose kits are assembled here."""

    id: Id
    name: Text
    country: Country
    makes: Text = ""


class Route(Row):
    """Status of one supply or payment route over a span of days. Gaps count as open.

    The plan orders nothing through a route that is sanctioned or suspended on the day
    of the order; restricted routes are used and named in the report.
    """

    route: Id = Field(description="the route's name; one row a span of days")
    name: Text
    kind: Literal["supply", "payment"]
    status: RouteStatus
    date_from: FirstDay
    date_to: LastDay | None = None
    note: Text = ""


class Contract(Row):
    """Kits bought from a partner in whole lots."""

    id: Id
    partner: Id
    name: Text
    kind: Literal["signed", "offered", "local"] = Field(
        "signed", description="offered: the plan may use it; signed: yearly minimum binds"
    )
    date_from: FirstDay
    date_to: LastDay
    supply_route: Id
    payment_route: Id
    kits_min_year: Count = 0
    kits_max_year: Count = 10**6
    lots_max_month: Count = 10**4
    currency: Currency
    payment: Literal["prepayment", "credit_letter", "open_account"]
    prepaid_share: Share = Field(0.0, description="paid with the order; the rest pay_days after arrival")
    pay_days: Amount = 0.0
    shortfall_penalty: Amount = Field(0.0, description="per kit under the yearly minimum, contract currency")
    lead_low_days: Amount = 0.0
    lead_days: Amount = Field(description="typical, order to kit store, customs included")
    lead_high_days: Amount
    missing_share: Share = Field(0.0, description="kits with at least one missing or wrong part")
    damage_share: Share = Field(0.0, description="kits damaged in transit")
    replace_low_days: Amount = 0.0
    replace_days: Amount = 0.0
    replace_high_days: Amount = 0.0
    claim_days: Amount = Field(30.0, description="days after arrival within which a claim must be sent")
    returns: Words = Field((), description="packaging that goes back to the partner: crate; steel_frame")


class ContractLine(Row):
    """A variant a contract covers, in lots of this size at this price."""

    contract: Id
    variant: Id
    lot_size: Whole
    kit_price: Positive = Field(description="per kit, contract currency, delivered")


class KitLot(Row):
    """A lot already ordered or on site on the opening day."""

    id: Id
    as_of: FirstDay = Field(description="plans starting in this month open with the lot")
    contract: Id
    variant: Id
    kits: Whole
    kits_left: Count
    status: Literal["ordered", "shipped", "customs", "cleared"]
    ordered_on: FirstDay | None = None
    expected_on: FirstDay | None = None
    unpaid_share: Share = Field(0.0, description="still to be paid when it arrives")


class Stock(Row):
    """Finished units, or units in work, on the opening day."""

    as_of: FirstDay = Field(description="plans starting in this month open with it")
    variant: Id
    place: Literal["finished", "in_work"]
    units: Count


class Rate(Row):
    """Value of one unit of a currency in the reporting currency, from a month on."""

    currency: Currency
    date_from: FirstDay
    rate: Positive = Field(description="reporting currency per 1 unit")
