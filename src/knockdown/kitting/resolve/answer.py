"""What is answered about missing parts: a course for every unit, a source for every part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from knockdown.kitting.question import CourseKind, OptionKind, Term

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, slots=True)
class Take:
    """Pieces taken from one option of a shortage.

    `cents` is their cost, with the fixed cost, and with `order_cents`: their share of the order that they
    come with, which all takes of that order bear alike.
    """

    option_ix: int
    kind: OptionKind
    label: str
    day: int
    n_parts: int
    cents: int
    order_cents: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """Where the pieces of a missing part come from."""

    part_id: str
    takes: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """What to do with a unit that is short: its course, its parts, and what all of it costs by name."""

    unit_id: str
    course_ix: int
    kind: CourseKind
    label: str
    start_day: int
    finish_day: int
    parts: tuple[PartAnswer, ...]
    terms: tuple[Term, ...]
    cents: int


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The next best thing to do with a unit, and how many cents more everything then costs together.

    `instead` bears the orders of its pieces by itself; `more_cents` knows who else pays for them.
    `change` says what was forced: another kind of course, or pieces from another option (then `shortage_ix`
    and `option_ix` say which). `at_most` marks a price found with most other units held, or not proved in
    the time: the true one may be lower. `n_others` counts the other units that then do something else too,
    `n_alike` the ways of the same sort at the same price that are not told one by one.
    """

    unit_id: str
    change: str
    instead: UnitAnswer
    more_cents: int
    at_most: bool
    n_others: int
    n_alike: int = 0
    shortage_ix: int | None = None
    option_ix: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """An order that is made: in the objective once, and shared out over what the units take with it."""

    order_ix: int
    label: str
    cents: int
    n_units: int


@dataclass(frozen=True, slots=True)
class PolicyCost:
    """What one simple rule for all units costs; None when it leads nowhere, and `why`."""

    name: str
    cents: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Unmet:
    """Pieces that cannot be had (`part_id` None: a unit for which no course is left), and why."""

    unit_id: str
    part_id: str | None
    n_parts: int
    why: str


@dataclass(frozen=True, slots=True)
class ResolveAnswer:
    """The cheapest way found to resolve all shortages, and how far from the best it can be.

    Money is cents. `gap` is abs(objective - bound) / max(1e-9, abs(objective)). Status `optimal` (the gap
    asked for is proved), `feasible`, `infeasible` (then `unmet` names what cannot be had) or `unknown`
    (nothing found in the time). `work` counts the solver's checks: asked for as `work`, it gives the same
    answer to the bit.
    """

    status: Status
    objective: int | None
    bound: int | None
    gap: float | None
    seconds: float
    work: int
    units: tuple[UnitAnswer, ...] = ()
    orders: tuple[OrderAnswer, ...] = ()
    terms: tuple[Term, ...] = ()
    policies: tuple[PolicyCost, ...] = ()
    runner_ups: tuple[RunnerUp, ...] = ()
    unmet: tuple[Unmet, ...] = ()
