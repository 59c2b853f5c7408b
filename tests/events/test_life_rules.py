"""One refusal a rule, by exactly that rule; and the page of documentation lists them all."""

import pickle
import re
from pathlib import Path

import pytest
from life_model import TABLES, broken
from life_stories import next_event

from knockdown.events.commands import OpenCase, StartWork
from knockdown.events.decide import FUTURE_MS, decide
from knockdown.events.life.fold import born, fold
from knockdown.events.life.rules import RULES, Forbidden
from knockdown.events.vocabulary import (
    AndonCleared,
    AndonRaised,
    BorrowPaidBack,
    CaseCounted,
    CaseOpened,
    CasePacked,
    ClaimAccepted,
    ClaimCredited,
    ClaimDrafted,
    ClaimRejected,
    ClaimReplaced,
    ClaimSent,
    ContractSigned,
    DefectFound,
    DiscrepancyFound,
    EntryVoided,
    KitIssued,
    KitLotArrived,
    KitLotBonded,
    KitLotCleared,
    KitLotOrdered,
    KitLotShipped,
    PartBorrowed,
    PartDisposed,
    PartFitted,
    PartLotClosed,
    PartLotOpened,
    PartLotReceived,
    PartRemoved,
    PartReplaced,
    ReworkDone,
    ReworkStarted,
    ShiftEnded,
    ShiftStarted,
    StageJoined,
    StationRestarted,
    StationStopped,
    StockCounted,
    SurplusFound,
    UnitHeld,
    UnitLeftLine,
    UnitPlanned,
    UnitReleased,
    UnitReleasedFromHold,
    UnitShipped,
    UnitSold,
    UnitTested,
    VinIssued,
    VinReserved,
    VinVoided,
    WorkCompleted,
    WorkStarted,
)

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "list the rules in docs/events.md, section Life, in the order of RULES"

planned = UnitPlanned(variant_id="v", line_id="L1", period="2027-06")
released = UnitReleased(variant_id="v", line_id="L1", kit_lot_id="L-204", kit_no=1)
left = UnitLeftLine(line_id="L1")
left_short = UnitLeftLine(line_id="L1", open_part_ids=("p",))
shipped, sold = UnitShipped(market_id="AZ"), UnitSold(market_id="AZ")
held = UnitHeld(hold_id="h", reason="quality")
defect = DefectFound(defect_id="d", origin="kit")
rework = ReworkStarted(defect_id="d")
fitted = PartFitted(part_id="p", n_parts=1)
fitted_s1 = PartFitted(part_id="p", n_parts=1, serial="s1")
vin = VinReserved(vin="VIN01")
vin_gone = VinVoided(vin="VIN01", reason="misprint")
ordered = KitLotOrdered(contract_id="c", variant_id="v", n_kits=5)
found = DiscrepancyFound(part_id="p", claim_code="M", n_parts=2)
drafted = ClaimDrafted(claim_id="c1", discrepancy_ids=("e2",))
sent, accepted = ClaimSent(claim_id="c1"), ClaimAccepted(claim_id="c1")
rejected = ClaimRejected(claim_id="c1", reason="late")
replaced = ClaimReplaced(claim_id="c1", part_id="p", n_parts=1)
damaged = DiscrepancyFound(part_id="p", claim_code="D", n_parts=2)
arrived, cleared = KitLotArrived(), KitLotCleared()
bond = {"declaration": "IM70", "bond_until": "2027-12-31"}
bonded = KitLotBonded(**bond)
issued = KitIssued(unit_id="U", part_ids=("p",), n_each=(1,))
case_opened = CaseOpened(kit_lot_id="L")
borrowed = PartBorrowed(borrow_id="b", part_id="p", n_parts=2, to_kit_lot_id="L-205")
batch = PartLotReceived(part_id="p", n_parts=100)
opened = PartLotOpened(part_id="p")
stopped = StationStopped(stop_id="s", reason="other")
andon = AndonRaised(andon_id="a", reason="help")
signed = ContractSigned(
    partner_id="p", variant_ids=("v",), n_kits=1, first_day="2027-01-01", last_day="2027-12-31"
)
early = ShiftStarted(shift_id="early", n_people=3)


def arrived_in(*names):
    return KitLotArrived(container_ids=names)


def bonded_in(*names):
    return KitLotBonded(container_ids=names, **bond)


def later_in(*names):
    return KitLotBonded(container_ids=names, declaration="IM70", bond_until="2028-03-31")


def cleared_in(*names):
    return KitLotCleared(container_ids=names)


def disposed(n_parts, part_id="p", discrepancy_id="e2"):
    told = {"discrepancy_id": discrepancy_id, "part_id": part_id, "n_parts": n_parts}
    return PartDisposed(disposition="scrap", **told)


def packed(revision, page_no=1, n_pages=1, kit_lot_id="L"):
    list_of = {"kit_lot_id": kit_lot_id, "part_ids": ("p",), "n_each": (4,)}
    return CasePacked(revision=revision, page_no=page_no, n_pages=n_pages, **list_of)


def counted(kit_lot_id="L"):
    return CaseCounted(kit_lot_id=kit_lot_id, part_ids=("p",), n_each=(3,))


def removed(n_parts=1, serial=None):
    return PartRemoved(part_id="p", n_parts=n_parts, reason="wrong", serial=serial)


def void(number):
    return EntryVoided(voided_event_id=f"e{number}", reason="scanned twice")


# Rule, what happened before, what is refused. A pair is a happening and its place; without, it is S1.
UNIT_CASES = [
    ("unit.steps-in-order", [planned], planned),
    ("unit.steps-in-order", [released], planned),
    ("unit.steps-in-order", [released], released),
    ("unit.steps-in-order", [left], released),
    ("unit.steps-in-order", [left], left),
    ("unit.steps-in-order", [planned, sold], UnitLeftLine(line_id="L2")),
    ("unit.steps-in-order", [planned, shipped], left),
    ("unit.steps-in-order", [planned, sold], released),
    ("unit.steps-in-order", [planned, shipped], released),
    ("unit.steps-in-order", [left, shipped], shipped),
    ("unit.steps-in-order", [left, shipped, sold], sold),
    ("unit.work-needs-release", [], WorkStarted()),
    ("unit.work-needs-release", [planned], WorkStarted()),
    ("unit.build-needs-release", [planned], fitted),
    ("unit.build-needs-release", [], defect),
    ("unit.build-needs-release", [], UnitTested(test_id="t", passed=True)),
    ("unit.build-needs-release", [], StageJoined(joined_unit_id="Y")),
    ("unit.work-names-station", [released], (WorkStarted(), None)),
    ("unit.one-station", [released, WorkStarted()], (WorkStarted(), "S2")),
    ("unit.one-station", [released, WorkStarted()], WorkStarted()),
    ("unit.work-needs-start", [released], WorkCompleted()),
    ("unit.work-needs-start", [released, WorkStarted()], (WorkCompleted(), "S2")),
    ("unit.work-needs-start", [released], (WorkCompleted(), None)),
    ("unit.held", [held], released),
    ("unit.held", [released, held], WorkStarted()),
    ("unit.held", [released, held], StageJoined(joined_unit_id="Y")),
    ("unit.held", [left, held], shipped),
    ("unit.held", [left, held], sold),
    ("unit.away", [left, shipped], WorkStarted()),
    ("unit.away", [left, shipped], fitted),
    ("unit.away", [left, fitted, shipped], removed()),
    ("unit.away", [left, shipped], StageJoined(joined_unit_id="Y")),
    ("unit.in-work", [released, WorkStarted()], left),
    ("unit.in-work", [left, WorkStarted()], shipped),
    ("unit.in-work", [left, WorkStarted()], sold),
    ("unit.out-needs-line-off", [], sold),
    ("unit.out-needs-line-off", [planned, released], sold),
    ("unit.out-needs-line-off", [released], shipped),
    ("unit.open-defect", [released, defect, left], shipped),
    ("unit.open-defect", [released, defect, rework, left], sold),
    ("unit.failed-test", [left, UnitTested(test_id="t", passed=False)], shipped),
    ("unit.open-parts", [released, fitted, left_short], shipped),
    ("unit.open-parts", [left_short], sold),
    ("unit.open-parts", [left_short], UnitTested(test_id="t", passed=True, final=True)),
    ("unit.new-defect", [released, defect, rework, ReworkDone(defect_id="d")], defect),
    ("unit.rework-open-defect", [released], rework),
    ("unit.rework-open-defect", [released, defect, rework], rework),
    ("unit.rework-open-defect", [released, defect, rework, ReworkDone(defect_id="d")], rework),
    ("unit.rework-needs-start", [released, defect], ReworkDone(defect_id="d")),
    ("unit.new-hold", [held, UnitReleasedFromHold(hold_id="h")], held),
    ("unit.lift-open-hold", [held], UnitReleasedFromHold(hold_id="h2")),
    ("unit.lift-open-hold", [held, UnitReleasedFromHold(hold_id="h")], UnitReleasedFromHold(hold_id="h")),
    ("unit.remove-fitted", [released], removed()),
    ("unit.remove-fitted", [released, fitted, fitted, removed()], removed(2)),
    ("unit.one-part-a-serial", [released], PartFitted(part_id="p", n_parts=2, serial="s1")),
    ("unit.one-part-a-serial", [released, fitted_s1, fitted], removed(2, "s1")),
    ("unit.serial-once", [released, fitted_s1], fitted_s1),
    ("unit.remove-serial", [released, fitted], removed(1, "s1")),
    ("unit.remove-serial", [released, fitted_s1], removed()),
    ("unit.join-once", [released, StageJoined(joined_unit_id="Y")], StageJoined(joined_unit_id="Y")),
    ("unit.join-once", [released], StageJoined(joined_unit_id="X")),
    ("unit.one-vin", [vin], VinReserved(vin="VIN02")),
    ("unit.vin-never-again", [vin, vin_gone], vin),
    ("unit.issue-reserved-vin", [], VinIssued(vin="VIN01")),
    ("unit.issue-reserved-vin", [vin], VinIssued(vin="VIN02")),
    ("unit.issue-reserved-vin", [vin, VinIssued(vin="VIN01")], VinIssued(vin="VIN01")),
    ("unit.void-live-vin", [], vin_gone),
    ("unit.void-live-vin", [vin, vin_gone], vin_gone),
    ("void.own-entry", [planned], void(7)),
    ("void.once", [planned, void(1)], void(1)),
    ("void.not-a-void", [planned, void(1)], void(2)),
    ("unit.work-needs-start", [released, WorkStarted(), WorkCompleted()], void(2)),
    ("unit.held", [released, held, UnitReleasedFromHold(hold_id="h"), WorkStarted()], void(3)),
]
KIT_LOT_CASES = [
    ("kit_lot.steps-in-order", [ordered], ordered),
    ("kit_lot.steps-in-order", [KitLotShipped()], ordered),
    ("kit_lot.steps-in-order", [arrived], ordered),
    ("kit_lot.steps-in-order", [KitLotShipped()], KitLotShipped()),
    ("kit_lot.steps-in-order", [ordered, arrived], KitLotShipped()),
    ("kit_lot.steps-in-order", [ordered, arrived], KitLotShipped(expected_at=7)),
    ("kit_lot.steps-in-order", [KitLotShipped(expected_at=7)], KitLotShipped(expected_at=7)),
    ("kit_lot.steps-in-order", [arrived, bonded, cleared], later_in()),
    ("kit_lot.steps-in-order", [arrived, cleared], arrived),
    ("kit_lot.steps-in-order", [arrived, cleared], cleared),
    ("kit_lot.steps-in-order", [arrived, bonded], bonded),
    ("kit_lot.steps-in-order", [arrived, cleared], bonded),
    ("kit_lot.steps-in-order", [arrived], arrived_in("C1")),
    ("kit_lot.steps-in-order", [arrived_in("C1"), arrived], arrived_in("C2")),
    ("kit_lot.steps-in-order", [arrived_in("C1")], KitLotShipped(container_ids=("C2",))),
    ("kit_lot.steps-in-order", [arrived_in("C1"), cleared], cleared),
    ("kit_lot.steps-in-order", [arrived_in("C1", "C2"), bonded_in("C1"), cleared_in("C2")], bonded),
    ("kit_lot.steps-in-order", [arrived, cleared_in("C1"), cleared], cleared_in("C2")),
    ("kit_lot.steps-in-order", [arrived, cleared_in("C1"), bonded], bonded_in("C2")),
    ("kit_lot.container-once", [arrived_in("C1", "C2")], arrived_in("C3", "C2")),
    ("kit_lot.container-once", [], arrived_in("C1", "C1")),
    ("kit_lot.container-once", [arrived, bonded_in("C1")], bonded_in("C1")),
    ("kit_lot.container-once", [arrived, cleared_in("C1")], bonded_in("C1")),
    ("kit_lot.container-once", [arrived, bonded_in("C1", "C2"), cleared_in("C1")], later_in("C1", "C2")),
    ("kit_lot.container-once", [arrived, bonded_in("C1")], later_in("C1", "C2")),
    ("kit_lot.container-once", [arrived, bonded_in("C1")], cleared_in("C1", "C1")),
    ("kit_lot.container-once", [arrived_in("C1"), cleared, arrived_in("C2")], cleared_in("C1")),
    ("kit_lot.clear-after-arrival", [ordered, KitLotShipped()], cleared),
    ("kit_lot.clear-after-arrival", [ordered], bonded),
    ("kit_lot.clear-after-arrival", [arrived_in("C1")], cleared_in("C1", "C2")),
    ("kit_lot.clear-after-arrival", [arrived_in("C1")], bonded_in("C2")),
    ("kit_lot.clear-after-arrival", [arrived, bonded], void(1)),
    ("kit_lot.clear-after-arrival", [arrived_in("C1"), cleared, arrived_in("C2")], void(1)),
    ("kit_lot.clear-after-arrival", [arrived_in("C1"), arrived_in("C2"), cleared_in("C1")], void(1)),
    ("kit_lot.issue-after-clearing", [arrived, bonded], issued),
    ("kit_lot.issue-after-clearing", [arrived, cleared, issued], void(2)),
    ("kit_lot.dispose-what-was-found", [arrived, damaged], disposed(3)),
    ("kit_lot.dispose-what-was-found", [arrived, damaged, disposed(1)], disposed(2)),
    ("kit_lot.dispose-what-was-found", [arrived, damaged], disposed(1, part_id="q")),
    ("kit_lot.dispose-what-was-found", [arrived, damaged], disposed(1, discrepancy_id="e1")),
    ("kit_lot.dispose-what-was-found", [arrived, found], disposed(1)),
    ("kit_lot.dispose-what-was-found", [arrived, damaged, disposed(1)], void(2)),
    ("kit_lot.found-after-arrival", [ordered], SurplusFound(part_id="p", n_parts=1)),
    ("kit_lot.found-after-arrival", [ordered], found),
    ("kit_lot.found-after-arrival", [KitLotShipped()], PartReplaced(part_id="p", n_parts=1, source="local")),
    ("kit_lot.claim-what-was-found", [arrived, found], ClaimDrafted(claim_id="c1", discrepancy_ids=("e1",))),
    ("kit_lot.claim-what-was-found", [arrived, found], ClaimDrafted(claim_id="c1", discrepancy_ids=())),
    ("kit_lot.claim-once", [arrived, found, drafted], ClaimDrafted(claim_id="c2", discrepancy_ids=("e2",))),
    (
        "kit_lot.new-claim",
        [arrived, found, drafted, sent, rejected],
        drafted,
    ),
    ("kit_lot.claim-in-order", [arrived, found], sent),
    ("kit_lot.claim-in-order", [arrived, found, drafted], accepted),
    ("kit_lot.claim-in-order", [arrived, found, drafted, sent, accepted], rejected),
    ("kit_lot.claim-in-order", [arrived, found, drafted], replaced),
    ("kit_lot.claim-in-order", [arrived, found, drafted, sent, rejected], replaced),
    ("kit_lot.claim-in-order", [arrived, found, drafted, sent, replaced], rejected),
    ("kit_lot.claim-in-order", [arrived, found, drafted, sent, rejected], accepted),
    (
        "kit_lot.claim-in-order",
        [arrived, found, drafted],
        ClaimCredited(claim_id="c1", value_cents=700, currency="USD"),
    ),
    (
        "kit_lot.replace-under-claim",
        [arrived, found, drafted],
        PartReplaced(part_id="p", n_parts=1, source="partner", claim_id="c1"),
    ),
    ("kit_lot.borrow-after-clearing", [arrived], borrowed),
    ("kit_lot.new-borrow", [arrived, cleared, borrowed], borrowed),
    (
        "kit_lot.no-own-debt",
        [arrived, cleared],
        PartBorrowed(borrow_id="b", part_id="p", n_parts=1, to_kit_lot_id="X"),
    ),
    (
        "kit_lot.pay-back-debt",
        [arrived, cleared, borrowed],
        BorrowPaidBack(borrow_id="b", part_id="p", n_parts=3),
    ),
    (
        "kit_lot.pay-back-debt",
        [arrived, cleared, borrowed],
        BorrowPaidBack(borrow_id="b", part_id="q", n_parts=1),
    ),
    ("kit_lot.pay-back-debt", [arrived], BorrowPaidBack(borrow_id="b", part_id="p", n_parts=1)),
]
CASE_CASES = [
    ("case.opened-once", [case_opened], case_opened),
    ("case.one-kit-lot", [packed(1)], CaseOpened(kit_lot_id="M")),
    ("case.one-kit-lot", [packed(1)], packed(2, kit_lot_id="M")),
    ("case.one-kit-lot", [case_opened], counted("M")),
    ("case.one-kit-lot", [case_opened], packed(1, kit_lot_id="M")),
    ("case.pages-in-order", [], packed(1, 2, 2)),
    ("case.pages-in-order", [packed(1)], packed(1)),
    ("case.pages-in-order", [packed(2)], packed(1)),
    ("case.pages-in-order", [packed(1, 1, 2)], packed(2, 2, 2)),
    ("case.pages-in-order", [packed(1, 1, 2)], packed(1, 2, 3)),
    ("case.pages-in-order", [packed(1, 1, 3)], packed(1, 3, 3)),
    ("case.pages-in-order", [packed(1, 1, 2), packed(2)], packed(1, 2, 2)),
    ("case.pages-in-order", [packed(1, 1, 2), packed(1, 2, 2)], void(1)),
    ("case.count-what-is-open", [packed(1)], counted()),
    ("case.count-what-is-open", [packed(1), case_opened, counted()], void(2)),
]
OTHER_CASES = [
    ("part_lot.received-once", "part_lot", [batch], batch),
    ("part_lot.use-after-receipt", "part_lot", [], opened),
    ("part_lot.use-after-receipt", "part_lot", [batch], PartLotOpened(part_id="q")),
    ("part_lot.names-place", "part_lot", [batch], (opened, None)),
    ("part_lot.open-once", "part_lot", [batch, opened], opened),
    ("part_lot.close-what-is-open", "part_lot", [batch, opened], (PartLotClosed(part_id="p"), "S2")),
    ("part_lot.left-of-received", "part_lot", [batch, opened], PartLotClosed(part_id="p", n_parts_left=101)),
    ("station.new-stop", "station", [stopped], stopped),
    ("station.restart-what-stopped", "station", [stopped], StationRestarted(stop_id="t")),
    ("station.new-andon", "station", [andon], andon),
    ("station.clear-what-was-raised", "station", [], AndonCleared(andon_id="a")),
    ("contract.signed-once", "contract", [signed], signed),
    ("crew.one-shift", "crew", [early], ShiftStarted(shift_id="late", n_people=3)),
    ("crew.end-what-started", "crew", [early], ShiftEnded(shift_id="late")),
    ("plant.count-names-store", "plant", [], (StockCounted(part_id="p", n_parts=4), None)),
]
CASES = [
    *((rule, "unit", before, then) for rule, before, then in UNIT_CASES),
    *((rule, "kit_lot", before, then) for rule, before, then in KIT_LOT_CASES),
    *((rule, "case", before, then) for rule, before, then in CASE_CASES),
    *OTHER_CASES,
]
FRAME_RULES = {"any.same-subject", "any.known-kind", "any.next-version"}
COMMAND_RULES = {"command.own-subject", "command.not-in-future"}


def story(sort, *happenings):
    pairs = [one if isinstance(one, tuple) else (one, "S1") for one in happenings]
    return [next_event(sort, number, *pair) for number, pair in enumerate(pairs, start=1)]


@pytest.mark.parametrize(("rule", "sort", "before", "then"), CASES)
def test_each_rule_refuses(rule, sort, before, then):
    *history, last = story(sort, *before, then)
    fold(f"{sort}/X", history)
    with pytest.raises(Forbidden) as caught:
        fold(f"{sort}/X", [*history, last])
    assert caught.value.rule == rule
    if sort in TABLES:
        assert broken(history, last) == {rule}


@pytest.mark.parametrize(
    ("rule", "event"),
    [
        ("any.same-subject", next_event("unit", 1, planned, subject_id="Y")),
        ("any.known-kind", next_event("unit", 1, planned)),
        ("any.next-version", next_event("unit", 2, planned)),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(rule, event):
    subject = "case/X" if rule == "any.known-kind" else "unit/X"
    if rule == "any.known-kind":
        event = type(event)(**{n: getattr(event, n) for n in type(event).__slots__} | {"subject": subject})
    with pytest.raises(Forbidden) as caught:
        fold(subject, [event])
    assert caught.value.rule == rule


def test_the_rules_of_commands():
    frame = {"command_id": "c", "place": "S1"}
    other = decide(born("unit/X"), StartWork(subject_id="Y", at_ms=0, **frame), 0)
    open_case = OpenCase(subject_id="X", at_ms=FUTURE_MS + 6, kit_lot_id="L", **frame)
    early = decide(born("case/X"), open_case, 5)
    assert [other.rule, early.rule] == ["command.own-subject", "command.not-in-future"]
    assert isinstance(decide(born("case/X"), open_case, 6), tuple)


def test_every_rule_is_tested_and_no_other_is_named():
    assert {rule for rule, *_ in CASES} | FRAME_RULES | COMMAND_RULES == set(RULES)
    named = {rule for table in TABLES.values() for rule, *_ in table}
    assert named == {rule for rule in RULES if rule.split(".")[0] in TABLES}


def test_rules_are_sentences_with_short_ids():
    for rule, sentence in RULES.items():
        assert re.fullmatch(r"[a-z_]+\.[a-z]+(-[a-z]+)*", rule)
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_the_page_of_documentation_lists_every_rule():
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+\.[a-z-]+)` \| (.*?) \|$", text, flags=re.MULTILINE)
    assert rows == list(RULES.items()), REMEDY


def test_a_refusal_says_what_to_do_and_survives_a_process_border():
    with pytest.raises(Forbidden) as caught:
        fold("unit/X", story("unit", released, WorkStarted(), (WorkStarted(), "S2")))
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert str(again) == "unit/X is in work at S1; complete the work there first"
    assert (again.rule, again.problem, again.next_step) == caught.value.args
