"""Random lawful histories of a small plant's kits, and a second count of every piece to hold the book to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from knockdown.basics.faults import BadInput
from knockdown.events.codes import ClaimCode, Disposition
from knockdown.events.command import Command
from knockdown.events.commands import (
    CountStock,
    FitPart,
    ReceivePartLot,
    ReleaseUnit,
    RemovePart,
    StartWork,
    TakeOffLine,
    VoidEntry,
)
from knockdown.events.decide import Refusal, decide
from knockdown.events.envelope import Event
from knockdown.events.life.fold import State, after, born
from knockdown.kitting.acts import Acts
from knockdown.kitting.acts_claims import ClaimActs
from knockdown.kitting.book import Key, KitBook
from knockdown.kitting.fold import fold
from knockdown.kitting.moments import ms_of
from knockdown.kitting.opening import opening_events
from knockdown.kitting.outlook import unit_name
from knockdown.kitting.terms import (
    BomEntry,
    ContractFact,
    Costs,
    KitPlant,
    LooseFact,
    Opening,
    OpeningCase,
    OpeningLot,
    OpeningShortage,
    OpeningUnit,
    PartFact,
    StationFact,
    VariantFact,
)

DAY = date(2026, 1, 5).toordinal()
MINUTE_MS = 60_000
PARTS = ("P-1", "P-2", "P-3", "P-4")
LOTS = ("L-1", "L-2", "L-3")
VOIDABLE = (
    "CaseOpened", "CaseOpened", "CasePacked", "CaseCounted", "DiscrepancyFound", "SurplusFound",
    "StockCounted", "PartReplaced", "PartLotReceived", "KitIssued",
)  # fmt: skip
Body = Mapping[str, Any]


def small_plant() -> KitPlant:
    """One line of two stations, one variant of four parts, three lots: cleared, in customs, on the way."""
    parts = {
        name: PartFact(name, f"part {name}", "pcs", group, "lot", 500 * number, 30, None, 0, False)
        for number, (name, group) in enumerate(zip(PARTS, "aabc", strict=True), start=1)
    }
    parts["C-1"] = PartFact("C-1", "common bolt", "pcs", "d", "part", 10, 5, 12, 1, False)
    bom = (
        BomEntry("P-1", 1, "S1", "lot", 0.5, None, None),
        BomEntry("P-2", 2, "S1", "lot", None, None, None),
        BomEntry("P-3", 1, "S2", "lot", 0.5, None, None),
        BomEntry("P-4", 3, "S2", "lot", None, None, None),
        BomEntry("C-1", 4, "S2", "part", 0.1, None, None),
    )
    opening = Opening(
        day=DAY,
        lots=(
            OpeningLot("L-1", "K-1", "v", 6, 1, "cleared", DAY - 60, DAY - 10, 600_000),
            OpeningLot("L-2", "K-1", "v", 4, 0, "customs", DAY - 50, DAY - 2, 400_000),
            OpeningLot("L-3", "K-1", "v", 4, 0, "shipped", DAY - 30, DAY + 10, 400_000),
        ),
        cases=(
            OpeningCase("1-A", "L-1", "W-1", ("a",), "steel_frame", DAY - 9),
            OpeningCase("1-B", "L-1", "W-2", ("b",), "crate", DAY - 9),
            OpeningCase("1-C", "L-1", "W-2", ("c",), "crate", None),
            OpeningCase("2-A", "L-2", "W-3", ("a",), "steel_frame", None),
            OpeningCase("2-B", "L-2", "W-4", (), "crate", None),
        ),
        units=(
            OpeningUnit("U-1", "L-1", 2, "off_line", None, DAY - 8, DAY, ("P-3", "P-4")),
            OpeningUnit("U-2", "L-1", 3, "in_work", "S1", DAY - 1, DAY + 3, ("P-4",)),
        ),
        shortages=(OpeningShortage("D-1", "L-1", "1-A", "P-2", "S", 1, DAY - 9, False, "Q-1", "sent", None),),
        loose=(LooseFact("C-1", "store", 30),),
    )
    return KitPlant(
        plant_id="small",
        name="Small plant",
        currency="USD",
        digest="0",
        parts=parts,
        variants={"v": VariantFact("v", "Variant", "line", 2_000_000, 1.0, bom)},
        stations={
            "S1": StationFact("S1", "First", "line", 1),
            "S2": StationFact("S2", "Second", "line", 2),
        },
        lines={"line": "Line"},
        partners={"p": "Partner"},
        contracts={"K-1": ContractFact("K-1", "p", 40, 20, 30, ("steel_frame",))},
        notes=(),
        costs=Costs(100_00, 0.001, 2_000, 1.5, 2_000, 0.15, 18_000, 0.2, 0.1),
        opening=opening,
        workdays=tuple(day for day in range(DAY, DAY + 400) if date.fromordinal(day).weekday() < 5),
        day_h=8.0,
        assumed=frozenset(),
    )


# Histories


@dataclass
class History:
    """What happened so far, with the law's state of every subject."""

    plant: KitPlant
    events: list[Event] = field(default_factory=list)
    book: KitBook = field(default_factory=KitBook)
    states: dict[str, State] = field(default_factory=dict)
    n_refused: int = 0
    at_ms: int = ms_of(DAY)

    def begin(self) -> History:
        """Tell the opening."""
        for event in opening_events(self.plant):
            self._take(event)
        self.book = fold(self.events)
        return self

    def _take(self, event: Event) -> None:
        state = self.states.get(event.subject) or born(event.subject)
        self.states[event.subject] = after(state, event, self.of(event.subject))
        self.events.append(event)

    def of(self, subject: str) -> list[Event]:
        """What happened to a subject so far."""
        return [event for event in self.events if event.subject == subject]

    def do(self, make: Callable[[], Sequence[Command]]) -> bool:
        """Carry out an act wholly, or not at all where book or law refuse it."""
        kept, n_events = dict(self.states), len(self.events)
        try:
            commands = make()
        except BadInput:
            commands = ()
        for command in commands:
            state = self.states.get(command.subject) or born(command.subject)
            told = decide(state, command, self.at_ms, earlier=self.of(command.subject))
            if isinstance(told, Refusal):
                self.states = kept
                del self.events[n_events:]
                break
            for event in told:
                self._take(event)
        if len(self.events) == n_events:
            self.n_refused += 1
            return False
        self.book = fold(self.events)
        return True


def history(seed: int, n_acts: int = 40, void_share: float = 0.0) -> History:
    """A random history; the same seed gives the same. `void_share` of its acts take an earlier entry back."""
    told = History(small_plant()).begin()
    chooser = Random(seed)
    for _ in range(n_acts):
        told.at_ms += MINUTE_MS * chooser.randint(1, 600)
        chosen = _Chooser(chooser, told)
        is_void = void_share > 0 and chooser.random() < void_share
        told.do(chosen.void if is_void else chosen.act)
    return told


@dataclass
class _Chooser:
    """One act, chosen at random; many are refused, as on a floor where people make mistakes."""

    random: Random
    told: History

    def act(self) -> Sequence[Command]:
        choices = (
            self.way, self.way, self.open, self.count, self.find, self.dispose, self.issue, self.borrow,
            self.pay_back, self.claim, self.claim_step, self.replace, self.unit, self.fit, self.remove,
            self.store, self.recount,
        )  # fmt: skip
        return self.random.choice(choices)()

    @property
    def acts(self) -> Acts:
        return Acts(self.told.plant, self.told.book, self.told.at_ms)

    @property
    def claims(self) -> ClaimActs:
        return ClaimActs(self.told.plant, self.told.book, self.told.at_ms)

    def _any(self, names: Sequence[str]) -> str:
        return self.random.choice(names) if names else "none"

    def _unit(self) -> str:
        return self._any([*self.told.book.units, *(unit_name(lot, n) for lot in LOTS for n in (2, 4, 5))])

    def way(self) -> Sequence[Command]:
        lot, step = self._any(LOTS), self.random.randrange(4)
        containers = [[], ["W-3"], ["W-4"]][self.random.randrange(3)]
        if step == 0:
            return self.acts.ship(lot)
        if step == 1:
            return self.acts.receive(lot, containers)
        if step == 2:
            return self.acts.bond(lot, "D-1", "2026-03-01", containers)
        return self.acts.clear(lot, None, 1_000, containers)

    def open(self) -> Sequence[Command]:
        if self.random.random() < 0.5:
            return self.acts.open_lot(self._any(LOTS))
        return self.acts.open_cases([self._any(list(self.told.book.cases))])

    def count(self) -> Sequence[Command]:
        if not self.told.book.cases:  # all their lists were voided
            return []
        case = self._any(list(self.told.book.cases))
        held = self.told.book.cases[case].held
        counts = {part: max(0, n + self.random.choice((-2, -1, 0, 0, 1))) for part, n in held.items()}
        return self.acts.count(case, {part: n for part, n in counts.items() if self.random.random() < 0.7})

    def recount(self) -> Sequence[Command]:
        """Count again what differed from its list: nearer to the list, or further from it."""
        book = self.told.book
        case, part = self.random.choice([*book.differences] or [("none", "P-1")])
        n_held = book.cases[case].held[part] if case in book.cases else 0
        return self.acts.count(case, {part: max(0, n_held + self.random.choice((-2, -1, 1, 2, 4)))})

    def find(self) -> Sequence[Command]:
        code = self._any([each.value for each in ClaimCode])
        case = self._any([*self.told.book.cases]) if self.random.random() < 0.6 else None
        lot = self._any(LOTS) if case is None else self.told.book.cases[case].kit_lot_id
        unit = self._any(list(self.told.book.units)) if self.random.random() < 0.3 else None
        instead = self._any(PARTS) if code == "W" else None
        n_parts = self.random.randint(1, 3)
        return self.acts.find(lot, self._any(PARTS), code, n_parts, case, unit, found_part_id=instead)

    def dispose(self) -> Sequence[Command]:
        found = self._any(list(self.told.book.found))
        return self.acts.dispose(
            found, self._any([d.value for d in Disposition]), self.random.choice((None, 1))
        )

    def issue(self) -> Sequence[Command]:
        parts = [self._any(PARTS)] if self.random.random() < 0.3 else []
        return self.acts.issue(self._unit(), parts)

    def borrow(self) -> Sequence[Command]:
        lender, taker = self._any(LOTS), self._any(LOTS)
        return self.acts.borrow(lender, taker, self._any(PARTS), self.random.randint(1, 3))

    def pay_back(self) -> Sequence[Command]:
        borrow = self._any(list(self.told.book.borrows))
        return self.acts.pay_back(borrow, self.random.choice((None, 1)), self.random.random() < 0.2)

    def claim(self) -> Sequence[Command]:
        return self.claims.draft(self._any(LOTS))

    def claim_step(self) -> Sequence[Command]:
        claim = self._any(list(self.told.book.claims))
        steps: tuple[Callable[[], Sequence[Command]], ...] = (
            lambda: self.claims.send(claim),
            lambda: self.claims.send(claim),
            lambda: self.claims.accept(claim, DAY + 20),
            lambda: self.claims.reject(claim, "no"),
            lambda: self.claims.credit(claim, 700, self.random.random() < 0.2),
        )
        return self.random.choice(steps)()

    def replace(self) -> Sequence[Command]:
        claim = self._any(list(self.told.book.claims)) if self.random.random() < 0.7 else None
        lot = self._any(LOTS) if claim is None else self.told.book.claims[claim].kit_lot_id
        return self.claims.replace(lot, self._any(PARTS), self.random.randint(1, 2), claim, claim is None)

    def void(self) -> Sequence[Command]:
        """Take back an entry that pieces hang on, whatever happened to them since."""
        entries = [event for event in self.told.events if event.kind in VOIDABLE]
        entry = self.random.choice(entries)
        head = self._head(entry.subject_id)
        more: dict[str, Any] = {"subject_type": entry.subject_type, "voided_event_id": entry.event_id}
        return [VoidEntry(**head, **more, reason="r")]

    # What the floor does

    def _head(self, subject_id: str) -> dict[str, Any]:
        return {"command_id": f"c-{self.told.at_ms}", "subject_id": subject_id, "at_ms": self.told.at_ms}

    def unit(self) -> Sequence[Command]:
        unit, step = self._unit(), self.random.randrange(3)
        lot, _, number = unit.rpartition(".")
        if step == 0 and lot:
            more: dict[str, Any] = {"variant_id": "v", "line_id": "line"}
            more |= {"kit_lot_id": lot, "kit_no": int(number)}
            return [ReleaseUnit(**self._head(unit), **more)]
        if step == 1:
            return [StartWork(**self._head(unit), place="S1")]
        open_parts = tuple(part for part in PARTS if self.random.random() < 0.2)
        return [TakeOffLine(**self._head(unit), line_id="line", open_part_ids=open_parts)]

    def fit(self) -> Sequence[Command]:
        """Fit what the unit was issued, or what its lot has in store."""
        known = self.told.book.units[self._any(list(self.told.book.units))]
        part = self._any(PARTS)
        there = self.acts._on_hand((known.kit_lot_id, part)) + sum(
            n_parts for (_, name), n_parts in known.issued.items() if name == part
        )
        if there < 1:
            return []
        return [FitPart(**self._head(known.unit_id), place="S1", part_id=part, n_parts=1)]

    def remove(self) -> Sequence[Command]:
        unit = self._any(list(self.told.book.units))
        head = self._head(unit)
        return [RemovePart(**head, place="S1", part_id=self._any(PARTS), n_parts=1, reason="r")]

    def store(self) -> Sequence[Command]:
        n_parts = self.random.randint(1, 20)
        if self.random.random() < 0.5:
            return [CountStock(**self._head("small"), place="store", part_id="C-1", n_parts=n_parts)]
        lot = f"B-{self.told.at_ms}"
        return [ReceivePartLot(**self._head(lot), place="store", part_id="C-1", n_parts=n_parts)]


# A second count


class Recount:
    """Every piece moved from place to place, by hand; a place never holds less than nothing.

    It knows nothing of the book: each event takes pieces from one named place and puts them into
    another, where `outside` is the world. Only where entries were voided may a store be overdrawn;
    what it lacks at the end is taken out of the lot's closed cases, as far as it is there.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.places: dict[Key, Counter[str]] = defaultdict(Counter)
        self.came: Counter[Key] = Counter()
        self.case_lot: dict[str, str] = {}
        self.is_open: set[str] = set()
        self.borrows: dict[str, Event] = {}
        self.own_lot: dict[str, str | None] = {}
        self.bad: dict[str, Key] = {}
        voided = {event.body["voided_event_id"] for event in events if event.kind == "EntryVoided"}
        self.may_lack = any(e.body.get("claim_code", "W") == "W" for e in events if e.event_id in voided)
        for event in events:
            step = getattr(self, f"on_{event.kind}", None)
            if step is not None and event.event_id not in voided:
                step(event, event.subject.partition("/")[2], event.body)
        for key, places in self.places.items():
            for case in [name for name in places if name.startswith("case:")]:
                self.move(key, case, "store", max(0, min(places[case], -places["store"])))

    def move(self, key: Key, source: str, target: str, n_parts: int) -> None:
        """Carry pieces; the world has as many as you like."""
        if source == "outside":
            self.came[key] += n_parts
        else:
            is_there = self.places[key][source] >= n_parts or (self.may_lack and source == "store")
            assert is_there, (key, source, target, n_parts, self.places[key])
            self.places[key][source] -= n_parts
        if target == "outside":
            self.came[key] -= n_parts
        else:
            self.places[key][target] += n_parts

    def of(self, key: Key, place: str) -> int:
        """Pieces in places of a sort, such as `unit`."""
        return sum(n for name, n in self.places[key].items() if name.split(":")[0] == place)

    def on_CasePacked(self, event: Event, case: str, body: Body) -> None:  # noqa: N802
        self.case_lot[case] = body["kit_lot_id"]
        for part, n_parts in zip(body["part_ids"], body["n_each"], strict=True):
            self.move((body["kit_lot_id"], part), "outside", f"case:{case}", n_parts)

    def on_CaseOpened(self, event: Event, case: str, body: Body) -> None:  # noqa: N802
        self.is_open.add(case)
        for key, places in self.places.items():
            if places[f"case:{case}"]:
                self.move(key, f"case:{case}", "store", places[f"case:{case}"])

    def on_DiscrepancyFound(self, event: Event, lot: str, body: Body) -> None:  # noqa: N802
        key, left, case = (lot, body["part_id"]), body["n_parts"], body["case_id"]
        here = ClaimCode.read(body["claim_code"]).is_here
        target = f"bad:{event.event_id}" if here else "missing"
        sources = (
            [f"unit:{body['unit_id']}:issued", f"unit:{body['unit_id']}:fitted"] if body["unit_id"] else []
        )
        sources += [f"case:{case}"] if case is not None and case not in self.is_open else []
        for source in sources:
            n_parts = min(left, self.places[key][source])
            self.move(key, source, target, n_parts)
            left -= n_parts
        self.move(key, "store", target, left)
        if not here and body["found_part_id"]:
            self.move((lot, body["found_part_id"]), "outside", "store", body["n_parts"])

    def on_SurplusFound(self, event: Event, lot: str, body: Body) -> None:  # noqa: N802
        self.move((lot, body["part_id"]), "outside", "store", body["n_parts"])

    def on_PartDisposed(self, event: Event, lot: str, body: Body) -> None:  # noqa: N802
        targets = {"use_as_is": "store", "rework": "store", "scrap": "scrapped", "return": "returned"}
        source = f"bad:{body['discrepancy_id']}"
        self.move((lot, body["part_id"]), source, targets[body["disposition"]], body["n_parts"])

    def on_PartReplaced(self, event: Event, lot: str, body: Body) -> None:  # noqa: N802
        self.move((lot, body["part_id"]), "outside", "store", body["n_parts"])

    def on_PartLotReceived(self, event: Event, name: str, body: Body) -> None:  # noqa: N802
        self.move((body["kit_lot_id"], body["part_id"]), "outside", "store", body["n_parts"])

    def on_StockCounted(self, event: Event, name: str, body: Body) -> None:  # noqa: N802
        key = (body["kit_lot_id"], body["part_id"])
        more = body["n_parts"] - self.places[key]["store"]
        self.move(key, *(("outside", "store", more) if more > 0 else ("store", "outside", -more)))

    def on_PartBorrowed(self, event: Event, lender: str, body: Body) -> None:  # noqa: N802
        self.borrows[body["borrow_id"]] = event
        self.move((lender, body["part_id"]), "store", "lent", body["n_parts"])
        self.move((body["to_kit_lot_id"], body["part_id"]), "outside", "store", body["n_parts"])

    def on_BorrowPaidBack(self, event: Event, lender: str, body: Body) -> None:  # noqa: N802
        taker = self.borrows[body["borrow_id"]].body["to_kit_lot_id"]
        payer = None if body["from_loose"] else taker
        self.move((payer, body["part_id"]), "store", "paid", body["n_parts"])
        self.move((lender, body["part_id"]), "outside", "store", body["n_parts"])

    def on_KitIssued(self, event: Event, lot: str, body: Body) -> None:  # noqa: N802
        for part, n_parts in zip(body["part_ids"], body["n_each"], strict=True):
            self.move((lot, part), "store", f"unit:{body['unit_id']}:issued", n_parts)

    def on_LoosePartsIssued(self, event: Event, plant: str, body: Body) -> None:  # noqa: N802
        for part, n_parts in zip(body["part_ids"], body["n_each"], strict=True):
            self.move((None, part), "store", f"unit:{body['unit_id']}:issued", n_parts)

    def on_UnitPlanned(self, event: Event, unit: str, body: Body) -> None:  # noqa: N802
        self.own_lot[unit] = body["kit_lot_id"]

    def on_UnitReleased(self, event: Event, unit: str, body: Body) -> None:  # noqa: N802
        self.own_lot[unit] = body["kit_lot_id"]

    def on_UnitLeftLine(self, event: Event, unit: str, body: Body) -> None:  # noqa: N802
        for key, places in self.places.items():
            if key[1] not in body["open_part_ids"]:
                self.move(key, f"unit:{unit}:issued", f"unit:{unit}:fitted", places[f"unit:{unit}:issued"])

    def _keys(self, unit: str, part: str, place: str) -> Iterator[Key]:
        own = self.own_lot.get(unit)
        keys = [key for key in self.places if key[1] == part and self.places[key][f"unit:{unit}:{place}"]]
        yield from sorted(keys, key=lambda key: (key[0] != own, key[0] or ""))

    def on_PartFitted(self, event: Event, unit: str, body: Body) -> None:  # noqa: N802
        left = body["n_parts"]
        for key in self._keys(unit, body["part_id"], "issued"):
            n_parts = min(left, self.places[key][f"unit:{unit}:issued"])
            self.move(key, f"unit:{unit}:issued", f"unit:{unit}:fitted", n_parts)
            left -= n_parts
        if left:
            self.move((self.own_lot.get(unit), body["part_id"]), "store", f"unit:{unit}:fitted", left)

    def on_PartRemoved(self, event: Event, unit: str, body: Body) -> None:  # noqa: N802
        left = body["n_parts"]
        for key in self._keys(unit, body["part_id"], "fitted"):
            n_parts = min(left, self.places[key][f"unit:{unit}:fitted"])
            self.move(key, f"unit:{unit}:fitted", f"unit:{unit}:issued", n_parts)
            left -= n_parts


def differences(told: History) -> list[str]:
    """Cells of the book that the second count does not confirm, or that lost a piece."""
    again = Recount(told.events)
    faults = []
    for key in {*told.book.cells, *again.places}:
        cell = told.book.cells[key]
        ours = (
            cell.closed, cell.on_hand, cell.at_line + cell.fitted, cell.missing, cell.bad, cell.scrapped,
            cell.returned, cell.lent, cell.paid_out, cell.n_in,
        )  # fmt: skip
        names = ("case", "store", "unit", "missing", "bad", "scrapped", "returned", "lent", "paid")
        theirs = (*(again.of(key, name) for name in names), again.came[key])
        if ours != theirs or cell.n_in != cell.n_somewhere:
            faults.append(f"{key}: {ours} counted again {theirs}")
    return faults
