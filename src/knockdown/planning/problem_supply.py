"""Supply: contract lines that may be ordered, lots on hand and on the way, contracts year by year."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from functools import cached_property

from knockdown.planning.problem_view import MONTH_DAYS, View
from knockdown.planning.question import ContractYear, LotLine, OpeningLot
from knockdown.plant.sources import rests_on_assumption
from knockdown.plant.supply import Contract, ContractLine, KitLot

CLOSED = ("sanctioned", "suspended")


def triangular_quantile(low: float, mode: float, high: float, share: float) -> float:
    """Value below which a share of a triangular distribution lies.

    >>> triangular_quantile(0.0, 5.0, 10.0, 0.5)
    5.0
    """
    if high <= low:
        return mode
    if share <= (mode - low) / (high - low):
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


class Supply:
    """What a plant may order and what is already on its way."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.plant = view.plant
        self._kit_values: dict[str, float] = {}

    @cached_property
    def covered(self) -> frozenset[str]:
        """Variants that some contract sells kits of."""
        return frozenset(self._lines_of)

    @cached_property
    def _lines_of(self) -> dict[str, list[ContractLine]]:
        lines: dict[str, list[ContractLine]] = {}
        for line in self.plant.contract_lines:
            lines.setdefault(line.variant, []).append(line)
        return lines

    def kit_value(self, variant: str) -> float:
        """What a kit costs at its cheapest in the plan, so that none is bought to be counted as stock.

        Contracts in force in some period count; without one, the contract nearest in time.
        """
        if variant not in self._kit_values:
            self._kit_values[variant] = self._cheapest(self._lines_of.get(variant, []))
        return self._kit_values[variant]

    def _cheapest(self, lines: list[ContractLine]) -> float:
        first, last = self.view.periods[0].first, self.view.periods[-1].last
        contracts = self.plant.contracts
        in_force = [
            k
            for k in lines
            if contracts[k.contract].date_from <= last and first <= contracts[k.contract].date_to
        ]
        nearest = sorted(lines, key=lambda k: abs((contracts[k.contract].date_from - first).days))[:1]
        prices = (
            k.kit_price * min(self.view.rates(contracts[k.contract].currency)) for k in in_force or nearest
        )
        return min(prices, default=0.0)

    def lot_lines(self) -> Iterable[LotLine]:
        """Contract lines that may be ordered in some period."""
        open_in = {c.id: self._may_order(c) for c in self.plant.contracts.values()}
        for line in self.plant.contract_lines:
            if any(open_in[line.contract]):
                yield self._lot_line(line, self.plant.contracts[line.contract], open_in[line.contract])

    def _lot_line(self, line: ContractLine, contract: Contract, may_order: tuple[bool, ...]) -> LotLine:
        return LotLine(
            contract=contract.id,
            partner=contract.partner,
            variant=line.variant,
            lot_size=line.lot_size,
            kit_price=self.view.in_reporting(line.kit_price, contract.currency),
            price_assumed=rests_on_assumption(line.source, "kit_price"),
            may_order=may_order,
            lead_periods=self._lead_periods(contract),
            prepaid_share=contract.prepaid_share,
            pay_periods=self.view.periods_in(contract.pay_days),
        )

    def _may_order(self, contract: Contract) -> tuple[bool, ...]:
        """Periods in which the contract runs and both its routes are open."""
        routes = (contract.supply_route, contract.payment_route)
        running = set(self.view.inside(contract.date_from, contract.date_to))
        return tuple(
            t in running and all(self.route_status(route, p.first) not in CLOSED for route in routes)
            for t, p in enumerate(self.view.periods)
        )

    def route_status(self, route: str, day: date) -> str:
        """Status of a route on a day."""
        for row in self.plant.routes:
            if row.route == route and row.date_from <= day and (row.date_to is None or day <= row.date_to):
                return row.status
        return "open"

    def _lead_periods(self, contract: Contract) -> int:
        quantile = self.plant.file.planning.lead_quantile
        days = triangular_quantile(
            contract.lead_low_days, contract.lead_days, contract.lead_high_days, quantile
        )
        return math.ceil(days / self.view.period_days)

    def opening_rows(self) -> list[KitLot]:
        """Kit lots that are there, or on their way, at the start."""
        lots = self.plant.kit_lots.values()
        return [lot for lot in lots if self.view.opens(lot.as_of) and lot.kits_left > 0]

    def opening_lots(self) -> Iterable[OpeningLot]:
        """Kits on hand or on the way at the start, with what is still to be paid for them."""
        for lot in self.opening_rows():
            contract = self.plant.contracts[lot.contract]
            here = lot.status == "cleared" or lot.expected_on is None
            arrives = 0 if here or lot.expected_on is None else self.view.index_of(lot.expected_on)
            value = self.kit_value(lot.variant) * lot.kits_left
            yield OpeningLot(
                lot.id,
                lot.variant,
                lot.kits_left,
                arrives,
                arrives + self.view.periods_in(contract.pay_days),
                value * lot.unpaid_share,
                value,
                rests_on_assumption(lot.source, "kits_left"),
            )

    def contract_years(self) -> Iterable[ContractYear]:
        """Every contract in every calendar year in which it runs."""
        for contract in self.plant.contracts.values():
            running = set(self.view.inside(contract.date_from, contract.date_to))
            for year, inside in self.view.years.items():
                active = tuple(t for t in inside if t in running)
                if active:
                    yield self._contract_year(contract, year, active)

    def _contract_year(self, contract: Contract, year: int, active: tuple[int, ...]) -> ContractYear:
        share = min(1.0, sum(self.view.periods[t].days for t in active) / 365)
        return ContractYear(
            contract.id,
            contract.name,
            year,
            active,
            math.floor(contract.kits_min_year * share) if contract.kind == "signed" else 0,
            contract.kits_max_year,
            math.ceil(contract.lots_max_month * self.view.period_days / MONTH_DAYS),
            contract.shortfall_penalty * self.view.rates(contract.currency)[active[-1]],
            rests_on_assumption(contract.source, "shortfall_penalty"),
        )
