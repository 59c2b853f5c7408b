"""Copies in bad hands and on bad days: each fault ends in a message, and nothing is changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import apsw
import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger import folder_lock, persons, seal
from knockdown.ledger.book import open_store
from knockdown.ledger.copying import copy_file
from knockdown.ledger.files import write_json
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.workflow import keep_ledger
from knockdown.workflow import ledger_files as files
from knockdown.workflow.ledger_new_files import part_beside
from tests.ledger.contract import NOW, hired, story
from tests.ledger.copies import filled, refused

PLANT = "nakhchivan"


def ledger_at(path: Path, ledger_id: str = "nakhchivan-1", n_entries: int = 10) -> Path:
    backend = SqliteBackend.create(path, ledger_id, NOW)
    open_store(backend, FixedClock(NOW)).append([hired("crew-a", i) for i in range(1, n_entries + 1)])
    backend.close()
    return path


def grown(path: Path) -> Path:
    backend = SqliteBackend(path)
    open_store(backend, FixedClock(NOW)).append([hired("crew-b", i) for i in range(1, 4)])
    persons.add(backend, "Leyla Quliyeva", "person", bytes(8))
    backend.close()
    return path


def lies_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What a restore loses


def test_what_an_older_backup_lacks_is_told(tmp_path: Path) -> None:
    here = ledger_at(tmp_path / "here.sqlite")
    files.backup(PLANT, tmp_path / "old.sqlite", str(here))
    grown(here)
    restored = files.restore(PLANT, tmp_path / "old.sqlite", str(here), replace=True)
    assert (restored.entries, restored.entries_lost) == (10, 3)
    assert [warning[:40] for warning in restored.warnings] == [
        "3 entries that were here are not in the ",
        "1 name that was here is not in the backu",
    ]
    back = files.restore(PLANT, Path(restored.kept_aside or ""), str(here), replace=True)
    assert (back.entries, back.entries_lost, back.warnings) == (13, 0, ())


def test_entries_that_went_another_way_are_lost_too(tmp_path: Path) -> None:
    here = ledger_at(tmp_path / "here.sqlite", n_entries=4)
    files.backup(PLANT, tmp_path / "old.sqlite", str(here))
    other = tmp_path / "other.sqlite"
    files.restore(PLANT, tmp_path / "old.sqlite", str(other))
    for path, crew in ((here, "crew-x"), (other, "crew-y")):
        backend = SqliteBackend(path)
        open_store(backend, FixedClock(NOW)).append([hired(crew, 1)])
        backend.close()
    assert files.restore(PLANT, other, str(here), replace=True).entries_lost == 1


def test_another_ledgers_backup_does_not_take_the_place(tmp_path: Path) -> None:
    here, other = ledger_at(tmp_path / "here.sqlite"), ledger_at(tmp_path / "k.sqlite", "khazar-1")
    with pytest.raises(BadInput, match="is of ledger khazar-1, the one here is nakhchivan-1"):
        files.restore(PLANT, other, str(here), replace=True)
    assert lies_in(tmp_path) == ["here.sqlite", "k.sqlite"]
    backend = SqliteBackend(here)
    assert (backend.ledger_id(), backend.last_position()) == ("nakhchivan-1", 10)
    backend.close()
    fresh = ledger_at(tmp_path / "fresh.sqlite", "nakhchivan-2", n_entries=0)
    restored = files.restore(PLANT, other, str(fresh), replace=True)
    assert "another plant" in restored.warnings[0]


def test_an_import_of_another_plant_is_told(tmp_path: Path) -> None:
    other = ledger_at(tmp_path / "k.sqlite", "khazar-1")
    files.export("khazar", tmp_path / "k.jsonl", str(other))
    taken = files.take_in(PLANT, tmp_path / "k.jsonl", str(tmp_path / "new.sqlite"))
    assert "khazar-1 was made for another plant than nakhchivan" in taken.warnings[0]
    assert files.take_in("khazar", tmp_path / "k.jsonl", str(tmp_path / "right.sqlite")).warnings == ()


def test_a_database_of_another_program_stays(tmp_path: Path) -> None:
    backup, other = ledger_at(tmp_path / "backup.sqlite"), tmp_path / "other.sqlite"
    database = apsw.Connection(str(other))
    database.execute("CREATE TABLE customer (name TEXT); INSERT INTO customer VALUES ('x')")
    database.close()
    before = other.read_bytes()
    with pytest.raises(BadInput, match="of another program"):
        files.restore(PLANT, backup, str(other), replace=True)
    assert (other.read_bytes(), lies_in(tmp_path)) == (before, ["backup.sqlite", "other.sqlite"])


def test_a_folder_that_may_not_be_written_is_not_the_backups_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = ledger_at(tmp_path / "backup.sqlite")
    monkeypatch.setattr(Path, "touch", Full(PermissionError(13, "Permission denied")))
    with pytest.raises(BadInput, match=r"new\.sqlite: cannot be written: Permission denied"):
        files.restore(PLANT, backup, str(tmp_path / "new.sqlite"))
    assert lies_in(tmp_path) == ["backup.sqlite"]


# Links


def test_a_restore_goes_where_a_link_points(tmp_path: Path) -> None:
    backup, link = ledger_at(tmp_path / "backup.sqlite"), tmp_path / "link.sqlite"
    (tmp_path / "disk").mkdir()
    ledger_at(tmp_path / "disk" / "real.sqlite")
    link.symlink_to(tmp_path / "disk" / "real.sqlite")
    restored = files.restore(PLANT, backup, str(link), replace=True)
    assert link.is_symlink()
    assert Path(restored.kept_aside or "").parent == tmp_path / "disk"
    assert Path(restored.kept_aside or "").stat().st_size


@pytest.mark.parametrize("points_to", ["disk/real.sqlite", "link.sqlite"], ids=["nowhere", "itself"])
def test_a_link_to_what_is_not_there_is_not_replaced(tmp_path: Path, points_to: str) -> None:
    """A disk that is not mounted now: a ledger in place of the link would be forgotten when it is."""
    backup, link = ledger_at(tmp_path / "backup.sqlite"), tmp_path / "link.sqlite"
    link.symlink_to(tmp_path / points_to)
    with pytest.raises(BadInput, match="a link to what is not there"):
        files.restore(PLANT, backup, str(link), replace=True)
    assert link.is_symlink()


# Places without room, and processes that are killed


class Full:
    """Fails as SQLite does where there is no room for its lock files."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, *told: Any, **more: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    "error", [apsw.IOError("disk I/O error"), apsw.CantOpenError("no"), OSError(28, "full")]
)
def test_a_full_disk_is_not_the_backups_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    source = ledger_at(tmp_path / "here.sqlite")
    files.export(PLANT, tmp_path / "all.jsonl", str(source))
    monkeypatch.setattr(files, "create_backend", Full(error))
    with pytest.raises(BadInput, match=r"new\.sqlite: cannot be written"):
        files.restore(PLANT, tmp_path / "all.jsonl", str(tmp_path / "new.sqlite"))
    assert lies_in(tmp_path) == ["all.jsonl", "here.sqlite"]


def test_no_room_for_scratch_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    monkeypatch.setattr(SqliteBackend, "insert", Full(apsw.IOError("disk I/O error")))
    refused(MemoryBackend("new"), tmp_path / "all", "TMPDIR")


def test_init_on_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOCKDOWN_KEYS", str(tmp_path / "keys"))
    with monkeypatch.context() as patch:
        patch.setattr(seal, "add_key", Full(apsw.IOError("disk I/O error")))
        with pytest.raises(BadInput, match="cannot be"):
            keep_ledger.init(PLANT, str(tmp_path / "ledger.sqlite"))
    assert lies_in(tmp_path) == ["keys"]
    assert lies_in(tmp_path / "keys") == []
    keep_ledger.init(PLANT, str(tmp_path / "ledger.sqlite"))


@pytest.mark.parametrize("error", [apsw.ReadOnlyError("readonly"), apsw.BusyError("busy")])
def test_a_ledger_that_may_not_be_opened_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = ledger_at(tmp_path / "here.sqlite")
    monkeypatch.setattr(keep_ledger, "open_backend", Full(error))
    with pytest.raises(BadInput, match="look at its rights"):
        keep_ledger.verify(PLANT, str(path))


COPY = """
import sys, time
from pathlib import Path
from knockdown.ledger import copying, persons
from knockdown.workflow import ledger_files as files
stop = lambda *_: (print("there", flush=True), time.sleep(60))
if sys.argv[1] == "import":
    copying._law_faults = stop
    files.take_in("nakhchivan", Path(sys.argv[2]), sys.argv[3])
else:
    files._verified = stop
    files.restore("nakhchivan", Path(sys.argv[2]), sys.argv[3], replace=True)
"""


@pytest.mark.parametrize("verb", ["import", "restore"])
def test_what_a_killed_copy_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """It may hold names that are erased meanwhile."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folder_lock, "YOUNG_S", 0.0)
    here = ledger_at(tmp_path / "here.sqlite")
    files.backup(PLANT, tmp_path / "b.sqlite", str(here))
    files.export(PLANT, tmp_path / "b.jsonl", str(here))
    source, target = tmp_path / ("b.jsonl" if verb == "import" else "b.sqlite"), tmp_path / "new.sqlite"
    before = lies_in(tmp_path)
    env = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", COPY, verb, str(source), str(target)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=env)
    assert process.stdout is not None
    assert process.stdout.readline() == b"there\n"
    during = lies_in(tmp_path)
    with part_beside(target), folder_lock.scratch_folder():  # of one that is alive nothing is removed
        pass
    assert set(during) <= set(lies_in(tmp_path))
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert set(lies_in(tmp_path)) > set(before)
    time.sleep(0.01)
    files.take_in(PLANT, tmp_path / "b.jsonl", str(target))
    assert lies_in(tmp_path) == sorted([*before, "new.sqlite"])


def test_parts_of_others_stay(tmp_path: Path) -> None:
    for name in (".mine.part", ".0123456789abcdef.part.txt", "0123456789abcdef.part"):
        (tmp_path / name).write_text("mine")
    (tmp_path / ".0123456789abcdef.part").write_text("left")
    with part_beside(tmp_path / "x"), part_beside(tmp_path / "y") as part:
        part.write_text("mine")
        with part_beside(tmp_path / "z"):
            assert part.exists()
    assert lies_in(tmp_path) == [".0123456789abcdef.part.txt", ".mine.part", "0123456789abcdef.part"]


# Files


def head_of(file: Path) -> tuple[str, str]:
    first, _, rest = file.read_text("utf-8").partition("\n")
    return first, rest


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('"exported_at":', '"exported_at":1,"exported_at":', "field twice"),
        ('"last_position":16', '"last_position":16.0', "head of an exported"),
        ('"last_position":16', '"last_position":"16"', "head of an exported"),
        ("knockdown.ledger.file/1", "knockdown.ledger.file/9", "use a newer knockdown"),
        ('"last_position":16', '"last_position":16,"twin":NaN', "head of an exported"),
    ],
    ids=["twice", "float", "text", "newer", "nan"],
)
def test_a_head_that_readers_may_take_otherwise_is_refused(
    tmp_path: Path, old: str, new: str, match: str
) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    first, rest = head_of(tmp_path / "all")
    assert old in first
    (tmp_path / "all").write_text(first.replace(old, new, 1) + "\n" + rest, "utf-8")
    refused(MemoryBackend("new"), tmp_path / "all", match)


def test_a_file_that_was_cut_off_is_told_as_such(tmp_path: Path) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    content = (tmp_path / "all").read_bytes()
    (tmp_path / "cut").write_bytes(content[:-30])
    refused(
        MemoryBackend("new"), tmp_path / "cut", "cut off, or written by a newer knockdown; export it again"
    )
    (tmp_path / "cut").write_bytes(content[: content[:-1].rindex(b"\n") + 1])
    refused(MemoryBackend("new"), tmp_path / "cut", "has 6 entries, and its head tells of 7")


def test_a_backup_that_is_imported_is_sent_to_restore(tmp_path: Path) -> None:
    backup = ledger_at(tmp_path / "b.sqlite")
    with pytest.raises(BadInput, match="goes in with `ledger restore`"):
        files.take_in(PLANT, backup, str(tmp_path / "new.sqlite"))
    assert lies_in(tmp_path) == ["b.sqlite"]


def test_a_ledger_whose_import_was_killed_is_told_what_to_do(tmp_path: Path) -> None:
    key = seal.new_key()
    with pytest.raises(BadInput, match="give the import again"):
        seal.seal(MemoryBackend("plant-1"), key, NOW)


def test_seals_of_two_ways_do_not_meet(tmp_path: Path) -> None:
    """The same position sealed here and there, with a run that only one of them had then."""
    key = seal.new_key()
    ours, theirs = MemoryBackend("plant-1"), MemoryBackend("plant-1")
    told = seal.endorse("plant-1", key, NOW, None)
    for backend, is_early in ((ours, True), (theirs, False)):
        seal.add_key(backend, told)
        store = open_store(backend, FixedClock(NOW))
        store.begin_run("twin", "T-1", {})
        store.append([hired("crew-a", 1), *story("U-1", 1, writer="twin", run="T-1")])
        if is_early:
            store.prune("twin", "T-1")
        seal.seal(backend, key, NOW)
        if not is_early:
            store.prune("twin", "T-1")
    open_store(theirs, FixedClock(NOW)).append([hired("crew-a", 2)])
    seal.seal(theirs, key, NOW)
    write_json(theirs, tmp_path / "all", NOW)
    refused(ours, tmp_path / "all", "rests on another one than this ledger has")
    assert copy_file(MemoryBackend("new"), tmp_path / "all") == 2
