"""What may follow what for a unit: defects, rework and tests."""

from __future__ import annotations

from knockdown.events.envelope import Event
from knockdown.events.life.rules import forbid
from knockdown.events.life.state import UnitState, changed, with_key
from knockdown.events.life.unit_build import building, no_open_parts


def no_open_defect(state: UnitState, verb: str) -> None:
    """Refuse to let a unit out that has an open defect."""
    if state.defects and (open_ids := state.open_defects):
        problem = f"{state.subject} has open defects {', '.join(open_ids[:5])} and cannot be {verb}"
        forbid("unit.open-defect", problem, "rework them first")


def no_failed_test(state: UnitState, verb: str) -> None:
    """Refuse to let a unit out that failed a test and has not passed it since."""
    if state.failed_tests:
        problem = f"{state.subject} failed {', '.join(sorted(state.failed_tests)[:5])} and cannot be {verb}"
        forbid("unit.failed-test", problem, "test it again first")


def defect_found(state: UnitState, event: Event) -> UnitState:
    """Note a defect."""
    building(state, "defects")
    defect_id = event.body["defect_id"]
    if defect_id in state.defects:
        problem = f"{state.subject} had defect {defect_id} before"
        forbid("unit.new-defect", problem, "give the defect a new id")
    return changed(state, defects=with_key(state.defects, defect_id, "open"))


def rework_started(state: UnitState, event: Event) -> UnitState:
    """Begin to put a defect right."""
    defect_id = event.body["defect_id"]
    stage = state.defects.get(defect_id)
    if stage != "open":
        known = {None: "is not known", "rework": "is in rework", "done": "was put right"}[stage]
        problem = f"defect {defect_id} of {state.subject} {known}"
        forbid("unit.rework-open-defect", problem, "tell the defect first, or name an open one")
    return changed(state, defects=with_key(state.defects, defect_id, "rework"))


def rework_done(state: UnitState, event: Event) -> UnitState:
    """Put a defect right."""
    defect_id = event.body["defect_id"]
    if state.defects.get(defect_id) != "rework":
        problem = f"defect {defect_id} of {state.subject} is not in rework"
        forbid("unit.rework-needs-start", problem, "start its rework first")
    return changed(state, defects=with_key(state.defects, defect_id, "done"))


def tested(state: UnitState, event: Event) -> UnitState:
    """Note a test; only the last result of each test counts."""
    building(state, "tests")
    test_id, passed = event.body["test_id"], event.body["passed"]
    if passed and event.body.get("final"):
        no_open_parts(state, f"pass its final test {test_id}")
    failed = state.failed_tests - {test_id} if passed else state.failed_tests | {test_id}
    return changed(state, failed_tests=failed)
