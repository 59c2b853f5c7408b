"""Which parts a kit is made of, by change notes; and notes that cannot be right."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput
from knockdown.kitting.effectivity import ChangeNote, bom_in_force, check_notes
from knockdown.kitting.paper.supply_list import BomEntry

LOTS = ("L-1", "L-2", "L-3")
KITS = {"L-1": 40, "L-2": 20, "L-3": 20}
DAY = date(2026, 2, 1)
BOM = (BomEntry("A", 2, "TR01", "lot"), BomEntry("B", 1, "TR02", "local"))


def note(basis, last, first, old="A", new="N", n_old=2, n_new=3, id_="CN-1"):
    return ChangeNote(id_, "b821", old, new, n_old, n_new, basis, last, first)


def parts(notes, lot="L-1", kit=1, day=DAY):
    return {entry.part_id: entry.n_parts for entry in bom_in_force(BOM, notes, LOTS, lot, kit, day)}


OLD, NEW = {"A": 2, "B": 1}, {"N": 3, "B": 1}


@pytest.mark.parametrize(
    ("basis", "last", "first", "old", "new"),
    [
        ("date", "2026-01-31", "2026-02-01", {"day": date(2026, 1, 31)}, {"day": DAY}),
        ("kit_lot", "L-1", "L-2", {"lot": "L-1", "kit": 40}, {"lot": "L-2"}),
        ("unit", "L-1:20", "L-1:21", {"kit": 20}, {"kit": 21}),
        ("unit", "L-1:40", "L-2:1", {"kit": 40}, {"lot": "L-2"}),
    ],
)
def test_last_old_and_first_new(basis, last, first, old, new):
    change = note(basis, last, first)
    assert check_notes([change], LOTS, KITS) == []
    assert parts([change], **old) == OLD
    assert parts([change], **new) == NEW


def test_additions_deletions_and_changed_numbers():
    assert parts([note("kit_lot", "L-1", "L-2", None, "N")], "L-2") == {**OLD, "N": 3}
    assert parts([note("kit_lot", "L-1", "L-2", "A", None)], "L-2") == {"B": 1}
    assert parts([note("kit_lot", "L-1", "L-2", "A", "A")], "L-2") == {"A": 3, "B": 1}
    assert parts([note("kit_lot", "L-1", "L-2", n_old=1, n_new=1)], "L-2") == {"A": 1, "N": 1, "B": 1}


def test_a_chain_of_notes():
    notes = [note("kit_lot", "L-1", "L-2"), note("kit_lot", "L-2", "L-3", "N", "M", 3, 1, "CN-2")]
    assert check_notes(notes, LOTS, KITS) == []
    assert [parts(notes, lot) for lot in LOTS] == [OLD, NEW, {"M": 1, "B": 1}]


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ([note("kit_lot", "L-1", "L-3")], "leaves a gap"),
        ([note("kit_lot", "L-2", "L-2")], "overlaps"),
        ([note("date", "2026-02-01", "2026-01-31")], "overlaps"),
        ([note("date", "2026-01-31", "2026-02-02")], "leaves a gap"),
        ([note("date", "31.01.2026", "2026-02-02")], "is no day"),
        ([note("unit", "L-1:20", "L-1:22")], "leaves a gap"),
        ([note("unit", "L-1:39", "L-2:1")], "leaves a gap"),
        ([note("unit", "L-1", "L-2")], "is no kit"),
        ([note("kit_lot", "L-1", "L-9")], "not in the order of lots"),
        ([note("kit_lot", "L-1", "L-2", None, None)], "neither an old nor a new"),
        (
            [note("kit_lot", "L-1", "L-2"), note("kit_lot", "L-2", "L-3", id_="CN-2")],
            "as note CN-1 does",
        ),
        (
            [note("kit_lot", "L-2", "L-3"), note("kit_lot", "L-1", "L-2", "N", "M", id_="CN-2")],
            "before note CN-1 brings it in",
        ),
    ],
)
def test_notes_that_cannot_be_right(notes, words):
    found = check_notes(notes, LOTS, KITS)
    assert any(words in str(fault) for fault in found), [str(fault) for fault in found]
    assert all(fault.column in {"CN-1", "CN-2"} and fault.next_step for fault in found)


def test_a_note_in_words():
    change = note("kit_lot", "202601-12-b801c", "202601-13-b821c", "BT-1302010", "BT-1302010")
    assert str(change) == "BT-1302010: last old lot 202601-12-b801c, first new lot 202601-13-b821c"


def test_what_is_not_there_cannot_be_replaced():
    with pytest.raises(BadInput, match="has none of it"):
        parts([note("kit_lot", "L-1", "L-2", "X", "Y")], "L-2")
    with pytest.raises(BadInput, match="not in the order"):
        parts([], "L-9")


@given(st.integers(1, 79), st.integers(1, 80))
def test_by_unit_exactly_the_kits_after_the_point_are_new(last, kit):
    ends = (40, 60, 80)

    def place(number):
        lot = next(n for n, end in enumerate(ends) if number <= end)
        return LOTS[lot], number - (ends[lot - 1] if lot else 0)

    change = note("unit", "{}:{}".format(*place(last)), "{}:{}".format(*place(last + 1)))
    assert check_notes([change], LOTS, KITS) == []
    lot, number = place(kit)
    assert parts([change], lot, number) == (NEW if kit > last else OLD)
