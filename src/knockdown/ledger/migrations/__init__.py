"""Numbered SQL files, one folder a database. A released file is never changed; a new one follows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from knockdown.ledger.refusals import LedgerDamaged


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step.

    Parameters
    ----------
    number : int
        From 1.
    name : str
        File name without its end.
    sql : str
        Statements.
    digest : str
        SHA-256 of the statements.
    """

    number: int
    name: str
    sql: str
    digest: str


def migrations(database: str) -> tuple[Migration, ...]:
    """All steps for `sqlite` or `postgres`, in order.

    >>> [step.number for step in migrations("sqlite")][0]
    1
    """
    files = sorted((Path(__file__).parent / database).glob("[0-9]*.sql"))
    return tuple(_read(path) for path in files)


def _read(path: Path) -> Migration:
    sql = path.read_text(encoding="utf-8")
    return Migration(int(path.stem.split("_")[0]), path.stem, sql, hashlib.sha256(sql.encode()).hexdigest())


def missing(database: str, done: Mapping[int, str]) -> tuple[Migration, ...]:
    """Steps that a ledger still needs; `done` has the digest of each step it took.

    Raises
    ------
    LedgerDamaged
        When it took steps that this version does not know, or other ones of the same number.
    """
    known = {step.number: step for step in migrations(database)}
    for number, digest in done.items():
        if number not in known:
            raise LedgerDamaged(f"the ledger was written by a newer knockdown (step {number}); upgrade first")
        if known[number].digest != digest:
            raise LedgerDamaged(f"step {number} of the ledger's schema is not the one released; restore it")
    return tuple(step for number, step in known.items() if number not in done)
