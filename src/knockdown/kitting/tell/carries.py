"""Which units carry parts of a case or a lot: proven by what they were given, or possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.kit_lists import CarriedPart, CarrierLine, KitCarries
from knockdown.documents.paper import Provenance
from knockdown.kitting.book import Cell, KitBook, LotBook, UnitBook
from knockdown.kitting.kit_needs import open_kits
from knockdown.kitting.outlook import unit_name
from knockdown.kitting.terms import KitPlant

GIVEN_OF_CASE = "was given pieces that only this case brought"
GIVEN_OF_LOT = "was given pieces that only this lot brought"
MIXED = "was given pieces of the lot, which had some from elsewhere too"
SCANNED = "a fitter scanned the case with the part"
LENT = "was given pieces of lot {lot}, which exchanged some with this lot"
TO_COME = "has not all of its kit yet, and pieces are left"


@dataclass
class CarriesTeller:
    """Who carries parts of a lot, or of one of its cases.

    Parameters
    ----------
    plant, book, at_day, position
        As in the other tellers.
    lot_id : str
    case_id, part_id : str, optional
        Only what this case brought, only this part.
    """

    plant: KitPlant
    book: KitBook
    at_day: int
    position: int
    lot_id: str
    case_id: str | None = None
    part_id: str | None = None

    def carries(self, provenance: Provenance) -> KitCarries:
        """The document.

        Raises
        ------
        BadInput
            When the lot or case never had the part.
        """
        if not self.parts:
            whose = f"lot {self.lot_id}" if self.case_id is None else f"case {self.case_id}"
            step = f"`{self.plant.command('stock', '--lot', self.lot_id, '--all')}` lists its parts"
            raise BadInput([Fault("--part", None, None, self.part_id, f"never was in {whose}", step)])
        lines = sorted(self._lines(), key=lambda line: (line.proof != "proven", line.unit))
        return KitCarries(
            plant=self.plant.plant_id,
            at=date.fromordinal(self.at_day),
            position=self.position,
            currency=self.plant.currency,
            provenance=provenance,
            case=self.case_id,
            lot=self.lot_id,
            part=self.part_id,
            parts=self.parts,
            units=tuple(lines),
            proven=sum(line.proof == "proven" for line in lines),
            possible=sum(line.proof == "possible" for line in lines),
            kits_before=self._lot.n_used,
            left=self._left,
        )

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Parts in question."""
        if self.case_id is None:
            known = {part_id for lot_id, part_id in self.book.cells if lot_id == self.lot_id}
        else:
            case = self.book.cases[self.case_id]
            known = {part_id for part_id, _, _ in case.lines} | set(case.held)
        return tuple(sorted(known if self.part_id is None else known & {self.part_id}))

    @property
    def _lot(self) -> LotBook:
        return self.book.lots[self.lot_id]

    def _cell(self, part_id: str) -> Cell:
        return self.book.cells.get((self.lot_id, part_id), Cell())

    @cached_property
    def _left(self) -> dict[str, int]:
        left = {
            part_id: max(0, self._cell(part_id).on_hand) + self._cell(part_id).closed
            for part_id in self.parts
        }
        return {part_id: n_parts for part_id, n_parts in left.items() if n_parts}

    def _lines(self) -> Iterator[CarrierLine]:
        for unit in self.book.units.values():
            line = self._scanned(unit) or self._given(unit) or self._lent(unit) or self._to_come(unit)
            if line is not None:
                yield line
        yield from self._not_begun()

    # Units that were given pieces

    def _scanned(self, unit: UnitBook) -> CarrierLine | None:
        parts = [part_id for part_id in self.parts if (self.case_id, part_id) in unit.from_cases]
        return self._line(unit, "proven", self._got(unit, parts), SCANNED) if parts else None

    def _given(self, unit: UnitBook) -> CarrierLine | None:
        pure = self._got(unit, filter(self._is_pure, self.parts))
        if pure:
            return self._line(unit, "proven", pure, GIVEN_OF_LOT if self.case_id is None else GIVEN_OF_CASE)
        mixed = self._got(unit, self.parts)
        return self._line(unit, "possible", mixed, MIXED) if mixed else None

    def _got(self, unit: UnitBook, parts: Iterable[str]) -> Counter[str]:
        """Pieces of the lot that the unit has."""
        got = Counter(
            {part: unit.issued[self.lot_id, part] + unit.fitted[self.lot_id, part] for part in parts}
        )
        return +got

    def _is_pure(self, part_id: str) -> bool:
        """Whether all the lot's pieces of a part are those in question."""
        cell = self._cell(part_id)
        if cell.came or cell.borrowed or cell.paid_in or cell.counted > 0:
            return False
        return self.case_id is None or part_id not in self._elsewhere

    @cached_property
    def _elsewhere(self) -> set[str]:
        """Parts that other cases of the lot brought too."""
        others = (case for case in self.book.cases_of(self.lot_id) if case.case_id != self.case_id)
        return {part_id for case in others for part_id, _, _ in case.lines}

    def _lent(self, unit: UnitBook) -> CarrierLine | None:
        for lot_id, part_id in self._exchanged:
            n_parts = unit.issued[lot_id, part_id] + unit.fitted[lot_id, part_id]
            if n_parts:
                return self._line(unit, "possible", Counter({part_id: n_parts}), LENT.format(lot=lot_id))
        return None

    @cached_property
    def _exchanged(self) -> tuple[tuple[str, str], ...]:
        """Lots that took pieces of this one, or got some back from it."""
        found = set()
        for borrow in self.book.borrows.values():
            if borrow.part_id not in self.parts:
                continue
            if borrow.from_kit_lot_id == self.lot_id:
                found.add((borrow.to_kit_lot_id, borrow.part_id))
            elif borrow.to_kit_lot_id == self.lot_id and borrow.n_paid:
                found.add((borrow.from_kit_lot_id, borrow.part_id))
        return tuple(sorted(found))

    # Units that may still be given pieces

    def _to_come(self, unit: UnitBook) -> CarrierLine | None:
        if unit.kit_lot_id != self.lot_id or unit.stage == "gone" or not self._left:
            return None
        if unit.stage == "off_line" and not set(unit.open_part_ids) & set(self._left):
            return None
        return self._line(unit, "possible", Counter(), TO_COME)

    def _not_begun(self) -> Iterator[CarrierLine]:
        if not self._left:
            return
        lot = self._lot
        named = {unit.kit_no for unit in self.book.units.values() if unit.kit_lot_id == self.lot_id}
        for kit_no in open_kits(lot.n_kits, lot.n_used, (number for number in named if number)):
            if kit_no not in named:
                unit = UnitBook(unit_name(self.lot_id, kit_no), kit_lot_id=self.lot_id, stage="not_begun")
                yield self._line(unit, "possible", Counter(), TO_COME)

    def _line(
        self, unit: UnitBook, proof: Literal["proven", "possible"], got: Counter[str], why: str
    ) -> CarrierLine:
        return CarrierLine(
            unit=unit.unit_id,
            kit_lot=unit.kit_lot_id,
            stage=unit.stage,
            proof=proof,
            parts=tuple(
                CarriedPart(part=part_id, pieces=n_parts) for part_id, n_parts in sorted(got.items())
            ),
            why=why,
        )
