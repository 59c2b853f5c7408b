"""A sweep as a person reads it: the best points, a map of all, and how sure it is."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from rich.console import Console

from knockdown.documents.line_result import Estimate
from knockdown.documents.sweep import SweepPoint, SweepResult
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped

if TYPE_CHECKING:
    from knockdown.workflow.sweep import Swept

MOST_ROWS = 20
SHADES, PLAIN_SHADES = " ░▒▓█", " .:*#"
CELL = 9
MOST_COLUMNS = 10


def show(console: Console, found: Swept) -> None:
    """What was found, in words, a table and a map."""
    screen, paper = Screen(console), found.paper
    screen.say(f"{paper.subject}: {len(paper.points):,} points", "bold", 0)
    _says(screen, paper)
    _table(screen, paper)
    if len(paper.axes) == 2 and paper.design == "grid":
        _map(screen, paper)
    for point in [each for each in paper.points if each.status == "unfit"][:5]:
        screen.say(f"point {point.point} ({_values(point)}) cannot be played: {point.why}")
    for note in paper.notes:
        screen.say(note)
    kept = f", {found.kept:,} parts of it kept from before" if found.kept else ""
    screen.say(f"Seed {paper.seed}{kept}. {', '.join(str(path) for path in found.files)}", "dim")


def _says(screen: Screen, paper: SweepResult) -> None:
    if paper.selection is not None:
        screen.say(paper.selection.says)
    base = paper.points[paper.base - 1]
    as_described = " (as described)" if paper.base_as_described else ""
    screen.say(
        f"± is half of the 95 % interval. Gain is over point {paper.base}{as_described}: {_values(base)};"
        " its interval is of pairs on the same random numbers, each point by itself."
    )


def _table(screen: Screen, paper: SweepResult) -> None:
    ranked = sorted((p for p in paper.points if p.rank is not None), key=lambda p: p.rank or 0)
    shown = ranked[:MOST_ROWS]
    screen.title(f"Points by {paper.metric}, {paper.direction} first")
    rows = [
        [
            str(p.point),
            *(str(v) for v in p.values.values()),
            _figure(p.metrics.get(paper.metric)),
            "base" if p.point == paper.base else _figure(p.difference.get(paper.metric), signed=True),
            grouped(p.replications),
        ]
        for p in shown
    ]
    paths = [axis.path for axis in paper.axes]
    screen.table(["Point", *paths, paper.metric, "Gain", "Replications"], rows, drop=(len(paths) + 3,))
    if len(ranked) > len(shown):
        screen.say(f"and {len(ranked) - len(shown):,} more in points.csv", "dim")


def _map(screen: Screen, paper: SweepResult) -> None:
    """A cell for each point of two axes, darker for more."""
    down, across = paper.axes
    if len(across.values) > MOST_COLUMNS or len(down.values) > 4 * MOST_COLUMNS:
        return
    means = [
        None if p.status == "unfit" or paper.metric not in p.metrics else p.metrics[paper.metric].mean
        for p in paper.points
    ]
    known = [m for m in means if m is not None]
    if not known:
        return
    screen.title(f"{paper.metric}: {down.path} down, {across.path} across")
    shades = SHADES if "utf" in screen.encoding.lower() else PLAIN_SHADES
    head = max(len(str(v)) for v in down.values)
    screen.say(" " * head + "".join(f"{v!s:>{CELL + 2}}" for v in across.values), "dim")
    for i, value in enumerate(down.values):
        row = means[i * len(across.values) : (i + 1) * len(across.values)]
        cells = "".join(_cell(m, min(known), max(known), shades) for m in row)
        screen.put((f"  {value!s:>{head}}{cells}", ""))


def _cell(mean: float | None, low: float, high: float, shades: str) -> str:
    if mean is None:
        return f"{'unfit':>{CELL + 2}}"
    share = (mean - low) / (high - low) if high > low else 1.0
    shade = shades[min(len(shades) - 1, int(share * len(shades)))]
    return f" {shade}{mean:>{CELL}.4g}"


def _values(point: SweepPoint) -> str:
    return ", ".join(f"{path} = {value}" for path, value in point.values.items())


def _figure(figure: Estimate | None, signed: bool = False) -> str:
    """A mean with two digits of the half-width of its interval.

    >>> _figure(Estimate(mean=1.2345, se=0.01, ci95=(1.2145, 1.2545)), signed=True)
    '+1.234 ± 0.020'
    """
    if figure is None:
        return ""
    half = figure.ci95[1] - figure.mean
    decimals = min(9, max(0, 1 - floor(log10(half)))) if half > 0.0 else 4
    sign = "+" if signed and figure.mean > 0.0 else ""
    error = f" ± {grouped(half, decimals)}" if half > 0.0 else ""
    return f"{sign}{grouped(figure.mean, decimals)}{error}"
