"""Every kind of thing that can happen, told in one way by plan, twin and floor.

A kind is a class: its name is the kind, its docstring the meaning, its fields the body, its
base (see `happening.py`) the sort of subject whose history it belongs to.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from knockdown.events.codes import AndonReason, ClaimCode, DefectOrigin, HoldReason, StopReason
from knockdown.events.happening import (
    Cents,
    Count,
    CountOrNone,
    Currency,
    Day,
    Happening,
    Id,
    Ids,
    Moment,
    OfCase,
    OfContract,
    OfCrew,
    OfKitLot,
    OfPartLot,
    OfPlant,
    OfStation,
    OfUnit,
    Reason,
    Span,
    Text,
    VehicleNumber,
)

# Supply


class ContractSigned(OfContract):
    """A contract with a partner was signed."""

    partner_id: Id
    variant_ids: Ids
    n_kits: Count
    first_day: Day
    last_day: Day
    value_cents: Cents | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("ends before it begins; mend first_day or last_day")
        return self


class KitLotOrdered(OfKitLot):
    """A kit lot was ordered."""

    contract_id: Id
    variant_id: Id
    n_kits: Count
    expected_at: Moment | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class KitLotShipped(OfKitLot):
    """A kit lot left the partner."""

    container_ids: Ids = ()
    n_cases: Count | None = None
    expected_at: Moment | None = None


class KitLotArrived(OfKitLot):
    """A kit lot reached the plant's gate or customs store."""

    n_cases: Count | None = None


class KitLotCleared(OfKitLot):
    """Customs released a kit lot; its parts may be used."""

    declaration: Text | None = None


class CaseOpened(OfCase):
    """A case was opened and its content list checked."""

    kit_lot_id: Id


class PartLotReceived(OfPartLot):
    """A batch of one part came into store."""

    part_id: Id
    n_parts: Count
    supplier_id: Id | None = None
    kit_lot_id: Id | None = None


class PartLotOpened(OfPartLot):
    """A batch began to be used at the event's place; units worked there from now may carry it."""

    part_id: Id


class PartLotClosed(OfPartLot):
    """A batch was used up or taken away from the event's place; later units do not carry it."""

    part_id: Id
    n_parts_left: CountOrNone = 0


class StockCounted(OfPlant):
    """Somebody counted a part in the store that is the event's place."""

    part_id: Id
    n_parts: CountOrNone
    kit_lot_id: Id | None = None


# Discrepancies, claims, borrowing


class DiscrepancyFound(OfKitLot):
    """A kit lot differs from its packing list."""

    part_id: Id
    claim_code: Annotated[ClaimCode, Field(strict=False)]
    n_parts: Count
    case_id: Id | None = None
    in_assembly: bool = False


class ClaimDrafted(OfKitLot):
    """A claim was written; `discrepancy_ids` are ids of DiscrepancyFound events."""

    claim_id: Id
    discrepancy_ids: Ids
    due_at: Moment | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class ClaimSent(OfKitLot):
    """A claim was sent to the partner."""

    claim_id: Id


class ClaimAccepted(OfKitLot):
    """The partner accepted a claim."""

    claim_id: Id
    expected_at: Moment | None = None


class ClaimReplaced(OfKitLot):
    """The partner settled a claim, wholly or in part, by sending parts."""

    claim_id: Id
    part_id: Id
    n_parts: Count


class ClaimCredited(OfKitLot):
    """The partner settled a claim, wholly or in part, with money."""

    claim_id: Id
    value_cents: Cents
    currency: Currency


class ClaimRejected(OfKitLot):
    """The partner rejected a claim."""

    claim_id: Id
    reason: Reason


class PartReplaced(OfKitLot):
    """A missing or bad part of a kit lot is there again."""

    part_id: Id
    n_parts: Count
    source: Literal["partner", "local"]
    claim_id: Id | None = None
    part_lot_id: Id | None = None


class PartBorrowed(OfKitLot):
    """Parts of this kit lot, the lender, were taken for another lot, which owes them."""

    borrow_id: Id
    part_id: Id
    n_parts: Count
    to_kit_lot_id: Id
    to_unit_id: Id | None = None


class BorrowPaidBack(OfKitLot):
    """Parts owed to this kit lot, the lender, came back, wholly or in part."""

    borrow_id: Id
    part_id: Id
    n_parts: Count


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
