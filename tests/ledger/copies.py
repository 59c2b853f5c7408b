"""Ledgers to copy, and what is compared of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.basics.faults import BadInput
from knockdown.ledger import seal
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.book import open_store
from knockdown.ledger.copying import copy_file
from knockdown.ledger.files import write_json, write_parquet
from knockdown.ledger.memory import MemoryBackend
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
    """All that an export tells of a ledger, but names."""
    runs = sorted((r.chain, r.provenance, r.started_at, r.pruned_at or 0, r.length) for r in backend.runs())
    rows = list(backend.rows(Query(writer=None)))
    notes = [backend.get_notes(sort) for sort in ("key", "seal", "erased", "snapshot")]
    return rows, runs, backend.committed_heads(), backend.ledger_id(), backend.last_position(), notes


def with_key(ledger_id: str = "other") -> MemoryBackend:
    """A ledger as `init` makes it."""
    backend = MemoryBackend(ledger_id)
    key = seal.new_key()
    seal.add_key(backend, seal.endorse(ledger_id, key, NOW, None))
    seal.seal(backend, key, NOW)
    return backend


def sealed() -> MemoryBackend:
    """A ledger with two keys and two seals."""
    backend, old, new = filled(), seal.new_key(), seal.new_key()
    seal.add_key(backend, seal.endorse("plant-1", old, NOW, None))
    seal.seal(backend, old, NOW)
    open_store(backend, FixedClock(NOW)).append([hired("crew-b", 1)])
    seal.rotate(backend, old, new, NOW)
    seal.seal(backend, new, NOW)
    return backend


def refused(backend: Backend, file: Path, match: str) -> None:
    """It is refused for that reason, and the ledger stays as it was."""
    before, people = everything(backend), backend.people()
    with pytest.raises(BadInput, match=match) as refusal:
        copy_file(backend, file)
    assert all(fault.next_step for fault in refusal.value.faults)
    assert everything(backend) == before
    assert backend.people() == people
