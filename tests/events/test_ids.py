"""Ids and digests, on which event ids and provenance rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knockdown.basics.ids import check_id, digest_id, digest_json, id_problem, new_event_id

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("text", ["a", "L-204", "TR-07", "x.y", "_", "-", "0", "a" * 64, "a..b"])
def test_ids(text):
    assert check_id(text) == text
    assert id_problem(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("a" * 65, "it has 65 characters, at most 64 are allowed"),
        (".", "it begins or ends with a dot"),
        ("a.", "it begins or ends with a dot"),
        ("..", "it begins or ends with a dot"),
        ("a b", "' ' is not allowed"),
        ("a\n", "'\\n' is not allowed"),
        ("a/b", "'/' is not allowed"),
        ("é", "'é' is not allowed"),
        ("٣", "'٣' is not allowed"),
    ],
)
def test_not_ids(text, problem):
    with pytest.raises(ValueError, match="is not an id: ") as caught:
        check_id(text)
    assert problem in str(caught.value)


@given(JSON)
def test_a_digest_does_not_depend_on_the_order_of_keys(value):
    def backwards(pairs):
        return dict(reversed(pairs))

    again = json.loads(json.dumps(value), object_pairs_hook=backwards)
    assert digest_json(again) == digest_json(value)
    assert len(digest_json(value)) == 32


@given(JSON, JSON)
def test_different_values_have_different_digests(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_json(one) == digest_json(other)) == same


@pytest.mark.parametrize("value", [{1: 2}, {"a": [{None: 1}]}, {1, 2}, b"x", object()])
def test_what_is_not_json_has_no_digest(value):
    with pytest.raises(TypeError):
        digest_json(value)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], "\ud800"])
def test_what_cannot_be_written_has_no_digest(value):
    with pytest.raises(ValueError):
        digest_json(value)


def test_digest_ids_keep_their_parts_apart():
    names = [digest_id("run", *parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), (["ab", "c"],), ()]]
    assert len(set(names)) == len(names)
    assert all(id_problem(name) is None for name in names)
    with pytest.raises(ValueError, match="has 65 characters"):
        digest_id("p" * 32, 1)


def test_event_ids_from_bytes():
    assert new_event_id(bytes(range(16))) == "ev-000102030405060708090a0b0c0d0e0f"
    with pytest.raises(ValueError, match="16 bytes, not 4"):
        new_event_id(b"four")
