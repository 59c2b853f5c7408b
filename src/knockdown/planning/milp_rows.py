"""A plant's constraints. One short method per family of rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from knockdown.planning.milp_block import MONEY, Block, Terms, add_to
from knockdown.planning.milp_cash import CashFlows
from knockdown.planning.model import Campaign
from knockdown.planning.question import CrewSpec, LineSpec, VariantSpec

MANY_LOTS = 10_000
"""A contract that allows so many lots a period does not limit them."""


class PlantRows:
    """Adds the rows of a block whose columns are there."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.problem = block.problem
        self.times = block.times
        self.col, self.find, self.limit = block.col, block.find, block.limit
        self.row = block.model.add_row

    def add(self) -> None:
        """All rows."""
        for step in (
            self._kits, self._finished, self._campaigns, self._lines, self._skills, self._people,
            self._overtime, self._contracts, self._demands, self._quotas, self._storage, self._cash,
        ):  # fmt: skip
            step()

    # Stock

    @cached_property
    def _sold(self) -> Mapping[tuple[str, str, int], list[int]]:
        """Sales columns by form, variant and period."""
        sold = defaultdict(list)
        for d in self.problem.demands.values():
            for t in self.times:
                for v in self.block.sellable(d, t):
                    sold[d.form, v, t].append(self.col("sold", d.id, v, t))
        return sold

    @cached_property
    def _arrivals(self) -> Mapping[tuple[str, int], Terms]:
        """Lots and their kits that come into the store, by variant and period."""
        arrivals: dict[tuple[str, int], Terms] = defaultdict(dict)
        for k in self.block.lot_lines:
            for t in self.times:
                if k.may_order[t]:
                    column = self.col("lots", k.contract, k.variant, t)
                    arrivals[k.variant, t + k.lead_periods][column] = float(k.lot_size)
        return arrivals

    @cached_property
    def _opening_kits(self) -> Mapping[tuple[str, int], int]:
        """Kits of opening lots that come into the store, by variant and period."""
        kits: dict[tuple[str, int], int] = defaultdict(int)
        for lot in self.problem.opening_lots:
            kits[lot.variant, lot.arrives] += lot.kits
        return kits

    def _kits(self) -> None:
        for v in self.block.live:
            for t in self.times if v.needs_kit else ():
                terms = {column: -kits for column, kits in self._arrivals.get((v.id, t), {}).items()}
                terms[self.col("kits", v.id, t)] = 1.0
                if t > 0:
                    terms[self.col("kits", v.id, t - 1)] = -1.0
                if (build := self.find("build", v.id, t)) is not None:
                    terms[build] = 1.0
                terms.update(dict.fromkeys(self._sold.get(("kit", v.id, t), ()), 1.0))
                opening = self._opening_kits.get((v.id, t), 0)
                self.row(terms, opening, opening)

    def _users(self) -> Mapping[str, list[tuple[str, int]]]:
        """What every component is built into, and how many of it in one."""
        users: dict[str, list[tuple[str, int]]] = {}
        for v in self.problem.variants.values():
            for part, count in v.needs:
                users.setdefault(part, []).append((v.id, count))
                self.block.model.components.add((self.problem.plant, "build", part))
        return users

    def _finished(self) -> None:
        users = self._users()
        for v in self.block.live:
            for t in self.times:
                terms = {self.col("finished", v.id, t): 1.0}
                if t > 0:
                    terms[self.col("finished", v.id, t - 1)] = -1.0
                if (build := self.find("build", v.id, t)) is not None:
                    terms[build] = -1.0
                for user, count in users.get(v.id, ()):
                    if (build := self.find("build", user, t)) is not None:
                        terms[build] = float(count)
                terms.update(dict.fromkeys(self._sold.get(("unit", v.id, t), ()), 1.0))
                opening = v.opening_finished + v.opening_in_work if t == 0 else 0
                self.row(terms, opening, opening)

    # Work

    def _campaigns(self) -> None:
        for f in self.problem.families.values():
            least = max(1.0, float(f.campaign_min_units))
            for t in self.times:
                on = self.find("on", f.id, t)
                if on is None:
                    continue
                columns = (self.find("build", v.id, t) for v in self.block.members[f.id])
                built = {column: 1.0 for column in columns if column is not None}
                row = self.row({**built, on: -self._most_built(f.id, t)}, upper=0.0)
                least_of = self.limit("campaign", f.id) if f.campaign_min_units > 1 else None
                fewest = self.row({**built, on: -least}, lower=0.0, limit=least_of, period=t)
                line, used = self.limit("line", f.line), self._most_used(f.id) or self._most_built(f.id, t)
                self.block.model.campaigns.append(Campaign(on, tuple(built), least, row, line, used, fewest))
                before = self.find("on", f.id, t - 1)
                terms = {on: 1.0, self.col("start", f.id, t): -1.0}
                was_on = 1.0 if t == 0 and f.open_at_start else 0.0
                self.row(terms if before is None else {**terms, before: -1.0}, upper=was_on)

    @cached_property
    def _overtime_share(self) -> float:
        return max((c.overtime_max_share for c in self.problem.crews.values()), default=0.0)

    def _most_built(self, family: str, t: int) -> float:
        """No period can build more than its line's hours allow, nor more than could ever be used."""
        f, members = self.problem.families[family], self.block.members[family]
        hours = self.problem.lines[f.line].regular_h[t] * (self.block.kept + self._overtime_share)
        by_hours = hours / max(min(v.line_h for v in members), 1e-6)
        used = self._most_used(family) or by_hours
        return max(1.0, float(f.campaign_min_units), float(math.ceil(min(by_hours, used))))

    def _most_used(self, family: str) -> float:
        """Units of the family that could be sold or built in; 0 when nobody wants any."""
        used = sum(self.block.most_used[v.id] for v in self.block.members[family])
        return max(used, float(self.problem.families[family].campaign_min_units)) if used else 0.0

    def _lines(self) -> None:
        for line in self.problem.lines.values():
            loads = [(v, hours) for v in self.problem.variants.values() if (hours := line_hours(v, line.id))]
            in_work = sum(0.5 * hours * v.opening_in_work for v, hours in loads)
            for t in self.times:
                terms: Terms = {self.col("line_overtime", line.id, t): -1.0}
                for v, hours in loads:
                    if (build := self.find("build", v.id, t)) is not None:
                        add_to(terms, build, hours)
                self._add_changeovers(terms, line, t)
                if len(terms) > 1:
                    free = line.regular_h[t] * self.block.kept - (in_work if t == 0 else 0.0)
                    self.row(terms, upper=free, limit=self.limit("line", line.id), period=t)

    def _add_changeovers(self, terms: Terms, line: LineSpec, t: int) -> None:
        kind = "on" if len(line.families) > 1 else "start"
        for family in line.families:
            hours, column = self.problem.families[family].changeover_h, self.find(kind, family, t)
            if hours and column is not None:
                add_to(terms, column, hours)

    def _skills(self) -> None:
        variants = self.problem.variants.values()
        for skill in sorted({s for v in variants for s in v.skill_h}):
            needs = [(v, v.skill_h[skill]) for v in variants if skill in v.skill_h]
            in_work = sum(0.5 * hours * v.opening_in_work for v, hours in needs)
            crews = [c.id for c in self.problem.crews.values() if skill in c.skills]
            for t in self.times:
                terms: Terms = {}
                for v, hours in needs:
                    if (build := self.find("build", v.id, t)) is not None:
                        add_to(terms, build, hours)
                for f in self.problem.families.values():
                    start = self.find("start", f.id, t)
                    if f.relearn_h.get(skill) and start is not None:
                        add_to(terms, start, f.relearn_h[skill])
                for crew in crews:
                    add_to(terms, self.col("hours", crew, skill, t), -1.0)
                self.row(terms, upper=-(in_work if t == 0 else 0.0))

    # People

    def _people(self) -> None:
        for c in self.problem.crews.values():
            for t in self.times:
                self._crew(c, t)

    def _crew(self, c: CrewSpec, t: int) -> None:
        """Who comes and goes, the hours people give, and how many there may be."""
        people, overtime = self.col("people", c.id, t), self.col("overtime", c.id, t)
        hired = self.col("hired", c.id, t)
        change = {people: 1.0, hired: -1.0, self.col("left", c.id, t): 1.0}
        if t > 0:
            change[self.col("people", c.id, t - 1)] = -1.0
        opening = float(c.people_open) if t == 0 else 0.0
        self.row(change, opening, opening)
        hours = {self.col("hours", c.id, s, t): 1.0 for s in c.skills}
        self.row({**hours, people: -c.hours[t] * self.block.kept, overtime: -1.0}, upper=0.0)
        self.row({overtime: 1.0, people: -c.hours[t] * c.overtime_max_share}, upper=0.0)
        self.row({people: 1.0}, upper=c.people_max, limit=self.limit("crew", c.id), period=t)
        self.row({hired: 1.0}, upper=c.hire_max[t], limit=self.limit("hiring", c.id), period=t)

    def _overtime(self) -> None:
        """Running a line longer costs overtime of the people who stand on it."""
        for t in self.times:
            terms = {self.col("overtime", c, t): -1.0 for c in self.problem.crews}
            for line in self.problem.lines.values():
                column = self.col("line_overtime", line.id, t)
                terms[column] = line.people
                self.row({column: 1.0}, upper=self._overtime_share * line.regular_h[t])
            self.row(terms, upper=0.0)

    # Trade

    def _contracts(self) -> None:
        for cy in self.problem.contract_years:
            lines = self.block.lines_under.get(cy.contract, ())
            kits = {
                self.col("lots", k.contract, k.variant, t): float(k.lot_size)
                for k in lines
                for t in cy.periods
                if k.may_order[t]
            }
            self.row(kits, upper=cy.kits_max, limit=self.limit("contract", f"{cy.contract}/{cy.year}"))
            if cy.kits_min > 0:
                self.row({**kits, self.col("short", cy.contract, cy.year): 1.0}, lower=cy.kits_min)
            for t in cy.periods:
                lots = {self.col("lots", k.contract, k.variant, t): 1.0 for k in lines if k.may_order[t]}
                if lots and cy.lots_max_period < MANY_LOTS:
                    limit = self.limit("lots", cy.contract)
                    self.row(lots, upper=cy.lots_max_period, limit=limit, period=t)

    def _demands(self) -> None:
        """Asked = sold + lost + waiting, carried over; nobody waits longer than their patience."""
        for d in self.problem.demands.values():
            if d.firm:
                self.block.model.firm |= {(self.problem.plant, v) for v in d.variants}
            asked, firm = self.limit("demand", d.id), self.limit("firm", d.id) if d.firm else None
            for t in self.times:
                waiting = self.col("waiting", d.id, t)
                terms = dict.fromkeys(self.block.sales_columns(d, t), 1.0)
                terms |= {waiting: 1.0, self.col("lost", d.id, t): 1.0}
                if t > 0:
                    terms[self.col("waiting", d.id, t - 1)] = -1.0
                self.row(terms, d.units[t], d.units[t], limit=asked, period=t)
                recent = sum(d.units[max(0, t - d.patience + 1) : t + 1]) if d.patience else 0
                over = {self.col("over", "firm", d.id, t): -1.0} if d.firm else {}
                self.row({waiting: 1.0, **over}, upper=recent, limit=firm, period=t)

    def _quotas(self) -> None:
        for q in self.problem.quotas:
            terms = {
                self.col("sold", d.id, v, t): 1.0
                for d in self.problem.demands.values()
                if d.market == q.market
                for t in q.periods
                for v in self.block.sellable(d, t)
                if v in q.variants
            }
            self.row(terms, upper=q.units_max, limit=self.limit("quota", q.id))

    def _storage(self) -> None:
        live, places = self.block.live, (self.problem.kit_places, self.problem.finished_places)
        for t in self.times:
            kits = {self.col("kits", v.id, t): v.kit_places for v in live if v.needs_kit}
            done = {self.col("finished", v.id, t): v.finished_places for v in live}
            for name, terms, most in zip(("kits", "finished"), (kits, done), places, strict=True):
                over = {self.col("over", "storage", name, t): -1.0}
                self.row({**terms, **over}, upper=most, limit=self.limit("storage", name), period=t)

    def _cash(self) -> None:
        flows, money, credit = CashFlows(self.block), self.problem.money, self.limit("credit", "credit")
        for t in self.times:
            cash, debt = self.col("cash", t), self.col("debt", t)
            terms = {column: -amount / MONEY for column, amount in flows.columns(t).items()}
            add_to(terms, cash, 1.0)
            add_to(terms, debt, -1.0)
            constant = flows.constant(t) / MONEY
            if t == 0:
                constant += money.opening_cash / MONEY
            else:
                add_to(terms, self.col("cash", t - 1), -1.0)
                add_to(terms, self.col("debt", t - 1), 1.0 + money.interest[t - 1])
            self.row(terms, constant, constant)
            over = self.col("over", "credit", "credit", t)
            self.row({debt: 1.0, over: -1.0}, upper=money.credit_limit / MONEY, limit=credit, period=t)


def line_hours(v: VariantSpec, line: str) -> float:
    """Hours one unit takes of a line, shop or bay; 0 when it does not pass there."""
    if v.line == line:
        return v.line_h
    return v.bay_h if v.bay == line else 0.0
