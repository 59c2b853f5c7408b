"""One point of a plant: what each replication of its year gives, with the plan it was given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from knockdown.documents.master_plan import MasterPlan
from knockdown.simulating import codes, results
from knockdown.simulating.arrays import Tables
from knockdown.simulating.line.estimate import Floats, Sums
from knockdown.simulating.play import Played, play, prepare
from knockdown.simulating.question import Scenario
from knockdown.simulating.scenario import Plant, from_plant
from knockdown.simulating.selling import market
from knockdown.simulating.staffing import pools
from knockdown.timing.working_time import DAY_MS

STATES = ("working", "slow", "down", "rework", "blocked", "starved", "kit")
HEADLINES = ("throughput", "sold", "finished_stock", "lead_time", "days_late", "units_late", "overtime_h")


def year_of(plant: Plant, plan: MasterPlan, seed: int, first: int, last: int) -> dict[str, Floats]:
    """What replications `first` to `last` (excluded) give.

    Raises
    ------
    ValueError
        When the plan does not go with the plant.
    """
    _refuse_nobody(plan, plant)
    rehearsal = prepare(from_plant(plant, plan))
    scenario, ready = rehearsal.scenario, rehearsal.tables
    played = play(ready, seed, range(first, last), threads=1)
    year = min(results.YEAR_PERIODS, scenario.n_periods)
    sales = market(scenario, ready, played, seed, np.arange(first, last))
    members = results.groups(scenario, sales.variants, sales)["all"]
    built, sold, stock = (values[:, members, :] for values in (sales.built, sales.sold, sales.stock))
    found = {
        "throughput": built[:, :, :year].sum(axis=(1, 2)),
        "sold": sold.sum(axis=(1, 2)),
        "finished_stock": stock[:, :, -1].sum(axis=1),
        "lead_time": (played.leave_cal - played.start_cal).mean(axis=1) / DAY_MS,
        "days_late": results.days_late(scenario, ready, played),
        "units_late": (played.leave_cal > ready.jobs.due_cal).sum(axis=1),
        "overtime_h": played.overtime.sum(axis=1) / results.HOUR_MS,
        **_stations(scenario, ready, played),
    }
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def _stations(scenario: Scenario, ready: Tables, played: Played) -> Mapping[str, Floats]:
    total = np.maximum(played.states.sum(axis=2), 1)
    names = [station.id for line in scenario.lines for station in line.stations]
    assert len(STATES) == codes.N_STATES
    return {
        f"{state}_{name}": played.states[:, s, k] / total[:, s]
        for s, name in enumerate(names)
        for k, state in enumerate(STATES)
    }


def _refuse_nobody(plan: MasterPlan, plant: Plant) -> None:
    """A crew without people would count as one that is complete, so it is refused."""
    pool = pools({crew.id: crew.skills for crew in plant.crews.values()})
    there: dict[tuple[int, str], float] = {}
    wanted: dict[tuple[int, str], str] = {}
    for row in plan.people:
        if row.plant == plant.id:
            key = pool[plant.crews[row.crew].skills[0]], row.period
            there[key] = there.get(key, 0.0) + row.available_h
            if row.used_h > 0.0:
                wanted.setdefault(key, row.crew)
    for key, crew in wanted.items():
        if there[key] <= 0.0:
            raise ValueError(f"in {key[1]} the plan has work for crew {crew}, which has nobody")


def figures(sums: Sums) -> dict[str, Floats]:
    """Means over replications: `sums` are over them, and so is `runs`."""
    return {name: values / sums["runs"] for name, values in sums.items() if name != "runs"}
