"""Measures `resolve` on a plant's shortages, against simple rules and against HiGHS on a plain program."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import highspy

from knockdown.kitting.question import ResolveQuestion
from knockdown.kitting.resolve.choices import question as pose
from knockdown.kitting.resolve.lean import Lean, lean
from knockdown.kitting.resolve.milp import INFINITY, Program
from knockdown.kitting.resolve.solve import PolicyCost, resolve
from knockdown.kitting.trials.resolve_cases import plant_facts

SECONDS_MOST = 10.0
GAP_MOST = 0.02


@dataclass(frozen=True, slots=True)
class ResolveRow:
    """One plant's shortages resolved: money in cents, gaps as fractions, seconds of wall time.

    `pose_seconds` is spent on options and courses, `seconds` on the answer with its runner-ups,
    `bare_seconds` on the same answer without. The peer has the same seconds for the same question, whole and
    plainly written; no cents when it found nothing.
    """

    seed: int
    n_units: int
    n_shortages: int
    n_options: int
    n_courses: int
    n_runner_ups: int
    pose_seconds: float
    seconds: float
    bare_seconds: float
    cents: int
    gap: float
    policies: tuple[PolicyCost, ...]
    peer_cents: int | None
    peer_gap: float
    peer_seconds: float

    @property
    def ok(self) -> bool:
        """Whether what is promised was kept: time, gap, and no rule cheaper."""
        known = [policy.cents for policy in self.policies if policy.cents is not None]
        quick = self.pose_seconds + self.seconds <= SECONDS_MOST
        return quick and self.gap <= GAP_MOST and all(cents >= self.cents for cents in known)


def rows(
    seeds: Iterable[int] = (1, 2, 3),
    seconds: float = SECONDS_MOST - 0.5,
    n_shortages: int = 300,
    n_units: int = 200,
    peer: bool = True,
) -> list[ResolveRow]:
    """Resolve a plant's shortages for each seed.

    Examples
    --------
    >>> (row,) = rows(seeds=(1,), n_shortages=6, n_units=4)
    >>> row.ok, row.peer_cents == row.cents
    (True, True)
    """
    return [_row(seed, seconds, n_shortages, n_units, peer) for seed in seeds]


def _row(seed: int, seconds: float, n_shortages: int, n_units: int, peer: bool) -> ResolveRow:
    facts = plant_facts(seed, n_shortages, n_units)
    started = time.monotonic()
    asked = pose(facts)
    posed = time.monotonic() - started
    answer = resolve(asked, max(1.0, seconds - posed))
    bare = resolve(asked, max(1.0, seconds - posed), runner_ups=0)
    assert answer.objective is not None
    assert answer.gap is not None
    peer_cents, peer_gap, peer_seconds = plain(asked, seconds) if peer else (None, INFINITY, 0.0)
    shortages = [shortage for unit in asked.units for shortage in unit.shortages]
    return ResolveRow(
        seed=seed,
        n_units=len(asked.units),
        n_shortages=len(shortages),
        n_options=sum(len(shortage.options) for shortage in shortages),
        n_courses=sum(len(unit.courses) for unit in asked.units),
        n_runner_ups=len(answer.runner_ups),
        pose_seconds=posed,
        seconds=answer.seconds,
        bare_seconds=bare.seconds,
        cents=answer.objective,
        gap=answer.gap,
        policies=answer.policies,
        peer_cents=peer_cents,
        peer_gap=peer_gap,
        peer_seconds=peer_seconds,
    )


def plain(question: ResolveQuestion, seconds: float) -> tuple[int | None, float, float]:
    """Cents, gap and seconds of HiGHS on the whole question, written down as one would at first."""
    started = time.monotonic()
    solver = _plain_program(lean(question)).to_highs()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("time_limit", seconds)
    solver.run()
    took, info = time.monotonic() - started, solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, INFINITY, took
    cents = info.objective_function_value
    return round(cents), abs(cents - info.mip_dual_bound) / max(1e-9, abs(cents)), took


def _plain_program(question: Lean) -> Program:
    """Each late option against each early course, a switch for each fixed cost and order, all pools."""
    program = Program()
    pools: list[list[tuple[int, float]]] = [[] for _ in question.most]
    orders = [program.column(cents, 1.0) for cents in question.orders]
    for unit in question.units:
        courses = [program.column(course.cents, 1.0) for course in unit.courses]
        program.row([(y, 1.0) for y in courses], 1.0, 1.0)
        _draw(pools, ((course.pools, y) for course, y in zip(unit.courses, courses, strict=True)))
        for s, need in enumerate(unit.needs):
            n = float(need.n_parts)
            pieces = [program.column(option.piece, n) for option in need.options]
            program.row([(x, 1.0) for x in pieces], n, n)
            _draw(pools, ((option.pools, x) for option, x in zip(need.options, pieces, strict=True)))
            for option, x in zip(need.options, pieces, strict=True):
                if option.order is not None:
                    program.row([(x, 1.0), (orders[option.order], -n)], -INFINITY, 0.0)
                if option.fixed:
                    program.row([(x, 1.0), (program.column(option.fixed, 1.0), -n)], -INFINITY, 0.0)
                for course, y in zip(unit.courses, courses, strict=True):
                    if option.day > course.limits[s]:
                        program.row([(x, 1.0), (y, n)], -INFINITY, n)
    for columns, most in zip(pools, question.most, strict=True):
        program.row(columns, -INFINITY, most)
    return program


def _draw(pools: list[list[tuple[int, float]]], users: Iterable[tuple[tuple[int, ...], int]]) -> None:
    for drawn, column in users:
        for pool in drawn:
            pools[pool].append((column, 1.0))
