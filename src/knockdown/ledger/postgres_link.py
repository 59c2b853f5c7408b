"""Connections to a PostgreSQL that keeps what it acknowledges; refuses one that is set not to."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import generators
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from knockdown.ledger.refusals import LedgerDamaged, NotStored

READ_ONLY, IDLE_TOO_LONG = "25006", "25P03"
LOST_STATES = (READ_ONLY, IDLE_TOO_LONG)

MIN_VERSION = 150_000
RECONNECT_SECONDS = 20.0
OPENING_SECONDS = 2.0  # nobody has written yet, so a wrong address is likelier than a failover
SCHEMA = "knockdown"
# Found dead within seconds, and led to whichever server takes writes; an address may say otherwise.
DEFAULTS = {
    "application_name": "knockdown",
    "connect_timeout": "2",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "target_session_attrs": "read-write",
}
# Every question of a ledger is answered by an index; a table's size that is not yet known to the planner
# must not lead it to read the whole. A writer that hangs lets the others go on after 20 s.
SESSION = {
    "search_path": f"{SCHEMA}, pg_temp",
    "client_encoding": "UTF8",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "standard_conforming_strings": "on",
    "lock_timeout": "30s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "20s",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
}
KEEPS = {
    "synchronous_commit": ("on", "remote_apply"),
    "fsync": ("on",),
    "full_page_writes": ("on",),
}


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that remembers whether a commit did not wait for the standby.

    A commit that is cancelled while it waits stands on this server only, and PostgreSQL answers it with a
    mere warning.
    """

    was_not_replicated = False
    is_prepared = False

    def heed(self, notice: psycopg.errors.Diagnostic) -> None:
        """Look at a warning."""
        if notice.source_function == "SyncRepWaitForLSN":
            self.was_not_replicated = True

    def is_quiet(self) -> bool:
        """Whether the server has said nothing since it was last asked, such as that it goes."""
        try:
            for _ in range(2):  # a farewell comes with the first, and the end of the line with the second
                self.pgconn.consume_input()
        except psycopg.OperationalError:
            return False
        return self.pgconn.status == psycopg.pq.ConnStatus.OK

    def call(self, name: str, values: Sequence[str]) -> psycopg.pq.abc.PGresult:
        """Call a prepared statement in a transaction of its own; returns when that is committed.

        psycopg's `execute` does the same in three times the time.

        Raises
        ------
        psycopg.Error
            As of `execute`.
        """
        self.pgconn.send_query_prepared(name.encode(), [value.encode() for value in values])
        result = self.wait(generators.execute(self.pgconn))[-1]
        if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(result)
        return result


def is_lost(error: psycopg.Error) -> bool:
    """Whether an error means that the server is gone, going, or no longer the one that takes writes.

    >>> is_lost(psycopg.OperationalError("server closed the connection unexpectedly"))
    True
    >>> is_lost(psycopg.errors.DiskFull("no space"))
    False
    """
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate in LOST_STATES or error.sqlstate.startswith(("08", "57P0"))


def address(dsn: str) -> str:
    """Complete an address with what makes a lost server noticed.

    >>> "target_session_attrs=read-write" in address("host=a,b dbname=plant")
    True
    """
    return make_conninfo("", **{**DEFAULTS, **conninfo_to_dict(dsn)})


def connect(dsn: str, allow_unsafe: bool = False) -> Connection:
    """Connect once, and refuse a server that could lose what it acknowledges.

    Parameters
    ----------
    dsn : str
        Complete address, from `address`.
    allow_unsafe : bool
        Let a server pass that is set to lose data; for trials.

    Raises
    ------
    psycopg.OperationalError
        When no server answers that takes writes.
    LedgerDamaged
        When it is older than 15, or set to acknowledge what is not yet on stable storage.
    """
    connection = Connection.connect(dsn, autocommit=True)
    connection.prepare_threshold = None  # psycopg would drop all prepared statements at a rollback
    connection.add_notice_handler(connection.heed)
    try:
        if connection.info.server_version < MIN_VERSION:
            found = connection.info.server_version // 10_000
            raise LedgerDamaged(f"the server is PostgreSQL {found}; the ledger needs 15 or later")
        settings = "; ".join(f"SET {name} = {value}" for name, value in _quoted(SESSION).items())
        connection.execute(settings.encode())
        if not allow_unsafe:
            refuse_unsafe(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _quoted(settings: dict[str, str]) -> dict[str, str]:
    return {name: value if name == "search_path" else f"'{value}'" for name, value in settings.items()}


def refuse_unsafe(connection: Connection) -> None:
    """Refuse a server that may acknowledge what a power cut takes away.

    Raises
    ------
    LedgerDamaged
        Naming the setting and the next step.
    """
    query = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    for name, value in connection.execute(query, (list(KEEPS),)).fetchall():
        wanted = KEEPS[str(name)]
        if value not in wanted:
            raise LedgerDamaged(
                f"the server has {name} = {value} and would lose acknowledged entries at a power cut; "
                f"set it to {wanted[0]}"
            )


def connect_patiently(
    dsn: str,
    allow_unsafe: bool = False,
    seconds: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Connection:
    """Connect, trying for 20 s (or `seconds`) while no server takes writes, as when a standby takes over.

    A server that is not even reached is tried for two seconds more than that, for each host of the address.

    Raises
    ------
    NotStored
        When none did.
    """
    seconds = RECONNECT_SECONDS if seconds is None else seconds
    deadline = time.monotonic() + seconds
    while True:
        try:
            return connect(dsn, allow_unsafe)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise NotStored(
                    f"no PostgreSQL that takes writes within {seconds:.0f} s: {str(error).strip()}; "
                    "look at the address and at the server"
                ) from error
            sleep(random.uniform(0.02, 0.06))
