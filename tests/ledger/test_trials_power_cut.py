"""Power cuts on a simulated disk: FULL loses nothing; NORMAL, OFF and faulty stores must be seen to."""

import os
import random

import pytest

from knockdown.ledger.trials.disk import Call
from knockdown.ledger.trials.platter import Platter
from knockdown.ledger.trials.power_cut import cut_often
from knockdown.ledger.trials.work import LateCommit, NotSettled
from tests.ledger.quick import quick_folder

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))
CUTS, RECORDINGS = (25_000, 250) if LONG else (500, 10)


@pytest.mark.parametrize("seed", [21, 22])
def test_full_loses_nothing(seed):
    with quick_folder() as folder:
        result = cut_often(folder, seed, CUTS, RECORDINGS)
    assert result.ok, result
    assert result.n_cuts == CUTS
    assert result.n_deaths > 0
    assert result.n_failed_waits > 0


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_less_than_full_loses(synchronous):
    with quick_folder() as folder:
        result = cut_often(folder, 23, 100, 2, synchronous)
    assert result.n_cuts_with_losses > 0
    assert synchronous == "NORMAL" or result.n_damaged > 0


@pytest.mark.parametrize("opens", [LateCommit, NotSettled], ids=lambda kind: kind.__name__)
def test_a_faulty_store_is_caught(opens):
    # NotSettled answers from a log that a dead process did not wait for: once a fault of this ledger.
    with quick_folder() as folder:
        result = cut_often(folder, 24, 400, 4, opens=opens)
    assert result.n_cuts_with_losses > 0


def test_what_was_synced_outlasts_any_cut():
    platter = Platter()
    for call in (
        Call("open", "a-wal"),
        Call("write", "a-wal", 0, b"1" * 2_000),
        Call("sync", "a-wal", syncs_folder=True),
        Call("write", "a-wal", 500, b"2" * 1_000),
    ):
        platter.take(call)
    contents = {platter.after_a_cut(random.Random(seed))["a-wal"] for seed in range(200)}
    assert {len(content) for content in contents} == {2_000}
    assert all(content[:500] == b"1" * 500 and content[1_500:] == b"1" * 500 for content in contents)
    assert any(b"1" in content[500:1_500] and b"2" in content[500:1_500] for content in contents), "none torn"
    assert len(contents) > 4


def test_a_name_that_was_not_synced_may_be_gone():
    platter = Platter()
    platter.take(Call("open", "a-wal"))
    assert {frozenset(platter.after_a_cut(random.Random(seed))) for seed in range(50)} == {
        frozenset(),
        frozenset({"a-wal"}),
    }
