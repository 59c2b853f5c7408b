"""The kit desk: a plant's kit book read from its ledger, and kit commands decided and stored there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass
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
        self.kits: KitPlant = cut(found, start)

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

    def as_of(self, day: date | None) -> Desk:
        """The desk as it was at the end of an earlier day; itself, when none is given or none was later."""
        if day is None or day.toordinal() >= self.today:
            return self
        earlier = copy(self)
        earlier.__dict__.pop("book", None)
        earlier.__dict__["events"] = tuple(
            event for event in self.events if day_of(event.happened_at) <= day.toordinal()
        )
        return earlier

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
        """The day the book speaks of: of the last event, but not before the opening."""
        return max(self.kits.opening.day, day_of(self.book.last_at))

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
        known = store.backend.known([told_id(command) for command in commands])
        fresh = [command for command in commands if told_id(command) not in known]
        states = _States(store, beginning)
        events: list[Event] = []
        faults: list[Fault] = []
        for command in fresh:
            state = states.of(command.subject)
            answer = decide(state, command, CLOCK.now_ms(), run=RUN)
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
    """States of subjects, from the ledger and from what is about to be stored."""

    def __init__(self, store: Store, beginning: Sequence[Event]) -> None:
        self._store = store
        self._states: dict[str, State] = {}
        self.take(beginning)

    def of(self, subject: str) -> State:
        from knockdown.events.life.fold import fold as life_of

        if subject not in self._states:
            self._states[subject] = life_of(subject, self._store.history(subject))
        return self._states[subject]

    def take(self, events: Sequence[Event]) -> None:
        from knockdown.events.life.fold import after

        for event in events:
            self._states[event.subject] = after(self.of(event.subject), event)


def provenance(desk: Desk, at_day: int) -> Provenance:
    """What an answer about a day is computed from."""
    options: dict[str, str | int | float | bool | None] = {
        "at": date.fromordinal(at_day).isoformat(),
        "position": desk.position,
    }
    return Provenance(version=__version__, input_digest=desk.kits.digest, options=options)


def _has_lots(events: Sequence[Event]) -> bool:
    return any(event.subject.startswith("kit_lot/") for event in events)
