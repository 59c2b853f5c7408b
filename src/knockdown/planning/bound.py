"""A proven bound by Lagrangian relaxation: price the coupling rows, solve every block to integers.

For any prices pi on the coupling rows, no plan earns more than pi @ b plus the sum over blocks of the
best (c - pi A) x inside the block (Geoffrion 1974). Blocks are single-item lot-sizing problems, whose
integers a solver settles at once, so this bound lies below that of the linear relaxation. Prices start
at the relaxation's duals and follow subgradient steps (Held, Wolfe, Crowder 1974).
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from knockdown.planning.blocks import Blocks
from knockdown.planning.model import Model

Vector = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Part:
    """A block's own program."""

    solver: highspy.Highs
    columns: npt.NDArray[np.int64]


class LagrangianBound:
    """Keeps the best bound proven so far; `improve` does one round of it.

    Parameters
    ----------
    model : Model
        The whole program; every column must have finite bounds.
    blocks : Blocks
        Its columns by block.
    duals : ndarray, shape (n_rows,)
        Prices to start from: duals of the linear relaxation.
    best : float
        A bound already proven.
    """

    def __init__(self, model: Model, blocks: Blocks, duals: Vector, best: float) -> None:
        self.model = model
        self.matrix = _Rows(model)
        self.coupling = np.flatnonzero(self.matrix.n_blocks(blocks.of_column) > 1)
        self.lower = np.array(model.row_lower)[self.coupling]
        self.upper = np.array(model.row_upper)[self.coupling]
        self.prices = self._legal(duals[self.coupling])
        self.best_prices = self.prices.copy()
        self.best = best
        self.step = 1.0
        self.gain = np.array(model.gain)
        self.parts = [self._part(blocks.columns(b)) for b in range(len(blocks.names))]

    def improve(self, incumbent: float, executor: Executor) -> float:
        """One round: solve all blocks at the current prices, then move the prices."""
        reduced = self.gain - self.matrix.transposed_times(self.coupling, self.prices)
        results = list(executor.map(lambda part: _solve(part, reduced[part.columns]), self.parts))
        value = self.model.constant + sum(bound for bound, _ in results) + self._right_hand_side()
        if value < self.best - 1e-9:
            self.best, self.best_prices = value, self.prices.copy()
        else:
            self.step *= 0.7
        activity = np.zeros(self.model.n_columns)
        for part, (_, values) in zip(self.parts, results, strict=True):
            activity[part.columns] = values
        self._move(self.matrix.times(self.coupling, activity), value, incumbent)
        return self.best

    def _legal(self, prices: Vector) -> Vector:
        """A price may only pay for a side of its row that exists."""
        prices = np.where(np.isinf(self.upper), np.minimum(prices, 0.0), prices)
        return np.where(np.isinf(self.lower), np.maximum(prices, 0.0), prices)

    def _right_hand_side(self) -> float:
        sides = np.where(self.prices > 0, self.upper, self.lower)
        return float(np.sum(np.where(self.prices == 0, 0.0, self.prices * np.where(np.isinf(sides), 0.0, sides))))

    def _move(self, activity: Vector, value: float, incumbent: float) -> None:
        above, below = activity - self.upper, activity - self.lower
        slope = np.where(self.prices > 0, above, np.where(self.prices < 0, below, np.where(above > 0, above, np.where(below < 0, below, 0.0))))
        length = float(slope @ slope)
        if length > 0:
            target = incumbent if np.isfinite(incumbent) else 0.98 * value
            self.prices = self._legal(self.best_prices + self.step * 0.5 * max(value - target, 0.0) / length * slope)

    def _part(self, columns: npt.NDArray[np.int64]) -> _Part:
        return _Part(self.matrix.block_solver(columns, set(self.coupling.tolist())), columns)


class _Rows:
    """The model's rows as arrays."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.starts = np.array(model.starts)
        self.indices = np.array(model.indices)
        self.values = np.array(model.values)
        self.row_of = np.repeat(np.arange(model.n_rows), np.diff(self.starts))

    def n_blocks(self, of_column: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many blocks each row touches."""
        pairs = np.unique(np.stack([self.row_of, of_column[self.indices]], axis=1), axis=0)
        return np.bincount(pairs[:, 0], minlength=self.model.n_rows)

    def transposed_times(self, rows: npt.NDArray[np.int64], prices: Vector) -> Vector:
        """Sum over rows of price times row."""
        full = np.zeros(self.model.n_rows)
        full[rows] = prices
        return np.bincount(self.indices, weights=full[self.row_of] * self.values, minlength=self.model.n_columns)

    def times(self, rows: npt.NDArray[np.int64], columns: Vector) -> Vector:
        """Activity of the rows."""
        return np.bincount(self.row_of, weights=self.values * columns[self.indices], minlength=self.model.n_rows)[rows]

    def block_solver(self, columns: npt.NDArray[np.int64], coupling: set[int]) -> highspy.Highs:
        """A solver for one block: its columns and the rows that are wholly its own."""
        inside = np.full(self.model.n_columns, -1)
        inside[columns] = np.arange(len(columns))
        part = Model()
        for column in columns:
            part.add_column(int(column), 0.0, self.model.upper[column], self.model.lower[column], self.model.whole[column])
        for row in np.unique(self.row_of[inside[self.indices] >= 0]):
            if int(row) not in coupling:
                span = slice(self.starts[row], self.starts[row + 1])
                terms = {int(inside[i]): float(v) for i, v in zip(self.indices[span], self.values[span], strict=True)}
                part.add_row(terms, self.model.row_lower[row], self.model.row_upper[row])
        solver = part.to_highs()
        solver.setOptionValue("mip_rel_gap", 1e-4)
        solver.setOptionValue("mip_max_nodes", 200)
        return solver


def _solve(part: _Part, gain: Vector) -> tuple[float, Vector]:
    """Upper bound of the block at these gains, and a solution for the price step."""
    n = len(part.columns)
    part.solver.changeColsCost(n, np.arange(n, dtype=np.int32), gain)
    part.solver.run()
    info = part.solver.getInfo()
    values = np.array(part.solver.getSolution().col_value)
    is_mip = np.isfinite(info.mip_dual_bound)
    bound = info.mip_dual_bound if is_mip else info.objective_function_value
    return float(bound), values
