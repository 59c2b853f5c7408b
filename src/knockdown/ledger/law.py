"""Holds every append to `events.life`: what cannot follow on a subject's history is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from knockdown.events.envelope import Event
from knockdown.events.life.fold import Forbidden, State, after, born, fold
from knockdown.ledger.backend import SubjectKey
from knockdown.ledger.refusals import Refused

MOST_STATES = 100_000
_VOID = "EntryVoided"


class LifeLaw:
    """The law of `events.life`, with the states of subjects lately written to.

    A remembered state counts only while its version is the one stored, so another process may write too.
    """

    def __init__(self) -> None:
        self._states: dict[SubjectKey, State] = {}
        self._draft: dict[SubjectKey, State] = {}

    def check(
        self, key: SubjectKey, version: int, event: Event, history: Callable[[], Sequence[Event]]
    ) -> None:
        """Raise Refused, with the rule, when the event cannot follow on the subject's version."""
        try:
            state = self._state(key, version, event.subject, history)
            earlier: Callable[[], Sequence[Event]] | tuple[()] = history if event.kind == _VOID else ()
            self._draft[key] = after(state, event, earlier)
        except Forbidden as no:
            raise Refused(no.rule, no.problem, no.next_step, event.event_id) from no

    def _state(
        self, key: SubjectKey, version: int, subject: str, history: Callable[[], Sequence[Event]]
    ) -> State:
        state = self._draft.get(key) or self._states.get(key)
        if state is not None and state.version == version:
            return state
        return fold(subject, history()) if version else born(subject)

    def settle(self, is_admitted: bool) -> None:
        """Remember the states after a submission that was admitted; forget those of one that was not."""
        if is_admitted:
            self._states.update(self._draft)
        self._draft.clear()
        if len(self._states) > MOST_STATES:
            for key in list(self._states)[: MOST_STATES // 2]:
                del self._states[key]

    def forget(self) -> None:
        """Know nothing any more: what was admitted may not have been stored."""
        self._states.clear()
        self._draft.clear()
