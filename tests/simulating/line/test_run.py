"""Simulated lines against closed forms, and laws of what is told about them."""

import json
import math
import types

import numpy as np
import pytest

import knockdown as kd
from knockdown.basics.faults import BadInput
from knockdown.documents.line_result import LineResult
from knockdown.simulating.line import choose
from knockdown.simulating.line.figures import growing_queue, throughput_limit
from knockdown.simulating.line.identity import digest_of, key_of
from knockdown.simulating.line.line_file import read
from knockdown.workflow.line_runs import simulate_line

EXP = {"dist": "exp", "mean": 1.0}
TDF = {"mode": "tdf", "mttf": 12.0, "mttr": 4.0}
POISSON = {"process": "poisson", "rate": 0.7}


def line(*services, buffers=None, **more):
    stations = [s if "service" in s else {"service": {"A": s}} for s in services]
    given = [0] * (len(stations) - 1) if buffers is None else buffers
    return {"schema": "knockdown.line/1", "stations": stations, "buffers": given} | more


def station(service, **more):
    return {"service": {"A": service}} | more


def all_up_and_down(machines, crews, mttf, mttr):
    """Mean number down, and chance that none is, of the machine repair model."""
    chances = [1.0]
    for k in range(machines):
        chances.append(chances[-1] * (machines - k) / mttf / (min(k + 1, crews) / mttr))
    total = sum(chances)
    return sum(k * p for k, p in enumerate(chances)) / total, chances[0] / total


def erlang_c(load, places):
    last = load**places / math.factorial(places) * places / (places - load)
    return last / (sum(load**k / math.factorial(k) for k in range(places)) + last)


REPAIR = all_up_and_down(3, 1, 12.0, 4.0)
WAIT_3 = erlang_c(2.1, 3)

CLOSED_FORMS = [
    ("two exponential stations", line(EXP, EXP, buffers=[5]), {
        "throughput": 7 / 8, "wip": 4.375, "blocked_1": 1 / 8, "starved_2": 1 / 8, "buffer_2": 2.5,
        "working_1": 7 / 8, "lead_time": 5.0}),
    ("three without buffers", line(EXP, EXP, EXP), {"throughput": 22 / 39, "starved_3": 17 / 39}),
    ("two uniform", line(*[{"dist": "uniform", "low": 0, "high": 2}] * 2), {"throughput": 0.75}),
    ("breakdowns as they work", line(station(EXP, breakdowns={"mode": "odf", "mttf": 20, "mttr": 5})), {
        "throughput": 0.8, "down_1": 0.2, "working_1": 0.8}),
    ("one station that fails all the time", line(station(EXP, breakdowns=TDF)), {
        "throughput": 0.75, "down_1": 0.25, "availability": 0.75}),
    ("shared crew", line(*[station(EXP, breakdowns=TDF)] * 3, repair_crews=1, buffers=[2, 2]), {
        "mean_down": REPAIR[0], "prob_all_up": REPAIR[1], "availability": 1 - REPAIR[0] / 3,
        "crew_utilisation": (3 - REPAIR[0]) / 3}),
    ("M/M/1", line(EXP, arrivals=POISSON), {
        "mean_number": 7 / 3, "mean_sojourn": 10 / 3, "mean_wait_queue": 7 / 3, "prob_wait": 0.7,
        "p95_sojourn": math.log(20) / 0.3, "utilisation_incl_repair": 0.7, "loss_probability": 0.0}),
    ("M/M/3", line(station(EXP, places=3), arrivals=POISSON | {"rate": 2.1}), {
        "prob_wait": WAIT_3, "mean_wait_queue": WAIT_3 / 0.9}),
    ("M/M/1/3", line(EXP, arrivals=POISSON | {"rate": 0.8}, entry_buffer=2), {
        "loss_probability": 0.8**3 / sum(0.8**k for k in range(4))}),
    ("M/D/1", line({"dist": "det", "value": 1.0}, arrivals=POISSON), {"mean_wait_queue": 0.7 / 0.6}),
    ("lots of six", line(EXP, arrivals={"process": "poisson", "rate": 0.7 / 6, "lot_size": 6}), {
        "mean_number": 0.7 * 7 / 2 / 0.3}),
    ("rework to the entry", line(
        EXP, arrivals={"process": "poisson", "rate": 0.6},
        rework=station({"dist": "exp", "mean": 2.0}) | {"after": 1, "p_fail": 0.2, "returns_to": 1}), {
        "mean_number": 0.75 / 0.25 + 0.3 / 0.7, "mean_sojourn": (3 + 3 / 7) / 0.6, "visits_per_vehicle": 1.25,
        "mean_in_rework": 3 / 7}),
    ("two going round", line(EXP, EXP, arrivals={"process": "closed", "wip": 3}, buffers=["inf"]), {
        "throughput": 0.75, "mean_at_station_1": 1.5}),
    ("one feeder", line(EXP, feeders=[station(EXP, buffer=5)]), {
        "throughput": 7 / 8, "assembly_starved": 1 / 8, "blocked_feeder_1": 1 / 8}),
    ("two places each", line(*[station({"dist": "exp", "mean": 2.0}, places=2)] * 2), {
        "throughput": 0.75, "mean_blocked_servers_1": 0.5}),
    ("a station of two variants", line(
        {"service": {"A": EXP, "B": {"dist": "exp", "mean": 3.0}}}, variants={"A": 0.5, "B": 0.5}), {
        "throughput": 0.5}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "document", "exact"), CLOSED_FORMS, ids=[case[0] for case in CLOSED_FORMS])
def test_closed_forms_lie_within_the_errors(name, document, exact):
    answer = simulate_line(document, seed=1)
    for metric, value in exact.items():
        figure = answer.metrics[metric]
        assert abs(figure.mean - value) <= 4.5 * figure.se + 1e-12, (name, metric, figure, value)
    flow = answer.metrics["throughput"]
    assert 0.0 < flow.se < 0.001 * flow.mean
    assert (answer.stopped, answer.notes) == ("done", ())
    assert LineResult.from_json(answer.to_json()) == answer


def det(*values, **more):
    return line(*({"dist": "det", "value": value} for value in values), **more)


def test_times_that_do_not_vary_give_exact_answers():
    found = simulate_line(det(5, 4, 3.5, 6, 4.5, vehicles=100))
    assert found.metrics["makespan"].mean == 617.0
    assert found.metrics["throughput_limit"].mean == 1 / 6
    assert found.replications == 1
    assert all(figure.se == 0.0 for figure in found.metrics.values())
    forever = simulate_line(det(3, 7, 2, buffers=[2, 2]))
    assert forever.metrics["throughput"].mean == pytest.approx(1 / 7, rel=1e-12)
    assert forever.metrics["blocked_1"].mean == pytest.approx(4 / 7, rel=1e-12)
    assert forever.metrics["starved_3"].mean == pytest.approx(5 / 7, rel=1e-12)
    days = {"period": 1440, "shifts": [[0, 240], [270, 480]]}
    assert simulate_line(det(11, calendar=days, vehicles=500)).metrics["completion_time_min"].mean == 17380.0


def test_a_finite_run_of_random_times():
    found = simulate_line(line(EXP, vehicles=10), replications=400)
    assert (found.replications, found.vehicles, found.warmup) == (400, 10, 0)
    figure = found.metrics["makespan"]
    assert abs(figure.mean - 10.0) < 4.5 * figure.se
    assert figure.se == pytest.approx(math.sqrt(10 / 400), rel=0.2)


def test_the_slowest_station_bounds_the_line():
    rework = station({"dist": "exp", "mean": 10.0}) | {"after": 2, "p_fail": 0.5, "returns_to": 2}
    assert throughput_limit(read(line(EXP, EXP, rework=rework))) == pytest.approx(0.1)
    assert throughput_limit(
        read(line(EXP, EXP, calendar={"period": 10, "shifts": [[0, 4]]}))
    ) == pytest.approx(0.4)
    assert throughput_limit(read(line(EXP, arrivals={"process": "closed", "wip": 1}))) == 1.0
    assert throughput_limit(read(line(station(EXP, places=3, breakdowns=TDF)))) == pytest.approx(2.25)


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads():
    document = line(EXP, EXP, buffers=[1])
    one, two, other = (
        simulate_line(document, replications=64, vehicles=500, warmup=100, threads=threads, seed=seed)
        for threads, seed in ((1, 5), (2, 5), (2, 6))
    )
    assert one.model_copy(update={"seconds": 0.0}) == two.model_copy(update={"seconds": 0.0})
    assert one.checksum != other.checksum


def test_engines_agree_to_the_bit():
    document = line(EXP, EXP, EXP, buffers=[1, 2])
    found = {
        name: simulate_line(document, replications=8, vehicles=300, warmup=50, engine=name)
        for name in ("lanes", "events")
    }
    assert found["lanes"].checksum == found["events"].checksum
    assert found["lanes"].metrics == found["events"].metrics
    assert simulate_line(document, replications=8, vehicles=300).engine == "lanes"


def test_random_numbers_belong_to_the_line_unless_they_are_shared():
    one, two = read(line(EXP)), read(line({"dist": "exp", "mean": 1.1}))
    assert digest_of(one) != digest_of(two)
    assert key_of(one, 3) != key_of(two, 3) != key_of(two, 4)
    assert key_of(one, 3, common=True) == key_of(two, 3, common=True) == 3
    slow, fast = (
        simulate_line(
            line({"dist": "exp", "mean": mean}), common=True, replications=8, vehicles=400, warmup=0
        )
        for mean in (2.0, 1.0)
    )
    assert slow.metrics["throughput"].mean == fast.metrics["throughput"].mean / 2.0


def test_one_long_run_has_errors_from_batches():
    found = simulate_line(line(EXP, EXP, buffers=[2]), replications=1, vehicles=61_000, warmup=1_000)
    assert (found.replications, found.batches) == (1, 30)
    figure = found.metrics["throughput"]
    assert abs(figure.mean - 0.8) < 4.5 * figure.se
    many = simulate_line(line(EXP, EXP, buffers=[2]), replications=30, vehicles=3_000, warmup=1_000)
    assert figure.se == pytest.approx(many.metrics["throughput"].se, rel=0.5)
    assert any("batch means" in note for note in found.notes)


def test_a_half_width_is_reached():
    found = simulate_line(line(EXP, EXP), half_width=0.002)
    low, high = found.metrics["throughput"].ci95
    assert (high - low) / 2 <= 0.002 * found.metrics["throughput"].mean
    assert found.stopped == "half-width"


def test_a_queue_that_grows_is_told():
    found = simulate_line(line(EXP, arrivals=POISSON | {"rate": 1.5}), replications=8, vehicles=2_000)
    assert any("gather before station 1" in note for note in found.notes)
    assert growing_queue(read(line(EXP, EXP, buffers=["inf"]))) == 1
    assert growing_queue(read(line(EXP | {"mean": 1.1}, EXP, buffers=["inf"]))) is None
    assert growing_queue(read(line(EXP, EXP, buffers=[3]))) is None
    assert (
        growing_queue(read(line(EXP, EXP, EXP, buffers=[0, "inf"]))) is None
    )  # the first two give less than 1
    assert growing_queue(read(line(EXP, arrivals=POISSON))) is None
    assert growing_queue(read(line(EXP, arrivals=POISSON | {"rate": 3}, entry_buffer=4))) is None
    again = station(EXP) | {"after": 1, "p_fail": 0.4, "returns_to": 1}
    assert growing_queue(read(line(EXP, arrivals=POISSON, rework=again))) == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(BadInput):
        simulate_line(line(EXP, vehicles=10), vehicles=20)
    with pytest.raises(BadInput) as caught:
        simulate_line(line(EXP), replications=0, vehicles=5, warmup=5, engine="magic", threads=0, seed=-1)
    assert len(caught.value.faults) == 5
    with pytest.raises(BadInput):
        simulate_line(line(station(EXP, places=2)), engine="lanes")


def test_the_planner_says_why(monkeypatch):
    modules = {
        "lanes": types.SimpleNamespace(can_play=lambda line: "a reason"),
        "fixed_point": types.SimpleNamespace(can_play=lambda line: "another"),
        "events": types.SimpleNamespace(can_play=lambda line: None),
    }
    monkeypatch.setattr(choose, "import_module", lambda name: modules[name.rsplit(".", 1)[1]])
    found = choose.choose(read(line(EXP)))
    assert found.name == "events"
    assert "not lanes: a reason" in found.why
    assert "not fixed-point: another" in found.why


def test_kits_have_closed_forms(tmp_path):
    p, n, size = 0.01, 30, 12
    document = {"schema": "knockdown.kits/1", "lot_size": size, "parts_per_kit": n, "p_missing": p}
    found = simulate_line(document, seed=3)
    complete = (1 - p) ** n
    exact = {
        "prob_kit_complete": complete,
        "prob_lot_complete": complete**size,
        "mean_incomplete_per_lot": size * (1 - complete),
    }
    for name, value in exact.items():
        assert abs(found.metrics[name].mean - value) < 4.5 * found.metrics[name].se
    assert found.kind == "kits"
    with pytest.raises(BadInput) as caught:
        simulate_line(document, warmup=3, engine="events", trace=tmp_path / "t.csv")
    assert {fault.file for fault in caught.value.faults} == {"--warmup", "--engine", "--trace"}


def test_a_trace_is_the_run(tmp_path):
    import polars as pl

    document = line(EXP, EXP, buffers=[1])
    for name in ("t.csv", "t.parquet"):
        simulate_line(document, replications=2, vehicles=200, warmup=0, trace=tmp_path / name)
    frame = pl.read_parquet(tmp_path / "t.parquet")
    assert frame.equals(pl.read_csv(tmp_path / "t.csv").cast(frame.schema))
    assert frame.columns == ["vehicle", "station", "visit", "arrival", "start", "done", "leave"]
    assert (frame.height, sorted(frame["station"].unique())) == (400, [1, 2])
    one = simulate_line(document, replications=1, vehicles=200, warmup=0)
    last = frame.filter(pl.col("station") == 2)["leave"].max()
    assert one.metrics["throughput"].mean == pytest.approx(200 / last, rel=1e-12)
    with pytest.raises(BadInput):
        simulate_line(document, trace=tmp_path / "t.txt")


def test_the_word_simulate_takes_a_line_file_too(tmp_path):
    path = tmp_path / "line.json"
    path.write_text(json.dumps(det(2, vehicles=3)))
    assert kd.simulate(path).metrics["makespan"].mean == 6.0
    assert kd.simulate(str(path)).metrics["makespan"].mean == 6.0
    assert np.isclose(kd.simulate_line(path).metrics["lead_time"].mean, 2.0)
