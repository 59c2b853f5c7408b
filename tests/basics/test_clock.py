import time

import pytest

from knockdown.basics.clock import Clock, FixedClock, SystemClock


def test_the_system_clock_tells_utc_milliseconds():
    before = time.time()
    now_ms = SystemClock().now_ms()
    assert isinstance(now_ms, int)
    assert before - 1 <= now_ms / 1000 <= time.time() + 1


def test_a_fixed_clock_stands_still_until_told():
    clock: Clock = FixedClock(7)
    assert (clock.now_ms(), clock.now_ms()) == (7, 7)
    clock.advance(3)
    assert clock.now_ms() == 10


def test_a_fixed_clock_does_not_go_back():
    clock = FixedClock(7)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
    assert clock.now_ms() == 7
