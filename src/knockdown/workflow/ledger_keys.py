"""The ledger's commands that need its private key: sign where it stands, and let a new key take over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger import folder_lock, key_files, seal
from knockdown.ledger.backend import Backend
from knockdown.workflow.keep_ledger import CLOCK
from knockdown.workflow.ledger_place import key_file, opened
from knockdown.workflow.papers import make_folder, refuse_no_file, write_text


def sign(
    plant: str, ledger: str | None = None, key: Path | None = None, out: Path | None = None
) -> seal.Seal:
    """Sign where the chains end now; the paper is to be kept off this machine.

    Raises
    ------
    BadInput
        When the key is not there or not the ledger's newest.
    """
    if out is not None:
        make_folder(out.parent)
        refuse_no_file(out)
    with opened(plant, ledger) as (backend, _):
        with _newest_key(backend, key) as (_, private):
            paper = seal.seal(backend, private, CLOCK.now_ms())
        if out is not None:
            write_text(out, paper.model_dump_json(by_alias=True, indent=2) + "\n")
        return paper


def rotate(plant: str, ledger: str | None = None, key: Path | None = None) -> seal.Key:
    """Let a new key sign from now on; the old one vouches for it and is kept beside it.

    The new key lies on stable storage before the ledger knows it, and takes the old one's place after: who
    is interrupted in between is helped by the next command that needs the key.

    Raises
    ------
    BadInput
        When the key is not there or not the ledger's newest, or the new one cannot be written.
    """
    with opened(plant, ledger) as (backend, _), _newest_key(backend, key) as (where, old):
        seal.refuse_foreign(backend, old)
        new = seal.new_key()
        try:
            key_files.write_key(key_files.next_of(where), new)
        except OSError as error:
            raise _unusable(where, "written", error) from error
        told = seal.rotate(backend, old, new, CLOCK.now_ms())
        try:
            key_files.settle(where, told.key_id)
        except OSError as error:
            raise _unusable(where, "written", error) from error
        return told


@contextmanager
def _newest_key(backend: Backend, key: Path | None) -> Iterator[tuple[Path, seal.Ed25519PrivateKey]]:
    """The ledger's key and where it lies; nobody else on this machine changes it meanwhile."""
    where = key or key_file(backend.ledger_id())
    with ExitStack() as held:
        try:
            where = where.resolve()  # a link stays one: what it points to is replaced
            held.enter_context(folder_lock.alone_in(where.parent))
            private = _settled(backend, where)
        except (OSError, RuntimeError) as error:  # the latter for links that go round
            raise _unusable(where, "read", error) from error
        yield where, private


def _settled(backend: Backend, where: Path) -> seal.Ed25519PrivateKey:
    keys = seal.keys_of(backend)
    key_files.settle(where, keys[-1].key_id if keys else None)
    return key_files.read_key(where)


def _unusable(where: Path, act: str, error: Exception) -> BadInput:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    step = "look at its rights and its disk, or name the ledger's key with --key"
    return BadInput([Fault(str(where), None, None, None, f"cannot be {act}: {why}", step)])
