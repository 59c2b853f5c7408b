"""Faults and loads the ledger is put to: how much was lost in how many, and how fast it is.

Counts, seeds and clocks are passed in, so that tests run few, `script/test --long` and
`knockdown bench ledger` many, and every failure can be had again from its seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from knockdown.ledger.trials.bench import BenchReport


def table(long: bool, tell: Callable[[str], None]) -> BenchReport:
    """Run every trial and every load; see `knockdown.ledger.trials.bench`.

    Parameters
    ----------
    long : bool
        Whether to run the long counts (an hour or two) or the short ones (some minutes).
    tell : callable
        Is told, in words, what is being run and how it ended.
    """
    from knockdown.ledger.trials import bench  # the writing process of the kill trial must start quickly

    return bench.table(long, tell)
