"""How big a plant description is, and what its numbers rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Literal

from pydantic import BaseModel, Field

from knockdown import __version__
from knockdown.documents.paper import Document, Paper, Provenance
from knockdown.plant.fields import Row
from knockdown.plant.plant import PLANT_TABLES, Network, Plant
from knockdown.plant.sources import parse_source, register
from knockdown.workflow.papers import Kind
from knockdown.workflow.prepare import AnyPlant, PlantLike, members_of, plant_of

Basis = Literal["fact", "parameter", "assumption"]


class Numbers(Paper):
    """Numbers written in a description, by what they rest on."""

    numbers: int
    fact: int = Field(description="published: a fact or a row of the model register")
    parameter: int = Field(description="from a parameter that has a source")
    assumption: int = Field(description="assumed, wholly or in part")
    assumption_share: float = Field(description="assumed of all; 0 when there are none")


class TableNumbers(Paper):
    """One table, or one section of plant.toml."""

    table: str
    rows: int
    numbers: Numbers


class FamilySizes(Paper):
    """How finely a family is described."""

    family: str
    name: str
    line: str
    models: int
    variants: int
    work_elements: int
    part_lines: int = Field(description="rows of bom for the family, its models and its variants")


class PlantSizes(Paper):
    """One plant."""

    plant: str
    name: str
    country: str
    currency: str
    digest: str = Field(description="digest of the description's files")
    sizes: dict[str, int] = Field(description="rows by table")
    families: tuple[FamilySizes, ...]
    tables: tuple[TableNumbers, ...]
    numbers: Numbers


class CheckReport(Document):
    """`knockdown.check/1`: a description without faults, and its sizes."""

    schema_: Literal["knockdown.check/1"] = Field("knockdown.check/1", alias="schema")
    plant: str
    name: str
    kind: Kind
    plants: tuple[PlantSizes, ...] = Field(description="the plant, or the members of the network")
    numbers: Numbers = Field(description="over all plants")


def check(plant: PlantLike) -> CheckReport:
    """Read a plant, and count what it holds.

    Parameters
    ----------
    plant : str, Path, Plant or Network
        A built-in plant's name, a folder, or what `load` gave.

    Returns
    -------
    CheckReport

    Raises
    ------
    BadInput
        With every fault of the description.

    Examples
    --------
    >>> report = check("nakhchivan")
    >>> report.plants[0].sizes["variants"]
    12
    >>> report.numbers.numbers == report.plants[0].numbers.numbers
    True
    """
    found = plant_of(plant)
    plants = tuple(_sizes(member) for member in members_of(found).values())
    kind: Kind = "network" if isinstance(found, Network) else "plant"
    return CheckReport(
        plant=found.id,
        name=found.file.name,
        kind=kind,
        plants=plants,
        numbers=_sum(p.numbers for p in plants),
        provenance=provenance(found, {}),
    )


def provenance(plant: AnyPlant, options: Mapping[str, str | int | float | bool | None]) -> Provenance:
    """What a paper of this job was computed from."""
    return Provenance(version=__version__, input_digest=plant.digest, options=dict(options))


def _sizes(plant: Plant) -> PlantSizes:
    tables = (*_table_numbers(plant), *_section_numbers(plant))
    return PlantSizes(
        plant=plant.id,
        name=plant.file.name,
        country=plant.file.country,
        currency=plant.file.currency,
        digest=plant.digest,
        sizes={table: len(getattr(plant, table)) for table in PLANT_TABLES},
        families=tuple(_family_sizes(plant)),
        tables=tables,
        numbers=_sum(t.numbers for t in tables),
    )


def _family_sizes(plant: Plant) -> Iterator[FamilySizes]:
    owner = {family: family for family in plant.families}
    owner |= {model.id: model.family for model in plant.models.values()}
    owner |= {variant: plant.family_of(variant).id for variant in plant.variants}
    parts = Counter(owner[line.product] for line in plant.bom)
    elements = Counter(element.family for element in plant.work_elements.values())
    models = Counter(model.family for model in plant.models.values())
    variants = Counter(owner[variant] for variant in plant.variants)
    for id_, family in plant.families.items():
        yield FamilySizes(
            family=id_,
            name=family.name,
            line=family.line,
            models=models[id_],
            variants=variants[id_],
            work_elements=elements[id_],
            part_lines=parts[id_],
        )


def _table_numbers(plant: Plant) -> Iterator[TableNumbers]:
    for table in PLANT_TABLES:
        held = getattr(plant, table)
        rows: list[Row] = list(held.values() if isinstance(held, Mapping) else held)
        yield TableNumbers(table=table, rows=len(rows), numbers=_count(rows))


def _section_numbers(plant: Plant) -> Iterator[TableNumbers]:
    for name in type(plant.file).model_fields:
        section = getattr(plant.file, name)
        if isinstance(section, Row):
            yield TableNumbers(table=f"plant.toml [{name}]", rows=1, numbers=_count([section]))


def _count(rows: Iterable[Row]) -> Numbers:
    found = Counter(_basis(row.source, column) for row in rows for column in _number_columns(row))
    return _numbers(found["fact"], found["parameter"], found["assumption"])


def _number_columns(row: BaseModel) -> Iterator[str]:
    """Columns of a row that were filled with a number."""
    for name in row.model_fields_set:
        value = getattr(row, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name


@cache
def _basis(cell: str, column: str) -> Basis:
    """What a column's number rests on.

    >>> _basis("assumption; kit_price=F357", "kit_price"), _basis("F357+assumption", "units")
    ('fact', 'assumption')
    """
    ids = parse_source(cell).of(column)
    if any(register()[name].assumed for name in ids):
        return "assumption"
    return "parameter" if any(name.startswith("P") for name in ids) else "fact"


def _sum(parts: Iterable[Numbers]) -> Numbers:
    every = list(parts)
    return _numbers(
        sum(n.fact for n in every), sum(n.parameter for n in every), sum(n.assumption for n in every)
    )


def _numbers(fact: int, parameter: int, assumption: int) -> Numbers:
    total = fact + parameter + assumption
    return Numbers(
        numbers=total,
        fact=fact,
        parameter=parameter,
        assumption=assumption,
        assumption_share=round(assumption / total, 4) if total else 0.0,
    )
