"""The answer to "what about the missing parts", as the document people and scripts read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from knockdown.documents.kit_resolve import (
    ClaimDraft,
    CostTerm,
    KitResolve,
    OrderLine,
    PartDecision,
    PolicyLine,
    RunnerUpLine,
    TakenFrom,
    UnitDecision,
    UnpricedPart,
)
from knockdown.documents.paper import Provenance
from knockdown.kitting.book import Found, KitBook
from knockdown.kitting.moments import day_of
from knockdown.kitting.question import Term
from knockdown.kitting.resolve.answer import PartAnswer, ResolveAnswer, RunnerUp, UnitAnswer
from knockdown.kitting.resolve.choices_facts import ChoiceFacts, MissingPart, ShortFact
from knockdown.kitting.terms import MEASURED, PER_UNIT, KitPlant
from knockdown.kitting.worth import PartPrices

CENTS = 100


@dataclass
class ResolveTeller:
    """Everything the document says."""

    plant: KitPlant
    book: KitBook
    facts: ChoiceFacts
    answer: ResolveAnswer
    position: int
    part_id: str | None

    def document(self, provenance: Provenance) -> KitResolve:
        """The document."""
        answer = self.answer
        claims, unpriced = tuple(self._claims()), tuple(self._unpriced())
        assumed = {"parts.unit_cost"} if any(part.assumed is not None for part in unpriced) else set()
        return KitResolve(
            plant=self.plant.plant_id,
            at=date.fromordinal(self.facts.at_day),
            position=self.position,
            currency=self.plant.currency,
            part=self.part_id,
            status=answer.status,
            objective=_money(answer.objective),
            bound=_money(answer.bound),
            gap=answer.gap,
            seconds=round(answer.seconds, 3),
            work=answer.work,
            n_units=len(self.facts.shorts),
            n_shortages=sum(len(short.shortages) for short in self.facts.shorts),
            units=tuple(self._unit(unit) for unit in answer.units),
            orders=tuple(
                OrderLine(what=order.label, cost=order.cents / CENTS, vehicles=order.n_units)
                for order in answer.orders
            ),
            terms=_terms(answer.terms),
            policies=tuple(
                PolicyLine(policy=each.name, cost=_money(each.cents), why=each.why)
                for each in answer.policies
            ),
            runner_ups=tuple(self._runner_up(each) for each in answer.runner_ups),
            claims=claims,
            unmet=tuple(
                f"{each.unit_id}: {each.n_parts} of {each.part_id or 'no part'}: {each.why}"
                for each in answer.unmet
            ),
            unpriced_parts=unpriced,
            assumptions=tuple(sorted(self.plant.assumed | assumed)),
            provenance=provenance,
        )

    @cached_property
    def _prices(self) -> PartPrices:
        return PartPrices(self.plant, self.book, self.facts.at_day)

    @cached_property
    def _parts(self) -> set[str]:
        """The parts in question."""
        return {lack.part_id for short in self.facts.shorts for lack in short.shortages}

    def _unpriced(self) -> Iterator[UnpricedPart]:
        for part_id in sorted(self._parts):
            basis = self._prices.basis(part_id)
            n_parts = PER_UNIT if self.plant.parts[part_id].unit in MEASURED else 1
            if basis != "listed":
                price = self._prices.cents(part_id, n_parts) / CENTS if basis == "assumed" else None
                yield UnpricedPart(part=part_id, assumed=price)

    @cached_property
    def _shorts(self) -> dict[str, ShortFact]:
        return {short.unit_id: short for short in self.facts.shorts}

    def _unit(self, unit: UnitAnswer) -> UnitDecision:
        short = self._shorts[unit.unit_id]
        known = self.book.units.get(unit.unit_id)
        return UnitDecision(
            unit=unit.unit_id,
            kit_lot=short.kit_lot_id,
            kit_no=known.kit_no if known is not None else _number(unit.unit_id),
            variant=short.variant,
            course=unit.kind,
            what=unit.label,
            start=date.fromordinal(unit.start_day),
            finish=date.fromordinal(unit.finish_day),
            due=None if short.due_day is None else date.fromordinal(short.due_day),
            parts=tuple(
                self._part(lack, part) for lack, part in zip(short.shortages, unit.parts, strict=True)
            ),
            cost=unit.cents / CENTS,
            terms=_terms(unit.terms),
        )

    def _part(self, lack: MissingPart, part: PartAnswer) -> PartDecision:
        fact = self.plant.parts[lack.part_id]
        return PartDecision(
            part=fact.part_id,
            name=fact.name,
            pieces=lack.n_parts,
            unit=fact.unit,
            station=lack.station_id,
            needed=date.fromordinal(lack.need_day),
            sources=tuple(
                TakenFrom(
                    kind=take.kind,
                    what=take.label,
                    pieces=take.n_parts,
                    date=date.fromordinal(take.day),
                    cost=take.cents / CENTS,
                    order_share=take.order_cents / CENTS,
                    note=take.note,
                )
                for take in part.takes
            ),
        )

    def _runner_up(self, other: RunnerUp) -> RunnerUpLine:
        return RunnerUpLine(
            unit=other.unit_id,
            instead=other.change,
            course=other.instead.kind,
            finish=date.fromordinal(other.instead.finish_day),
            more=other.more_cents / CENTS,
            at_most=other.at_most,
            alike=other.n_alike,
            note=other.note,
        )

    def _claims(self) -> Iterator[ClaimDraft]:
        """Discrepancies of the parts in question that stand in no claim, a draft a lot."""
        by_lot: dict[str, list[Found]] = defaultdict(list)
        for found in self.book.found.values():
            if found.claim_id is None and found.part_id in self._parts:
                by_lot[found.kit_lot_id].append(found)
        for lot_id, rows in sorted(by_lot.items()):
            lot = self.book.lots[lot_id]
            contract = self.plant.contracts.get(lot.contract_id or "")
            if contract is None:
                continue
            arrived = None if lot.arrived_at is None else day_of(lot.arrived_at)
            due = None if arrived is None else date.fromordinal(arrived + contract.claim_days)
            cents = sum(self._prices.cents(found.part_id, found.n_parts) for found in rows)
            bases = {self._prices.basis(found.part_id) for found in rows}
            yield ClaimDraft(
                lot=lot_id,
                partner=contract.partner_id,
                discrepancies=tuple(found.discrepancy_id for found in rows),
                parts=tuple(sorted({found.part_id for found in rows})),
                value=None if "unknown" in bases else cents / CENTS,
                is_assumed="assumed" in bases,
                due=due,
            )


def _number(unit_id: str) -> int | None:
    number = unit_id.rpartition(".")[2]
    return int(number) if number.isdecimal() and number.isascii() else None


def _money(cents: int | None) -> float | None:
    return None if cents is None else cents / CENTS


def _terms(terms: tuple[Term, ...]) -> tuple[CostTerm, ...]:
    return tuple(CostTerm(name=term.name, amount=term.cents / CENTS) for term in terms)
