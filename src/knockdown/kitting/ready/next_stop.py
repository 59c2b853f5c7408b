"""Which station stops first for want of a part, if units are built in the order of the board."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knockdown.kitting.ready.answer import Missing, ReadyAnswer
from knockdown.kitting.slots import Board


@dataclass(frozen=True, slots=True)
class Stop:
    """A station that will stand: for which unit and part, in how many working hours."""

    station_id: str
    line_id: str
    unit_id: str
    part_id: str
    n_parts: int
    hours: float
    day: int
    expected_day: int | None


def next_stops(answer: ReadyAnswer, board: Board) -> tuple[Stop, ...]:
    """The first stop of each line, the soonest first; units that left their line stop nothing.

    A station stops when a unit reaches it before a part it needs there comes. A unit whose lot is not
    on site is not started, so it stops nothing either; nor does a part of a station the unit has left.
    """
    first: dict[str, Stop] = {}
    for stop in _stops(answer, board):
        best = first.get(stop.line_id)
        if best is None or (stop.hours, stop.unit_id) < (best.hours, best.unit_id):
            first[stop.line_id] = stop
    return tuple(sorted(first.values(), key=lambda stop: (stop.hours, stop.station_id)))


def _stops(answer: ReadyAnswer, board: Board) -> Iterator[Stop]:
    for ix, unit in enumerate(answer.question.units):
        slot = board.slots[unit.unit_id]
        told = answer.units[ix]
        may_start = (
            unit.stage != "off_line" and board.lot_days.get(unit.kit_lot_id or "", 0) <= slot.start_day
        )
        if not may_start or (told.ready_day is not None and told.ready_day <= slot.start_day):
            continue
        for missing in answer.missing(ix):
            stop = _stop(unit.unit_id, unit.line_id, missing, board)
            if stop is not None:
                yield stop


def _stop(unit_id: str, line_id: str, missing: Missing, board: Board) -> Stop | None:
    if board.is_behind(unit_id, missing.station_id):
        return None
    hours = board.reach_h(unit_id, missing.station_id)
    day = board.day_at(hours)
    if missing.day is not None and missing.day <= day:
        return None
    return Stop(
        missing.station_id, line_id, unit_id, missing.part_id, missing.n_parts, hours, day, missing.day
    )
