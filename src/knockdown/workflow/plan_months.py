"""From a plant's name to its master plan."""

from __future__ import annotations

from collections.abc import Callable

from knockdown.documents.master_plan import MasterPlan
from knockdown.workflow.kit_supply import kitted
from knockdown.workflow.orders_book import OrdersLike, read_orders
from knockdown.workflow.prepare import PlantLike, plan_options, plant_of

PlanProgress = Callable[[str, float, float, str], None]


def plan(
    plant: PlantLike,
    *,
    start: str | None = None,
    months: int | None = None,
    by: str = "month",
    seconds: float = 30.0,
    gap: float = 0.005,
    work: int | None = None,
    seed: int = 1,
    limits: int = 5,
    orders: OrdersLike = None,
    progress: PlanProgress | None = None,
) -> MasterPlan:
    """Say what to order, build, staff and sell, and what limits it.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        A built-in plant's name, a folder, or what `load` gave.
    start : str, optional
        First month, as `2026-01`; by default the plant's own.
    months : int, optional
        How many, 1 to 60; by default the plant's own.
    by : {"month", "week"}
        Length of a period.
    seconds : float
        Time allowed.
    gap : float
        Stop when the plan is proven within this fraction of the best.
    work : int, optional
        Stop after this many solver checks instead; the same number gives the same plan to the bit.
    seed : int
        The solver's seed.
    limits : int
        How many limits to verify by solving again.
    orders : path or sequence of paths, optional
        Workbooks or CSV files in which quantities were fixed, see docs/planning.md; the plan keeps them.
    progress : callable, optional
        Called with stage, seconds used, seconds allowed, and a remark.

    Returns
    -------
    MasterPlan
        Status `infeasible` is an answer too; `conflict` says what cannot hold together.

    Raises
    ------
    BadInput
        With every fault of the description, the options or the orders book.

    Examples
    --------
    >>> paper = plan("nakhchivan", months=2, seconds=5, limits=0)
    >>> paper.periods
    ('2026-01', '2026-02')
    >>> round(sum(paper.terms.values()) - paper.objective)
    0
    """
    from knockdown.planning.solve import plan as solve

    options = plan_options(start, months, by, seconds, gap, work, seed, limits)
    found = kitted(plant_of(plant), options)
    return solve(found, options, progress, read_orders(orders, found, options))
