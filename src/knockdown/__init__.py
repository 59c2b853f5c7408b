"""knockdown plans, simulates and runs a kit-assembly vehicle plant.

The words are those of the command line:

>>> import knockdown as kd
>>> plant = kd.load("nakhchivan")
>>> kd.check(plant).plants[0].sizes["variants"]
12

A plan, a simulated year and the whole job with its report are as short:
``plan = kd.plan(plant, months=18)``, ``twin = kd.simulate(plant, plan)``, ``kd.run("ganja", "out")``.
Importing `knockdown` is quick; each word loads what it needs when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = [
    "BadInput",
    "__version__",
    "calibrate",
    "check",
    "kit",
    "load",
    "new",
    "open_ledger",
    "plan",
    "plants",
    "report",
    "run",
    "schema",
    "simulate",
    "simulate_line",
    "sweep",
]

# What each word is, type checkers read in __init__.pyi: an import of a room here, even for types alone, would
# let every room that asks for `__version__` reach the rooms above it.
_HOMES = {
    "BadInput": "basics.faults",
    "calibrate": "workflow.calibrate",
    "check": "workflow.check_plant",
    "kit": "workflow.kit_api",
    "load": "plant.load",
    "new": "workflow.new_plant",
    "open_ledger": "workflow.ledger_api",
    "plan": "workflow.plan_months",
    "plants": "workflow.new_plant",
    "report": "workflow.main_job",
    "run": "workflow.main_job",
    "schema": "workflow.schemas",
    "simulate": "workflow.rehearse",
    "simulate_line": "workflow.line_runs",
    "sweep": "workflow.sweep",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'knockdown' has no attribute '{name}'")
    return getattr(import_module(f"knockdown.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
