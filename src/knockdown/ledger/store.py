"""The ledger's store: many submitters, one commit for all that wait, and reading."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from knockdown.basics.clock import Clock
from knockdown.events.envelope import Event
from knockdown.ledger.admit import Group, Law, Receipt, form_of
from knockdown.ledger.backend import Backend, Query, Run, SubjectKey
from knockdown.ledger.chain import FLOOR, RUN, WRITER, Head, beginning, body_text, chain_of, event_of
from knockdown.ledger.refusals import InDoubt, NotStored, Refused, StoreFailed

MOST_IN_A_GROUP = 2_000
MOST_IN_A_SUBMISSION = 10_000
GATHER_S = 0.0001


class Store:
    """An append-only record in total order.

    Submitters call `append` from any thread. Whoever comes first commits for all who came meanwhile
    (leader and followers), so that one wait for the disk serves many; nobody is answered before that.

    Parameters
    ----------
    backend : Backend
        Memory, SQLite or PostgreSQL.
    clock : Clock
        Tells `recorded_at`.
    law : Law, optional
        Refuses events that cannot follow on their subject's history.

    Examples
    --------
    >>> from knockdown.basics.clock import FixedClock
    >>> from knockdown.events.envelope import tell
    >>> from knockdown.events.vocabulary import PeopleHired
    >>> from knockdown.ledger.memory import MemoryBackend
    >>> store = Store(MemoryBackend("demo"), FixedClock(1_800_000_000_000))
    >>> hired = tell(PeopleHired(n_people=3), writer="floor", run="f-1", subject_id="crew-a",
    ...              version=1, happened_at=0)
    >>> [r.position for r in store.append([hired])], store.append([hired])[0].is_new
    ([1], False)
    """

    def __init__(self, backend: Backend, clock: Clock, law: Law | None = None) -> None:
        self.backend = backend
        self.clock = clock
        self.law = law
        self._mutex = threading.Lock()
        self._queue: deque[Ticket] = deque()
        self._is_led = False
        self._is_broken = False
        self._is_committing = False
        self._n_last = 0

    def append(self, events: Sequence[Event]) -> tuple[Receipt, ...]:
        """Store all of these events, or none; returns when they are on stable storage.

        Parameters
        ----------
        events : sequence of Event
            At most 10,000. Each is the next version of its subject; one that is already stored (the same
            event id and content) is answered with its receipt again and not stored twice.

        Returns
        -------
        tuple of Receipt
            In the same order.

        Raises
        ------
        Refused
            Nothing was stored; `rule`, `problem`, `next_step` say why.
        NotStored
            The store failed and nothing was stored.
        InDoubt
            The store failed and cannot say; send the same events again.
        """
        if len(events) > MOST_IN_A_SUBMISSION:
            problem = f"{len(events):,} events were submitted at once"
            raise Refused("ledger.size", problem, f"submit at most {MOST_IN_A_SUBMISSION:,} at a time")
        texts = tuple([form_of(event) for event in events])
        return self._submit(Ticket(tuple(events), texts))

    def _submit(self, ticket: Ticket) -> tuple[Receipt, ...]:
        with self._mutex:
            self._queue.append(ticket)
            ticket.leads, self._is_led = not self._is_led, True
        try:
            if not ticket.leads:
                ticket.wait()
            if not ticket.is_done:
                self._lead()
        except BaseException:
            self._leave(ticket)
            raise
        return ticket.outcome()

    def _leave(self, ticket: Ticket) -> None:
        """Somebody was interrupted while waiting: the others go on without."""
        with self._mutex:
            is_waiting = ticket in self._queue
            if is_waiting:
                self._queue.remove(ticket)
        if is_waiting and ticket.leads:
            self._hand_over()

    def _lead(self) -> None:
        """Commit for all who wait, then hand over to the first of those who came meanwhile."""
        self._gather()
        group = self._take_group()
        self._n_last = len(group)
        try:
            self._commit(group)
        except BaseException as error:
            self._give_up(group, error)
            if not isinstance(error, Exception):
                raise
        finally:
            for ticket in group:
                ticket.finish()
            self._hand_over()

    def _hand_over(self) -> None:
        """The first of those who wait leads."""
        with self._mutex:
            following = self._queue[0] if self._queue else None
            self._is_led = following is not None
            if following is not None:
                following.leads = True
        if following is not None:
            following.wake()

    def _gather(self) -> None:
        """Let those who were just answered submit again, for as long as they do, to share one commit.

        Without load the last group was small, and nobody waits.
        """
        n_before = -1
        while n_before < len(self._queue) < self._n_last:
            n_before = len(self._queue)
            time.sleep(GATHER_S)

    def _take_group(self) -> list[Ticket]:
        """Those who wait, in order: a job alone, or submissions up to a size."""
        with self._mutex:
            group = [self._queue.popleft()]
            size = len(group[0].events)
            while group[0].job is None and self._queue and self._queue[0].job is None:
                size += len(self._queue[0].events)
                if size > MOST_IN_A_GROUP:
                    break
                group.append(self._queue.popleft())
        return group

    def _give_up(self, group: list[Ticket], error: BaseException) -> None:
        self._is_broken = not isinstance(error, Refused | _Examined)
        self.backend.rollback()
        if self.law is not None:
            self.law.forget()
        for ticket in group:
            ticket.error = self._failure(error)

    def _failure(self, error: BaseException) -> Exception:
        if isinstance(error, StoreFailed | Refused | _Examined):
            return error
        kind = InDoubt if self._is_committing else NotStored
        failure = kind(f"the ledger could not be written: {type(error).__name__}: {error}")
        failure.__cause__ = error
        return failure

    def _commit(self, tickets: list[Ticket]) -> None:
        self._is_committing = False
        if self._is_broken:
            self.backend.reopen()
            self._is_broken = False
        if tickets[0].job is not None:
            self.backend.begin()
            tickets[0].job()
        else:
            group = self._begin(tickets)
            for ticket in tickets:
                ticket.admit(group, self.law, self._stored)
            if not group.rows:
                self.backend.rollback()
                return
            changed = {chain_of(row[WRITER], row[RUN]) for row in group.rows}
            self.backend.insert(group.rows, [group.heads[chain] for chain in changed])
        self._is_committing = True
        self.backend.commit()

    def _begin(self, tickets: list[Ticket]) -> Group:
        event_ids, keys = _asked(tickets)
        self.backend.expect(event_ids, keys)
        position = self.backend.begin()
        return self._group(tickets, position)

    def _group(self, tickets: list[Ticket], position: int = 0) -> Group:
        event_ids, keys = _asked(tickets)
        return Group(
            position=position,
            now_ms=self.clock.now_ms(),
            known=self.backend.known(event_ids),
            versions=self.backend.versions(keys),
            heads=self.backend.heads({chain for chain, _ in keys}),
        )

    def _stored(self, key: SubjectKey) -> list[Event]:
        return [event_of(row) for row in self.backend.history(key)]

    def examine(self, events: Sequence[Event]) -> tuple[Refused, ...]:
        """Say what would be refused of these events, each taken by itself after those that would be kept.

        Nothing is stored.
        """
        found: list[Refused] = []
        tickets = [Ticket(events=(event,)) for event in events]

        def try_all() -> None:
            group = self._group(tickets)
            for ticket in tickets:
                ticket.admit(group, self.law, self._stored)
            found.extend(ticket.error for ticket in tickets if isinstance(ticket.error, Refused))
            raise _Examined

        with suppress(_Examined):
            self._submit(Ticket(job=try_all))
        return tuple(found)

    def begin_run(self, writer: str, run: str, provenance: dict[str, object]) -> None:
        """Begin the history of a plan or a simulated run.

        Parameters
        ----------
        writer : {"plan", "twin"}
            Whose.
        run : str
            Its id.
        provenance : dict
            What it is computed from (JSON values); the chain is bound to it.

        Raises
        ------
        Refused
            When a run of that name was begun with other provenance, or was pruned.
        """
        if writer == FLOOR:
            raise Refused("ledger.run", "the floor's history needs no beginning", "append to it")
        chain, text = chain_of(writer, run), body_text(provenance)

        def begin() -> None:
            there = self.backend.run_of(chain)
            if there is not None and (there.pruned_at is not None or there.provenance != text):
                why = "was pruned" if there.pruned_at is not None else "was begun with other provenance"
                raise Refused("ledger.run", f"run {run} of the {writer} {why}", "give the new run its own id")
            if there is None:
                head = beginning(chain, self.backend.ledger_id(), text)
                self.backend.begin_chain(Run(chain, text, self.clock.now_ms(), None, 0), head)

        self._submit(Ticket(job=begin))

    def prune(self, writer: str, run: str) -> int:
        """Take out the entries of a plan or a simulated run; its provenance and length stay known.

        Raises
        ------
        Refused
            For the floor, whose entries are for ever, and for a run that is not there.
        """
        chain = chain_of(writer, run)
        if chain == FLOOR:
            raise Refused("ledger.floor", "what the floor recorded is never taken out", "void single entries")
        removed = 0

        def take_out() -> None:
            nonlocal removed
            there = self.backend.run_of(chain)
            if there is None or there.pruned_at is not None:
                problem = f"there is no run {run} of the {writer}"
                raise Refused("ledger.run", problem, "`knockdown ledger PLANT stats` lists the runs")
            removed = self.backend.prune(chain, self.clock.now_ms())

        self._submit(Ticket(job=take_out))
        return removed

    def read(
        self,
        after: int = 0,
        upto: int | None = None,
        *,
        writer: str | None = "floor",
        run: str | None = None,
        subject: str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Event]:
        """Read events: of one subject by version, otherwise in total order.

        Parameters
        ----------
        after, upto : int
            Only positions beyond `after`, and up to `upto`.
        writer : str or None
            By default only what the floor recorded; None reads all three writers.
        run, subject, kind : str, optional
            Only of these.
        limit : int, optional
            At most so many.
        """
        query = Query(after, upto, writer, run, subject, kind, limit)
        return map(event_of, self.backend.rows(query))

    def history(self, subject: str, writer: str = "floor", run: str | None = None) -> list[Event]:
        """Everything that happened to a subject, by version."""
        return list(self.read(writer=writer, run=run, subject=subject))

    def heads(self) -> dict[str, Head]:
        """Where every chain ends, by chain; pruned ones left out."""
        return self.backend.committed_heads()

    def close(self) -> None:
        """Close the store; what was answered is kept."""
        self.backend.close()


def _asked(tickets: list[Ticket]) -> tuple[list[str], list[SubjectKey]]:
    """What a group must know of the ledger: event ids, and subjects with their chains."""
    events = [event for ticket in tickets for event in ticket.events]
    keys = list({(chain_of(event.writer, event.run), event.subject): None for event in events})
    return [event.event_id for event in events], keys


class _Examined(Exception):  # noqa: N818
    """Ends an examination, so that its transaction is rolled back."""


class Ticket:
    """A submission on its way, or a job that wants the store for itself."""

    __slots__ = ("_lock", "error", "events", "is_done", "job", "leads", "receipts", "texts")

    def __init__(
        self,
        events: tuple[Event, ...] = (),
        texts: tuple[str, ...] = (),
        job: Callable[[], None] | None = None,
    ) -> None:
        self.events = events
        self.texts = texts
        self.job = job
        self.is_done = False
        self.leads = False
        self.receipts: tuple[Receipt, ...] = ()
        self.error: Exception | None = None
        self._lock = threading.Lock()
        self._lock.acquire()

    def wait(self) -> None:
        """Until it is finished, or its turn to lead has come."""
        self._lock.acquire()

    def wake(self) -> None:
        """End the wait."""
        self._lock.release()

    def admit(self, group: Group, law: Law | None, history: Callable[[SubjectKey], Sequence[Event]]) -> None:
        """Let the group take the events, or note why it does not."""
        try:
            self.receipts = group.admit(self.events, law, history, self.texts)
        except Refused as refusal:
            self.error = refusal

    def finish(self) -> None:
        """It is answered: as kept, refused or failed."""
        self.is_done = True
        if self._lock.locked():
            self._lock.release()

    def outcome(self) -> tuple[Receipt, ...]:
        """The receipts, or the error raised."""
        if self.error is not None:
            raise self.error
        return self.receipts
