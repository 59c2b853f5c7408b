"""Names of people, kept apart from what happened so that they can be erased.

Entries hold random ids; this table alone knows whose they are. Nothing here adds up work by person.
"""

from __future__ import annotations

from typing import Literal

from knockdown.ledger.backend import Backend

Sort = Literal["person", "customer"]
PREFIX = {"person": "p", "customer": "c"}
ENTROPY_BYTES = 8
ERASED = "erased"


def add(backend: Backend, name: str, sort: Sort, entropy: bytes) -> str:
    """Give somebody an id that says nothing about them.

    Parameters
    ----------
    backend : Backend
        The ledger.
    name : str
        As it is to be shown.
    sort : {"person", "customer"}
        Who works here, or who buys.
    entropy : bytes
        8 random bytes.

    Returns
    -------
    str
        `p-` or `c-` and 16 hexadecimal digits.

    Raises
    ------
    ValueError
        When the name is empty or longer than 200 characters, or the entropy not 8 bytes.

    Examples
    --------
    >>> from knockdown.ledger.memory import MemoryBackend
    >>> ledger = MemoryBackend("demo")
    >>> add(ledger, "Leyla Quliyeva", "person", bytes(8)), names(ledger)
    ('p-0000000000000000', {'p-0000000000000000': 'Leyla Quliyeva'})
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise ValueError("is not a name of 1 to 200 characters")
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"an id is made from {ENTROPY_BYTES} random bytes, not {len(entropy)}")
    person_id = f"{PREFIX[sort]}-{entropy.hex()}"
    backend.put_person(person_id, sort, name)
    return person_id


def names(backend: Backend) -> dict[str, str]:
    """Names by id; erased ones are not there."""
    return {person_id: name for person_id, (_, name) in backend.people().items()}


def erase(backend: Backend, person_id: str) -> bool:
    """Erase a name for good; what happened stays, told of an id that nobody can resolve.

    The id is noted as erased, so that a backup that is restored later is cleared of the name again. The
    note comes first: were it the other way round, a crash in between would forget that the name was erased.

    Returns
    -------
    bool
        Whether there was a name.
    """
    was_there = person_id in backend.people()
    backend.put_note(ERASED, person_id, "")
    backend.put_person(person_id, "person", None)
    return was_there


def erased(backend: Backend) -> set[str]:
    """Ids whose names were erased."""
    return set(backend.get_notes(ERASED))
