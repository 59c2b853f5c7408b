"""What is said where: one answer on stdout, everything else on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from knockdown.workflow.progress import Step, Tell

SUBSTITUTE = "replace"


def say(text: str) -> None:
    """A message for the person, on stderr, without anything that could drive a terminal."""
    text = text.replace("\u202f", " ")
    lines = ("".join(sign if sign.isprintable() else "?" for sign in line) for line in text.split("\n"))
    print("\n".join(lines), file=sys.stderr, flush=True)


def answer(text: str) -> None:
    """The answer, on stdout; UTF-8 whatever the terminal's own encoding, as JSON has to be."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", SUBSTITUTE))
    sys.stdout.buffer.flush()


def console() -> Console:
    """Where summaries are written."""
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def progress(quiet: bool) -> Iterator[Tell]:
    """Show how far a job has come: a bar with the time left on a terminal, a line a stage elsewhere."""
    if quiet:
        yield lambda step: None
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _Lines().tell


class _Lines:
    """A line as each stage begins."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.stage = ""

    def tell(self, step: Step) -> None:
        if step.stage != self.stage:
            self.stage = step.stage
            say(f"{time.monotonic() - self.began:6.1f} s  {step.stage}")


@contextmanager
def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    whole, cut = Column(no_wrap=True), Column(no_wrap=True, overflow="ellipsis", ratio=1)
    columns = (
        TextColumn("{task.description}", markup=False, table_column=whole),
        BarColumn(bar_width=16, table_column=Column(no_wrap=True, min_width=16)),
        TextColumn("{task.fields[left]}", markup=False, table_column=whole),
        TextColumn("{task.fields[detail]}", style="dim", markup=False, table_column=cut),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as shown:
        yield _Bar(shown).tell


class _Bar:
    """One bar, renamed as stages follow one another."""

    def __init__(self, shown: Any) -> None:
        self.shown = shown
        self.stage = ""
        self.task: Any = None

    def tell(self, step: Step) -> None:
        if step.stage != self.stage:
            if self.task is not None:
                self.shown.remove_task(self.task)
            self.task = self.shown.add_task(step.stage, total=None, left="", detail="")
            self.stage = step.stage
        left = "" if step.left_s is None else f"about {step.left_s:.0f} s left"
        total = None if step.share is None else 1.0
        self.shown.update(self.task, completed=step.share or 0.0, total=total, left=left, detail=step.detail)
