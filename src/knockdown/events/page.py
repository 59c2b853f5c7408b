"""Events as columns, which kernels write and statistics read; events and pages convert without loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knockdown.events.envelope import FRAME_FIELDS, Event
from knockdown.events.vocabulary import kind_named

Column: TypeAlias = "NDArray[np.int64] | list[Any]"


@dataclass(frozen=True, eq=False)
class EventPage:
    """Many events, of one kind or of many, as columns.

    A column of whole numbers is an int64 array; any other, or one with a gap (None), is a list.

    Parameters
    ----------
    frame : dict of str to column
        One column a field of `Event` but its body, all of one length, in event order.
    bodies : dict of str to dict of str to column
        For each kind that occurs, one column a field of its body; row i of a kind belongs to
        the i-th event of that kind.

    Raises
    ------
    ValueError
        When a column is missing, unknown or of another length than its neighbours.
    """

    frame: dict[str, Column]
    bodies: dict[str, dict[str, Column]]

    def __post_init__(self) -> None:
        _check_columns("frame", self.frame, FRAME_FIELDS, len(self))
        counts = {kind: 0 for kind in self.bodies}
        for kind in self.frame["kind"]:
            counts[kind] = counts.get(kind, 0) + 1
        for kind, count in counts.items():
            _check_columns(kind, self.bodies.get(kind, {}), kind_named(kind).model_fields, count)

    def __len__(self) -> int:
        """Count the events."""
        return len(self.frame.get("kind", ()))


def _check_columns(where: str, columns: dict[str, Column], wanted: Iterable[str], count: int) -> None:
    names = set(wanted)
    if names != set(columns):
        odd = sorted(names ^ set(columns))[0]
        raise ValueError(f"{where}: column {odd} is {'missing' if odd in names else 'not known'}")
    for name, column in columns.items():
        if len(column) != count:
            raise ValueError(f"{where}: column {name} has {len(column)} rows, {count} are wanted")


def to_page(events: Iterable[Event]) -> EventPage:
    """Turn events into columns.

    Parameters
    ----------
    events : iterable of Event
        Of any kinds; made by `tell` or read by `codec`, so that bodies are whole.

    Returns
    -------
    EventPage
        In the same order.

    Raises
    ------
    ValueError
        When a kind is unknown or a body lacks a field.

    Examples
    --------
    >>> from knockdown.events.envelope import tell
    >>> from knockdown.events.vocabulary import PeopleHired
    >>> hired = tell(PeopleHired(n_people=3), writer="plan", run="p-1", subject_id="crew-a",
    ...              version=1, happened_at=0)
    >>> page = to_page([hired])
    >>> page.bodies["PeopleHired"]["n_people"].tolist(), list(from_page(page)) == [hired]
    ([3], True)
    """
    rows = list(events)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for event in rows:
        by_kind.setdefault(event.kind, []).append(event.body)
    frame = {name: _column([getattr(event, name) for event in rows]) for name in FRAME_FIELDS}
    return EventPage(frame, {kind: _body_columns(kind, bodies) for kind, bodies in by_kind.items()})


def _body_columns(kind: str, bodies: Sequence[dict[str, Any]]) -> dict[str, Column]:
    fields = kind_named(kind).model_fields
    odd = next((name for body in bodies for name in sorted(fields.keys() ^ body.keys())), None)
    if odd is not None:
        raise ValueError(
            f"{kind}: field {odd} is not in every body; make events with tell or read them with codec"
        )
    return {name: _column([body[name] for body in bodies]) for name in fields}


def _column(values: list[Any]) -> Column:
    if values and all(type(value) is int for value in values):
        return np.array(values, dtype=np.int64)
    return values


def from_page(page: EventPage) -> Iterator[Event]:
    """Turn columns back into events, in order; the inverse of `to_page`.

    Values are taken as they are: a page written by a kernel's trace is as right as its writer.
    """
    frame = [_values(page.frame[name]) for name in FRAME_FIELDS]
    bodies = {kind: _dicts(columns) for kind, columns in page.bodies.items()}
    for values in zip(*frame, strict=True):
        fields = dict(zip(FRAME_FIELDS, values, strict=True))
        yield Event(**fields, body=next(bodies[fields["kind"]]))


def _dicts(columns: dict[str, Column]) -> Iterator[dict[str, Any]]:
    names = list(columns)
    for values in zip(*(_values(columns[name]) for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _values(column: Column) -> list[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else column
