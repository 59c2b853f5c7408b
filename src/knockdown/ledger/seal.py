"""Signed heads: a page that, kept elsewhere, shows later that nothing before it was changed.

The key (Ed25519, RFC 8032) lies outside the database. A new key is signed by the one before it, back to the
root, whose fingerprint people keep on paper. Whoever holds a seal and the root's fingerprint need trust
neither the database nor its administrator.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.paper import Paper
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.chain import FLOOR, HASH, POSITION, body_text

KEY_DIGITS = 16
HEX32 = "^[0-9a-f]{64}$"


class Key(Paper):
    """A public key and who vouches for it."""

    key_id: str = Field(description="first 16 hexadecimal digits of SHA-256 of the public key")
    public: str = Field(pattern=HEX32, description="public key, 32 bytes in hexadecimal digits")
    since: int = Field(description="milliseconds since 1970-01-01 00:00 UTC")
    endorsed_by: str | None = Field(description="key id of the one before it; null for the root")
    signature: str = Field(description="by the endorsing key, the root's by itself; hexadecimal digits")


class ChainHead(Paper):
    """Where a chain ends."""

    chain: str
    length: int = Field(description="entries")
    position: int = Field(description="position of the last entry")
    hash: str = Field(pattern=HEX32)


class Seal(Paper):
    """`knockdown.ledger.head/1`: where every chain ended, signed."""

    schema_: Literal["knockdown.ledger.head/1"] = Field("knockdown.ledger.head/1", alias="schema")
    ledger_id: str
    sealed_at: int = Field(description="milliseconds since 1970-01-01 00:00 UTC")
    position: int = Field(description="last position given")
    chains: tuple[ChainHead, ...]
    keys: tuple[Key, ...] = Field(description="from the root to the key that signed")
    signature: str


def new_key() -> Ed25519PrivateKey:
    """Make a private key."""
    return Ed25519PrivateKey.generate()


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a private key as PEM that only its owner may read; an existing file is kept beside it.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    if path.exists():
        path.replace(path.with_suffix(f".{key_id(read_key(path))}.old.pem"))
    part.replace(path)


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key.

    Raises
    ------
    BadInput
        When the file is no Ed25519 key in PEM.
    OSError
        When it cannot be read.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        step = "name the file that `ledger init` wrote"
        raise BadInput([Fault(str(path), None, None, None, "is not an Ed25519 key in PEM", step)])
    return key


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def key_id(key: Ed25519PrivateKey) -> str:
    """Short name of a key: 16 hexadecimal digits of its public half's SHA-256."""
    return hashlib.sha256(_public(key)).hexdigest()[:KEY_DIGITS]


def endorse(ledger_id: str, key: Ed25519PrivateKey, since: int, by: Ed25519PrivateKey | None) -> Key:
    """Vouch for a new key with the one before it; the root vouches for itself."""
    told = {
        "key_id": key_id(key),
        "public": _public(key).hex(),
        "since": since,
        "endorsed_by": None if by is None else key_id(by),
    }
    signature = (by or key).sign(_message("knockdown.ledger.key/1", ledger_id, told))
    return Key(**told, signature=signature.hex())


def _message(schema: str, ledger_id: str, told: Mapping[str, Any]) -> bytes:
    return body_text([schema, ledger_id, told]).encode()


def keys_of(backend: Backend) -> tuple[Key, ...]:
    """Public keys of a ledger from the root on; empty when it was never given one."""
    keys = [Key.model_validate_json(text) for text in backend.get_notes("key").values()]
    return tuple(sorted(keys, key=lambda key: key.since))


def add_key(backend: Backend, key: Key) -> None:
    """Note a public key in the ledger."""
    backend.put_note("key", key.key_id, key.model_dump_json())


def rotate(backend: Backend, old: Ed25519PrivateKey, new: Ed25519PrivateKey, now_ms: int) -> Key:
    """Let a new key take over from the old one.

    Raises
    ------
    BadInput
        When the old key is not the ledger's newest.
    """
    refuse_foreign(backend, old)
    newest = max(key.since for key in keys_of(backend))
    key = endorse(backend.ledger_id(), new, max(now_ms, newest + 1), old)
    add_key(backend, key)
    return key


def refuse_foreign(backend: Backend, key: Ed25519PrivateKey) -> None:
    """Raise BadInput when a key is not the ledger's newest."""
    keys = keys_of(backend)
    if not keys or keys[-1].key_id != key_id(key):
        newest = keys[-1].key_id if keys else "none"
        problem = f"is not the newest key of ledger {backend.ledger_id()}, which is {newest}"
        raise BadInput([Fault("key", None, None, key_id(key), problem, "name the newest key with --key")])


def seal(backend: Backend, key: Ed25519PrivateKey, now_ms: int) -> Seal:
    """Sign where every chain ends now, and note it in the ledger.

    Raises
    ------
    BadInput
        When the key is not the ledger's newest.
    """
    refuse_foreign(backend, key)
    heads = backend.committed_heads()
    told: dict[str, Any] = {
        "ledger_id": backend.ledger_id(),
        "sealed_at": now_ms,
        "position": max(head.position for head in heads.values()),
        "chains": [
            {"chain": head.chain, "length": head.length, "position": head.position, "hash": head.hash.hex()}
            for head in sorted(heads.values(), key=lambda head: head.chain)
        ],
    }
    signature = key.sign(_message("knockdown.ledger.head/1", told["ledger_id"], told))
    paper = Seal(**told, keys=keys_of(backend), signature=signature.hex())
    backend.put_note("seal", f"{told['position']:016d}", paper.model_dump_json(by_alias=True))
    return paper


def seals_of(backend: Backend) -> list[Seal]:
    """Seals noted in the ledger, oldest first."""
    return [Seal.model_validate_json(text) for _, text in sorted(backend.get_notes("seal").items())]


def read_seal(path: Path) -> Seal:
    """Read an exported seal.

    Raises
    ------
    BadInput
        When it is none.
    OSError
        When it cannot be read.
    """
    try:
        return Seal.model_validate_json(path.read_bytes())
    except ValidationError:
        step = "name a file that `ledger seal --out` wrote"
        raise BadInput([Fault(str(path), None, None, None, "is not a seal", step)]) from None


def signature_faults(paper: Seal, root: str | None = None) -> Iterator[str]:
    """What is wrong with a seal's signatures; `root` is the key id that people trust."""
    if not paper.keys:
        yield "the seal names no key"
        return
    if root is not None and paper.keys[0].key_id != root:
        yield f"the seal goes back to key {paper.keys[0].key_id}, not to {root}"
    yield from _key_faults(paper.ledger_id, paper.keys)
    told = json.loads(paper.model_dump_json(include={"ledger_id", "sealed_at", "position", "chains"}))
    message = _message("knockdown.ledger.head/1", paper.ledger_id, told)
    if not _signed(paper.keys[-1].public, paper.signature, message):
        yield f"the signature of the seal at position {paper.position} does not fit"


def _key_faults(ledger_id: str, keys: tuple[Key, ...]) -> Iterator[str]:
    before: Key | None = None
    for key in keys:
        told = key.model_dump(exclude={"signature"})
        fits = hashlib.sha256(bytes.fromhex(key.public)).hexdigest()[:KEY_DIGITS] == key.key_id
        named = key.endorsed_by == (before.key_id if before else None)
        message = _message("knockdown.ledger.key/1", ledger_id, told)
        if not (fits and named and _signed((before or key).public, key.signature, message)):
            yield f"key {key.key_id} is not vouched for by the one before it"
        before = key


def _signed(public: str, signature: str, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def check(backend: Backend, paper: Seal, root: str | None = None) -> Iterator[str]:
    """What a ledger shows to have been changed since a seal; nothing when all is as it was.

    The ledger's own chains must have been verified as well: then one equal hash vouches for all before it.
    """
    yield from signature_faults(paper, root)
    if paper.ledger_id != backend.ledger_id():
        yield f"the seal is of ledger {paper.ledger_id}, this one is {backend.ledger_id()}"
        return
    pruned = {run.chain for run in backend.runs() if run.pruned_at is not None}
    heads = backend.committed_heads()
    for sealed in paper.chains:
        if sealed.chain in pruned and sealed.chain != FLOOR:
            continue
        head = heads.get(sealed.chain)
        if head is None or head.length < sealed.length:
            now = 0 if head is None else head.length
            yield f"chain {sealed.chain}: had {sealed.length:,} entries when sealed, has {now:,}"
        elif sealed.length and _hash_at(backend, sealed.position) != sealed.hash:
            yield f"chain {sealed.chain}: the entry at position {sealed.position} is not the one sealed"


def _hash_at(backend: Backend, position: int) -> str | None:
    rows = list(backend.rows(Query(after=position - 1, upto=position, writer=None)))
    return rows[0][HASH].hex() if rows and rows[0][POSITION] == position else None


def root_faults(backend: Backend, root: str | None) -> Iterator[str]:
    """Whether the ledger's own keys go back to the root that people trust, each vouched for by the last."""
    keys = keys_of(backend)
    if root is not None and (not keys or keys[0].key_id != root):
        yield f"the ledger's first key is {keys[0].key_id if keys else 'missing'}, not {root}"
    yield from _key_faults(backend.ledger_id(), keys)
