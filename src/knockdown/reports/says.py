"""Sentences that the terminal and the page share: what to order, build, staff and sell, what limits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knockdown.documents.master_plan import Limit, LotOrder
from knockdown.documents.twin_result import StationLoss, TwinResult
from knockdown.reports import flows
from knockdown.reports.subject import Subject
from knockdown.reports.twin_tables import STATES
from knockdown.reports.words import (
    first_year,
    grouped,
    joined,
    long_period,
    money,
    percent,
    short_period,
    some,
    span,
)

TOLD_GAP = 0.00005


@dataclass(frozen=True)
class Verb:
    """One of the four things to do, with its main figure."""

    verb: str
    figure: str
    unit: str
    lines: tuple[str, ...]


def status(subject: Subject) -> str:
    """How good the plan is, in one sentence.

    Returns
    -------
    str
        Such as `Contribution 14.2 million USD; proven within 0.34 % of the best there is.`
    """
    plan = subject.plan
    if plan.status == "infeasible":
        return "No plan can meet the description: some of what it asks for cannot hold together."
    if plan.objective is None:
        return f"No plan was found in {plan.seconds:.1f} s, and none was ruled out; allow more seconds."
    worth = f"Contribution {money(plan.objective, plan.currency)}"
    if plan.status == "optimal":
        return f"{worth}; no plan can do better{_within(plan.gap)}."
    return f"{worth}; proven within {percent(plan.gap, 2)} of the best there can be."


def _within(gap: float | None) -> str:
    return f" by more than {percent(gap, 2)}" if gap and gap >= TOLD_GAP else ""


def sizes(subject: Subject) -> str:
    """Sizes that belong beside the gap."""
    size = subject.plan.size
    first = [
        some(size.periods, "period"),
        some(size.variants, "variant"),
        some(size.demands, "demand"),
        some(size.crews, "crew"),
    ]
    second = (
        f"{grouped(size.variables)} variables ({grouped(size.integers)} whole), {grouped(size.rows)} rows"
    )
    told = f"{', '.join(first)}, {some(size.lines, 'line')}; {second}; {subject.plan.seconds:.1f} s."
    return " ".join(filter(None, (told, fixed(subject))))


def fixed(subject: Subject) -> str:
    """How many quantities an orders book fixed; nothing when none."""
    n = len(subject.plan.fixed)
    return f"{some(n, 'quantity', 'quantities')} fixed by the orders book." if n else ""


def verbs(subject: Subject) -> tuple[Verb, ...]:
    """Order, build, staff, sell."""
    return (_order(subject), _build(subject), _staff(subject), _sell(subject))


def _order(subject: Subject) -> Verb:
    plan = subject.plan
    kits, cost = sum(lot.kits for lot in plan.lots), sum(lot.cost for lot in plan.lots)
    contracts = len({(lot.plant, lot.contract) for lot in plan.lots})
    lots = sum(lot.lots for lot in plan.lots)
    lines = [f"{some(lots, 'lot')} under {some(contracts, 'contract')}, {money(cost, plan.currency)}"]
    soon = first_lots(subject, 1)
    if soon:
        lines.append(f"first in {long_period(soon[0].period)}: {some(sum(lot.kits for lot in soon), 'kit')}")
    return Verb("Order", grouped(kits), "kits", tuple(lines))


def _build(subject: Subject) -> Verb:
    by_period = flows.total_by_period(subject, "built")
    n_lines = len({(row.plant, row.line) for row in subject.plan.build})
    lines = [f"{some(_n_families(subject), 'family', 'families')} on {some(n_lines, 'line')}"]
    if by_period and max(by_period.values()):
        top = max(by_period, key=lambda p: by_period[p])
        low = min(by_period, key=lambda p: by_period[p])
        lines.append(
            f"{grouped(by_period[low])} in {short_period(low)} to "
            f"{grouped(by_period[top])} in {short_period(top)}"
        )
    return Verb("Build", grouped(sum(by_period.values())), "vehicles", tuple(lines))


def _n_families(subject: Subject) -> int:
    built = flows.by_family(subject, "built")
    return len(
        {
            key
            for (key, _), n in built.items()
            if n and key in subject.families and subject.families[key].vehicle
        }
    )


def _staff(subject: Subject) -> Verb:
    present = [n for _, n in sorted(flows.sum_by(subject.plan.people, "people", "period").items())]
    hired, left = sum(r.hired for r in subject.plan.people), sum(r.left for r in subject.plan.people)
    overtime = sum(row.overtime_h for row in subject.plan.people)
    mean = sum(present) / len(present) if present else 0.0
    span = f"{grouped(min(present))} to {grouped(max(present))} people; " if present else ""
    lines = (f"{span}{grouped(hired)} hired, {grouped(left)} let go", f"{grouped(overtime)} h of overtime")
    return Verb("Staff", grouped(mean), "people on average", lines)


def _sell(subject: Subject) -> Verb:
    plan = subject.plan
    revenue = sum(sale.units * sale.price for sale in plan.sales)
    exported = sum(s.units for s in plan.sales if s.form == "unit" and subject.is_export(s.plant, s.market))
    waiting = sum(
        n for (_, period), n in flows.by_family(subject, "waiting").items() if period == plan.periods[-1]
    )
    lines = (
        f"{money(revenue, plan.currency)}; {grouped(exported)} abroad",
        f"{some(waiting, 'order')} waiting at the end",
    )
    return Verb("Sell", grouped(flows.total(subject, "sold")), "vehicles", lines)


def first_lots(subject: Subject, n_periods: int) -> tuple[LotOrder, ...]:
    """Lots to order in the first periods of the plan."""
    soon = set(subject.plan.periods[:n_periods])
    return tuple(
        sorted(
            (lot for lot in subject.plan.lots if lot.period in soon), key=lambda lot: (lot.period, -lot.cost)
        )
    )


def cash_low(subject: Subject) -> str:
    """When money is shortest, and the most that is owed."""
    plan = subject.plan
    if not plan.cash:
        return ""
    cash, debt = (flows.sum_by(plan.cash, key, "period") for key in ("cash", "debt"))
    (low,), least = min(cash.items(), key=lambda item: item[1])
    (high,), most = max(debt.items(), key=lambda item: item[1])
    owed = (
        f"debt is highest in {long_period(high)}: {money(most, plan.currency)}"
        if most > 0.5
        else "nothing is borrowed"
    )
    return f"Cash is lowest at the end of {long_period(low)}: {money(least, plan.currency)}; {owed}."


def busiest_line(subject: Subject) -> str:
    """The line or bay with the fullest period."""
    loads = [row for row in subject.plan.lines if row.available_h]
    if not loads:
        return ""
    row = max(loads, key=lambda r: r.used_h / r.available_h)
    where = f", {subject.plant_name(row.plant)}," if subject.is_network else ""
    name = subject.name("lines", row.plant, row.line) + where
    share = percent(row.used_h / row.available_h)
    return f"{name} is fullest in {long_period(row.period)}: {share} of its regular hours."


def staffing(subject: Subject) -> str:
    """Crew that works the most overtime, and crew with the most time left free."""
    over = flows.sum_by(subject.plan.people, "overtime_h", "plant", "crew")
    idle = flows.sum_by(subject.plan.people, "idle_h", "plant", "crew")
    if not over:
        return ""
    most, rest = max(over, key=lambda k: over[k]), max(idle, key=lambda k: idle[k])
    busy = (
        f"Most overtime: {subject.crew_name(*most)}, {grouped(over[most])} h."
        if over[most] >= 1
        else "No overtime."
    )
    kept = subject.reserve(rest[0])
    reserve = f"; {percent(kept)} of hours are kept in reserve there" if kept else ""
    return f"{busy} Most time left free: {subject.crew_name(*rest)}, {grouped(idle[rest])} h{reserve}."


def gain(limit: Limit, currency: str) -> str:
    """What easing a limit by its step would add, and how sure that is."""
    step = f"{grouped(limit.step, 1 if limit.step % 1 else 0)} more ({limit.unit})"
    if not limit.verified or limit.gain is None:
        return f"about {money(limit.dual_gain, currency)} for each more ({limit.unit}), not solved again"
    most = limit.gain_most
    if most is not None and most > limit.gain * 1.02 + 1:
        least = money(limit.gain, currency)
        return f"{step}: adds at least {least}, at most {money(most, currency)}, solved again"
    return f"{step}: adds {money(limit.gain, currency)}, solved again"


def year(twin: TwinResult) -> str:
    """The simulated year against the plan."""
    total = twin.year_total
    when = "the first year" if first_year(twin.periods) else span(twin.periods)
    return (
        f"Of {when}, {some(total.planned, 'unit')} are planned; one run in ten builds fewer than "
        f"{grouped(total.p10)}, half fewer than {grouped(total.p50)}, nine in ten fewer than "
        f"{grouped(total.p90)} ({some(twin.replications, 'run')})."
    )


def lateness(twin: TwinResult) -> str:
    """How often kits and units are late."""
    kits, units = percent(twin.kits_late_share), percent(twin.units_late_share)
    return f"{kits} of kits and {units} of units come later than the plan counts on."


def worst_causes(twin: TwinResult, n: int = 3) -> str:
    """Causes with the most vehicle-days."""
    worst = sorted(twin.causes, key=lambda cause: -cause.days)[:n]
    return joined([f"{c.cause} ({grouped(c.days)} vehicle-days)" for c in worst if c.days > 0])


def worst_stations(subject: Subject, plant: str, twin: TwinResult, n: int = 2) -> str:
    """Stations that work the largest share of their time, and what else takes it."""
    busy = sorted(twin.stations, key=lambda s: -(s.working + s.slow + s.down + s.rework))[:n]
    words = [
        f"{s.name} on {subject.name('lines', plant, s.line)} (busy {percent(_busy(s))}; {_loss(s)})"
        for s in busy
    ]
    return joined(words)


def _busy(station: StationLoss) -> float:
    return station.working + station.slow + station.down + station.rework


def _loss(station: StationLoss) -> str:
    lost = [state for state in STATES if state != "working"]
    most = max(lost, key=lambda state: getattr(station, state))
    return f"{STATES[most][:1].lower()}{STATES[most][1:]} {percent(getattr(station, most))}"


def assumption(subject: Subject) -> str:
    """How much rests on assumptions."""
    found = subject.plan.assumptions
    return (
        f"{percent(found.share)} of the money in the plan rests on an assumed price or cost; "
        f"{grouped(found.assumed)} of the {grouped(found.numbers)} numbers it reads are assumed."
    )


def proof(subject: Subject) -> str:
    """What is known of the conflicting set."""
    found = subject.plan.conflict
    if found is None:
        return ""
    if found.proof == "smallest":
        return "These cannot hold together, and no smaller set shows it:"
    if found.proof == "irreducible":
        return "These cannot hold together; leave any one out and the rest can:"
    return "These cannot hold together; whether all of them are needed for that was not settled:"


WAYS_OUT = {
    "cheapest": "The cheapest way to make a plan possible",
    "enough": "A way to make a plan possible; a cheaper one may exist",
    "at_least": "No less than this will do, and more may be needed",
}


def way_out(subject: Subject) -> str:
    """What is known of the changes named beside a conflict."""
    found = subject.plan.conflict
    known = found.fix_proof if found is not None else ""
    return WAYS_OUT.get(known, "A change that may make a plan possible")


def names_in(words: Sequence[str], most: int = 3) -> str:
    """The first few of many names.

    >>> names_in(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    return joined(words) if len(words) <= most else f"{', '.join(words[:most])} and {len(words) - most} more"
