"""Line files: read whole, or refused with every fault at once and never with a traceback."""

import copy
import json
import math
import random

import pytest

from knockdown.basics.faults import BadInput
from knockdown.simulating.line.kits import Kits
from knockdown.simulating.line.line_file import looks_like_a_line, read, read_file, read_text
from knockdown.simulating.line.model import (
    INFINITE,
    Arrivals,
    Breakdowns,
    Calendar,
    Line,
    Rework,
    Service,
    Station,
)

EXP = {"dist": "exp", "mean": 1.0}
FULL = {
    "schema": "knockdown.line/1",
    "name": "all keys",
    "arrivals": {"process": "poisson", "rate": 0.5, "lot_size": 6},
    "entry_buffer": "inf",
    "blocking": "BAS",
    "stations": [
        {"places": 2, "service": {"A": EXP, "B": {"dist": "det", "value": 0.0}}},
        {
            "service": {"dist": "lognormal", "mean": 1.0, "cv": 0.3},
            "breakdowns": {"mode": "tdf", "mttf": 50, "mttr": 5},
        },
        {"service": {"dist": "triangular", "low": 0, "mode": 1, "high": 1}},
    ],
    "buffers": [2, "inf"],
    "variants": {"A": 0.25, "B": 0.75},
    "repair_crews": 1,
    "rework": {"after": 3, "p_fail": 0.1, "returns_to": 1, "places": 1, "service": EXP},
    "feeders": [{"buffer": 3, "service": {"dist": "weibull", "scale": 1.0, "shape": 2.0}}],
    "calendar": {"period": 1440, "shifts": [[0, 240], [240, 480]]},
    "vehicles": 10,
}
CLOSED = {
    "schema": "knockdown.line/1",
    "arrivals": {"process": "closed", "wip": 4},
    "stations": [{"service": {"A": {"dist": "erlang", "k": 2, "mean": 1.0}}}] * 2,
    "buffers": ["inf"],
}
KITS = {"schema": "knockdown.kits/1", "lot_size": 24, "parts_per_kit": 40, "p_missing": 0.002}


def faults(document):
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(BadInput) as caught:
        read_text(text, "line.json")
    assert all(
        fault.file == "line.json" and fault.problem and fault.next_step for fault in caught.value.faults
    )
    return caught.value.faults


def places(document):
    return {fault.column for fault in faults(document)}


def test_every_key_is_read():
    exp = Service("exp", {"mean": 1.0})
    log = Service("lognormal", {"mean": 1.0, "cv": 0.3})
    line = read(FULL)
    assert line.stations[0] == Station(2, (exp, Service("det", {"value": 0.0})))
    assert line.stations[1] == Station(1, (log, log), Breakdowns("tdf", 50.0, 5.0))
    assert line.buffers == (2.0, INFINITE)
    assert line.variants == (("A", 0.25), ("B", 0.75))
    assert line.arrivals == Arrivals("poisson", 0.5, 6)
    assert line.entry_buffer == INFINITE
    assert (line.repair_crews, line.vehicles) == (1, 10)
    assert line.rework == Rework(2, 0.1, 0, Station(1, (exp, exp)))
    assert line.feeders[0].buffer == 3.0
    assert line.calendar == Calendar(1440.0, ((0.0, 240.0), (240.0, 480.0)))


def test_what_is_left_out_has_a_default():
    line = read({"schema": "knockdown.line/1", "stations": [{"service": {"A": EXP}}]})
    assert line == Line((Station(1, (Service("exp", {"mean": 1.0}),)),), ())
    assert read(KITS) == Kits(24, 40, 0.002)


def test_all_faults_come_at_once():
    bad = copy.deepcopy(FULL)
    bad["stations"][0]["places"] = "two"
    bad["stations"][0]["service"]["A"] = {"dist": "exp", "mean": -1}
    bad["stations"][1]["breakdowns"]["mode"] = "sometimes"
    bad["stations"][2]["service"] = {"dist": "triangular", "low": 2, "mode": 1, "high": 3}
    bad["buffers"][0] = -1
    bad["variants"]["B"] = 0.5
    bad["rework"]["p_fail"] = 1.0
    bad["calendar"]["shifts"][1] = [100, 90]
    bad["velocity"] = 3
    del bad["feeders"][0]["buffer"]
    assert places(bad) == {
        "stations[0].places",
        "stations[0].service.A.mean",
        "stations[1].breakdowns.mode",
        "stations[2].service",
        "buffers[0]",
        "variants",
        "rework.p_fail",
        "calendar.shifts[1][0]",
        "calendar.shifts[1][1]",
        "velocity",
        "feeders[0].buffer",
    }
    shown = {str(fault) for fault in faults(bad)}
    assert "line.json key buffers[0]: '-1' is out of range; give at least 0 and at most 100000" in shown


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"stations": []}, "stations"),
        ({"stations": FULL["stations"] * 200}, "stations"),
        ({"buffers": [1]}, "buffers"),
        ({"buffers": [1, 1e9]}, "buffers[1]"),
        ({"buffers": [1.5, 1]}, "buffers[0]"),
        ({"buffers": [True, 1]}, "buffers[0]"),
        ({"buffers": None}, "buffers"),
        ({"variants": {}}, "variants"),
        ({"variants": {"A": 0.25, "\x1b[2J": 0.75}}, "variants"),
        ({"variants": {"A": 0.25, "\ud800": 0.75}}, "variants"),
        ({"vehicles": 0}, "vehicles"),
        ({"vehicles": 1e300}, "vehicles"),
        ({"repair_crews": 0}, "repair_crews"),
        ({"blocking": "BBS"}, "blocking"),
        ({"entry_buffer": 5}, "entry_buffer"),  # too narrow for what comes back from rework
        ({"entry_buffer": "infinite"}, "entry_buffer"),
        ({"arrivals": {"process": "saturated"}}, "rework.returns_to"),
        ({"arrivals": {"process": "closed", "wip": 9}, "entry_buffer": 3}, "entry_buffer"),
        ({"arrivals": {}}, "arrivals.process"),
        ({"arrivals": {"process": "poisson"}}, "arrivals.rate"),
        ({"arrivals": {"process": "poisson", "rate": 0}}, "arrivals.rate"),
        ({"calendar": {"period": 100, "shifts": [[0, 200]]}}, "calendar.shifts[0][1]"),
        ({"calendar": {"period": 100, "shifts": [[0]]}}, "calendar.shifts[0]"),
        ({"calendar": {"period": 100, "shifts": []}}, "calendar.shifts"),
        ({"rework": FULL["rework"] | {"after": 1, "returns_to": 3}}, "rework.returns_to"),
        ({"schema": "knockdown.line/2"}, "schema"),
        ({"schema": None}, "schema"),
    ],
    ids=lambda x: json.dumps(x)[:40] if isinstance(x, dict) else "",
)
def test_limits_and_contradictions(change, place):
    assert place in places(FULL | change)


def test_a_line_must_take_time():
    nothing = {"service": {"A": {"dist": "det", "value": 0}}}
    assert places({"schema": "knockdown.line/1", "stations": [nothing]}) == {"stations"}


@pytest.mark.parametrize(
    "service",
    [
        {"dist": "exp"},
        {"dist": "exp", "mean": math.inf},
        {"dist": "exp", "mean": "1"},
        {"dist": "exp", "mean": 1, "cv": 2},
        {"dist": "normal", "mean": 1},
        {"mean": 1},
        {"dist": "erlang", "k": 1.5, "mean": 1},
        {"dist": "uniform", "low": 2, "high": 1},
        {"dist": "empirical", "values": []},
        {"dist": "empirical", "values": [1, None]},
        {"dist": "lognormal", "mean": 1, "cv": -0.1},
        {"dist": ["exp"], "mean": 1},
        [],
        3,
    ],
    ids=repr,
)
def test_bad_distributions(service):
    document = {"schema": "knockdown.line/1", "stations": [{"service": {"A": service}}]}
    assert all((place or "").startswith("stations[0].service.A") for place in places(document) - {None})


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", '"x"', "null", "NaN", '{"schema": NaN}', "[" * 100_000, "{" * 10, "\x00",
        '{"schema": "knockdown.line/1", "schema": "knockdown.line/1", "stations": []}',
        '{"schema": "knockdown.kits/1", "lot_size": ' + "9" * 10_000 + "}",
        '{"schema": "knockdown.kits/1", "lot_size": ' + "9" * 400 + "}",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_is_no_document(text):
    assert faults(text)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "a.json", tmp_path / "none.json", tmp_path):
        with pytest.raises(BadInput):
            read_file(path)
    (tmp_path / "b.txt").write_text("\ufeff  " + json.dumps(KITS), encoding="utf-8")
    assert looks_like_a_line(tmp_path / "b.txt")
    assert read_file(tmp_path / "b.txt") == Kits(24, 40, 0.002)
    assert not looks_like_a_line(tmp_path)
    assert not looks_like_a_line("x" * 5000)
    assert not looks_like_a_line("\x00")


ODD = [None, True, -1, 0, 1e308, math.nan, math.inf, "x", "inf", [], {}, [1], 1.5, 10**30, "\ud800", EXP]


def spots(value, path=()):
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from spots(each, (*path, key))


def mutated(document, rng):
    found = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        *path, last = rng.choice(list(spots(found)))
        holder = found
        for key in path:
            holder = holder[key]
        if rng.random() < 0.3:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(rng.choice(ODD))
    return found


def test_mutated_files_are_read_or_refused():
    rng = random.Random(1)
    refused = 0
    for _ in range(600):
        document = mutated(rng.choice([FULL, CLOSED, KITS]), rng)
        text = list(json.dumps(document))
        if rng.random() < 0.3:
            text[rng.randrange(len(text))] = rng.choice('{}[],:"0-.ex\x00é')
        try:
            assert isinstance(read_text("".join(text)), Line | Kits)
        except BadInput as error:
            refused += bool(error.faults) and all(str(fault) for fault in error.faults)
    assert 300 < refused < 600
