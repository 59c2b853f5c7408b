"""What life remembers of a subject: as much as the rules need, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Literal, TypeVar

NO_IDS: frozenset[str] = frozenset()

DefectStage = Literal["open", "rework", "done"]
ClaimStage = Literal["drafted", "sent", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class State:
    """A subject after some events; frozen all through, so it may be kept and shared.

    Parameters
    ----------
    subject : str
        As in `Event`: `unit/U-0017`.
    version : int
        How many events it has, voids and voided ones included.
    voided : frozenset of str
        Ids of events that count no more.
    """

    subject: str
    version: int = 0
    voided: frozenset[str] = NO_IDS

    @property
    def subject_type(self) -> str:
        """Sort of subject, such as `unit`."""
        return self.subject.partition("/")[0]

    @property
    def subject_id(self) -> str:
        """Id of the subject within its sort, such as `U-0017`."""
        return self.subject.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Route:
    """Which steps a unit has behind it; `lines_left` are ids of lines."""

    planned: bool = False
    released: bool = False
    lines_left: frozenset[str] = NO_IDS
    shipped: bool = False
    sold: bool = False

    @property
    def building(self) -> bool:
        """Whether there is a thing that can be worked on."""
        return self.released or bool(self.lines_left)


@dataclass(frozen=True, slots=True)
class Parts:
    """What is in a unit: pieces by part id, pairs of part id and serial, open part ids, joined units."""

    fitted: Mapping[str, int] = field(default_factory=dict)
    serials: frozenset[tuple[str, str]] = frozenset()
    open_ids: frozenset[str] = NO_IDS
    joined: frozenset[str] = NO_IDS


@dataclass(frozen=True, slots=True)
class Vin:
    """The live vehicle number of a unit, whether it is issued, and the numbers given up."""

    live: str | None = None
    issued: bool = False
    given_up: frozenset[str] = NO_IDS


@dataclass(frozen=True, slots=True)
class UnitState(State):
    """A unit: where it stands, where it is in work, and what keeps it from going on.

    `holds` says of every hold id whether it is in force, `defects` how far every defect is.
    """

    route: Route = field(default_factory=Route)
    work_at: str | None = None
    holds: Mapping[str, bool] = field(default_factory=dict)
    defects: Mapping[str, DefectStage] = field(default_factory=dict)
    failed_tests: frozenset[str] = NO_IDS
    parts: Parts = field(default_factory=Parts)
    vin: Vin = field(default_factory=Vin)

    @property
    def held(self) -> bool:
        """Whether a hold is in force."""
        return True in self.holds.values()

    @property
    def open_defects(self) -> list[str]:
        """Ids of defects that are not yet put right, oldest first."""
        return [defect_id for defect_id, stage in self.defects.items() if stage != "done"]


@dataclass(frozen=True, slots=True)
class Borrow:
    """Pieces of a part that are still owed to the lender."""

    part_id: str
    n_owed: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a kit lot took a step: some containers, or the whole; true when any did.

    `whole` is said of all the rest too, whatever its containers are called.

    >>> bool(Extent()), bool(Extent(containers=frozenset({"C-1"}))), Extent(whole=True).covers("C-1")
    (False, True, True)
    """

    whole: bool = False
    containers: frozenset[str] = NO_IDS

    def __bool__(self) -> bool:
        return self.whole or bool(self.containers)

    def __or__(self, other: Extent) -> Extent:
        """What took this step or that."""
        return Extent(self.whole or other.whole, self.containers | other.containers)

    def covers(self, container_id: str) -> bool:
        """Whether a container took the step."""
        return self.whole or container_id in self.containers


NONE_OF_IT = Extent()


@dataclass(frozen=True, slots=True)
class Bad:
    """Bad pieces of a part that wait for a disposition."""

    part_id: str
    n_left: int


@dataclass(frozen=True, slots=True)
class KitLotState(State):
    """A kit lot; `discrepancies` says of the id of every DiscrepancyFound which claim it stands in.

    `bad` are the pieces of discrepancies that are here and wait for a disposition. `bonds` says of the
    containers that went into bond until when; an empty name is the rest of the lot.
    """

    ordered: bool = False
    shipped: bool = False
    expected_at: int | None = None
    arrived: Extent = NONE_OF_IT
    bonded: Extent = NONE_OF_IT
    bonds: Mapping[str, str] = field(default_factory=dict)
    cleared: Extent = NONE_OF_IT
    discrepancies: Mapping[str, str | None] = field(default_factory=dict)
    bad: Mapping[str, Bad] = field(default_factory=dict)
    claims: Mapping[str, ClaimStage] = field(default_factory=dict)
    borrows: Mapping[str, Borrow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseState(State):
    """A case; `packed` is the revision of its packing list, the last page of it, and how many there are."""

    opened: bool = False
    kit_lot_id: str | None = None
    packed: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class PartLotState(State):
    """A batch of one part, and the places where it is in use."""

    part_id: str | None = None
    n_received: int = 0
    open_at: frozenset[str] = NO_IDS


@dataclass(frozen=True, slots=True)
class StationState(State):
    """A station: its open stops and calls. Closed ones are forgotten, so long lives stay cheap."""

    stops: frozenset[str] = NO_IDS
    andons: frozenset[str] = NO_IDS


@dataclass(frozen=True, slots=True)
class ContractState(State):
    """A contract."""

    signed: bool = False


@dataclass(frozen=True, slots=True)
class CrewState(State):
    """A crew and the shift it is in. How many people it had at first is not in its history."""

    shift_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlantState(State):
    """The plant as a whole."""


STATES: dict[str, type[State]] = {
    "unit": UnitState,
    "kit_lot": KitLotState,
    "case": CaseState,
    "part_lot": PartLotState,
    "station": StationState,
    "contract": ContractState,
    "crew": CrewState,
    "plant": PlantState,
}

S = TypeVar("S", bound=State)


def _slots(kind: type[State]) -> tuple[Callable[[State], tuple[Any, ...]], dict[str, Any]]:
    names = [slot.name for slot in fields(kind)]
    return attrgetter(*names), {name: getattr(kind, name).__set__ for name in names}


_SLOTS = {kind: _slots(kind) for kind in STATES.values()}


def changed(state: S, **changes: Any) -> S:
    """Return the state after one more event, with these fields changed.

    `dataclasses.replace` says the same, but takes longer than all the rules together; this is
    the inmost step of every fold.

    >>> changed(CrewState("crew/day-a"), shift_id="S-1")
    CrewState(subject='crew/day-a', version=1, voided=frozenset(), shift_id='S-1')
    """
    values_of, put = _SLOTS[type(state)]
    new = object.__new__(type(state))
    for setter, value in zip(put.values(), values_of(state), strict=True):
        setter(new, value)
    put["version"](new, state.version + 1)
    for name, value in changes.items():
        put[name](new, value)
    return new


def with_key(mapping: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return a copy of a mapping with one key set."""
    copy = dict(mapping)
    copy[key] = value
    return copy
