"""What can be asked for: commands, which `decide` answers with events or with a refusal.

A command is imperative where an event is past: StartWork asks, WorkStarted tells. To add one,
write a class with a docstring that names in `makes` the kind it leads to and repeats that
kind's fields; one that leads to several events defines `happenings` itself.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knockdown.events import vocabulary as kinds
from knockdown.events.codes import (
    ClaimCode,
    DefectOrigin,
    Disposition,
    HoldReason,
    Packaging,
    StopReason,
)
from knockdown.events.happening import (
    Cents,
    Count,
    CountOrNone,
    Counts,
    CountsOrNone,
    Currency,
    Day,
    Happening,
    Id,
    Ids,
    Moment,
    Reason,
    Span,
    Text,
    VehicleNumber,
)
from knockdown.events.life.state import State


class Command(BaseModel):
    """Something asked of one subject.

    Parameters
    ----------
    command_id : str
        The same when the command is sent again; the ids of its events are made from it.
    subject_id : str
        Id of the unit, kit lot or other subject, without its sort.
    at_ms : int
        When it happened, plant time; becomes `happened_at`.
    place : str, optional
        Id of the station, store or gate.

    Examples
    --------
    >>> start = StartWork(command_id="scan-81", subject_id="U-0017", at_ms=0, place="TR-07", n_people=3)
    >>> start.subject, start.happenings(State(start.subject))
    ('unit/U-0017', (WorkStarted(crew_id=None, n_people=3),))
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    makes: ClassVar[type[Happening]]

    command_id: Id
    subject_id: Id
    at_ms: Moment
    place: Id | None = None

    @property
    def sort(self) -> str:
        """Sort of subject, such as `unit`."""
        return self.makes.subject_type

    @property
    def subject(self) -> str:
        """Whose history is asked to go on, such as `unit/U-0017`."""
        return f"{self.sort}/{self.subject_id}"

    def happenings(self, state: State) -> tuple[Happening, ...]:
        """Say what would happen, in order, to a subject in this state."""
        return (self._made(),)

    def _made(self) -> Happening:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.makes.model_fields}
        return self.makes(**values)

    @model_validator(mode="after")
    def _makes_a_body(self) -> Self:
        """Check at the door what only the body as a whole can say, such as that a value has a currency."""
        try:
            self._made()
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self


class SignContract(Command):
    """Sign a contract with a partner."""

    makes = kinds.ContractSigned
    partner_id: Id
    variant_ids: Ids
    n_kits: Count
    first_day: Day
    last_day: Day
    value_cents: Cents | None = None
    currency: Currency | None = None


class OrderKitLot(Command):
    """Order a kit lot."""

    makes = kinds.KitLotOrdered
    contract_id: Id
    variant_id: Id
    n_kits: Count
    expected_at: Moment | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class ShipKitLot(Command):
    """Say that a kit lot left the partner."""

    makes = kinds.KitLotShipped
    container_ids: Ids = ()
    n_cases: Count | None = None
    expected_at: Moment | None = None


class ReceiveKitLot(Command):
    """Receive a kit lot, or some of its containers, at the gate or in the customs store."""

    makes = kinds.KitLotArrived
    n_cases: Count | None = None
    container_ids: Ids = ()


class BondKitLot(Command):
    """Put what arrived of a kit lot into bond."""

    makes = kinds.KitLotBonded
    declaration: Reason
    bond_until: Day
    container_ids: Ids = ()


class ClearKitLot(Command):
    """Say that customs released a kit lot."""

    makes = kinds.KitLotCleared
    declaration: Text | None = None
    container_ids: Ids = ()
    value_cents: Cents | None = None
    currency: Currency | None = None


class PackCase(Command):
    """Take over from a packing list what a case holds."""

    makes = kinds.CasePacked
    kit_lot_id: Id
    revision: Count
    part_ids: Ids
    n_each: Counts
    box_ids: Ids = ()
    page_no: Count = 1
    n_pages: Count = 1
    container_id: Id | None = None
    shipment_id: Id | None = None
    packaging: Annotated[Packaging, Field(strict=False)] = Packaging.CRATE
    mass_g: Count | None = None
    paper_id: Id | None = None


class OpenCase(Command):
    """Open a case and check its content list."""

    makes = kinds.CaseOpened
    kit_lot_id: Id


class CountCase(Command):
    """Count parts of an opened case."""

    makes = kinds.CaseCounted
    kit_lot_id: Id
    part_ids: Ids
    n_each: CountsOrNone
    is_blind: bool = False
    person_id: Id | None = None


class FindDiscrepancy(Command):
    """Say that a kit lot differs from its packing list."""

    makes = kinds.DiscrepancyFound
    part_id: Id
    claim_code: Annotated[ClaimCode, Field(strict=False)]
    n_parts: Count
    case_id: Id | None = None
    in_assembly: bool = False
    found_part_id: Id | None = None
    unit_id: Id | None = None
    photo: Text | None = None
    person_id: Id | None = None


class FindSurplus(Command):
    """Say that a case held more than its packing list says."""

    makes = kinds.SurplusFound
    part_id: Id
    n_parts: Count
    case_id: Id | None = None
    person_id: Id | None = None


class DisposeOfPart(Command):
    """Settle what becomes of bad pieces."""

    makes = kinds.PartDisposed
    discrepancy_id: Id
    part_id: Id
    n_parts: Count
    disposition: Annotated[Disposition, Field(strict=False)]


class DraftClaim(Command):
    """Write a claim over discrepancies of a kit lot."""

    makes = kinds.ClaimDrafted
    claim_id: Id
    discrepancy_ids: Ids
    due_at: Moment | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class SendClaim(Command):
    """Send a claim to the partner."""

    makes = kinds.ClaimSent
    claim_id: Id


class AcceptClaim(Command):
    """Say that the partner accepted a claim, and when parts are to come."""

    makes = kinds.ClaimAccepted
    claim_id: Id
    expected_at: Moment | None = None


class RejectClaim(Command):
    """Say that the partner rejected a claim."""

    makes = kinds.ClaimRejected
    claim_id: Id
    reason: Reason


class CreditClaim(Command):
    """Say that the partner settled a claim with money."""

    makes = kinds.ClaimCredited
    claim_id: Id
    value_cents: Cents
    currency: Currency


class ReplacePart(Command):
    """Take in a part that was missing or bad; one that the partner sends under a claim settles it too."""

    makes = kinds.PartReplaced
    part_id: Id
    n_parts: Count
    source: Literal["partner", "local"]
    claim_id: Id | None = None
    part_lot_id: Id | None = None

    def happenings(self, state: State) -> tuple[Happening, ...]:
        """Say what would happen: the part is there, and the claim that brought it is settled by so much."""
        came = self._made()
        if self.claim_id is None or self.source != "partner":
            return (came,)
        settled = kinds.ClaimReplaced(claim_id=self.claim_id, part_id=self.part_id, n_parts=self.n_parts)
        return (came, settled)


class BorrowPart(Command):
    """Take parts of this kit lot, the lender, for another lot."""

    makes = kinds.PartBorrowed
    borrow_id: Id
    part_id: Id
    n_parts: Count
    to_kit_lot_id: Id
    to_unit_id: Id | None = None


class PayBackBorrow(Command):
    """Give parts back to this kit lot, the lender."""

    makes = kinds.BorrowPaidBack
    borrow_id: Id
    part_id: Id
    n_parts: Count
    from_loose: bool = False


class IssueKit(Command):
    """Hand parts of a kit lot to the line for a unit."""

    makes = kinds.KitIssued
    unit_id: Id
    part_ids: Ids
    n_each: Counts


class IssueLooseParts(Command):
    """Hand loose and common parts to the line for a unit."""

    makes = kinds.LoosePartsIssued
    unit_id: Id
    part_ids: Ids
    n_each: Counts


class ReturnPackaging(Command):
    """Send empty crates or frames back to a partner."""

    makes = kinds.PackagingReturned
    partner_id: Id
    packaging: Annotated[Packaging, Field(strict=False)]
    n_pieces: Count


class ReceivePartLot(Command):
    """Take a batch of one part into store, bought or made here, or supplied apart from kits."""

    makes = kinds.PartLotReceived
    part_id: Id
    n_parts: Count
    supplier_id: Id | None = None
    kit_lot_id: Id | None = None


class CountStock(Command):
    """Count a part in the store that is the place."""

    makes = kinds.StockCounted
    part_id: Id
    n_parts: CountOrNone
    kit_lot_id: Id | None = None


class PlanUnit(Command):
    """Give a unit a place in the plan."""

    makes = kinds.UnitPlanned
    variant_id: Id
    line_id: Id
    period: Id
    kit_lot_id: Id | None = None
    starts_at: Moment | None = None
    leaves_at: Moment | None = None
    due_at: Moment | None = None
    kit_no: Count | None = None


class ReleaseUnit(Command):
    """Let a unit onto its line with its kit, if it has one."""

    makes = kinds.UnitReleased
    variant_id: Id
    line_id: Id
    kit_lot_id: Id | None = None
    kit_no: Count | None = None


class StartWork(Command):
    """Begin work on a unit at the station that is the place."""

    makes = kinds.WorkStarted
    crew_id: Id | None = None
    n_people: Count | None = None


class CompleteWork(Command):
    """End work on a unit at the station that is the place."""

    makes = kinds.WorkCompleted
    crew_id: Id | None = None
    work_ms: Span | None = None


class FitPart(Command):
    """Put a part into a unit."""

    makes = kinds.PartFitted
    part_id: Id
    n_parts: Count
    kit_lot_id: Id | None = None
    case_id: Id | None = None
    part_lot_id: Id | None = None
    serial: Id | None = None


class RemovePart(Command):
    """Take a part out of a unit."""

    makes = kinds.PartRemoved
    part_id: Id
    n_parts: Count
    reason: Reason
    part_lot_id: Id | None = None
    serial: Id | None = None


class JoinStage(Command):
    """Make another unit part of this one."""

    makes = kinds.StageJoined
    joined_unit_id: Id


class FindDefect(Command):
    """Say that a unit is wrong."""

    makes = kinds.DefectFound
    defect_id: Id
    origin: Annotated[DefectOrigin, Field(strict=False)]
    part_id: Id | None = None
    note: Text = ""


class StartRework(Command):
    """Begin to put a defect right."""

    makes = kinds.ReworkStarted
    defect_id: Id


class FinishRework(Command):
    """Say that a defect was put right."""

    makes = kinds.ReworkDone
    defect_id: Id
    work_ms: Span | None = None


class HoldUnit(Command):
    """Keep a unit from going on."""

    makes = kinds.UnitHeld
    hold_id: Id
    reason: Annotated[HoldReason, Field(strict=False)]
    note: Text = ""


class LiftHold(Command):
    """Lift a hold on a unit; others remain."""

    makes = kinds.UnitReleasedFromHold
    hold_id: Id
    note: Text = ""


class TakeOffLine(Command):
    """Take a unit off its line, perhaps short of parts."""

    makes = kinds.UnitLeftLine
    line_id: Id
    open_part_ids: Ids = ()


class TestUnit(Command):
    """Note that a unit passed or failed a test."""

    __test__: ClassVar[bool] = False  # or pytest takes it for a class of tests
    makes = kinds.UnitTested
    test_id: Id
    passed: bool
    note: Text = ""
    final: bool = False


class ShipUnit(Command):
    """Let a unit leave the plant."""

    makes = kinds.UnitShipped
    market_id: Id
    customer_id: Id | None = None


class SellUnit(Command):
    """Sell a unit."""

    makes = kinds.UnitSold
    market_id: Id
    customer_id: Id | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class ReserveVin(Command):
    """Set a vehicle number aside for a unit."""

    makes = kinds.VinReserved
    vin: VehicleNumber


class IssueVin(Command):
    """Put the reserved vehicle number on a unit."""

    makes = kinds.VinIssued
    vin: VehicleNumber


class VoidVin(Command):
    """Give a vehicle number up."""

    makes = kinds.VinVoided
    vin: VehicleNumber
    reason: Reason


class StopStation(Command):
    """Say that a station came to a stand."""

    makes = kinds.StationStopped
    stop_id: Id
    reason: Annotated[StopReason, Field(strict=False)]
    unit_id: Id | None = None
    note: Text = ""


class RestartStation(Command):
    """Say that a station works again."""

    makes = kinds.StationRestarted
    stop_id: Id


class VoidEntry(Command):
    """Say that an earlier event was wrong; the history without it must still be lawful."""

    makes = kinds.EntryVoided
    subject_type: Literal["unit", "kit_lot", "case", "part_lot", "station", "contract", "crew", "plant"]
    voided_event_id: Id
    reason: Reason

    @property
    def sort(self) -> str:
        """Sort of subject, as the command says it."""
        return self.subject_type


COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in Command.__subclasses__()}
