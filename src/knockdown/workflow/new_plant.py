"""The built-in plants in a line each, and a folder of one's own to start from."""

from __future__ import annotations

import tomllib
from pathlib import Path

from knockdown.basics.faults import BadInput
from knockdown.plant.builtin import builtin_folder, builtin_names, write_new
from knockdown.workflow.papers import NewFolder, PlantLine, PlantList, unwritable


def plants() -> PlantList:
    """The built-in plants.

    Returns
    -------
    PlantList

    Examples
    --------
    >>> [line.id for line in plants().plants][:2]
    ['azerbaijan', 'ganja']
    """
    return PlantList(plants=tuple(map(_line, builtin_names())))


def _line(name: str) -> PlantLine:
    folder = builtin_folder(name)
    assert folder is not None
    head = tomllib.loads((folder / "plant.toml").read_text("utf-8"))
    return PlantLine(
        id=name,
        name=head["name"],
        kind=head.get("kind", "plant"),
        country=head["country"],
        members=tuple(head.get("members", ())),
        description=" ".join(head.get("description", "").split()),
    )


def new(folder: str | Path, start_from: str = "ganja") -> NewFolder:
    """Write a copy of a built-in plant as TOML and CSV, to be changed by its owner.

    Parameters
    ----------
    folder : path
        A folder that does not exist yet, or is empty.
    start_from : str
        Name of the built-in plant.

    Returns
    -------
    NewFolder

    Raises
    ------
    BadInput
        When the name is unknown, or the folder holds something or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> "models.csv" in new(tempfile.mkdtemp(), "khazar").files
    True
    """
    target = Path(folder)
    try:
        files = write_new(target, start_from)
    except OSError as error:
        refusal = unwritable(target, error)
        raise BadInput(refusal.faults) from error
    return NewFolder(
        folder=str(target),
        start_from=start_from,
        files=tuple(f.relative_to(target).as_posix() for f in files),
    )
