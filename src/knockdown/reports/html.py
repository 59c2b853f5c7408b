"""The report as one HTML file: no outside request, no script; it opens from a memory stick and prints."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from knockdown.documents.master_plan import MasterPlan
from knockdown.plant.plant import Network, Plant
from knockdown.reports import says
from knockdown.reports.sections import sections
from knockdown.reports.subject import Calendars, Kits, Subject, Twins, subject
from knockdown.reports.words import span

STATUS = {
    "optimal": "best plan",
    "feasible": "plan with a proven gap",
    "infeasible": "no plan exists",
    "unknown": "no plan found",
}


def write(
    path: Path,
    plan: MasterPlan,
    calendars: Calendars,
    twins: Twins,
    plant: Plant | Network,
    generated_at: str,
    kits: Kits = None,
) -> Path:
    """Write the report.

    Parameters
    ----------
    path : Path
        File to write.
    plan : MasterPlan
    calendars, twins : mapping of plant id to document, one document, or None
    plant : Plant or Network
    generated_at : str
        When, as the reader should see it; the file holds no other time.
    kits : mapping of plant id to KitPapers, optional

    Returns
    -------
    Path
        The file.
    """
    text = render(subject(plan, calendars, twins, plant, kits), generated_at)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def render(about: Subject, generated_at: str) -> str:
    """The report's text."""
    return _environment().get_template("report.html.j2").render(
        plan=about.plan,
        plant=about.plant,
        status=_status(about),
        sentence=says.status(about),
        horizon=span(about.plan.periods),
        verbs=says.verbs(about) if about.has_plan else (),
        highlights=_highlights(about),
        sections=sections(about),
        sizes=says.sizes(about),
        generated_at=generated_at,
        css=Markup(_data("report.css")),
    )  # fmt: skip


def _status(about: Subject) -> str:
    """The plan's state in two or three words; `best` is only said of a plan without a gap."""
    near = about.plan.status == "optimal" and (about.plan.gap or 0.0) >= says.TOLD_GAP
    return "near-best plan" if near else STATUS[about.plan.status]


def _highlights(about: Subject) -> tuple[str, ...]:
    """What a manager in a hurry must have read."""
    if not about.has_plan:
        return ()
    lines = [says.cash_low(about), *(limit.sentence for limit in about.plan.limits[:2])]
    lines += [says.year(twin) for twin in about.twins.values()] if len(about.twins) == 1 else []
    return tuple(line for line in (*lines, says.assumption(about)) if line)


def shade(value: float | None, top: float) -> int:
    """How dark a grid's cell is, 0 to 5.

    >>> shade(0, 10), shade(1, 10), shade(10, 10)
    (0, 1, 5)
    """
    return 0 if not value or value <= 0 or top <= 0 else min(5, 1 + int(4.999 * value / top))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_data),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["shade"] = shade
    return environment


@cache
def _data(name: str) -> str:
    return resources.files("knockdown.data").joinpath("report", name).read_text("utf-8")
