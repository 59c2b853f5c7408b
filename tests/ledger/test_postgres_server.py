"""The launcher, with real servers of every PostgreSQL this machine has."""

import os
import stat
import time
from pathlib import Path

import psycopg
import pytest

from knockdown.ledger import postgres_binaries
from knockdown.ledger.postgres_binaries import BINARIES_VARIABLE, ServerProblem, find_binaries
from knockdown.ledger.postgres_server import PostgresServer, failover_dsn
from tests.ledger import pg


@pytest.fixture(params=pg.sources(), ids=pg.source_name)
def server(request):
    with PostgresServer(binaries=request.param) as started:
        yield started


def rows(dsn, query):
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def fill(dsn, n_rows=3):
    rows(dsn, "CREATE TABLE kept (n int)")
    rows(dsn, f"INSERT INTO kept SELECT generate_series(1, {n_rows})")


def process_owner(pid):
    return Path(f"/proc/{pid}").stat().st_uid


def test_it_listens_on_a_private_socket_only(server):
    assert rows(server.dsn, "SHOW listen_addresses") == [("",)]
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


def test_it_never_runs_as_root(server):
    assert rows(server.dsn, "SELECT 1") == [(1,)]
    if Path("/proc").exists():
        assert process_owner(server.pid) != 0


def test_text_is_sorted_by_code_point_and_kept_as_utf8(server):
    names = rows(server.dsn, "SELECT t FROM (VALUES ('ə'), ('b'), ('Z'), ('a')) AS v (t) ORDER BY t")
    assert [name for (name,) in names] == ["Z", "a", "b", "ə"]
    assert rows(server.dsn, "SHOW server_encoding") == [("UTF8",)]
    assert rows(server.dsn, "SHOW fsync") == [("on",)]


def test_what_was_committed_outlives_a_kill(server):
    fill(server.dsn)
    for _ in range(3):
        server.kill()
        with pytest.raises(ServerProblem, match="does not run; call start"):
            _ = server.pid
        server.start()
        assert rows(server.dsn, "SELECT count(*) FROM kept") == [(3,)]


def test_a_killed_server_starts_although_its_children_still_run(server):
    fill(server.dsn)
    busy = psycopg.connect(server.dsn, autocommit=True)
    child = busy.info.backend_pid
    os.kill(child, 19)  # SIGSTOP: it cannot notice that the postmaster has gone
    server.kill()
    try:
        started = time.monotonic()
        with pytest.raises(ServerProblem, match="did not start"):
            _start_within(server, seconds=1.0)
        assert time.monotonic() - started < 10
    finally:
        os.kill(child, 18)
        busy.close()
    assert rows(server.start().dsn, "SELECT count(*) FROM kept") == [(3,)]


def _start_within(server, seconds):
    from knockdown.ledger import postgres_server

    before, postgres_server.START_SECONDS = postgres_server.START_SECONDS, seconds
    try:
        server.start()
    finally:
        postgres_server.START_SECONDS = before


def test_a_standby_has_every_commit_when_the_primary_is_killed(server):
    with server.make_standby() as standby:
        fill(server.dsn, 1_000)
        assert rows(standby.dsn, "SELECT pg_is_in_recovery()") == [(True,)]
        server.kill()
        standby.promote()
        assert rows(failover_dsn(server, standby), "SELECT count(*) FROM kept") == [(1_000,)]
        rows(failover_dsn(server, standby), "INSERT INTO kept VALUES (0)")
        with standby.make_standby("third") as third:
            assert rows(third.dsn, "SELECT count(*) FROM kept") == [(1_001,)]


def test_nothing_is_left_behind_by_a_temporary_server(server):
    folder, pid = server.run_folder, server.pid
    server.close()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_starting_twice_is_refused(server):
    with pytest.raises(ServerProblem, match="runs already"):
        server.start()


@pytest.fixture
def open_folder(tmp_path_factory):
    """A folder that an unprivileged account can reach; those of pytest are closed to it."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="kd-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_data_in_a_named_folder_are_kept(open_folder):
    with PostgresServer(open_folder / "data") as server:
        fill(server.dsn)
    with PostgresServer(open_folder / "data") as server:
        assert rows(server.dsn, "SELECT count(*) FROM kept") == [(3,)]


def test_a_folder_with_other_things_is_left_alone(open_folder):
    data = open_folder / "data"
    data.mkdir()
    (data / "note.txt").write_text("mine")
    before = data.stat()
    with pytest.raises(ServerProblem, match=r"holds something else than PostgreSQL's data; name an empty"):
        PostgresServer(data).start()
    assert (data.stat().st_uid, data.stat().st_mode) == (before.st_uid, before.st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another account")
def test_parent_folders_keep_their_owner_and_mode(open_folder):
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ServerProblem, match="cannot enter"):
        PostgresServer(closed / "data").start()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert closed.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another account")
def test_programs_in_a_closed_folder_are_copied_not_opened_up(open_folder):
    found = pg.sources()[-1]
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "bin").symlink_to(found.folder, target_is_directory=True)
    for name in ("share", "lib"):
        if (found.folder.parent / name).exists():
            (closed / name).symlink_to(found.folder.parent / name, target_is_directory=True)
    with PostgresServer(binaries=find_binaries(closed / "bin")) as server:
        assert rows(server.dsn, "SELECT 1") == [(1,)]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_server_that_cannot_start_shows_its_log():
    with pytest.raises(ServerProblem, match=r"did not start.*no_such_setting"):
        PostgresServer(settings={"no_such_setting": "1"}).__enter__()


def test_binaries_are_taken_from_the_configured_folder_first(monkeypatch):
    found = find_binaries()
    monkeypatch.setenv(BINARIES_VARIABLE, str(found.folder))
    assert find_binaries().source == "configured"
    assert find_binaries().major == found.major


def test_a_configured_folder_that_does_not_serve_is_refused_not_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv(BINARIES_VARIABLE, str(tmp_path))
    with pytest.raises(ServerProblem, match="holds no PostgreSQL that runs"):
        find_binaries()


def test_an_old_version_is_refused(tmp_path):
    (tmp_path / "initdb").touch()
    fake = tmp_path / "postgres"
    fake.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
    fake.chmod(0o755)
    with pytest.raises(ServerProblem, match="holds version 14"):
        find_binaries(tmp_path)


def test_where_there_is_no_postgres_the_next_steps_are_named(monkeypatch):
    monkeypatch.setattr(postgres_binaries, "installed_binaries", lambda: None)
    monkeypatch.setattr(postgres_binaries, "wheel_binaries", lambda: None)
    monkeypatch.delenv(BINARIES_VARIABLE, raising=False)
    with pytest.raises(ServerProblem, match="no PostgreSQL 15 or later here; install one"):
        find_binaries()
