"""The plan as a mixed-integer program. One short method per family of constraints; see docs/planning.md."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from knockdown.planning.model import INFINITY, Campaign, LimitKey, Model
from knockdown.planning.question import DemandSpec, LotLine, NetworkProblem, PlanProblem, VariantSpec

Terms = dict[int, float]
MONEY = 1000.0
"""The program counts money in thousands, which keeps its numbers in a range a solver likes."""
DEEPEST_NEEDS = 4
"""Levels of units built into one another; descriptions deeper than that do not occur."""
LOOSE = 3.0
"""Columns are bounded this far beyond what rows allow, so that easing a limit never meets a bound."""


def build(question: NetworkProblem) -> Model:
    """The whole program: every member's block, then what they share."""
    model = Model()
    blocks = [PlantBlock(model, p, w) for p, w in zip(question.members, question.worth, strict=True)]
    for block in blocks:
        block.add()
    for cap in question.caps:
        terms = {
            column: 1.0
            for block in blocks
            for d in block.problem.demands.values()
            if d.market == cap.market and d.published_as == cap.published_as and d.form == "unit"
            for t in cap.periods
            for column in block.sales_columns(d, t)
        }
        model.add_row(terms, upper=cap.units_max, limit=LimitKey(question.id, "shared", f"{cap.id}/{cap.year}"))
    return model


def add_to(terms: Terms, column: int, value: float) -> None:
    """Add to a sparse row."""
    terms[column] = terms.get(column, 0.0) + value


@dataclass
class PlantBlock:
    """One plant's columns and rows. Keys are (plant, letter, names..., period)."""

    model: Model
    problem: PlanProblem
    worth: float

    def add(self) -> None:
        """All columns, then all rows."""
        for step in (
            self._lot_columns, self._build_columns, self._campaign_columns, self._people_columns,
            self._stock_columns, self._sales_columns, self._money_columns, self._over_columns, self._constant,
            self._kit_balance, self._finished_balance, self._campaign_rows, self._line_rows, self._skill_rows,
            self._people_rows, self._contract_rows, self._demand_rows, self._quota_rows, self._storage_rows,
            self._cash_rows,
        ):  # fmt: skip
            step()

    # Names

    def col(self, *key: object) -> int:
        """Index of a column of this plant."""
        return self.model.column[(self.problem.plant, *key)]

    def has(self, *key: object) -> bool:
        """Whether this plant has the column."""
        return (self.problem.plant, *key) in self.model.column

    def key(self, kind: str, name: str) -> LimitKey:
        """A limit of this plant."""
        return LimitKey(self.problem.plant, kind, name)

    def new(self, *key: object, gain: float = 0.0, upper: float = INFINITY, lower: float = 0.0, whole: bool = False) -> int:
        """New column; gain in the member's currency."""
        return self.model.add_column((self.problem.plant, *key), gain * self.worth / MONEY, upper, lower, whole)

    @cached_property
    def live(self) -> tuple[VariantSpec, ...]:
        """Variants that can exist in the plan: stock is there, or someone wants them and kits can come."""
        live = {v.id for v in self.problem.variants.values() if self._can_exist(v)}
        for _ in range(DEEPEST_NEEDS):
            live = {v for v in live if all(part in live for part, _ in self.problem.variants[v].needs)}
        return tuple(v for v in self.problem.variants.values() if v.id in live)

    def _can_exist(self, v: VariantSpec) -> bool:
        if v.opening_finished + v.opening_in_work > 0 or v.id in self._held:
            return True
        return self.most_used[v.id] > 0 and (v.id in self._supplied or (not v.needs_kit and any(v.buildable)))

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(lot.variant for lot in self.problem.opening_lots)

    @cached_property
    def _supplied(self) -> frozenset[str]:
        return frozenset(k.variant for k in self.problem.lot_lines)

    @cached_property
    def lot_lines(self) -> tuple[LotLine, ...]:
        """Contract lines of live variants."""
        return tuple(k for k in self.problem.lot_lines if k.variant in self.live_ids)

    @cached_property
    def live_ids(self) -> frozenset[str]:
        """Ids of the live variants."""
        return frozenset(v.id for v in self.live)

    @cached_property
    def most_used(self) -> dict[str, float]:
        """Most units of a variant that could be sold or built in, over the horizon."""
        used = {v.id: 0.0 for v in self.problem.variants.values()}
        for d in self.problem.demands.values():
            for v in d.variants:
                used[v] += sum(d.units)
        direct = dict(used)
        for _ in range(DEEPEST_NEEDS):
            total = dict(direct)
            for v in self.problem.variants.values():
                for part, count in v.needs:
                    total[part] += count * used[v.id]
            used = total
        return used

    @property
    def times(self) -> range:
        """Indices of the periods."""
        return range(self.problem.n_periods)

    # Columns

    def _lot_columns(self) -> None:
        closing = self.problem.money.closing_value_share
        for k in self.lot_lines:
            value = self.problem.variants[k.variant].kit_value
            for t in self.times:
                if k.may_order[t]:
                    late = t + k.lead_periods >= self.problem.n_periods
                    kept = closing * value if late else 0.0
                    most = math.ceil(LOOSE * (self.most_used[k.variant] + k.lot_size) / k.lot_size)
                    self.new("lots", k.contract, k.variant, t, gain=k.lot_size * (kept - k.kit_price[t]), upper=most, whole=True)

    def _build_columns(self) -> None:
        for v in self.live:
            for t in self.times:
                if v.buildable[t]:
                    most = math.ceil(LOOSE * self.problem.families[v.family].most_units)
                    self.new("build", v.id, t, gain=-v.local_cost[t], upper=most, whole=True)

    def _campaign_columns(self) -> None:
        for f in self.problem.families.values():
            for t in self.times:
                if any(self.has("build", v.id, t) for v in self.live if v.family == f.id):
                    self.new("on", f.id, t, upper=1, whole=True)
                    self.new("start", f.id, t, upper=1)

    def _people_columns(self) -> None:
        for c in self.problem.crews.values():
            for t in self.times:
                most = LOOSE * (c.people_max + 1)
                self.new("people", c.id, t, gain=-c.wage[t], lower=c.people_min, upper=most, whole=True)
                self.new("hired", c.id, t, gain=-c.hire_cost[t], upper=most)
                self.new("left", c.id, t, gain=-c.leave_cost[t], upper=most)
                self.new("overtime", c.id, t, gain=-c.overtime_cost_h[t], upper=most * c.hours[t])
                for skill in c.skills:
                    self.new("hours", c.id, skill, t, upper=2 * most * c.hours[t])
        for line in self.problem.lines.values():
            for t in self.times:
                self.new("line_overtime", line.id, t, upper=LOOSE * line.regular_h[t])

    def _stock_columns(self) -> None:
        money, last = self.problem.money, self.problem.n_periods - 1
        for v in self.live:
            opening = sum(lot.kits for lot in self.problem.opening_lots if lot.variant == v.id)
            most = LOOSE * (self.most_used[v.id] + opening + v.opening_finished + v.opening_in_work + 1000)
            for t in self.times:
                kept = money.closing_value_share if t == last else 0.0
                if v.needs_kit:
                    self.new("kits", v.id, t, gain=v.kit_value * (kept - money.holding[t]), upper=most)
                self.new("finished", v.id, t, gain=v.unit_value * (kept - money.holding[t]), upper=most)

    def _sales_columns(self) -> None:
        for d in self.problem.demands.values():
            most = LOOSE * sum(d.units) + 1000
            for t in self.times:
                for v in self.sellable(d, t):
                    self.new("sold", d.id, v, t, gain=d.price[t] - d.delivery_cost[t], upper=most, whole=True)
                self.new("waiting", d.id, t, gain=-d.late_cost[t], upper=most)
                self.new("lost", d.id, t, gain=-d.lost_cost[t], upper=0.0 if d.firm else most)

    def _money_columns(self) -> None:
        most = self._most_cash()
        for t in self.times:
            self.new("cash", t, upper=most)
            self.new("debt", t, gain=-MONEY * self.problem.money.interest[t], upper=most)
        for cy in self.problem.contract_years:
            if cy.kits_min > 0:
                self.new("short", cy.contract, cy.year, gain=-cy.penalty)

    def _over_columns(self) -> None:
        """What must be zero in a plan: firm orders late, stock without a place, debt beyond the credit.

        Each unit costs more than it could ever earn, so a search may pass through such states, the bound
        stays a bound, and what is left over when nothing better exists is the cheapest fix.
        """
        place = 3 * max((v.unit_value for v in self.live), default=1.0)
        for t in self.times:
            for d in self.problem.demands.values():
                if d.firm:
                    self.new("over", "firm", d.id, t, gain=-3 * max(d.price), upper=LOOSE * sum(d.units))
            for name in ("kits", "finished"):
                self.new("over", "storage", name, t, gain=-place, upper=1e6)
            self.new("over", "credit", "credit", t, gain=-2 * MONEY, upper=self._most_cash())

    def _most_cash(self) -> float:
        """More money, in thousands, than the plan could ever hold or owe."""
        sales = sum(sum(d.units) * max(d.price) for d in self.problem.demands.values())
        stock = sum(v.unit_value * (v.opening_finished + 1000) for v in self.live)
        owed = self.problem.money.credit_limit + sum(self.problem.money.fixed_cost)
        return LOOSE * (self.problem.money.opening_cash + sales + stock + owed) / MONEY

    def _constant(self) -> None:
        opening = sum(v.unit_value * (v.opening_finished + v.opening_in_work) for v in self.problem.variants.values())
        opening += sum(lot.value for lot in self.problem.opening_lots)
        self.model.constant -= self.worth * opening / MONEY

    # Rows

    def arrivals(self, variant: str, t: int) -> Terms:
        """Columns and kits that come into the store of a variant in a period."""
        terms: Terms = {}
        for k in self.lot_lines:
            ordered = t - k.lead_periods
            if k.variant == variant and ordered >= 0 and k.may_order[ordered]:
                terms[self.col("lots", k.contract, k.variant, ordered)] = float(k.lot_size)
        return terms

    def _kit_balance(self) -> None:
        for v in self.live:
            if not v.needs_kit:
                continue
            for t in self.times:
                opening = sum(lot.kits for lot in self.problem.opening_lots if lot.variant == v.id and lot.arrives == t)
                terms = {column: -kits for column, kits in self.arrivals(v.id, t).items()}
                terms[self.col("kits", v.id, t)] = 1.0
                if t > 0:
                    terms[self.col("kits", v.id, t - 1)] = -1.0
                if self.has("build", v.id, t):
                    terms[self.col("build", v.id, t)] = 1.0
                for column in self._sold_columns(v.id, t, "kit"):
                    terms[column] = 1.0
                self.model.add_row(terms, opening, opening)

    def _finished_balance(self) -> None:
        users: dict[str, list[tuple[str, int]]] = {}
        for v in self.problem.variants.values():
            for part, count in v.needs:
                users.setdefault(part, []).append((v.id, count))
                self.model.components.add((self.problem.plant, "build", part))
        for v in self.live:
            for t in self.times:
                opening = v.opening_finished + v.opening_in_work if t == 0 else 0
                terms = {self.col("finished", v.id, t): 1.0}
                if t > 0:
                    terms[self.col("finished", v.id, t - 1)] = -1.0
                if self.has("build", v.id, t):
                    terms[self.col("build", v.id, t)] = -1.0
                for user, count in users.get(v.id, ()):
                    if self.has("build", user, t):
                        terms[self.col("build", user, t)] = float(count)
                for column in self._sold_columns(v.id, t, "unit"):
                    terms[column] = 1.0
                self.model.add_row(terms, opening, opening)

    def _sold_columns(self, variant: str, t: int, form: str) -> Iterable[int]:
        for d in self.problem.demands.values():
            if d.form == form and variant in self.sellable(d, t):
                yield self.col("sold", d.id, variant, t)

    def sales_columns(self, d: DemandSpec, t: int) -> list[int]:
        """Columns that serve a demand in a period."""
        return [self.col("sold", d.id, v, t) for v in self.sellable(d, t)]

    def sellable(self, d: DemandSpec, t: int) -> list[str]:
        """Variants that may be sold to a demand in a period."""
        return [v for v in d.variants if v in self.live_ids and d.may_sell[v][t]]

    def _campaign_rows(self) -> None:
        for f in self.problem.families.values():
            members = [v.id for v in self.live if v.family == f.id]
            for t in self.times:
                if not self.has("on", f.id, t):
                    continue
                built = {self.col("build", v, t): 1.0 for v in members if self.has("build", v, t)}
                on = self.col("on", f.id, t)
                self.model.add_row({**built, on: -self._most_built(f.id, t)}, upper=0.0)
                least = max(1.0, float(f.campaign_min_units))
                self.model.add_row({**built, on: -least}, lower=0.0)
                self.model.campaigns.append(Campaign(on, tuple(built), least))
                before = {self.col("on", f.id, t - 1): 1.0} if t > 0 and self.has("on", f.id, t - 1) else {}
                was_on = 1.0 if t == 0 and f.open_at_start else 0.0
                self.model.add_row({on: 1.0, self.col("start", f.id, t): -1.0, **{c: -1.0 for c in before}}, upper=was_on)

    def _most_built(self, family: str, t: int) -> float:
        """No period can build more than its line's hours allow, nor more than could ever be used."""
        f, line = self.problem.families[family], self.problem.lines[self.problem.families[family].line]
        members = [v for v in self.live if v.family == family]
        overtime = max((c.overtime_max_share for c in self.problem.crews.values()), default=0.0)
        by_hours = line.regular_h[t] * (1 + overtime) / max(min(v.line_h for v in members), 1e-6)
        used = sum(self.most_used[v.id] for v in members)
        return max(1.0, float(f.campaign_min_units), float(math.ceil(min(by_hours, used or by_hours))))

    def _line_rows(self) -> None:
        for line in self.problem.lines.values():
            shared = len(line.families) > 1
            for t in self.times:
                terms: Terms = {self.col("line_overtime", line.id, t): -1.0}
                in_work = 0.0
                for v in self.problem.variants.values():
                    hours = v.line_h if v.line == line.id else v.bay_h if v.bay == line.id else 0.0
                    if hours and self.has("build", v.id, t):
                        add_to(terms, self.col("build", v.id, t), hours)
                    in_work += 0.5 * hours * v.opening_in_work if t == 0 else 0.0
                for family in line.families:
                    f = self.problem.families[family]
                    if f.changeover_h and self.has("on", family, t):
                        add_to(terms, self.col("on" if shared else "start", family, t), f.changeover_h)
                if len(terms) > 1:
                    self.model.add_row(terms, upper=line.regular_h[t] - in_work, limit=self.key("line", line.id), period=t)

    def _skill_rows(self) -> None:
        for skill in sorted({s for v in self.problem.variants.values() for s in v.skill_h}):
            for t in self.times:
                terms: Terms = {}
                in_work = 0.0
                for v in self.problem.variants.values():
                    if skill in v.skill_h and self.has("build", v.id, t):
                        add_to(terms, self.col("build", v.id, t), v.skill_h[skill])
                    in_work += 0.5 * v.skill_h.get(skill, 0.0) * v.opening_in_work if t == 0 else 0.0
                for f in self.problem.families.values():
                    if f.relearn_h.get(skill) and self.has("start", f.id, t):
                        add_to(terms, self.col("start", f.id, t), f.relearn_h[skill])
                for c in self.problem.crews.values():
                    if skill in c.skills:
                        add_to(terms, self.col("hours", c.id, skill, t), -1.0)
                self.model.add_row(terms, upper=-in_work)

    def _people_rows(self) -> None:
        for c in self.problem.crews.values():
            for t in self.times:
                people, overtime = self.col("people", c.id, t), self.col("overtime", c.id, t)
                change = {people: 1.0, self.col("hired", c.id, t): -1.0, self.col("left", c.id, t): 1.0}
                if t > 0:
                    change[self.col("people", c.id, t - 1)] = -1.0
                opening = float(c.people_open) if t == 0 else 0.0
                self.model.add_row(change, opening, opening)
                hours = {self.col("hours", c.id, s, t): 1.0 for s in c.skills}
                self.model.add_row({**hours, people: -c.hours[t], overtime: -1.0}, upper=0.0)
                self.model.add_row(
                    {overtime: 1.0, people: -c.hours[t] * c.overtime_max_share}, upper=0.0
                )
                self.model.add_row({people: 1.0}, upper=c.people_max, limit=self.key("crew", c.id), period=t)
                self.model.add_row({self.col("hired", c.id, t): 1.0}, upper=c.hire_max[t], limit=self.key("hiring", c.id), period=t)
        self._overtime_rows()

    def _overtime_rows(self) -> None:
        """Running a line longer costs overtime of the people who stand on it."""
        for t in self.times:
            terms = {self.col("overtime", c.id, t): -1.0 for c in self.problem.crews.values()}
            for line in self.problem.lines.values():
                terms[self.col("line_overtime", line.id, t)] = line.people
                most = max((c.overtime_max_share for c in self.problem.crews.values()), default=0.0)
                self.model.add_row({self.col("line_overtime", line.id, t): 1.0}, upper=most * line.regular_h[t])
            self.model.add_row(terms, upper=0.0)

    def _contract_rows(self) -> None:
        for cy in self.problem.contract_years:
            kits: Terms = {}
            for k in self.lot_lines:
                if k.contract == cy.contract:
                    for t in cy.periods:
                        if k.may_order[t]:
                            kits[self.col("lots", k.contract, k.variant, t)] = float(k.lot_size)
            self.model.add_row(kits, upper=cy.kits_max, limit=self.key("contract", f"{cy.contract}/{cy.year}"))
            if cy.kits_min > 0:
                short = self.col("short", cy.contract, cy.year)
                self.model.add_row({**kits, short: 1.0}, lower=cy.kits_min)
            self._lots_a_period(cy.contract, cy.periods, cy.lots_max_period)

    def _lots_a_period(self, contract: str, periods: tuple[int, ...], most: int) -> None:
        for t in periods:
            lots = {
                self.col("lots", k.contract, k.variant, t): 1.0
                for k in self.lot_lines if k.contract == contract and k.may_order[t]
            }
            if lots and most < 10_000:
                self.model.add_row(lots, upper=most, limit=self.key("lots", contract), period=t)

    def _demand_rows(self) -> None:
        """Asked = sold + lost + waiting, carried over; nobody waits longer than their patience."""
        for d in self.problem.demands.values():
            for t in self.times:
                terms = {column: 1.0 for column in self.sales_columns(d, t)}
                terms[self.col("waiting", d.id, t)] = 1.0
                terms[self.col("lost", d.id, t)] = 1.0
                if t > 0:
                    terms[self.col("waiting", d.id, t - 1)] = -1.0
                self.model.add_row(terms, d.units[t], d.units[t], limit=self.key("demand", d.id), period=t)
                recent = sum(d.units[max(0, t - d.patience + 1) : t + 1]) if d.patience else 0
                limit = self.key("firm", d.id) if d.firm else None
                over = {self.col("over", "firm", d.id, t): -1.0} if d.firm else {}
                self.model.add_row({self.col("waiting", d.id, t): 1.0, **over}, upper=recent, limit=limit, period=t)

    def _quota_rows(self) -> None:
        for q in self.problem.quotas:
            terms = {
                self.col("sold", d.id, v, t): 1.0
                for d in self.problem.demands.values() if d.market == q.market
                for t in q.periods
                for v in self.sellable(d, t) if v in q.variants
            }
            self.model.add_row(terms, upper=q.units_max, limit=self.key("quota", q.id))

    def _storage_rows(self) -> None:
        for t in self.times:
            kits = {self.col("kits", v.id, t): v.kit_places for v in self.live if v.needs_kit}
            done = {self.col("finished", v.id, t): v.finished_places for v in self.live}
            for name, terms, places in (
                ("kits", kits, self.problem.kit_places),
                ("finished", done, self.problem.finished_places),
            ):
                over = {self.col("over", "storage", name, t): -1.0}
                self.model.add_row({**terms, **over}, upper=places, limit=self.key("storage", name), period=t)

    def _cash_rows(self) -> None:
        flows = CashFlows(self)
        for t in self.times:
            terms = {column: -amount / MONEY for column, amount in flows.columns(t).items()}
            add_to(terms, self.col("cash", t), 1.0)
            add_to(terms, self.col("debt", t), -1.0)
            constant = flows.constant(t) / MONEY
            if t == 0:
                constant += self.problem.money.opening_cash / MONEY
            else:
                add_to(terms, self.col("cash", t - 1), -1.0)
                add_to(terms, self.col("debt", t - 1), 1.0 + self.problem.money.interest[t - 1])
            self.model.add_row(terms, constant, constant)
            self.model.add_row(
                {self.col("debt", t): 1.0, self.col("over", "credit", "credit", t): -1.0}, upper=self.problem.money.credit_limit / MONEY, limit=self.key("credit", "credit"), period=t
            )


@dataclass(slots=True)
class CashFlows:
    """Money in (positive) and out (negative) of a period, in the member's currency."""

    block: PlantBlock

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
        for d in self.block.problem.demands.values():
            paid = t - d.pay_periods
            for v in self.block.sellable(d, paid) if paid >= 0 else ():
                add_to(terms, self.block.col("sold", d.id, v, paid), d.price[paid])
            for v in self.block.sellable(d, t):
                add_to(terms, self.block.col("sold", d.id, v, t), -d.delivery_cost[t])
            add_to(terms, self.block.col("waiting", d.id, t), -d.late_cost[t])
            add_to(terms, self.block.col("lost", d.id, t), -d.lost_cost[t])

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
            if self.block.has("build", v.id, t) and v.local_cost[t]:
                add_to(terms, self.block.col("build", v.id, t), -v.local_cost[t])

    def _people(self, terms: Terms, t: int) -> None:
        for c in self.block.problem.crews.values():
            add_to(terms, self.block.col("people", c.id, t), -c.wage[t])
            add_to(terms, self.block.col("hired", c.id, t), -c.hire_cost[t])
            add_to(terms, self.block.col("left", c.id, t), -c.leave_cost[t])
            add_to(terms, self.block.col("overtime", c.id, t), -c.overtime_cost_h[t])

    def _holding(self, terms: Terms, t: int) -> None:
        holding = self.block.problem.money.holding[t]
        for v in self.block.live:
            if v.needs_kit:
                add_to(terms, self.block.col("kits", v.id, t), -holding * v.kit_value)
            add_to(terms, self.block.col("finished", v.id, t), -holding * v.unit_value)
