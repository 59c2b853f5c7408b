"""Commands on the way of a kit: contract, lot, case, discrepancy, claim, borrowed part, issue to the line.

`commands.py` has the rest, and the list of all.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from knockdown.events import supply as kinds
from knockdown.events.codes import ClaimCode, Disposition, Packaging
from knockdown.events.command import Command
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
    SomeIds,
    Text,
)
from knockdown.events.life.state import State

# Supply


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
    n_used: CountOrNone = 0
    expected_at: Moment | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None


class ShipKitLot(Command):
    """Say that a kit lot left the partner, or that one under way is expected on another day."""

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
    """Put what arrived of a kit lot into bond, or say until which other day it may stay there."""

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
    launch_no: Text | None = None


class OpenCase(Command):
    """Open a case and check its content list."""

    makes = kinds.CaseOpened
    kit_lot_id: Id


class CountCase(Command):
    """Count parts of an opened case."""

    makes = kinds.CaseCounted
    kit_lot_id: Id
    part_ids: SomeIds
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
    """Say that the partner settled a claim with money, wholly or for some of its pieces."""

    makes = kinds.ClaimCredited
    claim_id: Id
    value_cents: Cents
    currency: Currency
    is_final: bool = True
    part_ids: Ids = ()
    n_each: Counts = ()


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
    part_ids: SomeIds
    n_each: Counts


class IssueLooseParts(Command):
    """Hand loose and common parts to the line for a unit."""

    makes = kinds.LoosePartsIssued
    unit_id: Id
    part_ids: SomeIds
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
