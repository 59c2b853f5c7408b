"""What the trials submit: work on units, told by submitters who each have a unit of their own."""

from __future__ import annotations

import random
from collections.abc import Iterator

from knockdown.events.envelope import Event
from knockdown.ledger.sqlite import SqliteBackend

RUN = "trial"
_STARTED_AT = 1_800_000_000_000


def work(unit: str, version: int, note: str = "") -> Event:
    """The event that `unit` has at `version`: the same arguments give the same event.

    >>> work("U-1", 2).event_id
    'ev-U-1-2'
    """
    return Event(
        writer="floor",
        run=RUN,
        subject=f"unit/{unit}",
        version=version,
        kind="UnitLeftLine",
        schema=1,
        happened_at=_STARTED_AT + version,
        event_id=f"ev-{unit}-{version}",
        place="TR-07",
        body={"line_id": f"L{version}", "open_part_ids": [note[i : i + 60] for i in range(0, len(note), 60)]},
    )


def submissions(unit: str, seed: int, most: int = 5, longest_note: int = 0) -> Iterator[list[Event]]:
    """All that one submitter submits, for ever: 1 to `most` events at a time on one unit.

    Parameters
    ----------
    unit : str
        Id of the unit.
    seed : int
        The same seed gives the same submissions.
    most : int
        Events in a submission, at most.
    longest_note : int
        Characters in a note, at most; one of several thousand spills over database pages.
    """
    choose = random.Random(f"{unit} {seed}")
    version = 0
    while True:
        size = choose.randint(1, most)
        notes = [_note(choose, longest_note) for _ in range(size)]
        yield [work(unit, version + 1 + i, note) for i, note in enumerate(notes)]
        version += size


def _note(choose: random.Random, longest: int) -> str:
    if not longest or choose.random() < 0.5:
        return ""
    return "".join(choose.choices("abcdefgh-", k=10)) * (choose.randint(1, longest) // 10)


class LateCommit(SqliteBackend):
    """A planted fault: says that entries last before they do, and commits only at every eighth time."""

    _n_commits = 0

    def begin(self) -> int:
        """Go on in the transaction that was left open."""
        if self._writer.in_transaction:
            return int(self._one("SELECT last_position FROM ledger"))
        return super().begin()

    def commit(self) -> None:
        """Mostly do not."""
        self._n_commits += 1
        if self._n_commits % 8 == 0:
            super().commit()


class NotSettled(SqliteBackend):
    """A planted fault: answers from a log that a dead process wrote and did not wait for."""

    def _settle(self) -> None:
        """Trust what is read."""
