"""What is wrong with an input, said so that a clerk can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one place, with the next step.

    Parameters
    ----------
    file : str
        File name as the user knows it, relative to the plant folder.
    row : int or None
        Row as a spreadsheet counts it (the heading is row 1), or a line of a TOML file.
    column : str or None
        Heading of the column, or dotted key in a TOML file.
    value : str or None
        What stands there, shortened to 60 characters.
    problem, next_step : str
        What is wrong, and what to do about it, one sentence each.

    Examples
    --------
    >>> print(Fault("models.csv", 3, "build_from", "20x7", "is not a year", "write it as 2007"))
    models.csv row 3, column build_from: '20x7' is not a year; write it as 2007
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    problem: str
    next_step: str

    def __str__(self) -> str:
        place = self.file
        place += f" row {self.row}" if self.row is not None else ""
        if self.column is not None:
            place += f"{',' if self.row is not None else ''} {'column' if self.row else 'key'} {self.column}"
        shown = f"'{shorten(self.value)}' " if self.value is not None else ""
        return f"{place}: {shown}{self.problem}; {self.next_step}"


class BadInput(Exception):  # noqa: N818 - it is what happened, and the name users meet
    """Raised at the door with every fault found; nothing has been changed.

    Examples
    --------
    >>> raise BadInput([Fault("plant.toml", None, "id", None, "is missing", "add id = \\"my-plant\\"")])
    Traceback (most recent call last):
    ...
    knockdown.basics.faults.BadInput: 1 fault: plant.toml key id: is missing; add id = "my-plant"
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        first = "; ".join(str(fault) for fault in self.faults[:3])
        super().__init__(f"{count} fault{'s' if count != 1 else ''}: {first}")


def shorten(text: str, most: int = 60) -> str:
    """Cut a text for display, keeping its start.

    >>> shorten("a" * 70)[-3:]
    'aa…'
    """
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
