"""A plant's rows of a master plan by names and period, and words for what is wrong with them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.paper import Paper
from knockdown.planning.question import PlanProblem

SLACK = 0.01
"""Hours or units of money that a number may be off, for the solver's tolerance."""
SHARE = 1e-6
"""Share of an amount that it may be off."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "lots": ("contract", "variant"),
    "build": ("variant",),
    "campaigns": ("family",),
    "lines": ("line",),
    "people": ("crew",),
    "stock": ("variant",),
    "sales": ("demand", "variant"),
    "orders": ("demand",),
    "cash": (),
}
"""What names a row of each table, besides plant and period."""

Key = tuple[Any, ...]
"""Names of a row and the index of its period, as `("tractor", 3)`."""
Column = defaultdict[Key, float]
Faults = Iterator[str]


class Rows:
    """One plant's rows; the comparisons of this class say what differs and where.

    Parameters
    ----------
    problem : PlanProblem
        The plant's question; its money is the plant's own.
    worth : float
        The plan's money per unit of the plant's own.
    plan : MasterPlan
        The answer; rows of other plants and of unknown things are left out.
    """

    def __init__(self, problem: PlanProblem, worth: float, plan: MasterPlan) -> None:
        self.p, self.worth = problem, worth
        self.times = range(problem.n_periods)
        self.at = {period.name: t for t, period in enumerate(problem.periods)}
        self.known = _known(problem)
        self.rows = {table: self._index(table, getattr(plan, table)) for table in TABLES}

    def key(self, table: str, row: Any) -> Key | None:
        """Names and period of a row; None when the question knows no such thing."""
        names = names_of(table, row)
        return (*names, self.at[row.period]) if names in self.known[table] and row.period in self.at else None

    def _index(self, table: str, rows: Iterable[Any]) -> dict[Key, Any]:
        keyed = ((self.key(table, row), row) for row in rows if row.plant == self.p.plant)
        return {key: row for key, row in keyed if key is not None}

    def column(self, table: str, name: str) -> Column:
        """A table's column by names and period, zero where there is no row."""
        return defaultdict(float, {key: float(getattr(row, name)) for key, row in self.rows[table].items()})

    def say(self, key: Key, text: str) -> str:
        """A violation with its place: plant, period, names."""
        names = " ".join(str(name) for name in key[:-1])
        return f"{self.p.plant}, {self.p.periods[key[-1]].name}: {names + ': ' if names else ''}{text}"

    def compare(self, table: str, name: str, wanted: Mapping[Key, float], scale: float = 0.0) -> Faults:
        """A column against what it should be."""
        stated = self.column(table, name)
        for key in sorted({*stated, *wanted}):
            value = wanted.get(key, 0.0)
            if far(stated[key], value, scale):
                yield self.say(key, f"{table} {name}: the plan says {said(stated[key])}, it is {said(value)}")

    def label(self, table: str, key: Key, **wanted: object) -> Faults:
        """A row's words against what they should be."""
        for name, word in wanted.items():
            stated = getattr(self.rows[table][key], name)
            if stated != word:
                yield self.say(key, f"{table} {name}: the plan says {stated}, it is {word}")

    def most(self, key: Key, value: float, limit: float, what: str) -> Faults:
        """A value against its limit."""
        if not value <= limit + SLACK + SHARE * abs(limit):
            yield self.say(key, f"{what}: {said(value)} is more than {said(limit)}")


def unreadable(plants: Mapping[str, Rows], plan: MasterPlan) -> Faults:
    """Rows that name something unknown, rows told twice, numbers that are not whole or below zero."""
    for table in TABLES:
        seen = set()
        for row in getattr(plan, table):
            where = f"{row.plant}, {row.period}: {' '.join((table, 'row', *names_of(table, row)))}"
            plant = plants.get(row.plant)
            key = plant.key(table, row) if plant else None
            if key is None:
                yield f"{where} is of something the question does not know"
            elif (row.plant, key) in seen:
                yield f"{where} stands twice"
            seen.add((row.plant, key))
            yield from (f"{where}: {fault}" for fault in _odd_numbers(row))


def _odd_numbers(row: Paper) -> Faults:
    for name, field in type(row).model_fields.items():
        value = getattr(row, name)
        if field.annotation is int and value % 1 != 0:
            yield f"{name} {value} is not a whole number"
        if field.annotation in (int, float) and not -SLACK <= value < math.inf:
            yield f"{name} {value} is below zero or not a number"


def _known(p: PlanProblem) -> dict[str, set[tuple[str, ...]]]:
    """What rows of each table may name."""
    return {
        "lots": {(k.contract, k.variant) for k in p.lot_lines},
        "build": {(v,) for v in p.variants},
        "campaigns": {(f,) for f in p.families},
        "lines": {(line,) for line in p.lines},
        "people": {(c,) for c in p.crews},
        "stock": {(v,) for v in p.variants},
        "sales": {(d.id, v) for d in p.demands.values() for v in d.variants},
        "orders": {(d,) for d in p.demands},
        "cash": {()},
    }


def names_of(table: str, row: Any) -> tuple[str, ...]:
    """What names a row, besides plant and period."""
    return tuple(getattr(row, name) for name in TABLES[table])


def far(a: float, b: float, scale: float = 0.0) -> bool:
    """Whether two numbers differ by more than a solver's tolerance explains.

    >>> far(1.0, 1.001), far(1.0, 1.1), far(1.0, 1.1, scale=1e6)
    (False, True, False)
    """
    return not abs(a - b) <= SLACK + SHARE * max(abs(a), abs(b), abs(scale))


def said(value: float) -> str:
    """A number for people.

    >>> said(1234.0), said(0.126)
    ('1,234', '0.13')
    """
    return f"{value:,.2f}".removesuffix(".00")
