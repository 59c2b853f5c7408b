"""What an event must look like before it may join a group: told whole, in words every database keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from pydantic import ValidationError

from knockdown.basics.ids import ID_PATTERN
from knockdown.events.codec import MAX_LINE_BYTES
from knockdown.events.envelope import SUBJECT_PATTERN, SUBJECT_TYPES, Event, subject_problem
from knockdown.events.happening import MOST, Happening
from knockdown.events.vocabulary import KINDS
from knockdown.ledger.chain import body_text
from knockdown.ledger.refusals import Refused

MOST_BODY_BYTES = MAX_LINE_BYTES - 2_048  # with its frame it must fit a line of a file
_WRITERS = ("plan", "twin", "floor")


def form_of(event: Event) -> str:
    """Refuse what is not told whole and in order; returns the body in its canonical form.

    This comes before a submission joins a group, so that nobody else's fails with it.

    Raises
    ------
    Refused
        By the rule `ledger.form`.
    """
    _check_frame(event)
    _check_body(event)
    try:
        text = body_text(event.body)
        n_bytes = len(text.encode())
    except (ValueError, TypeError, RecursionError) as error:
        raise _malformed(event, f"its body is not JSON: {error}") from error
    if n_bytes > MOST_BODY_BYTES:
        problem = f"its body has {n_bytes:,} bytes, at most {MOST_BODY_BYTES:,} are kept"
        step = "tell it as several events with shorter lists; a packing list as more pages"
        raise Refused("ledger.form", problem, step, event.event_id)
    return text


def _check_frame(event: Event) -> None:
    """The checks of `Frame`, without its model: this is done for every event."""
    run, place, cause = event.run, event.place, event.cause
    if not (
        event.writer in _WRITERS
        and _is_number(event.version)
        and _is_number(event.happened_at)
        and type(event.event_id) is str
        and _match_id(event.event_id)
        and type(run) is str
        and _is_id(run)
        and (place is None or (type(place) is str and _is_id(place)))
        and (cause is None or (type(cause) is str and _is_id(cause)))
    ):
        raise _malformed(event, _fault_of_frame(event))


def _fault_of_frame(event: Event) -> str:
    """What is wrong with a frame that something is wrong with."""
    if event.writer not in _WRITERS:
        return f"writer {event.writer!r} is none of {', '.join(_WRITERS)}"
    for name in ("version", "happened_at"):
        if not _is_number(getattr(event, name)):
            return f"{name} is not a whole number from 0 to {MOST}"
    for name in ("event_id", "run", "place", "cause"):
        value = getattr(event, name)
        if not (type(value) is str and _match_id(value)) and (
            value is not None or name in ("event_id", "run")
        ):
            return f"{name} is not an id"
    return "its frame is not in order"


def _check_body(event: Event) -> None:
    try:
        schema_no, n_fields, validate, sorts = _KINDS[event.kind]
    except (KeyError, TypeError):
        raise _malformed(event, f"{str(event.kind)[:60]!r} is not a kind of event") from None
    if event.schema != schema_no or type(event.schema) is not int:
        raise _malformed(event, f"schema {event.schema} of {event.kind} is not known here")
    if type(event.subject) is not str or not _is_subject(event.subject):
        raise _malformed(event, "subject is not a sort, / and an id")
    if event.subject.partition("/")[0] not in sorts:
        raise _malformed(event, str(subject_problem(event.kind, event.subject_type)))
    try:
        validate(event.body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _malformed(event, f"its body does not fit {event.kind}: {where} {first['msg']}") from error
    if len(event.body) != n_fields:
        lacks = sorted(KINDS[event.kind].model_fields.keys() - event.body.keys())
        raise _malformed(event, f"its body lacks {', '.join(lacks)}")


def _of_kind(kind: type[Happening]) -> tuple[int, int, Callable[[object], object], frozenset[str]]:
    sorts = SUBJECT_TYPES if kind.subject_type == "any" else (kind.subject_type,)
    validate = kind.__pydantic_validator__.validate_python
    return kind.schema_no, len(kind.model_fields), validate, frozenset(sorts)


_KINDS = {name: _of_kind(kind) for name, kind in KINDS.items()}
"""Schema number, number of fields, check of the body, sorts of subject, by kind."""


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


_match_id = re.compile(ID_PATTERN.replace("$", r"\Z")).match
_match_subject = re.compile(SUBJECT_PATTERN.replace("$", r"\Z")).match


@lru_cache(10_000)  # runs, places and subjects come again and again
def _is_id(text: str) -> bool:
    return _match_id(text) is not None


@lru_cache(100_000)
def _is_subject(text: str) -> bool:
    return _match_subject(text) is not None


def refuse_run(writer: str, run: str) -> None:
    """Refuse to begin what is no run of a plan or a twin."""
    if writer not in ("plan", "twin"):
        raise Refused("ledger.run", f"{writer!r} files no runs, only plan and twin do", "append to the floor")
    if not _is_id(run):
        raise Refused("ledger.run", f"{run[:60]!r} is not an id", "name the run with letters and digits")


def _malformed(event: Event, problem: str) -> Refused:
    return Refused("ledger.form", problem, "make events with tell or read them with codec", event.event_id)
