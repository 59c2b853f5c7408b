"""What a limit or a condition is called in a sentence."""

from __future__ import annotations

from collections.abc import Callable

from knockdown.planning.fixing import find
from knockdown.planning.model import LimitKey
from knockdown.planning.question import NetworkProblem, PlanProblem

STORES = {"kits": "kits", "finished": "finished vehicles"}


def name_of(question: NetworkProblem, key: LimitKey) -> str:
    """Name of what a limit is about, as a manager knows it."""
    if key.kind == "shared":
        cap, _, year = key.id.partition("/")
        return f"{cap.replace('-', ' ')} in {year}"
    problem = member(question, key.plant)
    return NAMES[key.kind](problem, key.id) if problem is not None and key.kind in NAMES else key.id


def member(question: NetworkProblem, plant: str) -> PlanProblem | None:
    """The plant of that id, or None for what a network's plants share."""
    return next((p for p in question.members if p.plant == plant), None)


def _contract(problem: PlanProblem, name: str) -> str:
    contract, _, year = name.partition("/")
    known = next(cy.name for cy in problem.contract_years if cy.contract == contract)
    return f"{known} in {year}" if year else known


def _fixed(problem: PlanProblem, what: str, name: str) -> str:
    """What a book fixes, without the quantity: `bobcat under maz-kits in 2026-03 (book.xlsx row 5)`."""
    f = find(problem, what, name)
    under = f" under {f.contract}" if f.contract else ""
    row = f" ({f.where})" if f.where else ""
    return f"{f.variant}{under} in {problem.periods[f.period].name}{row}"


def _in_full(problem: PlanProblem, what: str, name: str) -> str:
    n = find(problem, what, name).quantity
    return f"{n:,} {what.removesuffix('s') if n == 1 else what} of {_fixed(problem, what, name)}"


NAMES: dict[str, Callable[[PlanProblem, str], str]] = {
    "demand": lambda p, name: p.demands[name].name,
    "firm": lambda p, name: p.demands[name].name,
    "contract": _contract,
    "lots": _contract,
    "line": lambda p, name: p.lines[name].name,
    "crew": lambda p, name: p.crews[name].name,
    "least": lambda p, name: p.crews[name].name,
    "hiring": lambda p, name: p.crews[name].name,
    "campaign": lambda p, name: p.families[name].name,
    "storage": lambda _, name: STORES[name],
    "fixed_lots": lambda p, name: _in_full(p, "lots", name),
    "fixed_units": lambda p, name: _in_full(p, "units", name),
    "fewer_lots": lambda p, name: _fixed(p, "lots", name),
    "more_lots": lambda p, name: _fixed(p, "lots", name),
    "fewer_units": lambda p, name: _fixed(p, "units", name),
    "more_units": lambda p, name: _fixed(p, "units", name),
    "quota": lambda p, name: next(q.name for q in p.quotas if q.id == name),
}
