"""Signed heads: a page that, kept elsewhere, shows later that nothing before it was changed.

The key (Ed25519, RFC 8032) lies outside the database. A new key is signed by the one before it, back to the
root, whose fingerprint people keep on paper. Whoever holds a seal and the root's fingerprint need trust
neither the database nor its administrator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.documents.paper import Paper
from knockdown.ledger.backend import Backend, Query
from knockdown.ledger.chain import FLOOR, HASH, POSITION, Head, body_text

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
    """`knockdown.ledger.head/1`: where the chains ended that grew since the seal before, signed."""

    schema_: Literal["knockdown.ledger.head/1"] = Field("knockdown.ledger.head/1", alias="schema")
    ledger_id: str
    sealed_at: int = Field(description="milliseconds since 1970-01-01 00:00 UTC")
    position: int = Field(description="last position given")
    chains: tuple[ChainHead, ...] = Field(
        description="the floor, and those that grew since the seal before; all of them when there is none"
    )
    before: str | None = Field(
        None,
        pattern=HEX32,
        description="digest of the seal before, which vouches for the other chains; null when there is none",
    )
    keys: tuple[Key, ...] = Field(description="from the root to the key that signed")
    signature: str


def new_key() -> Ed25519PrivateKey:
    """Make a private key."""
    return Ed25519PrivateKey.generate()


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
    newest = refuse_foreign(backend, old)[-1]
    key = endorse(backend.ledger_id(), new, max(now_ms, newest.since + 1), old)
    add_key(backend, key)
    return key


def refuse_foreign(backend: Backend, key: Ed25519PrivateKey) -> tuple[Key, ...]:
    """The ledger's keys; raises BadInput when a key is not the newest of them."""
    keys, ours = keys_of(backend), key_id(key)
    if not keys:
        problem = f"cannot sign for ledger {backend.ledger_id()}, which knows no key"
        step = "give the import again that was stopped, or restore a backup"
        raise BadInput([Fault("key", None, None, ours, problem, step)])
    if keys[-1].key_id != ours:
        problem = f"is not the newest key of ledger {backend.ledger_id()}, which is {keys[-1].key_id}"
        raise BadInput([Fault("key", None, None, ours, problem, "name the newest key with --key")])
    return keys


def seal(backend: Backend, key: Ed25519PrivateKey, now_ms: int) -> Seal:
    """Sign where the chains end that grew since the last seal, and note it in the ledger.

    The seal holds the digest of the one before, which vouches in the same way for the chains that did not
    grow; so one kept seal vouches for all, and seals stay short however many runs there are. A last seal
    that does not fit the ledger is not built on: then all chains are listed.

    Raises
    ------
    BadInput
        When the key is not the ledger's newest.
    """
    keys = refuse_foreign(backend, key)
    with backend.snapshot():
        position = backend.last_position()
        chains, before = _to_seal(backend, position)
        ledger_id = backend.ledger_id()
    paper = Seal(
        ledger_id=ledger_id,
        sealed_at=now_ms,
        position=position,
        chains=chains,
        before=before,
        keys=keys,
        signature="",
    )
    signature = key.sign(_message("knockdown.ledger.head/1", ledger_id, _signed_part(paper)))
    paper = paper.model_copy(update={"signature": signature.hex()})
    backend.put_note("seal", name_of(paper), paper.model_dump_json(by_alias=True))
    return paper


def _to_seal(backend: Backend, position: int) -> tuple[tuple[ChainHead, ...], str | None]:
    """Chains to list, and the digest of the seal that vouches for the others."""
    noted = seals_of(backend)
    last = noted[-1] if noted and not any(check(backend, noted[-1])) else None
    if last is not None and last.position >= position:  # nothing came since: the same once more
        return last.chains, last.before
    since = 0 if last is None else last.position
    heads = sorted(backend.committed_heads().values(), key=lambda head: head.chain)
    chains = tuple(
        ChainHead(chain=head.chain, length=head.length, position=head.position, hash=head.hash.hex())
        for head in heads
        if last is None or head.chain == FLOOR or head.position > since
    )
    return chains, None if last is None else digest_of(last)


def name_of(paper: Seal) -> str:
    """Under which name a ledger notes a seal."""
    return f"{paper.position:016d}"


def digest_of(paper: Seal) -> str:
    """What the next seal says of this one: SHA-256 of all it says but time, keys and signature.

    So that sealing again when nothing came, or with a new key, leaves later seals right.
    """
    told = paper.model_dump(include={"position", "chains", "before"}, exclude_none=True)
    return hashlib.sha256(_message("knockdown.ledger.head/1", paper.ledger_id, told)).hexdigest()


def _signed_part(paper: Seal) -> dict[str, Any]:
    """What its signature is of; `before` only where there is one, as in seals of 0.1.0."""
    return paper.model_dump(
        mode="json",
        include={"ledger_id", "sealed_at", "position", "chains", "before"},
        exclude_none=True,
    )


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
    message = _message("knockdown.ledger.head/1", paper.ledger_id, _signed_part(paper))
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

    The ledger's own chains and seals must be verified as well: then one equal hash vouches for all before
    it, and the seal before for the chains that are not listed.
    """
    return check_all(backend, [paper], root)


def check_all(backend: Backend, papers: Iterable[Seal], root: str | None = None) -> Iterator[str]:
    """As `check`, for many seals."""
    now = _Now(
        ledger_id=backend.ledger_id(),
        keys=keys_of(backend),
        heads=backend.committed_heads(),
        pruned={run.chain for run in backend.runs() if run.pruned_at is not None},
        digests={digest_of(paper) for paper in seals_of(backend)},
    )
    for paper in papers:
        yield from signature_faults(paper, root)
        yield from _faults_now(backend, now, paper)


@dataclass(frozen=True, slots=True)
class _Now:
    """What seals are compared with."""

    ledger_id: str
    keys: tuple[Key, ...]
    heads: Mapping[str, Head]
    pruned: set[str]
    digests: set[str]


def _faults_now(backend: Backend, now: _Now, paper: Seal) -> Iterator[str]:
    if paper.ledger_id != now.ledger_id:
        yield f"the seal is of ledger {paper.ledger_id}, this one is {now.ledger_id}"
        return
    if paper.keys != now.keys[: len(paper.keys)]:
        yield f"the seal at position {paper.position} is signed with keys that this ledger does not have"
    if paper.before is not None and paper.before not in now.digests:
        yield f"the seal at position {paper.position} rests on one that is not here, or was changed"
    for sealed in paper.chains:
        if sealed.chain in now.pruned and sealed.chain != FLOOR:
            continue
        head = now.heads.get(sealed.chain)
        if head is None or head.length < sealed.length:
            length = 0 if head is None else head.length
            yield f"chain {sealed.chain}: had {sealed.length:,} entries when sealed, has {length:,}"
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
