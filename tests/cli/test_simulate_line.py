"""`knockdown simulate` of a line file: known by its content, refused in words, never a traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from cli_shell import faults_of, knockdown

from knockdown.documents.line_result import LineResult

STATION = {"service": {"A": {"dist": "exp", "mean": 1.0}}}
LINE = {"schema": "knockdown.line/1", "stations": [STATION, STATION], "buffers": [5]}
KITS = {"schema": "knockdown.kits/1", "lot_size": 6, "parts_per_kit": 40, "p_missing": 0.01}
SMALL = ("--replications", 8, "--vehicles", 400)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "line.json"
    path.write_text(json.dumps(LINE), encoding="utf-8")
    return path


def test_json_is_the_document(file, tmp_path):
    done = knockdown("simulate", file, "--json", "--seed", 2**63, "--out", tmp_path / "a" / "b.json", *SMALL)
    assert done.returncode == 0, done.stderr
    answer = LineResult.from_json(done.stdout)
    assert (answer.line, answer.seed, answer.replications, answer.vehicles) == ("line.json", 2**63, 8, 400)
    assert {"throughput", "blocked_1", "starved_2", "buffer_2", "wip"} <= set(answer.metrics)
    assert (tmp_path / "a" / "b.json").read_text(encoding="utf-8") == done.stdout
    assert "simulating line.json" in done.stderr
    assert not knockdown("simulate", file, "--json", "--quiet", *SMALL).stderr


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_person_reads_stations_and_units(file, encoding):
    done = knockdown("simulate", file, *SMALL, env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr
    for words in (
        "Throughput",
        "per unit of time of the file",
        "Station",
        "Blocked",
        "95 % interval",
        "lanes",
    ):
        assert words in " ".join(done.stdout.split())


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_limits_it_and_what_would_help(file, encoding):
    done = knockdown("simulate", file, "--gains", *SMALL, env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    for words in (
        "What limits it",
        "Critical path",
        "Momentary bottleneck",
        "What would help",
        "10 % faster",
    ):
        assert words in text
    done = knockdown("simulate", file, *SMALL)
    assert "What limits it" in done.stdout
    assert "What would help" not in done.stdout


def test_gains_in_the_document(file):
    answer = LineResult.from_json(knockdown("simulate", file, "--json", "--gains", *SMALL).stdout)
    assert {(gain.kind, gain.station) for gain in answer.gains} == {
        ("place", "1"), ("place", "2"), ("faster", "1"), ("faster", "2"), ("buffer", "2")
    }  # fmt: skip
    assert [each.station for each in answer.bottleneck.stations] == ["1", "2"]
    plain = LineResult.from_json(knockdown("simulate", file, "--json", *SMALL).stdout)
    assert (plain.gains, plain.bottleneck) == ((), answer.bottleneck)
    assert (plain.metrics, plain.checksum) == (answer.metrics, answer.checksum)


def test_a_line_without_a_critical_path_says_why(tmp_path):
    places = LINE | {"stations": [STATION, STATION | {"places": 2}]}
    (tmp_path / "line.json").write_text(json.dumps(places), encoding="utf-8")
    done = knockdown("simulate", "line.json", *SMALL, cwd=tmp_path)
    assert "No critical path: a station has several places" in " ".join(done.stdout.split())


def test_a_kits_file(tmp_path):
    (tmp_path / "kits.txt").write_text("\n " + json.dumps(KITS), encoding="utf-8")
    done = knockdown("simulate", tmp_path / "kits.txt", "--replications", 4)
    assert done.returncode == 0, done.stderr
    assert "Kit complete" in done.stdout
    (fault,) = faults_of(knockdown("simulate", tmp_path / "kits.txt", "--gains", "--json"))
    assert fault.file == "--gains"


def test_every_fault_of_a_file_at_once(tmp_path):
    bad = LINE | {"buffers": [-1], "stations": [STATION, {"service": {"A": {"dist": "exp", "mean": "x"}}}]}
    (tmp_path / "line.json").write_text(json.dumps(bad), encoding="utf-8")
    listed = faults_of(knockdown("simulate", "line.json", "--json", cwd=tmp_path))
    assert {(f.file, f.column, f.value) for f in listed} == {
        ("line.json", "buffers[0]", "-1"),
        ("line.json", "stations[1].service.A.mean", '"x"'),
    }


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--plan", "plan.json", "--ledger", "x"], 2),
        (["--replications", "0", "--vehicles", "0", "--half-width", "nan", "--seconds", "-1"], 4),
        (["--threads", "0", "--seed", "-1", "--engine", "magic"], 3),
        (["--warmup", "some"], 1),
        (["--vehicles", "10", "--warmup", "10"], 1),
        (["--trace", "t.xlsx"], 1),
        (["--trace", "t.csv", "--vehicles", "100000000"], 1),
        (["--vehicles", "many"], 1),
        (["--gains", "--plan", "plan.json"], 1),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_options_that_cannot_be(file, options, count):
    assert len(faults_of(knockdown("simulate", file, "--json", *options, cwd=file.parent))) == count
    assert [path.name for path in file.parent.iterdir()] == ["line.json"]


def test_options_of_lines_are_no_options_of_plants():
    listed = faults_of(
        knockdown("simulate", "ganja", "--vehicles", 5, "--common", "--gains", "--warmup", "auto", "--json")
    )
    assert {fault.file for fault in listed} == {"--vehicles", "--common", "--gains", "--warmup"}


def test_broken_files_never_end_in_a_traceback(tmp_path):
    for i, text in enumerate(["", "{", "[" * 50_000, "null", '{"schema": 1}', "\x00", "{}" * 3]):
        (tmp_path / f"{i}.json").write_text(text, encoding="utf-8")
        assert faults_of(knockdown("simulate", tmp_path / f"{i}.json", "--json"))


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send SIGINT to one child")
def test_ctrl_c_ends_cleanly(file):
    argv = [sys.executable, "-m", "knockdown.cli.main", "simulate", str(file), "--vehicles", "300000000"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        assert "simulating" in child.stderr.readline()
        time.sleep(2.0)
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 130
    assert time.monotonic() - began < 20.0
    assert (out, "Traceback" in err) == ("", False)
    assert "stopped" in err
