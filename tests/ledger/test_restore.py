"""Backup and restore: nothing answered is lost, no erased name comes back, damage is no hindrance."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger import persons, sqlite_files
from knockdown.ledger.book import open_store
from knockdown.ledger.files import write_json
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify
from knockdown.workflow import ledger_files as files
from knockdown.workflow import ledger_papers as papers
from tests.ledger.contract import NOW, hired

PLANT = "nakhchivan"
PERSON = "p-0000000000000000"
PAGE = 4_096


class Hall:
    """A ledger of 20 entries in a folder, a backup of its first 10, and a name erased after the backup."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path, self.backup = folder / "ledger.sqlite", folder / "backup.sqlite"
        self.ledger = SqliteBackend.create(self.path, "test-1", NOW)
        self.store = open_store(self.ledger, FixedClock(NOW))
        persons.add(self.ledger, "Leyla Quliyeva", "person", bytes(8))
        self.hire(1, 11)
        files.backup(PLANT, self.backup, str(self.path))
        persons.erase(self.ledger, PERSON)
        self.hire(11, 21)

    def hire(self, first: int, last: int) -> None:
        self.store.append([hired("crew-a", version) for version in range(first, last)])

    def restore(self, source: Path | None = None) -> papers.Restored:
        return files.restore(PLANT, source or self.backup, str(self.path), replace=True)

    def left(self) -> list[str]:
        """Names of what lies in the folder beside ledger, backup and what was put aside."""
        known = {self.path.name, self.backup.name}
        return [p.name for p in self.folder.iterdir() if p.name not in known and ".1" not in p.name]


def entries(path: Path) -> int:
    """Entries of a ledger in which all is as it was written."""
    ledger = SqliteBackend(path)
    found = verify(ledger)
    ledger.close()
    assert found.ok, found.faults
    return found.n_entries


def names(path: Path) -> dict[str, str]:
    ledger = SqliteBackend(path)
    found = persons.names(ledger)
    ledger.close()
    return found


def killed(hall: Hall, where: Path) -> Hall:
    """The hall as a killed process leaves it: entries in the log, nobody there any more."""
    where.mkdir()
    for file in hall.folder.glob("*.sqlite*"):
        if not file.name.endswith("-shm"):
            shutil.copyfile(file, where / file.name)
    left = object.__new__(Hall)
    left.folder, left.path, left.backup = where, where / hall.path.name, where / hall.backup.name
    return left


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def quiet(hall: Hall) -> Hall:
    hall.ledger.close()
    return hall


def test_a_ledger_that_is_in_use_is_not_replaced(hall: Hall) -> None:
    with pytest.raises(BadInput, match="is in use; stop the other program"):
        hall.restore()
    hall.hire(21, 22)
    assert hall.left() in (
        [],
        ["ledger.sqlite-wal", "ledger.sqlite-shm"],
        ["ledger.sqlite-shm", "ledger.sqlite-wal"],
    )
    hall.ledger.close()
    assert entries(hall.path) == 21


def test_a_backup_takes_the_place_and_the_old_one_is_kept_whole(hall: Hall, tmp_path: Path) -> None:
    left = killed(hall, tmp_path / "killed")
    assert (left.folder / "ledger.sqlite-wal").stat().st_size > 0
    restored = left.restore()
    assert (restored.entries, restored.names_erased, restored.entries_lost) == (10, 1, 10)
    assert "from position 11 on" in restored.warnings[0]
    assert entries(left.path) == 10
    assert names(left.path) == {}
    aside = Path(restored.kept_aside or "")
    assert entries(aside) == 20
    assert left.left() == []
    again = left.restore(aside)
    assert again.entries == entries(left.path) == 20


def test_what_a_killed_process_left_is_restored_with_its_log(hall: Hall, tmp_path: Path) -> None:
    left = killed(hall, tmp_path / "killed")
    target = tmp_path / "new.sqlite"
    assert files.restore(PLANT, left.path, str(target)).entries == 20
    assert entries(target) == 20


def test_a_log_that_lies_beside_no_ledger_is_not_read_into_the_backup(hall: Hall, tmp_path: Path) -> None:
    left = killed(hall, tmp_path / "killed")
    log = (left.folder / "ledger.sqlite-wal").read_bytes()
    left.path.unlink()
    assert files.restore(PLANT, left.backup, str(left.path)).kept_aside is None
    assert entries(left.path) == 10
    (kept,) = left.folder.glob("*-wal")
    assert kept.read_bytes() == log


def test_parts_of_a_killed_restore_are_in_nobodys_way(quiet: Hall) -> None:
    for name in (".ledger.sqlite.part", ".ledger.sqlite.part-wal"):
        (quiet.folder / name).write_bytes(b"stale" * 100)
    assert quiet.restore().entries == 10
    assert entries(quiet.path) == 10


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(10))
def test_wherever_a_restore_is_killed_there_is_a_whole_ledger(
    hall: Hall, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, done = killed(hall, tmp_path / "killed"), [0]

    def counted(act: Any) -> Any:
        def do(*told: Any, **more: Any) -> Any:
            if done[0] == step:
                raise Killed
            done[0] += 1
            return act(*told, **more)

        return do

    with monkeypatch.context() as patch:
        for name in ("link", "replace", "fsync"):
            patch.setattr(os, name, counted(getattr(os, name)))
        patch.setattr(persons, "erase", counted(persons.erase))
        patch.setattr(sqlite_files, "_remove_tails", counted(sqlite_files._remove_tails))
        try:
            left.restore()
            was_killed = False
        except Killed:
            was_killed = True
    assert was_killed == (step < 8)
    n_entries = entries(left.path)
    assert n_entries in (10, 20)
    assert names(left.path) == {}
    if n_entries == 10:
        assert [entries(aside) for aside in left.folder.glob("ledger.1*.sqlite")] == [20]


def test_who_opens_the_ledger_meanwhile_does_not_write_into_the_old_one(
    quiet: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[object] = []

    def write() -> None:
        other = apsw.Connection(str(quiet.path), flags=apsw.SQLITE_OPEN_READWRITE)
        is_there.set()
        other.set_busy_timeout(10_000)
        try:
            other.pragma("journal_mode", "wal")
            other.execute("INSERT INTO note VALUES ('x', 'y', 'z')")
        except apsw.Error as error:
            failures.append(error)
        other.close()

    is_there = threading.Event()
    writer = threading.Thread(target=write)
    real = files._prepare

    def prepare(*told: Any) -> papers.Restored:
        writer.start()
        assert is_there.wait(5)
        return real(*told)

    monkeypatch.setattr(files, "_prepare", prepare)
    restored = quiet.restore()
    writer.join()
    assert [type(failure) for failure in failures] == [apsw.ReadOnlyError]
    assert entries(Path(restored.kept_aside or "")) == 20
    assert entries(quiet.path) == 10


@pytest.mark.parametrize("page", range(12))
def test_a_damaged_ledger_is_replaced_whatever_its_damage(quiet: Hall, page: int) -> None:
    content, chance = bytearray(quiet.path.read_bytes()), random.Random(page)
    begin = page * PAGE % len(content)
    noise = bytes(chance.randrange(256) for _ in range(PAGE - 100))
    content[begin + 100 : begin + PAGE] = noise
    quiet.path.write_bytes(content)
    restored = quiet.restore()
    assert restored.entries == entries(quiet.path) == 10
    assert bool(names(quiet.path)) == (restored.names_erased == 0)
    assert restored.names_erased or "erased" in restored.warnings[0]
    assert Path(restored.kept_aside or "").is_file()


@pytest.mark.parametrize("content", [b"", b"garbage" * 1_000, b"SQLite format 3\0" + b"\0" * 5_000])
def test_what_is_no_ledger_at_all_is_put_aside_too(quiet: Hall, content: bytes) -> None:
    quiet.path.write_bytes(content)
    restored = quiet.restore()
    assert entries(quiet.path) == 10
    assert "erase again" in restored.warnings[0]
    assert Path(restored.kept_aside or "").read_bytes() == content


def test_a_damaged_backup_is_refused_and_nothing_changes(quiet: Hall) -> None:
    content = bytearray(quiet.backup.read_bytes())
    content[content.index(b"PeopleHired")] ^= 1
    before = sorted(path.name for path in quiet.folder.iterdir())
    for damaged in (bytes(content), bytes(content[: len(content) // 2]), b"", b"SQLite format 3\0"):
        quiet.backup.write_bytes(damaged)
        with pytest.raises(BadInput) as refusal:
            quiet.restore()
        assert refusal.value.faults[0].next_step
        assert entries(quiet.path) == 20
        assert sorted(path.name for path in quiet.folder.iterdir()) == before


def test_places_that_cannot_be_are_refused(quiet: Hall, tmp_path: Path) -> None:
    for source in (quiet.path, tmp_path / "nothing", tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(BadInput):
            quiet.restore(source)
    with pytest.raises(BadInput):
        files.restore(PLANT, quiet.backup, str(tmp_path), replace=True)
    for target in (tmp_path / "no" / "b", tmp_path / ("x" * 300), quiet.backup, quiet.path / "b"):
        for write in (files.backup, files.export):
            with pytest.raises(BadInput):
                write(PLANT, target, str(quiet.path))
    assert entries(quiet.path) == 20
    assert quiet.left() == []


def test_a_backup_is_one_file_that_reading_does_not_change(quiet: Hall, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    source = Path(shutil.copyfile(quiet.backup, folder / "b.sqlite"))
    content = source.read_bytes()
    quiet.restore(source)
    assert source.read_bytes() == content
    assert [path.name for path in folder.iterdir()] == ["b.sqlite"]


def test_an_old_backup_in_log_mode_is_read_without_leaving_files(quiet: Hall, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    source = Path(shutil.copyfile(quiet.backup, folder / "b.sqlite"))
    SqliteBackend(source).close()  # as backups were left before
    assert source.read_bytes()[18] == sqlite_files.WAL_MODE
    assert quiet.restore(source).entries == 10
    assert [path.name for path in folder.iterdir()] == ["b.sqlite"]


def test_an_export_with_names_is_a_backup_too(hall: Hall, tmp_path: Path) -> None:
    hall.ledger.put_person("p-2", "person", "Elçin Məmmədov")
    write_json(hall.ledger, tmp_path / "all.jsonl", NOW, with_names=True)
    persons.erase(hall.ledger, "p-2")
    hall.ledger.close()
    restored = hall.restore(tmp_path / "all.jsonl")
    assert (restored.entries, restored.names_erased) == (20, 1)
    assert names(hall.path) == {}
    text = (tmp_path / "all.jsonl").read_text("utf-8")
    (tmp_path / "all.jsonl").write_text(text.replace('"n_people":7', '"n_people":8', 1), "utf-8")
    with pytest.raises(BadInput, match="was changed"):
        hall.restore(tmp_path / "all.jsonl")


def test_the_rights_of_the_ledger_stay(quiet: Hall) -> None:
    quiet.path.chmod(0o660)
    quiet.restore()
    assert quiet.path.stat().st_mode & 0o777 == 0o660


def test_an_import_that_is_refused_leaves_no_ledger(quiet: Hall, tmp_path: Path) -> None:
    files.export(PLANT, tmp_path / "all.jsonl", str(quiet.path))
    new = tmp_path / "new" / "ledger.sqlite"
    text = (tmp_path / "all.jsonl").read_text("utf-8")
    (tmp_path / "bad.jsonl").write_text(text.replace('"n_people":7', '"n_people":8', 1), "utf-8")
    with pytest.raises(BadInput, match="was changed"):
        files.take_in(PLANT, tmp_path / "bad.jsonl", str(new))
    assert list(new.parent.iterdir()) == []
    assert files.take_in(PLANT, tmp_path / "all.jsonl", str(new)).new == 20
    assert [path.name for path in new.parent.iterdir()] == ["ledger.sqlite"]
    assert files.take_in(PLANT, tmp_path / "all.jsonl", str(new)).new == 0
    assert entries(new) == 20
