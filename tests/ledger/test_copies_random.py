"""Random ledgers, copied through files; and files of them with random damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger import persons, seal
from knockdown.ledger.book import open_store
from knockdown.ledger.copying import copy_file
from knockdown.ledger.memory import MemoryBackend
from tests.ledger.contract import NOW, hired, story
from tests.ledger.copies import WRITES, everything, sealed

STEPS = ("hire", "begin", "file", "prune", "seal", "rotate", "name", "erase")
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=25)
names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)
relaxed = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Keeper:
    """Does what people do with a ledger, one step after another; what cannot be done is left out."""

    def __init__(self, name: str) -> None:
        self.backend = MemoryBackend("plant-1")
        self.store = open_store(self.backend, FixedClock(NOW))
        self.key = seal.new_key()
        self.hires, self.runs, self.name = 0, {}, name
        seal.add_key(self.backend, seal.endorse("plant-1", self.key, NOW, None))

    def do(self, step: str, number: int) -> None:
        getattr(self, step)(number)

    def hire(self, number: int) -> None:
        self.hires += 1
        self.store.append([hired("crew-a", self.hires, place=f"TR-{number}")])

    def begin(self, number: int) -> None:
        if number not in self.runs:
            self.runs[number] = 0
            self.store.begin_run("twin", f"T-{number}", {"seed": number, "name": self.name})

    def file(self, number: int) -> None:
        if self.runs.get(number) is not None:
            self.runs[number] += 1
            told = {"writer": "twin", "run": f"T-{number}"}
            self.store.append(story(f"U-{self.runs[number]}", self.runs[number], **told))

    def prune(self, number: int) -> None:
        if self.runs.get(number) is not None:
            self.store.prune("twin", f"T-{number}")
            self.runs[number] = None

    def seal(self, number: int) -> None:
        seal.seal(self.backend, self.key, NOW + number)

    def rotate(self, number: int) -> None:
        new = seal.new_key()
        seal.rotate(self.backend, self.key, new, NOW + number)
        self.key = new

    def name_(self, number: int) -> None:
        if f"p-{number}" not in persons.erased(self.backend):
            self.backend.put_person(f"p-{number}", "person", self.name)

    def erase(self, number: int) -> None:
        persons.erase(self.backend, f"p-{number}")


@pytest.mark.parametrize("kind", WRITES)
@given(taken=steps, then=steps, name=names)
@relaxed
def test_any_ledger_comes_back_as_it_was(tmp_path: Path, kind: str, taken: Any, then: Any, name: str) -> None:
    keeper = Keeper(name)
    copy = MemoryBackend("new")
    for some in (taken, then):
        for step, number in some:
            keeper.do("name_" if step == "name" else step, number)
        if {run.chain for run in copy.runs() if run.pruned_at is None} - set(
            keeper.backend.committed_heads()
        ):
            copy = MemoryBackend("new")  # a run that was pruned there is not pruned here by an import
        WRITES[kind](keeper.backend, tmp_path / "all", NOW, with_names=True)
        copy_file(copy, tmp_path / "all")
        assert _without_old_seals(copy) == _without_old_seals(keeper.backend)
        assert copy.people() == keeper.backend.people()


def _without_old_seals(backend: MemoryBackend) -> Any:
    """Two seals of one position may differ in their time, and the copy keeps the one it has."""
    *rest, (keys, seals, *others) = everything(backend)  # type: ignore[misc]
    return *rest, keys, sorted(seals), others


def _damaged(content: bytes, at: int, change: int) -> bytes:
    place = at % len(content)
    return content[:place] + bytes([content[place] ^ change]) + content[place + 1 :]


def _same_or_refused(file: Path, source: MemoryBackend) -> None:
    copy = MemoryBackend("new")
    before = everything(copy)
    is_taken = True
    try:
        copy_file(copy, file)
    except BadInput:
        is_taken = False
    assert everything(copy) == (everything(source) if is_taken else before)
    assert copy.people() == (source.people() if is_taken else {})


@pytest.mark.parametrize("kind", WRITES)
@given(at=st.integers(0, 100_000), change=st.integers(1, 255))
@settings(relaxed, max_examples=150)
def test_a_changed_byte_is_found_or_means_nothing(tmp_path: Path, kind: str, at: int, change: int) -> None:
    source = sealed()
    WRITES[kind](source, tmp_path / "all", NOW, with_names=True)
    (tmp_path / "damaged").write_bytes(_damaged((tmp_path / "all").read_bytes(), at, change))
    _same_or_refused(tmp_path / "damaged", source)


@pytest.mark.parametrize("kind", WRITES)
@given(data=st.data())
@settings(relaxed, max_examples=60)
def test_worse_damage_is_found(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    source = sealed()
    WRITES[kind](source, tmp_path / "all", NOW, with_names=True)
    content = (tmp_path / "all").read_bytes()
    for at, change in data.draw(
        st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 255)), min_size=2, max_size=40)
    ):
        content = _damaged(content, at, change)
    (tmp_path / "damaged").write_bytes(content[: data.draw(st.integers(4, len(content)))])
    _same_or_refused(tmp_path / "damaged", source)
