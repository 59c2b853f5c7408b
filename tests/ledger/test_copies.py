"""Files of a ledger: newline JSON and Parquet tell all, and nothing that was changed is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.book import open_store
from knockdown.ledger.copying import copy_file
from knockdown.ledger.files import read_file, write_json, write_parquet
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify
from tests.ledger.contract import NOW, hired, lot, story

WRITES = {"json": write_json, "parquet": write_parquet}


def filled() -> MemoryBackend:
    """A ledger with all three writers, a pruned run and so a gap, and a name."""
    backend = MemoryBackend("plant-1")
    store = open_store(backend, FixedClock(NOW))
    store.append([*lot(), *story("U-1", 1)])
    for run in ("T-1", "T-2"):
        store.begin_run("twin", run, {"seed": 1, "run": run})
        store.append(story("U-1", 1, writer="twin", run=run))
    store.begin_run("plan", "P-1", {})
    store.append(story("U-3", 1, writer="plan", run="P-1"))
    store.prune("twin", "T-1")
    store.append([hired("crew-a", 1)])
    backend.put_person("p-1", "person", "Leyla Quliyeva")
    return backend


def everything(backend: Backend) -> object:
    runs = [(r.chain, r.provenance, r.started_at, r.pruned_at is None) for r in backend.runs()]
    rows = list(backend.rows(Query(writer=None)))
    return rows, sorted(runs), backend.committed_heads(), backend.ledger_id(), backend.last_position()


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
