"""What every job begins with: the plant, options inside their ranges, papers read back from files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from knockdown.basics.faults import BadInput, Fault, shorten
from knockdown.basics.numbers import parse_month
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.paper import Document
from knockdown.documents.twin_result import TwinResult
from knockdown.plant.load import load
from knockdown.plant.messages import problem_and_next_step
from knockdown.plant.plant import Network, Plant

if TYPE_CHECKING:
    from knockdown.planning.solve import PlanOptions

AnyPlant = Plant | Network
PlantLike = str | Path | Plant | Network
D = TypeVar("D", bound=Document)

PAPER_MAX_BYTES = 256 << 20
RANGES: dict[str, tuple[float, float, str]] = {
    "months": (1, 60, "a whole number of months from 1 to 60"),
    "seconds": (0.1, 86_400, "0.1 to 86400 seconds"),
    "gap": (0, 1, "a fraction from 0 to 1, such as 0.001"),
    "work": (1, 10**12, "1 or more"),
    "seed": (0, 2**31 - 1, "a whole number from 0 to 2147483647"),
    "limits": (0, 50, "a whole number from 0 to 50"),
    "replications": (1, 100_000, "a whole number from 1 to 100000"),
}
FIRST_YEAR, LAST_YEAR = 1950, 2100
# Rows of a plan -> column -> table of the plant that must know the name.
NAMES = {
    "lots": {"contract": "contracts", "variant": "variants", "partner": "partners"},
    "build": {"line": "lines", "family": "families", "variant": "variants"},
    "campaigns": {"line": "lines", "family": "families"},
    "lines": {"line": "lines"},
    "people": {"crew": "crews"},
    "stock": {"variant": "variants"},
    "sales": {"demand": "demand", "channel": "channels", "market": "markets", "variant": "variants"},
    "orders": {"demand": "demand"},
    "fixed": {"variant": "variants"},
}


def plant_of(plant: PlantLike) -> AnyPlant:
    """The plant itself, or the one of a name or folder."""
    return plant if isinstance(plant, Plant | Network) else load(plant)


def members_of(plant: AnyPlant) -> Mapping[str, Plant]:
    """Plants by id: the one, or those of the network."""
    return plant.members if isinstance(plant, Network) else {plant.id: plant}


def check_ranges(**options: float | None) -> list[Fault]:
    """Faults of options outside their ranges.

    >>> print(check_ranges(months=0)[0])
    --months: '0' is out of range; write a whole number of months from 1 to 60
    """
    faults = []
    for name, value in options.items():
        low, high, words = RANGES[name]
        if value is not None and not low <= value <= high:
            faults.append(Fault(f"--{name}", None, None, str(value), "is out of range", f"write {words}"))
    return faults


def plan_options(
    start: str | None = None,
    months: int | None = None,
    by: str = "month",
    seconds: float = 30.0,
    gap: float = 0.005,
    work: int | None = None,
    seed: int = 1,
    limits: int = 5,
    replications: int | None = None,
) -> PlanOptions:
    """Options of the planner, each in its range; `replications` is looked at with them.

    Raises
    ------
    BadInput
        With every option that is not.
    """
    faults = check_ranges(
        months=months,
        seconds=seconds,
        gap=gap,
        work=work,
        seed=seed,
        limits=limits,
        replications=replications,
    )
    faults += _start_faults(start)
    if by not in ("month", "week"):
        faults.append(Fault("--by", None, None, by, "is not a bucket of time", "write month or week"))
    if faults:
        raise BadInput(faults)
    from knockdown.planning.solve import PlanOptions

    return PlanOptions(
        start=start,
        months=months,
        by="week" if by == "week" else "month",
        seconds=seconds,
        gap=gap,
        work=work,
        seed=seed,
        limits=limits,
    )


def _start_faults(start: str | None) -> Iterator[Fault]:
    if start is None:
        return
    try:
        year = parse_month(start).year
    except ValueError as error:
        yield Fault("--start", None, None, start, str(error), "write a month as 2026-01")
        return
    if not FIRST_YEAR <= year <= LAST_YEAR:
        words = f"write a month from {FIRST_YEAR}-01 to {LAST_YEAR}-12"
        yield Fault("--start", None, None, start, "is out of range", words)


def read_plan(path: Path, plant: AnyPlant) -> MasterPlan:
    """Read a saved plan and see that the plant knows every name in it.

    Raises
    ------
    BadInput
        When the file is no plan, or is a plan of something else.
    """
    plan = read_paper(path, MasterPlan)
    faults = list(_foreign(path.name, plan, plant))
    if faults:
        raise BadInput(faults)
    return plan


def read_beside(plan_file: Path, plant: AnyPlant) -> tuple[dict[str, BuildCalendar], dict[str, TwinResult]]:
    """Read the calendars and simulated years that lie beside a saved plan."""
    folder = plan_file.parent
    calendars, twins = {}, {}
    for name in members_of(plant):
        if (path := folder / f"calendar-{name}.json").is_file():
            calendars[name] = read_paper(path, BuildCalendar)
        if (path := folder / f"twin-{name}.json").is_file():
            twins[name] = read_paper(path, TwinResult)
    return calendars, twins


def read_paper(path: Path, paper: type[D]) -> D:
    """Read a document that a job wrote.

    Raises
    ------
    BadInput
        When it cannot be read, or is not such a document.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(PAPER_MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _refusal(
            path, f"cannot be read: {why}", "name a file that `knockdown plan --out` wrote"
        ) from error
    if len(content) > PAPER_MAX_BYTES:
        raise _refusal(path, "is larger than 256 MB", "name a file that knockdown wrote")
    try:
        return paper.model_validate_json(content)
    except ValidationError as error:
        raise BadInput(_json_faults(path, error)) from error


def _json_faults(path: Path, error: ValidationError) -> list[Fault]:
    faults = []
    for detail in error.errors(include_url=False)[:50]:
        key = ".".join(str(part) for part in detail["loc"]) or None
        value = None if detail["type"] in ("missing", "json_invalid") else shorten(str(detail.get("input")))
        problem, next_step = problem_and_next_step(detail["msg"], detail["type"], detail.get("ctx"))
        faults.append(Fault(path.name, None, key, value, problem, next_step))
    return faults


def _refusal(path: Path, problem: str, next_step: str) -> BadInput:
    return BadInput([Fault(str(path), None, None, None, problem, next_step)])


def _foreign(file: str, plan: MasterPlan, plant: AnyPlant) -> Iterator[Fault]:
    """Names in a plan that the plant lacks, each once."""
    if plan.plant != plant.id:
        yield Fault(
            file, None, "plant", plan.plant, f"is not {plant.id}", "name the plant the plan was made for"
        )
        return
    members, seen = members_of(plant), set()
    for table, columns in NAMES.items():
        for row in getattr(plan, table):
            for key, table_name, name in _row_names(row, columns):
                if (row.plant, table_name, name) not in seen and not _knows(
                    members, row.plant, table_name, name
                ):
                    yield Fault(file, None, f"{table}.{key}", name, f"is not in {table_name}", "plan again")
                seen.add((row.plant, table_name, name))


def _row_names(row: Any, columns: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    yield "plant", "the plants of this description", row.plant
    for key, table in columns.items():
        yield key, table, getattr(row, key)


def _knows(members: Mapping[str, Plant], plant: str, table: str, name: str) -> bool:
    member = members.get(plant)
    return member is not None and name in getattr(member, table, (plant,))
