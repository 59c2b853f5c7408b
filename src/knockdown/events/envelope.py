"""The event: one thing that happened, will happen or could happen, and the frame around its body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from knockdown.basics.ids import ID_PATTERN, digest_id
from knockdown.events.happening import Count, Happening, Id, Moment, SubjectType
from knockdown.events.vocabulary import kind_named

Writer = Literal["plan", "twin", "floor"]

SUBJECT_TYPES: tuple[str, ...] = tuple(t for t in get_args(SubjectType) if t != "any")
SUBJECT_PATTERN = f"^(?:{'|'.join(SUBJECT_TYPES)})/{ID_PATTERN.lstrip('^')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the ledger, or one that is to become an entry.

    Make events with `tell`, read them with `codec` or `page`: these check, this class only
    carries. Its body is shared, not copied; do not change it.

    Parameters
    ----------
    writer : {"plan", "twin", "floor"}
        Which clock tells: what should happen, what could happen, what did happen.
    run : str
        Id of the plan, of the simulated run, or of what recorded it on the floor.
    subject : str
        Whose history it belongs to, as `type/id`: `unit/U-0017`, `kit_lot/L-204`.
    version : int
        1 for the subject's first event, then 2, 3, ...; in a plan or simulated run its first there, on
        the floor its first ever, whatever the run.
    kind : str
        A name from `vocabulary.KINDS`.
    schema : int
        Which form of that kind's body.
    happened_at : int
        Plant time, milliseconds since 1970-01-01 00:00 UTC.
    event_id : str
        The same for a repeated report of the same event.
    body : dict
        Fields of the kind, as JSON values.
    place : str or None
        Id of the station, store or gate.
    cause : str or None
        Id of the event or command that led to it.
    position : int or None
        Place in the ledger's total order, from 1; None until stored.
    recorded_at : int or None
        When the ledger stored it, milliseconds since 1970-01-01 00:00 UTC; None until then.
    """

    position: int | None = None
    writer: Writer
    run: str
    subject: str
    version: int
    kind: str
    schema: int
    happened_at: int
    recorded_at: int | None = None
    place: str | None = None
    cause: str | None = None
    event_id: str
    body: dict[str, Any]

    @property
    def subject_type(self) -> str:
        """Sort of subject, such as `unit`."""
        return self.subject.partition("/")[0]

    @property
    def subject_id(self) -> str:
        """Id of the subject within its sort, such as `U-0017`."""
        return self.subject.partition("/")[2]


FRAME_FIELDS: tuple[str, ...] = tuple(name for name in Event.__dataclass_fields__ if name != "body")


class Frame(BaseModel):
    """What may stand in every field of an event but its body."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    position: Count | None = None
    writer: Writer
    run: Id
    subject: Annotated[str, Field(pattern=SUBJECT_PATTERN)]
    version: Count
    kind: Annotated[str, Field(max_length=64)]
    schema_: Count = Field(alias="schema")
    happened_at: Moment
    recorded_at: Moment | None = None
    place: Id | None = None
    cause: Id | None = None
    event_id: Id


def tell(
    body: Happening,
    *,
    writer: Writer,
    run: str,
    subject_id: str,
    version: int,
    happened_at: int,
    place: str | None = None,
    cause: str | None = None,
    event_id: str | None = None,
    subject_type: str | None = None,
) -> Event:
    """Make a checked event that is not yet in the ledger.

    Parameters
    ----------
    body : Happening
        What happened.
    writer, run, version, happened_at, place, cause
        As in `Event`.
    subject_id : str
        Id of the subject, without its sort.
    event_id : str, optional
        Left out, the id is a digest of all the rest: telling the same twice gives one id.
    subject_type : str, optional
        Only for a kind that any subject may have (`EntryVoided`).

    Returns
    -------
    Event
        With `position` and `recorded_at` None.

    Raises
    ------
    ValueError
        When a field is out of range, the kind is not in the vocabulary, or the sort of subject
        does not fit the kind. (pydantic.ValidationError is a ValueError.)

    Examples
    --------
    >>> from knockdown.events.vocabulary import WorkCompleted
    >>> done = tell(WorkCompleted(work_ms=540_000), writer="floor", run="floor-1",
    ...             subject_id="U-0017", version=4, happened_at=1_800_000_000_000, place="TR-07")
    >>> done.subject, done.kind, done.place
    ('unit/U-0017', 'WorkCompleted', 'TR-07')
    """
    sort = subject_type or body.subject_type
    problem = subject_problem(body.kind(), sort)
    if problem:
        raise ValueError(problem)
    event = Event(
        writer=writer,
        run=run,
        subject=f"{sort}/{subject_id}",
        version=version,
        kind=body.kind(),
        schema=body.schema_no,
        happened_at=happened_at,
        place=place,
        cause=cause,
        event_id=event_id or "",
        body=body.model_dump(mode="json"),
    )
    event = event if event_id else replace(event, event_id=content_id(event))
    Frame.model_validate(frame_of(event))
    return event


def subject_problem(kind: str, sort: str) -> str | None:
    """Say why a kind cannot happen to this sort of subject, or None when it can.

    >>> subject_problem("UnitSold", "crew")
    'UnitSold happens to a unit, not to a crew'
    """
    wanted = kind_named(kind).subject_type
    if sort in SUBJECT_TYPES and wanted in (sort, "any"):
        return None
    if wanted == "any":
        return f"{kind} needs the sort of its subject, one of {', '.join(SUBJECT_TYPES)}, not {sort!r}"
    return f"{kind} happens to a {wanted}, not to a {sort}"


def frame_of(event: Event) -> dict[str, Any]:
    """Return every field but the body, in the order rows have them."""
    return {name: getattr(event, name) for name in FRAME_FIELDS}


def content_id(event: Event) -> str:
    """Make an event id from everything that is told, so neither its place in the ledger nor its own id."""
    frame = frame_of(event)
    told = [frame[name] for name in FRAME_FIELDS if name not in ("position", "recorded_at", "event_id")]
    return digest_id("ev", *told, event.body)


def body_of(event: Event) -> Happening:
    """Return the body as its own type.

    Raises
    ------
    ValueError
        When the kind is unknown or the body does not fit it.

    Examples
    --------
    >>> from knockdown.events.vocabulary import ShiftEnded
    >>> event = tell(ShiftEnded(shift_id="early"), writer="plan", run="p-1", subject_id="crew-a",
    ...              version=2, happened_at=0)
    >>> body_of(event)
    ShiftEnded(shift_id='early')
    """
    return kind_named(event.kind).model_validate(event.body)
