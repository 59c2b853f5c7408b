"""The answer to "which units can be finished", as the document people and scripts read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice

from knockdown.documents.kit_ready import (
    KitReady,
    LotLine,
    LotStep,
    MissingLine,
    ShortPartLine,
    StopLine,
    UnitLine,
    WhatIf,
)
from knockdown.documents.paper import Provenance
from knockdown.kitting.book import KitBook
from knockdown.kitting.outlook import Outlook
from knockdown.kitting.promises import claimable
from knockdown.kitting.question import OpenUnit
from knockdown.kitting.ready.answer import Missing, ReadyAnswer
from knockdown.kitting.ready.next_stop import Stop, next_stops
from knockdown.kitting.ready.what_if import WEIGHT, asked, steps
from knockdown.kitting.slots import Board
from knockdown.kitting.terms import KitPlant
from knockdown.kitting.warnings import warnings_of

CENTS = 100
MOST_LISTED = 40
FAR = 10**7
MOST_CHANGES = 12
MOST_SHORT_PARTS = 200
SupplyKey = tuple[str, str | None, str | None, int | None]


def board_of(plant: KitPlant, book: KitBook, look: Outlook) -> Board:
    """The order of work behind an outlook: units of a lot start when its kits are on site."""
    first: dict[str, int] = {}
    for supply in look.question.supplies:
        if supply.kit_lot_id is not None and supply.kind != "claim":
            first[supply.kit_lot_id] = min(supply.day, first.get(supply.kit_lot_id, supply.day))
    return Board(plant, book, look.question.units, first, look.question.at_day)


@dataclass
class ReadyTeller:
    """Everything the document says.

    Parameters
    ----------
    plant, book, look, answer, board
        Of one plant on one day.
    position : int
        Last entry of the ledger that the book knows.
    wishes : sequence of str
        Steps whose gain is asked for; see `what_if.asked`.
    most_listed, most_changes : int
        Missing parts told of a unit, and steps tried.
    """

    plant: KitPlant
    book: KitBook
    look: Outlook
    answer: ReadyAnswer
    board: Board
    position: int
    wishes: Sequence[str] = ()
    most_listed: int = MOST_LISTED
    most_changes: int = MOST_CHANGES

    def document(self, provenance: Provenance) -> KitReady:
        """The document."""
        units = tuple(self._unit(ix, unit) for ix, unit in enumerate(self.answer.question.units))
        states = [unit.state for unit in units]
        stops = tuple(self._stop(stop) for stop in next_stops(self.answer, self.board))
        return KitReady(
            plant=self.plant.plant_id,
            at=date.fromordinal(self.at_day),
            known_to=date.fromordinal(self.look.today),
            is_forecast=self.look.today < self.at_day,
            position=self.position,
            currency=self.plant.currency,
            status=self.answer.status,
            objective=self.answer.objective / WEIGHT,
            bound=self.answer.bound / WEIGHT,
            gap=self.answer.gap,
            seconds=round(self.answer.seconds, 3),
            n_open=len(units),
            n_ready=states.count("ready"),
            n_waiting=states.count("waiting"),
            n_short=states.count("short"),
            units=units,
            lots=tuple(self._lots()),
            short_parts=tuple(self._short_parts()),
            next_stop=stops[0] if stops else None,
            stops=stops,
            what_if=tuple(self._what_if()),
            warnings=tuple(self._warnings()),
            assumptions=tuple(sorted(self.plant.assumed)),
            provenance=provenance,
        )

    def _warnings(self) -> Iterator[str]:
        return warnings_of(self.plant, self.book, self.look, self.at_day, self.look.today)

    @property
    def at_day(self) -> int:
        return self.answer.question.at_day

    def _what_if(self) -> Iterator[WhatIf]:
        """What was asked for, then the most useful steps of all."""
        question = self.answer.question
        wished = asked(question, self.wishes)
        yield from () if wished is None else (wished,)
        yield from islice(steps(question), self.most_changes)

    # Units

    def _unit(self, ix: int, unit: OpenUnit) -> UnitLine:
        told = self.answer.units[ix]
        slot, named = self.board.slots[unit.unit_id], self.book.units.get(unit.unit_id)
        state = "short" if told.ready_day is None else "ready" if told.ready_day <= self.at_day else "waiting"
        lacks = () if state == "ready" else self.answer.missing(ix)
        missing = lacks if len(lacks) <= self.most_listed else _most_telling(lacks, self.most_listed)
        return UnitLine(
            unit=unit.unit_id,
            state=state,
            stage=unit.stage,
            station=None if named is None else named.station_id,
            date=_date(told.ready_day),
            start=_date(slot.start_day),
            due=_date(unit.due_day),
            kit_lot=unit.kit_lot_id,
            kit_no=unit.kit_no,
            variant=unit.variant_id,
            line=unit.line_id,
            worth=unit.worth_cents / CENTS,
            missing=tuple(self._missing(unit, each) for each in missing),
            n_missing=0 if state == "ready" else told.n_missing_parts,
        )

    def _missing(self, unit: OpenUnit, missing: Missing) -> MissingLine:
        part, station = self.plant.parts[missing.part_id], self.plant.stations[missing.station_id]
        key = (missing.part_id, missing.kind, missing.ref, missing.day)
        return MissingLine(
            part=part.part_id,
            name=part.name,
            pieces=missing.n_parts,
            unit=part.unit,
            lot=missing.kit_lot_id if missing.kind else unit.kit_lot_id,
            case=self._case(unit.kit_lot_id, missing),
            station=station.station_id,
            station_position=station.position,
            expected=_date(missing.day),
            supply=missing.kind,
            ref=missing.ref,
            is_promised=missing.kind is not None and key not in self._estimated,
            lapsed=_date(self._estimated.get(key)),
            if_claimed=_date(self._if_claimed.get((unit.unit_id, missing.part_id))),
        )

    @cached_property
    def _estimated(self) -> dict[SupplyKey, int | None]:
        """Supplies whose day nobody promised, and the day that passed if there was one."""
        found: dict[SupplyKey, int | None] = {}
        for ix in sorted(self.look.estimated):
            supply = self.answer.question.supplies[ix]
            found[supply.part_id, supply.kind, supply.ref, supply.day] = self.look.lapsed.get(ix)
        return found

    @cached_property
    def _if_claimed(self) -> dict[tuple[str, str], int]:
        """What claims not sent yet would bring, given to the units that start first; by unit and part."""
        left: Counter[tuple[str | None, str]] = Counter()
        days: dict[tuple[str | None, str], int] = {}
        for found, _, n_parts, day in claimable(self.plant, self.book, self.at_day):
            left[found.kit_lot_id, found.part_id] += n_parts
            days[found.kit_lot_id, found.part_id] = day
        units, told = self.answer.question.units, self.answer.units
        short = [ix for ix, each in enumerate(told) if each.ready_day is None] if left else []
        short.sort(key=lambda ix: self.board.slots[units[ix].unit_id].start_h)
        given: dict[tuple[str, str], int] = {}
        for ix in short:
            for missing in self.answer.missing(ix):
                key = (units[ix].kit_lot_id, missing.part_id)
                if missing.day is None and left[key] >= missing.n_parts:
                    left[key] -= missing.n_parts
                    given[units[ix].unit_id, missing.part_id] = days[key]
        return given

    def _case(self, lot_id: str | None, missing: Missing) -> str | None:
        """The case that holds the pieces; of what is nowhere, the one in which they were found missing."""
        if missing.kind not in (None, "claim"):
            return missing.ref if missing.ref in self.book.cases else None
        return self._found_in.get((lot_id or "", missing.part_id))

    @cached_property
    def _found_in(self) -> dict[tuple[str, str], str]:
        return {
            (found.kit_lot_id, found.part_id): found.case_id
            for found in self.book.found.values()
            if found.case_id is not None
        }

    # Lots and parts

    def _lots(self) -> Iterator[LotLine]:
        for lot in self.answer.lots:
            known = self.book.lots.get(lot.kit_lot_id or "")
            yield LotLine(
                lot=lot.kit_lot_id,
                status="cleared" if known is None else known.status,
                open_units=lot.n_open,
                ready=lot.n_ready,
                completeness=lot.n_ready / lot.n_open if lot.n_open else 1.0,
                by_day=tuple(LotStep(date=date.fromordinal(day), ready=n) for day, n in lot.steps),
            )

    def _short_parts(self) -> Iterator[ShortPartLine]:
        """Short parts of lots on site; that a lot at sea is at sea needs no list of its parts."""
        here = {name for name, lot in self.book.lots.items() if lot.status in ("cleared", "bonded")}
        parts = [
            short for short in self.answer.short_parts if short.kit_lot_id is None or short.kit_lot_id in here
        ]
        for short in parts[:MOST_SHORT_PARTS]:
            part = self.plant.parts[short.part_id]
            yield ShortPartLine(
                part=part.part_id,
                name=part.name,
                lot=short.kit_lot_id,
                pieces=short.n_parts,
                unit=part.unit,
                units=short.n_units,
                units_alone=short.n_units_alone,
            )

    def _stop(self, stop: Stop) -> StopLine:
        return StopLine(
            station=stop.station_id,
            station_name=self.plant.stations[stop.station_id].name,
            line=stop.line_id,
            unit=stop.unit_id,
            part=stop.part_id,
            name=self.plant.parts[stop.part_id].name,
            pieces=stop.n_parts,
            hours=round(stop.hours, 1),
            date=date.fromordinal(stop.day),
            expected=_date(stop.expected_day),
            if_claimed=_date(self._if_claimed.get((stop.unit_id, stop.part_id))),
        )


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


def _most_telling(lacks: Sequence[Missing], most: int) -> tuple[Missing, ...]:
    """Of very many missing parts those that hold a unit up longest: what nothing brings, then the latest."""
    return tuple(sorted(lacks, key=lambda each: -(each.day or FAR))[:most])
