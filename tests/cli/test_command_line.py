"""The command line from outside: statuses, one JSON document on stdout, every fault listed, quick to open."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import small_folder

from knockdown import __version__
from knockdown.cli.main import VERBS
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import TwinResult
from knockdown.plant.load import load
from knockdown.workflow.check_plant import CheckReport
from knockdown.workflow.papers import FaultList, NewFolder, PlantList, RunReport

HEAVY = ("numpy", "numba", "highspy", "pydantic", "rich", "jinja2", "xlsxwriter", "holidays")
ROOMS = ("plant", "planning", "simulating", "reports", "workflow", "documents", "events", "evidence")
FAST = ("--seconds", "20", "--limits", "0")


def knockdown(*argv, cwd=None, env=None, **more):
    """Run the command as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "knockdown.cli.main", *map(str, argv)],
        cwd=cwd,
        env=os.environ | {"COLUMNS": "120", "PYTHONIOENCODING": "utf-8"} | (env or {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
        **more,
    )


def faults_of(done):
    """The faults printed as JSON, which must be those listed on stderr."""
    assert done.returncode == 2, done.stderr
    listed = FaultList.model_validate_json(done.stdout).faults
    for fault in listed:
        assert fault.problem in done.stderr
    assert f"knockdown: {len(listed)} fault" in done.stderr
    assert "Traceback" not in done.stderr
    return listed


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_folder.write(tmp_path_factory.mktemp("cli") / "small")


@pytest.fixture(scope="module")
def ran(small, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "deep" / "er"
    done = knockdown("run", small, "--out", out, *FAST, "--replications", 8, "--json")
    assert done.returncode == 0, done.stderr
    return done, out


# Opening


@pytest.mark.parametrize("argv", [["--help"], [], ["--version"], ["plan", "--help"], ["run", "--help"]])
def test_help_imports_nothing_heavy(argv):
    code = (
        "import sys\n"
        "from knockdown.cli.main import run\n"
        f"assert run({argv}) == 0\n"
        "print(' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    verb = len(argv) == 2  # for a verb's own help Typer itself asks for pydantic
    assert not loaded & (set(HEAVY) - {"pydantic"} if verb else set(HEAVY))
    assert not {name for name in loaded if name.startswith(tuple(f"knockdown.{room}" for room in ROOMS))}


def test_importing_the_package_is_light():
    code = "import sys, knockdown as kd; dir(kd); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not set(loaded.split()) & {*HEAVY, "knockdown.workflow"}


def test_every_verb_has_an_example_that_names_it():
    for verb, (_, examples) in VERBS.items():
        shown = knockdown(verb, "--help").stdout
        assert re.search(r"^  Examples?:$", shown, flags=re.MULTILINE), shown
        assert all(f"  {line}\n" in shown and line.startswith(f"knockdown {verb}") for line in examples)


def test_version():
    assert knockdown("--version").stdout == f"knockdown {__version__}\n"


# Answers


def test_plants_are_listed_one_a_line():
    lines = knockdown("plants").stdout.splitlines()
    listed = PlantList.model_validate_json(knockdown("plants", "--json").stdout)
    assert [line.split()[0] for line in lines] == [plant.id for plant in listed.plants]
    assert all(len(line) <= 120 for line in lines)


@pytest.mark.parametrize("name", ["ganja", "azerbaijan"])
def test_a_new_folder_is_the_built_in_plant(name, tmp_path):
    done = knockdown("new", tmp_path / "mine", "--from", name, "--json")
    assert done.returncode == 0, done.stderr
    made = NewFolder.model_validate_json(done.stdout)
    assert all((tmp_path / "mine" / file).is_file() for file in made.files)
    mine = CheckReport.model_validate_json(knockdown("check", tmp_path / "mine", "--json").stdout)
    built_in = CheckReport.model_validate_json(knockdown("check", name, "--json").stdout)
    assert mine.provenance.input_digest == built_in.provenance.input_digest
    assert mine == built_in
    again = knockdown("new", tmp_path / "mine", "--json")
    assert faults_of(again)[0].problem == "exists and is not an empty folder"


def test_csv_and_xlsx_folders_are_the_same_plant(small, tmp_path):
    small_folder.write(tmp_path / "books")
    for stem in small_folder.TABLES:
        path = tmp_path / "books" / f"{stem}.csv"
        small_folder.write_xlsx(path.with_suffix(".xlsx"), small_folder.rows_of(path.read_text()))
        path.unlink()
    assert load(tmp_path / "books") == load(small)
    done = knockdown("check", tmp_path / "books")
    assert done.returncode == 0, done.stderr
    assert done.stdout == knockdown("check", small).stdout


def test_check_tells_sizes(small):
    done = knockdown("check", "ganja")
    assert done.returncode == 0
    assert done.stderr == ""
    for words in (
        "Ganja Auto Plant: no faults",
        "work elements",
        "part lines",
        "Belarus tractors",
        "Assumed",
    ):
        assert words in done.stdout


def test_schema_prints_the_published_files():
    names = knockdown("schema").stdout.split()
    assert {"plant", "plan", "simulate-plant", "build-calendar", "check", "events"} <= set(names)
    assert json.loads(knockdown("schema", "plan").stdout)["title"] == "knockdown.plan/1"


def test_plan_prints_one_document_and_saves_it(small, tmp_path):
    done = knockdown("plan", small, "--months", 2, *FAST, "--json", "--out", tmp_path / "to" / "plan.json")
    assert done.returncode == 0, done.stderr
    plan = MasterPlan.from_json(done.stdout)
    assert plan.periods == ("2026-01", "2026-02")
    assert (tmp_path / "to" / "plan.json").read_text("utf-8") == done.stdout
    assert [p.name for p in (tmp_path / "to").iterdir()] == ["plan.json"]
    assert "planning small" in done.stderr


def test_quiet_is_quiet(small):
    done = knockdown("plan", small, "--months", 1, *FAST, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Small plant" in done.stdout


def test_the_same_work_gives_the_same_plan(small):
    plans = [
        MasterPlan.from_json(knockdown("plan", small, "--work", 50, "--limits", 0, "--json").stdout)
        for _ in range(2)
    ]
    assert plans[0].model_copy(update={"seconds": 0.0}) == plans[1].model_copy(update={"seconds": 0.0})


def test_run_writes_every_paper(ran):
    done, out = ran
    report = RunReport.model_validate_json(done.stdout)
    written = {path.name for path in out.iterdir()}
    assert written == {"report.html", "report.xlsx", "plan.json", "calendar-small.json", "twin-small.json"}
    assert set(report.files.values()) == written
    plan = MasterPlan.from_json((out / "plan.json").read_text("utf-8"))
    calendar = BuildCalendar.from_json((out / "calendar-small.json").read_text("utf-8"))
    twin = TwinResult.from_json((out / "twin-small.json").read_text("utf-8"))
    assert report.units_built == sum(row.units for row in plan.build)
    assert len(calendar.units) >= report.units_built
    assert twin.replications == 8
    stages = [line.split(maxsplit=2)[2] for line in done.stderr.splitlines() if " s  " in line]
    assert stages[0].startswith("reading")
    assert stages[-1] == "writing the report"


def test_simulate_plays_a_saved_plan_to_the_bit(small, ran):
    _, out = ran
    done = knockdown("simulate", small, "--plan", out / "plan.json", "--replications", 8, "--json")
    assert done.returncode == 0, done.stderr
    twin = TwinResult.from_json((out / "twin-small.json").read_text("utf-8"))
    assert TwinResult.from_json(done.stdout).checksum == twin.checksum
    shown = knockdown("simulate", small, "--plan", out / "plan.json", "--replications", 8, "--quiet")
    assert twin.checksum in shown.stdout


def test_report_is_written_again_from_saved_papers(small, ran, tmp_path):
    _, out = ran
    done = knockdown("report", small, "--plan", out / "plan.json", "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.xlsx"}
    stamp = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
    pages = [stamp.sub("", (folder / "report.html").read_text("utf-8")) for folder in (out, tmp_path)]
    assert pages[0] == pages[1]


def test_a_second_run_leaves_no_paper_of_the_first(small, tmp_path):
    (tmp_path / "twin-small.json").write_text("{}")
    (tmp_path / "keep.txt").write_text("mine")
    starved = small_folder.TOML.replace("opening_cash = 900000", "opening_cash = 0")
    poor = small_folder.write(
        tmp_path / "poor", {"plant.toml": starved.replace("credit_limit = 300000", "credit_limit = 0")}
    )
    done = knockdown("run", poor, "--out", tmp_path, *FAST, "--replications", 4)
    assert done.returncode in (0, 1), done.stderr
    assert (tmp_path / "keep.txt").exists()
    twin = tmp_path / "twin-small.json"
    assert not twin.exists() or twin.read_text() != "{}"


def test_an_impossible_plant_is_answered_with_no(small, tmp_path):
    folder = impossible(tmp_path / "p")
    for verb in ("plan", "run"):
        more = ("--out", tmp_path / "out") if verb == "run" else ()
        done = knockdown(verb, folder, *FAST, *more, "--json")
        assert done.returncode == 1, done.stderr
        assert json.loads(done.stdout)["status"] == "infeasible"
    assert (tmp_path / "out" / "report.html").exists()
    assert knockdown("simulate", folder).returncode == 1
    assert "cannot hold together" in knockdown("plan", folder, *FAST).stdout


def impossible(folder: Path) -> Path:
    """A firm order for more than the market's quota, and no patience to wait for the next year's."""
    demand = small_folder.TABLES["demand"].replace("12,flat,9300,USD,unit,no", "900,flat,9300,USD,unit,yes")
    return small_folder.write(folder, {"demand.csv": demand})


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
