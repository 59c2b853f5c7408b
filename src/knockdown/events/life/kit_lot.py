"""What may follow what for a kit lot: its journey, discrepancies, claims and borrowed parts."""

from __future__ import annotations

from collections.abc import Callable

from knockdown.events.codes import ClaimCode
from knockdown.events.envelope import Event
from knockdown.events.life.rules import forbid
from knockdown.events.life.state import Bad, Borrow, ClaimStage, Extent, KitLotState, changed, with_key

Step = Callable[[KitLotState, Event], KitLotState]
REST = ""  # of `KitLotState.bonds`: all of the lot that is not known by the name of its container


def _late(state: KitLotState, verb: str) -> None:
    problem = f"{state.subject} was {verb} before, or went further"
    forbid("kit_lot.steps-in-order", problem, "scan another lot; void the later entry if it is wrong")


def _ordered(state: KitLotState, event: Event) -> KitLotState:
    if state.ordered or state.shipped or state.arrived:
        _late(state, "ordered")
    return changed(state, ordered=True, expected_at=event.body.get("expected_at"))


def _shipped(state: KitLotState, event: Event) -> KitLotState:
    """What is under way may be expected on another day: then it is told again."""
    expected = event.body.get("expected_at")
    if state.arrived.whole:
        _late(state, "shipped")
    if (state.shipped or state.arrived) and expected in (None, state.expected_at):
        problem = f"{state.subject} was shipped before, or went further, and no other expected day is said"
        step = "say on which other day it is expected; void the earlier entry if it is wrong"
        forbid("kit_lot.steps-in-order", problem, step)
    return changed(state, shipped=True, expected_at=state.expected_at if expected is None else expected)


def _named(state: KitLotState, event: Event) -> frozenset[str]:
    names = event.body.get("container_ids", ())
    found = frozenset(names)
    if len(found) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        problem = f"container {twice} of {state.subject} is named twice"
        forbid("kit_lot.container-once", problem, "name it once")
    return found


def _taken(state: KitLotState, done: Extent, event: Event, verb: str) -> Extent:
    """What a step takes: the containers it names, or all the rest; nothing is taken twice."""
    names = _named(state, event)
    if done.whole:
        _late(state, verb)
    twice = sorted(names & done.containers)
    if twice:
        problem = f"container {twice[0]} of {state.subject} was {verb} before"
        forbid("kit_lot.container-once", problem, "leave it out; void the earlier entry if it is wrong")
    return Extent(whole=not names, containers=names)


def _taken_here(state: KitLotState, done: Extent, event: Event, verb: str) -> Extent:
    """As `_taken`, of what arrived; a step that names no container takes what is here by now."""
    arrived = state.arrived
    if not arrived:
        forbid("kit_lot.clear-after-arrival", f"{state.subject} has not arrived", "receive it first")
    taken = _taken(state, done, event, verb)
    away = sorted(name for name in taken.containers if not arrived.covers(name))
    if away:
        problem = f"container {away[0]} of {state.subject} has not arrived"
        forbid("kit_lot.clear-after-arrival", problem, "receive it first")
    if not taken.whole or arrived.whole:
        return taken
    if arrived.containers <= done.containers:
        problem = f"all that arrived of {state.subject} was {verb} before"
        forbid("kit_lot.steps-in-order", problem, "receive the next container first, or scan another lot")
    return Extent(containers=arrived.containers - done.containers)


def _arrived(state: KitLotState, event: Event) -> KitLotState:
    return changed(state, arrived=state.arrived | _taken(state, state.arrived, event, "received"))


def _bonded(state: KitLotState, event: Event) -> KitLotState:
    names, bonded = _bonded_again(state, event), state.bonded
    if not names:
        taken = _taken_here(state, state.bonded | state.cleared, event, "bonded or cleared")
        names, bonded = taken.containers or frozenset({REST}), state.bonded | taken
    return changed(
        state, bonded=bonded, bonds={**state.bonds, **dict.fromkeys(names, event.body["bond_until"])}
    )


def _bonded_again(state: KitLotState, event: Event) -> frozenset[str]:
    """What is in bond and is given another day: all it names, or all there is if nothing else is left."""
    names, done, day = _named(state, event), state.bonded | state.cleared, event.body["bond_until"]
    if not names and (
        done.whole or (state.arrived.containers <= done.containers and not state.arrived.whole)
    ):
        names = frozenset(name for name in state.bonds if not state.cleared.covers(name))
    is_in_bond = all(state.bonded.covers(name) and not state.cleared.covers(name) for name in names)
    is_new = any(state.bonds.get(name, state.bonds.get(REST)) != day for name in names)
    return names if is_in_bond and is_new else frozenset()


def _cleared(state: KitLotState, event: Event) -> KitLotState:
    return changed(state, cleared=state.cleared | _taken_here(state, state.cleared, event, "cleared"))


# Discrepancies and claims


def _here(state: KitLotState) -> None:
    if not state.arrived:
        forbid("kit_lot.found-after-arrival", f"{state.subject} has not arrived", "receive it first")


def _discrepancy_found(state: KitLotState, event: Event) -> KitLotState:
    _here(state)
    found = with_key(state.discrepancies, event.event_id, None)
    if not ClaimCode.read(event.body["claim_code"]).is_here:
        return changed(state, discrepancies=found)
    bad = with_key(state.bad, event.event_id, Bad(event.body["part_id"], event.body["n_parts"]))
    return changed(state, discrepancies=found, bad=bad)


def _surplus_found(state: KitLotState, event: Event) -> KitLotState:
    _here(state)
    return changed(state)


def _part_disposed(state: KitLotState, event: Event) -> KitLotState:
    name, part_id, n_parts = (event.body[field] for field in ("discrepancy_id", "part_id", "n_parts"))
    bad = state.bad.get(name)
    if bad is None or bad.part_id != part_id or bad.n_left < n_parts:
        known = "none are bad" if bad is None else f"{bad.n_left} of {bad.part_id} are left"
        problem = f"{n_parts} of {part_id} are disposed of under {name} of {state.subject}: {known}"
        forbid("kit_lot.dispose-what-was-found", problem, "mend the discrepancy, the part or the count")
    return changed(state, bad=with_key(state.bad, name, Bad(part_id, bad.n_left - n_parts)))


def _kit_issued(state: KitLotState, event: Event) -> KitLotState:
    if not state.cleared:
        forbid("kit_lot.issue-after-clearing", f"{state.subject} is not cleared", "clear it first")
    return changed(state)


def _claim_drafted(state: KitLotState, event: Event) -> KitLotState:
    claim_id, ids = event.body["claim_id"], event.body["discrepancy_ids"]
    if claim_id in state.claims:
        forbid("kit_lot.new-claim", f"claim {claim_id} of {state.subject} exists", "give the claim a new id")
    unknown = [name for name in ids if name not in state.discrepancies]
    if unknown or not ids:
        problem = f"claim {claim_id} names {unknown[0] if unknown else 'no discrepancy'}"
        forbid("kit_lot.claim-what-was-found", problem, f"name events DiscrepancyFound of {state.subject}")
    for name in ids:
        other = state.discrepancies[name]
        if other is not None and state.claims[other] != "rejected":
            forbid("kit_lot.claim-once", f"discrepancy {name} stands in claim {other}", "leave it out here")
    return changed(
        state,
        claims=with_key(state.claims, claim_id, "drafted"),
        discrepancies={**state.discrepancies, **dict.fromkeys(ids, claim_id)},
    )


def _claim_step(before: tuple[ClaimStage, ...], then: ClaimStage, verb: str) -> Step:
    def step(state: KitLotState, event: Event) -> KitLotState:
        claim_id = event.body["claim_id"]
        stage = state.claims.get(claim_id)
        if stage not in before:
            problem = f"claim {claim_id} of {state.subject} is {stage or 'not known'} and cannot be {verb}"
            forbid("kit_lot.claim-in-order", problem, f"only a claim that is {' or '.join(before)} can")
        if stage == then:
            return changed(state)
        return changed(state, claims=with_key(state.claims, claim_id, then))

    return step


def _part_replaced(state: KitLotState, event: Event) -> KitLotState:
    _here(state)
    claim_id = event.body.get("claim_id")
    if claim_id is not None and state.claims.get(claim_id) not in ("sent", "accepted"):
        problem = f"claim {claim_id} of {state.subject} is {state.claims.get(claim_id, 'not known')}"
        forbid("kit_lot.replace-under-claim", problem, "name a claim that was sent, or none")
    return changed(state)


# Borrowing


def _part_borrowed(state: KitLotState, event: Event) -> KitLotState:
    body = event.body
    if not state.cleared:
        forbid("kit_lot.borrow-after-clearing", f"{state.subject} is not cleared", "clear it first")
    if body["to_kit_lot_id"] == state.subject_id:
        forbid(
            "kit_lot.no-own-debt", f"{state.subject} would owe itself", "name the lot that takes the parts"
        )
    if body["borrow_id"] in state.borrows:
        problem = f"borrow {body['borrow_id']} of {state.subject} exists"
        forbid("kit_lot.new-borrow", problem, "give the borrow a new id")
    owed = Borrow(body["part_id"], body["n_parts"])
    return changed(state, borrows=with_key(state.borrows, body["borrow_id"], owed))


def _borrow_paid_back(state: KitLotState, event: Event) -> KitLotState:
    borrow_id, part_id, n_parts = (event.body[name] for name in ("borrow_id", "part_id", "n_parts"))
    owed = state.borrows.get(borrow_id)
    if owed is None or owed.part_id != part_id or owed.n_owed < n_parts:
        known = "nothing" if owed is None else f"{owed.n_owed} of {owed.part_id}"
        problem = (
            f"{n_parts} of {part_id} came back under borrow {borrow_id} of {state.subject}: {known} is owed"
        )
        forbid("kit_lot.pay-back-debt", problem, "mend the borrow, the part or the count")
    return changed(state, borrows=with_key(state.borrows, borrow_id, Borrow(part_id, owed.n_owed - n_parts)))


STEPS: dict[str, Step] = {
    "KitLotOrdered": _ordered,
    "KitLotShipped": _shipped,
    "KitLotArrived": _arrived,
    "KitLotBonded": _bonded,
    "KitLotCleared": _cleared,
    "DiscrepancyFound": _discrepancy_found,
    "SurplusFound": _surplus_found,
    "PartDisposed": _part_disposed,
    "KitIssued": _kit_issued,
    "ClaimDrafted": _claim_drafted,
    "ClaimSent": _claim_step(("drafted",), "sent", "sent"),
    "ClaimAccepted": _claim_step(("sent", "accepted"), "accepted", "accepted"),
    "ClaimRejected": _claim_step(("sent",), "rejected", "rejected"),
    "ClaimReplaced": _claim_step(("sent", "accepted"), "accepted", "settled"),
    "ClaimCredited": _claim_step(("sent", "accepted"), "accepted", "settled"),
    "PartReplaced": _part_replaced,
    "PartBorrowed": _part_borrowed,
    "BorrowPaidBack": _borrow_paid_back,
}
