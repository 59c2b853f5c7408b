"""Duplicated, late, permuted and refused submissions, made up by Hypothesis and from seeds.

Memory and SQLite answer every action as a dict model does, and read the same. A seed or a falsifying
example is printed on failure.
"""

import os
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import projections
from knockdown.ledger.group_commit import Ticket
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.refusals import Refused
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.store import Store
from knockdown.ledger.trials.audit import faults_of
from knockdown.ledger.trials.histories import CHAINS, MALFORMED, Bench, play_many
from knockdown.ledger.trials.work import work
from tests.ledger.quick import quick_folder

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))
MADE_UP, SEEDED = (25_000, 25_000) if LONG else (500, 500)
SEED = 51

chains = st.integers(0, len(CHAINS) - 1)
units = st.integers(0, 2)
earlier = st.integers(0, 30)


class Histories(RuleBasedStateMachine):
    """One history on both stores."""

    bench: Bench

    def __init__(self):
        super().__init__()
        self.history = self.bench.history(projections)

    @rule(chain=chains, unit=units, size=st.integers(1, 4))
    def tell_new(self, chain, unit, size):
        self.history.tell_new(chain, unit, size)

    @rule(which=earlier)
    def tell_again(self, which):
        self.history.tell_again(which)

    @rule(which=earlier, chain=chains, unit=units, order=st.permutations(range(7)))
    def tell_mixed(self, which, chain, unit, order):
        self.history.tell_mixed(which, chain, unit, order)

    @rule(chain=chains, unit=units, ahead=st.integers(1, 2))
    def tell_too_early(self, chain, unit, ahead):
        self.history.tell_too_early(chain, unit, ahead)

    @rule(which=earlier)
    def tell_held(self, which):
        self.history.tell_held(which)

    @rule(which=earlier)
    def tell_otherwise(self, which):
        self.history.tell_otherwise(which)

    @rule(chain=chains, unit=units, how=st.integers(0, len(MALFORMED) - 1))
    def tell_badly(self, chain, unit, how):
        self.history.tell_badly(chain, unit, how)

    @rule(chain=chains, provenance=st.sampled_from((0, 0, 0, 1)))
    def begin_run(self, chain, provenance):
        self.history.begin_run(chain, provenance)

    @rule(chain=chains)
    def prune(self, chain):
        self.history.prune(chain)

    @rule()
    def reopen(self):
        self.history.reopen()

    @invariant()
    def positions_rise(self):
        positions = [event.position for event in self.history.model.entries.values()]
        assert positions == sorted(set(positions))

    def teardown(self):
        self.history.check_reads()
        self.history.check_whole()
        self.history.close()


def test_made_up_histories():
    with quick_folder() as folder:
        machine = type("Histories", (Histories,), {"bench": Bench(folder)})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=MADE_UP,
                stateful_step_count=15,
                deadline=None,
                derandomize=not LONG,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_seeded_histories():
    with quick_folder() as folder:
        result = play_many(folder, SEED, SEEDED)
    assert result.ok, result.differing[:5]
    wanted = {"stored", "ledger.run", "ledger.version", "ledger.event-id", "ledger.form"}
    assert result.answers.keys() == wanted
    assert min(result.answers.values()) > SEEDED / 10


class Forgetful(SqliteBackend):
    """A planted fault: does not know event ids again."""

    def known(self, event_ids):
        return {}


class Unordered(SqliteBackend):
    """A planted fault: reads in another order."""

    def rows(self, query):
        return reversed(list(super().rows(query)))


class Deaf(SqliteBackend):
    """A planted fault: every version fits."""

    def versions(self, keys):
        return {}


@pytest.mark.parametrize("opens", [Forgetful, Unordered, Deaf], ids=lambda kind: kind.__name__)
def test_a_faulty_store_is_caught(opens):
    with quick_folder() as folder:
        assert not play_many(folder, SEED, 20, opens=opens).ok


def test_a_projection_that_hangs_on_more_than_the_order_is_caught():
    seen = []

    def project(events):
        seen.append(1)
        return len(seen), list(events)

    with quick_folder() as folder:
        assert not play_many(folder, SEED, 1, project=project).ok


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_the_same_events_from_many_threads_are_stored_once(kind, tmp_path):
    backend = MemoryBackend("m") if kind == "memory" else SqliteBackend.create(tmp_path / "a.kd", "m", 0)
    store = Store(backend, FixedClock(1))
    events = [[work(f"U-{i}", 1), work(f"U-{i}", 2)] for i in range(30)]
    answers: list[dict[str, int]] = [{} for _ in range(12)]

    def submit(number):
        for i in range(30):
            for receipt in store.append(events[(i + number) % 30]):
                answers[number][receipt.event_id] = receipt.position

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer == answers[0] for answer in answers)
    assert sorted(answers[0].values()) == list(range(1, 61))
    assert faults_of(backend) == []
    store.close()


class Slow(MemoryBackend):
    """Commits when it is let."""

    def __init__(self):
        super().__init__("slow")
        self.is_committing = threading.Event()
        self.may_commit = threading.Event()

    def commit(self):
        self.is_committing.set()
        assert self.may_commit.wait(20)
        super().commit()


@pytest.mark.parametrize("n_behind", [0, 1])
def test_an_interrupted_submitter_holds_nobody_up(n_behind, monkeypatch):
    store = Store(Slow(), FixedClock(1))
    first = threading.Thread(target=store.append, args=([work("U-1", 1)],), daemon=True)
    first.start()
    assert store.backend.is_committing.wait(20)
    main_waits, behind = Ticket.wait, []

    def interrupted(ticket):
        if threading.current_thread() is not threading.main_thread():
            return main_waits(ticket)
        for i in range(n_behind):
            behind.append(threading.Thread(target=store.append, args=([work(f"B-{i}", 1)],), daemon=True))
            behind[-1].start()
        store.backend.may_commit.set()
        first.join(20)
        raise KeyboardInterrupt  # when its turn to lead has come

    monkeypatch.setattr(Ticket, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.append([work("U-2", 1)])
    monkeypatch.undo()
    last = threading.Thread(target=store.append, args=([work("U-3", 1)],), daemon=True)
    last.start()
    for thread in [*behind, last]:
        thread.join(20)
    assert not any(thread.is_alive() for thread in [*behind, last])
    assert {event.subject for event in store.read()} == {
        "unit/U-1",
        "unit/U-3",
        *(f"unit/B-{i}" for i in range(n_behind)),
    }


@pytest.mark.parametrize("bad", MALFORMED, ids=lambda bad: next(iter(bad)))
def test_a_malformed_event_harms_nobody_else_in_its_group(bad, tmp_path):
    with ExitStack() as stack:
        store = Store(SqliteBackend.create(tmp_path / "a.kd", "m", 0), FixedClock(1))
        stack.callback(store.close)
        store.append([work("U-0", 1)])
        told: list[object] = []

        def submit(number):
            for version in range(1, 11):
                told.append(store.append([work(f"U-{number}", version)])[0].position)

        def spoil():
            for i in range(30):
                with pytest.raises(Refused, match="codec"):
                    store.append(
                        [replace(work("U-0", 2), event_id="ev-U-0-1" if i % 2 else f"bad-{i}", **bad)]
                    )

        threads = [threading.Thread(target=submit, args=(i,)) for i in range(1, 9)]
        threads += [threading.Thread(target=spoil) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == list(range(2, 82))
