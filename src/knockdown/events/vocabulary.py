"""Every kind of thing that can happen, told in one way by plan, twin and floor.

A kind is a class: its name is the kind, its docstring the meaning, its fields the body, its
base (see `happening.py`) the sort of subject whose history it belongs to. Those of contracts, kit
lots, cases and parts are in `supply.py`.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

from pydantic import Field

from knockdown.events.codes import (
    AndonReason,
    DefectOrigin,
    HoldReason,
    StopReason,
)
from knockdown.events.happening import (
    Cents,
    Count,
    CountOrNone,
    Currency,
    Happening,
    Id,
    Ids,
    Moment,
    OfCrew,
    OfStation,
    OfUnit,
    Reason,
    Span,
    Text,
    VehicleNumber,
)
from knockdown.events.supply import BorrowPaidBack as BorrowPaidBack
from knockdown.events.supply import CaseCounted as CaseCounted
from knockdown.events.supply import CaseOpened as CaseOpened
from knockdown.events.supply import CasePacked as CasePacked
from knockdown.events.supply import ClaimAccepted as ClaimAccepted
from knockdown.events.supply import ClaimCredited as ClaimCredited
from knockdown.events.supply import ClaimDrafted as ClaimDrafted
from knockdown.events.supply import ClaimRejected as ClaimRejected
from knockdown.events.supply import ClaimReplaced as ClaimReplaced
from knockdown.events.supply import ClaimSent as ClaimSent
from knockdown.events.supply import ContractSigned as ContractSigned
from knockdown.events.supply import DiscrepancyFound as DiscrepancyFound
from knockdown.events.supply import KitIssued as KitIssued
from knockdown.events.supply import KitLotArrived as KitLotArrived
from knockdown.events.supply import KitLotBonded as KitLotBonded
from knockdown.events.supply import KitLotCleared as KitLotCleared
from knockdown.events.supply import KitLotOrdered as KitLotOrdered
from knockdown.events.supply import KitLotShipped as KitLotShipped
from knockdown.events.supply import LoosePartsIssued as LoosePartsIssued
from knockdown.events.supply import PackagingReturned as PackagingReturned
from knockdown.events.supply import PartBorrowed as PartBorrowed
from knockdown.events.supply import PartDisposed as PartDisposed
from knockdown.events.supply import PartLotClosed as PartLotClosed
from knockdown.events.supply import PartLotOpened as PartLotOpened
from knockdown.events.supply import PartLotReceived as PartLotReceived
from knockdown.events.supply import PartReplaced as PartReplaced
from knockdown.events.supply import StockCounted as StockCounted
from knockdown.events.supply import SurplusFound as SurplusFound

# Units


class UnitPlanned(OfUnit):
    """A unit got a place in the plan."""

    variant_id: Id
    line_id: Id
    period: Id
    kit_lot_id: Id | None = None
    starts_at: Moment | None = None
    leaves_at: Moment | None = None
    due_at: Moment | None = None
    kit_no: Count | None = None


class UnitReleased(OfUnit):
    """A unit was let onto its line with the kit it is built from; a locally made one has no kit."""

    variant_id: Id
    line_id: Id
    kit_lot_id: Id | None = None
    kit_no: Count | None = None


class WorkStarted(OfUnit):
    """Work on a unit began at the station that is the event's place."""

    crew_id: Id | None = None
    n_people: Count | None = None


class WorkCompleted(OfUnit):
    """Work on a unit ended at the station that is the event's place."""

    crew_id: Id | None = None
    work_ms: Span | None = None


class PartFitted(OfUnit):
    """A part went into a unit; what is known of its origin goes with it."""

    part_id: Id
    n_parts: Count
    kit_lot_id: Id | None = None
    case_id: Id | None = None
    part_lot_id: Id | None = None
    serial: Id | None = None


class PartRemoved(OfUnit):
    """A part came out of a unit."""

    part_id: Id
    n_parts: Count
    reason: Reason
    part_lot_id: Id | None = None
    serial: Id | None = None


class StageJoined(OfUnit):
    """Another unit became part of this one, such as a container onto a chassis."""

    joined_unit_id: Id


class DefectFound(OfUnit):
    """A unit was found to be wrong."""

    defect_id: Id
    origin: Annotated[DefectOrigin, Field(strict=False)]
    part_id: Id | None = None
    note: Text = ""


class ReworkStarted(OfUnit):
    """Putting a defect right began."""

    defect_id: Id


class ReworkDone(OfUnit):
    """A defect was put right."""

    defect_id: Id
    work_ms: Span | None = None


class UnitHeld(OfUnit):
    """A unit may not go on until the hold is lifted."""

    hold_id: Id
    reason: Annotated[HoldReason, Field(strict=False)]
    note: Text = ""


class UnitReleasedFromHold(OfUnit):
    """A hold on a unit was lifted; others may remain."""

    hold_id: Id
    note: Text = ""


class UnitLeftLine(OfUnit):
    """A unit left its line; `open_part_ids` are still to be fitted (built short)."""

    line_id: Id
    open_part_ids: Ids = ()


class UnitTested(OfUnit):
    """A unit passed or failed a test; the final one lets it out of the plant."""

    test_id: Id
    passed: bool
    note: Text = ""
    final: bool = False


class UnitShipped(OfUnit):
    """A unit left the plant."""

    market_id: Id
    customer_id: Id | None = None


class UnitSold(OfUnit):
    """A unit was sold."""

    market_id: Id
    customer_id: Id | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class VinReserved(OfUnit):
    """A vehicle number (VIN or PIN) was set aside for a unit."""

    vin: VehicleNumber


class VinIssued(OfUnit):
    """A vehicle number was put on a unit, for ever."""

    vin: VehicleNumber


class VinVoided(OfUnit):
    """A vehicle number was given up; it is never used again."""

    vin: VehicleNumber
    reason: Reason


# Stations and people


class StationStopped(OfStation):
    """A station came to a stand."""

    stop_id: Id
    reason: Annotated[StopReason, Field(strict=False)]
    unit_id: Id | None = None
    note: Text = ""


class StationRestarted(OfStation):
    """A station works again after a stop."""

    stop_id: Id


class AndonRaised(OfStation):
    """Somebody at a station called for help."""

    andon_id: Id
    reason: Annotated[AndonReason, Field(strict=False)]
    unit_id: Id | None = None
    note: Text = ""


class AndonCleared(OfStation):
    """A call for help was answered."""

    andon_id: Id


class ShiftStarted(OfCrew):
    """A crew came to work."""

    shift_id: Id
    n_people: CountOrNone


class ShiftEnded(OfCrew):
    """A crew went home."""

    shift_id: Id


class PeopleHired(OfCrew):
    """People joined a crew."""

    n_people: Count


class PeopleLeft(OfCrew):
    """People left a crew."""

    n_people: Count


class OvertimeWorked(OfCrew):
    """A crew worked beyond its regular hours; `work_ms` is summed over its people."""

    work_ms: Span


# Corrections


class EntryVoided(Happening):
    """An earlier event of the same subject was wrong and counts no more; it stays readable."""

    voided_event_id: Id
    reason: Reason


def _leaves(base: type[Happening]) -> list[type[Happening]]:
    below = base.__subclasses__()
    return [leaf for child in below for leaf in (_leaves(child) or [child])]


KINDS: dict[str, type[Happening]] = {
    kind.kind(): kind for kind in sorted(_leaves(Happening), key=lambda k: k.kind())
}


def kind_named(name: str) -> type[Happening]:
    """Find a kind by its name.

    Raises
    ------
    ValueError
        When there is none; the message names the nearest.

    Examples
    --------
    >>> kind_named("UnitSold").subject_type
    'unit'
    >>> kind_named("UnitSelled")
    Traceback (most recent call last):
    ...
    ValueError: 'UnitSelled' is not a kind of event; did you mean UnitSold?
    """
    if name in KINDS:
        return KINDS[name]
    raise ValueError(f"{name[:60]!r} is not a kind of event; {nearest_kind(name)}")


def nearest_kind(name: str) -> str:
    """Say which kind an unknown name may have meant, as a next step."""
    near = get_close_matches(name[:60], KINDS, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else "docs/events.md lists the kinds"
