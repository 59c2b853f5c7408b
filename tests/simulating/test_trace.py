"""The plan played as meant, told as events, and folded like any history."""

from collections import Counter, defaultdict

import pytest

from knockdown.events.codec import from_lines, to_line
from knockdown.events.envelope import Event
from knockdown.events.life.fold import fold
from knockdown.simulating.run import build_calendar
from knockdown.simulating.trace import midnight_ms, nominal
from tests.simulating import tiny


@pytest.fixture(scope="module")
def told() -> list[Event]:
    return list(nominal(tiny.plant(), tiny.plan(), "T-1"))


def test_every_history_is_lawful(told):
    histories = defaultdict(list)
    for event in told:
        histories[event.subject].append(event)
    for subject, events in histories.items():
        assert fold(subject, events).version == len(events)


def test_events_are_whole_and_in_order_of_time(told):
    assert from_lines(map(to_line, told)) == told
    assert [e.happened_at for e in told] == sorted(e.happened_at for e in told)
    assert len({e.event_id for e in told}) == len(told)


def test_units_are_those_of_the_build_calendar_at_its_times(told):
    calendar = build_calendar(tiny.plant(), tiny.plan())
    released = {e.subject_id: e for e in told if e.kind == "UnitReleased"}
    left = {e.subject_id: e for e in told if e.kind == "UnitLeftLine"}
    assert set(released) == set(left) == {unit.unit for unit in calendar.units}
    for unit in calendar.units:
        assert _iso(released[unit.unit].happened_at) == unit.starts_on
        assert _iso(left[unit.unit].happened_at) == unit.leaves_on
        assert released[unit.unit].body["kit_lot_id"] == (unit.kit_lot or None)


def test_each_unit_is_worked_on_once_at_every_station_of_its_way(told):
    plant = tiny.plant()
    places = defaultdict(list)
    for event in told:
        if event.kind == "WorkStarted":
            places[event.subject_id].append(event.place)
    for event in told:
        if event.kind == "UnitReleased":
            line = plant.lines[event.body["line_id"]]
            way = [s.id for part in (line.id, line.then) if part for s in plant.stations_of(part)]
            assert places[event.subject_id] == way


def test_kits_of_a_lot_are_numbered_and_not_more_than_it_has(told):
    numbers = defaultdict(list)
    for event in told:
        if event.kind == "UnitReleased" and event.body["kit_lot_id"]:
            numbers[event.body["kit_lot_id"]].append(event.body["kit_no"])
    sizes = {e.subject_id: e.body["n_kits"] for e in told if e.kind == "KitLotOrdered"}
    arrived = {e.subject_id: e.happened_at for e in told if e.kind == "KitLotArrived"}
    for lot, taken in numbers.items():
        assert taken == list(range(1, len(taken) + 1))
        assert len(taken) <= sizes.get(lot, len(taken))
        assert lot in arrived


def test_a_station_holds_no_more_units_than_it_has_places(told):
    plant, inside, most = tiny.plant(), Counter(), Counter()
    changes = [(e.happened_at, e.kind == "WorkStarted", e.place) for e in told if e.kind.startswith("Work")]
    for _, starts, place in sorted(changes):  # an end makes room for a start at the same moment
        inside[place] += 1 if starts else -1
        most[place] = max(most[place], inside[place])
    assert most
    assert all(n <= plant.stations[place].places for place, n in most.items())


def _iso(ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ms // 1000, UTC).replace(tzinfo=None).isoformat()


def test_midnight_is_plant_time():
    from datetime import date

    assert _iso(midnight_ms(date(2026, 2, 28))) == "2026-02-28T00:00:00"
