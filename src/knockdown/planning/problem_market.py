"""Market and money: demand in whole units, approvals, quotas, caps that plants share, credit and costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache, cached_property

from knockdown.basics.periods import Period, month_days
from knockdown.planning.problem_view import View
from knockdown.planning.question import DemandSpec, Money, QuotaSpec, Series, SharedCap
from knockdown.plant.market import Approval, Demand
from knockdown.plant.plant import Network
from knockdown.plant.sources import rests_on_assumption

LEVEL = (1.0,) * 12
"""A season of twelve like months."""


class Market:
    """What could be sold, where, and with what money."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.plant = view.plant
        self._may_sell: dict[tuple[str, str], tuple[bool, ...]] = {}

    def demands(self) -> dict[str, DemandSpec]:
        """Demand rows that ask for something within the plan."""
        asked = ((row, self._units(row)) for row in self.plant.demand.values())
        return {row.id: self._demand(row, units) for row, units in asked if sum(units) > 0}

    def _demand(self, row: Demand, units: tuple[int, ...]) -> DemandSpec:
        channel = self.plant.channels[row.channel]
        market = self.plant.markets[channel.market]
        variants = self.plant.variants_of(row.product)
        return DemandSpec(
            id=row.id,
            name=f"{self.view.product_name(row.product)} for {channel.name}",
            channel=channel.id,
            market=market.id,
            country=market.country,
            export=market.country != self.plant.file.country,
            published_as=self.plant.family_of(variants[0]).published_as if variants else "",
            form=row.form,
            units=units,
            variants=variants,
            may_sell={v: self.may_sell(v, market.id) for v in variants},
            price=self.view.in_reporting(row.price, row.currency),
            delivery_cost=self.view.in_reporting(channel.delivery_cost, channel.currency),
            patience=math.ceil(channel.patience_days / self.view.period_days),
            firm=row.firm,
            late_cost=self.view.a_month(row.late_cost_month, row.currency),
            lost_cost=self.view.in_reporting(row.lost_cost, row.currency),
            pay_periods=self.view.periods_in(channel.pay_days),
            price_assumed=rests_on_assumption(row.source, "price"),
            delivery_assumed=rests_on_assumption(channel.source, "delivery_cost"),
        )

    def _units(self, row: Demand) -> tuple[int, ...]:
        """Whole units a period whose running sum follows the exact one."""
        weights = self.plant.seasons[row.season].weights if row.season in self.plant.seasons else LEVEL
        running, given, units = 0.0, 0, []
        for period in self.view.periods:
            first, last = max(period.first, row.date_from), min(period.last, row.date_to)
            running += row.units_year * season_share(weights, first, last)
            units.append(math.floor(running + 0.5) - given)
            given += units[-1]
        return tuple(units)

    def may_sell(self, variant: str, market: str) -> tuple[bool, ...]:
        """Periods in which a variant may be sold in a market."""
        if (variant, market) not in self._may_sell:
            names = {variant, self.plant.variants[variant].model, self.plant.family_of(variant).id}
            rows = [a for a in self._approvals.get(market, ()) if a.product in names]
            needed = self.plant.markets[market].approval_required
            self._may_sell[variant, market] = self._approved(rows, needed)
        return self._may_sell[variant, market]

    @cached_property
    def _approvals(self) -> Mapping[str, list[Approval]]:
        approvals: dict[str, list[Approval]] = {}
        for row in self.plant.approvals:
            approvals.setdefault(row.market, []).append(row)
        return approvals

    def _approved(self, rows: list[Approval], needed: bool) -> tuple[bool, ...]:
        statuses: list[set[str]] = [set() for _ in self.view.periods]
        for row in rows:
            for t in self.view.inside(row.date_from, row.date_to):
                statuses[t].add(row.status)
        return tuple("refused" not in seen and ("approved" in seen or not needed) for seen in statuses)

    def quotas(self) -> Iterable[QuotaSpec]:
        """Quotas of the years in the plan."""
        for quota in self.plant.quotas.values():
            if quota.year in self.view.years:
                market = self.plant.markets[quota.market].name
                yield QuotaSpec(
                    quota.id,
                    f"{self.view.product_name(quota.product)} in {market}",
                    quota.market,
                    quota.year,
                    self.plant.variants_of(quota.product),
                    self.view.years[quota.year],
                    quota.units_max,
                )

    def money(self) -> Money:
        """Cash, credit, and what stock and the plant itself cost."""
        finance = self.plant.file.finance
        share = tuple(p.days / 365 for p in self.view.periods)
        costs = self.plant.costs.values()
        return Money(
            opening_cash=finance.opening_cash,
            credit_limit=finance.credit_limit,
            interest=tuple(finance.interest_share_year * s for s in share),
            holding=tuple(finance.holding_share_year * s for s in share),
            closing_value_share=finance.closing_value_share,
            fixed_cost=self._fixed_cost(),
            fixed_assumed=any(rests_on_assumption(c.source, "amount_month") for c in costs),
            finance_assumed=rests_on_assumption(finance.source, "interest_share_year"),
        )

    def _fixed_cost(self) -> Series:
        costs = [
            (
                set(self.view.inside(c.date_from, c.date_to)),
                self.view.in_reporting(c.amount_month, c.currency),
            )
            for c in self.plant.costs.values()
        ]
        return tuple(
            share * sum(amounts[t] for running, amounts in costs if t in running)
            for t, share in enumerate(self.view.month_share)
        )


@cache
def season_share(weights: tuple[float, ...], first: date, last: date) -> float:
    """Share of a year's demand that falls on some days, both ends included; 0 when there are none.

    >>> round(season_share(LEVEL, date(2026, 4, 1), date(2026, 4, 15)), 6)
    0.041667
    """
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return sum(weights[d.month - 1] / sum(weights) / month_days(d.year, d.month) for d in days)


def shared_caps(network: Network, periods: tuple[Period, ...]) -> Iterable[SharedCap]:
    """What the plants of a network can sell together, per calendar year."""
    for cap in network.shared_demand.values():
        for year in sorted({p.first.year for p in periods}):
            inside = tuple(
                t
                for t, p in enumerate(periods)
                if p.first.year == year and cap.date_from <= p.last and p.first <= cap.date_to
            )
            if inside:
                share = min(1.0, sum(periods[t].days for t in inside) / 365)
                most = math.floor(cap.units_year * share)
                yield SharedCap(cap.id, cap.market, cap.published_as, "", year, inside, most)
