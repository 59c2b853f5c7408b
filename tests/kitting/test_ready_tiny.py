"""Small questions of readiness, answered by trying everything; other tests build theirs with it too."""

import random
from itertools import combinations

import pytest

from knockdown.kitting.question import Need, OpenUnit, ReadyQuestion, Recipe, Supply
from knockdown.kitting.ready import referee as ready_solve
from knockdown.kitting.ready.arrays import place_in_queue, urgency_mille
from knockdown.kitting.ready.check import check
from knockdown.kitting.ready.solve import ready

DAY = 100
STAGES = ("planned", "released", "in_work", "off_line")


def unit(unit_id, recipe_ix=0, lot="L1", worth=100, due=None, stage="planned"):
    return OpenUnit(unit_id, lot, None, "PX-1", "main", stage, recipe_ix, worth, due)


def recipe(**needs):
    return Recipe(tuple(Need(part, n, f"T{at}") for at, (part, n) in enumerate(needs.items())))


def supply(part, n, lot="L1", day=DAY, kind="on_hand", ref=None):
    return Supply(part, n, lot, day, kind, ref)


def ask(units, recipes, supplies):
    return ReadyQuestion(DAY, tuple(units), tuple(recipes), tuple(supplies))


def at_random(seed):
    """A question of up to seven units that fight for pieces of up to four parts."""
    dice = random.Random(seed)
    parts = "abcd"[: dice.randint(1, 4)]
    lots = ["L1", "L2", None][: dice.randint(1, 3)]
    most = dice.choice((1, 1, 2, 3))
    recipes = [
        recipe(**{p: dice.randint(1, most) for p in parts if dice.random() < 0.7})
        for _ in range(dice.randint(1, 4))
    ]
    worths = dice.choice(([100], [100, 100, 130], list(range(1, 200))))
    units = [
        unit(
            f"U{ix}", dice.randrange(len(recipes)), dice.choice(lots), dice.choice(worths),
            dice.choice((None, None, DAY - 3, DAY + 30)), dice.choice(STAGES),
        )
        for ix in range(dice.randint(1, 7))
    ]  # fmt: skip
    dice.shuffle(units)
    supplies = [
        supply(dice.choice(parts), dice.randint(0, 2 * most), dice.choice([*lots, None, "L9"]),
               dice.choice((DAY - 1, DAY, DAY, DAY + 2, DAY + 5)), dice.choice(("on_hand", "claim")))
        for _ in range(dice.randint(0, 12))
    ]  # fmt: skip
    return ask(units, recipes, supplies)


def weight(question, unit_ix):
    asked = question.units[unit_ix]
    return asked.worth_cents * urgency_mille(asked.due_day, question.at_day)


def queue(question, unit_ix):
    return place_in_queue(question.units[unit_ix])


def take(question, pieces, units):
    """Give units their pieces, own ones first; the pieces left, or None when there are too few."""
    pieces = dict(pieces)
    for ix in units:
        asked = question.units[ix]
        for need in question.recipes[asked.recipe_ix].needs:
            own = 0
            if asked.kit_lot_id is not None:
                own = min(need.n_parts, pieces.get((asked.kit_lot_id, need.part_id), 0))
                pieces[asked.kit_lot_id, need.part_id] = pieces.get((asked.kit_lot_id, need.part_id), 0) - own
            loose = pieces.get((None, need.part_id), 0) - (need.n_parts - own)
            if loose < 0:
                return None
            pieces[None, need.part_id] = loose
    return pieces


def come(question, pieces, after, until):
    """Pieces that come after a day until another."""
    pieces = dict(pieces)
    for s in question.supplies:
        if after < s.day <= until:
            pieces[s.kit_lot_id, s.part_id] = pieces.get((s.kit_lot_id, s.part_id), 0) + s.n_parts
    return pieces


def most_weight(question, pieces, units):
    """The best of all sets of these units, by trying every one."""
    return max(
        sum(weight(question, ix) for ix in chosen)
        for n in range(len(units) + 1)
        for chosen in combinations(units, n)
        if take(question, pieces, chosen) is not None
    )


@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("at_sight", [True, False])
def test_every_day_is_best_given_the_days_before(block, at_sight, monkeypatch):
    if not at_sight:
        monkeypatch.setattr(ready_solve, "is_tree", lambda contest, rows: not rows)
    for seed in range(50 * block, 50 * block + 50):
        question = at_random(seed)
        answer = ready(question)
        assert check(question, answer) == (), seed
        left, pieces, after = list(range(len(question.units))), {}, -1
        for day in sorted({DAY, *(s.day for s in question.supplies if s.day > DAY)}):
            pieces = come(question, pieces, after, day)
            now = [ix for ix in left if answer.units[ix].ready_day == day]
            best = most_weight(question, pieces, left)
            assert sum(weight(question, ix) for ix in now) == best, (seed, day)
            if day == DAY:
                assert (answer.objective, answer.bound) == (best, best), seed
            _ties_are_settled(question, pieces, now, left, seed)
            pieces, after = take(question, pieces, now), day
            left = [ix for ix in left if ix not in now]


def _ties_are_settled(question, pieces, now, left, seed):
    for out in set(left) - set(now):
        for one in now:
            if weight(question, one) == weight(question, out) and queue(question, out) < queue(question, one):
                swapped = [ix for ix in now if ix != one] + [out]
                assert take(question, pieces, swapped) is None, (seed, one, out)
