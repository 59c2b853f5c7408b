"""Shows what was promised and what was measured: `knockdown bench kitting` and `bench simulating`."""

from __future__ import annotations

from rich.console import Console

from knockdown.documents.kit_bench import KitBenchReport
from knockdown.documents.line_bench import LineBenchReport
from knockdown.reports.screen import Screen
from knockdown.reports.words import some


def promises(console: Console, subject: str, paper: KitBenchReport | LineBenchReport) -> None:
    """A row for each promise, with the load of the machine."""
    screen = Screen(console)
    kept = sum(row.ok for row in paper.rows)
    screen.say(f"{subject}, measured here: {kept} of {some(len(paper.rows), 'promise')} kept", "bold", 0)
    for row in paper.rows:
        mark = ("kept    ", "green") if row.ok else ("BROKEN  ", "bold red")
        screen.put(("  ", ""), mark, (row.name, "bold"))
        screen.say(f"{row.figure} (promised: {row.target}; load {row.load:.1f})", indent=10)
        if row.peer:
            screen.say(f"Beside it: {row.peer}", "dim", indent=10)
    loads = f"load {paper.load_before:.1f} before, {paper.load_after:.1f} after"
    screen.say(f"{some(paper.n_cores, 'core')}, {loads}", "dim", 0)
