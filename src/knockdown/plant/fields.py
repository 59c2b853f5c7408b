"""The kinds of cell a plant table may hold, each checked and turned into a value.

A cell arrives as text from CSV or XLSX, or as a native value from TOML.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from knockdown.basics.ids import check_id
from knockdown.basics.numbers import parse_bool, parse_int, parse_number
from knockdown.basics.periods import printed_span, year_spans


class Row(BaseModel):
    """One row of a plant table; every row says where its numbers come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(min_length=1, max_length=400)] = Field(
        description="where the numbers come from: `F357`, `P28`, `assumption`, or per column: "
        "`assumption; kit_price=F357+F356`"
    )


def _number(value: Any) -> Any:
    return parse_number(value) if isinstance(value, str) else value


def _integer(value: Any) -> Any:
    return parse_int(value) if isinstance(value, str) else value


def _boolean(value: Any) -> Any:
    return parse_bool(value) if isinstance(value, str) else value


def _words(value: Any) -> Any:
    return (
        tuple(filter(None, (word.strip() for word in value.split(";")))) if isinstance(value, str) else value
    )


def _first_day(value: Any) -> Any:
    return printed_span(value)[0] if isinstance(value, str) else _plain_date(value)


def _last_day(value: Any) -> Any:
    return printed_span(value)[1] if isinstance(value, str) else _plain_date(value)


def _plain_date(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _years(value: Any) -> Any:
    return year_spans(value) if isinstance(value, str) else value


def _needs(value: Any) -> Any:
    """`container22:1; hitch:2` to pairs."""
    if not isinstance(value, str):
        return value
    pairs = []
    for word in _words(value):
        name, _, count = word.partition(":")
        pairs.append((check_id(name.strip()), parse_int(count.strip() or "1")))
    return tuple(pairs)


def _clock_time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("is not a time of day; write 08:00") from None


Id = Annotated[str, BeforeValidator(lambda v: check_id(v) if isinstance(v, str) else v)]
Text = Annotated[str, Field(max_length=400)]
Flag = Annotated[bool, BeforeValidator(_boolean)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Needs = Annotated[tuple[tuple[str, int], ...], BeforeValidator(_needs)]
Count = Annotated[int, BeforeValidator(_integer), Field(ge=0, le=10**9)]
Whole = Annotated[int, BeforeValidator(_integer), Field(ge=1, le=10**9)]
Amount = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1e13, allow_inf_nan=False)]
Positive = Annotated[float, BeforeValidator(_number), Field(gt=0, le=1e13, allow_inf_nan=False)]
Minutes = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1e6, allow_inf_nan=False)]
LearningRate = Annotated[float, BeforeValidator(_number), Field(ge=0.5, le=1, allow_inf_nan=False)]
Share = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
FirstDay = Annotated[date, BeforeValidator(_first_day)]
LastDay = Annotated[date, BeforeValidator(_last_day)]
Years = Annotated[tuple[tuple[int, int], ...], BeforeValidator(_years)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
