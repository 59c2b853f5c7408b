"""What a restore would lose: entries, names and keys that are here and not in the backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger import sqlite_files
from knockdown.ledger.seal import Key
from knockdown.ledger.sqlite_link import APPLICATION_ID
from knockdown.workflow.keep_ledger import plant_name

ODD: tuple[type[Exception], ...] = (*sqlite_files.UNREADABLE, OSError, ValueError, TypeError)
"""What reading a damaged ledger may raise."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What is here and not in the backup.

    Parameters
    ----------
    n_entries : int or None
        Entries; None when the ledger that is here cannot be read.
    first : int or None
        Position of the first of them.
    n_names : int
        Names of people.
    key : str or None
        Id of the key that signs here, when the backup does not know it.
    key_then : str or None
        Id of the key that signs in the backup.
    """

    n_entries: int | None = None
    first: int | None = None
    n_names: int = 0
    key: str | None = None
    key_then: str | None = None

    def told(self) -> Iterator[str]:
        """For people, a sentence each; nothing when nothing is lost."""
        if self.n_entries is None:
            yield "the ledger that was here cannot be read, so what the backup lacks of it is not known"
        if self.n_entries:
            what = "entry that was here is" if self.n_entries == 1 else "entries that were here are"
            yield f"{self.n_entries:,} {what} not in the backup, from position {self.first:,} on"
        if self.n_names:
            what = "name that was here is" if self.n_names == 1 else "names that were here are"
            yield f"{self.n_names:,} {what} not in the backup"
        if self.key is not None:
            yield (
                f"key {self.key} is not known to the backup, in which {self.key_then} signs;"
                " give `ledger PLANT rotate-key` if that one is not to be trusted"
            )


def losses_of(here: sqlite_files.Held, part: Path, source: Path) -> Losses:
    """Compare the ledger that is here with the one that is to take its place.

    Raises
    ------
    BadInput
        When they are two ledgers, and the one that is here has entries or runs.
    """
    if here.connection is None:
        return Losses(n_entries=0 if here.problem is None else None)
    flags = apsw.SQLITE_OPEN_READONLY
    with closing(apsw.Connection(str(part), flags=flags)) as there:
        try:
            _refuse_other_ledger(here.connection, there, source)
            return _compared(here.connection, there)
        except ODD:
            return Losses()


def _refuse_other_ledger(here: apsw.Connection, there: apsw.Connection, source: Path) -> None:
    ours, theirs = (_one(one, "SELECT ledger_id FROM ledger") for one in (here, there))
    began = "SELECT 1 FROM entry UNION ALL SELECT 1 FROM chain WHERE chain <> 'floor' LIMIT 1"
    if ours != theirs and _one(here, began):
        problem = f"is of ledger {theirs}, the one here is {ours} and has entries or runs"
        step = "name a backup of this one, or move this one away yourself first"
        raise BadInput([Fault(str(source), None, None, None, problem, step)])


def _one(database: apsw.Connection, sql: str) -> Any:
    return database.execute(sql).get


def _compared(here: apsw.Connection, there: apsw.Connection) -> Losses:
    first, n_entries = None, 0
    for position, hash_ in here.execute("SELECT position, hash FROM entry ORDER BY position"):
        if there.execute("SELECT hash FROM entry WHERE position = ?", (position,)).fetchone() != (hash_,):
            first, n_entries = first or position, n_entries + 1
    people = "SELECT person_id FROM person"
    erased = {row[0] for row in there.execute("SELECT name FROM note WHERE sort = 'erased'")}
    names = {row[0] for row in here.execute(people)} - {row[0] for row in there.execute(people)} - erased
    ours, theirs = _keys(here), _keys(there)
    is_lost = bool(ours) and ours[-1] not in theirs
    return Losses(
        n_entries, first, len(names), ours[-1] if is_lost else None, theirs[-1] if theirs else "none"
    )


def _keys(one: apsw.Connection) -> list[str]:
    texts = (row[0] for row in one.execute("SELECT text FROM note WHERE sort = 'key'"))
    keys = [Key.model_validate_json(text) for text in texts]
    return [key.key_id for key in sorted(keys, key=lambda key: key.since)]


def of_other_plant(plant: str, ledger_id: str) -> tuple[str, ...]:
    """A warning when a ledger was made for another plant; nothing when the plant cannot be read."""
    theirs = ledger_id.rpartition("-")[0]
    try:
        ours = plant_name(plant)
    except BadInput:
        return ()
    return () if ours == theirs else (f"ledger {ledger_id} was made for another plant than {ours}",)


def refuse_other_program(path: Path) -> None:
    """Leave alone what is a sound database of another program: a wrong --ledger, not a damaged ledger.

    Raises
    ------
    BadInput
        When it is one.
    """
    try:
        if not path.is_file():
            return
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as there:
            n_tables = _one(there, "SELECT count(*) FROM sqlite_schema")
            is_other = n_tables > 0 and there.pragma("application_id") != APPLICATION_ID
    except ODD:
        return  # whoever writes there says more
    if is_other:
        problem = "is a database of another program"
        raise BadInput([Fault(str(path), None, None, None, problem, "name another file with --ledger")])
