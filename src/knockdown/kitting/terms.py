"""What the room knows of a plant: parts, supply lists, contracts, lots and what waiting costs; frozen.

Made by `problem.cut`; the rest of the room reads this and never the plant. Days are whole numbers
(`date.toordinal`), money is cents of the reporting currency, pieces are whole numbers: a part that
is measured (kg, l, m, m2) is counted in thousandths of its unit.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Mode = Literal["lot", "part", "direct", "local", "deleted"]
Measure = Literal["pcs", "set", "pair", "kg", "l", "m", "m2"]
MEASURED = ("kg", "l", "m", "m2")
PER_UNIT = 1_000


def pieces(quantity: float, unit: str) -> int:
    """A quantity as whole pieces, or thousandths of a measured unit.

    >>> pieces(2, "pcs"), pieces(3.5, "l")
    (2, 3500)
    """
    return round(quantity * (PER_UNIT if unit in MEASURED else 1))


def written(n_parts: int, unit: str) -> str:
    """Pieces as people write them.

    >>> written(2, "pcs"), written(3500, "l")
    ('2', '3.5 l')
    """
    return f"{n_parts / PER_UNIT:g} {unit}" if unit in MEASURED else f"{n_parts}"


@dataclass(frozen=True, slots=True)
class PartFact:
    """A part number. `local_cents` is the price of one bought or made here; None: there is none."""

    part_id: str
    name: str
    unit: Measure
    group: str
    mode: Mode
    cost_cents: int
    lead_days: int
    local_cents: int | None
    local_lead_days: int
    is_serial: bool


@dataclass(frozen=True, slots=True)
class BomEntry:
    """So many of a part in a unit, fitted at a station.

    `later_h` are the hours of fitting it after the line, None where the work element does not allow
    that. It holds from `first_day` to `last_day`, both included, None being for ever.
    """

    part_id: str
    n_parts: int
    station_id: str
    mode: Mode
    later_h: float | None = None
    first_day: int | None = None
    last_day: int | None = None


@dataclass(frozen=True, slots=True)
class VariantFact:
    """A variant: its whole bill of material, what one brings, and the hours of its slowest station."""

    variant_id: str
    name: str
    line_id: str
    worth_cents: int
    takt_h: float
    bom: tuple[BomEntry, ...]


@dataclass(frozen=True, slots=True)
class StationFact:
    """A station and its place on its line, from 1."""

    station_id: str
    name: str
    line_id: str
    position: int


@dataclass(frozen=True, slots=True)
class ContractFact:
    """Terms of a contract that matter for its kits."""

    contract_id: str
    partner_id: str
    lead_days: int
    replace_days: int
    claim_days: int
    returns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteFact:
    """A change note; `variants` it holds for. Moments are a day, a kit lot, or a lot and a kit number."""

    note_id: str
    variants: frozenset[str]
    old_part: str | None
    new_part: str | None
    n_old: int
    n_new: int
    basis: Literal["date", "kit_lot", "unit"]
    last_old: str
    first_new: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What it costs to live with missing parts."""

    line_stop_cents_h: int
    late_share_day: float
    later_cents_h: int
    later_factor: float
    borrow_cents: int
    duty_share: float
    reorder_cents: int
    reorder_premium_share: float
    interest_share_year: float


@dataclass(frozen=True, slots=True)
class OpeningLot:
    """A kit lot on the opening day. Kits that are used or begun come first in the lot's numbering."""

    kit_lot_id: str
    contract_id: str
    variant_id: str
    n_kits: int
    n_used: int
    status: Literal["ordered", "shipped", "customs", "cleared"]
    ordered_day: int | None
    expected_day: int | None
    cost_cents: int


@dataclass(frozen=True, slots=True)
class OpeningCase:
    """A case of an opening lot, and the groups of the supply list in it; no groups: the rest."""

    case_id: str
    kit_lot_id: str
    container_id: str | None
    groups: tuple[str, ...]
    packaging: str
    opened_day: int | None


@dataclass(frozen=True, slots=True)
class OpeningUnit:
    """A unit that is planned, on its line, or off it and short of parts."""

    unit_id: str
    kit_lot_id: str
    kit_no: int
    state: Literal["planned", "released", "in_work", "off_line"]
    station_id: str | None
    released_day: int | None
    due_day: int | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpeningShortage:
    """A discrepancy of an opening lot, and the claim it stands in."""

    shortage_id: str
    kit_lot_id: str
    case_id: str | None
    part_id: str
    code: str
    n_parts: int
    found_day: int
    in_assembly: bool
    claim_id: str | None
    claim_state: str
    expected_day: int | None


@dataclass(frozen=True, slots=True)
class LooseFact:
    """Loose and common parts in a store on the opening day."""

    part_id: str
    store_id: str
    n_parts: int


@dataclass(frozen=True, slots=True)
class StockFact:
    """Units of a variant that have no name: finished, or in work."""

    variant_id: str
    place: Literal["finished", "in_work"]
    n_units: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What is there on the opening day, before the first entry of a ledger."""

    day: int
    lots: tuple[OpeningLot, ...]
    cases: tuple[OpeningCase, ...]
    units: tuple[OpeningUnit, ...]
    shortages: tuple[OpeningShortage, ...]
    loose: tuple[LooseFact, ...]
    stock: tuple[StockFact, ...] = ()


@dataclass(frozen=True, slots=True)
class KitPlant:
    """A plant as the room sees it.

    Parameters
    ----------
    workdays : tuple of int
        Days worked, in order, for some years from the opening.
    day_h : float
        Working hours of a working day.
    assumed : frozenset of str
        What of this rests on assumptions, as `table.column`.
    named : str
        The plant as the user named it: a built-in plant, or a folder.
    ledger : str, optional
        Another ledger than the plant's own, as the user named it.
    """

    plant_id: str
    name: str
    currency: str
    digest: str
    parts: Mapping[str, PartFact]
    variants: Mapping[str, VariantFact]
    stations: Mapping[str, StationFact]
    lines: Mapping[str, str]
    partners: Mapping[str, str]
    contracts: Mapping[str, ContractFact]
    notes: tuple[NoteFact, ...]
    costs: Costs
    opening: Opening
    workdays: tuple[int, ...]
    day_h: float
    assumed: frozenset[str]
    named: str = "PLANT"
    ledger: str | None = None

    def command(self, *words: str) -> str:
        """A command on these kits, to be pasted into a shell as it stands."""
        more = () if self.ledger is None else ("--ledger", self.ledger)
        return shlex.join(["knockdown", "kit", self.named, *words, *more])
