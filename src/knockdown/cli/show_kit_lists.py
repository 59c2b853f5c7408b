"""Lots, stock, claims and the other lists of kits, as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from knockdown.cli.show_kit import LIMIT, STAGES, basis, day, lacking_of, warnings
from knockdown.documents.kit_claims import ClaimForm, ClaimLine, KitClaims
from knockdown.documents.kit_lists import (
    CarrierLine,
    KitBorrows,
    KitCarries,
    KitChanges,
    KitPackaging,
    KitPark,
    ParkLine,
)
from knockdown.documents.kit_stock import KitDocument, KitLotLine, KitLots, KitStock, PartStock, StateLine
from knockdown.kitting.terms import KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import dated, grouped, joined, money, percent, plain, some

COMING = ("ordered", "in_transit")
HELD = ("in_customs", "bonded")
STATE_WORDS = {
    "ordered": "ordered",
    "in_transit": "on the way",
    "in_customs": "in customs",
    "bonded": "in bond",
    "unopened": "in closed cases",
    "on_hand": "on hand",
    "at_line": "at the line",
    "in_units": "in vehicles",
    "quarantined": "set aside, bad",
    "missing": "missing",
    "scrapped": "scrapped",
    "returned": "sent back",
    "lent": "lent",
}
WAYS = {
    "ordered": "ordered",
    "transit": "on the way",
    "customs": "in customs",
    "bonded": "in bond",
    "cleared": "cleared",
}


def _opening(console: Console, paper: KitDocument, kits: KitPlant, what: str) -> Screen:
    screen = Screen(console)
    screen.say(f"{kits.name}, {dated(paper.at.isoformat())}: {what}", "bold", 0)
    return screen


def _end(screen: Screen, paper: KitDocument) -> None:
    screen.say(f"{basis(paper.position)}.", "dim", 0)


# Lots and stock


def lots(console: Console, paper: KitLots, kits: KitPlant) -> None:
    """A line a lot: how far, cases, kits, bond, claims, stock."""
    value = sum(lot.stock_value for lot in paper.lots)
    what = f"{some(len(paper.lots), 'kit lot')}, stock on site worth {money(value, paper.currency)}."
    screen = _opening(console, paper, kits, what)
    headings = [
        "Lot",
        "Where",
        "Cases",
        "Kits",
        "Complete",
        "Bond",
        "Claims",
        f"Stock, {paper.currency}",
        "Cost",
    ]
    screen.table(headings, [_lot(lot, paper) for lot in paper.lots], left=2, squeeze=1, drop=(8, 6, 4))
    screen.say("Cases: opened of all. Kits: that can be finished, of those open. Bond: days left.", "dim")
    screen.say("Claims: open ones, and discrepancies in none.", "dim")
    warnings(screen, paper.warnings)
    _end(screen, paper)


def _lot(lot: KitLotLine, paper: KitLots) -> list[str]:
    where = WAYS[lot.status]
    if lot.status != "cleared" and lot.expected is not None:
        where = f"{where}, {day(lot.expected, paper.at)}"
    claims = f"{lot.claims_open}{f' +{lot.not_claimed}' if lot.not_claimed else ''}"
    return [
        lot.lot,
        where,
        f"{lot.opened}/{lot.cases}" if lot.has_list else "no list",
        f"{lot.ready}/{lot.open_units}",
        percent(lot.completeness) if lot.open_units else "–",
        "–" if lot.bond_days_left is None else f"{grouped(lot.bond_days_left)} d",
        claims,
        grouped(lot.stock_value),
        grouped(lot.cost),
    ]


def stock(console: Console, paper: KitStock, kits: KitPlant, limit: int | None = LIMIT) -> None:
    """States with pieces and value; lots, or the parts of one lot."""
    whose = "".join([f" of lot {paper.lot}" if paper.lot else "", f" of {paper.part}" if paper.part else ""])
    what = f"stock{whose} on site worth {money(paper.stock_value, paper.currency)}."
    screen = _opening(console, paper, kits, what)
    rows = [[STATE_WORDS[line.state], grouped(line.pieces), grouped(line.value)] for line in paper.totals]
    screen.table(["State", "Pieces", f"Value, {paper.currency}"], rows)
    if paper.lot is None and paper.part is None:
        _lot_stock(screen, paper)
    else:
        _part_stock(screen, paper, limit)
    screen.say("Values are what each lot cost, shared out over its parts by their price.", "dim")
    _end(screen, paper)


def _lot_stock(screen: Screen, paper: KitStock) -> None:
    screen.title(f"By lot, value in {paper.currency}")
    rows = [
        [
            lot.lot or "loose parts",
            grouped(_sum(lot.states, COMING)),
            grouped(_sum(lot.states, HELD)),
            grouped(_sum(lot.states, ("unopened",))),
            grouped(_sum(lot.states, ("on_hand",))),
            grouped(_sum(lot.states, ("at_line",))),
            grouped(_sum(lot.states, ("quarantined",))),
            grouped(lot.stock_value),
        ]
        for lot in paper.lots
    ]
    headings = ["Lot", "Coming", "Customs", "Closed", "On hand", "At line", "Bad", "On site"]
    screen.table(headings, rows, drop=(5, 6))


def _sum(states: Sequence[StateLine], names: Sequence[str]) -> float:
    return sum(line.value for line in states if line.state in names)


def _part_stock(screen: Screen, paper: KitStock, limit: int | None) -> None:
    screen.title("By part")
    shown = paper.parts if limit is None else paper.parts[:limit]
    first = [part.part if paper.part is None else part.lot or "loose parts" for part in shown]
    rows = [
        [name, part.name, _where(part), grouped(part.stock_value)]
        for name, part in zip(first, shown, strict=True)
    ]
    headings = ["Part" if paper.part is None else "Lot", "Name", "Pieces", f"Value, {paper.currency}"]
    screen.table(headings, rows, left=3, squeeze=2, drop=() if paper.part is None else (1,))
    if len(shown) < len(paper.parts):
        screen.say(f"{some(len(paper.parts) - len(shown), 'more part')}; --all shows them.", "dim")


def _where(part: PartStock) -> str:
    words = [f"{written(line.pieces, part.unit)} {STATE_WORDS[line.state]}" for line in part.states]
    words += [f"owes {written(part.owes, part.unit)}"] if part.owes else []
    return ", ".join([*words, *([f"is owed {written(part.owed, part.unit)}"] if part.owed else [])])


# Claims


def claims(console: Console, paper: KitClaims, kits: KitPlant) -> None:
    """Open and settled claims, their ages, what is not claimed."""
    n_open = sum(claim.is_open for claim in paper.claims)
    what = f"{some(n_open, 'open claim')}, {money(paper.open_value, paper.currency)}."
    screen = _opening(console, paper, kits, what)
    if paper.recovery_rate is not None:
        got = (
            f"{money(paper.recovered_value, paper.currency)} of {money(paper.claimed_value, paper.currency)}"
        )
        screen.say(
            f"Of what was claimed, {got} was replaced or credited: {percent(paper.recovery_rate)}.", "", 0
        )
    _ages(screen, paper)
    screen.title("Claims")
    headings = ["Claim", "State", "Lot", "Next", "Age, d", "Pieces", paper.currency]
    screen.table(headings, [_claim(claim, paper.at) for claim in paper.claims], left=4, squeeze=3, drop=(5,))
    if paper.not_claimed:
        screen.title("Not claimed")
        rows = [
            [
                line.lot,
                line.partner or "–",
                joined(list(line.parts)),
                grouped(line.value, 2),
                _left(line.due, line.days_left, paper.at),
            ]
            for line in paper.not_claimed
        ]
        screen.table(
            ["Lot", "Partner", "Parts", paper.currency, "Send by"], rows, left=3, squeeze=2, drop=(1,)
        )
    _end(screen, paper)


def _ages(screen: Screen, paper: KitClaims) -> None:
    screen.title("Open claims by age")
    rows = [[f"{b.days} days", grouped(b.claims), grouped(b.value, 2)] for b in paper.ageing]
    screen.table(["", "Claims", paper.currency], rows)


def _claim(claim: ClaimLine, near: date) -> list[str]:
    pieces = sum(row.pieces for row in claim.rows)
    return [
        claim.claim,
        claim.state,
        claim.lot,
        _next(claim, near),
        grouped(claim.age_days) if claim.is_open else "–",
        grouped(pieces),
        grouped(claim.value, 2),
    ]


def _next(claim: ClaimLine, near: date) -> str:
    if claim.state == "draft":
        return f"send by {_left(claim.due, claim.days_left, near)}"
    if claim.state == "sent":
        return "partner to answer"
    if claim.state == "accepted":
        return f"parts on {day(claim.expected, near)}" if claim.expected else "parts or money to come"
    return "settled" if claim.state != "rejected" else "rejected"


def _left(due: date | None, days_left: int | None, near: date) -> str:
    if due is None or days_left is None:
        return "–"
    return (
        f"{day(due, near)}, {-days_left} d late" if days_left < 0 else f"{day(due, near)}, {days_left} d left"
    )


def form(console: Console, paper: ClaimForm, kits: KitPlant) -> None:
    """The claim in short, and its files."""
    what = f"claim {paper.claim} on {paper.partner}, {money(paper.value, paper.currency)}."
    screen = _opening(console, paper, kits, what)
    rows = [
        [
            line.case or "–",
            line.part,
            line.name,
            written(line.claimed, line.unit),
            f"{line.code}{' *' if line.in_assembly else ''}",
            line.meaning,
        ]
        for line in paper.lines
    ]
    screen.table(["Case", "Part", "Name", "Claimed", "Code", "Meaning"], rows, left=6, squeeze=2, drop=(5,))
    screen.pairs([(kind.upper(), path) for kind, path in paper.files.items()])


# Borrowed parts, park, packaging


def borrows(console: Console, paper: KitBorrows, kits: KitPlant) -> None:
    """Who took what from whom, and what is owed."""
    what = "nothing is owed between lots."
    if paper.owed:
        what = f"{some(paper.owed, 'piece')} owed between lots, {money(paper.owed_value, paper.currency)}."
    screen = _opening(console, paper, kits, what)
    if paper.borrows:
        rows = [
            [
                b.borrow,
                b.taker,
                b.lender,
                f"{b.part} {b.name}",
                written(b.pieces, b.unit),
                written(b.owed, b.unit),
                day(b.borrowed, paper.at),
            ]
            for b in paper.borrows
        ]
        headings = ["Borrow", "Taken by", "From", "Part", "Pieces", "Owed", "On"]
        screen.table(headings, rows, left=4, squeeze=3, drop=(6,))
    for debt in paper.debts:
        screen.say(f"Lot {debt.taker} owes lot {debt.lender} {some(debt.owed, 'piece')}.")
    _end(screen, paper)


def park(console: Console, paper: KitPark, kits: KitPlant) -> None:
    """Short-built vehicles, the next to be finished first."""
    if not paper.units:
        _end(_opening(console, paper, kits, "no vehicle stands short of parts."), paper)
        return
    n_units = some(len(paper.units), "vehicle")
    stands = "stands" if len(paper.units) == 1 else "stand"
    what = f"{n_units} {stands} short of parts, {money(paper.tied_up, paper.currency)} tied up in kits."
    screen = _opening(console, paper, kits, what)
    if paper.next is not None:
        screen.say(f"Next to be finished: {paper.next}, {day(paper.next_date, paper.at)}.", "", 0)
    rows = [
        [
            unit.unit,
            unit.variant,
            grouped(unit.days_short),
            day(unit.due, paper.at),
            "now" if unit.is_ready else day(unit.finish, paper.at),
            _short_of(unit, kits, paper.at),
        ]
        for unit in paper.units
    ]
    headings = ["Vehicle", "Variant", "Days short", "Due", "Finished", "Short of"]
    screen.table(headings, rows, left=6, squeeze=5, drop=(1,))
    screen.say(f"{some(paper.days_short, 'vehicle-day')} short until now.", "dim")
    _end(screen, paper)


def _short_of(unit: ParkLine, kits: KitPlant, near: date) -> str:
    if unit.missing:
        return lacking_of(unit.missing, near)
    names = [f"{part} {kits.parts[part].name}" if part in kits.parts else part for part in unit.open_parts]
    return f"{joined(names)}: there, to be fitted"


def packaging(console: Console, paper: KitPackaging, kits: KitPlant) -> None:
    """What goes back to whom."""
    what = f"{some(paper.to_return, 'empty piece', 'empty pieces')} of packaging to go back."
    screen = _opening(console, paper, kits, what)
    rows = [
        [
            line.name,
            plain(line.packaging).lower(),
            grouped(line.came),
            grouped(line.emptied),
            grouped(line.returned),
            grouped(line.to_return) if line.must_return else "keep",
            grouped(line.on_the_way),
        ]
        for line in paper.lines
    ]
    headings = ["Partner", "Packaging", "Came", "Emptied", "Went back", "To return", "Coming"]
    screen.table(headings, rows, left=2, drop=(6,))
    _end(screen, paper)


# Who carries what, changes


def carries(console: Console, paper: KitCarries, kits: KitPlant, limit: int | None = LIMIT) -> None:
    """Vehicles that carry parts in question, proven ones first."""
    whose = f"case {paper.case}" if paper.case else f"lot {paper.lot}"
    what = f"{paper.part} of {whose}" if paper.part else f"parts of {whose}"
    told = f"{some(paper.proven, 'vehicle')} proven to carry {what}, {grouped(paper.possible)} possible."
    screen = _opening(console, paper, kits, told)
    for why in dict.fromkeys(unit.why for unit in paper.units):
        _carriers(screen, why, [unit for unit in paper.units if unit.why == why], limit)
    if paper.kits_before:
        before = some(paper.kits_before, "kit")
        screen.say(
            f"{before} of the lot went into vehicles before the records begin: look there too.", "yellow"
        )
    left = sum(paper.left.values())
    if left:
        kinds = some(len(paper.left), "part")
        screen.say(f"Still in store or closed cases: {grouped(left)} pieces of {kinds}.")
    _end(screen, paper)


def _carriers(screen: Screen, why: str, units: Sequence[CarrierLine], limit: int | None) -> None:
    """Vehicles for one reason: a line each where they have something, else by name."""
    screen.title(f"{plain(units[0].proof)}: {why}")
    shown = units if limit is None else units[:limit]
    if any(unit.parts for unit in shown):
        stages = {**STAGES, "gone": "gone"}
        rows = [[unit.unit, stages[unit.stage], _given(unit)] for unit in shown]
        screen.table(["Vehicle", "Where", "Has"], rows, left=3, squeeze=2)
    else:
        screen.say(", ".join(unit.unit for unit in shown))
    if len(shown) < len(units):
        screen.say(f"{some(len(units) - len(shown), 'more vehicle')}; --all shows them.", "dim")


def _given(unit: CarrierLine) -> str:
    if not unit.parts:
        return "nothing yet"
    if len(unit.parts) == 1:
        return f"{grouped(unit.parts[0].pieces)} {unit.parts[0].part}"
    return some(len(unit.parts), "part")


def changes(console: Console, paper: KitChanges, kits: KitPlant) -> None:
    """Change notes and where each stands."""
    screen = _opening(console, paper, kits, f"{some(len(paper.changes), 'change note')}.")
    for line in paper.changes:
        colour = {"coming": "yellow", "running": "cyan", "done": "green"}[line.state]
        screen.put(("  ", ""), (f"{line.state:<8}", colour), (f" {line.note}", "bold"))
        old, new = (_named(kits, part) for part in (line.old_part, line.new_part))
        change = f"{old} becomes {new}" if line.old_part and line.new_part else f"{new} is added"
        if line.new_part is None:
            change = f"{old} is left out"
        screen.say(f"{change}: last old {line.last_old}, first new {line.first_new}; {line.why}.", indent=4)
        here = f"{grouped(line.old_left)} old and {grouped(line.new_here)} new pieces here"
        units = (
            f"open vehicles: {grouped(line.units_old)} with the old, {grouped(line.units_new)} with the new"
        )
        screen.say(f"{here}; {units}.", "dim", indent=4)
    _end(screen, paper)


def _named(kits: KitPlant, part_id: str | None) -> str:
    if part_id is None:
        return "nothing"
    return f"{part_id} {kits.parts[part_id].name}" if part_id in kits.parts else part_id
