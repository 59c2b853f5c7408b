"""`knockdown sweep`: the document, what a person reads, refusals in words."""

import json

import pytest
from cli_shell import faults_of, knockdown

from knockdown.documents.sweep import SweepResult

STATION = {"service": {"A": {"dist": "exp", "mean": 1.0}}}
LINE = {"schema": "knockdown.line/1", "stations": [STATION, STATION], "buffers": [5]}
SMALL = ("--replications", 16, "--vehicles", 400, "--warmup", 50)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "line.json"
    path.write_text(json.dumps(LINE), encoding="utf-8")
    return path


def test_json_is_the_document(file, tmp_path):
    argv = (
        "sweep",
        file,
        "--vary",
        "buffers.*=0,5",
        "--metric",
        "blocked_*",
        "--out",
        tmp_path / "o",
        *SMALL,
    )
    done = knockdown(*argv, "--json", "--seed", 7)
    assert done.returncode == 0, done.stderr
    paper = SweepResult.from_json(done.stdout)
    assert (paper.subject, paper.kind, paper.seed, paper.base) == ("line.json", "line", 7, 2)
    assert {"throughput", "wip", "blocked_1"} <= set(paper.points[0].metrics)
    assert "starved_2" not in paper.points[0].metrics
    assert (tmp_path / "o" / "sweep.json").read_text(encoding="utf-8") == done.stdout
    assert (tmp_path / "o" / "points.csv").read_text(encoding="utf-8").count("\n") == 3
    assert "sweeping 2 points" in done.stderr
    assert not knockdown(*argv, "--json", "--quiet").stderr


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_person_reads_points_gains_and_a_map(file, tmp_path, encoding):
    axes = ("--vary", "buffers.*=0:8:4", "--vary", "stations.2.places=1:2")
    best = ("--best", "throughput", "--within", "2%", "--vehicles", 2000)
    done = knockdown("sweep", file, *axes, *best, "--out", tmp_path / "o", env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    for words in (
        "6 points",
        "Point 6 has the highest throughput",
        "95 %",
        "saved",
        "Gain",
        "down, stations",
    ):
        assert words in told


def test_a_race_without_an_end_is_status_1(file, tmp_path):
    argv = ("--vary", "buffers.*=5,6,7", "--best", "throughput", "--within", "0.001%", *SMALL)
    done = knockdown("sweep", file, *argv, "--out", tmp_path / "o")
    assert done.returncode == 1, done.stderr
    assert "Not decided" in done.stdout


def test_refusals(file, tmp_path):
    argv = ("--on", "spark", "--within", "1%", "--replications", 1, "--workers", 0, "--json")
    found = faults_of(knockdown("sweep", file, "--vary", "x", *argv))
    assert [fault.file for fault in found] == ["--vary", "--replications", "--within", "--on", "--workers"]
    found = faults_of(knockdown("sweep", file, "--vary", "bufers.1=1", "--out", tmp_path / "o", "--json"))
    assert [(fault.column, "buffers" in fault.next_step) for fault in found] == [("bufers.1", True)]
    found = faults_of(
        knockdown("sweep", file, "--vary", "buffers.1=1", "--best", "thruput", "--json", *SMALL, cwd=tmp_path)
    )
    assert [(fault.file, fault.next_step) for fault in found] == [("--best", "use throughput")]
