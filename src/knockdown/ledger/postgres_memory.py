"""What a process remembers of the floor's end, so that it need not ask before it writes.

While nobody else writes, the ledger ends where this process left it, and its subjects stand where it left
them. The server checks that, under the lock, in the very statement that stores (`put_alone`): a memory that
is out of date costs a try and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knockdown.ledger.backend import SubjectKey
from knockdown.ledger.chain import FLOOR, POSITION, RUN, SUBJECT, VERSION, WRITER, Head, Row, chain_of

MOST_SUBJECTS = 100_000
MOST_DOUBT = 1_000  # groups that ask, after a memory was wrong ten times


@dataclass(frozen=True, slots=True)
class Recalled:
    """The ledger as it was when this process wrote last.

    Parameters
    ----------
    position : int
        The last one given.
    head : Head
        Of the floor.
    versions : dict
        Latest version of each subject that was asked for and is remembered; who is not, is taken to be new.
    """

    position: int
    head: Head
    versions: dict[SubjectKey, int]


class Memory:
    """Remembers, and doubts itself the longer the more often it was wrong."""

    def __init__(self) -> None:
        self._position = 0
        self._head: Head | None = None
        self._versions: dict[SubjectKey, int] = {}
        self._doubt = self._patience = 0

    def forget(self) -> None:
        """Know nothing: the server may be another one."""
        self._position, self._head = 0, None
        self._versions.clear()

    def learn(self, position: int, head: Head | None) -> None:
        """Take in what the server said under the lock; what others changed is forgotten."""
        if position == self._position and head == self._head:
            self._doubt = max(0, self._doubt - 1)
            return
        self._doubt = self._patience
        self._versions.clear()
        self._position, self._head = position, head

    def learn_versions(self, versions: Mapping[SubjectKey, int]) -> None:
        """Take in the versions of subjects as the server said them under the lock."""
        if len(self._versions) > MOST_SUBJECTS:
            self._versions.clear()
        self._versions.update((key, version) for key, version in versions.items() if key[0] == FLOOR)

    def keep(self, rows: Sequence[Row], head: Head | None) -> None:
        """Take in what was committed."""
        if not rows:
            return
        self._position = rows[-1][POSITION]
        self._head = head or self._head
        self.learn_versions({(chain_of(row[WRITER], row[RUN]), row[SUBJECT]): row[VERSION] for row in rows})

    def was_wrong(self) -> None:
        """Ask for twice as many groups as before, until it is trusted again."""
        self._patience = min(2 * self._patience + 1, MOST_DOUBT)
        self._doubt = self._patience
        self.forget()

    def recall(self, keys: Sequence[SubjectKey]) -> Recalled | None:
        """What is remembered of the ledger, for subjects of the floor; None when one had better ask."""
        if self._doubt or self._head is None or not self._position:
            return None
        if any(chain != FLOOR for chain, _ in keys):
            return None
        known = self._versions
        return Recalled(self._position, self._head, {key: known[key] for key in keys if key in known})
