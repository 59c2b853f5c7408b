"""The command line's refusals: every fault listed, statuses that tell what happened, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_folder
from cli_shell import FAST, faults_of, knockdown

from knockdown.documents.twin_result import TwinResult
from knockdown.workflow.papers import FaultList

# Refusals


BAD_OPTIONS = [
    (["plan", "ganja", "--months", "0", "--start", "2026-13", "--seconds", "-1"], 3),
    (["plan", "ganja", "--gap", "nan", "--limits", "-1", "--work", "0", "--seed", "-1"], 4),
    (["plan", "ganja", "--by", "day"], 1),
    (["plan", "ganja", "--start", "0001-01"], 1),
    (["simulate", "ganja", "--replications", "0", "--seed", "99999999999"], 2),
    (["run", "ganja", "--months", "61", "--replications", "0"], 2),
    (["plan", "ganja", "--months", "many"], 1),
    (["plan", "ganja", "--nope"], 1),
    (["plan"], 1),
    (["nope"], 1),
    (["plan", "ganja", "kiaz"], 1),
    (["schema", "nope"], 1),
    (["check", "no-such-plant"], 1),
    (["check", "x" * 5000], 1),
    (["new", "d", "--from", "nope"], 1),
    (["simulate", "khazar", "--plan", "missing.json"], 1),
    (["report", "khazar", "--plan", "missing.json", "--out", "o"], 1),
]


@pytest.mark.parametrize(
    ("argv", "n_faults"), BAD_OPTIONS, ids=lambda x: " ".join(x)[:40] if isinstance(x, list) else ""
)
def test_bad_usage_lists_every_fault(argv, n_faults, tmp_path):
    assert len(faults_of(knockdown(*argv, "--json", cwd=tmp_path))) == n_faults
    done = knockdown(*argv, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


def test_a_faulty_folder_is_refused_with_all_its_faults(tmp_path):
    models = small_folder.TABLES["models"].replace("2015-,built,90", "20x5-,built,90")
    variants = (
        small_folder.TABLES["variants"].replace("t80,T 80 open", "t8O,T 80 open").replace("350,AZN", "-1,AZN")
    )
    folder = small_folder.write(tmp_path / "p", {"models.csv": models, "variants.csv": variants})
    (folder / "crews.csv").unlink()
    listed = faults_of(knockdown("run", folder, "--json", "--out", tmp_path / "out"))
    places = {(f.file, f.row, f.column) for f in listed}
    assert places == {
        ("models.csv", 3, "built"),
        ("variants.csv", 2, "model"),
        ("variants.csv", 3, "local_cost"),
        ("crews.csv", None, None),
    }
    assert all(f.next_step for f in listed)
    assert not (tmp_path / "out").exists()


def test_values_cannot_drive_the_terminal(tmp_path):
    models = small_folder.TABLES["models"].replace("T 80,T", "\x1b[2J,T").replace("t90,", "\u202et90,")
    done = knockdown("check", small_folder.write(tmp_path / "p", {"models.csv": models}))
    assert done.returncode == 2
    assert "\x1b" not in done.stderr + done.stdout
    assert "\u202e" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not"), ("[]", "is not"), ("{", "is not"), ("{}", "is missing"),
        ('{"schema": "x"}', "is not"), ("[" * 100_000, "is not"), ("\udcff", "is not"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plan_is_refused(content, words, tmp_path):
    path = tmp_path / "plan.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    for verb, more in (("simulate", ()), ("report", ("--out", tmp_path / "o"))):
        listed = faults_of(knockdown(verb, "khazar", "--plan", path, *more, "--json"))
        assert any(words in fault.problem for fault in listed) or listed


def test_a_plan_of_something_else_is_refused(small, ran, tmp_path):
    _, out = ran
    listed = faults_of(knockdown("simulate", "khazar", "--plan", out / "plan.json", "--json"))
    assert listed[0].problem == "is not khazar"
    changed = (out / "plan.json").read_text("utf-8").replace('"variant": "t80a"', '"variant": "gone"')
    (tmp_path / "plan.json").write_text(changed)
    listed = faults_of(knockdown("simulate", small, "--plan", tmp_path / "plan.json", "--json"))
    assert {fault.problem for fault in listed} == {"is not in variants"}


def test_a_plan_of_an_older_description_is_played_with_a_note(ran, tmp_path):
    _, out = ran
    slower = small_folder.TABLES["work_elements"].replace("S2,120", "S2,150")
    folder = small_folder.write(tmp_path / "p", {"work_elements.csv": slower})
    done = knockdown("simulate", folder, "--plan", out / "plan.json", "--replications", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert "another description" in done.stderr
    TwinResult.from_json(done.stdout)


@pytest.mark.parametrize("verb", ["plan", "run"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(verb, small, tmp_path):
    (tmp_path / "file").write_text("mine")
    out = tmp_path / "file" / "plan.json"
    listed = faults_of(knockdown(verb, small, "--out", out, "--json"))
    assert "cannot be written" in listed[0].problem
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_is_no_file_to_save_to(small, tmp_path):
    listed = faults_of(knockdown("plan", small, "--months", 1, *FAST, "--out", tmp_path, "--json"))
    assert "cannot be written" in listed[0].problem


# Accidents


def test_a_reader_that_goes_away_is_no_fault():
    command = f"{sys.executable} -m knockdown.cli.main schema plant | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "knockdown.cli.main", "plants", "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_closed_streams_do_no_harm():
    for closed in ("1>&-", "2>&-", "1>&- 2>&-"):
        command = f"{sys.executable} -m knockdown.cli.main check nope --json {closed}"
        assert subprocess.run(["bash", "-c", command], capture_output=True, check=False).returncode == 2
    command = f"{sys.executable} -m knockdown.cli.main check nope --json 2>&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert FaultList.model_validate_json(done.stdout).faults


def test_a_terminal_without_our_letters_gets_question_marks():
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = knockdown("check", "ganja", env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "é" not in knockdown("plants", "--json", env=env).stdout.encode().decode("utf-8", "strict")


def test_a_fault_of_ours_is_owned_up_to():
    code = (
        "import sys\n"
        "from knockdown.workflow import new_plant\n"
        "from knockdown.cli.main import run\n"
        "def broken(): raise KeyError('inside')\n"
        "new_plant.plants = broken\n"
        "sys.exit(run(['plants']))"
    )
    for debug in ("", "1"):
        env = os.environ | {"KNOCKDOWN_DEBUG": debug}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False
        )
        assert done.returncode == 70
        assert "Please report it" in done.stderr
        assert ("Traceback" in done.stderr) == (debug == "1")


def test_ctrl_c_ends_with_130():
    code = (
        "import sys\n"
        "from knockdown.workflow import new_plant\n"
        "from knockdown.cli.main import run\n"
        "def stopped(): raise KeyboardInterrupt\n"
        "new_plant.plants = stopped\n"
        "sys.exit(run(['plants']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "stopped" in done.stderr
    assert "Traceback" not in done.stderr
