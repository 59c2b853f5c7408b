"""What can be asked for: commands, which `decide` answers with events or with a refusal.

A command is imperative where an event is past: StartWork asks, WorkStarted tells. To add one,
write a class with a docstring that names in `makes` the kind it leads to and repeats that
kind's fields; one that leads to several events defines `happenings` itself. Those of contracts, kit
lots, cases and parts are in `supply_commands.py`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from knockdown.events import vocabulary as kinds
from knockdown.events.codes import DefectOrigin, HoldReason, StopReason
from knockdown.events.command import Command as Command
from knockdown.events.happening import (
    Cents,
    Count,
    Currency,
    Id,
    Ids,
    Moment,
    Reason,
    Span,
    Text,
    VehicleNumber,
)
from knockdown.events.supply_commands import AcceptClaim as AcceptClaim
from knockdown.events.supply_commands import BondKitLot as BondKitLot
from knockdown.events.supply_commands import BorrowPart as BorrowPart
from knockdown.events.supply_commands import ClearKitLot as ClearKitLot
from knockdown.events.supply_commands import CountCase as CountCase
from knockdown.events.supply_commands import CountStock as CountStock
from knockdown.events.supply_commands import CreditClaim as CreditClaim
from knockdown.events.supply_commands import DisposeOfPart as DisposeOfPart
from knockdown.events.supply_commands import DraftClaim as DraftClaim
from knockdown.events.supply_commands import FindDiscrepancy as FindDiscrepancy
from knockdown.events.supply_commands import FindSurplus as FindSurplus
from knockdown.events.supply_commands import IssueKit as IssueKit
from knockdown.events.supply_commands import IssueLooseParts as IssueLooseParts
from knockdown.events.supply_commands import OpenCase as OpenCase
from knockdown.events.supply_commands import OrderKitLot as OrderKitLot
from knockdown.events.supply_commands import PackCase as PackCase
from knockdown.events.supply_commands import PayBackBorrow as PayBackBorrow
from knockdown.events.supply_commands import ReceiveKitLot as ReceiveKitLot
from knockdown.events.supply_commands import ReceivePartLot as ReceivePartLot
from knockdown.events.supply_commands import RejectClaim as RejectClaim
from knockdown.events.supply_commands import ReplacePart as ReplacePart
from knockdown.events.supply_commands import ReturnPackaging as ReturnPackaging
from knockdown.events.supply_commands import SendClaim as SendClaim
from knockdown.events.supply_commands import ShipKitLot as ShipKitLot
from knockdown.events.supply_commands import SignContract as SignContract

# Units


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
