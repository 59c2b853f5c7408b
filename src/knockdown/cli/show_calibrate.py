"""A calibration as a person reviews it: what was fitted, how well, and which cells would change."""

from __future__ import annotations

from rich.console import Console

from knockdown.documents.calibration import Calibrated, Calibration, FittedValue
from knockdown.reports.screen import Screen
from knockdown.reports.words import grouped

LEAST_P = 0.01


def show(console: Console, paper: Calibration) -> None:
    """Tables of fitted values and of cells, then what could not be fitted."""
    screen = Screen(console)
    screen.say(f"{paper.plant}: records of {paper.since} to {paper.until}", "bold", 0)
    if paper.held_out_from is not None:
        screen.say(f"From {paper.held_out_from} on they are kept out of the fit, and try it.")
    _fitted(screen, paper)
    for fit in paper.fitted:
        for word in _warnings(fit):
            screen.say(f"{fit.sort} {fit.subject}: {word}", hang=2)
    _changes(screen, paper)
    if paper.not_fitted:
        screen.title("Not fitted")
    for each in paper.not_fitted:
        screen.say(f"{each.sort} {each.subject}: {each.why}", hang=2)


def _fitted(screen: Screen, paper: Calibration) -> None:
    if not paper.fitted:
        return
    screen.title("Fitted values")
    heads = ["Quantity", "", "Fitted", "95 %", "Present", "n", "p", "P50 / P90"]
    rows = []
    for fit in paper.fitted:
        shown = fit.values[1:] if fit.sort == "scatter" else fit.values  # its mean is 1 by itself
        for i, value in enumerate(shown):
            own = f"{fit.sort} {fit.subject}" if i == 0 else ""
            last = [grouped(fit.n), _p(fit), _held(fit)] if i == 0 else ["", "", ""]
            rows.append([own, _named(value, fit.unit), *_numbers(value), *last])
    screen.table(heads, rows, left=2, drop=(7, 6))
    screen.say(
        "p: of the fit, 499 samples. P50 / P90: share of held-out observations at or below them.", "dim"
    )


def _named(value: FittedValue, unit: str) -> str:
    return value.name if unit in ("share", "ratio") or value.name == "cv" else f"{value.name}, {unit}"


def _numbers(value: FittedValue) -> list[str]:
    low, high = value.ci95
    present = "" if value.present is None else f"{value.present:.4g}"
    return [f"{value.value:.4g}", f"{low:.4g} to {high:.4g}", present]


def _p(fit: Calibrated) -> str:
    return "" if fit.goodness is None else f"{fit.goodness.p:.3f}"


def _held(fit: Calibrated) -> str:
    return " / ".join(f"{100 * each.share:.0f} %" for each in fit.coverage)


def _warnings(fit: Calibrated) -> list[str]:
    found = list(fit.notes)
    if fit.goodness is not None and fit.goodness.p < LEAST_P:
        found.append(f"does not look {fit.model} (p {fit.goodness.p:.3f})")
    if fit.drift is not None and fit.drift.drifts:
        found.append(f"drifts: the later half is {fit.drift.ratio:.2f} times the earlier")
    found += [
        f"P{100 * each.quantile:.0f} held out is {100 * each.share:.0f} %: the fit does not hold there"
        for each in fit.coverage
        if not each.fits
    ]
    return found


def _changes(screen: Screen, paper: Calibration) -> None:
    if not paper.changes:
        screen.say("No cell is contradicted by the records.")
        return
    screen.title("Cells that the records contradict")
    rows = [
        [c.file, grouped(c.row), c.key, c.column, c.old, c.new, grouped(c.n), c.why] for c in paper.changes
    ]
    screen.table(
        ["File", "Row", "Id", "Column", "From", "To", "n", "Why"], rows, left=4, squeeze=7, drop=(7,)
    )
    if paper.written_to is None:
        screen.say("Nothing is changed. --write DIR writes a copy of the plant with these cells.")
    else:
        screen.say(f"Written to {paper.written_to}; compare it with the plant, then use it in its place.")
