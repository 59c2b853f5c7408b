"""Decides which submissions of a group become entries, and makes their rows. Pure but for its questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from knockdown.events.envelope import Event
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
    row_of,
    tells_the_same,
    whole_event_of,
)
from knockdown.ledger.form import form_of
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
        own = (row for row in self.rows if (chain_of(row[WRITER], row[RUN]), row[SUBJECT]) == key)
        return [*history(key), *map(whole_event_of, own)]

    def _undo(self, before: _Mark) -> None:
        self.position = before.position
        del self.rows[before.n_rows :]
        for event_id in before.ids:
            del self.known[event_id]
        self.versions.update(before.versions)
        self.heads.update(before.heads)


@dataclass(slots=True)
class _Mark:
    """What a submission changed, to be able to take it back."""

    position: int
    n_rows: int
    versions: dict[SubjectKey, int]
    heads: dict[str, Head]
    ids: list[str]
