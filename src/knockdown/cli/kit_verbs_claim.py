"""`knockdown kit PLANT claim ...`: a claim from its draft to its settlement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knockdown.cli import kit_verbs_options as kit
from knockdown.cli import options as opt

app = typer.Typer(
    help="Write, send and settle claims on partners.", rich_markup_mode=None, no_args_is_help=True
)
Folder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for its form, XLSX and HTML.", show_default=False),
]


@app.command(
    epilog=kit.example(
        "knockdown kit ganja claim draft 202601-05-b803c",
        "knockdown kit ganja claim draft 202601-05-b803c --discrepancy ev-1f3a --id MTZ-26-001",
    )
)
def draft(
    context: typer.Context,
    lot: kit.Lot,
    discrepancy: Annotated[
        list[str] | None,
        typer.Option(
            "--discrepancy",
            metavar="ID",
            help="Only this one, by its id or how that begins; may be repeated. By default all not claimed.",
            show_default=False,
        ),
    ] = None,
    id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Your own number for it.", show_default=False)
    ] = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Write a claim over discrepancies of a lot."""
    kit.told(kit.kits(context, ledger).claim_draft(lot, discrepancy or (), id, on), json)


@app.command(epilog=kit.example("knockdown kit ganja claim send MTZ-25-064 --out claims"))
def send(
    context: typer.Context,
    claim: kit.Claim,
    out: Folder = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """The claim went to the partner."""
    kit.told(kit.kits(context, ledger).claim_send(claim, out, on), json)


@app.command(epilog=kit.example("knockdown kit ganja claim accept MTZ-25-061 --expected 2026-02-06"))
def accept(
    context: typer.Context,
    claim: kit.Claim,
    expected: Annotated[
        str | None,
        typer.Option(
            "--expected",
            metavar="DATE",
            help="Day the parts are promised for; a later one replaces it.",
            show_default=False,
        ),
    ] = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """The partner accepted; parts promised for a day are supply from now on."""
    kit.told(kit.kits(context, ledger).claim_accept(claim, expected, on), json)


@app.command(epilog=kit.example('knockdown kit ganja claim reject MTZ-25-065 --reason "stored in the open"'))
def reject(
    context: typer.Context,
    claim: kit.Claim,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", show_default=False)],
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """The partner rejected."""
    kit.told(kit.kits(context, ledger).claim_reject(claim, reason, on), json)


@app.command(epilog=kit.example("knockdown kit ganja claim credit MTZ-25-059 --amount 420.50"))
def credit(
    context: typer.Context,
    claim: kit.Claim,
    amount: Annotated[
        str, typer.Option("--amount", metavar="MONEY", help="In the reporting currency.", show_default=False)
    ],
    final: Annotated[
        bool, typer.Option("--final", help="No more comes: the claim is settled with it.")
    ] = False,
    surplus: Annotated[
        bool, typer.Option("--surplus", help="Far more than was claimed was really paid.")
    ] = False,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """The partner paid; what the money does not cover stays open, unless it is final."""
    kit.told(kit.kits(context, ledger).claim_credit(claim, amount, on, final, surplus), json)


@app.command(epilog=kit.example("knockdown kit ganja claim form MTZ-25-061 --out claims"))
def form(
    context: typer.Context,
    claim: kit.Claim,
    out: Folder = None,
    at: kit.At = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Show a claim, and write it in the form that partners take."""
    from knockdown.cli import show_kit_lists

    kits = kit.kits(context, ledger)
    found = kits.claim_form(claim, out, kit.on_day(at))
    kit.tell(found, json, show_kit_lists.form, kits.desk.kits)
