"""Turn the text of a table cell into a number, date, month or yes/no; never by guess.

Offices write 1234.5 in many ways, and `1.234` may mean either of two numbers a thousand times apart.
One form is read here, and the others are refused with a word on how to write it.
"""

from __future__ import annotations

import re
from datetime import date

LARGEST = 1e15
"""Larger numbers lose whole units in a spreadsheet and in a float; none in a plant is that large."""

_WRITE_NUMBER = "write it as 1234.5: a point before decimals, nothing between thousands"
_WRITE_INTEGER = "write it as 1234: digits alone"
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_INTEGER = re.compile(r"[+-]?[0-9]+([eE]\+?[0-9]{1,2})?")
_GROUPED = re.compile(r"[+-]?[0-9][0-9.,'’\s]*([eE][+-]?[0-9]+)?")
_WITH_UNIT = re.compile(r"[+-]?[0-9][0-9.,]*\s*([^\W0-9_]|[%‰°$€₼₽/]).*|[$€₼₽].*", re.DOTALL)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_HEX = re.compile(r"[+-]?0[xob][0-9a-f]+", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_ANSWERS = {"true": True, "yes": True, "false": False, "no": False}


class CellError(ValueError):
    """A cell that cannot be read; the message and next step are worded for a `Fault`.

    >>> error = CellError("is empty", "write a number")
    >>> str(error), error.next_step
    ('is empty', 'write a number')
    """

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(problem)
        self.next_step = next_step


def parse_number(text: str) -> float:
    """Read a number with a plain decimal point.

    Parameters
    ----------
    text : str
        Such as `12`, `-0.5`, `+5` or `1e6`; spaces around it do not matter.

    Returns
    -------
    float
        A finite number, smaller than 1e15 in size.

    Raises
    ------
    CellError
        For anything else: other decimal signs, units, nan, hexadecimal, digits of other scripts.

    Examples
    --------
    >>> parse_number("1e3")
    1000.0
    >>> parse_number("12,5")
    Traceback (most recent call last):
    ...
    knockdown.basics.numbers.CellError: is not written with a plain decimal point
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise _why_not_number(text, _WRITE_NUMBER)
    value = float(text)
    if abs(value) >= LARGEST:
        raise CellError("is too large a number", "write a number below 1e15")
    if value == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise CellError("is too small a number to tell from 0", "write 0 or a larger number")
    return value


def parse_int(text: str) -> int:
    """Read a whole number written without a decimal point.

    `12.000` is refused although it looks whole: in Baku or Istanbul it is twelve thousand.

    >>> parse_int("12"), parse_int("1e6")
    (12, 1000000)
    >>> parse_int("12.0")
    Traceback (most recent call last):
    ...
    knockdown.basics.numbers.CellError: is not a whole number written without decimals
    """
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return int(parse_number(text))
    if _NUMBER.fullmatch(text):
        raise CellError("is not a whole number written without decimals", _WRITE_INTEGER)
    raise _why_not_number(text, _WRITE_INTEGER)


def parse_date(text: str) -> date:
    """Read a day written as YYYY-MM-DD.

    >>> parse_date("2026-01-31")
    datetime.date(2026, 1, 31)
    >>> parse_date("31.01.2026")
    Traceback (most recent call last):
    ...
    knockdown.basics.numbers.CellError: is not a date written as YYYY-MM-DD
    """
    text = text.strip()
    if not _DATE.fullmatch(text):
        raise _why_not_day(text, "a date written as YYYY-MM-DD", "write it as 2026-01-31")
    return _real_day(text, "write a day the calendar has, as 2026-01-31")


def parse_month(text: str) -> date:
    """Read a month written as YYYY-MM, as its first day.

    >>> parse_month("2026-01")
    datetime.date(2026, 1, 1)
    """
    text = text.strip()
    if not _MONTH.fullmatch(text):
        step = "write it as 2026-01"
        if _DATE.fullmatch(text):
            step += " without the day (in a workbook, format the column as text first)"
        raise _why_not_day(text, "a month written as YYYY-MM", step)
    return _real_day(f"{text}-01", "write a month from 01 to 12, as 2026-01")


def parse_bool(text: str) -> bool:
    """Read true or false, or yes or no, in any case.

    >>> parse_bool("TRUE"), parse_bool("no")
    (True, False)
    """
    text = text.strip()
    answer = _ANSWERS.get(text.lower()) if text.isascii() else None
    if answer is None:
        raise CellError("is not true or false" if text else "is empty", "write true or false")
    return answer


def _why_not_number(text: str, form: str) -> CellError:
    """Say which of the known slips this is."""
    if not text:
        return CellError("is empty", "write a number")
    if _NOT_FINITE.fullmatch(text):
        return CellError("is not a finite number", "write a number, or leave the cell empty if none is known")
    if any(sign.isdecimal() and not sign.isascii() for sign in text) or "_" in text or _HEX.fullmatch(text):
        return CellError("is not a number in plain digits", form)
    if text[0] in "−–—":
        return CellError("begins with a dash that is not a minus sign", "write the minus sign as -")
    return _why_not_plain(text, form)


def _why_not_plain(text: str, form: str) -> CellError:
    """Tell grouping and decimal signs of other places from units and words."""
    if _NUMBER.fullmatch(text) or re.fullmatch(r"[+-]?[0-9.]+[eE][+-]?[0-9]+", text):
        return CellError("is not a number of a usable size", form)
    if _GROUPED.fullmatch(text):
        return CellError("is not written with a plain decimal point", form)
    if _WITH_UNIT.fullmatch(text):
        return CellError("has a unit or word beside the number", "write the number alone, as 12")
    return CellError("is not a number", form)


def _why_not_day(text: str, form: str, step: str) -> CellError:
    return CellError(f"is not {form}" if text else "is empty", step)


def _real_day(text: str, step: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellError("is not in the calendar", step) from None
