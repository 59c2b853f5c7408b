"""Values of a JSON document read one by one, with every fault kept for the end."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from knockdown.basics.faults import Fault, shorten

Json = Mapping[str, Any]
MOST_FAULTS = 100


class Reader:
    """Reads values and collects faults. After a fault a harmless value stands in, so that reading goes on.

    Keys are named as in JavaScript: `stations[0].service.A.mean` is of the first station.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, path: str, value: Any, problem: str, next_step: str) -> None:
        """Keep a fault; `value` ... stands for a key that is not there."""
        shown = None if value is ... else _shown(value)
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, None, path or None, shown, problem, next_step))

    def keys(self, found: Json, path: str, must: Sequence[str], may: Sequence[str] = ()) -> None:
        """Check which keys an object has."""
        known = (*must, *may)
        for key in found:
            if key not in known:
                step = f"use {', '.join(known)}" if known else "leave it out"
                self.fault(joined(path, shorten(key, 40)), ..., "is not a key that is known here", step)
        for key in must:
            if key not in found:
                self.fault(joined(path, key), ..., "is missing", f'add "{key}"')

    def object(self, value: Any, path: str) -> Json | None:
        """An object, or None after a fault."""
        if isinstance(value, dict):
            return value
        self.fault(path, value, "is not an object", "write { ... }")
        return None

    def array(self, value: Any, path: str, least: int, most: int) -> list[Any] | None:
        """A list of a length within bounds, or None after a fault."""
        if not isinstance(value, list):
            self.fault(path, value, "is not a list", "write [ ... ]")
            return None
        if not least <= len(value) <= most:
            problem = f"has {len(value):,} entries"
            self.fault(
                path, ..., problem, f"give {least:,} to {most:,}" if least < most else f"give {least:,}"
            )
            return None
        return value

    def number(self, found: Json, key: str, path: str, low: float, high: float, above: bool = False) -> float:
        """A number within bounds (`above`: greater than `low`); `low` or 1 after a fault."""
        return (
            self.number_at(found[key], joined(path, key), low, high, above) if key in found else max(low, 1.0)
        )

    def number_at(self, value: Any, path: str, low: float, high: float, above: bool = False) -> float:
        """A number that stands at a path."""
        rest = max(low, min(high, 1.0))
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(path, value, "is not a number", "write a number without quotes")
            return rest
        if not _within(value, low, high, above):
            least = "more than" if above else "at least"
            self.fault(path, value, "is out of range", f"give {least} {low:g} and at most {high:g}")
            return rest
        return float(value)

    def whole(self, found: Json, key: str, path: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number within bounds; `default` when the key is not there, `low` after a fault."""
        if key not in found:
            return low if default is None else default
        return self.whole_at(found[key], joined(path, key), low, high)

    def whole_at(self, value: Any, path: str, low: int, high: int) -> int:
        """A whole number that stands at a path."""
        before = len(self.faults)
        number = self.number_at(value, path, low, high)
        if len(self.faults) > before:
            return low
        if number != math.floor(number):
            self.fault(path, value, "is not a whole number", f"give {low:,} to {high:,}")
            return low
        return int(number)

    def room(self, value: Any, path: str, most: int) -> float:
        """Waiting places: a whole number, or the word inf."""
        if value == "inf":
            return math.inf
        if isinstance(value, str):
            self.fault(path, value, "is not a number of waiting places", f'give 0 to {most:,}, or "inf"')
            return 0.0
        return float(self.whole_at(value, path, 0, most))

    def word(self, found: Json, key: str, path: str, choices: Sequence[str]) -> str | None:
        """One of some words, or None after a fault."""
        if key not in found:
            return None
        value = found[key]
        if isinstance(value, str) and value in choices:
            return value
        self.fault(joined(path, key), value, "is not known", f"use {', '.join(choices)}")
        return None


def joined(path: str, key: str) -> str:
    """The path of a key in an object.

    >>> joined("stations[0]", "places"), joined("", "buffers")
    ('stations[0].places', 'buffers')
    """
    return f"{path}.{key}" if path else key


def _within(value: float, low: float, high: float, above: bool) -> bool:
    """False for what is not a number, and for whole numbers too large to be one."""
    return (value > low if above else value >= low) and value <= high


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f'"{value}"'
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return shorten(text)
