"""What a list says of itself, checked: lines of totals, and the masses of cases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from knockdown.basics.numbers import CellError
from knockdown.basics.sheets import Cell
from knockdown.kitting.paper.headings import Field, mass_unit
from knockdown.kitting.paper.layout import Mapping
from knockdown.kitting.paper.packing_cases import CaseDraft, Resolver
from knockdown.kitting.paper.packing_faults import Notes
from knockdown.kitting.paper.packing_numbers import THOUSAND, Numbers, read_grams, read_thousandths
from knockdown.kitting.paper.packing_rows import Entry, Rows, Total

_MOST_GRAMS_ROUNDED = 1


def check_totals(rows: Rows, resolver: Resolver) -> None:
    """Warn of each line of totals that is the sum of nothing above it.

    A total may be of the lines since the total before, of its case, container or sheet, or of the whole list.
    """
    sums: dict[Field, list[list[int]]] = {"qty": [list(accumulate(resolver.quantities, initial=0))]}
    for total, starts in _starts(rows):
        for name, cell in total.cells.items():
            if name not in sums:
                sums[name] = _mass_sums(rows.entries, name, resolver.mapping.numbers)
            end = total.n_entries
            candidates = {running[end] - running[start] for running in sums[name] for start in starts}
            if name != "gross" or not rows.masses:
                _check_total(total, name, cell, candidates, resolver.warnings)


def settle_masses(rows: Rows, resolver: Resolver) -> None:
    """Give each case its gross mass, and warn where the net masses in it are more.

    A mass on the case's own row or banner counts; else the sum of its lines, or what each line repeats.
    """
    mapping = resolver.mapping
    for mass in rows.masses:
        case = resolver.case_at(mass.place)
        if case is None:
            continue
        try:
            case.whole_g = case_mass(mass.value, mapping)
        except CellError as error:
            resolver.faults.add(mass.sheet, mass.row, "gross", mass.value, str(error), error.next_step)
    for case in resolver.cases.values():
        if case.whole_g is None and case.gross_g:
            case.whole_g = _of_lines(case)
        case.whole_g = case.whole_g or None  # nothing weighs nothing: it was not weighed
        net_g = sum(case.net_g)
        if case.whole_g is not None and net_g > case.whole_g + _MOST_GRAMS_ROUNDED * len(case.net_g):
            problem = f"of case {case.case_id} is less than its net masses, {net_g / 1000:g} kg together"
            value = f"{case.whole_g / 1000:g} kg"
            resolver.warnings.add(
                case.sheet, case.row, "gross", value, problem, "ask the partner which is right"
            )


def case_mass(value: Cell, mapping: Mapping) -> int:
    """Read a mass that may stand with its unit: "350,5 kg".

    >>> case_mass("350,5 kg", Mapping(n_header_rows=0, columns=()))
    350500
    """
    number, _, unit = value.rpartition(" ") if isinstance(value, str) and " " in value else (value, "", "")
    grams = mass_unit(unit) if unit else None
    return read_grams(number, mapping.numbers, grams or mapping.mass_g or THOUSAND)


def _of_lines(case: CaseDraft) -> int:
    """The sum of the lines' gross masses, unless each line says that of the whole case."""
    masses = case.gross_g
    repeats = len(masses) == case.n_entries > 1 and len(set(masses)) == 1
    if repeats and masses[0] >= sum(case.net_g):
        return masses[0]
    return sum(masses)


def _starts(rows: Rows) -> Iterator[tuple[Total, set[int]]]:
    """Each total, and where the lines may begin that it is of."""
    entries = rows.entries
    case = container = sheet = before = 0
    last = entries[0] if entries else None
    for total in rows.totals:
        for place in range(before, total.n_entries):
            now = entries[place]
            if last is None or now.sheet != last.sheet:
                case = container = sheet = place
            elif now.place is not last.place:
                case = place if now.place.case != last.place.case else case
                container = place if now.place.container != last.place.container else container
            last = now
        yield total, {0, before, sheet, container, case}
        before = total.n_entries


def _mass_sums(entries: list[Entry], name: Field, numbers: Numbers | None) -> list[list[int]]:
    """Running sums of masses, of all lines and of those alone that do not repeat the one above."""
    cells = [entry.net for entry in entries] if name == "net" else [entry.gross for entry in entries]
    read = {cell: _or_zero(cell, numbers) for cell in set(cells)}
    masses = [read[cell] for cell in cells]
    sums = [list(accumulate(masses, initial=0))]
    if name == "gross":
        said = [(entry.place.case, entry.gross) for entry in entries]
        not_repeated = (
            mass * (now != before) for mass, now, before in zip(masses, said, [None, *said], strict=False)
        )
        sums.append(list(accumulate(not_repeated, initial=0)))
    return sums


def _or_zero(cell: Cell, numbers: Numbers | None) -> int:
    try:
        return read_thousandths(cell, numbers) if cell != "" else 0
    except CellError:
        return 0


def _check_total(total: Total, name: Field, cell: Cell, sums: set[int], warnings: Notes) -> None:
    try:
        said = read_thousandths(cell, warnings.mapping.numbers) if cell != "" else None
    except CellError:
        return
    if said is None or any(abs(said - one) <= (name != "qty") * _rounding(one) for one in sums):
        return
    told = " or ".join(f"{one / THOUSAND:g}" for one in sorted(sums)[:3])
    step = "look for lines that are missing or changed, and ask the partner"
    warnings.add(total.sheet, total.row, name, cell, f"is not the sum of the lines above, {told}", step)


def _rounding(total: int) -> int:
    """How far a sum of rounded masses may be from its total: half a unit and a thousandth part."""
    return THOUSAND // 2 + total // 1000
