"""The verbs of `knockdown kit PLANT` that record what happened; `knockdown ledger PLANT init` comes first."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from knockdown.basics.faults import BadInput, Fault
from knockdown.cli import kit_verbs_options as kit
from knockdown.cli import options as opt
from knockdown.cli.trouble import UsageError

Local = Annotated[bool, typer.Option("--local", help="Bought or made here; the partner still owes it.")]
LotOption = Annotated[
    str | None, typer.Option("--lot", metavar="LOT", help="All its closed cases.", show_default=False)
]
CaseOption = Annotated[
    str | None, typer.Option("--case", metavar="CASE", help="Case it was in.", show_default=False)
]
Unit = Annotated[
    str | None,
    typer.Option("--unit", metavar="UNIT", help="Vehicle that had been given it.", show_default=False),
]
LeftPieces = Annotated[
    str | None,
    typer.Option(
        "--pieces", metavar="PIECES", help="So many; by default all that are left.", show_default=False
    ),
]


def ship(
    context: typer.Context,
    lot: kit.Lot,
    container: kit.Containers = None,
    expected: Annotated[
        str | None,
        typer.Option("--expected", metavar="DATE", help="Day it should come.", show_default=False),
    ] = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """The partner sent a lot."""
    kit.told(kit.kits(context, ledger).ship(lot, container or (), expected, on), json)


def receive(
    context: typer.Context,
    lot: kit.Lot,
    container: kit.Containers = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """A lot, or some of its containers, came."""
    kit.told(kit.kits(context, ledger).receive(lot, container or (), on), json)


def bond(
    context: typer.Context,
    lot: kit.Lot,
    declaration: Annotated[
        str, typer.Option("--declaration", metavar="D", help="Customs declaration.", show_default=False)
    ],
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Last day in bond.", show_default=False)
    ],
    container: kit.Containers = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """What came went into bond, until the end of a day."""
    kit.told(kit.kits(context, ledger).bond(lot, declaration, until, container or (), on), json)


def clear(
    context: typer.Context,
    lot: kit.Lot,
    declaration: Annotated[
        str | None,
        typer.Option("--declaration", metavar="D", help="Customs declaration.", show_default=False),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(
            "--cost",
            metavar="MONEY",
            help="Duty, fees and carriage, in the reporting currency.",
            show_default=False,
        ),
    ] = None,
    container: kit.Containers = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Customs let go what came."""
    kit.told(kit.kits(context, ledger).clear(lot, declaration, cost, container or (), on), json)


def open_(
    context: typer.Context,
    cases: Annotated[list[str] | None, typer.Argument(metavar="CASE...", show_default=False)] = None,
    lot: LotOption = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Cases were opened: these, or all closed ones of a lot."""
    kit.told(kit.kits(context, ledger).open(cases or (), lot, on), json)


def count(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", show_default=False)],
    counts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PART=PIECES...", help="What the case held.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE", help="A count sheet filled in, CSV or XLSX.", show_default=False
        ),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Who counted did not see what there should be.")
    ] = False,
    surplus: Annotated[
        bool, typer.Option("--surplus", help="Far more than the list says are really there.")
    ] = False,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="Show what to count; with --blind without pieces.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="With --sheet: a CSV file to fill in.", show_default=False
        ),
    ] = None,
    by: kit.By = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Parts of an opened case were counted; what differs from its list is found with it."""
    from knockdown.cli import show_kit_record

    kits = kit.kits(context, ledger)
    if sheet or out is not None:
        if counts or file is not None:
            raise typer.BadParameter("--sheet takes no counts; print the sheet first, then count")
        kit.tell(kits.count_sheet(case, blind, out), json, show_kit_record.sheet, kits.desk.kits)
        return
    kit.told(kits.count(case, _counts(counts or []), file, blind, by, on, surplus), json)


def _counts(words: list[str]) -> dict[str, str]:
    """Part and pieces of words such as BT-1=4."""
    told: dict[str, str] = {}
    faults: list[Fault] = []
    for word in words:
        part_id, sign, amount = word.partition("=")
        if not sign or not part_id:
            faults.append(Fault("COUNT", None, None, word, "is no count", "write PART=PIECES"))
        elif part_id in told:
            faults.append(Fault("COUNT", None, None, word, "counts the part again", "say it once"))
        told.setdefault(part_id, amount)
    if faults:
        raise BadInput(faults)
    return told


def find(
    context: typer.Context,
    lot: kit.Lot,
    part: kit.Part,
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE",
            help="M all missing, S some missing, D damaged, W wrong part, F does not work,"
            " DP damaged by packing, DT in transport, A rusty.",
            show_default=False,
        ),
    ],
    pieces: kit.Pieces,
    case: CaseOption = None,
    unit: Unit = None,
    in_assembly: Annotated[
        bool, typer.Option("--in-assembly", help="The part is only inside an assembly.")
    ] = False,
    instead: Annotated[
        str | None,
        typer.Option("--instead", metavar="PART", help="With W: what was there.", show_default=False),
    ] = None,
    photo: Annotated[
        str | None,
        typer.Option("--photo", metavar="REF", help="File or address of a photo.", show_default=False),
    ] = None,
    by: kit.By = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """A part was found missing, wrong or bad, in store or at the line."""
    kits = kit.kits(context, ledger)
    kit.told(kits.find(lot, part, code, pieces, case, unit, in_assembly, instead, photo, by, on), json)


def dispose(
    context: typer.Context,
    discrepancy: Annotated[
        str, typer.Argument(metavar="DISCREPANCY", help="Its id, or how that begins.", show_default=False)
    ],
    disposition: Annotated[str, typer.Argument(metavar="use_as_is|rework|scrap|return", show_default=False)],
    pieces: LeftPieces = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """It was settled what becomes of bad pieces."""
    kit.told(kit.kits(context, ledger).dispose(discrepancy, disposition, pieces, on), json)


def replace(
    context: typer.Context,
    lot: kit.Lot,
    part: kit.Part,
    pieces: kit.Pieces,
    claim: Annotated[
        str | None,
        typer.Option("--claim", metavar="CLAIM", help="Claim that brought them.", show_default=False),
    ] = None,
    local: Local = False,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Missing or bad pieces are there again."""
    kit.told(kit.kits(context, ledger).replace(lot, part, pieces, claim, local, on), json)


def issue(
    context: typer.Context,
    unit: Annotated[
        str, typer.Argument(metavar="UNIT", help="A vehicle, or LOT.NUMBER of a kit.", show_default=False)
    ],
    parts: Annotated[
        list[str] | None, typer.Argument(metavar="PART...", help="Only these parts.", show_default=False)
    ] = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Hand a vehicle what is there of its kit."""
    kit.told(kit.kits(context, ledger).issue(unit, parts or (), on), json)


def borrow(
    context: typer.Context,
    from_lot: Annotated[str, typer.Argument(metavar="FROM_LOT", show_default=False)],
    to_lot: Annotated[str, typer.Argument(metavar="TO_LOT", show_default=False)],
    part: kit.Part,
    pieces: kit.Pieces,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="UNIT", help="Vehicle that needs it.", show_default=False)
    ] = None,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """A lot takes pieces of another, and owes them."""
    kit.told(kit.kits(context, ledger).borrow(from_lot, to_lot, part, pieces, unit, on), json)


def pay_back(
    context: typer.Context,
    borrow: Annotated[str, typer.Argument(metavar="BORROW", show_default=False)],
    pieces: LeftPieces = None,
    from_loose: Annotated[bool, typer.Option("--from-loose", help="Out of loose stock.")] = False,
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Pieces that are owed go back."""
    kit.told(kit.kits(context, ledger).pay_back(borrow, pieces, from_loose, on), json)


def return_(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", show_default=False)],
    packaging: Annotated[str, typer.Argument(metavar="crate|steel_frame|pallet|carton", show_default=False)],
    pieces: Annotated[int, typer.Argument(metavar="PIECES", min=1, show_default=False)],
    on: kit.On = None,
    ledger: kit.Where = None,
    json: opt.AsJson = False,
) -> None:
    """Empty crates or frames went back to a partner."""
    kit.told(kit.kits(context, ledger).return_packaging(partner, packaging, pieces, on), json)


VERBS: dict[str, tuple[Callable[..., None], str]] = {
    "ship": (ship, "knockdown kit ganja ship 202601-13-b821c --expected 2026-02-20 --on 2026-01-19"),
    "receive": (receive, "knockdown kit ganja receive 202601-11-b821cl --on 2026-01-16T09:30"),
    "bond": (bond, "knockdown kit ganja bond 202601-11-b821cl --declaration AZ-114/0031 --until 2026-04-16"),
    "clear": (clear, "knockdown kit ganja clear 202601-09-b821c --declaration AZ-114/0029 --cost 41800"),
    "open": (open_, "knockdown kit ganja open 06-K5"),
    "count": (count, "knockdown kit ganja count 01-K5 BT-1301010=30 --blind"),
    "find": (find, "knockdown kit ganja find 202601-01-b821c BT-1301010 D 1 --case 01-K5 --photo p/0412.jpg"),
    "dispose": (dispose, "knockdown kit ganja dispose ev-1f3a scrap"),
    "replace": (replace, "knockdown kit ganja replace 202601-01-b821c BT-8412010 4 --claim MTZ-25-058"),
    "issue": (issue, "knockdown kit ganja issue T-26-0101"),
    "borrow": (borrow, "knockdown kit ganja borrow 202601-03-b892c 202601-01-b821c BT-8412010 2"),
    "pay-back": (pay_back, "knockdown kit ganja pay-back bo-5f3c0a9912d"),
    "return": (return_, "knockdown kit ganja return mtz steel_frame 17"),
}


class _Verb(TyperCommand):
    """A verb that has no option like -3: that is a number, of pieces less than none."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            number = re.match(r"-[0-9.,]", str(getattr(error, "option_name", "")))
            less = [word for word in words if re.fullmatch(r"-[0-9.,]+", word)]
            if number is None or not less:
                raise
            step = "write how many pieces, more than 0"
            raise BadInput([Fault("PIECES", None, None, less[0], "is less than nothing", step)]) from error


def register(app: typer.Typer) -> None:
    """Add these verbs to an app."""
    for name, (verb, shown) in VERBS.items():
        app.command(name, cls=_Verb, epilog=kit.example(shown))(verb)
