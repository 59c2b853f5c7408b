"""One contest as an integer program for HiGHS, with rows for such parts only as turn units away."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from knockdown.kitting.ready.answer import Ints
from knockdown.kitting.ready.contest import Contest

CLOSE = 1e-9
"""A bound so close to the weight found, as a share of it, is taken for equal: HiGHS reckons in floats."""
AT_ONCE = 10
"""So many shared parts are made limits at once: most of the others then keep within theirs anyway."""
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A part as a limit: beyond their own pieces these lots together use no more than the loose ones."""

    part: int
    lots: Sequence[int]


class Deadline:
    """Wall time that is left, in seconds."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, 0 when none."""
        return max(0.0, self.end - time.monotonic())


class Rows:
    """The rows of a contest, made when asked for; a key is a part and a lot (-1: lots share the part)."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self.used = contest.demand(np.ones_like(contest.count)) > 0
        self.shared = (contest.loose > 0) & (self.used.sum(axis=0) > 1)

    def key(self, lot: int, part: int) -> Key:
        """The row that limits a part in a lot."""
        return part, -1 if self.shared[part] else lot

    def row(self, key: Key) -> Row:
        """The row of a key."""
        part, lot = key
        return Row(part, np.flatnonzero(self.used[:, part]).tolist() if lot < 0 else (lot,))

    def known(self, names: Collection[Key]) -> list[Key]:
        """Those of the rows of other contests, by name, that this one has too."""
        part_ix = {int(part): ix for ix, part in enumerate(self.contest.parts)}
        lot_ix = {int(lot): ix for ix, lot in enumerate(self.contest.lots)}
        found = []
        for name, lot in sorted(names):
            part = part_ix.get(name, -1)
            if part >= 0 and lot < 0 and self.shared[part]:
                found.append((part, -1))
            if part >= 0 and lot in lot_ix and self.used[lot_ix[lot], part] and not self.shared[part]:
                found.append((part, lot_ix[lot]))
        return found

    def name(self, key: Key) -> Key:
        """What a row is called in other contests."""
        part, lot = key
        return int(self.contest.parts[part]), -1 if lot < 0 else int(self.contest.lots[lot])

    def broken(self, taken: Ints) -> list[Key]:
        """Rows that these units break, the worst of each lot and a few of the worst that lots share."""
        contest = self.contest
        drawn = contest.demand(taken)
        beyond = np.maximum(drawn - contest.own, 0)
        over = np.where(self.shared, 0.0, (drawn - contest.own - contest.loose) / np.maximum(1, drawn))
        worst = over.argmax(axis=1)
        alone = [(int(part), lot) for lot, part in enumerate(worst) if over[lot, part] > 0]
        excess = np.where(
            self.shared, (beyond.sum(axis=0) - contest.loose) / np.maximum(1, contest.loose), 0.0
        )
        together = np.argsort(-excess, kind="stable")[:AT_ONCE]
        return alone + [(int(part), -1) for part in together if excess[part] > 0]


@dataclass(frozen=True, slots=True)
class Found:
    """Units of each group, a bound on their weight, how many programs it took, and rows that mattered."""

    taken: Ints
    bound: int
    n_programs: int
    keys: tuple[Key, ...]


def best_by_program(rows: Rows, keys: Sequence[Key], start: Ints, gap: float, deadline: Deadline) -> Found:
    """Best set by HiGHS: first with the given rows alone, then with such as its answer breaks worst.

    A program with fewer rows bounds the whole one, so the last bound holds in any case.
    """
    contest, keys = rows.contest, list(dict.fromkeys(keys))
    bound, n_programs = contest.worth(contest.count), 0
    while deadline.left() > 0:
        taken, dual = _solve(contest, [rows.row(key) for key in keys], gap, deadline)
        n_programs += 1
        bound = min(bound, _whole(dual))
        if taken is None:
            break
        broken = rows.broken(taken)
        if not broken:
            best = max(taken, start, key=contest.worth)
            return Found(best, _settled(contest.worth(best), bound), n_programs, tuple(keys))
        if set(keys).issuperset(broken):
            break  # the solver's tolerance broke a row that it knows
        keys = list(dict.fromkeys([*keys, *broken]))
    return Found(start, max(bound, contest.worth(start)), n_programs, tuple(keys))


def _whole(dual: float) -> int:
    return math.floor(dual) if math.isfinite(dual) else 2**62


def _settled(worth: int, bound: int) -> int:
    return worth if bound - worth <= CLOSE * worth else bound


def _solve(
    contest: Contest, rows: Sequence[Row], gap: float, deadline: Deadline
) -> tuple[Ints | None, float]:
    """Run HiGHS; the units found, if any, and the dual bound on their weight."""
    scale = float(max(1, contest.weight.max()))
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False), ("threads", 1), ("mip_rel_gap", gap), ("mip_abs_gap", 0.0),
        ("time_limit", deadline.left()),
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.passModel(_program(contest, rows, scale))
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, info.mip_dual_bound * scale
    values = np.array(solver.getSolution().col_value)[: len(contest.count)]
    return np.rint(values).astype(np.int64), info.mip_dual_bound * scale


def _program(contest: Contest, rows: Sequence[Row], scale: float) -> highspy.HighsLp:
    """Columns: units of each group, then pieces that a lot takes of the loose ones."""
    n_groups = len(contest.count)
    index, value, starts, limit = [], [], [0], []
    n_columns = n_groups

    def add(columns: list[int], values: list[int], most: int) -> None:
        index.extend(columns)
        value.extend(values)
        starts.append(len(index))
        limit.append(most)

    for row in rows:
        pool: list[int] = []
        for lot in row.lots:
            users = np.flatnonzero((contest.lot == lot) & (contest.need[:, row.part] > 0)).tolist()
            needs = contest.need[users, row.part].tolist()
            if len(row.lots) == 1:
                add(users, needs, int(contest.own[lot, row.part] + contest.loose[row.part]))
            else:
                add([*users, n_columns], [*needs, -1], int(contest.own[lot, row.part]))
                pool.append(n_columns)
                n_columns += 1
        if pool:
            add(pool, [1] * len(pool), int(contest.loose[row.part]))
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = n_columns, len(limit)
    program.col_cost_ = np.append(contest.weight / scale, np.zeros(n_columns - n_groups))
    program.col_lower_ = np.zeros(n_columns)
    program.col_upper_ = np.append(contest.count.astype(float), np.full(n_columns - n_groups, np.inf))
    program.row_lower_, program.row_upper_ = np.full(len(limit), -np.inf), np.array(limit, dtype=float)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    program.a_matrix_.index_ = np.array(index, dtype=np.int32)
    program.a_matrix_.value_ = np.array(value, dtype=float)
    program.sense_ = highspy.ObjSense.kMaximize
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    program.integrality_ = [kinds[column >= n_groups] for column in range(n_columns)]
    return program
