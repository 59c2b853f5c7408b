"""From arrays back to ids: units, lots and the parts that block most."""

from __future__ import annotations

import numpy as np

from knockdown.kitting.ready.answer import Draws, Ints, LotReady, ShortPart, UnitReady
from knockdown.kitting.ready.arrays import NEVER, Arrays, totals


class Lacks:
    """Parts that units lack on `at_day`: a row for each unit and part."""

    def __init__(self, arrays: Arrays, draws: Draws) -> None:
        rows = np.flatnonzero(arrays.supply_day[draws.supply_ix] > arrays.question.at_day)
        unit, need = draws.unit_ix[rows], draws.need_ix[rows]
        new = np.append(True, (np.diff(unit) != 0) | (np.diff(need) != 0))[: len(rows)]
        row = np.cumsum(new) - 1
        self.unit, self.need = unit[new], need[new]
        self.n = totals(row, draws.n_parts[rows], len(self.unit))
        self.n_parts_of = np.bincount(self.unit, minlength=len(arrays.member))

    def cells(self, arrays: Arrays) -> Ints:
        """Where the pieces should be: in the unit's lot, if that has any of its own, else among the loose."""
        types = arrays.unit_type[self.unit]
        first = np.searchsorted(arrays.entry_type, np.arange(len(arrays.type_lot)))
        entry = first[types] + self.need
        has_own = arrays.pieces() > 0
        own = arrays.entry_cell[entry]
        return np.where(has_own[own], own, arrays.entry_part[entry])


def units_of(arrays: Arrays, lacks: Lacks, ready_day: Ints) -> tuple[UnitReady, ...]:
    """When each unit is ready."""
    return tuple(
        UnitReady(unit.unit_id, None if day == NEVER else day, n)
        for unit, day, n in zip(
            arrays.question.units, ready_day.tolist(), lacks.n_parts_of.tolist(), strict=True
        )
    )


def lots_of(arrays: Arrays, ready_day: Ints) -> tuple[LotReady, ...]:
    """How far each lot is."""
    lot = arrays.type_lot[arrays.unit_type]
    found = []
    for ix in np.unique(lot).tolist():
        days = np.sort(ready_day[lot == ix])
        steps, n = np.unique(days[days < NEVER], return_counts=True)
        curve = tuple(zip(steps.tolist(), np.cumsum(n).tolist(), strict=True))
        n_ready = int((days <= arrays.question.at_day).sum())
        found.append(LotReady(arrays.lot_ids[ix], len(days), n_ready, curve))
    return tuple(found)


def short_parts_of(arrays: Arrays, lacks: Lacks) -> tuple[ShortPart, ...]:
    """The parts that block, those first that block most units alone."""
    places, row = np.unique(lacks.cells(arrays), return_inverse=True)
    pieces = totals(row, lacks.n, len(places))
    n_units = np.bincount(row, minlength=len(places))
    alone = totals(row, lacks.n_parts_of[lacks.unit] == 1, len(places))
    return tuple(
        ShortPart(
            arrays.lot_ids[places[ix] // arrays.n_parts], arrays.part_ids[places[ix] % arrays.n_parts],
            int(pieces[ix]), int(n_units[ix]), int(alone[ix]),
        )
        for ix in np.lexsort((places, -pieces, -n_units, -alone)).tolist()
    )  # fmt: skip
