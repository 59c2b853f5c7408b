"""The faults, or the warnings, of one packing list, no more of them than a person would read."""

from __future__ import annotations

from dataclasses import dataclass, field

from knockdown.basics.faults import Fault
from knockdown.basics.sheets import Book
from knockdown.kitting.paper.headings import Field
from knockdown.kitting.paper.layout import Mapping


@dataclass(slots=True)
class Notes:
    """Collects what is wrong, or odd, in the rows of a book.

    Examples
    --------
    >>> notes = Notes(Book("list.csv", "", ()), Mapping(n_header_rows=0, columns=()), "faults", most=1)
    >>> for row in (7, 8):
    ...     notes.add(0, row, "qty", 0, "is not positive", "write what is packed")
    >>> print(*notes.listed(), sep="\\n")
    list.csv row 7, column qty: '0' is not positive; write what is packed
    list.csv: has 1 more faults; mend the ones listed and import again
    """

    book: Book
    mapping: Mapping
    word: str
    most: int
    kept: list[tuple[int, int, Fault]] = field(default_factory=list)
    left_out: int = 0

    def add(
        self, sheet: int, row: int | None, name: Field | None, value: object, problem: str, next_step: str
    ) -> None:
        """Note something about a field in a row of the sheet at a place; no row: about the sheet."""
        if len(self.kept) >= self.most:
            self.left_out += 1
            return
        sheets = self.book.sheets
        file = f"{self.book.name} sheet {sheets[sheet].name}" if len(sheets) > 1 else self.book.name
        column = (self.mapping.heading_of(name) or name) if name else None
        shown = None if value is None else str(value)[:200]
        self.kept.append((sheet, row or 0, Fault(file, row, column, shown, problem, next_step)))

    def listed(self) -> list[Fault]:
        """All in the order of the file; the rest are counted in a last one."""
        listed = [fault for *_, fault in sorted(self.kept, key=lambda entry: entry[:2])]
        if self.left_out:
            step = "mend the ones listed and import again"
            listed.append(
                Fault(self.book.name, None, None, None, f"has {self.left_out:,} more {self.word}", step)
            )
        return listed
