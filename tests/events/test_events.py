"""Every kind in both forms and back; one golden line a kind; schema and types agree."""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from knockdown.events import codes
from knockdown.events.codec import from_lines, to_line
from knockdown.events.envelope import SUBJECT_TYPES, Event, body_of, subject_problem, tell
from knockdown.events.happening import OfStation
from knockdown.events.page import EventPage, from_page, to_page
from knockdown.events.schema import event_schema, schema_text
from knockdown.events.vocabulary import (
    KINDS,
    CaseCounted,
    CasePacked,
    ContractSigned,
    DiscrepancyFound,
    EntryVoided,
    KitIssued,
    KitLotBonded,
    KitLotCleared,
    KitLotOrdered,
    LoosePartsIssued,
    PartFitted,
    PeopleHired,
    UnitSold,
    WorkCompleted,
)

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = (Path(__file__).parent / "golden.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
EARLIER = (Path(__file__).parent / "golden_0.1.0.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
SCHEMA = event_schema()
MOST = 2**53 - 1

REQUIRED_KINDS = """
ContractSigned KitLotOrdered KitLotShipped KitLotArrived KitLotCleared CaseOpened DiscrepancyFound
ClaimDrafted ClaimSent ClaimAccepted ClaimReplaced ClaimCredited ClaimRejected PartReplaced PartBorrowed
BorrowPaidBack UnitPlanned UnitReleased WorkStarted WorkCompleted PartFitted PartRemoved DefectFound
ReworkStarted ReworkDone UnitHeld UnitReleasedFromHold StationStopped StationRestarted AndonRaised
AndonCleared ShiftStarted ShiftEnded UnitLeftLine UnitTested UnitShipped UnitSold VinReserved VinIssued
VinVoided StageJoined PeopleHired PeopleLeft OvertimeWorked EntryVoided PartLotReceived PartLotOpened
PartLotClosed StockCounted CasePacked CaseCounted KitLotBonded SurplusFound PartDisposed KitIssued
LoosePartsIssued PackagingReturned
"""

IDS = st.from_regex(r"[A-Za-z0-9_-]([A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?", fullmatch=True)
TEXT = st.characters(exclude_categories=["Cs"])


@cache
def bodies(kind: str) -> st.SearchStrategy:
    return values(SCHEMA["$defs"][kind]).map(sensible)


def values(schema: dict) -> st.SearchStrategy:
    """Draw values from a published schema, so that a value it allows and the types refuse is found."""
    if "$ref" in schema:
        return values(SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    for key, draw in DRAWS:
        if key in schema and (found := draw(schema)) is not None:
            return found
    raise AssertionError(f"no way to draw {schema}")


def texts(schema: dict) -> st.SearchStrategy:
    if schema.get("format") == "date":
        return st.dates(date(1900, 1, 1)).map(str)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return st.text(TEXT, min_size=schema.get("minLength", 0), max_size=min(schema["maxLength"], 40))


TYPES = {
    "null": lambda schema: st.none(),
    "boolean": lambda schema: st.booleans(),
    "integer": lambda schema: st.integers(schema["minimum"], schema["maximum"]),
    "string": texts,
    "array": lambda schema: st.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=3),
    "object": lambda schema: st.fixed_dictionaries(
        {name: values(schema["properties"][name]) for name in schema.get("required", ())},
        optional={
            name: values(field)
            for name, field in schema["properties"].items()
            if name not in schema.get("required", ())
        },
    ),
}
DRAWS = [
    ("const", lambda schema: st.just(schema["const"])),
    ("enum", lambda schema: st.sampled_from(schema["enum"])),
    ("anyOf", lambda schema: st.one_of(*map(values, schema["anyOf"]))),
    ("type", lambda schema: TYPES[schema["type"]](schema)),
]


def sensible(body: dict) -> dict:
    """Mend the few things a schema cannot say."""
    if body.get("value_cents") is None or body.get("currency") is None:
        body = {name: value for name, value in body.items() if name not in ("value_cents", "currency")}
    if "last_day" in body:
        body["first_day"], body["last_day"] = sorted([body["first_day"], body["last_day"]])
    if "n_kits" in body and "n_used" in body:
        body["n_used"], body["n_kits"] = sorted([body["n_used"], body["n_kits"]])
    if "part_ids" in body or "n_each" in body:
        n_lines = len(body.setdefault("part_ids", []))
        body["n_each"] = [*body.get("n_each", []), *[1] * n_lines][:n_lines]
        body["box_ids"] = [*body["box_ids"], *["b"] * n_lines][:n_lines] if body.get("box_ids") else []
        body = body if body["box_ids"] else {name: x for name, x in body.items() if name != "box_ids"}
    if "n_pages" in body or "page_no" in body:
        body["page_no"], body["n_pages"] = sorted([body.get("page_no", 1), body.get("n_pages", 1)])
    return body


@st.composite
def events(draw, kinds=tuple(KINDS)) -> Event:
    kind = KINDS[draw(st.sampled_from(kinds))]
    body = draw(bodies(kind.kind()))
    told = tell(
        kind.model_validate(body),
        writer=draw(st.sampled_from(["plan", "twin", "floor"])),
        run=draw(IDS),
        subject_id=draw(IDS),
        version=draw(st.integers(1, MOST)),
        happened_at=draw(st.integers(0, MOST)),
        place=draw(st.none() | IDS),
        cause=draw(st.none() | IDS),
        event_id=draw(st.none() | IDS),
        subject_type=draw(st.sampled_from(SUBJECT_TYPES)) if kind.subject_type == "any" else None,
    )
    if draw(st.booleans()):
        return told
    stored = {"position": draw(st.integers(1, MOST)), "recorded_at": draw(st.integers(0, MOST))}
    return Event(**{name: getattr(told, name) for name in Event.__dataclass_fields__} | stored)


# Both forms, and back


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_line_and_page(kind):
    @settings(max_examples=25)
    @given(st.lists(events((kind,)), min_size=1, max_size=4))
    def survives(told):
        assert from_lines(map(to_line, told)) == told
        assert from_lines([to_line(event).encode() for event in told]) == told
        assert list(from_page(to_page(told))) == told

    survives()


@settings(max_examples=60)
@given(st.lists(events(), max_size=8))
def test_mixed_kinds_survive_page_and_lines(told):
    page = to_page(told)
    assert len(page) == len(told)
    again = list(from_page(page))
    assert again == told
    assert from_lines(map(to_line, again)) == told
    assert [to_line(event) for event in again] == [to_line(event) for event in told]


@given(events())
def test_a_body_comes_back_as_its_own_type(event):
    body = body_of(event)
    assert type(body) is KINDS[event.kind]
    assert body.model_dump(mode="json") == event.body
    assert event.subject == f"{event.subject_type}/{event.subject_id}"


def sample(body=None, **changes) -> Event:
    frame = {"writer": "floor", "run": "r", "subject_id": "U-1", "version": 1, "happened_at": 5}
    return tell(body or WorkCompleted(work_ms=7), **(frame | changes))


def test_whole_number_columns_are_arrays_and_others_lists():
    page = to_page([sample(), sample(WorkCompleted()), sample(PartFitted(part_id="p", n_parts=2))])
    assert page.frame["happened_at"].dtype == page.bodies["PartFitted"]["n_parts"].dtype == np.int64
    assert page.frame["position"] == [None, None, None]
    assert page.bodies["WorkCompleted"]["work_ms"] == [7, None]
    assert type(next(from_page(page)).happened_at) is int


def test_an_empty_page():
    page = to_page([])
    assert (len(page), list(from_page(page)), page.bodies) == (0, [], {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame, bodies: frame.pop("run"), "frame: column run is missing"),
        (lambda frame, bodies: frame.update(colour=[1]), "frame: column colour is not known"),
        (lambda frame, bodies: frame.update(run=[]), "frame: column run has 0 rows, 1 are wanted"),
        (lambda frame, bodies: bodies.pop("WorkCompleted"), "WorkCompleted: column .* is missing"),
        (lambda frame, bodies: bodies["WorkCompleted"].update(work_ms=[1, 2]), "has 2 rows, 1 are wanted"),
        (lambda frame, bodies: frame.update(kind=["WorkDone"]), "column crew_id has 1 rows, 0 are wanted"),
        (
            lambda frame, bodies: bodies.update(WorkDone=bodies.pop("WorkCompleted")),
            "'WorkDone' is not a kind of event",
        ),
        (
            lambda frame, bodies: (frame.update(kind=["WorkDone"]), bodies.clear()),
            "'WorkDone' is not a kind of event",
        ),
    ],
)
def test_a_page_with_odd_columns_is_refused(change, message):
    page = to_page([sample()])
    frame, bodies = dict(page.frame), {kind: dict(columns) for kind, columns in page.bodies.items()}
    change(frame, bodies)
    with pytest.raises(ValueError, match=message):
        EventPage(frame, bodies)


def test_a_body_that_is_not_whole_makes_no_page():
    event = sample()
    with pytest.raises(ValueError, match="WorkCompleted: field work_ms is not in every body"):
        to_page(
            [
                Event(
                    **{n: getattr(event, n) for n in Event.__dataclass_fields__} | {"body": {"crew_id": None}}
                )
            ]
        )


# Telling


def test_the_same_story_has_the_same_id_and_another_has_not():
    assert sample().event_id == sample().event_id
    others = [
        sample(version=2),
        sample(place="TR-1"),
        sample(happened_at=6),
        sample(WorkCompleted(work_ms=8)),
    ]
    assert len({event.event_id for event in [sample(), *others]}) == 5
    assert sample(event_id="ev-mine").event_id == "ev-mine"


@pytest.mark.parametrize(
    "wrong",
    [
        {"writer": "clerk"},
        {"run": "a b"},
        {"subject_id": "U/1"},
        {"version": 0},
        {"version": True},
        {"happened_at": -1},
        {"happened_at": 1.5},
        {"place": ""},
        {"event_id": "."},
        {"subject_type": "crew"},
        {"subject_type": "any"},
    ],
)
def test_a_frame_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError):
        sample(**wrong)


def test_a_body_out_of_range_is_refused():
    for build in (
        lambda: PeopleHired(n_people=0),
        lambda: PeopleHired(n_people=True),
        lambda: PeopleHired(n_people=MOST + 1),
        lambda: KitLotOrdered(contract_id="c", variant_id="v", n_kits=1, value_cents=5),
        lambda: UnitSold(market_id="AZ", currency="AZN"),
        lambda: signed(first_day="2027-02-30"),
        lambda: signed(first_day="2028-01-01"),
        lambda: DiscrepancyFound(part_id="p", n_parts=1, claim_code="X"),
        lambda: KitLotOrdered(contract_id="c", variant_id="v", n_kits=4, n_used=5),
        lambda: KitLotBonded(declaration="", bond_until="2027-12-31"),
        lambda: KitLotBonded(declaration="IM70", bond_until="2027-06-31"),
        lambda: KitLotCleared(value_cents=5),
        lambda: packed(n_each=(0, 1)),
    ):
        with pytest.raises(ValidationError):
            build()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: packed(n_each=(1,)), "n_each has 1 entries, part_ids has 2; give one each"),
        (lambda: packed(box_ids=("b",)), "box_ids has 1 entries, part_ids has 2; give one each"),
        (lambda: packed(page_no=3, n_pages=2), "page_no is beyond n_pages; mend one of them"),
        (lambda: counted(n_each=(1, 2, 3)), "n_each has 3 entries, part_ids has 2; give one each"),
        (lambda: counted(part_ids=()), "at least 1 item"),
        (lambda: KitIssued(unit_id="U", part_ids=(), n_each=()), "at least 1 item"),
        (lambda: KitIssued(unit_id="U", part_ids=("p",), n_each=()), "n_each has 0 entries"),
        (lambda: LoosePartsIssued(unit_id="U", part_ids=("p",), n_each=(1, 1)), "n_each has 2 entries"),
    ],
)
def test_lists_that_are_read_side_by_side_are_of_one_length(build, message):
    with pytest.raises(ValidationError, match=message):
        build()


def test_a_case_may_be_told_to_be_empty_and_parts_to_be_counted_to_nothing():
    assert packed(part_ids=(), n_each=()).part_ids == ()
    assert counted(n_each=(0, 0)).n_each == (0, 0)


def packed(**changes) -> CasePacked:
    lists = {"part_ids": ("p", "p"), "n_each": (4, 2)}
    return CasePacked(kit_lot_id="L", revision=1, **(lists | changes))


def counted(**changes) -> CaseCounted:
    lists = {"part_ids": ("p", "q"), "n_each": (4, 0)}
    return CaseCounted(kit_lot_id="L", **(lists | changes))


def signed(**changes) -> ContractSigned:
    days = {"first_day": "2027-01-01", "last_day": "2027-12-31"}
    return ContractSigned(partner_id="p", variant_ids=["v"], n_kits=1, **(days | changes))


def test_a_kind_that_is_not_in_the_vocabulary_is_refused():
    class BellRung(OfStation):
        pass

    with pytest.raises(ValueError, match="'BellRung' is not a kind of event"):
        sample(BellRung())


def test_any_subject_may_have_an_entry_voided():
    void = EntryVoided(voided_event_id="ev-1", reason="scanned twice")
    assert sample(void, subject_type="crew", subject_id="a").subject == "crew/a"
    with pytest.raises(ValueError, match="needs the sort of its subject"):
        sample(void)
    assert subject_problem("EntryVoided", "crew") is None


# The vocabulary


def test_the_vocabulary_has_every_kind_and_each_says_what_it_means():
    assert set(REQUIRED_KINDS.split()) == set(KINDS)
    for kind in KINDS.values():
        assert kind.__doc__
        assert kind.__doc__.strip().endswith(".")
        assert kind.subject_type in (*SUBJECT_TYPES, "any")
    assert {kind.subject_type for kind in KINDS.values()} == {*SUBJECT_TYPES, "any"}


def test_every_code_has_a_meaning():
    families = codes.Code.__subclasses__()
    assert len(families) == 7
    for family in families:
        assert all(code.meaning and str(code) == code.value for code in family)
    assert [code.value for code in codes.ClaimCode] == ["M", "S", "D", "W", "F", "DP", "DT", "A"]
    assert [code.value for code in codes.ClaimCode if code.is_here] == ["D", "F", "DP", "DT", "A"]
    assert [code.value for code in codes.Disposition if code.is_usable] == ["use_as_is", "rework"]
    assert codes.Packaging.read("pallet") is codes.Packaging.PALLET
    with pytest.raises(KeyError):
        codes.Disposition.read("lost")


def test_a_golden_line_for_each_kind():
    told = from_lines(GOLDEN, "golden.jsonl")
    assert [event.kind for event in told] == list(KINDS)
    assert [to_line(event) for event in told] == GOLDEN
    for event in told:
        assert (
            event.event_id
            == sample(
                body_of(event),
                **{
                    n: getattr(event, n)
                    for n in ("writer", "run", "version", "happened_at", "place", "cause")
                },
                subject_type=event.subject_type,
                subject_id=event.subject_id,
            ).event_id
        )


def test_lines_that_an_earlier_version_wrote_are_read_and_lack_nothing():
    """Fields that came since have their defaults, and the id stays what it was."""
    told = from_lines(EARLIER, "golden_0.1.0.jsonl")
    assert len(told) == 7
    for event, line in zip(told, EARLIER, strict=True):
        row = json.loads(line)
        fields = KINDS[event.kind].model_fields
        since = fields.keys() - row["body"].keys()
        assert since
        assert {name: event.body[name] for name in row["body"]} == row["body"]
        assert [event.body[name] or None for name in since] == [
            fields[name].default or None for name in since
        ]
        assert event.event_id == row["event_id"]
        assert list(from_page(to_page([event]))) == [event]


# What is published


def test_the_published_schema_is_up_to_date():
    published = (ROOT / "docs" / "schemas" / "events.json").read_text(encoding="utf-8")
    remedy = "run: .venv/bin/python -m knockdown.events.schema > docs/schemas/events.json"
    assert json.loads(published) == SCHEMA, remedy
    assert published == schema_text(), remedy


def test_the_schema_has_every_kind_and_only_resolvable_references():
    names = {way["properties"]["kind"]["const"] for way in SCHEMA["oneOf"]}
    assert names == set(KINDS)
    references = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', schema_text()))
    assert references == set(SCHEMA["$defs"])
    assert {*SCHEMA["properties"]} == {*Event.__dataclass_fields__}


def test_the_page_of_documentation_lists_every_kind_with_its_subject_and_meaning():
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", text, flags=re.MULTILINE)
    wanted = [
        (
            name,
            kind.subject_type,
            " ".join(kind.__doc__.split()),
            ", ".join(f"`{f}`" for f in kind.model_fields),
        )
        for name, kind in KINDS.items()
    ]
    assert sorted(rows) == sorted(wanted)
    for family in codes.Code.__subclasses__():
        for code in family:
            assert f"`{code.value}` {code.meaning}" in text
