"""Commands that answers and faults on kits suggest: whole, with the plant as typed; lists obey limits."""

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout

import pytest

from knockdown.cli import main

ACCEPTED = "MTZ-25-058"


def told(*argv):
    """Status, what was answered, and what was said."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        status = main.run([str(word) for word in argv])
    for stream in (out, err):
        stream.flush()
    return status, *(stream.buffer.getvalue().decode("utf-8") for stream in (out, err))


def suggested(text):
    """Words of each command that is suggested, as a shell reads them."""
    found = re.findall(r"`(knockdown [^`]*)`", text)
    return [shlex.split(each.replace("\\\n", "")) for each in found]


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    folder = tmp_path_factory.mktemp("q q") / "my hall"
    assert told("new", folder, "--from", "ganja")[0] == 0
    assert told("ledger", folder, "init")[0] == 0
    return folder


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_what_new_and_compare_suggest_can_be_pasted(hall, tmp_path, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    folder = tmp_path / "q q"
    _, shown, _ = told("new", folder, "--from", "khazar")
    last = shown[shown.index("then:") + len("then:") :]
    assert shlex.split(last.replace("\\\n", "")) == ["knockdown", "check", str(folder)]
    _, shown, _ = told("kit", hall, "compare")
    assert suggested(shown) == [["knockdown", "kit", str(hall), "import", "FILE"]]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_an_accepted_claim_is_told_whole_commands(hall, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    status, _, said = told("kit", hall, "claim", "send", ACCEPTED)
    assert status == 2
    credit, replace = suggested(said)
    assert credit[:6] == ["knockdown", "kit", str(hall), "claim", "credit", ACCEPTED]
    assert replace[:4] == ["knockdown", "kit", str(hall), "replace"]
    assert replace[-2:] == ["--claim", ACCEPTED]


def test_parts_of_a_lot_are_all_listed_by_what_is_suggested(hall):
    _, _, said = told("kit", hall, "carries", "--lot", "202601-01-b821c", "--part", "X")
    assert suggested(said)[0][-1] == "--all"


def test_usage_names_the_plant_as_it_was_typed(hall):
    status, _, said = told("kit", hall, "ready", "--bogus")
    assert status == 2
    (again,) = suggested(said)
    assert again == ["knockdown", "kit", str(hall), "ready", "--help"]


def test_stock_shows_as_many_lots_as_were_asked_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, few, _ = told("kit", "ganja", "stock", "--limit", "5")
    assert len(re.findall(r"^  2026\S+", few, re.MULTILINE)) == 5
    assert re.search(r"and \d+ more lots", few)
    _, every, _ = told("kit", "ganja", "stock", "--all")
    assert "more lot" not in every


def test_help_of_kits_shows_a_day_of_work():
    status, shown, _ = told("kit", "--help")
    assert status == 0
    assert shown.split("Examples:")[1].count("knockdown kit ganja") >= 3
