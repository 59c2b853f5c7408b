"""Arguments and options that verbs share, each worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Plant = Annotated[
    str,
    typer.Argument(
        metavar="PLANT", help="A built-in plant's name, or a folder with plant.toml.", show_default=False
    ),
]
PlantOrLine = Annotated[
    str,
    typer.Argument(
        metavar="PLANT", help="A plant's name or folder; or a line file (.json).", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Start = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM", help="First month; by default the plant's own.", show_default=False),
]
Months = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="How many months, 1 to 60; by default the plant's own.", show_default=False
    ),
]
By = Annotated[str, typer.Option(metavar="month|week", help="Length of a period.")]
Seconds = Annotated[float, typer.Option(metavar="S", help="Time allowed for planning.")]
Gap = Annotated[float, typer.Option(metavar="FRACTION", help="Stop when proven this close to the best.")]
Work = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Stop after N solver checks instead; repeats a plan to the bit.", show_default=False
    ),
]
Seed = Annotated[int, typer.Option(metavar="N", help="Seed of everything random.")]
Limits = Annotated[int, typer.Option(metavar="N", help="How many limits to verify by solving again.")]
PlanReplications = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="How many times the plan is played; 1000, a large plan less often.",
        show_default=False,
    ),
]
SomeReplications = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="How many times it is played; 1000, a large plan less often, a line file as often as it takes.",
        show_default=False,
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", metavar="FILE", help="A saved plan; without one, planned first.", show_default=False
    ),
]
SavedPlan = Annotated[Path, typer.Option("--plan", metavar="FILE", help="A saved plan.", show_default=False)]
OutFile = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Save the document here too.", show_default=False)
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder for the papers; default out/PLANT.", show_default=False
    ),
]
ReportFolder = Annotated[
    Path,
    typer.Option("--out", metavar="DIR", help="Folder for report.html and report.xlsx.", show_default=False),
]
Ledger = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        help="File the run in this ledger; by default in the plant's own, where there is one.",
        show_default=False,
    ),
]
OrdersBook = Annotated[
    list[Path] | None,
    typer.Option(
        "--orders",
        metavar="FILE",
        help="A workbook (or CSV) in which you fixed lots or units; the plan keeps them.",
        show_default=False,
    ),
]
OutBook = Annotated[
    Path | None,
    typer.Option(
        "--xlsx",
        metavar="FILE",
        help="Write the workbook too, with sheets to edit and feed back with --orders.",
        show_default=False,
    ),
]
FromLedger = Annotated[
    bool,
    typer.Option("--from-ledger", help="Open with the lots, units and people that the floor recorded."),
]
