"""The figures are measured as said; the figures themselves are for `knockdown bench kitting`."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from knockdown.cli import show_bench
from knockdown.documents.kit_bench import KitBenchReport
from knockdown.kitting.trials import bench, kit_histories, packing_bench, ready_lots
from knockdown.kitting.trials.bench import LONG, SHORT, Counts, table
from knockdown.kitting.trials.ready_lots import Size

TINY = Counts(
    n_lots=1,
    n_lines=60,
    ready_size=Size(n_units=40, n_parts=60, n_lots=3, n_variants=2, n_days=5),
    ready_seeds=(1,),
    n_shortages=8,
    n_units=6,
    resolve_seeds=(1,),
    n_enumerated=10,
    n_histories=3,
    peer_seconds=5.0,
)


@pytest.fixture(scope="module")
def measured():
    told = []
    return table(False, told.append, TINY), told


def test_every_figure_of_the_promise_has_its_row(measured):
    report, told = measured
    words = ("import", "import", "clear to build", "resolve 8 shortages", "resolve on random", "parts in =")
    assert len(report.rows) == len(words) == len(told)
    for row, word in zip(report.rows, words, strict=True):
        assert row.name.startswith(word)
        assert row.load >= 0
        assert row.target
    assert [row.peer is not None for row in report.rows] == [False, False, True, True, True, True]


def test_what_is_counted_is_right_whatever_the_clock_says(measured):
    report, _ = measured
    imported, _, ready, resolved, equal, conserved = report.rows
    assert "every line stored as written" in imported.figure
    assert "gap 0.00%" in ready.figure
    assert "100.00% of the value" in ready.peer
    assert "gap 0.00%" in resolved.figure
    assert (equal.figure, equal.ok) == ("10 of 10 equal", True)
    assert (conserved.figure.rpartition(": ")[2], conserved.ok) == ("0 differ", True)


def test_the_report_is_a_paper_and_is_shown(measured):
    report, _ = measured
    text = report.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == "knockdown.bench.kitting/1"
    assert KitBenchReport.model_validate_json(text) == report
    out = io.StringIO()
    show_bench.promises(Console(file=out, width=100), "Kits", report)
    assert "Kits, measured here" in out.getvalue()
    assert "Beside it: HiGHS" in out.getvalue()


def test_the_counts_are_those_promised():
    for counts in (SHORT, LONG):
        assert counts.n_lots * counts.n_lines == 100_000
        assert (counts.ready_size.n_units, counts.ready_size.n_parts) == (2_000, 1_500)
        assert (counts.ready_size.n_lots, counts.ready_size.wrong) == (40, 0.05)
        assert (counts.n_shortages, counts.n_enumerated >= 500) == (300, True)
    assert (SHORT.n_histories, LONG.n_histories) == (300, 5_000)


def test_a_broken_promise_is_told(monkeypatch):
    def broken(seed):
        told = kit_histories.history(seed)
        told.book.cells["L-1", "P-1"].on_hand += 1
        return told

    monkeypatch.setattr(bench, "history", broken)
    row = bench._conserved(TINY)
    assert (row.ok, row.figure.endswith("3 differ: seeds 0, 1, 2")) == (False, True)
    monkeypatch.setattr(bench, "least_cents", lambda question: -1)
    assert not bench._enumerated(TINY).ok
    wrong = packing_bench.ImportRow("x", 10, 0.1, 0.1, 0.1, 0.0, 10.0, 10.0, is_right=False)
    assert not bench._import_row(wrong, 0.0).ok
    slow = ready_lots.Measured("x", 9, 9, 1.5, 1.5, 0.0, 1, 0.1, 1, 0.1, 1.0, 0.0, 1.0, 1.0, 1.0)
    assert not bench._ready_row(slow, TINY.ready_size, 0.0).ok
    assert not bench._ready_row(replace(slow, ready_first_s=0.95), TINY.ready_size, 0.0).ok
    assert bench._ready_row(replace(slow, ready_first_s=0.85), TINY.ready_size, 0.0).ok
