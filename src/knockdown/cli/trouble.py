"""What can go wrong, turned into a message and an exit status; never a traceback."""

from __future__ import annotations

import errno
import json
import os
import shlex
import sys
import traceback
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import typer

from knockdown.basics.faults import BadInput, Fault
from knockdown.cli.talk import answer, say

DONE, NO, BAD, BROKEN, INTERRUPTED = 0, 1, 2, 70, 130
# Typer raises its own (or click's) usage errors; this is their common base in either.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def status_of(error: BaseException, as_json: bool) -> int:
    """Say what went wrong, and give the exit status for it."""
    if isinstance(error, BadInput):
        return _refuse(error.faults, as_json)
    if isinstance(error, UsageError):
        return _refuse([_usage_fault(error)], as_json)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        say("knockdown: stopped; nothing was kept")
        return INTERRUPTED
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG):
        step = "make room and try again"
        return _refuse(
            [Fault("output", None, None, None, f"cannot be written: {error.strerror}", step)], False
        )
    return _report(error)


def swallow_output() -> None:
    """Point stdout at nothing, so that closing it cannot fail a second time."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def _refuse(faults: Iterable[Fault], as_json: bool) -> int:
    listed = list(faults)
    say(f"knockdown: {len(listed)} fault{'' if len(listed) == 1 else 's'}")
    for fault in listed:
        say(f"  {fault}")
    if as_json:
        document = {"schema": "knockdown.faults/1", "faults": [asdict(fault) for fault in listed]}
        answer(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return BAD


def _usage_fault(error: Exception) -> Fault:
    message = getattr(error, "format_message", lambda: str(error))().rstrip(".")
    path = shlex.join(["knockdown", *_typed(getattr(error, "ctx", None))])
    problem = message[:1].lower() + message[1:] if message else "is not understood"
    return Fault(path, None, None, None, problem, f"`{path} --help` shows how it is used")


def _typed(context: Any) -> list[str]:
    """Verbs of a command and what stood between them, such as the plant of `knockdown kit PLANT ready`."""
    words: list[str] = []
    parent = getattr(context, "parent", None)
    while parent is not None:
        given = [parent.params.get(each.name) for each in parent.command.params if _is_argument(each)]
        words = [*(str(value) for value in given if value is not None), context.info_name, *words]
        context, parent = parent, parent.parent
    return words


def _is_argument(parameter: Any) -> bool:
    return parameter.param_type_name == "argument"


def _report(error: BaseException) -> int:
    if os.environ.get("KNOCKDOWN_DEBUG") == "1":
        traceback.print_exception(error)
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    say(f"knockdown: something went wrong inside knockdown ({what})")
    say(
        "  This is a fault of the program, not yours. Please report it with the command and the plant folder;"
    )
    say("  KNOCKDOWN_DEBUG=1 before the command shows where it happened.")
    return BROKEN
