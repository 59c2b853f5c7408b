"""The verbs. Each imports what it needs when it is called, so that `knockdown --help` opens at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knockdown.cli import calibrate_verb as calibrating
from knockdown.cli import line_verb as line
from knockdown.cli import options as opt
from knockdown.cli.talk import answer, console, progress, say

if TYPE_CHECKING:
    from knockdown.documents.build_calendar import BuildCalendar
    from knockdown.documents.master_plan import MasterPlan
    from knockdown.documents.twin_result import TwinResult
    from knockdown.planning.question import Orders
    from knockdown.planning.solve import PlanOptions
    from knockdown.plant.plant import Network, Plant
    from knockdown.workflow.main_job import Job
    from knockdown.workflow.papers import Filed
    from knockdown.workflow.progress import Tell

NO, INTERRUPTED = 1, 130


def plants(json: opt.AsJson = False) -> None:
    """List the built-in plants."""
    from knockdown.cli import show
    from knockdown.workflow.new_plant import plants as listed
    from knockdown.workflow.papers import to_json

    if json:
        answer(to_json(listed()))
    else:
        show.plants(console(), listed())


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write; new or empty.", show_default=False)
    ],
    start_from: Annotated[
        str, typer.Option("--from", metavar="PLANT", help="Built-in plant to copy.")
    ] = "ganja",
    json: opt.AsJson = False,
) -> None:
    """Write a plant folder of your own to start from."""
    from knockdown.cli import show
    from knockdown.workflow.new_plant import new as write
    from knockdown.workflow.papers import to_json

    made = write(folder, start_from)
    if json:
        answer(to_json(made))
    else:
        show.new(console(), made)


def check(plant: opt.Plant, json: opt.AsJson = False) -> None:
    """Look for faults in a description, and count what it holds."""
    from knockdown.cli import show
    from knockdown.workflow.check_plant import check as checked
    from knockdown.workflow.papers import to_json

    report = checked(plant)
    if json:
        answer(to_json(report))
    else:
        show.check(console(), report)


def plan(
    plant: opt.Plant,
    start: opt.Start = None,
    months: opt.Months = None,
    by: opt.By = "month",
    seconds: opt.Seconds = 30.0,
    gap: opt.Gap = 0.005,
    work: opt.Work = None,
    seed: opt.Seed = 1,
    limits: opt.Limits = 5,
    orders: opt.OrdersBook = None,
    out: opt.OutFile = None,
    xlsx: opt.OutBook = None,
    ledger: opt.Ledger = None,
    from_ledger: opt.FromLedger = False,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Say what to order, build, staff and sell; and what limits it."""
    from knockdown.workflow.kit_supply import kitted
    from knockdown.workflow.orders_book import read_orders
    from knockdown.workflow.papers import to_json
    from knockdown.workflow.prepare import plan_options

    chosen = plan_options(start, months, by, seconds, gap, work, seed, limits)
    _try_places(out, xlsx)
    with progress(quiet) as tell:
        found = _opened(plant, chosen, ledger, tell) if from_ledger else kitted(_read(plant, tell), chosen)
        paper = _solve(found, chosen, tell, read_orders(orders, found, chosen))
        filed = _file(plant, found, paper, ledger, tell)
    _save(paper, found, out, xlsx)
    _say_filed(filed)
    if json:
        answer(to_json(paper))
    else:
        from knockdown.reports import terminal

        terminal.show(console(), paper, {}, {}, found, None)
    _exit_of(paper)


def simulate(
    plant: opt.PlantOrLine,
    what: calibrating.What = None,
    plan: opt.PlanFile = None,
    replications: opt.SomeReplications = None,
    seed: opt.Seed = 1,
    out: opt.OutFile = None,
    ledger: opt.Ledger = None,
    vehicles: line.Vehicles = None,
    warmup: line.Warmup = None,
    half_width: line.HalfWidth = None,
    seconds: line.Seconds = None,
    engine: line.Engine = None,
    threads: line.Threads = None,
    trace: line.Trace = None,
    common: line.Common = None,
    gains: line.Gains = None,
    since: calibrating.Since = None,
    until: calibrating.Until = None,
    holdout_weeks: calibrating.HoldoutWeeks = None,
    write: calibrating.Write = None,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Play a plan many times and say what could happen; or simulate a line file; or calibrate a plant."""
    own = line.Own(vehicles, warmup, half_width, seconds, engine, threads, trace, common, gains)
    fitting = calibrating.Own(since, until, holdout_weeks, write)
    if calibrating.is_asked(what, fitting, {"--plan": plan, "--replications": replications}):
        line.refuse_for_a_plant(own)
        calibrating.give(plant, fitting, ledger, out, json)
    elif line.looks_like_a_line(plant):
        line.refuse_for_a_line(plan, ledger)
        with progress(quiet) as tell:
            paper = line.simulate(plant, replications, seed, own, tell)
        line.give(paper, out, json)
    else:
        line.refuse_for_a_plant(own)
        _simulate_plant(plant, plan, replications, seed, out, ledger, json, quiet)


def _simulate_plant(
    plant: str,
    plan: Path | None,
    asked: int | None,
    seed: int,
    out: Path | None,
    ledger: str | None,
    json: bool,
    quiet: bool,
) -> None:
    from knockdown.workflow.kit_supply import kitted, kitted_for
    from knockdown.workflow.papers import make_folder, to_json, write_text
    from knockdown.workflow.prepare import plan_options, read_plan
    from knockdown.workflow.rehearse import joined, playable, refuse_ranges, twins_of, usual_replications

    refuse_ranges(asked, seed)
    if out is not None:
        make_folder(out.parent)
    with progress(quiet) as tell:
        found = _read(plant, tell)
        if plan is None:
            chosen = plan_options(seed=seed, limits=0)
            found = kitted(found, chosen)
            paper = _solve(found, chosen, tell)
            _exit_of(paper)
        else:
            paper = playable(read_plan(plan, found))
            _warn_if_older(paper, found)
            found = kitted_for(found, paper)
        replications = usual_replications(paper) if asked is None else asked
        twins = twins_of(found, paper, replications, seed, tell)
        filed = _file(plant, found, paper, ledger, tell, twins=twins)
    _say_filed(filed)
    document = to_json(joined(found, twins, replications, seed))
    if out is not None:
        write_text(out, document)
    if json:
        answer(document)
    else:
        from knockdown.cli import show

        show.twins(console(), twins, paper, found)


def run(
    plant: opt.Plant,
    out: opt.OutFolder = None,
    orders: opt.OrdersBook = None,
    start: opt.Start = None,
    months: opt.Months = None,
    by: opt.By = "month",
    seconds: opt.Seconds = 30.0,
    gap: opt.Gap = 0.01,
    work: opt.Work = None,
    seed: opt.Seed = 1,
    limits: opt.Limits = 5,
    replications: opt.PlanReplications = None,
    ledger: opt.Ledger = None,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Check, plan, date the units, simulate a year, report."""
    from knockdown.workflow.main_job import run as do

    with progress(quiet) as tell:
        job = do(
            plant,
            out,
            start=start,
            months=months,
            by=by,
            seconds=seconds,
            gap=gap,
            work=work,
            seed=seed,
            limits=limits,
            orders=orders,
            replications=replications,
            tell=tell,
        )
        filed = _file(plant, job.plant, job.plan, ledger, tell, job.calendars, job.twins)
    _say_filed(filed)
    _show_job(job, json)
    if job.stopped:
        say("knockdown: stopped; the plan is kept, and the report is without what was not simulated")
        raise typer.Exit(INTERRUPTED)
    _exit_of(job.plan)


def report(
    plant: opt.Plant,
    plan: opt.SavedPlan,
    out: opt.ReportFolder,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Write the report again from saved papers."""
    from knockdown.cli import show
    from knockdown.workflow.main_job import report as do
    from knockdown.workflow.papers import to_json

    with progress(quiet) as tell:
        job = do(plant, plan, out, tell=tell)
    _warn_if_older(job.plan, job.plant)
    if json:
        answer(to_json(job.paper()))
    else:
        show.written(console(), job.folder, job.files)


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="Which; without one, the names.", show_default=False),
    ] = None,
) -> None:
    """Print the published JSON Schema of a document."""
    from knockdown.workflow.schemas import schema as found
    from knockdown.workflow.schemas import schema_names, to_text

    answer("".join(f"{each}\n" for each in schema_names()) if name is None else to_text(found(name)))


def _read(plant: str, tell: Tell) -> Plant | Network:
    from knockdown.workflow.prepare import plant_of
    from knockdown.workflow.progress import Step

    tell(Step(f"reading {plant}"))
    return plant_of(plant)


def _opened(plant: str, chosen: PlanOptions, ledger: str | None, tell: Tell) -> Plant:
    """The plant as its floor left it, for a plan that begins where the options say."""
    from knockdown.planning.options import horizon
    from knockdown.workflow.opening import from_ledger

    found = _read(plant, tell)
    opening = from_ledger(plant, horizon(found, chosen)[0].last, ledger)
    say(f"opening as recorded up to position {opening.position:,} (head {opening.head[:16]})")
    return opening.plant


def _file(
    plant: str,
    found: Plant | Network,
    paper: MasterPlan,
    ledger: str | None,
    tell: Tell,
    calendars: dict[str, BuildCalendar] | None = None,
    twins: dict[str, TwinResult] | None = None,
) -> list[Filed]:
    from knockdown.workflow.file_runs import file_runs

    if paper.status not in ("optimal", "feasible"):
        return []
    return file_runs(plant, found, paper, calendars, twins, ledger, tell)


def _say_filed(filed: list[Filed]) -> None:
    for each in filed:
        was = "" if each.new else ", as before"
        say(f"filed in the ledger of {each.plant}: run {each.run}, {each.events:,} events{was}")


def _try_places(out: Path | None, xlsx: Path | None) -> None:
    """Refuse places that cannot be written to before an hour of work depends on them."""
    from knockdown.workflow.orders_sheets import refuse_other_names
    from knockdown.workflow.papers import make_folder

    for path in filter(None, (out, xlsx)):
        make_folder(path.parent)
    if xlsx is not None:
        refuse_other_names(xlsx)


def _save(paper: MasterPlan, found: Plant | Network, out: Path | None, xlsx: Path | None) -> None:
    """Write the plan's document and workbook where they were asked for."""
    from knockdown.workflow.orders_sheets import write_workbook
    from knockdown.workflow.papers import to_json, write_text

    if out is not None:
        write_text(out, to_json(paper))
    if xlsx is not None:
        write_workbook(xlsx, paper, found)


def _solve(
    plant: Plant | Network, chosen: PlanOptions, tell: Tell, orders: Orders | None = None
) -> MasterPlan:
    from knockdown.planning.solve import plan as solve
    from knockdown.workflow.progress import Step, planner_progress

    stage = f"planning {plant.id}"
    tell(Step(stage))
    return solve(plant, chosen, planner_progress(tell, stage), orders)


def _show_job(job: Job, json: bool) -> None:
    from knockdown.reports import terminal
    from knockdown.workflow.papers import to_json

    if json:
        answer(to_json(job.paper()))
    else:
        terminal.show(console(), job.plan, job.calendars, job.twins, job.plant, job.files["report"])


def _exit_of(paper: MasterPlan) -> None:
    """Status 1 when the answer is no."""
    if paper.status in ("optimal", "feasible"):
        return
    if paper.status == "unknown":
        say("knockdown: no plan was found in the time allowed; give --seconds more")
    raise typer.Exit(NO)


def _warn_if_older(paper: MasterPlan, plant: Plant | Network) -> None:
    if paper.provenance.input_digest != plant.digest:
        say(f"note: the plan was made from another description of {plant.id} than the one here")
