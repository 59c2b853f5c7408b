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
    ) -> tuple[Receipt, ...]:
        """Admit all events of a submission, or none.

        Raises
        ------
        Refused
            Naming the rule and the next step; the group is as it was.
        """
        before = _Mark(self.position, len(self.rows), {}, {}, [])
        try:
            receipts = tuple([self._admit(event, law, history, before) for event in events])
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
        law: Law | None,
        history: Callable[[SubjectKey], Sequence[Event]],
        before: _Mark,
    ) -> Receipt:
        check_form(event)
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
        return self._add(event, head, key, version, before)

    def _add(self, event: Event, head: Head, key: SubjectKey, version: int, before: _Mark) -> Receipt:
        try:
            row = row_of(event, self.position + 1, self.now_ms, head.hash)
        except (ValueError, TypeError) as error:
            raise _malformed(event, str(error)) from error
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


_TEXTS = ("run", "subject", "kind", "event_id")
_NUMBERS = ("version", "schema", "happened_at")
_WRITERS = ("plan", "twin", "floor")


def check_form(event: Event) -> None:
    """Refuse what no database could keep; the finer checks are those of `tell` and `codec`."""
    if event.writer not in _WRITERS:
        raise _malformed(event, f"writer {event.writer!r} is none of {', '.join(_WRITERS)}")
    for name in _TEXTS:
        if type(getattr(event, name)) is not str or not getattr(event, name):
            raise _malformed(event, f"{name} is not a text")
    for name in _NUMBERS:
        value = getattr(event, name)
        if type(value) is not int or not 0 <= value <= MOST:
            raise _malformed(event, f"{name} is not a whole number from 0 to {MOST}")


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
