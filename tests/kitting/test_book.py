"""The kit book against a second count of every piece, after random lawful histories."""

import os

import pytest

from knockdown.events.commands import VoidEntry
from knockdown.events.decide import decide
from knockdown.kitting.acts import Acts
from knockdown.kitting.fold import fold
from knockdown.kitting.stock import stock
from knockdown.kitting.trials.kit_histories import DAY, History, differences, history, small_plant

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
    }
    assert kinds >= wanted


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
