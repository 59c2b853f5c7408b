"""From the kit book to the question which units can be finished: open units, their needs, what comes when.

What comes, and when, by these rules, each shown with its kind in the answer:

- on hand: good pieces in store of a cleared lot, and loose pieces, today;
- unopened: pieces in closed cases on site and cleared, tomorrow, for a case must be opened first;
- customs, bonded, transit, ordered: on the day expected, which is tomorrow at the earliest;
- claim: what an accepted claim promises, on its day; of a claim that was sent and not answered,
  `replace_days` of its contract after it was sent, an estimate;
- of a day that passed, as `promises` reckons it anew;
- payback: of what a lot that owes pieces to another gets under a claim, or has lying beyond what its own
  open units need, as many go to the lender first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from knockdown.basics.ids import extended_id
from knockdown.kitting.book import BorrowBook, CaseBook, KitBook, LotBook, UnitBook
from knockdown.kitting.kit_needs import KitNeeds, open_kits
from knockdown.kitting.moments import day_of
from knockdown.kitting.promises import When, claim_when, lot_when
from knockdown.kitting.question import Need, OpenUnit, ReadyQuestion, Recipe, Supply, SupplyKind, UnitStage
from knockdown.kitting.terms import BomEntry, KitPlant


@dataclass(slots=True)
class Outlook:
    """The question, and what an answer is told with.

    Parameters
    ----------
    question : ReadyQuestion
    untracked : frozenset of str
        Loose parts that nobody ever counted or received; taken as there.
    estimated : frozenset of int
        Indices of supplies whose day nobody promised.
    no_list : tuple of str
        Lots whose content is taken from the supply list, because no packing list was imported.
    today : int
        The day on which it is asked; before the question's day, the answer is a forecast.
    lapsed : mapping of int to int
        Of the estimated supplies those for which an earlier day was told, and that day.
    """

    question: ReadyQuestion
    untracked: frozenset[str] = frozenset()
    estimated: frozenset[int] = frozenset()
    no_list: tuple[str, ...] = ()
    today: int = 0
    lapsed: Mapping[int, int] = field(default_factory=dict)


def outlook(plant: KitPlant, book: KitBook, at_day: int, today: int | None = None) -> Outlook:
    """Ask which units can be finished.

    Parameters
    ----------
    plant : KitPlant
    book : KitBook
    at_day : int
        The day asked about; supplies that came or will have come by then count as there.
    today : int, optional
        The day on which it is asked: what is not there comes a day later at the earliest. By default
        `at_day`.
    """
    return _Outlook(plant, book, at_day, at_day if today is None else min(today, at_day)).made()


@dataclass
class _Outlook:
    plant: KitPlant
    book: KitBook
    at_day: int
    today: int
    recipes: dict[tuple[Need, ...], int] = field(default_factory=dict)
    untracked: set[str] = field(default_factory=set)
    _open: tuple[OpenUnit, ...] = ()
    _whole: dict[int, tuple[tuple[BomEntry, ...], int]] = field(default_factory=dict)

    def made(self) -> Outlook:
        units = self._open = tuple(self._units())
        told = list(self._with_paybacks())
        supplies = tuple(supply for supply, _ in told)
        question = ReadyQuestion(self.at_day, units, tuple(map(Recipe, self.recipes)), supplies)
        estimated = frozenset(ix for ix, (_, when) in enumerate(told) if not when.is_promised)
        lapsed = {ix: when.lapsed for ix, (_, when) in enumerate(told) if when.lapsed is not None}
        return Outlook(question, frozenset(self.untracked), estimated, self.no_list, self.today, lapsed)

    @cached_property
    def needs(self) -> KitNeeds:
        return needs_of(self.plant, self.book)

    @cached_property
    def _units_of(self) -> dict[str, list[UnitBook]]:
        return self.book.units_of()

    # Units

    def _units(self) -> Iterator[OpenUnit]:
        for unit in sorted(self.book.units.values(), key=lambda unit: unit.unit_id):
            if self._is_open(unit):
                yield self._begun(unit)
        for lot in self.book.lots.values():
            if lot.variant_id is not None:
                yield from self._not_begun(lot, lot.variant_id)

    def _is_open(self, unit: UnitBook) -> bool:
        if unit.variant_id not in self.plant.variants or unit.stage == "gone":
            return False
        return unit.stage != "off_line" or bool(unit.open_part_ids)

    def _begun(self, unit: UnitBook) -> OpenUnit:
        variant = self.plant.variants[unit.variant_id or ""]
        entries = self.needs.kit(variant.variant_id, unit.kit_lot_id, unit.kit_no, self.at_day)
        wanted = still_needed(self.plant, unit, entries)
        stage: UnitStage = unit.stage  # type: ignore[assignment]
        return OpenUnit(
            unit_id=unit.unit_id,
            kit_lot_id=unit.kit_lot_id,
            kit_no=unit.kit_no,
            variant_id=variant.variant_id,
            line_id=unit.line_id or variant.line_id,
            stage=stage,
            recipe_ix=self._recipe(
                Need(e.part_id, n, e.station_id) for e, n in wanted if self._is_tracked(e)
            ),
            worth_cents=variant.worth_cents,
            due_day=None if unit.due_at is None else day_of(unit.due_at),
        )

    def _not_begun(self, lot: LotBook, variant_id: str) -> Iterator[OpenUnit]:
        """Kits of a lot for which no unit was named: each is a unit that could be built."""
        named = {unit.kit_no for unit in self._units_of.get(lot.kit_lot_id, ())}
        variant = self.plant.variants.get(variant_id)
        if variant is None:
            return
        for kit_no in open_kits(lot.n_kits, lot.n_used, (number for number in named if number)):
            if kit_no in named:
                continue
            entries = self.needs.kit(variant_id, lot.kit_lot_id, kit_no, self.at_day)
            if id(entries) not in self._whole:  # kits that are alike share their bill of material
                wanted = (Need(e.part_id, e.n_parts, e.station_id) for e in entries if self._is_tracked(e))
                self._whole[id(entries)] = entries, self._recipe(wanted)
            yield OpenUnit(
                unit_id=unit_name(lot.kit_lot_id, kit_no),
                kit_lot_id=lot.kit_lot_id,
                kit_no=kit_no,
                variant_id=variant_id,
                line_id=variant.line_id,
                stage="planned",
                recipe_ix=self._whole[id(entries)][1],
                worth_cents=variant.worth_cents,
                due_day=None,
            )

    def _is_tracked(self, entry: BomEntry) -> bool:
        """Loose parts that nobody ever counted do not stop a unit; they are named in the answer."""
        if entry.mode == "lot" or (None, entry.part_id) in self.book.cells:
            return True
        self.untracked.add(entry.part_id)
        return False

    def _recipe(self, needs: Iterable[Need]) -> int:
        """Index of a recipe; its needs stand in the order of the stations."""
        ordered = sorted(needs, key=lambda need: self.plant.stations[need.station_id].position)
        merged: dict[str, Need] = {}
        for need in ordered:  # a part of several stations is needed whole by the first
            first = merged.get(need.part_id)
            merged[need.part_id] = (
                need if first is None else replace(first, n_parts=first.n_parts + need.n_parts)
            )
        return self.recipes.setdefault(tuple(merged.values()), len(self.recipes))

    # Supplies

    def _with_paybacks(self) -> Iterator[tuple[Supply, When]]:
        """Supplies, of which what is owed goes to the lots that lent."""
        debts: dict[tuple[str | None, str], list[BorrowBook]] = defaultdict(list)
        for borrow in self.book.borrows.values():
            if borrow.n_owed > 0:
                debts[borrow.to_kit_lot_id, borrow.part_id].append(borrow)
        paid: Counter[str] = Counter()
        for supply, when in self._supplies():
            left = supply.n_parts
            owed = debts.get((supply.kit_lot_id, supply.part_id), ())
            free = self._free(supply) if owed else 0
            for borrow in owed:
                n_parts = min(free, borrow.n_owed - paid[borrow.borrow_id])
                if n_parts > 0:
                    lender, ref = borrow.from_kit_lot_id, borrow.borrow_id
                    yield Supply(supply.part_id, n_parts, lender, supply.day, "payback", ref), when
                    paid[borrow.borrow_id] += n_parts
                    left -= n_parts
                    free -= n_parts
            if left > 0:
                whole = left == supply.n_parts
                yield (supply if whole else replace(supply, n_parts=left)), when

    def _free(self, supply: Supply) -> int:
        """Pieces that a lot may pay back: all that a claim brings, of others what its units do not need."""
        if supply.kind == "claim":
            return supply.n_parts
        lists = list(self.recipes)
        needed = sum(
            need.n_parts
            for unit in self._open
            if unit.kit_lot_id == supply.kit_lot_id
            for need in lists[unit.recipe_ix]
            if need.part_id == supply.part_id
        )
        return max(0, supply.n_parts - needed) if supply.kind == "on_hand" else 0

    def _supplies(self) -> Iterator[tuple[Supply, When]]:
        for (lot_id, part_id), cell in self.book.cells.items():
            if cell.on_hand > 0:
                lot = self.book.lots.get(lot_id or "")
                kind, when = self._where(lot, "cleared" if lot is None else lot.status, "on_hand")
                yield Supply(part_id, cell.on_hand, lot_id, when.day, kind, lot_id), when
        for case in self.book.cases.values():
            if case.opened_at is None:
                yield from self._closed(case)
        for lot_id in self.no_list:
            yield from self._by_supply_list(self.book.lots[lot_id])
        yield from self._claims()

    def _where(self, lot: LotBook | None, status: str, here: SupplyKind) -> tuple[SupplyKind, When]:
        """What pieces of a lot come from, and when they can be used."""
        if status == "cleared":
            return here, When(self.today if here == "on_hand" else self.today + 1, True)
        assert lot is not None
        return status, lot_when(lot, status, self.today)  # type: ignore[return-value]

    def _closed(self, case: CaseBook) -> Iterator[tuple[Supply, When]]:
        lot = self.book.lots.get(case.kit_lot_id)
        status = "cleared" if lot is None else lot.status_of(case.container_id)
        kind, when = self._where(lot, status, "unopened")
        for part_id, n_parts in case.held.items():
            if n_parts > 0:
                yield Supply(part_id, n_parts, case.kit_lot_id, when.day, kind, case.case_id), when

    @cached_property
    def no_list(self) -> tuple[str, ...]:
        """Lots of which no case is known."""
        listed = {case.kit_lot_id for case in self.book.cases.values()}
        return tuple(
            sorted(name for name, lot in self.book.lots.items() if name not in listed and lot.variant_id)
        )

    def _by_supply_list(self, lot: LotBook) -> Iterator[tuple[Supply, When]]:
        if lot.variant_id not in self.plant.variants:
            return
        begun = (unit.kit_no or 0 for unit in self._units_of.get(lot.kit_lot_id, ()))
        kit_nos = open_kits(lot.n_kits, lot.n_used, begun)
        content = self.needs.lot_content(lot.kit_lot_id, lot.variant_id or "", kit_nos, self.at_day)
        kind, when = self._where(lot, lot.status_of(None), "unopened")
        for part_id, n_parts in content.items():
            left = n_parts - self._given(lot.kit_lot_id, part_id)
            if left > 0:
                yield Supply(part_id, left, lot.kit_lot_id, when.day, kind, lot.kit_lot_id), when

    def _given(self, lot_id: str, part_id: str) -> int:
        """Pieces of a lot without a packing list that already went away, or were found missing or bad."""
        cell = self.book.cells.get((lot_id, part_id))
        return 0 if cell is None else max(0, -cell.on_hand)

    def _claims(self) -> Iterator[tuple[Supply, When]]:
        for claim in self.book.claims.values():
            when = claim_when(self.plant, self.book, claim, self.today)
            if when is None:
                continue
            for part_id, n_parts in self.book.open_of(claim).items():
                yield Supply(part_id, n_parts, claim.kit_lot_id, when.day, "claim", claim.claim_id), when


def needs_of(plant: KitPlant, book: KitBook) -> KitNeeds:
    """Bills of material of kits, with the lots in the order in which they were ordered."""
    order = sorted(book.lots.values(), key=lambda lot: (lot.ordered_at or 0, lot.kit_lot_id))
    return KitNeeds(plant, [lot.kit_lot_id for lot in order])


def still_needed(
    plant: KitPlant, unit: UnitBook, entries: Iterable[BomEntry]
) -> Iterator[tuple[BomEntry, int]]:
    """What a unit lacks: of its kit what it was not given; loose parts of the stations ahead of it."""
    got = unit.got()
    at = plant.stations.get(unit.station_id or "")
    for entry in entries:
        if unit.stage == "off_line" and entry.part_id not in unit.open_part_ids:
            continue
        station = plant.stations[entry.station_id]
        is_behind = at is not None and station.line_id == at.line_id and station.position < at.position
        if entry.mode != "lot" and is_behind and unit.stage == "in_work":
            continue
        if entry.mode == "lot" and unit.kit_lot_id is None:  # nobody knows which kit it is built from
            continue
        have = min(entry.n_parts, got[entry.part_id])
        got[entry.part_id] -= have
        if entry.n_parts > have:
            yield entry, entry.n_parts - have


def unit_name(kit_lot_id: str, kit_no: int) -> str:
    """The name of the unit that is built from a kit, until somebody gives it another.

    >>> unit_name("202601-14-b1025c", 9)
    '202601-14-b1025c.09'
    """
    return extended_id(kit_lot_id, f".{kit_no:02d}")
