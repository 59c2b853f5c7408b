"""Pools and orders, made when something first needs them, and facts found by part."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from typing import Protocol, TypeVar

from knockdown.kitting.question import Order, Pool, Term


class PoolBook:
    """Numbers pools and orders as they are asked for.

    Examples
    --------
    >>> book = PoolBook()
    >>> book.of(("claim", 3), "claim C-3: P-1", 2), book.of(("claim", 3), "claim C-3: P-1", 2)
    (0, 0)
    >>> book.of(("claim", 4), "claim C-3: P-1", 1)
    1
    >>> [pool.pool_id for pool in book.pools()]
    ['claim C-3: P-1', 'claim C-3: P-1 (2)']
    """

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self._pools: list[Pool] = []
        self._named: dict[str, int] = {}
        self._order_places: dict[Order, int] = {}
        self._orders: list[Order] = []

    def of(self, key: Hashable, name: str, n_most: int) -> int:
        """The index of what `key` stands for."""
        if key not in self._places:
            again = self._named[name] = self._named.get(name, 0) + 1
            self._places[key] = len(self._pools)
            self._pools.append(Pool(name if again == 1 else f"{name} ({again})", n_most))
        return self._places[key]

    def order(self, name: str, term: str, cents: int) -> int | None:
        """The index of an order; None for one that costs nothing."""
        if not cents:
            return None
        order = Order(name, Term(term, cents))
        if order not in self._order_places:
            self._order_places[order] = len(self._orders)
            self._orders.append(order)
        return self._order_places[order]

    def order_cents(self, order: int | None) -> int:
        """What an order costs."""
        return 0 if order is None else self._orders[order].cost.cents

    def orders(self) -> tuple[Order, ...]:
        """All orders so far."""
        return tuple(self._orders)

    def n_most(self, pool: int) -> int:
        """How many there are of a pool."""
        return self._pools[pool].n_most

    def pools(self) -> tuple[Pool, ...]:
        """All pools so far."""
        return tuple(self._pools)


class OfPart(Protocol):
    """A fact about a part."""

    @property
    def part_id(self) -> str:
        """The part."""
        ...


Fact = TypeVar("Fact", bound=OfPart)


def by_part(facts: Iterable[Fact]) -> dict[str, list[tuple[int, Fact]]]:
    """Facts and their places, by part."""
    found: dict[str, list[tuple[int, Fact]]] = {}
    for ix, fact in enumerate(facts):
        found.setdefault(fact.part_id, []).append((ix, fact))
    return found


def iso(day: int) -> str:
    """A day in words.

    >>> iso(738000)
    '2021-07-29'
    """
    return date.fromordinal(day).isoformat()
