"""kill -9 of a real writing process: nothing acknowledged is lost, doubled or reordered."""

import os

from knockdown.basics.clock import SystemClock
from knockdown.ledger.trials.kill import kill_often

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))
KILLS = 2_000 if LONG else 200
SEED = 11


def test_killed_writers_lose_nothing(tmp_path):
    result = kill_often(tmp_path / "kill.kd", SystemClock(), SEED, KILLS)
    assert result.ok, f"seed {SEED}: {result}"
    assert result.n_kills == KILLS
    assert result.n_under_load > KILLS / 3, "most writers were killed before they had answered anything"
    assert result.n_stored_unanswered > 0, "no kill came between commit and answer"
    assert result.worst_recovery_s < 2


def test_a_store_that_answers_too_early_is_caught(tmp_path):
    result = kill_often(tmp_path / "kill.kd", SystemClock(), SEED, 10, is_faulty=True)
    assert result.lost > 0
    assert not result.ok
