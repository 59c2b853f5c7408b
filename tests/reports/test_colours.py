"""Text is readable and marks are visible, by day and by night (WCAG AA)."""

from __future__ import annotations

import re
from importlib import resources

import pytest

TEXT, MARK = 4.5, 3.0


def themes() -> dict[str, dict[str, str]]:
    css = resources.files("knockdown.data").joinpath("report", "report.css").read_text("utf-8")
    day, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    night = rest.partition("\n}\n")[0]
    return {
        name: dict(re.findall(r"--([\w-]+): (#\w+)", part)) for name, part in (("day", day), ("night", night))
    }


def light(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["day", "night"])
def test_text_is_readable(name):
    colours = themes()[name]
    on_paper = [
        ("ink", "paper"),
        ("soft", "paper"),
        ("soft", "panel"),
        ("accent", "paper"),
        ("accent", "panel"),
    ]
    marked = [("warn", "warn-bg"), ("good", "good-bg"), ("on-idle", "idle")]
    on_fills = [(f"on-c{i}", f"c{i}") for i in range(1, 9)]
    for text, ground in (*on_paper, *marked, *on_fills):
        assert contrast(colours[text], colours[ground]) >= TEXT, (text, ground)


@pytest.mark.parametrize("name", ["day", "night"])
def test_marks_are_visible(name):
    colours = themes()[name]
    for i in range(1, 9):
        assert contrast(colours[f"c{i}"], colours["paper"]) >= MARK, i


def printed() -> dict[str, str]:
    """Colours on paper."""
    css = resources.files("knockdown.data").joinpath("report", "report.css").read_text("utf-8")
    return dict(re.findall(r"--([\w-]+): (#\w+|url\(#\w+\))", css.partition("@media print")[2]))


def test_text_on_paper_is_readable():
    colours = printed()
    for i in range(1, 9):
        fill, text = colours[f"c{i}"], colours[f"on-c{i}"]
        if fill.startswith("url("):
            assert colours[f"halo-c{i}"] == "#fff"
            assert contrast(text, "#fff") >= TEXT
        else:
            assert contrast(text, fill) >= TEXT, i
