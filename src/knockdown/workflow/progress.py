"""How far a job has come, told to whoever shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Where a job stands.

    Parameters
    ----------
    stage : str
        What is being done, such as `planning ganja`; a new stage means that the one before is done.
    share : float or None
        Part of the stage that is done, 0 to 1; None when it cannot be known.
    left_s : float or None
        Seconds the stage still takes at most, or about.
    detail : str
        One short remark, such as the gap proved so far.
    """

    stage: str
    share: float | None = None
    left_s: float | None = None
    detail: str = ""


Tell = Callable[[Step], None]


def silent(_: Step) -> None:
    """Show nothing."""


def planner_progress(tell: Tell, stage: str) -> Callable[[str, float, float, str], None]:
    """Turn the planner's words into steps of one stage; its time is a limit, so what is left is a most.

    >>> planner_progress(print, "planning")("search", 3.0, 12.0, "gap 1 %")
    Step(stage='planning: search', share=0.25, left_s=9.0, detail='gap 1 %')
    """

    def heard(part: str, elapsed_s: float, total_s: float, detail: str) -> None:
        share = min(1.0, elapsed_s / total_s) if total_s > 0 else None
        left_s = max(0.0, total_s - elapsed_s) if total_s > 0 else None
        tell(Step(f"{stage}: {part}" if part else stage, share, left_s, detail))

    return heard


def share_progress(tell: Tell, stage: str) -> Callable[[float], None]:
    """Turn a share done into steps, with the time left reckoned from the time used."""
    began = time.monotonic()

    def heard(share: float) -> None:
        used_s = time.monotonic() - began
        left_s = used_s / share - used_s if share > 0 else None
        tell(Step(stage, min(1.0, share), left_s))

    return heard
