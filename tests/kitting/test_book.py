"""The kit book against a second count of every piece, after random lawful histories."""

import os

import pytest

from knockdown.events.commands import VoidEntry
from knockdown.events.decide import decide
from knockdown.kitting.acts import Acts
from knockdown.kitting.fold import fold
from knockdown.kitting.moments import day_of
from knockdown.kitting.outlook import outlook
from knockdown.kitting.stock import stock
from knockdown.kitting.trials.kit_histories import (
    DAY,
    PARTS,
    History,
    differences,
    history,
    small_plant,
)

N_HISTORIES = 5_000 if os.environ.get("KNOCKDOWN_LONG") else 300
SHARES = 10


@pytest.mark.parametrize("share", range(SHARES))
def test_what_came_in_is_what_is_somewhere(share):
    kinds = set()
    for seed in range(share, N_HISTORIES, SHARES):
        told = history(seed)
        assert differences(told) == [], seed
        kinds |= {event.kind for event in told.events if event.cause}
    wanted = {
        "PartBorrowed",
        "BorrowPaidBack",
        "DiscrepancyFound",
        "PartDisposed",
        "PartReplaced",
        "KitIssued",
        "EntryVoided",
    }
    assert kinds >= wanted


@pytest.mark.parametrize("seed", range(100))
def test_a_recount_leaves_what_it_alone_would_have_found(seed):
    """Counted twice, a case is as if it had been counted once, as it was counted last."""
    told, alone = history(seed), history(seed)
    cases = [case for case in told.book.cases.values() if case.opened_at is not None and case.held]
    if not cases:
        return
    case = cases[seed % len(cases)]
    part = sorted(case.held)[seed % len(case.held)]
    told.at_ms += 60_000
    first, second = max(0, case.held[part] - seed % 4), max(0, case.held[part] + seed % 3 - 1)
    if not told.do(lambda: Acts(told.plant, told.book, told.at_ms).count(case.case_id, {part: first})):
        return
    is_counted = []
    for so_far in (told, alone):
        so_far.at_ms = told.at_ms + 60_000
        acts = Acts(told.plant, so_far.book, so_far.at_ms)
        is_counted.append(so_far.do(lambda acts=acts: acts.count(case.case_id, {part: second})))
    assert is_counted[0] == is_counted[1]
    if not all(is_counted):
        return
    wanted = [sum(map(t.book.n_wanted, t.book.found.values())) for t in (told, alone)]
    for key, cell in told.book.cells.items():
        other = alone.book.cells[key]
        assert (cell.on_hand, cell.missing, cell.surplus) == (other.on_hand, other.missing, other.surplus)
    assert wanted[0] == wanted[1]
    assert told.book.cases[case.case_id].held[part] == second
    assert differences(told) == []


def test_the_second_count_finds_a_lost_piece():
    told = history(1)
    told.book.cells["L-1", "P-1"].on_hand -= 1
    assert len(differences(told)) == 1


@pytest.mark.parametrize("seed", range(20))
def test_stock_shows_every_piece_in_one_state(seed):
    told = history(seed)
    shown = stock(told.plant, told.book, DAY)
    for key, cell in told.book.cells.items():
        if key[0] == "L-3":  # no packing list: its supply list stands for it
            continue
        states = sum(shown.get(key, {}).values())
        assert states == cell.n_in - cell.paid_out - cell.paid_in, key


def offered(told, part):
    """Pieces of a part that lots and stores offer, without what claims promise and supply lists stand for."""
    look = outlook(told.plant, told.book, day_of(told.book.last_at))
    promised = [claim for claim in told.book.claims.values() if claim.state in ("sent", "accepted")]
    return (
        sum(supply.n_parts for supply in look.question.supplies if supply.part_id == part)
        - sum(told.book.open_of(claim)[part] for claim in promised)
        - sum(s.n_parts for s in look.question.supplies if s.part_id == part and s.ref in look.no_list)
    )


@pytest.mark.parametrize("share", range(SHARES))
def test_pieces_are_offered_once_whatever_was_voided(share):
    """A lot offers no more of a part than came into it and is not known to have gone."""
    n_voids = 0
    for seed in range(share, N_HISTORIES, SHARES):
        told = history(seed, void_share=0.2)
        n_voids += sum(event.kind == "EntryVoided" for event in told.events)
        assert differences(told) == [], seed
        listed = {case.kit_lot_id for case in told.book.cases.values()}
        for part in (*PARTS, "C-1"):
            left = 0
            for (lot, name), cell in told.book.cells.items():
                gone = (
                    cell.at_line + cell.fitted + cell.missing + cell.bad + cell.scrapped + cell.returned
                    + cell.lent + cell.paid_out
                )  # fmt: skip
                left += max(0, cell.n_in - gone) if name == part and lot in {None, *listed} else 0
            assert offered(told, part) <= left, (seed, part)
    assert n_voids > 50


def test_a_voided_opening_leaves_what_went_out_of_the_case():
    """Two units' pieces went out of the case: it is closed again, but they are not in it."""
    told = History(small_plant()).begin()
    opened = next(e for e in told.events if (e.kind, e.subject) == ("CaseOpened", "case/1-A"))
    before = offered(told, "P-1"), offered(told, "P-2")
    void = VoidEntry(
        command_id="v-1",
        subject_id="1-A",
        subject_type="case",
        at_ms=told.at_ms,
        voided_event_id=opened.event_id,
        reason="it was another case",
    )
    assert told.do(lambda: [void])
    cell = told.book.cells["L-1", "P-1"]
    assert (cell.on_hand, cell.closed, cell.at_line + cell.fitted) == (0, 3, 2)
    assert told.book.cases["1-A"].held["P-1"] == 3
    assert (offered(told, "P-1"), offered(told, "P-2")) == before
    told.at_ms += 60_000
    assert told.do(lambda: Acts(told.plant, told.book, told.at_ms).open_cases(["1-A"]))
    assert (told.book.cells["L-1", "P-1"].on_hand, offered(told, "P-1")) == (3, before[0])


@pytest.mark.parametrize("seed", range(30))
def test_voided_entries_are_as_never_told(seed):
    told = history(seed, n_acts=25)
    for event in [event for event in told.events if event.cause][-8:]:
        subject_type, _, name = event.subject.partition("/")
        void = VoidEntry(
            command_id=f"v-{event.event_id[3:20]}",
            subject_id=name,
            subject_type=subject_type,
            at_ms=told.at_ms,
            voided_event_id=event.event_id,
            reason="r",
        )
        own = [other for other in told.events if other.subject == event.subject]
        answer = decide(told.states[event.subject], void, told.at_ms, earlier=own)
        if isinstance(answer, tuple):
            without = fold(other for other in told.events if other is not event)
            with_void = fold([*told.events, *answer])
            assert {k: c for k, c in with_void.cells.items() if c.n_in} == {
                k: c for k, c in without.cells.items() if c.n_in
            }
            assert (with_void.lots, with_void.claims.keys()) == (without.lots, without.claims.keys())
            assert all(cell.n_in == cell.n_somewhere for cell in with_void.cells.values())


def test_debts_balance_to_zero_when_paid():
    told = History(small_plant()).begin()
    for at, act in enumerate(
        (
            lambda acts: acts.clear("L-2"),
            lambda acts: acts.open_lot("L-2"),
            lambda acts: acts.borrow("L-2", "L-1", "P-3", 2),
            lambda acts: acts.borrow("L-2", "L-1", "P-1", 1),
        )
    ):
        told.at_ms += 60_000 * at
        assert told.do(lambda act=act: act(Acts(told.plant, told.book, told.at_ms)))
    first, second = told.book.borrows.values()
    assert (first.n_owed, second.n_owed) == (2, 1)
    for borrow_id, n_parts in ((first.borrow_id, 1), (first.borrow_id, 1), (second.borrow_id, None)):
        told.at_ms += 60_000
        assert told.do(lambda b=borrow_id, n=n_parts: Acts(told.plant, told.book, told.at_ms).pay_back(b, n))
    assert sum(borrow.n_owed for borrow in told.book.borrows.values()) == 0
    for lot in ("L-1", "L-2"):
        cell = told.book.cells[lot, "P-3"]
        assert (cell.lent - cell.paid_in, cell.borrowed - cell.paid_out) == (0, 0)
    assert differences(told) == []
