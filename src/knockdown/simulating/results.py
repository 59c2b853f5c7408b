"""From replications to the papers a planner reads: fans, station time shares, causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knockdown.documents.twin_result import Cause, Fan, StationLoss
from knockdown.simulating import codes
from knockdown.simulating.arrays import Tables
from knockdown.simulating.play import Played
from knockdown.simulating.question import Scenario
from knockdown.simulating.selling import Market
from knockdown.simulating.statistics import half_width, spread
from knockdown.timing.working_time import DAY_MS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = Ints | Floats
HOUR_MS = 3_600_000
YEAR_PERIODS = 12
CAUSE_REPLICATIONS = 50  # the causes' runs are paired, so fewer do

CAUSES = (
    ("kit late", codes.KIT_LATE),
    ("part missing", codes.PART_MISSING),
    ("damage", codes.DAMAGE),
    ("breakdown", codes.BREAKDOWN),
    ("absence", codes.ABSENCE),
    ("rework", codes.REWORK),
    ("station times", codes.STATION_TIME),
)


def fan(periods: Sequence[str], group: str, planned: Sequence[float], values: Numbers) -> tuple[Fan, ...]:
    """Quantiles of one figure over replications, period by period.

    >>> fan(["2026-01"], "all", [3], np.array([[1.0], [2.0], [3.0]]))[0].p50
    2.0
    """
    columns = (column.tolist() for column in spread(np.asarray(values, np.float64)))
    return tuple(
        Fan(period=p, group=group, planned=plan, p10=a, p50=b, p90=c, mean=mean, half_width=width)
        for p, plan, a, b, c, mean, width in zip(periods, planned, *columns, strict=True)
    )


def groups(scenario: Scenario, variants: tuple[str, ...], figures: Market) -> dict[str, list[int]]:
    """Variants of each family that has any, and of `all`: everything but components of other units."""
    components = {f.id for f in scenario.families if f.component}
    live = [
        i
        for i in range(len(variants))
        if figures.built[:, i].any() or figures.stock[:, i].any() or figures.sold[:, i].any()
    ]
    found: dict[str, list[int]] = {}
    for i in live:
        found.setdefault(scenario.variants[variants[i]], []).append(i)
    found["all"] = [i for i in live if scenario.variants[variants[i]] not in components]
    return found


def fans(
    scenario: Scenario, figures: Market, values: Numbers, planned: Mapping[tuple[str, int], int]
) -> tuple[Fan, ...]:
    """A fan for each period and group; `planned` has the plan's units by variant and period."""
    periods = [period.name for period in scenario.periods]
    found: list[Fan] = []
    for group, members in groups(scenario, figures.variants, figures).items():
        wanted = [sum(planned.get((figures.variants[i], p), 0) for i in members) for p in range(len(periods))]
        found += fan(periods, group, wanted, values[:, members, :].sum(axis=1))
    return tuple(found)


def planned_built(scenario: Scenario) -> Mapping[tuple[str, int], int]:
    """Units the plan has leave in each period, those in work on the opening day among them."""
    return Counter((u.variant, u.period) for u in scenario.units)


def planned_sold(scenario: Scenario) -> Mapping[tuple[str, int], int]:
    """Built units the plan sells in each period."""
    sold: Counter[tuple[str, int]] = Counter()
    for sale in scenario.sales:
        for p, n in enumerate(sale.units):
            sold[sale.variant, p] += n
    return sold


def year_total(scenario: Scenario, figures: Market) -> Fan:
    """Units built in the first twelve periods, or all when fewer; components left out."""
    members = groups(scenario, figures.variants, figures)["all"]
    last = min(YEAR_PERIODS, scenario.n_periods)
    planned = planned_built(scenario)
    first, end = scenario.periods[0].name, scenario.periods[last - 1].name
    wanted = sum(planned[figures.variants[i], p] for i in members for p in range(last))
    values = figures.built[:, members, :last].sum(axis=(1, 2))
    return fan([f"{first}..{end}"], "all", [wanted], values[:, None])[0]


def overtime(scenario: Scenario, overtime_ms: Ints) -> tuple[Fan, ...]:
    """Line hours worked in overtime windows, all lines together."""
    names = [period.name for period in scenario.periods]
    return fan(names, "all", scenario.planned_overtime_h, overtime_ms / HOUR_MS)


def stations(scenario: Scenario, states: Ints) -> Iterator[StationLoss]:
    """Shares of each station's time; they sum to 1 but for rounding in the last place."""
    total = np.maximum(states.sum(axis=2, keepdims=True), 1)
    shares = states / total
    mean, width = shares.mean(axis=0), half_width(shares[:, :, codes.WORKING])
    s = 0
    for line in scenario.lines:
        for station in line.stations:
            working, slow, down, rework, blocked, starved, kit = (float(x) for x in mean[s])
            yield StationLoss(
                line=line.id, station=station.id, name=station.name, working=working, slow=slow, down=down,
                rework=rework, blocked=blocked, starved=starved, kit=kit, half_width=float(width[s]),
                **oee(working, slow, rework),
            )  # fmt: skip
            s += 1


def oee(working: float, slow: float, rework: float) -> dict[str, float | None]:
    """A station's figures by the names of ISO 22400-2, from the shares of its time.

    Production time is `working`, `slow` and `rework`; what is lost to slowness is effectiveness, and to
    rework quality, so that nothing counts twice and the OEE index is `working`. A station that never
    produces has no effectiveness and no quality ratio.

    >>> oee(0.6, 0.1, 0.1)["oee"]
    0.6
    >>> oee(0.0, 0.0, 0.0)
    {'availability': 0.0, 'effectiveness': None, 'quality_ratio': None, 'oee': 0.0}
    """
    produced = working + slow + rework
    return {
        "availability": produced,
        "effectiveness": (working + rework) / produced if produced > 0 else None,
        "quality_ratio": working / (working + rework) if working + rework > 0 else None,
        "oee": working,
    }


def days_late(scenario: Scenario, ready: Tables, played: Played) -> Floats:
    """Vehicle-days after the end of the planned period, one figure a replication; components left out."""
    components = {f.id for f in scenario.families if f.component}
    counted = np.array([u.family not in components for u in scenario.units], bool)
    late = np.maximum(played.leave_cal - ready.jobs.due_cal, 0)[:, counted]
    return np.asarray(late.sum(axis=1) / DAY_MS)


def causes(steps: list[Floats]) -> tuple[Cause, ...]:
    """Vehicle-days late by cause.

    Parameters
    ----------
    steps : list of array
        Vehicle-days late of each replication with no cause of `CAUSES`, the first, the first two, ...

    Returns
    -------
    tuple of Cause
        In the order of `CAUSES`, `capacity` last; they sum to the vehicle-days late with all causes.
    """
    gains = [after - before for before, after in pairwise(steps)]
    named = [*zip((name for name, _ in CAUSES), gains, strict=True), ("capacity", steps[0])]
    return tuple(
        Cause(cause=name, days=float(values.mean()), half_width=float(half_width(values)))
        for name, values in named
    )
