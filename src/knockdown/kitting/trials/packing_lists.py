"""Packing lists that look like partners' own, of any size, from a seed; and what should be read from them.

`MTZ` is laid out as a Belarusian works would: Russian, a sheet per container, a title block, three rows of
headings, the case number on the first row of its block, totals. `FLAT` is a plain Turkish table, `FLAT_AZ` an
Azerbaijani one. Other layouts are made from the same parts.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Literal

from knockdown.kitting.paper.headings import Field, Unit
from knockdown.kitting.paper.packing_list import Known, KnownLot, KnownPart
from knockdown.kitting.paper.packing_numbers import Numbers

Language = Literal["ru", "en", "az", "tr"]
Blocks = Literal["flat", "first_row", "merged", "banner"]
Cell = str | int | float
COLUMNS: tuple[Field, ...] = (
    "lot", "launch", "container", "case", "packaging", "box", "part", "name", "unit", "qty", "net", "gross",
)  # fmt: skip

# What is shipped.


@dataclass(frozen=True, slots=True)
class ShippedPart:
    """A part number of a kit: pieces a kit, or thousandths of the unit, and the mass of one (of one unit)."""

    part_id: str
    name: str
    n_per_kit: int
    mass_g: int
    unit: Unit = "pcs"


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """One line to write; `n_parts` as in `PackedLine`."""

    lot_id: str
    container_id: str
    case_id: str
    box_id: str
    part: ShippedPart
    n_parts: int

    @property
    def net_g(self) -> int:
        """Net mass of the line."""
        one = 1000 if self.part.unit in ("kg", "l", "m", "m2") else 1
        return self.part.mass_g * self.n_parts // one


@dataclass(frozen=True, slots=True)
class Shipment:
    """A list before it is written."""

    partner_id: str
    shipment_id: str
    lots: Mapping[str, KnownLot]
    lines: tuple[ShippedLine, ...]

    def known(self) -> Known:
        """What a plant would know that expects this shipment."""
        parts = {line.part.part_id: KnownPart(line.part.name, line.part.unit) for line in self.lines}
        return Known(
            self.partner_id, parts, self.lots, frozenset(lot.variant_id for lot in self.lots.values())
        )

    def contents(self) -> dict[str, dict[tuple[str, str | None], int]]:
        """What should be read, as `PackingList.contents` gives it."""
        found: dict[str, dict[tuple[str, str | None], int]] = {}
        for line in self.lines:
            case = found.setdefault(line.case_id, {})
            key = (line.part.part_id, line.box_id or None)
            case[key] = case.get(key, 0) + line.n_parts
        return found


_WORDS = (
    "Engine", "Clutch", "Gearbox", "Axle", "Brake", "Cab", "Door", "Seat", "Hydraulic", "Fuel", "Air",
)  # fmt: skip
_THINGS = ("bolt", "bracket", "hose", "cover", "seal", "lever", "panel", "shaft", "bushing", "plate", "pipe")
_SIDES = ("left", "right", "front", "rear", "upper", "lower")


def make_parts(
    n_parts: int, seed: int = 1, measured_share: float = 0.0, prefix: str = "BT"
) -> tuple[ShippedPart, ...]:
    """Invent part numbers of a kit.

    >>> [part.part_id for part in make_parts(2)]
    ['BT-1001010', 'BT-1001020']
    """
    rng = random.Random(seed)
    return tuple(_make_part(n, rng, measured_share, prefix) for n in range(n_parts))


def _make_part(n: int, rng: random.Random, measured_share: float, prefix: str) -> ShippedPart:
    name = f"{rng.choice(_WORDS)} {rng.choice(_THINGS)}, {rng.choice(_SIDES)}"
    part_id = f"{prefix}-{1001 + n // 90}{10 * (n % 90 + 1):03d}"
    if rng.random() < measured_share:
        unit: Unit = rng.choice(("kg", "l", "m", "m2"))
        return ShippedPart(part_id, name, rng.choice((250, 1_500, 12_345)), 800, unit)
    return ShippedPart(
        part_id, name, rng.choice((1, 1, 1, 1, 2, 2, 4, 8)), rng.choice((20, 350, 1_200, 42_000))
    )


def make_lots(n_lots: int, n_kits: int = 40) -> dict[str, KnownLot]:
    """Invent kit lots.

    >>> list(make_lots(2))
    ['202601-01-b821c', '202601-02-b821c']
    """
    return {
        f"202601-{n + 1:02d}-b821c": KnownLot("mtz2025", "b821c", n_kits, f"L{100 + n}")
        for n in range(n_lots)
    }


def pack(
    lots: Mapping[str, KnownLot],
    parts: Sequence[ShippedPart] | Mapping[str, Sequence[ShippedPart]],
    seed: int = 1,
    *,
    n_lines: int | None = None,
    partner_id: str = "mtz",
) -> Shipment:
    """Pack the kits of some lots into cases and containers.

    Parameters
    ----------
    lots : mapping of str to KnownLot
        What is shipped.
    parts : sequence of ShippedPart, or mapping of str to such
        The parts of a kit, of every lot or by lot.
    seed : int, optional
        Of all that is left to chance.
    n_lines : int, optional
        Lines for each lot; by default one for each part, and more only for heavy ones.
    partner_id : str, optional
        Who ships.

    Examples
    --------
    >>> shipment = pack(make_lots(1), make_parts(3))
    >>> sorted(line.n_parts for line in shipment.lines)
    [40, 40, 320]
    """
    rng = random.Random(seed)
    lines: list[ShippedLine] = []
    n_cases = n_containers = 0
    for lot_id, lot in lots.items():
        kit = parts[lot_id] if isinstance(parts, Mapping) else parts
        drawn = list(_split(kit, lot.n_kits, n_lines or len(kit)))
        while drawn:
            if n_cases % 24 == 0 or not lines or lines[-1].lot_id != lot_id:
                n_containers += 1
            n_cases += 1
            take = min(len(kit), rng.randint(8, 40))
            places = (lot_id, f"MSKU{4_000_000 + 37 * n_containers}", str(100 + n_cases))
            lines += [ShippedLine(*places, _box(rng, n), *one) for n, one in enumerate(drawn[:take])]
            drawn = drawn[take:]
    return Shipment(partner_id, f"2026-{seed:03d}", lots, tuple(lines))


def _split(kit: Sequence[ShippedPart], n_kits: int, n_lines: int) -> Iterator[tuple[ShippedPart, int]]:
    """Deal the parts of all kits to lines, as evenly as whole numbers let; no part twice close together."""
    each, more = divmod(max(n_lines, len(kit)), len(kit))
    rounds = each + bool(more)
    for turn in range(rounds):
        for place, part in enumerate(kit):
            n_turns = each + (place < more)
            total = part.n_per_kit * n_kits
            n_parts = total * (turn + 1) // n_turns - total * turn // n_turns if turn < n_turns else 0
            if n_parts:
                yield part, n_parts


def _box(rng: random.Random, n: int) -> str:
    return f"B{n // 4 + 1}" if rng.random() < 0.6 else ""


# How it is written.


@dataclass(frozen=True, slots=True)
class Layout:
    """How a partner writes.

    Parameters
    ----------
    language : Language
        Of headings, units and totals.
    columns : tuple of Field
        In this order; of lot, launch and container those left out stand in the title of each sheet.
    blocks : Blocks
        Whether the case stands in each row, on the first of its block, in merged cells, or on a line above.
    numbers : Numbers or None
        How numbers are written as text; None writes number cells.
    n_header_rows : int
        1; 2 with the masses below one heading; 3 with numbered columns as well.
    sheet_per_container, totals, title : bool
        Whether there are such.
    """

    language: Language = "en"
    columns: tuple[Field, ...] = COLUMNS
    blocks: Blocks = "flat"
    numbers: Numbers | None = None
    n_header_rows: int = 1
    sheet_per_container: bool = False
    totals: bool = True
    title: bool = True


MTZ = Layout("ru", COLUMNS[3:], "first_row", "1 234,5", 3, True)
FLAT = Layout(
    "tr",
    ("lot", "container", "case", "box", "part", "name", "qty", "unit", "gross", "net"),
    numbers="1.234,5",
    title=False,
)
FLAT_AZ = replace(
    FLAT,
    language="az",
    columns=("part", "name", "lot", "container", "case", "box", "unit", "qty"),
    numbers=None,
)

_HEADINGS: dict[Language, dict[str, str]] = {
    "ru": {
        "lot": "Лот №", "launch": "Запуск №", "container": "№ контейнера", "case": "№ ящика",
        "packaging": "Вид упаковки", "box": "№ коробки", "part": "Обозначение детали", "name": "Наименование",
        "unit": "Ед. изм.", "qty": "Кол-во в ящике", "mass": "Масса, кг", "net": "нетто", "gross": "брутто",
        "title": "УПАКОВОЧНЫЙ ЛИСТ № {}", "no": "№ п/п", "total": "Итого по ящику",
        "contract": "Контракт № {}",
    },
    "en": {
        "lot": "Kit Lot", "launch": "Launch No.", "container": "Container No.", "case": "Case No.",
        "packaging": "Package Type", "box": "Box No.", "part": "Part Number", "name": "Description",
        "unit": "UoM", "qty": "Q'ty", "mass": "Weight (kg)", "net": "Net", "gross": "Gross",
        "title": "PACKING LIST No. {}", "no": "Item", "total": "Total", "contract": "Contract: {}",
    },
    "az": {
        "lot": "Lot №", "launch": "Buraxılış №", "container": "Konteyner №", "case": "Yeşik №",
        "packaging": "Qablaşdırma növü", "box": "Qutu №", "part": "Detalın nömrəsi", "name": "Detalın adı",
        "unit": "Ölçü vahidi", "qty": "Miqdarı", "mass": "Çəki, kq", "net": "netto", "gross": "brutto",
        "title": "QABLAŞDIRMA SİYAHISI № {}", "no": "Sıra №", "total": "Cəmi", "contract": "Müqavilə № {}",
    },
    "tr": {
        "lot": "Lot No", "launch": "Lansman No", "container": "Konteyner No", "case": "Sandık No",
        "packaging": "Ambalaj Türü", "box": "Kutu No", "part": "Parça Numarası", "name": "Parça Adı",
        "unit": "Birim", "qty": "Miktar", "mass": "Ağırlık (kg)", "net": "Net", "gross": "Brüt",
        "title": "ÇEKİ LİSTESİ No: {}", "no": "Sıra No", "total": "Toplam", "contract": "Sözleşme No: {}",
    },
}  # fmt: skip
_UNITS: dict[Language, dict[Unit, str]] = {
    "ru": {"pcs": "шт.", "set": "компл.", "pair": "пара", "kg": "кг", "l": "л", "m": "м", "m2": "м²"},
    "en": {"pcs": "pcs", "set": "set", "pair": "pair", "kg": "kg", "l": "l", "m": "m", "m2": "m2"},
    "az": {"pcs": "ədəd", "set": "dəst", "pair": "cüt", "kg": "kq", "l": "l", "m": "m", "m2": "m²"},
    "tr": {"pcs": "adet", "set": "takım", "pair": "çift", "kg": "kg", "l": "lt", "m": "m", "m2": "m²"},
}
_PACKAGING = {"ru": "ящик деревянный", "en": "wooden case", "az": "taxta yeşik", "tr": "ahşap sandık"}
_MARKS: dict[Numbers, tuple[str, str]] = {
    "1234.5": ("", "."),
    "1,234.5": (",", "."),
    "1.234,5": (".", ","),
    "1 234,5": (" ", ","),
}


@dataclass(slots=True)
class SheetDraft:
    """A sheet to write: rows, and merged ranges as top, left, bottom, right from 0."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def draft(shipment: Shipment, layout: Layout) -> list[SheetDraft]:
    """Lay a shipment out in sheets."""
    if not layout.sheet_per_container:
        return [
            _draft_sheet("Лист1" if layout.language == "ru" else "Sheet1", shipment, shipment.lines, layout)
        ]
    containers = groupby(shipment.lines, key=lambda line: (line.container_id, line.lot_id))
    return [_draft_sheet(f"{key[0]}", shipment, tuple(lines), layout) for key, lines in containers]


def write_xlsx(path: Path, sheets: Sequence[SheetDraft]) -> Path:
    """Write sheets as a workbook."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for one in sheets:
            sheet = book.add_worksheet(one.name)
            for row, cells in enumerate(one.rows):
                for column, value in enumerate(cells):
                    if value != "":
                        (sheet.write_string if isinstance(value, str) else sheet.write_number)(
                            row, column, value
                        )
            for top, left, bottom, right in one.merged:
                value = one.rows[top][left] if left < len(one.rows[top]) else ""
                sheet.merge_range(top, left, bottom, right, value)
    return path


def write_csv(path: Path, sheet: SheetDraft, delimiter: str = ";", encoding: str = "utf-8-sig") -> Path:
    """Write one sheet as CSV, merged cells as their first one."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(sheet.rows)
    return path


def _draft_sheet(name: str, shipment: Shipment, lines: Sequence[ShippedLine], layout: Layout) -> SheetDraft:
    sheet = SheetDraft(name)
    if layout.title:
        _draft_title(sheet, shipment, lines[0], layout)
    _draft_headings(sheet, layout)
    for _, block in groupby(lines, key=lambda line: line.case_id):
        _draft_case(sheet, tuple(block), layout)
    return sheet


def _draft_title(sheet: SheetDraft, shipment: Shipment, first: ShippedLine, layout: Layout) -> None:
    words, lot = _HEADINGS[layout.language], shipment.lots[first.lot_id]
    sheet.rows.append([words["title"].format(shipment.shipment_id)])
    sheet.rows.append([words["contract"].format(lot.contract_id)])
    values = {"lot": first.lot_id, "launch": lot.launch_no or "", "container": first.container_id}
    missing = [name for name in values if name not in layout.columns and layout.sheet_per_container]
    sheet.rows.append(["   ".join(f"{words[name]}: {values[name]}" for name in missing)])
    sheet.rows.append([])
    width = len(layout.columns)
    sheet.merged += [(row, 0, row, width) for row in range(3) if sheet.rows[row][0]]


def _draft_headings(sheet: SheetDraft, layout: Layout) -> None:
    """One to three rows; the masses below one heading when there are two or more."""
    words, top = _HEADINGS[layout.language], len(sheet.rows)
    masses = [place for place, name in enumerate(layout.columns, 1) if name in ("net", "gross")]
    stacked = layout.n_header_rows > 1 and len(masses) == 2 and masses[1] == masses[0] + 1
    upper: list[Cell] = [words["no"]]
    for name in layout.columns:
        is_mass = name in ("net", "gross")
        upper.append(words["mass"] if stacked and is_mass else words[name] + (", kg" if is_mass else ""))
    sheet.rows.append(upper)
    if stacked:
        below: list[Cell] = [""] * len(upper)
        for place in masses:
            below[place] = words[layout.columns[place - 1]]
        upper[masses[1]] = ""
        sheet.rows.append(below)
        sheet.merged.append((top, masses[0], top, masses[1]))
        sheet.merged += [(top, place, top + 1, place) for place in range(len(upper)) if place not in masses]
    if layout.n_header_rows > 2:
        sheet.rows.append([str(n) for n in range(1, len(upper) + 1)])


def _draft_case(sheet: SheetDraft, block: Sequence[ShippedLine], layout: Layout) -> None:
    words, top = _HEADINGS[layout.language], len(sheet.rows)
    gross_g = sum(line.net_g for line in block) + 25_000
    if layout.blocks == "banner":
        sheet.rows.append([f"{words['case']} {block[0].case_id}"])
        sheet.merged.append((top, 0, top, len(layout.columns)))
        top += 1
    once = ("case", "packaging", "gross") if layout.blocks != "flat" else ()
    for n, line in enumerate(block):
        row: list[Cell] = [n + 1]
        for name in layout.columns:
            hidden = (name in once and n > 0) or (name == "case" and layout.blocks == "banner")
            row.append("" if hidden else _value(name, line, gross_g, layout))
        sheet.rows.append(row)
    if layout.blocks == "merged" and len(block) > 1:
        places = [place for place, name in enumerate(layout.columns, 1) if name in ("case", "packaging")]
        sheet.merged += [(top, place, top + len(block) - 1, place) for place in places]
    if layout.totals:
        _draft_total(sheet, block, gross_g, layout)


def _draft_total(sheet: SheetDraft, block: Sequence[ShippedLine], gross_g: int, layout: Layout) -> None:
    sums = {
        "qty": sum(_thousandths(line) for line in block),
        "net": sum(line.net_g for line in block),
        "gross": gross_g,
    }
    sheet.rows.append([_HEADINGS[layout.language]["total"]])
    sheet.rows[-1] += [_number(sums[name], layout.numbers) if name in sums else "" for name in layout.columns]


def _value(name: Field, line: ShippedLine, gross_g: int, layout: Layout) -> Cell:
    numbers = {"qty": _thousandths(line), "net": line.net_g, "gross": gross_g}
    if name in numbers:
        return _number(numbers[name], layout.numbers)
    texts = {
        "lot": line.lot_id, "launch": "", "container": line.container_id, "case": line.case_id,
        "packaging": _PACKAGING[layout.language], "box": line.box_id, "part": line.part.part_id,
        "name": line.part.name, "unit": _UNITS[layout.language][line.part.unit],
    }  # fmt: skip
    return texts[name]


def _thousandths(line: ShippedLine) -> int:
    return line.n_parts * (1 if line.part.unit in ("kg", "l", "m", "m2") else 1000)


def _number(thousandths: int, numbers: Numbers | None) -> Cell:
    """Write thousandths as a number, or as text in a locale, without zeros that say nothing.

    >>> _number(1_234_500, "1.234,5"), _number(2_000, None), _number(12_345, "1 234,5")
    ('1.234,5', 2, '12,345')
    """
    if numbers is None:
        return thousandths // 1000 if thousandths % 1000 == 0 else thousandths / 1000
    group, point = _MARKS[numbers]
    whole, rest = divmod(thousandths, 1000)
    decimals = f"{rest:03d}".rstrip("0")
    return f"{whole:,}".replace(",", group) + (point + decimals if decimals else "")
