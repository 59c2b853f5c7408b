"""What to do about missing parts, as a person reads it on a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rich.console import Console

from knockdown.cli.show_kit import LIMIT, basis, day, rests_on
from knockdown.documents.kit_resolve import (
    ClaimDraft,
    KitResolve,
    PartDecision,
    RunnerUpLine,
    TakenFrom,
    UnitDecision,
)
from knockdown.kitting.terms import KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import dated, grouped, joined, money, percent, some

COURSES = {
    "as_planned": "as planned",
    "short": "build short, fit later",
    "wait": "wait",
    "resequence": "another first",
}
MOST_RUNNERS = 10
MARK = "*"
SHORT_ID = 11  # signs of a discrepancy's id that tell it from the others
OPENING = {"infeasible": "cannot all be had", "unknown": "was not settled in the time given"}


def resolve(console: Console, paper: KitResolve, kits: KitPlant, limit: int | None = LIMIT) -> None:
    """Total with its terms, rules compared, decisions by vehicle, runners-up, claims to write."""
    screen = Screen(console)
    _head(screen, paper, kits)
    if paper.n_units:
        _terms(screen, paper)
        _orders(screen, paper)
        _unpriced(screen, paper)
        _policies(screen, paper)
        _decisions(screen, paper, limit)
        _runners(screen, paper)
    _claims(screen, paper, kits)
    for text in paper.unmet:
        screen.say(text, "red", hang=2)
    rests_on(screen, paper.assumptions)
    again = f"; --work {paper.work} repeats it" if paper.work else ""
    done = f"answered in {paper.seconds:.1f} s{again}"
    screen.say(f"{basis(paper.position)}; {done}.", "dim", 0)


def _head(screen: Screen, paper: KitResolve, kits: KitPlant) -> None:
    when = f"{kits.name}, {dated(paper.at.isoformat())}"
    of_part = f" of {paper.part} {kits.parts[paper.part].name}" if paper.part else ""
    if not paper.n_units:
        screen.say(f"{when}: no vehicle on site lacks parts{of_part} when its station needs them.", "bold", 0)
        return
    what = f"{some(paper.n_shortages, 'shortage')} of {some(paper.n_units, 'vehicle')}"
    if paper.objective is None:
        screen.say(f"{when}: what {what} need {OPENING[paper.status]}.", "bold red", 0)
        return
    screen.say(f"{when}: {what} cost {money(paper.objective, paper.currency)} at best.", "bold", 0)
    proof = (
        "Proven: nothing is cheaper"
        if not paper.gap
        else f"Nothing is more than {percent(paper.gap, 2)} cheaper"
    )
    screen.say(f"{proof} (bound {money(paper.bound or 0.0, paper.currency)}).", "", 0)


def _terms(screen: Screen, paper: KitResolve) -> None:
    screen.title("What it costs")
    rows = [
        [term.name, grouped(term.amount, 2)]
        for term in sorted(paper.terms, key=lambda term: -abs(term.amount))
    ]
    if paper.objective is not None:
        rows.append(["Together", grouped(paper.objective, 2)])
    screen.table(["", paper.currency], rows, strong_last=paper.objective is not None)


def _orders(screen: Screen, paper: KitResolve) -> None:
    for order in paper.orders:
        what = f"{order.what[:1].upper()}{order.what[1:]}, {grouped(order.cost, 2)} {paper.currency}"
        shared = "" if order.vehicles == 1 else ", which share it"
        screen.say(f"{what}: paid once for {some(order.vehicles, 'vehicle')}{shared}.", hang=2)


def _unpriced(screen: Screen, paper: KitResolve) -> None:
    """Prices that nobody gave: never silently nothing."""
    known = [part for part in paper.unpriced_parts if part.assumed is not None]
    unknown = [part.part for part in paper.unpriced_parts if part.assumed is None]
    if known:
        prices = ", ".join(f"{part.part} {grouped(part.assumed or 0.0, 2)}" for part in known)
        source = "assumed by their local price, or what their kits cost, shared out evenly"
        screen.say(f"Without a price, {source}, {paper.currency}: {prices}.", "yellow", hang=2)
    if unknown:
        screen.say(f"Without any price, counted as 0: {', '.join(unknown)}.", "yellow", hang=2)


def _policies(screen: Screen, paper: KitResolve) -> None:
    if not paper.policies:
        return
    screen.title("Against one rule for all")
    rows = [["this answer", "–" if paper.objective is None else grouped(paper.objective, 2), ""]]
    for policy in sorted(paper.policies, key=lambda policy: (policy.cost is None, policy.cost or 0.0)):
        cost = "cannot" if policy.cost is None else grouped(policy.cost, 2)
        over = (
            ""
            if policy.cost is None or paper.objective is None
            else f"+{grouped(policy.cost - paper.objective, 2)}"
        )
        rows.append([policy.policy, cost, over or policy.why])
    screen.table(["Rule", paper.currency, "More"], rows, squeeze=2)


def _decisions(screen: Screen, paper: KitResolve, limit: int | None) -> None:
    screen.title("Vehicle by vehicle")
    units = sorted(paper.units, key=lambda unit: (unit.start, unit.unit))
    shown = units if limit is None else units[:limit]
    for unit in shown:
        _decision(screen, paper, unit)
    if len(shown) < len(units):
        screen.say(f"{some(len(units) - len(shown), 'more vehicle')}; --limit N shows so many.", "dim")
    _notes(screen, (take.note for unit in shown for part in unit.parts for take in part.sources))


def _notes(screen: Screen, notes: Iterable[str]) -> None:
    """What to mind, once, however often it is marked."""
    for note in dict.fromkeys(note for note in notes if note):
        screen.say(f"{MARK} {note}", "dim", hang=2)


def _decision(screen: Screen, paper: KitResolve, unit: UnitDecision) -> None:
    days = f"starts {day(unit.start, paper.at)}, finished {day(unit.finish, paper.at)}"
    due = "" if unit.due is None else f", due {day(unit.due, paper.at)}"
    late = unit.due is not None and unit.finish > unit.due
    screen.put(
        ("  ", ""),
        (unit.unit, "bold"),
        (f"  {COURSES[unit.course]}", "cyan"),
        (f"  {grouped(unit.cost, 2)} {paper.currency}", ""),
    )
    screen.say(f"{days}{due}", "red" if late else "dim", indent=4)
    for part in unit.parts:
        screen.say(_part(part, paper), indent=4, hang=2)


def _part(part: PartDecision, paper: KitResolve) -> str:
    needed = f"{part.station} needs {written(part.pieces, part.unit)} {part.name} {part.part}"
    takes = [
        f"{'' if len(part.sources) == 1 else written(take.pieces, part.unit) + ': '}{take.what}"
        f" ({_price(take)}){MARK if take.note else ''}"
        for take in part.sources
    ]
    return f"{needed} on {day(part.needed, paper.at)}: {'; '.join(takes) or 'nothing'}"


def _price(take: TakenFrom) -> str:
    if not take.order_share:
        return grouped(take.cost, 2)
    own = take.cost - take.order_share
    share = f"{grouped(take.order_share, 2)} of the order"
    return f"{grouped(own, 2)}, and {share}" if own else share


def _runners(screen: Screen, paper: KitResolve) -> None:
    if not paper.runner_ups:
        return
    screen.title("Next best, and what it would cost more")
    alike: dict[tuple[object, ...], list[RunnerUpLine]] = defaultdict(list)
    for other in sorted(paper.runner_ups, key=lambda other: other.more):
        alike[other.more, other.at_most, other.course, other.instead, other.finish].append(other)
    shown = list(alike.values())[:MOST_RUNNERS]
    for group in shown:
        _runner(screen, paper, group)
    n_left = len(paper.runner_ups) - sum(map(len, shown))
    if n_left:
        screen.say(f"{n_left} more; --json prints all.", "dim")
    _notes(screen, (group[0].note for group in shown))


def _runner(screen: Screen, paper: KitResolve, group: list[RunnerUpLine]) -> None:
    """The same thing for one vehicle or for several."""
    other = group[0]
    more = f"{'≤ ' if other.at_most else ''}+{grouped(other.more, 2)} {paper.currency}"
    same = f", and the same for {', '.join(each.unit for each in group[1:])}" if len(group) > 1 else ""
    n_alike = max(each.alike for each in group)
    alike = f"; {n_alike} more like it at the same cost" if n_alike else ""
    screen.put(("  ", ""), (other.unit, "bold"), (f"  {more}", "yellow"), (f"  {COURSES[other.course]}", ""))
    what = f"{other.instead}{MARK if other.note else ''}; finished {day(other.finish, paper.at)}"
    screen.say(f"{what}{alike}{same}", "dim", indent=4, hang=2)


def _claims(screen: Screen, paper: KitResolve, kits: KitPlant) -> None:
    if not paper.claims:
        return
    screen.title("Claims to write")
    for claim in paper.claims:
        screen.say(_claim(claim, paper), hang=2)
        for line in _command(claim, kits):
            screen.put(("    ", ""), (line, "bold"))


def _claim(claim: ClaimDraft, paper: KitResolve) -> str:
    due = "" if claim.due is None else f", to be sent by {day(claim.due, paper.at)}"
    late = " (that day is over)" if claim.due is not None and claim.due < paper.at else ""
    worth = "worth unknown" if claim.value is None else money(claim.value, paper.currency)
    what = f"{joined(list(claim.parts))}, {'about ' if claim.is_assumed else ''}{worth}"
    return f"{claim.partner}, lot {claim.lot}: {what}{due}{late}"


def _command(claim: ClaimDraft, kits: KitPlant) -> Iterator[str]:
    """The command that writes the draft, over several lines where it names several discrepancies."""
    names = [f"--discrepancy {name[:SHORT_ID]}" for name in claim.discrepancies]
    words = [kits.command("claim", "draft", claim.lot), *names]
    for at, word in enumerate(words):
        indent, goes_on = ("  " if at else ""), (" \\" if at < len(words) - 1 else "")
        yield f"{indent}{word}{goes_on}"
