"""The documents that whole jobs answer with, and files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from pydantic import Field

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.paper import Document, Paper
from knockdown.documents.twin_result import TwinResult

Kind = Literal["plant", "network"]


class FaultLine(Paper):
    """One thing wrong in one place."""

    file: str = Field(description="file as the user knows it, or the option")
    row: int | None = Field(description="row as a spreadsheet counts it; the heading is row 1")
    column: str | None = Field(description="heading of the column, or dotted key of a TOML or JSON file")
    value: str | None
    problem: str
    next_step: str


class FaultList(Paper):
    """`knockdown.faults/1`: why a command ended with status 2."""

    schema_: Literal["knockdown.faults/1"] = Field("knockdown.faults/1", alias="schema")
    faults: tuple[FaultLine, ...]


class PlantLine(Paper):
    """A built-in plant in a line."""

    id: str
    name: str
    kind: Kind
    country: str
    members: tuple[str, ...] = Field(description="plants of a network")
    description: str


class PlantList(Paper):
    """`knockdown.plants/1`: the built-in plants."""

    schema_: Literal["knockdown.plants/1"] = Field("knockdown.plants/1", alias="schema")
    plants: tuple[PlantLine, ...]


class NewFolder(Paper):
    """`knockdown.new/1`: a plant folder that was written."""

    schema_: Literal["knockdown.new/1"] = Field("knockdown.new/1", alias="schema")
    folder: str
    start_from: str = Field(description="built-in plant it is a copy of")
    files: tuple[str, ...] = Field(description="paths within the folder")


class NetworkTwins(Document):
    """`knockdown.simulate.network/1`: a simulated year of each plant of a network."""

    schema_: Literal["knockdown.simulate.network/1"] = Field("knockdown.simulate.network/1", alias="schema")
    plant: str = Field(description="the network")
    members: Mapping[str, TwinResult]


class RunReport(Document):
    """`knockdown.run/1`: what the main job did and where its papers lie."""

    schema_: Literal["knockdown.run/1"] = Field("knockdown.run/1", alias="schema")
    plant: str
    name: str
    status: str = Field(description="status of the plan")
    objective: float | None
    bound: float | None
    gap: float | None
    currency: str
    kits_ordered: int
    units_built: int
    units_sold: int
    stopped: bool = Field(description="Ctrl-C came before the end; what was done until then is kept")
    seconds: dict[str, float] = Field(description="wall time by stage")
    folder: str
    files: dict[str, str] = Field(description="paper -> file name within the folder")


class Filed(Paper):
    """A plan or simulated year that was filed in a ledger."""

    plant: str
    ledger: str
    run: str = Field(description="its id in the ledger")
    events: int
    new: int = Field(description="0 when the same run had been filed before")


def to_json(paper: Paper) -> str:
    """A paper as one JSON text, ended by a line break."""
    return paper.model_dump_json(by_alias=True, indent=2) + "\n"


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the name of `path` at the end, or vanishes after a failure.

    Raises
    ------
    BadInput
        When the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        refuse_no_file(path)
        yield part
        os.replace(part, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def refuse_no_file(path: Path) -> None:
    """Raise BadInput for a folder or a device, which writing would replace by a file."""
    if path.exists() and not path.is_file():
        raise unwritable(path, OSError(0, "it is there, and is no file"))


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all."""
    with written_whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return path


def make_folder(path: Path) -> Path:
    """Make a folder to write into, and try it now, before an hour of work depends on it.

    Raises
    ------
    BadInput
        When it cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def unwritable(path: Path, error: OSError) -> BadInput:
    """The refusal for a place that cannot be written to."""
    why = error.strerror or type(error).__name__
    return BadInput(
        [Fault(str(path), None, None, None, f"cannot be written: {why}", "name another with --out")]
    )
