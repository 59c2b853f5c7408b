"""The two questions of the room, frozen: which units can be finished, and what to do about a shortage.

Days are whole numbers (`date.toordinal`), pieces are whole numbers, money is cents of the
reporting currency. Nothing here knows the plant, the ledger or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SupplyKind = Literal["on_hand", "unopened", "bonded", "customs", "transit", "ordered", "claim", "payback"]
UnitStage = Literal["planned", "released", "in_work", "off_line"]


# Clear to build: which units can be finished, and when


@dataclass(frozen=True, slots=True)
class Need:
    """Pieces of a part that a unit still has to get, and the first station that fits it."""

    part_id: str
    n_parts: int
    station_id: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a unit still needs; units of one variant and effectivity that are not begun share one."""

    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class OpenUnit:
    """A unit that is not finished. `worth_cents` is what it brings, `due_day` when it is promised."""

    unit_id: str
    kit_lot_id: str | None
    kit_no: int | None
    variant_id: str
    line_id: str
    stage: UnitStage
    recipe_ix: int
    worth_cents: int
    due_day: int | None


@dataclass(frozen=True, slots=True)
class Supply:
    """Pieces of a part that can be used from a day on.

    `kit_lot_id` says whose they are: units of that lot alone may use them; None marks loose and
    common parts, for any unit. `ref` names the case, claim, declaration or order behind them.
    """

    part_id: str
    n_parts: int
    kit_lot_id: str | None
    day: int
    kind: SupplyKind
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class ReadyQuestion:
    """Which of these units can be finished with what is there on `at_day`, and the others when?"""

    at_day: int
    units: tuple[OpenUnit, ...]
    recipes: tuple[Recipe, ...]
    supplies: tuple[Supply, ...]


# Missing part: what to do


OptionKind = Literal["wait", "borrow", "local", "reorder"]
CourseKind = Literal["as_planned", "short", "wait", "resequence"]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a cost, by name, so that every answer can show what it is made of."""

    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Something of which there is only so much: pieces of a claim, a donor's pieces, a slot on a line."""

    pool_id: str
    n_most: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is paid once, however many units' pieces come with it: an extra shipment, an order in town."""

    order_id: str
    cost: Term


@dataclass(frozen=True, slots=True)
class Option:
    """A way to get pieces of a missing part: at hand from `day`, at a cost a piece and a cost if used at all.

    Each piece taken uses one of every pool in `pools` (indices). Pieces that come with an `order` (an index)
    need it paid. `note` is what to mind about it.
    """

    kind: OptionKind
    label: str
    day: int
    piece: tuple[Term, ...]
    fixed: tuple[Term, ...]
    pools: tuple[int, ...]
    order: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A way to build a unit that is short: when it starts and is finished, what that costs.

    `limits` has a day for each shortage of the unit, in order: the last day on which its pieces may
    come if this course is taken. Taking the course uses one of every pool in `pools`.
    """

    kind: CourseKind
    label: str
    start_day: int
    finish_day: int
    cost: tuple[Term, ...]
    limits: tuple[int, ...]
    pools: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """Pieces of a part that a unit lacks; all must come, from one option or several."""

    part_id: str
    n_parts: int
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ShortUnit:
    """A unit that lacks parts: take one course, and for each shortage pieces that come in time for it."""

    unit_id: str
    shortages: tuple[Shortage, ...]
    courses: tuple[Course, ...]


@dataclass(frozen=True, slots=True)
class ResolveQuestion:
    """All shortages at once: the cheapest courses, options and orders that keep within every pool."""

    units: tuple[ShortUnit, ...]
    pools: tuple[Pool, ...]
    orders: tuple[Order, ...] = ()
