"""Decides which submissions of a group become entries, and makes their rows. Pure but for its questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from knockdown.events.envelope import Event
from knockdown.events.happening import MOST
from knockdown.ledger.backend import SubjectKey
from knockdown.ledger.chain import (
    HASH,
    POSITION,
    RECORDED_AT,
    RUN,
    SUBJECT,
    WRITER,
    Head,
    Row,
    body_text,
    chain_of,
    event_of,
    row_of,
    tells_the_same,
)
from knockdown.ledger.refusals import IdTaken, Refused, VersionConflict


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an event stands in the ledger.

    Parameters
    ----------
    event_id : str
        Of the event.
    position : int
        Its place in the total order, from 1.
    recorded_at : int
        Milliseconds since 1970-01-01 00:00 UTC.
    is_new : bool
        False when the same event had been stored before.
    """

    event_id: str
    position: int
    recorded_at: int
    is_new: bool


class Law(Protocol):
    """What may follow what; see `knockdown.ledger.law`."""

    def check(
        self, key: SubjectKey, version: int, event: Event, history: Callable[[], Sequence[Event]]
    ) -> None:
        """Raise Refused when the event cannot follow on the subject's version."""
        ...

    def settle(self, is_admitted: bool) -> None:
        """Whether what was checked since the last call was admitted."""
        ...

    def forget(self) -> None:
        """Know nothing any more: what was admitted may not have been stored."""
        ...


@dataclass
class Group:
    """Submissions that are to be committed together, and what is known of the ledger for them.

    `known`, `versions` and `heads` are filled from the database for all events of the group and kept up
    as submissions are admitted.
    """

    position: int
    now_ms: int
    known: dict[str, Row]
    versions: dict[SubjectKey, int]
    heads: dict[str, Head]
    rows: list[Row] = field(default_factory=list)

    def admit(
        self,
        events: Sequence[Event],
        law: Law | None,
        history: Callable[[SubjectKey], Sequence[Event]],
        texts: Sequence[str] = (),
    ) -> tuple[Receipt, ...]:
        """Admit all events of a submission, or none; `texts` are what `form_of` gave for them, if known.

        Raises
        ------
        Refused
            Naming the rule and the next step; the group is as it was.
        """
        before = _Mark(self.position, len(self.rows), {}, {}, [])
        try:
            texts = texts or [form_of(event) for event in events]
            told = zip(events, texts, strict=True)
            receipts = tuple([self._admit(event, text, law, history, before) for event, text in told])
        except Refused:
            self._undo(before)
            if law is not None:
                law.settle(False)
            raise
        if law is not None:
            law.settle(True)
        return receipts

    def _admit(
        self,
        event: Event,
        text: str,
        law: Law | None,
        history: Callable[[SubjectKey], Sequence[Event]],
        before: _Mark,
    ) -> Receipt:
        kept = self.known.get(event.event_id)
        if kept is not None:
            if not tells_the_same(kept, event):
                raise IdTaken(event.event_id, kept[POSITION])
            return Receipt(event.event_id, kept[POSITION], kept[RECORDED_AT], False)
        chain = chain_of(event.writer, event.run)
        head = self.heads.get(chain)
        if head is None:
            raise Refused(
                "ledger.run",
                f"run {event.run} of the {event.writer} was never begun, or was pruned",
                "begin a new run with its provenance",
                event.event_id,
            )
        key = (chain, event.subject)
        version = self.versions.get(key, 0)
        if event.version != version + 1:
            raise VersionConflict(event.subject, version, event.version, event.event_id)
        if law is not None:
            law.check(key, version, event, lambda: self._earlier(key, history))
        return self._add(event, text, head, key, version, before)

    def _add(
        self, event: Event, text: str, head: Head, key: SubjectKey, version: int, before: _Mark
    ) -> Receipt:
        row = row_of(event, self.position + 1, self.now_ms, head.hash, text)
        before.versions.setdefault(key, version)
        before.heads.setdefault(head.chain, head)
        before.ids.append(event.event_id)
        self.position += 1
        self.rows.append(row)
        self.known[event.event_id] = row
        self.versions[key] = event.version
        self.heads[head.chain] = Head(head.chain, head.length + 1, self.position, row[HASH])
        return Receipt(event.event_id, self.position, self.now_ms, True)

    def _earlier(self, key: SubjectKey, history: Callable[[SubjectKey], Sequence[Event]]) -> Sequence[Event]:
        """The subject's events so far: those stored, and those of this group."""
        here = [event_of(row) for row in self.rows if (chain_of(row[WRITER], row[RUN]), row[SUBJECT]) == key]
        return [*history(key), *here]

    def _undo(self, before: _Mark) -> None:
        self.position = before.position
        del self.rows[before.n_rows :]
        for event_id in before.ids:
            del self.known[event_id]
        self.versions.update(before.versions)
        self.heads.update(before.heads)


_TEXTS = ("run", "subject", "kind", "event_id", "place", "cause")
_MAY_BE_NONE = ("place", "cause")
_NUMBERS = ("version", "schema", "happened_at")
_WRITERS = ("plan", "twin", "floor")


def form_of(event: Event) -> str:
    """Refuse what no database could keep; returns the body in its canonical form.

    The finer checks are those of `tell` and `codec`. This one comes before a submission joins a group,
    so that nobody else's fails with it.
    """
    _check_frame(event)
    try:
        text = body_text(event.body)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise _malformed(event, f"its body is not JSON: {error}") from error
    return text


def _check_frame(event: Event) -> None:
    if event.writer not in _WRITERS:
        raise _malformed(event, f"writer {event.writer!r} is none of {', '.join(_WRITERS)}")
    for name in _TEXTS:
        value = getattr(event, name)
        if not _is_text(value) and not (value is None and name in _MAY_BE_NONE):
            raise _malformed(event, f"{name} is not a text")
    for name in _NUMBERS:
        if not _is_number(getattr(event, name)):
            raise _malformed(event, f"{name} is not a whole number from 0 to {MOST}")


def _is_text(value: object) -> bool:
    """Whether any database keeps it: no half characters, and for PostgreSQL no NUL."""
    if type(value) is not str or not value or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _malformed(event: Event, problem: str) -> Refused:
    return Refused("ledger.form", problem, "make events with tell or read them with codec", event.event_id)


@dataclass(slots=True)
class _Mark:
    """What a submission changed, to be able to take it back."""

    position: int
    n_rows: int
    versions: dict[SubjectKey, int]
    heads: dict[str, Head]
    ids: list[str]
