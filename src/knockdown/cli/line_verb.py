"""The part of `simulate` that plays a line file: its own options, and what goes with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knockdown.basics.faults import BadInput, Fault
from knockdown.cli.talk import answer, console

if TYPE_CHECKING:
    from knockdown.documents.line_result import LineResult
    from knockdown.workflow.progress import Tell

Vehicles = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Line file: vehicles a replication, warm-up included.", show_default=False
    ),
]
Warmup = Annotated[
    str | None,
    typer.Option(metavar="N|auto", help="Line file: vehicles not counted; auto.", show_default=False),
]
HalfWidth = Annotated[
    float | None,
    typer.Option(
        metavar="R", help="Line file: play until the throughput is known this well.", show_default=False
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option(metavar="S", help="Line file: start nothing new after this time.", show_default=False),
]
Engine = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Line file: auto, lanes, fixed-point or events.", show_default=False),
]
Threads = Annotated[
    int | None, typer.Option(metavar="N", help="Line file: at most so many.", show_default=False)
]
Common = Annotated[
    bool | None,
    typer.Option(
        "--common",
        help="Line file: the same random numbers for every file with this seed.",
        show_default=False,
    ),
]
Gains = Annotated[
    bool | None,
    typer.Option(
        "--gains",
        help="Line file: what one more place, buffer place or crew, or a faster station, would give.",
        show_default=False,
    ),
]
Trace = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Line file: write every departure, .parquet or .csv.", show_default=False
    ),
]


@dataclass(frozen=True, slots=True)
class Own:
    """Options that only a line file has; None where not given."""

    vehicles: int | None
    warmup: str | None
    half_width: float | None
    seconds: float | None
    engine: str | None
    threads: int | None
    trace: Path | None
    common: bool | None
    gains: bool | None


def looks_like_a_line(plant: str) -> bool:
    """Whether what was named is a file with a line, by its content."""
    from knockdown.simulating.line.line_file import looks_like_a_line as looks

    return looks(plant)


def refuse_for_a_plant(own: Own) -> None:
    """Raise BadInput when an option was given that a plant has no use for."""
    given = [(f"--{f.name.replace('_', '-')}", getattr(own, f.name)) for f in fields(own)]
    _refuse(given, "is for line files", "leave it out, or name a file with a line")


def refuse_for_a_line(plan: Path | None, ledger: str | None) -> None:
    """Raise BadInput when an option was given that a line file has no use for."""
    given = [("--plan", plan), ("--ledger", ledger)]
    _refuse(given, "is for plants", "leave it out, or name a plant")


def _refuse(given: Sequence[tuple[str, object]], problem: str, step: str) -> None:
    shown = [(name, None if value is True else str(value)) for name, value in given if value is not None]
    faults = [Fault(name, None, None, value, problem, step) for name, value in shown]
    if faults:
        raise BadInput(faults)


def simulate(file: str, replications: int | None, seed: int, own: Own, tell: Tell) -> LineResult:
    """The line of a file, simulated."""
    from knockdown.workflow.line_runs import simulate_line
    from knockdown.workflow.progress import Step, share_progress

    stage = f"simulating {Path(file).name}"
    tell(Step(stage))
    return simulate_line(
        file,
        replications=replications,
        vehicles=own.vehicles,
        warmup=_warmup(own.warmup),
        half_width=own.half_width,
        seconds=own.seconds,
        engine=own.engine or "auto",
        threads=own.threads,
        seed=seed,
        common=bool(own.common),
        gains=bool(own.gains),
        trace=own.trace,
        progress=share_progress(tell, stage),
    )


def _warmup(text: str | None) -> int | None:
    if text is None or text == "auto":
        return None
    digits = text.isascii() and text.isdigit() and len(text) <= 12
    if not digits:
        step = "write auto, or a whole number from 0"
        raise BadInput([Fault("--warmup", None, None, text, "is not a number of vehicles", step)])
    return int(text)


def give(paper: LineResult, out: Path | None, as_json: bool) -> None:
    """Save the document where it was asked for, and answer."""
    from knockdown.cli import show_line
    from knockdown.workflow.papers import make_folder, to_json, write_text

    document = to_json(paper)
    if out is not None:
        make_folder(out.parent)
        write_text(out, document)
    if as_json:
        answer(document)
    else:
        show_line.show(console(), paper)
