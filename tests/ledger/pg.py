"""Real PostgreSQL servers for tests. Where there is none, tests fail and say so."""

from __future__ import annotations

import functools
import itertools

import psycopg

from knockdown.ledger.postgres_binaries import Binaries, find_binaries, installed_binaries, wheel_binaries
from knockdown.ledger.postgres_server import PostgresServer

_number = itertools.count(1)


def sources() -> list[Binaries | None]:
    """Every PostgreSQL of this machine; [None] when there is none, so that a server of it fails to start."""
    return [found for found in (installed_binaries(), wheel_binaries()) if found] or [None]


def source_name(binaries: Binaries | None) -> str:
    return f"{binaries.source}-{binaries.major}" if binaries else "missing"


@functools.cache
def shared_server() -> PostgresServer:
    """One server for all tests of this process, stopped at its end."""
    server = PostgresServer(binaries=find_binaries(), settings={"max_connections": "120"})
    return server.start()


def fresh_database(server: PostgresServer | None = None) -> str:
    """Address of a new, empty database of the server, by default the shared one."""
    server = server or shared_server()
    name = f"ledger_{next(_number)}"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.dsn.replace("dbname=postgres", f"dbname={name}")
