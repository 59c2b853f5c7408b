"""`knockdown ledger PLANT ...`: what happened, for ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knockdown.cli import options as opt
from knockdown.cli.talk import answer, console

if TYPE_CHECKING:
    from collections.abc import Callable

    from knockdown.documents.paper import Paper

NO = 1
app = typer.Typer(help="Keep what happened, for ever.", rich_markup_mode=None, no_args_is_help=True)
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
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="Private key; by default the user's own.", show_default=False),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Save the document here.", show_default=False)
]


@app.callback()
def _ledger(context: typer.Context, plant: opt.Plant) -> None:
    context.obj = plant


def example(*commands: str) -> str:
    """The last lines of a command's help."""
    return "\b\n" + "\n".join([f"Example{'s' if len(commands) > 1 else ''}:", *(f"  {c}" for c in commands)])


def _tell(paper: Paper, as_json: bool, show: Callable[..., None]) -> None:
    from knockdown.workflow.papers import to_json

    if as_json:
        answer(to_json(paper))
    else:
        show(console(), paper)


@app.command(
    epilog=example("knockdown ledger ganja init", "knockdown ledger my-plant init --ledger hall.sqlite")
)
def init(context: typer.Context, ledger: Where = None, json: opt.AsJson = False) -> None:
    """Make the plant's ledger, and the key that signs it."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import init as do

    _tell(do(context.obj, ledger), json, show_ledger.made)


@app.command(
    epilog=example(
        "knockdown ledger ganja append day.jsonl", "cat day.jsonl | knockdown ledger ganja append -"
    )
)
def append(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Events, one JSON object a line; - reads stdin.")
    ],
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Store the events of a file: all or none, and none twice."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import append as do

    _tell(do(context.obj, None if file == "-" else Path(file), ledger), json, show_ledger.appended)


@app.command(
    epilog=example("knockdown ledger ganja verify", "knockdown ledger ganja verify --head head.json --json")
)
def verify(
    context: typer.Context,
    head: Annotated[
        Path | None,
        typer.Option(
            "--head", metavar="FILE", help="A seal kept elsewhere, to compare with.", show_default=False
        ),
    ] = None,
    root: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Fingerprint of the root key, as init printed it.", show_default=False
        ),
    ] = None,
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Read all again: was anything changed?"""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import verify as do

    found = do(context.obj, ledger, head, root)
    _tell(found, json, show_ledger.verified)
    if not found.ok:
        raise typer.Exit(NO)


@app.command(epilog=example("knockdown ledger ganja seal --out head-2026-11-22.json"))
def seal(
    context: typer.Context,
    out: Out = None,
    key: KeyFile = None,
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Sign where the ledger ends now; keep the paper elsewhere."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.ledger_keys import sign

    _tell(sign(context.obj, ledger, key, out), json, show_ledger.sealed)


@app.command("rotate-key", epilog=example("knockdown ledger ganja rotate-key"))
def rotate_key(
    context: typer.Context, key: KeyFile = None, ledger: Where = None, json: opt.AsJson = False
) -> None:
    """Let a new key sign from now on; the old one vouches for it."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.ledger_keys import rotate

    _tell(rotate(context.obj, ledger, key), json, show_ledger.rotated)


@app.command(epilog=example("knockdown ledger ganja backup ganja-2026-11-22.sqlite"))
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file.", show_default=False)],
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Copy the ledger while it is used, and read the copy."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.ledger_files import backup as do

    _tell(do(context.obj, file, ledger), json, show_ledger.backed_up)


@app.command(epilog=example("knockdown ledger ganja restore ganja-2026-11-22.sqlite --replace"))
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", show_default=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Put the ledger that is here aside.")] = False,
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Let a backup become the ledger."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.ledger_files import restore as do

    _tell(do(context.obj, file, ledger, replace), json, show_ledger.restored)


@app.command(
    epilog=example("knockdown ledger ganja export all.jsonl", "knockdown ledger ganja export all.parquet")
)
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file.", show_default=False)],
    names: Annotated[bool, typer.Option("--names", help="With names of people.")] = False,
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Write all entries as newline JSON, or as Parquet (.parquet)."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.ledger_files import export as do

    _tell(do(context.obj, file, ledger, None, names), json, show_ledger.exported)


@app.command("import", epilog=example("knockdown ledger ganja import all.jsonl --ledger copy.sqlite"))
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What export wrote.", show_default=False)],
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Take an exported file into a new ledger, unchanged."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.ledger_files import take_in

    _tell(take_in(context.obj, file, ledger), json, show_ledger.imported)


@app.command(epilog=example("knockdown ledger ganja stats", "knockdown ledger ganja stats --json"))
def stats(context: typer.Context, ledger: Where = None, json: opt.AsJson = False) -> None:
    """Say what the ledger holds, and what is so now."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import stats as do

    _tell(do(context.obj, ledger), json, show_ledger.stats)


@app.command(epilog=example("knockdown ledger ganja history unit/b801c-0001"))
def history(
    context: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="As unit/U-0017 or kit_lot/L-204.", show_default=False)
    ],
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="In this plan or simulated run.", show_default=False)
    ] = None,
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Show all that happened to one subject."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import history as do

    _tell(do(context.obj, subject, ledger, run), json, show_ledger.history)


@app.command(epilog=example("knockdown ledger ganja rebuild"))
def rebuild(context: typer.Context, ledger: Where = None, json: opt.AsJson = False) -> None:
    """Fold everything again from the first entry, and compare."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import rebuild as do

    found = do(context.obj, ledger)
    _tell(found, json, show_ledger.rebuilt)
    if found.same is False:
        raise typer.Exit(NO)


@app.command(epilog=example("knockdown ledger ganja prune T-0c2f"))
def prune(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A plan or simulated run.", show_default=False)],
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Take out a plan or simulated run; never the floor."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import prune as do

    _tell(do(context.obj, run, ledger), json, show_ledger.pruned)


@app.command(epilog=example("knockdown ledger ganja people"))
def people(context: typer.Context, ledger: Where = None, json: opt.AsJson = False) -> None:
    """List the names behind the ids."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import people as do

    _tell(do(context.obj, ledger), json, show_ledger.people)


@app.command("add-person", epilog=example('knockdown ledger ganja add-person "Leyla Quliyeva"'))
def add_person(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    customer: Annotated[
        bool, typer.Option("--customer", help="A buyer, not somebody who works here.")
    ] = False,
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Give somebody a random id for entries to hold."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import add_person as do

    _tell(do(context.obj, name, "customer" if customer else "person", ledger), json, show_ledger.people)


@app.command("erase-person", epilog=example("knockdown ledger ganja erase-person p-5f3c0a9912de4b77"))
def erase_person(
    context: typer.Context,
    person_id: Annotated[str, typer.Argument(metavar="ID", show_default=False)],
    ledger: Where = None,
    json: opt.AsJson = False,
) -> None:
    """Erase a name for good; what happened stays."""
    from knockdown.cli import show_ledger
    from knockdown.workflow.keep_ledger import erase_person as do

    _tell(do(context.obj, person_id, ledger), json, show_ledger.people)
