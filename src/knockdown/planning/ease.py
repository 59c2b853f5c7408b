"""The same question with one limit eased: what a manager would get, posed and checked like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from knockdown.planning.milp_block import MONEY
from knockdown.planning.model import LimitKey
from knockdown.planning.question import ContractYear, NetworkProblem, PlanProblem

Spec = TypeVar("Spec")


@dataclass(frozen=True, slots=True)
class Easing:
    """How a kind of limit is eased: by what step, in what unit, said how.

    `scale` turns the unit into that of the program's row.
    """

    step: int
    unit: str
    sentence: str
    scale: float = 1.0


EASINGS: dict[str, Easing] = {
    "demand": Easing(1, "order a period", "Orders are too few: one more order a period for {name}"),
    "contract": Easing(10, "kit a year", "Kits are too few: 10 more kits a year under {name}"),
    "lots": Easing(1, "lot a period", "Kits come too slowly: one more lot a period under {name}"),
    "line": Easing(8, "hour a period", "{name} is too busy: 8 more hours a period"),
    "crew": Easing(1, "person", "{name} are too few: one more place in the crew"),
    "hiring": Easing(1, "person a period", "{name} cannot be hired fast enough: one more a period"),
    "storage": Easing(10, "place", "The store for {name} is full: 10 more places"),
    "credit": Easing(100_000, "of the currency", "Money is short: 100\u202f000 more credit", 1 / MONEY),
    "quota": Easing(5, "unit a year", "The quota holds sales back: 5 more units a year of {name}"),
    "shared": Easing(10, "unit a year", "The shared market is full: 10 more units a year of {name}"),
}


def eased(question: NetworkProblem, key: LimitKey) -> NetworkProblem:
    """The question with a limit eased by its step.

    An order more is asked in every period; a line's hours are those it runs after the reserve is kept.
    """
    step = EASINGS[key.kind].step
    if key.kind == "shared":
        name, _, year = key.id.partition("/")
        caps = tuple(
            replace(cap, units_max=cap.units_max + step) if (cap.id, str(cap.year)) == (name, year) else cap
            for cap in question.caps
        )
        return replace(question, caps=caps)
    members = tuple(
        WIDER[key.kind](problem, key.id, step) if problem.plant == key.plant else problem
        for problem in question.members
    )
    return replace(question, members=members)


def _demand(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    d = problem.demands[name]
    more = replace(d, units=tuple(units + step for units in d.units))
    return replace(problem, demands=_with(problem.demands, name, more))


def _line(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    line, kept = problem.lines[name], 1.0 - problem.reserve_share
    longer = replace(line, regular_h=tuple(h + step / kept for h in line.regular_h))
    return replace(problem, lines=_with(problem.lines, name, longer))


def _crew(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    c = problem.crews[name]
    return replace(problem, crews=_with(problem.crews, name, replace(c, people_max=c.people_max + step)))


def _hiring(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    c = problem.crews[name]
    faster = replace(c, hire_max=tuple(most + step for most in c.hire_max))
    return replace(problem, crews=_with(problem.crews, name, faster))


def _contract(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    def more(cy: ContractYear) -> ContractYear:
        return replace(cy, kits_max=cy.kits_max + step) if f"{cy.contract}/{cy.year}" == name else cy

    return replace(problem, contract_years=tuple(more(cy) for cy in problem.contract_years))


def _lots(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    def more(cy: ContractYear) -> ContractYear:
        return replace(cy, lots_max_period=cy.lots_max_period + step) if cy.contract == name else cy

    return replace(problem, contract_years=tuple(more(cy) for cy in problem.contract_years))


def _storage(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    if name == "kits":
        return replace(problem, kit_places=problem.kit_places + step)
    return replace(problem, finished_places=problem.finished_places + step)


def _credit(problem: PlanProblem, _: str, step: int) -> PlanProblem:
    money = replace(problem.money, credit_limit=problem.money.credit_limit + step)
    return replace(problem, money=money)


def _quota(problem: PlanProblem, name: str, step: int) -> PlanProblem:
    quotas = tuple(replace(q, units_max=q.units_max + step) if q.id == name else q for q in problem.quotas)
    return replace(problem, quotas=quotas)


def _with(specs: Mapping[str, Spec], name: str, spec: Spec) -> Mapping[str, Spec]:
    return {**specs, name: spec}


WIDER: dict[str, Callable[[PlanProblem, str, int], PlanProblem]] = {
    "demand": _demand, "line": _line, "crew": _crew, "hiring": _hiring, "contract": _contract,
    "lots": _lots, "storage": _storage, "credit": _credit, "quota": _quota,
}  # fmt: skip
