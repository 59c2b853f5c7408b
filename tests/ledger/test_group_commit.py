"""Leaders and followers: whatever interrupts a leader, nobody is told a lie and nobody waits for ever."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger.book import open_store
from knockdown.ledger.group_commit import GroupCommit, Ticket
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.refusals import AllRefused, InDoubt, NotStored, Refused, VersionConflict
from tests.ledger.contract import NOW, hired, story


class Stop(BaseException):
    """What a signal raises in the middle of anything."""


class Failing(MemoryBackend):
    """Commits and takes back only when it may."""

    def __init__(self) -> None:
        super().__init__("test")
        self.waits = threading.Event()
        self.fails_commit = self.fails_rollback = False

    def commit(self) -> None:
        self.waits.wait(5)
        if self.fails_commit:
            raise Stop
        super().commit()

    def rollback(self) -> None:
        if self.fails_rollback:
            raise Stop
        super().rollback()


@pytest.mark.parametrize("fails_rollback", [False, True])
def test_no_receipt_for_what_was_not_stored(fails_rollback: bool) -> None:
    backend = Failing()
    store = open_store(backend, FixedClock(NOW))
    outcomes: dict[int, Any] = {}

    def submit(number: int) -> None:
        try:
            outcomes[number] = store.append([hired(f"crew-{number}", 1)])
        except BaseException as error:
            outcomes[number] = error

    backend.fails_commit, backend.fails_rollback = True, fails_rollback
    threads = [threading.Thread(target=submit, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    backend.waits.set()
    for thread in threads:
        thread.join(10)
    assert len(outcomes) == 4, "somebody waits for ever"
    assert all(isinstance(outcome, InDoubt | Stop) for outcome in outcomes.values())
    assert list(store.read()) == []
    backend.fails_commit = backend.fails_rollback = False
    receipts = [store.append([hired(f"crew-{i}", 1)])[0] for i in range(4)]
    assert all(receipt.is_new for receipt in receipts)


@pytest.mark.parametrize("where", ["_gather", "_take", "_commit", "_give_up", "_hand_over"])
def test_an_interrupt_anywhere_leaves_the_queue_in_order(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(MemoryBackend("test"), FixedClock(NOW))
    commits = store._commits
    real, left = getattr(commits, where), [1]

    def interrupted(*args: Any) -> Any:
        answer = real(*args) if where == "_hand_over" else None
        if left and left.pop():
            raise Stop
        return answer if where == "_hand_over" else real(*args)

    monkeypatch.setattr(commits, where, interrupted)
    if where == "_give_up":
        monkeypatch.setattr(store.backend, "insert", lambda *_: 1 / 0)
    with pytest.raises(Stop):
        store.append([hired("crew-a", 1)])
    monkeypatch.undo()
    done = threading.Thread(target=lambda: store.append([hired("crew-b", 1)]))
    done.start()
    done.join(5)
    assert not done.is_alive(), "the next submitter waits for ever"
    assert "crew/crew-b" in {event.subject for event in store.read()}


def test_a_failing_group_answers_everybody() -> None:
    def commit(group: list[Ticket]) -> None:
        raise OSError("gone")

    commits = GroupCommit(commit, lambda error: NotStored(str(error)))
    with pytest.raises(NotStored, match="gone"):
        commits.submit(Ticket())
    with pytest.raises(NotStored, match="gone"):
        commits.submit(Ticket())


def test_all_refusals_of_a_file_are_told_and_nothing_is_stored() -> None:
    store = open_store(MemoryBackend("test"), FixedClock(NOW))
    released, started, completed = story("U-1", 1, writer="twin", run="T-1")
    runs = {("twin", "T-1"): {"seed": 1}}
    events = [released, completed, hired("crew-a", 1), hired("crew-b", 2), started]
    with pytest.raises(AllRefused) as refusal:
        store.append_all(events, runs)
    assert [type(each) for each in refusal.value.refused] == [VersionConflict, VersionConflict]
    assert store.backend.runs() == []
    receipts = store.append_all([released, started, hired("crew-a", 1)], runs)
    assert [receipt.position for receipt in receipts] == [1, 2, 3]
    again = store.append_all([released, started, completed], runs)
    assert [receipt.is_new for receipt in again] == [False, False, True]


def test_only_plans_and_twins_begin_runs() -> None:
    store = open_store(MemoryBackend("test"), FixedClock(NOW))
    for writer, run in (("floor", "f"), ("boss", "x"), ("plan", ""), ("plan", "a b"), ("twin", "a/b")):
        with pytest.raises(Refused):
            store.begin_run(writer, run, {})
