"""Bad files of events: every fault at once, each with its place and a next step, nothing evaluated."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knockdown.basics.faults import BadInput
from knockdown.events import codec
from knockdown.events.codec import from_lines, read_events, to_line
from knockdown.events.envelope import tell
from knockdown.events.vocabulary import PartFitted

GOOD = to_line(
    tell(
        PartFitted(part_id="p-1", n_parts=2),
        writer="floor",
        run="r",
        subject_id="U-1",
        version=1,
        happened_at=5,
        place="TR-07",
    )
)


def changed(**changes) -> str:
    """Return the good line with fields changed; `body__x` is a field of the body, `...` takes one out."""
    row = json.loads(GOOD)
    for name, value in changes.items():
        inner, _, name = name.rpartition("__")
        target = row[inner] if inner else row
        if value is ...:
            del target[name]
        else:
            target[name] = value
    return json.dumps(row)


def faults(*lines) -> list:
    with pytest.raises(BadInput) as caught:
        from_lines(lines, "day.jsonl")
    return list(caught.value.faults)


CASES = [
    ({"kind": "PartFited"}, "kind", "PartFited", "is not a kind of event", "did you mean PartFitted?"),
    (
        {"kind": "__import__"},
        "kind",
        "__import__",
        "is not a kind of event",
        "docs/events.md lists the kinds",
    ),
    ({"kind": 7}, "kind", "7", "is not a text", "put it in quotes"),
    ({"kind": ...}, "kind", None, "is missing", "add it"),
    ({"schema": 2}, "schema", "2", "is not a schema number", "write 1, or use a newer knockdown"),
    ({"schema": "1"}, "schema", "1", "is not a whole number", "write digits without quotes"),
    (
        {"writer": "clerk"},
        "writer",
        "clerk",
        "is not one of the known words",
        "use 'plan', 'twin' or 'floor'",
    ),
    ({"version": 0}, "version", "0", "is below 1", "write 1 or more"),
    ({"version": True}, "version", "true", "is not a whole number", "write digits"),
    ({"happened_at": 2**53}, "happened_at", str(2**53), "is above", "write 9007199254740991 or less"),
    ({"happened_at": 1.0}, "happened_at", "1.0", "is not a whole number", "write digits"),
    ({"place": "TR 07"}, "place", "TR 07", "has the wrong form", "its form is"),
    ({"subject": "crew/a"}, "subject", "crew/a", "does not fit: PartFitted happens to a unit", "mend kind"),
    ({"subject": "bus/a"}, "subject", "bus/a", "does not fit: PartFitted happens to a unit", "mend kind"),
    ({"subject": "U-1"}, "subject", "U-1", "has the wrong form", "its form is"),
    ({"colour": "red"}, "colour", "red", "is not a known field", "remove it or mend its spelling"),
    ({"body": ...}, "body", None, "is missing", "add it"),
    ({"body": []}, "body", "[]", "is not a JSON object", "put its fields in { }"),
    ({"body__part_id": ...}, "body.part_id", None, "is missing", "add it"),
    ({"body__n_parts": "2"}, "body.n_parts", "2", "is not a whole number", "write digits"),
    ({"body__n_parts": 2**70}, "body.n_parts", str(2**70), "is above", "or less"),
    ({"body__colour": "red"}, "body.colour", "red", "is not a known field", "remove it"),
    ({"event_id": "\ud800"}, "event_id", None, "is not valid Unicode", "UTF-8"),
]


@pytest.mark.parametrize(("change", "column", "value", "problem", "next_step"), CASES)
def test_a_fault_names_row_field_value_and_next_step(change, column, value, problem, next_step):
    (fault,) = faults(GOOD, changed(**change))
    assert (fault.file, fault.row, fault.column) == ("day.jsonl", 2, column)
    assert value is None or fault.value == value
    assert problem in fault.problem
    assert next_step in fault.next_step


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("[]", "is not a JSON object"),
        ("7", "is not a JSON object"),
        ('{"kind": NaN}', "has NaN, which is not JSON"),
        ('{"kind": "a", "run": "b", "kind": "c"}', "has the field 'kind' twice"),
        ('{"version": ' + "1" * 5000 + "}", "has a number of 5000 digits"),
        ("[" * 60_000, "is nested too deeply"),
        (b'{"kind": "\xff"}', "is not UTF-8 at byte 11"),
        ('{"kind": "' + "x" * codec.MAX_LINE_BYTES + '"}', "is longer than 65,536 bytes"),
    ],
)
def test_a_line_that_is_no_json_object(line, problem):
    (fault,) = faults(line)
    assert (fault.row, fault.column, fault.problem) == (1, None, problem)
    assert len(fault.value) <= 60


@pytest.mark.parametrize("depth", range(100, 2100, 50))
def test_deep_nesting_is_a_fault_at_any_depth(depth):
    deep = "[" * depth + "]" * depth
    line = GOOD.replace('"p-1"', deep)
    (fault,) = faults(line)
    assert fault.row == 1


def test_every_fault_of_every_row_is_reported():
    several = changed(writer="clerk", version=0, kind="Nothing", body={"n_parts": "2"})
    found = faults(changed(run=""), "", "no", several, changed(body__n_parts=0, body__part_id="a b"))
    assert [(fault.row, fault.column) for fault in found] == [
        (1, "run"),
        (3, None),
        (4, "kind"),
        (4, "writer"),
        (4, "version"),
        (5, "body.part_id"),
        (5, "body.n_parts"),
    ]


def test_things_that_only_whole_bodies_show():
    row = json.loads(GOOD) | {"kind": "UnitSold", "body": {"market_id": "AZ", "value_cents": 5}}
    (fault,) = faults(json.dumps(row))
    assert (fault.column, fault.value) == ("body", None)
    assert str(fault) == (
        "day.jsonl row 1, column body: value_cents and currency go together; give both or neither"
    )


def test_limits_on_rows_and_faults(monkeypatch):
    monkeypatch.setattr(codec, "MAX_ROWS", 2)
    (fault,) = faults(GOOD, GOOD, GOOD, "no")
    assert (fault.row, fault.next_step) == (3, "split the file")
    assert len(from_lines([GOOD, GOOD])) == 2
    monkeypatch.setattr(codec, "MAX_ROWS", 100)
    monkeypatch.setattr(codec, "MAX_FAULTS", 5)
    found = faults(*["no"] * 50)
    assert len(found) == 7
    assert found[-1].problem == "has more faults than are listed"


def test_defaults_are_filled_in_and_empty_lines_passed_over():
    (event,) = from_lines(["\n", changed(position=..., cause=..., body={"part_id": "p-1", "n_parts": 2})])
    assert to_line(event) == GOOD


def test_a_file(tmp_path, monkeypatch):
    path = tmp_path / "day.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode().replace(b"\n", b"\r\n") + GOOD.encode().rstrip())
    assert [to_line(event) for event in read_events(path)] == [GOOD, GOOD]
    path.write_bytes(GOOD.encode() + b"x" * (3 * codec.MAX_LINE_BYTES) + b"\n" + GOOD.encode())
    with pytest.raises(BadInput) as caught:
        read_events(path)
    assert [(fault.row, fault.problem) for fault in caught.value.faults] == [
        (2, "is longer than 65,536 bytes")
    ]
    monkeypatch.setattr(codec, "MAX_FILE_BYTES", 10)
    with pytest.raises(BadInput, match=r"day.jsonl: has [\d,]+ bytes, at most 10 are read"):
        read_events(path)


def outcome(line) -> tuple[list, tuple]:
    """Return what was read and the faults; one of them is empty."""
    try:
        return from_lines([line]), ()
    except BadInput as error:
        return [], error.faults


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(list(json.loads(GOOD)))


@given(st.dictionaries(NAMES, JSON), st.dictionaries(st.sampled_from(["part_id", "n_parts", "serial"]), JSON))
def test_no_value_in_any_field_raises_anything_but_bad_input(outer, inner):
    row = json.loads(GOOD)
    row["body"] |= inner
    row |= outer
    told, found = outcome(json.dumps(row))
    assert bool(told) != bool(found)
    assert all(fault.problem and fault.next_step for fault in found)
    assert from_lines(map(to_line, told)) == told


@given(st.binary() | st.text())
def test_no_line_raises_anything_but_bad_input(line):
    told, found = outcome(line)
    assert told == []
    assert bool(found) == bool(line.strip())
