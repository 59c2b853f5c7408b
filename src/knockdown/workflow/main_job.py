"""The main job: check, plan, kit orders, build calendar, simulated year, report, all into one folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from knockdown.basics.clock import Clock, SystemClock
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import TwinResult
from knockdown.workflow.check_plant import CheckReport, check, provenance
from knockdown.workflow.kit_report import kit_papers
from knockdown.workflow.kit_supply import Standings, standings, standings_for, with_standings
from knockdown.workflow.orders_book import OrdersLike, read_orders
from knockdown.workflow.orders_sheets import made_at, write_workbook
from knockdown.workflow.papers import RunReport, make_folder, to_json, write_text, written_whole
from knockdown.workflow.prepare import (
    AnyPlant,
    PlantLike,
    members_of,
    plan_options,
    plant_of,
    read_beside,
    read_plan,
)
from knockdown.workflow.progress import Step, Tell, planner_progress, silent
from knockdown.workflow.rehearse import calendar_of, twins_of, usual_replications
from knockdown.workflow.warm import loading_ahead

REPORT, WORKBOOK, PLAN = "report.html", "report.xlsx", "plan.json"


@dataclass
class Job:
    """The papers of a run, as far as it has come."""

    plant: AnyPlant
    plan: MasterPlan
    folder: Path
    checked: CheckReport | None = None
    calendars: dict[str, BuildCalendar] = field(default_factory=dict)
    twins: dict[str, TwinResult] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: bool = False
    kits: Standings = field(default_factory=dict)

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan to follow."""
        return self.plan.status in ("optimal", "feasible")

    def paper(self) -> RunReport:
        """What was done, as a document."""
        plan = self.plan
        return RunReport(
            plant=plan.plant,
            name=plan.name,
            status=plan.status,
            objective=plan.objective,
            bound=plan.bound,
            gap=plan.gap,
            currency=plan.currency,
            kits_ordered=sum(row.kits for row in plan.lots),
            units_built=sum(row.units for row in plan.build),
            units_sold=sum(row.units for row in plan.sales),
            stopped=self.stopped,
            seconds=self.seconds,
            folder=str(self.folder),
            files={paper: path.name for paper, path in self.files.items()},
            provenance=provenance(self.plant, plan.provenance.options),
        )


def run(
    plant: PlantLike,
    out: str | Path | None = None,
    *,
    start: str | None = None,
    months: int | None = None,
    by: str = "month",
    seconds: float = 30.0,
    gap: float = 0.01,
    work: int | None = None,
    seed: int = 1,
    limits: int = 5,
    orders: OrdersLike = None,
    replications: int | None = None,
    tell: Tell = silent,
    clock: Clock | None = None,
) -> Job:
    """Check a plant, plan it, date its units, simulate its year and write the report.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        A built-in plant's name, a folder, or what `load` gave.
    out : path, optional
        Folder for the papers, `out/<plant>` by default. Papers of an earlier run there are replaced.
    start, months, by, seconds, gap, work, seed, limits, orders
        As in `plan`; the seed serves the simulation too.
    replications : int
        As in `simulate`.
    tell : callable, optional
        Told each step.
    clock : Clock, optional
        Says when the report was made.

    Returns
    -------
    Job
        The papers, and the files they lie in. Ctrl-C keeps what there is and sets `stopped`.

    Raises
    ------
    BadInput
        With every fault of the description, the options, the orders book or the folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> job = run("nakhchivan", folder, months=2, seconds=5, limits=0, replications=8)
    >>> sorted(path.name for path in job.files.values())[-3:]
    ['report.html', 'report.xlsx', 'twin-nakhchivan.json']
    """
    options = plan_options(start, months, by, seconds, gap, work, seed, limits, replications)
    spent: dict[str, float] = {}
    with _timed(spent, "check"):
        tell(Step(f"reading {plant if isinstance(plant, str | Path) else plant.id}"))
        found = plant_of(plant)
        checked = check(found)
        kits = standings(found, options)
        found = with_standings(found, kits)
        book = read_orders(orders, found, options)
    folder = make_folder(Path(out) if out is not None else Path("out") / found.id)
    with _timed(spent, "plan"):
        from knockdown.planning.solve import plan as solve

        stage = f"planning {found.id}"
        tell(Step(stage, 0.0, seconds if work is None else None))
        with loading_ahead():
            paper = solve(found, options, planner_progress(tell, stage), book)
    job = Job(found, paper, folder, checked, seconds=spent, kits=kits)
    _keep(job, "plan", PLAN, paper)
    if job.has_plan:
        _rehearse(job, replications or usual_replications(paper), seed, tell)
    _remove_older(job)
    with _timed(spent, "report"):
        tell(Step("writing the report"))
        _write_reports(job, clock or SystemClock())
    return job


def report(
    plant: PlantLike,
    plan_file: str | Path,
    out: str | Path,
    *,
    tell: Tell = silent,
    clock: Clock | None = None,
) -> Job:
    """Write the report again from saved papers.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        The plant the plan was made for.
    plan_file : path
        A saved plan; calendars and simulated years are read from the files beside it, where there are any.
    out : path
        Folder for report.html and report.xlsx.
    tell : callable, optional
        Told each step.
    clock : Clock, optional
        Says when the report was made.

    Returns
    -------
    Job

    Raises
    ------
    BadInput
        When a paper cannot be read, or is of another plant.
    """
    found = plant_of(plant)
    paper = read_plan(Path(plan_file), found)
    calendars, twins = read_beside(Path(plan_file), found)
    kits = standings_for(found, paper)
    out = make_folder(Path(out))
    job = Job(with_standings(found, kits), paper, out, None, calendars, twins, kits=kits)
    with _timed(job.seconds, "report"):
        tell(Step("writing the report"))
        _write_reports(job, clock or SystemClock())
    return job


def _rehearse(job: Job, replications: int, seed: int, tell: Tell) -> None:
    """Calendars and simulated years; Ctrl-C ends them and keeps what is whole."""
    try:
        with _timed(job.seconds, "calendar"):
            for name, member in members_of(job.plant).items():
                tell(Step(f"dating the units of {name}"))
                job.calendars[name] = calendar_of(member, job.plan)
                _keep(job, f"calendar {name}", f"calendar-{name}.json", job.calendars[name])
        with _timed(job.seconds, "simulate"):
            for name, twin in twins_of(job.plant, job.plan, replications, seed, tell).items():
                job.twins[name] = twin
                _keep(job, f"twin {name}", f"twin-{name}.json", twin)
    except KeyboardInterrupt:
        job.stopped = True


def _write_reports(job: Job, clock: Clock) -> None:
    from knockdown.reports import html

    kits = kit_papers(job.kits)
    job.files["report"], job.files["workbook"] = job.folder / REPORT, job.folder / WORKBOOK
    with written_whole(job.files["report"]) as part:
        html.write(part, job.plan, job.calendars, job.twins, job.plant, made_at(clock), kits)
    write_workbook(job.files["workbook"], job.plan, job.plant, job.calendars, job.twins, clock, kits)


def _keep(job: Job, name: str, file: str, paper: MasterPlan | BuildCalendar | TwinResult) -> None:
    job.files[name] = write_text(job.folder / file, to_json(paper))


def _remove_older(job: Job) -> None:
    """Take away papers of an earlier run that this one did not replace: they belong to another plan."""
    kept = set(job.files.values())
    for name in members_of(job.plant):
        for path in (job.folder / f"calendar-{name}.json", job.folder / f"twin-{name}.json"):
            if path not in kept:
                path.unlink(missing_ok=True)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        seconds[stage] = round(time.monotonic() - began, 3)
