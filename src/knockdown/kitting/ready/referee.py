"""Settles one contest: the set of units of most weight that the scarce pieces can finish, with proof.

First units are served in order of weight, as long as there are pieces. That is often best already, and
known to be: only the parts that turned somebody away matter, and when the units that use them form a
tree (of any two parts, either nobody uses both or all who use one use the other) and take equally many
pieces, the sets of units that can be served are the independent sets of a matroid (laminar; with loose
pieces shared on top of own ones, a gammoid), on which serving by weight is optimal (Edmonds 1971;
Schrijver, Combinatorial Optimization, 2003, chapters 39 and 40). Otherwise HiGHS solves the program.

Ties are settled last, by exchange: no unit is left out while one of equal weight that stands behind it
in the queue has pieces that would do for it. An exchange changes no weight, so the proof holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from knockdown.kitting.ready.answer import Bools, Ints
from knockdown.kitting.ready.contest import Contest
from knockdown.kitting.ready.program import Deadline, Key, Row, Rows, best_by_program

Settled = tuple[Ints, int]
"""Units of each group, and a bound on their weight."""


@dataclass(slots=True)
class Referee:
    """Settles contests, and remembers: the same one is settled once, and rows that mattered matter again."""

    deadline: Deadline
    gap: float
    n_contests: int = 0
    n_programs: int = 0
    known: dict[bytes, Settled] = field(default_factory=dict)
    mattered: set[Key] = field(default_factory=set)

    def settle(self, contest: Contest) -> Settled:
        """Find the best set, ties settled; the bound is the weight itself when it is proven."""
        key = contest.key
        if key not in self.known:
            self.n_contests += 1
            taken, bound = self._best(contest)
            self.known[key] = in_queue_order(contest, taken), bound
        return self.known[key]

    def _best(self, contest: Contest) -> Settled:
        rows = Rows(contest)
        taken, keys = served_by_weight(Stock(contest), rows)
        if is_tree(contest, [rows.row(key) for key in keys]):
            return taken, contest.worth(taken)
        keys += rows.known(self.mattered)
        found = best_by_program(rows, keys, taken, self.gap, self.deadline)
        self.mattered.update(map(rows.name, found.keys))
        self.n_programs += found.n_programs
        return found.taken, found.bound


class Stock:
    """Pieces of a contest that are left when some units have taken theirs, own before loose."""

    def __init__(self, contest: Contest, taken: Ints | None = None) -> None:
        self.contest = contest
        self.drawn = contest.demand(np.zeros_like(contest.count) if taken is None else taken)
        self.from_loose = np.maximum(self.drawn - contest.own, 0)
        self.own = np.maximum(contest.own - self.drawn, 0)
        self.loose = contest.loose - self.from_loose.sum(axis=0)

    def move(self, group: int, n_units: int) -> None:
        """Give so many units of a group their pieces; below 0 takes them back."""
        contest, lot = self.contest, self.contest.lot[group]
        self.drawn[lot] += n_units * contest.need[group]
        from_loose = np.maximum(self.drawn[lot] - contest.own[lot], 0)
        self.loose += self.from_loose[lot] - from_loose
        self.from_loose[lot] = from_loose
        self.own[lot] = np.maximum(contest.own[lot] - self.drawn[lot], 0)

    def give(self, group: int, n_units: int) -> tuple[int, Ints]:
        """Give up to so many units their pieces; how many got theirs, and the parts that ran out."""
        need = self.contest.need[group]
        uses = np.flatnonzero(need)
        each = (self.own[self.contest.lot[group], uses] + self.loose[uses]) // need[uses]
        most = int(each.min())
        n = min(n_units, most)
        if n > 0:
            self.move(group, n)
        return n, uses[each == most] if n < n_units else uses[:0]

    def able(self) -> Bools:
        """Which groups have pieces for one more unit."""
        return (self.own[self.contest.lot] + self.loose >= self.contest.need).all(axis=1)


def served_by_weight(stock: Stock, rows: Rows) -> tuple[Ints, list[Key]]:
    """Serve the heaviest first; also, for each group turned away, one part that did it."""
    contest = stock.contest
    taken = np.zeros_like(contest.count)
    users = (contest.need > 0).sum(axis=0)
    turned_away: dict[Key, None] = {}
    for group, count in enumerate(contest.count.tolist()):
        taken[group], out = stock.give(group, count)
        if out.size:
            lot = int(contest.lot[group])
            keys = [rows.key(lot, int(part)) for part in out[np.argsort(-users[out], kind="stable")]]
            if not any(key in turned_away for key in keys):
                turned_away[keys[0]] = None
    return taken, list(turned_away)


def is_tree(contest: Contest, rows: list[Row]) -> bool:
    """Whether serving by weight is proven best: see the module."""
    cells = [(row, lot) for row in rows for lot in row.lots]
    if not cells:
        return True
    needs = np.array([contest.need[:, row.part] * (contest.lot == lot) for row, lot in cells])
    most = needs.max(axis=1)
    if not ((needs == 0) | (needs == most[:, None])).all():
        return False
    pooled = np.array([len(row.lots) > 1 for row, _ in cells])
    for row in rows:
        if len(row.lots) > 1 and not _even(contest, row, most[[r is row for r, _ in cells]]):
            return False
    users = (needs > 0).astype(np.int64)
    both, size = users @ users.T, users.sum(axis=1)
    nested = (both == 0) | (both == np.minimum.outer(size, size))
    beside = (both == 0) | ((both == size[None, :]) & ~pooled[None, :]) | np.eye(len(cells), dtype=bool)
    return bool(nested.all() and beside[pooled].all())


def _even(contest: Contest, row: Row, pieces_each: Ints) -> bool:
    """Whether all take equally many pieces of a shared part, and no lot's own leave a rest."""
    each = pieces_each[0]
    return bool((pieces_each == each).all() and (contest.own[row.lots, row.part] % each == 0).all())


def in_queue_order(contest: Contest, taken: Ints) -> Ints:
    """Settle ties, and serve whoever can be served on top (units worth nothing, or beside a wide gap)."""
    taken, stock = taken.copy(), Stock(contest, taken)
    _top_up(stock, taken)
    changes = np.flatnonzero(np.diff(contest.weight)) + 1
    runs = [run for run in np.split(np.arange(len(taken)), changes) if len(run) > 1]
    while any([_exchange(stock, taken, run) for run in runs]):
        _top_up(stock, taken)
    return taken


def _top_up(stock: Stock, taken: Ints) -> None:
    left = stock.contest.count - taken
    for group in np.flatnonzero((left > 0) & stock.able()).tolist():
        taken[group] += stock.give(group, int(left[group]))[0]


def _exchange(stock: Stock, taken: Ints, run: Ints) -> bool:
    """Within groups of equal weight, let units take the place of such as stand behind them."""
    contest = stock.contest
    waiting = [int(group) for group in run if taken[group] < contest.count[group]]
    changed = False
    for group in sorted(waiting, key=lambda g: contest.queue[contest.start[g] + taken[g]]):
        while taken[group] < contest.count[group]:
            other = _gives_way(stock, taken, run, group)
            if other is None:
                break
            for moved, n_units in ((other, -1), (group, 1)):
                stock.move(moved, n_units)
                taken[moved] += n_units
            changed = True
    return changed


def _gives_way(stock: Stock, taken: Ints, run: Ints, group: int) -> int | None:
    """The group farthest behind this one whose last served unit frees what the next of this one lacks."""
    contest = stock.contest
    others = run[taken[run] > 0]
    behind = contest.queue[contest.start[others] + taken[others] - 1]
    later = behind > contest.queue[contest.start[group] + taken[group]]
    others, behind = others[later], behind[later]
    if not others.size:
        return None
    lot = contest.lot[group]
    lacks = contest.need[group] - stock.own[lot] - stock.loose
    parts = np.flatnonzero(lacks > 0)
    freed = contest.need[others][:, parts]
    foreign = contest.lot[others] != lot
    freed[foreign] = np.minimum(freed, stock.from_loose[contest.lot[others]][:, parts])[foreign]
    able = (freed >= lacks[parts]).all(axis=1)
    return int(others[able][behind[able].argmax()]) if able.any() else None
