"""Who competes with whom for pieces: what is plenty is left out, the rest falls into independent contests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knockdown.kitting.ready.answer import Bools, Ints
from knockdown.kitting.ready.arrays import Arrays, totals


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """Groups that compete, heaviest first, and the scarce pieces that they compete for.

    Parameters
    ----------
    groups : shape (n_groups,)
        Their indices in `Arrays`.
    need : shape (n_groups, n_parts)
        Pieces that one unit takes of each scarce part; 0 where the group's lot has plenty.
    lot : shape (n_groups,)
        Row of `own` that the group draws on.
    count, weight : shape (n_groups,)
        Units, and weight of one.
    own : shape (n_lots, n_parts)
        Pieces that only one lot may use.
    loose : shape (n_parts,)
        Pieces that all may use.
    lots, parts : shape (n_lots,), (n_parts,)
        What the rows and columns of `own` are in `Arrays`.
    queue, start : shape (n_units,), (n_groups,)
        Places in the queue of all units, group by group, and where each group's begin.
    """

    groups: Ints
    need: Ints
    lot: Ints
    count: Ints
    weight: Ints
    own: Ints
    loose: Ints
    lots: Ints
    parts: Ints
    queue: Ints
    start: Ints

    @property
    def key(self) -> bytes:
        """The same for contests that have the same answer, within one question."""
        return b"|".join(
            part.tobytes() for part in (self.groups, self.start, self.count, self.need, self.own, self.loose)
        )

    def worth(self, taken: Ints) -> int:
        """Weight of so many units of each group."""
        return int(self.weight @ taken)

    def demand(self, taken: Ints) -> Ints:
        """Pieces that so many units of each group take, by lot and part."""
        by_lot = np.argsort(self.lot, kind="stable")
        first = np.searchsorted(self.lot[by_lot], np.arange(len(self.own)))
        return np.add.reduceat((self.need * taken[:, None])[by_lot], first, axis=0)


class Entries:
    """The needs, type by type, that are in short cells."""

    def __init__(self, arrays: Arrays, short: Bools) -> None:
        kept = np.flatnonzero(short[arrays.entry_cell])
        self.type = arrays.entry_type[kept]
        self.part = arrays.entry_part[kept]
        self.cell = arrays.entry_cell[kept]
        self.n = arrays.entry_n[kept]
        self.need = arrays.entry_need[kept]
        self.first = np.searchsorted(self.type, np.arange(len(arrays.type_lot) + 1))

    def demand(self, units_of_type: Ints, n_cells: int) -> Ints:
        """Pieces that these units need, by cell."""
        return totals(self.cell, self.n * units_of_type[self.type], n_cells)


def short_parts(demand: Ints, pieces: Ints, n_parts: int) -> Bools:
    """Which parts are not there for all: lots first use their own pieces, then share the loose ones."""
    return beyond_own(demand, pieces, n_parts) > pieces[:n_parts]


def beyond_own(demand: Ints, pieces: Ints, n_parts: int) -> Ints:
    """Pieces that lots need of each part when they have used their own."""
    return np.maximum(demand - pieces, 0)[n_parts:].reshape(-1, n_parts).sum(axis=0)


def short_cells(demand: Ints, pieces: Ints, n_parts: int) -> Bools:
    """Where there may be too few pieces: short parts among the loose, and in lots whose own do not do."""
    short = np.tile(short_parts(demand, pieces, n_parts), len(pieces) // n_parts)
    short[n_parts:] &= (demand > pieces)[n_parts:]
    return short


class Day:
    """The units that still wait on a day and have a chance, and the pieces that are there for them.

    Parameters
    ----------
    pieces : shape (n_cells,)
        Pieces usable and not yet given away.
    served : shape (n_groups,)
        Units of each group that were ready before.
    """

    def __init__(self, arrays: Arrays, entries: Entries, pieces: Ints, served: Ints) -> None:
        self.arrays, self.entries, self.pieces = arrays, entries, pieces
        too_few = entries.n > pieces[entries.cell] + pieces[entries.part]
        hopeful = totals(entries.type, too_few, len(arrays.type_lot)) == 0
        self.left = np.where(hopeful[arrays.group_type], arrays.group_count - served, 0)
        self.start = arrays.group_start + served
        self.demand = self.taken_by(self.left)
        self.scarce = short_parts(self.demand, pieces, arrays.n_parts)

    def taken_by(self, units: Ints) -> Ints:
        """Pieces that so many units of each group take, by cell."""
        units_of_type = totals(self.arrays.group_type, units, len(self.arrays.type_lot))
        return self.entries.demand(units_of_type, len(self.pieces))

    def overdrawn(self, units: Ints) -> Ints:
        """Parts of which so many units of each group take more than is there, the worst first."""
        drawn = beyond_own(self.taken_by(units), self.pieces, self.arrays.n_parts)
        there = self.pieces[: len(drawn)]
        over = np.flatnonzero(drawn > there)
        return over[np.argsort(-drawn[over] / there[over], kind="stable")]

    def split(self, shared: Bools) -> tuple[Ints, list[Contest]]:
        """Sort out who competes.

        Parameters
        ----------
        shared : shape (n_parts,)
            Parts whose loose pieces the lots must share. Of the others each lot counts on them all, which
            is easier: when an answer overdraws none of them, it is the answer to the whole.

        Returns
        -------
        free : shape (n_groups,)
            Units that lack nothing, nor take anything that another may lack.
        contests : list of Contest
            All others, split into independent contests.
        """
        entries, part, cell = self.entries, self.entries.part, self.entries.cell
        own = self.pieces[cell] + np.where(shared[part], 0, self.pieces[part])
        waiting = totals(self.arrays.group_type, self.left, len(self.arrays.type_lot)) > 0
        fought = np.flatnonzero(self.scarce[part] & (self.demand[cell] > own) & waiting[entries.type])
        if not fought.size:
            return self.left, []
        rows = np.where(shared[part], part, cell)[fought]
        label = _labels(entries.type[fought], rows, len(self.arrays.type_lot))
        free = np.where(label[self.arrays.group_type] < 0, self.left, 0)
        return free, self._contests(fought, label, own, np.where(shared, self.pieces[: len(shared)], 0))

    def _contests(self, fought: Ints, label: Ints, own: Ints, loose: Ints) -> list[Contest]:
        arrays, types = self.arrays, self.entries.type
        of_group = label[arrays.group_type]
        queue = arrays.rank[arrays.member]
        groups = np.flatnonzero((self.left > 0) & (of_group >= 0))
        groups = groups[
            np.lexsort((queue[self.start[groups]], -arrays.group_weight[groups], of_group[groups]))
        ]
        fought = fought[np.argsort(label[types[fought]], kind="stable")]
        names, first = np.unique(label[types[fought]], return_index=True)
        members = np.split(groups, np.searchsorted(of_group[groups], names)[1:])
        edges = np.split(fought, first[1:])
        return [self._contest(m, e, own, loose, queue) for m, e in zip(members, edges, strict=True)]

    def _contest(self, groups: Ints, edges: Ints, own: Ints, loose: Ints, queue: Ints) -> Contest:
        """One contest, written out densely; cells in which there is enough stay empty."""
        arrays, entries = self.arrays, self.entries
        types, type_row = np.unique(arrays.group_type[groups], return_inverse=True)
        parts, column = np.unique(entries.part[edges], return_inverse=True)
        lots, lot_row = np.unique(arrays.type_lot[types], return_inverse=True)
        row = np.searchsorted(types, entries.type[edges])
        need = np.zeros((len(types), len(parts)), dtype=np.int64)
        need[row, column] = entries.n[edges]
        there = np.zeros((len(lots), len(parts)), dtype=np.int64)
        there[lot_row[row], column] = own[edges]
        return Contest(
            groups=groups, need=need[type_row], lot=lot_row[type_row], count=self.left[groups],
            weight=arrays.group_weight[groups], own=there, loose=loose[parts],
            lots=lots, parts=parts, queue=queue, start=self.start[groups],
        )  # fmt: skip


def _labels(types: Ints, rows: Ints, n_types: int) -> Ints:
    """Number the parts of a graph that hang together; -1 for types without an edge."""
    _, rows = np.unique(rows, return_inverse=True)
    label = np.full(n_types, -1)
    label[types] = types
    while True:
        lowest = np.full(rows.max() + 1, n_types)
        np.minimum.at(lowest, rows, label[types])
        better = label.copy()
        np.minimum.at(better, types, lowest[rows])
        better = np.where(better >= 0, better[better], -1)
        if np.array_equal(better, label):
            return label
        label = better
