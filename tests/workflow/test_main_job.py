"""The main job as a function: its papers agree, its clock is passed in, and Ctrl-C keeps what is done."""

import inspect
import re

import pytest
import small_folder

import knockdown as kd
from knockdown.basics.clock import FixedClock
from knockdown.planning.solve import PlanOptions
from knockdown.workflow import main_job, prepare, rehearse
from knockdown.workflow.papers import NetworkTwins
from knockdown.workflow.progress import Step

FAST = {"seconds": 20.0, "limits": 0}
NOON = FixedClock(1_767_268_800_000)  # 2026-01-01 12:00 UTC


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_folder.write(tmp_path_factory.mktemp("job") / "small")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Two copies of the small plant under two names."""
    folder = tmp_path_factory.mktemp("job") / "pair"
    for name in ("one", "two"):
        small_folder.write(folder / name, {"plant.toml": small_folder.TOML.replace('"small"', f'"{name}"')})
    head = small_folder.TOML.partition("[facility]")[0].replace('"small"', '"pair"')
    planning = small_folder.TOML.partition("[planning]")[2]
    (folder / "plant.toml").write_text(
        f'{head}kind = "network"\nmembers = ["one", "two"]\n[planning]{planning}', encoding="utf-8"
    )
    (folder / "shared_demand.csv").write_text(
        "id,market,published_as,date_from,date_to,units_year,source\nall,az,tractors,2026,2027,300,assumption\n"
    )
    return folder


def test_papers_agree_and_stages_are_told(small, tmp_path):
    steps: list[Step] = []
    job = main_job.run(small, tmp_path, **FAST, replications=4, tell=steps.append, clock=NOON)
    assert job.has_plan
    assert list(job.twins) == list(job.calendars) == ["small"]
    assert job.twins["small"].periods == job.plan.periods
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages[0].startswith("reading")
    assert stages[-1] == "writing the report"
    assert any(stage.startswith("simulating small") for stage in stages)
    assert all(0 <= (step.share or 0) <= 1 and (step.left_s or 0) >= 0 for step in steps)
    assert set(job.seconds) == {"check", "plan", "calendar", "simulate", "report"}
    assert re.search("2026-01-01 [0-9]{2}:00", (tmp_path / "report.html").read_text("utf-8"))
    assert job.paper().files["report"] == "report.html"


def test_the_same_papers_give_the_same_report(small, tmp_path):
    first = main_job.run(small, tmp_path / "a", **FAST, replications=4, clock=NOON)
    again = main_job.report(small, tmp_path / "a" / "plan.json", tmp_path / "b", clock=NOON)
    for name in ("report", "workbook"):
        assert first.files[name].read_bytes() == again.files[name].read_bytes(), name


def test_a_network_is_simulated_plant_by_plant(network, tmp_path):
    job = main_job.run(network, tmp_path, **FAST, replications=4)
    assert set(job.twins) == set(job.calendars) == {"one", "two"}
    for name, calendar in job.calendars.items():
        built = sum(row.units for row in job.plan.build if row.plant == name)
        assert len(calendar.units) >= built
    twins = kd.simulate(network, job.plan, replications=4)
    assert isinstance(twins, NetworkTwins)
    assert {name: twin.checksum for name, twin in twins.members.items()} == {
        name: twin.checksum for name, twin in job.twins.items()
    }
    assert {"calendar-one.json", "twin-two.json"} <= {path.name for path in tmp_path.iterdir()}


def test_ctrl_c_in_the_simulation_keeps_plan_and_report(small, tmp_path, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / "twin-small.json").write_text("of an older run")
    monkeypatch.setattr(main_job, "twins_of", stopped)
    job = main_job.run(small, tmp_path, **FAST, replications=4)
    assert job.stopped
    assert job.paper().stopped
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html", "report.xlsx", "plan.json", "calendar-small.json",
    }  # fmt: skip


def test_a_report_that_cannot_be_made_leaves_nothing_half_written(small, tmp_path, monkeypatch):
    from knockdown.reports import html

    def broken(path, *_):
        path.write_text("half")
        raise RuntimeError("inside")

    monkeypatch.setattr(html, "write", broken)
    with pytest.raises(RuntimeError):
        main_job.run(small, tmp_path, **FAST, replications=4)
    assert not list(tmp_path.glob("*report*"))
    assert not list(tmp_path.glob(".*"))


def test_simulating_without_a_plan_plans_first(small):
    twin = kd.simulate(kd.load(small), replications=2)
    assert twin.plant == "small"


def test_an_unsolved_plan_is_not_played(small):
    plan = kd.plan(small, months=1, **FAST).model_copy(update={"status": "infeasible"})
    with pytest.raises(kd.BadInput, match="nothing to play"):
        kd.simulate(small, plan)


def test_refusals_of_the_simulator_are_faults(small, monkeypatch):
    from knockdown.simulating import run

    def refuse(*_, **__):
        raise ValueError("lines feed one another in a circle; change `needs`")

    plan = kd.plan(small, months=1, **FAST)
    monkeypatch.setattr(run, "simulate", refuse)
    with pytest.raises(kd.BadInput) as refused:
        rehearse.simulate(small, plan)
    assert refused.value.faults[0].next_step == "change `needs`"


RUN_GAP = 0.01
"""The main job answers sooner: it plans to 1 %, where `plan` alone aims at half of that."""


def test_defaults_agree_everywhere():
    """The command line, the Python words and the planner itself must not disagree on what is usual."""
    from knockdown.cli import verbs

    ours = inspect.signature(prepare.plan_options).parameters
    usual = PlanOptions()
    for name in ("months", "start", "by", "seconds", "gap", "work", "seed", "limits"):
        for function in (kd.plan, kd.run, verbs.plan, verbs.run):
            is_main_job = function in (kd.run, verbs.run)
            expected = RUN_GAP if name == "gap" and is_main_job else ours[name].default
            assert inspect.signature(function).parameters[name].default == expected, (function, name)
        assert ours[name].default == getattr(usual, name), name


def test_the_package_names_its_words():
    for name in kd.__all__:
        assert getattr(kd, name) is not None
        assert name in dir(kd)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = kd.nope


def test_type_checkers_see_the_same_words():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(kd.__file__).with_suffix(".pyi").read_text("utf-8"))
    homes = {
        alias.asname: f"{node.module}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert homes == {name: f"knockdown.{home}" for name, home in kd._HOMES.items()}
