"""The two packing lists that Ganja's description comes with, made from its own supply lists.

`benchmarks/kitting/example_lists.py FOLDER` writes them again. Partners, lots and parts are
those of the description; cases, boxes and masses are invented, as everything marked assumption is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from knockdown.kitting.kit_needs import KitNeeds
from knockdown.kitting.paper.packing_list import KnownLot
from knockdown.kitting.terms import KitPlant
from knockdown.kitting.trials.packing_lists import (
    FLAT,
    MTZ,
    Layout,
    Shipment,
    ShippedPart,
    draft,
    pack,
    write_xlsx,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One list: whose, of which lot, in which layout, of so many lines."""

    file: str
    partner_id: str
    kit_lot_id: str
    launch_no: str
    layout: Layout
    n_lines: int
    seed: int


EXAMPLES = (
    Example("mtz-lot-14.xlsx", "mtz", "202601-14-b1025c", "25/4471", MTZ, 800, 14),
    Example(
        "sampo-lot-31.xlsx",
        "sampo",
        "202601-31-sampo2045g",
        "SR-2025-118",
        replace(FLAT, language="en", numbers="1,234.5"),
        240,
        31,
    ),
)


def shipment(plant: KitPlant, example: Example) -> Shipment:
    """What the example ships: the supply list of its lot, packed by chance."""
    lot = next(lot for lot in plant.opening.lots if lot.kit_lot_id == example.kit_lot_id)
    content = KitNeeds(plant).lot_content(lot.kit_lot_id, lot.variant_id, (1,))
    parts = tuple(
        ShippedPart(part_id, plant.parts[part_id].name, n_parts, 900, plant.parts[part_id].unit)
        for part_id, n_parts in sorted(content.items())
    )
    known = {lot.kit_lot_id: KnownLot(lot.contract_id, lot.variant_id, lot.n_kits, example.launch_no)}
    return pack(known, parts, example.seed, n_lines=example.n_lines, partner_id=example.partner_id)


def write(plant: KitPlant, folder: Path) -> list[Path]:
    """Write all examples into a folder."""
    return [
        write_xlsx(folder / example.file, draft(shipment(plant, example), example.layout))
        for example in EXAMPLES
    ]
