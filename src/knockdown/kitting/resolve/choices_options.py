"""Options for a missing part: wait for what is coming, borrow and pay back, buy locally, ask again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from knockdown.kitting.question import Option, Term
from knockdown.kitting.resolve.choices_facts import (
    ChoiceFacts,
    DonorFact,
    LocalFact,
    MissingPart,
    ReorderFact,
    ShortFact,
    SourceFact,
)
from knockdown.kitting.resolve.choices_pools import PoolBook, by_part, iso


@dataclass(frozen=True, slots=True)
class _Payback:
    """Where pieces come from that a donor is owed."""

    text: str
    day: int
    piece_cents: int
    pools: tuple[int, ...]
    order: int | None


class OptionBook:
    """Makes the options of each missing part; all draw on the same pools."""

    def __init__(self, facts: ChoiceFacts, pools: PoolBook) -> None:
        self.facts, self.pools = facts, pools
        self._sources, self._donors = by_part(facts.sources), by_part(facts.donors)
        self._locals, self._reorders = by_part(facts.locals), by_part(facts.reorders)
        self._shipments = {fact.partner: fact.cents for fact in facts.shipments}
        self.n_missing: Counter[str] = Counter()
        for short in facts.shorts:
            for missing in short.shortages:
                self.n_missing[missing.part_id] += missing.n_parts

    def options(self, short: ShortFact, missing: MissingPart) -> list[Option]:
        """Every way to get the pieces, dominated ones too."""
        return [
            *self._waits(short, missing),
            *self._borrows(short, missing),
            *map(self._local, self._bought(missing)),
            *map(self._reorder, self._asked_again(missing)),
        ]

    def _coming(self, short: ShortFact, missing: MissingPart) -> Iterator[tuple[int, SourceFact, int]]:
        """Sources of the unit's own lot or of none, the day they can be used, and their pools."""
        for ix, source in self._sources.get(missing.part_id, ()):
            if source.kit_lot_id is None or source.kit_lot_id == short.kit_lot_id:
                name = f"{source.ref}: {source.part_id}"
                pool = self.pools.of(("source", ix), name, source.n_parts)
                yield max(source.day, self.facts.at_day), source, pool

    def _bought(self, missing: MissingPart) -> list[LocalFact]:
        return [fact for _, fact in self._locals.get(missing.part_id, ())]

    def _asked_again(self, missing: MissingPart) -> list[ReorderFact]:
        known = [fact for _, fact in self._reorders.get(missing.part_id, ())]
        lead = self.facts.reorder_lead_days
        return known or [ReorderFact(missing.part_id, lead, missing.unit_cost_cents)]

    def _waits(self, short: ShortFact, missing: MissingPart) -> Iterator[Option]:
        for day, source, pool in self._coming(short, missing):
            sure = f" ({source.confidence})" if source.confidence else ""
            yield Option("wait", f"wait for {source.ref} on {iso(day)}{sure}", day, (), (), (pool,))

    def _local(self, fact: LocalFact) -> Option:
        day = self.facts.at_day + fact.lead_days
        piece, order = _terms("local purchase", fact.piece_cents), self._local_order(fact)
        return Option("local", f"buy locally, there on {iso(day)}", day, piece, (), (), order)

    def _reorder(self, fact: ReorderFact) -> Option:
        day = self.facts.at_day + fact.lead_days
        label = f"ask {fact.partner} again, there on {iso(day)}"
        piece = _terms("ordered again", fact.piece_cents)
        return Option("reorder", label, day, piece, (), (), self._shipment(fact))

    def _local_order(self, fact: LocalFact) -> int | None:
        return self.pools.order(f"local order of {fact.part_id}", "local order", fact.fixed_cents)

    def _shipment(self, fact: ReorderFact) -> int | None:
        """All that is asked of a partner is asked today: one shipment a partner."""
        cents = self._shipments.get(fact.partner, 0)
        return self.pools.order(f"extra shipment from {fact.partner}", "extra shipment", cents)

    def _borrows(self, short: ShortFact, missing: MissingPart) -> Iterator[Option]:
        paybacks = list(self._paybacks(short, missing))
        for ix, donor in self._donors.get(missing.part_id, ()):
            if donor.unit_id == short.unit_id:
                continue
            pool = self.pools.of(("donor", ix), f"{_whose(donor)}: {donor.part_id}", donor.n_parts)
            for payback in paybacks if donor.lot_id is not None else [None]:
                yield self._borrow(donor, pool, payback)

    def _paybacks(self, short: ShortFact, missing: MissingPart) -> Iterator[_Payback]:
        at_day = self.facts.at_day
        for day, source, pool in self._coming(short, missing):
            yield _Payback(f"from {source.ref} on {iso(day)}", day, 0, (pool,), None)
        for bought in self._bought(missing):
            day = at_day + bought.lead_days
            text = f"with a local purchase on {iso(day)}"
            yield _Payback(text, day, bought.piece_cents, (), self._local_order(bought))
        for asked in self._asked_again(missing):
            day = at_day + asked.lead_days
            text = f"with pieces ordered again from {asked.partner}, on {iso(day)}"
            yield _Payback(text, day, asked.piece_cents, (), self._shipment(asked))

    def _borrow(self, donor: DonorFact, pool: int, payback: _Payback | None) -> Option:
        label = f"borrow from {_whose(donor)}"
        label += f"; pay back {payback.text}" if payback else ""
        piece = _terms("handling", self.facts.handling_cents) + _terms("duty and origin", donor.duty_cents)
        if payback is None:
            return Option("borrow", label, self.facts.at_day, piece, (), (pool,), None, donor.origin_note)
        piece += _terms("payback", payback.piece_cents)
        late_days = max(0, payback.day - donor.need_day) if donor.need_day is not None else 0
        fixed = _terms("donor's delay", late_days * donor.late_cents_day)
        pools = (pool, *payback.pools)
        return Option(
            "borrow", label, self.facts.at_day, piece, fixed, pools, payback.order, donor.origin_note
        )


def _whose(donor: DonorFact) -> str:
    lot = f"lot {donor.lot_id}" if donor.lot_id is not None else "common stock"
    return f"{lot}, unit {donor.unit_id}" if donor.unit_id is not None else f"{lot}, spare"


def _terms(name: str, cents: int) -> tuple[Term, ...]:
    return (Term(name, cents),) if cents else ()
