"""Why there is no plan: an irreducible set of things that cannot hold together, and the cheapest fix.

Conflicts are sought on the linear relaxation over groups of rows that a manager would name (a firm order,
the credit limit, a store, a crew's size, a contract's yearly maximum): a group is dropped for good when
the rest still conflicts (deletion filter, Chinneck and Dravnieks 1991). A set of one, or one that no
smaller subset of the named groups could replace, is called smallest; else irreducible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import highspy
import numpy as np

from knockdown.documents.master_plan import Conflict, Relaxation
from knockdown.planning import engine
from knockdown.planning.milp_block import MONEY
from knockdown.planning.model import INFINITY, Key, LimitKey, Model
from knockdown.planning.question import NetworkProblem, PlanProblem
from knockdown.planning.rows import Vector
from knockdown.planning.words import member, name_of

TOLERANCE = 1e-4
MOST_PROOFS = 400
PRICE = 1e-9
FIX_WORK = 60
FIX_GAP = 0.01
PHRASES = {
    "firm": "{name} must be delivered in full and on time",
    "credit": "debt never above {limit} {currency}",
    "storage": "never more than {limit} {name} in the store",
    "line": "{name} runs no longer than its shifts and overtime",
    "crew": "no more than {limit} {name}",
    "hiring": "{name} are hired no faster than allowed",
    "contract": "no more kits than {name} allows",
    "lots": "no more lots a period than {name} allows",
    "quota": "the quota for {name}",
    "shared": "the shared market for {name}",
    "demand": "{name}",
}
FIXES = {
    "firm": "deliver {amount:,.0f} of {name} later than promised in {period}",
    "credit": "find {amount:,.0f} {currency} more credit in {period}",
    "storage": "find {amount:,.0f} more places for {name} in {period}",
}


def goes_over(model: Model, values: Vector) -> bool:
    """Whether values use what must be zero: late firm orders, stock without a place, debt beyond credit."""
    over = [column for key, column in model.column.items() if key[1] == "over"]
    return bool(np.any(values[over] > TOLERANCE))


def without_over(model: Model) -> Model:
    """The same program with nothing allowed over."""
    over = {column for key, column in model.column.items() if key[1] == "over"}
    upper = [0.0 if column in over else most for column, most in enumerate(model.upper)]
    return replace(model, upper=upper)


def explain(question: NetworkProblem, model: Model) -> Conflict | None:
    """The conflict, or None when the relaxation shows none (the search merely found no plan)."""
    probe = _Probe(model)
    groups = sorted({k for k in model.row_key if k is not None and k.kind != "demand"}, key=str)
    if probe.possible(groups):
        return None
    core = _irreducible(probe, _suspects(probe, groups))
    smallest = _is_smallest(probe, groups, len(core))
    return Conflict(
        members=tuple(_phrase(question, key) for key in core),
        proof="smallest" if smallest else "irreducible",
        cheapest_fix=tuple(_fixes(question, model)),
    )


class _Probe:
    """The relaxation with nothing allowed over, and only some groups of rows in force."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.solver = model.to_highs(relaxed=True)
        over = [column for key, column in model.column.items() if key[1] == "over"]
        for column in over:
            self.solver.changeColBounds(column, 0.0, 0.0)
        n = model.n_columns
        self.solver.changeColsCost(n, np.arange(n, dtype=np.int32), np.zeros(n))
        self.rows: dict[LimitKey, list[int]] = {}
        for row, key in enumerate(model.row_key):
            if key is not None:
                self.rows.setdefault(key, []).append(row)

    def possible(self, groups: Iterable[LimitKey]) -> bool:
        """Whether these groups, and everything that is no group, can hold together."""
        kept = set(groups)
        for key, rows in self.rows.items():
            in_force = key in kept or key.kind == "demand"
            for row in rows:
                lower = self.model.row_lower[row] if in_force else -INFINITY
                upper = self.model.row_upper[row] if in_force else INFINITY
                self.solver.changeRowBounds(row, lower, upper)
        self.solver.clearSolver()  # from a basis it would not presolve, and presolve settles most probes
        self.solver.run()
        return bool(self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def _suspects(probe: _Probe, groups: Sequence[LimitKey]) -> Sequence[LimitKey]:
    """Groups that keep going over from costing less, when they conflict by themselves; else all of them."""
    solver = _priced(probe.model).to_highs(relaxed=True)
    solver.run()
    duals = np.abs(np.array(solver.getSolution().row_dual))
    tight = [key for key in groups if np.any(duals[probe.rows[key]] > PRICE)]
    return groups if probe.possible(tight) else tight


def _irreducible(probe: _Probe, groups: Sequence[LimitKey]) -> list[LimitKey]:
    core = list(groups)
    size = max(1, len(core) // 4)
    while size >= 1:
        place = 0
        while place < len(core):
            rest = core[:place] + core[place + size :]
            if not probe.possible(rest):
                core = rest
            else:
                place += size
        size = size // 2 if size > 1 else 0
    return core


def _is_smallest(probe: _Probe, groups: Sequence[LimitKey], size: int) -> bool:
    """Whether every smaller set of groups can hold together, tried one by one when that is affordable."""
    tried = 0
    for smaller in range(size):
        for some in combinations(groups, smaller):
            tried += 1
            if tried > MOST_PROOFS:
                return False
            if not probe.possible(some):
                return False
    return True


def _priced(model: Model) -> Model:
    """The same program when going over is all that costs."""
    gain = [cost if key[1] == "over" else 0.0 for key, cost in zip(model.column, model.gain, strict=True)]
    return replace(model, gain=gain, constant=0.0)


def _fixes(question: NetworkProblem, model: Model) -> Iterable[Relaxation]:
    """What goes over when nothing else costs: the cheapest way out."""
    values = _cheapest(_priced(model))
    for key, column in model.column.items():
        if key[1] == "over" and values[column] > TOLERANCE:
            yield _fix(question, key, float(values[column]))


def _cheapest(priced: Model) -> Vector:
    """In whole lots, people and units when a short search proves it nearly; else in fractions."""
    found = engine.solve_model(priced, engine.Effort(gap=1e-4, work=FIX_WORK))
    if found.values is not None and found.bound - found.objective <= FIX_GAP * abs(found.objective):
        return found.values
    solver = priced.to_highs(relaxed=True)
    solver.run()
    return np.array(solver.getSolution().col_value)


def _fix(question: NetworkProblem, key: Key, amount: float) -> Relaxation:
    plant, _, kind, name, t = key
    problem = next(p for p in question.members if p.plant == plant)
    period = problem.periods[t].name
    amount = amount * MONEY if kind == "credit" else amount
    shown = name_of(question, LimitKey(plant, kind, name))
    sentence = FIXES[kind].format(amount=amount, name=shown, period=period, currency=problem.currency)
    unit = {"firm": "units", "credit": problem.currency, "storage": "places"}[kind]
    return Relaxation(kind=kind, id=name, period=period, amount=amount, unit=unit, sentence=sentence)


def _phrase(question: NetworkProblem, key: LimitKey) -> str:
    problem = member(question, key.plant)
    limit = "" if problem is None else _size(problem, key)
    currency = "" if problem is None else problem.currency
    return PHRASES[key.kind].format(name=name_of(question, key), limit=limit, currency=currency)


def _size(problem: PlanProblem, key: LimitKey) -> str:
    """How much a limit allows, where one number says it."""
    if key.kind == "credit":
        return f"{problem.money.credit_limit:,.0f}"
    if key.kind == "storage":
        return f"{problem.kit_places if key.id == 'kits' else problem.finished_places:,.0f}"
    return str(problem.crews[key.id].people_max) if key.kind == "crew" else ""
