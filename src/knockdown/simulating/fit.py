"""Whether a plan belongs to a plant: a saved plan may be older than the plant folder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.paper import Paper


def strangers(plan: MasterPlan, plant: str, known: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Names in a plant's rows of a plan that nobody knows, as `variant X-9`, each once.

    Parameters
    ----------
    plan : MasterPlan
        The plan.
    plant : str
        The plant's id; rows of other plants are left out.
    known : mapping of str to collection of str
        Names known by column: variant, family, line, contract, crew, period.
    """
    tables = (plan.build, plan.lots, plan.people, plan.lines, plan.sales, plan.stock, plan.campaigns)
    rows = [row for table in tables for row in table if row.plant == plant]
    return tuple(dict.fromkeys(_unknown(rows, known)))


def _unknown(rows: Iterable[Paper], known: Mapping[str, Collection[str]]) -> Iterator[str]:
    for row in rows:
        for column, names in known.items():
            name = getattr(row, column, None)
            if name is not None and name not in names:
                yield f"{column} {name}"
