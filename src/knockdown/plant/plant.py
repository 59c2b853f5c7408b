"""The bundle: one plant description, frozen, with every table keyed by its ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from knockdown.plant.fields import Row
from knockdown.plant.kits import ChangeNote, LooseStock, OpeningCase, OpeningShortage, OpeningUnit
from knockdown.plant.line import Crew, Line, Station, WorkElement
from knockdown.plant.market import (
    Approval,
    CalendarDay,
    Channel,
    Cost,
    Demand,
    Market,
    Published,
    Quota,
    Season,
    SharedDemand,
    Site,
)
from knockdown.plant.product import BomLine, Family, Model, Option, Part, Variant
from knockdown.plant.site import NetworkFile, PlantFile
from knockdown.plant.supply import Contract, ContractLine, KitLot, Partner, Rate, Route, Stock

Keyed = Mapping[str, Row]

# Table name -> row type. Tables whose rows have an `id` become a mapping, the others a tuple.
PLANT_TABLES: dict[str, type[Row]] = {
    "families": Family,
    "models": Model,
    "options": Option,
    "variants": Variant,
    "parts": Part,
    "bom": BomLine,
    "partners": Partner,
    "routes": Route,
    "contracts": Contract,
    "contract_lines": ContractLine,
    "kit_lots": KitLot,
    "stock": Stock,
    "cases": OpeningCase,
    "units": OpeningUnit,
    "shortages": OpeningShortage,
    "loose_stock": LooseStock,
    "change_notes": ChangeNote,
    "rates": Rate,
    "lines": Line,
    "stations": Station,
    "work_elements": WorkElement,
    "crews": Crew,
    "markets": Market,
    "channels": Channel,
    "demand": Demand,
    "seasons": Season,
    "approvals": Approval,
    "quotas": Quota,
    "sites": Site,
    "costs": Cost,
    "calendar_days": CalendarDay,
    "published": Published,
}
OPTIONAL_TABLES = frozenset(
    {
        "options",
        "kit_lots",
        "stock",
        "cases",
        "units",
        "shortages",
        "loose_stock",
        "change_notes",
        "approvals",
        "quotas",
        "sites",
        "costs",
        "calendar_days",
        "published",
        "parts",
        "bom",
        "rates",
    }
)
NETWORK_TABLES: dict[str, type[Row]] = {"shared_demand": SharedDemand, "published": Published}


@dataclass(frozen=True)
class Plant:
    """A checked plant description. Built by `knockdown.plant.load.load`.

    Attributes named like the tables hold their rows: mappings by id where rows have one, else tuples.
    """

    file: PlantFile
    families: Mapping[str, Family]
    models: Mapping[str, Model]
    options: Mapping[str, Option]
    variants: Mapping[str, Variant]
    parts: Mapping[str, Part]
    bom: tuple[BomLine, ...]
    partners: Mapping[str, Partner]
    routes: tuple[Route, ...]
    contracts: Mapping[str, Contract]
    contract_lines: tuple[ContractLine, ...]
    kit_lots: Mapping[str, KitLot]
    stock: tuple[Stock, ...]
    cases: Mapping[str, OpeningCase]
    units: Mapping[str, OpeningUnit]
    shortages: Mapping[str, OpeningShortage]
    loose_stock: tuple[LooseStock, ...]
    change_notes: Mapping[str, ChangeNote]
    rates: tuple[Rate, ...]
    lines: Mapping[str, Line]
    stations: Mapping[str, Station]
    work_elements: Mapping[str, WorkElement]
    crews: Mapping[str, Crew]
    markets: Mapping[str, Market]
    channels: Mapping[str, Channel]
    demand: Mapping[str, Demand]
    seasons: Mapping[str, Season]
    approvals: tuple[Approval, ...]
    quotas: Mapping[str, Quota]
    sites: Mapping[str, Site]
    costs: Mapping[str, Cost]
    calendar_days: tuple[CalendarDay, ...]
    published: tuple[Published, ...]
    digest: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """The plant's id."""
        return self.file.id

    def family_of(self, variant: str) -> Family:
        """Family of a variant."""
        return self.families[self.models[self.variants[variant].model].family]

    def variants_of(self, product: str) -> tuple[str, ...]:
        """Variants meant by a variant, model or family id, in table order."""
        if product in self.variants:
            return (product,)
        if product in self.models:
            return tuple(v.id for v in self.variants.values() if v.model == product)
        return tuple(v.id for v in self.variants.values() if self.models[v.model].family == product)

    def stations_of(self, line: str) -> tuple[Station, ...]:
        """Stations of a line in order of position."""
        return tuple(sorted((s for s in self.stations.values() if s.line == line), key=lambda s: s.position))


@dataclass(frozen=True)
class Network:
    """Several plants and what they share."""

    file: NetworkFile
    members: Mapping[str, Plant]
    shared_demand: Mapping[str, SharedDemand]
    published: tuple[Published, ...]
    digest: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """The network's id."""
        return self.file.id
