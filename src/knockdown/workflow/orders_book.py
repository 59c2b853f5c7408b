"""The orders book: a workbook or CSV in which a planner fixed lots and units, read with every fault at once.

Only the sheets `lots_fixed` and `build_fixed` are read, and of them only the columns that name a row and
the one to write in. A row whose cell is empty leaves the plan free, whatever else it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.numbers import CellError, parse_int
from knockdown.basics.sheets import Book, Sheet, read_book
from knockdown.basics.table_rows import Faults, Limits, RefusalError, Table, build_table, column_letters
from knockdown.planning.options import PlanOptions, horizon
from knockdown.planning.problem import from_plant
from knockdown.planning.problem_supply import CLOSED, Supply
from knockdown.planning.problem_view import View
from knockdown.planning.question import Fixed, Orders, PlanProblem
from knockdown.plant.plant import Network, Plant
from knockdown.reports.orders_sheet import SHEETS, FixSheet
from knockdown.workflow.prepare import AnyPlant, members_of

OrdersLike = str | Path | Sequence[str | Path] | None
LIMITS = Limits()
WRITE_ONE = "write one with `knockdown plan PLANT --xlsx FILE`"
MARKS = {
    "formula": ("is a formula without a value", "write the value, or open the file and save it again"),
    "error": ("is an error cell", "mend it, or write the value"),
}
MERGED = ("are merged cells", "unmerge them and write the value in each row")
MOST_NAMED = 5


def read_orders(files: OrdersLike, plant: AnyPlant, options: PlanOptions) -> Orders | None:
    """Read what a planner fixed.

    Parameters
    ----------
    files : path, sequence of paths, or None
        Workbooks with the sheets `lots_fixed` and `build_fixed`, or CSV files with the columns of either.
    plant : Plant or Network
        The plant to plan.
    options : PlanOptions
        They say which periods the plan has.

    Returns
    -------
    Orders or None
        None when no file was named. The digest is the SHA-256 of the file's bytes, or of each file's.

    Raises
    ------
    BadInput
        With every fault of every row that fixes something.
    """
    if files is None:
        return None
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    if not paths:
        return None
    desk = _Desk(plant, options)
    digests = [desk.take(path) for path in paths]
    if desk.faults:
        raise BadInput(desk.faults)
    found = desk.found.values()
    fixed = {name: tuple(f for plant_id, f in found if plant_id == name) for name in desk.members}
    return Orders(fixed, " ".join(digests))


@dataclass(frozen=True, slots=True)
class _Line:
    """One filled row of a sheet."""

    sheet: FixSheet
    table: str
    row: int
    cells: Mapping[str, str]

    @property
    def where(self) -> str:
        return f"{self.table} row {self.row}"


@dataclass
class _Desk:
    """Where the rows of all files meet the plant's question."""

    plant: AnyPlant
    options: PlanOptions
    faults: list[Fault] = field(default_factory=list)
    found: dict[tuple[str, str, str], tuple[str, Fixed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.periods = horizon(self.plant, self.options)
        self.members = {p.plant: p for p in from_plant(self.plant, self.periods).members}
        self.plants = members_of(self.plant)
        self.at = {period.name: t for t, period in enumerate(self.periods)}

    def take(self, path: Path) -> str:
        """Read one file, and give its digest."""
        book, faults = read_book(path, path.name, LIMITS)
        self.faults += faults
        if book is None:
            return ""
        for sheet, table in _tables(book, self.faults):
            self._rows(sheet, table)
        return book.digest

    def _rows(self, sheet: FixSheet, table: Table) -> None:
        faults = Faults(table.name, LIMITS.max_faults)
        for number, cells in table.rows:
            if cells[sheet.input]:
                line = _Line(sheet, table.name, number, cells)
                for column, value, problem, next_step in self._line(line):
                    faults.add(number, column, value, problem, next_step)
        self.faults += faults.listed()

    def _line(self, line: _Line) -> Iterator[Wrong]:
        """What is wrong with a row; a right one is kept."""
        number, wrong = _number(line)
        yield from wrong
        names = list(self._names(line))
        yield from names
        if number is None or names:
            return
        member = self.members[self._plant_of(line)]
        fixed = Fixed(
            line.sheet.what, line.cells.get("contract", ""), line.cells["variant"],
            self.at[line.cells["period"]], number, line.where,
        )  # fmt: skip
        closed = list(self._closed(member, fixed)) if number else []
        yield from closed or self._keep(line, member, fixed)

    def _keep(self, line: _Line, member: PlanProblem, fixed: Fixed) -> Iterator[Wrong]:
        key = (member.plant, fixed.what, fixed.id)
        _, first = self.found.setdefault(key, (member.plant, fixed))
        if first.quantity != fixed.quantity:
            problem = f"is not the {first.quantity} of {first.where}, which fixes the same"
            yield line.sheet.input, str(fixed.quantity), problem, "keep one of the two rows"

    # Names

    def _plant_of(self, line: _Line) -> str:
        return line.cells.get("plant") or ("" if isinstance(self.plant, Network) else self.plant.id)

    def _names(self, line: _Line) -> Iterator[Wrong]:
        plant = self.plants.get(self._plant_of(line))
        if plant is None:
            yield _unknown("plant", line.cells.get("plant", ""), "a plant of this plan", self.plants)
            return
        found = [_unknown_in(plant, line, column) for column in line.sheet.keys if column != "period"]
        yield from filter(None, found)
        if not any(found) and line.sheet.what == "lots":
            yield from _no_line(plant, line.cells["contract"], line.cells["variant"])
        period = line.cells["period"]
        if period not in self.at:
            first, last = self.periods[0].name, self.periods[-1].name
            problem = f"is not a period of this plan, {first} to {last}" if period else "is empty"
            step = f"write it as {first}, plan other periods with --start and --months, or clear the row"
            yield "period", period or None, problem, step

    # What may be fixed

    def _closed(self, member: PlanProblem, fixed: Fixed) -> Iterator[Wrong]:
        """Why nothing can be ordered or built in that period, when nothing can."""
        name = self.periods[fixed.period].name
        step = "clear the cell, or write 0"
        if fixed.what == "units":
            if not member.variants[fixed.variant].buildable[fixed.period]:
                yield "period", name, f"lies outside the years in which {fixed.variant} is built", step
            return
        lines = {(k.contract, k.variant): k for k in member.lot_lines}
        line = lines.get((fixed.contract, fixed.variant))
        if line is None or not line.may_order[fixed.period]:
            yield "period", name, self._why_closed(self.plants[member.plant], fixed), step

    def _why_closed(self, plant: Plant, fixed: Fixed) -> str:
        contract, period = plant.contracts[fixed.contract], self.periods[fixed.period]
        if not (contract.date_from <= period.last and period.first <= contract.date_to):
            return f"lies outside {contract.id}, which runs {contract.date_from} to {contract.date_to}"
        supply = Supply(View(plant, self.periods))
        for route in (contract.supply_route, contract.payment_route):
            status = supply.route_status(route, period.first)
            if status in CLOSED:
                return f"has the route {route} of {contract.id} {status}"
        return "is closed for orders"


Wrong = tuple[str, str | None, str, str]
"""Column, value, problem and next step."""


def _number(line: _Line) -> tuple[int | None, list[Wrong]]:
    text = line.cells[line.sheet.input]
    try:
        number = parse_int(text)
    except CellError as error:
        return None, [(line.sheet.input, text, str(error), error.next_step)]
    if 0 <= number <= line.sheet.most:
        return number, []
    step = f"write a whole number from 0 to {line.sheet.most}, or clear the cell"
    return None, [(line.sheet.input, text, "is below 0" if number < 0 else "is too large a number", step)]


def _unknown_in(plant: Plant, line: _Line, column: str) -> Wrong | None:
    table = {"contract": plant.contracts, "variant": plant.variants}[column]
    name = line.cells[column]
    return None if name in table else _unknown(column, name, f"a {column} of {plant.id}", table)


def _unknown(column: str, name: str, what: str, known: Mapping[str, object]) -> Wrong:
    near = get_close_matches(name, known, MOST_NAMED, cutoff=0.5) or list(known)[:MOST_NAMED]
    some = ", ".join(near) + (", ..." if len(near) < len(known) else "")
    return column, name or None, f"is not {what}" if name else "is empty", f"write one of {some}"


def _no_line(plant: Plant, contract: str, variant: str) -> Iterator[Wrong]:
    covered = {line.variant: line for line in plant.contract_lines if line.contract == contract}
    if variant not in covered:
        yield _unknown("variant", variant, f"in a line of contract {contract}", covered)


# From sheets to tables.


def _tables(book: Book, faults: list[Fault]) -> Iterator[tuple[FixSheet, Table]]:
    """The tables of a file that fix something."""
    known = [raw for raw in book.sheets if raw.rows and (not raw.name or raw.name in SHEETS)]
    if not known:
        problem = f"has none of the sheets {' and '.join(SHEETS)}"
        faults.append(Fault(book.name, None, None, None, problem, WRITE_ONE))
    for raw in known:
        table, wrong = _table(raw, f"{book.name} sheet {raw.name}" if raw.name else book.name)
        sheet = SHEETS.get(raw.name) or (_by_columns(table, faults) if table else None)
        if table is None or sheet is None:
            faults += wrong
        else:
            missing = _missing(sheet, table)
            faults += [*_of_read_columns(sheet, wrong), *missing]
            yield from [] if missing else [(sheet, table)]


def _missing(sheet: FixSheet, table: Table) -> list[Fault]:
    wanted = (column for column in (*sheet.keys, sheet.input) if column not in table.columns)
    return [Fault(table.name, 1, column, None, "is missing", WRITE_ONE) for column in wanted]


def _of_read_columns(sheet: FixSheet, faults: list[Fault]) -> Iterator[Fault]:
    """Faults that matter: what stands in other columns, such as sums of the planner's own, is not read."""
    read = {"plant", *sheet.keys, sheet.input}
    yield from (f for f in faults if f.row in (None, 1) or f.column is None or f.column in read)


def _by_columns(table: Table, faults: list[Fault]) -> FixSheet | None:
    """Which table a CSV is, by the column to write in."""
    inputs = {sheet.input: sheet for sheet in SHEETS.values() if sheet.input in table.columns}
    if len(inputs) == 1:
        return next(iter(inputs.values()))
    known = " or ".join(sheet.input for sheet in SHEETS.values())
    problem = f"has {'both columns' if inputs else 'no column'} {known}"
    faults.append(Fault(table.name, 1, None, None, problem, "give each table a file of its own"))
    return None


def _table(raw: Sheet, name: str) -> tuple[Table | None, list[Fault]]:
    """A sheet as a table with headings in its first row."""
    faults = Faults(name, LIMITS.max_faults)
    table = None
    try:
        rows = ((number, [str(cell) for cell in cells]) for number, cells in raw.rows)
        table = build_table(rows, faults, LIMITS)
    except RefusalError as refused:
        faults.add(refused.row, None, None, refused.problem, refused.next_step)
    columns = table.columns if table else ()
    marks = [(*place, MARKS[kind]) for place, kind in raw.marks.items()]
    marks += [(merged.top, merged.left, MERGED) for merged in raw.merged]
    for row, column, wrong in marks:
        heading = columns[column - 1] if column <= len(columns) else column_letters(column)
        faults.add(row, heading, None, *wrong)
    return table, faults.listed()
