"""Sweeps a plant or a line file over a design, and says which point is best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.sweep import SweepAxis, SweepPlan, SweepResult
from knockdown.plant.plant import Plant
from knockdown.simulating.experiments import design, of_line
from knockdown.simulating.line.line_file import looks_like_a_line
from knockdown.workflow.papers import make_folder, to_json, write_text
from knockdown.workflow.prepare import AnyPlant, PlantLike, plan_options, plant_of, read_plan
from knockdown.workflow.progress import Step, Tell, planner_progress, silent
from knockdown.workflow.rehearse import playable
from knockdown.workflow.sweep_engines import engine
from knockdown.workflow.sweep_line import LineSubject, line_subject
from knockdown.workflow.sweep_options import SweepOptions, refuse_options
from knockdown.workflow.sweep_paper import points_of, provenance, refuse_figures, selection_of, write_papers
from knockdown.workflow.sweep_plant import PlantSubject, plan_digest, plant_subject
from knockdown.workflow.sweep_run import Outcome, Runner, play_all, race
from knockdown.workflow.sweep_store import Store
from knockdown.workflow.sweep_subject import Values
from knockdown.workflow.sweep_vary import MOST_POINTS, VARY, Vary, read_vary

PLAN = "plan.json"
AnySubject = LineSubject | PlantSubject


@dataclass(frozen=True)
class Swept:
    """The document, the files it lies in, and how many jobs were taken from an earlier run."""

    paper: SweepResult
    files: tuple[Path, ...]
    kept: int


def sweep(
    subject: PlantLike,
    vary: str | Sequence[str],
    *,
    out: str | Path | None = None,
    plan: str | Path | MasterPlan | None = None,
    replications: int | None = None,
    vehicles: int | None = None,
    warmup: int | None = None,
    best: str | None = None,
    within: str | None = None,
    confidence: float = 0.95,
    metrics: Sequence[str] = (),
    sample: int | None = None,
    seed: int = 1,
    on: str = "local",
    workers: int | None = None,
    tell: Tell = silent,
) -> Swept:
    """Simulate many variants of a plant or a line on the same random numbers, and compare them.

    Parameters
    ----------
    subject : str, Path, Plant or Network
        A plant (one, not a network), or a line file.
    vary : str or sequence of str
        Axes, such as `buffers.*=1:8`; docs/sweep.md has the grammar.
    out : path, optional
        Folder for what is played and for the answer, `out/sweep-<subject>` by default. Playing goes on where
        an earlier run stopped.
    plan : path or MasterPlan, optional
        The plan that every point of a plant keeps; without one, it is planned once as described.
    replications : int, optional
        Of every point; with `best` at most.
    vehicles, warmup : int, optional
        Of a line: vehicles a replication, and those not counted.
    best : str, optional
        Find the point with the best of this figure, and stop playing those that cannot be it.
    within : str, optional
        Lead that matters, `1%` or a number.
    confidence : float
        Chance to find the best, when it leads by that much.
    metrics : sequence of str
        Figures of single stations to keep too, such as `blocked_*`.
    sample : int, optional
        Points of a Latin hypercube instead of the whole grid.
    seed : int
        The same seed gives the same answer to the bit.
    on : {"local", "loky", "ray"}
        Where to play; the answer does not depend on it, nor on `workers`.
    workers : int, optional
        At most so many at once; one a processor.
    tell : callable, optional
        Told each step.

    Returns
    -------
    Swept

    Raises
    ------
    BadInput
        With every fault of the description, the axes or the options.

    Examples
    --------
    >>> import json, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> station = {"service": {"dist": "exp", "mean": 1.0}}
    >>> line = {"schema": "knockdown.line/1", "stations": [station, station], "buffers": [0]}
    >>> _ = (folder / "line.json").write_text(json.dumps(line))
    >>> found = sweep(folder / "line.json", "buffers.*=0:2", out=folder, replications=4, vehicles=400)
    >>> [point.rank for point in found.paper.points]
    [3, 2, 1]
    """
    texts = [vary] if isinstance(vary, str) else list(vary)
    options = SweepOptions(
        replications, vehicles, warmup, best, within, confidence, tuple(metrics), sample, seed, on, workers
    )
    faults: list[Fault] = []
    varies = _noted(faults, read_vary, texts) or []
    _noted(faults, refuse_options, options)
    if faults:
        raise BadInput(faults)
    found, origin, folder, notes = _subject(subject, varies, plan, options, out, tell)
    points = _points(found, options)
    if isinstance(found, LineSubject):
        found, more = _sized(found, points, options)
        notes += more
    refuse_figures(found, points, options)
    with engine(options.on, found, options.workers) as play:
        runner = Runner(found, points, play, Store(folder), tell)
        outcome = play_all(runner, options) if options.best is None else race(runner, options)
    paper = _paper(found, points, outcome, options, origin, notes)
    return Swept(paper, tuple(write_papers(folder, paper)), outcome.kept)


def _noted(faults: list[Fault], read: Any, text: Any) -> Any:
    """What is read, or None with its faults noted."""
    try:
        return read(text)
    except BadInput as error:
        faults += error.faults
        return None


def _subject(
    source: PlantLike,
    varies: Sequence[Vary],
    plan: str | Path | MasterPlan | None,
    options: SweepOptions,
    out: str | Path | None,
    tell: Tell,
) -> tuple[AnySubject, SweepPlan | None, Path, list[str]]:
    if isinstance(source, str | Path) and looks_like_a_line(source):
        if plan is not None:
            raise BadInput([Fault("--plan", None, None, str(plan), "is for plants", "leave it out")])
        line = line_subject(source, varies, options.seed)
        return line, None, make_folder(_folder(out, Path(source).stem)), []
    given = {"--vehicles": options.vehicles, "--warmup": options.warmup}
    step = "leave it out, or name a file with a line"
    faults = [
        Fault(k, None, None, str(v), "is for line files", step) for k, v in given.items() if v is not None
    ]
    found: AnyPlant | None = _noted(faults, plant_of, source)
    cut = None if found is None else _noted(faults, lambda each: plant_subject(each, varies), found)
    if faults or cut is None:
        raise BadInput(faults)
    plant, axes = cut
    folder = make_folder(_folder(out, plant.id))
    kept, origin = _plan(plant, plan, folder, tell)
    which = "that was given" if origin.origin == "file" else "made for the plant as described"
    notes = [f"Every point keeps the plan of {origin.months} periods {which}; nothing is planned anew."]
    if kept.provenance.input_digest != plant.digest:
        notes.append("The plan was made from another description of the plant than the one swept.")
    return PlantSubject.of(plant, kept, axes, options.seed), origin, folder, notes


def _folder(out: str | Path | None, name: str) -> Path:
    return Path("out") / f"sweep-{name}" if out is None else Path(out)


def _plan(
    plant: Plant, plan: str | Path | MasterPlan | None, folder: Path, tell: Tell
) -> tuple[MasterPlan, SweepPlan]:
    """The plan given; else the one in the folder, made for this very description before; else a new one."""
    if plan is not None:
        paper = plan if isinstance(plan, MasterPlan) else read_plan(Path(plan), plant)
    else:
        paper = _planned_before(plant, folder / PLAN) or _planned(plant, folder / PLAN, tell)
    paper = playable(paper)
    origin = SweepPlan(
        origin="made" if plan is None else "file", digest=plan_digest(paper), months=len(paper.periods)
    )
    return paper, origin


def _planned_before(plant: Plant, path: Path) -> MasterPlan | None:
    try:
        paper = read_plan(path, plant) if path.is_file() else None
    except BadInput:
        return None
    return paper if paper is not None and paper.provenance.input_digest == plant.digest else None


def _planned(plant: Plant, path: Path, tell: Tell) -> MasterPlan:
    from knockdown.planning.solve import plan as solve
    from knockdown.workflow.kit_supply import kitted

    options = plan_options(limits=0)
    stage = f"planning {plant.id}"
    tell(Step(stage))
    paper = solve(kitted(plant, options), options, planner_progress(tell, stage), None)
    write_text(path, to_json(paper))
    return paper


def _points(subject: AnySubject, options: SweepOptions) -> list[Values]:
    """Points by their values.

    Raises
    ------
    BadInput
        When there are too many.
    """
    values = [vary.values for vary, _ in subject.axes]
    levels = [len(each) for each in values]
    whole = design.size_of(levels)
    if options.sample is None and whole > MOST_POINTS:
        problem = f"makes {whole:,} points, more than {MOST_POINTS:,}"
        step = "take larger steps, or add --sample 200 for some of them"
        raise BadInput([Fault(VARY, None, None, None, problem, step)])
    chosen = (
        design.grid(levels)
        if options.sample is None or options.sample >= whole
        else design.latin_hypercube(levels, options.sample, options.seed)
    )
    return [tuple(each[k] for each, k in zip(values, point, strict=True)) for point in chosen]


def _sized(
    subject: LineSubject, points: Sequence[Values], options: SweepOptions
) -> tuple[LineSubject, list[str]]:
    """The same vehicles for all points: the warm-up is the longest of the line as described, and the first
    and last point. A file that says how many vehicles there are is played from empty.

    Raises
    ------
    BadInput
        When both the file and the options say how many.
    """
    if "vehicles" in subject.document or "vehicles" in subject.paths:
        given = {"--vehicles": options.vehicles, "--warmup": options.warmup or None}
        problem, step = "does not go with `vehicles` in the file", "leave out one of them"
        faults = [Fault(k, None, None, str(v), problem, step) for k, v in given.items() if v is not None]
        if faults:
            raise BadInput(faults)
        return subject, []
    lines = [line for values in (None, points[0], points[-1]) if (line := _line(subject, values)) is not None]
    warmup = options.warmup
    if warmup is None:
        warmup = max((of_line.warmup_of(line, options.seed) for line in lines), default=0)
        warmup = warmup if options.vehicles is None else min(warmup, options.vehicles // 2)
    counted = max(of_line.COUNTED_PER_WARMUP * warmup, of_line.LEAST_WARMUP)
    vehicles = options.vehicles or warmup + counted
    notes = []
    if of_line.growing(line for p in points if (line := _line(subject, p)) is not None):
        notes.append(
            "At some points vehicles gather without end: their lead times depend on how long is played."
        )
    return replace(subject, vehicles=vehicles, warmup=warmup), notes


def _line(subject: LineSubject, values: Values | None) -> Any:
    try:
        return replace(subject, axes=()).line_at(()) if values is None else subject.line_at(values)
    except BadInput:
        return None


def _paper(
    subject: AnySubject,
    points: Sequence[Values],
    outcome: Outcome,
    options: SweepOptions,
    plan: SweepPlan | None,
    notes: list[str],
) -> SweepResult:
    described = _described(subject, points)
    base = 0 if described is None else described
    name, direction = options.figure
    levels = [len(vary.values) for vary, _ in subject.axes]
    whole = design.size_of(levels)
    unfit = sum(bool(each.unfit) for each in outcome.points)
    if unfit:
        notes = [*notes, f"{unfit} of {len(points)} points cannot be played; each says why."]
    if outcome.points[base].unfit:
        notes = [*notes, f"The base, point {base + 1}, cannot be played, so there are no differences."]
    sized = (subject.vehicles, subject.warmup) if isinstance(subject, LineSubject) else (0, 0)
    return SweepResult(
        subject=subject.name,
        kind=subject.kind,
        design="grid" if len(points) == whole else "sample",
        grid_points=whole,
        axes=tuple(
            SweepAxis(
                path=vary.path,
                places=tuple(
                    ".".join(str(step + 1 if isinstance(step, int) else step) for step in p) for p in places
                ),
                values=vary.values,
            )
            for vary, places in subject.axes
        ),
        base=base + 1,
        base_as_described=described is not None,
        metric=name,
        direction=direction,
        vehicles=sized[0],
        warmup=sized[1],
        seed=options.seed,
        plan=plan,
        selection=selection_of(outcome, options),
        points=points_of(subject, outcome, options, base),
        notes=tuple(notes),
        provenance=provenance([subject.identity(points[i]) for i in range(len(points))], options),
    )


def _described(subject: AnySubject, points: Sequence[Values]) -> int | None:
    """The point that is the description as it stands."""
    return next((i for i, values in enumerate(points) if subject.as_described(values)), None)
