"""The one answer to a command: the events it leads to, or a refusal; pure, so it can be asked twice."""

from __future__ import annotations

from dataclasses import dataclass

from knockdown.basics.ids import digest_id
from knockdown.events.commands import Command
from knockdown.events.envelope import Event, Writer, tell
from knockdown.events.happening import Happening
from knockdown.events.life.fold import Earlier, after
from knockdown.events.life.rules import Forbidden, forbid
from knockdown.events.life.state import State

FUTURE_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command leads to nothing, and what to do about it.

    Parameters
    ----------
    rule : str
        An id from `life.rules.RULES`.
    problem, next_step : str
        What is wrong, and the way on.
    """

    rule: str
    problem: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.problem}; {self.next_step}"


def decide(
    state: State,
    command: Command,
    now: int,
    *,
    writer: Writer = "floor",
    run: str = "floor",
    earlier: Earlier = (),
) -> tuple[Event, ...] | Refusal:
    """Answer a command.

    Parameters
    ----------
    state : State
        Of the command's subject, after all its events so far.
    command : Command
        What is asked.
    now : int
        Plant time, milliseconds since 1970-01-01 00:00 UTC. It never decides order.
    writer, run : str
        Who will tell the events.
    earlier : sequence of Event, or function that returns one
        The subject's events so far, oldest first. Only VoidEntry needs them.

    Returns
    -------
    tuple of Event, or Refusal
        Events follow the state's version, are caused by the command, and have the same ids
        whenever the command is decided.

    Raises
    ------
    ValueError
        When VoidEntry comes without all the earlier events, or `writer` or `run` is out of range.

    Examples
    --------
    >>> from knockdown.events.commands import OpenCase
    >>> from knockdown.events.life.fold import after, born
    >>> state = born("case/L-204-17")
    >>> open_it = OpenCase(command_id="scan-5", subject_id="L-204-17", at_ms=0, kit_lot_id="L-204")
    >>> (opened,) = decide(state, open_it, now=0)
    >>> opened.kind, opened.version, opened.cause, opened.event_id == told_id(open_it)
    ('CaseOpened', 1, 'scan-5', True)
    >>> print(decide(after(state, opened), open_it, now=0))
    case/L-204-17 was opened before; scan the next case
    """
    try:
        _check(state, command, now)
        return _events(state, command, writer, run, earlier)
    except Forbidden as broken:
        return Refusal(broken.rule, broken.problem, broken.next_step)


def told_id(command: Command, number: int = 1) -> str:
    """Return the id of a command's first, second, ... event.

    A ledger that has it has seen the command: look before deciding, because a command that
    was carried out may well be refused the second time.
    """
    return digest_id("ev", command.command_id, command.subject, number)


def _check(state: State, command: Command, now: int) -> None:
    name = type(command).__name__
    if command.subject != state.subject:
        problem = f"{name} {command.command_id} is for {command.subject}, not for {state.subject}"
        forbid("command.own-subject", problem, "decide it against its own subject's history")
    if command.at_ms > now + FUTURE_MS:
        hours = (command.at_ms - now) // 3_600_000
        problem = f"{name} {command.command_id} happened {hours} hours from now"
        forbid("command.not-in-future", problem, "set the clock of the device right and send it again")


def _events(state: State, command: Command, writer: Writer, run: str, earlier: Earlier) -> tuple[Event, ...]:
    def told(body: Happening, number: int) -> Event:
        return tell(
            body,
            writer=writer,
            run=run,
            subject_type=command.sort,
            subject_id=command.subject_id,
            version=state.version + number,
            happened_at=command.at_ms,
            place=command.place,
            cause=command.command_id,
            event_id=told_id(command, number),
        )

    events: tuple[Event, ...] = ()
    reached = state
    for number, body in enumerate(command.happenings(state), start=1):
        event = told(body, number)
        reached = after(reached, event, _with(earlier, events))
        events += (event,)
    return events


def _with(earlier: Earlier, events: tuple[Event, ...]) -> Earlier:
    return lambda: [*(earlier() if callable(earlier) else earlier), *events]
