"""Plays a plan, plant by plant: the build calendar and the simulated year."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import overload

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.line_result import LineResult
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import TwinResult
from knockdown.plant.plant import Network, Plant
from knockdown.workflow.check_plant import provenance
from knockdown.workflow.kit_supply import kitted_for
from knockdown.workflow.line_runs import looks_like_a_line, simulate_line
from knockdown.workflow.papers import NetworkTwins
from knockdown.workflow.plan_months import plan as make_plan
from knockdown.workflow.prepare import AnyPlant, PlantLike, check_ranges, members_of, plant_of
from knockdown.workflow.progress import Step, Tell, share_progress, silent

ShareProgress = Callable[[float], None]
MOST_REPLICATIONS, LEAST_REPLICATIONS = 1000, 100
UNITS_TO_PLAY = 4_000_000


@overload
def simulate(
    plant: Plant,
    plan: MasterPlan | None = None,
    *,
    replications: int | None = None,
    seed: int = 1,
    progress: ShareProgress | None = None,
) -> TwinResult: ...
@overload
def simulate(
    plant: Network,
    plan: MasterPlan | None = None,
    *,
    replications: int | None = None,
    seed: int = 1,
    progress: ShareProgress | None = None,
) -> NetworkTwins: ...
@overload
def simulate(
    plant: PlantLike,
    plan: MasterPlan | None = None,
    *,
    replications: int | None = None,
    seed: int = 1,
    progress: ShareProgress | None = None,
) -> TwinResult | NetworkTwins | LineResult: ...
def simulate(
    plant: PlantLike,
    plan: MasterPlan | None = None,
    *,
    replications: int | None = None,
    seed: int = 1,
    progress: ShareProgress | None = None,
) -> TwinResult | NetworkTwins | LineResult:
    """Play a plan many times with late kits, missing parts, breakdowns and absence; or simulate a line file.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        A built-in plant's name, a folder, or what `load` gave; or a line file, of which `simulate_line` says
        more.
    plan : MasterPlan, optional
        The plan to play; without one the plant is planned first, with the planner's defaults.
    replications : int, optional
        How many times; by default 1000, fewer where the plan builds many units (`usual_replications`).
    seed : int
        The same seed gives the same result to the bit.
    progress : callable, optional
        Called with the share done, 0 to 1.

    Returns
    -------
    TwinResult, NetworkTwins or LineResult
        Of a network, each member with its part of the plan.

    Raises
    ------
    BadInput
        With every fault of the description or the options, and when there is nothing to play.

    Examples
    --------
    >>> from knockdown.workflow.plan_months import plan
    >>> twin = simulate("nakhchivan", plan("nakhchivan", months=2, seconds=5, limits=0), replications=8)
    >>> twin.year_total.p10 <= twin.year_total.p50 <= twin.year_total.p90
    True
    """
    if isinstance(plant, str | Path) and looks_like_a_line(plant):
        if plan is not None:
            raise BadInput([Fault("plan", None, None, None, "does not go with a line file", "leave it out")])
        return simulate_line(plant, replications=replications, seed=seed, progress=progress)
    refuse_ranges(replications, seed)
    found = plant_of(plant)
    paper = playable(make_plan(found) if plan is None else plan)
    replications = usual_replications(paper) if replications is None else replications
    members = list(members_of(kitted_for(found, paper)).values())

    def tell_part(i: int) -> ShareProgress:
        return lambda share: progress((i + share) / len(members)) if progress else None

    twins = {m.id: twin_of(m, paper, replications, seed, tell_part(i)) for i, m in enumerate(members)}
    return joined(found, twins, replications, seed)


def joined(
    plant: AnyPlant, twins: dict[str, TwinResult], replications: int, seed: int
) -> TwinResult | NetworkTwins:
    """One document for all simulated years of a plant or network."""
    if isinstance(plant, Plant):
        return twins[plant.id]
    origin = provenance(plant, {"replications": replications}).model_copy(update={"seed": seed})
    return NetworkTwins(plant=plant.id, members=twins, provenance=origin)


def usual_replications(plan: MasterPlan) -> int:
    """How often a plan is played unless told otherwise: 1000 times, one of more than 4000 units less often.

    Parameters
    ----------
    plan : MasterPlan

    Returns
    -------
    int
        From 100 to 1000.
    """
    n_units = max(1, sum(row.units for row in plan.build))
    return min(MOST_REPLICATIONS, max(LEAST_REPLICATIONS, UNITS_TO_PLAY // n_units))


def refuse_ranges(replications: int | None, seed: int) -> None:
    """Raise BadInput when an option of the simulation is out of its range."""
    faults = check_ranges(replications=replications, seed=seed)
    if faults:
        raise BadInput(faults)


def playable(plan: MasterPlan) -> MasterPlan:
    """The plan, when there is one to play.

    Raises
    ------
    BadInput
        When its status says that there is none.
    """
    if plan.status in ("optimal", "feasible"):
        return plan
    step = "`knockdown plan` says what stands in the way"
    raise BadInput([Fault("plan", None, "status", plan.status, "leaves nothing to play", step)])


def twin_of(
    plant: Plant, plan: MasterPlan, replications: int, seed: int, progress: ShareProgress | None = None
) -> TwinResult:
    """The simulated year of one plant with its part of the plan."""
    from knockdown.simulating.run import simulate as play

    try:
        return play(plant, plan, replications=replications, seed=seed, progress=progress)
    except ValueError as error:
        raise _unplayable(plant, error) from error


def calendar_of(plant: Plant, plan: MasterPlan) -> BuildCalendar:
    """The build calendar of one plant with its part of the plan."""
    from knockdown.simulating.run import build_calendar

    try:
        return build_calendar(plant, plan)
    except ValueError as error:
        raise _unplayable(plant, error) from error


def twins_of(
    plant: AnyPlant, plan: MasterPlan, replications: int, seed: int, tell: Tell = silent
) -> dict[str, TwinResult]:
    """The simulated year of every plant, told stage by stage."""
    twins = {}
    for name, member in members_of(plant).items():
        stage = f"simulating {name}, {replications} replications"
        tell(Step(stage))
        twins[name] = twin_of(member, plan, replications, seed, share_progress(tell, stage))
    return twins


def _unplayable(plant: Plant, error: ValueError) -> BadInput:
    """Input that is in order cell by cell and yet cannot be played, such as lines that feed one another."""
    problem, _, next_step = str(error).partition("; ")
    return BadInput(
        [Fault(plant.id, None, None, None, problem, next_step or "mend the description or the plan")]
    )
