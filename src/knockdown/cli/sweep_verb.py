"""The verb `sweep`: many variants of a plant or a line, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knockdown.cli import options as opt
from knockdown.cli.talk import answer, console, progress

NO = 1

Varies = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="PATH=VALUES",
        help='What is varied, such as "buffers.*=1:8"; again for another axis.',
        show_default=False,
    ),
]
On = Annotated[str, typer.Option("--on", metavar="local|loky|ray", help="Where it is played.")]
Workers = Annotated[
    int | None,
    typer.Option(metavar="N", help="At most so many at once; one a processor.", show_default=False),
]
Best = Annotated[
    str | None,
    typer.Option(
        metavar="FIGURE",
        help="Find the best point by this figure, such as throughput, and stop early.",
        show_default=False,
    ),
]
Within = Annotated[
    str | None,
    typer.Option(metavar="R", help="With --best: the lead that matters, 1% or a number.", show_default=False),
]
Confidence = Annotated[float, typer.Option(metavar="P", help="With --best: chance to find it.")]
Figures = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help='Figures of single stations to keep, such as "blocked_*".',
        show_default=False,
    ),
]
Sample = Annotated[
    int | None,
    typer.Option(metavar="N", help="Points of a Latin hypercube instead of all.", show_default=False),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder to keep it in; default out/sweep-PLANT.", show_default=False
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(metavar="N", help="Of every point; 32, with --best 1024 at most.", show_default=False),
]
Vehicles = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Line file: vehicles a replication, warm-up included.", show_default=False
    ),
]
Warmup = Annotated[
    int | None,
    typer.Option(metavar="N", help="Line file: vehicles not counted; found by itself.", show_default=False),
]


def sweep(
    plant: opt.PlantOrLine,
    vary: Varies = None,
    on: On = "local",
    workers: Workers = None,
    best: Best = None,
    within: Within = None,
    confidence: Confidence = 0.95,
    sample: Sample = None,
    replications: Replications = None,
    vehicles: Vehicles = None,
    warmup: Warmup = None,
    metric: Figures = None,
    plan: opt.PlanFile = None,
    seed: opt.Seed = 1,
    out: Folder = None,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Simulate many variants on the same random numbers, and compare them."""
    from knockdown.workflow.papers import to_json
    from knockdown.workflow.sweep import sweep as do

    with progress(quiet) as tell:
        found = do(
            plant,
            vary or [],
            out=out,
            plan=plan,
            replications=replications,
            vehicles=vehicles,
            warmup=warmup,
            best=best,
            within=within,
            confidence=confidence,
            metrics=metric or (),
            sample=sample,
            seed=seed,
            on=on,
            workers=workers,
            tell=tell,
        )
    if json:
        answer(to_json(found.paper))
    else:
        from knockdown.cli import show_sweep

        show_sweep.show(console(), found)
    race = found.paper.selection
    if (race is not None and not race.decided) or not any(p.status == "done" for p in found.paper.points):
        raise typer.Exit(NO)
