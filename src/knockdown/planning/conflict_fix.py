"""The cheapest way out of a conflict: the same program when nothing but breaking a condition costs.

Late firm orders, stock and debt may be exceeded in the program already. Where that does not help (more work
begun than people and hours can finish, crews larger or smaller than hiring allows), hours, people and hiring
may be exceeded too. What an orders book fixes gives way first: it costs next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from knockdown.documents.master_plan import Relaxation
from knockdown.planning import engine
from knockdown.planning.conflict_probe import checks_for
from knockdown.planning.fixing import loosened
from knockdown.planning.milp_block import MONEY
from knockdown.planning.model import INFINITY, Key, LimitKey, Model
from knockdown.planning.over import TOLERANCE, only_over_costs
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rough import rough
from knockdown.planning.rows import Rows, Vector
from knockdown.planning.words import name_of

FIX_GAP = 0.01
"""A fix so near its bound is called the cheapest."""
FAR_GAP = 0.5
"""A fix farther from its bound is worth less to know than what is needed at least."""
FixProof = Literal["cheapest", "enough", "at_least", "none"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way out, in words; `price` in thousands a unit, for those the program does not price itself."""

    sentence: str
    unit: str
    price: float = 0.0


WAYS = {
    "firm": Way("deliver {amount} of {name} later than promised in {period}", "units"),
    "credit": Way("find {amount} {currency} more credit in {period}", "{currency}"),
    "storage": Way("find {amount} more places for {name} in {period}", "places"),
    "line": Way("run {name} {amount} hours longer in {period}", "hours", 0.05),
    "crew": Way("have {amount} more {name} than allowed in {period}", "people", 10.0),
    "least": Way("have {amount} fewer {name} than asked in {period}", "people", 10.0),
    "hiring": Way("hire {amount} more {name} than allowed in {period}", "people", 1.0),
    "fewer_lots": Way("take {amount} off the fixed lots of {name}", "lots"),
    "more_lots": Way("add {amount} to the fixed lots of {name}", "lots"),
    "fewer_units": Way("take {amount} off the fixed units of {name}", "units"),
    "more_units": Way("add {amount} to the fixed units of {name}", "units"),
}


def cheapest_fix(question: NetworkProblem, model: Model) -> tuple[tuple[Relaxation, ...], FixProof]:
    """What to exceed, by whole numbers, and what is known of it.

    Returns
    -------
    tuple of Relaxation
        Each with its amount, rounded up.
    str
        `cheapest` (nothing cheaper does, to 1 %), `enough` (it does; something cheaper may), `at_least` (no
        less does, more may be needed) or `none`, when nothing was found.
    """
    for program in (model, _looser(question, model)):
        way = only_over_costs(loosened(program))
        values, proof = _cheapest(way)
        if values is not None:
            return tuple(_fixes(question, way, values, proof)), proof
    return (), "none"


def _cheapest(priced: Model) -> tuple[Vector | None, FixProof]:
    """In whole numbers when a short search finds them near enough; else in fractions, from below."""
    start, bound = rough(priced, margins=(0.0,))
    if math.isnan(bound):
        return None, "none"
    if start is not None and _apart(priced, start, bound) <= FIX_GAP:
        return start, "cheapest"
    found = engine.solve_model(priced, engine.Effort(gap=1e-4, work=checks_for(priced)), start)
    values, bound = start if found.values is None else found.values, min(bound, found.bound)
    apart = math.inf if values is None else _apart(priced, values, bound)
    if values is not None and (apart <= FAR_GAP or bound > -TOLERANCE):
        return values, "cheapest" if apart <= FIX_GAP else "enough"
    if bound > -TOLERANCE:
        return None, "none"
    solver = priced.to_highs(relaxed=True)
    solver.run()
    return np.array(solver.getSolution().col_value), "at_least"


def _apart(priced: Model, values: Vector, bound: float) -> float:
    """How far a fix is from its bound, as a share of what it costs."""
    cost = -float(np.array(priced.gain) @ values)
    return (bound + cost) / max(cost, TOLERANCE)


def _looser(question: NetworkProblem, model: Model) -> Model:
    """The program with hours, people and hiring that may be exceeded, and crews below their least."""
    loose = Model(campaigns=model.campaigns, firm=model.firm, components=model.components, fixed=model.fixed)
    for key, column in model.column.items():
        lower = 0.0 if key[1] == "people" else model.lower[column]
        loose.add_column(key, model.gain[column], model.upper[column], lower, model.whole[column])
    rows = Rows(model)
    for row in range(model.n_rows):
        columns, values = rows.of(row)
        terms = dict(zip(columns.tolist(), values.tolist(), strict=True))
        limit, t = model.row_key[row], model.row_period[row]
        if limit is not None and WAYS.get(limit.kind, WAYS["firm"]).price:
            terms[_extra(loose, limit, t)] = -1.0
        loose.add_row(terms, model.row_lower[row], model.row_upper[row], limit, t)
    for problem in question.members:
        for c in problem.crews.values():
            for t in range(problem.n_periods) if c.people_min else ():
                fewer = _extra(loose, LimitKey(problem.plant, "least", c.id), t)
                people = loose.column[problem.plant, "people", c.id, t]
                loose.add_row({people: 1.0, fewer: 1.0}, lower=float(c.people_min))
    return loose


def _extra(loose: Model, limit: LimitKey, t: int) -> int:
    key = (limit.plant, "extra", limit.kind, limit.id, t)
    return loose.add_column(key, -WAYS[limit.kind].price, INFINITY)


def _fixes(question: NetworkProblem, way: Model, values: Vector, proof: FixProof) -> Iterable[Relaxation]:
    for key, column in way.column.items():
        if key[1] in ("over", "extra") and values[column] > TOLERANCE:
            yield _fix(question, key, float(values[column]), "at least " if proof == "at_least" else "")


def _fix(question: NetworkProblem, key: Key, amount: float, least: str) -> Relaxation:
    plant, _, kind, name, t = key
    problem = next(p for p in question.members if p.plant == plant)
    period, way = problem.periods[t].name, WAYS[kind]
    whole = math.ceil((amount * MONEY if kind == "credit" else amount) - TOLERANCE)
    shown = name_of(question, LimitKey(plant, kind, name))
    sentence = way.sentence.format(
        amount=f"{least}{whole:,}", name=shown, period=period, currency=problem.currency
    )
    unit = way.unit.format(currency=problem.currency)
    return Relaxation(kind=kind, id=name, period=period, amount=float(whole), unit=unit, sentence=sentence)
