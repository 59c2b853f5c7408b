"""Signed heads: what they show when the database, its notes and its administrator cannot be trusted."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger import seal
from knockdown.ledger.book import open_store
from knockdown.ledger.memory import MemoryBackend
from tests.ledger.contract import NOW, hired, lot, story


@pytest.fixture
def keyed() -> tuple[MemoryBackend, seal.Ed25519PrivateKey]:
    backend, key = MemoryBackend("plant-1"), seal.new_key()
    seal.add_key(backend, seal.endorse("plant-1", key, NOW, None))
    open_store(backend, FixedClock(NOW)).append([*lot(), *story("U-1", 1)])
    return backend, key


def test_a_seal_holds_while_the_ledger_grows(keyed) -> None:
    backend, key = keyed
    paper = seal.seal(backend, key, NOW)
    assert list(seal.check(backend, paper, seal.key_id(key))) == []
    open_store(backend, FixedClock(NOW)).append([hired("crew-a", 1)])
    assert list(seal.check(backend, paper, seal.key_id(key))) == []
    assert seal.seals_of(backend) == [paper]


def test_a_ledger_written_anew_does_not_fit_its_seal(keyed) -> None:
    """The whole chain computed again, as an administrator could: only the seal tells."""
    backend, key = keyed
    paper = seal.seal(backend, key, NOW)
    forged = MemoryBackend("plant-1")
    store = open_store(forged, FixedClock(NOW))
    store.append([*lot(n_kits=9), *story("U-1", 1)])
    assert any("not the one sealed" in fault for fault in seal.check(forged, paper))
    shorter = MemoryBackend("plant-1")
    open_store(shorter, FixedClock(NOW)).append(lot())
    assert any("when sealed" in fault for fault in seal.check(shorter, paper))
    assert any("seal is of ledger" in fault for fault in seal.check(MemoryBackend("plant-2"), paper))


@pytest.mark.parametrize(
    "path", [("sealed_at",), ("position",), ("chains", 0, "length"), ("keys", 0, "since")]
)
def test_a_changed_seal_does_not_fit_its_signature(keyed, path) -> None:
    backend, key = keyed
    told = json.loads(seal.seal(backend, key, NOW).model_dump_json(by_alias=True))
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] += 1
    assert list(seal.signature_faults(seal.Seal.model_validate(told)))


def test_keys_follow_one_another_from_the_root(keyed) -> None:
    backend, root = keyed
    first = seal.seal(backend, root, NOW)
    second_key, third_key = seal.new_key(), seal.new_key()
    seal.rotate(backend, root, second_key, NOW)
    with pytest.raises(BadInput, match="not the newest key"):
        seal.seal(backend, root, NOW)
    seal.rotate(backend, second_key, third_key, NOW)
    paper = seal.seal(backend, third_key, NOW + 1)
    assert [key.key_id for key in paper.keys] == [seal.key_id(k) for k in (root, second_key, third_key)]
    for each in (first, paper):
        assert list(seal.check(backend, each, seal.key_id(root))) == []
    assert any("goes back to key" in fault for fault in seal.check(backend, paper, seal.key_id(third_key)))


def test_a_key_that_nobody_vouched_for_is_found(keyed) -> None:
    backend, root = keyed
    stranger = seal.new_key()
    seal.add_key(backend, seal.endorse("plant-1", stranger, NOW + 5, seal.new_key()))
    paper = seal.seal(backend, stranger, NOW + 6)
    assert any("not vouched for" in fault for fault in seal.signature_faults(paper, seal.key_id(root)))
    alone = MemoryBackend("plant-1")
    seal.add_key(alone, seal.endorse("plant-1", stranger, NOW, None))
    forged = seal.seal(alone, stranger, NOW)
    assert list(seal.signature_faults(forged)) == []
    assert any("goes back to key" in fault for fault in seal.signature_faults(forged, seal.key_id(root)))


def test_private_keys_are_for_their_owner_and_old_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.pem"
    first, second = seal.new_key(), seal.new_key()
    seal.write_key(path, first)
    seal.write_key(path, second)
    assert seal.key_id(seal.read_key(path)) == seal.key_id(second)
    old = path.with_suffix(f".{seal.key_id(first)}.old.pem")
    assert seal.key_id(seal.read_key(old)) == seal.key_id(first)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
    path.write_text("not a key")
    with pytest.raises(BadInput, match="is not an Ed25519 key"):
        seal.read_key(path)
