"""Tables on kits: lots and how complete they are, vehicles that wait, claims, vehicles that stand short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knockdown.documents.kit_claims import ClaimLine, KitClaims
from knockdown.documents.kit_lists import ParkLine
from knockdown.documents.kit_ready import KitReady, MissingLine, UnitLine
from knockdown.reports.sheet import Column, Table
from knockdown.reports.subject import Subject, plant_column
from knockdown.reports.words import dated, grouped, joined, some

WHOLE_KIT = 20
MEASURED = {"kg": 1000, "l": 1000, "m": 1000, "m2": 1000}
STAGES = {"planned": "not begun", "released": "released", "in_work": "in work", "off_line": "off the line"}
WAYS = {"transit": "on the way", "customs": "in customs", "bonded": "in bond"}
SETTLED = {"replaced": "replaced", "credited": "credited", "rejected": "rejected"}


@dataclass(frozen=True)
class LotState:
    """How many vehicles of a lot are ready, waiting and short, and when more of them will be ready."""

    lot: str
    where: str
    counts: Mapping[str, int]
    more: str

    @property
    def n_open(self) -> int:
        """Vehicles of the lot that are not finished."""
        return sum(self.counts.values())


def lot_states(ready: KitReady) -> tuple[LotState, ...]:
    """Lots with vehicles to finish, in the order of their names."""
    counts: dict[str | None, Counter[str]] = {}
    for unit in ready.units:
        counts.setdefault(unit.kit_lot, Counter())[unit.state] += 1
    lots = sorted((line for line in ready.lots if line.lot in counts), key=lambda line: line.lot or "~")
    return tuple(
        LotState(
            line.lot or "without a lot",
            WAYS.get(line.status, line.status),
            counts[line.lot],
            next((_day(step.date) or "" for step in line.by_day if step.ready > line.ready), ""),
        )
        for line in lots
    )


def lots(subject: Subject) -> Table:
    """Kit completeness by lot."""
    columns = (
        *plant_column(subject),
        Column("lot", "Kit lot"),
        Column("where", "Where"),
        Column("open", "Open vehicles", "count"),
        Column("ready", "Can be finished", "count"),
        Column("waiting", "Wait for parts", "count"),
        Column("short", "Lack parts nothing brings", "count"),
        Column("more", "More from"),
    )
    rows = tuple(
        {
            "plant": subject.plant_name(plant), "lot": lot.lot, "where": lot.where, "open": lot.n_open,
            "ready": lot.counts["ready"], "waiting": lot.counts["waiting"], "short": lot.counts["short"],
            "more": lot.more or None,
        }
        for plant, papers in subject.kits.items()
        for lot in lot_states(papers.ready)
    )  # fmt: skip
    return Table("Kit lots", "Kit lots: vehicles that can be finished, with the kits on site", columns, rows)


def units(subject: Subject) -> Table:
    """Vehicles that lack single parts, in the order in which the line takes them up."""
    columns = (
        *plant_column(subject),
        Column("unit", "Vehicle"),
        Column("where", "Where"),
        Column("start", "Starts"),
        Column("date", "Can be finished"),
        Column("lacks", "Lacks"),
    )
    rows = tuple(
        {
            "plant": subject.plant_name(plant), "unit": unit.unit, "start": _day(unit.start),
            "where": unit.station or STAGES[unit.stage], "date": _day(unit.date),
            "lacks": lacking(unit.missing, unit.n_missing),
        }
        for plant, papers in subject.kits.items()
        for unit in _short_of_few(papers.ready)
    )  # fmt: skip
    return Table("Kit parts", "Vehicles that lack single parts, the next to be built first", columns, rows)


def _short_of_few(ready: KitReady) -> list[UnitLine]:
    late = (unit for unit in ready.units if 0 < unit.n_missing <= WHOLE_KIT)
    return sorted(late, key=lambda unit: (_day(unit.start) is None, unit.start or ready.at, unit.unit))


def lacking(missing: Sequence[MissingLine], n_missing: int) -> str:
    """Missing parts, each with the day it comes.

    >>> lacking((), 0)
    ''
    """
    told = [_lack(each) for each in missing]
    return joined([*told, some(n_missing - len(told), "more part")] if n_missing > len(told) else told)


def _lack(each: MissingLine) -> str:
    comes = "nothing brings it" if each.expected is None else dated(each.expected.isoformat())
    sure = "" if each.is_promised or each.expected is None else ", our estimate"
    return f"{amount(each.pieces, each.unit)} {each.name} {each.part} ({comes}{sure})"


def amount(pieces: int, unit: str) -> str:
    """Pieces as written; measured parts with their unit.

    >>> amount(2, "pcs"), amount(1500, "l")
    ('2', '1.5 l')
    """
    return f"{pieces / MEASURED[unit]:g} {unit}" if unit in MEASURED else grouped(pieces)


def claims(subject: Subject) -> Table:
    """Claims on partners, open ones first, the oldest on top."""
    columns = (
        *plant_column(subject),
        Column("claim", "Claim"),
        Column("state", "State"),
        Column("lot", "Kit lot"),
        Column("partner", "Partner"),
        Column("age", "Age, days", "count"),
        *_money(subject, "value", "Value"),
        Column("next", "Next"),
    )
    rows = tuple(
        {
            "plant": subject.plant_name(plant), "claim": claim.claim, "state": claim.state, "lot": claim.lot,
            "partner": subject.name("partners", plant, claim.partner or ""),
            "age": claim.age_days if claim.is_open else None, "value": claim.value, "next": _next(claim),
            "currency": papers.claims.currency,
        }
        for plant, papers in subject.kits.items()
        for claim in papers.claims.claims
    )  # fmt: skip
    return Table("Kit claims", "Claims on partners, open ones first", columns, rows)


def _next(claim: ClaimLine) -> str:
    if claim.state == "draft":
        return "to be sent" if claim.due is None else f"to be sent by {_day(claim.due)}{_late(claim)}"
    if claim.state == "sent":
        return "partner to answer"
    if claim.state == "accepted":
        return "parts or money to come" if claim.expected is None else f"parts on {_day(claim.expected)}"
    return SETTLED[claim.state]


def _late(claim: ClaimLine) -> str:
    left = claim.days_left or 0
    return f", {some(-left, 'day')} late" if left < 0 else ""


def ages(paper: KitClaims) -> Table:
    """Open claims of a plant by age."""
    columns = (
        Column("days", "Age, days"),
        Column("claims", "Claims", "count"),
        Column("value", f"Value, {paper.currency}", "money"),
    )
    rows = tuple({"days": each.days, "claims": each.claims, "value": each.value} for each in paper.ageing)
    return Table("About", "Open claims by age", columns, rows)


def park(subject: Subject) -> Table:
    """Vehicles that left their line short of parts, the next to be finished first."""
    columns = (
        *plant_column(subject),
        Column("unit", "Vehicle"),
        Column("days", "Days short", "count"),
        Column("due", "Due"),
        Column("date", "Can be finished"),
        *_money(subject, "tied", "Tied up in its kit"),
        Column("lacks", "Short of"),
    )
    rows = tuple(
        {
            "plant": subject.plant_name(plant), "unit": unit.unit, "days": unit.days_short,
            "due": _day(unit.due), "date": "now" if unit.is_ready else _day(unit.finish),
            "tied": unit.tied_up, "lacks": _short_of(unit), "currency": papers.park.currency,
        }
        for plant, papers in subject.kits.items()
        for unit in papers.park.units
    )  # fmt: skip
    return Table("Kit park", "Vehicles built short, the next to be finished first", columns, rows)


def _short_of(unit: ParkLine) -> str:
    told = lacking(unit.missing, len(unit.missing))
    return told or f"{joined(list(unit.open_parts))}: there, to be fitted"


def _money(subject: Subject, key: str, heading: str) -> tuple[Column, ...]:
    """A column of money; plants that reckon in different currencies have a column that says which."""
    currencies = sorted({papers.claims.currency for papers in subject.kits.values()})
    if len(currencies) == 1:
        return (Column(key, f"{heading}, {currencies[0]}", "money"),)
    return Column(key, heading, "money"), Column("currency", "Currency")


def _day(when: object) -> str | None:
    return None if when is None else dated(str(when))
