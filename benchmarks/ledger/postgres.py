"""Acknowledged events a second through the store on PostgreSQL, against single-row inserts by pgbench.

    .venv/bin/python benchmarks/ledger/postgres.py

Both in turn on one private server, with as many clients as submitters: pgbench inserts one row like an
entry (same columns, types, keys and indexes, an id that falls anywhere in its index) as a prepared statement
and commits, with the same durability and through the same socket; a submitter appends one event and waits
for its receipt. The ledger's triggers are on updates and deletions and cost an insert nothing.
Medians of the rounds. The load of the machine is printed beside them.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time

import psycopg

from knockdown.basics.clock import SystemClock
from knockdown.events.envelope import Event, tell
from knockdown.events.vocabulary import PeopleHired
from knockdown.ledger.book import open_store
from knockdown.ledger.postgres import PostgresBackend
from knockdown.ledger.postgres_server import PostgresServer
from knockdown.ledger.store import Store

RAW_TABLE = """
    CREATE TABLE raw (LIKE knockdown.entry INCLUDING ALL);
    CREATE SEQUENCE raw_position CACHE 100;
"""
RAW_INSERT = """INSERT INTO raw VALUES (nextval('raw_position'), 'floor', 'trial', 'crew/U-' || :client_id,
    (random() * 1e15)::bigint, 'PeopleHired', 1, 1800000000000, 1800000000000, 'TR-07', NULL,
    'ev-' || :client_id || '-' || random(), '{"n_people":3}',
    '\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'::bytea);
"""


def raw_per_s(server: PostgresServer, n_clients: int, n_events: int) -> float:
    """Single-row inserts a second, each committed, by so many clients of pgbench."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(RAW_INSERT.replace("\n", " "))
        script.flush()
        counts = ["-c", str(n_clients), "-j", "2", "-t", str(n_events // n_clients)]
        command = [server.binaries.folder / "pgbench", "-n", "-M", "prepared", *counts, "-f", script.name]
        said = subprocess.run([*command, server.dsn], capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+) \(without initial", said.stdout)
    if said.returncode or not found:
        raise SystemExit(f"pgbench ended with {said.returncode}: {said.stderr or said.stdout}")
    return float(found[1])


def hired(crew: str, version: int) -> Event:
    """An event that the law of the ledger lets pass, as the next of its crew."""
    body = PeopleHired(n_people=3)
    frame = {"writer": "floor", "run": "bench", "subject_id": crew, "version": version, "place": "TR-07"}
    return tell(body, happened_at=1_800_000_000_000, **frame)


def ours_per_s(store: Store, name: str, n_submitters: int, n_events: int) -> tuple[float, list[float]]:
    """Acknowledged events a second, and the seconds each waited."""
    n_each = n_events // n_submitters
    told = [[hired(f"{name}-{i}", v) for v in range(1, n_each + 1)] for i in range(n_submitters)]
    waits: list[float] = []
    threads = [threading.Thread(target=submit, args=(store, some, waits)) for some in told]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == n_each * n_submitters, "a submitter failed"
    return len(waits) / (time.perf_counter() - started), waits


def submit(store: Store, events: list[Event], waits: list[float]) -> None:
    """Append one after the other, each when the one before it is acknowledged."""
    for event in events:
        began = time.perf_counter()
        store.append([event])
        waits.append(time.perf_counter() - began)


def row(server: PostgresServer, store: Store, n_clients: int, n_events: int, n_rounds: int) -> str:
    """One row of the table."""
    raw, ours, waits = [], [], []
    for number in range(n_rounds):
        raw.append(raw_per_s(server, n_clients, n_events))
        rate, waited = ours_per_s(store, f"U{n_clients}-{number}", n_clients, n_events)
        ours.append(rate)
        waits += waited
    ratio = statistics.median(ours) / statistics.median(raw)
    cuts = statistics.quantiles(waits, n=100)
    rates = f"{statistics.median(raw):,.0f} | {statistics.median(ours):,.0f} | {100 * ratio:.0f} %"
    return (
        f"| {n_clients} | {rates} | {1000 * cuts[49]:.1f} | {1000 * cuts[98]:.1f} | {1000 * max(waits):.0f} |"
    )


def main() -> None:
    """One row for each number of clients."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=16_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, nargs="+", default=[16, 64])
    asked = parser.parse_args()
    with PostgresServer(settings={"max_connections": "150"}) as server:
        store = open_store(PostgresBackend.create(server.dsn, "bench", 0), SystemClock())
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute(RAW_TABLE.encode())
        print(f"PostgreSQL {server.binaries.major} ({server.binaries.source}), {os.cpu_count()} cores")
        print("| clients | pgbench inserts/s | acknowledged events/s | ratio | p50 ms | p99 ms | max ms |")
        print("|---|---|---|---|---|---|---|")
        for n_clients in asked.clients:
            print(row(server, store, n_clients, asked.events, asked.rounds), flush=True)
        store.close()
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
