"""Entries as rows, and the hash that ties each row to the one before it.

Every entry carries SHA-256 over the hash before it and its own thirteen fields, so that a row that was
changed, moved, added or taken out shows. The floor has one chain for ever; every plan and every simulated
run has its own, which begins with its provenance and can be pruned as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from knockdown.events.envelope import FRAME_FIELDS, Event
from knockdown.events.vocabulary import KINDS

Row = tuple[Any, ...]
"""position, writer, run, subject, version, kind, schema, happened_at, recorded_at, place, cause, event_id,
body (canonical JSON text), hash (32 bytes)."""

ROW_FIELDS = (*FRAME_FIELDS, "body", "hash")
POSITION, WRITER, RUN, SUBJECT, VERSION = range(5)
RECORDED_AT, EVENT_ID, BODY, HASH = (ROW_FIELDS.index(n) for n in ("recorded_at", "event_id", "body", "hash"))
FLOOR = "floor"
HASH_BYTES = 32


def _encoder(sort_keys: bool) -> Callable[[Any], str]:
    """The writer of JSON that the standard library makes anew for every text, made once: half the time."""
    slow = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort_keys, check_circular=False
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return slow.encode
    quick = make(None, slow.default, json.encoder.encode_basestring, None, ":", ",", sort_keys, False, False)
    return lambda value: "".join(quick(value, 0))


_encode = _encoder(sort_keys=False)
_encode_sorted = _encoder(sort_keys=True)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends.

    Parameters
    ----------
    chain : str
        `floor`, or writer and run as `plan/P-2026-01`.
    length : int
        Entries in it.
    position : int
        Position of the last one; 0 when there is none.
    hash : bytes
        Hash of the last one, or of the chain's beginning; 32 bytes.
    """

    chain: str
    length: int
    position: int
    hash: bytes


def chain_of(writer: str, run: str) -> str:
    """Name the chain an entry belongs to.

    >>> chain_of("floor", "F-2026-11-22"), chain_of("twin", "T-1")
    ('floor', 'twin/T-1')
    """
    return FLOOR if writer == FLOOR else f"{writer}/{run}"


def beginning(chain: str, ledger_id: str, provenance: str) -> Head:
    """The empty chain: its first hash binds ledger, name and provenance (canonical JSON text)."""
    text = _encode(["knockdown.chain/1", ledger_id, chain, provenance])
    return Head(chain, 0, 0, hashlib.sha256(text.encode()).digest())


def body_text(body: Any) -> str:
    """Write a body, or provenance, in its one canonical form.

    >>> body_text({"n_kits": 4, "contract_id": "mtz"})
    '{"contract_id":"mtz","n_kits":4}'
    """
    return _encode_sorted(body)


def link(before: bytes, row: Row) -> bytes:
    """Hash of an entry: SHA-256 of the hash before it and the JSON array of its thirteen fields.

    >>> row = (1, "floor", "f", "crew/a", 1, "ShiftEnded", 1, 0, 0, None, None, "ev-1", '{"shift_id":"x"}')
    >>> link(bytes(32), row).hex()[:16]
    'a5b9ee9180deaa40'
    """
    return hashlib.sha256(before + _encode(row[:HASH]).encode()).digest()


def row_of(event: Event, position: int, recorded_at: int, before: bytes, text: str | None = None) -> Row:
    """Make the row of an event at its place in the ledger; `text` is its body's canonical form, if known."""
    row = (
        position, event.writer, event.run, event.subject, event.version, event.kind, event.schema,
        event.happened_at, recorded_at, event.place, event.cause, event.event_id,
        body_text(event.body) if text is None else text,
    )  # fmt: skip
    return (*row, link(before, row))


def event_of(row: Row) -> Event:
    """Read an event back from its row."""
    fields = dict(zip(FRAME_FIELDS, row, strict=False))
    return Event(**fields, body=json.loads(row[BODY]))


def whole_event_of(row: Row) -> Event:
    """Read an event back as its kind is today: fields that came since have their defaults."""
    event = event_of(row)
    kind = KINDS.get(event.kind)
    if kind is None or len(event.body) == len(kind.model_fields):
        return event
    return replace(event, body=_filled(event.kind, event.body))


def _filled(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body with the defaults of fields it lacks; one that does not fit its kind as it is."""
    try:
        return KINDS[kind].model_validate(body).model_dump(mode="json")
    except (KeyError, ValueError):
        return body


def tells_the_same(row: Row, event: Event) -> bool:
    """Whether a stored row is this very event, told again.

    Its version is not compared: who tells again may have counted anew.
    """
    told = (event.writer, event.run, event.subject, event.kind, event.schema, event.happened_at,
            event.place, event.cause, event.event_id)  # fmt: skip
    kept = (row[WRITER], row[RUN], row[SUBJECT], *row[5:8], *row[9:BODY])
    if kept != told:
        return False
    text = body_text(event.body)
    return bool(row[BODY] == text) or body_text(whole_event_of(row).body) == body_text(
        _filled(event.kind, event.body)
    )
