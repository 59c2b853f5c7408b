"""What a command is: something asked of one subject, which `decide` answers with events or a refusal."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from knockdown.events.happening import Happening, Id, Moment
from knockdown.events.life.state import State


class Command(BaseModel):
    """Something asked of one subject.

    Parameters
    ----------
    command_id : str
        The same when the command is sent again; the ids of its events are made from it.
    subject_id : str
        Id of the unit, kit lot or other subject, without its sort.
    at_ms : int
        When it happened, plant time; becomes `happened_at`.
    place : str, optional
        Id of the station, store or gate.

    Examples
    --------
    >>> from knockdown.events.commands import StartWork
    >>> start = StartWork(command_id="scan-81", subject_id="U-0017", at_ms=0, place="TR-07", n_people=3)
    >>> start.subject, start.happenings(State(start.subject))
    ('unit/U-0017', (WorkStarted(crew_id=None, n_people=3),))
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    makes: ClassVar[type[Happening]]

    command_id: Id
    subject_id: Id
    at_ms: Moment
    place: Id | None = None

    @property
    def sort(self) -> str:
        """Sort of subject, such as `unit`."""
        return self.makes.subject_type

    @property
    def subject(self) -> str:
        """Whose history is asked to go on, such as `unit/U-0017`."""
        return f"{self.sort}/{self.subject_id}"

    def happenings(self, state: State) -> tuple[Happening, ...]:
        """Say what would happen, in order, to a subject in this state."""
        return (self._made(),)

    def _made(self) -> Happening:
        values: dict[str, Any] = {name: getattr(self, name) for name in self.makes.model_fields}
        return self.makes(**values)

    @model_validator(mode="after")
    def _makes_a_body(self) -> Self:
        """Check at the door what only the body as a whole can say, such as that a value has a currency."""
        try:
            self._made()
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self
