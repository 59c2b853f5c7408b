"""`knockdown kit PLANT ...`: what can be finished, what is missing, where every piece is."""

from __future__ import annotations

from typing import Annotated

import typer

from knockdown.cli import kit_verbs_claim, kit_verbs_paper, kit_verbs_record
from knockdown.cli import kit_verbs_options as kit
from knockdown.cli import options as opt

NO = 1
app = typer.Typer(
    help="Receive, open, count and issue kits; say what can be finished and what to do about missing parts.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


@app.callback()
def _kit(context: typer.Context, plant: opt.Plant) -> None:
    context.obj = plant


@app.command(
    epilog=kit.example("knockdown kit ganja ready", "knockdown kit ganja ready --what-if 'open 28-K4' --json")
)
def ready(
    context: typer.Context,
    at: kit.At = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="STEP",
            help="What these steps together would add: 'open CASE', 'clear LOT', 'claim ID', or"
            " 'claim ID DAYS' for so many days sooner. May be repeated.",
            show_default=False,
        ),
    ] = None,
    seconds: kit.Seconds = 10.0,
    limit: kit.Limit = 20,
    every: kit.Every = False,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Which vehicles can be finished, and what blocks the others?

    Vehicles on the line and kits not begun, against what lies on site; days on which the others can be
    finished, the part each of them lacks, the station that stops first, and what one step would add.
    """
    from knockdown.cli import show_kit

    kits = kit.kits(context, ledger)
    found = kits.ready(kit.on_day(at), seconds, what_if or ())
    kit.tell(found, json, show_kit.ready, kits.desk.kits, None if every else limit)


@app.command(
    epilog=kit.example("knockdown kit ganja resolve", "knockdown kit ganja resolve --part BT-6706010 --json")
)
def resolve(
    context: typer.Context,
    part: Annotated[
        str | None,
        typer.Option("--part", metavar="PART", help="Only vehicles that lack this part.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All shortages; this is so without --part.")] = False,
    at: kit.At = None,
    seconds: kit.Seconds = 10.0,
    work: kit.Work = None,
    limit: kit.Limit = 20,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """A part is missing: wait, borrow, buy, or build otherwise?

    One answer for all shortages at least cost, in the reporting currency; every term of the cost, the
    simple rules it beats, the next best, and the claims to write.
    """
    from knockdown.cli import show_kit_resolve

    if every and part is not None:
        raise typer.BadParameter("--part and --all exclude each other; give one of them")
    kits = kit.kits(context, ledger)
    found = kits.resolve(part, kit.on_day(at), seconds, work)
    kit.tell(found, json, show_kit_resolve.resolve, kits.desk.kits, limit)
    if found.status == "infeasible":
        raise typer.Exit(NO)


@app.command(epilog=kit.example("knockdown kit ganja lots", "knockdown kit ganja lots --at 2026-02-01"))
def lots(
    context: typer.Context, at: kit.At = None, ledger: kit.Where = None, json: opt.AsJson = False
) -> None:
    """Every lot: where it is, its cases, kits complete, claims."""
    from knockdown.cli import show_kit_stock

    kits = kit.kits(context, ledger)
    kit.tell(kits.lots(kit.on_day(at)), json, show_kit_stock.lots, kits.desk.kits)


@app.command(
    epilog=kit.example(
        "knockdown kit ganja stock",
        "knockdown kit ganja stock --lot 202601-06-b1221c",
        "knockdown kit ganja stock --part BT-8412010 --json",
    )
)
def stock(
    context: typer.Context,
    lot: Annotated[
        str | None,
        typer.Option(
            "--lot", metavar="LOT", help="Only this lot, with its cases and parts.", show_default=False
        ),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option("--part", metavar="PART", help="Only this part, in every lot.", show_default=False),
    ] = None,
    at: kit.At = None,
    limit: kit.Limit = 20,
    every: kit.Every = False,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Where every piece is, and what it is worth, by lot.

    With --lot its cases and parts, with --part its lots and the cases it came in, with --all everything.
    Values are in the reporting currency.
    """
    from knockdown.cli import show_kit_stock

    kits = kit.kits(context, ledger)
    found = kits.stock(lot, part, kit.on_day(at))
    kit.tell(found, json, show_kit_stock.stock, kits.desk.kits, None if every else limit)


@app.command(epilog=kit.example("knockdown kit ganja claims"))
def claims(
    context: typer.Context, at: kit.At = None, ledger: kit.Where = None, json: opt.AsJson = False
) -> None:
    """Claims by age, what is not claimed yet, what comes back."""
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    kit.tell(kits.claims(kit.on_day(at)), json, show_kit_lists.claims, kits.desk.kits)


@app.command(epilog=kit.example("knockdown kit ganja borrows"))
def borrows(
    context: typer.Context, at: kit.At = None, ledger: kit.Where = None, json: opt.AsJson = False
) -> None:
    """Who took what from which lot, and what is owed."""
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    kit.tell(kits.borrows(kit.on_day(at)), json, show_kit_lists.borrows, kits.desk.kits)


@app.command(epilog=kit.example("knockdown kit ganja park"))
def park(
    context: typer.Context, at: kit.At = None, ledger: kit.Where = None, json: opt.AsJson = False
) -> None:
    """Short-built vehicles: what they lack, which is next.

    A vehicle stands short when it left its line without a part. Days are calendar days since then; the
    money tied up is what its kit cost.
    """
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    kit.tell(kits.park(kit.on_day(at)), json, show_kit_lists.park, kits.desk.kits)


@app.command(epilog=kit.example("knockdown kit ganja packaging"))
def packaging(
    context: typer.Context, at: kit.At = None, ledger: kit.Where = None, json: opt.AsJson = False
) -> None:
    """Crates and frames that partners want back."""
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    kit.tell(kits.packaging(kit.on_day(at)), json, show_kit_lists.packaging, kits.desk.kits)


@app.command(
    epilog=kit.example(
        "knockdown kit ganja carries --case 01-K5",
        "knockdown kit ganja carries --lot 202601-01-b821c --part BT-1301010 --json",
    )
)
def carries(
    context: typer.Context,
    case: Annotated[
        str | None, typer.Option("--case", metavar="CASE", help="Parts of this case.", show_default=False)
    ] = None,
    lot: Annotated[
        str | None, typer.Option("--lot", metavar="LOT", help="Parts of this lot.", show_default=False)
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", metavar="PART", help="Only this part.", show_default=False)
    ] = None,
    at: kit.At = None,
    limit: kit.Limit = 20,
    every: kit.Every = False,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Which vehicles carry parts of a case or lot?

    Proven: it was given pieces that only this case or lot brought. Possible: it may have been, or may be.
    """
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    found = kits.carries(case, lot, part, kit.on_day(at))
    kit.tell(found, json, show_kit_lists.carries, kits.desk.kits, None if every else limit)


@app.command(epilog=kit.example("knockdown kit ganja changes"))
def changes(
    context: typer.Context, at: kit.At = None, ledger: kit.Where = None, json: opt.AsJson = False
) -> None:
    """Change notes: last old, first new, where each stands."""
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    kit.tell(kits.changes(kit.on_day(at)), json, show_kit_lists.changes, kits.desk.kits)


kit_verbs_paper.register(app)
kit_verbs_record.register(app)
app.add_typer(
    kit_verbs_claim.app,
    name="claim",
    epilog=kit.example("knockdown kit ganja claim draft 202601-05-b803c"),
)
