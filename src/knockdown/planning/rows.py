"""A model's rows as arrays: what the search and the bound compute with."""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt

from knockdown.planning.model import Model

Vector = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Rows:
    """The rows of a model in compressed form."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.starts = np.array(model.starts)
        self.indices = np.array(model.indices)
        self.values = np.array(model.values)
        self.row_of = np.repeat(np.arange(model.n_rows), np.diff(self.starts))

    def of(self, row: int) -> tuple[Ints, Vector]:
        """Columns and values of one row."""
        span = slice(self.starts[row], self.starts[row + 1])
        return self.indices[span], self.values[span]

    def only(self, columns: Mask) -> Ints:
        """Rows that hold nothing but these columns."""
        inside = np.bincount(self.row_of, weights=columns[self.indices], minlength=self.model.n_rows)
        size = np.diff(self.starts)
        return np.flatnonzero((size > 0) & (inside == size))

    def n_blocks(self, of_column: Ints) -> Ints:
        """How many blocks each row touches."""
        pairs = np.unique(np.stack([self.row_of, of_column[self.indices]], axis=1), axis=0)
        return np.bincount(pairs[:, 0], minlength=self.model.n_rows)

    def transposed_times(self, prices: Vector) -> Vector:
        """Sum over rows of price times row, per column."""
        paid: Vector = prices[self.row_of] * self.values
        sums: Vector = np.bincount(self.indices, weights=paid, minlength=self.model.n_columns).astype(float)
        return sums

    def part(self, columns: Ints, whole: Mask, hard: Ints, held: Vector) -> tuple[Model, Ints]:
        """The program of some columns alone, and the rows they share with others.

        Rows wholly inside are kept; `hard` rows are kept with what `held` leaves of them; the others are
        returned, to be priced.
        """
        model = self.model
        inside = np.full(model.n_columns, -1)
        inside[columns] = np.arange(len(columns))
        kept_hard = set(hard.tolist())
        part, shared = Model(), []
        for column in columns:
            part.add_column(
                (int(column),), 0.0, model.upper[column], model.lower[column], bool(whole[column])
            )
        for row in np.unique(self.row_of[inside[self.indices] >= 0]).tolist():
            members, values = self.of(row)
            own = inside[members] >= 0
            if own.all() or row in kept_hard:
                rest = float((held[members[~own]] * values[~own]).sum())
                terms = dict(zip(inside[members[own]].tolist(), values[own].tolist(), strict=True))
                part.add_row(terms, model.row_lower[row] - rest, model.row_upper[row] - rest)
            else:
                shared.append(row)
        return part, np.array(shared, dtype=np.int64)


def quick(solver: highspy.Highs, gap: float, nodes: int) -> None:
    """Options for a small program solved many times: plain branching, a counted limit, nothing clever."""
    for name in ("feasibility_jump", "rins", "rens", "root_reduced_cost"):
        solver.setOptionValue(f"mip_heuristic_run_{name}", False)
    for option, value in (
        ("mip_heuristic_effort", 0.0),
        ("mip_detect_symmetry", False),
        ("mip_allow_restart", False),
        ("mip_allow_cut_separation_at_nodes", False),
        ("mip_lifting_for_probing", 0),
        ("mip_pscost_minreliable", 0),
        ("mip_max_nodes", nodes),
        ("mip_rel_gap", gap),
    ):
        solver.setOptionValue(option, value)
