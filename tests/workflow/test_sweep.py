"""A sweep: the same bits wherever and however often it is played, faults all at once, points that agree with
`simulate`."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pytest

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.documents.sweep import SweepResult
from knockdown.workflow.sweep_vary import read_vary

EXP = {"service": {"dist": "exp", "mean": 1.0}}
LINE = {"schema": "knockdown.line/1", "stations": [EXP, EXP, EXP], "buffers": [2, 2]}
VARY = ("stations.2.places=1:2", "buffers.*=0,2,4")
SMALL = {"replications": 20, "vehicles": 600, "warmup": 100}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "line.json"
    path.write_text(json.dumps(LINE), encoding="utf-8")
    return path


def answer(found):
    return [path.read_bytes() for path in found.files]


def needed(name):
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed (the extra knockdown[{name}])")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=1:3", (1, 2, 3)),
        ("a.b=0:1:0.25", (0, 0.25, 0.5, 0.75, 1)),
        ("a.b=0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("a.b=0,2,8:10,inf", (0, 2, 8, 9, 10, "inf")),
        ("a.b=odf,tdf", ("odf", "tdf")),
    ],
)
def test_values_of_an_axis(text, values):
    assert read_vary([text])[0].values == values


@pytest.mark.parametrize(
    "text",
    ["a", "=1", "a..b=1", "a=", "a=1,,2", "a=3:1", "a=1:2:0", "a=1:b", "a=1:2:3:4", "a=1,1", "a=1:1e9"],
)
def test_a_text_that_is_no_axis_is_refused(text):
    with pytest.raises(BadInput):
        read_vary([text])


def test_a_point_is_what_simulate_gives(file, tmp_path):
    found = kd.sweep(file, VARY, out=tmp_path / "out", **SMALL).paper
    for i in (0, 5):
        point = found.points[i]
        document = json.loads(json.dumps(LINE))
        document["stations"][1]["places"] = point.values["stations.2.places"]
        document["buffers"] = [point.values["buffers.*"]] * 2
        alone = kd.simulate_line(document, common=True, **SMALL).metrics
        for name in ("throughput", "wip", "lead_time"):
            assert point.metrics[name].mean == pytest.approx(alone[name].mean, rel=1e-12)
            assert point.metrics[name].se == pytest.approx(alone[name].se, rel=1e-6)
    assert (found.base, found.base_as_described) == (2, True)
    assert found.points[1].difference["throughput"].ci95 == (0.0, 0.0)
    best = max(found.points, key=lambda p: p.metrics["throughput"].mean)
    assert best.rank == 1


def test_the_same_bits_with_any_number_of_workers(file, tmp_path):
    one = kd.sweep(file, VARY, out=tmp_path / "1", workers=1, best="throughput", within="0.5%", **_race())
    two = kd.sweep(file, VARY, out=tmp_path / "2", workers=2, best="throughput", within="0.5%", **_race())
    again = kd.sweep(file, VARY, out=tmp_path / "2", workers=2, best="throughput", within="0.5%", **_race())
    assert answer(one) == answer(two) == answer(again)
    assert (one.kept, again.kept) == (0, len(list((tmp_path / "2" / "points").iterdir())))
    selection = one.paper.selection
    assert selection.decided
    assert selection.selected == 6
    assert selection.played == sum(point.replications for point in one.paper.points) < selection.in_full
    assert f"{selection.saved:,}" in selection.says


def _race():
    return {"vehicles": 600, "warmup": 100}


def test_the_same_bits_on_loky(file, tmp_path):
    needed("loky")
    here = kd.sweep(file, VARY, out=tmp_path / "1", **SMALL)
    there = kd.sweep(file, VARY, out=tmp_path / "2", on="loky", workers=2, **SMALL)
    assert answer(here) == answer(there)
    assert there.kept == 0


# Plays on Ray in a process of its own, and lists who listens where while it plays.
ON_RAY = """
import json, sys
import knockdown as kd
seen = set()
def look(step):
    if "ray" in sys.modules and sys.modules["ray"].is_initialized():
        import psutil
        me = psutil.Process()
        for each in [me, *me.children(recursive=True)]:
            seen.update(c.laddr.ip for c in each.net_connections("inet") if c.status == "LISTEN")
found = kd.sweep(sys.argv[1], json.loads(sys.argv[2]), out=sys.argv[3], on="ray", workers=2, tell=look,
                 **json.loads(sys.argv[4]))
print(json.dumps([found.kept, sorted(seen)]))
"""


def test_the_same_bits_on_ray_which_listens_on_loopback_only(file, tmp_path):
    needed("ray")
    here = kd.sweep(file, VARY, out=tmp_path / "1", **SMALL)
    argv = [sys.executable, "-c", ON_RAY, file, json.dumps(VARY), tmp_path / "2", json.dumps(SMALL)]
    done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    kept, heard = json.loads(done.stdout.splitlines()[-1])
    assert kept == 0
    assert heard
    assert {ip.removeprefix("::ffff:") for ip in heard} <= {"127.0.0.1", "::1"}
    assert answer(here) == [(tmp_path / "2" / path.name).read_bytes() for path in here.files]


def command(file, out, *more):
    argv = [
        sys.executable,
        "-m",
        "knockdown.cli.main",
        "sweep",
        file,
        "--vary",
        VARY[0],
        "--vary",
        "buffers.*=0:9",
    ]
    argv += ["--replications", 64, "--vehicles", 60_000, "--warmup", 1000, "--out", out, "--quiet", *more]
    return [str(word) for word in argv]


def test_a_sweep_that_was_killed_goes_on_and_ends_in_the_same_bits(file, tmp_path):
    killed = subprocess.Popen(command(file, tmp_path / "a", "--workers", 1), stdout=subprocess.DEVNULL)
    points, until = tmp_path / "a" / "points", time.monotonic() + 120
    while time.monotonic() < until and len(list(points.glob("*.npz"))) < 2:
        assert killed.poll() is None, "it was done before it could be killed"
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "a" / "sweep.json").exists()
    assert 2 <= len(list(points.glob("*.npz"))) < 20
    resumed = subprocess.run(command(file, tmp_path / "a"), capture_output=True, text=True, check=True)
    assert "kept from before" in " ".join(resumed.stdout.split())
    subprocess.run(command(file, tmp_path / "b"), stdout=subprocess.DEVNULL, check=True)
    for name in ("sweep.json", "points.csv", "points.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_another_question_takes_nothing_from_the_folder(file, tmp_path):
    out = tmp_path / "out"
    first = kd.sweep(file, "buffers.1=1:3", out=out, **SMALL)
    assert kd.sweep(file, "buffers.1=1:3", out=out, seed=2, **SMALL).kept == 0
    assert kd.sweep(file, "buffers.1=1:3", out=out, **SMALL | {"vehicles": 601}).kept == 0
    assert kd.sweep(file, "buffers.1=1:4", out=out, **SMALL).kept == 3
    assert answer(kd.sweep(file, "buffers.1=1:3", out=out, **SMALL)) == answer(first)


def test_what_was_spoiled_in_the_folder_is_played_again(file, tmp_path):
    out = tmp_path / "out"
    first = answer(kd.sweep(file, "buffers.1=1:3", out=out, **SMALL))
    a, b, c = sorted((out / "points").iterdir())
    a.write_bytes(a.read_bytes()[:-30])
    b.write_bytes(c.read_bytes())
    again = kd.sweep(file, "buffers.1=1:3", out=out, **SMALL)
    assert again.kept == 1
    assert answer(again) == first


def test_a_point_that_cannot_be_played_is_told_and_not_dropped(tmp_path):
    document = LINE | {"rework": {"after": 2, "p_fail": 0.1, "returns_to": 2, "service": EXP["service"]}}
    path = tmp_path / "line.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = kd.sweep(path, ["rework.after=1,2", "rework.returns_to=2,3"], out=tmp_path / "o", **SMALL).paper
    status = {tuple(point.values.values()): point.status for point in found.points}
    assert status == {(1, 2): "done", (1, 3): "unfit", (2, 2): "done", (2, 3): "done"}
    assert all(bool(point.why) == (point.status == "unfit") for point in found.points)
    assert [point.rank is None for point in found.points] == [False, True, False, False]


def test_all_faults_of_the_axes_at_once(file, tmp_path):
    texts = ["stations.2.plces=1", "buffer.1=1", "buffers.3=1", "stations.1=1", "buffers.1=2", "buffers.*=1"]
    with pytest.raises(BadInput) as refused:
        kd.sweep(file, texts, out=tmp_path / "o")
    told = {fault.column: fault.next_step for fault in refused.value.faults}
    assert list(told) == ["stations.2.plces", "buffer.1", "buffers.3", "stations.1", "buffers.*"]
    assert "places" in told["stations.2.plces"]
    assert "buffers" in told["buffer.1"]
    assert not (tmp_path / "o").exists()


def test_too_many_points_and_a_sample_of_them(file, tmp_path):
    texts = ["buffers.1=0:199", "buffers.2=0:199"]
    with pytest.raises(BadInput, match=r"40,000 points.*--sample"):
        kd.sweep(file, texts, out=tmp_path / "o")
    found = kd.sweep(file, texts, out=tmp_path / "o", sample=5, **SMALL).paper
    assert (found.design, found.grid_points, len(found.points)) == ("sample", 40_000, 5)
    assert SweepResult.from_json(found.to_json()) == found


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    """A small plant, and a plan of it in a file."""
    found = kd.load("nakhchivan")
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_text(kd.plan(found, months=3, work=40, limits=0).to_json(), encoding="utf-8")
    return found, path


def test_a_plant_keeps_its_plan(plant, tmp_path):
    found, plan = plant
    swept = kd.sweep(
        found, ["crews.*=0,6,12", "buffers.*=0,3"], plan=plan, replications=6, out=tmp_path / "o"
    )
    points = swept.paper.points
    assert swept.paper.plan.origin == "file"
    assert "keeps the plan" in swept.paper.notes[0]
    assert [point.status for point in points] == ["unfit"] * 2 + ["done"] * 4
    assert any(crew in points[0].why for crew in found.crews)
    assert points[4].difference == {}  # the base, the first point, cannot be played
    assert points[4].metrics["days_late"].mean < points[2].metrics["days_late"].mean


def test_a_plants_point_as_described_is_what_simulate_gives(plant, tmp_path):
    found, plan = plant
    station = next(iter(found.stations.values()))
    path = f"stations.{station.id}.places"
    texts = f"{path}={station.places},{station.places + 1}"
    swept = kd.sweep(found, texts, plan=plan, replications=6, out=tmp_path / "o", metrics=["down_*"]).paper
    assert (swept.base, swept.base_as_described) == (1, True)
    from knockdown.documents.master_plan import MasterPlan

    twin = kd.simulate(found, MasterPlan.from_json(plan.read_text(encoding="utf-8")), replications=6)
    metrics = swept.points[0].metrics
    assert metrics["throughput"].mean == pytest.approx(twin.year_total.mean)
    assert metrics["sold"].mean == pytest.approx(sum(f.mean for f in twin.sold if f.group == "all"))
    loss = next(each for each in twin.stations if each.station == station.id)
    assert metrics[f"down_{station.id}"].mean == pytest.approx(loss.down)


def test_faults_of_a_plants_axes_suggest_names(plant, tmp_path):
    found, plan = plant
    crew, station = next(iter(found.crews)), next(iter(found.stations))
    texts = [
        f"crews.{crew[:-1]}=1",
        "station.*.places=1",
        f"stations.{station}.placs=2",
        f"buffers.{station}=-1",
    ]
    with pytest.raises(BadInput) as refused:
        kd.sweep(found, texts, plan=plan, out=tmp_path / "o", vehicles=5)
    steps = [fault.next_step for fault in refused.value.faults]
    assert len(steps) == 5
    assert crew in steps[1]
    assert "stations" in steps[2]
    assert "places" in steps[3]
    with pytest.raises(BadInput, match="network"):
        kd.sweep(kd.load("azerbaijan"), "crews.*=2", out=tmp_path / "o")


def test_kits_do_not_depend_on_the_hall():
    from knockdown.workflow.kit_supply import with_real_kits
    from knockdown.workflow.sweep_plant import HALL, plant_subject, varied

    found = kd.load("ganja")
    texts = [
        "crews.*=30",
        "buffers.*=7",
        "stations.*.places=3",
        "stations.*.people=4",
        "stations.*.down_share=0.3",
    ]
    _, axes = plant_subject(found, read_vary(texts))
    cells = [(cell, vary.values[0]) for vary, places in axes for cell in places]
    assert {table for (table, _, _), _ in cells} == HALL
    assert varied(with_real_kits(found), cells) == with_real_kits(varied(found, cells))


def test_a_line_that_is_played_from_empty(tmp_path):
    path = tmp_path / "line.json"
    path.write_text(json.dumps(LINE | {"vehicles": 50}), encoding="utf-8")
    found = kd.sweep(path, "vehicles=50,100", out=tmp_path / "o", replications=8).paper
    spans = [point.metrics["makespan"].mean for point in found.points]
    assert 1.7 < spans[1] / spans[0] < 2.1
    assert (found.vehicles, found.warmup, found.points[0].rank is None) == (0, 0, False)
    with pytest.raises(BadInput, match="does not go with"):
        kd.sweep(path, "vehicles=50,100", out=tmp_path / "o", vehicles=70)
