"""What is there on the opening day, told as events: so the room has one way to know a plant, its events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from knockdown.basics.ids import extended_id
from knockdown.events.codes import ClaimCode, Packaging
from knockdown.events.envelope import Event, tell
from knockdown.events.happening import MAX_IDS, Happening
from knockdown.events.vocabulary import (
    CaseOpened,
    CasePacked,
    ClaimAccepted,
    ClaimDrafted,
    ClaimRejected,
    ClaimSent,
    DiscrepancyFound,
    KitIssued,
    KitLotArrived,
    KitLotCleared,
    KitLotOrdered,
    KitLotShipped,
    StockCounted,
    UnitLeftLine,
    UnitPlanned,
    UnitReleased,
    WorkStarted,
)
from knockdown.kitting.kit_needs import KitNeeds, open_kits
from knockdown.kitting.moments import ms_of
from knockdown.kitting.terms import (
    KitPlant,
    OpeningCase,
    OpeningLot,
    OpeningShortage,
    OpeningUnit,
    StockFact,
)
from knockdown.kitting.worth import part_cents

RUN = "floor"
ALL = ".all"


def opening_events(plant: KitPlant) -> tuple[Event, ...]:
    """What the description says is there on the opening day, as the floor would have told it.

    The content of a case is what the supply list has in its groups, for the kits not used: a packing
    list that was imported says more. Ids are made from content, so telling it again gives the same.
    """
    return tuple(_Opening(plant).events())


class _Opening:
    def __init__(self, plant: KitPlant) -> None:
        self.plant = plant
        self.opening = plant.opening
        self.needs = KitNeeds(plant)
        self.versions: Counter[str] = Counter()
        self.found: dict[str, str] = {}

    def events(self) -> Iterator[Event]:
        for lot in self.opening.lots:
            yield from self._lot(lot)
        for unit in self.opening.units:
            yield from self._unit(unit)
        for shortage in self.opening.shortages:
            yield self._shortage(shortage)
        yield from self._claims()
        for stock in self.opening.stock:
            yield from self._unnamed(stock)
        for loose in self.opening.loose:
            counted = StockCounted(part_id=loose.part_id, n_parts=loose.n_parts)
            yield self._tell(counted, self.plant.plant_id, self.opening.day, loose.store_id)

    def _tell(self, body: Happening, subject_id: str, day: int, place: str | None = None) -> Event:
        self.versions[f"{body.subject_type}/{subject_id}"] += 1
        return tell(
            body,
            writer="floor",
            run=RUN,
            subject_id=subject_id,
            version=self.versions[f"{body.subject_type}/{subject_id}"],
            happened_at=ms_of(day),
            place=place,
        )

    # Lots and cases

    def _lot(self, lot: OpeningLot) -> Iterator[Event]:
        today = self.opening.day
        ordered = min(lot.ordered_day or today, today)
        expected = None if lot.expected_day is None else ms_of(lot.expected_day)
        body = KitLotOrdered(
            contract_id=lot.contract_id,
            variant_id=lot.variant_id,
            n_kits=lot.n_kits,
            n_used=lot.n_used,
            expected_at=expected,
            value_cents=lot.cost_cents,
            currency=self.plant.currency,
        )
        yield self._tell(body, lot.kit_lot_id, ordered)
        if lot.status != "ordered":
            yield self._tell(KitLotShipped(expected_at=expected), lot.kit_lot_id, ordered)
        here = min(lot.expected_day or today, today)
        if lot.status in ("customs", "cleared"):
            yield self._tell(KitLotArrived(), lot.kit_lot_id, here)
        if lot.status == "cleared":
            yield self._tell(KitLotCleared(), lot.kit_lot_id, here)
        yield from self._cases(lot, here)

    def _cases(self, lot: OpeningLot, here: int) -> Iterator[Event]:
        cases = [case for case in self.opening.cases if case.kit_lot_id == lot.kit_lot_id]
        if not cases and lot.status == "cleared":
            cases = [OpeningCase(extended_id(lot.kit_lot_id, ALL), lot.kit_lot_id, None, (), "crate", here)]
        if not cases:
            return
        begun = (
            u.kit_no for u in self.opening.units if u.kit_lot_id == lot.kit_lot_id and u.state != "planned"
        )
        kit_nos = open_kits(lot.n_kits, lot.n_used, begun)
        content = self.needs.lot_content(lot.kit_lot_id, lot.variant_id, kit_nos)
        by_case = self._shared_out(cases, content)
        for case in cases:
            yield from self._packed(case, by_case[case.case_id], here)
            if case.opened_day is not None:
                day = min(case.opened_day, self.opening.day)
                yield self._tell(CaseOpened(kit_lot_id=lot.kit_lot_id), case.case_id, day)

    def _shared_out(self, cases: list[OpeningCase], content: dict[str, int]) -> dict[str, dict[str, int]]:
        """What is in each case: its groups; the case without groups, or the first, has the rest."""
        home = {group: case.case_id for case in cases for group in case.groups}
        rest = next((case for case in cases if not case.groups), cases[0]).case_id
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for part_id, n_parts in content.items():
            found[home.get(self.plant.parts[part_id].group, rest)][part_id] = n_parts
        return found

    def _packed(self, case: OpeningCase, content: dict[str, int], day: int) -> Iterator[Event]:
        lines = sorted(content.items())
        pages = [lines[first : first + MAX_IDS] for first in range(0, len(lines), MAX_IDS)] or [[]]
        for page_no, page in enumerate(pages, start=1):
            body = CasePacked(
                kit_lot_id=case.kit_lot_id,
                revision=1,
                part_ids=tuple(part_id for part_id, _ in page),
                n_each=tuple(n_parts for _, n_parts in page),
                page_no=page_no,
                n_pages=len(pages),
                container_id=case.container_id,
                packaging=Packaging.read(case.packaging),
            )
            yield self._tell(body, case.case_id, day)

    # Units

    def _unit(self, unit: OpeningUnit) -> Iterator[Event]:
        lot = next(lot for lot in self.opening.lots if lot.kit_lot_id == unit.kit_lot_id)
        line = self.plant.variants[lot.variant_id].line_id
        day = min(unit.released_day or self.opening.day, self.opening.day)
        planned = UnitPlanned(
            variant_id=lot.variant_id,
            line_id=line,
            period="opening",
            kit_lot_id=lot.kit_lot_id,
            kit_no=unit.kit_no,
            due_at=None if unit.due_day is None else ms_of(unit.due_day),
        )
        yield self._tell(planned, unit.unit_id, day)
        if unit.state == "planned":
            return
        released = UnitReleased(
            variant_id=lot.variant_id, line_id=line, kit_lot_id=lot.kit_lot_id, kit_no=unit.kit_no
        )
        yield self._tell(released, unit.unit_id, day)
        content = self.needs.lot_content(lot.kit_lot_id, lot.variant_id, (unit.kit_no,))
        lines = [(part, n_parts) for part, n_parts in sorted(content.items()) if part not in unit.missing]
        for first in range(0, len(lines), MAX_IDS):
            page = lines[first : first + MAX_IDS]
            part_ids, n_each = tuple(part for part, _ in page), tuple(n for _, n in page)
            issued = KitIssued(unit_id=unit.unit_id, part_ids=part_ids, n_each=n_each)
            yield self._tell(issued, lot.kit_lot_id, day)
        if unit.state == "in_work":
            yield self._tell(WorkStarted(), unit.unit_id, self.opening.day, unit.station_id)
        if unit.state == "off_line":
            left = UnitLeftLine(line_id=line, open_part_ids=unit.missing)
            yield self._tell(left, unit.unit_id, self.opening.day)

    def _unnamed(self, stock: StockFact) -> Iterator[Event]:
        """Units that have no name and no known kit."""
        line, today = self.plant.variants[stock.variant_id].line_id, self.opening.day
        for number in range(1, stock.n_units + 1):
            unit_id = f"{stock.variant_id[:40]}.{stock.place}-{number:03d}"
            planned = UnitPlanned(variant_id=stock.variant_id, line_id=line, period="opening")
            yield self._tell(planned, unit_id, today)
            if stock.place == "finished":
                yield self._tell(UnitLeftLine(line_id=line), unit_id, today)
            else:
                yield self._tell(UnitReleased(variant_id=stock.variant_id, line_id=line), unit_id, today)

    # Discrepancies and claims

    def _shortage(self, short: OpeningShortage) -> Event:
        body = DiscrepancyFound(
            part_id=short.part_id,
            claim_code=ClaimCode.read(short.code),
            n_parts=short.n_parts,
            case_id=short.case_id,
            in_assembly=short.in_assembly,
        )
        event = self._tell(body, short.kit_lot_id, short.found_day)
        self.found[short.shortage_id] = event.event_id
        return event

    def _claims(self) -> Iterator[Event]:
        claims: dict[tuple[str, str], list[OpeningShortage]] = defaultdict(list)
        for short in self.opening.shortages:
            if short.claim_id is not None:
                claims[short.kit_lot_id, short.claim_id].append(short)
        for (lot_id, claim_id), rows in claims.items():
            yield from self._claim(lot_id, claim_id, rows)

    def _claim(self, lot_id: str, claim_id: str, rows: list[OpeningShortage]) -> Iterator[Event]:
        """A claim of the opening; its steps are dated on the day of the last find, an assumption."""
        day = max(row.found_day for row in rows)
        lot = next(lot for lot in self.opening.lots if lot.kit_lot_id == lot_id)
        due = (lot.expected_day or day) + self.plant.contracts[lot.contract_id].claim_days
        value = sum(part_cents(self.plant, row.part_id, row.n_parts) for row in rows)
        drafted = ClaimDrafted(
            claim_id=claim_id,
            discrepancy_ids=tuple(self.found[row.shortage_id] for row in rows),
            due_at=ms_of(due),
            value_cents=value,
            currency=self.plant.currency,
        )
        yield self._tell(drafted, lot_id, day)
        state = rows[0].claim_state
        if state != "draft":
            yield self._tell(ClaimSent(claim_id=claim_id), lot_id, day)
        expected = next((row.expected_day for row in rows if row.expected_day is not None), None)
        if state == "accepted":
            at = None if expected is None else ms_of(expected)
            yield self._tell(ClaimAccepted(claim_id=claim_id, expected_at=at), lot_id, day)
        if state == "rejected":
            yield self._tell(ClaimRejected(claim_id=claim_id, reason="as described"), lot_id, day)
