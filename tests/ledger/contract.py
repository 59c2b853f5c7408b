"""What every store must do, whatever carries it. Memory, SQLite and PostgreSQL each inherit this class."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.events.envelope import Event, tell
from knockdown.events.vocabulary import (
    DiscrepancyFound,
    EntryVoided,
    KitLotArrived,
    KitLotCleared,
    KitLotOrdered,
    PeopleHired,
    UnitReleased,
    WorkCompleted,
    WorkStarted,
)
from knockdown.ledger.backend import Backend
from knockdown.ledger.book import LiveViews, load_snapshot, open_store, replay, save_snapshot, views_now
from knockdown.ledger.chain import beginning, link, row_of
from knockdown.ledger.records import KitLotView
from knockdown.ledger.refusals import IdTaken, InDoubt, NotStored, Refused, VersionConflict
from knockdown.ledger.store import Store
from knockdown.ledger.verify import verify

NOW = 1_800_000_000_000


def hired(crew: str, version: int, **more: Any) -> Event:
    frame = {"writer": "floor", "run": "f-1", "happened_at": version} | more
    return tell(PeopleHired(n_people=version), subject_id=crew, version=version, **frame)


def story(unit: str, kit_no: int, lot: str = "L-1", **more: Any) -> list[Event]:
    told = {"writer": "floor", "run": "f-1", "subject_id": unit, "happened_at": NOW, "place": "TR-1"} | more
    bodies = [
        UnitReleased(variant_id="b801", line_id="L1", kit_lot_id=lot, kit_no=kit_no),
        WorkStarted(),
        WorkCompleted(work_ms=60_000),
    ]
    return [tell(body, version=i, **told) for i, body in enumerate(bodies, start=1)]


def lot(name: str = "L-1", n_kits: int = 8, **more: Any) -> list[Event]:
    told = {"writer": "floor", "run": "f-1", "subject_id": name, "happened_at": NOW} | more
    bodies = [
        KitLotOrdered(contract_id="mtz", variant_id="b801", n_kits=n_kits, expected_at=NOW + 10),
        KitLotArrived(),
        KitLotCleared(),
    ]
    return [tell(body, version=i, **told) for i, body in enumerate(bodies, start=1)]


class Broken:
    """A backend of which one call fails once; everything else is the real one's."""

    def __init__(self, backend: Backend, call: str) -> None:
        self._backend, self._call, self.left = backend, call, 1

    def __getattr__(self, name: str) -> Any:
        if name == self._call and self.left:
            self.left -= 1
            raise OSError(28, "no space left on device")
        return getattr(self._backend, name)


class StoreContract:
    """Inherit and give a fixture `backend`: empty, its id `test`."""

    @pytest.fixture
    def store(self, backend: Backend) -> Iterator[Store]:
        store = open_store(backend, FixedClock(NOW))
        yield store
        store.close()

    def test_what_was_told_is_read_back_in_order(self, store: Store) -> None:
        told = [*lot(), *story("U-1", 1), *story("U-2", 2)]
        receipts = store.append(told)
        assert [r.position for r in receipts] == list(range(1, 10))
        read = list(store.read())
        assert [(e.event_id, e.body, e.place, e.cause) for e in read] == [
            (e.event_id, e.body, e.place, e.cause) for e in told
        ]
        assert {e.recorded_at for e in read} == {NOW}

    def test_the_same_event_is_stored_once(self, store: Store) -> None:
        told = lot()
        first = store.append(told)
        again = store.append([told[1], told[0], told[2]])
        assert [r.position for r in again] == [2, 1, 3]
        assert [r.is_new for r in again] == [False] * 3
        assert [r.is_new for r in first] == [True] * 3
        assert len(list(store.read())) == 3

    def test_twice_in_one_submission_is_once(self, store: Store) -> None:
        one = hired("crew-a", 1)
        assert [r.position for r in store.append([one, one])] == [1, 1]
        assert len(list(store.read())) == 1

    def test_an_id_cannot_mean_two_things(self, store: Store) -> None:
        store.append([hired("crew-a", 1, event_id="ev-7")])
        with pytest.raises(IdTaken) as refusal:
            store.append([hired("crew-b", 1, event_id="ev-7")])
        assert refusal.value.rule == "ledger.event-id"
        assert len(list(store.read())) == 1

    def test_a_stale_version_is_refused(self, store: Store) -> None:
        store.append([hired("crew-a", 1)])
        with pytest.raises(VersionConflict) as refusal:
            store.append([hired("crew-a", 1, happened_at=99)])
        assert (refusal.value.current, refusal.value.told) == (1, 1)
        with pytest.raises(VersionConflict):
            store.append([hired("crew-a", 3)])

    def test_a_submission_is_stored_whole_or_not_at_all(self, store: Store) -> None:
        with pytest.raises(VersionConflict):
            store.append([hired("crew-a", 1), hired("crew-b", 1), hired("crew-a", 3)])
        assert list(store.read()) == []
        assert store.heads()["floor"].length == 0
        store.append([hired("crew-a", 1)])
        assert [e.position for e in store.read()] == [1]

    def test_what_cannot_follow_is_refused_with_rule_and_next_step(self, store: Store) -> None:
        released, started, completed = story("U-1", 1)
        with pytest.raises(Refused) as refusal:
            store.append([tell(WorkCompleted(), writer="floor", run="f", subject_id="U-1", version=1,
                               happened_at=0, place="TR-1")])  # fmt: skip
        assert refusal.value.rule.startswith("unit.")
        assert refusal.value.next_step
        store.append([released, started])
        store.append([completed])
        assert len(list(store.read())) == 3

    def test_a_void_needs_the_history_it_voids(self, store: Store) -> None:
        told = story("U-1", 1)
        store.append(told)
        void = tell(
            EntryVoided(voided_event_id=told[0].event_id, reason="wrong unit"),
            writer="floor", run="f-1", subject_id="U-1", subject_type="unit", version=4, happened_at=NOW,
        )  # fmt: skip
        with pytest.raises(Refused):  # work could not be without the release
            store.append([void])
        right = tell(
            EntryVoided(voided_event_id=told[2].event_id, reason="not done"),
            writer="floor", run="f-1", subject_id="U-1", subject_type="unit", version=4, happened_at=NOW,
        )  # fmt: skip
        store.append([right])
        assert replay(store).at_station() == {"TR-1": ["U-1"]}

    def test_history_of_a_subject_is_by_version_and_its_own(self, store: Store) -> None:
        store.append([*lot(), *story("U-1", 1)])
        store.append([hired("crew-a", 1)])
        assert [e.version for e in store.history("unit/U-1")] == [1, 2, 3]
        assert [e.kind for e in store.history("kit_lot/L-1")] == [
            "KitLotOrdered",
            "KitLotArrived",
            "KitLotCleared",
        ]
        assert store.history("unit/U-9") == []

    def test_reading_can_begin_and_end_anywhere(self, store: Store) -> None:
        store.append([hired(f"c-{i}", 1) for i in range(10)])
        assert [e.position for e in store.read(after=3, upto=6)] == [4, 5, 6]
        assert [e.position for e in store.read(after=7, limit=2)] == [8, 9]
        assert [e.position for e in store.read(kind="KitLotOrdered")] == []
        assert [e.position for e in store.read(subject="crew/c-4")] == [5]

    def test_every_entry_is_tied_to_the_one_before(self, store: Store, backend: Backend) -> None:
        told = [*lot(), *story("U-1", 1)]
        for event in told:
            store.append([event])
        head = beginning("floor", backend.ledger_id(), "null").hash
        for i, event in enumerate(told, start=1):
            head = row_of(event, i, NOW, head)[-1]
        assert store.heads()["floor"].hash == head
        assert verify(backend).ok
        assert link(bytes(32), row_of(told[0], 1, NOW, bytes(32))) != head

    def test_plan_and_twin_are_kept_apart_from_the_floor(self, store: Store, backend: Backend) -> None:
        store.append(story("U-1", 1))
        with pytest.raises(Refused) as refusal:
            store.append(story("U-1", 1, writer="plan", run="P-1"))
        assert refusal.value.rule == "ledger.run"
        store.begin_run("plan", "P-1", {"seed": 7})
        store.append(story("U-1", 1, writer="plan", run="P-1"))
        assert [e.run for e in store.read()] == ["f-1"] * 3
        assert len(list(store.read(writer=None))) == 6
        assert len(store.history("unit/U-1", "plan", "P-1")) == 3
        assert verify(backend).ok

    def test_a_run_begins_once(self, store: Store) -> None:
        store.begin_run("plan", "P-1", {"seed": 7})
        store.begin_run("plan", "P-1", {"seed": 7})
        with pytest.raises(Refused):
            store.begin_run("plan", "P-1", {"seed": 8})
        with pytest.raises(Refused):
            store.begin_run("floor", "f-1", {})

    def test_runs_can_be_pruned_and_the_floor_cannot(self, store: Store, backend: Backend) -> None:
        store.begin_run("twin", "T-1", {"seed": 1})
        store.append(story("U-1", 1, writer="twin", run="T-1"))
        store.append(story("U-1", 1))
        assert store.prune("twin", "T-1") == 3
        assert len(list(store.read(writer=None))) == 3
        assert verify(backend).ok
        run = backend.runs()[0]
        assert (run.chain, run.length, run.pruned_at) == ("twin/T-1", 3, NOW)
        with pytest.raises(Refused):
            store.append([hired("crew-a", 1, writer="twin", run="T-1")])
        with pytest.raises(Refused):
            store.begin_run("twin", "T-1", {"seed": 1})
        with pytest.raises(Refused):
            store.prune("twin", "T-1")
        with pytest.raises(Refused):
            store.prune("floor", "f-1")

    def test_positions_are_never_given_again(self, store: Store) -> None:
        store.begin_run("twin", "T-1", {})
        store.append([hired("crew-a", 1)])
        store.append(story("U-1", 1, writer="twin", run="T-1"))
        store.prune("twin", "T-1")
        assert store.append([hired("crew-a", 2)])[0].position == 5

    def test_what_no_database_can_keep_is_refused(self, store: Store) -> None:
        good = hired("crew-a", 1)
        for field, value in (("happened_at", 2**60), ("version", -1), ("kind", ""), ("writer", "boss")):
            bad = Event(**{**{f: getattr(good, f) for f in good.__dataclass_fields__}, field: value})
            with pytest.raises(Refused):
                store.append([bad])
        odd = Event(**{**{f: getattr(good, f) for f in good.__dataclass_fields__}, "body": {"n": "\ud800"}})
        with pytest.raises(Refused):
            store.append([odd])
        assert store.append([good])[0].position == 1

    @pytest.mark.parametrize("call", ["begin", "known", "versions", "insert", "commit"])
    def test_a_failure_is_told_and_the_store_goes_on(self, backend: Backend, call: str) -> None:
        store = open_store(Broken(backend, call), FixedClock(NOW))
        told = story("U-1", 1)
        with pytest.raises(InDoubt if call == "commit" else NotStored) as failure:
            store.append(told)
        assert "no space left" in str(failure.value)
        assert [r.position for r in store.append(told)] == [1, 2, 3]
        assert verify(backend).ok
        store.close()

    def test_many_submitters_lose_and_double_nothing(self, store: Store, backend: Backend) -> None:
        n_threads, n_each, failures = 8, 25, []

        def submit(number: int) -> None:
            try:
                for version in range(1, n_each + 1):
                    told = hired(f"crew-{number}", version)
                    store.append([told])
                    if version % 5 == 0:
                        assert not store.append([told])[0].is_new
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=submit, args=(i,)) for i in range(n_threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        read = list(store.read())
        assert [e.position for e in read] == list(range(1, n_threads * n_each + 1))
        for i in range(n_threads):
            own = [e.version for e in read if e.subject_id == f"crew-{i}"]
            assert own == list(range(1, n_each + 1))
        assert verify(backend).ok

    def test_one_of_two_writers_to_a_subject_is_refused(self, store: Store) -> None:
        outcome: list[str] = []

        def submit(at: int) -> None:
            try:
                store.append([hired("crew-a", 1, happened_at=at)])
                outcome.append("kept")
            except VersionConflict:
                outcome.append("refused")

        threads = [threading.Thread(target=submit, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcome) == ["kept", *["refused"] * 5]

    def test_live_views_equal_replayed_ones(self, store: Store) -> None:
        live = LiveViews(store)
        for some in (lot(), story("U-1", 1), story("U-2", 2), lot("L-2", 4)[:1]):
            store.append(some)
            live.now()
        again = replay(store)
        assert live.now().records == again.records
        assert again.kits_left() == {"L-1": 6, "L-2": 4}
        assert [k.kit_lot_id for k in again.in_transit()] == ["L-2"]
        assert again.in_work() == {"b801": 2}

    def test_a_snapshot_says_what_all_told_again_says(self, store: Store) -> None:
        told = {"writer": "floor", "run": "f-1", "subject_id": "L-1", "happened_at": NOW}
        found = [
            tell(DiscrepancyFound(part_id=part, claim_code="M", n_parts=n), version=n + 2, **told)
            for n, part in enumerate(("p", "q", "p"), start=2)
        ]
        store.append([*lot(), *found[:2], *story("U-1", 1), hired("crew-a", 1)])
        save_snapshot(store, replay(store))
        kept = load_snapshot(store)
        assert kept is not None
        assert kept.records == replay(store).records
        store.append([*found[2:], *story("U-2", 2)])
        now, again = views_now(store), replay(store)
        assert (now.position, now.records, now.counts) == (again.position, again.records, again.counts)
        assert now.all(KitLotView)[0].missing == {"p": 6, "q": 3}

    def test_notes_and_names_come_and_go(self, backend: Backend) -> None:
        backend.put_note("seal", "1", "a")
        backend.put_note("seal", "1", "b")
        backend.put_note("seal", "2", "c")
        backend.put_note("seal", "2", None)
        assert backend.get_notes("seal") == {"1": "b"}
        backend.put_person("p-1", "person", "Elçin Məmmədov")
        assert backend.people() == {"p-1": ("person", "Elçin Məmmədov")}
        backend.put_person("p-1", "person", None)
        assert backend.people() == {}
