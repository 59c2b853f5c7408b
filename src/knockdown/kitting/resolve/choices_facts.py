"""What is known about missing parts, in the plant's words: facts from which options and courses are made.

Days are whole numbers (`date.toordinal`), money is whole cents.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MissingPart:
    """Pieces that a unit lacks, and when its first station that fits them needs them (`need_day`).

    `fit_later_cents` is the labour of fitting them to a finished vehicle, once for the part.
    `unit_cost_cents` is the price of a piece, for asking the partner again when no `ReorderFact` says more.
    """

    part_id: str
    n_parts: int
    station_id: str
    need_day: int
    can_fit_later: bool
    fit_later_cents: int
    unit_cost_cents: int


@dataclass(frozen=True, slots=True)
class ShortFact:
    """A unit that lacks parts.

    It starts on `slot_day` as planned and is finished `finish_offset_days` later. `late_cents_day` is the
    cost of a day finished after `due_day`; capital costs `worth_cents` times `hold_share_year` / 365 a day
    standing; `line_stop_cents` is the cost of leaving its slot empty.
    """

    unit_id: str
    kit_lot_id: str | None
    variant: str
    line_id: str
    slot_day: int
    finish_offset_days: int
    due_day: int | None
    worth_cents: int
    late_cents_day: int
    hold_share_year: float
    line_stop_cents: int
    shortages: tuple[MissingPart, ...]


@dataclass(frozen=True, slots=True)
class SourceFact:
    """Pieces that are coming, for units of one lot, or for any (None). `ref` names the claim or order."""

    part_id: str
    kit_lot_id: str | None
    n_parts: int
    day: int
    ref: str
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class DonorFact:
    """Pieces that could be borrowed from a lot: out of a unit's kit, or its spares (`unit_id` None).

    Paid back after `need_day`, the donor's unit is late at `late_cents_day`. `duty_cents` is what duty and
    origin cost for a piece of another customs declaration. A donor without a lot is owed nothing.
    """

    lot_id: str | None
    unit_id: str | None
    part_id: str
    n_parts: int
    need_day: int | None
    late_cents_day: int = 0
    duty_cents: int = 0
    origin_note: str = ""


@dataclass(frozen=True, slots=True)
class LocalFact:
    """A part that can be bought in the country, `lead_days` after it is ordered.

    `fixed_cents` is what ordering it costs, once for all pieces ordered together.
    """

    part_id: str
    lead_days: int
    piece_cents: int
    fixed_cents: int = 0


@dataclass(frozen=True, slots=True)
class ReorderFact:
    """A part asked of a partner again, at our cost, `lead_days` after it is ordered."""

    part_id: str
    lead_days: int
    piece_cents: int
    partner: str = "the partner"


@dataclass(frozen=True, slots=True)
class ShipmentFact:
    """An extra shipment from a partner: paid once for all that is asked of it again on one day."""

    partner: str
    cents: int


@dataclass(frozen=True, slots=True)
class SwapFact:
    """A complete unit that could be built earlier, in the slot of a short one.

    `changeover_cents` is what swapping the two costs. `late_cents_day` is the cost of a day it is finished
    after `due_day`: a unit that would be late gains from the swap.
    """

    unit_id: str
    line_id: str
    slot_day: int
    due_day: int | None
    changeover_cents: int
    late_cents_day: int = 0


@dataclass(frozen=True, slots=True)
class ChoiceFacts:
    """All that is known on `at_day`.

    `shipments` says what an order to a partner costs beside its pieces; to others it costs nothing more.
    `handling_cents` is the labour of moving one borrowed piece. `reorder_lead_days` is assumed for a part
    without `ReorderFact`, so that a part can always be had. Slots are swapped with units whose slot is at
    most `swap_days` later.
    """

    at_day: int
    shorts: tuple[ShortFact, ...]
    sources: tuple[SourceFact, ...] = ()
    donors: tuple[DonorFact, ...] = ()
    locals: tuple[LocalFact, ...] = ()
    reorders: tuple[ReorderFact, ...] = ()
    shipments: tuple[ShipmentFact, ...] = ()
    swaps: tuple[SwapFact, ...] = ()
    handling_cents: int = 0
    reorder_lead_days: int = 45
    swap_days: int = 30
