"""Options that the kit's verbs share, and how their answers are given."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knockdown.cli.talk import answer, console

if TYPE_CHECKING:
    from collections.abc import Callable

    from knockdown.documents.paper import Paper
    from knockdown.workflow.kit_api import Kit
    from knockdown.workflow.kit_papers import KitRecord

Where = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL",
        help="postgresql://user@host/database or a file; by default in the plant's folder,"
        " for a built-in plant in the user's data folder.",
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="YYYY-MM-DD",
        help="Day asked about: as things stood at its end, or, of a day to come, as they are expected;"
        " by default the day of the last entry, without one the opening day.",
        show_default=False,
    ),
]
On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DATE[THH:MM]",
        help="When it happened, plant time: 2026-02-09 or 2026-02-09T08:30; by default now.",
        show_default=False,
    ),
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="ID", help="Who, as `ledger PLANT people` lists ids.", show_default=False),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Rows shown of the longest list.")]
Every = Annotated[bool, typer.Option("--all", help="Show every row.")]
Seconds = Annotated[float, typer.Option(metavar="S", help="Seconds allowed for the proof, at least 0.1.")]
Work = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Stop after N solver checks instead of seconds, at least 1; repeats an answer to the bit.",
        show_default=False,
    ),
]
Lot = Annotated[str, typer.Argument(metavar="LOT", show_default=False)]
Claim = Annotated[str, typer.Argument(metavar="CLAIM", show_default=False)]
Part = Annotated[str, typer.Argument(metavar="PART", show_default=False)]
Pieces = Annotated[
    str, typer.Argument(metavar="PIECES", help="Pieces, or kg, l, m, m2 with decimals.", show_default=False)
]
Containers = Annotated[
    list[str] | None,
    typer.Option(
        "--container", metavar="C", help="Only this container or wagon; may be repeated.", show_default=False
    ),
]


def example(*commands: str) -> str:
    """The last lines of a command's help."""
    return "\b\n" + "\n".join([f"Example{'s' if len(commands) > 1 else ''}:", *(f"  {c}" for c in commands)])


def kits(context: typer.Context, ledger: str | None) -> Kit:
    """The plant named on the command line."""
    from knockdown.workflow.kit_api import Kit

    return Kit(context.obj, ledger)


def on_day(at: str | None) -> date | None:
    """The day asked about."""
    from knockdown.workflow.kit_acts import day_of_text

    return None if at is None else day_of_text(at, "--at")


def tell(paper: Paper, as_json: bool, show: Callable[..., None], *more: Any) -> None:
    """Give an answer as a document, or shown."""
    from knockdown.workflow.papers import to_json

    if as_json:
        answer(to_json(paper))
    else:
        show(console(), paper, *more)


def told(paper: KitRecord, as_json: bool) -> None:
    """Say what was recorded."""
    from knockdown.cli import show_kit_record

    tell(paper, as_json, show_kit_record.record)
