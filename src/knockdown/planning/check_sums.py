"""What a plant's rows come to, recomputed: kits on order, hours of work, costs, payments, terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from knockdown.documents.master_plan import MasterPlan
from knockdown.planning.check_rows import Rows
from knockdown.planning.question import CrewSpec, DemandSpec, FamilySpec, LineSpec, PlanProblem

TERMS = (
    "sales",
    "delivery",
    "kits",
    "local_parts",
    "wages",
    "overtime",
    "hiring",
    "leaving",
    "holding",
    "interest",
    "late_orders",
    "lost_orders",
    "contract_shortfall",
    "closing_stock",
    "opening_stock",
)
"""Names of the objective's terms."""


class Sums(Rows):
    """A plant's rows with their sums. Unless said otherwise money is the plant's own."""

    def __init__(self, problem: PlanProblem, worth: float, plan: MasterPlan) -> None:
        super().__init__(problem, worth, plan)
        self.lots = self.column("lots", "lots")
        self.built, self.sold = self.column("build", "units"), self.column("sales", "units")
        self.kits, self.finished = self.column("stock", "kits"), self.column("stock", "finished")
        self.people, self.used_h = self.column("people", "people"), self.column("people", "used_h")
        self.hired, self.left = self.column("people", "hired"), self.column("people", "left")
        self.overtime, self.running = self.column("people", "overtime_h"), self.column("lines", "overtime_h")
        self.waiting, self.lost = self.column("orders", "waiting"), self.column("orders", "lost")
        self.cash, self.debt = self.column("cash", "cash"), self.column("cash", "debt")

    # Supply

    def ordered_kits(self, contract: str, periods: Iterable[int]) -> float:
        """Kits ordered under a contract."""
        mine = [k for k in self.p.lot_lines if k.contract == contract]
        return sum(k.lot_size * self.lots[k.contract, k.variant, t] for k in mine for t in periods)

    def arrivals(self, variant: str) -> Iterator[tuple[int, int, float]]:
        """Kits on order: period ordered (-1 before the start), period they come, kits."""
        for lot in self.p.opening_lots:
            if lot.variant == variant:
                yield -1, lot.arrives, lot.kits
        for k in self.p.lot_lines:
            if k.variant == variant:
                for t in self.times:
                    yield t, t + k.lead_periods, k.lot_size * self.lots[k.contract, variant, t]

    # Work

    def family_units(self, family: str, t: int) -> float:
        """Units of a family built in a period."""
        return sum(self.built[v.id, t] for v in self.p.variants.values() if v.family == family)

    def starts(self, f: FamilySpec, t: int) -> bool:
        """Whether a campaign of the family starts: built now, and not in the period before."""
        before = self.family_units(f.id, t - 1) > 0 if t else f.open_at_start
        return self.family_units(f.id, t) > 0 and not before

    def changeover_h(self, f: FamilySpec, t: int) -> float:
        """On a shared line every period the family is built loses hours, on its own line only a start."""
        shared = len(self.p.lines[f.line].families) > 1
        changes = self.family_units(f.id, t) > 0 if shared else self.starts(f, t)
        return f.changeover_h if changes else 0.0

    def campaign_h(self, f: FamilySpec, t: int) -> float:
        """Hours a family takes of its line in a period, changeover included."""
        mine = (v for v in self.p.variants.values() if v.family == f.id)
        return sum(v.line_h * self.built[v.id, t] for v in mine) + self.changeover_h(f, t)

    def line_used_h(self, line: LineSpec, t: int) -> float:
        """Hours of a line or bay: units, half of those in work at the start, changeovers."""
        used = sum(self.changeover_h(self.p.families[f], t) for f in line.families)
        for v in self.p.variants.values():
            hours = v.line_h if v.line == line.id else v.bay_h if v.bay == line.id else 0.0
            used += hours * (self.built[v.id, t] + (0.5 * v.opening_in_work if t == 0 else 0.0))
        return used

    # People

    @property
    def kept(self) -> float:
        """Share of crew and line hours the plan may use; the rest is its reserve."""
        return 1.0 - self.p.reserve_share

    def regular_h(self, c: CrewSpec, t: int) -> float:
        """Useful hours of a crew before overtime."""
        return self.people[c.id, t] * c.hours[t]

    def skill_need(self, t: int) -> dict[str, float]:
        """Hours of every skill: units, half of those in work at the start, learning again."""
        need: dict[str, float] = defaultdict(float)
        for v in self.p.variants.values():
            for skill, hours in v.skill_h.items():
                need[skill] += hours * (self.built[v.id, t] + (0.5 * v.opening_in_work if t == 0 else 0.0))
        for f in self.p.families.values():
            for skill, hours in f.relearn_h.items() if self.starts(f, t) else ():
                need[skill] += hours
        return need

    # Market

    def sold_to(self, d: DemandSpec, t: int) -> float:
        """Units sold to a demand in a period."""
        return sum(self.sold[d.id, v, t] for v in d.variants)

    def sold_as(self, variant: str, t: int, form: str) -> float:
        """Units of a variant sold in a form in a period."""
        return sum(self.sold[d.id, variant, t] for d in self.p.demands.values() if d.form == form)

    # Money

    def receipts(self) -> list[float]:
        """Money in by period: sales, paid for some periods after."""
        received = [0.0] * self.p.n_periods
        for (name, _, t), units in self.sold.items():
            d = self.p.demands[name]
            if t + d.pay_periods < self.p.n_periods:
                received[t + d.pay_periods] += units * d.price[t]
        return received

    def payments(self) -> list[float]:
        """Money out by period: kits in two parts, running and fixed costs, earlier interest."""
        paid = [sum(self.costs(t).values()) + self.p.money.fixed_cost[t] for t in self.times]
        for lot in self.p.opening_lots:
            _add(paid, lot.pays, lot.unpaid)
        for k in self.p.lot_lines:
            for t in self.times:
                price = self.lots[k.contract, k.variant, t] * k.lot_size * k.kit_price[t]
                _add(paid, t, k.prepaid_share * price)
                _add(paid, t + k.lead_periods + k.pay_periods, (1 - k.prepaid_share) * price)
        for t in self.times[:-1]:
            _add(paid, t + 1, self.interest(t))
        return paid

    def interest(self, t: int) -> float:
        """Interest on the debt at the end of a period, paid in the next."""
        return self.p.money.interest[t] * self.debt[t,] / self.worth

    def costs(self, t: int) -> dict[str, float]:
        """Costs of a period that are paid in it, by term."""
        crews, demands, variants = self.p.crews.values(), self.p.demands.values(), self.p.variants.values()
        stock = sum(
            self.kits[v.id, t] * v.kit_value + self.finished[v.id, t] * v.unit_value for v in variants
        )
        return {
            "delivery": sum(d.delivery_cost[t] * self.sold_to(d, t) for d in demands),
            "local_parts": sum(v.local_cost[t] * self.built[v.id, t] for v in variants),
            "wages": sum(c.wage[t] * self.people[c.id, t] for c in crews),
            "overtime": sum(c.overtime_cost_h[t] * self.overtime[c.id, t] for c in crews),
            "hiring": sum(c.hire_cost[t] * self.hired[c.id, t] for c in crews),
            "leaving": sum(c.leave_cost[t] * self.left[c.id, t] for c in crews),
            "holding": self.p.money.holding[t] * stock,
            "late_orders": sum(d.late_cost[t] * self.waiting[d.id, t] for d in demands),
            "lost_orders": sum(d.lost_cost[t] * self.lost[d.id, t] for d in demands),
        }

    def terms(self) -> dict[str, float]:
        """The objective's terms in the plant's own money, costs negative."""
        terms = dict.fromkeys(TERMS, 0.0)
        for t in self.times:
            for name, cost in (*self.costs(t).items(), ("interest", self.interest(t))):
                terms[name] -= cost
            terms["sales"] += sum(d.price[t] * self.sold_to(d, t) for d in self.p.demands.values())
            for k in self.p.lot_lines:
                terms["kits"] -= k.lot_size * self.lots[k.contract, k.variant, t] * k.kit_price[t]
        for cy in self.p.contract_years:
            short = max(0.0, cy.kits_min - self.ordered_kits(cy.contract, cy.periods))
            terms["contract_shortfall"] -= cy.penalty * short
        return terms | {"closing_stock": self._closing_stock(), "opening_stock": -self._opening_stock()}

    def _closing_stock(self) -> float:
        """A share of what is in stock at the end, and of kits ordered in the plan that come after it."""
        last, value = self.p.n_periods - 1, 0.0
        for v in self.p.variants.values() if self.p.n_periods else ():
            late = sum(
                kits for ordered, arrives, kits in self.arrivals(v.id) if ordered >= 0 and arrives > last
            )
            value += (self.kits[v.id, last] + late) * v.kit_value + self.finished[v.id, last] * v.unit_value
        return self.p.money.closing_value_share * value

    def _opening_stock(self) -> float:
        units = sum(v.unit_value * (v.opening_finished + v.opening_in_work) for v in self.p.variants.values())
        return units + sum(lot.value for lot in self.p.opening_lots)


def _add(series: list[float], t: int, amount: float) -> None:
    if t < len(series):
        series[t] += amount
