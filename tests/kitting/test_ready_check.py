"""The inspector of readiness finds what is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from knockdown.kitting.ready.answer import Draws
from knockdown.kitting.ready.check import check
from knockdown.kitting.ready.solve import ready
from tests.kitting.test_ready_tiny import DAY, ask, recipe, supply, unit

QUESTION = ask(
    [unit("U1", due=DAY), unit("U2"), unit("U3"), unit("U4", 1, "L2")],
    [recipe(a=2, b=1), recipe(b=1)],
    [
        supply("a", 2),
        supply("a", 2, "L1", DAY + 3, "claim", "C-1"),
        supply("b", 9, None),
        supply("a", 9, "L2"),
    ],
)
ANSWER = ready(QUESTION)


def unit_says(ix, **changes):
    units = list(ANSWER.units)
    units[ix] = replace(units[ix], **changes)
    return replace(ANSWER, units=tuple(units))


def draws_say(row, **changes):
    columns = {
        name: getattr(ANSWER.draws, name).copy() for name in ("unit_ix", "need_ix", "supply_ix", "n_parts")
    }
    for name, value in changes.items():
        columns[name][row] = value
    return replace(ANSWER, draws=Draws(**columns))


def test_the_answer_holds():
    assert check(QUESTION, ANSWER) == ()
    assert [u.ready_day for u in ANSWER.units] == [DAY, DAY + 3, None, DAY]
    assert ANSWER.draws.supply_ix.tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(ANSWER, units=ANSWER.units[1:]), "does not name the units"),
        (unit_says(1, ready_day=DAY), "need more of part a than there is"),
        (unit_says(1, ready_day=None), "U2 is not ready on day 103, and all it needs is left over"),
        (unit_says(3, ready_day=None), "U4 is not ready on day 100"),
        (unit_says(0, ready_day=DAY - 1), "before the day asked for"),
        (unit_says(2, ready_day=DAY + 3), "from nowhere"),
        (unit_says(1, n_missing_parts=4), "does not lack 4 parts"),
        (draws_say(0, supply_ix=1), "gets part a on day 103"),
        (draws_say(0, supply_ix=3), "gets part a of lot L2"),
        (draws_say(0, supply_ix=2), "gets part b of lot None for part a"),
        (draws_say(1, supply_ix=0), "4 are given away"),
        (draws_say(1, n_parts=1), "U2 needs 2 of part a, the rows say 1"),
        (draws_say(1, n_parts=0), "gets 0 of part a"),
        (draws_say(2, unit_ix=1), "U2 needs 2 of part a, the rows say 4"),
        (draws_say(2, unit_ix=4), "that is not there"),
        (draws_say(2, need_ix=2), "that is not there"),
        (draws_say(2, supply_ix=4), "that is not there"),
        (replace(ANSWER, draws=Draws(*(np.zeros(0, dtype=np.int64),) * 4)), "have no rows for it"),
        (replace(ANSWER, objective=1), "the objective is 1"),
        (replace(ANSWER, bound=0), "below the objective"),
        (replace(ANSWER, bound=ANSWER.objective * 2), "the gap is 0.0, it should be 1.0"),
        (replace(ANSWER, short_ids=frozenset()), "the answer names 0"),
        (replace(ANSWER, short_parts=()), "lot L1, part a: None is said"),
        (replace(ANSWER, lots=ANSWER.lots[:1]), "the lots' rows"),
    ],
)
def test_what_is_wrong_is_named(wrong, said):
    assert any(said in fault for fault in check(QUESTION, wrong)), check(QUESTION, wrong)
