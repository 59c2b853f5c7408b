"""Why there is no plan: conditions that cannot hold together, and the cheapest fix.

Conditions are what a manager would name (a firm order, the credit limit, a store, a crew's size, a
contract's yearly most, a row of an orders book). One is dropped for good when the rest still conflicts
(deletion filter, Chinneck and Dravnieks 1991): first on the linear relaxation, then in whole lots, people
and units. Trials in whole numbers stop after counted work; `proof` claims no more than was settled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from knockdown.documents.master_plan import Conflict
from knockdown.planning.conflict_fix import cheapest_fix
from knockdown.planning.conflict_probe import Probe
from knockdown.planning.fixing import loosened
from knockdown.planning.model import LimitKey, Model
from knockdown.planning.over import only_over_costs
from knockdown.planning.question import NetworkProblem, PlanProblem
from knockdown.planning.words import member, name_of

MOST_PROOFS = 400
PRICE = 1e-9
PHRASES = {
    "firm": "{name} must be delivered in full and on time",
    "credit": "debt never above {limit} {currency}",
    "storage": "never more than {limit} {name} in the store",
    "line": "{name} runs no longer than its shifts and overtime",
    "crew": "no more than {limit} {name}",
    "least": "no fewer than {limit} {name}",
    "campaign": "no campaign of {name} has fewer than {limit} units",
    "hiring": "{name} are hired no faster than allowed",
    "contract": "no more kits than {name} allows",
    "lots": "no more lots a period than {name} allows",
    "quota": "the quota for {name}",
    "shared": "the shared market for {name}",
    "fixed_lots": "order {name}",
    "fixed_units": "build {name}",
    "fixed_rest": "what the orders book fixes in {name}",
}
NOTHING_NAMED = "what is in stock, in work, on order and owed at the start"
Proof = Literal["smallest", "irreducible", "conflicting"]
Names = Sequence[LimitKey]


def explain(question: NetworkProblem, model: Model, impossible: bool = False) -> Conflict | None:
    """The conflict, or None when none was found.

    Parameters
    ----------
    question, model : NetworkProblem, Model
        What was asked, and the program posed for it.
    impossible : bool
        Whether the search has proved that there is no plan.

    Returns
    -------
    Conflict or None
        None says that the search merely found no plan in its time, and trials here settled nothing.
    """
    probe = Probe(question, model)
    core = _core(probe, model, impossible)
    if core is None:
        return None
    fixes, fix_proof = cheapest_fix(question, model)
    return Conflict(
        members=tuple(_phrase(question, key) for key in core) or (NOTHING_NAMED,),
        proof=_proof(probe, core),
        cheapest_fix=fixes,
        fix_proof=fix_proof,
    )


def _core(probe: Probe, model: Model, impossible: bool) -> list[LimitKey] | None:
    """Conditions of which few or none can be spared."""
    names: Names = probe.names
    if not probe.relaxed(names):
        names = _irreducible(lambda kept: not probe.relaxed(kept), _suspects(probe, model))
    else:
        possible = probe.whole(names)
        if possible or (possible is None and not impossible):
            return None
    return _irreducible(lambda kept: probe.whole(kept) is False, names)


def _suspects(probe: Probe, model: Model) -> Names:
    """Conditions that keep going over from costing less, when these conflict by themselves; else all."""
    priced = only_over_costs(loosened(model))
    solver = priced.to_highs(relaxed=True)
    solver.run()
    duals = np.array(solver.getSolution().row_dual)
    if not len(duals):
        return probe.names
    held = zip(priced.row_key, duals, strict=True)
    costly = {probe.known_as(key) for key, dual in held if key is not None and abs(dual) > PRICE}
    tight = [name for name in probe.names if name in costly]
    return probe.names if probe.relaxed(tight) else tight


def _irreducible(conflicting: Callable[[Names], bool], names: Names) -> list[LimitKey]:
    """The names that are left when everything that can be spared is dropped, large parts first."""
    core = list(names)
    size = max(1, len(core) // 4)
    while size >= 1:
        place = 0
        while place < len(core):
            rest = core[:place] + core[place + size :]
            if conflicting(rest):
                core = rest
            else:
                place += size
        size = size // 2 if size > 1 else 0
    return core


def _proof(probe: Probe, core: Names) -> Proof:
    """What was settled about the set, in whole numbers.

    When everything but any one of its members can hold together, every conflict has all its members: then
    it is the only one, and the smallest.
    """
    if not core or probe.whole(core) is not False:
        return "conflicting"
    if not all(probe.whole(_without(core, name)) for name in core):
        return "conflicting"
    only_one = len(core) == 1 or all(probe.whole(_without(probe.names, name)) for name in core)
    return "smallest" if only_one or _is_smallest(probe, len(core)) else "irreducible"


def _without(names: Collection[LimitKey], name: LimitKey) -> list[LimitKey]:
    return [other for other in names if other != name]


def _is_smallest(probe: Probe, size: int) -> bool:
    """Whether every smaller set of conditions can hold together, tried one by one when that is affordable."""
    tried = 0
    for smaller in range(size):
        for some in combinations(probe.names, smaller):
            tried += 1
            if tried > MOST_PROOFS or not probe.whole(some):
                return False
    return True


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
    if key.kind in ("crew", "least"):
        crew = problem.crews[key.id]
        return str(crew.people_max if key.kind == "crew" else crew.people_min)
    if key.kind == "campaign":
        return str(problem.families[key.id].campaign_min_units)
    return ""
