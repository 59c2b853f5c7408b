"""The compiled recursion against the story told in plain Python, and against theory."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from knockdown.basics.rng import Stream, exponential, uniform
from knockdown.timing import plain
from knockdown.timing.recursion import line_times

MAX_MS = 10**9


@st.composite
def lines(draw):
    n_stations, n_vehicles = draw(st.integers(1, 6)), draw(st.integers(0, 25))
    sized = {"min_size": n_stations, "max_size": n_stations}
    work = st.lists(st.integers(0, draw(st.sampled_from([3, 50, MAX_MS]))), **sized)
    return {
        "ready": draw(st.lists(st.integers(0, 200), min_size=n_vehicles, max_size=n_vehicles)),
        "work": draw(st.lists(work, min_size=n_vehicles, max_size=n_vehicles)),
        "places": draw(st.lists(st.integers(1, 3), **sized)),
        "buffers": draw(st.lists(st.integers(0, 3), **sized)),
        "wip_max": draw(st.sampled_from([0, 0, 1, 2, 5])),
    }


def compiled(line):
    work = np.array(line["work"], np.int64).reshape(len(line["ready"]), len(line["places"]))
    arrays = (np.array(line[name], np.int64) for name in ("places", "buffers"))
    return line_times(np.array(line["ready"], np.int64), work, *arrays, line["wip_max"])


@settings(max_examples=400, deadline=None)
@given(lines())
def test_recursion_and_story_agree_to_the_bit(line):
    told = plain.line_times(**line)
    for ours, theirs in zip(compiled(line), told, strict=True):
        assert ours.tolist() == theirs


@settings(max_examples=100, deadline=None)
@given(lines(), st.data())
def test_less_work_never_makes_anyone_later(line, data):
    before = compiled(line)[2]
    if not line["ready"]:
        return
    n = data.draw(st.integers(0, len(line["ready"]) - 1))
    j = data.draw(st.integers(0, len(line["places"]) - 1))
    line["work"][n] = [w // 2 if k == j else w for k, w in enumerate(line["work"][n])]
    line["ready"][n] //= 2
    assert (compiled(line)[2] <= before).all()


def test_makespan_of_a_deterministic_line():
    # Same vehicles, no buffers: sum of the work plus (n - 1) times the slowest station.
    work = np.tile(np.array([20, 70, 30, 50]), (40, 1))
    ones, zeros = np.ones(4, np.int64), np.zeros(4, np.int64)
    *_, leave = line_times(np.zeros(40, np.int64), work, ones, zeros)
    assert leave[-1, -1] == 20 + 70 + 30 + 50 + 39 * 70


@njit
def exponential_work(replication, n, mean_ms, stream):
    """Work of n jobs at two stations, drawn as the simulator draws it."""
    work = np.empty((n, 2), np.int64)
    for i in range(n):
        for j in range(2):
            work[i, j] = exponential(uniform(7, stream, replication, i, j), mean_ms)
    return work


def test_two_balanced_exponential_stations_without_a_buffer():
    # Throughput 2/3 per mean work time: E max(X, Y) = 3/2 (Hillier and Boling 1966).
    n, mean_ms, rates = 4000, 10**6, []
    for replication in range(30):
        work = exponential_work(replication, n, mean_ms, int(Stream.STATION_TIME))
        *_, leave = line_times(np.zeros(n, np.int64), work, np.ones(2, np.int64), np.zeros(2, np.int64))
        warm = n // 10
        rates.append((n - warm) * mean_ms / (leave[-1, -1] - leave[warm - 1, -1]))
    error = np.std(rates, ddof=1) / math.sqrt(len(rates))
    assert abs(np.mean(rates) - 2 / 3) < 4 * error
    assert error < 0.002


def test_shapes_that_do_not_fit_are_refused():
    one = np.ones(1, np.int64)
    with pytest.raises(ValueError, match="do not fit together"):
        line_times(one, np.ones((2, 1), np.int64), one, one)
    with pytest.raises(ValueError, match="a place or more"):
        line_times(one, np.ones((1, 1), np.int64), one * 0, one)
