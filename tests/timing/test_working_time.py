"""The working-time axis against counting minutes one by one."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knockdown.timing.working_time import (
    DAY_MS,
    MIN_MS,
    axis,
    moment,
    overtime_room_ms,
    period_of_calendar,
    to_calendar,
    to_working,
)

START = date(2026, 1, 1)
HALLS = {
    "day shift": [(480, 720), (780, 1020)],
    "two shifts": [(360, 840), (840, 1320)],
    "night": [(1320, 1560), (1600, 1800)],
    "round the clock": [(360, 1800)],
}


class Counted:
    """Three periods of days, overtime in the second, played minute by minute."""

    def __init__(self, windows, overtime_min):
        firsts = [START, START + timedelta(days=5), START + timedelta(days=9), START + timedelta(days=14)]
        self.worked = [d for d in range(20) if d % 7 not in (2, 3)]
        self.days = axis(START, firsts, [START + timedelta(days=d) for d in self.worked], windows)
        room = overtime_room_ms(self.days) // MIN_MS
        extra = [0, min(room, overtime_min), 0, 0]
        self.overtime = np.array(extra, np.int64) * MIN_MS
        regular = sum(b - a for a, b in windows)
        bounds = [(f - START).days for f in firsts] + [10**6]
        self.minutes = []
        self.starts = [0]
        for p in range(4):
            for d in [d for d in self.worked if bounds[p] <= d < bounds[p + 1]]:
                spans = [*windows, (windows[-1][1], windows[-1][1] + extra[p])]
                self.minutes += [d * 1440 + m for a, b in spans for m in range(a, b)]
            self.starts.append(len(self.minutes))
        assert regular > 0
        self.work = np.array([s * MIN_MS for s in self.starts], np.int64)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(HALLS)), st.integers(0, 300), st.integers(0, 19 * 1440))
def test_both_directions_agree_with_counting(hall, overtime_min, minute):
    counted = Counted(HALLS[hall], overtime_min)
    tables = (counted.days, counted.work, counted.overtime)
    passed = sum(m < minute for m in counted.minutes)
    assert to_working(*tables, minute * MIN_MS) == passed * MIN_MS
    if passed < len(counted.minutes):
        assert to_calendar(*tables, 4, passed * MIN_MS, False) == counted.minutes[passed] * MIN_MS
    if passed > 0:
        assert to_calendar(*tables, 4, passed * MIN_MS, True) == (counted.minutes[passed - 1] + 1) * MIN_MS


@given(st.integers(0, 19 * DAY_MS), st.integers(0, 19 * DAY_MS))
def test_working_time_never_runs_backwards(a, b):
    counted = Counted(HALLS["night"], 60)
    tables = (counted.days, counted.work, counted.overtime)
    low, high = sorted((a, b))
    assert to_working(*tables, low) <= to_working(*tables, high)


def test_the_period_of_a_moment():
    days = Counted(HALLS["day shift"], 0).days
    found = [
        int(period_of_calendar(days.day_period, days.last_day, d * DAY_MS)) for d in (-1, 0, 5, 9, 14, 99)
    ]
    assert found == [0, 0, 1, 1, 3, 3]  # day 9 is free: the last day worked before it is in period 1


def test_a_moment_is_plant_time():
    assert moment(START, DAY_MS + 90 * MIN_MS) == datetime(2026, 1, 2, 1, 30)


def test_no_working_day_is_refused():
    with pytest.raises(ValueError, match="no working time"):
        axis(START, [START], [], [(480, 720)])
