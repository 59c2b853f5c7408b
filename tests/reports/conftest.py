"""Papers for the report's tests: one plant, two under one plan, a plan that does not exist, hostile names."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest


def _load(name: str) -> ModuleType:
    """Load a helper that lies beside the tests, which pytest does not put on the path."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"reports_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_load("made_plant")
_load("made_plan")
papers = _load("made_papers")


@pytest.fixture(scope="session")
def single() -> SimpleNamespace:
    """One plant, eighteen months, eight families."""
    plan = papers.make_plan()
    return SimpleNamespace(
        plan=plan,
        plant=papers.make_plant(),
        calendars={"sample": papers.make_calendar(plan)},
        twins={"sample": papers.make_twin(plan)},
    )


@pytest.fixture(scope="session")
def network() -> SimpleNamespace:
    """Two plants under one plan."""
    return papers.make_network()


@pytest.fixture(scope="session")
def infeasible() -> SimpleNamespace:
    """A plan that does not exist, and why."""
    return SimpleNamespace(plan=papers.make_infeasible(), plant=papers.make_plant(), calendars={}, twins={})


@pytest.fixture(scope="session")
def hostile() -> SimpleNamespace:
    """Names that try to be markup or formulas."""
    bad = "<script>alert(1)</script>"
    kind = papers.Kind("evil", f"=cmd|' /C calc'!A0 {bad}", "car", "CR", "mtz", 10, 0.1, 1, 9_000, 5)
    plan = papers.make_plan((kind,), n=4, name=f"@SUM(1) {bad}")
    plan = plan.model_copy(
        update={
            "notes": (f"+1+1 {bad}", "-2 \"quoted\" & 'single'", "\tTAB", "={1}"),
            "limits": papers.limit_rows(f"plant{bad}"),
        }
    )
    return SimpleNamespace(
        plan=plan,
        plant=papers.make_plant((kind,), name=bad),
        calendars={"sample": papers.make_calendar(plan)},
        twins={"sample": papers.make_twin(plan)},
    )
