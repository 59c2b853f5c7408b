"""The kit desk: a plant's kit book read from its ledger, and kit commands decided and stored there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from knockdown import __version__
from knockdown.basics.clock import Clock, SystemClock
from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.paper import Provenance
from knockdown.events.envelope import Event
from knockdown.kitting.book import KitBook
from knockdown.kitting.fold import fold
from knockdown.kitting.moments import day_of
from knockdown.kitting.opening import opening_events
from knockdown.kitting.problem import cut
from knockdown.kitting.terms import KitPlant
from knockdown.ledger.address import Address, exists, open_backend
from knockdown.plant.plant import Network, Plant
from knockdown.workflow.ledger_place import address_of, missing, reporting
from knockdown.workflow.prepare import plant_of

if TYPE_CHECKING:
    from knockdown.events.commands import Command
    from knockdown.events.life.fold import State
    from knockdown.ledger.store import Store

CLOCK: Clock = SystemClock()
RUN = "floor"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of commands: events stored now, and those that were known before."""

    events: tuple[Event, ...]
    n_known: int
    position: int


class Desk:
    """A plant's kits.

    Parameters
    ----------
    plant : str
        A built-in plant's name, or a folder.
    ledger : str, optional
        Another ledger than the plant's own.
    start : date, optional
        The opening day, for a plant described on several.

    Raises
    ------
    BadInput
        When the plant has faults, or is a network.
    """

    def __init__(self, plant: str, ledger: str | None = None, start: date | None = None) -> None:
        found = plant_of(plant)
        if isinstance(found, Network):
            step = f"name one of {', '.join(found.members)}"
            problem = "is a network, whose plants have kits of their own"
            raise BadInput([Fault("PLANT", None, None, found.id, problem, step)])
        self.plant: Plant = found
        self.named = plant
        self.address: Address = address_of(plant, ledger)
        self.kits: KitPlant = replace(cut(found, start), named=plant, ledger=ledger)
        self._day: int | None = None
        self._known_to: int | None = None

    @property
    def has_ledger(self) -> bool:
        """Whether anything can be recorded."""
        return exists(self.address)

    @cached_property
    def opening(self) -> tuple[Event, ...]:
        """What the description says was there at first."""
        return opening_events(self.kits)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All that is known: what the floor recorded; before its first kit lot, the opening."""
        return self._recorded if _has_lots(self._recorded) else (*self.opening, *self._recorded)

    @cached_property
    def _recorded(self) -> tuple[Event, ...]:
        if not self.has_ledger:
            return ()
        with self._open() as store:
            return tuple(store.read())

    @contextmanager
    def _open(self) -> Iterator[Store]:
        from knockdown.ledger.book import open_store

        with (
            reporting(self.address, self.named),
            closing(open_store(open_backend(self.address), CLOCK)) as store,
        ):
            yield store

    @cached_property
    def book(self) -> KitBook:
        """Where every piece is."""
        return fold(self.events)

    def asked(self, at: date | None) -> Desk:
        """The desk for a question about a day, with all that anybody recorded so far."""
        self.refresh()
        return self.as_of(at)

    def as_of(self, at: date | None) -> Desk:
        """The desk for a question about a day: nothing that happened later is known; itself without a day.

        Raises
        ------
        BadInput
            When the day lies outside the plant's calendar.
        """
        if at is None:
            return self
        day = at.toordinal()
        self._refuse_outside(day)
        asked = copy(self)
        asked._day = day
        if day < self.today:
            asked._known_to = day
            asked.__dict__.pop("book", None)
            asked.__dict__["events"] = tuple(_told_by(self.events, day))
        return asked

    def as_known(self) -> Desk:
        """The desk on the last day of which it is known what happened."""
        known = copy(self)
        known._day = self.today
        return known

    def _refuse_outside(self, day: int) -> None:
        first = self.kits.opening.day
        last = max([self.today, *self.kits.workdays[-1:]])
        if not first <= day <= last:
            shown, begin, end = (date.fromordinal(each).isoformat() for each in (day, first, last))
            problem = "lies outside the plant's calendar"
            step = f"ask for a day from the opening, {begin}, to {end}"
            raise BadInput([Fault("--at", None, None, shown, problem, step)])

    @property
    def at_day(self) -> int:
        """The day asked about."""
        return self.today if self._day is None else self._day

    @property
    def causes(self) -> frozenset[str]:
        """Ids of the commands that are recorded."""
        return frozenset(event.cause for event in self.events if event.cause is not None)

    def refresh(self) -> None:
        """Read the ledger again if somebody else wrote since."""
        if "events" in self.__dict__ and self.has_ledger:
            with self._open() as store:
                is_old = store.backend.last_position() != self.position
            if is_old:
                self._forget()

    def _forget(self) -> None:
        for name in ("_recorded", "events", "book"):
            self.__dict__.pop(name, None)

    @property
    def position(self) -> int:
        """Last entry of the ledger that the book knows; 0 when there is no ledger."""
        return max((event.position or 0 for event in self.events), default=0)

    @property
    def today(self) -> int:
        """The day the book speaks of: of the last event, but not before the opening.

        An earlier day that is asked about is known to its end, whether or not anything happened on it.
        """
        if self._known_to is not None:
            return self._known_to
        return max(self.kits.opening.day, day_of(self.book.last_at))

    def people(self) -> frozenset[str]:
        """Ids of the people whose names the ledger keeps."""
        with self._open() as store:
            return frozenset(store.backend.people())

    def noted(self, sort: str, name: str) -> str | None:
        """A note kept beside the ledger's entries, such as the layout of a partner's lists."""
        if not self.has_ledger:
            return None
        with self._open() as store:
            return store.backend.get_notes(sort).get(name)

    def do(self, commands: Sequence[Command], notes: Mapping[tuple[str, str], str] | None = None) -> Done:
        """Decide commands in order, and store all their events, or none.

        Parameters
        ----------
        commands : sequence of Command
        notes : mapping of (sort, name) to str, optional
            Notes to keep once the events are stored.

        Raises
        ------
        BadInput
            When there is no ledger, or the law refuses a command: every refusal at once.
        """
        if not self.has_ledger:
            raise missing(self.named, self.address)
        with self._open() as store:
            events, n_known = self._decided(store, commands)
            self._store(store, events)
            for (sort, name), text in (notes or {}).items():
                store.backend.put_note(sort, name, text)
            position = store.backend.last_position()
        self._forget()
        return Done(tuple(events), n_known, position)

    def _decided(self, store: Store, commands: Sequence[Command]) -> tuple[list[Event], int]:
        from knockdown.events.decide import Refusal, decide, told_id

        beginning = [] if _has_lots(self._recorded) else list(self.opening)
        told_ids = [told_id(command) for command in commands]
        known = store.backend.known(told_ids)
        fresh = [each for each, told in zip(commands, told_ids, strict=True) if told not in known]
        seen = max((event.position or 0 for event in self._recorded), default=0)
        subjects = {command.subject for command in fresh} | {event.subject for event in beginning}
        states = _States([*self._recorded, *store.read(after=seen)], subjects)
        states.take(beginning)
        events: list[Event] = []
        faults: list[Fault] = []
        for command in fresh:
            state = states.of(command.subject)
            answer = decide(state, command, CLOCK.now_ms(), run=RUN, earlier=states.history(command.subject))
            if isinstance(answer, Refusal):
                faults.append(
                    Fault(command.subject, None, answer.rule, None, answer.problem, answer.next_step)
                )
                continue
            states.take(answer)
            events += answer
        if faults:
            raise BadInput(faults)
        return ([*beginning, *events] if events else []), len(known)

    def _store(self, store: Store, events: Sequence[Event]) -> None:
        from knockdown.ledger.refusals import Refused
        from knockdown.ledger.store import MOST_IN_A_SUBMISSION

        if not events:
            return
        if len(events) > MOST_IN_A_SUBMISSION:
            problem = f"makes {len(events):,} entries; at most {MOST_IN_A_SUBMISSION:,} are stored at once"
            raise BadInput([Fault(self.named, None, None, None, problem, "split it: fewer lots at a time")])
        try:
            origin: Mapping[str, object] = {"version": __version__, "origin": "kit"}
            store.append_all(events, {("floor", RUN): origin})
        except Refused as refusal:
            raise BadInput(
                [Fault(self.address.shown, None, None, refusal.event_id, refusal.problem, refusal.next_step)]
            ) from refusal


class _States:
    """States of subjects, from what is recorded and from what is about to be stored.

    Thousands of cases are told of at once: their histories are looked up in one pass.
    """

    def __init__(self, recorded: Sequence[Event], subjects: Set[str]) -> None:
        self._histories: dict[str, list[Event]] = {subject: [] for subject in subjects}
        for event in recorded:
            if event.subject in subjects:
                self._histories[event.subject].append(event)
        self._states: dict[str, State] = {}

    def of(self, subject: str) -> State:
        from knockdown.events.life.fold import fold as life_of

        if subject not in self._states:
            self._states[subject] = life_of(subject, self._histories[subject])
        return self._states[subject]

    def take(self, events: Sequence[Event]) -> None:
        from knockdown.events.life.fold import after

        for event in events:
            earlier = self._histories[event.subject]
            self._states[event.subject] = after(self.of(event.subject), event, earlier)
            earlier.append(event)

    def history(self, subject: str) -> list[Event]:
        return self._histories[subject]


def provenance(desk: Desk, at_day: int) -> Provenance:
    """What an answer about a day is computed from."""
    options: dict[str, str | int | float | bool | None] = {
        "at": date.fromordinal(at_day).isoformat(),
        "position": desk.position,
    }
    return Provenance(version=__version__, input_digest=desk.kits.digest, options=options)


def _told_by(events: Sequence[Event], day: int) -> Iterator[Event]:
    """Events of up to a day; what was told of a subject after something later was not known then either."""
    latest: dict[str, int] = {}
    for event in events:
        latest[event.subject] = max(event.happened_at, latest.get(event.subject, 0))
        if day_of(latest[event.subject]) <= day:
            yield event


def _has_lots(events: Sequence[Event]) -> bool:
    return any(event.subject.startswith("kit_lot/") for event in events)
