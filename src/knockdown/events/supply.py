"""Kinds of happening on the way of a kit: contract, lot, case, part, claim, borrowed part, issue to the line.

`vocabulary.py` has the rest, and the list of all.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from knockdown.events.codes import (
    ClaimCode,
    Disposition,
    Packaging,
)
from knockdown.events.happening import (
    Cents,
    Count,
    CountOrNone,
    Counts,
    CountsOrNone,
    Currency,
    Day,
    Id,
    Ids,
    Moment,
    OfCase,
    OfContract,
    OfKitLot,
    OfPartLot,
    OfPlant,
    Reason,
    SomeIds,
    Text,
    alike,
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
    """A kit lot was ordered; `n_used` of its kits were used before this ledger began."""

    contract_id: Id
    variant_id: Id
    n_kits: Count
    n_used: CountOrNone = 0
    expected_at: Moment | None = None
    value_cents: Cents | None = None
    currency: Currency | None = None

    @model_validator(mode="after")
    def _used_of_these(self) -> Self:
        if self.n_used > self.n_kits:
            raise ValueError("n_used is more than n_kits; mend one of them")
        return self


class KitLotShipped(OfKitLot):
    """A kit lot left the partner; told again while it is under way, it says another expected day."""

    container_ids: Ids = ()
    n_cases: Count | None = None
    expected_at: Moment | None = None


class KitLotArrived(OfKitLot):
    """A kit lot, or some of its containers, reached the plant's gate or customs store."""

    n_cases: Count | None = None
    container_ids: Ids = ()


class KitLotBonded(OfKitLot):
    """A kit lot, or some of its containers, went into bond: duty is owed by the end of `bond_until`.

    Told again of what is in bond, it says another day.
    """

    declaration: Reason
    bond_until: Day
    container_ids: Ids = ()


class KitLotCleared(OfKitLot):
    """Customs released a kit lot, or some of its containers; the parts may be used.

    `value_cents` is what was paid for clearing: duty, fees, carriage.
    """

    declaration: Text | None = None
    container_ids: Ids = ()
    value_cents: Cents | None = None
    currency: Currency | None = None


class CasePacked(OfCase):
    """A packing list says what a case holds: `n_each` of each of `part_ids`, in `box_ids` if it has boxes.

    A list too long for one event comes as pages of one `revision`; a later revision replaces an earlier
    one, and what is found in an opened case stands whatever paper says later. `n_each` counts pieces,
    or thousandths of the part's unit where it is measured.
    """

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

    @model_validator(mode="after")
    def _side_by_side(self) -> Self:
        alike(part_ids=self.part_ids, n_each=self.n_each)
        if self.box_ids:
            alike(part_ids=self.part_ids, box_ids=self.box_ids)
        if self.page_no > self.n_pages:
            raise ValueError("page_no is beyond n_pages; mend one of them")
        return self


class CaseOpened(OfCase):
    """A case was opened and its content list checked."""

    kit_lot_id: Id


class CaseCounted(OfCase):
    """Somebody counted parts of an opened case, blind or with the list in hand.

    Differences are told as DiscrepancyFound and SurplusFound of the kit lot.
    """

    kit_lot_id: Id
    part_ids: SomeIds
    n_each: CountsOrNone
    is_blind: bool = False
    person_id: Id | None = None

    @model_validator(mode="after")
    def _side_by_side(self) -> Self:
        alike(part_ids=self.part_ids, n_each=self.n_each)
        return self


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
    """A kit lot differs from its packing list.

    `unit_id` is set when the part was already issued to a unit, `found_part_id` names what was there
    instead (W), `photo` a file or address, `person_id` who found it.
    """

    part_id: Id
    claim_code: Annotated[ClaimCode, Field(strict=False)]
    n_parts: Count
    case_id: Id | None = None
    in_assembly: bool = False
    found_part_id: Id | None = None
    unit_id: Id | None = None
    photo: Text | None = None
    person_id: Id | None = None


class SurplusFound(OfKitLot):
    """A case held more of a part than its packing list says, or a part that is not on it."""

    part_id: Id
    n_parts: Count
    case_id: Id | None = None
    person_id: Id | None = None


class PartDisposed(OfKitLot):
    """It was settled what becomes of bad pieces; `discrepancy_id` is the id of a DiscrepancyFound."""

    discrepancy_id: Id
    part_id: Id
    n_parts: Count
    disposition: Annotated[Disposition, Field(strict=False)]


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
    """The partner settled a claim with money: wholly when `is_final`, else for `n_each` of `part_ids`."""

    claim_id: Id
    value_cents: Cents
    currency: Currency
    is_final: bool = True
    part_ids: Ids = ()
    n_each: Counts = ()

    @model_validator(mode="after")
    def _one_count_each(self) -> Self:
        alike(part_ids=self.part_ids, n_each=self.n_each)
        return self


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
    """Parts owed to this kit lot, the lender, came back, wholly or in part.

    They come from the lot that owes them, or from loose stock.
    """

    borrow_id: Id
    part_id: Id
    n_parts: Count
    from_loose: bool = False


# Parts to the line, packaging back


class KitIssued(OfKitLot):
    """Parts of a kit lot went from the store to the line for a unit; the rest of its kit may follow."""

    unit_id: Id
    part_ids: SomeIds
    n_each: Counts

    @model_validator(mode="after")
    def _side_by_side(self) -> Self:
        alike(part_ids=self.part_ids, n_each=self.n_each)
        return self


class LoosePartsIssued(OfPlant):
    """Loose and common parts, of no kit lot, went from the store to the line for a unit."""

    unit_id: Id
    part_ids: SomeIds
    n_each: Counts

    @model_validator(mode="after")
    def _side_by_side(self) -> Self:
        alike(part_ids=self.part_ids, n_each=self.n_each)
        return self


class PackagingReturned(OfPlant):
    """Empty crates or frames went back to a partner."""

    partner_id: Id
    packaging: Annotated[Packaging, Field(strict=False)]
    n_pieces: Count
