"""Events as lines of JSON, one event a line; everything wrong in a file is reported at once.

A line is data: nothing in it is evaluated or looked up anywhere but in the vocabulary.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from knockdown.basics.faults import BadInput, Fault, shorten
from knockdown.events.envelope import Event, Frame, frame_of, subject_problem
from knockdown.events.vocabulary import KINDS, nearest_kind

MAX_LINE_BYTES = 65_536
MAX_ROWS = 1_000_000
MAX_FILE_BYTES = 1_073_741_824
MAX_FAULTS = 10_000
MAX_DIGITS = 100

_BYTE_ORDER_MARK = "\ufeff"
_PLAIN = {  # pydantic's type of error: problem, next step
    "missing": ("is missing", "add it"),
    "extra_forbidden": ("is not a known field", "remove it or mend its spelling"),
    "int_type": ("is not a whole number", "write digits without quotes"),
    "int_parsing_size": ("is too large a number", "check it"),
    "bool_type": ("is neither true nor false", "write true or false without quotes"),
    "string_type": ("is not a text", "put it in quotes"),
    "string_unicode": ("is not valid Unicode", "write the file as UTF-8"),
    "string_too_short": ("is empty", "fill it in"),
    "tuple_type": ("is not a list", "put it in [ ]"),
}


def to_line(event: Event) -> str:
    r"""Write one event as a line of JSON, with its newline.

    Examples
    --------
    >>> from knockdown.events.envelope import tell
    >>> from knockdown.events.vocabulary import ClaimSent
    >>> sent = tell(ClaimSent(claim_id="C-7"), writer="floor", run="floor-1", subject_id="L-204",
    ...             version=9, happened_at=1_800_000_000_000)
    >>> from_lines([to_line(sent)]) == [sent]
    True
    """
    row = {**frame_of(event), "body": event.body}
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def from_lines(lines: Iterable[str | bytes], file: str = "events.jsonl", first_row: int = 1) -> list[Event]:
    """Read events from lines of JSON.

    Parameters
    ----------
    lines : iterable of str or bytes
        One event a line, with or without newlines; empty lines are passed over. For a file,
        `read_events` also keeps an over-long line out of memory.
    file : str
        Name for messages.
    first_row : int
        Row of the first line, when a file is read in parts.

    Returns
    -------
    list of Event
        In order; fields that were left out of bodies have their defaults.

    Raises
    ------
    BadInput
        With every fault of every row (reading stops after 10,000), when anything is wrong.

    Examples
    --------
    >>> try:
    ...     from_lines(['{"kind": "UnitSelled"}'])
    ... except BadInput as error:
    ...     print(error.faults[0])
    events.jsonl row 1, column kind: 'UnitSelled' is not a kind of event; did you mean UnitSold?
    """
    events: list[Event] = []
    faults: list[Fault] = []
    for row, line in enumerate(lines, start=first_row):
        if row >= first_row + MAX_ROWS:
            faults.append(Fault(file, row, None, None, f"is beyond {MAX_ROWS:,} rows", "split the file"))
        elif line.strip():
            _read_row(line, file, row, events, faults)
        if row >= first_row + MAX_ROWS or len(faults) > MAX_FAULTS:
            break
    if len(faults) > MAX_FAULTS:
        faults.append(Fault(file, None, None, None, "has more faults than are listed", "mend these first"))
    if faults:
        raise BadInput(faults)
    return events


def _read_row(line: str | bytes, file: str, row: int, events: list[Event], faults: list[Fault]) -> None:
    try:
        values = _object(line, first=row == 1)
        found = [Fault(file, row, *rest) for rest in _row_faults(values)]
    except (ValueError, RecursionError) as error:
        problem = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        faults.append(Fault(file, row, None, _shown(line), problem, "write one JSON object a line"))
        return
    faults += found
    if not found:
        body = KINDS[values["kind"]].model_validate(values["body"])
        events.append(Event(**{**values, "body": body.model_dump(mode="json")}))


def read_events(path: Path) -> list[Event]:
    """Read a file of events.

    Parameters
    ----------
    path : Path
        UTF-8, one JSON object a line, at most 1 GiB and 64 KiB a line.

    Returns
    -------
    list of Event

    Raises
    ------
    BadInput
        With every fault, as `from_lines`, or when the file is too large.
    OSError
        When the file cannot be opened.
    """
    with path.open("rb") as stream:
        n_bytes = path.stat().st_size
        if n_bytes > MAX_FILE_BYTES:
            problem = f"has {n_bytes:,} bytes, at most {MAX_FILE_BYTES:,} are read"
            raise BadInput([Fault(path.name, None, None, None, problem, "split the file")])
        return from_lines(_bounded_lines(stream), path.name)


def _bounded_lines(stream: Any) -> Iterator[bytes]:
    """Yield lines, an over-long one cut just beyond the limit so that it is refused but not held."""
    while line := stream.readline(MAX_LINE_BYTES + 2):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)


def _object(line: str | bytes, first: bool) -> dict[str, Any]:
    text = _text(line)
    text = text.removeprefix(_BYTE_ORDER_MARK) if first else text
    try:
        values = json.loads(
            text, object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_int=_short_int
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at character {error.pos + 1}") from None
    if not isinstance(values, dict):
        raise ValueError("is not a JSON object")
    return values


def _text(line: str | bytes) -> str:
    content = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    if len(content.rstrip(b"\r\n")) > MAX_LINE_BYTES:
        raise ValueError(f"is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start + 1}") from None


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        twin = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"has the field {shorten(twin)!r} twice")
    return values


def _short_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"has a number of {len(digits)} digits")
    return int(digits)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"has {text}, which is not JSON")


Loose = tuple[str | None, str | None, str, str]
"""A fault without file and row: column, value, problem, next step."""


def _row_faults(values: Mapping[str, Any]) -> list[Loose]:
    found = _kind_faults(values)
    frame = {name: value for name, value in values.items() if name != "body"}
    known = {column for column, *_ in found}
    found += [fault for fault in _model_faults(Frame, frame, "") if fault[0] not in known]
    if "body" not in values:
        return [*found, ("body", None, *_PLAIN["missing"])]
    if not isinstance(values["body"], dict):
        return [*found, ("body", _shown(values["body"]), "is not a JSON object", "put its fields in { }")]
    kind = values.get("kind")
    if isinstance(kind, str) and kind in KINDS:
        found += _model_faults(KINDS[kind], values["body"], "body.")
    return found


def _kind_faults(values: Mapping[str, Any]) -> list[Loose]:
    """Check what the kind says of the rest: that it exists, its schema number, its sort of subject."""
    kind, schema, subject = (values.get(name) for name in ("kind", "schema", "subject"))
    if not isinstance(kind, str):
        return []
    if kind not in KINDS:
        return [("kind", shorten(kind), "is not a kind of event", nearest_kind(kind))]
    found: list[Loose] = []
    if isinstance(schema, int) and schema != KINDS[kind].schema_no:
        problem = f"is not a schema number of {kind} that is known here"
        found.append(
            ("schema", str(schema), problem, f"write {KINDS[kind].schema_no}, or use a newer knockdown")
        )
    sort, slash, _ = subject.partition("/") if isinstance(subject, str) else ("", "", "")
    problem_or_none = subject_problem(kind, sort) if slash else None
    if problem_or_none:
        found.append(
            ("subject", shorten(str(subject)), f"does not fit: {problem_or_none}", "mend kind or subject")
        )
    return found


def _model_faults(model: type[BaseModel], values: Mapping[str, Any], prefix: str) -> list[Loose]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return [_loose(detail, prefix) for detail in error.errors(include_url=False)]
    return []


def _loose(detail: Any, prefix: str) -> Loose:
    place = prefix + ".".join(str(part) for part in detail["loc"])
    value = None if detail["type"] == "missing" or not detail["loc"] else _shown(detail["input"])
    return place.rstrip(".") or None, value, *_words(detail["type"], detail["msg"], detail.get("ctx", {}))


def _words(kind: str, message: str, context: Mapping[str, Any]) -> tuple[str, str]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in ("enum", "literal_error"):
        return "is not one of the known words", f"use {context['expected']}"
    if kind == "string_pattern_mismatch":
        return "has the wrong form", f"its form is {context['pattern']}"
    if kind == "greater_than_equal":
        return f"is below {context['ge']}", f"write {context['ge']} or more"
    if kind == "less_than_equal":
        return f"is above {context['le']}", f"write {context['le']} or less"
    if kind == "too_short":
        return "has too few entries", f"give {context['min_length']} or more"
    if kind in ("string_too_long", "too_long"):
        return f"is longer than {context['max_length']}", "shorten it"
    problem, _, next_step = message.removeprefix("Value error, ").partition("; ")
    return problem, next_step or "mend it"


def _shown(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return shorten((text if isinstance(text, str) else json.dumps(text))[:200])
