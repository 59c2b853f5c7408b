"""The simulated year on the tiny plant: laws that must hold whatever happens."""

from dataclasses import replace

import numpy as np
import pytest
import simulating_tiny as tiny

from knockdown.simulating import check, codes
from knockdown.simulating.play import play, prepare
from knockdown.simulating.question import Options
from knockdown.simulating.results import days_late
from knockdown.simulating.run import build_calendar, simulate
from knockdown.simulating.scenario import from_plant
from knockdown.timing.recursion import line_times


@pytest.fixture(scope="module")
def year():
    return prepare(from_plant(tiny.plant(), tiny.plan()))


@pytest.fixture(scope="module")
def twin():
    return simulate(tiny.plant(), tiny.plan(), replications=50, seed=3)


def cells(rehearsal, log, line):
    hall = rehearsal.tables.hall
    n = int(hall.unit_first[line + 1] - hall.unit_first[line])
    n_stations = int(hall.station_first[line + 1] - hall.station_first[line])
    first = int(hall.base_first[line])
    return [
        t[first : first + n * n_stations].reshape(n, n_stations) for t in (log.start, log.done, log.leave)
    ]


def test_nothing_going_wrong_is_the_build_calendar_to_the_bit(year):
    quiet = play(year.tables, 5, [0, 1, 7], codes.NOTHING)
    for r in range(3):
        assert (quiet.start_cal[r] == year.planned.start_cal[0]).all()
        assert (quiet.leave_cal[r] == year.planned.leave_cal[0]).all()
        assert (quiet.states[r] == year.planned.states[0]).all()


def test_same_bits_in_halves_reversed_and_on_any_number_of_threads(year):
    names = ("start_cal", "leave_cal", "states", "overtime", "kits_late")
    whole = play(year.tables, 11, range(24), threads=1)
    halves = [play(year.tables, 11, range(a, a + 12), threads=1) for a in (0, 12)]
    backwards = play(year.tables, 11, range(23, -1, -1), threads=1)
    threaded = play(year.tables, 11, range(24), threads=3)
    for name in names:
        wanted = getattr(whole, name)
        assert (np.concatenate([getattr(h, name) for h in halves]) == wanted).all()
        assert (getattr(backwards, name)[::-1] == wanted).all()
        assert (getattr(threaded, name) == wanted).all()


def test_seeds_and_replications_differ(year):
    rows = np.concatenate([play(year.tables, seed, range(5)).leave_cal for seed in (1, 2)])
    assert len({row.tobytes() for row in rows}) == 10


@pytest.mark.parametrize("replication", range(5))
def test_the_kernel_is_the_recursion(year, replication):
    # Its work times and ready times, put through knockdown.timing, give its own entries and departures.
    played = play(year.tables, 1, [replication])
    hall, log = year.tables.hall, played.log
    for line, spec in enumerate(year.scenario.lines):
        start, done, leave = cells(year, log, line)
        places = np.array([s.places for s in spec.stations], np.int64)
        buffers = np.array([s.buffer_after for s in spec.stations], np.int64)
        again = line_times(start[:, 0], done - start, places, buffers, int(hall.wip[line]))
        assert all((a == b).all() for a, b in zip(again, (start, done, leave), strict=True))


@pytest.mark.parametrize("replication", range(30))
def test_the_inspector_finds_nothing(year, replication):
    check.check(year.scenario, year.tables, play(year.tables, 2, [replication]))


def broken(year, change):
    played = play(year.tables, 2, [0])
    change(played)
    return list(check.faults(year.scenario, year.tables, played))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.log.order.__setitem__(0, p.log.order[1]), "does not build every planned unit once"),
        (lambda p: p.log.leave.__setitem__(0, p.log.leave[0] + 10**9), "goes back in time"),
        (lambda p: p.log.leave.__setitem__(3, p.log.leave[0] - 1), "overtakes"),
        (lambda p: p.log.leave.__setitem__(slice(0, 30, 3), p.log.leave[60]), "on 1 places"),
        (lambda p: p.log.complete_cal.__setitem__(5, p.start_cal[0, 5] + 1), "before its kit is complete"),
        (lambda p: p.start_cal.__setitem__((0, 0), p.start_cal[0, 0] - 10**9), "before its period"),
        (lambda p: p.leave_cal.__setitem__((0, 0), 3 * 3_600_000), "outside working hours"),
        (lambda p: p.states.__setitem__((0, 0, 0), p.states[0, 0, 0] + 1), "does not add up"),
        (lambda p: p.leave_cal.__setitem__((0, slice(None)), p.leave_cal.max()), "before it is made"),
    ],
)
def test_the_inspector_finds_planted_faults(year, change, said):
    assert any(said in fault for fault in broken(year, change))


def test_earlier_kits_make_no_unit_later_in_unchanged_order():
    # The buses' line in planned order. Left out is what reacts: the bay, where units of two lines may change
    # places, overtime, which a late line opens, and absence, since a later day may be a better one.
    plan = tiny.plan(
        build=[tiny.build(m, "b-city", 14) for m in range(1, 4)],
        sales=(),
        lots=(tiny.lot(0, 1, "b-city", 3),),
    )
    plant = tiny.plant(kit_lots={})
    plant = replace(
        plant, lines={**plant.lines, "long": plant.lines["long"].model_copy(update={"then": None})}
    )
    tables = prepare(from_plant(plant, plan, Options(overtime_behind_units=10**6))).tables
    quicker = tables.kits._replace(
        **{k: getattr(tables.kits, k) * 0.8 for k in ("low_ms", "typical_ms", "high_ms")}
    )
    rest = codes.EVERYTHING & ~codes.ABSENCE
    late, soon = (
        play(t, 9, range(40), rest, codes.AS_PLANNED) for t in (tables, replace(tables, kits=quicker))
    )
    assert (soon.log.arrival_cal <= late.log.arrival_cal).all()
    assert (soon.leave_cal <= late.leave_cal).all()
    assert (soon.leave_cal < late.leave_cal).any()


def test_state_shares_sum_to_one(twin):
    for row in twin.stations:
        total = row.working + row.slow + row.down + row.rework + row.blocked + row.starved + row.kit
        assert abs(total - 1) < 1e-12
        assert min(row.working, row.slow, row.down, row.rework, row.blocked, row.starved, row.kit) >= 0


def test_oee_is_the_product_of_its_factors_and_says_where_time_went(twin):
    for row in twin.stations:
        produced = row.working + row.slow + row.rework
        assert row.availability == produced > 0
        assert row.availability * row.effectiveness * row.quality_ratio == pytest.approx(row.oee, rel=1e-12)
        assert 1 - row.availability == pytest.approx(row.down + row.blocked + row.starved + row.kit)
        assert row.availability * (1 - row.effectiveness) == pytest.approx(row.slow)
        assert row.effectiveness < 1 or row.slow == 0
        assert 0 < row.quality_ratio < 1


def test_down_share_is_the_share_of_working_time_described(year):
    played = play(year.tables, 4, range(400), codes.BREAKDOWN)
    sums = played.states.sum(axis=0).astype(float)
    shares = sums[:, codes.DOWN] / (sums[:, codes.DOWN] + sums[:, codes.WORKING])
    assert shares == pytest.approx(0.05, abs=0.006)


def test_units_are_conserved(twin):
    built = {p: sum(f.mean for f in twin.built if f.period == p and f.group != "all") for p in twin.periods}
    opening, used = {"truck": 3, "bus": 0, "body": 2}, {"body": 9}
    for family, units in opening.items():
        for p in twin.periods:
            made = next(f.mean for f in twin.built if (f.period, f.group) == (p, family))
            sold = sum(f.mean for f in twin.sold if (f.period, f.group) == (p, family))
            left = next(f.mean for f in twin.finished_stock if (f.period, f.group) == (p, family))
            gone = units + made - sold - left
            assert gone == pytest.approx(0, abs=1e-9) or family in used
            units = left
    assert sum(built.values()) <= 204


def test_causes_sum_to_the_days_late(year, twin):
    played = play(year.tables, 3, range(50))
    days = days_late(year.scenario, year.tables, played).mean()
    assert sum(c.days for c in twin.causes) == pytest.approx(days)
    assert [c.cause for c in twin.causes] == [
        "kit late", "part missing", "damage", "breakdown", "absence", "rework", "station times", "capacity",
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_paper(twin):
    again = simulate(tiny.plant(), tiny.plan(), replications=50, seed=3, threads=1)
    assert again.model_copy(update={"seconds": 0.0}) == twin.model_copy(update={"seconds": 0.0})
    assert simulate(tiny.plant(), tiny.plan(), replications=50, seed=4).checksum != twin.checksum


def test_a_fan_is_in_order_and_planned_comes_from_the_plan(twin):
    assert all(f.p10 <= f.p50 <= f.p90 for rows in (twin.built, twin.sold, twin.overtime_h) for f in rows)
    first = next(f for f in twin.built if f.group == "truck")
    assert first.planned == 18 + 9 + 2  # two stood in work on the opening day
    assert twin.year_total.planned == 4 * (18 + 9 + 14) + 2


def test_one_replication_and_none():
    assert simulate(tiny.plant(), tiny.plan(), replications=1).built[0].half_width == 0
    with pytest.raises(ValueError, match="0 replications"):
        simulate(tiny.plant(), tiny.plan(), replications=0)


def test_an_empty_plan():
    twin = simulate(tiny.plant(stock=()), tiny.plan(build=(), sales=(), people=(), lots=()), replications=3)
    assert twin.year_total.mean == 0
    assert all(row.starved == 1 for row in twin.stations)
    assert all((row.oee, row.effectiveness, row.quality_ratio) == (0, None, None) for row in twin.stations)
    assert build_calendar(tiny.plant(stock=()), tiny.plan(build=(), sales=())).units == ()


def test_overtime_is_opened_when_the_line_is_behind():
    rush = tiny.plan(build=(tiny.build(0, "b-city", 40),), sales=(), lots=())
    never = simulate(tiny.plant(), rush, 20, options=Options(overtime_behind_units=10**6))
    soon = simulate(tiny.plant(), rush, 20, options=Options(overtime_behind_units=0))
    assert sum(f.mean for f in never.overtime_h) == 0
    assert sum(f.mean for f in soon.overtime_h[1:]) > 10
    assert soon.overtime_h[0].mean == 0  # nobody is behind at the start
    march = [
        next(f.mean for f in r.built if (f.period, f.group) == ("2026-03", "bus")) for r in (soon, never)
    ]
    assert march[0] > march[1] > 0


def test_overtime_hours_the_plan_asks_for_are_opened():
    from knockdown.documents.master_plan import LineLoad

    rows = tuple(
        LineLoad(plant="tiny", period=m, line="long", available_h=160, overtime_h=20, used_h=100)
        for m in tiny.MONTHS
    )
    twin = simulate(tiny.plant(), tiny.plan(lines=rows), 20)
    assert all(f.planned == 20 for f in twin.overtime_h)
    assert all(0 < f.mean <= 20.01 for f in twin.overtime_h[:1])


def test_more_people_away_slows_the_line():
    def slow(share):
        plant = tiny.plant()
        crew = plant.crews["all"].model_copy(update={"absence_share": share})
        twin = simulate(replace(plant, crews={"all": crew}), tiny.plan(), 20)
        return sum(row.slow for row in twin.stations)

    assert slow(0.0) == 0 < slow(0.05) < slow(0.2)


def test_progress_ends_at_one():
    told = []
    simulate(tiny.plant(), tiny.plan(), 4, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
