"""Ledgers of every released version open, are upgraded, and are what they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.ledger import migrations, seal
from knockdown.ledger.backend import Query
from knockdown.ledger.book import open_store, replay
from knockdown.ledger.chain import event_of
from knockdown.ledger.copying import copy_file
from knockdown.ledger.files import read_file
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.migrations import Migration
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.verify import verify
from tests.ledger.contract import NOW, hired

RELEASED = Path(__file__).parent / "released"
VERSIONS = sorted(path.stem for path in RELEASED.glob("*.sqlite"))


def test_there_is_a_file_of_every_released_step() -> None:
    """A new step comes with a ledger of the version before it, kept here for ever."""
    assert VERSIONS
    assert len(VERSIONS) >= len(migrations.migrations("sqlite"))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_released_ledger_opens_and_goes_on(version: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copyfile(RELEASED / f"{version}.sqlite", path)
    backend = SqliteBackend(path)
    assert verify(backend).ok
    for paper in seal.seals_of(backend):
        assert list(seal.check(backend, paper)) == []
    head, events = read_file(RELEASED / f"{version}.jsonl")
    store = open_store(backend, FixedClock(NOW))
    assert list(map(event_of, backend.rows(Query(writer=None)))) == list(events)
    assert {chain.chain: chain.hash for chain in head.chains} == {
        chain: end.hash.hex() for chain, end in store.heads().items()
    }
    assert backend.people() == head.names
    assert replay(store).in_work() == {"b801": 2}
    store.append([hired("crew-a", 2)])
    assert verify(backend).ok
    store.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_released_export_is_taken_in(version: str) -> None:
    copy = MemoryBackend("new")
    copy_file(copy, RELEASED / f"{version}.jsonl")
    assert verify(copy).ok


@pytest.fixture
def released(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(RELEASED / f"{VERSIONS[-1]}.sqlite", tmp_path / "ledger.sqlite"))


def _with_step(monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    known = migrations.migrations("sqlite")
    new = Migration(len(known) + 1, "next", sql, "digest of the next")
    monkeypatch.setattr(migrations, "migrations", lambda database: (*known, new))


def test_a_new_step_is_taken_once(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_step(monkeypatch, "CREATE TABLE extra (x TEXT) STRICT;")
    for _ in range(2):
        backend = SqliteBackend(released)
        assert verify(backend).ok
        backend.close()


def test_a_step_that_fails_leaves_the_ledger_as_it_was(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released.read_bytes()
    with monkeypatch.context() as patch:
        _with_step(patch, "CREATE TABLE extra (x TEXT) STRICT; SELECT nonsense;")
        with pytest.raises(Exception, match="nonsense"):
            SqliteBackend(released)
    backend = SqliteBackend(released)
    rows = list(backend.rows(Query(writer=None)))
    assert verify(backend).ok
    backend.close()
    released.write_bytes(before)
    again = SqliteBackend(released)
    assert list(again.rows(Query(writer=None))) == rows
    again.close()


def test_a_ledger_of_a_newer_version_is_left_alone(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _with_step(patch, "CREATE TABLE extra (x TEXT) STRICT;")
        SqliteBackend(released).close()
    with pytest.raises(LedgerDamaged, match="newer knockdown"):
        SqliteBackend(released)


def test_a_step_that_is_not_the_released_one_is_found(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = migrations.migrations("sqlite")
    changed = Migration(first.number, first.name, first.sql, "another digest")
    monkeypatch.setattr(migrations, "migrations", lambda database: (changed,))
    with pytest.raises(LedgerDamaged, match="not the one released"):
        SqliteBackend(released)
