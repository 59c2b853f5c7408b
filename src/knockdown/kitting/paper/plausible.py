"""Quantities that can hardly be right: many times what the kits of the lot need.

A lot that is packed otherwise than its supply list is told beside the list (`supply_list.variations`). Ten
times as much is a digit or a column gone astray, and is refused until somebody says that it is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set

from knockdown.kitting.paper.packing_cases import CaseDraft, Resolver
from knockdown.kitting.paper.packing_ids import make_id
from knockdown.kitting.paper.packing_rows import Entry
from knockdown.kitting.terms import MEASURED, PER_UNIT, written

TIMES = 10
MOST_A_KIT = 1_000
"""Pieces, or whole units, of a part that the kits do not need at all."""

EVERY = "all"


def check_plausible(resolver: Resolver, accepted: Set[str]) -> None:
    """Note a fault for each part of which a lot is packed too many to believe, at its largest line.

    Parameters
    ----------
    resolver : Resolver
        After all entries.
    accepted : set of str
        Part numbers, in any writing, whose quantity was said to be right; or "all".
    """
    if EVERY in accepted:
        return
    right = {make_id(part) for part in accepted}
    for lot_id, packed in _packed(resolver.cases.values()).items():
        needed = resolver.known.needed(lot_id)
        n_kits = resolver.known.lots[lot_id].n_kits
        for part_id, n_parts in packed.items():
            n_needed, unit = needed.get(part_id, 0), _unit(resolver, part_id)
            most = MOST_A_KIT * n_kits * (PER_UNIT if unit in MEASURED else 1)
            if n_parts >= (n_needed * TIMES or most) and make_id(part_id) not in right:
                need = f"need {written(n_needed, unit)}" if n_needed else "do not need it"
                _tell(resolver, lot_id, part_id, n_parts, need, unit)


def _packed(cases: Iterable[CaseDraft]) -> dict[str, Counter[str]]:
    packed: dict[str, Counter[str]] = {}
    for case in cases:
        if case.kit_lot_id is not None:
            found = packed.setdefault(case.kit_lot_id, Counter())
            for (part_id, _), line in case.lines.items():
                found[part_id] += line.n_parts
    return packed


def _unit(resolver: Resolver, part_id: str) -> str:
    known = resolver.known.parts.get(part_id)
    return known.unit if known else resolver.new_parts[part_id].unit


def _tell(resolver: Resolver, lot_id: str, part_id: str, n_parts: int, need: str, unit: str) -> None:
    lines = sorted(_lines(resolver.cases, lot_id, part_id), key=lambda line: -line[0])
    entry = lines[0][1]
    more = f" with {len(lines) - 1} more row{'s' * (len(lines) > 2)}" if len(lines) > 1 else ""
    problem = f"makes{more} {written(n_parts, unit)} of {part_id} in lot {lot_id}, whose kits {need}"
    per_kit = ", or say --map qty_is=case" if resolver.mapping.quantity == "kit" else ""
    step = f"correct it{per_kit}; if the paper is right, say --map large={part_id} (large={EVERY} for all)"
    resolver.faults.add(entry.sheet, entry.row, "qty", entry.qty, problem, step)


def _lines(cases: Mapping[str, CaseDraft], lot_id: str, part_id: str) -> Iterator[tuple[int, Entry]]:
    for case in cases.values():
        if case.kit_lot_id == lot_id:
            for (part, _), line in case.lines.items():
                if part == part_id:
                    yield line.n_parts, line.entry
