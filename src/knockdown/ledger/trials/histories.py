"""Histories of submissions, duplicated, late, permuted and refused, against a dict that knows the answers.

`History` plays one history on several stores at once: each action asks the model first, then each store,
and the answers must be the same; so must everything that is read. `play_many` makes up histories from
a seed, and the tests let Hypothesis make them up.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from knockdown.basics.clock import FixedClock
from knockdown.events.envelope import Event, Writer
from knockdown.ledger.backend import Backend
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.refusals import Refused
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import faults_of
from knockdown.ledger.trials.model import Answer, Model, chain_name
from knockdown.ledger.trials.work import work

LEDGER_ID = "histories"
CHAINS: tuple[tuple[Writer, str], ...] = (
    ("floor", "f-1"),
    ("floor", "f-2"),
    ("plan", "p-1"),
    ("twin", "t-1"),
    ("twin", "t-2"),
)
UNITS = ("U-1", "U-2", "U-3")
Project = Callable[[Iterable[Event]], object]


MALFORMED: tuple[dict[str, Any], ...] = (
    {"version": 1.0},
    {"subject": ""},
    {"subject": "unit/\0"},
    {"run": "half a character \ud83d"},
    {"place": 5},
    {"body": {"work_ms": float("nan")}},
    {"body": {"work_ms": {1, 2}}},
)


class Differs(AssertionError):  # noqa: N818 - it is what happened
    """A store answered otherwise than the model."""


class History:
    """One history, played on a model and on stores side by side.

    Parameters
    ----------
    stores : dict of str to Store
        By name; `reopen` asks `opens` for a new one.
    opens : dict of str to callable
        Opens a store's backend again; stores that live in memory are left out.
    project : callable, optional
        Folds events into a projection; it must be the same for every store and for the model.
    """

    def __init__(
        self,
        stores: dict[str, Store],
        opens: dict[str, Callable[[], Backend]],
        project: Project | None = None,
    ) -> None:
        self.model = Model()
        self.submitted: list[list[Event]] = []
        self.held: list[Event] = []
        self.answers: Counter[str] = Counter()
        self._stores = stores
        self._opens = opens
        self._project = project
        self._n_told = 0

    # What submitters do

    def tell_new(self, chain: int, unit: int, size: int) -> None:
        """Submit what comes next."""
        self.submit([self._event(chain, unit, ahead) for ahead in range(size)])

    def tell_too_early(self, chain: int, unit: int, ahead: int) -> None:
        """Submit before what comes before it; it is held back for `tell_held`."""
        event = self._event(chain, unit, ahead)
        self.held.append(event)
        self.submit([event])

    def tell_held(self, which: int) -> None:
        """Submit what was too early, in the hope that its time has come."""
        if self.held:
            self.submit([self.held[which % len(self.held)]])

    def tell_again(self, which: int) -> None:
        """Submit an earlier submission again, stored or refused."""
        if self.submitted:
            self.submit(self.submitted[which % len(self.submitted)])

    def tell_mixed(self, which: int, chain: int, unit: int, order: Sequence[int]) -> None:
        """Submit old and new together, permuted."""
        old = self.submitted[which % len(self.submitted)] if self.submitted else []
        other = (unit + 1) % len(UNITS)
        events = [*old[:3], *(self._event(chain, u, ahead) for u in (unit, other) for ahead in (0, 1))]
        places = sorted(range(len(events)), key=lambda i: order[i % len(order)])
        self.submit([events[i] for i in places])

    def tell_otherwise(self, which: int) -> None:
        """Submit something else under an old event id."""
        olds = self.submitted[which % len(self.submitted)] if self.submitted else []
        sound = [event for event in olds if event.event_id not in self.model.malformed]
        if sound:
            self.submit([replace(sound[0], body={"line_id": "other", "open_part_ids": []})])

    def tell_badly(self, chain: int, unit: int, how: int) -> None:
        """Submit what no ledger takes, after something good."""
        good, event = self._event(chain, unit, 0), self._event(chain, unit, 1)
        self.model.malformed.add(event.event_id)
        self.submit([good, replace(event, **MALFORMED[how % len(MALFORMED)])])

    def submit(self, events: list[Event]) -> None:
        """Submit to the model and to each store."""
        self.submitted.append(events)
        expected = self.model.submit(events)
        self.answers[expected[1] if expected[:1] == ("refused",) else "stored"] += 1
        for name, store in self._stores.items():
            self._compare(name, expected, partial(_receipts, store, events))

    def begin_run(self, chain: int, provenance: int) -> None:
        """Begin a run, perhaps again, perhaps otherwise."""
        writer, run = CHAINS[chain % len(CHAINS)]
        expected = self.model.begin_run(chain_name(writer, run), str(provenance))
        for name, store in self._stores.items():
            self._compare(name, expected, partial(_begin, store, writer, run, provenance))

    def prune(self, chain: int) -> None:
        """Take out a run."""
        writer, run = CHAINS[chain % len(CHAINS)]
        expected = self.model.prune(chain_name(writer, run))
        for name, store in self._stores.items():
            self._compare(name, expected, partial(_prune, store, writer, run))

    def reopen(self) -> None:
        """Close the files and open them again."""
        for name, opens in self._opens.items():
            self._stores[name].close()
            self._stores[name] = Store(opens(), self._stores[name].clock)

    def _event(self, chain: int, unit: int, ahead: int) -> Event:
        writer, run = CHAINS[chain % len(CHAINS)]
        name = UNITS[unit % len(UNITS)]
        version = self.model.version(chain_name(writer, run), f"unit/{name}") + 1 + ahead
        self._n_told += 1
        return replace(work(name, version), writer=writer, run=run, event_id=f"ev-{self._n_told}")

    def _compare(self, name: str, expected: Answer, ask: Callable[[], Answer]) -> None:
        try:
            answer = ask()
        except Refused as refusal:
            answer = ("refused", refusal.rule)
        if answer != expected:
            raise Differs(f"{name} answered {answer}, and {expected} was right")

    # What readers see

    def check_reads(self) -> None:
        """Everything read from each store is what the model has, in the same order."""
        expected = list(self.model.entries.values())
        for name, store in self._stores.items():
            found = [replace(event, recorded_at=None) for event in store.read(writer=None)]
            if found != expected:
                raise Differs(f"{name} reads {len(found)} entries, not the {len(expected)} of the model")
            self._check_subjects(name, store)
            if self._project is not None and self._project(found) != self._project(expected):
                raise Differs(f"{name} has other projections")

    def _check_subjects(self, name: str, store: Store) -> None:
        for writer, run in CHAINS:
            chain = chain_name(writer, run)
            of_run = None if writer == "floor" else run
            for unit in UNITS:
                found = [e.event_id for e in store.history(f"unit/{unit}", writer, of_run)]
                expected = [
                    e.event_id
                    for e in self.model.entries.values()
                    if chain_name(e.writer, e.run) == chain and e.subject == f"unit/{unit}"
                ]
                if found != expected:
                    raise Differs(f"{name}: {unit} of {chain} has the history {found}, not {expected}")

    def check_whole(self) -> None:
        """Each store verifies, in our own opinion."""
        for name, store in self._stores.items():
            faults = faults_of(store.backend, may_have_gaps=True)
            if faults:
                raise Differs(f"{name}: {faults[0]}")

    def close(self) -> None:
        """Close the stores."""
        for store in self._stores.values():
            store.close()


def _receipts(store: Store, events: list[Event]) -> Answer:
    return tuple((receipt.position, receipt.is_new) for receipt in store.append(events))


def _begin(store: Store, writer: str, run: str, provenance: int) -> Answer:
    store.begin_run(writer, run, {"variant": provenance})
    return ("begun",)


def _prune(store: Store, writer: str, run: str) -> Answer:
    return ("pruned", store.prune(writer, run))


class Bench:
    """Makes histories on memory and SQLite quickly: an empty file is made once and copied."""

    def __init__(self, folder: Path, opens: type[SqliteBackend] = SqliteBackend) -> None:
        self._empty = folder / "empty.kd"
        self._path = folder / "played.kd"
        self._opens = opens
        SqliteBackend.create(self._empty, LEDGER_ID, 0).close()

    def history(self, project: Project | None = None) -> History:
        """A history that has not begun; the one before must be closed."""
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink()
        shutil.copyfile(self._empty, self._path)
        clock = FixedClock(1_800_000_000_000)
        stores = {
            "memory": Store(MemoryBackend(LEDGER_ID), clock),
            "sqlite": Store(self._opens(self._path), clock),
        }
        return History(stores, {"sqlite": lambda: self._opens(self._path)}, project)


def play(history: History, choose: random.Random, n_steps: int) -> None:
    """Make up so many actions and play them."""
    for _ in range(n_steps):
        chain, unit, which = choose.randrange(len(CHAINS)), choose.randrange(len(UNITS)), choose.randrange(99)
        order = [choose.randrange(9) if choose.random() < 0.5 else i for i in range(7)]
        actions: dict[Callable[[], None], int] = {
            partial(history.tell_new, chain, unit, 1 + which % 4): 6,
            partial(history.tell_again, which): 4,
            partial(history.tell_mixed, which, chain, unit, order): 3,
            partial(history.tell_too_early, chain, unit, 1 + which % 2): 2,
            partial(history.tell_held, which): 3,
            partial(history.tell_otherwise, which): 1,
            partial(history.tell_badly, chain, unit, which): 1,
            partial(history.begin_run, chain, which % 10 // 9): 5,
            partial(history.prune, chain): 1,
            history.reopen: 1,
        }
        choose.choices([*actions], [*actions.values()])[0]()
    history.check_reads()
    history.check_whole()


@dataclass(frozen=True, slots=True)
class HistoriesResult:
    """How many histories were played, and which differed.

    Parameters
    ----------
    n_histories, n_submissions : int
        Histories; submissions in them.
    answers : dict
        Submissions by what the answer was.
    differing : tuple of str
        What differed from the model, with the history's seed.
    """

    n_histories: int
    n_submissions: int
    answers: dict[str, int]
    differing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every store answered as the model."""
        return not self.differing


def play_many(
    folder: Path,
    seed: int,
    n_histories: int,
    n_steps: int = 25,
    opens: type[SqliteBackend] = SqliteBackend,
    project: Project | None = None,
) -> HistoriesResult:
    """Play histories made up from a seed, on memory and SQLite side by side."""
    bench = Bench(folder, opens)
    answers: Counter[str] = Counter()
    differing = []
    for number in range(n_histories):
        history = bench.history(project)
        try:
            play(history, random.Random(f"history {seed} {number}"), n_steps)
        except Exception as error:  # stores may fail in any way
            differing.append(f"history {seed} {number}: {type(error).__name__}: {error}")
        answers.update(history.answers)
        history.close()
    return HistoriesResult(n_histories, answers.total(), dict(answers), tuple(differing))
