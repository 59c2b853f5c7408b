"""From units a month to units in a row: campaigns, mixes within them, kits by name, learning."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from knockdown.basics.periods import Period, printed_span

MONTH_DAYS = 365.25 / 12


def plan_period(name: str) -> Period:
    """Period of a plan by its name.

    >>> plan_period("2026-W01").last
    datetime.date(2026, 1, 4)
    """
    if "W" in name:
        year, _, week = name.partition("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
        return Period(name, first, first + timedelta(days=6))
    return Period(name, *printed_span(name))


def interleave(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Variants of a campaign spread evenly, each in proportion.

    The i-th of n units stands at (i + 1/2) / n of the campaign; ties keep the order given.

    Parameters
    ----------
    counts : mapping of str to int
        Units of each variant.

    Returns
    -------
    tuple of str
        A variant for each place in the campaign.

    Examples
    --------
    >>> interleave({"a": 3, "b": 1})
    ('a', 'a', 'b', 'a')

    Source: the earliest-ideal-position rule for level schedules; Inman and Bulfin, Management Science
    37 (1991) 901-904.
    """
    places = [
        ((2 * i + 1) / (2 * n), rank, variant)
        for rank, (variant, n) in enumerate(counts.items())
        for i in range(n)
    ]
    return tuple(variant for _, _, variant in sorted(places))


def family_order(families: Sequence[str], running: str | None, carried_on: Iterable[str]) -> tuple[str, ...]:
    """Order of a period's campaigns on a line.

    Parameters
    ----------
    families : sequence of str
        Families built in the period, in the plan's order.
    running : str or None
        Family the line built last.
    carried_on : iterable of str
        Families that the plan carries on into the next period without a new start.

    Returns
    -------
    tuple of str
        The running family first, a family to be carried on last, the others between as given.

    Examples
    --------
    >>> family_order(["bus", "truck", "tractor"], "truck", ["bus"])
    ('truck', 'tractor', 'bus')
    """
    ahead = [f for f in families if f == running]
    rest = [f for f in families if f != running]
    last = [f for f in rest if f in set(carried_on)][-1:]
    return tuple(ahead + [f for f in rest if f not in last] + last)


@dataclass
class Learning:
    """How far a family's people are from the written hours, unit after unit.

    The k-th unit after a gap takes 1 + lost * ((k / experienced) ** slope - 1) of the written hours, with
    slope = log2(rate), until k reaches `experienced`: Wright's curve, the share `lost` of it forgotten.
    A month without building forgets `forgetting` of what is known. A new family has lost = 1.

    Examples
    --------
    >>> new = Learning(rate=0.5, experienced=4, forgetting=0.25, lost=1.0)
    >>> [round(new.next_unit(), 2) for _ in range(5)]
    [4.0, 2.0, 1.33, 1.0, 1.0]
    >>> new.rest(months=1.0)
    >>> round(new.next_unit(), 2)
    1.75

    Source: Wright, Journal of the Aeronautical Sciences 3 (1936) 122-128; the form with a forgotten share is
    that of the planner's relearning hours (docs/planning.md).
    """

    rate: float
    experienced: int
    forgetting: float
    lost: float
    units: int = 0

    def _excess(self, unit: int) -> float:
        if self.rate >= 1 or self.rate <= 0 or unit >= self.experienced:
            return 0.0
        return float((unit / self.experienced) ** math.log2(self.rate)) - 1.0

    def next_unit(self) -> float:
        """Hours of the next unit over the written hours."""
        self.units += 1
        return 1.0 + self.lost * self._excess(self.units)

    def rest(self, months: float) -> None:
        """So many months pass without building; what is known shrinks."""
        most = self._excess(1)
        if months <= 0 or most <= 0:
            return
        unlearned = self.lost * self._excess(max(1, self.units)) / most if self.lost else 0.0
        self.lost = 1.0 - (1.0 - unlearned) * (1.0 - self.forgetting) ** months
        self.units = 0


@dataclass(frozen=True)
class LotSupply:
    """Kits of one variant that can be used from a period on; `number` names the lot in the list of lots."""

    number: int
    kits: int
    arrives: float


def assign_lots(n_kits: int, supplies: Sequence[LotSupply]) -> list[int | None]:
    """First lot in, first kit used.

    Parameters
    ----------
    n_kits : int
        Kits of the variant that are taken, one after another.
    supplies : sequence of LotSupply
        Lots of the variant.

    Returns
    -------
    list of int or None
        Lot number of each kit taken; None when the lots hold no more.

    Examples
    --------
    >>> assign_lots(3, [LotSupply(7, 1, 31.0), LotSupply(3, 1, 0.0)])
    [3, 7, None]
    """
    queue = [lot.number for lot in sorted(supplies, key=lambda lot: lot.arrives) for _ in range(lot.kits)]
    return [queue[k] if k < len(queue) else None for k in range(n_kits)]
