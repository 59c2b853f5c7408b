"""A ledger as one file: newline JSON or Parquet, without loss, and back.

The first line (in Parquet, the metadata) is a head: ledger id, runs with their provenance, chains with their
last hashes, public keys and seals. Then come all entries in order. Reading back recomputes every hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.paper import Paper
from knockdown.events.codec import MAX_LINE_BYTES, from_lines, to_line
from knockdown.events.envelope import FRAME_FIELDS, Event
from knockdown.ledger.backend import Backend, Query, Run
from knockdown.ledger.chain import event_of
from knockdown.ledger.seal import ChainHead

CHUNK = 20_000
MAX_HEAD_BYTES = 64 << 20
MAX_ENTRIES = 100_000_000
PARQUET_MAGIC = b"PAR1"
HEAD_KEY = "knockdown"


class ExportedRun(Paper):
    """A plan or simulated run."""

    chain: str
    provenance: str = Field(description="canonical JSON text")
    started_at: int
    pruned_at: int | None
    length: int


class ExportHead(Paper):
    """`knockdown.ledger.file/1`: what stands before the entries."""

    schema_: Literal["knockdown.ledger.file/1"] = Field("knockdown.ledger.file/1", alias="schema")
    ledger_id: str
    exported_at: int
    last_position: int
    runs: tuple[ExportedRun, ...]
    chains: tuple[ChainHead, ...]
    notes: dict[str, dict[str, str]] = Field(description="public keys and seals; erased person ids")
    names: dict[str, tuple[str, str]] = Field(description="sort and name by id; empty unless asked for")


NOTES = ("key", "seal", "erased")


def head_of(backend: Backend, now_ms: int, with_names: bool) -> ExportHead:
    """The head of a file of this ledger."""
    return ExportHead(
        ledger_id=backend.ledger_id(),
        exported_at=now_ms,
        last_position=backend.last_position(),
        runs=tuple(
            ExportedRun(
                chain=run.chain,
                provenance=run.provenance,
                started_at=run.started_at,
                pruned_at=run.pruned_at,
                length=run.length,
            )
            for run in backend.runs()
        ),
        chains=tuple(
            ChainHead(chain=head.chain, length=head.length, position=head.position, hash=head.hash.hex())
            for head in backend.committed_heads().values()
        ),
        notes={sort: backend.get_notes(sort) for sort in NOTES},
        names=backend.people() if with_names else {},
    )


def _events(backend: Backend, upto: int) -> Iterator[Event]:
    return map(event_of, backend.rows(Query(upto=upto, writer=None)))


def write_json(backend: Backend, path: Path, now_ms: int, with_names: bool = False) -> int:
    """Write a ledger as newline JSON; returns how many entries.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    head = head_of(backend, now_ms, with_names)
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(head.model_dump_json(by_alias=True) + "\n")
        for event in _events(backend, head.last_position):
            stream.write(to_line(event))
            count += 1
    return count


def write_parquet(backend: Backend, path: Path, now_ms: int, with_names: bool = False) -> int:
    """Write a ledger as Parquet: one column a field, bodies as JSON text; returns how many entries."""
    import polars as pl

    head = head_of(backend, now_ms, with_names)
    wholes = ("position", "version", "schema", "happened_at", "recorded_at")
    schema: dict[str, Any] = {name: pl.Int64 if name in wholes else pl.String for name in FRAME_FIELDS}
    parts = [pl.DataFrame(schema={**schema, "body": pl.String})]
    rows = backend.rows(Query(upto=head.last_position, writer=None))
    while chunk := [row[:-1] for row in islice(rows, CHUNK)]:
        parts.append(pl.DataFrame(chunk, schema={**schema, "body": pl.String}, orient="row"))
    frame = pl.concat(parts)
    frame.write_parquet(path, metadata={HEAD_KEY: head.model_dump_json(by_alias=True)})
    return frame.height


def read_file(path: Path) -> tuple[ExportHead, Iterator[Event]]:
    """Read what `write_json` or `write_parquet` wrote; the content says which.

    Returns
    -------
    ExportHead, iterator of Event
        Entries are checked as they are taken.

    Raises
    ------
    BadInput
        When it is neither, or an entry is faulty (with every fault of its chunk of 20,000 rows).
    OSError
        When it cannot be read.
    """
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == PARQUET_MAGIC
    return _read_parquet(path) if is_parquet else _read_json(path)


def _head(path: Path, text: str | bytes) -> ExportHead:
    try:
        return ExportHead.model_validate_json(text)
    except ValidationError:
        problem = "does not begin with the head of an exported ledger"
        step = "name a file that `ledger export` wrote; lines of events go in with `ledger append`"
        raise BadInput([Fault(path.name, 1, None, None, problem, step)]) from None


def _read_json(path: Path) -> tuple[ExportHead, Iterator[Event]]:
    stream = path.open("rb")
    head = _head(path, stream.readline(MAX_HEAD_BYTES))

    def events() -> Iterator[Event]:
        first = 2
        with stream:
            while lines := list(islice(_lines(stream), CHUNK)):
                yield from from_lines(lines, path.name, first_row=first)
                first += len(lines)

    return head, events()


def _lines(stream: Any) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_BYTES + 2):
        yield line
        while line and not line.endswith(b"\n"):  # the rest of an over-long line, which is refused
            line = stream.readline(MAX_LINE_BYTES)


def _read_parquet(path: Path) -> tuple[ExportHead, Iterator[Event]]:
    import polars as pl

    try:
        head = _head(path, pl.read_parquet_metadata(path).get(HEAD_KEY, ""))
        table = pl.scan_parquet(path)
        names = table.collect_schema().names()
    except pl.exceptions.PolarsError as error:
        step = "name a file that `ledger export` wrote"
        raise BadInput([Fault(path.name, None, None, None, f"is not Parquet: {error}", step)]) from error
    if names != [*FRAME_FIELDS, "body"]:
        step = "name a file that `ledger export` wrote"
        raise BadInput([Fault(path.name, None, None, None, "has other columns than entries have", step)])
    return head, _parquet_events(path, table)


def _parquet_events(path: Path, table: Any) -> Iterator[Event]:
    """Rows pass the same door as lines of JSON."""
    first = 1
    while first <= MAX_ENTRIES:
        rows = table.slice(first - 1, CHUNK).collect().rows(named=True)
        if not rows:
            return
        yield from from_lines([_line(row) for row in rows], path.name, first_row=first)
        first += len(rows)


def _line(row: dict[str, Any]) -> str:
    frame = {name: value for name, value in row.items() if name != "body"}
    return json.dumps(frame, ensure_ascii=False)[:-1] + f', "body": {row["body"]}}}'


def runs_of(head: ExportHead) -> Iterable[Run]:
    """The runs a file tells of."""
    return (Run(run.chain, run.provenance, run.started_at, run.pruned_at, run.length) for run in head.runs)
