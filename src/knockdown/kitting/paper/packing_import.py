"""Import a partner's packing list: all of it, or nothing and every fault."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.ids import id_problem
from knockdown.basics.sheets import Book, read_book
from knockdown.basics.table_rows import Limits
from knockdown.kitting.paper.layout import MapOptions, Mapping, parse_map_options
from knockdown.kitting.paper.layout_detect import find_mapping, looks_like_lines
from knockdown.kitting.paper.packing_cases import CaseDraft, Resolver
from knockdown.kitting.paper.packing_faults import Notes
from knockdown.kitting.paper.packing_ids import make_id
from knockdown.kitting.paper.packing_list import Known, PackedCase, PackedLine, PackingList
from knockdown.kitting.paper.packing_rows import Rows, SheetReader
from knockdown.kitting.paper.packing_totals import check_totals, settle_masses
from knockdown.kitting.paper.plausible import check_plausible

PACKING_LIMITS = Limits(
    max_file_bytes=64 << 20,
    max_rows=500_000,
    max_cells=8_000_000,
    max_xlsx_unpacked=320 << 20,
    max_entries=2_000,
    child_memory_bytes=2 << 30,
    child_seconds=120,
)
"""A year's lots fit in; a bomb still does not."""

_MOST_ROWS_TOLD = 12


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gives.

    Parameters
    ----------
    packing_list : PackingList
        The whole list.
    mapping : Mapping
        The layout it was read with, to be remembered for the partner.
    warnings : tuple of Fault
        What is odd, but no reason to refuse the list.
    """

    packing_list: PackingList
    mapping: Mapping
    warnings: tuple[Fault, ...]


def import_list(
    path: Path,
    known: Known,
    *,
    name: str | None = None,
    mapping: Mapping | None = None,
    options: Sequence[str] = (),
    new_parts: bool = False,
    limits: Limits = PACKING_LIMITS,
) -> Imported:
    """Read one packing list, XLSX or CSV, in whatever layout.

    Parameters
    ----------
    path : Path
        The file.
    known : Known
        What it is read against: parts, lots, variants and the partner's aliases.
    name : str, optional
        The file's name as the user knows it; by default its own.
    mapping : Mapping, optional
        The layout remembered for the partner.
    options : sequence of str, optional
        What was said with `--map`; see `parse_map_options`.
    new_parts : bool, optional
        Accept part numbers that the plant does not have, and list them.
    limits : Limits, optional
        How much is read at most.

    Raises
    ------
    BadInput
        With all faults; nothing is imported.
    """
    said = parse_map_options(options)
    name = name or path.name
    encoding = said.encoding or (mapping.encoding if mapping and not said.anew else None)
    book, faults = read_book(path, name, limits, encoding)
    if book is None:
        raise BadInput(faults)
    return read_list(book, known, mapping=mapping, said=said, new_parts=new_parts, most=limits.max_faults)


def read_list(
    book: Book,
    known: Known,
    *,
    mapping: Mapping | None = None,
    said: MapOptions | None = None,
    new_parts: bool = False,
    most: int = PACKING_LIMITS.max_faults,
) -> Imported:
    """Read a packing list from sheets that were read before; see `import_list`.

    Raises
    ------
    BadInput
        With all faults, at most `most` of them and the number of the rest.

    Examples
    --------
    >>> from knockdown.basics.sheets import book_of
    >>> from knockdown.kitting.paper.packing_list import KnownPart
    >>> known = Known("mtz", {"BT-1": KnownPart("Bolt")})
    >>> book = book_of("Ящик №;Обозначение;Кол-во\\n1;БТ-1;4\\n".encode(), "list.csv")
    >>> found = read_list(book, known)
    >>> [(case.case_id, line.part_id, line.n_parts) for case, line in found.packing_list.lines()]
    [('1', 'BT-1', 4)]
    >>> found.warnings[0].problem
    'names no kit lot for 1 case, whose parts count as loose'
    """
    said = said or MapOptions()
    with no_collecting():
        layout = find_mapping(book.name, book.sheets, mapping, said)
        faults, warnings = Notes(book, layout, "faults", most), Notes(book, layout, "warnings", most)
        rows = _read_rows(book, layout, said, faults, warnings)
        resolver = Resolver(known, layout, faults, warnings, new_parts)
        for entry in rows.entries:
            resolver.add(entry)
        resolver.tell_unknown()
        check_plausible(resolver, said.large)
        settle_masses(rows, resolver)
        check_totals(rows, resolver)
        shipment = _shipment(rows, resolver, faults)
        if not rows.entries and not faults.kept:
            faults.add(0, None, None, None, "has headings and no lines below them", "look for its lines")
        if faults.kept:
            raise BadInput(faults.listed())
        _tell_loose(resolver, warnings)
        paper = _packing_list(book, known, rows, resolver, shipment)
    return Imported(paper, layout, tuple(warnings.listed()))


@contextmanager
def no_collecting() -> Iterator[None]:
    """Many small things are made and kept: looking for cycles among them, again and again, finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_rows(book: Book, layout: Mapping, said: MapOptions, faults: Notes, warnings: Notes) -> Rows:
    """Read each sheet that has the layout; one that has not, and seems to hold lines, is a fault."""
    rows = Rows()
    for place, sheet in enumerate(book.sheets):
        if not sheet.rows or not layout.wants(sheet):
            continue
        first = layout.first_line(sheet)
        if first is not None:
            reader = SheetReader(sheet, place, layout, said.given, rows, faults)
            reader.read(first)
            _tell_left_out(reader, place, warnings)
        elif looks_like_lines(sheet):
            step = "bring its columns in line, or leave it out by naming the others, as --map sheet=PATTERN"
            faults.add(place, None, None, None, "does not have the headings of the other sheets", step)
        else:
            step = "nothing to do if it holds no lines"
            warnings.add(place, None, None, None, "has no headings of a packing list and was left out", step)
    return rows


def _tell_left_out(reader: SheetReader, place: int, warnings: Notes) -> None:
    left_out = reader.left_out
    if left_out:
        told = ", ".join(map(str, left_out[:_MOST_ROWS_TOLD]))
        more = f" and {len(left_out) - _MOST_ROWS_TOLD} more" if len(left_out) > _MOST_ROWS_TOLD else ""
        problem = f"holds no part in rows {told}{more}, which were left out"
        warnings.add(place, left_out[0], None, None, problem, "nothing to do if they are no lines")


def _shipment(rows: Rows, resolver: Resolver, faults: Notes) -> str | None:
    """The one shipment that the list is of, else its own number."""
    shipments = list(resolver.shipments)
    if len(shipments) > 1:
        entry = next(one for one in rows.entries if make_id(one.place.shipment) == shipments[1])
        problem = f"is a second shipment in the list; the first is {shipments[0]}"
        step = "import each shipment from a file of its own"
        faults.add(entry.sheet, entry.row, "shipment", entry.place.shipment, problem, step)
    number = make_id(rows.head.get("list", ""))
    return shipments[0] if shipments else None if id_problem(number) else number


def _tell_loose(resolver: Resolver, warnings: Notes) -> None:
    loose = [case for case in resolver.cases.values() if case.kit_lot_id is None]
    if loose:
        cases = f"{len(loose):,} case{'s' if len(loose) > 1 else ''}"
        problem = f"names no kit lot for {cases}, whose parts count as loose"
        step = "if they are of a lot, say --map lot=:LOT"
        warnings.add(loose[0].sheet, None, None, None, problem, step)


def _packing_list(
    book: Book, known: Known, rows: Rows, resolver: Resolver, shipment: str | None
) -> PackingList:
    sheets = [sheet.name for sheet in book.sheets]
    return PackingList(
        known.partner_id,
        book.name,
        book.digest,
        shipment,
        rows.head.get("revision", ""),
        tuple(resolver.lots.values()),
        tuple(_packed(case, sheets) for case in resolver.cases.values()),
        tuple(resolver.new_parts.values()),
    )


def _packed(case: CaseDraft, sheets: Sequence[str]) -> PackedCase:
    lines = [
        PackedLine(part_id, n_parts, box_id, one.name, one.row, sheets[one.sheet], str(one.part))
        for (part_id, box_id), (n_parts, one) in case.lines.items()
    ]
    mass_g = case.whole_g
    return PackedCase(case.case_id, case.container_id, case.kit_lot_id, case.packaging, mass_g, tuple(lines))
