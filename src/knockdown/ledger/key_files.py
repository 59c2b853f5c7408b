"""Private keys as files, and how one takes over from another so that no crash leaves an unknown key.

A new key first lies beside the old one as `NAME.next.pem`. Only when the ledger knows it does it take the
old one's name; the old one is kept as `NAME.<key id>.old.pem`. Who is interrupted in between is helped by
`settle`: the ledger says which key is its newest.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger.seal import key_id
from knockdown.ledger.sqlite_files import flush


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a private key as PEM that only its owner may read; it lasts when this returns.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, text)


def _write(path: Path, text: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    flush(path.parent)


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


def next_of(path: Path) -> Path:
    """Where the key lies that is to take over from the one at `path`."""
    return path.with_suffix(".next.pem")


def old_of(path: Path, name: str) -> Path:
    """Where a key of this id is kept that lay at `path` once."""
    return path.with_suffix(f".{name}.old.pem")


def _id_at(path: Path) -> str | None:
    """Id of the key in a file; None when there is none."""
    try:
        return key_id(read_key(path))
    except (BadInput, OSError):
        return None


def settle(path: Path, newest: str | None) -> None:
    """End what was interrupted: let the ledger's newest key have the name `path`, and forget unknown ones.

    Besides a rotation that was killed, a backup can be why another key is the newest: then that lies beside
    as an old one.

    Parameters
    ----------
    path : Path
        Where the key belongs.
    newest : str or None
        Id of the key that the ledger says is its newest.

    Raises
    ------
    OSError
        When it cannot be written there.
    """
    waiting = next_of(path)
    if newest is None:
        return
    if _id_at(path) != newest:
        for candidate in (waiting, old_of(path, newest)):
            if _id_at(candidate) == newest:
                _put_in_place(candidate, path)
                break
        else:
            return
    waiting.unlink(missing_ok=True)
    for left in path.parent.iterdir():
        if left.name.startswith(f"{path.stem}.") and left.name.endswith(".pem.part"):
            left.unlink(missing_ok=True)


def _put_in_place(candidate: Path, path: Path) -> None:
    """Give a key the name `path`, and keep the one that has it."""
    there = _id_at(path)
    if there is not None and not old_of(path, there).exists():
        _write(old_of(path, there), path.read_bytes())
    _write(path, candidate.read_bytes())
