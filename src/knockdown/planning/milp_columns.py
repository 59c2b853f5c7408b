"""A plant's decisions. One short method per kind of column."""

from __future__ import annotations

import math

from knockdown.planning.milp_block import LOOSE, MONEY, Block


class Columns:
    """Adds the columns of a block."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.problem = block.problem
        self.times = block.times
        self.new = block.new

    def add(self) -> None:
        """All columns, and what is fixed in the objective."""
        for step in (
            self._lots, self._builds, self._campaigns, self._people, self._stock, self._sales, self._money,
            self._over, self._constant,
        ):  # fmt: skip
            step()

    def _lots(self) -> None:
        closing = self.problem.money.closing_value_share
        for k in self.block.lot_lines:
            value = self.problem.variants[k.variant].kit_value
            most = math.ceil(LOOSE * (self.block.most_used[k.variant] + k.lot_size) / k.lot_size)
            for t in self.times:
                if k.may_order[t]:
                    late = t + k.lead_periods >= self.problem.n_periods
                    gain = k.lot_size * ((closing * value if late else 0.0) - k.kit_price[t])
                    self.block.new_quantity("lots", k.contract, k.variant, t, gain=gain, upper=most)

    def _builds(self) -> None:
        for v in self.block.live:
            most = math.ceil(LOOSE * self.problem.families[v.family].most_units)
            for t in self.times:
                if v.buildable[t]:
                    self.block.new_quantity("build", v.id, t, gain=-v.local_cost[t], upper=most)

    def _campaigns(self) -> None:
        for f in self.problem.families.values():
            for t in self.times:
                if any(v.buildable[t] for v in self.block.members[f.id]):
                    self.new("on", f.id, t, upper=1, whole=True)
                    self.new("start", f.id, t, upper=1)

    def _people(self) -> None:
        for c in self.problem.crews.values():
            most = LOOSE * (c.people_max + 1)
            for t in self.times:
                self.new("people", c.id, t, gain=-c.wage[t], lower=c.people_min, upper=most, whole=True)
                self.new("hired", c.id, t, gain=-c.hire_cost[t], upper=most)
                self.new("left", c.id, t, gain=-c.leave_cost[t], upper=most)
                self.new("overtime", c.id, t, gain=-c.overtime_cost_h[t], upper=most * c.hours[t])
                for skill in c.skills:
                    self.new("hours", c.id, skill, t, upper=2 * most * c.hours[t])
        for line in self.problem.lines.values():
            for t in self.times:
                self.new("line_overtime", line.id, t, upper=LOOSE * line.regular_h[t])

    def _stock(self) -> None:
        money, last = self.problem.money, self.problem.n_periods - 1
        for v in self.block.live:
            opening = sum(lot.kits for lot in self.problem.opening_lots if lot.variant == v.id)
            stock = self.block.most_used[v.id] + opening + v.opening_finished + v.opening_in_work
            most = LOOSE * (stock + self.block.fixed_kits.get(v.id, 0) + 1000)
            for t in self.times:
                worth = (money.closing_value_share if t == last else 0.0) - money.holding[t]
                if v.needs_kit:
                    self.new("kits", v.id, t, gain=v.kit_value * worth, upper=most)
                self.new("finished", v.id, t, gain=v.unit_value * worth, upper=most)

    def _sales(self) -> None:
        for d in self.problem.demands.values():
            most = LOOSE * sum(d.units) + 1000
            for t in self.times:
                for v in self.block.sellable(d, t):
                    gain = d.price[t] - d.delivery_cost[t]
                    self.new("sold", d.id, v, t, gain=gain, upper=most, whole=True)
                self.new("waiting", d.id, t, gain=-d.late_cost[t], upper=most)
                self.new("lost", d.id, t, gain=-d.lost_cost[t], upper=0.0 if d.firm else most)

    def _money(self) -> None:
        most = self._most_cash()
        for t in self.times:
            self.new("cash", t, upper=most)
            self.new("debt", t, gain=-MONEY * self.problem.money.interest[t], upper=most)
        for cy in self.problem.contract_years:
            if cy.kits_min > 0:
                most = LOOSE * cy.kits_min
                self.new("short", cy.contract, cy.year, gain=-cy.penalty, upper=most)

    def _over(self) -> None:
        """What must be zero in a plan: firm orders late, stock without a place, debt beyond the credit.

        Each unit costs more than it could ever earn, so a search may pass through such states, the bound
        stays a bound, and what is left over when nothing better exists is the cheapest fix.
        """
        place = 3 * max((v.unit_value for v in self.block.live), default=1.0)
        most = self._most_cash()
        firm = [
            (d.id, -3 * max(d.price), LOOSE * sum(d.units)) for d in self.problem.demands.values() if d.firm
        ]
        for t in self.times:
            for name, gain, units in firm:
                self.new("over", "firm", name, t, gain=gain, upper=units)
            for name in ("kits", "finished"):
                self.new("over", "storage", name, t, gain=-place, upper=1e6)
            self.new("over", "credit", "credit", t, gain=-2 * MONEY, upper=most)

    def _most_cash(self) -> float:
        """More money, in thousands, than the plan could ever hold or owe."""
        sales = sum(sum(d.units) * max(d.price) for d in self.problem.demands.values())
        stock = sum(v.unit_value * (v.opening_finished + 1000) for v in self.block.live)
        owed = self.problem.money.credit_limit + sum(self.problem.money.fixed_cost)
        return LOOSE * (self.problem.money.opening_cash + sales + stock + owed + self._fixed_cost()) / MONEY

    def _fixed_cost(self) -> float:
        """What kits and local parts of the fixed quantities cost at most."""
        price = {(k.contract, k.variant): k.lot_size * max(k.kit_price) for k in self.problem.lot_lines}
        for v in self.problem.variants.values():
            price["", v.id] = max(v.local_cost)
        return sum(f.quantity * price.get((f.contract, f.variant), 0.0) for f in self.problem.fixed)

    def _constant(self) -> None:
        variants = self.problem.variants.values()
        opening = sum(v.unit_value * (v.opening_finished + v.opening_in_work) for v in variants)
        opening += sum(lot.value for lot in self.problem.opening_lots)
        self.block.model.constant -= self.block.worth * opening / MONEY
