"""Reads a line file (`knockdown.line/1`) or a kits file (`knockdown.kits/1`), or gives every fault.

docs/line-files.md describes the formats; `line_reader` holds the checks of single values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.line.kits import Kits
from knockdown.simulating.line.line_parts import read_parts
from knockdown.simulating.line.line_reader import Reader
from knockdown.simulating.line.model import Line

LINE, KITS = "knockdown.line/1", "knockdown.kits/1"
MOST_BYTES = 16_000_000
MOST_PARTS = 1_000_000


@dataclass(frozen=True, slots=True)
class NotJson(Exception):  # noqa: N818 - it is what happened
    """A text that is no JSON document of ours."""

    value: str | None
    problem: str


def looks_like_a_line(place: str | Path) -> bool:
    """Whether a path names a file of JSON, which no plant is.

    >>> looks_like_a_line("ganja")
    False
    """
    try:
        path = Path(place)
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError):
        return False
    return path.suffix.lower() == ".json" or head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_file(path: str | Path) -> Line | Kits:
    """What a file describes.

    Raises
    ------
    BadInput
        With every fault, each with the path of its key in the document.
    """
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadInput([Fault(name, None, None, None, f"cannot be read: {why}", "name another")]) from error
    if len(raw) > MOST_BYTES:
        problem = f"is larger than {MOST_BYTES // 1_000_000} MB"
        raise BadInput([Fault(name, None, None, None, problem, "give fewer empirical values")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = "is not text in UTF-8"
        raise BadInput([Fault(name, None, None, None, problem, "save it as UTF-8")]) from error
    return read_text(text, name)


def read_text(text: str, name: str = "line") -> Line | Kits:
    """What a JSON text describes.

    >>> read_text('{"schema": "knockdown.kits/1", "lot_size": 6, "parts_per_kit": 40, "p_missing": 0.01}')
    Kits(lot_size=6, parts_per_kit=40, p_missing=0.01)
    """
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except NotJson as error:
        raise _unread(name, error.value, error.problem) from error
    except json.JSONDecodeError as error:
        problem = f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise _unread(name, None, problem) from error
    except (RecursionError, ValueError) as error:
        raise _unread(name, None, "is nested too deeply, or has a number too long to read") from error
    return read(document, name)


def read(document: Any, name: str = "line") -> Line | Kits:
    """What a parsed document describes.

    Raises
    ------
    BadInput
        With every fault.
    """
    reader = Reader(name)
    if not isinstance(document, dict):
        raise _unread(name, None, "is not a JSON object")
    schema = document.get("schema")
    if schema not in (LINE, KITS):
        value = None if schema is None else json.dumps(schema, ensure_ascii=False)[:80]
        problem = "is missing" if schema is None else "is not a schema that can be simulated"
        step = f'write "schema": "{LINE}", or "{KITS}"'
        raise BadInput([Fault(name, None, "schema", value, problem, step)])
    found = _kits(reader, document) if schema == KITS else read_parts(reader, document)
    if reader.faults or found is None:
        raise BadInput(reader.faults)
    return found


def _kits(reader: Reader, document: dict[str, Any]) -> Kits | None:
    reader.keys(document, "", ("schema", "lot_size", "parts_per_kit", "p_missing"), ("name", "note"))
    lot_size = reader.whole(document, "lot_size", "", 1, MOST_PARTS)
    parts = reader.whole(document, "parts_per_kit", "", 1, MOST_PARTS)
    p_missing = reader.number(document, "p_missing", "", 0.0, 1.0)
    if reader.faults:
        return None
    return Kits(lot_size, parts, p_missing)


def _unread(name: str, value: str | None, problem: str) -> BadInput:
    step = "docs/line-files.md shows a line file"
    return BadInput([Fault(name, None, None, value, problem, step)])


def _constant(word: str) -> NoReturn:
    raise NotJson(word, "is not a number of JSON")


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotJson(key, "is written twice in one object")
        found[key] = value
    return found
