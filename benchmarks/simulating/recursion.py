"""Visits per second of the compiled line recursion against plain Python.

    python benchmarks/simulating/recursion.py [--vehicles 20000]

A visit is one vehicle at one station. Both sides of the first line play the same work times on 20 stations
with buffers of 2, alternating, median of 5, CPU time of one core; the departures must agree to the bit.
Plain Python plays a twentieth of the vehicles.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from knockdown.timing import plain
from knockdown.timing.recursion import line_times

N_STATIONS, BUFFER, ROUNDS = 20, 2, 5


def cpu_seconds(call):
    """CPU time of a call, and what it returned."""
    began = time.process_time()
    found = call()
    return time.process_time() - began, found


def main() -> None:
    """Print one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vehicles", type=int, default=20_000)
    n = parser.parse_args().vehicles
    rng = np.random.default_rng(1)
    work = rng.lognormal(11.0, 0.3, (n, N_STATIONS)).astype(np.int64)
    ready, places = np.zeros(n, np.int64), np.ones(N_STATIONS, np.int64)
    buffers = np.full(N_STATIONS, BUFFER)
    few = max(1, n // 20)
    line_times(ready[:2], work[:2], places, buffers)
    fast, slow = [], []
    for _ in range(ROUNDS):
        seconds, ours = cpu_seconds(lambda: line_times(ready, work, places, buffers))
        fast.append(n * N_STATIONS / seconds)
        part = (ready[:few].tolist(), work[:few].tolist(), places.tolist(), buffers.tolist())
        seconds, theirs = cpu_seconds(lambda part=part: plain.line_times(*part))
        slow.append(few * N_STATIONS / seconds)
        assert ours[2][:few].tolist() == theirs[2], "the two sides do not agree"
    ours_s, theirs_s = statistics.median(fast), statistics.median(slow)
    print(f"recursion {ours_s / 1e6:.0f} M visits/s, plain Python {theirs_s / 1e3:.0f} k visits/s", end=", ")
    print(f"ratio {ours_s / theirs_s:.0f} (departures of {few} vehicles agree)")


if __name__ == "__main__":
    main()
