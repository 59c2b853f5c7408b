"""Splits the question into parts that share no pool that could run out."""

from __future__ import annotations

from dataclasses import dataclass

from knockdown.kitting.resolve.lean import Lean, LeanUnit, Pick, Picks, pools_of


@dataclass(frozen=True, slots=True)
class Part:
    """Units that share pools, which could run out."""

    units: tuple[int, ...]
    pools: tuple[int, ...]

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
    [Part(units=(1,), pools=()), Part(units=(0, 2), pools=(0,))]
    """
    scarce = scarce_pools(question)
    users: dict[int, list[int]] = {pool: [] for pool in sorted(scarce)}
    home = list(range(len(question.units)))
    for ix, unit in enumerate(question.units):
        for pool in pools_of(unit) & scarce:
            users[pool].append(ix)
    for joined in users.values():
        for ix in joined[1:]:
            _join(home, joined[0], ix)
    units: dict[int, list[int]] = {}
    for ix in range(len(home)):
        units.setdefault(_root(home, ix), []).append(ix)
    pools: dict[int, list[int]] = {}
    for pool, joined in users.items():
        pools.setdefault(_root(home, joined[0]), []).append(pool)
    parts = [Part(tuple(own), tuple(pools.get(root, ()))) for root, own in units.items()]
    return sorted(parts, key=lambda part: (part.n_units, part.units))


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
    """The best for a unit if no pool ran out, and its cents; None when its parts never come in time.

    It is exact for a unit without scarce pools, and for any unit no dearer than what is possible.
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
