"""Our search against HiGHS alone on the very same program, same seconds, same machine, one after the other.

    .venv/bin/python benchmarks/planning/against_highs.py [SECONDS]

Prints one row a plant: the gap each proved in the time, and the ratio of their objectives.
"""

from __future__ import annotations

import math
import os
import sys
import time

from knockdown.planning.engine import Effort, solve_model
from knockdown.planning.milp import build
from knockdown.planning.problem import from_plant
from knockdown.planning.solve import PlanOptions, horizon, plan
from knockdown.plant.load import load

CASES = (("ganja", 18), ("khazar", 18), ("nakhchivan", 18), ("azerbaijan", 24))


def main(seconds: float) -> None:
    """One row a plant."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {seconds:g} s each; gap in %")
    heading = f"{'plant':<12}{'months':>7}{'columns':>9}{'whole':>7}{'ours':>8}{'used s':>8}"
    print(f"{heading}{'HiGHS':>8}{'used s':>8}{'ours/HiGHS':>12}")
    for name, months in CASES:
        plant = load(name)
        options = PlanOptions(months=months, seconds=seconds, gap=0.0001, limits=0)
        started = time.monotonic()
        ours = plan(plant, options)
        our_seconds = time.monotonic() - started
        model = build(from_plant(plant, horizon(plant, options)))
        started = time.monotonic()
        theirs = solve_model(model, Effort(seconds, 0.0001))
        their_seconds = time.monotonic() - started
        found = theirs.values is not None
        apart = abs(theirs.objective - theirs.bound)
        their_gap = apart / max(1e-9, abs(theirs.objective)) if found else math.inf
        ratio = (ours.objective or math.nan) / (1000 * theirs.objective) if found else math.inf
        print(
            f"{name:<12}{months:>7}{ours.size.variables:>9}{ours.size.integers:>7}"
            f"{100 * (ours.gap if ours.gap is not None else math.inf):>8.2f}{our_seconds:>8.1f}"
            f"{100 * their_gap:>8.2f}{their_seconds:>8.1f}{ratio:>12.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
