"""The mixed-integer program of some units that share pools.

Columns: `y` for each course (0 or 1), `x` for the pieces from each option, `z` for "this option is used"
where several pieces share a fixed cost, `w` for each order. Rows:

- one course for each unit; all pieces of each shortage;
- pieces that come on day d or later need a course that waits for them: for each day that tells courses
  apart, the sum of x from that day on is at most n times the sum of y of the courses that allow it.
  Summed up over days like this, the relaxation cannot mix an early course with late pieces;
- x at most the pieces that could ever be taken, times z; z only with a course that allows its day;
- all pieces of a shortage that come with an order together at most n times `w`, which pays for it once;
- pools.

Where one piece is missing, x says by itself whether its option is used, and z is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import highspy
import numpy as np

from knockdown.kitting.resolve.lean import Lean, LeanNeed, LeanUnit, Left, Pick, Picks
from knockdown.kitting.resolve.parts import Part

INFINITY = float("inf")


@dataclass(slots=True)
class Program:
    """Minimise cost @ x subject to rows, all columns whole numbers."""

    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    indices: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    course: dict[tuple[int, int], int] = field(default_factory=dict)
    pieces: dict[tuple[int, int, int], int] = field(default_factory=dict)
    used: dict[tuple[int, int, int], int] = field(default_factory=dict)
    order: dict[int, int] = field(default_factory=dict)
    no_course: dict[int, int] = field(default_factory=dict)
    lacking: dict[tuple[int, int], int] = field(default_factory=dict)

    def column(self, cost: float, upper: float) -> int:
        """New column; returns its index."""
        self.cost.append(cost)
        self.upper.append(upper)
        return len(self.cost) - 1

    def row(self, terms: Iterable[tuple[int, float]], lower: float, upper: float) -> None:
        """New row."""
        for index, value in terms:
            self.indices.append(index)
            self.values.append(value)
        self.starts.append(len(self.indices))
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def to_highs(self) -> highspy.Highs:
        """A solver holding the program, silent, single-threaded so that it repeats itself."""
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.cost), len(self.row_lower)
        program.col_cost_ = np.array(self.cost)
        program.col_lower_, program.col_upper_ = np.zeros(len(self.cost)), np.array(self.upper)
        program.row_lower_, program.row_upper_ = np.array(self.row_lower), np.array(self.row_upper)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(self.starts, dtype=np.int32)
        program.a_matrix_.index_ = np.array(self.indices, dtype=np.int32)
        program.a_matrix_.value_ = np.array(self.values)
        program.integrality_ = [highspy.HighsVarType.kInteger] * len(self.cost)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.passModel(program)
        return solver


def build(question: Lean, part: Part, elastic: bool = False) -> Program:
    """The program of a part; `elastic` counts what cannot be met instead of costs."""
    program = Program()
    shared: dict[int, list[int]] = {pool: [] for pool in part.pools}
    for order in [] if elastic else [order for order in part.orders if question.orders[order]]:
        program.order[order] = program.column(question.orders[order], 1.0)
    for ix in part.units:
        _add_unit(program, question, ix, shared, elastic)
    for pool, columns in shared.items():
        program.row([(c, 1.0) for c in columns], -INFINITY, question.most[pool])
    return program


def _add_unit(program: Program, question: Lean, ix: int, shared: dict[int, list[int]], elastic: bool) -> None:
    unit = question.units[ix]
    for c, course in enumerate(unit.courses):
        column = program.column(0.0 if elastic else course.cents, 1.0)
        program.course[ix, c] = column
        _share(shared, course.pools, column)
    courses = [(program.course[ix, c], 1.0) for c in range(len(unit.courses))]
    if elastic:
        program.no_course[ix] = program.column(1.0, 1.0)
        courses.append((program.no_course[ix], 1.0))
    program.row(courses, 1.0, 1.0)
    for s in range(len(unit.needs)):
        _add_need(program, question, (ix, s), shared, elastic)
        _add_orders(program, unit.needs[s], (ix, s))
        _add_limits(program, unit, (ix, s))


def _add_need(
    program: Program, question: Lean, key: tuple[int, int], shared: dict[int, list[int]], elastic: bool
) -> None:
    need = question.units[key[0]].needs[key[1]]
    supply = []
    for j, option in enumerate(need.options):
        most = max(0, min((need.n_parts, *(question.most[pool] for pool in option.pools))))
        folded = option.fixed if need.n_parts == 1 else 0
        column = program.column(0.0 if elastic else option.piece + folded, most)
        program.pieces[*key, j] = column
        supply.append((column, 1.0))
        _share(shared, option.pools, column)
        if option.fixed and not folded and not elastic:
            z = program.used[*key, j] = program.column(option.fixed, 1.0)
            program.row([(column, 1.0), (z, -float(most))], -INFINITY, 0.0)
    if elastic:
        program.lacking[key] = program.column(1.0, need.n_parts)
        supply.append((program.lacking[key], 1.0))
    program.row(supply, need.n_parts, need.n_parts)


def _add_orders(program: Program, need: LeanNeed, key: tuple[int, int]) -> None:
    """Pieces that come with an order need it paid."""
    for order in sorted({o.order for o in need.options if o.order in program.order}):
        brought = [(program.pieces[*key, j], 1.0) for j, o in enumerate(need.options) if o.order == order]
        program.row([*brought, (program.order[order], -float(need.n_parts))], -INFINITY, 0.0)


def _share(shared: dict[int, list[int]], pools: Iterable[int], column: int) -> None:
    for pool in pools:
        if pool in shared:
            shared[pool].append(column)


def _add_limits(program: Program, unit: LeanUnit, key: tuple[int, int]) -> None:
    """Late pieces need a course that waits for them."""
    ix, s = key
    need, limits = unit.needs[s], [course.limits[s] for course in unit.courses]
    for day in telling_days(need, limits):
        late = [(program.pieces[ix, s, j], 1.0) for j, o in enumerate(need.options) if o.day >= day]
        waits = [program.course[ix, c] for c, limit in enumerate(limits) if limit >= day]
        program.row([*late, *((c, -float(need.n_parts)) for c in waits)], -INFINITY, 0.0)
    for j, option in enumerate(need.options):
        if (ix, s, j) in program.used:
            waits = [program.course[ix, c] for c, limit in enumerate(limits) if limit >= option.day]
            program.row([(program.used[ix, s, j], 1.0), *((c, -1.0) for c in waits)], -INFINITY, 0.0)


def telling_days(need: LeanNeed, limits: Iterable[int]) -> list[int]:
    """Days of options that some course does not allow, the earliest of those that the same courses allow.

    Examples
    --------
    >>> from knockdown.kitting.resolve.lean import LeanOption
    >>> days = (3, 5, 6, 9)
    >>> need = LeanNeed(1, tuple(LeanOption("wait", day, 0, 0, ()) for day in days))
    >>> telling_days(need, [4, 8])
    [5, 9]
    """
    limits, days = list(limits), []
    allowed = len(limits)
    for day in sorted({option.day for option in need.options}):
        now = sum(limit >= day for limit in limits)
        if now < allowed:
            days.append(day)
        allowed = now
    return days


def start_values(program: Program, question: Lean, picks: Picks) -> list[float]:
    """The program's columns for what was picked."""
    values = [0.0] * len(program.cost)
    for ix, pick in picks.items():
        values[program.course[ix, pick.course]] = 1.0
        for s, pieces in enumerate(pick.pieces):
            for j, n in enumerate(pieces):
                values[program.pieces[ix, s, j]] = float(n)
                if n and (ix, s, j) in program.used:
                    values[program.used[ix, s, j]] = 1.0
    for order, n in enumerate(Left.by(question, picks).carried):
        if n and order in program.order:
            values[program.order[order]] = 1.0
    return values


def read_picks(program: Program, question: Lean, part: Part, values: list[float]) -> Picks:
    """What the program's columns say was picked."""
    picks: Picks = {}
    for ix in part.units:
        unit = question.units[ix]
        course = max(range(len(unit.courses)), key=lambda c: values[program.course[ix, c]])
        pieces = tuple(
            tuple(round(values[program.pieces[ix, s, j]]) for j in range(len(need.options)))
            for s, need in enumerate(unit.needs)
        )
        picks[ix] = Pick(course, pieces)
    return picks
