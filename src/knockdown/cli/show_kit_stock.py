"""Lots and stock, as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from rich.console import Console

from knockdown.cli.show_kit import LIMIT, WIDE, day, end, forecast, opening, warnings
from knockdown.documents.kit_stock import KitLotLine, KitLots, KitStock, LotStock, PartStock, StateLine
from knockdown.kitting.terms import MEASURED, KitPlant, written
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped, money, percent, plain, some

HERE = ("customs", "bonded", "cleared")
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


def lots(console: Console, paper: KitLots, kits: KitPlant) -> None:
    """A line a lot: how far, cases, kits, bond, claims, stock."""
    value = sum(lot.stock_value for lot in paper.lots)
    what = f"{some(len(paper.lots), 'kit lot')}, stock on site worth {money(value, paper.currency)}."
    screen = opening(console, paper, kits, what)
    columns = [*_LOT_COLUMNS, *([_BOND] if any(lot.bond_days_left is not None for lot in paper.lots) else [])]
    columns += [_CLAIMS, *(_WIDE_COLUMNS if screen.width >= WIDE else [])]
    columns.append((f"Stock, {paper.currency}", "", lambda lot, _: grouped(lot.stock_value)))
    if screen.width >= WIDE:
        columns.append((f"Cost, {paper.currency}", "", lambda lot, _: grouped(lot.cost)))
    if paper.is_forecast:
        forecast(screen, paper.known_to, paper.is_forecast)
        columns.insert(4, ("There", "of these, with what is there", lambda lot, _: grouped(lot.ready_there)))
    rows = [[cell(lot, paper.at) for _, _, cell in columns] for lot in paper.lots]
    screen.table([heading for heading, _, _ in columns], rows, left=2, squeeze=1)
    for heading, meaning, _ in columns:
        if meaning:
            screen.say(f"{heading}: {meaning}.", "dim")
    _unpriced(
        screen, [lot.lot for lot in paper.lots if lot.status in HERE and lot.cost and not lot.stock_value]
    )
    warnings(screen, paper.warnings)
    end(screen, paper)


LotColumn = tuple[str, str, Callable[[KitLotLine, date], str]]


def _way(lot: KitLotLine, near: date) -> str:
    where = WAYS[lot.status]
    if lot.late_days is not None and lot.expected is not None:
        return f"{where}, due {day(lot.expected, near)}, {grouped(lot.late_days)} d late"
    return where if lot.status == "cleared" or lot.expected is None else f"{where}, {day(lot.expected, near)}"


def _coming(lot: KitLotLine, near: date) -> str:
    return "–" if lot.coming_by is None else f"+{grouped(lot.coming)} by {day(lot.coming_by, near)}"


_LOT_COLUMNS: tuple[LotColumn, ...] = (
    ("Lot", "", lambda lot, _: lot.lot),
    ("Where", "", _way),
    (
        "Cases",
        "opened of all known",
        lambda lot, _: f"{lot.opened}/{lot.cases}" if lot.has_list else "no list",
    ),
    ("Kits", "that can be finished, of all not finished", lambda lot, _: f"{lot.ready}/{lot.open_units}"),
)
_BOND: LotColumn = (
    "Bond",
    "days left, d",
    lambda lot, _: "–" if lot.bond_days_left is None else f"{grouped(lot.bond_days_left)} d",
)
_CLAIMS: LotColumn = (
    "Claims",
    "open ones, and + discrepancies that stand in none",
    lambda lot, _: f"{lot.claims_open}{f' +{lot.not_claimed}' if lot.not_claimed else ''}",
)
_WIDE_COLUMNS: tuple[LotColumn, ...] = (
    ("Complete", "", lambda lot, _: percent(lot.completeness) if lot.open_units else "–"),
    ("Coming", "kits completed by what is promised or reckoned, and the day", _coming),
)


def _unpriced(screen: Screen, names: Sequence[str]) -> None:
    """That a worth of nothing is a price nobody gave."""
    if names:
        lots = f"lot {names[0]}" if len(names) == 1 else f"{len(names)} lots"
        screen.say(f"Parts of {lots} have no price in the description: their worth counts as 0.", "yellow")


def stock(console: Console, paper: KitStock, kits: KitPlant, limit: int | None = LIMIT) -> None:
    """States with pieces and value; lots, or the parts of one lot."""
    whose = "".join([f" of lot {paper.lot}" if paper.lot else "", f" of {paper.part}" if paper.part else ""])
    what = f"stock{whose} on site worth {money(paper.stock_value, paper.currency)}."
    screen = opening(console, paper, kits, what)
    if not paper.totals:
        screen.say("No piece of it is here, on its way or missing.")
        end(screen, paper)
        return
    units = {part.unit for part in paper.parts}
    unit = units.pop() if len(units) == 1 else "pcs"
    rows = [
        [STATE_WORDS[line.state], _amount(line.pieces, unit), grouped(line.value)] for line in paper.totals
    ]
    screen.table(["State", "Pieces", f"Value, {paper.currency}"], rows)
    if paper.lot is None and paper.part is None:
        _lot_stock(screen, paper, limit)
    if paper.lot is not None or paper.part is not None or limit is None:
        _case_stock(screen, paper, limit)
        _part_stock(screen, paper, limit)
    screen.say("Values are what each lot cost, shared out over its parts by their price.", "dim")
    _unpriced(screen, [lot.lot for lot in paper.lots if lot.lot and lot.states and not _worth(lot)])
    end(screen, paper)


def _lot_stock(screen: Screen, paper: KitStock, limit: int | None) -> None:
    screen.title(f"By lot, value in {paper.currency}")
    shown = paper.lots if limit is None else paper.lots[:limit]
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
        for lot in shown
    ]
    headings = ["Lot", "Coming", "Customs", "Closed", "On hand", "At line", "Bad", "On site"]
    screen.table(headings, rows, drop=(5, 6))
    _more(screen, len(paper.lots) - len(shown), "more lot")


def _amount(n_parts: int, unit: str) -> str:
    return written(n_parts, unit) if unit in MEASURED else grouped(n_parts)


def _worth(lot: LotStock) -> float:
    return sum(line.value for line in lot.states)


def _case_stock(screen: Screen, paper: KitStock, limit: int | None) -> None:
    if not paper.cases:
        return
    screen.title("By case" if paper.part is None else f"Cases with {paper.part} on their list")
    shown = paper.cases if limit is None else paper.cases[:limit]
    rows = [
        [
            case.case,
            case.lot,
            case.container or "–",
            plain(case.packaging).lower(),
            f"opened {day(case.opened, paper.at)}" if case.opened else f"closed, {WAYS[case.status]}",
            grouped(case.parts),
            grouped(case.value),
        ]
        for case in shown
    ]
    headings = ["Case", "Lot", "Container", "Packaging", "Where", "Parts", f"Closed, {paper.currency}"]
    screen.table(headings, rows, left=5, squeeze=4, drop=(3,) if paper.lot is None else (1, 3))
    _more(screen, len(paper.cases) - len(shown), "more case")


def _more(screen: Screen, left: int, what: str) -> None:
    if left > 0:
        screen.say(f"and {some(left, what)}; --all shows them, --limit N so many.", "dim")


def _sum(states: Sequence[StateLine], names: Sequence[str]) -> float:
    return sum(line.value for line in states if line.state in names)


def _part_stock(screen: Screen, paper: KitStock, limit: int | None) -> None:
    screen.title("By part")
    shown = paper.parts if limit is None else paper.parts[:limit]
    first = [part.part if paper.part is None else part.lot or "loose parts" for part in shown]
    rows = [
        [name, part.name, grouped(part.stock_value), _where(part)]
        for name, part in zip(first, shown, strict=True)
    ]
    headings = ["Part" if paper.part is None else "Lot", "Name", f"On site, {paper.currency}", "Pieces"]
    screen.table(headings, rows, left=4, squeeze=3, right=(2,))
    _more(screen, len(paper.parts) - len(shown), "more part" if paper.part is None else "more lot")


def _where(part: PartStock) -> str:
    words = [f"{written(line.pieces, part.unit)} {STATE_WORDS[line.state]}" for line in part.states]
    words += [f"owes {written(part.owes, part.unit)}"] if part.owes else []
    return ", ".join([*words, *([f"is owed {written(part.owed, part.unit)}"] if part.owed else [])])
