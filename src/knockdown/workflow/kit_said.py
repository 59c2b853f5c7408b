"""What people say of an act, read: when it was, how many pieces, how much money."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from knockdown.basics.faults import BadInput, Fault
from knockdown.basics.numbers import CellError, parse_number
from knockdown.kitting.terms import MEASURED, PER_UNIT, KitPlant
from knockdown.workflow import kit_desk

When = str | date | datetime | None
Amount = str | int | float
MOST_PIECES = 10**6  # of a part in one act, or so many kg, l, m, m2: beyond it is a slip of the pen
MOST_MONEY = 10**10


def moment_of(on: When) -> int:
    """Milliseconds of plant time; now, when nothing is said.

    Raises
    ------
    BadInput
        When it is no day or minute.

    Examples
    --------
    >>> moment_of("2026-01-16"), moment_of("2026-01-16T08:30") - moment_of("2026-01-16")
    (1768521600000, 30600000)
    """
    if on is None:
        return kit_desk.CLOCK.now_ms()
    try:
        at = datetime.fromisoformat(on) if isinstance(on, str) else on
        if not isinstance(at, datetime):
            at = datetime.combine(at, time())
        at_ms = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        step = "write it as 2026-01-16 or 2026-01-16T08:30"
        raise BadInput([Fault("--on", None, None, str(on), "is not a day or a minute", step)]) from None
    if at_ms < 0:
        step = "write the day it happened, as 2026-01-16"
        raise BadInput([Fault("--on", None, None, str(on), "lies before the year 1970", step)])
    return at_ms


def happened_at(on: When) -> int:
    """As `moment_of`, of something that happened: it does not lie in the future.

    Raises
    ------
    BadInput
        When it does, by more than a day, or is no moment.
    """
    from knockdown.events.decide import FUTURE_MS

    at_ms = moment_of(on)
    if at_ms > kit_desk.CLOCK.now_ms() + FUTURE_MS:
        step = "record it once it has happened, or mend the day"
        raise BadInput([Fault("--on", None, None, str(on), "lies in the future", step)])
    return at_ms


def day_of_text(text: str | date, where: str) -> date:
    """A day written as 2026-01-16.

    Raises
    ------
    BadInput
        When it is none.
    """
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput([Fault(where, None, None, text, "is not a day", "write it as 2026-01-16")]) from None


def pieces_of(plant: KitPlant, part_id: str, amount: Amount, where: str, least: int = 1) -> int:
    """Pieces of a part as people write them: whole ones, or so many kg, l, m or m2 with decimals.

    Raises
    ------
    BadInput
        When it is no number, or not one that can be.
    """
    try:
        value = parse_number(amount) if isinstance(amount, str) else float(amount)
    except CellError as error:
        raise BadInput([Fault(where, None, None, str(amount), str(error), error.next_step)]) from None
    unit = plant.parts[part_id].unit if part_id in plant.parts else "pcs"
    exact = value * (PER_UNIT if unit in MEASURED else 1)
    step = f"write at most 3 decimals of {unit}" if unit in MEASURED else f"write a whole number of {unit}"
    step += "" if least == 0 else ", more than 0"
    problem = None
    if value < 0:
        problem = "is less than nothing"
    elif value > MOST_PIECES:
        problem = f"is more of {part_id} than a plant handles at once"
    elif exact != round(exact) or exact < least:
        problem = f"cannot be counted of {part_id}"
    if problem is not None:
        raise BadInput([Fault(where, None, None, str(amount), problem, step)])
    return round(exact)


def cents_of(amount: Amount, where: str, currency: str) -> int:
    """Money in cents of the reporting currency.

    Raises
    ------
    BadInput
        When it is no amount, or in another currency.
    """
    text = str(amount).strip()
    number = text[: -len(currency)].strip() if text.upper().endswith(currency) else text
    try:
        value = parse_number(number)
    except CellError as error:
        step = f"write an amount in {currency}, as 1234.50"
        raise BadInput([Fault(where, None, None, text, str(error), step)]) from None
    step = f"write an amount in {currency}, as 1234.50"
    if not 0 <= value < MOST_MONEY:
        raise BadInput([Fault(where, None, None, text, "is not an amount that can be", step)])
    if value != round(value, 2):
        raise BadInput([Fault(where, None, None, text, "has more than 2 decimals", step)])
    return round(value * 100)
