"""`knockdown simulate PLANT calibrate`: the review, the document, refusals in words."""

import pytest
from cli_shell import faults_of, knockdown

from knockdown.documents.calibration import Calibration
from knockdown.events.codec import to_line
from knockdown.events.envelope import tell
from knockdown.events.vocabulary import KitLotArrived, KitLotCleared, KitLotOrdered

DAY, BEGAN = 86_400_000, 1_767_571_200_000


@pytest.fixture(scope="module")
def hall(small, tmp_path_factory):
    """The small plant with a ledger in which lots take 40 to 72 days; its contract says 20 to 45."""
    home = tmp_path_factory.mktemp("calibrate")
    told = []
    for k in range(40):
        ordered = BEGAN + 4 * k * DAY
        there = ordered + (40 + 7 * k % 33) * DAY
        order = KitLotOrdered(contract_id="k25", variant_id="t80a", n_kits=10)
        for version, (at, body) in enumerate(
            [(ordered, order), (there, KitLotArrived()), (there + (1 + k % 3) * DAY, KitLotCleared())],
            start=1,
        ):
            told.append(tell(body, writer="floor", run="hall", subject_id=f"L{k}", version=version,
                             happened_at=at))  # fmt: skip
    (home / "floor.jsonl").write_text("".join(map(to_line, told)), encoding="utf-8")
    ledger = home / "ledger.sqlite"
    for argv in (("init",), ("append", home / "floor.jsonl")):
        done = knockdown("ledger", small, *argv, "--ledger", ledger)
        assert done.returncode == 0, done.stderr
    return small, ledger


def calibrate(hall, *argv, **more):
    plant, ledger = hall
    return knockdown("simulate", plant, "calibrate", "--ledger", ledger, *argv, **more)


@pytest.mark.parametrize("env", [{}, {"PYTHONIOENCODING": "ascii", "COLUMNS": "60"}])
def test_a_person_reads_a_review(hall, env):
    done = calibrate(hall, env=env)
    assert done.returncode == 0, done.stderr
    for word in ("lead_time k25", "lead_high_days", "contracts.csv", "Nothing is changed", "Not fitted",
                 "no StationStopped is recorded"):  # fmt: skip
        assert word in " ".join(done.stdout.split())


def test_the_document_can_be_read_again(hall, tmp_path):
    done = calibrate(hall, "--json", "--out", tmp_path / "c.json", "--write", tmp_path / "fitted")
    paper = Calibration.from_json(done.stdout)
    assert (tmp_path / "c.json").read_text(encoding="utf-8") == done.stdout
    assert {change.column for change in paper.changes} == {"lead_low_days", "lead_days", "lead_high_days"}
    assert knockdown("check", tmp_path / "fitted").returncode == 0


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (("calibrate", "--plan", "p.json", "--replications", "3"), {"--plan", "--replications"}),
        (("calibrate", "--vehicles", "3"), {"--vehicles"}),
        (("--since", "2026-01-01", "--write", "x"), {"--since", "--write"}),
        (("calibrat",), {"WHAT"}),
        (("calibrate", "--since", "soon", "--holdout-weeks", "-1"), {"--since", "--holdout-weeks"}),
    ],
)
def test_options_that_do_not_go_together_are_refused(small, argv, named):
    found = faults_of(knockdown("simulate", small, *argv, "--json"))
    assert {fault.file for fault in found} == named


def test_without_a_ledger_it_says_how_to_make_one(small, tmp_path):
    done = knockdown("simulate", small, "calibrate", "--ledger", tmp_path / "none.sqlite")
    assert done.returncode == 2
    assert "init" in done.stderr
