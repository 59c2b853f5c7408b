"""The command `knockdown`: registers the verbs and answers for everything that goes wrong."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from knockdown import __version__
from knockdown.cli import bench_verbs, kit_verbs, ledger_verbs, sweep_verb, trouble, verbs

app = typer.Typer(
    name="knockdown",
    help="Plan, simulate and run a kit-assembly vehicle plant, from the kit container to the sold vehicle.",
    epilog="\b\nStart with:\n  knockdown plants\n  knockdown run ganja",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

# Verb -> what it does, and commands that show it.
VERBS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "plants": (verbs.plants, ("knockdown plants",)),
    "new": (verbs.new, ("knockdown new my-plant --from ganja",)),
    "check": (verbs.check, ("knockdown check ganja", "knockdown check my-plant --json")),
    "plan": (
        verbs.plan,
        ("knockdown plan ganja", "knockdown plan ganja --start 2026-01 --months 6 --json --out plan.json"),
    ),
    "simulate": (
        verbs.simulate,
        (
            "knockdown simulate ganja",
            "knockdown simulate ganja --plan plan.json --replications 500 --seed 7",
            "knockdown simulate line.json --half-width 0.001",
            "knockdown simulate my-plant calibrate --write my-plant-fitted",
        ),
    ),
    "sweep": (
        sweep_verb.sweep,
        (
            'knockdown sweep ganja --vary "crews.painters=2:6" --vary "buffers.*=1:4" --plan plan.json',
            'knockdown sweep line.json --vary "buffers.*=0,2,4" --best throughput --within 1%',
        ),
    ),
    "run": (verbs.run, ("knockdown run ganja", "knockdown run my-plant --months 12 --out out/year")),
    "report": (verbs.report, ("knockdown report ganja --plan out/ganja/plan.json --out out/again",)),
    "schema": (verbs.schema, ("knockdown schema", "knockdown schema plan")),
}


def _epilog(commands: Sequence[str]) -> str:
    return "\b\n" + "\n".join([f"Example{'s' if len(commands) > 1 else ''}:", *(f"  {c}" for c in commands)])


for _name, (_verb, _commands) in VERBS.items():
    app.command(_name, epilog=_epilog(_commands))(_verb)
app.add_typer(bench_verbs.app, name="bench", epilog=_epilog(("knockdown bench ledger",)))
KIT_DAY = (
    "knockdown kit ganja ready",
    "knockdown kit ganja open 06-K5",
    "knockdown kit ganja find 202601-01-b821c BT-1301010 D 1 --case 01-K5",
    "knockdown kit ganja resolve --part BT-8412010",
    "knockdown kit ganja claims",
)
app.add_typer(kit_verbs.app, name="kit", epilog=_epilog(KIT_DAY))
app.add_typer(ledger_verbs.app, name="ledger", epilog=_epilog(("knockdown ledger ganja init",)))


def _print_version(asked: bool) -> None:
    if asked:
        print(f"knockdown {__version__}")
        raise typer.Exit


@app.callback()
def _knockdown(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


def run(argv: Sequence[str]) -> int:
    """Carry out a command line and give its exit status.

    Parameters
    ----------
    argv : sequence of str
        Words after `knockdown`.

    Returns
    -------
    int
        0 done, 1 the answer is no, 2 bad input or usage, 70 a fault of the program, 130 stopped.
    """
    command: Any = typer.main.get_command(app)
    try:
        with command.make_context("knockdown", list(argv) or ["--help"]) as context:
            command.invoke(context)
        sys.stdout.flush()
        return trouble.DONE
    except typer.Exit as end:
        return end.exit_code
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        trouble.swallow_output()
        return trouble.DONE
    except (Exception, KeyboardInterrupt) as error:
        return trouble.status_of(error, "--json" in argv)


def main() -> None:
    """Entry point of the console script."""
    gc.set_threshold(100_000, 20, 100)  # a command ends soon: looking for cycles often is a tenth of its time
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - open until the process ends
        else:
            stream.reconfigure(errors="replace" if name == "stdout" else "backslashreplace")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
