"""How many people stand where: the plan's crews spread over lines, and over the stations of a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


def pools(skills_of: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Crews that share a skill, directly or through others, stand in for one another: a pool.

    Parameters
    ----------
    skills_of : mapping of str to iterable of str
        Skills of each crew.

    Returns
    -------
    dict of str to int
        Pool number of each skill.

    Examples
    --------
    >>> pools({"a": ["weld", "fit"], "b": ["fit", "test"], "c": ["paint"]})
    {'weld': 0, 'fit': 0, 'test': 0, 'paint': 1}
    """
    pool: dict[str, int] = {}
    for number, skills in enumerate(skills_of.values()):
        names = list(skills)
        joined = {pool[s] for s in names if s in pool} | {number}
        for skill, old in pool.items():
            pool[skill] = number if old in joined else old
        pool.update((s, number) for s in names)
    numbers = {old: new for new, old in enumerate(dict.fromkeys(pool.values()))}
    return {skill: numbers[old] for skill, old in pool.items()}


def spread_people(persons: float, content_min: Sequence[float], wanted: Sequence[float]) -> tuple[float, ...]:
    """Spread persons over the stations of a line so that its slowest station is as fast as can be.

    With fewer persons than the stations want, people go where the work is: every station takes the same
    time T per unit, except those that are slower than T even fully staffed. T solves
    sum(content / max(content / wanted, T)) = persons.

    Parameters
    ----------
    persons : float
        Persons working at full rate, more than 0.
    content_min : sequence of float
        Person-minutes of a mean unit at each station.
    wanted : sequence of float
        Persons at each station when fully staffed, over all its places.

    Returns
    -------
    tuple of float
        Supply over want of each station: below 1 too few, above 1 people to spare.

    Examples
    --------
    >>> spread_people(3.0, [60.0, 30.0], [2.0, 2.0])
    (1.0, 0.5)
    >>> spread_people(8.0, [60.0, 30.0], [2.0, 2.0])
    (2.0, 2.0)
    """
    busy = [(h, w) for h, w in zip(content_min, wanted, strict=True) if h > 0]
    full = sum(w for _, w in busy)
    if not busy or persons >= full:
        return tuple(persons / full if busy else 1.0 for _ in wanted)
    takt = _common_takt(persons, busy)
    return tuple(min(1.0, h / w / takt) if h > 0 else 1.0 for h, w in zip(content_min, wanted, strict=True))


def _common_takt(persons: float, busy: Sequence[tuple[float, float]]) -> float:
    """T of `spread_people`: stations from the slowest on are fully staffed until the rest can keep up."""
    by_pace = sorted(busy, key=lambda pair: pair[0] / pair[1], reverse=True)
    left, content = persons, sum(h for h, _ in by_pace)
    for h, w in by_pace:
        takt = content / left
        if h / w <= takt:
            return takt
        left -= w
        content -= h
    return by_pace[-1][0] / by_pace[-1][1]


def carried_over(
    rows: Sequence[tuple[float, ...] | None], otherwise: tuple[float, ...]
) -> list[tuple[float, ...]]:
    """Fill gaps with the row before; those at the start with the first row there is.

    >>> carried_over([None, (1.0,), None], (0.0,))
    [(1.0,), (1.0,), (1.0,)]
    """
    known = next((row for row in rows if row is not None), otherwise)
    filled = []
    for row in rows:
        known = known if row is None else row
        filled.append(known)
    return filled


def heads(rate: float, wanted: float, effective_share: float) -> int:
    """People enrolled at a station so that on average `rate * wanted` of them work at full rate.

    Parameters
    ----------
    rate : float
        Supply over want.
    wanted : float
        Persons the station wants.
    effective_share : float
        Work-element hours over hours enrolled: presence times useful share.

    Returns
    -------
    int
        1 or more.

    Examples
    --------
    >>> heads(1.0, 4.0, 0.8)
    5
    """
    return max(1, round(rate * wanted / max(effective_share, 1e-9)))


def presence(heads: int, present: float) -> tuple[list[float], list[float]]:
    """People present at a station on a day, over their mean: a binomial distribution.

    Parameters
    ----------
    heads : int
        People enrolled, 1 or more.
    present : float
        Mean share of them present, above 0.

    Returns
    -------
    tuple of 2 lists
        For 0, 1, ... people absent the chance that no more are, the last one 1, and those present over
        heads * present; half the people enrolled are always found.

    Examples
    --------
    >>> presence(2, 0.5)
    ([0.25, 0.75, 1.0], [2.0, 1.0, 1.0])
    """
    chance = 1.0
    for _ in range(heads):
        chance *= present
    total, chances = chance, []
    for absent in range(heads):
        chances.append(total)
        chance *= (heads - absent) * (1.0 - present) / ((absent + 1) * present)
        total += chance
    chances.append(1.0)
    return chances, [max(heads - absent, 0.5 * heads) / (heads * present) for absent in range(heads + 1)]


@dataclass(frozen=True)
class PoolHours:
    """Hours a crew brings into its pool in a period, as the plan counts them: after absence, useful only."""

    pool: int
    period: int
    available_h: float
    overtime_h: float


class Crewing:
    """The plan's people on each line in each period.

    A pool's people are shared between lines in proportion to the hours planned there, so that every line it
    serves is equally tight.

    Parameters
    ----------
    work_h : mapping of (line, period, pool) to float
        Person-hours planned.
    people : sequence of PoolHours
        What the crews bring.
    regular_h : sequence of float
        Regular hours of the hall in each period.

    Examples
    --------
    >>> crews = Crewing({("a", 0, 0): 30.0, ("b", 0, 0): 10.0}, [PoolHours(0, 0, 80.0, 8.0)], [10.0])
    >>> crews.persons("a", 0), crews.overtime_share("a", 0)
    (6.0, 0.1)
    """

    def __init__(
        self,
        work_h: Mapping[tuple[str, int, int], float],
        people: Sequence[PoolHours],
        regular_h: Sequence[float],
    ) -> None:
        self.work_h, self.people, self.regular_h = work_h, people, regular_h

    def persons(self, line: str, period: int) -> float | None:
        """Persons at full rate, absence and useless time taken off; None when the plan counts no people."""
        found = 0.0
        for pool, share in self._shares(line, period):
            rows = [row for row in self.people if (row.pool, row.period) == (pool, period)]
            if not rows or self.regular_h[period] <= 0:
                return None
            found += share * sum(row.available_h for row in rows) / self.regular_h[period]
        return found

    def overtime_share(self, line: str, period: int) -> float:
        """Overtime hours of the line's people over their regular hours."""
        regular = extra = 0.0
        for pool, share in self._shares(line, period):
            for row in self.people:
                if (row.pool, row.period) == (pool, period):
                    regular += share * row.available_h
                    extra += share * row.overtime_h
        return extra / regular if regular > 0 else 0.0

    def _shares(self, line: str, period: int) -> list[tuple[int, float]]:
        """Pools with work on the line, and the share of each pool's hours that is planned there."""
        totals: dict[int, float] = {}
        for (_, p, pool), hours in self.work_h.items():
            if p == period:
                totals[pool] = totals.get(pool, 0.0) + hours
        return [
            (pool, hours / totals[pool])
            for (name, p, pool), hours in self.work_h.items()
            if name == line and p == period and hours > 0
        ]
