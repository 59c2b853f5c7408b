"""Kits on the opening day: cases, units begun, loose parts, what is missing; and change notes of parts."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from knockdown.plant.fields import Count, FirstDay, Id, Row, Text, Whole, Words

ClaimCodeText = Literal["M", "S", "D", "W", "F", "DP", "DT", "A"]
PackagingText = Literal["crate", "steel_frame", "pallet", "carton", "loose"]


class OpeningCase(Row):
    """A case of an opening kit lot. It holds these groups of the supply list, for the kits that are left.

    A lot without cases is one case, opened if the lot is cleared.
    """

    id: Id
    kit_lot: Id
    container: Id | None = None
    groups: Words = Field((), description="groups of parts; empty: all that no other case of the lot holds")
    packaging: PackagingText = "crate"
    opened_on: FirstDay | None = Field(None, description="empty: still closed")


class OpeningUnit(Row):
    """A unit of an opening kit lot that is planned, on its line, or off it and short of parts."""

    id: Id
    kit_lot: Id
    kit_no: Whole = Field(description="number of its kit within the lot")
    state: Literal["planned", "released", "in_work", "off_line"]
    station: Id | None = Field(None, description="where it is in work")
    released_on: FirstDay | None = None
    due_on: FirstDay | None = None
    missing: Words = Field((), description="parts it lacks; on the line they were never issued")


class OpeningShortage(Row):
    """A discrepancy of an opening kit lot, and the claim it stands in."""

    id: Id
    kit_lot: Id
    case: Id | None = None
    part: Id
    code: ClaimCodeText
    pieces: Whole
    found_on: FirstDay
    in_assembly: Literal["yes", "no"] = "no"
    claim: Id | None = None
    claim_state: Literal["", "draft", "sent", "accepted", "rejected"] = ""
    expected_on: FirstDay | None = Field(None, description="day for which a replacement is promised")
    note: Text = ""


class LooseStock(Row):
    """Loose and common parts in a store on the opening day, of no kit lot."""

    as_of: FirstDay = Field(description="plans starting in this month open with it")
    part: Id
    store: Id
    pieces: Count


class ChangeNote(Row):
    """A change of a part, in the form of a change note: last old, first new."""

    id: Id
    product: Id = Field(description="a variant, a model or a family")
    old_part: Id | None = None
    new_part: Id | None = None
    qty_old: Count = 1
    qty_new: Count = 1
    basis: Literal["date", "kit_lot", "unit"]
    last_old: Text = Field("", description="a day, a kit lot, or LOT:KIT_NO")
    first_new: Text = Field("", description="a day, a kit lot, or LOT:KIT_NO")

    def days(self) -> tuple[date, date] | None:
        """The two days of a note by date; None for other notes."""
        if self.basis != "date":
            return None
        return date.fromisoformat(self.last_old), date.fromisoformat(self.first_new)
