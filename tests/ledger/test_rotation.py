"""A new key takes over: wherever that is interrupted, the next command signs with a key the ledger knows."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knockdown.basics.faults import BadInput
from knockdown.ledger import key_files, seal
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.workflow import keep_ledger, ledger_files, ledger_keys
from knockdown.workflow.ledger_place import key_file

PLANT = "nakhchivan"
CALLS = ((os, "open"), (os, "fsync"), (os, "replace"), (SqliteBackend, "put_note"), (Path, "unlink"))


class Killed(BaseException):
    """The process ends here."""


class Hall:
    """A ledger with a key, in folders of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KNOCKDOWN_KEYS", str(folder / "keys"))
        self.ledger = str(folder / "ledger.sqlite")
        made = keep_ledger.init(PLANT, self.ledger)
        self.key, self.root = key_file(made.ledger_id), made.root_key

    def rotate(self) -> seal.Key:
        return ledger_keys.rotate(PLANT, self.ledger)

    def is_in_order(self) -> bool:
        """It can be sealed, its seals hold, and no key waits."""
        ledger_keys.sign(PLANT, self.ledger)
        found = keep_ledger.verify(PLANT, self.ledger, root=self.root)
        assert found.ok, found.faults
        return not [path for path in self.key.parent.iterdir() if "next" in path.name]

    def newest(self) -> str:
        backend = SqliteBackend(Path(self.ledger))
        keys = seal.keys_of(backend)
        backend.close()
        return keys[-1].key_id


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hall:
    return Hall(tmp_path, monkeypatch)


def killing(step: int, is_after: bool, done: list[int]) -> Callable[[Any], Any]:
    """Calls of which one kills, before or after what it does."""

    def wrap(act: Any) -> Any:
        def do(*told: Any, **more: Any) -> Any:
            done[0] += 1
            if done[0] == step and not is_after:
                raise Killed
            answer = act(*told, **more)
            if done[0] == step:
                raise Killed
            return answer

        return do

    return wrap


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_wherever_a_rotation_is_killed_the_next_command_has_a_known_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_after: bool
) -> None:
    outcomes = set()
    for step in range(1, 40):
        folder = tmp_path / str(step)
        folder.mkdir()
        hall, done = Hall(folder, monkeypatch), [0]
        with monkeypatch.context() as patch:
            wrap = killing(step, is_after, done)
            for place, name in CALLS:
                patch.setattr(place, name, wrap(getattr(place, name)))
            try:
                hall.rotate()
            except Killed:
                pass
            else:
                assert step > 10
                break
        assert hall.is_in_order()
        outcomes.add(hall.newest() == hall.root)
        assert seal.key_id(key_files.read_key(hall.key)) == hall.newest()
        assert hall.rotate().key_id == hall.newest()
        assert hall.is_in_order()
    else:
        pytest.fail("it was killed each time")
    assert outcomes == {True, False}


def test_a_rotation_that_is_interrupted_is_ended_by_the_next(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(key_files, "_put_in_place", killing(1, False, [0])(key_files._put_in_place))
        with pytest.raises(Killed):
            hall.rotate()
    waiting = seal.key_id(key_files.read_key(key_files.next_of(hall.key)))
    assert waiting == hall.newest() != hall.root
    assert hall.rotate().endorsed_by == waiting
    assert hall.is_in_order()


def test_two_who_rotate_at_once_follow_one_another(hall: Hall) -> None:
    failures: list[BaseException] = []

    def rotate() -> None:
        try:
            hall.rotate()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert hall.is_in_order()


def test_a_restored_backup_is_sealed_with_the_key_it_knows(hall: Hall, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite"
    ledger_files.backup(PLANT, backup, hall.ledger)
    new = hall.rotate().key_id
    restored = ledger_files.restore(PLANT, backup, hall.ledger, replace=True)
    assert any(new in warning and "rotate-key" in warning for warning in restored.warnings)
    assert hall.is_in_order()
    assert seal.key_id(key_files.read_key(hall.key)) == hall.root
    ledger_files.restore(PLANT, Path(restored.kept_aside or ""), hall.ledger, replace=True)
    assert hall.is_in_order()
    assert hall.newest() == new


def test_a_foreign_key_is_left_alone(hall: Hall, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    key_files.write_key(other, seal.new_key())
    content = other.read_bytes()
    for act in (ledger_keys.rotate, ledger_keys.sign):
        with pytest.raises(BadInput, match="not the newest key"):
            act(PLANT, hall.ledger, other)
    for missing in (tmp_path / "none.pem", tmp_path / "no" / "none.pem"):
        with pytest.raises(BadInput, match="--key"):
            ledger_keys.rotate(PLANT, hall.ledger, missing)
    assert other.read_bytes() == content
    assert sorted(path.name for path in tmp_path.glob("*.pem")) == ["other.pem"]


def test_a_key_behind_a_link_is_replaced_there(hall: Hall, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    hall.key.rename(stick / "key.pem")
    hall.key.symlink_to(stick / "key.pem")
    hall.rotate()
    assert hall.key.is_symlink()
    assert hall.is_in_order()


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_wherever_init_is_killed_it_can_be_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_after: bool
) -> None:
    monkeypatch.setenv("KNOCKDOWN_KEYS", str(tmp_path / "keys"))
    ledger = tmp_path / "ledger.sqlite"
    for step in range(1, 200):
        with monkeypatch.context() as patch:
            wrap = killing(step, is_after, [0])
            for place, name in (*CALLS[:4], (os, "link"), (SqliteBackend, "__init__")):
                patch.setattr(place, name, wrap(getattr(place, name)))
            try:
                keep_ledger.init(PLANT, str(ledger))
            except Killed:
                pass
            else:
                assert step > 6
                break
        if ledger.exists():
            ledger_keys.sign(PLANT, str(ledger))
            ledger.unlink()
    assert keep_ledger.verify(PLANT, str(ledger)).ok
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
