"""Names of people: given, and erased so that no crash brings them back."""

from __future__ import annotations

import pytest

from knockdown.ledger import persons
from knockdown.ledger.memory import MemoryBackend
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
