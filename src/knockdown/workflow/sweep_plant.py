"""A sweep over a plant: cells of its tables, and the year of the varied plant with the plan kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import digest_json
from knockdown.documents.master_plan import MasterPlan, People
from knockdown.plant.fields import Row
from knockdown.plant.line import Crew
from knockdown.plant.load import Located
from knockdown.plant.messages import problem_and_next_step
from knockdown.plant.plant import PLANT_TABLES, Network, Plant
from knockdown.plant.validate import meaning, references
from knockdown.simulating.experiments import of_plant
from knockdown.simulating.line.estimate import Figures, Floats
from knockdown.workflow.kit_supply import kitted_for
from knockdown.workflow.prepare import AnyPlant
from knockdown.workflow.sweep_subject import Unfit, Values, said
from knockdown.workflow.sweep_vary import Value, Vary, fault, near, refuse_twice

SHORT = {"crews": ("crews", "people_open"), "buffers": ("stations", "buffer_after")}
HALL = frozenset({"crews", "stations"})
Cell = tuple[str, str | int, str]
"""Table, id of the row (or its number from 0 where rows have no id), column."""
Axis = tuple[Vary, tuple[Cell, ...]]


@dataclass(frozen=True)
class PlantSubject:
    """A plant as described, the plan that is kept, and the cells that are varied."""

    plant: Plant
    plan: MasterPlan
    axes: tuple[Axis, ...]
    seed: int
    kitted: Plant
    plan_digest: str
    kind: Literal["plant"] = "plant"

    @classmethod
    def of(cls, plant: Plant, plan: MasterPlan, axes: tuple[Axis, ...], seed: int) -> PlantSubject:
        """With the kits that the plan counted on."""
        return cls(plant, plan, axes, seed, _kitted(plant, plan), plan_digest(plan))

    @property
    def name(self) -> str:
        """Id of the plant."""
        return self.plant.id

    @property
    def paths(self) -> tuple[str, ...]:
        """What is varied, as it was written."""
        return tuple(vary.path for vary, _ in self.axes)

    def identity(self, values: Values) -> Any:
        """The description, the plan and the cells that differ."""
        cells = [[[*cell], value] for cell, value in self._cells(values)]
        return ["plant", self.plant.digest, self.plan_digest, sorted(cells, key=str), self.seed]

    def plant_at(self, values: Values) -> Plant:
        """The plant of a point.

        Raises
        ------
        BadInput
            When a cell cannot have its value, or rows no longer go together.
        """
        plant = varied(self.plant, self._cells(values))
        faults = _inconsistent(plant)
        if faults:
            raise BadInput(faults)
        return plant

    def play(self, values: Values, first: int, last: int) -> dict[str, Floats]:
        """The year's figures, one a replication."""
        try:
            plant = self.plant_at(values)
            plan = self.plan.model_copy(update={"people": _people(self.plan, self.plant, plant)})
            found = of_plant.year_of(self._kitted_at(plant, values), plan, self.seed, first, last)
        except BadInput as error:
            raise Unfit(said(error.faults)) from error
        except ValueError as error:
            raise Unfit(str(error)) from error
        return found | {"runs": np.ones(last - first)}

    def figures(self, values: Values) -> Figures:
        """Means over replications."""
        return of_plant.figures

    def headline(self, name: str) -> bool:
        """Whether a figure is of the plant as a whole."""
        return name in of_plant.HEADLINES

    def as_described(self, values: Values) -> bool:
        """Whether a point is the plant as it stands."""
        return all(_cell_value(self.plant, cell) == value for cell, value in self._cells(values))

    def _kitted_at(self, plant: Plant, values: Values) -> Plant:
        """With real kits. They do not depend on the hall, and to find them takes longer than to play."""
        cells = self._cells(values)
        if {table for (table, _, _), _ in cells} <= HALL:
            return varied(self.kitted, cells)
        return _kitted(plant, self.plan)

    def _cells(self, values: Values) -> list[tuple[Cell, Value]]:
        return [(cell, v) for (_, cells), v in zip(self.axes, values, strict=True) for cell in cells]


def plant_subject(plant: AnyPlant, varies: Sequence[Vary]) -> tuple[Plant, tuple[Axis, ...]]:
    """The plant and its axes.

    Raises
    ------
    BadInput
        With every place and value that the plant cannot have.
    """
    if isinstance(plant, Network):
        step = f"name one of {', '.join(plant.members)}"
        raise BadInput(
            [Fault("PLANT", None, None, plant.id, "is a network, and a sweep plays one plant", step)]
        )
    faults: list[Fault] = []
    axes = tuple((vary, tuple(_cells_of(plant, vary, faults))) for vary in varies)
    faults += refuse_twice(axes)
    faults += [each for axis in axes for each in _values_refused(plant, *axis)]
    if faults:
        raise BadInput(faults)
    return plant, axes


def plan_digest(plan: MasterPlan) -> str:
    """Digest of the rows of a plan that a simulated year reads."""
    rows = (*plan.build, *plan.campaigns, *plan.lots, *plan.people, *plan.lines, *plan.sales, *plan.stock)
    return digest_json([plan.plant, list(plan.periods), [row.model_dump(mode="json") for row in rows]])


def _kitted(plant: Plant, plan: MasterPlan) -> Plant:
    """The plant with its real kits, as the plan saw them."""
    found = kitted_for(plant, plan)
    assert isinstance(found, Plant)
    return found


def varied(plant: Plant, cells: Sequence[tuple[Cell, Value]]) -> Plant:
    """The plant with other values in some cells.

    The planner's bounds on a crew give way: what is asked is what another crew would do.
    """
    changes: dict[tuple[str, str | int], dict[str, Any]] = {}
    for (table, row, column), value in cells:
        changes.setdefault((table, row), {})[column] = value
    tables: dict[str, Any] = {}
    for (table, row), values in changes.items():
        rows = tables.setdefault(table, _copied(getattr(plant, table)))
        rows[row] = _changed(rows[row], values)
    return replace(plant, **{name: _frozen(rows) for name, rows in tables.items()})


def _copied(rows: Any) -> Any:
    return dict(rows) if isinstance(rows, Mapping) else list(rows)


def _frozen(rows: Any) -> Any:
    return tuple(rows) if isinstance(rows, list) else rows


def _changed(row: Row, values: dict[str, Any]) -> Row:
    found = type(row).model_validate(row.model_dump() | values)
    people = values.get("people_open")
    if people is None:
        return found
    assert isinstance(found, Crew)
    n = found.people_open
    bounds = {"people_min": min(n, found.people_min), "people_max": max(n, found.people_max)}
    return found.model_copy(update={k: v for k, v in bounds.items() if k not in values})


def _inconsistent(plant: Plant) -> list[Fault]:
    rows = {
        name: [Located(row, f"{name}.csv", i) for i, row in enumerate(_rows(plant, name), start=2)]
        for name in PLANT_TABLES
    }
    return [*references(rows), *meaning(plant.file, rows)]


def _rows(plant: Plant, table: str) -> Sequence[Any]:
    rows = getattr(plant, table)
    return tuple(rows.values()) if isinstance(rows, Mapping) else rows


def _people(plan: MasterPlan, before: Plant, after: Plant) -> tuple[People, ...]:
    """The plan's people: of a crew that opens with twice as many, twice as many in every period."""
    factors = {name: _factor(crew, after.crews[name]) for name, crew in before.crews.items()}
    return tuple(
        row if row.plant != before.id or factors[row.crew] == 1.0 else _scaled(row, factors[row.crew])
        for row in plan.people
    )


def _factor(before: Crew, after: Crew) -> float:
    if after.people_open == before.people_open:
        return 1.0
    if before.people_open == 0:
        raise ValueError(f"crew {before.id} has nobody as described, so the plan has no hours of it to scale")
    return after.people_open / before.people_open


def _scaled(row: People, factor: float) -> People:
    hours = {"available_h": row.available_h * factor, "overtime_h": row.overtime_h * factor}
    return row.model_copy(update={"people": round(row.people * factor), **hours})


def _cells_of(plant: Plant, vary: Vary, faults: list[Fault]) -> Iterator[Cell]:
    """Cells that a path names: table.row.column, or a short form."""
    words = vary.path.split(".")
    table, column, row = words[0], words[-1], ".".join(words[1:-1])
    if table in SHORT and not (row and column in _columns(SHORT[table][0])):
        (table, column), row = SHORT[table], ".".join(words[1:])
    if table not in PLANT_TABLES:
        faults.append(fault(vary.path, f"has no table {table}", near(table, [*PLANT_TABLES, *SHORT])))
        return
    names = _row_names(plant, table)
    if row != "*" and row not in names:
        asked = row or ".".join(words[1:])
        problem = f"names no row {asked} of {table}" if asked else f"names no row of {table}"
        faults.append(fault(vary.path, problem, near(asked, names)))
        return
    if column not in _columns(table):
        faults.append(fault(vary.path, f"names no column {column} of {table}", near(column, _columns(table))))
        return
    if not names:
        faults.append(fault(vary.path, f"finds no row in {table}", "name another table"))
    yield from ((table, key, column) for name, key in names.items() if row in ("*", name))


@lru_cache
def _columns(table: str) -> tuple[str, ...]:
    return tuple(name for name in PLANT_TABLES[table].model_fields if name not in ("id", "source"))


def _row_names(plant: Plant, table: str) -> dict[str, str | int]:
    rows = getattr(plant, table)
    if isinstance(rows, Mapping):
        return {name: name for name in rows}
    return {str(i + 1): i for i in range(len(rows))}


def _values_refused(plant: Plant, vary: Vary, cells: Sequence[Cell]) -> Iterator[Fault]:
    """Values that no row has in this column; what rows have against each other is left to the points."""
    for value in vary.values if cells else ():
        try:
            varied(plant, [(cells[0], value)])
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            problem, step = problem_and_next_step(detail["msg"], detail["type"], detail.get("ctx"))
            yield fault(vary.path, problem, step, value)


def _cell_value(plant: Plant, cell: Cell) -> Any:
    table, row, column = cell
    return getattr(getattr(plant, table)[row], column)
