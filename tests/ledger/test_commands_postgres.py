"""The ledger's commands over PostgreSQL: the same words, the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from knockdown.basics.faults import BadInput
from knockdown.events.codec import to_line
from knockdown.workflow import keep_ledger, ledger_files, ledger_keys
from knockdown.workflow.ledger_api import open_ledger
from tests.ledger import pg
from tests.ledger.contract import hired, lot, story


@pytest.fixture
def url() -> str:
    """A database without a ledger, as a user would name it."""
    dsn = pg.fresh_database()
    if "://" in dsn:
        return dsn
    parts = dict(pair.split("=", 1) for pair in dsn.split())
    return "postgresql:///{dbname}?host={host}&user={user}".format(**parts)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    file = tmp_path / "day.jsonl"
    file.write_text("".join(map(to_line, [*lot(), *story("U-1", 1), *story("U-2", 2)])), "utf-8")
    return file


def test_a_ledger_in_a_database_lives_as_one_in_a_file(url: str, day: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no ledger"):
        keep_ledger.stats("ganja", url)
    made = keep_ledger.init("ganja", url)
    with pytest.raises(BadInput, match="is there already"):
        keep_ledger.init("ganja", url)
    assert keep_ledger.append("ganja", day, url).new == 9
    assert keep_ledger.append("ganja", day, url).known == 9
    named = keep_ledger.add_person("ganja", "Leyla Quliyeva", ledger=url).people[0].person_id
    ledger_keys.sign("ganja", url, out=tmp_path / "head.json")
    ledger_keys.rotate("ganja", url)
    ledger_keys.sign("ganja", url)
    found = keep_ledger.verify("ganja", url, tmp_path / "head.json", made.root_key)
    assert (found.ok, found.entries, found.seals) == (True, 9, 2), found.faults
    assert keep_ledger.rebuild("ganja", url).same is None
    assert keep_ledger.rebuild("ganja", url).same is True
    assert keep_ledger.stats("ganja", url).units == {"waiting": 2}
    backup = ledger_files.backup("ganja", tmp_path / "backup.jsonl", url)
    assert backup.entries == 9
    keep_ledger.erase_person("ganja", named, url)
    with open_ledger("ganja", url) as ledger:
        ledger.append([hired("crew-a", 1)])
        assert ledger.views().counts["PeopleHired"] == 1
        assert ledger.verify().ok


@pytest.mark.parametrize("name", ["all.jsonl", "all.parquet"])
def test_a_ledger_moves_from_a_file_to_a_database_and_back(
    url: str, day: Path, tmp_path: Path, name: str
) -> None:
    file, copy = str(tmp_path / "here.sqlite"), str(tmp_path / "again.sqlite")
    keep_ledger.init("ganja", file)
    keep_ledger.append("ganja", day, file)
    ledger_keys.sign("ganja", file)
    ledger_files.export("ganja", tmp_path / name, file)
    keep_ledger.init("ganja", url)
    assert ledger_files.take_in("ganja", tmp_path / name, url).new == 9
    assert ledger_files.take_in("ganja", tmp_path / name, url).new == 0
    ledger_files.export("ganja", tmp_path / f"back-{name}", url)
    ledger_files.take_in("ganja", tmp_path / f"back-{name}", copy)
    heads = [keep_ledger.verify("ganja", where) for where in (file, url, copy)]
    assert len({(found.ok, found.head, found.seals) for found in heads}) == 1


def test_every_refused_event_is_listed(url: str, tmp_path: Path) -> None:
    keep_ledger.init("ganja", url)
    file = tmp_path / "bad.jsonl"
    file.write_text("".join(map(to_line, [hired("a", 1), story("U-1", 1)[2], hired("b", 2)])), "utf-8")
    with pytest.raises(BadInput) as refusal:
        keep_ledger.append("ganja", file, url)
    assert [fault.row for fault in refusal.value.faults] == [2, 3]
    assert keep_ledger.stats("ganja", url).entries == 0
