"""What kit lots are packed against what their kits need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from knockdown.documents.kit_import import VariationLine
from knockdown.kitting.book import LotBook
from knockdown.kitting.outlook import needs_of
from knockdown.kitting.paper.packing_list import PackedCase
from knockdown.workflow.kit_desk import Desk


def packed_otherwise(desk: Desk, listed: Sequence[PackedCase]) -> Iterator[VariationLine]:
    """What the lots of these cases are packed, with what was recorded of them before, against their needs."""
    now = {case.case_id: case for case in listed}
    for lot_id in dict.fromkeys(case.kit_lot_id or "" for case in now.values()):
        packed: Counter[str] = Counter()
        cases: dict[str, list[str]] = {}
        for case in desk.book.cases_of(lot_id):
            if case.case_id not in now:
                add(packed, cases, case.case_id, [(part, n) for part, _, n in case.lines])
        for case_id, one in now.items():
            if one.kit_lot_id == lot_id:
                add(packed, cases, case_id, [(line.part_id, line.n_parts) for line in one.lines])
        yield from variations_of(desk, desk.book.lots[lot_id], packed, cases)


def add(
    packed: Counter[str], cases: dict[str, list[str]], case_id: str, lines: Sequence[tuple[str, int]]
) -> None:
    """Count a case's lines, and remember which case has what."""
    for part_id, n_parts in lines:
        packed[part_id] += n_parts
        named = cases.setdefault(part_id, [])
        if not named or named[-1] != case_id:  # a case is counted at one go
            named.append(case_id)


def needed(desk: Desk, lot: LotBook) -> dict[str, int]:
    """The lot's supply list: what its kits need, after change notes, of parts that come packed."""
    if lot.variant_id not in desk.kits.variants:
        return {}
    needs = needs_of(desk.kits, desk.book)
    return needs.lot_content(lot.kit_lot_id, lot.variant_id or "", range(1, lot.n_kits + 1), desk.today)


def variations_of(
    desk: Desk, lot: LotBook, packed: Mapping[str, int], cases: Mapping[str, Sequence[str]]
) -> Iterator[VariationLine]:
    """Parts of which a lot is packed more or less than its supply list needs."""
    wanted = needed(desk, lot)
    for part_id in sorted({*wanted, *packed}):
        difference = packed.get(part_id, 0) - wanted.get(part_id, 0)
        if difference:
            part = desk.kits.parts.get(part_id)
            yield VariationLine(
                lot=lot.kit_lot_id,
                part=part_id,
                name=part.name if part else "",
                unit=part.unit if part else "pcs",
                needed=wanted.get(part_id, 0),
                packed=packed.get(part_id, 0),
                difference=difference,
                cases=tuple(cases.get(part_id, ())),
            )
