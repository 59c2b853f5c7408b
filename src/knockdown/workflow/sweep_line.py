"""A sweep over a line file: places in its JSON, and the line at each point."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.experiments import of_line
from knockdown.simulating.line.estimate import Figures, Floats, Sums
from knockdown.simulating.line.figures import figures
from knockdown.simulating.line.identity import digest_of
from knockdown.simulating.line.line_file import KITS, read, read_file
from knockdown.simulating.line.model import Line
from knockdown.workflow.sweep_subject import Unfit, Values, said
from knockdown.workflow.sweep_vary import Vary, fault, near, refuse_twice

Place = tuple[str | int, ...]
Axis = tuple[Vary, tuple[Place, ...]]
# Keys that a line file may leave out, and that a sweep may set all the same.
UNWRITTEN = {
    (): ("entry_buffer", "repair_crews", "vehicles"),
    ("stations",): ("places",),
    ("feeders",): ("buffer", "places"),
    ("arrivals",): ("rate", "lot_size", "wip"),
    ("rework",): ("places",),
}


@dataclass(frozen=True)
class LineSubject:
    """A line file and its axes; every point is played with as many vehicles."""

    name: str
    document: dict[str, Any]
    axes: tuple[Axis, ...]
    seed: int
    vehicles: int = 0
    warmup: int = 0
    kind: Literal["line"] = "line"

    def line_at(self, values: Values) -> Line:
        """The line of a point.

        Raises
        ------
        BadInput
            When there is none.
        """
        document = copy.deepcopy(self.document)
        for (_, places), value in zip(self.axes, values, strict=True):
            for place in places:
                _set(document, place, value)
        found = read(document, self.name)
        assert isinstance(found, Line)
        return found

    @property
    def paths(self) -> tuple[str, ...]:
        """What is varied, as it was written."""
        return tuple(vary.path for vary, _ in self.axes)

    def identity(self, values: Values) -> Any:
        """The line itself, so that another sweep that comes by the same line finds what was played."""
        try:
            digest = digest_of(self.line_at(values))
        except BadInput as error:
            digest = said(error.faults)
        return ["line", digest, self.seed, self.vehicles, self.warmup]

    def play(self, values: Values, first: int, last: int) -> dict[str, Floats]:
        """Sums of replications."""
        try:
            line = self.line_at(values)
            return of_line.as_floats(of_line.play(line, self.seed, first, last, self.vehicles, self.warmup))
        except BadInput as error:
            raise Unfit(said(error.faults)) from error

    def figures(self, values: Values) -> Figures:
        """Figures of the line of a point."""
        line = self.line_at(values)

        def found(sums: Sums) -> dict[str, Floats]:
            return figures(line, sums)

        return found

    def headline(self, name: str) -> bool:
        """Whether a figure is of the line as a whole."""
        return of_line.headline(name)

    def as_described(self, values: Values) -> bool:
        """Whether a point is the line of the file."""
        try:
            return self.line_at(values) == replace(self, axes=()).line_at(())
        except BadInput:
            return False


def line_subject(path: str | Path, varies: Sequence[Vary], seed: int) -> LineSubject:
    """The line of a file, with its axes found.

    Raises
    ------
    BadInput
        With every fault of the file, or every place and value that the file cannot have.
    """
    name = Path(path).name
    if not isinstance(read_file(path), Line):
        step = "name a file with a line"
        raise BadInput([Fault(name, None, "schema", KITS, "holds kits, and a sweep plays lines", step)])
    document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    faults: list[Fault] = []
    axes = tuple((vary, tuple(_places(document, vary, faults))) for vary in varies)
    faults += refuse_twice(axes)
    subject = LineSubject(name, document, axes, seed)
    if not faults:
        faults += _values_refused(subject)
    if faults:
        raise BadInput(faults)
    return subject


def _values_refused(subject: LineSubject) -> Iterator[Fault]:
    """Values that no line has at their place; what only two of them together break is left to the points."""
    for axis in subject.axes:
        alone = LineSubject(subject.name, subject.document, (axis,), subject.seed)
        for value in axis[0].values:
            try:
                alone.line_at((value,))
            except BadInput as error:
                for each in error.faults[:3]:
                    problem = f"{each.problem} ({each.column})" if each.column else each.problem
                    yield fault(axis[0].path, problem, each.next_step, value)


def _places(document: dict[str, Any], vary: Vary, faults: list[Fault]) -> Iterator[Place]:
    """Places that a path names; `*` is every entry of a list or object."""
    found: list[Place] = [()]
    words = vary.path.split(".")
    for depth, word in enumerate(words):
        last = depth == len(words) - 1
        found = [(*place, step) for place in found for step in _steps(document, place, word, last)]
        if not found:
            known = [str(k) for k in _known(document, words[:depth])]
            faults.append(fault(vary.path, f"has no {word} there", near(word, known)))
            return
    for place in found:
        held = _get(document, place)
        if isinstance(held, dict | list):
            step = near("", [str(k) for k in _keys(held)])
            faults.append(fault(vary.path, "names more than one value", f"go on: {step}, or *"))
            return
    yield from found


def _steps(document: Any, place: Place, word: str, last: bool) -> list[str | int]:
    held = _get(document, place)
    if isinstance(held, list):
        if word == "*":
            return list(range(len(held)))
        is_there = word.isascii() and word.isdigit() and 1 <= int(word[:9]) <= len(held)
        return [int(word) - 1] if is_there else []
    if not isinstance(held, dict):
        return []
    if word == "*":
        return [key for key, value in held.items() if isinstance(value, int | float | dict | list)]
    return [word] if word in held or (last and word in _unwritten(place)) else []


def _known(document: Any, words: Sequence[str]) -> list[str | int]:
    """What may stand after these words, in the first place they name."""
    place: Place = ()
    for word in words:
        place = (*place, _steps(document, place, word, False)[0])
    held = _get(document, place)
    return [*_keys(held), *(_unwritten(place) if isinstance(held, dict) else ())]


def _unwritten(place: Place) -> tuple[str, ...]:
    return UNWRITTEN.get(tuple(step for step in place if isinstance(step, str)), ())


def _keys(held: Any) -> list[str | int]:
    if isinstance(held, list):
        return list(range(1, len(held) + 1))
    return list(held) if isinstance(held, dict) else []


def _get(document: Any, place: Place) -> Any:
    for step in place:
        if isinstance(document, dict) and step not in document:
            return None
        document = document[step]
    return document


def _set(document: Any, place: Place, value: Any) -> None:
    for step in place[:-1]:
        document = document[step]
    document[place[-1]] = value
