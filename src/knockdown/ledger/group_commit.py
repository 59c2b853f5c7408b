"""Many submitters, one commit for all that wait: whoever comes first leads, the others follow."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from knockdown.events.envelope import Event
from knockdown.ledger.admit import Group, Law, Receipt
from knockdown.ledger.backend import SubjectKey
from knockdown.ledger.refusals import InDoubt, Refused

MOST_IN_A_GROUP = 2_000
GATHER_S = 0.000_1
INTERRUPTED = "the ledger was interrupted while it wrote; send the same events again"


class Ticket:
    """A submission on its way, or a job that wants the store for itself."""

    __slots__ = ("_lock", "error", "events", "is_done", "is_kept", "job", "leads", "receipts", "texts")

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
        self.is_kept = False
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
        if self._lock.locked():
            self._lock.release()

    def admit(self, group: Group, law: Law | None, history: Callable[[SubjectKey], Sequence[Event]]) -> None:
        """Let the group take the events, or note why it does not."""
        try:
            self.receipts = group.admit(self.events, law, history, self.texts)
        except Refused as refusal:
            self.error = refusal

    def finish(self) -> None:
        """It is answered: as kept, refused or failed; never as kept unless the commit said so."""
        if self.error is None and not self.is_kept:
            self.error = InDoubt(INTERRUPTED)
        self.is_done = True
        self.wake()

    def outcome(self) -> tuple[Receipt, ...]:
        """The receipts, or the error raised."""
        if self.error is not None:
            raise self.error
        return self.receipts


class GroupCommit:
    """Commits tickets in groups, in the order in which they came.

    Parameters
    ----------
    commit : callable
        Makes a group of tickets last; notes refusals in them, and raises when it fails.
    give_up : callable
        Is told why a group failed, and cleans up; its answer is the error for all of the group.
    """

    def __init__(
        self, commit: Callable[[list[Ticket]], None], give_up: Callable[[BaseException], Exception]
    ) -> None:
        self._commit = commit
        self._give_up = give_up
        self._mutex = threading.Lock()
        self._queue: deque[Ticket] = deque()
        self._is_led = False
        self._n_last = 0

    def submit(self, ticket: Ticket) -> tuple[Receipt, ...]:
        """Wait until the ticket is answered, or lead the group it is in."""
        try:
            with self._mutex:
                self._queue.append(ticket)
                ticket.leads, self._is_led = not self._is_led, True
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
        group: list[Ticket] = []
        try:
            self._gather()
            self._take(group)
            self._n_last = len(group)
            self._commit(group)
            for ticket in group:
                ticket.is_kept = True
        except BaseException as error:
            unkept = [ticket for ticket in group if not ticket.is_kept]
            for ticket in unkept:  # before anything else that may be interrupted as well
                ticket.error = InDoubt(INTERRUPTED)
            failure = self._give_up(error)
            for ticket in unkept:
                ticket.error = failure
            if not isinstance(error, Exception):
                raise
        finally:
            try:
                self._hand_over()  # first, so that the next group is not kept waiting by these
            finally:
                for ticket in group:
                    ticket.finish()

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

    def _take(self, group: list[Ticket]) -> None:
        """Those who wait, in order: a job alone, or submissions up to a size."""
        size = 0
        with self._mutex:
            while self._queue and not (group and (group[0].job or self._queue[0].job)):
                size += len(self._queue[0].events)
                if group and size > MOST_IN_A_GROUP:
                    return
                group.append(self._queue[0])  # first there, then gone: an interrupt between loses nobody
                self._queue.popleft()
