"""A floor's history with known parameters, drawn with keyed numbers, for calibration to find again."""

from datetime import UTC, date, datetime

import numpy as np

from knockdown.basics.rng import Stream, exponential, lognormal, triangular, uniform
from knockdown.events.envelope import tell
from knockdown.events.vocabulary import (
    ClaimDrafted,
    ClaimSent,
    DiscrepancyFound,
    KitLotArrived,
    KitLotCleared,
    KitLotOrdered,
    PartReplaced,
    ShiftEnded,
    ShiftStarted,
    StationRestarted,
    StationStopped,
    UnitLeftLine,
    UnitReleased,
    WorkCompleted,
    WorkStarted,
)
from knockdown.plant.calendar import plant_calendar
from knockdown.plant.load import load
from knockdown.timing.working_time import DAY_MS, FOREVER_MS, MIN_MS, axis, to_calendar

START = date(2026, 1, 5)
MIDNIGHT = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1000
# The small plant says 60, 135 and 45 min, cv 0.2 and 0.1, 25 min of repair, 2 % down, 0.9.
MEANS = {"S1": 72.0, "S2": 120.0, "B1": 22.5}
CVS = {"S1": 0.3, "S2": 0.2, "B1": 0.1}
RATE, ENOUGH = 0.8, 20
UP_MIN, REPAIR_MIN = 600.0, 40.0
LEAD, CLEAR = (25.0, 40.0, 70.0), (1.0, 3.0, 6.0)
REPLACE = (10.0, 15.0, 40.0)
ABSENCE = 0.12


class Floor:
    """Collects events; each subject counts its own."""

    def __init__(self, folder):
        self.events, self.versions, self.plant = [], {}, load(folder)
        calendar = plant_calendar(self.plant.file.calendar, self.plant.calendar_days)
        self.workdays = calendar.workdays(START, date(2027, 12, 31))
        self.days = axis(START, [START, date(2028, 1, 1)], self.workdays, calendar.windows_min())

    def say(self, at_ms, subject, body, place=None):
        version = self.versions[type(body).subject_type, subject] = (
            self.versions.get((type(body).subject_type, subject), 0) + 1
        )
        event = tell(body, writer="floor", run="hall", subject_id=subject, version=version,
                     happened_at=MIDNIGHT + int(at_ms), place=place)  # fmt: skip
        self.events.append(event)
        return event.event_id

    def clock(self, working_ms, closing):
        zero = np.zeros(2, np.int64)
        return int(to_calendar(self.days, np.array([0, FOREVER_MS]), zero, 1, int(working_ms), closing))


def history(folder, n_units=400, n_lots=80, n_days=250):
    floor = Floor(folder)
    for station in MEANS:
        _station(floor, station, n_units)
    _lots(floor, n_lots)
    _shifts(floor, n_days)
    return floor.events


def _u(stream, a, b=0):
    return uniform(11, stream, 0, a, b)


def _station(floor, station, n_units):
    """Stations are told one by one with units of their own: the records of one do not lean on another."""
    number = list(MEANS).index(station)
    now, worked, stops = 0, 0, 0
    fails = exponential(_u(Stream.BREAKDOWN, number, 0), UP_MIN * MIN_MS)
    for k in range(n_units):
        work = lognormal(_u(Stream.STATION_TIME, k, number), MEANS[station] * MIN_MS, CVS[station])
        nth = k * len(MEANS) + number + 1  # the stations release units of the family in turn
        left = max(1, int(work * _learned(nth)))
        unit = f"{station}-{k}"
        floor.say(nth - 10 * DAY_MS, unit, UnitReleased(variant_id="t80a", line_id="main"))
        floor.say(floor.clock(now, False), unit, WorkStarted(), station)
        while station == "S1" and fails - worked < left:
            step = int(fails - worked)
            repair = max(1, int(exponential(_u(Stream.REPAIR, number, stops), REPAIR_MIN * MIN_MS)))
            now, worked, left, stops = now + step, worked + step, left - step, stops + 1
            stop = StationStopped(stop_id=f"s{stops}", reason="breakdown")
            floor.say(floor.clock(now, False), station, stop)
            now += repair
            floor.say(floor.clock(now, True), station, StationRestarted(stop_id=f"s{stops}"))
            fails = worked + exponential(_u(Stream.BREAKDOWN, number, stops), UP_MIN * MIN_MS)
        now, worked = now + left, worked + left
        floor.say(floor.clock(now, True), unit, WorkCompleted(), station)
        floor.say(floor.clock(now, True), unit, UnitLeftLine(line_id="main"))


def _learned(k):
    return (min(k, ENOUGH) / ENOUGH) ** np.log2(RATE)


def _lots(floor, n_lots):
    for k in range(n_lots):
        at, lot = k * 4 * DAY_MS, f"L{k}"
        arrival = at + triangular(_u(Stream.KIT_LEAD, k), *LEAD) * DAY_MS
        cleared = arrival + triangular(_u(Stream.CLEARANCE, k), *CLEAR) * DAY_MS
        floor.say(at, lot, KitLotOrdered(contract_id="k25", variant_id="t80a", n_kits=10))
        floor.say(arrival, lot, KitLotArrived())
        floor.say(cleared, lot, KitLotCleared())
        found = floor.say(cleared, lot, DiscrepancyFound(part_id="P-1", claim_code="S", n_parts=1))
        claim = f"C{k}"
        floor.say(cleared, lot, ClaimDrafted(claim_id=claim, discrepancy_ids=(found,)))
        floor.say(cleared, lot, ClaimSent(claim_id=claim))
        there = cleared + triangular(_u(Stream.REPLACEMENT_LEAD, k), *REPLACE) * DAY_MS
        floor.say(there, lot, PartReplaced(part_id="P-1", n_parts=1, source="partner", claim_id=claim))


def _shifts(floor, n_days):
    for k, day in enumerate(floor.workdays[:n_days]):
        at = (day - START).days * DAY_MS + 8 * 60 * MIN_MS
        away = sum(_u(Stream.ABSENCE, k, person) < ABSENCE for person in range(5))
        floor.say(at, "fitters", ShiftStarted(shift_id=f"d{k}", n_people=5 - away))
        floor.say(at + 9 * 60 * MIN_MS, "fitters", ShiftEnded(shift_id=f"d{k}"))
