"""Claims, as the documents people, scripts and partners read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, get_args

from knockdown.documents.kit_claims import (
    Age,
    AgeBucket,
    ClaimForm,
    ClaimLine,
    ClaimRow,
    ClaimState,
    FormLine,
    KitClaims,
    NotClaimed,
)
from knockdown.documents.paper import Provenance
from knockdown.events.codes import ClaimCode
from knockdown.kitting.acts_checks import Checks
from knockdown.kitting.book import ClaimBook, Found, KitBook
from knockdown.kitting.claims import (
    BUCKETS,
    OPEN,
    age_days,
    bucket_of,
    claimed_cents,
    due_day,
    is_priced,
    owed_cents,
    recovered_cents,
    recovery,
    unclaimed,
    unpriced_parts,
)
from knockdown.kitting.moments import day_of
from knockdown.kitting.promises import claim_when
from knockdown.kitting.tell.stock import day_at
from knockdown.kitting.terms import PER_UNIT, KitPlant
from knockdown.kitting.worth import PartPrices, part_cents

CENTS = 100
AGES: tuple[Age, ...] = get_args(Age)


@dataclass
class ClaimTeller:
    """Claims of a plant on a day."""

    plant: KitPlant
    book: KitBook
    at_day: int
    position: int
    known_day: int | None = None

    def _head(self, provenance: Provenance) -> dict[str, Any]:
        return {
            "plant": self.plant.plant_id,
            "at": date.fromordinal(self.at_day),
            "position": self.position,
            "currency": self.plant.currency,
            "provenance": provenance,
        }

    # The list

    def claims(self, provenance: Provenance) -> KitClaims:
        """The document: open claims first, the oldest on top."""
        lines = sorted(map(self._claim, self.book.claims.values()), key=lambda c: (-c.is_open, -c.age_days))
        claimed, recovered = recovery(self.plant, self.book)
        return KitClaims(
            **self._head(provenance),
            claims=tuple(lines),
            ageing=tuple(_bucket(lines, *bounds) for bounds in BUCKETS),
            not_claimed=tuple(self._not_claimed()),
            open_value=_open_value([line for line in lines if line.is_open]),
            claimed_value=claimed / CENTS,
            recovered_value=recovered / CENTS,
            recovery_rate=recovered / claimed if claimed else None,
        )

    def _claim(self, claim: ClaimBook) -> ClaimLine:
        lot = self.book.lots[claim.kit_lot_id]
        contract = self.plant.contracts.get(lot.contract_id or "")
        due = None if claim.due_at is None else day_of(claim.due_at)
        known = 1 if is_priced(self.plant, self.book, claim) else None
        open_rows = self.book.open_rows(claim)
        today = self.at_day if self.known_day is None else self.known_day
        told = claim_when(self.plant, self.book, claim, today) if self.book.open_of(claim) else None
        return ClaimLine(
            claim=claim.claim_id,
            state=_state(claim),
            is_open=claim.state in OPEN,
            lot=lot.kit_lot_id,
            partner=None if contract is None else contract.partner_id,
            contract=lot.contract_id,
            drafted=date.fromordinal(day_of(claim.drafted_at)),
            sent=day_at(claim.sent_at),
            answered=day_at(claim.answered_at),
            age_days=age_days(claim, self.at_day),
            due=None if due is None else date.fromordinal(due),
            days_left=None if due is None or claim.state != "draft" else due - self.at_day,
            expected=day_at(claim.expected_at),
            late_days=None if told is None or told.lapsed is None else today - told.lapsed,
            reckoned=None if told is None else date.fromordinal(told.day),
            value=known and claimed_cents(self.plant, self.book, claim) / CENTS,
            recovered=known and recovered_cents(self.plant, self.book, claim) / CENTS,
            open_value=known and owed_cents(self.plant, self.book, claim) / CENTS,
            assumed_value=self._assumed(claim),
            reason=claim.reason,
            rows=tuple(
                self._row(self.book.found[name], claim.asked[name], open_rows[name])
                for name in claim.discrepancy_ids
            ),
        )

    @cached_property
    def _prices(self) -> PartPrices:
        return PartPrices(self.plant, self.book, self.at_day)

    def _assumed(self, claim: ClaimBook) -> float | None:
        """What the claim is worth when prices are assumed where the description has none."""
        asked = self.book.n_asked(claim)
        unpriced = unpriced_parts(self.plant, self.book, claim)
        more = sum(self._prices.cents(part_id, asked[part_id]) for part_id in unpriced)
        return (claimed_cents(self.plant, self.book, claim) + more) / CENTS if more else None

    def _value(self, rows: Sequence[tuple[str, int]]) -> float | None:
        """Pieces of parts at their prices; None when none of them has one."""
        priced = [row for row in rows if part_cents(self.plant, row[0], PER_UNIT)]
        return sum(part_cents(self.plant, *row) for row in priced) / CENTS if priced else None

    def _row(self, found: Found, n_asked: int, n_open: int) -> ClaimRow:
        return ClaimRow(
            discrepancy=found.discrepancy_id,
            part=found.part_id,
            name=self._name(found.part_id),
            code=found.code,
            pieces=n_asked,
            open=n_open,
            unit=self._unit(found.part_id),
        )

    def _name(self, part_id: str) -> str:
        return self.plant.parts[part_id].name if part_id in self.plant.parts else part_id

    def _unit(self, part_id: str) -> str:
        return self.plant.parts[part_id].unit if part_id in self.plant.parts else "pcs"

    def _not_claimed(self) -> Iterator[NotClaimed]:
        by_lot: dict[str, list[Found]] = defaultdict(list)
        for found in unclaimed(self.book):
            by_lot[found.kit_lot_id].append(found)
        for lot_id, rows in sorted(by_lot.items()):
            contract = self.plant.contracts.get(self.book.lots[lot_id].contract_id or "")
            due = due_day(self.plant, self.book, lot_id)
            value = self._value([(found.part_id, self.book.n_wanted(found)) for found in rows])
            yield NotClaimed(
                lot=lot_id,
                partner=None if contract is None else contract.partner_id,
                discrepancies=tuple(found.discrepancy_id for found in rows),
                parts=tuple(sorted({found.part_id for found in rows})),
                value=value,
                due=None if due is None else date.fromordinal(due),
                days_left=None if due is None else due - self.at_day,
            )

    # The form

    def form(self, provenance: Provenance, claim_id: str, country: str | None) -> ClaimForm:
        """A claim in the form that partners take.

        Raises
        ------
        BadInput
            When there is no such claim.
        """
        claim = Checks(self.plant, self.book, 0).claim_of(claim_id)
        lot = self.book.lots[claim.kit_lot_id]
        contract = self.plant.contracts.get(lot.contract_id or "")
        cases = self.book.cases_of(lot.kit_lot_id)
        asked = [name for name in claim.discrepancy_ids if claim.asked[name]]
        lines = tuple(
            self._form_line(number, self.book.found[name], claim.asked[name])
            for number, name in enumerate(asked, start=1)
        )
        known = 1 if is_priced(self.plant, self.book, claim) else None
        return ClaimForm(
            **self._head(provenance),
            plant_name=self.plant.name,
            claim=claim.claim_id,
            state=_state(claim),
            partner="" if contract is None else self.plant.partners[contract.partner_id],
            partner_country=country,
            contract=lot.contract_id or "",
            lot=lot.kit_lot_id,
            launch=next((case.launch_no for case in cases if case.launch_no is not None), None),
            variant=lot.variant_id,
            declaration=lot.declaration,
            drafted=date.fromordinal(day_of(claim.drafted_at)),
            arrived=day_at(lot.arrived_at),
            due=day_at(claim.due_at),
            lines=lines,
            pieces=sum(line.claimed for line in lines),
            value=known and claimed_cents(self.plant, self.book, claim) / CENTS,
        )

    def _form_line(self, number: int, found: Found, n_asked: int) -> FormLine:
        packed = self._packed(found)
        return FormLine(
            number=number,
            case=found.case_id,
            part=found.part_id,
            name=self._name(found.part_id),
            packed=packed,
            found=None if packed is None else max(0, packed - self._claimed_of(found)),
            claimed=n_asked,
            unit=self._unit(found.part_id),
            code=found.code,
            meaning=ClaimCode.read(found.code).meaning,
            in_assembly=found.in_assembly,
            photo=found.photo,
            found_on=date.fromordinal(day_of(found.found_at)),
            value=self._value([(found.part_id, n_asked)]),
        )

    def _packed(self, found: Found) -> int | None:
        """Pieces on the list: of the case, where one is named, else of the lot."""
        case = self.book.cases.get(found.case_id or "")
        if case is not None:
            listed = [n_parts for part_id, _, n_parts in case.lines if part_id == found.part_id]
            return sum(listed) if listed else None
        cell = self.book.cells.get((found.kit_lot_id, found.part_id))
        return cell.packed if cell is not None and cell.packed else None

    def _claimed_of(self, found: Found) -> int:
        """Pieces found short or bad of the same part in the same place, and not used after all."""
        return sum(
            other.n_parts - self.book.usable[other.discrepancy_id]
            for other in self.book.found.values()
            if (other.kit_lot_id, other.part_id) == (found.kit_lot_id, found.part_id)
            and (found.case_id is None or other.case_id == found.case_id)
        )


def _state(claim: ClaimBook) -> ClaimState:
    return next(state for state in get_args(ClaimState) if state == claim.state)


def _bucket(lines: list[ClaimLine], first: int, last: int | None) -> AgeBucket:
    name = next(name for name in AGES if name == bucket_of(first))
    own = [line for line in lines if line.is_open and bucket_of(line.age_days) == name]
    return AgeBucket(days=name, claims=len(own), value=_open_value(own))


def _open_value(lines: Sequence[ClaimLine]) -> float | None:
    """What is open of claims, as far as it is known; None when it is of none."""
    known = [line.open_value for line in lines if line.open_value is not None]
    return round(sum(known), 2) if known or not lines else None
