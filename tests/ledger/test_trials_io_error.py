"""Disks that fail and disks that are full: nothing acknowledged is lost, and the same store goes on."""

import os
from contextlib import suppress

import apsw
import pytest

from knockdown.ledger.sqlite import SqliteBackend
from knockdown.ledger.trials.io_error import fail_calls, fill_disk, fill_real_disk
from tests.ledger.quick import quick_folder

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))
CALLS = 750 if LONG else 500
DISKS = 200 if LONG else 20
SEED = 31


def test_every_kth_call_may_fail():
    with quick_folder() as folder:
        result = fail_calls(folder, SEED, CALLS, lasting_step=1 if LONG else 5)
    assert result.ok, f"seed {SEED}: {result}"
    assert result.n_faults == result.n_runs, "some fault never came: the runs are too short"
    assert {"open", "read", "write", "sync", "truncate"} <= result.kinds.keys()
    assert result.n_refused > 0


def test_a_full_disk_is_refused_and_then_goes_on():
    with quick_folder() as folder:
        result = fill_disk(folder, SEED, DISKS)
    assert result.ok, f"seed {SEED}: {result}"
    assert result.n_faults > DISKS / 2


def test_a_real_full_disk(tmp_path):
    result = fill_real_disk(tmp_path, SEED)
    if result is None:
        pytest.skip("mounting a small file system is not allowed here; the simulated one is tried above")
    assert result.ok, f"seed {SEED}: {result}"
    assert result.n_faults == 1


class Careless(SqliteBackend):
    """A planted fault: takes a failed commit for a good one."""

    def commit(self) -> None:
        """Look away."""
        with suppress(apsw.Error):
            super().commit()


def test_a_store_that_ignores_a_failed_commit_is_caught():
    with quick_folder() as folder:
        result = fail_calls(folder, SEED, 60, opens=Careless)
    assert any("VersionConflict" in fault for fault in result.faults), "what it took for stored was not there"
