"""What is swept: something that can be set at a point, and played there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from knockdown.simulating.line.estimate import Figures, Floats
from knockdown.workflow.sweep_vary import Value

Values = tuple[Value, ...]
"""A value for each axis."""


class Unfit(Exception):  # noqa: N818 - it is what happened
    """A point that cannot be played, and why."""


class Subject(Protocol):
    """A line or a plant with the places that are varied; it is sent to workers, so it holds data only."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Literal["plant", "line"]: ...
    @property
    def seed(self) -> int: ...
    @property
    def paths(self) -> tuple[str, ...]: ...

    def identity(self, values: Values) -> Any:
        """JSON of all that determines what a replication of a point gives, but for its number."""
        ...

    def play(self, values: Values, first: int, last: int) -> dict[str, Floats]:
        """Sums of replications; raises Unfit where the point cannot be played."""
        ...

    def figures(self, values: Values) -> Figures:
        """Figures of the sums of a point."""
        ...

    def headline(self, name: str) -> bool:
        """Whether a figure is of the whole."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """Replications `first` to `last` (excluded) of a point."""

    point: int
    values: Values
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a job gave: sums, or why the point cannot be played."""

    sums: dict[str, Floats]
    unfit: str = ""


def play_job(subject: Subject, job: Job) -> Done:
    """Play a job; the same bits in whatever thread, process or machine."""
    try:
        return Done(subject.play(job.values, job.first, job.last))
    except Unfit as error:
        return Done({}, str(error))


def said(faults: Sequence[object]) -> str:
    """Faults as one text."""
    return " | ".join(str(each) for each in faults[:5])
