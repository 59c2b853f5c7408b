"""What every body of an event has in common: the sorts of subject, the kinds of field.

Bodies hold text, whole numbers, yes or no and lists of ids, never a float, so that the same
body has the same digest everywhere. Units stand last in names: `_ms` milliseconds of work,
`_at` milliseconds since 1970-01-01 00:00 UTC in plant time, `_cents` hundredths of the
currency named beside it, `n_` a count.

A field is added with a default; anything else is a new schema number for that kind.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from knockdown.basics.ids import ID_PATTERN, MAX_ID_CHARS

MOST = 2**53 - 1  # exact in JSON readers that keep numbers as floats, and fits an int64 column
MAX_TEXT_CHARS = 400
MAX_IDS = 1_000

SubjectType = Literal["unit", "kit_lot", "case", "part_lot", "station", "contract", "crew", "plant", "any"]


def _calendar_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a day of the calendar; write it as 2027-01-31") from None
    return text


Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=MAX_ID_CHARS)]
Ids = Annotated[tuple[Id, ...], Field(strict=False, max_length=MAX_IDS)]
SomeIds = Annotated[tuple[Id, ...], Field(strict=False, min_length=1, max_length=MAX_IDS)]
Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_CHARS)]
Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrNone = Annotated[int, Field(ge=0, le=MOST)]
Counts = Annotated[tuple[Count, ...], Field(strict=False, max_length=MAX_IDS)]
CountsOrNone = Annotated[tuple[CountOrNone, ...], Field(strict=False, max_length=MAX_IDS)]
Moment = Annotated[int, Field(ge=0, le=MOST)]
Span = Annotated[int, Field(ge=0, le=MOST)]
Cents = Annotated[int, Field(ge=0, le=MOST)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}),
    AfterValidator(_calendar_day),
]
VehicleNumber = Annotated[str, Field(pattern="^[A-Z0-9]{5,17}$")]


class Happening(BaseModel):
    """The body of an event; one subclass a kind.

    >>> class BellRung(OfStation):
    ...     n_times: Count
    >>> BellRung.kind(), BellRung.subject_type, BellRung.schema_no
    ('BellRung', 'station', 1)
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    subject_type: ClassVar[SubjectType] = "any"
    schema_no: ClassVar[int] = 1

    @classmethod
    def kind(cls) -> str:
        """Return the name of this kind."""
        return cls.__name__

    @model_validator(mode="after")
    def _value_has_a_currency(self) -> Self:
        values = self.__dict__  # `getattr` would go a long way for the many kinds without money
        if (values.get("value_cents") is None) != (values.get("currency") is None):
            raise ValueError("value_cents and currency go together; give both or neither")
        return self


def alike(**lists: tuple[object, ...]) -> None:
    """Lists that are read side by side are of one length.

    Raises
    ------
    ValueError
        When they are not; the message names two of them.
    """
    (first, values), *others = lists.items()
    for name, other in others:
        if len(other) != len(values):
            raise ValueError(f"{name} has {len(other)} entries, {first} has {len(values)}; give one each")


class OfUnit(Happening):
    """Happens to a unit: a build slot with a name, later a vehicle with a number."""

    subject_type = "unit"


class OfKitLot(Happening):
    """Happens to a kit lot."""

    subject_type = "kit_lot"


class OfCase(Happening):
    """Happens to a numbered case of a kit lot."""

    subject_type = "case"


class OfPartLot(Happening):
    """Happens to a batch of one part, kit-supplied in bulk or bought locally."""

    subject_type = "part_lot"


class OfStation(Happening):
    """Happens to a station."""

    subject_type = "station"


class OfContract(Happening):
    """Happens to a contract."""

    subject_type = "contract"


class OfCrew(Happening):
    """Happens to a crew."""

    subject_type = "crew"


class OfPlant(Happening):
    """Happens to the plant as a whole."""

    subject_type = "plant"
