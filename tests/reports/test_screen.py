"""Commands come out of any width as they went in; tables keep every figure."""

from __future__ import annotations

import io
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from knockdown.reports.screen import Screen

PLACES = ("h6", "/tmp/x/q q", "nino's $HOME", "a  b`c", "/a/" + "long folder/" * 9, '"x" \\ y', "гараж 2 m")
HINTS = (
    ("", ("claim", "send", "mtz-260211-3f0b", "--out", "claims"), " sends it, with its form."),
    ("Next: 465.04 USD stay open; ", ("claim", "credit", "mtz-260211-3f0b", "--amount", "0", "--final"), "."),
    ("it is (so ", ("count", "01-K5", "--file", "my sheets/a b.csv"), ") told; write 5 pieces"),
)


def printed(width: int, tell) -> str:
    shown = io.StringIO()
    tell(Screen(Console(file=shown, width=width)))
    return shown.getvalue()


def words_of(command: str) -> list[str]:
    """What a shell makes of it."""
    return shlex.split(command.replace("\\\n", ""))


@given(st.integers(60, 120), st.sampled_from(PLACES), st.sampled_from(HINTS), st.integers(0, 4))
def test_a_hint_can_be_pasted_at_any_width(width, place, hint, hang):
    before, words, after = hint
    argv = ["knockdown", "kit", place, *words]
    command = shlex.join(argv)
    shown = printed(width, lambda screen: screen.say(f"{before}`{command}`{after}", hang=hang))
    text = shown[shown.index("`") + 1 : shown.rindex("`")]
    assert words_of(text) == argv
    lines = shown.splitlines()
    assert all(len(line) <= width or len(max(argv, key=len)) + 20 > width for line in lines)
    alone = printed(width, lambda screen: screen.command(command))
    assert words_of(alone) == argv


@pytest.mark.parametrize("width", range(40, 121, 4))
def test_a_table_cuts_nothing(width):
    headings = ["Claim", "State", "Lot", "USD", "Next"]
    rows = [
        ["mtz-260211-3f0b", "draft", "202601-15-refuse22b", "2 174.95", "send by 24 Dec 2025, 50 d late"],
        ["MTZ-25-058", "accepted", "202601-01-b821c", "44.48", "parts on 16 Jan"],
    ]
    shown = printed(width, lambda screen: screen.table(headings, rows, left=5, squeeze=4, right=(3,)))
    assert all(len(line) <= width for line in shown.splitlines())
    there = set(re.split(r"[\s;]+", shown))
    assert {word for row in rows for cell in row for word in cell.split()} <= there
    assert "50 d" in shown
    assert "16 Jan" in shown


def test_columns_go_only_as_far_as_they_must():
    headings = ["Lot", "Least", "Less", "Figure"]
    rows = [["202601-01-b821c", "x" * 20, "y" * 20, "7"]]
    shown = printed(60, lambda screen: screen.table(headings, rows, left=3, drop=(1, 2)))
    assert "Less" in shown
    assert "Least" not in shown
