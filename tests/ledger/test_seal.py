"""Signed heads: what they show when the database, its notes and its administrator cannot be trusted."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger import key_files, seal
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


def file_run(backend: MemoryBackend, run: str) -> None:
    store = open_store(backend, FixedClock(NOW))
    store.begin_run("twin", run, {"run": run})
    store.append(story("U-1", 1, writer="twin", run=run))


def test_a_seal_lists_what_grew_and_rests_on_the_one_before(keyed) -> None:
    backend, key = keyed
    file_run(backend, "T-1")
    first = seal.seal(backend, key, NOW)
    file_run(backend, "T-2")
    second = seal.seal(backend, key, NOW)
    third = seal.seal(backend, key, NOW + 5)
    listed = [[chain.chain for chain in paper.chains] for paper in (first, second, third)]
    assert listed == [["floor", "twin/T-1"], ["floor", "twin/T-2"], ["floor", "twin/T-2"]]
    assert (first.before, second.before) == (None, seal.digest_of(first))
    assert seal.digest_of(second) == seal.digest_of(third)
    assert seal.seals_of(backend) == [first, third]
    assert list(seal.check_all(backend, [first, second, third], seal.key_id(key))) == []


def test_the_last_seal_kept_vouches_for_chains_it_does_not_list(keyed) -> None:
    """Somebody who can write to the database computes an old run anew, and mends its seal in the notes."""
    backend, key = keyed
    file_run(backend, "T-1")
    first = seal.seal(backend, key, NOW)
    file_run(backend, "T-2")
    kept = seal.seal(backend, key, NOW)
    for gone in (None, first.model_copy(update={"chains": first.chains[:1]}).model_dump_json(by_alias=True)):
        backend.put_note("seal", seal.name_of(first), gone)
        assert any("rests on one that is not here" in fault for fault in seal.check(backend, kept))


def test_a_seal_that_was_put_in_is_not_built_on(keyed) -> None:
    backend, key = keyed
    seal.seal(backend, key, NOW)
    file_run(backend, "T-1")
    forger = seal.new_key()
    alone = MemoryBackend("plant-1")
    seal.add_key(alone, seal.endorse("plant-1", forger, NOW, None))
    heads = backend.committed_heads()
    floor = seal.ChainHead(
        chain="floor", length=heads["floor"].length, position=heads["floor"].position,
        hash=heads["floor"].hash.hex(),
    )  # fmt: skip
    forged = seal.seal(alone, forger, NOW).model_copy(
        update={"position": backend.last_position(), "chains": (floor,)}
    )
    backend.put_note("seal", seal.name_of(forged), forged.model_dump_json(by_alias=True))
    open_store(backend, FixedClock(NOW)).append([hired("crew-a", 1)])
    assert any("keys that this ledger does not have" in fault for fault in seal.check(backend, forged))
    paper = seal.seal(backend, key, NOW)
    assert paper.before is None
    assert [chain.chain for chain in paper.chains] == ["floor", "twin/T-1"]


def test_seals_stay_short_however_many_runs_there_are(keyed) -> None:
    backend, key = keyed
    for night in range(60):
        file_run(backend, f"T-{night}")
        seal.seal(backend, key, NOW + night)
    papers = seal.seals_of(backend)
    assert max(len(paper.chains) for paper in papers) == 2
    assert list(seal.check_all(backend, papers, seal.key_id(key))) == []
    open_store(backend, FixedClock(NOW)).prune("twin", "T-7")
    assert list(seal.check_all(backend, papers, seal.key_id(key))) == []


def test_a_pruned_run_at_the_end_does_not_move_a_seal_back(keyed) -> None:
    backend, key = keyed
    file_run(backend, "T-1")
    first = seal.seal(backend, key, NOW)
    open_store(backend, FixedClock(NOW)).prune("twin", "T-1")
    second = seal.seal(backend, key, NOW)
    assert (second.position, seal.digest_of(second)) == (first.position, seal.digest_of(first))
    assert list(seal.check_all(backend, [first, second])) == []


def test_private_keys_are_for_their_owner_and_old_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.pem"
    first, second = seal.new_key(), seal.new_key()
    key_files.write_key(path, first)
    key_files.write_key(key_files.next_of(path), second)
    key_files.settle(path, seal.key_id(second))
    assert seal.key_id(key_files.read_key(path)) == seal.key_id(second)
    old = path.with_suffix(f".{seal.key_id(first)}.old.pem")
    assert seal.key_id(key_files.read_key(old)) == seal.key_id(first)
    assert sorted(file.name for file in path.parent.iterdir()) == sorted([path.name, old.name])
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.iterdir())
    path.write_text("not a key")
    with pytest.raises(BadInput, match="is not an Ed25519 key"):
        key_files.read_key(path)
