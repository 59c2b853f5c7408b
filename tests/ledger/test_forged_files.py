"""Files that somebody made or changed who knows their form: each is refused, and the ledger stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knockdown.events import codec
from knockdown.ledger import parquet_digest, seal
from knockdown.ledger.backend import Backend
from knockdown.ledger.chain import FLOOR, Head, beginning, row_of
from knockdown.ledger.copying import copy_file
from knockdown.ledger.files import write_json, write_parquet
from knockdown.ledger.memory import MemoryBackend
from tests.ledger.contract import NOW
from tests.ledger.copies import everything, filled, refused, sealed


def forged(source: Backend, file: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """An export whose head was changed by somebody who knows how to mend its digest."""
    write_json(source, file, NOW)
    first, _, rest = file.read_text("utf-8").partition("\n")
    head = json.loads(first)
    change(head)
    head.pop("digest")
    file.write_text(json.dumps(head) + "\n" + rest, "utf-8")
    return file


def entries_file(file: Path, bodies: list[dict[str, Any]], **more: Any) -> Path:
    """A file with these entries and hashes that fit them."""
    end = beginning(FLOOR, "forged", "null")
    frame = {"writer": "floor", "run": "f", "schema": 1, "happened_at": 0, "recorded_at": 5}
    lines, most = [], 0
    for position, told in enumerate(bodies, start=1):
        event = codec.from_lines([json.dumps(frame | {"position": position} | told)])[0]
        at = event.position or 0
        most = max(most, at)
        end = Head(FLOOR, end.length + 1, at, row_of(event, at, 5, end.hash)[-1])
        lines.append(codec.to_line(event))
    head = {
        "schema": "knockdown.ledger.file/1", "ledger_id": "forged", "exported_at": 1, "notes": {},
        "last_position": most, "runs": [], "names": {},
        "chains": [{"chain": FLOOR, "length": end.length, "position": end.position, "hash": end.hash.hex()}],
    }  # fmt: skip
    file.write_text(json.dumps(head | more) + "\n" + "".join(lines), "utf-8")
    return file


def crew(version: int, **more: Any) -> dict[str, Any]:
    told = {"subject": "crew/a", "version": version, "kind": "PeopleHired", "event_id": f"e-{version}"}
    return {**told, "body": {"n_people": 3}, **more}


def test_a_forged_file_that_is_a_ledger_is_taken_in(tmp_path: Path) -> None:
    """So that the refusals below are for what they say."""
    assert copy_file(MemoryBackend("new"), entries_file(tmp_path / "f", [crew(1), crew(2)])) == 2


@pytest.mark.parametrize(
    ("bodies", "match"),
    [
        ([crew(5)], "out of turn"),
        ([crew(1), crew(1, event_id="e-7")], "twice"),
        ([crew(1), crew(2, event_id="e-1")], "twice"),
        ([crew(1, position=9), crew(2, position=4)], "after 9"),
        ([crew(1, position=3), crew(2, position=3)], "after 3"),
        (
            [{"subject": "kit_lot/L", "version": 1, "kind": "KitLotCleared", "event_id": "e", "body": {}}],
            "kit_lot",
        ),
    ],
    ids=["version", "version twice", "id twice", "falls", "same position", "unlawful"],
)
def test_entries_that_cannot_stand_in_a_ledger_are_refused(
    tmp_path: Path, bodies: list[dict[str, Any]], match: str
) -> None:
    refused(MemoryBackend("new"), entries_file(tmp_path / "f", bodies), match)


RUN = {"chain": "twin/x", "provenance": "{}", "started_at": 1, "pruned_at": 5, "length": 0}
KEY = {"key_id": "f" * 16, "public": "0" * 64, "since": 9 * 10**15, "endorsed_by": None, "signature": "00"}


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("runs", [RUN | {"chain": "floor"}], "head of an exported"),
        ("runs", [RUN | {"chain": "boss/x"}], "head of an exported"),
        ("runs", [RUN, RUN], "twice"),
        ("runs", [RUN | {"started_at": 10**30}], "head of an exported"),
        ("runs", [RUN | {"length": -1}], "head of an exported"),
        ("runs", [RUN | {"provenance": "{ }"}], "canonical"),
        ("runs", [RUN | {"pruned_at": None}], "other chains"),
        ("chains", [], "other chains"),
        ("last_position", 10**30, "head of an exported"),
        ("last_position", 99, "last position"),
        ("last_position", 0, "up to position"),
        ("ledger_id", "../evil", "head of an exported"),
        ("names", {"p-1": ["boss", "Eve"]}, "head of an exported"),
        ("names", {"p-1": ["person", "\u001b[31m"]}, "head of an exported"),
        ("notes", {"snapshot": {"floor": "{}"}}, "head of an exported"),
        ("notes", {"key": {"k": "garbage"}}, "key 'k'"),
        ("notes", {"key": {"f" * 16: json.dumps(KEY)}}, "not vouched for"),
        ("notes", {"seal": {"1": "{"}}, "seal '1'"),
        ("notes", {"erased": {"p-1": "Eve"}}, "erased id"),
    ],
)
def test_a_head_that_cannot_be_is_refused(tmp_path: Path, field: str, value: Any, match: str) -> None:
    refused(MemoryBackend("new"), entries_file(tmp_path / "f", [crew(1)], **{field: value}), match)


def test_a_head_that_was_damaged_is_told_from_another_file(tmp_path: Path) -> None:
    write_json(filled(), tmp_path / "all", NOW)
    text = (tmp_path / "all").read_text("utf-8")
    (tmp_path / "all").write_text(text.replace('"started_at":18', '"started_at":19', 1), "utf-8")
    refused(MemoryBackend("new"), tmp_path / "all", "was changed: its head")


def test_keys_and_seals_are_taken_in_and_must_fit_the_entries(tmp_path: Path) -> None:
    source = sealed()
    write_json(source, tmp_path / "all", NOW)
    copy = MemoryBackend("new")
    copy_file(copy, tmp_path / "all")
    assert everything(copy) == everything(source)
    assert all(not list(seal.check(copy, paper)) for paper in seal.seals_of(copy))

    def put_other(head: dict[str, Any]) -> None:
        name, text = sorted(head["notes"]["seal"].items())[0]
        head["notes"]["seal"][name] = text.replace('"length":', '"length":1')

    refused(MemoryBackend("new"), forged(source, tmp_path / "f", put_other), "seal")
    refused(MemoryBackend("new"), forged(source, tmp_path / "f", lambda h: h["notes"]["key"].clear()), "key")


def test_a_foreign_key_does_not_become_the_newest(tmp_path: Path) -> None:
    source = sealed()
    write_json(source, tmp_path / "all", NOW)
    file = forged(source, tmp_path / "f", lambda h: h["notes"]["key"].update({"f" * 16: json.dumps(KEY)}))
    refused(source, file, "not vouched for")
    root = seal.endorse("plant-1", seal.new_key(), NOW, None)
    keys = {root.key_id: root.model_dump_json()}
    file = forged(source, tmp_path / "f", lambda h: h.update(notes={"key": keys}))
    refused(source, file, "not vouched for")


def rewrite(table: Any, file: Path, meta: dict[str, str]) -> None:
    """Write a table as `export` writes its own."""
    known = {"knockdown": meta["knockdown"], parquet_digest.KEY: parquet_digest.BLANK}
    table.write_parquet(file, metadata=known)
    parquet_digest.put_digest(file)


def test_a_small_file_cannot_fill_the_memory(tmp_path: Path) -> None:
    import polars as pl

    write_parquet(filled(), tmp_path / "all", NOW)
    table, meta = pl.read_parquet(tmp_path / "all"), pl.read_parquet_metadata(tmp_path / "all")
    long = '{"n_people":3' + " " * 150_000 + "}"
    table = pl.concat([table] * 300).with_columns(pl.lit(long).alias("body"))
    rewrite(table, tmp_path / "bomb", meta)
    assert (tmp_path / "bomb").stat().st_size < 1_000_000
    refused(MemoryBackend("new"), tmp_path / "bomb", "a text of more than 65,536 bytes")
    (tmp_path / "long").write_bytes(b"{" + b" " * (17 << 20))
    refused(MemoryBackend("new"), tmp_path / "long", "first line")


def test_parquet_with_other_types_is_refused(tmp_path: Path) -> None:
    import polars as pl

    write_parquet(filled(), tmp_path / "all", NOW)
    table, meta = pl.read_parquet(tmp_path / "all"), pl.read_parquet_metadata(tmp_path / "all")
    types = {"run": pl.Binary, "position": pl.Float64, "body": pl.Binary, "event_id": pl.Categorical}
    for name, kind in types.items():
        odd = table.with_columns(pl.col(name).cast(kind))
        rewrite(odd, tmp_path / "odd", meta)
        refused(MemoryBackend("new"), tmp_path / "odd", "other columns")


def test_damaged_parquet_is_refused_before_it_is_read_as_such(tmp_path: Path) -> None:
    """Its readers may end the whole program over a wrong length."""
    write_parquet(filled(), tmp_path / "all", NOW)
    content = (tmp_path / "all").read_bytes()
    for at in range(4, len(content), 97):
        (tmp_path / "odd").write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert not parquet_digest.fits(tmp_path / "odd")
    refused(MemoryBackend("new"), tmp_path / "odd", "was changed, or is no Parquet")
