"""A snapshot keeps every field of every record, and is what all told again gives."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from knockdown.ledger import records as r
from knockdown.ledger.address import open_backend
from knockdown.ledger.book import load_snapshot, replay, save_snapshot, views_now
from knockdown.ledger.store import Store
from knockdown.workflow import keep_ledger
from knockdown.workflow.kit_api import Kit
from knockdown.workflow.new_plant import new

FULL: dict[str, r.Record] = {
    "unit/U": r.UnitView(
        "U", "v", "L1", "L", 3, "in_work", "S", 1, 2, 3, "AZ", "VIN", {"h": "quality"}, ["p"], ["d"], ["J"]
    ),
    "kit_lot/L": r.KitLotView(
        "L", "k", "v", 8, 2, "customs", 1, 2, 3, 4, 5, "2027-12-31",
        containers={"C": "customs"}, bonds={"C": "2027-12-31"}, claims={"q": "sent"},
        missing=Counter({"p": 2, "q": -1, "r": 0}), owed={"b": ["p", 1, "M"]},
    ),
    "case/C": r.CaseView("C", "L", 1, "W", 2, 40),
    "part_lot/B": r.PartLotView("B", "p", 4, "L", ["S"]),
    "station/S": r.StationView("S", {"s": "no_kit"}, {"a": "help"}, 2),
    "crew/c": r.CrewView("c", 5, True, "early", 60),
    "contract/k": r.ContractView("k", "mtz", 8, "2027-12-31"),
    "plant/g": r.StoreView("g", {"store": {"p": 4}}),
}  # fmt: skip


def test_these_records_are_of_every_sort_and_have_every_field_filled() -> None:
    assert {type(record) for record in FULL.values()} == set(r.RECORDS.values())
    for record in FULL.values():
        for each in fields(record):
            empty = each.default_factory() if each.default_factory is not MISSING else each.default
            assert getattr(record, each.name) != empty, (record, each.name)


def test_every_field_comes_back_from_json() -> None:
    again = r.from_json(json.loads(json.dumps(r.to_json(FULL))))
    assert again == FULL
    lot = again["kit_lot/L"]
    assert isinstance(lot, r.KitLotView)
    lot.missing["new"] += 1  # still counts


def test_what_is_kept_does_not_change_with_the_record() -> None:
    lot = r.KitLotView("L", missing=Counter({"p": 1}), owed={"b": ["p", 1, "M"]})
    kept = r.to_json({"kit_lot/L": lot})["kit_lot/L"]
    lot.missing["p"] += 1
    lot.owed["b"][1] = 0
    assert (kept["missing"], kept["owed"]) == ({"p": 1}, {"b": ["p", 1, "M"]})


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: Any) -> str:
    """A copy of ganja with a ledger that tells its opening, which lacks parts, and one lot that came."""
    monkeypatch.setenv("KNOCKDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KNOCKDOWN_KEYS", str(tmp_path / "keys"))
    folder = str(tmp_path / "hall")
    new(folder, "ganja")
    keep_ledger.init(folder)
    Kit(folder).receive("202601-11-b821cl", on="2026-01-16")
    return folder


def stored(folder: str) -> Store:
    from knockdown.basics.clock import SystemClock
    from knockdown.ledger.book import open_store
    from knockdown.workflow.ledger_place import address_of

    return open_store(open_backend(address_of(folder, None)), SystemClock())


def test_the_snapshot_of_a_real_ledger_is_what_all_told_again_gives(hall: str) -> None:
    store = stored(hall)
    told = replay(store)
    assert any(record.missing for record in told.all(r.KitLotView))
    save_snapshot(store, told)
    kept = load_snapshot(store)
    assert kept is not None
    assert (kept.position, kept.records, kept.counts) == (told.position, told.records, told.counts)
    store.close()
    lot, part = next((lot.kit_lot_id, part) for lot in told.all(r.KitLotView) for part in lot.missing)
    Kit(hall).replace(lot, part, 1, local=True, on="2026-01-20")
    Kit(hall).clear("202601-11-b821cl", on="2026-01-20")
    store = stored(hall)
    now, told = views_now(store), replay(store)
    store.close()
    assert (now.records, now.counts) == (told.records, told.counts)


def test_a_ledger_with_missing_parts_is_rebuilt_and_counted(hall: str) -> None:
    assert keep_ledger.rebuild(hall).same is None
    assert keep_ledger.rebuild(hall).same
    assert keep_ledger.verify(hall).ok
    assert keep_ledger.stats(hall).entries > 0
