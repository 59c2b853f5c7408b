"""Where a number comes from: the register of published figures, parameters and models."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

ASSUMPTION = "assumption"
LEDGER = "ledger"
_PIECE = re.compile(r"^(?:(\w+)=)?([\w:.\-]+(?:\+[\w:.\-]+)*)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the register.

    `assumed` is true for assumptions and for parameters that themselves rest on one.
    """

    id: str
    title: str
    where: str
    printed_on: str
    assumed: bool


@cache
def register() -> Mapping[str, Source]:
    """Every fact, parameter and model row that a `source` cell may name.

    >>> register()["F357"].assumed, register()["P05"].assumed, "model:oka" in register()
    (False, True, True)
    """
    entries = {
        ASSUMPTION: Source(ASSUMPTION, "assumption of this plant description", "", "", True),
        LEDGER: Source(LEDGER, "recorded by the plant's own floor", "the plant's ledger", "", False),
    }
    for row in read_register("facts"):
        entries[row["id"]] = Source(
            row["id"], row["source_title"], row["source_url"], row["source_date"], False
        )
    for row in read_register("parameters"):
        entries[row["param_id"]] = Source(
            row["param_id"],
            row["parameter"],
            row["source_url_or_fact_ids"],
            row["source_date"],
            row["basis"] in ("assumption", "unknown"),
        )
    for row in read_register("models"):
        name = f"model:{row['model_id']}"
        entries[name] = Source(name, row["model"], row["sources"], "", False)
    return entries


@cache
def read_register(name: str) -> tuple[Mapping[str, str], ...]:
    """Rows of one register file: facts, parameters or models."""
    text = resources.files("knockdown.data").joinpath("register", f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class SourceCell:
    """A parsed `source` cell: a default and exceptions by column."""

    default: tuple[str, ...]
    by_column: Mapping[str, tuple[str, ...]]

    def of(self, column: str) -> tuple[str, ...]:
        """Source ids of one column's number."""
        return self.by_column.get(column, self.default)


@cache
def parse_source(cell: str) -> SourceCell:
    """Read a `source` cell.

    Raises
    ------
    ValueError
        When a piece is malformed or names nothing in the register.

    Examples
    --------
    >>> parse_source("assumption; kit_price=F357+F356").of("kit_price")
    ('F357', 'F356')
    """
    default: tuple[str, ...] = (ASSUMPTION,)
    by_column = {}
    for piece in filter(None, (part.strip() for part in cell.split(";"))):
        match = _PIECE.match(piece)
        if match is None:
            raise ValueError("is not a source; write F357, P28, assumption or kit_price=F357; assumption")
        ids = tuple(match[2].split("+"))
        _refuse_unknown(ids)
        if match[1]:
            by_column[match[1]] = ids
        else:
            default = ids
    return SourceCell(default, by_column)


def _refuse_unknown(ids: Iterable[str]) -> None:
    unknown = [name for name in ids if name not in register()]
    if unknown:
        raise ValueError(
            f"names {', '.join(unknown)}, which the register lacks; "
            "name a fact (F...), a parameter (P...) or assumption"
        )


def rests_on_assumption(cell: str, column: str) -> bool:
    """Whether a column's number is assumed, wholly or in part.

    >>> rests_on_assumption("F357", "kit_price"), rests_on_assumption("F357; lead_days=P28", "lead_days")
    (False, True)
    """
    return any(register()[name].assumed for name in parse_source(cell).of(column))
