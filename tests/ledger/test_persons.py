"""Names of people: given, and erased so that no crash brings them back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from knockdown.ledger import persons
from knockdown.ledger.memory import MemoryBackend
from knockdown.workflow import keep_ledger
from knockdown.workflow.kit_api import Kit
from knockdown.workflow.new_plant import new
from tests.ledger.contract import Broken


def test_an_id_says_nothing_and_a_name_is_one_line() -> None:
    ledger = MemoryBackend("test")
    made = persons.add(ledger, "  Leyla \n Quliyeva ", "person", bytes(8))
    assert (made, persons.names(ledger)) == ("p-0000000000000000", {made: "Leyla Quliyeva"})
    assert persons.add(ledger, "MTZ", "customer", bytes(8)).startswith("c-")
    for name, entropy in (("", bytes(8)), ("x" * 201, bytes(8)), ("a\x1bb", bytes(8)), ("Leyla", bytes(7))):
        with pytest.raises(ValueError):
            persons.add(ledger, name, "person", entropy)


def test_an_erased_name_is_gone_and_known_to_be_erased() -> None:
    ledger = MemoryBackend("test")
    made = persons.add(ledger, "Leyla Quliyeva", "person", bytes(8))
    assert persons.erase(ledger, made)
    assert not persons.erase(ledger, made)
    assert (persons.names(ledger), persons.erased(ledger)) == ({}, {made})


def test_a_crash_between_the_two_steps_does_not_forget_the_erasure() -> None:
    ledger = MemoryBackend("test")
    made = persons.add(ledger, "Leyla Quliyeva", "person", bytes(8))
    with pytest.raises(OSError):
        persons.erase(Broken(ledger, "put_person"), made)
    assert persons.erased(ledger) == {made}
    assert persons.erase(ledger, made)
    assert persons.names(ledger) == {}


def test_who_did_it_is_one_of_the_people_or_that_is_said(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("KNOCKDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KNOCKDOWN_KEYS", str(tmp_path / "keys"))
    hall = str(tmp_path / "hall")
    new(hall, "ganja")
    keep_ledger.init(hall)
    who = keep_ledger.add_person(hall, "Leyla Quliyeva", "person").people[0].person_id
    find = partial(Kit(hall).find, "202601-06-b1221c", "BT-1302010", "D", 1)
    assert find(by=who, on="2026-01-16").warnings == ()
    assert find(on="2026-01-17").warnings == ()
    (told,) = find(by="nobody", on="2026-01-18").warnings
    assert told.startswith("nobody is none of the ledger's people. `knockdown ledger ")
    assert find(by="nobody", on="2026-01-18").new == 0
