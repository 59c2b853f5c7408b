"""A private PostgreSQL server: started from what the machine has, reached through a Unix socket only.

PostgreSQL refuses to run as root, so root starts it as an unprivileged account that owns
nothing but this server's folders.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psycopg

from knockdown.ledger.postgres_binaries import Binaries, ServerProblem, find_binaries

START_SECONDS = 60.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02
MAX_SOCKET_CHARS = 100  # the system's limit is 103 to 107 bytes, a zero byte with it
ROLE = "knockdown"
DEFAULTS = {
    "timezone": "UTC",
    # At PostgreSQL's own 5 s, a standby told to take over just after it lost its primary sleeps that long.
    "wal_retrieve_retry_interval": "100ms",
}
ACCOUNTS = ("postgres", "nobody")
# A killed postmaster's children hold its memory and its lock file for seconds.
STILL_HELD = re.compile(
    r"pre-existing shared memory block|lock file .* (?:already )?exists|is another postmaster"
)


def failover_dsn(*servers: PostgresServer) -> str:
    """Return one address of several servers; a client reaches the one that takes writes."""
    hosts = ",".join(str(server.sockets) for server in servers)
    return f"host={hosts} dbname=postgres user={ROLE} target_session_attrs=read-write"


class PostgresServer:
    """One private server, with its data, its socket and its log.

    Parameters
    ----------
    folder : Path, optional
        Where the data lie, kept after `stop`. Left out, they lie in a temporary folder that
        `close` (or leaving the `with` block) removes.
    binaries : Binaries, optional
        Which programs; left out, `find_binaries()`.
    settings : mapping of str to str, optional
        Of the server, as in `postgresql.conf`.
    name : str
        What it calls itself towards a primary.

    Examples
    --------
    >>> with PostgresServer() as server, psycopg.connect(server.dsn) as connection:
    ...     connection.execute("SHOW listen_addresses").fetchone()
    ('',)
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        binaries: Binaries | None = None,
        settings: Mapping[str, str] | None = None,
        name: str = "primary",
    ) -> None:
        self.binaries = binaries or find_binaries()
        self.settings = dict(settings or {})
        self.name = name
        self.run_folder = Path(tempfile.mkdtemp(prefix="kd-pg-"))
        self.sockets = self.run_folder / "s"
        self.log = self.run_folder / "log"
        self.data = folder or self.run_folder / "data"
        self._kept = folder is not None
        self._account = _account()
        self._started: list[subprocess.Popen[bytes]] = []
        self._forget = weakref.finalize(self, _clean_up, self._started, self.run_folder)
        self._programs: Path | None = None

    def __enter__(self) -> Self:
        try:
            return self if self.is_running else self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _process(self) -> subprocess.Popen[bytes] | None:
        return self._started[-1] if self._started else None

    @property
    def dsn(self) -> str:
        """Address for psycopg: the socket's folder, the role, the database `postgres`."""
        return f"host={self.sockets} dbname=postgres user={ROLE}"

    @property
    def pid(self) -> int:
        """Process id of the postmaster.

        Raises
        ------
        ServerProblem
            When the server does not run.
        """
        if self._process is None or not self.is_running:
            raise ServerProblem(f"PostgreSQL {self.name} does not run; call start()")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the postmaster lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Make the data when there are none, start the server, and return when it answers.

        Raises
        ------
        ServerProblem
            With the last lines of its log, when it does not answer within 60 s.
        """
        if self.is_running:
            raise ServerProblem(f"PostgreSQL {self.name} runs already, as process {self.pid}")
        self._own_folders()
        if not (self.data / "PG_VERSION").exists():
            self._run("initdb", *self._initdb_options())
        deadline = time.monotonic() + START_SECONDS
        while not self._try_start(deadline):
            time.sleep(10 * POLL_SECONDS)
        return self

    def stop(self) -> None:
        """Stop in an orderly way: open transactions are rolled back, nothing is left to recover."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the postmaster as `kill -9` does; its children notice and go within moments."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop, and remove what is temporary. Kept data stay.

        A server that is forgotten is stopped when the program ends, unless that is killed.
        """
        self.stop()
        self._forget()

    def make_standby(self, name: str = "standby", is_synchronous: bool = True) -> PostgresServer:
        """Copy this server into a running standby that every commit here then waits for.

        Parameters
        ----------
        name : str
            What it calls itself.
        is_synchronous : bool
            False lets commits go on without it, which loses entries at a failover.

        Returns
        -------
        PostgresServer
            In recovery and streaming; the caller closes it.
        """
        standby = PostgresServer(binaries=self.binaries, settings=self.settings, name=name)
        try:
            standby._copy_from(self)
            standby.start()
            self._wait_for_standby("state = 'streaming'", name)
            if is_synchronous:
                self._execute(f"ALTER SYSTEM SET synchronous_standby_names = '\"{name}\"'")
                self._execute("SELECT pg_reload_conf()")
                self._wait_for_standby("sync_state = 'sync'", name)
        except BaseException:
            standby.close()
            raise
        return standby

    def _wait_for_standby(self, condition: str, name: str) -> None:
        self._wait_for(f"SELECT {condition} FROM pg_stat_replication WHERE application_name = %s", name)

    def promote(self) -> None:
        """Make a standby the primary; returns when it takes writes, which wait for no standby."""
        self._execute("SELECT pg_promote(true, 60)")
        self._wait_for("SELECT NOT pg_is_in_recovery()")

    def log_tail(self, n_chars: int = 1_500) -> str:
        """Return the end of the server's log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-n_chars:] if self.log.exists() else ""

    def _own_folders(self) -> None:
        """Hand this server's own folders, and no other, to its account."""
        if len(str(self.sockets)) > MAX_SOCKET_CHARS - len("/.s.PGSQL.5432"):
            raise ServerProblem(
                f"{self.sockets} is too long a path for a socket; set TMPDIR to a shorter one"
            )
        if self.data.is_dir() and any(self.data.iterdir()) and not (self.data / "PG_VERSION").exists():
            raise ServerProblem(
                f"{self.data} holds something else than PostgreSQL's data; name an empty folder"
            )
        for folder in (self.run_folder, self.sockets, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._account:
                os.chown(folder, self._account["user"], self._account["group"])
        self._check_reach()

    def _check_reach(self) -> None:
        """Make sure that the account can enter the data and run the programs; copy these when it cannot."""
        if self._account and self._cannot("ls", str(self.data)):
            raise ServerProblem(
                f"account {self._account['user']} cannot enter {self.data}; choose another folder"
            )
        self._programs = self.binaries.folder
        if self._account and self._cannot(str(self._programs / "postgres"), "--version"):
            install = self.run_folder / "install"
            shutil.copytree(self.binaries.folder.parent, install, symlinks=True)
            install.chmod(0o755)
            self._programs = install / "bin"

    def _cannot(self, *command: str) -> bool:
        try:
            return bool(subprocess.run(command, **self._child(), capture_output=True, check=False).returncode)
        except PermissionError:
            return True

    def _child(self) -> dict[str, Any]:
        """Say how children start: as the account, somewhere it may be, without settings of the caller's."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")}
        return {"cwd": self.run_folder, "env": {**kept, "LC_ALL": "C", "TZ": "UTC"}, **self._account}

    def _run(self, program: str, *options: str) -> None:
        assert self._programs is not None
        command = [str(self._programs / program), *options]
        done = subprocess.run(command, **self._child(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerProblem(
                f"{program} ended with {done.returncode}: {(done.stderr or done.stdout)[-1_000:]}"
            )

    def _initdb_options(self) -> Sequence[str]:
        # The same order of text on every machine, whatever its locales.
        builtin = (
            ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if self.binaries.major >= 17 else ()
        )
        sync = () if self._kept else ("--no-sync",)
        common = ("--locale=C", "--encoding=UTF8", "--data-checksums", "--auth=trust", f"--username={ROLE}")
        return (*common, *builtin, *sync, "--pgdata", str(self.data))

    def _try_start(self, deadline: float) -> bool:
        """Start once; False when an earlier postmaster's children still hold the data."""
        assert self._programs is not None
        held = {"listen_addresses": "", "unix_socket_directories": str(self.sockets), "port": "5432"}
        settings = {**DEFAULTS, **self.settings, **held, "unix_socket_permissions": "0700"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.log.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt at the keyboard is ours to handle
                **self._child(),
            )
        self._started[:] = [process]
        while not self._answers():
            ended = process.poll() is not None
            if ended and STILL_HELD.search(self.log_tail()) and time.monotonic() < deadline:
                return False
            if ended or time.monotonic() > deadline:
                self.kill()
                raise ServerProblem(f"PostgreSQL {self.name} did not start; its log ends: {self.log_tail()}")
            time.sleep(POLL_SECONDS)
        return True

    def _answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, query: str, *values: object) -> tuple[Any, ...] | None:
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(query.encode(), values or None)
            return cursor.fetchone() if cursor.description else None

    def _wait_for(self, query: str, *values: object) -> None:
        deadline = time.monotonic() + START_SECONDS
        while (self._execute(query, *values) or (False,))[0] is not True:
            if time.monotonic() > deadline:
                raise ServerProblem(f"PostgreSQL {self.name}: not true after {START_SECONDS:.0f} s: {query}")
            time.sleep(POLL_SECONDS)

    def _copy_from(self, primary: PostgresServer) -> None:
        self._own_folders()
        source = f"{primary.dsn} application_name={self.name}"
        options = ("--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf", "--no-sync")
        self._run("pg_basebackup", "-d", source, "-D", str(self.data), *options)
        with (self.data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write("synchronous_standby_names = ''\n")  # the copy must not wait for itself

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            _end(self._process, how)


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _clean_up(processes: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    for process in processes:
        _end(process, signal.SIGINT)
    shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    """Say as whom children run: nothing special, or for root the first unprivileged account there is."""
    if os.geteuid() != 0:
        return {}
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise ServerProblem(
        f"root cannot run PostgreSQL, and there is no account {' or '.join(ACCOUNTS)}; make one"
    )
