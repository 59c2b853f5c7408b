"""From column values to the master plan's rows, whole numbers where things are whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import knockdown
from knockdown.documents.master_plan import (
    Assumptions,
    Build,
    Campaign,
    Cash,
    Conflict,
    Limit,
    LineLoad,
    LotOrder,
    MasterPlan,
    OpenOrders,
    People,
    Sale,
    Size,
    StockLevel,
)
from knockdown.documents.paper import Provenance
from knockdown.planning import fixing
from knockdown.planning.milp_block import MONEY, Block
from knockdown.planning.milp_cash import CashFlows
from knockdown.planning.model import Model
from knockdown.planning.question import NetworkProblem, PlanProblem
from knockdown.planning.rows import Vector
from knockdown.planning.terms import assumed_share, terms
from knockdown.planning.views import plant_view

LATER = "later"


def paper(
    question: NetworkProblem,
    model: Model,
    values: Vector | None,
    bound: float,
    digest: str,
    options: Any,
    seconds: float,
    work: int,
    limits: tuple[Limit, ...],
    conflict: Conflict | None,
) -> MasterPlan:
    """The master plan of a solution; without values, the paper that says there is none."""
    asked = asdict(options) | ({"orders": question.orders} if question.orders else {})
    heading = {
        "plant": question.id, "name": question.name, "currency": question.currency,
        "periods": tuple(p.name for p in question.periods), "seconds": round(seconds, 3), "work": work,
        "size": _size(question, model), "limits": limits, "conflict": conflict,
        "notes": tuple(note for p in question.members for note in p.notes),
        "fixed": tuple(row for p in question.members for row in fixing.told(p)),
        "provenance": Provenance(version=knockdown.__version__, input_digest=digest, options=asked),
    }  # fmt: skip
    if values is None:
        status = "infeasible" if conflict is not None else "unknown"
        return MasterPlan(
            **heading, status=status, objective=None, bound=None, gap=None, terms={}, assumption_share=0.0,
            assumptions=_assumptions(question, 0.0),
        )  # fmt: skip
    readers = [Reader(model, p, w, values) for p, w in zip(question.members, question.worth, strict=True)]
    rows = {name: tuple(row for r in readers for row in getattr(r, name)()) for name in ROWS}
    sums = _add_up(readers, rows)
    objective = sum(sums.values())
    gap = abs(objective - max(bound * MONEY, objective)) / max(1e-9, abs(objective))
    share = assumed_share([(r.problem, r.worth, _of_plant(rows, r.problem.plant)) for r in readers])
    return MasterPlan(
        **heading, **rows, status="optimal" if gap <= options.gap else "feasible", objective=objective,
        bound=max(bound * MONEY, objective), gap=gap, terms=sums, assumption_share=share,
        assumptions=_assumptions(question, share),
        plants=tuple(plant_view(r.problem, r.worth, _of_plant(rows, r.problem.plant)) for r in readers),
    )  # fmt: skip


ROWS = ("lots", "build", "campaigns", "lines", "people", "stock", "sales", "orders", "cash")


def _of_plant(rows: dict[str, tuple[Any, ...]], plant: str) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(row for row in members if row.plant == plant) for name, members in rows.items()}


def _add_up(readers: Iterable[Reader], rows: dict[str, tuple[Any, ...]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for r in readers:
        for name, amount in terms(r.problem, r.worth, _of_plant(rows, r.problem.plant)).items():
            sums[name] = sums.get(name, 0.0) + amount
    return sums


def _assumptions(question: NetworkProblem, share: float) -> Assumptions:
    return Assumptions(
        share=share,
        numbers=sum(p.numbers for p in question.members),
        assumed=sum(p.assumed_numbers for p in question.members),
    )


def _size(question: NetworkProblem, model: Model) -> Size:
    members = question.members
    return Size(
        periods=len(question.periods),
        variants=sum(len(p.variants) for p in members),
        contract_lines=sum(len(p.lot_lines) for p in members),
        demands=sum(len(p.demands) for p in members),
        crews=sum(len(p.crews) for p in members),
        lines=sum(len(p.lines) for p in members),
        variables=model.n_columns,
        integers=sum(model.whole),
        rows=model.n_rows,
        nonzeros=len(model.values),
    )


class Reader:
    """Reads one plant's rows out of the column values."""

    def __init__(self, model: Model, problem: PlanProblem, worth: float, values: Vector) -> None:
        self.problem = problem
        self.worth = worth
        self.values = values
        self.block = Block(model, problem, worth)
        self.names = [p.name for p in problem.periods]

    def at(self, *key: object) -> float:
        """Value of a column; 0 when the program has none."""
        column = self.block.find(*key)
        return 0.0 if column is None else float(self.values[column])

    def whole(self, *key: object) -> int:
        """Value of a column that is whole."""
        return round(self.at(*key))

    @property
    def times(self) -> range:
        """Indices of the periods."""
        return range(self.problem.n_periods)

    def lots(self) -> Iterable[LotOrder]:
        """Lots ordered."""
        for t in self.times:
            for k in self.problem.lot_lines:
                if n := self.whole("lots", k.contract, k.variant, t):
                    arrives = t + k.lead_periods
                    yield LotOrder(
                        plant=self.problem.plant, period=self.names[t], contract=k.contract,
                        partner=k.partner, variant=k.variant, lots=n, lot_size=k.lot_size,
                        kits=n * k.lot_size,
                        arrives=self.names[arrives] if arrives < len(self.names) else LATER,
                        cost=n * k.lot_size * k.kit_price[t] * self.worth,
                    )  # fmt: skip

    def build(self) -> Iterable[Build]:
        """Units built."""
        for t in self.times:
            for v in self.problem.variants.values():
                if n := self.whole("build", v.id, t):
                    yield Build(
                        plant=self.problem.plant, period=self.names[t], line=v.line, family=v.family,
                        variant=v.id, units=n, hours=n * sum(v.skill_h.values()),
                    )  # fmt: skip

    def _built(self, family: str, t: int) -> int:
        return sum(self.whole("build", v.id, t) for v in self.problem.variants.values() if v.family == family)

    def _starts(self, family: str, t: int) -> bool:
        if not self._built(family, t):
            return False
        return not (self._built(family, t - 1) if t else self.problem.families[family].open_at_start)

    def _changeover_h(self, family: str, t: int) -> float:
        f = self.problem.families[family]
        shared = len(self.problem.lines[f.line].families) > 1
        return f.changeover_h if (self._built(family, t) if shared else self._starts(family, t)) else 0.0

    def campaigns(self) -> Iterable[Campaign]:
        """Families built."""
        for t in self.times:
            for f in self.problem.families.values():
                if self._built(f.id, t):
                    hours = sum(
                        v.line_h * self.whole("build", v.id, t)
                        for v in self.problem.variants.values() if v.family == f.id
                    )  # fmt: skip
                    yield Campaign(
                        plant=self.problem.plant, period=self.names[t], line=f.line, family=f.id,
                        starts=self._starts(f.id, t), line_h=hours + self._changeover_h(f.id, t),
                    )  # fmt: skip

    def lines(self) -> Iterable[LineLoad]:
        """Hours of lines and bays."""
        for t in self.times:
            for line in self.problem.lines.values():
                used = sum(self._changeover_h(f, t) for f in line.families)
                for v in self.problem.variants.values():
                    hours = v.line_h if v.line == line.id else v.bay_h if v.bay == line.id else 0.0
                    begun = 0.5 * v.opening_in_work if t == 0 else 0.0
                    used += hours * (self.whole("build", v.id, t) + begun)
                yield LineLoad(
                    plant=self.problem.plant, period=self.names[t], line=line.id,
                    available_h=line.regular_h[t], overtime_h=max(0.0, self.at("line_overtime", line.id, t)),
                    used_h=used,
                )  # fmt: skip

    def _skill_need(self, t: int) -> dict[str, float]:
        need: dict[str, float] = {}
        for v in self.problem.variants.values():
            units = self.whole("build", v.id, t) + (0.5 * v.opening_in_work if t == 0 else 0.0)
            for skill, hours in v.skill_h.items():
                need[skill] = need.get(skill, 0.0) + hours * units
        for f in self.problem.families.values():
            for skill, hours in f.relearn_h.items() if self._starts(f.id, t) else ():
                need[skill] = need.get(skill, 0.0) + hours
        return need

    def people(self) -> Iterable[People]:
        """Crews; hours given to a skill beyond its need are idle hours."""
        crews = self.problem.crews.values()
        before = {c.id: c.people_open for c in crews}
        for t in self.times:
            need = self._skill_need(t)
            given = {s: sum(self.at("hours", c.id, s, t) for c in crews) for s in need}
            for c in crews:
                used = sum(
                    self.at("hours", c.id, s, t) * min(1.0, need[s] / given[s])
                    for s in c.skills if given.get(s, 0.0) > 1e-9
                )  # fmt: skip
                people, overtime = self.whole("people", c.id, t), max(0.0, self.at("overtime", c.id, t))
                change = people - before[c.id]
                before[c.id] = people
                available = people * c.hours[t]
                yield People(
                    plant=self.problem.plant, period=self.names[t], crew=c.id, people=people,
                    hired=max(0, change), left=max(0, -change), available_h=available, used_h=used,
                    overtime_h=overtime, idle_h=max(0.0, available + overtime - used),
                )  # fmt: skip

    def stock(self) -> Iterable[StockLevel]:
        """Stock at the end of periods; kits in transit are ordered and not yet arrived."""
        for v in self.problem.variants.values():
            lines = [k for k in self.problem.lot_lines if k.variant == v.id]
            opening = [lot for lot in self.problem.opening_lots if lot.variant == v.id]
            for t in self.times:
                moving = sum(lot.kits for lot in opening if lot.arrives > t)
                for k in lines:
                    for s in range(max(0, t - k.lead_periods + 1), t + 1):
                        moving += k.lot_size * self.whole("lots", k.contract, k.variant, s)
                kits, finished = self.whole("kits", v.id, t), self.whole("finished", v.id, t)
                if kits or finished or moving:
                    yield StockLevel(
                        plant=self.problem.plant, period=self.names[t], variant=v.id, kits=kits,
                        kits_in_transit=moving, finished=finished,
                    )  # fmt: skip

    def sales(self) -> Iterable[Sale]:
        """Units sold."""
        for t in self.times:
            for d in self.problem.demands.values():
                for v in d.variants:
                    if n := self.whole("sold", d.id, v, t):
                        yield Sale(
                            plant=self.problem.plant, period=self.names[t], demand=d.id, channel=d.channel,
                            market=d.market, variant=v, form="kit" if d.form == "kit" else "unit", units=n,
                            price=d.price[t] * self.worth,
                        )  # fmt: skip

    def orders(self) -> Iterable[OpenOrders]:
        """What was asked, what waits, what was lost."""
        for t in self.times:
            for d in self.problem.demands.values():
                waiting, lost = self.whole("waiting", d.id, t), self.whole("lost", d.id, t)
                if d.units[t] or waiting or lost:
                    yield OpenOrders(
                        plant=self.problem.plant, period=self.names[t], demand=d.id, asked=d.units[t],
                        waiting=waiting, lost=lost,
                    )  # fmt: skip

    def _receipts(self, t: int) -> float:
        """Sales paid for in a period."""
        received = 0.0
        for d in self.problem.demands.values():
            sold = t - d.pay_periods
            if sold >= 0:
                received += d.price[sold] * sum(self.whole("sold", d.id, v, sold) for v in d.variants)
        return received

    def cash(self) -> Iterable[Cash]:
        """Money in and out, cash and debt."""
        flows = CashFlows(self.block)
        for t in self.times:
            receipts = self._receipts(t)
            net_flow = flows.constant(t) + sum(
                amount * float(self.values[column]) for column, amount in flows.columns(t).items()
            )
            payments = receipts - net_flow
            if t:
                payments += MONEY * self.at("debt", t - 1) * self.problem.money.interest[t - 1]
            net = MONEY * (self.at("cash", t) - self.at("debt", t))
            yield Cash(
                plant=self.problem.plant, period=self.names[t], receipts=receipts * self.worth,
                payments=payments * self.worth, cash=max(0.0, net) * self.worth,
                debt=max(0.0, -net) * self.worth,
            )  # fmt: skip
