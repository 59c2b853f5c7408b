"""A second description of life for units, kit lots and cases: slow, without state, sentence by sentence.

`broken(history, event)` looks through the whole history for each rule and names all that the
event would break. It shares nothing with `knockdown.events.life` but the ids of the rules.
"""


def told(history, kind, **body):
    return [e for e in history if e.kind == kind and all(e.body[n] == v for n, v in body.items())]


def any_told(history, *kinds):
    return any(e.kind in kinds for e in history)


# What a unit's history says


def there(h):
    return any_told(h, "UnitReleased", "UnitLeftLine")


def in_work_at(h):
    work = [e for e in h if e.kind in ("WorkStarted", "WorkCompleted")]
    return work[-1].place if work and work[-1].kind == "WorkStarted" else None


def held(h):
    return len(told(h, "UnitHeld")) > len(told(h, "UnitReleasedFromHold"))


def shipped(h):
    return any_told(h, "UnitShipped")


def n_in(h, part_id):
    fitted = sum(e.body["n_parts"] for e in told(h, "PartFitted", part_id=part_id))
    return fitted - sum(e.body["n_parts"] for e in told(h, "PartRemoved", part_id=part_id))


def has_serial(h, part_id, serial):
    these = {"part_id": part_id, "serial": serial}
    return len(told(h, "PartFitted", **these)) > len(told(h, "PartRemoved", **these))


def n_serials(h, part_id):
    return sum(has_serial(h, part_id, s) for s in {e.body["serial"] for e in told(h, "PartFitted")} - {None})


def short_of(h):
    return any(
        not told(h[i:], "PartFitted", part_id=part_id)
        for i, e in enumerate(h)
        if e.kind == "UnitLeftLine"
        for part_id in e.body["open_part_ids"]
    )


def failed(h):
    last = {e.body["test_id"]: e.body["passed"] for e in told(h, "UnitTested")}
    return not all(last.values())


def live_vin(h):
    numbers = [e for e in h if e.kind in ("VinReserved", "VinIssued", "VinVoided")]
    return numbers[-1].body["vin"] if numbers and numbers[-1].kind != "VinVoided" else None


def in_rework(h, defect_id):
    return len(told(h, "ReworkStarted", defect_id=defect_id)) > len(
        told(h, "ReworkDone", defect_id=defect_id)
    )


def late_step(h, e):
    steps = ["UnitPlanned", "UnitReleased", "UnitLeftLine", "UnitShipped", "UnitSold"]
    if e.kind in ("UnitShipped", "UnitSold"):
        return any_told(h, e.kind)
    if e.kind == "UnitLeftLine":
        return bool(told(h, e.kind, line_id=e.body["line_id"])) or any_told(h, "UnitShipped", "UnitSold")
    return any_told(h, *steps[steps.index(e.kind) :])


def wrong_serial_out(h, e):
    part_id, serial = e.body["part_id"], e.body["serial"]
    if serial:
        return not has_serial(h, part_id, serial)
    named = n_serials(h, part_id)
    return named > 0 and n_in(h, part_id) - e.body["n_parts"] < named


def parts_locked(h, e):
    if e.kind in ("PartFitted", "PartRemoved"):
        return shipped(h) and len(told(h, "ReworkStarted")) == len(told(h, "ReworkDone"))
    return shipped(h)


OUT = ("UnitShipped", "UnitSold")
BUILD = ("PartFitted", "PartRemoved", "DefectFound", "UnitTested", "StageJoined")

UNIT = [
    ("unit.steps-in-order", ("UnitPlanned", "UnitReleased", "UnitLeftLine", *OUT), late_step),
    ("unit.work-needs-release", ("WorkStarted",), lambda h, e: not there(h)),
    ("unit.build-needs-release", BUILD, lambda h, e: not there(h)),
    ("unit.work-names-station", ("WorkStarted",), lambda h, e: e.place is None),
    ("unit.one-station", ("WorkStarted",), lambda h, e: in_work_at(h) is not None),
    ("unit.work-needs-start", ("WorkCompleted",), lambda h, e: e.place is None or in_work_at(h) != e.place),
    ("unit.held", ("UnitReleased", "WorkStarted", "StageJoined", *OUT), lambda h, e: held(h)),
    ("unit.away", ("WorkStarted", "StageJoined", "PartFitted", "PartRemoved"), parts_locked),
    ("unit.in-work", ("UnitLeftLine", *OUT), lambda h, e: in_work_at(h) is not None),
    (
        "unit.out-needs-line-off",
        OUT,
        lambda h, e: (
            not any_told(h, "UnitLeftLine")
            and (any_told(h, "UnitReleased") or not any_told(h, "UnitPlanned"))
        ),
    ),
    ("unit.open-defect", OUT, lambda h, e: len(told(h, "DefectFound")) > len(told(h, "ReworkDone"))),
    ("unit.failed-test", OUT, lambda h, e: failed(h)),
    ("unit.open-parts", OUT, lambda h, e: short_of(h)),
    ("unit.open-parts", ("UnitTested",), lambda h, e: e.body["final"] and e.body["passed"] and short_of(h)),
    (
        "unit.new-defect",
        ("DefectFound",),
        lambda h, e: bool(told(h, "DefectFound", defect_id=e.body["defect_id"])),
    ),
    (
        "unit.rework-open-defect",
        ("ReworkStarted",),
        lambda h, e: (
            not told(h, "DefectFound", defect_id=e.body["defect_id"])
            or bool(told(h, "ReworkStarted", defect_id=e.body["defect_id"]))
        ),
    ),
    ("unit.rework-needs-start", ("ReworkDone",), lambda h, e: not in_rework(h, e.body["defect_id"])),
    ("unit.new-hold", ("UnitHeld",), lambda h, e: bool(told(h, "UnitHeld", hold_id=e.body["hold_id"]))),
    (
        "unit.lift-open-hold",
        ("UnitReleasedFromHold",),
        lambda h, e: (
            len(told(h, "UnitHeld", hold_id=e.body["hold_id"]))
            == len(told(h, "UnitReleasedFromHold", hold_id=e.body["hold_id"]))
        ),
    ),
    ("unit.remove-fitted", ("PartRemoved",), lambda h, e: n_in(h, e.body["part_id"]) < e.body["n_parts"]),
    (
        "unit.one-part-a-serial",
        ("PartFitted", "PartRemoved"),
        lambda h, e: e.body["serial"] is not None and e.body["n_parts"] > 1,
    ),
    (
        "unit.serial-once",
        ("PartFitted",),
        lambda h, e: e.body["serial"] is not None and has_serial(h, e.body["part_id"], e.body["serial"]),
    ),
    ("unit.remove-serial", ("PartRemoved",), wrong_serial_out),
    (
        "unit.join-once",
        ("StageJoined",),
        lambda h, e: (
            e.subject == f"unit/{e.body['joined_unit_id']}"
            or bool(told(h, "StageJoined", joined_unit_id=e.body["joined_unit_id"]))
        ),
    ),
    ("unit.one-vin", ("VinReserved",), lambda h, e: live_vin(h) is not None),
    ("unit.vin-never-again", ("VinReserved",), lambda h, e: bool(told(h, "VinVoided", vin=e.body["vin"]))),
    (
        "unit.issue-reserved-vin",
        ("VinIssued",),
        lambda h, e: live_vin(h) != e.body["vin"] or bool(told(h, "VinIssued", vin=e.body["vin"])),
    ),
    ("unit.void-live-vin", ("VinVoided",), lambda h, e: live_vin(h) != e.body["vin"]),
]


# What a kit lot's history says

SETTLED = ["ClaimAccepted", "ClaimRejected", "ClaimReplaced", "ClaimCredited"]
CLAIM = {  # kind: what must have been said of the claim, what must not
    "ClaimSent": (["ClaimDrafted"], ["ClaimSent"]),
    "ClaimAccepted": (["ClaimSent"], ["ClaimRejected"]),
    "ClaimRejected": (["ClaimSent"], SETTLED),
    "ClaimReplaced": (["ClaimSent"], ["ClaimRejected"]),
    "ClaimCredited": (["ClaimSent"], ["ClaimRejected"]),
}
REST = "*"  # all containers that were never named


def took(h, *kinds):
    """Name the containers that took one of these steps."""
    names = set()
    for i, e in enumerate(h):
        if e.kind in kinds:
            rest = {REST} if e.kind == "KitLotArrived" else took(h[:i], "KitLotArrived")
            names |= set(e.body["container_ids"]) or rest
    return names


def before(h, e):
    """Name the containers that took this step or a later one, as far as it keeps them from taking it."""
    return took(h, *["KitLotBonded", "KitLotCleared"] if e.kind == "KitLotBonded" else [e.kind])


def another_day(h, e):
    """Say whether this only gives another day to what is under way, or to what is in bond."""
    if e.kind == "KitLotShipped":
        days = [o.body["expected_at"] for o in told_of(h, "KitLotOrdered", "KitLotShipped")]
        days = [day for day in days if day is not None]
        is_new = e.body["expected_at"] is not None and e.body["expected_at"] != (days or [None])[-1]
        return is_new and REST not in took(h, "KitLotArrived")
    if e.kind != "KitLotBonded":
        return False
    days = bond_days(h)
    return any(days.get(name, days.get(REST)) != e.body["bond_until"] for name in bonded_again(h, e))


def bonded_again(h, e):
    """Name what is in bond already and goes into bond again, if nothing else does."""
    names, held = set(e.body["container_ids"]), took(h, "KitLotBonded")
    gone = took(h, "KitLotCleared")
    if len(names) < len(e.body["container_ids"]) or REST in gone:
        return set()
    if names:
        is_held = all(name not in gone and (name in held or REST in held) for name in names)
        return names if is_held else set()
    return set() if fresh(h) else set(bond_days(h)) - gone


def fresh(h):
    """Name what came and went neither into bond nor out of customs."""
    here, done = took(h, "KitLotArrived"), took(h, "KitLotBonded", "KitLotCleared")
    if REST in done:
        return set()
    return {REST} if REST in here else here - done


def bond_days(h):
    """Give the day on which the bond of each container ends."""
    days = {}
    for i, e in enumerate(h):
        if e.kind == "KitLotBonded":
            names = set(e.body["container_ids"]) or fresh(h[:i]) or set(days) - took(h[:i], "KitLotCleared")
            days.update(dict.fromkeys(names, e.body["bond_until"]))
    return days


def told_of(h, *kinds):
    return [e for e in h if e.kind in kinds]


def late_lot(h, e):
    if another_day(h, e):
        return False
    if e.kind in ("KitLotOrdered", "KitLotShipped"):
        return any_told(h, e.kind, "KitLotShipped", "KitLotArrived")
    here, done = took(h, "KitLotArrived"), before(h, e)
    if REST in done:
        return True
    nothing_left = here and REST not in here and here <= done
    return bool(nothing_left and e.kind != "KitLotArrived" and not e.body["container_ids"])


def container_twice(h, e):
    names = e.body["container_ids"]
    is_again = bool(set(names) & before(h, e)) and not another_day(h, e)
    return len(set(names)) < len(names) or is_again


def not_arrived(h, e):
    here = took(h, "KitLotArrived")
    return not here or (REST not in here and not here.issuperset(e.body["container_ids"]))


def not_here(h, e):
    return not any_told(h, "KitLotArrived")


def not_cleared(h, e):
    return not any_told(h, "KitLotCleared")


def n_waiting(h, e):
    """Count the bad pieces of this part that the discrepancy found and nobody disposed of."""
    name, part_id = e.body["discrepancy_id"], e.body["part_id"]
    found = [d for d in told(h, "DiscrepancyFound", part_id=part_id) if d.event_id == name]
    n_bad = sum(d.body["n_parts"] for d in found if d.body["claim_code"] in ("D", "F", "DP", "DT", "A"))
    return n_bad - sum(d.body["n_parts"] for d in told(h, "PartDisposed", discrepancy_id=name))


def claim_out_of_order(h, e):
    wanted, unwanted = CLAIM[e.kind]
    said = {kind for kind in CLAIM | {"ClaimDrafted": 0} if told(h, kind, claim_id=e.body["claim_id"])}
    return not said.issuperset(wanted) or not said.isdisjoint(unwanted)


def claimed_elsewhere(h, e):
    rejected = {c.body["claim_id"] for c in told(h, "ClaimRejected")}
    live = [c for c in told(h, "ClaimDrafted") if c.body["claim_id"] not in rejected]
    return any(set(c.body["discrepancy_ids"]) & set(e.body["discrepancy_ids"]) for c in live)


def not_found(h, e):
    found = {d.event_id for d in told(h, "DiscrepancyFound")}
    return not e.body["discrepancy_ids"] or not found.issuperset(e.body["discrepancy_ids"])


def claim_not_pending(h, e):
    claim_id = e.body["claim_id"]
    sent, rejected = told(h, "ClaimSent", claim_id=claim_id), told(h, "ClaimRejected", claim_id=claim_id)
    return claim_id is not None and (not sent or bool(rejected))


def owed(h, e):
    of = {"borrow_id": e.body["borrow_id"], "part_id": e.body["part_id"]}
    taken = sum(b.body["n_parts"] for b in told(h, "PartBorrowed", **of))
    return taken - sum(b.body["n_parts"] for b in told(h, "BorrowPaidBack", **of))


KIT_LOT = [
    (
        "kit_lot.steps-in-order",
        ("KitLotOrdered", "KitLotShipped", "KitLotArrived", "KitLotBonded", "KitLotCleared"),
        late_lot,
    ),
    ("kit_lot.container-once", ("KitLotArrived", "KitLotBonded", "KitLotCleared"), container_twice),
    ("kit_lot.clear-after-arrival", ("KitLotBonded", "KitLotCleared"), not_arrived),
    ("kit_lot.issue-after-clearing", ("KitIssued",), not_cleared),
    (
        "kit_lot.dispose-what-was-found",
        ("PartDisposed",),
        lambda h, e: n_waiting(h, e) < e.body["n_parts"],
    ),
    ("kit_lot.found-after-arrival", ("DiscrepancyFound", "SurplusFound", "PartReplaced"), not_here),
    ("kit_lot.claim-what-was-found", ("ClaimDrafted",), not_found),
    ("kit_lot.claim-once", ("ClaimDrafted",), claimed_elsewhere),
    (
        "kit_lot.new-claim",
        ("ClaimDrafted",),
        lambda h, e: bool(told(h, "ClaimDrafted", claim_id=e.body["claim_id"])),
    ),
    ("kit_lot.claim-in-order", tuple(CLAIM), claim_out_of_order),
    ("kit_lot.replace-under-claim", ("PartReplaced",), claim_not_pending),
    ("kit_lot.borrow-after-clearing", ("PartBorrowed",), not_cleared),
    (
        "kit_lot.new-borrow",
        ("PartBorrowed",),
        lambda h, e: bool(told(h, "PartBorrowed", borrow_id=e.body["borrow_id"])),
    ),
    (
        "kit_lot.no-own-debt",
        ("PartBorrowed",),
        lambda h, e: e.subject == f"kit_lot/{e.body['to_kit_lot_id']}",
    ),
    ("kit_lot.pay-back-debt", ("BorrowPaidBack",), lambda h, e: owed(h, e) < e.body["n_parts"]),
]


# What a case's history says


def page_out_of_turn(h, e):
    """Say whether this page neither begins a newer list nor goes on with the one that was told last."""
    revision, page_no, n_pages = (e.body[name] for name in ("revision", "page_no", "n_pages"))
    packed = told(h, "CasePacked")
    if page_no == 1:
        return any(p.body["revision"] >= revision for p in packed)
    pages = [p.body["page_no"] for p in told(packed, "CasePacked", revision=revision, n_pages=n_pages)]
    return pages != list(range(1, page_no)) or packed[-1].body["revision"] != revision


CASE = [
    ("case.opened-once", ("CaseOpened",), lambda h, e: any_told(h, "CaseOpened")),
    (
        "case.one-kit-lot",
        ("CasePacked", "CaseOpened", "CaseCounted"),
        lambda h, e: any(other.body["kit_lot_id"] != e.body["kit_lot_id"] for other in h),
    ),
    ("case.pages-in-order", ("CasePacked",), page_out_of_turn),
    ("case.count-what-is-open", ("CaseCounted",), lambda h, e: not any_told(h, "CaseOpened")),
]

TABLES = {"unit": UNIT, "kit_lot": KIT_LOT, "case": CASE}


def broken(history, event):
    """Name every rule that the event would break after this lawful history, which may contain voids."""
    if event.version != len(history) + 1:
        return {"any.next-version"}
    if event.kind != "EntryVoided":
        return broken_now(counting(history), event)
    target = next((e for e in history if e.event_id == event.body["voided_event_id"]), None)
    if target is None:
        return {"void.own-entry"}
    if target.kind == "EntryVoided":
        return {"void.not-a-void"}
    if target not in counting(history):
        return {"void.once"}
    left = [e for e in counting(history) if e is not target]
    return next((found for i, e in enumerate(left) if (found := broken_now(left[:i], e))), set())


def counting(history):
    gone = {e.body["voided_event_id"] for e in told(history, "EntryVoided")}
    return [e for e in history if e.kind != "EntryVoided" and e.event_id not in gone]


def broken_now(history, event):
    return {
        rule
        for rule, kinds, breaks in TABLES[event.subject_type]
        if event.kind in kinds and breaks(history, event)
    }
