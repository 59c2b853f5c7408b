"""BOM - deletions + additions = supply list; supply list x kits against what is packed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from knockdown.kitting.paper.packing_list import PackedCase, PackedLine, PackedLot, PackingList
from knockdown.kitting.paper.supply_list import BomEntry, lot_needs, supply_list, variations

ENTRIES = st.lists(
    st.builds(
        BomEntry,
        st.sampled_from("ABCD"),
        st.integers(1, 9),
        st.just("TR01"),
        st.sampled_from(["lot", "part", "direct", "local", "deleted"]),
    )
)


def paper(lots, cases):
    made = tuple(
        PackedCase(case, None, lot, "", None, tuple(PackedLine(p, n, None, "", 1, "", p) for p, n in lines))
        for case, lot, lines in cases
    )
    named = tuple(PackedLot(lot, "c", "v", None) for lot in lots)
    return PackingList("mtz", "f", "", None, "", named, made, ())


@given(ENTRIES, ENTRIES)
def test_the_chain_adds_up(bom, additions):
    found = supply_list(bom, additions)
    expected = Counter()
    for entry in [one for one in bom if one.mode == "lot"] + additions:
        expected[entry.part_id] += entry.n_parts
    assert found == dict(expected)


def test_variations_name_part_difference_and_cases():
    needs = {"L1": lot_needs({"A": 2, "B": 1, "C": 1}, 10), "L2": {"A": 5}}
    list_ = paper(["L1", "L2"], [
        ("1", "L1", [("A", 12), ("B", 10)]), ("2", "L1", [("A", 6), ("D", 3)]), ("3", "L2", [("A", 5)]),
        ("4", None, [("A", 99)]),
    ])  # fmt: skip
    found = [
        (v.kit_lot_id, v.part_id, v.expected, v.packed, v.difference, v.case_ids)
        for v in variations(list_, needs)
    ]
    assert found == [
        ("L1", "A", 20, 18, -2, ("1", "2")),
        ("L1", "C", 10, 0, -10, ()),
        ("L1", "D", 0, 3, 3, ("2",)),
    ]
    assert [v.part_id for v in variations(list_, needs, is_whole=False)] == ["D"]
