"""A second opinion on a ledger: reads it row by row and counts, without the help of `verify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.chain import (
    EVENT_ID,
    HASH,
    POSITION,
    RUN,
    SUBJECT,
    VERSION,
    WRITER,
    Row,
    beginning,
    chain_of,
    link,
)


@dataclass(frozen=True, slots=True)
class Marks:
    """How what was answered compares with what is there.

    Parameters
    ----------
    lost : int
        Acknowledged events that are not there.
    doubled : int
        Events that are there more than once.
    reordered : int
        Acknowledged events that stand at another position than was answered.
    """

    lost: int
    doubled: int
    reordered: int


def mark(rows: Iterable[Row], acknowledged: Mapping[str, int]) -> Marks:
    """Compare the rows of a ledger with the positions that were answered, by event id."""
    places: dict[str, list[int]] = {}
    for row in rows:
        places.setdefault(row[EVENT_ID], []).append(row[POSITION])
    return Marks(
        lost=sum(event_id not in places for event_id in acknowledged),
        doubled=sum(len(found) - 1 for found in places.values()),
        reordered=sum(
            position not in places.get(event_id, [position]) for event_id, position in acknowledged.items()
        ),
    )


@dataclass
class Auditor:
    """Follows a growing ledger: each reading takes up where the one before ended.

    Every hash is computed again, every version and every position counted; a ledger in which runs were
    pruned has gaps, so say so.
    """

    may_have_gaps: bool = False
    position: int = 0
    hashes: dict[str, bytes] = field(default_factory=dict)
    lengths: Counter[str] = field(default_factory=Counter)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)

    def read(self, backend: Backend) -> tuple[list[Row], list[str]]:
        """The rows that came since, and what is wrong with them or with the heads."""
        runs = {run.chain: run.provenance for run in backend.runs() if run.pruned_at is None}
        for chain, provenance in {"floor": "null", **runs}.items():
            self.hashes.setdefault(chain, beginning(chain, backend.ledger_id(), provenance).hash)
        rows = list(backend.rows(Query(after=self.position, writer=None)))
        faults = [fault for row in rows for fault in self._take(row)]
        for chain, head in backend.committed_heads().items():
            if (head.length, head.hash) != (self.lengths[chain], self.hashes.get(chain)):
                faults.append(f"the head of {chain} does not fit its entries")
        return rows, faults

    def trust(self, backend: Backend) -> None:
        """Begin where the ledger says it is; for files too large to read, and subjects not yet in them."""
        self.position = backend.last_position()
        for chain, head in backend.committed_heads().items():
            self.hashes[chain], self.lengths[chain] = head.hash, head.length

    def _take(self, row: Row) -> list[str]:
        faults = []
        if row[POSITION] != self.position + 1 and not (self.may_have_gaps and row[POSITION] > self.position):
            faults.append(f"position {row[POSITION]} follows {self.position}")
        chain = chain_of(row[WRITER], row[RUN])
        subject = (chain, row[SUBJECT])
        if row[VERSION] != self.versions[subject] + 1:
            faults.append(f"{row[SUBJECT]}: version {row[VERSION]} follows {self.versions[subject]}")
        if chain not in self.hashes or link(self.hashes[chain], row) != row[HASH]:
            faults.append(f"position {row[POSITION]}: its hash does not fit")
        self.position = row[POSITION]
        self.versions[subject] = row[VERSION]
        self.lengths[chain] += 1
        self.hashes[chain] = row[HASH]
        return faults


def faults_of(backend: Backend, may_have_gaps: bool = False) -> list[str]:
    """Everything wrong with a ledger, in our own opinion and in the database's; reading errors included."""
    try:
        _, faults = Auditor(may_have_gaps).read(backend)
    except Exception as error:  # a damaged file fails in many ways
        faults = [f"cannot be read: {type(error).__name__}: {error}"]
    return [*faults, *backend.faults()]


def is_whole(stored: int, sizes: Sequence[int]) -> bool:
    """Whether so many stored events end with a whole submission, given the submissions' sizes.

    >>> is_whole(5, [2, 3, 4]), is_whole(6, [2, 3, 4])
    (True, False)
    """
    total = 0
    for size in sizes:
        if total >= stored:
            break
        total += size
    return total == stored
