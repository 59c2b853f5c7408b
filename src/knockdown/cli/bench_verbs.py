"""`knockdown bench ...`: promises about speed and safety, measured on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from knockdown.cli import options as opt
from knockdown.cli.talk import answer, console, say

NO = 1
app = typer.Typer(help="Measure what is promised, here.", rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def _bench() -> None:
    pass


@app.command(epilog="\b\nExamples:\n  knockdown bench ledger\n  knockdown bench ledger --long --json")
def ledger(
    long: Annotated[bool, typer.Option("--long", help="Run the long counts: an hour or two.")] = False,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Put the ledger to faults and loads: what was lost, how fast it is."""
    from knockdown.cli import show_ledger
    from knockdown.ledger.trials import table
    from knockdown.workflow.papers import to_json

    found = table(long, (lambda text: None) if quiet else say)
    if json:
        answer(to_json(found))
    else:
        show_ledger.bench(console(), found)
    if not all(row.ok for row in found.rows):
        raise typer.Exit(NO)


@app.command(epilog="\b\nExamples:\n  knockdown bench kitting\n  knockdown bench kitting --long --json")
def kitting(
    long: Annotated[bool, typer.Option("--long", help="More seeds and histories: some ten minutes.")] = False,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Import, clear to build, missing parts, conservation: how fast, how good, how sure."""
    from knockdown.cli import show_bench
    from knockdown.kitting.trials.bench import table
    from knockdown.workflow.papers import to_json

    found = table(long, (lambda text: None) if quiet else say)
    if json:
        answer(to_json(found))
    else:
        show_bench.promises(console(), "Kits", found)
    if not found.ok:
        raise typer.Exit(NO)


@app.command(epilog="\b\nExamples:\n  knockdown bench simulating\n  knockdown bench simulating --long --json")
def simulating(
    long: Annotated[
        bool, typer.Option("--long", help="Longer runs on both sides: some ten minutes.")
    ] = False,
    json: opt.AsJson = False,
    quiet: opt.Quiet = False,
) -> None:
    """Play lines here and in SimPy by turns: how many times faster, and whether departures are the same."""
    from importlib.util import find_spec

    from knockdown.basics.faults import BadInput, Fault
    from knockdown.cli import show_bench
    from knockdown.workflow.papers import to_json

    if find_spec("simpy") is None:
        step = "install it: pip install 'knockdown[bench]'"
        raise BadInput([Fault("bench simulating", None, None, "simpy", "the peer is not installed", step)])
    from knockdown.simulating.trials.bench import table

    found = table(long, (lambda text: None) if quiet else say)
    if json:
        answer(to_json(found))
    else:
        show_bench.promises(console(), "Lines", found)
    if not found.ok:
        raise typer.Exit(NO)
