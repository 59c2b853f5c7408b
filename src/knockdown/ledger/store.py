"""The ledger's store: many submitters, one commit for all that wait, and reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knockdown.basics.clock import Clock
from knockdown.events.envelope import Event
from knockdown.ledger.admit import Group, Law, Receipt
from knockdown.ledger.backend import Backend, Query, Run, SubjectKey
from knockdown.ledger.chain import FLOOR, RUN, WRITER, Head, beginning, body_text, chain_of, whole_event_of
from knockdown.ledger.form import form_of, refuse_run
from knockdown.ledger.group_commit import GroupCommit, Ticket
from knockdown.ledger.refusals import AllRefused, InDoubt, NotStored, Refused, StoreFailed

MOST_IN_A_SUBMISSION = 10_000
RunName = tuple[str, str]
"""Writer and run."""


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
        self._commits = GroupCommit(self._commit, self._give_up)
        self._is_broken = False
        self._is_committing = False
        self._position = 0

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
        _refuse_size(events)
        texts = tuple([form_of(event) for event in events])
        return self._commits.submit(Ticket(tuple(events), texts))

    def append_all(
        self,
        events: Sequence[Event],
        provenance: Mapping[RunName, Mapping[str, object]] | None = None,
    ) -> tuple[Receipt, ...]:
        """Store all of these events, or say of each that is refused why.

        Parameters
        ----------
        events : sequence of Event
            As of `append`.
        provenance : mapping, optional
            By writer and run: runs that begin with these events, unless they began before.

        Raises
        ------
        AllRefused
            With every refusal; each event is judged after those that would be kept. Nothing was stored.
        NotStored, InDoubt
            As of `append`.
        """
        _refuse_size(events)
        tickets = [Ticket((event,), (form_of(event),)) for event in events]
        receipts: list[Receipt] = []

        def take_all() -> None:
            for (writer, run), origin in (provenance or {}).items():
                if self.backend.run_of(chain_of(writer, run)) is None:
                    self._begin_run(writer, run, body_text(origin))
            group = self._group(tickets, self._position)
            for ticket in tickets:
                ticket.admit(group, self.law, self._stored)
            refused = [ticket.error for ticket in tickets if isinstance(ticket.error, Refused)]
            if refused:
                raise AllRefused(refused)
            self._insert(group)
            receipts.extend(receipt for ticket in tickets for receipt in ticket.receipts)

        self._commits.submit(Ticket(job=take_all))
        return tuple(receipts)

    def _give_up(self, error: BaseException) -> Exception:
        """Take back what was begun; the answer to those whose group failed."""
        failure = self._failure(error)
        self._is_broken = not isinstance(failure, Refused)
        if self.law is not None:
            self.law.forget()
        self.backend.rollback()
        return failure

    def _failure(self, error: BaseException) -> Exception:
        if isinstance(error, StoreFailed | Refused):
            return error
        kind = InDoubt if self._is_committing else NotStored
        what = f"{type(error).__name__}: {error}"
        failure = kind(f"the ledger could not be written ({what}); mend that, then send the events again")
        failure.__cause__ = error
        return failure

    def _commit(self, tickets: list[Ticket]) -> None:
        self._is_committing = False
        if self._is_broken:
            self.backend.reopen()
            self._is_broken = False
        job = tickets[0].job
        if job is not None:
            self._position = self.backend.begin()
            job()
        else:
            tickets = self._take_in_by_memory(tickets)
            if not tickets:
                return
            if not self._take_in(tickets):
                self.backend.rollback()
                return
        self._is_committing = True
        self.backend.commit()

    def _take_in_by_memory(self, tickets: list[Ticket]) -> list[Ticket]:
        """Store what follows on what the backend remembers, in one message, if it has a memory and is right.

        Returns the tickets that are not answered: all, or those that would be refused. These may have been
        stored before, so they are looked up and judged again.
        """
        backend: Any = self.backend
        before = backend.recall(_asked(tickets)[1]) if hasattr(backend, "recall") else None
        if before is None:
            return tickets
        group = Group(before.position, self.clock.now_ms(), {}, before.versions, {FLOOR: before.head})
        for ticket in tickets:
            ticket.admit(group, self.law, self._stored)
        self._is_committing = True
        is_right = not group.rows or backend.put_alone(before, group.rows, group.heads[FLOOR])
        self._is_committing = False
        if not is_right and self.law is not None:
            self.law.forget()
        for ticket in tickets:
            ticket.is_kept = is_right and ticket.error is None
            ticket.error = None
        return [ticket for ticket in tickets if not ticket.is_kept]

    def _take_in(self, tickets: list[Ticket]) -> bool:
        """Admit and insert a group; whether there is anything to commit."""
        self.backend.expect(*_asked(tickets))
        self._position = self.backend.begin()
        group = self._group(tickets, self._position)
        for ticket in tickets:
            ticket.admit(group, self.law, self._stored)
        self._insert(group)
        return bool(group.rows)

    def _insert(self, group: Group) -> None:
        if group.rows:
            changed = {chain_of(row[WRITER], row[RUN]) for row in group.rows}
            self.backend.insert(group.rows, [group.heads[chain] for chain in changed])

    def _group(self, tickets: list[Ticket], position: int) -> Group:
        event_ids, keys = _asked(tickets)
        return Group(
            position=position,
            now_ms=self.clock.now_ms(),
            known=self.backend.known(event_ids),
            versions=self.backend.versions(keys),
            heads=self.backend.heads({chain for chain, _ in keys}),
        )

    def _stored(self, key: SubjectKey) -> list[Event]:
        return [whole_event_of(row) for row in self.backend.history(key)]

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
        refuse_run(writer, run)
        text = body_text(provenance)

        def begin() -> None:
            there = self.backend.run_of(chain_of(writer, run))
            if there is not None and (there.pruned_at is not None or there.provenance != text):
                why = "was pruned" if there.pruned_at is not None else "was begun with other provenance"
                raise Refused("ledger.run", f"run {run} of the {writer} {why}", "give the new run its own id")
            if there is None:
                self._begin_run(writer, run, text)

        self._commits.submit(Ticket(job=begin))

    def _begin_run(self, writer: str, run: str, text: str) -> None:
        refuse_run(writer, run)
        chain = chain_of(writer, run)
        head = beginning(chain, self.backend.ledger_id(), text)
        self.backend.begin_chain(Run(chain, text, self.clock.now_ms(), None, 0), head)

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

        self._commits.submit(Ticket(job=take_out))
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
        return map(whole_event_of, self.backend.rows(query))

    def history(self, subject: str, writer: str = "floor", run: str | None = None) -> list[Event]:
        """Everything that happened to a subject, by version."""
        return list(self.read(writer=writer, run=run, subject=subject))

    def heads(self) -> dict[str, Head]:
        """Where every chain ends, by chain; pruned ones left out."""
        return self.backend.committed_heads()

    def close(self) -> None:
        """Close the store; what was answered is kept."""
        self.backend.close()


def _refuse_size(events: Sequence[Event]) -> None:
    if len(events) > MOST_IN_A_SUBMISSION:
        problem = f"{len(events):,} events were submitted at once"
        raise Refused("ledger.size", problem, f"submit at most {MOST_IN_A_SUBMISSION:,} at a time")


def _asked(tickets: list[Ticket]) -> tuple[list[str], list[SubjectKey]]:
    """What a group must know of the ledger: event ids, and subjects with their chains."""
    events = [event for ticket in tickets for event in ticket.events]
    keys = list({(chain_of(event.writer, event.run), event.subject): None for event in events})
    return [event.event_id for event in events], keys
