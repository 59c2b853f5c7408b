"""Day by day: the best set on `at_day`, then on each later day on which something comes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knockdown.kitting.ready.answer import Bools, Ints
from knockdown.kitting.ready.arrays import NEVER, Arrays, totals
from knockdown.kitting.ready.contest import Day, Entries, short_cells
from knockdown.kitting.ready.draws import Handout
from knockdown.kitting.ready.program import AT_ONCE
from knockdown.kitting.ready.referee import Referee


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best set of one day: units of each group, their weight, a bound on it, and the parts lots share."""

    taken: Ints
    weight: int
    bound: int
    shared: Bools

    @property
    def gap(self) -> float:
        """How far the weight may be from the best, as a share of itself."""
        return abs(self.weight - self.bound) / max(1e-9, abs(self.weight))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What came of all days; `ready_day` is `NEVER` for units that are not ready with what is known."""

    ready_day: Ints
    short: Bools
    handout: Handout
    today: Best
    later_proven: bool


def shortage(arrays: Arrays, pieces: Ints) -> tuple[Bools, Entries]:
    """Cells in which there is not enough for all open units, and the needs in them."""
    units_of_type = totals(arrays.group_type, arrays.group_count, len(arrays.type_lot))
    demand = totals(arrays.entry_cell, arrays.entry_n * units_of_type[arrays.entry_type], arrays.n_cells)
    short = short_cells(demand, pieces, arrays.n_parts)
    return short, Entries(arrays, short)


def best_set(day: Day, referee: Referee, shared: Bools | None = None) -> Best:
    """Of the units that still wait, those of most weight that the pieces can finish.

    At first lots do not share loose pieces; then the parts are shared that an answer overdraws worst, a few
    at a time. So lots stay apart, and contests small, unless they really are in each other's way.
    """
    arrays = day.arrays
    shared = np.zeros(arrays.n_parts, dtype=bool) if shared is None else shared.copy()
    while True:
        taken, contests = day.split(shared)
        bound = int(arrays.group_weight @ taken)
        taken = taken.copy()
        for contest in contests:
            taken[contest.groups], most = referee.settle(contest)
            bound += most
        overdrawn = day.overdrawn(taken)
        if not overdrawn.size:
            return Best(taken, int(arrays.group_weight @ taken), bound, shared)
        shared[overdrawn[:AT_ONCE]] = True


def run(arrays: Arrays, referee: Referee) -> Course:
    """Go through the days; each day's set is the best one given the days before."""
    at_day = arrays.question.at_day
    short, entries = shortage(arrays, arrays.pieces(arrays.supply_day <= at_day))
    handout = Handout(arrays, entries, short)
    ready_day = np.full(len(arrays.member), NEVER)
    served = np.zeros_like(arrays.group_count)
    handout.arrive(None, at_day)
    today = _pass(arrays, entries, handout, served, referee, ready_day, at_day)
    later_proven, before = True, at_day
    for day in np.unique(handout.day[handout.day > at_day]).tolist():
        handout.arrive(before, day)
        best = _pass(arrays, entries, handout, served, referee, ready_day, day)
        later_proven, before = later_proven and best.gap <= referee.gap, day
    handout.serve(_in_queue(arrays, np.flatnonzero(ready_day == NEVER)))
    return Course(ready_day, short, handout, today, later_proven)


def _pass(
    arrays: Arrays,
    entries: Entries,
    handout: Handout,
    served: Ints,
    referee: Referee,
    ready_day: Ints,
    day: int,
) -> Best:
    """One day: find the best set, hand out its pieces."""
    best = best_set(Day(arrays, entries, handout.pieces, served), referee)
    place = np.arange(len(arrays.member)) - np.repeat(arrays.group_start + served, arrays.group_count)
    units = arrays.member[(place >= 0) & (place < np.repeat(best.taken, arrays.group_count))]
    ready_day[units] = day
    handout.serve(_in_queue(arrays, units))
    served += best.taken
    return best


def _in_queue(arrays: Arrays, units: Ints) -> Ints:
    return units[np.argsort(arrays.rank[units])]
