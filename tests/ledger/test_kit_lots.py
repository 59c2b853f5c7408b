"""Kit lots and cases in the ledger: container by container, page by page, and what is too long to be kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from knockdown.basics.clock import FixedClock
from knockdown.events import vocabulary as v
from knockdown.events.codec import from_lines, to_line
from knockdown.events.commands import PackCase
from knockdown.events.decide import decide
from knockdown.events.envelope import Event, tell
from knockdown.events.happening import Happening
from knockdown.events.life.fold import born
from knockdown.ledger.book import load_snapshot, open_store, replay, save_snapshot
from knockdown.ledger.form import MOST_BODY_BYTES
from knockdown.ledger.memory import MemoryBackend
from knockdown.ledger.records import CaseView, KitLotView, to_json
from knockdown.ledger.refusals import Refused
from knockdown.ledger.store import Store
from knockdown.ledger.verify import verify

NOW = 1_800_000_000_000
LONG_IDS = tuple(f"{i:064d}" for i in range(1_000))
ordered = v.KitLotOrdered(contract_id="mtz", variant_id="b801", n_kits=8, n_used=3)


@pytest.fixture
def store() -> Iterator[Store]:
    store = open_store(MemoryBackend("test"), FixedClock(NOW))
    yield store
    assert verify(store.backend).ok
    store.close()


def told(subject: str, *bodies: Happening, version: int = 1) -> list[Event]:
    sort, _, name = subject.partition("/")
    frame = {"writer": "floor", "run": "f-1", "subject_type": sort, "subject_id": name, "happened_at": NOW}
    return [
        tell(body, version=i, event_id=f"{name}-{i}", **frame) for i, body in enumerate(bodies, start=version)
    ]


def lot_after(store: Store, *bodies: Happening) -> KitLotView:
    store.append(told("kit_lot/L-1", *bodies))
    record = replay(store).records["kit_lot/L-1"]
    assert isinstance(record, KitLotView)
    return record


def shipped(*names: str) -> Happening:
    return v.KitLotShipped(container_ids=names)


def arrived(*names: str) -> Happening:
    return v.KitLotArrived(container_ids=names)


def bonded(day: str, *names: str) -> Happening:
    return v.KitLotBonded(declaration="IM70", bond_until=day, container_ids=names)


def cleared(*names: str) -> Happening:
    return v.KitLotCleared(container_ids=names)


@pytest.mark.parametrize(
    ("bodies", "status"),
    [
        ([ordered], "ordered"),
        ([shipped()], "shipped"),
        ([ordered, arrived()], "customs"),
        ([shipped("C1", "C2"), arrived("C1")], "shipped"),
        ([shipped("C1", "C2"), arrived("C1"), cleared("C1")], "shipped"),
        ([shipped("C1", "C2"), arrived("C1"), cleared(), arrived("C2")], "customs"),
        ([shipped("C1", "C2"), arrived("C1"), cleared(), arrived()], "customs"),
        ([shipped("C1", "C2"), arrived("C1"), arrived(), cleared("C2", "C1")], "cleared"),
        ([shipped("C1", "C2"), arrived(), cleared("C2"), cleared()], "cleared"),
        ([arrived("C1")], "customs"),
        ([arrived("C1"), cleared()], "cleared"),
        ([arrived("C1"), cleared(), arrived("C2")], "customs"),
        ([arrived("C1"), arrived(), cleared("C1")], "customs"),
        ([arrived(), cleared("C1")], "customs"),
        ([arrived(), cleared("C1"), cleared()], "cleared"),
    ],
)
def test_a_kit_lot_is_as_far_as_the_container_that_is_least_far(
    store: Store, bodies: list[Happening], status: str
) -> None:
    assert lot_after(store, *bodies).status == status
    assert bool(replay(store).in_transit()) == (status in ("ordered", "shipped"))


def test_bond_ends_first_for_what_must_be_cleared_first(store: Store) -> None:
    story = [arrived("C1", "C2"), bonded("2027-12-31", "C1"), bonded("2027-06-30"), cleared("C2"), cleared()]
    days = []
    for n in range(1, len(story) + 1):
        store.append(told("kit_lot/L-1", *story[:n])[-1:])
        record = replay(store).records["kit_lot/L-1"]
        assert isinstance(record, KitLotView)
        days.append(record.bond_until)
    assert days == [None, "2027-12-31", "2027-06-30", "2027-12-31", None]


def test_a_bond_of_all_that_is_here_ends_with_a_clearing_of_all(store: Store) -> None:
    lot = lot_after(store, arrived(), bonded("2027-12-31"), cleared("C1"))
    assert (lot.status, lot.bond_until) == ("customs", "2027-12-31")
    store.append(told("kit_lot/L-1", cleared(), version=4))
    lot = replay(store).all(KitLotView)[0]
    assert (lot.status, lot.bond_until) == ("cleared", None)


def test_another_day_takes_the_place_of_the_one_before(store: Store) -> None:
    days = [v.KitLotShipped(expected_at=day, container_ids=("C1",)) for day in (7, 9)]
    lot = lot_after(store, ordered, *days, arrived("C1"), v.KitLotShipped(expected_at=11))
    assert (lot.expected_at, lot.status, lot.shipped_at) == (11, "customs", NOW)


def test_a_bond_gets_another_day(store: Store) -> None:
    story = [bonded("2027-06-30"), bonded("2027-12-31", "C2"), bonded("2027-09-30"), bonded("2028-01-31")]
    lot = lot_after(store, arrived("C1", "C2"), *story, cleared("C1"), bonded("2028-02-28"))
    assert (lot.bonds, lot.bond_until) == ({"C2": "2028-02-28"}, "2028-02-28")


def test_kits_that_were_used_before_the_ledger_began_are_not_left(store: Store) -> None:
    lot_after(store, ordered)
    assert replay(store).kits_left() == {"L-1": 5}


def test_usable_pieces_are_not_missing_any_more(store: Store) -> None:
    found = v.DiscrepancyFound(part_id="p", claim_code="A", n_parts=3)
    of = {"discrepancy_id": "L-1-2", "part_id": "p", "n_parts": 1}
    rework, scrap = v.PartDisposed(disposition="rework", **of), v.PartDisposed(disposition="scrap", **of)
    assert lot_after(store, arrived(), found, rework, scrap).missing == {"p": 2}


def test_a_snapshot_keeps_containers_and_cases(store: Store) -> None:
    lot_after(store, shipped("C1", "C2"), arrived("C1"), bonded("2027-12-31"))
    store.append(told("case/k-1", pages(1)))
    views = replay(store)
    save_snapshot(store, views)
    kept = load_snapshot(store)
    assert kept is not None
    assert to_json(kept.records) == to_json(views.records)


# Cases


def pages(revision: int, page_no: int = 1, n_pages: int = 1, **lists: object) -> v.CasePacked:
    body = {"kit_lot_id": "L-1", "part_ids": ("p", "q"), "n_each": (4, 2), "container_id": "C1"} | lists
    return v.CasePacked(revision=revision, page_no=page_no, n_pages=n_pages, **body)


def case_of(store: Store) -> tuple[int, int]:
    record = replay(store).records["case/k-1"]
    assert isinstance(record, CaseView)
    return record.revision, record.n_lines


def test_lines_are_those_of_the_latest_list_and_a_voided_one_leaves_the_one_before(store: Store) -> None:
    store.append(told("case/k-1", pages(1, 1, 2), pages(1, 2, 2)))
    assert case_of(store) == (1, 4)
    store.append(told("case/k-1", pages(2, part_ids=("p",), n_each=(1,)), version=3))
    assert case_of(store) == (2, 1)
    store.append(told("case/k-1", v.EntryVoided(voided_event_id="k-1-3", reason="other case"), version=4))
    assert case_of(store) == (1, 4)
    void = v.EntryVoided(voided_event_id="k-1-1", reason="other case")
    with pytest.raises(Refused, match="void k-1-2 first"):
        store.append(told("case/k-1", void, version=5))


def test_a_list_that_is_too_long_for_an_entry_is_refused_and_comes_as_pages(store: Store) -> None:
    lists = {"part_ids": LONG_IDS, "n_each": (2**53 - 1,) * 1_000, "box_ids": LONG_IDS}
    asked = PackCase(command_id="c-1", subject_id="k-1", at_ms=NOW, kit_lot_id="L-1", revision=1, **lists)
    told_at_once = decide(born("case/k-1"), asked, NOW)
    assert isinstance(told_at_once, tuple)
    with pytest.raises(Refused) as caught:
        store.append(told_at_once)
    assert caught.value.rule == "ledger.form"
    assert f"bytes, at most {MOST_BODY_BYTES:,} are kept" in caught.value.problem
    assert "a packing list as more pages" in caught.value.next_step
    assert list(store.read()) == []
    cut = [{name: values[i : i + 250] for name, values in lists.items()} for i in range(0, 1_000, 250)]
    store.append(told("case/k-1", *(pages(1, i, 4, **part) for i, part in enumerate(cut, start=1))))
    assert case_of(store) == (1, 1_000)
    kept = list(store.read())
    assert [replaced.body for replaced in from_lines(map(to_line, kept))] == [event.body for event in kept]


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("case/k-1", v.CaseCounted(kit_lot_id="L-1", part_ids=LONG_IDS, n_each=(0,) * 1_000)),
        ("kit_lot/L-1", v.KitIssued(unit_id="U", part_ids=LONG_IDS, n_each=(1,) * 1_000)),
        ("kit_lot/L-1", v.KitLotArrived(container_ids=LONG_IDS)),
        ("plant/ganja", v.LoosePartsIssued(unit_id="U", part_ids=LONG_IDS, n_each=(1,) * 1_000)),
    ],
)
def test_no_list_is_kept_that_would_not_fit_a_line(store: Store, subject: str, body: Happening) -> None:
    with pytest.raises(Refused, match="are kept; tell it as several events with shorter lists"):
        store.append(told(subject, body))
