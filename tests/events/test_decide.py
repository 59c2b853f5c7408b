"""Commands through `decide`: never a history that life refuses, and the same answer when asked again."""

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from life_stories import commands

from knockdown.basics.ids import digest_id
from knockdown.events.codec import from_lines, to_line
from knockdown.events.commands import (
    COMMANDS,
    AcceptClaim,
    Command,
    CompleteWork,
    DraftClaim,
    FindDiscrepancy,
    FitPart,
    OrderKitLot,
    ReceiveKitLot,
    ReleaseUnit,
    RemovePart,
    ReplacePart,
    SellUnit,
    SendClaim,
    SignContract,
    StartWork,
    VoidEntry,
)
from knockdown.events.decide import Refusal, decide, told_id
from knockdown.events.envelope import SUBJECT_TYPES
from knockdown.events.life.fold import after, born, fold
from knockdown.events.life.rules import RULES
from knockdown.events.vocabulary import PartFitted, PartRemoved

STARTER_SET = """
OrderKitLot ShipKitLot ReceiveKitLot ClearKitLot OpenCase SignContract PlanUnit ReleaseUnit StartWork
CompleteWork FitPart RemovePart HoldUnit LiftHold FindDefect StartRework FinishRework TakeOffLine TestUnit
ShipUnit SellUnit StopStation RestartStation VoidEntry BondKitLot PackCase CountCase FindDiscrepancy
FindSurplus DisposeOfPart DraftClaim SendClaim AcceptClaim RejectClaim CreditClaim ReplacePart BorrowPart
PayBackBorrow IssueKit IssueLooseParts ReturnPackaging ReceivePartLot CountStock ReserveVin IssueVin VoidVin
JoinStage
"""
LONG = os.environ.get("KNOCKDOWN_LONG") == "1"
NOW = 1_000_000


def ask(command, subject_id="U-1", **fields):
    frame = {"command_id": "scan-1", "subject_id": subject_id, "at_ms": NOW, "place": "S1"}
    return command(**(frame | fields))


release = ask(ReleaseUnit, variant_id="v", line_id="L1", kit_lot_id="L-204", kit_no=1)


# Commands


@pytest.mark.parametrize("command", COMMANDS.values())
def test_a_command_has_the_fields_of_the_kind_it_leads_to(command):
    own = {name: f for name, f in command.model_fields.items() if name not in Command.model_fields}
    own.pop("subject_type", None)
    wanted = command.makes.model_fields
    assert {name: (f.annotation, f.default, f.metadata) for name, f in own.items()} == {
        name: (f.annotation, f.default, f.metadata) for name, f in wanted.items()
    }
    assert command.__doc__.strip().endswith(".")


def test_the_commands_there_are():
    assert set(STARTER_SET.split()) <= set(COMMANDS)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ask(SellUnit, market_id="AZ", value_cents=5), "value_cents and currency go together"),
        (lambda: ask(StartWork, n_people=0), "greater than or equal to 1"),
        (lambda: ask(StartWork, crew="a"), "Extra inputs"),
        (lambda: ask(StartWork, at_ms=1.5), "valid integer"),
        (
            lambda: ask(VoidEntry, subject_type="lorry", voided_event_id="e", reason="r"),
            "Input should be 'unit'",
        ),
        (
            lambda: ask(
                SignContract,
                partner_id="p",
                variant_ids=(),
                n_kits=1,
                first_day="2028-01-01",
                last_day="2027-01-01",
            ),
            "ends before it begins",
        ),
    ],
)
def test_a_command_out_of_range_is_refused_at_the_door(build, message):
    with pytest.raises(ValueError, match=message):
        build()


# Decisions


def test_an_event_says_what_the_command_asked():
    order = ask(
        OrderKitLot, "L-204", contract_id="c", variant_id="v", n_kits=5, command_id="web-9", at_ms=NOW - 1
    )
    (event,) = decide(born("kit_lot/L-204"), order, NOW, writer="plan", run="p-1")
    told = (event.writer, event.run, event.subject, event.version, event.kind, event.happened_at)
    assert told == ("plan", "p-1", "kit_lot/L-204", 1, "KitLotOrdered", NOW - 1)
    assert (event.place, event.cause, event.event_id) == ("S1", "web-9", told_id(order))
    assert event.body["n_kits"] == 5
    assert from_lines([to_line(event)]) == [event]


def test_a_command_has_the_same_event_ids_however_far_its_subject_is():
    (one,) = decide(born("unit/U-1"), release, NOW)
    void = ask(VoidEntry, subject_type="unit", voided_event_id=one.event_id, reason="r", command_id="scan-2")
    state = after(born("unit/U-1"), one)
    (gone,) = decide(state, void, NOW, earlier=[one])
    (again,) = decide(after(state, gone, [one]), release, NOW + 5)
    assert (again.event_id, again.version) == (one.event_id, 3)
    assert told_id(release) == digest_id("ev", "scan-1", "unit/U-1", 1)


def test_a_refusal_names_rule_and_next_step():
    refusal = decide(born("unit/U-1"), ask(StartWork), NOW)
    assert refusal == Refusal(
        "unit.work-needs-release", "unit/U-1 is not released", "release it onto its line first"
    )
    assert str(refusal) == "unit/U-1 is not released; release it onto its line first"


def test_a_wrong_clock_decides_no_order():
    state = born("unit/U-1")
    for number, (command, at_ms) in enumerate([(StartWork, NOW), (CompleteWork, 5)], start=1):
        if number == 1:
            state = after(state, decide(state, release, NOW)[0])
        (event,) = decide(state, ask(command, at_ms=at_ms, command_id=f"c-{number}"), NOW)
        state = after(state, event)
    assert (state.version, state.work_at) == (3, None)


def test_a_command_may_lead_to_several_events_or_to_none_of_them():
    class SwapPart(RemovePart):
        """Take a part out and put another one of the same number in."""

        def happenings(self, state):
            return (
                PartRemoved(part_id=self.part_id, n_parts=1, reason=self.reason),
                PartFitted(part_id=self.part_id, n_parts=1),
            )

    swap = ask(SwapPart, part_id="p", n_parts=1, reason="scratched", command_id="swap-1")
    state = after(born("unit/U-1"), decide(born("unit/U-1"), release, NOW)[0])
    assert decide(state, swap, NOW).rule == "unit.remove-fitted"
    state = after(state, decide(state, ask(FitPart, part_id="p", n_parts=1), NOW)[0])
    events = decide(state, swap, NOW)
    assert [(e.kind, e.version, e.event_id) for e in events] == [
        ("PartRemoved", 3, told_id(swap)),
        ("PartFitted", 4, told_id(swap, 2)),
    ]


@pytest.mark.parametrize("is_accepted", [False, True])
def test_parts_that_come_for_a_claim_settle_it_whether_it_was_accepted_or_only_sent(is_accepted):
    lot, claim, part = "L-204", {"claim_id": "c1"}, {"part_id": "p", "n_parts": 1}
    found = ask(FindDiscrepancy, lot, claim_code="M", command_id="c-2", **part)
    replace = ask(ReplacePart, lot, source="partner", command_id="c-6", **part, **claim)
    state = born(f"kit_lot/{lot}")
    for command in (
        ask(ReceiveKitLot, lot, command_id="c-1"),
        found,
        ask(DraftClaim, lot, discrepancy_ids=(told_id(found),), command_id="c-3", **claim),
        ask(SendClaim, lot, command_id="c-4", **claim),
        *[ask(AcceptClaim, lot, command_id="c-5", **claim)] * is_accepted,
    ):
        state = after(state, decide(state, command, NOW)[0])
    came, settled = decide(state, replace, NOW)
    assert (came.kind, settled.kind, settled.version) == ("PartReplaced", "ClaimReplaced", came.version + 1)
    assert settled.body == {**part, **claim}
    assert after(after(state, came), settled).claims == {"c1": "accepted"}
    for other in ({"source": "local", **claim}, {"source": "partner"}):
        (only,) = decide(state, ask(ReplacePart, lot, command_id="c-7", **part, **other), NOW)
        assert only.kind == "PartReplaced"


# Whatever is asked, in whatever order


class Floor(RuleBasedStateMachine):
    """All sorts of subjects, one of each, and random commands for them."""

    def __init__(self):
        super().__init__()
        self.states = {sort: born(f"{sort}/X") for sort in SUBJECT_TYPES}
        self.histories = {sort: [] for sort in SUBJECT_TYPES}
        self.touched = "unit"

    @rule(
        command=st.sampled_from(["unit"] * 6 + ["kit_lot"] * 3 + list(SUBJECT_TYPES)).flatmap(commands),
        at=st.integers(0, 50),
    )
    def ask(self, command, at):
        sort = self.touched = command.sort
        state, history = self.states[sort], self.histories[sort]
        if isinstance(command, VoidEntry) and history:
            command = command.model_copy(update={"voided_event_id": history[at % len(history)].event_id})
        answer = decide(state, command, NOW, earlier=lambda: history)
        assert decide(state, command, NOW, earlier=history) == answer
        if isinstance(answer, Refusal):
            assert answer.rule in RULES
            assert answer.problem
            assert answer.next_step
            return
        for event in answer:
            assert event.cause == command.command_id
            state = after(state, event, history)
            history.append(event)
        self.states[sort] = state

    @invariant()
    def life_accepts_the_whole_history(self):
        assert fold(f"{self.touched}/X", self.histories[self.touched]) == self.states[self.touched]


Floor.TestCase.settings = settings(max_examples=1_000 if LONG else 25, stateful_step_count=40, deadline=None)
TestFloor = Floor.TestCase
