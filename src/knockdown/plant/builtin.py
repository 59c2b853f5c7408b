"""The built-in plants, and copies of them to start from."""

from __future__ import annotations

import shutil
from pathlib import Path

from knockdown.basics.faults import BadInput, Fault

PLANTS_FOLDER = Path(__file__).parent.parent / "data" / "plants"
PACKING_LISTS = "packing_lists"


def builtin_names() -> tuple[str, ...]:
    """Names of the built-in plants.

    >>> "ganja" in builtin_names()
    True
    """
    return tuple(sorted(path.parent.name for path in PLANTS_FOLDER.glob("*/plant.toml")))


def builtin_folder(name: str) -> Path | None:
    """Folder of a built-in plant, or None when the name is not one."""
    return PLANTS_FOLDER / name if name in builtin_names() else None


def write_new(target: Path, start_from: str = "ganja") -> tuple[Path, ...]:
    """Write a copy of a built-in plant as TOML and CSV, to be changed by its owner.

    A network is written with its members as sub-folders.

    Raises
    ------
    BadInput
        When the name is unknown, or the target exists and is not an empty folder.
    """
    source = builtin_folder(start_from)
    if source is None:
        raise BadInput(
            [
                Fault(
                    "--from",
                    None,
                    None,
                    start_from,
                    "is not a built-in plant",
                    f"use one of {', '.join(builtin_names())}",
                )
            ]
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(
            [Fault(str(target), None, None, None, "exists and is not an empty folder", "name a new folder")]
        )
    written = list(_copy(source, target))
    for member in _members(source):
        written += _copy(PLANTS_FOLDER / member, target / member)
    return tuple(written)


def _copy(source: Path, target: Path) -> list[Path]:
    target.mkdir(parents=True, exist_ok=True)
    files = [
        Path(shutil.copyfile(path, target / path.name)) for path in sorted(source.iterdir()) if path.is_file()
    ]
    lists = source / PACKING_LISTS
    return files + (_copy(lists, target / PACKING_LISTS) if lists.is_dir() else [])


def _members(folder: Path) -> tuple[str, ...]:
    import tomllib

    return tuple(tomllib.loads((folder / "plant.toml").read_text("utf-8")).get("members", ()))
