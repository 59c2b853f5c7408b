"""Finished stock and sales of simulated years: sell what is there, up to what is asked and not yet served."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knockdown.simulating import kernels
from knockdown.simulating.arrays import Ints, Tables
from knockdown.simulating.play import Played
from knockdown.simulating.question import Scenario

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Market:
    """Units by replication, variant and period. `stock` is at the end of a period."""

    variants: tuple[str, ...]
    built: Ints
    sold: Ints
    stock: Ints


def market(scenario: Scenario, ready: Tables, played: Played, seed: int, replications: Ints) -> Market:
    """What is built, sold and left of each variant in each period of each replication.

    Parameters
    ----------
    scenario, ready, played
        The question, its tables, and replications of it.
    seed : int
        Of the run.
    replications : array of int
        Numbers of the replications, in the order of `played`.

    Returns
    -------
    Market
    """
    return sell(scenario, *built_and_used(scenario, ready, played), seed, replications)


def built_and_used(scenario: Scenario, ready: Tables, played: Played) -> tuple[Ints, Ints]:
    """Units made, and units built into others, by replication, variant and period."""
    number = {v: i for i, v in enumerate(scenario.variants)}
    made = [(i, number[u.variant], 1) for i, u in enumerate(scenario.units)]
    # A unit in work on the opening day has taken its components before.
    takes = [
        (i, number[v], n)
        for i, u in enumerate(scenario.units)
        if not u.in_work
        for v, n in scenario.needs.get(u.variant, ())
    ]
    n = len(number)
    return _count(ready, played.leave_cal, made, n), _count(ready, played.start_cal, takes, n)


def sell(scenario: Scenario, built: Ints, used: Ints, seed: int, replications: Ints) -> Market:
    """Sales and stock of what was built.

    In a period a variant sells the smaller of its stock (what it opens with and what is built in the period,
    less what is built into other units) and what was asked so far and not served.

    Parameters
    ----------
    scenario : Scenario
        The question.
    built, used : array of int
        Of `built_and_used`.
    seed, replications
        As in `market`.

    Returns
    -------
    Market
    """
    variants = tuple(scenario.variants)
    asked = _asked(scenario, variants, seed, replications)
    stock = np.zeros_like(built)
    sold = np.zeros_like(built)
    opening = np.array([scenario.opening_finished.get(v, 0) for v in variants], np.int64)
    on_hand = np.tile(opening, (len(replications), 1))
    served = np.zeros_like(on_hand)
    for p in range(scenario.n_periods):
        on_hand = on_hand + built[:, :, p] - used[:, :, p]
        sold[:, :, p] = np.clip(np.minimum(on_hand, asked[:, :, p] - served), 0, None)
        on_hand = on_hand - sold[:, :, p]
        served = served + sold[:, :, p]
        stock[:, :, p] = on_hand
    return Market(variants, built, sold, stock)


def _count(ready: Tables, moments: Ints, entries: list[tuple[int, int, int]], n_variants: int) -> Ints:
    """Units by replication, variant and period of their moment; what lies after the horizon is left out.

    `entries` are unit, variant, and units of the variant that the unit's moment counts for.
    """
    ends = ready.days.period_ms[1:]
    counts = np.zeros((len(moments), n_variants, len(ends)), np.int64)
    if entries:
        unit, variant, weight = np.ascontiguousarray(np.array(entries, np.int64).T)
        kernels.count_moments(moments, unit, variant, weight, ends, counts)
    return counts


def _asked(scenario: Scenario, variants: tuple[str, ...], seed: int, replications: Ints) -> Ints:
    """Units asked up to the end of each period: planned sales times their demand's factor of the year."""
    number = {v: i for i, v in enumerate(variants)}
    asked = np.zeros((len(replications), len(variants), scenario.n_periods), np.int64)
    demands = list(dict.fromkeys(s.demand for s in scenario.sales))
    if not demands:
        return asked
    half = np.zeros(len(demands))
    for sale in scenario.sales:
        half[demands.index(sale.demand)] = sale.spread_share
    years = sorted({p.first.year for p in scenario.periods})
    of_period = np.array([years.index(p.first.year) for p in scenario.periods])
    factors = kernels.demand_factors(np.uint64(seed), replications, len(demands), len(years), half)
    for sale in scenario.sales:
        by_period = np.array(sale.units) * factors[:, demands.index(sale.demand), :][:, of_period]
        asked[:, number[sale.variant], :] += np.floor(by_period.cumsum(axis=1) + 0.5).astype(np.int64)
    return asked
