"""Clear to build: cases by hand, laws, and what a change gains; every answer is inspected."""

from dataclasses import replace

import numpy as np
import pytest

from knockdown.kitting.ready import referee as ready_solve
from knockdown.kitting.ready.check import check
from knockdown.kitting.ready.solve import Change, gains
from knockdown.kitting.ready.solve import ready as ready_unchecked
from knockdown.kitting.trials.ready_lots import Size, lots, measure
from tests.kitting.test_ready_tiny import DAY, ask, recipe, supply, unit


def ready(question, **options):
    answer = ready_unchecked(question, **options)
    assert check(question, answer) == ()
    return answer


def days(answer):
    return {u.unit_id: u.ready_day for u in answer.units}


# By hand


def test_nothing_asked_nothing_answered():
    answer = ready(ask([], [], []))
    assert (answer.units, answer.lots, answer.objective, answer.gap) == ((), (), 0, 0.0)


def test_a_unit_without_needs_is_ready_at_once():
    answer = ready(ask([unit("U1"), unit("U2", lot=None)], [recipe()], []))
    assert days(answer) == {"U1": DAY, "U2": DAY}


def test_own_and_loose_pieces_serve_and_those_of_other_lots_do_not():
    supplies = [supply("a", 1, "L1"), supply("a", 1, None), supply("a", 5, "L2")]
    answer = ready(ask([unit("U1", worth=300)], [recipe(a=2)], supplies))
    assert days(answer) == {"U1": DAY}
    answer = ready(ask([unit("U1"), unit("U2", lot=None)], [recipe(a=2)], supplies))
    assert days(answer) == {"U1": DAY, "U2": None}


def test_own_pieces_go_first_so_that_loose_ones_do_for_others():
    units = [unit("U1", lot="L1"), unit("U2", lot="L2")]
    supplies = [supply("a", 1, None), supply("a", 1, "L1")]
    assert days(ready(ask(units, [recipe(a=1)], supplies))) == {"U1": DAY, "U2": DAY}


def test_one_dear_unit_gives_way_to_two_cheaper_ones_that_are_worth_more():
    units = [unit("dear", 0, worth=150), unit("one", 1), unit("two", 1)]
    answer = ready(ask(units, [recipe(a=2), recipe(a=1)], [supply("a", 2)]))
    assert days(answer) == {"dear": None, "one": DAY, "two": DAY}
    assert (answer.objective, answer.bound, answer.n_programs) == (200_000, 200_000, 1)


def test_the_urgent_unit_goes_first():
    units = [unit("a-later", due=DAY + 60), unit("b-soon", due=DAY + 12), unit("c-never")]
    answer = ready(ask(units, [recipe(a=1)], [supply("a", 1)]))
    assert days(answer) == {"a-later": None, "b-soon": DAY, "c-never": None}
    assert answer.objective == 100 * 1800


@pytest.mark.parametrize(
    ("ahead", "behind"),
    [
        ({"stage": "off_line"}, {"stage": "in_work"}),
        ({"stage": "in_work"}, {"stage": "released"}),
        ({"stage": "released"}, {"stage": "planned"}),
        ({"due": DAY - 4}, {"due": DAY - 3}),
        ({"due": DAY + 70}, {}),
    ],
)
@pytest.mark.parametrize("recipe_ix", [0, 1])
def test_ties_go_to_the_unit_further_along_then_due_earlier(ahead, behind, recipe_ix):
    units = [unit("a", **behind), unit("b", recipe_ix, **ahead)]
    answer = ready(ask(units, [recipe(a=1), recipe(a=1)], [supply("a", 1)]))
    assert days(answer) == {"a": None, "b": DAY}


def test_a_tie_is_settled_across_lots_when_loose_pieces_do_for_either():
    units = [unit("z", 0, "L1", stage="in_work"), unit("a", 0, "L2"), unit("b", 0, "L2")]
    supplies = [supply("a", 1, None), supply("a", 1, "L2")]
    assert days(ready(ask(units, [recipe(a=1)], supplies))) == {"z": DAY, "a": DAY, "b": None}


def test_the_loser_lacks_only_what_it_could_not_have():
    units = [unit("first", due=DAY), unit("second"), unit("third")]
    supplies = [supply("a", 3), supply("b", 1), supply("c", 2), supply("b", 1, "L1", DAY + 4, "claim", "C-1")]
    answer = ready(ask(units, [recipe(c=1, a=1, b=1)], supplies))
    assert days(answer) == {"first": DAY, "second": DAY + 4, "third": None}
    assert answer.missing(0) == ()
    second, third = answer.missing(1), answer.missing(2)
    assert [(m.part_id, m.n_parts, m.station_id, m.day, m.kind, m.ref) for m in second] == [
        ("b", 1, "T2", DAY + 4, "claim", "C-1")
    ]
    assert [(m.part_id, m.day) for m in third] == [("c", None), ("b", None)]
    assert [(p.part_id, p.n_parts, p.n_units, p.n_units_alone) for p in answer.short_parts] == [
        ("b", 2, 2, 1),
        ("c", 1, 1, 0),
    ]


def test_a_unit_that_is_never_ready_still_shows_what_comes_for_it():
    supplies = [supply("a", 1, None, DAY + 3, "ordered", "PO-7")]
    answer = ready(ask([unit("U1")], [recipe(a=2, b=1)], supplies))
    rows = [(m.part_id, m.n_parts, m.day, m.kind, m.ref, m.kit_lot_id) for m in answer.missing(0)]
    assert rows == [
        ("a", 1, DAY + 3, "ordered", "PO-7", None),
        ("a", 1, None, None, None, None),
        ("b", 1, None, None, None, None),
    ]
    assert answer.units[0].n_missing_parts == 2


def test_a_loose_piece_that_nobody_takes_is_not_missing():
    units = [unit("U1", lot="L1"), unit("U2", lot="L2")]
    supplies = [supply("a", 1, None), supply("a", 1, "L1", DAY + 5), supply("a", 1, "L2", DAY + 5)]
    supplies += [supply("b", 1, lot, DAY + 7, "claim", lot) for lot in ("L1", "L2")]
    answer = ready(ask(units, [recipe(a=1, b=1)], supplies))
    assert [[m.part_id for m in answer.missing(ix)] for ix in (0, 1)] == [["b"], ["a", "b"]]


def test_lots_rise_step_by_step():
    supplies = [supply("a", 1), supply("a", 2, "L1", DAY + 2), supply("a", 1, None, DAY + 9)]
    answer = ready(ask([unit(f"U{n}") for n in range(5)], [recipe(a=1)], supplies))
    (lot,) = answer.lots
    assert (lot.kit_lot_id, lot.n_open, lot.n_ready) == ("L1", 5, 1)
    assert lot.steps == ((DAY, 1), (DAY + 2, 3), (DAY + 9, 4))


def test_units_worth_nothing_are_served_from_what_is_left():
    units = [unit("free", worth=0), unit("dear", worth=5), unit("free too", worth=0)]
    assert days(ready(ask(units, [recipe(a=1)], [supply("a", 2)])))["free"] == DAY


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"units": (unit("U1"), unit("U1"))}, "U1 is there twice"),
        ({"units": (unit("U1", 7),)}, "names recipe 7; there are 1"),
        ({"units": (unit("U1", worth=-1),)}, "worth -1 cents"),
        ({"units": (unit("U1", worth=2**60),)}, "too large"),
        ({"recipes": (recipe(a=0),)}, "recipe 0 needs 0 of part a"),
        ({"recipes": (replace(recipe(a=1), needs=recipe(a=1).needs * 2),)}, "name a part once"),
        ({"supplies": (supply("a", -3),)}, "part a has -3 pieces"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        ready(replace(ask([unit("U1")], [recipe(a=1)], []), **change))


def test_without_time_an_answer_stands_with_an_honest_bound():
    units = [unit("dear", 0, worth=150), unit("one", 1), unit("two", 1)]
    answer = ready(ask(units, [recipe(a=2), recipe(a=1)], [supply("a", 2)]), seconds=0.0)
    assert answer.status == "feasible"
    assert answer.objective <= 200_000 <= answer.bound


# Laws


SMALL = Size(n_units=120, n_parts=60, n_lots=6, n_variants=4, wrong=0.15, loose=0.3)


@pytest.mark.parametrize("seed", range(8))
def test_proof_at_sight_and_program_agree(seed, monkeypatch):
    question = lots(SMALL, seed)
    answer = ready(question)
    monkeypatch.setattr(ready_solve, "is_tree", lambda contest, rows: False)
    other = ready(question)
    assert other.n_programs > answer.n_programs
    assert (answer.objective, answer.gap, answer.status) == (other.objective, 0.0, "optimal")


@pytest.mark.parametrize("seed", range(3))
def test_one_whole_program_finds_no_more(seed):
    row = measure("small", lots(replace(SMALL, loose_least=0.5), seed), seconds=20.0, n_runs=1)
    assert (row.gap, row.program_gap, row.program_share) == (0.0, 0.0, 1.0)
    assert max(row.by_due_share, row.by_weight_share) <= 1.0


@pytest.mark.parametrize("seed", range(8))
def test_more_pieces_or_units_never_make_less_ready(seed):
    question = lots(SMALL, seed)
    dice = np.random.default_rng(seed)
    objective = ready(question).objective
    late = [ix for ix, s in enumerate(question.supplies) if s.day > question.at_day]
    chosen = dice.choice(late, 5, replace=False).tolist()
    sooner = [
        replace(s, day=question.at_day) if ix in chosen else s for ix, s in enumerate(question.supplies)
    ]
    assert ready(replace(question, supplies=tuple(sooner))).objective >= objective
    more = replace(question.units[int(dice.integers(len(question.units)))], unit_id="one more")
    assert ready(replace(question, units=(*question.units, more))).objective >= objective


@pytest.mark.parametrize("seed", range(8))
def test_names_and_order_do_not_matter(seed):
    question = lots(SMALL, seed)
    answer = ready(question)
    dice = np.random.default_rng(seed)
    mixed = replace(
        question,
        units=tuple(question.units[ix] for ix in dice.permutation(len(question.units))),
        supplies=tuple(question.supplies[ix] for ix in dice.permutation(len(question.supplies))),
    )
    assert days(ready(mixed)) == days(answer)
    names = {f"L{n:03d}": f"lot {9 - n}" for n in range(SMALL.n_lots)}
    renamed = replace(
        question,
        units=tuple(replace(u, kit_lot_id=names[u.kit_lot_id]) for u in question.units),
        supplies=tuple(
            replace(s, kit_lot_id=names[s.kit_lot_id]) if s.kit_lot_id else s for s in question.supplies
        ),
    )
    assert ready(renamed).objective == answer.objective


def test_the_same_question_gives_the_same_answer():
    question = lots(SMALL, 3)
    one, other = ready(question), ready(question)
    for column in ("unit_ix", "need_ix", "supply_ix", "n_parts"):
        assert np.array_equal(getattr(one.draws, column), getattr(other.draws, column))
    assert replace(one, seconds=0, draws=other.draws) == replace(other, seconds=0)


# What if


@pytest.mark.parametrize("seed", range(6))
def test_a_gain_is_the_difference_between_two_answers(seed):
    question = lots(SMALL, seed)
    answer = ready(question)
    refs = sorted({s.ref for s in question.supplies if s.ref and s.day > question.at_day})[:5]
    changes = [
        Change(ref, tuple(ix for ix, s in enumerate(question.supplies) if s.ref == ref), question.at_day)
        for ref in refs
    ]
    for change, gain in zip(changes, gains(question, changes), strict=True):
        moved = [
            replace(s, day=change.day) if ix in change.supply_ixs else s
            for ix, s in enumerate(question.supplies)
        ]
        then = ready(replace(question, supplies=tuple(moved)))
        assert (gain.label, gain.proven) == (change.label, True)
        assert gain.weight == then.objective - answer.objective >= 0
        assert gain.n_units == then.n_ready - answer.n_ready


def test_pieces_that_come_later_cost_units():
    question = ask([unit("U1")], [recipe(a=1)], [supply("a", 1)])
    (gain,) = gains(question, [Change("case held back", (0,), DAY + 1)])
    assert (gain.n_units, gain.weight) == (-1, -100_000)
    with pytest.raises(IndexError, match="supply -1"):
        gains(question, [Change("wrong", (-1,), DAY)])
