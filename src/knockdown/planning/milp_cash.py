"""Money in and out of a plant's periods, per unit of each column."""

from __future__ import annotations

from dataclasses import dataclass

from knockdown.planning.milp_block import Block, Terms, add_to


@dataclass(slots=True)
class CashFlows:
    """Money in (positive) and out (negative) of a period, in the member's currency."""

    block: Block

    def columns(self, t: int) -> Terms:
        """Flow per unit of each column."""
        terms: Terms = {}
        for add in (self._sales, self._lots, self._build, self._people, self._holding):
            add(terms, t)
        return terms

    def constant(self, t: int) -> float:
        """Flows that no decision changes: fixed costs, opening lots still to be paid."""
        problem = self.block.problem
        return -problem.money.fixed_cost[t] - sum(lot.unpaid for lot in problem.opening_lots if lot.pays == t)

    def _sales(self, terms: Terms, t: int) -> None:
        col = self.block.col
        for d in self.block.problem.demands.values():
            paid = t - d.pay_periods
            for v in self.block.sellable(d, paid) if paid >= 0 else ():
                add_to(terms, col("sold", d.id, v, paid), d.price[paid])
            for v in self.block.sellable(d, t):
                add_to(terms, col("sold", d.id, v, t), -d.delivery_cost[t])
            add_to(terms, col("waiting", d.id, t), -d.late_cost[t])
            add_to(terms, col("lost", d.id, t), -d.lost_cost[t])

    def _lots(self, terms: Terms, t: int) -> None:
        for k in self.block.lot_lines:
            if k.may_order[t]:
                column = self.block.col("lots", k.contract, k.variant, t)
                add_to(terms, column, -k.prepaid_share * k.lot_size * k.kit_price[t])
            ordered = t - k.lead_periods - k.pay_periods
            if ordered >= 0 and k.may_order[ordered]:
                column = self.block.col("lots", k.contract, k.variant, ordered)
                add_to(terms, column, -(1 - k.prepaid_share) * k.lot_size * k.kit_price[ordered])

    def _build(self, terms: Terms, t: int) -> None:
        for v in self.block.live:
            if v.buildable[t] and v.local_cost[t]:
                add_to(terms, self.block.col("build", v.id, t), -v.local_cost[t])

    def _people(self, terms: Terms, t: int) -> None:
        col = self.block.col
        for c in self.block.problem.crews.values():
            add_to(terms, col("people", c.id, t), -c.wage[t])
            add_to(terms, col("hired", c.id, t), -c.hire_cost[t])
            add_to(terms, col("left", c.id, t), -c.leave_cost[t])
            add_to(terms, col("overtime", c.id, t), -c.overtime_cost_h[t])

    def _holding(self, terms: Terms, t: int) -> None:
        holding = self.block.problem.money.holding[t]
        for v in self.block.live:
            if v.needs_kit:
                add_to(terms, self.block.col("kits", v.id, t), -holding * v.kit_value)
            add_to(terms, self.block.col("finished", v.id, t), -holding * v.unit_value)
