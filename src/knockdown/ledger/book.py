"""The ledger as the rest of the house knows it: a store that keeps the law, and what is so now."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable

from knockdown.basics.clock import Clock
from knockdown.events.envelope import Event
from knockdown.ledger import records
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.chain import HASH, chain_of
from knockdown.ledger.law import LifeLaw
from knockdown.ledger.store import Store
from knockdown.ledger.views import Views

SNAPSHOT, FORMAT = "snapshot", "knockdown.ledger.snapshot/2"
SNAPSHOT_EVERY = 20_000


def open_store(backend: Backend, clock: Clock) -> Store:
    """A store that refuses what cannot follow on a subject's history."""
    return Store(backend, clock, LifeLaw())


def replay(store: Store, upto: int | None = None, writer: str = "floor", run: str | None = None) -> Views:
    """What was so after the entries up to a position, told again from the first.

    Parameters
    ----------
    store : Store
        The ledger.
    upto : int, optional
        Last position that counts; by default all.
    writer, run : str
        Whose history: by default what the floor recorded, or one plan's or simulated run's.
    """
    views = Views(lambda subject: store.history(subject, writer, run))
    for event in store.read(upto=upto, writer=writer, run=run):
        views.apply(event)
    return views


def projections(events: Iterable[Event]) -> dict[str, tuple[dict[str, records.Record], Counter[str]]]:
    """Records and counts of every chain that events belong to, folded in the order given.

    Voids need a subject's history, which is not at hand here; so there must be none.
    """
    views: dict[str, Views] = {}
    for event in events:
        views.setdefault(chain_of(event.writer, event.run), Views(lambda _: ())).apply(event)
    return {chain: (each.records, each.counts) for chain, each in views.items()}


def save_snapshot(store: Store, views: Views) -> None:
    """Keep what is so after a position, so that the next opening need not tell all again."""
    row = next(store.backend.rows(Query(after=views.position - 1, upto=views.position, writer=None)), None)
    if row is not None:
        document = {"format": FORMAT, "position": views.position, "hash": row[HASH].hex()}
        document |= {"counts": views.counts, "records": records.to_json(views.records)}
        store.backend.put_note(SNAPSHOT, "floor", json.dumps(document, ensure_ascii=False))


def load_snapshot(store: Store) -> Views | None:
    """Views as they were saved; None when there are none, or when they are not of this very ledger."""
    text = store.backend.get_notes(SNAPSHOT).get("floor")
    if text is None:
        return None
    document = json.loads(text)
    if document.get("format") != FORMAT:
        return None
    position = document["position"]
    row = next(store.backend.rows(Query(after=position - 1, upto=position, writer=None)), None)
    if row is None or row[HASH].hex() != document["hash"]:
        return None
    views = Views(store.history)
    views.position, views.counts = position, Counter(document["counts"])
    views.records = records.from_json(document["records"])
    return views


def views_now(store: Store) -> Views:
    """What is so now, from the snapshot and what came after; a new snapshot is kept when much came."""
    views = load_snapshot(store) or Views(store.history)
    before = views.position
    for event in store.read(after=before):
        views.apply(event)
    if views.position - before > SNAPSHOT_EVERY:
        save_snapshot(store, views)
    return views


class LiveViews:
    """What is so now, kept up as the ledger grows; asked from any thread.

    Parameters
    ----------
    store : Store
        The ledger; any process may write to it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._views = Views(store.history)
        self._lock = threading.Lock()

    def now(self) -> Views:
        """What is so after the last entry; a copy, which later entries leave alone."""
        with self._lock:
            for event in self._store.read(after=self._views.position):
                self._views.apply(event)
            return self._views.copy()
