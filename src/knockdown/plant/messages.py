"""Turns a validator's message into a problem and a next step a clerk understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAIN: dict[str, tuple[str, str]] = {
    "missing": ("is missing", "fill it in"),
    "extra_forbidden": ("is not a known entry", "remove it or mend its spelling"),
    "int_type": ("is not a whole number", "write digits only"),
    "int_from_float": ("is not a whole number", "write digits only"),
    "float_type": ("is not a number", "write digits with a decimal point"),
    "float_parsing": ("is not a number", "write digits with a decimal point"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "string_type": ("is not a text", "put it in quotes"),
    "string_too_long": ("is too long", "shorten it"),
    "string_too_short": ("is empty", "fill it in"),
    "finite_number": ("is not a finite number", "write an ordinary number"),
    "tuple_type": ("is not a list", "separate the words with semicolons"),
    "too_short": ("is empty", "name at least one"),
    "date_type": ("is not a date", "write 2019, 2019-04 or 2019-04-05"),
}


def problem_and_next_step(
    message: str, kind: str = "value_error", context: Mapping[str, Any] | None = None
) -> tuple[str, str]:
    """Problem and next step of a validator's message.

    >>> problem_and_next_step("Value error, is not a number; write 12.5")
    ('is not a number', 'write 12.5')
    """
    context = context or {}
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        return _bound(kind, context)
    if kind == "literal_error":
        return "is not one of the known words", f"use {context.get('expected', 'a known word')}"
    if kind == "string_pattern_mismatch":
        return "has the wrong form", f"its form is {context.get('pattern', '')}"
    problem, _, next_step = message.removeprefix("Value error, ").partition("; ")
    return problem, next_step or getattr(context.get("error"), "next_step", "mend it")


def _bound(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    if "ge" in context:
        return (
            "is negative" if context["ge"] == 0 else f"is below {context['ge']}"
        ), f"write {context['ge']} or more"
    if "gt" in context:
        return f"is not above {context['gt']}", f"write more than {context['gt']}"
    limit = context.get("le", context.get("lt"))
    return f"is above {limit}", f"write {limit} or less"
