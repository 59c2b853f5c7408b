"""Why an act was refused, in the words of a clerk: what is not so yet, and the command that comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pydantic import ValidationError

from knockdown.basics.faults import Fault
from knockdown.events.life.rules import RULES
from knockdown.kitting.terms import KitPlant

SORTS = {"kit_lot": "lot", "case": "case", "unit": "vehicle", "plant": "plant"}
# Field of a command -> the word of the command line that says it.
OPTIONS = {
    "at_ms": "--on",
    "claim_id": "CLAIM",
    "container_ids": "--container",
    "declaration": "--declaration",
    "expected_at": "--expected",
    "n_parts": "PIECES",
    "n_pieces": "PIECES",
    "person_id": "--by",
    "photo": "--photo",
    "reason": "--reason",
    "subject_id": "NAME",
    "value_cents": "MONEY",
}
Commands = Callable[..., str]
# Rule of life -> what comes first.
FIRST: dict[str, Callable[[Commands, str], str]] = {
    "kit_lot.steps-in-order": lambda command, _: f"`{command('lots')}` shows how far each lot is",
    "kit_lot.container-once": lambda command, _: (
        f"leave it out; `{command('lots')}` shows how far each lot is"
    ),
    "kit_lot.clear-after-arrival": lambda command, name: f"`{command('receive', name)}` comes first",
    "kit_lot.found-after-arrival": lambda command, name: f"`{command('receive', name)}` comes first",
    "kit_lot.issue-after-clearing": lambda command, name: f"`{command('clear', name)}` comes first",
    "kit_lot.borrow-after-clearing": lambda command, name: f"`{command('clear', name)}` comes first",
    "case.opened-once": lambda command, _: "nothing is left to do",
    "case.count-what-is-open": lambda command, name: f"`{command('open', name)}` comes first",
}


def in_words(kits: KitPlant, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Refusals of the law of life, without its ids of rules and subjects; other faults as they are."""
    for fault in faults:
        sort, _, name = fault.file.partition("/")
        if fault.column not in RULES or sort not in SORTS:
            yield fault
            continue
        word = SORTS[sort]
        problem = fault.problem.removeprefix(f"{fault.file} ").replace(fault.file, f"{word} {name}")
        step = FIRST[fault.column](kits.command, name) if fault.column in FIRST else fault.next_step
        yield Fault(word.upper(), None, None, name, problem, step)


def faults_of(error: ValidationError) -> Iterator[Fault]:
    """What a command cannot hold."""
    for each in error.errors():
        field = str(each["loc"][0]) if each["loc"] else "command"
        value = each.get("input")
        shown = str(value) if isinstance(value, str | int | float) else None
        problem, step = _said(each["type"], each["msg"])
        yield Fault(OPTIONS.get(field, field), None, None, shown, problem, step)


def _said(kind: str, message: str) -> tuple[str, str]:
    if kind == "string_pattern_mismatch":
        return "is no id", "write an id of letters, digits and - _ ."
    if kind in ("string_too_long", "too_long"):
        return "is too long", "make it shorter"
    if kind in ("string_too_short", "too_short"):
        return "is empty", "write it, or leave out the option"
    problem = message.removeprefix("Value error, ")
    return problem[:1].lower() + problem[1:], "mend it"
