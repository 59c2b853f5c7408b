"""Product: families > models > variants > options, and the parts a variant is made of."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from knockdown.plant.fields import (
    Amount,
    Count,
    Currency,
    FirstDay,
    Flag,
    Id,
    LastDay,
    LearningRate,
    Needs,
    Positive,
    Row,
    Share,
    Text,
    Whole,
    Words,
    Years,
)

SupplyMode = Literal["lot", "part", "direct", "local", "deleted"]
PartUnit = Literal["pcs", "set", "pair", "kg", "l", "m", "m2"]


class Family(Row):
    """Vehicles that share work elements, a line and a learning curve."""

    id: Id
    name: Text
    unit: Text = Field(description="what one is called, in the singular: tractor, truck, bus")
    line: Id = Field(description="the line that builds it")
    published_as: Text = Field("", description="word of the published figures: tractors, cars, trucks, ...")
    learning_rate: LearningRate = Field(
        1.0, description="hours fall to this share with each doubling of experience"
    )
    forgetting_share_month: Share = Field(
        0.0, description="share of the gain lost per month without building"
    )
    experienced_units: Whole = Field(
        1, le=100_000, description="units after which the written element times are reached"
    )
    changeover_h: Amount = Field(0.0, description="line hours to bring in this family's fixtures and people")
    campaign_min_units: Count = Field(0, description="fewest units worth a campaign")
    kit_places: Amount = Field(1.0, description="storage places one kit takes")
    finished_places: Amount = Field(1.0, description="storage places one finished unit takes")


class Model(Row):
    """One maker's model, with the years it was or is built here."""

    id: Id
    family: Id
    maker: Text
    name: Text
    category: Text = Field("", description="vehicle category: M1, N3, T, ...")
    built: Years = Field(description="years built: 2004-2008; 2015-")
    status: Literal["built", "announced", "brief"] = Field(
        "built", description="announced and brief models are never planned unless a demand asks for them"
    )
    engine: Text = ""
    power_hp_low: Amount | None = None
    power_hp_high: Amount | None = None
    curb_mass_kg: Amount | None = None
    emission_class: Text = ""
    note: Text = ""


class Option(Row):
    """A feature a variant may carry."""

    id: Id
    name: Text
    family: Id


class Variant(Row):
    """What is ordered, built and sold: a model with its options."""

    id: Id
    model: Id
    name: Text
    options: Words = ()
    labour_factor: Positive = Field(1.0, description="times the family's element times")
    local_share: Share = Field(0.0, description="share of value made in the country")
    needs: Needs = Field((), description="units of other variants built in: container22:1")
    local_cost: Amount = Field(0.0, description="locally bought parts per unit beyond the kit")
    currency: Currency = Field("USD", description="currency of local_cost")


class Part(Row):
    """A part number, with how it is supplied unless a BOM line says otherwise."""

    id: Id
    name: Text
    supply_mode: SupplyMode
    group: Text = Field("", description="functional chapter of the bill of material")
    mass_kg: Amount = 0.0
    unit_cost: Amount = 0.0
    currency: Currency = "USD"
    partner: Id | None = None
    lead_days: Amount = 0.0
    serial: Flag = Field(False, description="carries its own identity, scanned when fitted")
    unit: PartUnit = Field("pcs", description="what its quantities count")
    local_cost: Amount | None = Field(
        None, description="of one bought or made in the country, in its currency; empty: there is none"
    )
    local_lead_days: Amount = 0.0


class BomLine(Row):
    """So many of a part in each unit of a product, fitted at a station."""

    product: Id = Field(description="a variant, a model or a family")
    part: Id
    qty: Positive
    station: Id
    supply_mode: SupplyMode | None = Field(None, description="when it differs from the part's own")
    element: Id | None = Field(None, description="work element that fits it; tells whether it may come later")
    date_from: FirstDay | None = None
    date_to: LastDay | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the line is in force on a day."""
        return (self.date_from or day) <= day <= (self.date_to or day)
