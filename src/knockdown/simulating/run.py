"""Plays a plan: once as meant, and many times with lateness, faults and absence."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from knockdown import __version__
from knockdown.basics.ids import digest_json
from knockdown.documents.build_calendar import BuildCalendar, UnitDates
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.paper import Provenance
from knockdown.documents.twin_result import TwinResult
from knockdown.simulating import check, codes, results
from knockdown.simulating.arrays import Ints, Tables
from knockdown.simulating.play import play, prepare
from knockdown.simulating.question import Options, Scenario
from knockdown.simulating.scenario import Plant, from_plant
from knockdown.simulating.selling import sell
from knockdown.simulating.tally import Tally, tally
from knockdown.timing.working_time import moment

Progress = Callable[[float], None]


def build_calendar(plant: Plant, plan: MasterPlan, options: Options | None = None) -> BuildCalendar:
    """Which unit enters and leaves its line when, nothing going wrong.

    Parameters
    ----------
    plant : Plant
        The plant description.
    plan : MasterPlan
        A plan that contains the plant.
    options : Options, optional
        Choices that are not in the description.

    Returns
    -------
    BuildCalendar
        Units of a line stand in planned order; times are plant time.

    Raises
    ------
    ValueError
        When the plan has no periods, or lines feed one another in a circle.

    Examples
    --------
    >>> import knockdown as kd
    >>> plant = kd.load("nakhchivan")
    >>> plan = kd.plan(plant, months=2, work=40, limits=0)
    >>> paper = build_calendar(plant, plan)
    >>> paper.units[0].starts_on < paper.units[0].leaves_on
    True
    """
    rehearsal = prepare(from_plant(plant, plan, options))
    scenario, ready, planned = rehearsal.scenario, rehearsal.tables, rehearsal.planned
    starts, leaves = planned.start_cal[0], planned.leave_cal[0]
    return BuildCalendar(
        plant=plant.id,
        provenance=_provenance(plant, plan, scenario, None, {}),
        units=tuple(
            UnitDates(
                unit=unit.name,
                variant=unit.variant,
                family=unit.family,
                line=unit.line,
                period=scenario.periods[unit.period].name,
                kit_lot="" if unit.lot is None else scenario.lots[unit.lot].name,
                starts_on=_iso(scenario, starts[i]),
                leaves_on=_iso(scenario, leaves[i]),
            )
            for i, unit in enumerate(scenario.units)
        ),
        late_units=int((leaves > ready.jobs.due_cal).sum()),
    )


def simulate(
    plant: Plant,
    plan: MasterPlan,
    replications: int = 1000,
    seed: int = 1,
    options: Options | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> TwinResult:
    """Play a plan many times with lateness, faults and absence.

    Parameters
    ----------
    plant : Plant
        The plant description.
    plan : MasterPlan
        A plan that contains the plant.
    replications : int
        How many times, 1 or more.
    seed : int
        0 <= seed < 2**64. The same seed gives the same result to the bit, whatever the threads.
    options : Options, optional
        Choices that are not in the description.
    threads : int, optional
        At most so many; by default one a processor.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    TwinResult

    Raises
    ------
    ValueError
        When there are no replications, the plan has no periods, or lines feed one another in a circle.
    knockdown.simulating.check.InspectionError
        When the inspector finds the first replication impossible: a fault of this program.

    Examples
    --------
    >>> import knockdown as kd
    >>> plant = kd.load("nakhchivan")
    >>> twin = simulate(plant, kd.plan(plant, months=2, work=40, limits=0), replications=8, seed=1)
    >>> twin.year_total.p10 <= twin.year_total.p50
    True
    """
    if replications < 1:
        raise ValueError(f"{replications} replications say nothing; ask for 1 or more, 1000 are usual")
    began = time.perf_counter()
    rehearsal = prepare(from_plant(plant, plan, options))
    scenario, ready = rehearsal.scenario, rehearsal.tables
    tell = progress or (lambda share: None)
    counted = tally(scenario, ready, seed, replications, threads, lambda share: tell(0.6 * share))
    late = _late_by_cause(scenario, ready, counted, seed, threads)
    tell(0.9)
    inspect(scenario, ready, seed, counted.first_leave_cal)
    paper = _result(plant, plan, scenario, counted, late, seed, began)
    tell(1.0)
    return paper


def _late_by_cause(
    scenario: Scenario, ready: Tables, counted: Tally, seed: int, threads: int | None
) -> list[results.Floats]:
    """Vehicle-days late with no cause, the first, the first two, ..., all: paired replications."""
    n = min(len(counted.days_late), results.CAUSE_REPLICATIONS)
    switches = codes.NOTHING
    once = play(ready, seed, [0], switches)
    late = [np.repeat(results.days_late(scenario, ready, once), n)]
    for _, switch in results.CAUSES[:-1]:
        switches |= switch
        played = play(ready, seed, range(n), switches, threads=threads)
        late.append(results.days_late(scenario, ready, played))
    return [*late, counted.days_late[:n]]


def inspect(scenario: Scenario, ready: Tables, seed: int, leave_cal: Ints) -> None:
    """Play replication 0 alone and let the inspector read its log.

    Raises
    ------
    knockdown.simulating.check.InspectionError
        When its departures are not those given, or it could not have happened.
    """
    again = play(ready, seed, [0])
    if not np.array_equal(again.leave_cal[0], leave_cal):
        raise check.InspectionError(
            ["replication 0 played alone differs from replication 0 played with others"]
        )
    check.check(scenario, ready, again)


def _result(
    plant: Plant,
    plan: MasterPlan,
    scenario: Scenario,
    counted: Tally,
    late: list[results.Floats],
    seed: int,
    began: float,
) -> TwinResult:
    n = len(counted.built)
    figures = sell(scenario, counted.built, counted.used, seed, np.arange(n))
    n_units = max(1, len(scenario.units))
    n_kits = max(1, sum(unit.lot is not None for unit in scenario.units))
    return TwinResult(
        plant=plant.id,
        provenance=_provenance(plant, plan, scenario, seed, {"replications": n}),
        replications=n,
        seed=seed,
        checksum=counted.checksum,
        periods=tuple(p.name for p in scenario.periods),
        built=results.fans(scenario, figures, figures.built, results.planned_built(scenario)),
        finished_stock=results.fans(scenario, figures, figures.stock, scenario.planned_stock),
        sold=results.fans(scenario, figures, figures.sold, results.planned_sold(scenario)),
        overtime_h=results.overtime(scenario, counted.overtime),
        stations=tuple(results.stations(scenario, counted.states)),
        causes=results.causes(late),
        kits_late_share=float(counted.kits_late.mean() / n_kits),
        units_late_share=counted.units_late / (n_units * n),
        year_total=results.year_total(scenario, figures),
        seconds=round(time.perf_counter() - began, 3),
    )


def _provenance(
    plant: Plant, plan: MasterPlan, scenario: Scenario, seed: int | None, more: dict[str, int]
) -> Provenance:
    chosen = scenario.options
    rows = [row.model_dump() for row in (*plan.build, *plan.lots, *plan.people, *plan.lines, *plan.sales)]
    return Provenance(
        version=__version__,
        input_digest=plant.digest,
        seed=seed,
        options={
            "plan": digest_json(rows),
            "overtime_behind_units": chosen.overtime_behind_units,
            "campaign_wait_days": chosen.campaign_wait_days,
            **more,
        },
    )


def _iso(scenario: Scenario, calendar_ms: int) -> str:
    return moment(scenario.start, calendar_ms).isoformat(timespec="seconds")
