"""The answer to "which units can be finished, and when": ready days, what is missing, what blocks most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from knockdown.kitting.question import ReadyQuestion, SupplyKind

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Missing(NamedTuple):
    """Pieces that a unit lacks on `at_day`, and the supply from which they will come.

    Pieces of one part that come from two supplies are two rows. `kit_lot_id` says whose pieces they
    are (None: loose). Without a supply that is known and not given to others, `day` and `kind` are None.
    """

    part_id: str
    n_parts: int
    station_id: str
    day: int | None
    kind: SupplyKind | None
    ref: str | None
    kit_lot_id: str | None


@dataclass(frozen=True, slots=True)
class UnitReady:
    """When a unit can be finished (None: never with what is known); how many parts it lacks on `at_day`."""

    unit_id: str
    ready_day: int | None
    n_missing_parts: int


@dataclass(frozen=True, slots=True)
class LotReady:
    """How many of a lot's open units are ready: on `at_day`, and (day, units so far) whenever it rises."""

    kit_lot_id: str | None
    n_open: int
    n_ready: int
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ShortPart:
    """A part of which pieces are lacking on `at_day`, in a lot or (None) among loose pieces.

    A lot that has no supplies of its own of a part lives on loose pieces and is counted there.
    `n_parts` pieces are lacking in `n_units` units; `n_units_alone` of these lack this part only.
    """

    kit_lot_id: str | None
    part_id: str
    n_parts: int
    n_units: int
    n_units_alone: int


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Who gets which pieces, in columns: unit, need of its recipe, supply (-1: none known) and pieces.

    Indices count from 0 in `question.units`, in the needs of the unit's recipe and in
    `question.supplies`. Rows are in order of unit, need and day. Needs of parts that are not short are
    not listed, nor of a short part in a lot whose own pieces do for all its units: these all open units
    have on `at_day`, from their lot's own pieces first, then from loose ones.
    """

    unit_ix: Ints
    need_ix: Ints
    supply_ix: Ints
    n_parts: Ints

    def of_unit(self, unit_ix: int) -> slice:
        """Rows of one unit."""
        first, last = np.searchsorted(self.unit_ix, (unit_ix, unit_ix + 1))
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """Which units are ready on `at_day`, and the others when; see `ready.ready`.

    Parameters
    ----------
    units : tuple of UnitReady
        In the order of the question.
    lots : tuple of LotReady
        By kit lot id; units without a lot (None) last.
    short_parts : tuple of ShortPart
        What blocks most alone first, then what blocks most units, then most pieces.
    short_ids : frozenset of str
        Parts of which there is not enough on `at_day` for all open units.
    draws : Draws
        Who gets which pieces of those parts.
    objective, bound : int
        Total weight of the units ready on `at_day`, and what no other set can exceed, in thousandths
        of a cent (cents times urgency per mille).
    gap : float
        abs(objective - bound) / max(1e-9, abs(objective)).
    status : {"optimal", "feasible"}
        Optimal when `gap` is no more than was asked for.
    later_proven : bool
        Whether the same holds for the set of every later day, given the days before.
    seconds : float
        Wall time used.
    n_contests, n_programs : int
        Work done: groups of units that competed for pieces (all days), and programs HiGHS solved for them.
    """

    question: ReadyQuestion
    units: tuple[UnitReady, ...]
    lots: tuple[LotReady, ...]
    short_parts: tuple[ShortPart, ...]
    short_ids: frozenset[str]
    draws: Draws
    objective: int
    bound: int
    gap: float
    status: Literal["optimal", "feasible"]
    later_proven: bool
    seconds: float
    n_contests: int
    n_programs: int

    @property
    def n_ready(self) -> int:
        """Units ready on `at_day`."""
        return sum(lot.n_ready for lot in self.lots)

    @property
    def n_short_parts(self) -> int:
        """Parts of which there is not enough on `at_day` for all open units."""
        return len(self.short_ids)

    def missing(self, unit_ix: int) -> tuple[Missing, ...]:
        """What a unit lacks on `at_day`, in the order of its recipe's needs (the stations' order).

        Rows are made when asked for: a lot at sea may lack a thousand parts in each of its units.

        Parameters
        ----------
        unit_ix : int
            Index of the unit in the question.
        """
        question, draws = self.question, self.draws
        needs = question.recipes[question.units[unit_ix].recipe_ix].needs
        rows = draws.of_unit(unit_ix)
        columns = (draws.need_ix[rows].tolist(), draws.supply_ix[rows].tolist(), draws.n_parts[rows].tolist())
        found = []
        for need_ix, supply_ix, n in zip(*columns, strict=True):
            need = needs[need_ix]
            if supply_ix < 0:
                found.append(Missing(need.part_id, n, need.station_id, None, None, None, None))
                continue
            supply = question.supplies[supply_ix]
            if supply.day > question.at_day:
                source = supply.day, supply.kind, supply.ref, supply.kit_lot_id
                found.append(Missing(need.part_id, n, need.station_id, *source))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Change:
    """Supplies (indices) that can be used from another day: a case is opened, a claim comes early."""

    label: str
    supply_ixs: tuple[int, ...]
    day: int


@dataclass(frozen=True, slots=True)
class Gain:
    """What a change alone adds to what is ready on `at_day`: units, and weight in thousandths of a cent.

    Not `proven`, when the time for proofs ran out: then it is the difference of the best sets found.
    """

    label: str
    n_units: int
    weight: int
    proven: bool
