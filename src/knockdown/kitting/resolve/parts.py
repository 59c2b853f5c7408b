"""Splits the question into parts that share no pool that could run out, and no order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knockdown.kitting.resolve.lean import Lean, LeanUnit, Pick, Picks, orders_of, pools_of


@dataclass(frozen=True, slots=True)
class Part:
    """Units that share orders, and pools that could run out."""

    units: tuple[int, ...]
    pools: tuple[int, ...]
    orders: tuple[int, ...] = ()

    @property
    def n_units(self) -> int:
        """Units in it."""
        return len(self.units)


def split(question: Lean) -> list[Part]:
    """Parts that can be solved one by one; the small ones first.

    Examples
    --------
    >>> from knockdown.kitting.resolve.lean import LeanCourse, LeanNeed, LeanOption
    >>> def unit(pool):
    ...     return LeanUnit((LeanNeed(1, (LeanOption("wait", 5, 0, 0, (pool,)),)),), ())
    >>> split(Lean((unit(0), unit(1), unit(0)), (1, 1)))
    [Part(units=(1,), pools=(), orders=()), Part(units=(0, 2), pools=(0,), orders=())]
    """
    scarce = scarce_pools(question)
    pools = [sorted(pools_of(unit) & scarce) for unit in question.units]
    orders = [sorted(k for k in orders_of(unit) if question.orders[k]) for unit in question.units]
    home, first = list(range(len(question.units))), dict[tuple[str, int], int]()
    for ix in range(len(home)):
        for shared in (*(("pool", p) for p in pools[ix]), *(("order", k) for k in orders[ix])):
            _join(home, first.setdefault(shared, ix), ix)
    units: dict[int, list[int]] = {}
    for ix in range(len(home)):
        units.setdefault(_root(home, ix), []).append(ix)
    parts = [Part(tuple(own), _all(pools, own), _all(orders, own)) for own in units.values()]
    return sorted(parts, key=lambda part: (part.n_units, part.units))


def _all(used: Sequence[Sequence[int]], units: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({shared for ix in units for shared in used[ix]}))


def scarce_pools(question: Lean) -> set[int]:
    """Pools of which more could be asked for than there is; the others never matter."""
    asked = [0] * len(question.most)
    for unit in question.units:
        for pool in pools_of(unit):
            asked[pool] += _asks(unit, pool)
    return {pool for pool, most in enumerate(question.most) if asked[pool] > most}


def _asks(unit: LeanUnit, pool: int) -> int:
    """The most that a unit could use of a pool."""
    pieces = sum(need.n_parts for need in unit.needs if any(pool in option.pools for option in need.options))
    return pieces + any(pool in course.pools for course in unit.courses)


def _root(home: list[int], ix: int) -> int:
    while home[ix] != ix:
        home[ix] = home[home[ix]]
        ix = home[ix]
    return ix


def _join(home: list[int], one: int, other: int) -> None:
    one, other = _root(home, one), _root(home, other)
    home[max(one, other)] = min(one, other)


def alone(unit: LeanUnit) -> tuple[Pick, int] | None:
    """The best for a unit if no pool ran out and orders were paid; None when its parts never come in time.

    It is exact for a unit without scarce pools and orders, and for any unit no dearer than what is possible.
    """
    best: tuple[int, Pick] | None = None
    for ix, course in enumerate(unit.courses):
        cents, pieces = course.cents, []
        for need, limit in zip(unit.needs, course.limits, strict=True):
            costs = [(o.cents(need.n_parts), j) for j, o in enumerate(need.options) if o.day <= limit]
            if not costs:
                break
            least, chosen = min(costs)
            cents += least
            pieces.append(tuple(need.n_parts if j == chosen else 0 for j in range(len(need.options))))
        else:
            if best is None or cents < best[0]:
                best = cents, Pick(ix, tuple(pieces))
    return None if best is None else (best[1], best[0])


def in_part(part: Part, picks: Picks) -> Picks | None:
    """The picks of a part's units, when all of them have one."""
    if any(ix not in picks for ix in part.units):
        return None
    return {ix: picks[ix] for ix in part.units}
