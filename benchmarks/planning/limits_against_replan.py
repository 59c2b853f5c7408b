"""How far verified gains lie from a long search for the eased plan: ganja, every verified limit.

    .venv/bin/python benchmarks/planning/limits_against_replan.py [SECONDS]

Prints one row a limit: the gain told, what SECONDS of search from nothing find for the eased question above
the plan told, and the same less what that search finds without any easing. All in the plan's currency.
"""

from __future__ import annotations

import os
import sys

from knockdown.planning.ease import eased
from knockdown.planning.model import LimitKey
from knockdown.planning.problem import from_plant
from knockdown.planning.question import NetworkProblem
from knockdown.planning.solve import PlanOptions, horizon, plan_question
from knockdown.plant.load import load


def main(seconds: float) -> None:
    """One row a limit."""
    plant = load("ganja")
    asked = from_plant(plant, horizon(plant, PlanOptions()))
    told = plan_question(asked, PlanOptions(seconds=10))
    own = told.objective or 0.0
    anyway = _long(asked, seconds) - own
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {seconds:g} s each; plan {own:,.0f}")
    print(f"found without easing {anyway:,.0f}")
    print(f"{'limit':<48}{'gain':>10}{'most':>10}{'long':>10}{'net':>10}")
    for limit in (limit for limit in told.limits if limit.verified):
        long = _long(eased(asked, LimitKey(limit.plant, limit.kind, limit.id)), seconds) - own
        name = f"{limit.kind} {limit.id}"
        figures = (limit.gain or 0.0, limit.gain_most or 0.0, long, long - anyway)
        print(f"{name:<48}" + "".join(f"{figure:>10,.0f}" for figure in figures), flush=True)


def _long(question: NetworkProblem, seconds: float) -> float:
    """Contribution that a long search finds."""
    return plan_question(question, PlanOptions(seconds=seconds, gap=1e-5, limits=0)).objective or 0.0


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
