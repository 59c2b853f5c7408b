"""What may follow what for a unit: the parts and stages in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from knockdown.events.envelope import Event
from knockdown.events.life.rules import forbid
from knockdown.events.life.state import Parts, UnitState, changed


def building(state: UnitState, what: str) -> None:
    """Refuse what can only happen to a thing that is there."""
    if not state.route.building:
        forbid(
            "unit.build-needs-release",
            f"{state.subject} is not released and has no {what}",
            "release it first",
        )


def in_plant(state: UnitState, verb: str) -> None:
    """Refuse work on a unit that was shipped."""
    if state.route.shipped:
        forbid("unit.away", f"{state.subject} was shipped and cannot be {verb}", "scan the unit that is here")


def no_open_parts(state: UnitState, verb: str) -> None:
    """Refuse to finish a unit that is short of parts."""
    if state.parts.open_ids:
        missing = ", ".join(sorted(state.parts.open_ids)[:5])
        problem = f"{state.subject} is still short of {missing} and cannot {verb}"
        forbid("unit.open-parts", problem, "fit the parts first")


def _parts_may_change(state: UnitState) -> None:
    building(state, "parts")
    if state.route.shipped and "rework" not in state.defects.values():
        problem = f"{state.subject} was shipped and is not in rework"
        forbid("unit.away", problem, "start the rework that changes its parts first")


def part_fitted(state: UnitState, event: Event) -> UnitState:
    """Put a part in."""
    _parts_may_change(state)
    parts, body = state.parts, event.body
    part_id, serial, serials = body["part_id"], body.get("serial"), parts.serials
    if serial is not None:
        _one_piece(state, body)
        if (part_id, serial) in serials:
            problem = f"{state.subject} has {part_id} with serial {serial} already"
            forbid("unit.serial-once", problem, "scan the serial number of the piece in hand")
        serials = serials | {(part_id, serial)}
    fitted = dict(parts.fitted)
    fitted[part_id] = fitted.get(part_id, 0) + body["n_parts"]
    open_ids = parts.open_ids
    if open_ids:
        open_ids = open_ids - {part_id}
    return changed(state, parts=Parts(fitted, serials, open_ids, parts.joined))


def _one_piece(state: UnitState, body: Mapping[str, object]) -> None:
    if body["n_parts"] != 1:
        problem = f"{body['n_parts']} pieces of {body['part_id']} in {state.subject} have one serial number"
        forbid("unit.one-part-a-serial", problem, "tell one event for each piece")


def part_removed(state: UnitState, event: Event) -> UnitState:
    """Take a part out."""
    _parts_may_change(state)
    parts, body = state.parts, event.body
    part_id, n_parts = body["part_id"], body["n_parts"]
    n_left = parts.fitted.get(part_id, 0) - n_parts
    if n_left < 0:
        problem = f"{state.subject} has {n_left + n_parts} of {part_id}, so {n_parts} cannot come out"
        forbid("unit.remove-fitted", problem, "tell first what was fitted, or mend the part or the count")
    serials = _serials_left(state, body, n_left)
    fitted = dict(parts.fitted)
    if n_left:
        fitted[part_id] = n_left
    else:
        del fitted[part_id]
    return changed(state, parts=Parts(fitted, serials, parts.open_ids, parts.joined))


def _serials_left(state: UnitState, body: Mapping[str, str], n_left: int) -> frozenset[tuple[str, str]]:
    part_id, serial, serials = body["part_id"], body.get("serial"), state.parts.serials
    if serial is not None:
        _one_piece(state, body)
        if (part_id, serial) not in serials:
            problem = f"{state.subject} has no {part_id} with serial {serial}"
            forbid("unit.remove-serial", problem, "scan the serial number of the piece that came out")
        return serials - {(part_id, serial)}
    named = sorted(known for part, known in serials if part == part_id) if serials else []
    if n_left < len(named):
        problem = f"{part_id} in {state.subject} has the serials {', '.join(named[:5])}"
        forbid("unit.remove-serial", problem, "say which of them came out")
    return serials


def stage_joined(state: UnitState, event: Event) -> UnitState:
    """Join another unit to this one; that the other is joined nowhere else, the floor must know."""
    building(state, "stages")
    in_plant(state, "joined")
    if True in state.holds.values():
        forbid("unit.held", f"{state.subject} is held and cannot be joined", "lift the hold first")
    parts, joined_id = state.parts, event.body["joined_unit_id"]
    if joined_id in parts.joined or joined_id == state.subject_id:
        forbid(
            "unit.join-once", f"{joined_id} is part of {state.subject} already", "scan the unit to be joined"
        )
    return changed(state, parts=replace(parts, joined=parts.joined | {joined_id}))
