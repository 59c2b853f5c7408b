"""What each kind of event does to its subject's record. The law was asked before; here nothing is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from knockdown.events.codes import Disposition
from knockdown.events.envelope import Event
from knockdown.ledger.records import (
    CaseView,
    ContractView,
    CrewView,
    KitLotView,
    PartLotView,
    StationView,
    StoreView,
    UnitView,
)

Step = Callable[[Any, Event, Mapping[str, Any]], None]
STEPS: dict[str, Step] = {}


def _on(*kinds: str) -> Callable[[Step], Step]:
    def note(step: Step) -> Step:
        STEPS.update(dict.fromkeys(kinds, step))
        return step

    return note


# Units


@_on("UnitPlanned")
def _unit_planned(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.variant_id, unit.line_id = body["variant_id"], body["line_id"]
    unit.kit_lot_id, unit.kit_no = body["kit_lot_id"] or unit.kit_lot_id, body["kit_no"]


@_on("UnitReleased")
def _unit_released(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.variant_id, unit.line_id = body["variant_id"], body["line_id"]
    unit.kit_lot_id, unit.kit_no = body["kit_lot_id"], body["kit_no"]
    unit.status, unit.released_at = "released", event.happened_at


@_on("WorkStarted")
def _work_started(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.status, unit.place = "in_work", event.place


@_on("WorkCompleted")
def _work_completed(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.status = "waiting" if unit.left_line_at is None else "off_line"


@_on("UnitLeftLine")
def _left_line(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.status, unit.left_line_at = "off_line", event.happened_at
    unit.line_id = unit.line_id or body["line_id"]
    unit.open_part_ids = list(body["open_part_ids"])


@_on("UnitShipped")
def _shipped(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.status, unit.market_id = ("sold" if unit.sold_at is not None else "shipped"), body["market_id"]


@_on("UnitSold")
def _sold(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.status, unit.sold_at, unit.market_id = "sold", event.happened_at, body["market_id"]


@_on("UnitHeld")
def _held(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.holds[body["hold_id"]] = body["reason"]


@_on("UnitReleasedFromHold")
def _hold_lifted(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.holds.pop(body["hold_id"], None)


@_on("PartFitted")
def _part_fitted(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    if body["part_id"] in unit.open_part_ids:
        unit.open_part_ids.remove(body["part_id"])


@_on("DefectFound")
def _defect_found(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.open_defect_ids.append(body["defect_id"])


@_on("ReworkDone")
def _rework_done(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    if body["defect_id"] in unit.open_defect_ids:
        unit.open_defect_ids.remove(body["defect_id"])


@_on("StageJoined")
def _joined(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.joined_unit_ids.append(body["joined_unit_id"])


@_on("VinReserved", "VinIssued")
def _vin(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.vin = body["vin"]


@_on("VinVoided")
def _vin_voided(unit: UnitView, event: Event, body: Mapping[str, Any]) -> None:
    unit.vin = None if unit.vin == body["vin"] else unit.vin


# Kit lots and cases

REST = ""  # all of a kit lot that is not known by the name of its container
_JOURNEY = ("shipped", "customs", "cleared")


def _least_far(lot: KitLotView) -> str:
    return min(lot.containers.values(), key=_JOURNEY.index)


def _in_customs(lot: KitLotView) -> list[str]:
    return [name for name, status in lot.containers.items() if status == "customs"]


@_on("KitLotOrdered")
def _lot_ordered(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.contract_id, lot.variant_id, lot.n_kits = body["contract_id"], body["variant_id"], body["n_kits"]
    lot.n_used = body["n_used"]
    lot.ordered_at, lot.expected_at = event.happened_at, body["expected_at"]


@_on("KitLotShipped")
def _lot_shipped(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    """Said again of what is under way, it only brings another expected day."""
    if lot.status == "ordered":
        lot.status, lot.shipped_at = "shipped", event.happened_at
    for name in body["container_ids"]:
        lot.containers.setdefault(name, "shipped")
    lot.status = _least_far(lot) if lot.containers else lot.status
    lot.expected_at = body["expected_at"] or lot.expected_at


@_on("KitLotArrived")
def _lot_arrived(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.arrived_at = event.happened_at
    names = body["container_ids"] or [n for n, status in lot.containers.items() if status == "shipped"]
    lot.containers.update(dict.fromkeys(names or [REST], "customs"))
    lot.status = _least_far(lot)


@_on("KitLotCleared")
def _lot_cleared(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.cleared_at = event.happened_at
    for name in body["container_ids"] or _in_customs(lot) or [REST]:
        lot.containers[name] = "cleared"
        lot.bonds.pop(name, None)
    lot.status, lot.bond_until = _least_far(lot), min(lot.bonds.values(), default=None)


@_on("KitLotBonded")
def _lot_bonded(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    """What goes into bond, or all that is in bond if nothing else is left, which gets another day."""
    here = _in_customs(lot)
    for name in body["container_ids"] or [name for name in here if name not in lot.bonds] or here:
        lot.containers[name] = "customs"
        lot.bonds[name] = body["bond_until"]
    lot.bond_until = min(lot.bonds.values(), default=None)


@_on("DiscrepancyFound")
def _discrepancy(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.missing[body["part_id"]] += body["n_parts"]


@_on("PartDisposed")
def _disposed(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    if Disposition.read(body["disposition"]).is_usable:
        lot.missing[body["part_id"]] -= body["n_parts"]


@_on("PartReplaced")
def _replaced(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.missing[body["part_id"]] -= body["n_parts"]


@_on("ClaimDrafted", "ClaimSent", "ClaimAccepted", "ClaimReplaced", "ClaimCredited", "ClaimRejected")
def _claim(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.claims[body["claim_id"]] = event.kind.removeprefix("Claim").lower()


@_on("PartBorrowed")
def _borrowed(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.owed[body["borrow_id"]] = [body["part_id"], body["n_parts"], body["to_kit_lot_id"]]


@_on("BorrowPaidBack")
def _paid_back(lot: KitLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.owed[body["borrow_id"]][1] -= body["n_parts"]


@_on("CasePacked")
def _case_packed(case: CaseView, event: Event, body: Mapping[str, Any]) -> None:
    if body["page_no"] == 1:
        case.n_lines = 0
    case.n_lines += len(body["part_ids"])
    case.kit_lot_id, case.container_id = body["kit_lot_id"], body["container_id"]
    case.revision = body["revision"]


@_on("CaseOpened")
def _case_opened(case: CaseView, event: Event, body: Mapping[str, Any]) -> None:
    case.kit_lot_id, case.opened_at = body["kit_lot_id"], event.happened_at


# Part lots, stations, crews, contracts, stores


@_on("PartLotReceived")
def _part_lot_received(lot: PartLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.part_id, lot.kit_lot_id = body["part_id"], body["kit_lot_id"]
    lot.n_parts += body["n_parts"]


@_on("PartLotOpened")
def _part_lot_opened(lot: PartLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.part_id = body["part_id"]
    lot.open_at.append(event.place or "")


@_on("PartLotClosed")
def _part_lot_closed(lot: PartLotView, event: Event, body: Mapping[str, Any]) -> None:
    lot.n_parts = body["n_parts_left"]
    if (event.place or "") in lot.open_at:
        lot.open_at.remove(event.place or "")


@_on("StationStopped")
def _stopped(station: StationView, event: Event, body: Mapping[str, Any]) -> None:
    station.stops[body["stop_id"]] = body["reason"]
    station.n_stops += 1


@_on("StationRestarted")
def _restarted(station: StationView, event: Event, body: Mapping[str, Any]) -> None:
    station.stops.pop(body["stop_id"], None)


@_on("AndonRaised")
def _andon(station: StationView, event: Event, body: Mapping[str, Any]) -> None:
    station.andons[body["andon_id"]] = body["reason"]


@_on("AndonCleared")
def _andon_cleared(station: StationView, event: Event, body: Mapping[str, Any]) -> None:
    station.andons.pop(body["andon_id"], None)


@_on("ShiftStarted", "ShiftEnded")
def _shift(crew: CrewView, event: Event, body: Mapping[str, Any]) -> None:
    crew.shift_id = body["shift_id"] if event.kind == "ShiftStarted" else None


@_on("PeopleHired", "PeopleLeft")
def _people(crew: CrewView, event: Event, body: Mapping[str, Any]) -> None:
    crew.is_counted = True
    crew.n_people += body["n_people"] if event.kind == "PeopleHired" else -body["n_people"]


@_on("OvertimeWorked")
def _overtime(crew: CrewView, event: Event, body: Mapping[str, Any]) -> None:
    crew.overtime_ms += body["work_ms"]


@_on("ContractSigned")
def _signed(contract: ContractView, event: Event, body: Mapping[str, Any]) -> None:
    contract.partner_id, contract.n_kits, contract.last_day = (
        body["partner_id"], body["n_kits"], body["last_day"],
    )  # fmt: skip


@_on("StockCounted")
def _counted(store: StoreView, event: Event, body: Mapping[str, Any]) -> None:
    store.counted.setdefault(event.place or "", {})[body["part_id"]] = body["n_parts"]


@_on("PartRemoved", "ReworkStarted", "UnitTested", "CaseCounted", "SurplusFound", "KitIssued")
@_on("LoosePartsIssued", "PackagingReturned")
def _no_change(record: object, event: Event, body: Mapping[str, Any]) -> None:
    """Known, and leaves the record as it is."""
