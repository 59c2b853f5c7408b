"""Where a plant's ledger and its key lie unless told otherwise."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from pydantic import ValidationError

from knockdown.basics.faults import BadInput, Fault
from knockdown.ledger.address import DAMAGE, Address, exists, open_backend, parse
from knockdown.ledger.backend import Backend
from knockdown.ledger.refusals import Refused, StoreFailed
from knockdown.plant.builtin import builtin_folder
from knockdown.plant.load import find_folder

FILE = "ledger.sqlite"


def data_folder() -> Path:
    """The user's data: `KNOCKDOWN_DATA`, else what the system names."""
    named = os.environ.get("KNOCKDOWN_DATA")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "knockdown"


def key_file(ledger_id: str) -> Path:
    """The private key of a ledger: in `KNOCKDOWN_KEYS`, else the user's settings; never beside the ledger."""
    named = os.environ.get("KNOCKDOWN_KEYS")
    if named:
        return Path(named) / f"{ledger_id}.pem"
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "knockdown" / "keys" / f"{ledger_id}.pem"


def address_of(plant: str, ledger: str | None = None) -> Address:
    """Where a plant's ledger is: as told, else in its folder, for a built-in plant in the user's data.

    Raises
    ------
    BadInput
        When there is no such plant, or what was told is no address.
    """
    folder = find_folder(plant)
    if ledger is not None:
        return parse(ledger)
    if builtin_folder(plant) is not None:
        return Address(data_folder() / plant / FILE, None)
    return Address(folder / "ledger" / FILE, None)


def missing(plant: str, address: Address) -> BadInput:
    """The refusal when there is no ledger yet."""
    step = f"`knockdown ledger {shlex.quote(plant)} init` makes one"
    return BadInput([Fault(address.shown, None, None, None, "is not there", step)])


@contextmanager
def opened(plant: str, ledger: str | None = None) -> Iterator[tuple[Backend, Address]]:
    """A plant's ledger, closed at the end.

    Raises
    ------
    BadInput
        When there is none, or it cannot be opened or written.
    """
    address = address_of(plant, ledger)
    if not exists(address):
        raise missing(plant, address)
    backend = None
    with reporting(address, plant):
        try:
            backend = open_backend(address)
            yield backend, address
        finally:
            if backend is not None:
                backend.close()


@contextmanager
def reporting(address: Address, plant: str) -> Iterator[None]:
    """Turn what a ledger cannot do into a fault that says what to do next."""
    try:
        yield
    except DAMAGE as error:
        problem, _, step = str(error).partition("; ")
        step = step or f"`knockdown ledger {shlex.quote(plant)} verify` says more; restore a backup"
        raise BadInput([Fault(address.shown, None, None, None, problem, step)]) from error
    except (apsw.Error, OSError) as error:
        step = "look at its rights and its disk, and whether another program holds it"
        problem = f"cannot be used: {error or type(error).__name__}"
        raise BadInput([Fault(address.shown, None, None, None, problem, step)]) from error
    except (ValidationError, KeyError, StopIteration) as error:
        problem = f"holds what knockdown did not write ({type(error).__name__})"
        step = f"`knockdown ledger {shlex.quote(plant)} verify` says more; restore a backup"
        raise BadInput([Fault(address.shown, None, None, None, problem, step)]) from error
    except StoreFailed as error:
        step = "mend the cause and give the command again; nothing is stored twice"
        raise BadInput([Fault(address.shown, None, None, None, str(error), step)]) from error
    except Refused as error:
        raise BadInput(
            [Fault(address.shown, None, None, error.event_id, error.problem, error.next_step)]
        ) from error
