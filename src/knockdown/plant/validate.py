"""What no single row can know: names that lead nowhere, circles, overlaps, impossible calendars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any, Protocol

from knockdown.basics.faults import Fault
from knockdown.plant.site import PlantFile, Shift, minutes_of
from knockdown.plant.validate_kits import kit_faults

DAY_MIN = 24 * 60


class Located(Protocol):
    """A row with the place it came from."""

    @property
    def row(self) -> Any: ...
    @property
    def file(self) -> str: ...
    @property
    def number(self) -> int: ...


Rows = Mapping[str, list[Any]]

PRODUCT = ("variants", "models", "families")
# (table, column) -> tables whose ids the cell may name.
REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("families", "line"): ("lines",),
    ("models", "family"): ("families",),
    ("options", "family"): ("families",),
    ("variants", "model"): ("models",),
    ("variants", "options"): ("options",),
    ("variants", "needs"): ("variants",),
    ("parts", "partner"): ("partners",),
    ("bom", "product"): PRODUCT,
    ("bom", "part"): ("parts",),
    ("bom", "station"): ("stations",),
    ("contracts", "partner"): ("partners",),
    ("contract_lines", "contract"): ("contracts",),
    ("contract_lines", "variant"): ("variants",),
    ("kit_lots", "contract"): ("contracts",),
    ("kit_lots", "variant"): ("variants",),
    ("stock", "variant"): ("variants",),
    ("bom", "element"): ("work_elements",),
    ("cases", "kit_lot"): ("kit_lots",),
    ("units", "kit_lot"): ("kit_lots",),
    ("units", "station"): ("stations",),
    ("units", "missing"): ("parts",),
    ("shortages", "kit_lot"): ("kit_lots",),
    ("shortages", "case"): ("cases",),
    ("shortages", "part"): ("parts",),
    ("loose_stock", "part"): ("parts",),
    ("change_notes", "product"): PRODUCT,
    ("change_notes", "old_part"): ("parts",),
    ("change_notes", "new_part"): ("parts",),
    ("lines", "then"): ("lines",),
    ("stations", "line"): ("lines",),
    ("work_elements", "family"): ("families",),
    ("work_elements", "station"): ("stations",),
    ("work_elements", "after"): ("work_elements",),
    ("channels", "market"): ("markets",),
    ("channels", "site"): ("sites",),
    ("demand", "channel"): ("channels",),
    ("demand", "product"): PRODUCT,
    ("demand", "season"): ("seasons",),
    ("approvals", "product"): PRODUCT,
    ("approvals", "market"): ("markets",),
    ("quotas", "market"): ("markets",),
    ("quotas", "product"): PRODUCT,
    ("published", "product"): PRODUCT,
}
# The same for names that are not ids: routes by their `route`, crews by their `skills`.
OTHER_REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("contracts", "supply_route"): ("routes",),
    ("contracts", "payment_route"): ("routes",),
    ("work_elements", "skill"): ("crews",),
}


def head(file: PlantFile) -> list[Fault]:
    """Faults of plant.toml: overlapping shifts, breaks outside their shift, no time to work."""
    shifts = file.calendar.shifts
    faults = [fault for shift in shifts for fault in _shift_faults(shift)]
    spans = sorted(_span(shift) for shift in shifts)
    around = [*spans, (spans[0][0] + DAY_MIN, spans[0][1] + DAY_MIN)]
    for (_, end), (start, _) in pairwise(around):
        if start < end:
            faults.append(
                _toml(
                    "calendar.shifts",
                    f"{_clock(start)}",
                    "overlaps the shift before it",
                    "let it start when the other ends",
                )
            )
    return faults


def references(rows: Rows, offered: Mapping[str, frozenset[str] | None] | None = None) -> list[Fault]:
    """Names that lead nowhere.

    Parameters
    ----------
    rows : mapping of table to located rows
        Rows without faults of their own.
    offered : mapping of table to names, optional
        Names that faulty rows give, so that one slip is not reported once more wherever its row is named;
        None for a table that cannot be read, whose names are then not looked up at all.
    """
    offered = offered or {}
    hidden = {table for table, names in offered.items() if names is None}
    ids = {table: {r.row.id for r in located if hasattr(r.row, "id")} for table, located in rows.items()}
    ids["routes"] = {r.row.route for r in rows.get("routes", [])}
    ids["crews"] = {skill for r in rows.get("crews", []) for skill in r.row.skills}
    ids.setdefault("seasons", set()).add("flat")
    for table, names in offered.items():
        ids.setdefault(table, set()).update(names or ())
    faults: list[Fault] = []
    for (table, column), targets in {**REFERENCES, **OTHER_REFERENCES}.items():
        if hidden.isdisjoint(targets):
            known = set().union(*(ids.get(target, set()) for target in targets))
            where = "the skills of crews" if targets == ("crews",) else " or ".join(targets)
            faults += _unknown(rows.get(table, []), column, known, where)
    return faults


def meaning(file: PlantFile, rows: Rows) -> list[Fault]:
    """Faults of rows that exist but cannot hold together."""
    checks: tuple[Callable[[PlantFile, Rows], Iterable[Fault]], ...] = (
        _product_ids,
        _precedence,
        _spans,
        _leads,
        _crews,
        _stations,
        _needs,
        _seasons,
        _currencies,
        _calendar_days,
        _used_twice,
        _opening,
        lambda _, tables: kit_faults(tables),
    )
    return [fault for check in checks for fault in check(file, rows)]


def _shift_faults(shift: Shift) -> Iterator[Fault]:
    start, end = _span(shift)
    if start == end - DAY_MIN:
        yield _toml(
            "calendar.shifts", shift.name, "lasts 24 hours", "give it an end that differs from its start"
        )
    taken = []
    for pause in shift.breaks:
        first = minutes_of(pause.start) + (DAY_MIN if minutes_of(pause.start) < start else 0)
        last = minutes_of(pause.end) + (DAY_MIN if minutes_of(pause.end) < start else 0)
        if not start <= first < last <= end:
            yield _toml(
                "calendar.shifts.breaks",
                f"{_clock(first)}-{_clock(last)}",
                "lies outside its shift",
                "put it between start and end",
            )
        taken.append((first, last))
    for (_, before), (after, _) in pairwise(sorted(taken)):
        if after < before:
            yield _toml(
                "calendar.shifts.breaks",
                _clock(after),
                "overlaps the break before it",
                "let breaks follow one another",
            )
    if sum(b - a for a, b in taken) >= end - start:
        yield _toml("calendar.shifts", shift.name, "has no working time left", "shorten its breaks")


def _span(shift: Shift) -> tuple[int, int]:
    start, end = minutes_of(shift.start), minutes_of(shift.end)
    return start, end if end > start else end + DAY_MIN


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _toml(key: str, value: str, problem: str, next_step: str) -> Fault:
    return Fault("plant.toml", None, key, value, problem, next_step)


def _fault(located: Located, column: str, problem: str, next_step: str, value: object = None) -> Fault:
    shown = getattr(located.row, column, None) if value is None else value
    return Fault(
        located.file, located.number, column, None if shown is None else str(shown), problem, next_step
    )


def _unknown(located_rows: Iterable[Located], column: str, known: set[str], where: str) -> Iterator[Fault]:
    for located in located_rows:
        for name in _names(getattr(located.row, column)):
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"perhaps {near[0]}" if near else f"add it to {where}"
                yield _fault(located, column, f"is not in {where}", hint, name)


def _names(value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, tuple):
        return tuple(item[0] if isinstance(item, tuple) else item for item in value)
    return (value,)


def _product_ids(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    for table in ("families", "models", "variants"):
        for located in rows[table]:
            if located.row.id in owner:
                yield _fault(
                    located,
                    "id",
                    f"is already an id in {owner[located.row.id]}",
                    "ids of families, models and variants must differ",
                )
            owner.setdefault(located.row.id, table)


def _precedence(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    elements = {located.row.id: located for located in rows["work_elements"]}
    try:
        TopologicalSorter({name: e.row.after for name, e in elements.items()}).prepare()
    except CycleError as error:
        circle = error.args[1]
        yield _fault(
            elements[circle[0]],
            "after",
            f"closes a circle: {' < '.join(circle[:8])}",
            "remove one of these precedences",
        )
    for located in elements.values():
        for name in located.row.after:
            if name in elements and elements[name].row.family != located.row.family:
                yield _fault(
                    located, "after", "belongs to another family", "precedence holds within a family", name
                )


def _spans(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    for located_rows in rows.values():
        for located in located_rows:
            first, last = getattr(located.row, "date_from", None), getattr(located.row, "date_to", None)
            if first is not None and last is not None and last < first:
                yield _fault(located, "date_to", f"lies before date_from {first}", "swap or mend the dates")
    by_route: dict[str, list[Located]] = {}
    for located in rows["routes"]:
        by_route.setdefault(located.row.route, []).append(located)
    for same in by_route.values():
        for before, after in pairwise(sorted(same, key=lambda r: r.row.date_from)):
            if before.row.date_to is None or before.row.date_to >= after.row.date_from:
                yield _fault(
                    after,
                    "date_from",
                    f"overlaps row {before.number} of the same route",
                    "end the earlier status the day before",
                )


def _leads(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    for located in rows["contracts"]:
        contract: Any = located.row
        if not contract.lead_low_days <= contract.lead_days <= contract.lead_high_days:
            yield _fault(
                located,
                "lead_days",
                "is not between lead_low_days and lead_high_days",
                "order them low, typical, high",
            )
        if not contract.replace_low_days <= contract.replace_days <= contract.replace_high_days:
            yield _fault(
                located,
                "replace_days",
                "is not between replace_low_days and replace_high_days",
                "order them low, typical, high",
            )
        if contract.kits_min_year > contract.kits_max_year:
            yield _fault(located, "kits_min_year", "is above kits_max_year", "mend one of them")


def _crews(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    for located in rows["crews"]:
        crew: Any = located.row
        if not crew.people_min <= crew.people_open <= crew.people_max:
            yield _fault(
                located, "people_open", "is not between people_min and people_max", "mend one of them"
            )


def _stations(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    stations = {located.row.id: located.row for located in rows["stations"]}
    lines = {located.row.id: located.row for located in rows["lines"]}
    line_of = {located.row.id: located.row.line for located in rows["families"]}
    places = Counter((s.line, s.position) for s in stations.values())
    for located in rows["stations"]:
        if places[located.row.line, located.row.position] > 1:
            yield _fault(
                located,
                "position",
                f"is used twice on line {located.row.line}",
                "number the stations 1, 2, 3, ...",
            )
    for located in rows["work_elements"]:
        station, own = stations.get(located.row.station), line_of.get(located.row.family, "")
        allowed = {own, lines[own].then if own in lines else None}
        if station is not None and station.line not in allowed:
            yield _fault(
                located,
                "station",
                f"is on line {station.line}, not on {own} or the bay after it",
                "move the element or the family",
            )
    for located in rows["lines"]:
        then = located.row.then
        if then is not None and then in lines and lines[then].kind != "bay":
            yield _fault(located, "then", "is not a bay", "only a line of kind bay may follow")
    working = {located.row.family for located in rows["work_elements"]}
    for located in rows["families"]:
        if located.row.id not in working:
            yield _fault(located, "id", "has no work elements", "add its work elements")


def _needs(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    variants = {located.row.id: located for located in rows["variants"]}
    try:
        TopologicalSorter({name: [n for n, _ in v.row.needs] for name, v in variants.items()}).prepare()
    except CycleError as error:
        circle = error.args[1]
        yield _fault(
            variants[circle[0]],
            "needs",
            f"closes a circle: {' < '.join(circle[:8])}",
            "no unit can be built into itself",
        )


def _seasons(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    for located in rows["seasons"]:
        if sum(located.row.weights) <= 0:
            yield _fault(located, "m01", "has no month above zero", "give at least one month a weight")


def _currencies(file: PlantFile, rows: Rows) -> Iterator[Fault]:
    known = {located.row.currency for located in rows["rates"]} | {file.currency}
    for table, located_rows in rows.items():
        for located in located_rows:
            currency = getattr(located.row, "currency", None)
            if currency is not None and table != "rates" and currency not in known:
                yield _fault(located, "currency", "has no exchange rate", "add it to rates")


def _calendar_days(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    seen: dict[object, int] = {}
    for located in rows["calendar_days"]:
        if located.row.day in seen:
            yield _fault(located, "day", f"is already in row {seen[located.row.day]}", "keep one of them")
        seen.setdefault(located.row.day, located.number)


def _used_twice(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    for located in rows["contract_lines"]:
        key = (located.row.contract, located.row.variant)
        if key in seen:
            yield _fault(
                located,
                "variant",
                f"is already in row {seen[key]} of the same contract",
                "keep one price and lot size",
            )
        seen.setdefault(key, located.number)


def _opening(_: PlantFile, rows: Rows) -> Iterator[Fault]:
    covered = {(located.row.contract, located.row.variant) for located in rows["contract_lines"]}
    for located in rows["kit_lots"]:
        lot: Any = located.row
        if (lot.contract, lot.variant) not in covered:
            yield _fault(
                located,
                "variant",
                f"is not covered by contract {lot.contract}",
                "add a contract line or mend the lot",
            )
        if lot.kits_left > lot.kits:
            yield _fault(located, "kits_left", f"is more than the lot's {lot.kits} kits", "count again")
        if lot.status != "cleared" and lot.expected_on is None:
            yield _fault(
                located, "expected_on", "is missing for a lot not yet cleared", "write the day it is expected"
            )
