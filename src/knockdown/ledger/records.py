"""What is kept of each subject: one small record a unit, kit lot, case, batch, station, crew, contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class UnitView:
    """A unit. `status` is planned, released, in_work, waiting, off_line, shipped or sold."""

    unit_id: str
    variant_id: str | None = None
    line_id: str | None = None
    kit_lot_id: str | None = None
    kit_no: int | None = None
    status: str = "planned"
    place: str | None = None
    released_at: int | None = None
    left_line_at: int | None = None
    sold_at: int | None = None
    market_id: str | None = None
    vin: str | None = None
    holds: dict[str, str] = field(default_factory=dict)
    open_part_ids: list[str] = field(default_factory=list)
    open_defect_ids: list[str] = field(default_factory=list)
    joined_unit_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class KitLotView:
    """A kit lot. `status` is ordered, shipped, customs or cleared, as in the plant's table of kit lots.

    Of a lot that comes container by container it is the status of the one least far, by `containers`;
    there an empty name is the rest of the lot. `bonds` says until when what is still in bond may stay,
    and `bond_until` is the first of these days.
    """

    kit_lot_id: str
    contract_id: str | None = None
    variant_id: str | None = None
    n_kits: int | None = None
    n_used: int = 0
    status: str = "ordered"
    ordered_at: int | None = None
    shipped_at: int | None = None
    expected_at: int | None = None
    arrived_at: int | None = None
    cleared_at: int | None = None
    bond_until: str | None = None
    containers: dict[str, str] = field(default_factory=dict)
    bonds: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    owed: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(slots=True)
class CaseView:
    """A case of a kit lot; `n_lines` of the latest packing list, whose revision is `revision`."""

    case_id: str
    kit_lot_id: str | None = None
    opened_at: int | None = None
    container_id: str | None = None
    revision: int = 0
    n_lines: int = 0


@dataclass(slots=True)
class PartLotView:
    """A batch of one part; `n_parts` is None after it was last seen with an unknown rest."""

    part_lot_id: str
    part_id: str | None = None
    n_parts: int = 0
    kit_lot_id: str | None = None
    open_at: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StationView:
    """A station: its open stops and calls, reason by id."""

    station_id: str
    stops: dict[str, str] = field(default_factory=dict)
    andons: dict[str, str] = field(default_factory=dict)
    n_stops: int = 0


@dataclass(slots=True)
class CrewView:
    """A crew: people who came less those who left, if any were recorded, and the shift it is in."""

    crew_id: str
    n_people: int = 0
    is_counted: bool = False
    shift_id: str | None = None
    overtime_ms: int = 0


@dataclass(slots=True)
class ContractView:
    """A contract with a partner."""

    contract_id: str
    partner_id: str | None = None
    n_kits: int | None = None
    last_day: str | None = None


@dataclass(slots=True)
class StoreView:
    """What was counted in the plant's stores: pieces by part, by place (empty when none was told)."""

    plant_id: str
    counted: dict[str, dict[str, int]] = field(default_factory=dict)


Record = UnitView | KitLotView | CaseView | PartLotView | StationView | CrewView | ContractView | StoreView

RECORDS: dict[str, type[Any]] = {
    "unit": UnitView,
    "kit_lot": KitLotView,
    "case": CaseView,
    "part_lot": PartLotView,
    "station": StationView,
    "crew": CrewView,
    "contract": ContractView,
    "plant": StoreView,
}


def blank(subject: str) -> Record:
    """The record of a subject to which nothing has happened.

    >>> blank("station/TR-07")
    StationView(station_id='TR-07', stops={}, andons={}, n_stops=0)
    """
    sort, _, subject_id = subject.partition("/")
    record: Record = RECORDS[sort](subject_id)
    return record


def to_json(held: Mapping[str, Record]) -> dict[str, dict[str, Any]]:
    """Records by subject as JSON values.

    By hand: `dataclasses.asdict` makes a Counter again from its pairs, and so counts the pairs.

    >>> to_json({"kit_lot/L": KitLotView("L", missing=Counter({"p": 2}))})["kit_lot/L"]["missing"]
    {'p': 2}
    """
    return {subject: _plain(record) for subject, record in held.items()}


def _plain(record: Record) -> dict[str, Any]:
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    return {
        name: dict(value) if isinstance(value, Counter) else deepcopy(value) for name, value in values.items()
    }


def from_json(held: Mapping[str, Mapping[str, Any]]) -> dict[str, Record]:
    """What `to_json` gave, as records again."""
    found = {subject: RECORDS[subject.partition("/")[0]](**values) for subject, values in held.items()}
    for record in found.values():
        if isinstance(record, KitLotView):
            record.missing = Counter(record.missing)
    return found
