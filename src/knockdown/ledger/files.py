"""A ledger as one file: newline JSON or Parquet, without loss, and back.

The first line (in Parquet, the metadata) is a head: ledger id, runs with their provenance, chains with their
last hashes, public keys and seals. Then come all entries in order. What is read here is checked for its form
only; `copying` recomputes every hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.events.codec import MAX_LINE_BYTES, from_lines, to_line
from knockdown.events.envelope import FRAME_FIELDS, Event
from knockdown.ledger import parquet_digest
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.chain import HASH, POSITION, RUN, WRITER, Head, Row, chain_of, event_of, link
from knockdown.ledger.file_head import ExportHead, head_of
from knockdown.ledger.refusals import LedgerDamaged
from knockdown.ledger.sqlite_files import MAGIC

CHUNK = 10_000
LINES_AT_ONCE = 2_000
BYTES_AT_ONCE = 16 << 20
MAX_HEAD_BYTES = 16 << 20
HEAD_KEY = "knockdown"
STEP = "name a file that `ledger export` wrote"
WHOLES = ("position", "version", "schema", "happened_at", "recorded_at")
COLUMNS = (*FRAME_FIELDS, "body")


def write_json(backend: Backend, path: Path, now_ms: int, with_names: bool = False) -> int:
    """Write a ledger as newline JSON, as it is at one moment; returns how many entries.

    Raises
    ------
    LedgerDamaged
        When its entries are not those that its chains end with.
    BadInput
        When its head is too long for a file.
    OSError
        When the file cannot be written.
    """
    count = 0
    with backend.snapshot(), path.open("w", encoding="utf-8", newline="\n") as stream:
        head = head_of(backend, now_ms, with_names)
        stream.write(_head_text(head) + "\n")
        for row in _entries(backend, head):
            stream.write(to_line(event_of(row)))
            count += 1
    return count


def write_parquet(backend: Backend, path: Path, now_ms: int, with_names: bool = False) -> int:
    """Write a ledger as Parquet: one column a field, bodies as JSON text; as `write_json` otherwise."""
    import polars as pl

    parts = [pl.DataFrame(schema=_schema())]
    with backend.snapshot():
        head = head_of(backend, now_ms, with_names)
        rows = _entries(backend, head)
        while chunk := [row[:HASH] for row in islice(rows, CHUNK)]:
            parts.append(pl.DataFrame(chunk, schema=_schema(), orient="row"))
    frame = pl.concat(parts)
    try:
        metadata = {HEAD_KEY: _head_text(head), parquet_digest.KEY: parquet_digest.BLANK}
        frame.write_parquet(path, metadata=metadata, row_group_size=CHUNK)
    except pl.exceptions.PolarsError as error:
        raise OSError(str(error)) from error
    parquet_digest.put_digest(path)
    return frame.height


def _schema() -> dict[str, Any]:
    import polars as pl

    return {name: pl.Int64 if name in WHOLES else pl.String for name in COLUMNS}


def _head_text(head: ExportHead) -> str:
    text = head.model_dump_json(by_alias=True)
    if len(text.encode()) > MAX_HEAD_BYTES:
        problem = f"has runs, keys and seals of more than {MAX_HEAD_BYTES:,} bytes, too many for a file"
        raise BadInput([Fault("ledger", None, None, None, problem, "keep a backup of the database instead")])
    return text


def _entries(backend: Backend, head: ExportHead) -> Iterator[Row]:
    """All rows, each tied to the one before it, and at the end the heads of their chains."""
    heads = head.beginnings()
    for row in backend.rows(Query(writer=None)):
        before = heads.get(chain_of(row[WRITER], row[RUN]))
        if before is None or link(before.hash, row) != row[HASH]:
            raise LedgerDamaged(f"the hash of the entry at position {row[POSITION]} does not fit")
        heads[before.chain] = Head(before.chain, before.length + 1, row[POSITION], row[HASH])
        yield row
    if heads != head.ends():
        raise LedgerDamaged("the entries end otherwise than the ledger noted")


def read_file(path: Path) -> tuple[ExportHead, Iterator[Event]]:
    """Read what `write_json` or `write_parquet` wrote; the content says which.

    Returns
    -------
    ExportHead, iterator of Event
        Entries are checked as they are taken. A body holds what stands in the file and no defaults of
        fields that its kind got later, so that its hash can be computed again.

    Raises
    ------
    BadInput
        When it is neither, or an entry is faulty (with every fault of its chunk of 2,000 rows).
    OSError
        When it cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(4) == parquet_digest.MAGIC:
            return _read_parquet(path)
        stream.seek(0)
        return _head(path, stream.readline(MAX_HEAD_BYTES + 1)), _json_events(path, stream.tell())


def _refused(path: Path, problem: str, row: int | None = None, step: str = STEP) -> BadInput:
    return BadInput([Fault(path.name, row, None, None, problem, step)])


def _head(path: Path, text: str | bytes) -> ExportHead:
    if len(text) > MAX_HEAD_BYTES:
        raise _refused(path, f"has a first line of more than {MAX_HEAD_BYTES:,} bytes", 1)
    try:
        head = ExportHead.model_validate_json(text, strict=True)
        json.loads(text, object_pairs_hook=_single)
    except ValidationError as error:
        raise _no_head(path, text, error) from None
    except ValueError as error:
        raise _refused(path, f"was changed: its head {error}", 1) from None
    return head


def _single(pairs: list[tuple[str, Any]]) -> None:
    """Readers differ in which of two fields of one name they believe."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("has a field twice")


def _no_head(path: Path, text: str | bytes, error: ValidationError) -> BadInput:
    """The refusal of what is no head, with the likeliest reason."""
    details = error.errors(include_url=False)
    if any(detail["msg"] == "Value error, was changed" for detail in details):
        return _refused(path, "was changed: its head is not as it was written", 1)
    schemas = (str(detail["input"]) for detail in details if detail["loc"] == ("schema",))
    if any(schema.startswith("knockdown.ledger.file/") for schema in schemas):
        return _refused(path, "is of another version of knockdown", 1, "use a newer knockdown")
    problem = "does not begin with the head of an exported ledger"
    if text[: len(MAGIC)] == MAGIC:
        return _refused(path, problem, 1, "it is a database: a backup goes in with `ledger restore`")
    return _refused(path, problem, 1, f"{STEP}; lines of events go in with `ledger append`")


def _told(lines: list[Any], file: str, first: int) -> Iterator[Event]:
    """Events of lines: checked as the vocabulary has them now, their bodies as they stand."""
    try:
        events = from_lines(lines, file, first_row=first)
    except BadInput as refusal:  # nothing to mend by hand: a hash would not fit any more
        step = "it was changed, cut off, or written by a newer knockdown; export it again"
        raise BadInput([replace(fault, next_step=step) for fault in refusal.faults]) from None
    stand = (json.loads(line)["body"] for line in lines if line.strip())
    for event, body in zip(events, stand, strict=True):
        yield replace(event, body=body)


def _json_events(path: Path, begin: int) -> Iterator[Event]:
    first = 2
    with path.open("rb") as stream:
        stream.seek(begin)
        rest = _lines(stream)
        while lines := _some(rest):
            yield from _told(lines, path.name, first)
            first += len(lines)


def _some(rest: Iterator[bytes]) -> list[bytes]:
    """The next lines, so many as are held in memory at once."""
    lines: list[bytes] = []
    n_bytes = 0
    while len(lines) < LINES_AT_ONCE and n_bytes < BYTES_AT_ONCE:
        line = next(rest, None)
        if line is None:
            break
        lines.append(line)
        n_bytes += len(line)
    return lines


def _lines(stream: Any) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_BYTES + 2):
        yield line
        while line and not line.endswith(b"\n"):  # the rest of an over-long line, which is refused
            line = stream.readline(MAX_LINE_BYTES)


@contextmanager
def _parquet(path: Path) -> Iterator[None]:
    """Whatever reading damaged Parquet may raise is the file's fault."""
    import polars as pl

    damage = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError)
    try:
        yield
    except (*damage, ValueError, TypeError, OverflowError) as error:
        raise _refused(path, f"is not Parquet that can be read: {str(error)[:200]}") from error


def _read_parquet(path: Path) -> tuple[ExportHead, Iterator[Event]]:
    import polars as pl

    if not parquet_digest.fits(path):
        raise _refused(path, "was changed, or is no Parquet that knockdown wrote")
    with _parquet(path):
        text = pl.read_parquet_metadata(path).get(HEAD_KEY, "")
        table = pl.scan_parquet(path)
        schema = dict(table.collect_schema())
    head = _head(path, text)
    if list(schema.items()) != list(_schema().items()):
        raise _refused(path, "has other columns than entries have")
    return head, _parquet_events(path, table)


def _parquet_events(path: Path, table: Any) -> Iterator[Event]:
    """Rows pass the same door as lines of JSON."""
    first = 1
    while True:
        _refuse_long(path, table, first)
        with _parquet(path):
            frame = table.slice(first - 1, LINES_AT_ONCE).collect()
        if frame.is_empty():
            return
        for part in frame.iter_slices(BYTES_AT_ONCE // MAX_LINE_BYTES):
            yield from _told([_line(row) for row in part.rows(named=True)], path.name, first)
            first += part.height


def _refuse_long(path: Path, table: Any, first: int) -> None:
    """Look at the lengths of texts before they are held as such: a small file can tell of very long ones."""
    import polars as pl

    texts = [name for name in COLUMNS if name not in WHOLES]
    with _parquet(path):
        part = table.slice(first - 1, LINES_AT_ONCE)
        longest = part.select(pl.col(name).str.len_bytes().max() for name in texts).collect().row(0)
    if any(n_bytes is not None and n_bytes > MAX_LINE_BYTES for n_bytes in longest):
        raise _refused(path, f"has a text of more than {MAX_LINE_BYTES:,} bytes", first)


def _line(row: dict[str, Any]) -> str:
    frame = {name: value for name, value in row.items() if name != "body"}
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))[:-1] + f',"body":{row["body"]}}}'
