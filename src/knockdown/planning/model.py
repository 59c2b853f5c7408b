"""A mixed-integer model under construction: named columns, rows that remember what limit they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

INFINITY = float("inf")
Key = tuple[Any, ...]
"""Name of a column, as `("ganja", "build", "bobcat", 3)`: plant, kind, names, period."""


@dataclass(frozen=True, slots=True)
class LimitKey:
    """What a row stands for, so that duals and conflicts can be told in words.

    `kind` and `id` name the limit; rows of several periods share them.
    """

    plant: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A family in a period: its on-column, the builds it allows, the fewest of them worth starting for.

    `row` holds the builds below what its `line`'s hours allow; `most_used` is what would be left of that
    row with all the hours in the world. `least_row` holds them above the fewest.
    """

    on: int
    builds: tuple[int, ...]
    least: float
    row: int
    line: LimitKey
    most_used: float
    least_row: int


@dataclass(slots=True)
class Model:
    """Maximise cost @ x subject to rows; columns are addressed by a key."""

    column: dict[Key, int] = field(default_factory=dict)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    gain: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    row_key: list[LimitKey | None] = field(default_factory=list)
    row_period: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    indices: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    constant: float = 0.0
    campaigns: list[Campaign] = field(default_factory=list)
    firm: set[Key] = field(default_factory=set)
    components: set[Key] = field(default_factory=set)
    fixed: dict[LimitKey, tuple[int, float]] = field(default_factory=dict)
    """Columns held at one value by an orders book, with the upper bound they would have without it."""

    def copy(self) -> Model:
        """The same program, to which columns and rows may be added."""
        return replace(
            self,
            column=dict(self.column),
            lower=list(self.lower),
            upper=list(self.upper),
            gain=list(self.gain),
            whole=list(self.whole),
            row_lower=list(self.row_lower),
            row_upper=list(self.row_upper),
            row_key=list(self.row_key),
            row_period=list(self.row_period),
            starts=list(self.starts),
            indices=list(self.indices),
            values=list(self.values),
        )

    def add_column(
        self,
        key: Key,
        gain: float = 0.0,
        upper: float = INFINITY,
        lower: float = 0.0,
        whole: bool = False,
    ) -> int:
        """New column; returns its index."""
        index = len(self.lower)
        self.column[key] = index
        self.lower.append(lower)
        self.upper.append(upper)
        self.gain.append(gain)
        self.whole.append(whole)
        return index

    def add_row(
        self,
        terms: Mapping[int, float],
        lower: float = -INFINITY,
        upper: float = INFINITY,
        limit: LimitKey | None = None,
        period: int = -1,
    ) -> int:
        """New row; `limit` marks it as one that a manager could ease."""
        for index, value in terms.items():
            if value != 0.0:
                self.indices.append(index)
                self.values.append(value)
        self.starts.append(len(self.indices))
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        self.row_key.append(limit)
        self.row_period.append(period)
        return len(self.row_lower) - 1

    @property
    def n_columns(self) -> int:
        """Columns so far."""
        return len(self.lower)

    @property
    def n_rows(self) -> int:
        """Rows so far."""
        return len(self.row_lower)

    def rows_of(self, key: LimitKey) -> list[int]:
        """Rows that stand for a limit."""
        return [row for row, other in enumerate(self.row_key) if other == key]

    def to_highs(self, relaxed: bool = False) -> highspy.Highs:
        """A solver holding this model, silent, single-threaded so that it repeats itself."""
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self.n_columns, self.n_rows
        program.col_cost_ = np.array(self.gain)
        program.col_lower_, program.col_upper_ = np.array(self.lower), np.array(self.upper)
        program.row_lower_, program.row_upper_ = np.array(self.row_lower), np.array(self.row_upper)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(self.starts, dtype=np.int32)
        program.a_matrix_.index_ = np.array(self.indices, dtype=np.int32)
        program.a_matrix_.value_ = np.array(self.values)
        program.sense_ = highspy.ObjSense.kMaximize
        program.offset_ = self.constant
        if not relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            program.integrality_ = [kinds[whole] for whole in self.whole]
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.passModel(program)
        return solver
