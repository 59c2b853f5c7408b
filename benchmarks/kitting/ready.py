"""Which units can be finished: our answer against one whole program for HiGHS, and against taking turns.

    .venv/bin/python benchmarks/kitting/ready.py [SECONDS]

Prints one row a question. `first` and `best` are seconds of the whole answer, all later days included, on
the first run and the best of five; `program` is today's question alone, as one program with nothing left
out. The last three columns are weight ready today as a share of ours: the program's in its time, that of
serving units by due day, and by weight.
"""

from __future__ import annotations

import os
import sys

from knockdown.kitting.trials.ready_lots import rows


def main(seconds: float) -> None:
    """One row a question."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; at most {seconds:g} s each; gaps in %")
    print(
        f"{'question':<30}{'units':>6}{'ready':>6}{'first':>7}{'best':>7}{'gap':>6}{'programs':>9}{'check':>7}"
        f"{'gains':>12}{'program':>9}{'gap':>7}{'/ours':>8}{'by due':>8}{'by weight':>10}"
    )
    for row in rows(seconds=seconds):
        gains = f"{row.n_changes} in {row.gains_s:.2f}"
        print(
            f"{row.name:<30}{row.n_units:>6}{row.n_ready:>6}{row.ready_first_s:>7.2f}{row.ready_s:>7.2f}"
            f"{100 * row.gap:>6.2f}{row.n_programs:>9}{row.check_s:>7.2f}{gains:>12}{row.program_s:>9.1f}"
            f"{100 * row.program_gap:>7.2f}{row.program_share:>8.4f}{row.by_due_share:>8.4f}"
            f"{row.by_weight_share:>10.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
