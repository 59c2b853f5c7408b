"""The ledger from Python, with the words of the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from knockdown.basics.clock import Clock, SystemClock
from knockdown.events.envelope import Event
from knockdown.ledger.address import open_backend
from knockdown.ledger.admit import Receipt
from knockdown.ledger.book import LiveViews, open_store
from knockdown.ledger.verify import Verification, verify
from knockdown.ledger.views import Views
from knockdown.workflow import keep_ledger
from knockdown.workflow.ledger_papers import Stats
from knockdown.workflow.ledger_place import address_of, missing, reporting


class Ledger:
    """A plant's ledger, open; use it in a `with` block, from any thread.

    Parameters
    ----------
    plant : str or Path
        A built-in plant's name, or a folder.
    url : str, optional
        Another ledger than the plant's own: a file, or `postgresql://user@host/database`.
    clock : Clock, optional
        Tells when events are recorded.

    Raises
    ------
    BadInput
        When there is none: `knockdown ledger PLANT init` makes one.
    """

    def __init__(self, plant: str | Path, url: str | None = None, clock: Clock | None = None) -> None:
        self.plant, self.url = str(plant), url
        self.address = address_of(self.plant, url)
        if self.address.path is not None and not self.address.path.is_file():
            raise missing(self.plant, self.address)
        with reporting(self.address, self.plant):
            self.store = open_store(open_backend(self.address), clock or SystemClock())
        self._live = LiveViews(self.store)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, events: Sequence[Event]) -> tuple[Receipt, ...]:
        """Store all of these events, or none; see `knockdown.ledger.store.Store.append`."""
        return self.store.append(events)

    def read(
        self, after: int = 0, *, writer: str | None = "floor", run: str | None = None
    ) -> Iterator[Event]:
        """Events in total order beyond a position; by default only what the floor recorded."""
        return self.store.read(after, writer=writer, run=run)

    def history(self, subject: str, writer: str = "floor", run: str | None = None) -> list[Event]:
        """Everything that happened to a subject, such as `unit/U-0017`, by version."""
        return self.store.history(subject, writer, run)

    def views(self) -> Views:
        """What is so now: units, kit lots, stations, stock; kept up with every call."""
        return self._live.now()

    def verify(self) -> Verification:
        """Read all again and say whether anything was changed."""
        return verify(self.store.backend)

    def stats(self) -> Stats:
        """What the ledger holds, and what is so now."""
        return keep_ledger.stats(self.plant, self.url)

    def close(self) -> None:
        """Close it; what was answered is kept."""
        self.store.close()


def open_ledger(plant: str | Path, url: str | None = None, *, create: bool = False) -> Ledger:
    """Open a plant's ledger, or with `create` make it first where there is none.

    Examples
    --------
    >>> import tempfile
    >>> with open_ledger("nakhchivan", tempfile.mkdtemp() + "/ledger.sqlite", create=True) as book:
    ...     len(list(book.read()))
    0
    """
    if create:
        address = address_of(str(plant), url)
        if address.path is not None and not address.path.is_file():
            keep_ledger.init(str(plant), url)
    return Ledger(plant, url)
