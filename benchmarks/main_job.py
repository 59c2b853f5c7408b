"""The figures promised for the main job, measured as a user would: whole commands, wall seconds.

    .venv/bin/python benchmarks/main_job.py

Run it on an idle machine; the load is printed beside the figures. For the cold start see README.md here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KNOCKDOWN = Path(sys.executable).parent / "knockdown"


def timed(*arguments: str) -> tuple[float, str]:
    """Seconds and standard output of one command."""
    started = time.monotonic()
    done = subprocess.run([KNOCKDOWN, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = f"knockdown {' '.join(arguments)} ended with {done.returncode}"
        raise SystemExit(f"{said}: {done.stderr[-500:]}")
    return time.monotonic() - started, done.stdout


def main() -> None:
    """One row a figure."""
    rows = []
    help_seconds = min(timed("--help")[0] for _ in range(5))
    rows.append(("knockdown --help", "under 0.5 s", f"{help_seconds:.2f} s"))
    with tempfile.TemporaryDirectory() as folder:
        timed("run", "ganja", "--out", folder)
        seconds = sorted(timed("run", "ganja", "--out", folder)[0] for _ in range(3))[1]
    rows.append(("knockdown run ganja, warm, median of 3", "under 15 s", f"{seconds:.1f} s"))
    for name, months, allowed, target in (("ganja", 18, 10, 0.5), ("azerbaijan", 24, 60, 1.0)):
        options = ("--months", str(months), "--seconds", str(allowed), "--limits", "0", "--json")
        seconds, out = timed("plan", name, *options)
        plan = json.loads(out)
        figure = f"gap {100 * plan['gap']:.2f} % in {plan['seconds']:.1f} s ({seconds:.1f} s with start-up)"
        rows.append((f"plan {name}, {months} months", f"gap <= {target} % in {allowed} s", figure))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for what, target_text, figure in rows:
        print(f"| {what} | {target_text} | {figure} |")


if __name__ == "__main__":
    main()
