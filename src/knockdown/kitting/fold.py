"""From events to the kit book: what each kind does to it. The law was asked before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from knockdown.events.codes import ClaimCode, Disposition
from knockdown.events.envelope import Event
from knockdown.kitting.book import BorrowBook, CaseBook, Found, Key, KitBook, LotBook, UnitBook
from knockdown.kitting.fold_claims import CLAIM_STEPS, ask_less

Body = Mapping[str, Any]
Step = Callable[[KitBook, Event, Body], None]
STEPS: dict[str, Step] = dict(CLAIM_STEPS)


def _on(*kinds: str) -> Callable[[Step], Step]:
    def note(step: Step) -> Step:
        STEPS.update(dict.fromkeys(kinds, step))
        return step

    return note


def _id(event: Event) -> str:
    return event.subject.partition("/")[2]


# The way of a lot


@_on("KitLotOrdered")
def _ordered(book: KitBook, event: Event, body: Body) -> None:
    lot = book.lot(_id(event))
    lot.contract_id, lot.variant_id, lot.n_kits = body["contract_id"], body["variant_id"], body["n_kits"]
    lot.n_used, lot.ordered_at, lot.expected_at = (
        body.get("n_used", 0), event.happened_at, body["expected_at"],
    )  # fmt: skip
    _add_cost(lot, body)


@_on("KitLotShipped")
def _shipped(book: KitBook, event: Event, body: Body) -> None:
    lot = book.lot(_id(event))
    lot.shipped_at = event.happened_at if lot.shipped_at is None else lot.shipped_at
    if body["expected_at"]:
        lot.expected_at, lot.promised_at = body["expected_at"], event.happened_at


@_on("KitLotArrived")
def _arrived(book: KitBook, event: Event, body: Body) -> None:
    lot = book.lot(_id(event))
    lot.take("arrived", body["container_ids"], event.happened_at)
    lot.arrived_at = lot.arrived_at or event.happened_at


@_on("KitLotBonded")
def _bonded(book: KitBook, event: Event, body: Body) -> None:
    lot = book.lot(_id(event))
    lot.bond(body["container_ids"], body["bond_until"], event.happened_at)
    lot.declaration = body["declaration"]


@_on("KitLotCleared")
def _cleared(book: KitBook, event: Event, body: Body) -> None:
    lot = book.lot(_id(event))
    lot.clear(body["container_ids"], event.happened_at)
    lot.cleared_at = lot.cleared_at or event.happened_at
    lot.declaration = body["declaration"] or lot.declaration
    _add_cost(lot, body)


def _add_cost(lot: LotBook, body: Body) -> None:
    if body.get("value_cents"):
        lot.cost_cents += body["value_cents"]
        lot.currency = body["currency"]


# Cases


@_on("CasePacked")
def _packed(book: KitBook, event: Event, body: Body) -> None:
    case = book.cases.setdefault(_id(event), CaseBook(_id(event), body["kit_lot_id"]))
    if body["page_no"] == 1:
        _unpack(book, case)
        case.container_id, case.shipment_id = body["container_id"], body["shipment_id"]
        case.packaging, case.mass_g = body["packaging"], body["mass_g"]
        case.revision, case.paper_id = body["revision"], body["paper_id"]
        case.launch_no = body.get("launch_no")
    boxes = body["box_ids"] or (None,) * len(body["part_ids"])
    for part_id, n_parts, box_id in zip(body["part_ids"], body["n_each"], boxes, strict=True):
        case.lines.append((part_id, box_id, n_parts))
        if case.opened_at is None:
            cell = book.cells[case.kit_lot_id, part_id]
            cell.packed += n_parts
            cell.closed += n_parts
            case.held[part_id] += n_parts


def _unpack(book: KitBook, case: CaseBook) -> None:
    """Forget an earlier revision; what was found in an opened case stands."""
    case.lines.clear()
    if case.opened_at is None:
        for part_id, n_parts in case.held.items():
            cell = book.cells[case.kit_lot_id, part_id]
            cell.packed -= n_parts
            cell.closed -= n_parts
        case.held.clear()


@_on("CaseOpened")
def _opened(book: KitBook, event: Event, body: Body) -> None:
    case = book.cases.setdefault(_id(event), CaseBook(_id(event), body["kit_lot_id"]))
    case.opened_at = event.happened_at
    for part_id, n_parts in case.held.items():
        cell = book.cells[case.kit_lot_id, part_id]
        cell.closed -= n_parts
        cell.on_hand += n_parts


@_on("CaseCounted")
def _counted(book: KitBook, event: Event, body: Body) -> None:
    case = book.cases[_id(event)]
    case.counted.update(zip(body["part_ids"], body["n_each"], strict=True))
    case.is_blind = body["is_blind"]


# Discrepancies


@_on("DiscrepancyFound")
def _discrepancy(book: KitBook, event: Event, body: Body) -> None:
    lot_id, part_id, n_parts = _id(event), body["part_id"], body["n_parts"]
    book.found[event.event_id] = Found(
        discrepancy_id=event.event_id,
        kit_lot_id=lot_id,
        part_id=part_id,
        code=body["claim_code"],
        n_parts=n_parts,
        found_at=event.happened_at,
        case_id=body["case_id"],
        in_assembly=body["in_assembly"],
        unit_id=body["unit_id"],
        photo=body["photo"],
        person_id=body["person_id"],
    )
    cell = book.cells[lot_id, part_id]
    _take(book, (lot_id, part_id), n_parts, body["unit_id"], body["case_id"])
    if ClaimCode.read(body["claim_code"]).is_here:
        cell.bad += n_parts
        return
    cell.missing += n_parts
    if body["claim_code"] != ClaimCode.WRONG.value and not (body["unit_id"] or body["in_assembly"]):
        _differ(book, event, -n_parts)
    if body["found_part_id"]:
        _extra(book, (lot_id, body["found_part_id"]), n_parts, body["case_id"])


def _take(book: KitBook, key: Key, n_parts: int, unit_id: str | None, case_id: str | None) -> None:
    """Take pieces that turned out bad or missing from where they were thought to be."""
    cell, case, n_found = book.cells[key], book.cases.get(case_id or ""), n_parts
    if unit_id is not None:
        unit = book.unit(unit_id)
        issued = min(n_parts, unit.issued[key])
        unit.issued[key] -= issued
        cell.at_line -= issued
        fitted = min(n_parts - issued, unit.fitted[key])
        unit.fitted[key] -= fitted
        cell.fitted -= fitted
        n_parts -= issued + fitted
    if case is not None:
        is_closed = case.opened_at is None
        held = min(n_parts if is_closed else n_found, case.held[key[1]])
        case.held[key[1]] -= held
        if is_closed:
            cell.closed -= held
            n_parts -= held
    cell.on_hand -= n_parts


@_on("SurplusFound")
def _surplus(book: KitBook, event: Event, body: Body) -> None:
    _extra(book, (_id(event), body["part_id"]), body["n_parts"], body["case_id"])
    _differ(book, event, body["n_parts"])


def _differ(book: KitBook, event: Event, n_more: int) -> None:
    """A case differs from its list; so it is until it is counted again."""
    if event.body["case_id"] in book.cases:
        book.differences[event.body["case_id"], event.body["part_id"]][event.event_id] = n_more


def _extra(book: KitBook, key: Key, n_parts: int, case_id: str | None) -> None:
    """Pieces that no packing list told of are in store."""
    book.cells[key].surplus += n_parts
    book.cells[key].on_hand += n_parts
    case = book.cases.get(case_id or "")
    if case is not None and case.opened_at is not None:
        case.held[key[1]] += n_parts


@_on("PartDisposed")
def _disposed(book: KitBook, event: Event, body: Body) -> None:
    cell, n_parts = book.cells[_id(event), body["part_id"]], body["n_parts"]
    disposition = Disposition.read(body["disposition"])
    cell.bad -= n_parts
    if disposition.is_usable:
        cell.on_hand += n_parts
        book.usable[body["discrepancy_id"]] += n_parts
        ask_less(book, body["discrepancy_id"], n_parts)
    elif disposition is Disposition.SCRAP:
        cell.scrapped += n_parts
    else:
        cell.returned += n_parts
    book.found[body["discrepancy_id"]].n_disposed += n_parts


@_on("PartReplaced")
def _part_replaced(book: KitBook, event: Event, body: Body) -> None:
    if body["claim_id"] is None and body["source"] == "partner":
        book.unasked[_id(event), body["part_id"]] += body["n_parts"]
    _come(book, (_id(event), body["part_id"]), body["n_parts"])


def _come(book: KitBook, key: Key, n_parts: int) -> None:
    book.cells[key].came += n_parts
    book.cells[key].on_hand += n_parts


# Borrowing


@_on("PartBorrowed")
def _borrowed(book: KitBook, event: Event, body: Body) -> None:
    borrow = BorrowBook(
        borrow_id=body["borrow_id"],
        from_kit_lot_id=_id(event),
        to_kit_lot_id=body["to_kit_lot_id"],
        to_unit_id=body["to_unit_id"],
        part_id=body["part_id"],
        n_parts=body["n_parts"],
        borrowed_at=event.happened_at,
    )
    book.borrows[borrow.borrow_id] = borrow
    lender = book.cells[borrow.from_kit_lot_id, borrow.part_id]
    taker = book.cells[borrow.to_kit_lot_id, borrow.part_id]
    lender.on_hand -= borrow.n_parts
    lender.lent += borrow.n_parts
    taker.borrowed += borrow.n_parts
    taker.on_hand += borrow.n_parts


@_on("BorrowPaidBack")
def _paid_back(book: KitBook, event: Event, body: Body) -> None:
    borrow, n_parts = book.borrows[body["borrow_id"]], body["n_parts"]
    payer: Key = (None if body["from_loose"] else borrow.to_kit_lot_id, borrow.part_id)
    book.cells[payer].on_hand -= n_parts
    book.cells[payer].paid_out += n_parts
    lender = book.cells[borrow.from_kit_lot_id, borrow.part_id]
    lender.paid_in += n_parts
    lender.on_hand += n_parts
    borrow.n_paid += n_parts
    borrow.paid_at = event.happened_at


# Store and line


@_on("PartLotReceived")
def _part_lot(book: KitBook, event: Event, body: Body) -> None:
    _come(book, (body["kit_lot_id"], body["part_id"]), body["n_parts"])


@_on("StockCounted")
def _stock_counted(book: KitBook, event: Event, body: Body) -> None:
    """The count is the truth: of its store when several stores were counted, else of all there is."""
    key: Key = (body["kit_lot_id"], body["part_id"])
    place, n_parts, cell = event.place or "", body["n_parts"], book.cells[key]
    others = any(counted == key and store != place for counted, store in book.store_counts)
    before = book.store_counts.get((key, place), 0) if others else cell.on_hand
    cell.counted += n_parts - before
    cell.on_hand += n_parts - before
    book.store_counts[key, place] = n_parts
    for (case_id, part_id), entries in book.differences.items():
        if (
            book.cases[case_id].kit_lot_id,
            part_id,
        ) == key:  # the count of the store knows of these: they stand
            entries.clear()


@_on("KitIssued", "LoosePartsIssued")
def _issued(book: KitBook, event: Event, body: Body) -> None:
    lot_id = _id(event) if event.kind == "KitIssued" else None
    unit = book.unit(body["unit_id"])
    for part_id, n_parts in zip(body["part_ids"], body["n_each"], strict=True):
        cell = book.cells[lot_id, part_id]
        cell.on_hand -= n_parts
        cell.at_line += n_parts
        unit.issued[lot_id, part_id] += n_parts


@_on("PackagingReturned")
def _packaging_back(book: KitBook, event: Event, body: Body) -> None:
    book.packaging_back[body["partner_id"], body["packaging"]] += body["n_pieces"]


# Units


@_on("UnitPlanned")
def _planned(book: KitBook, event: Event, body: Body) -> None:
    unit = book.unit(_id(event))
    unit.variant_id, unit.line_id = body["variant_id"], body["line_id"]
    unit.kit_lot_id, unit.kit_no = body["kit_lot_id"] or unit.kit_lot_id, body["kit_no"] or unit.kit_no
    unit.starts_at, unit.due_at = body["starts_at"], body["due_at"]


@_on("UnitReleased")
def _released(book: KitBook, event: Event, body: Body) -> None:
    unit = book.unit(_id(event))
    unit.variant_id, unit.line_id = body["variant_id"], body["line_id"]
    unit.kit_lot_id, unit.kit_no = body["kit_lot_id"] or unit.kit_lot_id, body["kit_no"] or unit.kit_no
    unit.stage, unit.released_at = "released", event.happened_at


@_on("WorkStarted")
def _started(book: KitBook, event: Event, body: Body) -> None:
    unit = book.unit(_id(event))
    unit.station_id = event.place
    if unit.left_line_at is None:
        unit.stage = "in_work"


@_on("UnitLeftLine")
def _left_line(book: KitBook, event: Event, body: Body) -> None:
    """What was issued is in the unit now, but for what is told to be open."""
    unit = book.unit(_id(event))
    unit.stage, unit.left_line_at = "off_line", event.happened_at
    unit.open_part_ids = tuple(body["open_part_ids"])
    for key, n_parts in list(unit.issued.items()):
        if key[1] not in unit.open_part_ids:
            _fit(book, unit, key, n_parts)


def _fit(book: KitBook, unit: UnitBook, key: Key, n_parts: int) -> None:
    unit.issued[key] -= n_parts
    unit.fitted[key] += n_parts
    book.cells[key].at_line -= n_parts
    book.cells[key].fitted += n_parts


@_on("PartFitted")
def _fitted(book: KitBook, event: Event, body: Body) -> None:
    """From what was issued to the unit, its own lot's first; else straight from the store."""
    unit, part_id, left = book.unit(_id(event)), body["part_id"], body["n_parts"]
    own = body["kit_lot_id"] or unit.kit_lot_id
    for key in sorted(unit.issued, key=lambda key: (key[0] != own, key[0] or "")):
        n_parts = min(left, unit.issued[key]) if key[1] == part_id else 0
        if n_parts:
            _fit(book, unit, key, n_parts)
            left -= n_parts
    if left:
        is_loose = (own, part_id) not in book.cells and (None, part_id) in book.cells
        key = (None if is_loose else own, part_id)
        book.cells[key].on_hand -= left
        book.cells[key].fitted += left
        unit.fitted[key] += left
    unit.open_part_ids = tuple(name for name in unit.open_part_ids if name != part_id)
    if body["case_id"]:
        unit.from_cases.add((body["case_id"], part_id))


@_on("PartRemoved")
def _removed(book: KitBook, event: Event, body: Body) -> None:
    """What comes out lies at the line for the unit, until it is fitted again or found bad."""
    unit, left = book.unit(_id(event)), body["n_parts"]
    for key in sorted(unit.fitted, key=lambda key: (key[0] is None, key[0] or "")):
        n_parts = min(left, unit.fitted[key]) if key[1] == body["part_id"] else 0
        if n_parts:
            _fit(book, unit, key, -n_parts)
            left -= n_parts


@_on("UnitShipped", "UnitSold")
def _gone(book: KitBook, event: Event, body: Body) -> None:
    book.unit(_id(event)).stage = "gone"


def fold(events: Iterable[Event]) -> KitBook:
    """Make the book from events of one writer and run, in their total order; voided ones count as never told.

    Examples
    --------
    >>> fold(()).n_events
    0
    """
    told = list(events)
    voided = {event.body["voided_event_id"] for event in told if event.kind == "EntryVoided"}
    book = KitBook()
    for event in told:
        book.n_events += 1
        book.last_at = max(book.last_at, event.happened_at)
        step = STEPS.get(event.kind)
        if step is not None and event.event_id not in voided:
            step(book, event, event.body)
    _out_of_closed_cases(book)
    return book


def _out_of_closed_cases(book: KitBook) -> None:
    """Pieces that went although none were on hand came out of cases that the records know as closed.

    So it is when the opening of a case is voided, or was never told, after its parts went to the line;
    else they would be counted twice, in the case and where they went.
    """
    if all(cell.on_hand >= 0 for cell in book.cells.values()):
        return
    closed = (case for case in book.cases.values() if case.opened_at is None)
    for case in sorted(closed, key=lambda case: (not _is_cleared(book, case), case.case_id)):
        for part_id, held in case.held.items():
            cell = book.cells[case.kit_lot_id, part_id]
            n_parts = min(held, -cell.on_hand)
            if n_parts > 0:
                case.held[part_id] -= n_parts
                cell.closed -= n_parts
                cell.on_hand += n_parts


def _is_cleared(book: KitBook, case: CaseBook) -> bool:
    lot = book.lots.get(case.kit_lot_id)
    return lot is None or lot.status_of(case.container_id) == "cleared"
