"""A proven bound by Lagrangian relaxation: price the coupling rows, solve every block to whole lots.

For any prices pi on the coupling rows, no plan earns more than pi @ b plus the sum over blocks of the
best (c - pi A) x inside the block (Geoffrion 1974). Blocks are single-item lot-sizing problems whose lots
a solver settles at once, so this bound lies below that of the linear relaxation. Each block's answer is
also a valid inequality, (c - pi A) x <= best, added to the relaxation, whose new duals are the next
prices (Kelley's cutting planes; the dual of Dantzig-Wolfe decomposition).
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor

import highspy
import numpy as np
import numpy.typing as npt

from knockdown.planning.blocks import Blocks
from knockdown.planning.model import INFINITY, Model
from knockdown.planning.rows import Rows, Vector, quick

BLOCK_NODES = 400
BLOCK_GAP = 3e-4
TOLERANCE = 1e-6


class Bound:
    """Keeps the best bound proven so far; each `round` tightens it by one pass over the blocks.

    Parameters
    ----------
    model : Model
        The whole program; every column must have finite bounds.
    blocks : Blocks
        Its columns by block.
    """

    def __init__(self, model: Model, blocks: Blocks) -> None:
        self.model = model
        self.rows = Rows(model)
        self.master = model.to_highs(relaxed=True)
        self.master.run()
        self.feasible = self.master.getModelStatus() == highspy.HighsModelStatus.kOptimal
        self.best = self.master.getInfo().objective_function_value
        self.basis = self.master.getBasis()
        self._read_master()
        self.lower, self.upper = np.array(model.row_lower), np.array(model.row_upper)
        self.gain = np.array(model.gain)
        self.coupling = self.rows.n_blocks(blocks.of_column) > 1
        self.whole = np.array([key[1] == "lots" for key in model.column])
        self.columns = [blocks.columns(b) for b in range(blocks.count)]
        self.solvers = [self._solver(columns) for columns in self.columns]

    def round(self, executor: Executor) -> bool:
        """Solve all blocks at the master's prices and cut the master; False when nothing is left to gain."""
        prices = self._legal(np.where(self.coupling, self.duals, 0.0))
        reduced = self.gain - self.rows.transposed_times(prices)
        bests = list(executor.map(_best, self.solvers, (reduced[c] for c in self.columns)))
        self.best = min(self.best, self.model.constant + self._right_hand_side(prices) + sum(bests))
        cuts = self._cut(reduced, bests)
        if cuts:
            self.master.run()
            self.best = min(self.best, self.master.getInfo().objective_function_value)
            self._read_master()
        return cuts > 0

    def _read_master(self) -> None:
        solution = self.master.getSolution()
        self.values = np.array(solution.col_value)
        self.duals = np.array(solution.row_dual)[: self.model.n_rows]

    def _legal(self, prices: Vector) -> Vector:
        """A price may only pay for a side of its row that exists."""
        prices = np.where(np.isinf(self.upper), np.minimum(prices, 0.0), prices)
        return np.where(np.isinf(self.lower), np.maximum(prices, 0.0), prices)

    def _right_hand_side(self, prices: Vector) -> float:
        paid = np.flatnonzero(prices)
        return float((prices[paid] * np.where(prices[paid] > 0, self.upper[paid], self.lower[paid])).sum())

    def _cut(self, reduced: Vector, bests: Iterable[float]) -> int:
        cuts = 0
        for columns, best in zip(self.columns, bests, strict=True):
            gains = reduced[columns]
            slack = 1e-4 * max(1.0, abs(best))
            if float((gains * self.values[columns]).sum()) > best + slack:
                used = np.flatnonzero(np.abs(gains) > 1e-9)
                self.master.addRow(
                    -highspy.kHighsInf, best, len(used), columns[used].astype(np.int32), gains[used]
                )
                cuts += 1
        return cuts

    def _solver(self, columns: npt.NDArray[np.int64]) -> highspy.Highs:
        nothing = np.zeros(self.model.n_columns)
        part, _ = self.rows.part(columns, self.whole, np.empty(0, dtype=np.int64), nothing)
        solver = part.to_highs()
        quick(solver, gap=BLOCK_GAP, nodes=BLOCK_NODES)
        return solver


def _best(solver: highspy.Highs, gain: Vector) -> float:
    """No solution of the block earns more than this at these gains; infinite when that was not settled."""
    n = len(gain)
    solver.changeColsCost(n, np.arange(n, dtype=np.int32), gain)
    solver.clearSolver()
    solver.run()
    info = solver.getInfo()
    best = INFINITY
    if info.mip_node_count >= 0:
        best = float(info.mip_dual_bound)
    elif solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
        best = float(info.objective_function_value)
    return best + TOLERANCE * max(1.0, abs(best)) if np.isfinite(best) else INFINITY
