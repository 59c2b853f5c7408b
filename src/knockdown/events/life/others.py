"""What may follow what for the simpler subjects: case, part lot, station, contract, crew, plant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from knockdown.events.envelope import Event
from knockdown.events.life.rules import forbid
from knockdown.events.life.state import (
    CaseState,
    ContractState,
    CrewState,
    PartLotState,
    PlantState,
    StationState,
    changed,
)

Steps = dict[str, Callable[[Any, Event], Any]]


def _lot_of_case(state: CaseState, event: Event) -> str:
    lot: str = event.body["kit_lot_id"]
    if state.kit_lot_id not in (None, lot):
        problem = f"{state.subject} belongs to kit lot {state.kit_lot_id}, not to {lot}"
        forbid("case.one-kit-lot", problem, "mend the kit lot, or give the case a name of its own")
    return lot


def _case_packed(state: CaseState, event: Event) -> CaseState:
    lot = _lot_of_case(state, event)
    revision, page, n_pages = (event.body.get(name, 1) for name in ("revision", "page_no", "n_pages"))
    before, last, n_before = state.packed
    follows = (revision, page, n_pages) == (before, last + 1, n_before)
    if not follows and not (revision > before and page == 1):
        told = f"page {page} of {n_pages} of revision {revision} of {state.subject}"
        then = f"follows page {last} of {n_before} of revision {before}" if before else "comes first"
        step = "tell the pages in order, from 1 on, and a new list under a higher revision"
        forbid("case.pages-in-order", f"{told} {then}", step)
    return changed(state, kit_lot_id=lot, packed=(revision, page, n_pages))


def _case_opened(state: CaseState, event: Event) -> CaseState:
    lot = _lot_of_case(state, event)
    if state.opened:
        forbid("case.opened-once", f"{state.subject} was opened before", "scan the next case")
    return changed(state, opened=True, kit_lot_id=lot)


def _case_counted(state: CaseState, event: Event) -> CaseState:
    _lot_of_case(state, event)
    if not state.opened:
        forbid("case.count-what-is-open", f"{state.subject} is not opened", "open it first")
    return changed(state)


def _part_lot_received(state: PartLotState, event: Event) -> PartLotState:
    if state.part_id is not None:
        forbid("part_lot.received-once", f"{state.subject} was received before", "give the batch a new id")
    return changed(state, part_id=event.body["part_id"], n_received=event.body["n_parts"])


def _place_of_use(state: PartLotState, event: Event) -> str:
    part_id = event.body["part_id"]
    if state.part_id != part_id:
        known = "was not received" if state.part_id is None else f"is of {state.part_id}"
        problem = f"{state.subject} {known}, so {part_id} cannot be used from it"
        forbid("part_lot.use-after-receipt", problem, "receive the batch first, or mend the part")
    if event.place is None:
        forbid("part_lot.names-place", f"{state.subject} is used at no place", "give the station or store")
    return event.place


def _part_lot_opened(state: PartLotState, event: Event) -> PartLotState:
    place = _place_of_use(state, event)
    if place in state.open_at:
        forbid("part_lot.open-once", f"{state.subject} is open at {place} already", "scan the new batch")
    return changed(state, open_at=state.open_at | {place})


def _part_lot_closed(state: PartLotState, event: Event) -> PartLotState:
    place = _place_of_use(state, event)
    if place not in state.open_at:
        open_at = ", ".join(sorted(state.open_at)[:5]) or "nowhere"
        problem = f"{state.subject} is open at {open_at}, not at {place}"
        forbid("part_lot.close-what-is-open", problem, "open it there first, or mend the place")
    n_left = event.body.get("n_parts_left", 0)
    if n_left > state.n_received:
        problem = f"{n_left} are left of {state.subject}, which had {state.n_received}"
        forbid("part_lot.left-of-received", problem, "count again")
    return changed(state, open_at=state.open_at - {place})


def _station_stopped(state: StationState, event: Event) -> StationState:
    stop_id = event.body["stop_id"]
    if stop_id in state.stops:
        forbid("station.new-stop", f"stop {stop_id} of {state.subject} is open", "give the stop a new id")
    return changed(state, stops=state.stops | {stop_id})


def _station_restarted(state: StationState, event: Event) -> StationState:
    stop_id = event.body["stop_id"]
    if stop_id not in state.stops:
        open_ids = ", ".join(sorted(state.stops)[:5]) or "none"
        problem = f"stop {stop_id} of {state.subject} is not open"
        forbid("station.restart-what-stopped", problem, f"its open stops are {open_ids}")
    return changed(state, stops=state.stops - {stop_id})


def _andon_raised(state: StationState, event: Event) -> StationState:
    andon_id = event.body["andon_id"]
    if andon_id in state.andons:
        forbid("station.new-andon", f"call {andon_id} of {state.subject} is open", "give the call a new id")
    return changed(state, andons=state.andons | {andon_id})


def _andon_cleared(state: StationState, event: Event) -> StationState:
    andon_id = event.body["andon_id"]
    if andon_id not in state.andons:
        open_ids = ", ".join(sorted(state.andons)[:5]) or "none"
        problem = f"call {andon_id} of {state.subject} is not open"
        forbid("station.clear-what-was-raised", problem, f"its open calls are {open_ids}")
    return changed(state, andons=state.andons - {andon_id})


def _contract_signed(state: ContractState, event: Event) -> ContractState:
    if state.signed:
        forbid("contract.signed-once", f"{state.subject} was signed before", "give a new contract a new id")
    return changed(state, signed=True)


def _shift_started(state: CrewState, event: Event) -> CrewState:
    if state.shift_id is not None:
        forbid("crew.one-shift", f"{state.subject} is in shift {state.shift_id}", "end that shift first")
    return changed(state, shift_id=event.body["shift_id"])


def _shift_ended(state: CrewState, event: Event) -> CrewState:
    shift_id = event.body["shift_id"]
    if state.shift_id != shift_id:
        problem = f"{state.subject} is in shift {state.shift_id or 'none'}, not in {shift_id}"
        forbid("crew.end-what-started", problem, "start the shift first, or mend its id")
    return changed(state, shift_id=None)


def _people_changed(state: CrewState, event: Event) -> CrewState:
    return changed(state)


def _stock_counted(state: PlantState, event: Event) -> PlantState:
    if event.place is None:
        forbid(
            "plant.count-names-store", f"a count of {event.body['part_id']} has no place", "give the store"
        )
    return changed(state)


def _plant_unchanged(state: PlantState, event: Event) -> PlantState:
    return changed(state)


CASE_STEPS: Steps = {"CasePacked": _case_packed, "CaseOpened": _case_opened, "CaseCounted": _case_counted}
PART_LOT_STEPS: Steps = {
    "PartLotReceived": _part_lot_received,
    "PartLotOpened": _part_lot_opened,
    "PartLotClosed": _part_lot_closed,
}
STATION_STEPS: Steps = {
    "StationStopped": _station_stopped,
    "StationRestarted": _station_restarted,
    "AndonRaised": _andon_raised,
    "AndonCleared": _andon_cleared,
}
CONTRACT_STEPS: Steps = {"ContractSigned": _contract_signed}
CREW_STEPS: Steps = {
    "ShiftStarted": _shift_started,
    "ShiftEnded": _shift_ended,
    "PeopleHired": _people_changed,
    "PeopleLeft": _people_changed,
    "OvertimeWorked": _people_changed,
}
PLANT_STEPS: Steps = {
    "StockCounted": _stock_counted,
    "LoosePartsIssued": _plant_unchanged,
    "PackagingReturned": _plant_unchanged,
}
