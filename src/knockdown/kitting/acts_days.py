"""On which day an act can have happened at the earliest: not before what it follows on.

Only for acts that people tell by hand. Devices and counters may report late, through other doors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from knockdown.basics.faults import Fault
from knockdown.events import commands as told
from knockdown.events.command import Command
from knockdown.kitting.book import KitBook, LotBook
from knockdown.kitting.moments import DAY_MS, day_of

Floor = tuple[int | None, str]  # when it was, and what; None: it is not known
Floors = Callable[[KitBook, Any], Iterator[Floor]]
VERBS = {"arrived": "came", "bonded": "went into bond", "cleared": "was cleared"}
OTHER_SOURCES = ("surplus", "came", "borrowed", "paid_in", "counted")


def early(book: KitBook, commands: Sequence[Command], known: Collection[str]) -> list[Fault]:
    """Faults of commands that are dated before what they follow on, each once.

    Parameters
    ----------
    book : KitBook
        As it is before them.
    commands : sequence of Command
    known : collection of str
        Ids of commands that are recorded; they are not checked again.
    """
    faults: dict[Fault, None] = {}
    for command in commands:
        floors = FLOORS.get(type(command))
        if floors is None or command.command_id in known:
            continue
        dated = [(at_ms, what) for at_ms, what in floors(book, command) if at_ms is not None]
        at_ms, what = max(dated, default=(0, ""))
        if _is_before(command.at_ms, at_ms):
            first = _shown(at_ms)
            problem = f"is before {first}, when {what}"
            step = f"write {first} or later; void the earlier entry if that is wrong"
            faults[Fault("--on", None, None, _shown(command.at_ms), problem, step)] = None
    return list(faults)


def _is_before(at_ms: int, floor_ms: int) -> bool:
    """Whether it is earlier; a day without a minute is all of that day."""
    return at_ms < floor_ms and (at_ms % DAY_MS != 0 or day_of(at_ms) < day_of(floor_ms))


def _shown(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.strftime("%Y-%m-%d" if at_ms % DAY_MS == 0 else "%Y-%m-%dT%H:%M")


# The way of a lot


def _sent(book: KitBook, command: Any) -> Iterator[Floor]:
    lot = book.lots[command.subject_id]
    yield lot.ordered_at, f"lot {lot.kit_lot_id} was ordered"
    yield lot.shipped_at, f"lot {lot.kit_lot_id} was shipped"


def _shipped(book: KitBook, command: Any) -> Iterator[Floor]:
    yield from _sent(book, command)
    lot = book.lots[command.subject_id]
    yield lot.promised_at, f"it was last said on which day lot {lot.kit_lot_id} is expected"


def _here(lot: LotBook, command: Any) -> list[str]:
    """Containers that a step takes: those it names, or all that are here and not cleared."""
    arrived = [name for step, name in lot.taken_at if step == "arrived"]
    return list(command.container_ids) or [name for name in arrived if lot.since("cleared", name) is None]


def _bonded(book: KitBook, command: Any) -> Iterator[Floor]:
    lot = book.lots[command.subject_id]
    here = _here(lot, command)
    fresh = [name for name in here if lot.since("bonded", name) is None]
    for name in fresh if not command.container_ids and fresh else here:
        yield _taken(lot, "arrived", name)
        yield _taken(lot, "bonded", name)


def _cleared(book: KitBook, command: Any) -> Iterator[Floor]:
    lot = book.lots[command.subject_id]
    for name in _here(lot, command):
        yield _taken(lot, "arrived", name)
        yield _taken(lot, "bonded", name)


def _taken(lot: LotBook, step: str, name: str | None) -> Floor:
    """When a container took a step, and what to call that."""
    own = f"container {name} of " if name and (step, name) in lot.taken_at else ""
    return lot.since(step, name), f"{own}lot {lot.kit_lot_id} {VERBS[step]}"


# Cases and pieces


def _opened(book: KitBook, command: Any) -> Iterator[Floor]:
    lot, case = book.lots[command.kit_lot_id], book.cases.get(command.subject_id)
    yield _taken(lot, "cleared", None if case is None else case.container_id)


def _counted(book: KitBook, command: Any) -> Iterator[Floor]:
    yield book.cases[command.subject_id].opened_at, f"case {command.subject_id} was opened"


def _found(book: KitBook, command: Any) -> Iterator[Floor]:
    lot, case = book.lots[command.subject_id], book.cases.get(command.case_id or "")
    if case is None:
        yield _in_store(book, lot.kit_lot_id, command.part_id)
    else:
        yield _taken(lot, "arrived", case.container_id)


def _in_store(book: KitBook, lot_id: str, part_id: str) -> Floor:
    """Since when pieces of a part can have been on hand: since a case was opened that held some."""
    cell, lot = book.cells.get((lot_id, part_id)), book.lots[lot_id]
    opened = [
        case.opened_at
        for case in book.cases.values()
        if case.kit_lot_id == lot_id and case.opened_at is not None and part_id in case.held
    ]
    if opened and cell is not None and not any(getattr(cell, source) for source in OTHER_SOURCES):
        return min(opened), f"a case with {part_id} of lot {lot_id} was opened"
    return lot.cleared_at, f"lot {lot_id} was cleared"


def _disposed(book: KitBook, command: Any) -> Iterator[Floor]:
    yield book.found[command.discrepancy_id].found_at, f"{command.part_id} was found bad"


def _issued(book: KitBook, command: Any) -> Iterator[Floor]:
    for part_id in command.part_ids:
        yield _in_store(book, command.subject_id, part_id)


def _borrowed(book: KitBook, command: Any) -> Iterator[Floor]:
    yield _in_store(book, command.subject_id, command.part_id)


def _paid_back(book: KitBook, command: Any) -> Iterator[Floor]:
    yield book.borrows[command.borrow_id].borrowed_at, f"borrow {command.borrow_id} was made"


# Claims


def _drafted(book: KitBook, command: Any) -> Iterator[Floor]:
    for name in command.discrepancy_ids:
        yield book.found[name].found_at, f"discrepancy {name} was found"


def _claimed(book: KitBook, command: Any) -> Iterator[Floor]:
    yield book.claims[command.claim_id].drafted_at, f"claim {command.claim_id} was drafted"


def _answered(book: KitBook, command: Any) -> Iterator[Floor]:
    yield book.claims[command.claim_id].sent_at, f"claim {command.claim_id} was sent"


def _replaced(book: KitBook, command: Any) -> Iterator[Floor]:
    yield book.lots[command.subject_id].arrived_at, f"lot {command.subject_id} came"
    if command.claim_id is not None:
        yield from _answered(book, command)


FLOORS: dict[type[Command], Floors] = {
    told.ShipKitLot: _shipped,
    told.ReceiveKitLot: _sent,
    told.BondKitLot: _bonded,
    told.ClearKitLot: _cleared,
    told.OpenCase: _opened,
    told.CountCase: _counted,
    told.FindDiscrepancy: _found,
    told.FindSurplus: _found,
    told.DisposeOfPart: _disposed,
    told.IssueKit: _issued,
    told.BorrowPart: _borrowed,
    told.PayBackBorrow: _paid_back,
    told.DraftClaim: _drafted,
    told.SendClaim: _claimed,
    told.AcceptClaim: _answered,
    told.RejectClaim: _answered,
    told.CreditClaim: _answered,
    told.ReplacePart: _replaced,
}
"""Kind of command -> what it follows on; of the others anything may be told of any day."""
