"""A partner's packing list, frozen: shipment > container or wagon > case > box > part."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter

from knockdown.kitting.paper.headings import Unit

# What is known before.


@dataclass(frozen=True, slots=True)
class KnownPart:
    """A part number of the plant and the unit it is counted or measured in."""

    name: str
    unit: Unit = "pcs"


@dataclass(frozen=True, slots=True)
class KnownLot:
    """A kit lot that the partner may ship."""

    contract_id: str
    variant_id: str
    n_kits: int
    launch_no: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a packing list is read against.

    Parameters
    ----------
    partner_id : str
        Who packed.
    parts : mapping of str to KnownPart
        All part numbers of the plant.
    lots : mapping of str to KnownLot
        The kit lots expected from this partner.
    variant_ids : frozenset of str
        All variants of the plant.
    aliases : mapping of str to str
        The partner's own part numbers, and the plant's for each.
    needed : function of a kit lot
        What the kits of the whole lot need of each part.
    """

    partner_id: str
    parts: Mapping[str, KnownPart] = field(default_factory=lambda: MappingProxyType({}))
    lots: Mapping[str, KnownLot] = field(default_factory=lambda: MappingProxyType({}))
    variant_ids: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    needed: Callable[[str], Mapping[str, int]] = lambda kit_lot_id: {}


# The list.


class PackedLine(NamedTuple):  # a hundred thousand are made at once, and a tuple is made quickly
    """A part in a case, or in a box of the case.

    Parameters
    ----------
    part_id : str
        The plant's part number.
    n_parts : int
        Pieces; thousandths of the unit (g, ml, mm) for a part that is measured.
    box_id : str or None
        The box in the case.
    name : str
        What the partner calls the part.
    row : int
        Row as a spreadsheet counts it; the first, when equal lines were added up.
    sheet : str
        Name of the sheet; "" in a CSV.
    partner_part : str
        The part number as the partner wrote it.
    """

    part_id: str
    n_parts: int
    box_id: str | None
    name: str
    row: int
    sheet: str
    partner_part: str


@dataclass(frozen=True, slots=True)
class PackedCase:
    """A case and what is in it; `kit_lot_id` is None when its parts belong to no lot."""

    case_id: str
    container_id: str | None
    kit_lot_id: str | None
    packaging: str
    gross_mass_g: int | None
    lines: tuple[PackedLine, ...]


@dataclass(frozen=True, slots=True)
class PackedLot:
    """A kit lot that the list has parts of, and the launch that the list or the plant names for it."""

    kit_lot_id: str
    contract_id: str
    variant_id: str
    launch_no: str | None


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part number that the plant does not have yet."""

    part_id: str
    name: str
    unit: Unit
    partner_part: str


@dataclass(frozen=True, slots=True)
class PackingList:
    """One file, read whole.

    Parameters
    ----------
    partner_id, file : str
        Who packed, and the file's name.
    digest : str
        SHA-256 of the file's bytes, in hexadecimal digits.
    shipment_id : str or None
        The shipment that the list names, else the list's own number.
    revision : str
        What the list says of its revision; "" when it says nothing.
    lots : tuple of PackedLot
        The lots in it, in order of appearance.
    cases : tuple of PackedCase
        In order of appearance.
    new_parts : tuple of NewPart
        Part numbers accepted though the plant does not have them.

    Examples
    --------
    >>> line = PackedLine("BT-1", 4, None, "Bolt", 7, "1", "БТ-1")
    >>> case = PackedCase("12", "MSKU1", None, "", None, (line,))
    >>> paper = PackingList("mtz", "list.xlsx", "00", None, "", (), (case,), ())
    >>> PackingList.from_json(paper.to_json()) == paper
    True
    >>> dict(paper.contents()["12"]), paper.n_lines
    ({('BT-1', None): 4}, 1)
    """

    partner_id: str
    file: str
    digest: str
    shipment_id: str | None
    revision: str
    lots: tuple[PackedLot, ...]
    cases: tuple[PackedCase, ...]
    new_parts: tuple[NewPart, ...]
    schema: Literal["knockdown.kit.packing_list/1"] = "knockdown.kit.packing_list/1"

    @property
    def n_lines(self) -> int:
        """Lines in all cases."""
        return sum(len(case.lines) for case in self.cases)

    def lines(self) -> Iterator[tuple[PackedCase, PackedLine]]:
        """Every line with its case."""
        return ((case, line) for case in self.cases for line in case.lines)

    def contents(self) -> dict[str, dict[tuple[str, str | None], int]]:
        """By case, the number of each part in each box: what `revise.compare` takes as `old`."""
        return {
            case.case_id: {(line.part_id, line.box_id): line.n_parts for line in case.lines}
            for case in self.cases
        }

    def to_json(self) -> str:
        """Write the list as one JSON document."""
        return _adapter().dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> PackingList:
        """Read what `to_json` wrote."""
        return _adapter().validate_json(text)


@functools.cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(PackingList)
