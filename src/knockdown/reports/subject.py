"""What a report is about: the plan, calendars and twins of one plant or of several, with names looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.kit_claims import KitClaims
from knockdown.documents.kit_lists import KitPark
from knockdown.documents.kit_ready import KitReady
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import TwinResult
from knockdown.plant.plant import Network, Plant
from knockdown.reports.sheet import Column

Paper = TypeVar("Paper", BuildCalendar, TwinResult)
Calendars = Mapping[str, BuildCalendar] | BuildCalendar | None
Twins = Mapping[str, TwinResult] | TwinResult | None
OTHER = "other"


@dataclass(frozen=True)
class FamilyInfo:
    """A family as reports show it; `vehicle` is false for what a shop makes to be built in."""

    key: str
    name: str
    unit: str
    line: str
    published_as: str
    vehicle: bool


@dataclass(frozen=True)
class KitPapers:
    """A plant's kits on the day on which the plan opens."""

    ready: KitReady
    claims: KitClaims
    park: KitPark


Kits = Mapping[str, KitPapers] | None


@dataclass(frozen=True)
class Subject:
    """Documents and the plant they speak of. Build one with `subject`."""

    plan: MasterPlan
    calendars: Mapping[str, BuildCalendar]
    twins: Mapping[str, TwinResult]
    plant: Plant | Network
    kits: Mapping[str, KitPapers] = field(default_factory=dict)

    @cached_property
    def members(self) -> Mapping[str, Plant]:
        """Plants by id: the one, or those of the network."""
        return self.plant.members if isinstance(self.plant, Network) else {self.plant.id: self.plant}

    @property
    def is_network(self) -> bool:
        """Whether several plants are planned together."""
        return isinstance(self.plant, Network)

    @property
    def has_plan(self) -> bool:
        """Whether there is anything to build."""
        return self.plan.status in ("optimal", "feasible")

    @cached_property
    def every_family(self) -> Mapping[str, FamilyInfo]:
        """Families of the plants, by key, in the plants' order."""
        infos = (info for id_, member in self.members.items() for info in self._families_of(id_, member))
        return {info.key: info for info in infos}

    @cached_property
    def families(self) -> Mapping[str, FamilyInfo]:
        """Families that the plan orders, builds or sells, by key, in the plants' order."""
        used = {self.family_key(row.plant, row.variant) for rows in self._moving() for row in rows}
        extra = sorted(used - self.every_family.keys())
        known = {key: info for key, info in self.every_family.items() if key in used}
        return known | {key: FamilyInfo(key, key, "unit", "", "", True) for key in extra}

    def family_name(self, key: str) -> str:
        """Name of a family by its key."""
        info = self.every_family.get(key)
        return info.name if info is not None else key

    def _moving(self) -> tuple[Iterable[Any], ...]:
        return self.plan.lots, self.plan.build, self.plan.sales

    def _families_of(self, plant_id: str, member: Plant) -> Iterable[FamilyInfo]:
        for row in member.families.values():
            line = member.lines.get(row.line)
            name = f"{row.name} ({member.file.name})" if self._is_repeated(row.name) else row.name
            vehicle = line is None or line.kind != "shop"
            yield FamilyInfo(self._key(plant_id, row.id), name, row.unit, row.line, row.published_as, vehicle)

    def _is_repeated(self, name: str) -> bool:
        return sum(f.name == name for member in self.members.values() for f in member.families.values()) > 1

    def _key(self, plant_id: str, family: str) -> str:
        return f"{plant_id}/{family}" if self.is_network else family

    def family_key(self, plant_id: str, product: str) -> str:
        """Key of the family of a variant, model or family; `other` when the plant does not know it."""
        member = self.members.get(plant_id)
        if member is None:
            return OTHER
        if product in member.families:
            return self._key(plant_id, product)
        variants = member.variants_of(product)
        return self._key(plant_id, member.family_of(variants[0]).id) if variants else OTHER

    def is_vehicle(self, plant_id: str, variant: str) -> bool:
        """Whether a variant is a vehicle, and not a body or part made here to be built in."""
        info = self.families.get(self.family_key(plant_id, variant))
        return info is None or info.vehicle

    def name(self, table: str, plant_id: str, id_: str) -> str:
        """Name of a row of a plant's table, or its id when there is none.

        `table` is such as `variants`, `crews` or `lines`.
        """
        member = self.members.get(plant_id)
        row = getattr(member, table).get(id_) if member is not None else None
        return str(getattr(row, "name", "") or id_)

    def plant_name(self, plant_id: str) -> str:
        """Name of a plant."""
        member = self.members.get(plant_id)
        return member.file.name if member is not None else plant_id

    def reserve(self, plant_id: str) -> float:
        """Share of crew and line hours that the plan leaves free."""
        member = self.members.get(plant_id)
        return member.file.planning.reserve_share if member is not None else 0.0

    def country_name(self, country: str) -> str:
        """Name of a country as the plants' markets have it, or its code."""
        rows = (row for member in self.members.values() for row in member.markets.values())
        return next((row.name for row in rows if row.country == country), country)

    def crew_name(self, plant_id: str, crew: str) -> str:
        """Name of a crew, with its plant where there are several."""
        name = self.name("crews", plant_id, crew)
        return f"{name}, {self.plant_name(plant_id)}" if self.is_network else name

    def demand_family(self, plant_id: str, demand: str) -> str:
        """Key of the family a demand asks for."""
        member = self.members.get(plant_id)
        row = member.demand.get(demand) if member is not None else None
        return self.family_key(plant_id, row.product) if row is not None else OTHER

    def demand_channel(self, plant_id: str, demand: str) -> str:
        """Name of the channel a demand comes through."""
        member = self.members.get(plant_id)
        row = member.demand.get(demand) if member is not None else None
        return self.name("channels", plant_id, row.channel) if row is not None else ""

    def is_export(self, plant_id: str, market: str) -> bool:
        """Whether a market lies outside the plant's country."""
        member = self.members.get(plant_id)
        row = member.markets.get(market) if member is not None else None
        return row is not None and member is not None and row.country != member.file.country


def plant_column(about: Subject) -> tuple[Column, ...]:
    """A column for the plant's name, where there are several plants."""
    return (Column("plant", "Plant"),) if about.is_network else ()


def money_column(about: Subject, key: str, heading: str) -> Column:
    """A column of money, the currency in its heading."""
    return Column(key, f"{heading}, {about.plan.currency}", "money")


def only(about: Subject, plant: str) -> Subject:
    """The subject with the kits of one plant alone.

    Tables made of it name no plant.
    """
    return replace(about, plant=about.members[plant], kits={plant: about.kits[plant]})


def subject(
    plan: MasterPlan, calendars: Calendars, twins: Twins, plant: Plant | Network, kits: Kits = None
) -> Subject:
    """Join the documents of one report.

    Parameters
    ----------
    plan : MasterPlan
    calendars, twins : mapping of plant id to document, one document, or None
    plant : Plant or Network
    kits : mapping of plant id to KitPapers, optional
        Plants that describe no kits are left out.

    Returns
    -------
    Subject
    """
    return Subject(plan, _by_plant(calendars), _by_plant(twins), plant, kits or {})


def _by_plant(papers: Mapping[str, Paper] | Paper | None) -> Mapping[str, Paper]:
    if papers is None:
        return {}
    return papers if isinstance(papers, Mapping) else {papers.plant: papers}
