"""The loads are measured as said; the figures themselves are for `knockdown bench ledger`."""

import os

import pytest

from knockdown.basics.clock import SystemClock
from knockdown.ledger.trials.bench import BenchReport, BenchRow
from knockdown.ledger.trials.load import measure_load, measure_waits
from knockdown.ledger.trials.reach import as_log, measure_histories, measure_recovery

LONG = bool(os.environ.get("KNOCKDOWN_LONG"))
LARGE = 1_000_000 if LONG else 50_000


def test_the_ledger_keeps_up_with_raw_inserts(tmp_path):
    result = measure_load(tmp_path, n_rounds=3, n_each=60)
    assert result.n_events == 64 * 60
    assert result.share > 0.2, result  # the promise is 60 %, on a machine that does nothing else


def test_answers_come_soon_at_200_events_a_second(tmp_path):
    for number in range(3):  # other tests run beside it
        result = measure_waits(tmp_path / f"waits-{number}.kd", SystemClock(), seconds=3)
        assert result.n_events >= 550
        assert result.p50_ms <= result.p99_ms <= result.worst_ms
        if result.p99_ms < 250:
            return
    pytest.fail(f"{result}")


def test_large_ledgers_answer_soon(tmp_path):
    told: list[str] = []
    times = measure_histories(tmp_path / "large.kd", SystemClock(), (10_000, LARGE), told.append)
    assert len(told) == 2
    assert times[-1].median_ms < 5, times
    assert as_log(times) < 1.5, times
    result = measure_recovery(tmp_path / "large.kd", SystemClock(), seed=41, n_kills=5)
    assert result.ok, result
    assert result.worst_recovery_s < 2


@pytest.mark.parametrize("oks", [(True, True), (True, False)])
def test_a_report_is_good_when_every_row_is(oks):
    rows = tuple(BenchRow(name="n", figure="f", target="t", ok=ok) for ok in oks)
    report = BenchReport(is_long=False, n_cores=2, load_before=0.0, load_after=0.0, rows=rows)
    assert report.ok == all(oks)
    assert '"schema":"knockdown.bench.ledger/1"' in report.model_dump_json(by_alias=True)
