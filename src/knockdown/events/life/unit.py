"""What may follow what for a unit: its way through the plant, work, holds and vehicle number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from knockdown.events.envelope import Event
from knockdown.events.life import unit_build, unit_quality
from knockdown.events.life.rules import forbid
from knockdown.events.life.state import UnitState, Vin, changed, with_key


def _planned(state: UnitState, event: Event) -> UnitState:
    route = state.route
    if route.planned or route.building or route.shipped or route.sold:
        forbid(
            "unit.steps-in-order", f"{state.subject} was planned or built before", "plan a unit once, first"
        )
    return changed(state, route=replace(route, planned=True))


def _released(state: UnitState, event: Event) -> UnitState:
    route = state.route
    if route.building or route.shipped or route.sold:
        forbid("unit.steps-in-order", f"{state.subject} was let onto a line before", "scan the next unit")
    _not_held(state, "released")
    return changed(state, route=replace(route, released=True))


def _not_held(state: UnitState, verb: str) -> None:
    if True in state.holds.values():
        hold_id = next(hold_id for hold_id, in_force in state.holds.items() if in_force)
        forbid(
            "unit.held",
            f"{state.subject} is under hold {hold_id} and cannot be {verb}",
            "lift the hold first",
        )


def _work_started(state: UnitState, event: Event) -> UnitState:
    if not state.route.building:
        forbid(
            "unit.work-needs-release", f"{state.subject} is not released", "release it onto its line first"
        )
    if event.place is None:
        forbid(
            "unit.work-names-station", f"work on {state.subject} has no place", "give the station as place"
        )
    if state.work_at is not None:
        problem = f"{state.subject} is in work at {state.work_at}"
        forbid("unit.one-station", problem, "complete the work there first")
    if state.holds:
        _not_held(state, "put in work")
    unit_build.in_plant(state, "put in work")
    return changed(state, work_at=event.place)


def _work_completed(state: UnitState, event: Event) -> UnitState:
    if state.work_at is None or state.work_at != event.place:
        where = "nowhere" if state.work_at is None else f"at {state.work_at}"
        problem = f"{state.subject} is in work {where}, not at {event.place}"
        forbid("unit.work-needs-start", problem, "start the work at this station first, or mend the place")
    return changed(state, work_at=None)


def _left_line(state: UnitState, event: Event) -> UnitState:
    route, line_id = state.route, event.body["line_id"]
    if line_id in route.lines_left or route.shipped or route.sold:
        problem = f"{state.subject} left line {line_id} or the plant before"
        forbid("unit.steps-in-order", problem, "scan the next unit")
    _not_in_work(state, "leave its line")
    parts, open_ids = state.parts, event.body.get("open_part_ids")
    if open_ids:
        parts = replace(parts, open_ids=parts.open_ids.union(open_ids))
    return changed(state, route=replace(route, lines_left=route.lines_left | {line_id}), parts=parts)


def _not_in_work(state: UnitState, verb: str) -> None:
    if state.work_at is not None:
        problem = f"{state.subject} is in work at {state.work_at} and cannot {verb}"
        forbid("unit.in-work", problem, "complete the work first")


def _shipped(state: UnitState, event: Event) -> UnitState:
    if state.route.shipped:
        forbid("unit.steps-in-order", f"{state.subject} was shipped before", "scan the next unit")
    _ready(state, "shipped")
    return changed(state, route=replace(state.route, shipped=True))


def _sold(state: UnitState, event: Event) -> UnitState:
    if state.route.sold:
        forbid("unit.steps-in-order", f"{state.subject} was sold before", "sell another unit")
    _ready(state, "sold")
    return changed(state, route=replace(state.route, sold=True))


def _ready(state: UnitState, verb: str) -> None:
    """Refuse to let a unit out that is not finished."""
    route = state.route
    if not route.lines_left and (route.released or not route.planned):
        problem = f"{state.subject} has not left its line and cannot be {verb}"
        forbid("unit.out-needs-line-off", problem, "take it off the line first")
    _not_in_work(state, f"be {verb}")
    _not_held(state, verb)
    unit_build.no_open_parts(state, f"be {verb}")
    unit_quality.no_open_defect(state, verb)
    unit_quality.no_failed_test(state, verb)


def _held(state: UnitState, event: Event) -> UnitState:
    hold_id = event.body["hold_id"]
    if hold_id in state.holds:
        forbid("unit.new-hold", f"{state.subject} had hold {hold_id} before", "give the hold a new id")
    return changed(state, holds=with_key(state.holds, hold_id, True))


def _released_from_hold(state: UnitState, event: Event) -> UnitState:
    hold_id = event.body["hold_id"]
    if not state.holds.get(hold_id):
        in_force = [name for name, holds in state.holds.items() if holds]
        problem = f"{state.subject} is not under hold {hold_id}"
        forbid("unit.lift-open-hold", problem, f"its holds are {', '.join(in_force) or 'none'}")
    return changed(state, holds=with_key(state.holds, hold_id, False))


def _vin_reserved(state: UnitState, event: Event) -> UnitState:
    vin, number = state.vin, event.body["vin"]
    if vin.live is not None:
        forbid("unit.one-vin", f"{state.subject} has number {vin.live}", "give that number up first")
    if number in vin.given_up:
        forbid(
            "unit.vin-never-again", f"number {number} of {state.subject} was given up", "reserve a new one"
        )
    return changed(state, vin=Vin(number, False, vin.given_up))


def _vin_issued(state: UnitState, event: Event) -> UnitState:
    vin, number = state.vin, event.body["vin"]
    if vin.live != number or vin.issued:
        reserved = "none" if vin.live is None else f"{vin.live}{' (issued)' if vin.issued else ''}"
        problem = f"number {number} is not waiting for {state.subject}, which has {reserved}"
        forbid("unit.issue-reserved-vin", problem, "reserve the number for this unit first")
    return changed(state, vin=Vin(number, True, vin.given_up))


def _vin_voided(state: UnitState, event: Event) -> UnitState:
    vin, number = state.vin, event.body["vin"]
    if vin.live != number:
        problem = f"number {number} is not that of {state.subject}, which has {vin.live or 'none'}"
        forbid("unit.void-live-vin", problem, "give the unit's own number")
    return changed(state, vin=Vin(None, False, vin.given_up | {number}))


STEPS: dict[str, Callable[[UnitState, Event], UnitState]] = {
    "UnitPlanned": _planned,
    "UnitReleased": _released,
    "WorkStarted": _work_started,
    "WorkCompleted": _work_completed,
    "UnitLeftLine": _left_line,
    "UnitShipped": _shipped,
    "UnitSold": _sold,
    "UnitHeld": _held,
    "UnitReleasedFromHold": _released_from_hold,
    "VinReserved": _vin_reserved,
    "VinIssued": _vin_issued,
    "VinVoided": _vin_voided,
    "PartFitted": unit_build.part_fitted,
    "PartRemoved": unit_build.part_removed,
    "StageJoined": unit_build.stage_joined,
    "DefectFound": unit_quality.defect_found,
    "ReworkStarted": unit_quality.rework_started,
    "ReworkDone": unit_quality.rework_done,
    "UnitTested": unit_quality.tested,
}
