"""Quantities that an orders book fixes: put into the question, and let go of where they cannot hold.

In the program a fixed quantity is a column whose bounds are one number. Every engine keeps bounds, so none
of them knows of books.
"""

from __future__ import annotations

from dataclasses import replace

import highspy

from knockdown.documents.master_plan import FixedQuantity
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.over import TOLERANCE, only_over_costs
from knockdown.planning.question import Fixed, NetworkProblem, Orders, PlanProblem

EXTRA_PRICE = {"lots": 0.1, "units": 0.01}
"""What it costs in a fix, in thousands, to move a fixed quantity by one, less for large ones: so little that
these move before anything else gives way."""
WAYS_OUT = {"lots": ("fewer_lots", "more_lots"), "units": ("fewer_units", "more_units")}


def with_orders(question: NetworkProblem, orders: Orders | None) -> NetworkProblem:
    """The question with some quantities fixed.

    Raises
    ------
    ValueError
        When something is fixed that can never be ordered or built in that period; the reader of a book
        says so by row before.
    """
    if orders is None:
        return question
    members = tuple(replace(p, fixed=tuple(orders.fixed.get(p.plant, ()))) for p in question.members)
    for problem in members:
        for fixed in problem.fixed:
            if not is_possible(problem, fixed):
                raise ValueError(f"{problem.plant}: {fixed.id} may not be fixed at {fixed.quantity}")
    return replace(question, members=members, orders=orders.digest)


def is_possible(problem: PlanProblem, fixed: Fixed) -> bool:
    """Whether the program has something to fix, or nothing is asked of it."""
    if fixed.quantity == 0:
        return True
    if fixed.what == "lots":
        names = (fixed.contract, fixed.variant)
        return any((k.contract, k.variant) == names and k.may_order[fixed.period] for k in problem.lot_lines)
    variant = problem.variants.get(fixed.variant)
    return variant is not None and variant.buildable[fixed.period]


def find(problem: PlanProblem, what: str, name: str) -> Fixed:
    """The fixed quantity of that id."""
    return next(f for f in problem.fixed if (f.what, f.id) == (what, name))


def told(problem: PlanProblem) -> tuple[FixedQuantity, ...]:
    """What was fixed, as the plan says it."""
    return tuple(
        FixedQuantity(
            plant=problem.plant,
            period=problem.periods[f.period].name,
            what=f.what,
            contract=f.contract,
            variant=f.variant,
            quantity=f.quantity,
            where=f.where,
        )
        for f in problem.fixed
    )


def loosened(model: Model) -> Model:
    """The program in which fixed quantities may be missed, at a price; itself when nothing is fixed.

    What is missed has columns of the kind `extra`, as other things that a fix may exceed.
    """
    if not model.fixed:
        return model
    loose = model.copy()
    loose.fixed = {}
    for key, (column, most) in model.fixed.items():
        what, n = key.kind.removeprefix("fixed_"), model.upper[column]
        period = int(key.id.rpartition("/")[2])
        price = EXTRA_PRICE[what] / min(10.0, 1.0 + n)
        fewer, more = (
            loose.add_column((key.plant, "extra", way, key.id, period), -price, bound)
            for way, bound in zip(WAYS_OUT[what], (n, most), strict=True)
        )
        loose.lower[column], loose.upper[column] = 0.0, most
        loose.add_row({column: 1.0, fewer: 1.0, more: -1.0}, n, n, key)
    return loose


def most_moved(model: Model, most: int) -> frozenset[LimitKey]:
    """The fixed quantities to speak of one by one: all when they are few, else those that must move most.

    They are taken from the relaxation, in which what is fixed gives way before anything else does.
    """
    if len(model.fixed) <= most:
        return frozenset(model.fixed)
    loose = only_over_costs(loosened(model))
    solver = loose.to_highs(relaxed=True)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return frozenset()
    values = solver.getSolution().col_value
    moved: dict[LimitKey, float] = {}
    for key, column in loose.column.items():
        if key[1] == "extra" and values[column] > TOLERANCE:
            what = "lots" if key[2] in WAYS_OUT["lots"] else "units"
            moved[LimitKey(key[0], f"fixed_{what}", key[3])] = values[column]
    return frozenset(sorted(moved, key=lambda key: -moved[key])[:most])
