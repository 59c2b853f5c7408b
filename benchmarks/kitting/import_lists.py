"""Import of packing lists of 100,000 lines (20 lots x 5,000): time beyond reading the sheet, and peak memory.

    .venv/bin/python benchmarks/kitting/import_lists.py [LOTS] [LINES]

Prints one row a layout. `read` is reading the sheets in the limited process, `work` all that the whole
command does beyond it (start, plant, check, ledger, supply lists, answer) on the clock, `cpu` the same in
seconds of the processor, `import` without starting and reading the plant; memory is the peak of each
process in MB.
"""

from __future__ import annotations

import os
import sys

from knockdown.kitting.trials.packing_bench import TARGET_MB, TARGET_S, rows


def main(n_lots: int, n_lines: int) -> None:
    """One row a layout."""
    promised = f"promised < {TARGET_S:g} s, < {TARGET_MB:g} MB"
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {promised}")
    heads = f"{'read':>8}{'work':>7}{'cpu':>7}{'import':>8}{'parent':>8}{'child':>7}"
    print(f"{'layout':<30}{'lines':>9}{heads}  kept")
    for row in rows(n_lots, n_lines):
        print(
            f"{row.name:<30}{row.n_lines:>9,}{row.read_s:>8.1f}{row.work_s:>7.2f}{row.work_cpu_s:>7.2f}{row.import_s:>8.2f}"
            f"{row.parent_mb:>8.0f}{row.child_mb:>7.0f}  {'yes' if row.ok else 'NO'}",
            flush=True,
        )
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    main(*(given + [20, 5_000][len(given) :]))
