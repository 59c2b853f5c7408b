"""From bill of material to what must be in the cases: BOM - deletions + additions = supply list, times kits.

Compared with a packing list before anything has been shipped, it tells what is missing or too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knockdown.kitting.paper.packing_list import PackingList
from knockdown.kitting.terms import BomEntry, Mode

PACKED: tuple[Mode, ...] = ("lot",)
"""Modes in which a part comes packed with its kit lot."""


@dataclass(frozen=True, slots=True)
class Variation:
    """A part of which more or fewer are packed than a lot needs.

    `difference` is packed less expected; `case_ids` are the cases in which there is some of it.
    """

    kit_lot_id: str
    part_id: str
    expected: int
    packed: int
    difference: int
    case_ids: tuple[str, ...]


def supply_list(
    bom: Iterable[BomEntry], additions: Iterable[BomEntry] = (), modes: Sequence[Mode] = PACKED
) -> dict[str, int]:
    """What the partner supplies for one kit.

    Parameters
    ----------
    bom : iterable of BomEntry
        The finished vehicle; entries of other modes (made or bought here, or lightened) are the deletions.
    additions : iterable of BomEntry
        What the partner adds beyond it, such as packing and spares; in whatever mode.
    modes : sequence of Mode, optional
        What comes with the kit lot.

    Returns
    -------
    dict of str to int
        Pieces (or thousandths) for one kit by part, in the order of the parts.

    Examples
    --------
    >>> bom = [BomEntry("A", 2, "TR01", "lot"), BomEntry("B", 1, "TR02", "local")]
    >>> supply_list(bom, [BomEntry("Z", 1, "TR01", "lot")])
    {'A': 2, 'Z': 1}
    """
    found: Counter[str] = Counter()
    for entry in bom:
        if entry.mode in modes:
            found[entry.part_id] += entry.n_parts
    for entry in additions:
        found[entry.part_id] += entry.n_parts
    return dict(sorted(found.items()))


def variations(
    packing_list: PackingList, needed: Mapping[str, Mapping[str, int]], is_whole: bool = True
) -> tuple[Variation, ...]:
    """Compare a packing list with what its lots need.

    Parameters
    ----------
    packing_list : PackingList
        What is packed.
    needed : mapping of kit lot to mapping of part to int
        What each whole lot needs (`lot_needs`); lots that the list does not name do not matter.
    is_whole : bool, optional
        Whether the list is of whole lots. If a lot comes in several lists, a part can still come with the
        next: only what is packed and needed nowhere, or too much, is told.

    Returns
    -------
    tuple of Variation
        Only what differs, by lot in the order of the list and by part.

    Examples
    --------
    >>> from knockdown.kitting.paper.packing_list import PackedCase, PackedLine, PackedLot
    >>> line = PackedLine("A", 5, None, "Bolt", 7, "", "A")
    >>> case = PackedCase("1", None, "L-1", "", None, (line,))
    >>> paper = PackingList("mtz", "f", "", None, "", (PackedLot("L-1", "c", "v", None),), (case,), ())
    >>> variations(paper, {"L-1": {"A": 6}})[0].difference
    -1
    """
    packed: dict[tuple[str, str], int] = {}
    cases: dict[tuple[str, str], dict[str, None]] = {}
    for case, line in packing_list.lines():
        if case.kit_lot_id is not None:
            key = (case.kit_lot_id, line.part_id)
            packed[key] = packed.get(key, 0) + line.n_parts
            cases.setdefault(key, {})[case.case_id] = None
    found = []
    for lot in packing_list.lots:
        expected = needed.get(lot.kit_lot_id, {})
        parts = {part for lot_id, part in packed if lot_id == lot.kit_lot_id} | expected.keys()
        for part in sorted(parts):
            key = (lot.kit_lot_id, part)
            difference = packed.get(key, 0) - expected.get(part, 0)
            if difference > 0 or (difference < 0 and is_whole):
                counts = (expected.get(part, 0), packed.get(key, 0), difference)
                found.append(Variation(lot.kit_lot_id, part, *counts, tuple(cases.get(key, ()))))
    return tuple(found)


def lot_needs(per_kit: Mapping[str, int], n_kits: int) -> dict[str, int]:
    """What a whole lot needs, when all its kits are alike.

    Where a change takes effect within the lot, add up `supply_list(effectivity.bom_in_force(...))` over kits.

    >>> lot_needs({"A": 3}, 40)
    {'A': 120}
    """
    return {part: n_parts * n_kits for part, n_parts in per_kit.items()}
