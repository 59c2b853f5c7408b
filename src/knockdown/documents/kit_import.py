"""Packing lists taken in, and what they hold against what is needed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knockdown.documents.paper import Paper


class MappedColumn(Paper):
    """A column of the partner's list, and what it was read as."""

    field: str = Field(description="what it holds")
    column: str = Field(description="its letters, or `sheet`: the name of the sheet")
    heading: str = Field(description="what stands over it, in a plain form")


class ListedLot(Paper):
    """A kit lot that a list has parts of."""

    lot: str
    contract: str
    variant: str
    launch: str | None
    containers: int
    cases: int
    lines: int
    parts: int = Field(description="part numbers")


class ChangedLine(Paper):
    """A line that differs from the list recorded before."""

    case: str
    box: str | None
    part: str
    before: int = Field(description="pieces, or thousandths of the part's unit")
    after: int


class RevisedList(Paper):
    """What a corrected list changes."""

    cases_added: tuple[str, ...]
    cases_changed: tuple[str, ...] = Field(description="other parts or pieces in them")
    cases_corrected: tuple[str, ...] = Field(
        description="the same parts; container, packaging, mass or launch corrected"
    )
    cases_not_in_it: tuple[str, ...] = Field(description="recorded cases of these lots that it leaves out")
    cases_opened: tuple[str, ...] = Field(description="changed on paper only: what was found in them stands")
    lines: tuple[ChangedLine, ...]
    n_lines: int = Field(description="changed lines; more than are listed")


class ImportedList(Paper):
    """One file."""

    file: str
    digest: str = Field(description="SHA-256 of the file")
    shipment: str | None
    state: Literal["new", "revised", "unchanged"] = Field(
        description="new: none of its cases was recorded before"
    )
    columns: tuple[MappedColumn, ...]
    lots: tuple[ListedLot, ...]
    revision: RevisedList | None = Field(description="null when nothing of these lots was recorded before")
    new_parts: tuple[str, ...]
    warnings: tuple[str, ...]


class VariationLine(Paper):
    """A part of which a lot is packed more or less than its supply list needs."""

    lot: str
    part: str
    name: str
    unit: str
    needed: int = Field(description="pieces, or thousandths of the unit where it is measured")
    packed: int
    difference: int
    cases: tuple[str, ...]


class KitImport(Paper):
    """Answer of `knockdown kit PLANT import`."""

    schema_: Literal["knockdown.kit.import/1"] = Field("knockdown.kit.import/1", alias="schema")
    plant: str
    partner: str
    is_recorded: bool = Field(description="false: a trial run")
    files: tuple[ImportedList, ...]
    new: int = Field(description="entries stored now")
    position: int
    variations: tuple[VariationLine, ...] = Field(description="against the supply lists; the first 200")
    n_variations: int


class LotVariations(Paper):
    """A lot's packing list against its supply list."""

    lot: str
    variant: str
    kits: int
    cases: int
    needed_parts: int
    packed_parts: int
    is_listed: bool = Field(description="false: no packing list was imported")


class KitCompare(Paper):
    """Answer of `knockdown kit PLANT compare`: finished-vehicle BOM - deletions + additions = supply list."""

    schema_: Literal["knockdown.kit.compare/1"] = Field("knockdown.kit.compare/1", alias="schema")
    plant: str
    lots: tuple[LotVariations, ...]
    variations: tuple[VariationLine, ...]
