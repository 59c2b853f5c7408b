"""Finds a good whole-number plan: round the relaxation's lots, mend them block by block, settle the rest.

The steps, each limited by counted work so that a plan can be repeated to the bit:

1. the linear relaxation, its duals, and lots rounded so that each line's running sum follows it;
2. rounds in which one block (a variant, or variants tied together) chooses its lots anew at the current
   prices of shared hours, places and money, kept when the whole plan gains;
3. campaigns, then people, then units built and sold, each made whole with the choices before held.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt

from knockdown.planning.blocks import Blocks
from knockdown.planning.model import Campaign, Key, Model
from knockdown.planning.rows import Ints, Rows, Vector, quick

ROUND_UP_FROM = 0.4
ALWAYS_UP = 1e-6
"""Lots of variants under firm orders are never rounded down: a missing kit would break the order."""
MARGINS = (0.01, 0.05, 0.15)
MEND_GAP = 1e-3
MEND_NODES = 150
CAMPAIGN_ROUNDS = 8
TRADE = ("sold", "lost", "waiting", "kits", "finished")
PEOPLE_UP_FROM = (0.0, 0.3, 0.5, 0.7)
BUILD_UP_FROM = (0.5, 0.35, 0.65, 0.2, 0.8)
UNIT_NODES = 100


@dataclass(slots=True)
class Stop:
    """When to stop: by counted work when given, else by the clock, always on request."""

    seconds: float
    work: int | None = None
    done: int = 0
    asked: bool = False
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def reached(self, share: float = 1.0) -> bool:
        """Whether to stop, after this share of the seconds; counts one piece of work when not."""
        if self.asked or (self.work is not None and self.done >= self.work):
            return True
        if self.work is None and self.elapsed > share * self.seconds:
            return True
        self.done += 1
        return False


@dataclass(frozen=True, slots=True)
class State:
    """What an incumbent held at some moment, to go back to."""

    held: Vector
    objective: float
    values: Vector
    duals: Vector
    basis: highspy.HighsBasis


class Incumbent:
    """The program with its lots held, solved anew after each change of a few of them.

    Starts from the relaxation's lots, rounded, or from a `settled` plan, whose campaigns and people are
    held too.
    """

    def __init__(
        self,
        model: Model,
        relaxed: Vector,
        settled: bool = False,
        margin: float = 0.0,
        basis: highspy.HighsBasis | None = None,
    ) -> None:
        self.model = model
        self.rows = Rows(model)
        kinds = np.array([key[1] for key in model.column])
        self.lots = np.flatnonzero(kinds == "lots").astype(np.int32)
        self.is_lot = kinds == "lots"
        self.is_firm = np.array([key[1] == "lots" and (key[0], key[3]) in model.firm for key in model.column])
        self.lot_rows = self.rows.only(self.is_lot)
        self.upper = np.array(model.row_upper)
        self.held = np.round(relaxed) if settled else self._rounded(relaxed)
        self.solver = model.to_highs(relaxed=True)
        self.solver.setOptionValue("presolve", "off")
        self.keep_margin(margin)
        self._hold(self.lots, self.held[self.lots])
        if settled:
            chosen = np.flatnonzero(np.isin(kinds, ("on", "people")))
            self._hold(chosen, np.round(relaxed[chosen]))
        if basis is not None:
            self.solver.setBasis(basis)
        self.objective = self._solve()
        self._remember()

    def keep_margin(self, margin: float) -> None:
        """Keep a little credit and storage back, to be used when choices are made whole."""
        for row, key in enumerate(self.model.row_key):
            if key is not None and key.kind in ("credit", "storage"):
                upper = (1.0 - margin) * self.upper[row]
                self.solver.changeRowBounds(row, self.model.row_lower[row], upper)

    def renew(self) -> bool:
        """Solve again after the program itself was changed; False when it has no answer now."""
        self.objective = self._solve()
        if self.objective == -math.inf:
            return False
        self._remember()
        return True

    def try_lots(self, columns: Ints, lots: Vector) -> bool:
        """Hold other lots; keep them when the plan gains."""
        before = self.held[columns]
        self._hold(columns, lots)
        found = self._solve()
        if found > self.objective + 1e-3:
            self.objective = found
            self.held[columns] = lots
            self._remember()
            return True
        self._hold(columns, before)
        self.solver.setBasis(self.basis)
        return False

    def state(self) -> State:
        """What to go back to."""
        return State(self.held.copy(), self.objective, self.values, self.duals, self.basis)

    def go_back(self, state: State) -> None:
        """Hold the lots of an earlier state; the caller puts back rows and other columns."""
        self.held, self.objective = state.held.copy(), state.objective
        self.values, self.duals, self.basis = state.values, state.duals, state.basis
        self._hold(self.lots, self.held[self.lots])
        self.solver.setBasis(state.basis)

    def _rounded(self, relaxed: Vector) -> Vector:
        held = np.zeros(self.model.n_columns)
        running: dict[Key, float] = {}
        given: dict[Key, int] = {}
        for key, column in self.model.column.items():
            if self.is_lot[column]:
                line = key[:4]
                running[line] = running.get(line, 0.0) + relaxed[column]
                up_from = ALWAYS_UP if (key[0], key[3]) in self.model.firm else ROUND_UP_FROM
                lots = self._allowed(column, math.floor(running[line] + 1 - up_from) - given.get(line, 0))
                given[line] = given.get(line, 0) + lots
                held[column] = lots
        self._drop_beyond_caps(held, relaxed)
        return held

    def _allowed(self, column: int, whole: int) -> int:
        """The nearest number that the column may take."""
        return round(min(max(whole, self.model.lower[column]), self.model.upper[column]))

    def _drop_beyond_caps(self, held: Vector, relaxed: Vector) -> None:
        lower = np.array(self.model.lower)
        for row in self.lot_rows:
            columns, values = self.rows.of(int(row))
            least = lower[columns]
            while (held[columns] * values).sum() > self.upper[row] + 1e-6 and np.any(held[columns] > least):
                spare = (held[columns] - relaxed[columns]) - 1000.0 * self.is_firm[columns]
                excess = np.where(held[columns] > least + 0.5, spare, -np.inf)
                held[columns[int(np.argmax(excess))]] -= 1

    def _hold(self, columns: npt.NDArray[np.integer], lots: Vector) -> None:
        self.solver.changeColsBounds(len(columns), columns.astype(np.int32), lots, lots)

    def _solve(self) -> float:
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -math.inf
        return float(self.solver.getInfo().objective_function_value)

    def _remember(self) -> None:
        solution = self.solver.getSolution()
        self.values, self.duals = np.array(solution.col_value), np.array(solution.row_dual)
        self.basis = self.solver.getBasis()


def mend_lots(
    incumbent: Incumbent, blocks: Blocks, stop: Stop, share: float, near_enough: Callable[[], bool]
) -> None:
    """Let block after block choose its lots anew, until a whole pass gains nothing."""
    idle = 0
    while idle < len(blocks.variant):
        for block in blocks.variant:
            if near_enough() or stop.reached(share):
                return
            idle = 0 if mend_block(incumbent, blocks.columns(block)) else idle + 1


def mend_block(incumbent: Incumbent, columns: Ints) -> bool:
    """Let one block choose its lots anew; True when the plan gained."""
    own = columns[incumbent.is_lot[columns]]
    if not len(own):
        return False
    lots = _best_answer(incumbent, columns, own)
    return bool(np.any(lots != incumbent.held[own])) and incumbent.try_lots(own, lots)


def _best_answer(incumbent: Incumbent, columns: Ints, own: Ints) -> Vector:
    """The block's best lots at the current prices, inside what contracts have left."""
    model, rows = incumbent.model, incumbent.rows
    part, shared = rows.part(columns, incumbent.is_lot, incumbent.lot_rows, incumbent.held)
    prices = np.zeros(model.n_rows)
    prices[shared] = incumbent.duals[shared]
    reduced = np.array(model.gain) - rows.transposed_times(prices)
    part.gain = reduced[columns].tolist()
    solver = part.to_highs()
    quick(solver, gap=MEND_GAP, nodes=MEND_NODES)
    solver.run()
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return incumbent.held[own]
    values = np.array(solver.getSolution().col_value)
    return np.round(values[np.searchsorted(columns, own)])


def make_whole(model: Model, incumbent: Incumbent) -> Vector | None:
    """Whole builds, people and sales for the incumbent's lots and campaigns; None when a step fails."""
    values = _settle_builds(model, incumbent.solver, incumbent.values)
    if values is not None:
        values = _settle_people(model, incumbent.solver, values)
    incumbent.keep_margin(0.0)
    return None if values is None else _branch(model, incumbent.solver, ("sold",))


def settle_campaigns(model: Model, incumbent: Incumbent) -> bool:
    """Settle every campaign of the incumbent; False when that cannot be done."""
    values = _settled(model, incumbent.solver, incumbent.values)
    return values is not None and incumbent.renew()


def _settled(model: Model, solver: highspy.Highs, values: Vector) -> Vector | None:
    """Round after round, campaigns near their least size are on, smaller ones off, until none is in doubt."""
    settled: dict[int, float] = {}
    for _ in range(CAMPAIGN_ROUNDS):
        doubtful = [c for c in model.campaigns if c.on not in settled and _in_doubt(c, values)]
        if not doubtful:
            break
        must = {c.on: 1.0 for c in doubtful if any(model.lower[column] > 0 for column in c.builds)}
        choice = {c.on: 1.0 if _built(c, values) >= 0.5 * c.least else 0.0 for c in doubtful} | must
        found = _with_bounds(solver, choice)
        if found is None:
            choice = dict.fromkeys(choice, 0.0) | must
            found = _with_bounds(solver, choice)
        if found is None:
            return None
        settled |= choice
        values = found
    rest = {c.on: 1.0 if _built(c, values) > 1e-6 else 0.0 for c in model.campaigns if c.on not in settled}
    return _with_bounds(solver, rest) if rest else values


def _built(campaign: Campaign, values: Vector) -> float:
    return float(values[list(campaign.builds)].sum())


def _in_doubt(campaign: Campaign, values: Vector) -> bool:
    return 1e-6 < _built(campaign, values) < campaign.least - 1e-6


def _settle_people(model: Model, solver: highspy.Highs, values: Vector) -> Vector | None:
    """Whole people for given builds: rounded up first, then the best near that, with trade held still."""
    rounded = _rounded_people(model, solver, values)
    if rounded is None:
        return None
    trade = _columns(model, TRADE)
    lower, upper = np.array(model.lower), np.array(model.upper)
    people = _columns(model, ("people",))
    solver.changeColsBounds(len(trade), trade, values[trade], values[trade])
    low, high = np.floor(values[people] + 1e-6), np.maximum(np.ceil(values[people]) + 1, rounded[people])
    solver.changeColsBounds(len(people), people, low, high)
    _start_from(solver, np.where(np.isin(np.arange(model.n_columns), trade), values, rounded))
    found = _branch(model, solver, ("people",), gap=2e-4)
    solver.changeColsIntegrality(len(people), people, [highspy.HighsVarType.kContinuous] * len(people))
    solver.changeColsBounds(len(trade), trade, lower[trade], upper[trade])
    best = found if found is not None else rounded
    return _with_bounds(solver, {int(c): float(round(best[c])) for c in people})


def _rounded_people(model: Model, solver: highspy.Highs, values: Vector) -> Vector | None:
    """Heads rounded up from a fraction on; a rule that grows with its input keeps hiring limits."""
    columns = _columns(model, ("people",))
    answers = []
    for up_from in PEOPLE_UP_FROM:
        people = {int(c): float(math.ceil(values[c] - up_from - 1e-9)) for c in columns}
        found = _with_bounds(solver, people)
        if found is not None:
            answers.append(found)
    return max(answers, key=lambda found: float(np.array(model.gain) @ found), default=None)


def _start_from(solver: highspy.Highs, values: Vector) -> None:
    solution = highspy.HighsSolution()
    solution.col_value = values.tolist()
    solver.setSolution(solution)


def _with_bounds(solver: highspy.Highs, fixed: dict[int, float]) -> Vector | None:
    """Solve with some columns held at given values."""
    columns = np.array(list(fixed), dtype=np.int32)
    held = np.array(list(fixed.values()))
    solver.changeColsBounds(len(columns), columns, held, held)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(solver.getSolution().col_value)


def _settle_builds(model: Model, solver: highspy.Highs, values: Vector) -> Vector | None:
    """Whole units built: running sums rounded so that kits suffice, or else the nearest whole numbers."""
    for up_from in BUILD_UP_FROM:
        found = _with_bounds(solver, _rounded_builds(model, values, up_from))
        if found is not None:
            return found
    builds = _columns(model, ("build",))
    low, high = np.floor(values[builds] + 1e-7), np.ceil(values[builds] - 1e-7)
    solver.changeColsBounds(len(builds), builds, low, high)
    found = _branch(model, solver, ("build",))
    if found is not None:
        solver.changeColsBounds(len(builds), builds, found[builds], found[builds])
        solver.changeColsIntegrality(len(builds), builds, [highspy.HighsVarType.kContinuous] * len(builds))
    return found


def _columns(model: Model, kinds: tuple[str, ...]) -> npt.NDArray[np.int32]:
    """Columns of some kinds."""
    return np.array([c for key, c in model.column.items() if key[1] in kinds], dtype=np.int32)


def _rounded_builds(model: Model, values: Vector, up_from: float) -> dict[int, float]:
    """Builds whose running sum per variant follows the given one; never beyond the kits that are there."""
    running: dict[Key, float] = {}
    given: dict[Key, int] = {}
    builds: dict[int, float] = {}
    for key, column in model.column.items():
        if key[1] == "build":
            variant = key[:3]
            running[variant] = running.get(variant, 0.0) + values[column]
            share = 1.0 - 1e-7 if variant in model.components else 1.0 - up_from
            wanted = math.floor(running[variant] + share) - given.get(variant, 0)
            units = round(min(max(wanted, model.lower[column]), model.upper[column]))
            given[variant] = given.get(variant, 0) + units
            builds[column] = float(units)
    return builds


def _branch(model: Model, solver: highspy.Highs, kinds: tuple[str, ...], gap: float = 1e-3) -> Vector | None:
    """The best whole values of some columns, or None."""
    columns = _columns(model, kinds)
    solver.changeColsIntegrality(len(columns), columns, [highspy.HighsVarType.kInteger] * len(columns))
    solver.setOptionValue("presolve", "on")
    solver.setOptionValue("mip_rel_gap", gap)
    solver.setOptionValue("mip_max_nodes", UNIT_NODES)
    solver.run()
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    values = np.array(solver.getSolution().col_value)
    values[columns] = np.round(values[columns])
    return values
