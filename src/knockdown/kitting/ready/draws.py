"""Hands out pieces: a lot's own before loose ones, of each the earliest first; and keeps book of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knockdown.kitting.ready.answer import Bools, Draws, Ints
from knockdown.kitting.ready.arrays import Arrays, totals
from knockdown.kitting.ready.contest import Entries


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Rows of the book: so many pieces for a need of a unit, from this place on in the queue of a cell.

    `cell` is -1 for pieces that nobody can give. `entry` is the need's index in `Entries`.
    """

    unit: Ints
    entry: Ints
    cell: Ints
    place: Ints
    n: Ints


class Handout:
    """The pieces of short cells, cell by cell: what has come, what is given away, and to whom."""

    def __init__(self, arrays: Arrays, entries: Entries, short: Bools) -> None:
        self.arrays, self.entries = arrays, entries
        useful = short[arrays.supply_cell] & (arrays.supply_n > 0)
        chosen = np.flatnonzero(useful)
        by_cell_and_day = np.lexsort((arrays.supply_day[chosen], arrays.supply_cell[chosen]))
        self.supply = chosen[by_cell_and_day]
        self.day = arrays.supply_day[self.supply]
        self.pieces = np.zeros(arrays.n_cells, dtype=np.int64)
        self.given = np.zeros(arrays.n_cells, dtype=np.int64)
        self.book: list[Taken] = []

    def arrive(self, after: int | None, until: int | None) -> None:
        """Pieces come that can be used from after one day (None: always) until another (None: for ever)."""
        come = np.ones(len(self.day), dtype=bool)
        if after is not None:
            come &= self.day > after
        if until is not None:
            come &= self.day <= until
        self.pieces += self.arrays.pieces(self.supply[come])

    def serve(self, units: Ints) -> None:
        """Give units, in this order, what they need in short cells, as far as there are pieces."""
        types = self.arrays.unit_type[units]
        sizes = self.entries.first[types + 1] - self.entries.first[types]
        unit = np.repeat(units, sizes)
        if not unit.size:
            return
        within = np.arange(len(unit)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        entry = self.entries.first[types].repeat(sizes) + within
        wanted = self._from(unit, entry, self.entries.cell[entry], self.entries.n[entry])
        rest = np.flatnonzero(wanted)
        unit, entry, wanted = unit[rest], entry[rest], wanted[rest]
        wanted = self._from(unit, entry, self.entries.part[entry], wanted)
        rest = np.flatnonzero(wanted)
        nobody = np.full(len(rest), -1)
        self.book.append(Taken(unit[rest], entry[rest], nobody, nobody, wanted[rest]))

    def _from(self, unit: Ints, entry: Ints, cell: Ints, wanted: Ints) -> Ints:
        """Take pieces of cells, first come first served; what is still wanted afterwards."""
        place, got = self._take(cell, wanted)
        some = np.flatnonzero(got)
        self.book.append(Taken(unit[some], entry[some], cell[some], place[some], got[some]))
        return wanted - got

    def _take(self, cell: Ints, wanted: Ints) -> tuple[Ints, Ints]:
        before = before_me(cell, wanted)
        there = self.pieces[cell]
        got = np.clip(there - before, 0, wanted)
        place = self.given[cell] + np.minimum(before, there)
        drawn = totals(cell, got, len(self.pieces))
        self.pieces -= drawn
        self.given += drawn
        return place, got

    def draws(self) -> Draws:
        """The book with supplies by name, when all are served."""
        taken = [np.concatenate(column) for column in zip(*map(_columns, self.book), strict=True)]
        unit, entry, cell, place, n = taken or [np.zeros(0, dtype=np.int64)] * 5
        rows, supply, n = self._supplies(cell, place, n)
        unit, entry = unit[rows], entry[rows]
        unit, entry, supply, n = self._sooner(unit, entry, supply, n)
        day = self.arrays.supply_day[supply]
        order = np.lexsort((supply, day, self.entries.need[entry], unit))
        return Draws(unit[order], self.entries.need[entry][order], supply[order], n[order])

    def _supplies(self, cell: Ints, place: Ints, n: Ints) -> tuple[Ints, Ints, Ints]:
        """Split rows by the supplies that their pieces are of: row, supply and pieces."""
        supplied = self.arrays.supply_n[self.supply]
        ends = np.cumsum(supplied)
        cells = self.arrays.supply_cell[self.supply]
        starts = np.append(ends - supplied, 0)[np.searchsorted(cells, cell)]
        first = starts + place
        low = np.searchsorted(ends, first, side="right")
        high = np.searchsorted(ends, first + n - 1, side="right")
        count = np.where(cell < 0, 1, high - low + 1)
        rows = np.repeat(np.arange(len(cell)), count)
        known = cell[rows] >= 0
        ix = low[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
        ix = np.where(known, ix, 0)
        if not len(self.supply):
            return rows, np.full(len(rows), -1), n[rows]
        begin, end = np.maximum(first[rows], (ends - supplied)[ix]), np.minimum((first + n)[rows], ends[ix])
        return rows, np.where(known, self.supply[ix], -1), np.where(known, end - begin, n[rows])

    def _sooner(self, unit: Ints, entry: Ints, supply: Ints, n: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Loose pieces that are there on `at_day` and left over for ever spare waiting for own ones."""
        arrays, at_day = self.arrays, self.arrays.question.at_day
        part = self.entries.part[entry]
        there = arrays.pieces(self.supply[self.day <= at_day])[: arrays.n_parts]
        unused = np.maximum(there - self.given[: arrays.n_parts], 0)
        late = (supply >= 0) & (arrays.supply_day[supply] > at_day) & (unused[part] > 0)
        rows = np.flatnonzero(late)
        if not rows.size:
            return unit, entry, supply, n
        before = before_me(part[rows], n[rows])
        moved = np.clip(unused[part[rows]] - before, 0, n[rows])
        source, loose, pieces = self._supplies(part[rows], self.given[part[rows]] + before, moved)
        n = n.copy()
        n[rows] -= moved
        joined = np.append(np.arange(len(n)), rows[source])
        n, supply = np.append(n, pieces), np.append(supply, loose)
        kept = np.flatnonzero(n > 0)
        return unit[joined][kept], entry[joined][kept], supply[kept], n[kept]


def _columns(taken: Taken) -> tuple[Ints, ...]:
    return taken.unit, taken.entry, taken.cell, taken.place, taken.n


def before_me(place: Ints, amount: Ints) -> Ints:
    """Sum of the amounts that come earlier at the same place.

    Examples
    --------
    >>> before_me(np.array([7, 8, 7, 7]), np.array([2, 5, 1, 4])).tolist()
    [0, 0, 2, 3]
    """
    order = np.argsort(place, kind="stable")
    sums = np.cumsum(amount[order]) - amount[order]
    first = np.append(True, np.diff(place[order]) != 0)[: len(place)]
    sums -= sums[np.flatnonzero(first)][np.cumsum(first) - 1]
    before = np.empty_like(sums)
    before[order] = sums
    return before
