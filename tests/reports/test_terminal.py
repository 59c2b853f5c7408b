"""The summary fits its console, whatever it can show, and says the key figures."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from knockdown.reports import terminal

ALL = ["single", "network", "infeasible", "hostile"]


def shown(sample, width: int = 100, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=file, width=width, legacy_windows=False)
    papers = (sample.plan, sample.calendars, sample.twins, sample.plant)
    terminal.show(console, *papers, "out/report.html")
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("name", ALL)
def test_fits(name, width, request):
    lines = shown(request.getfixturevalue(name), width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1251"])
@pytest.mark.parametrize("name", ALL)
def test_any_encoding(name, encoding, request):
    text = shown(request.getfixturevalue(name), 80, encoding)
    assert "report.html" in text


def test_says_the_key_figures(single):
    text = shown(single).replace("\u202f", " ")
    built = sum(row.units for row in single.plan.build)
    for words in (
        f"{built:,}".replace(",", " "),
        "0.34 %",
        "14.2 million USD",
        "Jan 26",
        "Belarus tractors, standard",
        "Cash is lowest",
        "solved again",
        "1 392 units are planned",
        "F360",
        "777",
        "62 %",
        "out/report.html",
    ):
        assert words in text, words
    assert len(text.splitlines()) <= 72


def test_infeasible_says_why(infeasible):
    text = shown(infeasible)
    assert "No plan can meet the description" in text
    for member in infeasible.plan.conflict.members:
        assert member in text
    assert "Make room for 85 more kits" in text


def test_no_plan_found(infeasible):
    plan = infeasible.plan.model_copy(update={"status": "unknown", "conflict": None})
    sample = replace_plan(infeasible, plan)
    assert "allow more seconds" in shown(sample)


def replace_plan(sample, plan):
    return type(sample)(plan=plan, plant=sample.plant, calendars={}, twins={})


def test_network_shows_each_plant(network):
    text = shown(network)
    assert "North plant" in text
    assert "direct jobs times an assumed factor" in text


def test_markup_in_names_is_not_read(single):
    file = replace(single.plant).file.model_copy(update={"name": "[bold red]x[/]"})
    plan = single.plan.model_copy(update={"name": "[bold red]x[/]"})
    sample = type(single)(plan=plan, plant=replace(single.plant, file=file), calendars={}, twins={})
    assert "[bold red]x[/]" in shown(sample)
