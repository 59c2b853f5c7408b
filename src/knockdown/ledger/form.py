"""What an event must look like before it may join a group: told whole, in words every database keeps."""

from __future__ import annotations

import re

from pydantic import ValidationError

from knockdown.basics.ids import ID_PATTERN
from knockdown.events.envelope import SUBJECT_PATTERN, Event, subject_problem
from knockdown.events.happening import MOST
from knockdown.events.vocabulary import KINDS
from knockdown.ledger.chain import body_text
from knockdown.ledger.refusals import Refused

_IDS = ("run", "event_id", "place", "cause")
_MAY_BE_NONE = ("place", "cause")
_NUMBERS = ("version", "schema", "happened_at")
_WRITERS = ("plan", "twin", "floor")


def form_of(event: Event) -> str:
    """Refuse what no database could keep; returns the body in its canonical form.

    The finer checks are those of `tell` and `codec`. This one comes before a submission joins a group,
    so that nobody else's fails with it.
    """
    _check_frame(event)
    _check_body(event)
    try:
        text = body_text(event.body)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise _malformed(event, f"its body is not JSON: {error}") from error
    return text


def _check_frame(event: Event) -> None:
    """The checks of `Frame`, without its model: this is done for every event."""
    if event.writer not in _WRITERS:
        raise _malformed(event, f"writer {event.writer!r} is none of {', '.join(_WRITERS)}")
    for name in _IDS:
        value = getattr(event, name)
        if not (isinstance(value, str) and _is_id(value)) and not (value is None and name in _MAY_BE_NONE):
            raise _malformed(event, f"{name} is not an id")
    for name in _NUMBERS:
        if not _is_number(getattr(event, name)):
            raise _malformed(event, f"{name} is not a whole number from 0 to {MOST}")
    if not isinstance(event.subject, str) or not _is_subject(event.subject):
        raise _malformed(event, "subject is not a sort, / and an id")


def _check_body(event: Event) -> None:
    kind = KINDS.get(event.kind) if isinstance(event.kind, str) else None
    if kind is None:
        raise _malformed(event, f"{str(event.kind)[:60]!r} is not a kind of event")
    if event.schema != kind.schema_no:
        raise _malformed(event, f"schema {event.schema} of {event.kind} is not known here")
    problem = subject_problem(event.kind, event.subject_type)
    if problem is not None:
        raise _malformed(event, problem)
    try:
        kind.__pydantic_validator__.validate_python(event.body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _malformed(event, f"its body does not fit {event.kind}: {where} {first['msg']}") from error
    if len(event.body) != len(kind.model_fields):
        lacks = sorted(kind.model_fields.keys() - event.body.keys())
        raise _malformed(event, f"its body lacks {', '.join(lacks)}")


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


_is_id = re.compile(ID_PATTERN.replace("$", r"\Z")).match
_is_subject = re.compile(SUBJECT_PATTERN.replace("$", r"\Z")).match


def refuse_run(writer: str, run: str) -> None:
    """Refuse to begin what is no run of a plan or a twin."""
    if writer not in ("plan", "twin"):
        raise Refused("ledger.run", f"{writer!r} files no runs, only plan and twin do", "append to the floor")
    if not _is_id(run):
        raise Refused("ledger.run", f"{run[:60]!r} is not an id", "name the run with letters and digits")


def _malformed(event: Event, problem: str) -> Refused:
    return Refused("ledger.form", problem, "make events with tell or read them with codec", event.event_id)
