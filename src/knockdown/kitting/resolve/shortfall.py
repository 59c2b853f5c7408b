"""From an outlook to facts about missing parts: which units lack what, and all the ways to get it.

A shortage is taken up when the unit's lot is on site and a part would come after the station needs
it. What other units were given stays theirs; borrowing takes from kits of units that are built later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from knockdown.kitting.book import KitBook
from knockdown.kitting.kit_needs import KitNeeds
from knockdown.kitting.moments import iso
from knockdown.kitting.outlook import Outlook
from knockdown.kitting.promises import claimable
from knockdown.kitting.question import Need, OpenUnit
from knockdown.kitting.ready.answer import Missing, ReadyAnswer
from knockdown.kitting.resolve.choices_facts import (
    ChoiceFacts,
    DonorFact,
    LocalFact,
    MissingPart,
    ReorderFact,
    ShipmentFact,
    ShortFact,
    SourceFact,
    SwapFact,
)
from knockdown.kitting.slots import Board
from knockdown.kitting.terms import MEASURED, PER_UNIT, BomEntry, KitPlant
from knockdown.kitting.worth import PartPrices

REORDER_DAYS = 45  # an assumption, for a part whose lead time nobody says
UNKNOWN_PARTNER = "the partner"  # of a unit without a lot under contract
MOST_DONORS = 12
DAYS_A_YEAR = 365


@dataclass
class Shortfall:
    """What lacks, and from where it could come.

    Parameters
    ----------
    plant, book : KitPlant, KitBook
    outlook, answer : Outlook, ReadyAnswer
        The question and answer of the same day.
    board : Board
        The order of work.
    horizon_days : int
        Units that start later are left alone.
    """

    plant: KitPlant
    book: KitBook
    outlook: Outlook
    answer: ReadyAnswer
    board: Board
    horizon_days: int = 548

    def facts(self, part_id: str | None = None) -> ChoiceFacts:
        """Everything that bears on the shortages, of one part or of all.

        Parameters
        ----------
        part_id : str, optional
            Only units that lack this part are taken up; all that they lack is.
        """
        shorts = tuple(self._shorts(part_id))
        parts = sorted({missing.part_id for short in shorts for missing in short.shortages})
        partners = [*sorted(self.plant.partners.values()), UNKNOWN_PARTNER]
        return ChoiceFacts(
            at_day=self.at_day,
            shorts=shorts,
            sources=tuple(self._sources(set(parts), shorts)),
            donors=tuple(donor for name in parts for donor in self._donors(name, shorts)),
            locals=tuple(self._locals(parts)),
            reorders=tuple(self._reorders(shorts)),
            shipments=tuple(ShipmentFact(name, self.plant.costs.reorder_cents) for name in partners),
            swaps=tuple(self._swaps({short.unit_id for short in shorts})),
            handling_cents=self.plant.costs.borrow_cents,
        )

    @property
    def at_day(self) -> int:
        return self.answer.question.at_day

    # Units that lack parts

    def _shorts(self, part_id: str | None) -> Iterator[ShortFact]:
        for ix, unit in enumerate(self.answer.question.units):
            slot = self.board.slots[unit.unit_id]
            is_here = self.board.lot_days.get(unit.kit_lot_id or "", 0) <= self.at_day
            if not is_here or slot.start_day > self.at_day + self.horizon_days:
                continue
            ready = self.answer.units[ix].ready_day
            if ready is not None and ready <= slot.start_day:
                continue
            missing = self._late(unit, self.answer.missing(ix))
            if missing and (part_id is None or any(each.part_id == part_id for each in missing)):
                yield self._short(unit, missing)

    def _late(self, unit: OpenUnit, lacks: tuple[Missing, ...]) -> tuple[MissingPart, ...]:
        """Parts that come after their station needs them; pieces from two supplies are one shortage."""
        pieces: dict[str, int] = defaultdict(int)
        first: dict[str, Missing] = {}
        for missing in lacks:
            day = self._need_day(unit, missing.station_id)
            if missing.kind != "unopened" and (missing.day is None or missing.day > day):
                pieces[missing.part_id] += missing.n_parts
                first.setdefault(missing.part_id, missing)
        return tuple(self._missing(unit, first[name], n_parts) for name, n_parts in pieces.items())

    def _need_day(self, unit: OpenUnit, station_id: str) -> int:
        if unit.stage == "off_line":
            return self.at_day
        return self.board.day_at(self.board.reach_h(unit.unit_id, station_id))

    def _missing(self, unit: OpenUnit, missing: Missing, n_parts: int) -> MissingPart:
        part = self.plant.parts[missing.part_id]
        entry = self._entry(unit, missing.part_id)
        later_h = 0.0 if unit.stage == "off_line" else (None if entry is None else entry.later_h)
        costs = self.plant.costs
        return MissingPart(
            part_id=missing.part_id,
            n_parts=n_parts,
            station_id=missing.station_id,
            need_day=self._need_day(unit, missing.station_id),
            can_fit_later=later_h is not None,
            fit_later_cents=round((later_h or 0.0) * costs.later_factor * costs.later_cents_h),
            unit_cost_cents=self._prices.cents(part.part_id, 1),
        )

    def _entry(self, unit: OpenUnit, part_id: str) -> BomEntry | None:
        entries = self._needs.kit(unit.variant_id, unit.kit_lot_id, unit.kit_no, self.at_day)
        return next((entry for entry in entries if entry.part_id == part_id), None)

    @cached_property
    def _needs(self) -> KitNeeds:
        return KitNeeds(self.plant)

    def _short(self, unit: OpenUnit, missing: tuple[MissingPart, ...]) -> ShortFact:
        slot, costs = self.board.slots[unit.unit_id], self.plant.costs
        return ShortFact(
            unit_id=unit.unit_id,
            kit_lot_id=unit.kit_lot_id,
            variant=unit.variant_id,
            line_id=unit.line_id,
            slot_day=slot.start_day,
            finish_offset_days=slot.finish_day - slot.start_day,
            due_day=unit.due_day,
            worth_cents=unit.worth_cents,
            late_cents_day=self._late_cents_day(unit),
            hold_share_year=costs.interest_share_year,
            line_stop_cents=0 if unit.stage == "off_line" else round(slot.takt_h * costs.line_stop_cents_h),
            shortages=missing,
        )

    def _late_cents_day(self, unit: OpenUnit) -> int:
        return round(unit.worth_cents * self.plant.costs.late_share_day)

    @cached_property
    def _prices(self) -> PartPrices:
        return PartPrices(self.plant, self.book, self.at_day)

    # Where pieces could come from

    def _sources(self, parts: set[str], shorts: tuple[ShortFact, ...]) -> Iterator[SourceFact]:
        """What is coming and was not given to units outside the question."""
        asked = {short.unit_id for short in shorts}
        left = {ix: supply.n_parts for ix, supply in enumerate(self.answer.question.supplies)}
        draws, units = self.answer.draws, self.answer.question.units
        for unit_ix, supply_ix, n_parts in zip(draws.unit_ix, draws.supply_ix, draws.n_parts, strict=True):
            if supply_ix >= 0 and units[unit_ix].unit_id not in asked:
                left[int(supply_ix)] -= int(n_parts)
        for ix, supply in enumerate(self.answer.question.supplies):
            if supply.part_id in parts and left[ix] > 0 and supply.day > self.at_day:
                confidence = self._confidence(ix)
                ref = f"{supply.kind} {supply.ref or ''}".strip()
                yield SourceFact(supply.part_id, supply.kit_lot_id, left[ix], supply.day, ref, confidence)
        yield from self._claimable(parts)

    def _confidence(self, supply_ix: int) -> str:
        lapsed = self.outlook.lapsed.get(supply_ix)
        if lapsed is not None:
            return f"estimated; its day, {iso(lapsed)}, passed"
        return "estimated" if supply_ix in self.outlook.estimated else "promised"

    def _claimable(self, parts: set[str]) -> Iterator[SourceFact]:
        """What a claim would bring that is not sent yet."""
        for found, partner_id, n_parts, day in claimable(self.plant, self.book, self.at_day):
            if found.part_id in parts:
                ref = f"claim to be sent to {self.plant.partners[partner_id]}"
                told = "estimated, not claimed yet"
                yield SourceFact(found.part_id, found.kit_lot_id, n_parts, day, ref, told)

    def _donors(self, part_id: str, shorts: tuple[ShortFact, ...]) -> Iterator[DonorFact]:
        """Good pieces in store of cleared lots: spares first, then out of kits, the last built first."""
        needy = {short.unit_id for short in shorts}
        taking = {s.kit_lot_id for s in shorts if any(m.part_id == part_id for m in s.shortages)}
        for (lot_id, name), cell in self.book.cells.items():
            lot = self.book.lots.get(lot_id or "")
            if name != part_id or lot is None or lot.status != "cleared" or cell.on_hand <= 0:
                continue
            if taking == {lot_id}:
                continue
            yield from self._kits_of(lot.kit_lot_id, part_id, cell.on_hand, needy)

    def _kits_of(self, lot_id: str, part_id: str, on_hand: int, needy: set[str]) -> Iterator[DonorFact]:
        duty = round(self._prices.cents(part_id, 1) * self.plant.costs.duty_share)
        note = "another declaration: duty on the piece, origin of the unit to be noted"
        wanted = {unit.unit_id: self._wants(unit, part_id) for unit in self._units_of.get(lot_id, ())}
        units = [u for u in self._units_of.get(lot_id, ()) if u.stage == "planned"]
        units.sort(key=lambda unit: -self.board.slots[unit.unit_id].start_h)
        owed = sum(
            borrow.n_owed
            for borrow in self.book.borrows.values()
            if (borrow.to_kit_lot_id, borrow.part_id) == (lot_id, part_id)
        )
        begun = sum(n_parts for name, n_parts in wanted.items() if name not in {u.unit_id for u in units})
        spare = on_hand - sum(wanted.values()) - owed
        if spare > 0:
            yield DonorFact(lot_id, None, part_id, spare, None, 0, duty, note)
        left = on_hand - max(spare, 0) - begun - owed
        for unit in units[:MOST_DONORS]:
            n_parts = min(left, wanted[unit.unit_id])
            if n_parts <= 0 or unit.unit_id in needy:
                continue
            station = next(n.station_id for n in self._recipe(unit) if n.part_id == part_id)
            day = self._need_day(unit, station)
            yield DonorFact(
                lot_id, unit.unit_id, part_id, n_parts, day, self._late_cents_day(unit), duty, note
            )
            left -= n_parts

    @cached_property
    def _units_of(self) -> dict[str, list[OpenUnit]]:
        found: dict[str, list[OpenUnit]] = defaultdict(list)
        for unit in self.answer.question.units:
            found[unit.kit_lot_id or ""].append(unit)
        return found

    def _recipe(self, unit: OpenUnit) -> tuple[Need, ...]:
        return self.answer.question.recipes[unit.recipe_ix].needs

    def _wants(self, unit: OpenUnit, part_id: str) -> int:
        return sum(need.n_parts for need in self._recipe(unit) if need.part_id == part_id)

    def _locals(self, parts: list[str]) -> Iterator[LocalFact]:
        for name in parts:
            part = self.plant.parts[name]
            if part.local_cents is not None:
                per = PER_UNIT if part.unit in MEASURED else 1
                yield LocalFact(name, part.local_lead_days, round(part.local_cents / per))
            elif part.mode != "lot":
                yield LocalFact(name, part.lead_days, self._prices.cents(name, 1))

    def _reorders(self, shorts: tuple[ShortFact, ...]) -> Iterator[ReorderFact]:
        """Parts asked of the partners whose lots lack them."""
        asked = {
            (missing.part_id, self._partner(short.kit_lot_id))
            for short in shorts
            for missing in short.shortages
        }
        for name, partner in sorted(asked):
            part = self.plant.parts[name]
            price = self._prices.cents(name, 1) * (1 + self.plant.costs.reorder_premium_share)
            yield ReorderFact(name, part.lead_days or REORDER_DAYS, round(price), partner)

    def _partner(self, lot_id: str | None) -> str:
        lot = self.book.lots.get(lot_id or "")
        contract = self.plant.contracts.get((lot.contract_id if lot else None) or "")
        return UNKNOWN_PARTNER if contract is None else self.plant.partners[contract.partner_id]

    def _swaps(self, needy: set[str]) -> Iterator[SwapFact]:
        """Units of the same line that are complete and not begun."""
        lines = {unit.line_id for unit in self.answer.question.units if unit.unit_id in needy}
        for ix, unit in enumerate(self.answer.question.units):
            ready = self.answer.units[ix].ready_day
            is_free = unit.stage == "planned" and unit.unit_id not in needy and unit.line_id in lines
            if is_free and ready is not None and ready <= self.at_day:
                slot = self.board.slots[unit.unit_id]
                yield SwapFact(
                    unit.unit_id, unit.line_id, slot.start_day, unit.due_day, 0, self._late_cents_day(unit)
                )
