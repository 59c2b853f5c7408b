"""Chooses what plays a line: the fastest engine that tells exactly this story.

All engines give the same departures to the bit where they can play a line, so the choice is one of speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Literal, get_args

from knockdown.basics.faults import BadInput, Fault
from knockdown.simulating.line.model import Line

EngineName = Literal["lanes", "fixed-point", "events"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
_WORDS = {
    "lanes": "vehicles meet only through the flow, so a recursion gives every departure",
    "fixed-point": "a recursion, repeated until the shared crews serve in the order that it gives",
    "events": "what happens next depends on times at several stations",
}


@dataclass(frozen=True)
class Choice:
    """An engine with its reason in words."""

    name: EngineName
    module: ModuleType
    why: str


def choose(line: Line, wanted: str = "auto") -> Choice:
    """The engine for a line.

    Parameters
    ----------
    line : Line
    wanted : str
        `auto`, or one of `ENGINES`.

    Raises
    ------
    BadInput
        When no engine, or not the one wanted, can play the line.
    """
    reasons: list[str] = []
    for name in ENGINES if wanted == "auto" else [each for each in ENGINES if each == wanted]:
        module = import_module(f"knockdown.simulating.line.{name.replace('-', '_')}")
        reason = module.can_play(line)
        if reason is None:
            asked = "" if wanted == "auto" else "as asked: "
            return Choice(name, module, asked + "; ".join([_WORDS[name], *reasons]))
        reasons.append(f"not {name}: {reason}")
    step = "use --engine auto" if wanted != "auto" else "leave out what stands in the way"
    raise BadInput(
        [Fault("--engine", None, None, wanted, f"cannot play this line ({'; '.join(reasons)})", step)]
    )
