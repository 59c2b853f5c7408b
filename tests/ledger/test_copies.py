"""Files of a ledger: newline JSON and Parquet tell all, and nothing that was changed is taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.events import codec
from knockdown.events.vocabulary import KINDS, PeopleHired
from knockdown.ledger import chain, persons
from knockdown.ledger.backend import Query
from knockdown.ledger.book import open_store
from knockdown.ledger.copying import copy_file, count
from knockdown.ledger.file_head import ExportHead
from knockdown.ledger.files import read_file, write_json
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify
from tests.ledger.contract import NOW, hired, story
from tests.ledger.copies import WRITES, everything, filled, refused, sealed, with_key


@pytest.mark.parametrize("kind", WRITES)
def test_a_copy_is_the_same_ledger(tmp_path: Path, kind: str) -> None:
    source, file = filled(), tmp_path / "all"
    assert WRITES[kind](source, file, NOW) == 13
    copy = SqliteBackend.create(tmp_path / "copy.sqlite", "another", NOW)
    assert copy_file(copy, file) == 13
    assert everything(copy) == everything(source)
    assert verify(copy).ok
    assert copy.people() == {}
    assert copy_file(copy, file) == 0
    copy.close()


@pytest.mark.parametrize("kind", WRITES)
def test_names_go_along_when_asked(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "all"
    WRITES[kind](filled(), file, NOW, with_names=True)
    copy = MemoryBackend("another")
    copy_file(copy, file)
    assert copy.people() == {"p-1": ("person", "Leyla Quliyeva")}


def test_both_forms_tell_the_same(tmp_path: Path) -> None:
    source = filled()
    for kind, write in WRITES.items():
        write(source, tmp_path / kind, NOW)
    (head_a, events_a), (head_b, events_b) = (read_file(tmp_path / kind) for kind in WRITES)
    assert head_a == head_b
    assert list(events_a) == list(events_b)


def test_the_rest_is_taken_into_a_ledger_that_has_the_beginning(tmp_path: Path) -> None:
    source = filled()
    write_json(source, tmp_path / "early", NOW)
    copy = MemoryBackend("another")
    copy_file(copy, tmp_path / "early")
    open_store(source, FixedClock(NOW)).append([hired("crew-a", 2)])
    write_json(source, tmp_path / "late", NOW)
    assert copy_file(copy, tmp_path / "late") == 1
    assert everything(copy) == everything(source)
    with pytest.raises(BadInput, match="goes on to"):
        copy_file(copy, tmp_path / "early")


def test_a_ledger_with_other_entries_is_left_alone(tmp_path: Path) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    other = MemoryBackend("other")
    open_store(other, FixedClock(NOW)).append([hired("crew-a", 1)])
    before = everything(other)
    with pytest.raises(BadInput, match="tells of ledger plant-1"):
        copy_file(other, tmp_path / "all")
    assert everything(other) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"n_kits":8', '"n_kits":9'),
        ('"version":2', '"version":3'),
        ('"place":"TR-1"', '"place":"TR-2"'),
        ('"recorded_at":1800000000000', '"recorded_at":1800000000001'),
        ('"run\\":\\"T-2', '"run\\":\\"T-3'),
        ('"kind":"KitLotCleared"', '"kind":"KitLotShipped"'),
    ],
)
def test_a_changed_file_is_refused_and_nothing_taken_in(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "all"
    write_json(filled(), file, NOW)
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    copy = MemoryBackend("another")
    with pytest.raises(BadInput):
        copy_file(copy, file)
    assert copy.last_position() == 0
    assert list(copy.rows(Query(writer=None))) == []
    assert copy.ledger_id() == "another"


def test_a_missing_line_is_found(tmp_path: Path) -> None:
    file = tmp_path / "all"
    write_json(filled(), file, NOW)
    lines = file.read_text("utf-8").splitlines(keepends=True)
    for gone in (1, 5, len(lines) - 1):
        (tmp_path / "cut").write_text("".join(lines[:gone] + lines[gone + 1 :]), "utf-8")
        with pytest.raises(BadInput, match="was changed"):
            copy_file(MemoryBackend("another"), tmp_path / "cut")


def test_other_files_are_refused_with_a_next_step(tmp_path: Path) -> None:
    for name, content in {
        "text": b"hello\n",
        "empty": b"",
        "bad": b"PAR1 and then nothing of the kind",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput) as refusal:
            copy_file(MemoryBackend("x"), tmp_path / name)
        assert "ledger export" in refusal.value.faults[0].next_step


def test_a_new_ledgers_own_key_gives_way(tmp_path: Path) -> None:
    source = sealed()
    write_json(source, tmp_path / "all", NOW)
    copy = with_key()
    copy_file(copy, tmp_path / "all")
    assert everything(copy) == everything(source)
    begun = with_key()
    open_store(begun, FixedClock(NOW)).begin_run("twin", "t", {})
    refused(begun, tmp_path / "all", "has entries or runs")


def test_the_last_position_comes_along_when_its_run_was_pruned(tmp_path: Path) -> None:
    source = MemoryBackend("plant-1")
    store = open_store(source, FixedClock(NOW))
    store.append([hired("crew-a", 1)])
    store.begin_run("twin", "T-1", {})
    store.append(story("U-1", 1, writer="twin", run="T-1"))
    store.prune("twin", "T-1")
    for kind, write in WRITES.items():
        write(source, tmp_path / kind, NOW)
        copy = SqliteBackend.create(tmp_path / f"{kind}.sqlite", "another", NOW)
        copy_file(copy, tmp_path / kind)
        assert everything(copy) == everything(source)
        assert open_store(copy, FixedClock(NOW)).append([hired("crew-a", 2)])[0].position == 5
        copy.close()


def test_runs_must_be_pruned_in_both(tmp_path: Path) -> None:
    source, copy = filled(), MemoryBackend("new")
    write_json(source, tmp_path / "early", NOW)
    copy_file(copy, tmp_path / "early")
    store = open_store(source, FixedClock(NOW))
    store.prune("twin", "T-2")
    store.append([hired("crew-a", 2)])
    write_json(source, tmp_path / "late", NOW)
    refused(copy, tmp_path / "late", "run twin/T-2 any more")
    open_store(copy, FixedClock(NOW)).prune("twin", "T-2")
    assert copy_file(copy, tmp_path / "late") == 1
    assert everything(copy) == everything(source)


def test_a_ledger_that_went_another_way_is_left_alone(tmp_path: Path) -> None:
    source, copy = filled(), MemoryBackend("new")
    write_json(source, tmp_path / "early", NOW)
    copy_file(copy, tmp_path / "early")
    open_store(source, FixedClock(NOW)).append([hired("crew-a", 2), hired("crew-a", 3)])
    write_json(source, tmp_path / "late", NOW)
    open_store(copy, FixedClock(NOW)).append([hired("crew-z", 1)])
    refused(copy, tmp_path / "late", "another history")


class Meddled:
    """A backend that somebody else writes to whenever a transaction is about to begin."""

    def __init__(self, backend: MemoryBackend) -> None:
        self.backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def begin(self) -> int:
        store = open_store(self.backend, FixedClock(NOW))
        store.append([hired(f"crew-{self.backend.last_position()}", 1)])
        return self.backend.begin()


def test_who_writes_meanwhile_is_noticed(tmp_path: Path) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    own = with_key()
    keys = own.get_notes("key")
    with pytest.raises(BadInput, match="while others write"):
        copy_file(Meddled(own), tmp_path / "all")
    assert (own.ledger_id(), own.last_position(), own.get_notes("key")) == ("other", 1, keys)


def test_names_and_erasures_meet(tmp_path: Path) -> None:
    source = filled()
    write_json(source, tmp_path / "named", NOW, with_names=True)
    copy = MemoryBackend("new")
    copy_file(copy, tmp_path / "named")
    persons.erase(source, "p-1")
    write_json(source, tmp_path / "erased", NOW, with_names=True)
    copy_file(copy, tmp_path / "erased")
    assert (copy.people(), persons.erased(copy)) == ({}, {"p-1"})
    copy_file(copy, tmp_path / "named")
    assert copy.people() == {}
    other = MemoryBackend("new")
    other.put_person("p-1", "person", "Somebody else")
    refused(other, tmp_path / "named", "another name")


class Grown(PeopleHired):
    """The kind as a later version may have it."""

    agency: str | None = None

    @classmethod
    def kind(cls) -> str:
        return "PeopleHired"


@pytest.mark.parametrize("kind", WRITES)
def test_a_field_that_came_later_changes_no_hash(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = filled()
    WRITES[kind](source, tmp_path / "all", NOW)
    for module in (codec, chain):
        monkeypatch.setattr(module, "KINDS", {**KINDS, "PeopleHired": Grown})
    copy = MemoryBackend("new")
    copy_file(copy, tmp_path / "all")
    assert everything(copy) == everything(source)


class Busy(SqliteBackend):
    """A ledger to which another process writes between any two things that are read."""

    def rows(self, query: Query) -> Any:
        other = SqliteBackend(self.path)
        store = open_store(other, FixedClock(NOW))
        store.append([hired(f"late-{other.last_position()}", 1)])
        store.begin_run("plan", "late", {})
        store.append(story("U-9", 1, writer="plan", run="late"))
        if any(run.chain == "twin/T-2" and run.pruned_at is None for run in other.runs()):
            store.prune("twin", "T-2")
        other.close()
        return super().rows(query)


@pytest.mark.parametrize("kind", WRITES)
def test_a_file_is_of_one_moment(tmp_path: Path, kind: str) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    path = tmp_path / "ledger.sqlite"
    quiet = SqliteBackend.create(path, "another", NOW)
    copy_file(quiet, tmp_path / "all")
    quiet.close()
    busy = Busy(path)
    WRITES[kind](busy, tmp_path / "late", NOW)
    assert busy.last_position() > 16
    busy.close()
    assert count(tmp_path / "late") == 13


def test_a_damaged_ledger_is_not_exported(tmp_path: Path) -> None:
    source = filled()
    source._kept.rows[2] = (*source._kept.rows[2][:9], "elsewhere", *source._kept.rows[2][10:])
    for kind, write in WRITES.items():
        with pytest.raises(LedgerDamaged, match="position 3"):
            write(source, tmp_path / kind, NOW)


def test_a_ledger_cut_off_at_its_end_is_not_exported(tmp_path: Path) -> None:
    source = filled()
    del source._kept.rows[-1]
    for kind, write in WRITES.items():
        with pytest.raises(LedgerDamaged, match="end otherwise"):
            write(source, tmp_path / kind, NOW)


def test_the_heads_schema_takes_what_was_released() -> None:
    released = Path(__file__).parent / "released" / "0.1.0.jsonl"
    head = ExportHead.model_validate_json(released.read_text("utf-8").partition("\n")[0])
    assert head.digest is None
    assert list(head.faults()) == []
