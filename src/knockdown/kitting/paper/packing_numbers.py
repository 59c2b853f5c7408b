"""Quantities and masses as partners write them, read exactly, as whole thousandths; never by guess."""

from __future__ import annotations

import functools
import re
from typing import Literal

from knockdown.basics.numbers import CellError
from knockdown.basics.sheets import Cell

Numbers = Literal["1234.5", "1,234.5", "1.234,5", "1 234,5"]
"""How numbers are written in text cells; a number cell of a workbook needs no such word."""

LOCALES: dict[str, Numbers] = {
    "plain": "1234.5",
    "en": "1,234.5",
    "tr": "1.234,5",
    "az": "1.234,5",
    "de": "1.234,5",
    "ru": "1 234,5",
}
"""The short names of `Numbers`."""

THOUSAND = 1000
_LARGEST = 10**15
_MOST_GRAMS = 10**9
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f ]")
_ERROR = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)|Err:[0-9]+")
_SHAPES: dict[Numbers, tuple[re.Pattern[str], str, str]] = {
    "1234.5": (re.compile(r"\d+(\.\d*)?"), "", "."),
    "1,234.5": (re.compile(r"(\d+|\d{1,3}([ ,]\d{3})+)(\.\d*)?"), ", ", "."),
    "1.234,5": (re.compile(r"(\d+|\d{1,3}([ .]\d{3})+)(,\d*)?"), ". ", ","),
    "1 234,5": (re.compile(r"(\d+|\d{1,3}( \d{3})+)(,\d*)?"), " ", ","),
}
_UNCLEAR = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_LOCALE_STEP = "say how numbers are written: --map locale=en (1,234.5), tr, az or de (1.234,5), ru (1 234,5)"


def read_thousandths(cell: Cell, numbers: Numbers | None) -> int:
    """Read a number as whole thousandths.

    Parameters
    ----------
    cell : str, int or float
        A number cell, or a text.
    numbers : Numbers or None
        How numbers are written in text; if None, only a text that can mean one number alone is read.

    Returns
    -------
    int
        Thousandths, exact; negative if it begins with a minus sign.

    Raises
    ------
    CellError
        For what is no number, may be two, or is finer than a thousandth.

    Examples
    --------
    >>> read_thousandths(12.5, None), read_thousandths("12,5", None), read_thousandths("1 234,5", "1 234,5")
    (12500, 12500, 1234500)
    >>> read_thousandths("1,234", None)
    Traceback (most recent call last):
    ...
    knockdown.basics.numbers.CellError: may mean 1234 or 1.234
    """
    if isinstance(cell, str):
        return _text_thousandths(cell, numbers)
    if not abs(cell) < _LARGEST:
        raise CellError("is too large a number", "write the true quantity")
    value = cell * THOUSAND
    whole = round(value)
    if abs(value - whole) > 1e-6 * max(1.0, abs(value) * 1e-9):
        raise CellError("is finer than a thousandth", "round it to three decimals")
    return whole


def read_grams(text: Cell, numbers: Numbers | None, grams: int) -> int:
    """Read a mass in a unit of so many grams, rounded to whole grams.

    >>> read_grams("350,5", None, 1000), read_grams(0.0304, None, 1000)
    (350500, 30)
    """
    try:
        mass = read_thousandths(text, numbers) * grams // THOUSAND
    except CellError:
        if isinstance(text, str) or not abs(text) < _LARGEST:
            raise
        mass = round(text * grams)
    if not 0 <= mass <= _MOST_GRAMS:
        raise CellError("is no mass of a case", "write its mass in the unit of the column, or clear the cell")
    return mass


def is_error(text: str) -> bool:
    """Whether a text is the error of a formula.

    >>> is_error("#REF!"), is_error("#12")
    (True, False)
    """
    return _ERROR.fullmatch(text) is not None


@functools.lru_cache(maxsize=1 << 16)
def _text_thousandths(text: str, numbers: Numbers | None) -> int:
    plain = _SPACES.sub(" ", text).strip()
    if plain.isascii() and plain.isdigit() and len(plain) < 16:
        return int(plain) * THOUSAND
    sign = -1 if plain[:1] in ("-", "−") else 1
    plain = plain[1:].strip() if sign < 0 else plain
    numbers = numbers or _only_meaning(plain)
    shape, groups, point = _SHAPES[numbers]
    if not plain.isascii() or not shape.fullmatch(plain):
        raise _why_not(text, numbers)
    for group in groups:
        plain = plain.replace(group, "")
    whole, _, decimals = plain.partition(point)
    if len(decimals.rstrip("0")) > 3:
        raise CellError("is finer than a thousandth", "round it to three decimals")
    if len(whole) > 15:
        raise CellError("is too large a number", "write the true quantity")
    return sign * (int(whole) * THOUSAND + int(decimals[:3].ljust(3, "0")))


def _only_meaning(text: str) -> Numbers:
    """How a text must be written if it can mean one number alone."""
    if _UNCLEAR.fullmatch(text):
        meant = text.replace(",", "").replace(".", ""), text.replace(",", ".")
        raise CellError(f"may mean {meant[0]} or {meant[1]}", _LOCALE_STEP)
    forms: tuple[Numbers, ...] = ("1,234.5", "1.234,5")
    return next((form for form in forms if _SHAPES[form][0].fullmatch(text)), "1234.5")


def _why_not(text: str, numbers: Numbers) -> CellError:
    if not text:
        return CellError("is empty", "write the number")
    if is_error(text):
        return CellError("is an error cell", "mend the formula, or write the value")
    if text[0] in "=@+":
        return CellError("is a formula", "paste it as a value")
    if re.fullmatch(r"[-−]?\d[\d.,]*[eE][-+]?\d+", text):
        return CellError("is written with a power of ten", "write the true number in full")
    if re.match(r"[-−]?\d[\d.,\s]*\s*[^\W\d_]", text):
        return CellError(
            "has a unit or word beside the number", "write the number alone, the unit in its own column"
        )
    if re.fullmatch(r"[-−]?[\d.,'’\s]+", text):
        return CellError(f"is not written as {numbers}", f"write it so, or {_LOCALE_STEP}")
    return CellError("is not a number", "write the number alone")
