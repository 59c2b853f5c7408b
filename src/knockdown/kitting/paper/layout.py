"""How one partner lays out its packing lists: which column holds what, in which units; remembered as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, Self, get_args

from pydantic import ConfigDict, ValidationError
from pydantic import Field as Described

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.sheets import ENCODINGS, Cell, Sheet
from knockdown.documents.paper import Paper
from knockdown.kitting.paper.headings import FIELDS, PLACES, Field, Quantity, fold
from knockdown.kitting.paper.packing_numbers import LOCALES, Numbers

SHEET_NAME = "sheet"
"""Stands for a column when the sheet's name is the value."""

CaseScope = Literal["list", "lot", "container"]
MASSES = {"kg": 1000, "g": 1, "t": 1_000_000}
MOST_HEADER_ROWS = 4
SEARCHED_ROWS = 60
"""Headings stand in one of the first so many filled rows."""

_LETTERS = r"^([A-Z]{1,3}|sheet)$"
_ALIASES = {
    "quantity": "qty",
    "kit_lot": "lot",
    "wagon": "container",
    "model": "variant",
    "net_mass": "net",
    "gross_mass": "gross",
    "numbers": "locale",
}


class Column(Paper):
    """One column of the list that is used."""

    field: Field = Described(description="what it holds")
    column: str = Described(pattern=_LETTERS, description='its letters, or "sheet": the name of the sheet')
    heading: str = Described(
        "", max_length=400, description="what stands over it, without capitals and points"
    )


class Mapping(Paper):
    """The layout of a partner's packing lists.

    Examples
    --------
    >>> columns = (Column(field="part", column="A", heading="part"), Column(field="qty", column="B"))
    >>> mapping = Mapping(n_header_rows=1, columns=columns, numbers="1 234,5")
    >>> Mapping.from_json(mapping.to_json()) == mapping
    True
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["knockdown.kit.mapping/1"] = Described("knockdown.kit.mapping/1", alias="schema")
    sheets: str = Described("*", max_length=100, description="which sheets are read, with * and ?")
    n_header_rows: int = Described(ge=0, le=MOST_HEADER_ROWS, description="rows of headings; 0: none")
    columns: tuple[Column, ...] = Described(max_length=len(FIELDS))
    fill: tuple[Field, ...] = Described((), description="fields that hold until the next is written")
    numbers: Numbers | None = Described(None, description="how numbers are written in text cells")
    quantity: Quantity = Described("case", description="quantities are of the whole case, or per kit")
    mass_g: int | None = Described(None, description="grams in the unit of the masses: 1, 1000 or 1000000")
    cases: CaseScope = Described("list", description="within what a case number is the only one")
    encoding: str | None = Described(None, description="how a CSV is saved, if not as UTF-8 or UTF-16")

    def to_json(self) -> str:
        """Write the mapping as one JSON document."""
        return self.model_dump_json(by_alias=True, indent=2)

    @classmethod
    def from_json(cls, text: str, name: str = "mapping.json") -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        BadInput
            With every fault, when it is no mapping.

        Examples
        --------
        >>> Mapping.from_json("{}")
        Traceback (most recent call last):
        ...
        knockdown.basics.faults.BadInput: 2 faults: mapping.json key n_header_rows: Field required; ...
        """
        try:
            mapping = cls.model_validate_json(text)
        except ValidationError as error:
            step = "import the list again with --map auto"
            raise BadInput(
                Fault(name, None, ".".join(map(str, one["loc"])) or None, None, one["msg"], step)
                for one in error.errors(include_url=False, include_input=False)
            ) from None
        if problem := mapping.problem():
            raise BadInput([Fault(name, None, "columns", None, problem, "import the list with --map auto")])
        return mapping

    def problem(self) -> str | None:
        """Say why this mapping cannot be used, if so."""
        fields = [column.field for column in self.columns]
        lacking = [name for name in ("part", "qty") if name not in fields]
        if lacking:
            return f"says no column for {' and '.join(lacking)}"
        if len(set(fields)) < len(fields):
            return "says two columns for one field"
        letters = [column.column for column in self.columns if column.column != SHEET_NAME]
        if len(set(letters)) < len(letters):
            return "says one column for two fields"
        if self.mass_g not in (None, *MASSES.values()):
            return f"says a mass unit of {self.mass_g} g"
        if self.encoding not in (None, *ENCODINGS):
            return f"says the encoding {self.encoding}"
        return None

    def wants(self, sheet: Sheet) -> bool:
        """Whether the sheet is one of those to read."""
        return fnmatchcase(sheet.name, self.sheets)

    def fits(self, sheet: Sheet) -> bool:
        """Whether the sheet is to be read and has the headings of this mapping in its columns."""
        return self.wants(sheet) and self.first_line(sheet) is not None

    def first_line(self, sheet: Sheet) -> int | None:
        """Place among `sheet.rows` of the first row below the headings; None when they are not there."""
        if max((column_number(column.column) for column in self.columns), default=1) > sheet.n_columns:
            return None
        if self.n_header_rows == 0:
            return 0
        texts = header_texts(sheet)
        expected = [(column_number(one.column) - 1, one.heading) for one in self.columns if one.heading]
        for start in range(len(texts) - self.n_header_rows + 1):
            found = join_headings(texts[start : start + self.n_header_rows])
            if any(texts[start]) and all(fold(found[place])[:400] == heading for place, heading in expected):
                below = start + self.n_header_rows
                return below + (below < len(sheet.rows) and is_numbering(sheet.rows[below][1]))
        return None

    def column_of(self, name: Field) -> int | None:
        """Place of a field's column, from 0; None without one, or when the sheet's name holds it."""
        found = next((one.column for one in self.columns if one.field == name), None)
        return column_number(found) - 1 if found and found != SHEET_NAME else None

    def heading_of(self, name: Field) -> str | None:
        """A field's column and heading as a clerk knows them.

        >>> mapping = Mapping(n_header_rows=0, columns=(Column(field="part", column="C", heading="part no"),))
        >>> mapping.heading_of("part"), mapping.heading_of("box")
        ('C (part no)', None)
        """
        found = next((one for one in self.columns if one.field == name), None)
        if found is None:
            return None
        return f"{found.column} ({found.heading[:40]})" if found.heading else found.column


# Headings of a sheet.


def header_texts(sheet: Sheet, n_rows: int = SEARCHED_ROWS) -> list[list[str]]:
    """Texts of the first rows, at most `SEARCHED_ROWS`, those of merged cells in every cell that they cover.

    A row that says one thing alone, across, is a title and gives no headings.
    """
    rows = sheet.rows[: min(n_rows, SEARCHED_ROWS)]
    places = {number: place for place, (number, _) in enumerate(rows)}
    texts = [[cell if isinstance(cell, str) else "" for cell in cells] for _, cells in rows]
    for merged in sheet.merged:
        if merged.top in places and merged.bottom - merged.top <= MOST_HEADER_ROWS:
            value = texts[places[merged.top]][merged.left - 1]
            for row in range(merged.top, merged.bottom + 1):
                if row in places:
                    width = merged.right - merged.left + 1
                    texts[places[row]][merged.left - 1 : merged.right] = [value] * width
    return [row if len({*row} - {""}) > 1 else [""] * len(row) for row in texts]


def join_headings(rows: Sequence[Sequence[str]]) -> list[str]:
    """Join stacked headings column by column; equal ones and plain numbers are said once or not at all.

    >>> join_headings([["Part", "Mass, kg", "Mass, kg"], ["Part", "net", "gross"], ["1", "2", "3"]])
    ['Part', 'Mass, kg / net', 'Mass, kg / gross']
    """
    columns = zip(*rows, strict=True)
    return [" / ".join(dict.fromkeys(t for t in column if t and not t.isdigit())) for column in columns]


def is_numbering(cells: Sequence[Cell]) -> bool:
    """Whether a row only numbers the columns, as forms do below their headings.

    >>> is_numbering(["1", "2", "", 3]), is_numbering([1, "BT-1", 2])
    (True, False)
    """
    filled = [str(cell) for cell in cells if cell != ""]
    return len(filled) >= 3 and filled == [str(n) for n in range(1, len(filled) + 1)]


def column_number(letters: str) -> int:
    """Count a column as a spreadsheet does, from 1; the name of the sheet is 0.

    >>> column_number("A"), column_number("AB"), column_number("sheet")
    (1, 28, 0)
    """
    number = 0
    for letter in letters if letters != SHEET_NAME else "":
        number = number * 26 + ord(letter) - 64
    return number


def as_text(cell: Cell) -> str:
    """A cell as text.

    >>> as_text(12), as_text(0.5), as_text("x")
    ('12', '0.5', 'x')
    """
    return cell if isinstance(cell, str) else repr(cell)


# What a clerk says by hand.


@dataclass(frozen=True, slots=True)
class MapOptions:
    """What was said with `--map`; see `parse_map_options`."""

    columns: dict[Field, str] = field(default_factory=dict)
    given: dict[Field, str] = field(default_factory=dict)
    header: tuple[int, int] | None = None
    anew: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)

    @property
    def encoding(self) -> str | None:
        """How a CSV is saved, if that was said."""
        return self.changes.get("encoding")


def parse_map_options(texts: Sequence[str]) -> MapOptions:
    """Read options such as `part=C`.

    Parameters
    ----------
    texts : sequence of str
        `FIELD=C` a column, `FIELD=sheet` the sheet's name, `FIELD=-` no column, `FIELD=:TEXT` this text for
        the whole list; `header=5` or `header=5-7`; `locale=ru`; `qty_is=kit`; `mass=kg`; `cases=lot`;
        `fill=case,box` or `fill=-`; `sheet=PATTERN`; `encoding=cp1251`; `auto` to forget what was remembered;
        `large=PART` or `large=all` to believe a quantity far beyond what the kits need.

    Returns
    -------
    MapOptions

    Raises
    ------
    BadInput
        With every option that cannot be read.

    Examples
    --------
    >>> options = parse_map_options(["part=C", "qty=F", "locale=ru", "lot=:202601-14-b1025c"])
    >>> options.columns, options.changes, options.given
    ({'part': 'C', 'qty': 'F'}, {'numbers': '1 234,5'}, {'lot': '202601-14-b1025c'})
    >>> parse_map_options(["part=3"])
    Traceback (most recent call last):
    ...
    knockdown.basics.faults.BadInput: 1 fault: --map key part: '3' is not a column; write ...
    """
    options = MapOptions()
    faults = []
    header, anew = None, False
    for text in texts:
        key, _, value = (part.strip() for part in text.partition("="))
        key = _ALIASES.get(key.lower(), key.lower())
        try:
            if key == "header":
                header = _header(value)
            elif key == "auto":
                anew = True
            elif key == "large":
                options.large.update(_parts(value))
            elif key in FIELDS:
                _read_field(options, key, value)
            else:
                _read_change(options, key, value)
        except _OptionError as error:
            faults.append(Fault("--map", None, key or None, value or None, *error.args))
    if faults:
        raise BadInput(faults)
    return replace(options, header=header, anew=anew)


class _OptionError(ValueError):
    """Problem and next step, for a `Fault`."""


def _header(value: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", value)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, -1)
    if value not in ("0", "-") and not (0 < first <= last < first + MOST_HEADER_ROWS):
        step = f"write the row or rows of the headings, at most {MOST_HEADER_ROWS}: header=5 or header=5-7"
        raise _OptionError("is no row of headings", step)
    return first, max(last, 0)


def _parts(value: str) -> list[str]:
    if not value:
        raise _OptionError("names no part", "write large=PART, or large=all")
    return [part.strip() for part in value.split(",")]


def _read_field(options: MapOptions, name: Field, value: str) -> None:
    if value.startswith(":") and name in PLACES:
        options.given[name] = value[1:].strip()
    elif value.lower() == SHEET_NAME and name in PLACES:
        options.columns[name] = SHEET_NAME
    elif value == "-" or re.fullmatch(r"[A-Za-z]{1,3}", value):
        options.columns[name] = value.upper()
    else:
        raise _OptionError("is not a column", f"write its letters, as {name}=C")


def _read_change(options: MapOptions, key: str, value: str) -> None:
    if key == "fill":
        names = [_ALIASES.get(name, name) for name in re.split(r"[,\s]+", value.strip("-")) if name]
        if not all(name in PLACES for name in names):
            raise _OptionError("is no field that may hold for many rows", "write as fill=case,box")
        options.changes["fill"] = tuple(names)
    elif key in _CHOICES:
        name, choices = _CHOICES[key]
        if value.lower() not in choices:
            raise _OptionError("is not known here", f"write one of {', '.join(choices)}")
        options.changes[name] = choices[value.lower()]
    elif key == "sheet":
        options.changes["sheets"] = value or "*"
    else:
        known = ", ".join([*FIELDS, *_CHOICES, "fill", "header", "sheet", "large", "auto"])
        raise _OptionError("is no option of --map", f"use one of {known}")


_CHOICES: dict[str, tuple[str, dict[str, Any]]] = {
    "locale": ("numbers", {**LOCALES, **{form: form for form in get_args(Numbers)}}),
    "qty_is": ("quantity", {"case": "case", "kit": "kit"}),
    "mass": ("mass_g", MASSES),
    "cases": ("cases", {scope: scope for scope in get_args(CaseScope)}),
    "encoding": ("encoding", {name: name for name in ENCODINGS}),
}
