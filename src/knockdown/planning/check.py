"""The inspector: recomputes a master plan from its rows in slow, plain Python and says what does not hold.

It reads the question and the answer, and nothing of the program or the search between them. A row left
out counts as zero. Rules that carry from period to period start from what the plan states for the
period before, so one wrong number is named where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from knockdown.documents.master_plan import MasterPlan
from knockdown.planning.check_flow import unserved
from knockdown.planning.check_rows import SHARE, SLACK, Faults, far, said, unreadable
from knockdown.planning.check_sums import TERMS, Sums
from knockdown.planning.question import NetworkProblem

SOLVED = ("optimal", "feasible")


def check(question: NetworkProblem, plan: MasterPlan) -> tuple[str, ...]:
    """Every rule of the question that the plan breaks, and every number of it that is wrong.

    Parameters
    ----------
    question : NetworkProblem
        What was asked.
    plan : MasterPlan
        The answer.

    Returns
    -------
    tuple of str
        Violations in words; empty when the plan holds.

    Examples
    --------
    >>> from knockdown.documents.master_plan import Assumptions, Size
    >>> from knockdown.documents.paper import Provenance
    >>> empty = NetworkProblem("none", "No plant", "USD", (), (), (), ())
    >>> sizes = dict.fromkeys(Size.model_fields, 0)
    >>> plan = MasterPlan(
    ...     provenance=Provenance(version="0", input_digest="", options={}),
    ...     plant="none", name="No plant", currency="USD", periods=(), status="optimal", objective=0.0,
    ...     bound=0.0, gap=0.0, seconds=0.0, work=0, size=Size(**sizes), terms={}, assumption_share=0.0,
    ...     assumptions=Assumptions(share=0.0, numbers=0, assumed=0),
    ... )
    >>> check(empty, plan)
    ()
    >>> check(empty, plan.model_copy(update={"bound": -5.0, "gap": 5e9}))
    ('the bound -5 is below the objective 0',)
    """
    if plan.status not in SOLVED or plan.objective is None:
        return tuple(_no_plan(plan))
    members = [_Plant(p, w, plan) for p, w in zip(question.members, question.worth, strict=True)]
    by_name = {m.p.plant: m for m in members}
    found = [_heading(question, plan), unreadable(by_name, plan), _shared_caps(question, members)]
    found.append(_fixed(question, plan))
    return tuple(chain(*found, *(m.faults() for m in members), _objective(plan.objective, plan, members)))


def _no_plan(plan: MasterPlan) -> Faults:
    if (plan.objective is None) == (plan.status in SOLVED):
        yield f"the status is {plan.status}, and the objective is {plan.objective}"
    if plan.status == "infeasible" and plan.conflict is None:
        yield "the plan is infeasible and names no conflict"


def _heading(question: NetworkProblem, plan: MasterPlan) -> Faults:
    periods = tuple(p.name for p in question.periods)
    for name, stated, wanted in (
        ("plant", plan.plant, question.id),
        ("currency", plan.currency, question.currency),
        ("periods", plan.periods, periods),
    ):
        if stated != wanted:
            yield f"{name}: the plan says {stated}, the question {wanted}"


def _fixed(question: NetworkProblem, plan: MasterPlan) -> Faults:
    """What the plan says was fixed, against what was."""
    stated = {(f.plant, f.period, f.what, f.contract, f.variant): f.quantity for f in plan.fixed}
    wanted = {
        (p.plant, p.periods[f.period].name, f.what, f.contract, f.variant): f.quantity
        for p in question.members
        for f in p.fixed
    }
    for key in sorted({*stated, *wanted}):
        if stated.get(key) != wanted.get(key):
            names = " ".join(filter(None, key))
            yield f"{names}: the plan says {stated.get(key)} is fixed, it is {wanted.get(key)}"


def _shared_caps(question: NetworkProblem, members: Sequence[Sums]) -> Faults:
    for cap in question.caps:
        sold = sum(
            m.sold_to(d, t)
            for m in members
            for d in m.p.demands.values()
            if (d.market, d.published_as, d.form) == (cap.market, cap.published_as, "unit")
            for t in cap.periods
        )
        if sold > cap.units_max:
            yield f"{question.id}, {cap.year}: {said(sold)} units share cap {cap.id} of {cap.units_max}"


def _objective(objective: float, plan: MasterPlan, members: Sequence[Sums]) -> Faults:
    each = {m.p.plant: {k: m.worth * v for k, v in m.terms().items()} for m in members}
    for name in sorted({*TERMS, *plan.terms}):
        stated, found = plan.terms.get(name, 0.0), sum(terms.get(name, 0.0) for terms in each.values())
        if far(stated, found, objective):
            yield f"term {name}: the plan says {said(stated)}, it is {said(found)}"
    total = sum(plan.terms.values())
    if far(total, objective):
        yield f"the terms sum to {said(total)}, not to the objective {said(objective)}"
    for view in plan.plants:
        worth = sum(each.get(view.plant, {}).values())
        if far(view.contribution, worth, objective):
            yield f"{view.plant}: the plan says it contributes {said(view.contribution)}, it is {said(worth)}"
    yield from _proof(objective, plan.bound, plan.gap)


def _proof(objective: float, bound: float | None, gap: float | None) -> Faults:
    if bound is None or gap is None:
        yield "a plan needs a bound and a gap"
        return
    if bound < objective - SLACK - SHARE * abs(objective):
        yield f"the bound {said(bound)} is below the objective {said(objective)}"
    wanted = abs(objective - bound) / max(1e-9, abs(objective))
    if abs(gap - wanted) > 1e-6 * max(1.0, wanted):
        yield f"the gap {gap} is not {wanted}"


class _Plant(Sums):
    """The rules of one plant."""

    def faults(self) -> Faults:
        """Everything wrong in this plant's rows."""
        for rule in (
            self._fixed, self._lots, self._contracts, self._kits, self._finished, self._builds,
            self._campaigns, self._lines, self._people, self._overtime, self._hours, self._skills,
            self._sales, self._orders, self._quotas, self._storage, self._cash,
        ):  # fmt: skip
            yield from rule()

    # Supply

    def _fixed(self) -> Faults:
        for f in self.p.fixed:
            names = (f.contract, f.variant) if f.what == "lots" else (f.variant,)
            key = (*names, f.period)
            found = (self.lots if f.what == "lots" else self.built)[key]
            if found != f.quantity:
                yield self.say(key, f"{said(found)} {f.what}, where {f.quantity:,} are fixed")

    def _lots(self) -> Faults:
        sizes, kits, costs = {}, {}, {}
        for k in self.p.lot_lines:
            for t in self.times:
                key = (k.contract, k.variant, t)
                if key not in self.rows["lots"]:
                    continue
                sizes[key], kits[key] = k.lot_size, k.lot_size * self.lots[key]
                costs[key] = kits[key] * k.kit_price[t] * self.worth
                if self.lots[key] and not k.may_order[t]:
                    yield self.say(key, "lots may not be ordered in this period")
                due = t + k.lead_periods
                arrives = self.p.periods[due].name if due < self.p.n_periods else "later"
                yield from self.label("lots", key, arrives=arrives, partner=k.partner)
        for name, wanted in (("lot_size", sizes), ("kits", kits), ("cost", costs)):
            yield from self.compare("lots", name, wanted)

    def _contracts(self) -> Faults:
        for cy in self.p.contract_years:
            last, lines = cy.periods[-1], [k for k in self.p.lot_lines if k.contract == cy.contract]
            kits = self.ordered_kits(cy.contract, cy.periods)
            yield from self.most((cy.contract, last), kits, cy.kits_max, f"kits ordered in {cy.year}")
            for t in cy.periods:
                lots = sum(self.lots[k.contract, k.variant, t] for k in lines)
                yield from self.most((cy.contract, t), lots, cy.lots_max_period, "lots in one period")

    def _kits(self) -> Faults:
        kits, transit = {}, {}
        for v in self.p.variants.values():
            due = list(self.arrivals(v.id)) if v.needs_kit else []
            for t in self.times:
                used = self.built[v.id, t] if v.needs_kit else 0.0
                come = sum(n for _, arrives, n in due if arrives == t)
                kits[v.id, t] = self.kits[v.id, t - 1] + come - used - self.sold_as(v.id, t, "kit")
                transit[v.id, t] = sum(n for ordered, arrives, n in due if ordered <= t < arrives)
        yield from self.compare("stock", "kits", kits)
        yield from self.compare("stock", "kits_in_transit", transit)

    # Building

    def _finished(self) -> Faults:
        wanted = {}
        for v in self.p.variants.values():
            users = [(u.id, n) for u in self.p.variants.values() for part, n in u.needs if part == v.id]
            for t in self.times:
                before = self.finished[v.id, t - 1] if t else v.opening_finished + v.opening_in_work
                used = sum(n * self.built[user, t] for user, n in users) + self.sold_as(v.id, t, "unit")
                wanted[v.id, t] = before + self.built[v.id, t] - used
        yield from self.compare("stock", "finished", wanted)

    def _builds(self) -> Faults:
        hours = {}
        for (name, t), row in self.rows["build"].items():
            v = self.p.variants[name]
            hours[name, t] = row.units * sum(v.skill_h.values())
            yield from self.label("build", (name, t), line=v.line, family=v.family)
            if row.units and not v.buildable[t]:
                yield self.say((name, t), "may not be built in this period")
        yield from self.compare("build", "hours", hours)

    def _campaigns(self) -> Faults:
        hours = {}
        for f in self.p.families.values():
            for t in self.times:
                key, units = (f.id, t), self.family_units(f.id, t)
                if (units > 0) != (key in self.rows["campaigns"]):
                    yield self.say(key, f"{said(units)} units are built, and the campaigns say otherwise")
                elif units:
                    hours[key] = self.campaign_h(f, t)
                    yield from self.label("campaigns", key, line=f.line, starts=self.starts(f, t))
                    if units < f.campaign_min_units:
                        yield self.say(key, f"{said(units)} units are no campaign of {f.campaign_min_units}")
        yield from self.compare("campaigns", "line_h", hours)

    def _lines(self) -> Faults:
        share = max((c.overtime_max_share for c in self.p.crews.values()), default=0.0)
        used = {(line.id, t): self.line_used_h(line, t) for line in self.p.lines.values() for t in self.times}
        for key, hours in used.items():
            regular = self.p.lines[key[0]].regular_h[key[1]]
            plannable = self.kept * regular + self.running[key]
            yield from self.most(key, hours, plannable, "hours used of the line")
            yield from self.most(key, self.running[key], share * regular, "overtime of the line")
        regular_h = {key: self.p.lines[key[0]].regular_h[key[1]] for key in self.rows["lines"]}
        yield from self.compare("lines", "available_h", regular_h)
        yield from self.compare("lines", "used_h", used)

    # People

    def _people(self) -> Faults:
        heads = {}
        for c in self.p.crews.values():
            for t in self.times:
                key = (c.id, t)
                before = self.people[c.id, t - 1] if t else c.people_open
                heads[key] = before + self.hired[key] - self.left[key]
                if self.people[key] < c.people_min:
                    yield self.say(key, f"{said(self.people[key])} people are fewer than {c.people_min}")
                yield from self.most(key, self.people[key], c.people_max, "people")
                yield from self.most(key, self.hired[key], c.hire_max[t], "people hired")
        yield from self.compare("people", "people", heads)

    def _overtime(self) -> Faults:
        for t in self.times:
            for c in self.p.crews.values():
                limit = c.overtime_max_share * self.regular_h(c, t)
                yield from self.most((c.id, t), self.overtime[c.id, t], limit, "overtime of the crew")
            paid = sum(self.overtime[c, t] for c in self.p.crews)
            stood = sum(line.people * self.running[line.id, t] for line in self.p.lines.values())
            yield from self.most((t,), stood, paid, "people's hours behind the lines' overtime")

    def _hours(self) -> Faults:
        have = {(c.id, t): self.regular_h(c, t) for c in self.p.crews.values() for t in self.times}
        paid = {key: hours + self.overtime[key] for key, hours in have.items()}
        idle = {key: max(0.0, hours - self.used_h[key]) for key, hours in paid.items()}
        for key, hours in have.items():
            plannable = self.kept * hours + self.overtime[key]
            yield from self.most(key, self.used_h[key], plannable, "hours worked")
        yield from self.compare("people", "available_h", have)
        yield from self.compare("people", "idle_h", idle)

    def _skills(self) -> Faults:
        """Hours handed to skills are not in the plan: some way to hand them out must exist."""
        crews = {c.id: c.skills for c in self.p.crews.values()}
        for t in self.times:
            need = self.skill_need(t)
            give = {
                c.id: self.kept * self.regular_h(c, t) + self.overtime[c.id, t] for c in self.p.crews.values()
            }
            used = {c: self.used_h[c, t] for c in crews}
            total = sum(need.values())
            if short := unserved(need, give, crews):
                yield self.say((t,), f"crews have too few hours for the skills {', '.join(short)}")
            elif far(total, sum(used.values())) or unserved(need, used, crews):
                yield self.say((t,), f"hours used are not the {said(total)} h that the skills need")

    # Market

    def _sales(self) -> Faults:
        prices = {}
        for (name, variant, t), row in self.rows["sales"].items():
            d, key = self.p.demands[name], (name, variant, t)
            prices[key] = d.price[t] * self.worth
            yield from self.label("sales", key, channel=d.channel, market=d.market, form=d.form)
            if row.units and not d.may_sell[variant][t]:
                yield self.say(key, "may not be sold there in this period")
        yield from self.compare("sales", "price", prices)

    def _orders(self) -> Faults:
        asked = {(d.id, t): d.units[t] for d in self.p.demands.values() for t in self.times}
        for d in self.p.demands.values():
            for t in self.times:
                key, due = (d.id, t), d.units[t] + self.waiting[d.id, t - 1]
                met = self.sold_to(d, t) + self.lost[key] + self.waiting[key]
                if far(due, met):
                    yield self.say(key, f"{said(due)} are asked for, {said(met)} are sold, lost or waiting")
                recent = sum(d.units[max(0, t - d.patience + 1) : t + 1]) if d.patience else 0
                yield from self.most(key, self.waiting[key], recent, "orders waiting beyond patience")
                if d.firm and self.lost[key]:
                    yield self.say(key, f"{said(self.lost[key])} firm orders are lost")
        yield from self.compare("orders", "asked", asked)

    def _quotas(self) -> Faults:
        for q in self.p.quotas:
            demands = [d for d in self.p.demands.values() if d.market == q.market]
            sold = sum(self.sold[d.id, v, t] for d in demands for v in q.variants for t in q.periods)
            yield from self.most((q.id, q.periods[-1]), sold, q.units_max, f"units sold in {q.year}")

    def _storage(self) -> Faults:
        for t in self.times:
            kits = sum(v.kit_places * self.kits[v.id, t] for v in self.p.variants.values())
            finished = sum(v.finished_places * self.finished[v.id, t] for v in self.p.variants.values())
            yield from self.most((t,), kits, self.p.kit_places, "places for kits")
            yield from self.most((t,), finished, self.p.finished_places, "places for finished vehicles")

    # Money

    def _cash(self) -> Faults:
        money, received, paid = self.p.money, self.receipts(), self.payments()
        scale = max((*received, *paid, 0.0)) * self.worth
        for t in self.times:
            before = self.cash[t - 1,] - self.debt[t - 1,] if t else money.opening_cash * self.worth
            after, stated = before + self.worth * (received[t] - paid[t]), self.cash[t,] - self.debt[t,]
            if far(stated, after, scale):
                yield self.say((t,), f"cash less debt: the plan says {said(stated)}, it is {said(after)}")
            yield from self.most((t,), self.debt[t,], money.credit_limit * self.worth, "debt")
        yield from self.compare(
            "cash", "receipts", {(t,): self.worth * received[t] for t in self.times}, scale
        )
        yield from self.compare("cash", "payments", {(t,): self.worth * paid[t] for t in self.times}, scale)
