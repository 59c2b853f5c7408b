"""Clear to build: which open units can be finished with what is there, the others when, and what blocks them.

The question is a packing: units compete for pieces. A unit draws on the pieces of its own lot and on
loose pieces, never on another lot's (that is borrowing, decided elsewhere), and is ready on a day when
all its needs are met by pieces usable by that day; a piece serves one unit only.

A unit weighs its worth times its urgency: 2 when due by `at_day`, falling linearly to 1 when due 60 days
later or not at all. The units ready on `at_day` are those of most weight together, proven. Of the others,
each later day on which pieces come readies as much weight as the pieces left by earlier days allow: every
day's set is best given the days before, which is how a plant lives, and not always best over all days.
Ties in weight go to units further along, then due earlier, then by name: no unit waits while one of equal
weight behind it holds pieces that would do for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from knockdown.kitting.question import ReadyQuestion
from knockdown.kitting.ready.answer import Bools, Change, Gain, Ints, ReadyAnswer
from knockdown.kitting.ready.arrays import Arrays, read
from knockdown.kitting.ready.contest import Day
from knockdown.kitting.ready.days import Best, Course, best_set, run, shortage
from knockdown.kitting.ready.program import Deadline
from knockdown.kitting.ready.referee import Referee
from knockdown.kitting.ready.tell import Lacks, lots_of, short_parts_of, units_of

__all__ = ["Change", "Gain", "ReadyAnswer", "gains", "ready"]


def ready(question: ReadyQuestion, seconds: float = 10.0, gap: float = 0.0) -> ReadyAnswer:
    """Say which units are ready on `at_day`, when the others are, and what they lack.

    Units that are left out lack what the chosen set and the units ready before them leave them without:
    pieces that they could have are not missing. The answer is not inspected here, as the inspector
    (`ready.check.check`) takes as long again at worst: callers that keep or show an answer ask it.

    Parameters
    ----------
    question : ReadyQuestion
        Days are ordinals, pieces whole, worth in cents.
    seconds : float
        Wall time for proofs; when it is used up, the best known sets stand, with their bound.
    gap : float
        Proven gap that is good enough, as a share (0: the best).

    Returns
    -------
    ReadyAnswer
        The same question gives the same answer, but for `seconds`.

    Raises
    ------
    ValueError
        When the question contradicts itself, as when a unit is there twice.

    Examples
    --------
    >>> from knockdown.kitting.question import Need, OpenUnit, Recipe, Supply
    >>> units = [OpenUnit(u, "L1", None, "PX-1", "main", "planned", 0, 100, None) for u in ("U1", "U2")]
    >>> doors = Supply("door", 2, "L1", 10, "on_hand"), Supply("door", 2, "L1", 17, "claim", "C-5")
    >>> answer = ready(ReadyQuestion(10, tuple(units), (Recipe((Need("door", 2, "T1"),)),), doors))
    >>> [(unit.unit_id, unit.ready_day) for unit in answer.units]
    [('U1', 10), ('U2', 17)]
    >>> answer.missing(1)[0].ref, answer.objective, answer.gap
    ('C-5', 100000, 0.0)
    """
    started = time.monotonic()
    arrays = read(question)
    referee = Referee(Deadline(seconds), gap)
    return _answer(arrays, run(arrays, referee), referee, started)


def _answer(arrays: Arrays, course: Course, referee: Referee, started: float) -> ReadyAnswer:
    draws = course.handout.draws()
    lacks = Lacks(arrays, draws)
    today = course.today
    return ReadyAnswer(
        question=arrays.question,
        units=units_of(arrays, lacks, course.ready_day),
        lots=lots_of(arrays, course.ready_day),
        short_parts=short_parts_of(arrays, lacks),
        short_ids=frozenset(arrays.part_ids[ix] for ix in np.flatnonzero(course.short[: arrays.n_parts])),
        draws=draws,
        objective=today.weight,
        bound=today.bound,
        gap=today.gap,
        status="optimal" if today.gap <= referee.gap else "feasible",
        later_proven=course.later_proven,
        seconds=time.monotonic() - started,
        n_contests=referee.n_contests,
        n_programs=referee.n_programs,
    )


def gains(
    question: ReadyQuestion, changes: Sequence[Change], seconds: float = 10.0, gap: float = 0.0
) -> tuple[Gain, ...]:
    """Say what each change alone adds on `at_day`: opening cases, clearing a declaration, a claim sooner.

    Parameters
    ----------
    question : ReadyQuestion
        What is known now.
    changes : sequence of Change
        Each gives some supplies another day; a later one than `at_day` takes pieces away.
    seconds, gap : float
        As in `ready`, for all changes together.

    Returns
    -------
    tuple of Gain
        In the order of the changes.

    Raises
    ------
    ValueError
        As in `ready`.
    IndexError
        When a change names a supply that is not there.

    Examples
    --------
    >>> from knockdown.kitting.question import Need, OpenUnit, Recipe, Supply
    >>> unit = OpenUnit("U1", "L1", None, "PX-1", "main", "planned", 0, 100, None)
    >>> case = Supply("door", 2, "L1", 12, "unopened", "case 4")
    >>> asked = ReadyQuestion(10, (unit,), (Recipe((Need("door", 2, "T1"),)),), (case,))
    >>> gains(asked, [Change("open case 4", (0,), 10)])
    (Gain(label='open case 4', n_units=1, weight=100000, proven=True),)
    """
    arrays = read(question)
    referee = Referee(Deadline(seconds), gap)
    now = _today(arrays, arrays.supply_day, referee)
    found = []
    for change in changes:
        day = arrays.supply_day.copy()
        _refuse(change, len(question.supplies))
        day[list(change.supply_ixs)] = change.day
        then = _today(arrays, day, referee, now.shared)
        more = int(then.taken.sum() - now.taken.sum())
        proven = max(now.gap, then.gap) <= gap
        found.append(Gain(change.label, more, then.weight - now.weight, proven))
    return tuple(found)


def _refuse(change: Change, n_supplies: int) -> None:
    wrong = [ix for ix in change.supply_ixs if not 0 <= ix < n_supplies]
    if wrong:
        raise IndexError(f"change {change.label} names supply {wrong[0]}; there are {n_supplies}, from 0")


def _today(arrays: Arrays, supply_day: Ints, referee: Referee, shared: Bools | None = None) -> Best:
    pieces = arrays.pieces(supply_day <= arrays.question.at_day)
    _, entries = shortage(arrays, pieces)
    day = Day(arrays, entries, pieces, np.zeros_like(arrays.group_count))
    return best_set(day, referee, shared)
