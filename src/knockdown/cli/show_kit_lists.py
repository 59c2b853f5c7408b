"""Claims and the other lists of kits, as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from knockdown.cli.show_kit import (
    GUESS,
    GUESSED,
    LIMIT,
    STAGES,
    WIDE,
    day,
    end,
    lacking_of,
    opening,
)
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
from knockdown.kitting.terms import KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped, joined, money, percent, plain, some

# Claims


def claims(console: Console, paper: KitClaims, kits: KitPlant) -> None:
    """Open and settled claims, their ages, what is not claimed."""
    n_open = sum(claim.is_open for claim in paper.claims)
    worth = "price not known" if paper.open_value is None else money(paper.open_value, paper.currency)
    what = f"{some(n_open, 'open claim')}, {worth}."
    screen = opening(console, paper, kits, what)
    if paper.recovery_rate is not None:
        got = (
            f"{money(paper.recovered_value, paper.currency)} of {money(paper.claimed_value, paper.currency)}"
        )
        screen.say(
            f"Of what was claimed, {got} was replaced or credited: {percent(paper.recovery_rate)}.", "", 0
        )
    if paper.claims:
        _ages(screen, paper)
        screen.title("Claims")
        headings = ["Claim", "State", "Lot", "Age, d", paper.currency, "Next"]
        rows = [_claim(claim, paper.at) for claim in paper.claims]
        screen.table(headings, rows, left=6, squeeze=5, right=(3, 4))
    else:
        screen.say("No claim was written.")
    if paper.not_claimed:
        screen.title("Not claimed")
        rows = [
            [
                line.lot,
                line.partner or "–",
                _worth(line.value),
                _left(line.due, line.days_left, paper.at),
                joined(list(line.parts)),
            ]
            for line in paper.not_claimed
        ]
        headings = ["Lot", "Partner", paper.currency, "Send by", "Parts"]
        screen.table(headings, rows, left=5, squeeze=4, right=(2,))
    if any(claim.assumed_value for claim in paper.claims):
        screen.say("About: some parts claimed have no price in the description; it is assumed.", "yellow")
    end(screen, paper)


def _ages(screen: Screen, paper: KitClaims) -> None:
    screen.title("Open claims by age")
    rows = [[f"{b.days} days", grouped(b.claims), _worth(b.value)] for b in paper.ageing]
    screen.table(["Age", "Claims", paper.currency], rows)


def _worth(value: float | None, assumed: float | None = None) -> str:
    """Money of a claim; an assumed worth where no price is known."""
    if value is not None:
        return grouped(value, 2)
    return "not known" if assumed is None else f"about {grouped(assumed, 0)}"


def _claim(claim: ClaimLine, near: date) -> list[str]:
    return [
        claim.claim,
        claim.state,
        claim.lot,
        grouped(claim.age_days) if claim.is_open else "–",
        _worth(claim.open_value if claim.is_open else claim.value, claim.assumed_value),
        _next(claim, near),
    ]


def _next(claim: ClaimLine, near: date) -> str:
    if claim.state == "draft":
        return f"send by {_left(claim.due, claim.days_left, near)}"
    late = "" if claim.late_days is None else f"; late by {grouped(claim.late_days)} d"
    if claim.state == "sent":
        return f"partner to answer{late}"
    if claim.state == "accepted" and claim.recovered:
        return f"{grouped(claim.recovered, 2)} of {grouped(claim.value or 0, 2)} came, the rest to come{late}"
    if claim.state == "accepted" and claim.expected is not None:
        return f"parts {'were due' if late else 'on'} {day(claim.expected, near)}{late}"
    if claim.state == "accepted":
        return f"parts or money to come{late}"
    return "settled" if claim.state != "rejected" else "rejected"


def _left(due: date | None, days_left: int | None, near: date) -> str:
    if due is None or days_left is None:
        return "–"
    return (
        f"{day(due, near)}, {-days_left} d late" if days_left < 0 else f"{day(due, near)}, {days_left} d left"
    )


def form(console: Console, paper: ClaimForm, kits: KitPlant) -> None:
    """The claim in short, and its files."""
    worth = "price not known" if paper.value is None else money(paper.value, paper.currency)
    what = f"claim {paper.claim} on {paper.partner}, {worth}."
    screen = opening(console, paper, kits, what)
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
    screen = opening(console, paper, kits, what)
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
    end(screen, paper)


def park(console: Console, paper: KitPark, kits: KitPlant) -> None:
    """Short-built vehicles, the next to be finished first."""
    if not paper.units:
        end(opening(console, paper, kits, "no vehicle stands short of parts."), paper)
        return
    n_units = some(len(paper.units), "vehicle")
    stands = "stands" if len(paper.units) == 1 else "stand"
    what = f"{n_units} {stands} short of parts, {money(paper.tied_up, paper.currency)} tied up in kits."
    screen = opening(console, paper, kits, what)
    if paper.next is not None:
        screen.say(f"Next to be finished: {paper.next}, {day(paper.next_date, paper.at)}.", "", 0)
    rows = [
        [
            unit.unit,
            *([unit.variant] if screen.width >= WIDE else []),
            grouped(unit.days_short),
            day(unit.due, paper.at),
            "now" if unit.is_ready else day(unit.finish, paper.at),
            _short_of(unit, kits, paper.at),
        ]
        for unit in paper.units
    ]
    variant = ["Variant"] if screen.width >= WIDE else []
    headings = ["Vehicle", *variant, "Days short", "Due", "Can be finished", "Short of"]
    figures = (headings.index("Days short"),)
    screen.table(headings, rows, left=6, squeeze=len(headings) - 1, right=figures)
    if any(GUESSED in row[-1] for row in rows):
        screen.say(GUESS, "dim")
    screen.say(f"They stood short for {some(paper.days_short, 'vehicle-day')} until now.", "dim")
    end(screen, paper)


def _short_of(unit: ParkLine, kits: KitPlant, near: date) -> str:
    if unit.missing:
        return lacking_of(unit.missing, near)
    names = [f"{part} {kits.parts[part].name}" if part in kits.parts else part for part in unit.open_parts]
    return f"{joined(names)}: there, to be fitted"


def packaging(console: Console, paper: KitPackaging, kits: KitPlant) -> None:
    """What goes back to whom."""
    what = f"{some(paper.to_return, 'empty crate or frame', 'empty crates and frames')} to go back."
    screen = opening(console, paper, kits, what)
    if not paper.lines:
        screen.say("No case of a partner's lot is known.")
        end(screen, paper)
        return
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
    headings = ["Partner", "Packaging", "Came", "Emptied", "Back", "To return", "Coming"]
    screen.table(headings, rows, left=2, drop=(6,))
    screen.say("Pieces; back: went back to the partner; keep: no contract asks for it back.", "dim")
    end(screen, paper)


# Who carries what, changes


def carries(console: Console, paper: KitCarries, kits: KitPlant, limit: int | None = LIMIT) -> None:
    """Vehicles that carry parts in question, proven ones first."""
    whose = f"case {paper.case}" if paper.case else f"lot {paper.lot}"
    what = f"{paper.part} of {whose}" if paper.part else f"parts of {whose}"
    told = f"{some(paper.proven, 'vehicle')} proven to carry {what}, {grouped(paper.possible)} possible."
    screen = opening(console, paper, kits, told)
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
    end(screen, paper)


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
    n_notes = some(len(paper.changes), "change note")
    what = n_notes if paper.changes else "no change note speaks of a lot that is known"
    screen = opening(console, paper, kits, f"{what}.")
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
    end(screen, paper)


def _named(kits: KitPlant, part_id: str | None) -> str:
    if part_id is None:
        return "nothing"
    return f"{part_id} {kits.parts[part_id].name}" if part_id in kits.parts else part_id
