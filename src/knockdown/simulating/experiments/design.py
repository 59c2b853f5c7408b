"""Which points of a design space to simulate: all of a grid, or a seeded Latin hypercube."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product

from knockdown.basics.rng import Stream, uniform

Levels = Sequence[int]
"""How many values each axis has."""
Point = tuple[int, ...]
"""For each axis, which of its values."""


def size_of(levels: Levels) -> int:
    """Points of the whole grid.

    >>> size_of([6, 8])
    48
    """
    return math.prod(levels)


def grid(levels: Levels) -> Iterator[Point]:
    """Every point; the last axis changes fastest.

    >>> list(grid([2, 2]))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return product(*(range(n) for n in levels))


def latin_hypercube(levels: Levels, n_points: int, seed: int) -> list[Point]:
    """Points that meet the values of every axis as evenly as can be, in random company.

    Parameters
    ----------
    levels : sequence of int
        Values of each axis.
    n_points : int
        How many to draw, 1 or more.
    seed : int
        0 <= seed < 2**64.

    Returns
    -------
    list of Point
        In the grid's order; a point that was drawn twice stands once.

    Examples
    --------
    >>> points = latin_hypercube([4, 4], 4, seed=1)
    >>> [sorted(values) for values in zip(*points)]
    [[0, 1, 2, 3], [0, 1, 2, 3]]

    Source: McKay, Beckman, Conover, Technometrics 21 (1979) 239-245.
    """
    columns = [_column(seed, axis, n, n_points) for axis, n in enumerate(levels)]
    return sorted(set(zip(*columns, strict=True)))


def _column(seed: int, axis: int, n_levels: int, n_points: int) -> list[int]:
    """A level for each point: one from each of `n_points` equal parts of the axis, shuffled."""
    keys = [uniform(seed, Stream.SEARCH, axis, i, 0) for i in range(n_points)]
    parts = sorted(range(n_points), key=lambda i: (keys[i], i))
    inside = [uniform(seed, Stream.SEARCH, axis, i, 1) for i in range(n_points)]
    places = [(part + share) / n_points for part, share in zip(parts, inside, strict=True)]
    return [min(n_levels - 1, int(place * n_levels)) for place in places]
