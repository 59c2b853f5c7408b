"""The command line's answers: quick help, one JSON document on stdout, papers that can be read again."""

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import small_folder
from cli_shell import FAST, faults_of, knockdown

from knockdown import __version__
from knockdown.cli.main import VERBS
from knockdown.documents.build_calendar import BuildCalendar
from knockdown.documents.master_plan import MasterPlan
from knockdown.documents.twin_result import TwinResult
from knockdown.plant.load import load
from knockdown.workflow.check_plant import CheckReport
from knockdown.workflow.papers import NewFolder, PlantList, RunReport

HEAVY = ("numpy", "numba", "highspy", "pydantic", "rich", "jinja2", "xlsxwriter", "holidays")
ROOMS = ("plant", "planning", "simulating", "reports", "workflow", "documents", "events", "evidence")

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


def test_a_terminal_sees_a_bar_and_the_answer_stays_pure(small):
    """Progress goes to the terminal, which is stderr here; stdout holds the document alone."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "knockdown.cli.main",
        "plan",
        str(small),
        "--months",
        "1",
        *FAST,
        "--json",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, stdin=theirs, check=True)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the end of a terminal that nobody holds any more
        while chunk := os.read(ours, 1 << 20):
            shown += chunk
    os.close(ours)
    assert b"planning small" in shown
    assert MasterPlan.from_json(done.stdout.decode()).periods == ("2026-01",)
