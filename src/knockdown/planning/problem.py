"""Cuts the planner's question from a plant description. In this room only the `problem*.py` files read it.

`problem_view.py` sees the plant through the periods; `problem_hall.py`, `problem_supply.py` and
`problem_market.py` each cut a part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from knockdown.basics.periods import Period
from knockdown.planning.problem_hall import Hall
from knockdown.planning.problem_market import Market, shared_caps
from knockdown.planning.problem_supply import CLOSED, Supply
from knockdown.planning.problem_view import View
from knockdown.planning.question import NetworkProblem, PlanProblem
from knockdown.plant.fields import Row
from knockdown.plant.market import Demand
from knockdown.plant.plant import Network, Plant
from knockdown.plant.sources import rests_on_assumption
from knockdown.plant.supply import Contract

Dated = TypeVar("Dated", Demand, Contract)
Subject = Plant | Network
"""What can be planned."""


def from_plant(plant: Subject, periods: tuple[Period, ...]) -> NetworkProblem:
    """The question a plant, or a network, asks over some periods.

    A single plant is a network of one.
    """
    name, currency = plant.file.name, plant.file.currency
    if isinstance(plant, Plant):
        return NetworkProblem(
            plant.id, name, currency, periods, (_Cut(plant, periods).problem(),), (1.0,), ()
        )
    cuts = [_Cut(member, periods) for member in plant.members.values()]
    return NetworkProblem(
        plant.id,
        name,
        currency,
        periods,
        tuple(cut.problem() for cut in cuts),
        tuple(1.0 / cut.view.rates(currency)[0] for cut in cuts),
        tuple(shared_caps(plant, periods)),
    )


def default_span(plant: Subject) -> tuple[str, int]:
    """The plant's own first month and number of months."""
    return plant.file.planning.start, plant.file.planning.months


class _Cut:
    """One plant's part of the question."""

    def __init__(self, plant: Plant, periods: tuple[Period, ...]) -> None:
        self.plant = plant
        self.periods = periods
        self.view = View(plant, periods)
        self.supply = Supply(self.view)

    def problem(self) -> PlanProblem:
        """The part, put together."""
        hall, market = Hall(self.view, self.supply), Market(self.view)
        numbers, assumed = self._count_numbers()
        return PlanProblem(
            plant=self.plant.id,
            name=self.plant.file.name,
            country=self.plant.file.country,
            currency=self.plant.file.currency,
            periods=self.periods,
            variants=hall.variants(),
            families=hall.families(),
            lot_lines=tuple(self.supply.lot_lines()),
            opening_lots=tuple(self.supply.opening_lots()),
            contract_years=tuple(self.supply.contract_years()),
            lines=hall.lines(),
            crews=hall.crews(),
            demands=market.demands(),
            quotas=tuple(market.quotas()),
            money=market.money(),
            kit_places=self.plant.file.storage.kit_places,
            finished_places=self.plant.file.storage.finished_places,
            reserve_share=self.plant.file.planning.reserve_share,
            notes=tuple(self._notes()),
            numbers=numbers,
            assumed_numbers=assumed,
            facility=hall.facility(),
        )

    # What a reader should know

    def _notes(self) -> Iterable[str]:
        for contract in self.plant.contracts.values():
            if self.view.inside(contract.date_from, contract.date_to):
                for route in (contract.supply_route, contract.payment_route):
                    yield from self._route_notes(contract, route)
        if not self.supply.opening_rows() and not any(self.view.opens(s.as_of) for s in self.plant.stock):
            yield (
                f"{self.plant.file.name}: no opening stock is described for {self.periods[0].name}; "
                "the plan starts with empty stores."
            )

    def _route_notes(self, contract: Contract, route: str) -> Iterable[str]:
        seen = {}
        for row in self.plant.routes:
            if row.route == route and any(
                row.date_from <= p.first and self.supply.route_status(route, p.first) == row.status != "open"
                for p in self.periods
            ):
                seen[row.status] = row
        for status, row in seen.items():
            effect = "nothing is ordered through it" if status in CLOSED else "orders go through it"
            yield (
                f"Contract {contract.name}: {row.kind} route {row.name} is {status} since {row.date_from}; "
                f"{effect}."
            )

    def _count_numbers(self) -> tuple[int, int]:
        """Numbers the question rests on, and how many of them are assumed."""
        cells = [
            rests_on_assumption(row.source, name)
            for row in self._rows()
            for name, value in row
            if _is_number(value)
        ]
        return len(cells), sum(cells)

    def _rows(self) -> Iterable[Row]:
        plant, contracts = self.plant, self._live(self.plant.contracts.values())
        tables = (
            plant.families, plant.variants, plant.stations, plant.work_elements, plant.crews, plant.channels,
            plant.seasons, plant.costs,
        )  # fmt: skip
        for table in tables:
            yield from table.values()
        yield from plant.rates
        yield from self.supply.opening_rows()
        yield from (s for s in plant.stock if self.view.opens(s.as_of))
        yield from self._live(plant.demand.values())
        yield from contracts
        live = {contract.id for contract in contracts}
        yield from (line for line in plant.contract_lines if line.contract in live)
        yield from (plant.file.storage, plant.file.finance, plant.file.planning)

    def _live(self, rows: Iterable[Dated]) -> list[Dated]:
        first, last = self.periods[0].first, self.periods[-1].last
        return [row for row in rows if row.date_from <= last and first <= row.date_to]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
