"""What `--vary` says: a dotted path and the values to try there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Protocol

from knockdown.basics.faults import BadInput, Fault

Value = int | float | str
MOST_VALUES = 1_000
MOST_POINTS = 10_000
VARY = "--vary"
_FORM = 'write it as "buffers.*=1:8", "crews.NAME=2,4,8" or "stations.2.places=1:9:2"'


@dataclass(frozen=True, slots=True)
class Vary:
    """One axis of the sweep: a path with `*`, and its values in the order given."""

    path: str
    values: tuple[Value, ...]


class Setting(Protocol):
    """A place in a description that a path names; equal when it is the same place."""

    def __hash__(self) -> int: ...


def read_vary(texts: Sequence[str]) -> list[Vary]:
    """Axes of a sweep.

    Raises
    ------
    BadInput
        With every text that says none.

    Examples
    --------
    >>> read_vary(["buffers.*=0:6:2", "stations.2.places=1,2"])[0]
    Vary(path='buffers.*', values=(0, 2, 4, 6))
    """
    faults: list[Fault] = []
    found = [each for text in texts for each in _one(text, faults)]
    if not texts:
        faults.append(fault(None, "says what is varied, and is missing", _FORM))
    if faults:
        raise BadInput(faults)
    return found


def fault(path: str | None, problem: str, step: str, value: object = None) -> Fault:
    """A fault of `--vary`."""
    return Fault(VARY, None, path, None if value is None else str(value), problem, step)


def near(name: str, known: Iterable[str]) -> str:
    """What to write instead of a name that is not known.

    >>> near("tractor", ["tractor_fitters", "painters"])
    'use tractor_fitters'
    """
    names = sorted(set(known))
    close = [each for each in names if name and name.lower() in each.lower()]
    close += [each for each in get_close_matches(name, names, n=3, cutoff=0.5) if each not in close]
    if close:
        return f"use {' or '.join(close[:3])}"
    more = ", ..." if len(names) > 8 else ""
    return f"use one of {', '.join(names[:8])}{more}" if names else "name another place"


def refuse_twice(axes: Sequence[tuple[Vary, Sequence[Setting]]]) -> list[Fault]:
    """Faults of places that two axes set."""
    owner: dict[Setting, str] = {}
    faults = []
    for vary, places in axes:
        clash = next((owner[place] for place in places if place in owner), None)
        if clash is not None:
            faults.append(fault(vary.path, f"varies what {clash} varies", "give each place one --vary"))
        owner.update((place, vary.path) for place in places)
    return faults


def _one(text: str, faults: list[Fault]) -> Iterator[Vary]:
    path, sign, values = text.partition("=")
    path = path.strip()
    if not sign or not all(path.split(".")):
        faults.append(fault(None, "is not a path and its values", _FORM, text))
        return
    try:
        found = [value for item in values.split(",") for value in _values(item.strip())]
    except ValueError as error:
        faults.append(fault(path, str(error), _FORM, values))
        return
    if len(found) > MOST_VALUES:
        faults.append(fault(path, f"has more than {MOST_VALUES} values", "take larger steps", values))
    elif len(set(found)) < len(found):
        faults.append(fault(path, "names a value twice", "name each once", values))
    else:
        yield Vary(path, tuple(found))


def _values(item: str) -> Iterable[Value]:
    if not item:
        raise ValueError("has no value where one should stand")
    parts = item.split(":")
    numbers = [_number(part) for part in parts]
    if len(parts) == 1:
        return [item if numbers[0] is None else _plain(numbers[0])]
    known = [number for number in numbers if number is not None]
    if len(parts) > 3 or len(known) < len(parts):
        raise ValueError("is not low:high or low:high:step")
    low, high = known[:2]
    step = known[2] if len(parts) == 3 else Decimal(1)
    if step <= 0 or high < low:
        raise ValueError("is a range that has nothing in it")
    count = int((high - low) / step) + 1
    return [_plain(low + i * step) for i in range(min(count, MOST_VALUES + 1))]


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) <= Decimal(10) ** 15 else None


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
