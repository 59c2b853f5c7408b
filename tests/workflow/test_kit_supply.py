"""What plan and simulation count on: complete kits, and the others when they will be."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from small_folder import TABLES, write

import knockdown as kd
from knockdown.basics.ids import MAX_ID_CHARS
from knockdown.plant.load import load
from knockdown.workflow.keep_ledger import init
from knockdown.workflow.kit_supply import kitted_for, with_real_kits
from knockdown.workflow.opening import from_ledger

JANUARY = date(2026, 1, 31)
HEAD = "id,kit_lot,case,part,code,pieces,found_on,in_assembly,claim,claim_state,expected_on,note,source\n"
CLAIM = "D-1,L-1,L-1-1,P-1,D,3,2026-01-02,no,CL-1,{state},{day},cracked,assumption\n"
LOTS = TABLES["kit_lots"] + "L-3,2026-01,k25,t80a,10,10,cleared,2025-10-06,,0,assumption\n"


@pytest.fixture(scope="module")
def ganja():
    return load("ganja")


def head(table):
    return TABLES[table].splitlines()[0] + "\n"


def leads(low, likely, high):
    return TABLES["contracts"].replace("250,20,30,45", f"250,{low},{likely},{high}")


def small(folder, **tables):
    return load(str(write(folder, {f"{name}.csv": text for name, text in tables.items()})))


def rows(plant, lot):
    """Month in which kits of a lot come (None: here) and how many."""
    found = {}
    for row in plant.kit_lots.values():
        if row.id == lot or row.id.startswith(f"{lot}.after-"):
            is_here = row.status == "cleared"
            found[None if is_here else f"{row.expected_on:%Y-%m}"] = row.kits_left
    return {month: n for month, n in found.items() if n}


def kept(plant):
    """What a plan sees of the opening's lots."""
    return sorted(
        (row.id, row.contract, row.variant, row.kits_left, row.status, round(row.unpaid_share, 9),
         f"{row.expected_on:%Y-%m}" if row.status != "cleared" else None)
        for row in plant.kit_lots.values()
        if (row.as_of.year, row.as_of.month) == (2026, 1) and row.kits_left
    )  # fmt: skip


def totals(plant):
    found = Counter()
    for row in plant.kit_lots.values():
        found[row.id.partition(".after-")[0], row.variant, row.as_of] += row.kits_left
    return found


def units(plant):
    return sorted((s.variant, s.place, s.units) for s in plant.stock if s.as_of <= JANUARY and s.units
                  and (s.as_of.year, s.as_of.month) == (2026, 1))  # fmt: skip


# Laws


def test_no_kit_is_lost_or_made(ganja, tmp_path):
    for plant in (ganja, small(tmp_path / "small"), small(tmp_path / "two", kit_lots=LOTS)):
        real = with_real_kits(plant)
        assert +totals(real) == +totals(plant)
        assert any(".after-" in name for name in real.kit_lots)
        for row in real.kit_lots.values():
            assert row.status == "cleared" or row.expected_on is not None


def test_doing_it_twice_changes_nothing(ganja):
    once = with_real_kits(ganja)
    assert with_real_kits(once) is once
    assert kitted_for(once, kd.plan(once, months=1, seconds=2, limits=0)) is once


def test_a_plant_without_kit_tables_stays_as_it_is(ganja):
    bare = replace(ganja, cases={}, units={}, shortages={})
    assert with_real_kits(bare) is bare
    assert with_real_kits(load("khazar")).kit_lots == load("khazar").kit_lots


def test_a_network_has_real_kits_in_every_member():
    network = load("azerbaijan")
    real = with_real_kits(network)
    for name, member in network.members.items():
        assert kept(real.members[name]) == kept(with_real_kits(member))


def test_lots_of_other_months_stay_as_they_are(ganja):
    real = with_real_kits(ganja)
    for row in ganja.kit_lots.values():
        if (row.as_of.year, row.as_of.month) != (2026, 1):
            assert real.kit_lots[row.id] == row


def test_long_names_of_lots_do_not_run_together(tmp_path):
    names = [f"L-{'x' * 58}-{n}" for n in "12"]
    lots, shortages = head("kit_lots"), HEAD
    for n, name in enumerate(names):
        lots += f"{name},2026-01,k25,t80a,20,20,cleared,2025-10-06,,0,assumption\n"
        shortages += f"D-{n},{name},,P-1,S,2,2026-01-02,no,,,,,assumption\n"
    plant = small(
        tmp_path / "long",
        kit_lots=lots, shortages=shortages, contracts=leads(20, 70, 90),
        cases=head("cases"), units=head("units"),
        change_notes=head("change_notes"),
    )  # fmt: skip
    real = with_real_kits(plant)
    later = [row for row in real.kit_lots.values() if row.status == "customs"]
    assert [row.kits_left for row in later] == [2, 2]
    assert all(len(name) <= MAX_ID_CHARS for name in real.kit_lots)
    assert sum(row.kits_left for row in real.kit_lots.values()) == 40


# Claims and what is not known


@pytest.mark.parametrize(
    ("state", "day", "month"),
    [
        ("accepted", "2026-03-10", "2026-03"),
        ("accepted", "2026-04-01", "2026-04"),
        ("sent", "", None),  # replaced within 20 days, as the contract says: in January still
        ("rejected", "", "2026-02"),  # nothing is promised: the contract's lead time
        ("draft", "", "2026-02"),
    ],
)
def test_a_claim_moves_just_its_kits_to_its_month(tmp_path, state, day, month):
    contracts = leads(20, 35, 45)
    shortages = HEAD + CLAIM.format(state=state, day=day)
    real = with_real_kits(small(tmp_path / "small", shortages=shortages, contracts=contracts))
    assert rows(real, "L-1") == ({None: 20} if month is None else {None: 17, month: 3})
    assert rows(real, "L-2") == {"2026-02": 10}


def test_a_kit_that_lacks_a_loose_part_waits_for_that_part_and_not_for_a_container(tmp_path):
    """t90c needs 2 batteries, of which none is left; they are bought here in 5 days."""
    lots = TABLES["kit_lots"].replace("shipped,2025-12-01,2026-02-02,0.7", "cleared,2025-10-06,,0")
    loose = TABLES["loose_stock"].replace(",12,", ",4,")
    real = with_real_kits(small(tmp_path / "small", kit_lots=lots, loose_stock=loose))
    assert rows(real, "L-2") == {None: 10}


def test_a_lot_on_the_way_counts_from_the_month_it_is_expected(ganja):
    real = with_real_kits(ganja)
    assert rows(real, "202601-13-b821c") == {"2026-02": 40}
    assert rows(real, "202601-12-b801c") == {"2026-01": 40}


# With a ledger


@pytest.fixture
def floor(tmp_path):
    """The small plant with two lots of open tractors, and its ledger."""
    folder = tmp_path / "small"
    contracts = leads(20, 70, 90)
    shortages = HEAD + CLAIM.replace(",3,", ",1,").format(state="accepted", day="2026-02-10")
    plant = small(folder, kit_lots=LOTS, contracts=contracts, shortages=shortages)
    address = str(tmp_path / "floor.sqlite")
    init(str(folder), address)
    return plant, str(folder), address, kd.kit(str(folder), address)


def test_the_opening_told_to_the_ledger_is_the_opening_described(ganja, floor, tmp_path):
    address = str(tmp_path / "hall.sqlite")
    init("ganja", address)
    for plant, named, where, kits in (floor, (ganja, "ganja", address, kd.kit("ganja", address))):
        desk = kits.desk
        with desk._open() as store:
            desk._store(store, desk.opening)
        told, described = from_ledger(named, JANUARY, where).plant, with_real_kits(plant)
        assert kept(told) == kept(described)
        assert units(told) == units(described)


def opened(floor):
    return from_ledger(floor[1], JANUARY, floor[2]).plant


def test_borrowed_pieces_keep_the_lenders_kits_waiting_until_paid_back(floor):
    kits = floor[3]
    kits.find("L-1", "P-1", "D", 2, case="L-1-1", on="2026-01-02T09:00")
    before = opened(floor)
    assert (rows(before, "L-1"), rows(before, "L-3")) == ({None: 17, "2026-02": 1, "2026-03": 2}, {None: 10})
    borrow = kits.borrow("L-3", "L-1", "P-1", 2, on="2026-01-02T10:00").made["borrow"]
    lent = opened(floor)
    # The claim of L-1 brings one engine in February: it goes back to the lender, the other is not known.
    assert rows(lent, "L-1") == {None: 19, "2026-03": 1}
    assert rows(lent, "L-3") == {None: 8, "2026-02": 1, "2026-03": 1}
    assert +totals(lent) == +totals(before)
    kits.pay_back(borrow, 2, on="2026-01-02T11:00")
    paid = opened(floor)
    assert (rows(paid, "L-1"), rows(paid, "L-3")) == (rows(before, "L-1"), rows(before, "L-3"))


def test_a_replacement_that_came_completes_its_kit(floor):
    kits = floor[3]
    assert rows(with_real_kits(floor[0]), "L-1") == {None: 19, "2026-02": 1}
    kits.replace("L-1", "P-1", 1, claim="CL-1", on="2026-01-03")
    assert rows(opened(floor), "L-1") == {None: 20}


# Plan and simulation


def test_plan_and_simulation_run_on_it_and_a_late_kit_is_built_late(tmp_path):
    lots = head("kit_lots") + "L-1,2026-01,k25,t80a,20,20,cleared,2025-10-06,,0,assumption\n"
    shortages = HEAD + CLAIM.replace(",3,", ",20,").format(state="accepted", day="2026-03-02")
    plant = small(tmp_path / "small", kit_lots=lots, shortages=shortages, change_notes=head("change_notes"))
    whole = replace(plant, cases={}, units={}, shortages={})
    plans = [kd.plan(each, months=3, seconds=5, limits=0) for each in (plant, whole)]
    built = [
        sum(line.units for line in plan.build if line.period < "2026-03" and line.variant == "t80a")
        for plan in plans
    ]
    assert built[0] == 0 < built[1]
    twin = kd.simulate(plant, plans[0], replications=4)
    assert twin.replications == 4


def test_a_refusal_waits_for_no_engine():
    asked = "import knockdown.workflow.kit_supply, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not {"numpy", "highspy", "numba", "polars"} & set(done.stdout.split())
