"""What limits the plan: constraints ranked by what one more of each would add, verified by solving again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import highspy
import numpy as np

from knockdown.documents.master_plan import Limit
from knockdown.planning.ease import EASINGS
from knockdown.planning.milp_block import MONEY
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.question import NetworkProblem
from knockdown.planning.rows import Vector
from knockdown.planning.solve_again import Again, Gains, Plan
from knockdown.planning.words import name_of

MOST_OF_A_KIND = 2
WORTH_TELLING = 1.0
ALL_WORK, FIRST_WORK, WEAK_WORK, MORE_WORK = 12, 12, 3, 10
"""Solver checks: for all limits together, so many for each; for one, and as many without easing; for one
that promises little; for a second search where most is left between found and bound, while any are left."""
WEAK = 0.01
"""A limit promises little when the relaxation gains less than this share of the plan's own gap to it."""
Ranked = tuple[LimitKey, float]
"""A limit and what one unit more of it is worth at the duals."""


def limits(
    question: NetworkProblem,
    model: Model,
    values: Vector,
    count: int,
    basis: highspy.HighsBasis | None = None,
) -> tuple[Limit, ...]:
    """The plan's strongest limits, most gain first.

    Parameters
    ----------
    question, model : NetworkProblem, Model
        What was asked, and the program posed for it.
    values : ndarray, shape (n_columns,)
        The plan.
    count : int
        How many to verify by solving again, at most two of a kind; up to twice as many more are listed by
        their duals alone.
    basis : HighsBasis, optional
        Of the relaxation, to start from.

    Returns
    -------
    tuple of Limit
        `gain` is what a whole plan of the eased question adds; `gain_most` is what none can exceed. A gain of
        zero says only that solving again found none in its counted work.
    """
    relaxed = model.to_highs(relaxed=True)
    if basis is not None:
        relaxed.setBasis(basis)
    relaxed.run()
    ranked = _ranked(model, np.array(relaxed.getSolution().row_dual))
    chosen = _diverse(ranked, count)
    rest = [pair for pair in ranked if pair not in chosen][: 3 * count - len(chosen)]
    plan = Plan(question, model, values, relaxed.getInfo().objective_function_value, relaxed.getBasis())
    longest_first = sorted(chosen, key=lambda pair: -pair[1] * EASINGS[pair[0].kind].step)
    gains = verify(plan, [key for key, _ in longest_first])
    told = [_limit(question, key, dual, gains[key]) for key, dual in chosen]
    told += [_limit(question, key, dual, None) for key, dual in rest]
    return tuple(sorted(told, key=lambda limit: (not limit.verified, -(limit.gain or 0.0), -limit.dual_gain)))


def verify(plan: Plan, keys: Sequence[LimitKey]) -> dict[LimitKey, Gains]:
    """Gains of easing each limit by its step; what work is left goes to where most may still be found."""
    with ThreadPoolExecutor(2) as executor:
        first = list(executor.map(lambda key: _first(plan, key), keys))
    again = [one for one, _ in first]
    gains = {one.key: found for one, found in first}
    for one in sorted(again, key=lambda one: gains[one.key].found - gains[one.key].most):
        if ALL_WORK * len(again) - sum(other.used for other in again) >= 2 * MORE_WORK:
            gains[one.key] = one.gains(MORE_WORK, gains[one.key])
    return gains


def _first(plan: Plan, key: LimitKey) -> tuple[Again, Gains]:
    """One limit, eased and solved again."""
    again = Again(plan, key)
    weak = again.most - plan.relaxed < WEAK * max(0.0, plan.relaxed - plan.earned)
    return again, again.gains(WEAK_WORK if weak else FIRST_WORK)


def _ranked(model: Model, duals: Vector) -> list[Ranked]:
    """Limits by what their step is worth at the duals."""
    worth: dict[LimitKey, float] = {}
    for row, key in enumerate(model.row_key):
        if key is not None and key.kind in EASINGS:
            worth[key] = worth.get(key, 0.0) + float(duals[row]) * EASINGS[key.kind].scale
    step = {key: dual * EASINGS[key.kind].step for key, dual in worth.items()}
    useful = [key for key in worth if MONEY * step[key] > WORTH_TELLING]
    return [(key, worth[key]) for key in sorted(useful, key=lambda key: -step[key])]


def _diverse(ranked: Sequence[Ranked], count: int) -> list[Ranked]:
    """The strongest of every kind, then the second of every kind; no more.

    >>> keys = [LimitKey("p", kind, "x") for kind in ("demand", "demand", "line", "demand", "crew")]
    >>> [key.kind for key, _ in _diverse([(key, 1.0) for key in keys], 4)]
    ['demand', 'line', 'crew', 'demand']
    """
    seen: dict[str, int] = {}
    turns: list[list[Ranked]] = [[] for _ in range(MOST_OF_A_KIND)]
    for key, dual in ranked:
        turn = seen.get(key.kind, 0)
        seen[key.kind] = turn + 1
        if turn < MOST_OF_A_KIND:
            turns[turn].append((key, dual))
    return [pair for turn in turns for pair in turn][:count]


def _limit(question: NetworkProblem, key: LimitKey, dual: float, gains: Gains | None) -> Limit:
    easing = EASINGS[key.kind]
    least, most = (None, None) if gains is None else (MONEY * gains.found, MONEY * gains.most)
    what, currency = easing.sentence.format(name=name_of(question, key)), question.currency
    if least is not None and most is not None and least < WORTH_TELLING:
        sentence = f"{what} would add {_grouped(most)} {currency} at most; solving again found no gain."
    else:
        shown = least if least is not None else MONEY * dual * easing.step
        sentence = f"{what} would add {_grouped(shown)} {currency}."
    return Limit(
        plant=key.plant,
        kind=key.kind,
        id=key.id,
        unit=easing.unit,
        step=easing.step,
        dual_gain=MONEY * dual,
        sentence=sentence,
        verified=gains is not None,
        gain=least,
        gain_most=most,
    )


def _grouped(amount: float) -> str:
    return f"{amount:,.0f}".replace(",", "\u202f")
