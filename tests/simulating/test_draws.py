"""Blocks of sixteen draws, and what a line makes of them, told again one draw at a time: same bits."""

from math import inf

import numpy as np
import pytest
import simulating_tiny as tiny
from numba import njit

from knockdown.basics import rng
from knockdown.basics.rng import Stream
from knockdown.simulating import codes, draw_blocks
from knockdown.simulating.arrays import LEAST_SUPPLY
from knockdown.simulating.line.vectors import load, pattern, store
from knockdown.simulating.play import play, prepare
from knockdown.simulating.scenario import from_plant
from knockdown.simulating.staffing import presence

SEED = 2**63 + 11
B = draw_blocks.BLOCK


@pytest.fixture(scope="module")
def year():
    return prepare(from_plant(tiny.plant(), tiny.plan()))


def scatter_of(seed, replication, unit, station, sigma):
    u = rng.uniform(seed, Stream.STATION_TIME, replication, unit, station)
    return rng.exp(sigma * rng.standard_normal(u) - 0.5 * sigma * sigma)


@njit(error_model="numpy")
def scattered(base, sigma, u, found):
    value, far = draw_blocks.scatter(load(base, 0), load(sigma, 0), load(u, 0))
    store(found, 0, value)
    return pattern(far)


def test_scatter_is_the_scalar_one_over_the_whole_range():
    edges = [0.075, np.nextafter(0.075, 0), 0.925, np.nextafter(0.925, 1), 0.5, 2e-11, 1e-11, 1 - 1e-11]
    u = np.array([*edges, *np.random.default_rng(1).random(B * 400 - len(edges))])
    sigma = np.random.default_rng(2).random(len(u)) * 0.8
    base, found = np.full(B, 60_000.0), np.zeros(B)
    for i in range(0, len(u), B):
        far = scattered(base, sigma[i : i + B].copy(), u[i : i + B].copy(), found)
        for k in range(B):
            s, z = sigma[i + k], rng.standard_normal(u[i + k])
            is_far = min(u[i + k], 1 - u[i + k]) < rng.exp(-25.0)
            assert bool(far >> k & 1) == is_far
            assert is_far or found[k] == 60_000.0 * rng.exp(s * z - 0.5 * s * s)


def test_work_times_and_rework_are_the_scalar_ones(year):
    hall, log = year.tables.hall, year.tables.new_log()
    draw_blocks.work_times(
        np.uint64(SEED), 5, codes.EVERYTHING, hall.visit_ms, hall.visit_unit, hall.visit_station,
        hall.sigma, hall.rework_share, hall.rework_ms, log.work_ms, log.rework_ms,
    )  # fmt: skip
    reworked = 0
    for c, (unit, s) in enumerate(zip(hall.visit_unit.tolist(), hall.visit_station.tolist(), strict=True)):
        assert log.work_ms[c] == hall.visit_ms[c] * scatter_of(SEED, 5, unit, s, hall.sigma[s])
        again = 0
        if rng.uniform(SEED, Stream.REWORK, 5, unit, s) < hall.rework_share[s]:
            u = rng.uniform(SEED, Stream.REWORK_TIME, 5, unit, s)
            again = int(rng.exponential(u, hall.rework_ms[s]) + 0.5)
        assert log.rework_ms[c] == again
        reworked += again > 0
    assert reworked > 10


def test_failures_absences_and_hits_are_the_scalar_ones():
    up, repair, u = np.zeros(B), np.zeros(B), np.zeros(B)
    shares = np.linspace(0, 1, B)
    draw_blocks.failures(np.uint64(SEED), 3, 4, 16, 1e7, 1e6, up, repair, 0)
    draw_blocks.absences(np.uint64(SEED), 3, 4, 32, u, 0)
    hit = draw_blocks.hits(
        np.uint64(SEED), int(Stream.KIT_MISSING), 3, 48, np.concatenate([np.ones(48), shares])
    )
    for k in range(B):
        assert up[k] == rng.exponential(rng.uniform(SEED, Stream.BREAKDOWN, 3, 4, 16 + k), 1e7)
        assert repair[k] == rng.exponential(rng.uniform(SEED, Stream.REPAIR, 3, 4, 16 + k), 1e6)
        assert u[k] == rng.uniform(SEED, Stream.ABSENCE, 3, 4, 32 + k)
        assert bool(hit >> k & 1) == (rng.uniform(SEED, Stream.KIT_MISSING, 3, 48 + k, 0) < shares[k])


class PlainStation:
    """What happens to units at one station, one draw at a time."""

    def __init__(self, spec, s, present, replication):
        self.spec, self.s, self.present, self.replication = spec, s, present, replication
        self.number, self.up_ms = 0, inf
        if spec.down_share > 0:
            self.up_ms = spec.repair_min * 60_000 * (1 - spec.down_share) / spec.down_share
        self.to_failure = self.draw(Stream.BREAKDOWN, self.up_ms)

    def draw(self, stream, mean):
        return rng.exponential(rng.uniform(SEED, stream, self.replication, self.s, self.number), mean)

    def spent(self, mean, p, day):
        """Time of work, slowness and repairs of a unit that begins in a period and on a day."""
        supply = max(self.spec.supply[p], LEAST_SUPPLY)
        chances, ratios = presence(self.spec.heads[p], self.present)
        u = rng.uniform(SEED, Stream.ABSENCE, self.replication, self.s, day)
        there = next(ratio for chance, ratio in zip(chances, ratios, strict=True) if u <= chance)
        work = int(mean * max(1.0, 1 / (supply * there)) + 0.5)
        left, repairs = float(work), 0.0
        while left > self.to_failure:
            left -= self.to_failure
            repairs += self.draw(Stream.REPAIR, self.spec.repair_min * 60_000)
            self.number += 1
            self.to_failure = self.draw(Stream.BREAKDOWN, self.up_ms)
        self.to_failure -= left
        return work + int(repairs + 0.5)


@pytest.mark.parametrize("replication", range(4))
def test_a_line_spends_what_a_plain_telling_spends(year, replication):
    played = play(year.tables, SEED, [replication])
    hall, days, log = year.tables.hall, year.tables.days, played.log
    families, checked = year.tables.jobs.family, 0
    for line, spec in enumerate(year.scenario.lines):
        a, b = hall.unit_first[line : line + 2]
        n_stations, first = len(spec.stations), int(hall.base_first[line])
        work_at = log.period_work[line]
        for j, station in enumerate(spec.stations):
            s = int(hall.station_first[line]) + j
            plain = PlainStation(station, s, spec.present_share, replication)
            running = hall.first_family[line]
            for n, place in enumerate(log.order[a:b].tolist()):
                unit = int(hall.line_units[a + place])
                cell, mean = first + n * n_stations + j, float(hall.visit_ms[first + place * n_stations + j])
                setup = 0
                if spec.kind != "bay" and j == 0 and families[unit] != running:
                    running = families[unit]
                    setup = int(hall.setup_ms[running])
                spent = setup
                if mean > 0:
                    now = int(log.start[cell]) + setup
                    p = max(i for i in range(year.scenario.n_periods + 1) if work_at[i] <= now)
                    day = days.first_day[p] + (now - work_at[p]) // (days.regular_ms + log.overtime[line, p])
                    mean *= scatter_of(SEED, replication, unit, s, hall.sigma[s])
                    spent += plain.spent(mean, p, int(day)) + int(
                        log.rework_ms[first + place * n_stations + j]
                    )
                assert log.done[cell] - log.start[cell] == spent
                checked += 1
    assert checked > 500
