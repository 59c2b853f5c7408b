"""From a folder of plain files to a checked Plant, or every fault in it at once."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from knockdown.basics.faults import BadInput, Fault, shorten
from knockdown.basics.tables import Table, find_table, read_tables
from knockdown.plant import validate
from knockdown.plant.builtin import builtin_folder
from knockdown.plant.fields import Row
from knockdown.plant.messages import problem_and_next_step
from knockdown.plant.plant import NETWORK_TABLES, OPTIONAL_TABLES, PLANT_TABLES, Network, Plant
from knockdown.plant.site import NetworkFile, PlantFile
from knockdown.plant.sources import parse_source

TOML_MAX_BYTES = 256_000
TOML_MAX_DEPTH = 12
# A key such as a.b.c of very many parts keeps the parser busy for hours, so it is looked for before.
_KEY_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}){{{TOML_MAX_DEPTH}}}")


@dataclass(frozen=True)
class Located:
    """A row with the place it came from, for faults found later."""

    row: Row
    file: str
    number: int


Rows = Mapping[str, list[Located]]
Names = frozenset[str] | None
"""Names a table offers to other tables, those of faulty rows too; None when they cannot be read."""


def load(name_or_folder: str | Path) -> Plant | Network:
    """Load a built-in plant by name, or a plant folder by path.

    Raises
    ------
    BadInput
        With every fault found: file, row, column, value, next step.

    Examples
    --------
    >>> load("ganja").file.name
    'Ganja Auto Plant'
    """
    folder = find_folder(name_or_folder)
    head, faults = _read_head(folder)
    if isinstance(head, NetworkFile):
        return _load_network(folder, head)
    rows, offered, table_faults = _read_all(folder, PLANT_TABLES)
    faults += table_faults
    if head is None or faults:
        faults += validate.references(rows, offered)
        raise BadInput(faults)
    faults = [*validate.head(head), *validate.references(rows), *validate.meaning(head, rows)]
    if faults:
        raise BadInput(faults)
    return _bundle(head, rows, folder_digest(folder))


def find_folder(name_or_folder: str | Path) -> Path:
    """The folder of a built-in plant or of a path.

    Raises
    ------
    BadInput
        When there is neither.
    """
    built_in = builtin_folder(str(name_or_folder))
    if built_in is not None:
        return built_in
    path = Path(name_or_folder)
    if _is_file(path / "plant.toml"):
        return path
    raise BadInput(
        [
            Fault(
                str(name_or_folder),
                None,
                None,
                None,
                "is neither a built-in plant nor a folder with plant.toml",
                "`knockdown plants` lists the built-in ones; `knockdown new DIR --from ganja` makes a folder",
            )
        ]
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or holds what no name may
        return False


def folder_digest(folder: Path) -> str:
    """Digest of every description file in a folder, by name and content."""
    state = hashlib.blake2b(digest_size=16)
    stems = {*PLANT_TABLES, *NETWORK_TABLES}
    names = ["plant.toml", *(f"{stem}{suffix}" for stem in stems for suffix in (".csv", ".xlsx"))]
    for path in sorted(folder / name for name in names if _is_file(folder / name)):
        state.update(path.name.encode() + b"\0" + hashlib.blake2b(path.read_bytes()).digest())
    return state.hexdigest()


def _read_head(folder: Path) -> tuple[PlantFile | NetworkFile | None, list[Fault]]:
    values, faults = _read_toml(folder / "plant.toml")
    if values is None:
        return None, faults
    file_type: type[PlantFile] | type[NetworkFile] = (
        NetworkFile if values.get("kind") == "network" else PlantFile
    )
    try:
        head = file_type.model_validate(values)
    except ValidationError as error:
        return None, _faults_of(error, "plant.toml", None)
    return head, _source_faults_in(values, "")


def _read_toml(path: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    try:
        with path.open("rb") as stream:
            content = stream.read(TOML_MAX_BYTES + 1)
    except OSError as error:
        return None, [_toml_fault(f"cannot be opened ({error.strerror})", "put a readable file there")]
    if len(content) > TOML_MAX_BYTES:
        return None, [_toml_fault("is larger than 256 kB", "move tables to CSV files")]
    try:
        text = content.decode("utf-8")
        if _LONG_KEY.search(text):
            return None, [_toml_fault(f"has a key of more than {TOML_MAX_DEPTH} parts", "shorten it")]
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return None, [_toml_fault(f"is not TOML: {shorten(str(error), 200)}", "mend the line named")]
    if _is_deep(values):
        return None, [_toml_fault(f"is nested more than {TOML_MAX_DEPTH} deep", "take levels away")]
    return values, []


def _toml_fault(problem: str, next_step: str) -> Fault:
    return Fault("plant.toml", None, None, None, problem, next_step)


def _is_deep(values: object) -> bool:
    level: list[Any] = [values]
    for _ in range(TOML_MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, dict | list) for value in level)


def _source_faults_in(values: Mapping[str, Any], path: str) -> list[Fault]:
    faults = []
    for key, value in values.items():
        where = f"{path}.{key}" if path else key
        if key == "source" and isinstance(value, str):
            faults += _source_faults(value, "plant.toml", None, where)
        elif isinstance(value, dict):
            faults += _source_faults_in(value, where)
        elif isinstance(value, list):
            faults += [f for item in value if isinstance(item, dict) for f in _source_faults_in(item, where)]
    return faults


def _read_all(folder: Path, types: Mapping[str, type[Row]]) -> tuple[Rows, dict[str, Names], list[Fault]]:
    paths: dict[str, Path] = {}
    offered: dict[str, Names] = {}
    faults: list[Fault] = []
    for stem in types:
        path, found_faults = find_table(folder, stem)
        faults += found_faults
        offered[stem] = frozenset() if stem in OPTIONAL_TABLES and not found_faults else None
        if path is not None:
            paths[stem] = path
        elif not found_faults and stem not in OPTIONAL_TABLES:
            faults.append(
                Fault(
                    f"{stem}.csv",
                    None,
                    None,
                    None,
                    "is missing",
                    f"add {stem}.csv or {stem}.xlsx; `knockdown new` writes an example",
                )
            )
    rows: dict[str, list[Located]] = {stem: [] for stem in types}
    for stem, (table, table_faults) in zip(
        paths, read_tables([(path, path.name) for path in paths.values()]), strict=True
    ):
        faults += table_faults
        offered[stem] = _offered(table, stem)
        if table is not None:
            rows[stem], row_faults = _rows_of(table, types[stem])
            faults += row_faults
    return rows, offered, faults


def _offered(table: Table | None, stem: str) -> Names:
    column = {"routes": "route", "crews": "skills"}.get(stem, "id")
    if table is None or column not in table.columns:
        return None
    return frozenset(word.strip() for _, cells in table.rows for word in cells[column].split(";"))


def _rows_of(table: Table, row_type: type[Row]) -> tuple[list[Located], list[Fault]]:
    known = set(row_type.model_fields)
    faults = [
        Fault(
            table.name,
            1,
            column,
            column,
            "is not a column of this table",
            f"use one of {', '.join(sorted(known))}",
        )
        for column in table.columns
        if column not in known
    ]
    needed = {name for name, info in row_type.model_fields.items() if info.is_required()}
    faults += [
        Fault(table.name, 1, column, None, "column is missing", "add it to the heading")
        for column in sorted(needed - set(table.columns))
    ]
    if faults:
        return [], faults
    rows: list[Located] = []
    for number, cells in table.rows:
        faults += _add_row(rows, row_type, table.name, number, cells)
    return rows, faults + _duplicate_faults(rows)


def _add_row(
    rows: list[Located], row_type: type[Row], file: str, number: int, cells: Mapping[str, str]
) -> list[Fault]:
    filled = {column: cell for column, cell in cells.items() if cell != ""}
    try:
        row = row_type.model_validate(filled)
    except ValidationError as error:
        return _faults_of(error, file, number)
    rows.append(Located(row, file, number))
    return _source_faults(row.source, file, number, "source")


def _source_faults(cell: str, file: str, number: int | None, column: str) -> list[Fault]:
    try:
        parse_source(cell)
    except ValueError as error:
        problem, next_step = problem_and_next_step(str(error))
        return [Fault(file, number, column, cell, problem, next_step)]
    return []


def _faults_of(error: ValidationError, file: str, number: int | None) -> list[Fault]:
    faults = []
    for detail in error.errors(include_url=False):
        column = ".".join(str(part) for part in detail["loc"]) or None
        value = None if detail["type"] == "missing" else _shown(detail.get("input"))
        problem, next_step = problem_and_next_step(detail["msg"], detail["type"], detail.get("ctx"))
        faults.append(Fault(file, number, column, value, problem, next_step))
    return faults


def _shown(value: object) -> str:
    try:
        return shorten(str(value))
    except ValueError:  # Python refuses to print whole numbers of thousands of digits
        return "a number of thousands of digits"


def _duplicate_faults(rows: Iterable[Located]) -> list[Fault]:
    first_seen: dict[str, int] = {}
    faults = []
    for located in rows:
        row_id = getattr(located.row, "id", None)
        if row_id is None:
            continue
        if row_id in first_seen:
            faults.append(
                Fault(
                    located.file,
                    located.number,
                    "id",
                    row_id,
                    f"is already the id of row {first_seen[row_id]}",
                    "give each row its own id",
                )
            )
        else:
            first_seen[row_id] = located.number
    return faults


def _bundle(head: PlantFile, rows: Rows, digest: str) -> Plant:
    return Plant(file=head, digest=digest, **{stem: _collect(stem, rows[stem]) for stem in PLANT_TABLES})


def _collect(stem: str, rows: list[Located]) -> Any:
    plain = [located.row for located in rows]
    row_type: type[BaseModel] = {**PLANT_TABLES, **NETWORK_TABLES}[stem]
    if "id" in row_type.model_fields:
        return {row.id: row for row in plain}  # type: ignore[attr-defined]
    return tuple(plain)


def _load_network(folder: Path, head: NetworkFile) -> Network:
    rows, _, faults = _read_all(folder, NETWORK_TABLES)
    members: dict[str, Plant] = {}
    for name in head.members:
        if name in members:
            faults.append(_member_fault(name, "is named twice", "name each plant once"))
            continue
        try:
            members[name] = _load_member(folder, name)
        except BadInput as error:
            faults += error.faults
    if faults:
        raise BadInput(faults)
    return _bundle_network(head, rows, members, folder_digest(folder))


def _load_member(folder: Path, name: str) -> Plant:
    """Load a plant of a network; a network is refused before its own members are looked at."""
    try:
        home = find_folder(folder / name if _is_file(folder / name / "plant.toml") else name)
        values, _ = _read_toml(home / "plant.toml")
        member = None if values and values.get("kind") == "network" else load(home)
    except BadInput as error:
        raise BadInput(
            Fault(f"{name}/{f.file}", f.row, f.column, f.value, f.problem, f.next_step) for f in error.faults
        ) from error
    if not isinstance(member, Plant):
        raise BadInput([_member_fault(name, "is itself a network", "name plants only")])
    if member.id != name:
        raise BadInput([_member_fault(name, f"holds a plant with the id {member.id}", "give both one name")])
    return member


def _member_fault(name: str, problem: str, next_step: str) -> Fault:
    return Fault("plant.toml", None, "members", name, problem, next_step)


def _bundle_network(head: NetworkFile, rows: Rows, members: Mapping[str, Plant], digest: str) -> Network:
    joined = hashlib.blake2b(
        "".join([digest, *(m.digest for m in members.values())]).encode(), digest_size=16
    )
    return Network(
        file=head,
        members=members,
        shared_demand=_collect("shared_demand", rows["shared_demand"]),
        published=_collect("published", rows["published"]),
        digest=joined.hexdigest(),
    )
