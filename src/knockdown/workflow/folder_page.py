"""The reference part of docs/plant-folder.md, made from the row types, so that no column goes unnamed.

`python -m knockdown.workflow.folder_page docs/plant-folder.md` rewrites it between its two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from knockdown.plant import fields
from knockdown.plant.fields import Row
from knockdown.plant.plant import NETWORK_TABLES, OPTIONAL_TABLES, PLANT_TABLES
from knockdown.plant.site import NetworkFile, PlantFile
from knockdown.plant.validate import REFERENCES

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
WORDS: list[tuple[Any, str]] = [
    (fields.Id, "id"),
    (fields.Text, "text"),
    (fields.Flag, "true or false"),
    (fields.Words, "words with `;` between"),
    (fields.Needs, "`id:count` with `;` between"),
    (fields.Count, "whole number, 0 or more"),
    (fields.Whole, "whole number, 1 or more"),
    (fields.Amount, "number, 0 or more"),
    (fields.Positive, "number above 0"),
    (fields.Share, "share, 0 to 1"),
    (fields.Currency, "currency, as USD"),
    (fields.Country, "country, as AZ"),
    (fields.FirstDay, "day"),
    (fields.LastDay, "day"),
    (fields.Years, "years"),
    (fields.ClockTime, "time of day"),
    (int, "whole number"),
    (str, "text"),
]
UNITS = {
    "_days": "days",
    "_min": "minutes",
    "_h": "hours",
    "_kg": "kg",
    "_hp": "horsepower",
    "_ha": "hectares",
    "_m2": "square metres",
    "_usd": "USD",
    "_month": "per month",
    "_year": "per year",
    "_units": "units",
    "_places": "places",
    "_day": "per day",
}
TOML_PARTS: dict[str, type[BaseModel]] = {"plant.toml": PlantFile, "plant.toml of a network": NetworkFile}


def reference() -> str:
    """Every file, table and column, as Markdown.

    >>> "| `kit_price` | number above 0 | needed |" in reference()
    True
    """
    parts = [f"### `{name}`\n\n{_toml(model)}" for name, model in TOML_PARTS.items()]
    parts += [_table_part(name, row) for name, row in PLANT_TABLES.items()]
    parts += [
        _table_part(name, row, "network: ")
        for name, row in NETWORK_TABLES.items()
        if name not in PLANT_TABLES
    ]
    return "\n\n".join(parts)


def renewed(page: str) -> str:
    """The page with its reference part written anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def _table_part(name: str, row: type[Row], note: str = "") -> str:
    may = "may be missing" if name in OPTIONAL_TABLES or note else "needed"
    return f"### `{name}`\n\n{_doc(row)} ({note}{may})\n\n{_columns(name, row)}"


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _columns(table: str, model: type[BaseModel], prefix: str = "") -> str:
    lines = ["| column | what | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*lines, *_lines(table, model, prefix)])


def _toml(model: type[BaseModel]) -> str:
    return _columns("", model).replace("| column |", "| key |", 1)


def _lines(table: str, model: type[BaseModel], prefix: str) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        inner = _inner(hints[name])
        if inner is not None:
            heading = f"[[{key}]]" if get_origin(hints[name]) is tuple else f"[{key}]"
            yield f"| `{heading}` | | {_default(info)} | {_doc(inner)} |"
            yield from _lines(table, inner, f"{key}.")
        elif name != "source":
            yield f"| `{key}` | {_what(table, name, hints[name])} | {_default(info)} | {_meaning(info)} |"


def _inner(hint: Any) -> type[BaseModel] | None:
    """The section a key opens, if it opens one."""
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _what(table: str, column: str, hint: Any) -> str:
    words = _words(hint)
    targets = REFERENCES.get((table, column))
    if targets:
        words = f"{words} of {' or '.join(f'`{target}`' for target in targets)}"
    unit = next((unit for end, unit in UNITS.items() if column.endswith(end)), "")
    return f"{words}; {unit}" if unit and "share" not in words else words


def _words(hint: Any) -> str:
    for known, words in WORDS:
        if hint is known:
            return words
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(f"`{word}`" for word in get_args(hint))
    inner = [part for part in get_args(hint) if part not in (NoneType, ...)]
    words = _words(inner[0]) if inner else "text"
    return f"list: {words}" if get_origin(hint) is tuple else words


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    default = info.default
    if default is None or default == "" or default == ():
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _meaning(info: FieldInfo) -> str:
    return (info.description or "").replace("|", "\\|")


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text("utf-8")), encoding="utf-8", newline="\n")
