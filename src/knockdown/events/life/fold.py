"""The fold: a state, an event, the state after it, or a refusal that names the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

from knockdown.events.envelope import Event
from knockdown.events.life import kit_lot, others, unit
from knockdown.events.life.rules import Forbidden, forbid
from knockdown.events.life.state import STATES, State

__all__ = ["Forbidden", "State", "after", "born", "fold"]

S = TypeVar("S", bound=State)
Earlier = Sequence[Event] | Callable[[], Sequence[Event]]

STEPS: dict[str, dict[str, Callable[[Any, Event], Any]]] = {
    "unit": unit.STEPS,
    "kit_lot": kit_lot.STEPS,
    "case": others.CASE_STEPS,
    "part_lot": others.PART_LOT_STEPS,
    "station": others.STATION_STEPS,
    "contract": others.CONTRACT_STEPS,
    "crew": others.CREW_STEPS,
    "plant": others.PLANT_STEPS,
}
_STEPS_OF = {STATES[sort]: steps for sort, steps in STEPS.items()}
_VOID = "EntryVoided"


def born(subject: str) -> State:
    """Return the state of a subject before its first event.

    Parameters
    ----------
    subject : str
        As in `Event`: `unit/U-0017`.

    Raises
    ------
    ValueError
        When the sort of subject is not known.

    Examples
    --------
    >>> born("crew/day-a")
    CrewState(subject='crew/day-a', version=0, voided=frozenset(), shift_id=None)
    """
    sort, _, subject_id = subject.partition("/")
    if sort not in STATES or not subject_id:
        raise ValueError(
            f"{subject[:80]!r} is not a subject; write one of {', '.join(STATES)}, then / and an id"
        )
    return STATES[sort](subject)


def after(state: S, event: Event, earlier: Earlier = ()) -> S:
    """Return the state after one more event.

    Parameters
    ----------
    state : State
        After all earlier events of the subject, by one writer in one run.
    event : Event
        What comes next; made by `tell` or read by `codec` or `page`, so that its body is whole.
    earlier : sequence of Event, or function that returns one
        The subject's events so far, oldest first. Only an EntryVoided needs them.

    Returns
    -------
    State
        A new state; the old one is unchanged.

    Raises
    ------
    Forbidden
        When the event may not come next.
    ValueError
        When an EntryVoided comes and `earlier` are not all the earlier events.

    Examples
    --------
    >>> from knockdown.events.envelope import tell
    >>> from knockdown.events.vocabulary import UnitReleased, WorkStarted
    >>> told = dict(writer="floor", run="floor-1", subject_id="U-0017", happened_at=0, place="TR-07")
    >>> released = tell(UnitReleased(variant_id="MX-1", line_id="L1", kit_lot_id="L-204", kit_no=1),
    ...                 version=1, **told)
    >>> state = after(born("unit/U-0017"), released)
    >>> state = after(state, tell(WorkStarted(), version=2, **told))
    >>> state.version, state.work_at
    (2, 'TR-07')
    >>> after(state, tell(WorkStarted(), version=3, **told))
    Traceback (most recent call last):
    ...
    knockdown.events.life.rules.Forbidden: unit/U-0017 is in work at TR-07; complete the work there first
    """
    if event.version != state.version + 1 or event.subject != state.subject:
        _out_of_place(state, event)
    step = _STEPS_OF[type(state)].get(event.kind)
    if step is not None:
        return step(state, event)
    if event.kind == _VOID:
        return _voided(state, event, earlier() if callable(earlier) else earlier)
    _unknown_kind(state, event)


def fold(subject: str, events: Iterable[Event]) -> State:
    """Return the state of a subject after its whole history.

    Parameters
    ----------
    subject : str
        As in `Event`.
    events : iterable of Event
        All events of the subject, by one writer in one run, oldest first.

    Raises
    ------
    Forbidden
        At the first event that may not come next.

    Examples
    --------
    >>> fold("station/TR-07", []).version
    0
    """
    state = born(subject)
    told: list[Event] = []
    for event in events:
        state = after(state, event, told)
        told.append(event)
    return state


def _out_of_place(state: State, event: Event) -> NoReturn:
    if event.subject != state.subject:
        problem = f"{event.kind} of {event.subject} is not of {state.subject}"
        forbid("any.same-subject", problem, "fold each subject by itself")
    problem = (
        f"{event.kind} is version {event.version} of {event.subject}, whose last version is {state.version}"
    )
    forbid("any.next-version", problem, f"read its history again and tell it as version {state.version + 1}")


def _unknown_kind(state: State, event: Event) -> NoReturn:
    problem = f"{event.kind} does not happen to {state.subject}"
    forbid("any.known-kind", problem, "docs/events.md lists the kinds with their sorts of subject")


def _voided(state: S, event: Event, earlier: Sequence[Event]) -> S:
    """Fold the history again without the voided event, to see that it is still lawful."""
    if len(earlier) != state.version:
        raise ValueError(
            f"{state.subject} has {state.version} events and {len(earlier)} are given; "
            "to void one, pass all the earlier events"
        )
    target = _target(state, event.body["voided_event_id"], earlier)
    voided = state.voided | {target.event_id}
    again = born(state.subject)
    for entry in earlier:
        if entry.kind != _VOID and entry.event_id not in voided:
            again = _again(again, entry, target)
    return replace(again, version=state.version + 1, voided=voided)  # type: ignore[return-value]


def _target(state: State, voided_id: str, earlier: Sequence[Event]) -> Event:
    if voided_id in state.voided:
        forbid("void.once", f"{voided_id} of {state.subject} is voided already", "nothing is left to do")
    target = next((entry for entry in earlier if entry.event_id == voided_id), None)
    if target is None:
        problem = f"{voided_id} is not an event of {state.subject}"
        forbid("void.own-entry", problem, "name an event of this subject")
    if target.kind == _VOID:
        forbid("void.not-a-void", f"{voided_id} of {state.subject} is a void", "tell the voided event again")
    return target


def _again(state: State, entry: Event, target: Event) -> State:
    try:
        return _STEPS_OF[type(state)][entry.kind](state, entry)
    except Forbidden as broken:
        problem = (
            f"without {target.kind} (version {target.version}), {entry.kind} (version {entry.version}) "
            f"would be refused: {broken.problem}"
        )
        forbid(broken.rule, problem, f"void {entry.event_id} first")
