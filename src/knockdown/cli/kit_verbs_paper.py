"""The verbs of `knockdown kit PLANT` for paper: packing lists in, and against the supply lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from knockdown.cli import kit_verbs_options as kit
from knockdown.cli import options as opt

Partner = Annotated[
    str | None,
    typer.Option(
        "--partner", metavar="PARTNER", help="Who packed it; an id in partners.", show_default=False
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="How the list is laid out, where that cannot be seen: part=C, qty=F, lot=:LOT, locale=ru,"
        " qty_is=kit, header=5-7, sheet=PATTERN, encoding=cp1251, or auto to forget what is remembered."
        " May be repeated.",
        show_default=False,
    ),
]
Alias = Annotated[
    list[str] | None,
    typer.Option(
        "--alias",
        metavar="THEIRS=OURS",
        help="The partner's number of a part, and the plant's; remembered. May be repeated.",
        show_default=False,
    ),
]


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Packing lists, XLSX or CSV.", show_default=False)
    ],
    partner: Partner = None,
    layout: Map = None,
    alias: Alias = None,
    new_parts: Annotated[
        bool, typer.Option("--new-parts", help="Accept part numbers that the plant does not have.")
    ] = False,
    trial: Annotated[bool, typer.Option("--dry-run", help="Read and compare only; needs no ledger.")] = False,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Take in a partner's packing lists, or tell every fault.

    Of several files all are taken in, or none.
    """
    from knockdown.cli import show_kit_paper

    kits = kit.kits(context, ledger)
    found = kits.import_lists(files, partner, layout or (), alias or (), new_parts, trial, on)
    kit.tell(found, json, show_kit_paper.imported)


def compare(
    context: typer.Context,
    lots: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LOT]...", help="By default all with a packing list.", show_default=False),
    ] = None,
    limit: kit.Limit = 20,
    every: kit.Every = False,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Packing lists against supply lists, before anything came.

    What is packed too little or too much, in pieces, by lot and part.
    """
    from knockdown.cli import show_kit_paper

    kits = kit.kits(context, ledger)
    kit.tell(
        kits.compare(lots or ()), json, show_kit_paper.compared, kits.desk.kits, None if every else limit
    )


def register(app: typer.Typer) -> None:
    """Give the app these verbs."""
    app.command(
        "import",
        epilog=kit.example(
            "knockdown kit hall import hall/packing_lists/mtz-lot-14.xlsx --partner mtz",
            "knockdown kit hall import list.csv --partner mtz --map part=C --map qty=F --map locale=ru",
        ),
    )(import_)
    app.command(epilog=kit.example("knockdown kit hall compare 202601-14-b1025c"))(compare)
