"""`simulate PLANT calibrate`: its own options, and what goes with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from knockdown.basics.faults import BadInput, Fault
from knockdown.cli.talk import answer, console

WHAT = "calibrate"

What = Annotated[
    str | None,
    typer.Argument(
        metavar="[calibrate]",
        help="Instead of playing: fit the plant's numbers to its floor's records.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="calibrate: first day of the records used.", show_default=False),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="calibrate: last day of the records used.", show_default=False),
]
HoldoutWeeks = Annotated[
    int | None,
    typer.Option(metavar="N", help="calibrate: last weeks kept out of the fit; 4.", show_default=False),
]
Write = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="calibrate: a copy of the plant with the fitted values.", show_default=False
    ),
]


@dataclass(frozen=True, slots=True)
class Own:
    """Options that only calibrating has; None where not given."""

    since: str | None
    until: str | None
    holdout_weeks: int | None
    write: Path | None


def is_asked(what: str | None, own: Own, others: Mapping[str, object]) -> bool:
    """Whether to calibrate; raises BadInput for another word, or for options of the other use."""
    if what not in (None, WHAT):
        raise BadInput([Fault("WHAT", None, None, what, "is not known here", f"write {WHAT}, or nothing")])
    asked = what is not None
    names = {f"--{f.name.replace('_', '-')}": getattr(own, f.name) for f in fields(own)}
    problem = "is not for calibrate" if asked else f"is for `simulate PLANT {WHAT}`"
    faults = [
        Fault(name, None, None, str(value), problem, "leave it out")
        for name, value in (others if asked else names).items()
        if value is not None
    ]
    if faults:
        raise BadInput(faults)
    return asked


def give(plant: str, own: Own, ledger: str | None, out: Path | None, as_json: bool) -> None:
    """Calibrate, save the document where it was asked for, and answer."""
    from knockdown.workflow.calibrate import HOLDOUT_WEEKS, calibrate
    from knockdown.workflow.papers import make_folder, to_json, write_text

    if out is not None:
        make_folder(out.parent)
    weeks = HOLDOUT_WEEKS if own.holdout_weeks is None else own.holdout_weeks
    paper = calibrate(plant, own.since, own.until, weeks, own.write, ledger)
    document = to_json(paper)
    if out is not None:
        write_text(out, document)
    if as_json:
        answer(document)
    else:
        from knockdown.cli import show_calibrate

        show_calibrate.show(console(), paper)
