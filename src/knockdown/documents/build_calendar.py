"""The build calendar: which unit enters and leaves its line on which day, as planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from knockdown.basics.ids import MAX_ID_CHARS, digest_id
from knockdown.documents.master_plan import LotOrder, MasterPlan
from knockdown.documents.paper import Document, Paper


def planned_lots(plan: MasterPlan, plant: str) -> Iterator[tuple[str, LotOrder]]:
    """Each lot that a plan orders for a plant, under a name until the partner's own is known.

    The name is contract, period, variant and a running number: `mtz2025.2026-03.b801c.1`.

    Parameters
    ----------
    plan : MasterPlan
        The plan.
    plant : str
        Id of the plant.

    Yields
    ------
    (str, LotOrder)
        Name and order; an order of three lots comes three times.
    """
    numbers: Counter[tuple[str, str, str]] = Counter()
    for row in plan.lots:
        for _ in range(row.lots if row.plant == plant else 0):
            what = row.contract, row.period, row.variant
            numbers[what] += 1
            name = ".".join((*what, str(numbers[what])))
            yield (name if len(name) <= MAX_ID_CHARS else digest_id("lot", *what, numbers[what])), row


class UnitDates(Paper):
    """One planned unit."""

    unit: str = Field(description="<variant>-<running number>")
    variant: str
    family: str
    line: str
    period: str = Field(description="period the plan builds it in")
    kit_lot: str = Field(
        description="lot of the kit: an opening lot's id, or <contract>.<period>.<variant>.<number>"
    )
    starts_on: str = Field(description="ISO date and time, plant time")
    leaves_on: str = Field(description="ISO date and time the finished unit leaves line or bay")


class BuildCalendar(Document):
    """`knockdown.build_calendar/1`: the plan played once, nothing going wrong."""

    schema_: Literal["knockdown.build_calendar/1"] = Field("knockdown.build_calendar/1", alias="schema")
    plant: str
    units: tuple[UnitDates, ...]
    late_units: int = Field(description="units that leave after the period the plan counts them in")
