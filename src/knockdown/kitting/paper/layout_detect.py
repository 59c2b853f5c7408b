"""Find out how a partner's list is laid out, or say what was found and how to write the layout by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knockdown.basics.faults import BadInput, Fault, shorten
from knockdown.basics.sheets import Cell, Sheet
from knockdown.basics.table_rows import column_letters
from knockdown.kitting.paper.headings import FIELDS, PLACES, Field, fold, is_weak, mass_unit, recognise
from knockdown.kitting.paper.layout import (
    SEARCHED_ROWS,
    SHEET_NAME,
    Column,
    MapOptions,
    Mapping,
    column_number,
    header_texts,
    join_headings,
)

_STACKED = 3
_NEEDED: tuple[Field, ...] = ("part", "qty")
_MOST_TOLD = 3
_MOST_SHOWN = 30
_BY_HAND = "say the columns, as --map part=C --map qty=F"


@dataclass(frozen=True, slots=True)
class _Heads:
    """Headings found in a sheet: where they stand, their texts by column, and what those name."""

    sheet: Sheet
    start: int
    n_rows: int
    texts: list[str]
    kinds: list[str | None]

    @property
    def score(self) -> tuple[bool, int, int, int]:
        """Best first: the needed ones, most fields, fewest rows, highest up."""
        fields = {kind for kind in self.kinds if kind in FIELDS or kind == "per_kit"}
        has_needed = "part" in fields and bool(fields & {"qty", "per_kit"})
        return has_needed, len(fields), -self.n_rows, -self.start


def find_mapping(
    name: str, sheets: Sequence[Sheet], remembered: Mapping | None, options: MapOptions
) -> Mapping:
    """Give the layout of a list: the one remembered, if it fits, changed by what was said by hand.

    Parameters
    ----------
    name : str
        The file, for messages.
    sheets : sequence of Sheet
        Its sheets.
    remembered : Mapping or None
        The partner's layout so far.
    options : MapOptions
        What was said with `--map`.

    Raises
    ------
    BadInput
        When the layout is unsure, with what was found and the options that would settle it.

    Examples
    --------
    >>> rows = [(1, ["Ящик №", "Обозначение", "Кол-во"]), (2, ["1", "BT-1", 4]), (3, ["", "BT-2", 1])]
    >>> sheet = Sheet("", 3, rows)
    >>> mapping = find_mapping("list.csv", [sheet], None, MapOptions())
    >>> [(one.column, one.field) for one in mapping.columns], mapping.fill
    ([('A', 'case'), ('B', 'part'), ('C', 'qty')], ('case',))
    """
    changes = dict(options.changes)
    if remembered is not None and not options.anew:
        if not options.columns and options.header is None:
            mapping = remembered.model_copy(update=changes)
            if any(mapping.fits(sheet) for sheet in sheets):
                return mapping
            raise BadInput([_no_longer_fits(name, mapping, sheets)])
        kept = ("sheets", "numbers", "quantity", "mass_g", "cases", "encoding")
        changes = {key: getattr(remembered, key) for key in kept} | changes
    wanted = [sheet for sheet in sheets if sheet.rows and Mapping.wants(_pattern(changes), sheet)]
    if not wanted:
        problem = f"has no filled sheet named {changes.get('sheets', '*')}"
        raise BadInput([Fault(name, None, None, None, problem, "say which sheets with --map sheet=PATTERN")])
    return _detect(name, wanted, options, changes)


def looks_like_lines(sheet: Sheet) -> bool:
    """Whether a sheet that was not recognised seems to hold lines, so that it cannot just be left out.

    >>> looks_like_lines(Sheet("Notes", 2, [(1, ["Dear all,", ""])]))
    False
    """
    return sum(_has_number(cells) and sum(cell != "" for cell in cells) > 2 for _, cells in sheet.rows) >= 3


def _pattern(changes: dict[str, Any]) -> Mapping:
    return Mapping(n_header_rows=0, columns=(), sheets=changes.get("sheets", "*"))


def _no_longer_fits(name: str, mapping: Mapping, sheets: Iterable[Sheet]) -> Fault:
    """Say which columns are others than those remembered, a few of them."""
    heads = [head for sheet in sheets if mapping.wants(sheet) and (head := _best(sheet, MapOptions()))]
    step = "if it is the right file, find its columns anew: --map auto"
    if not heads:
        problem = "has no sheet with the headings remembered for this partner"
        return Fault(name, None, None, None, problem, step)
    head = max(heads, key=lambda head: head.score)
    rows = f"they stand in {head.n_rows} rows, expected {mapping.n_header_rows}"
    others = list(_others(mapping, head)) or [rows]
    more = f", and {len(others) - _MOST_TOLD} more" if len(others) > _MOST_TOLD else ""
    told = "; ".join(others[:_MOST_TOLD]) + more
    problem = f"has other headings than those remembered for this partner: {told}"
    return Fault(_place_name(name, head.sheet), _row(head), None, None, problem, step)


def _others(mapping: Mapping, head: _Heads) -> Iterator[str]:
    """Columns that hold something else than expected; the needed ones first."""
    for one in sorted(mapping.columns, key=lambda one: one.field not in _NEEDED):
        place = column_number(one.column) - 1
        found = head.texts[place] if 0 <= place < len(head.texts) else ""
        if place >= 0 and fold(found)[:400] != one.heading:
            shown = f"'{shorten(found, _MOST_SHOWN)}'" if found else "empty"
            yield f"{one.column} is {shown}, expected {one.field} '{shorten(one.heading, _MOST_SHOWN)}'"


# One sheet.


def _detect(name: str, sheets: list[Sheet], options: MapOptions, changes: dict[str, Any]) -> Mapping:
    heads = [head for sheet in sheets if (head := _best(sheet, options))]
    head = max(heads, key=lambda head: head.score[:2], default=None)
    if options.header and not options.header[0]:
        head = None
    if head is None and all(field in options.columns for field in _NEEDED):
        blank = [""] * sheets[0].n_columns
        head = _Heads(sheets[0], 0, 0, blank, _kinds(blank, _said(options)))
    columns, is_per_kit, faults = _columns(name, head, options) if head else ([], False, [])
    faults += _beyond(name, head, options) if head else []
    if head is None or (not faults and not _has_needed(columns)):
        raise BadInput([_not_found(name, sheets, head)])
    changes = _with_mass(name, columns, changes, faults)
    if faults:
        raise BadInput(faults)
    if is_per_kit:
        changes.setdefault("quantity", "kit")
    mapping = Mapping(n_header_rows=head.n_rows, columns=tuple(columns), **changes)
    return mapping if "fill" in changes else mapping.model_copy(update={"fill": _fill(mapping, sheets)})


def _best(sheet: Sheet, options: MapOptions) -> _Heads | None:
    """Headings that name most fields, of all rows they may stand in."""
    texts = header_texts(sheet)
    said = _said(options)
    found = [
        _Heads(sheet, start, n_rows, joined, _kinds(joined, said))
        for start, n_rows in _windows(sheet, texts, options.header)
        for joined in [join_headings(texts[start : start + n_rows])]
        if all(joined[place] for place, name in said.items() if 0 <= place < len(joined) and name in _NEEDED)
    ]
    best = max(found, key=lambda head: head.score, default=None)
    if best is None or best.score[1] < 1:
        return None
    return best


def _said(options: MapOptions) -> dict[int, Field]:
    """Fields said by hand, by the place of their column."""
    return {
        column_number(column) - 1: name
        for name, column in options.columns.items()
        if column not in ("-", SHEET_NAME)
    }


def _windows(
    sheet: Sheet, texts: list[list[str]], header: tuple[int, int] | None
) -> Iterator[tuple[int, int]]:
    """Rows that may be the headings: no number in any, the first not empty, none merged with one outside."""
    if header:
        places = [p for p, (row, _) in enumerate(sheet.rows[:SEARCHED_ROWS]) if header[0] <= row <= header[1]]
        if places:
            yield places[0], len(places)
        return
    hanging = {
        row for one in sheet.merged for row in range(one.top + 1, min(one.bottom, one.top + _STACKED) + 1)
    }
    hangs = [row in hanging for row, _ in sheet.rows[: SEARCHED_ROWS + 1]] + [False]
    for start in range(len(texts)):
        for n_rows in range(1, _STACKED + 1):
            last = start + n_rows - 1
            if (
                last >= len(texts)
                or _has_number(sheet.rows[last][1])
                or not any(texts[start])
                or hangs[start]
            ):
                break
            if not hangs[last + 1]:
                yield start, n_rows


def _kinds(texts: list[str], said: dict[int, Field]) -> list[str | None]:
    kinds = [recognise(text) if text else None for text in texts]
    kinds = [None if kind in said.values() else kind for kind in kinds]
    for place, name in said.items():
        if 0 <= place < len(kinds):
            kinds[place] = name
    return kinds


def _has_number(cells: list[Cell]) -> bool:
    return any(not isinstance(cell, str) or cell.isdigit() for cell in cells)


# Columns.


def _columns(name: str, head: _Heads, options: MapOptions) -> tuple[list[Column], bool, list[Fault]]:
    """Give each field its column; a field with two is a fault, except names, of which the first will do."""
    places: dict[str, list[int]] = {}
    for place, kind in enumerate(head.kinds):
        if kind is not None:
            places.setdefault(kind, []).append(place)
    firm = [place for place in places.get("part", []) if not is_weak(head.texts[place])]
    if firm:
        places["part"] = firm
    per_kit = places.pop("per_kit", [])
    is_per_kit = "qty" not in places and bool(per_kit)
    if is_per_kit:
        places["qty"] = per_kit
    dropped = {name for name, column in options.columns.items() if column in ("-", SHEET_NAME)}
    columns, faults = [], []
    for field in (field for field in FIELDS if field in places and field not in dropped):
        if len(places[field]) > 1 and field != "name":
            faults.append(_two_columns(name, head, field, places[field]))
        letters = column_letters(places[field][0] + 1)
        columns.append(Column(field=field, column=letters, heading=fold(head.texts[places[field][0]])[:400]))
    for field, column in options.columns.items():
        if column == SHEET_NAME:
            columns.append(Column(field=field, column=SHEET_NAME))
    return columns, is_per_kit, faults


def _has_needed(columns: list[Column]) -> bool:
    return set(_NEEDED) <= {column.field for column in columns}


def _two_columns(name: str, head: _Heads, field: str, places: list[int]) -> Fault:
    found = " and ".join(f"{column_letters(place + 1)} ({head.texts[place][:40]})" for place in places[:4])
    step = f"say which counts, as --map {field}={column_letters(places[-1] + 1)}"
    return Fault(
        _place_name(name, head.sheet), _row(head), None, None, f"has two columns for {field}: {found}", step
    )


def _beyond(name: str, head: _Heads, options: MapOptions) -> list[Fault]:
    width = head.sheet.n_columns
    problem = f"is beyond the last column, {column_letters(width)}"
    return [
        Fault(_place_name(name, head.sheet), None, field, column, problem, _BY_HAND)
        for field, column in options.columns.items()
        if column not in ("-", SHEET_NAME) and column_number(column) > width
    ]


def _with_mass(
    name: str, columns: list[Column], changes: dict[str, Any], faults: list[Fault]
) -> dict[str, Any]:
    """Add the unit of the masses, which must stand in their headings or be said."""
    masses = [column for column in columns if column.field in ("net", "gross")]
    if not masses or changes.get("mass_g"):
        return changes
    units = {mass_unit(column.heading) for column in masses} - {None}
    if len(units) == 1:
        return changes | {"mass_g": units.pop()}
    told = " and ".join(f"{column.column} ({column.heading})" for column in masses)
    step = "say it, as --map mass=kg, or leave the masses out: --map net=- --map gross=-"
    problem = "names no one unit of mass" if not units else "names two units of mass"
    faults.append(Fault(name, None, told, None, problem, step))
    return changes


# What is said when the layout is unsure.


def _not_found(name: str, sheets: list[Sheet], head: _Heads | None) -> Fault:
    if head is None:
        problem = (
            f"has no row of headings among its first {SEARCHED_ROWS} rows that names a part and a quantity"
        )
        return Fault(_place_name(name, sheets[0]), None, None, None, problem, f"{_BY_HAND} --map header=5")
    lacking = " and no ".join(field for field in _NEEDED if field not in head.kinds)
    problem = f"has headings, but no {lacking} among them: {_told(head)}"
    return Fault(_place_name(name, head.sheet), _row(head), None, None, problem, _BY_HAND)


def _told(head: _Heads) -> str:
    """The headings that say something, and a few of those that are not known."""
    known, unknown = [], []
    for place, text in enumerate(head.texts):
        shown = f"{column_letters(place + 1)} ({shorten(text, _MOST_SHOWN)})"
        if head.kinds[place]:
            known.append(f"{shown} {head.kinds[place]}")
        elif text:
            unknown.append(shown)
    more = ", ..." if len(unknown) > _MOST_TOLD else ""
    told = [f"found {', '.join(known[:_MOST_TOLD])}"] if known else []
    told += [f"not known {', '.join(unknown[:_MOST_TOLD])}{more}"] if unknown else []
    return "; ".join(told)


def _place_name(name: str, sheet: Sheet) -> str:
    return f"{name} sheet {sheet.name}" if sheet.name else name


def _row(head: _Heads) -> int | None:
    return head.sheet.rows[head.start][0] if head.n_rows else None


# Fields that hold until the next is written.


def _fill(mapping: Mapping, sheets: list[Sheet]) -> tuple[Field, ...]:
    """Fields written on the first row of their block alone: left empty below, and never twice in a row.

    A column that repeats its value speaks for itself: an empty cell in it was forgotten. A box
    never holds unless that is said: a part without one may lie loose in its case.
    """
    used = [(sheet, first) for sheet in sheets if (first := mapping.first_line(sheet)) is not None]
    part = mapping.column_of("part") or 0
    fields = (field for field in PLACES if field != "box")
    return tuple(field for field in fields if _is_written_once(mapping.column_of(field), part, used))


def _is_written_once(place: int | None, part: int, used: list[tuple[Sheet, int]]) -> bool:
    if place is None:
        return False
    has_blank = has_value = False
    for sheet, first in used:
        covered = {
            row
            for one in sheet.merged
            if one.left <= place + 1 <= one.right and one.bottom > one.top
            for row in range(one.top + 1, one.bottom + 1)
        }
        before: Cell = ""
        for row, cells in sheet.rows[first:]:
            cell = cells[place]
            if cell != "" and cell == before:
                return False
            before = cell
            has_value = has_value or cell != ""
            has_blank = has_blank or (cell == "" and cells[part] != "" and row not in covered)
    return has_blank and has_value
