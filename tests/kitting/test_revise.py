"""Differences between lists."""

from hypothesis import given
from hypothesis import strategies as st

from knockdown.kitting.paper.revise import compare

KEYS = st.tuples(st.sampled_from("ABC"), st.sampled_from([None, "B1", "B2"]))
CONTENTS = st.dictionaries(st.sampled_from(["1", "2", "10"]), st.dictionaries(KEYS, st.integers(1, 3)))


@given(CONTENTS)
def test_the_same_is_unchanged(old):
    assert compare(old, old).is_unchanged


@given(CONTENTS, CONTENTS)
def test_applying_a_diff_gives_the_new_list_and_turning_it_round_the_old(old, new):
    revision = compare(old, new)
    made = {case: dict(lines) for case, lines in old.items()}
    for line in revision.lines:
        case = made.setdefault(line.case_id, {})
        assert case.pop((line.part_id, line.box_id), 0) == line.n_before
        if line.n_after:
            case[line.part_id, line.box_id] = line.n_after
    kept = {case: lines for case, lines in made.items() if lines}
    assert kept == {case: lines for case, lines in new.items() if lines}
    back = compare(new, old)
    assert [(one.n_after, one.n_before) for one in back.lines] == [
        (one.n_before, one.n_after) for one in revision.lines
    ]
    assert revision.cases_added == back.cases_removed


def test_cases_are_in_natural_order():
    assert compare({}, {"10": {("A", None): 1}, "9": {("A", None): 1}}).cases_added == ("9", "10")
