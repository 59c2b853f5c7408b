"""Writes down what a sweep found: the document, and the table of its points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from knockdown import __version__
from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_json
from knockdown.documents.line_result import Estimate
from knockdown.documents.paper import Provenance
from knockdown.documents.sweep import SweepPoint, SweepResult, SweepSelection
from knockdown.simulating.experiments.compare import difference, of_values, values_of
from knockdown.simulating.line.estimate import Floats
from knockdown.workflow.papers import to_json, write_text, written_whole
from knockdown.workflow.sweep_options import FIRST_STAGE, SweepOptions
from knockdown.workflow.sweep_run import Found, Outcome
from knockdown.workflow.sweep_subject import Subject, Unfit, Values
from knockdown.workflow.sweep_vary import near

PROBED = 20
DOCUMENT, TABLE, COLUMNS = "sweep.json", "points.csv", "points.parquet"


def points_of(subject: Subject, outcome: Outcome, options: SweepOptions, base: int) -> tuple[SweepPoint, ...]:
    """Every point with its figures, its distance to the base, and its place."""
    found = [_values(subject, each) for each in outcome.points]
    shown = _shown(subject, found, options)
    name, direction = options.figure
    order = _ranked(found, name, -1.0 if direction == "highest" else 1.0)
    return tuple(
        SweepPoint(
            point=i + 1,
            values=dict(zip(subject.paths, each.values, strict=True)),
            status="unfit" if each.unfit else "done",
            why=each.unfit,
            replications=each.replications,
            rank=order.get(i),
            in_race=i in outcome.alive,
            metrics={k: of_values(v) for k, v in found[i].items() if k in shown},
            difference=_differences(found[i], found[base], shown),
        )
        for i, each in enumerate(outcome.points)
    )


def refuse_figures(subject: Subject, points: Sequence[Values], options: SweepOptions) -> None:
    """Raise BadInput for figures that no point has, before an hour of playing; told by the first that can be
    played."""
    for values in points[:PROBED]:
        try:
            sums = subject.play(values, 0, 1)
        except Unfit:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            known = list(subject.figures(values)(sums))
        name = options.figure[0]
        faults = [_no_figure("--metric", each, known) for each in options.metrics if not _match(known, each)]
        if name not in known:
            faults.append(_no_figure("--best", name, known))
        if faults:
            raise BadInput(faults)
        return


def _match(known: Iterable[str], pattern: str) -> set[str]:
    return {name for name in known if fnmatchcase(name, pattern)}


def _no_figure(option: str, name: str, known: Iterable[str]) -> Fault:
    return Fault(option, None, None, name, "is not a figure of this sweep", near(name, known))


def _values(subject: Subject, point: Found) -> dict[str, Floats]:
    return {} if point.unfit else values_of(point.sums, subject.figures(point.values))


def _shown(subject: Subject, found: Sequence[dict[str, Floats]], options: SweepOptions) -> set[str]:
    known = {name: None for values in found for name in values}
    shown = {name for name in known if subject.headline(name)} | {options.figure[0]}
    return shown.union(*(_match(known, pattern) for pattern in options.metrics))


def _differences(values: dict[str, Floats], base: dict[str, Floats], shown: set[str]) -> dict[str, Estimate]:
    return {k: difference(v, base[k]) for k, v in values.items() if k in shown and k in base}


def _ranked(found: Sequence[dict[str, Floats]], name: str, sign: float) -> dict[int, int]:
    means = {i: sign * float(values[name].mean()) for i, values in enumerate(found) if name in values}
    return {i: rank for rank, i in enumerate(sorted(means, key=lambda i: (means[i], i)), start=1)}


def selection_of(outcome: Outcome, options: SweepOptions) -> SweepSelection | None:
    """What the race says, in words too."""
    if outcome.race is None:
        return None
    name, direction = options.figure
    counts = [point.replications for point in outcome.points if not point.unfit]
    race, alive = outcome.race, tuple(i + 1 for i in outcome.alive)
    bound = race.without_dropping_out() if len(counts) > 1 else sum(counts)
    played, in_full = sum(counts), options.most * len(counts) if bound is None else bound
    saved = max(0, in_full - played)
    best = None if outcome.selected is None else outcome.selected + 1
    share = f"{100 * saved / in_full:.0f} %"
    spent = (
        f"{played:,} replications were played; had no point dropped out, the same promise would have taken"
        f" up to {in_full:,}, so {saved:,} ({share}) were saved."
    )
    sure = f"{100 * race.confidence:g} %"
    if len(counts) == 1:
        says = f"Only point {best} can be played."
    elif best is None:
        says = (
            f"Not decided: {len(alive)} points are left after {max(counts)} replications."
            f" {spent} Give --replications more, or a wider --within."
        )
    else:
        says = (
            f"Point {best} has the {direction} {name}: with a chance of {sure} or more this finds the best"
            f" point, if it leads the others by {race.delta:.4g} or more; nearer ones count as"
            f" equally good. {spent}"
        )
    return SweepSelection(
        metric=name,
        direction=direction,
        method="KN",
        within=options.within or "1%",
        delta=race.delta,
        confidence=race.confidence,
        first_stage=FIRST_STAGE,
        decided=outcome.decided,
        selected=best,
        in_race=alive,
        played=played,
        in_full=in_full,
        saved=saved,
        says=says,
    )


def provenance(identity: Any, options: SweepOptions) -> Provenance:
    """What the answer was computed from."""
    return Provenance(
        version=__version__,
        input_digest=digest_json(identity),
        seed=options.seed,
        options={
            "replications": options.most,
            "vehicles": options.vehicles,
            "warmup": options.warmup,
            "best": options.best,
            "within": options.within,
            "confidence": options.confidence,
            "sample": options.sample,
            "metrics": " ".join(options.metrics),
        },
    )


def write_papers(folder: Path, paper: SweepResult) -> list[Path]:
    """The document, and its points as CSV and Parquet."""
    import polars as pl

    written = [write_text(folder / DOCUMENT, to_json(paper))]
    rows = list(_rows(paper))
    frame = pl.DataFrame(rows, infer_schema_length=None, strict=False)
    for name in (TABLE, COLUMNS):
        with written_whole(folder / name) as part:
            if name == TABLE:
                frame.write_csv(part)
            else:
                frame.write_parquet(part)
        written.append(folder / name)
    return written


def _rows(paper: SweepResult) -> Iterable[dict[str, Any]]:
    """A row a point; every row has every column."""
    names = list(dict.fromkeys(name for point in paper.points for name in point.metrics))
    for point in paper.points:
        row: dict[str, Any] = {"point": point.point, **point.values, "status": point.status, "why": point.why}
        row |= {"replications": point.replications, "rank": point.rank, "in_race": point.in_race}
        for name in names:
            row |= _cells(name, point.metrics.get(name)) | _cells(f"{name} gain", point.difference.get(name))
        yield row


def _cells(name: str, figure: Estimate | None) -> dict[str, float | None]:
    if figure is None:
        return {name: None, f"{name} se": None, f"{name} low": None, f"{name} high": None}
    low, high = figure.ci95
    return {name: figure.mean, f"{name} se": figure.se, f"{name} low": low, f"{name} high": high}
