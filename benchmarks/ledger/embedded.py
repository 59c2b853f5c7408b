"""The embedded ledger under load, against raw inserts in the same run, and its speed as it grows.

    .venv/bin/python benchmarks/ledger/embedded.py [ROUNDS] [LARGEST]

Prints one line a round and a size; ROUNDS are 5 and LARGEST is 1,000,000 events when left out.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from knockdown.basics.clock import SystemClock
from knockdown.ledger.trials.load import measure_load, measure_waits
from knockdown.ledger.trials.reach import as_log, measure_histories, measure_recovery


def main(n_rounds: int, largest: int) -> None:
    """Rates, waits, histories, recovery."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="knockdown-bench-") as name:
        folder = Path(name)
        load = measure_load(folder, n_rounds, n_each=200)
        for ours, raw in zip(load.ledger_per_s, load.raw_per_s, strict=True):
            print(f"ledger {ours:>8,.0f}/s   raw {raw:>8,.0f}/s   {ours / raw:.0%}")
        print(
            f"medians {load.share:.0%} of raw with the same keys, {load.share_of_plain:.0%} of plain inserts"
        )
        print(f"one thread alone inserts {load.ceiling_per_s:,.0f}/s")
        waits = measure_waits(folder / "waits.kd", SystemClock(), seconds=20)
        print(f"at 200/s: p50 {waits.p50_ms:.1f}, p99 {waits.p99_ms:.1f}, worst {waits.worst_ms:.1f} ms")
        sizes = tuple(10**k for k in range(4, 9) if 10**k <= largest)
        times = measure_histories(folder / "large.kd", SystemClock(), sizes, print)
        print(f"growth of a history's time by growth of log n: {as_log(times):.2f}")
        kills = measure_recovery(folder / "large.kd", SystemClock(), seed=1, n_kills=10)
        print(f"back after kill -9 at {sizes[-1]:,} events: {kills.worst_recovery_s * 1000:.0f} ms at worst")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*[*words, *(5, 1_000_000)[len(words) :]])
